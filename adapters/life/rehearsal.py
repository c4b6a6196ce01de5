"""A stage in memory: three obedient systems and an ideal exchange between them, without any server.

What the player and the judge do can be tried on it in milliseconds; it keeps the same JSON that the register's REST
API and the twins' control API give, so that a test may spoil any part of it.
"""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from adapters.life.reading import SeenCase, World, read_all, read_portal, read_register
from adapters.life.script import (
    GOVERNMENT,
    HOME,
    NATIONAL,
    PORTALS,
    REGISTER,
    Expect,
    Step,
    Story,
    StoryFile,
    tag_of,
)
from adapters.life.standing import expected_state, leaves
from adapters.life.vocabulary import ACTIONS, CHANNELS, KINDS, NATURES, OUTWARD, STATUS_AFTER
from connector.case import ActKind

Raw = dict[str, Any]


class Stage:
    """The three systems' raw data, as their own interfaces would give it."""

    def __init__(self) -> None:
        self.raw: dict[str, list[Raw]] = {REGISTER: [], NATIONAL: [], GOVERNMENT: []}
        self.stories: dict[tuple[int, int], Story] = {}
        self._at = datetime(2026, 11, 18, 1, tzinfo=UTC)
        self._next = 100
        self._done: dict[tuple[int, int], list[Step]] = {}

    def world(self) -> World:
        """What a reading of all three gives."""
        return read_all(self.raw[REGISTER], self.raw[NATIONAL], self.raw[GOVERNMENT])

    def clock_at(self) -> datetime:
        """The stage's own time, far enough on for every due instant to have passed."""
        return self._at + timedelta(seconds=60)

    def now(self) -> str:
        """The next second."""
        self._at += timedelta(seconds=1)
        return self._at.isoformat()

    def number(self) -> str:
        """The next id."""
        self._next += 1
        return str(self._next)

    def case(self, system: str, story: Story) -> Raw | None:
        """The raw case of a story in one system."""
        return next((case for case in self.raw[system] if case["title"] == story.title), None)

    def bear(self, system: str, story: Story) -> Raw:
        """A case comes into being; in its system of birth or, by the exchange, as a twin."""
        self.stories[story.key] = story
        case = self._register_case(story) if system == REGISTER else self._portal_case(system, story)
        self.raw[system].append(case)
        for file in story.files:
            add_file(case, f"{story.birth}:{self.number()}", "question", file)
        return case

    def do(self, system: str, step: Step, case: Raw) -> None:
        """One step where it is done."""
        files = [f"{system}:{self.number()}" for _ in step.files]
        key = tag_of(case["title"]) or (0, 0)
        self._done.setdefault(key, []).append(step)
        if system == REGISTER:
            for kind in leaves(step):
                self._register_act(case, f"register:{self.number()}", kind, step, files)
        else:
            self._portal_act(case, step.kind, step, f"{system}:op")
        role = "answer" if step.kind is ActKind.ANSWERED else "evidence"
        for name, file in zip(files, step.files, strict=True):
            if not (system in PORTALS and role == "answer"):
                add_file(case, name, role, file)
        here = self.case(REGISTER, self.stories[key])
        if here is not None:
            here["state"] = expected_state(replace(self.stories[key], steps=tuple(self._done[key])))

    def exchange(self) -> None:
        """Everything that must travel travels, at once and rightly."""
        for story in self.stories.values():
            if story.expect is not Expect.SYNCED or story.twin is None or story.portal is None:
                continue
            if self.case(story.twin, story) is None:
                self.bear(story.twin, story)
            here, there = self.case(REGISTER, story), self.case(story.portal, story)
            if here is not None and there is not None:
                self._carry(story, here, there)

    # ---- inside ----------------------------------------------------------------------------------------------

    def _carry(self, story: Story, here: Raw, there: Raw) -> None:
        if story.birth != REGISTER:
            here["origin_system"], here["origin_ref"] = story.birth, there["id"]
        else:
            there["own_code"] = here["code"]
        known = {act["echo"] for act in here["acts"] if act.get("echo")}
        shown = {row["transaction"] for row in there["history"]}
        for act in list(here["acts"]):
            kind = OUTWARD.get(ActKind(act["kind"]))
            if act["kind"] == "recall_agreed":
                there["recall_answer"] = "agreed"
            if act["id"].startswith("register:") and kind is not None and act["id"] not in shown:
                self._show(here, there, act, kind)
        for row in list(there["history"]):
            key = f"{story.portal}:{there['id']}.{row['id']}"
            step = row.get("step")
            if step is not None and key not in known:
                self._register_act(here, key, step.kind, step, [], echo=key)
                for file in step.files:
                    add_file(here, f"{key}/{file.name}", "evidence", file)

    def _show(self, here: Raw, there: Raw, act: Raw, kind: ActKind) -> None:
        details = act["details"]
        self._row(there, kind, text=act["text"], transaction=act["id"])
        if kind is ActKind.RECALL_REFUSED:
            there["recall_answer"] = "refused"
        if kind is ActKind.ACCEPTED:
            there["own_code"] = here["code"]
        if kind is ActKind.ANSWERED:
            hashes = {item["id"]: item["sha256"] for item in here["attachments"]}
            there["answer"] = {
                "version": int(details["version"]),
                "text": act["text"],
                "publishable": details["publishable"] == "1",
                "signer": details["signer"],
                "files": [{"name": name, "sha256": hashes[name]} for name in act["attachments"]],
            }

    def _register_case(self, story: Story) -> Raw:
        number = self.number()
        sender = story.sender
        return {
            "id": number,
            "code": f"{HOME}-261118-{int(number):05d}",
            "state": "MOI",
            "channel": CHANNELS.get(story.channel, "dvcqg"),
            "origin_system": None,
            "origin_ref": None,
            "nature": NATURES[story.nature],
            "title": story.title,
            "content": story.content,
            "sender": {
                "name": sender.name,
                "organisation": sender.organisation,
                "phone": sender.phone,
                "address": sender.address,
                "email": sender.email,
            },
            "private": story.private,
            "agency": HOME,
            "acts": [],
            "attachments": [],
        }

    def _portal_case(self, system: str, story: Story) -> Raw:
        local = story.birth == REGISTER
        sender = story.sender
        names = ("name", "organisation", "phone", "address", "email")
        case: Raw = {
            "id": f"9000{self.number()}",
            "own_code": None,
            "status": "ASSIGNED",
            "agency": HOME,
            "kind": KINDS[system].get(story.nature),
            "title": story.title,
            "content": story.content,
            "private": story.private,
            "sender": {name: None if local else getattr(sender, name) for name in names},
            "answer": None,
            "files": [],
            "history": [],
        }
        case.update({name: value for name, value in story.raw.items() if name in case})
        return case

    def _register_act(
        self, case: Raw, act_id: str, kind: ActKind, step: Step, files: list[str], *, echo: str | None = None
    ) -> None:
        plain = kind in (ActKind.ACCEPTED, ActKind.CLOSED)
        case["acts"].append(
            {
                "id": act_id,
                "kind": kind.value,
                "at": self.now(),
                "text": None if plain else step.text,
                "details": {} if plain else dict(step.details),
                "attachments": [] if plain else files,
                "echo": echo,
            }
        )

    def _portal_act(self, case: Raw, kind: ActKind, step: Step, actor: str) -> None:
        row = self._row(case, kind, text=step.text, transaction=None)
        row["step"], row["officer"] = step, actor

    def _row(self, case: Raw, kind: ActKind, *, text: str | None, transaction: str | None) -> Raw:
        system = NATIONAL if case in self.raw[NATIONAL] else GOVERNMENT
        status = STATUS_AFTER.get(kind)
        if status is not None:
            case["status"] = status.value
        names = [name for name, meant in ACTIONS[system].items() if meant is kind]
        row = {
            "id": self.number(),
            "at": self.now(),
            "action": names[0] if names else "TRA_LAI",
            "status": case["status"],
            "text": text,
            "transaction": transaction,
        }
        case["history"].append(row)
        return row


class StageFace:
    """One system of a stage, as the player meets it."""

    def __init__(self, stage: Stage, system: str) -> None:
        self.system = system
        self._stage = stage

    async def cases(self, *, whole: bool = False) -> tuple[SeenCase, ...]:  # noqa: ARG002 - always whole
        """All cases as they stand now."""
        raw = self._stage.raw[self.system]
        if self.system == REGISTER:
            return tuple(map(read_register, raw))
        return tuple(read_portal(self.system, case) for case in raw)

    async def bear(self, story: Story) -> None:
        """The sender enters the case."""
        self._stage.bear(self.system, story)

    async def do(self, step: Step, case: SeenCase) -> None:
        """Do one step on a case."""
        raw = next(item for item in self._stage.raw[self.system] if item["id"] == case.ref)
        self._stage.do(self.system, step, raw)


def add_file(case: Raw, file_id: str, role: str, file: StoryFile) -> None:
    """Put a file's description into a raw case of either kind."""
    item = {
        "id": file_id,
        "name": file.name,
        "file_name": file.name,
        "role": role,
        "sha256": hashlib.sha256(file.content).hexdigest(),
    }
    case["attachments" if "attachments" in case else "files"].append(item)
