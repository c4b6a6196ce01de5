"""The register through its REST API: channels hand in cases, officials act under their own accounts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from adapters.life.bodies import due_after, inline
from adapters.life.http import JsonHttp
from adapters.life.reading import SeenCase, read_register
from adapters.life.script import REGISTER, Actor, Step, Story, StoryFile
from adapters.life.vocabulary import CHANNELS, NATURES, SENDER_KINDS
from connector.case import ActKind, Channel
from connector.clock import Clock

PAGE = 500

COMMANDS: Mapping[ActKind, str] = {
    ActKind.REFUSED: "refuse",
    ActKind.SUPPLEMENT_REQUESTED: "ask_supplement",
    ActKind.REASSIGNED: "reassign",
    ActKind.ASSIGNED: "hand_over",
    ActKind.COORDINATION_REQUESTED: "coordinate",
    ActKind.COORDINATION_ANSWERED: "coordination_answer",
    ActKind.PROGRESS: "progress",
    ActKind.LATE_NOTICE: "late_notice",
    ActKind.RESULT: "result",
    ActKind.RESULT_SENT_BACK: "send_back",
    ActKind.TRANSFERRED: "transfer_out",
    ActKind.RETURNED: "return_to_vpcp",
    ActKind.RECALL_AGREED: "recall_agreed",
    ActKind.RECALL_REFUSED: "recall_refused",
    ActKind.MADE_PRIVATE: "make_private",
}
"""Commands of the workflow; answers have three (:func:`command_of`)."""

_FROM_DETAILS = ("agency", "to_agency", "unit", "reason_code", "signer", "signer_position", "document_number")


@dataclass(frozen=True, kw_only=True)
class RegisterTokens:
    """Bearer tokens by role."""

    intake: str = field(repr=False)
    officer: str = field(repr=False)
    exchange: str = field(repr=False)


class RegisterFace:
    """The register as senders, officials and the judge meet it.

    Reading for the player follows the change feed, so that a tick costs what has changed; the judge reads every case.
    """

    system = REGISTER

    def __init__(self, base_url: str, tokens: RegisterTokens, clock: Clock) -> None:
        self._intake = JsonHttp("life.intake", base_url, clock, token=tokens.intake)
        self._officer = JsonHttp("life.officer", base_url, clock, token=tokens.officer)
        self._reader = JsonHttp("life.reader", base_url, clock, token=tokens.exchange)
        self._clock = clock
        self._known: dict[str, SeenCase] = {}
        self._after = 0

    async def cases(self, *, whole: bool = False) -> tuple[SeenCase, ...]:
        """All cases; ``whole`` lists every one anew instead of following the feed."""
        if whole:
            return await self._list()
        while True:
            page = await self._reader.get("/api/v1/changes", {"after": str(self._after), "limit": str(PAGE)})
            for case in page["changes"]:
                seen = read_register(case)
                self._known[seen.ref] = seen
            self._after = int(page["next"])
            if len(page["changes"]) < PAGE:
                return tuple(self._known.values())

    async def bear(self, story: Story) -> None:
        """T1 over the story's channel; the channel's message id makes it idempotent."""
        await self._intake.post("/api/v1/intake/cases", submission(story))

    async def do(self, step: Step, case: SeenCase) -> None:
        """A supplement of the sender, or a command of an official; what the clock does is only waited for."""
        if step.by is Actor.CLOCK:
            return
        if step.kind is ActKind.SUPPLEMENTED:
            await self._intake.post(f"/api/v1/intake/cases/{case.code}/supplement", supplement(step, case))
            return
        kept = [await self.keep(case, file) for file in step.files]
        order = {**self._order(step, case), "attachments": kept}
        await self._officer.post(f"/api/v1/cases/{case.ref}/acts/{command_of(step)}", order)

    async def keep(self, case: SeenCase, file: StoryFile, role: str = "answer") -> str:
        """An official puts a file into the case; its id."""
        kept = await self._officer.post(f"/api/v1/cases/{case.ref}/attachments", attachment(file, role))
        return str(kept["id"])

    async def aclose(self) -> None:
        """Close all connections."""
        for http in (self._intake, self._officer, self._reader):
            await http.aclose()

    async def _list(self) -> tuple[SeenCase, ...]:
        found: list[SeenCase] = []
        after: int | None = 0
        while after is not None:
            page = await self._reader.get("/api/v1/cases", {"after": str(after), "limit": str(PAGE)})
            found += map(read_register, page["cases"])
            after = page["next"]
        return tuple(found)

    def _order(self, step: Step, case: SeenCase) -> dict[str, Any]:
        order: dict[str, Any] = {name: step.details[name] for name in _FROM_DETAILS if name in step.details}
        order |= {"officer": officer_of(case), "text": step.text, "due_at": due_after(self._clock, step)}
        if step.kind is ActKind.ANSWERED:
            order["redaction_done"] = True
        if command_of(step) == "correct_answer":
            order["reason_code"] = "LAM_LAI"
        return order


def command_of(step: Step) -> str:
    """The command of the workflow that does the step."""
    if step.kind is not ActKind.ANSWERED:
        return COMMANDS[step.kind]
    if step.details["version"] != "1":
        return "correct_answer"
    return "publish_answer" if step.details["publishable"] == "1" else "answer_privately"


def officer_of(case: SeenCase) -> str:
    """The account of the official who has the case on the desk."""
    number = case.key[1] if case.key else 0
    return f"cb-mau-{number % 12 + 1:02d}"


def submission(story: Story) -> dict[str, Any]:
    """What the channel hands in."""
    sender = story.sender
    return {
        "channel": CHANNELS[story.channel],
        "external_id": f"kb-{story.seed}-{story.number}",
        "title": story.title,
        "content": story.content,
        "nature": NATURES[story.nature],
        "field": story.field_code,
        "sender": {
            "kind": SENDER_KINDS[sender.kind],
            "name": sender.name,
            "organisation": sender.organisation,
            "phone": sender.phone,
            "address": sender.address,
            "email": sender.email,
            "anonymous": sender.anonymous,
        },
        "private": story.private,
        "officer": "cb-mau-tiep-nhan" if story.channel is Channel.OFFICER else None,
        "files": [attachment(file, "question") for file in story.files],
    }


def supplement(step: Step, case: SeenCase) -> dict[str, Any]:
    """What the sender adds, over the web."""
    return {
        "channel": "web",
        "external_id": f"kb-bo-sung-{case.code}",
        "text": step.text,
        "files": [attachment(file, "evidence") for file in step.files],
    }


def attachment(file: StoryFile, role: str) -> dict[str, Any]:
    """A file inside a JSON body of the register."""
    body = inline(file)
    return {
        "role": role,
        "file_name": body["name"],
        "media_type": body["media_type"],
        "content_base64": body["content_base64"],
        "signed": body["signed"],
    }
