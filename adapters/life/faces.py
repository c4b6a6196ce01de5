"""How the player meets the systems: one small interface, and the portals' side of it (the twins' control API)."""

import asyncio
from typing import Any, Protocol

from adapters.life.bodies import due_after, inline
from adapters.life.http import JsonHttp
from adapters.life.reading import SeenCase, World, read_portal
from adapters.life.register_face import RegisterFace, RegisterTokens
from adapters.life.script import GOVERNMENT, HOME, NATIONAL, REGISTER, Step, Story
from adapters.life.vocabulary import EVENTS, FIELDS, KINDS, SOURCES, SUBMITTERS
from connector.case import ActKind
from connector.clock import Clock


class Face(Protocol):
    """One system as citizens, officials and operators meet it."""

    system: str

    async def cases(self, *, whole: bool = False) -> tuple[SeenCase, ...]:
        """All cases as they stand now. ``whole``: read every one anew, whatever was read before."""
        ...

    async def bear(self, story: Story) -> None:
        """The sender enters the case."""
        ...

    async def do(self, step: Step, case: SeenCase) -> None:
        """Do one step on a case."""
        ...


async def look(register: Face, national: Face, government: Face, *, whole: bool = False) -> World:
    """One reading of all three systems, one bulk poll each, at the same time; ``whole`` for the judge."""
    seen = await asyncio.gather(*(face.cases(whole=whole) for face in (register, national, government)))
    named = dict(zip((REGISTER, NATIONAL, GOVERNMENT), seen, strict=True))
    return World(register=named[REGISTER], national=named[NATIONAL], government=named[GOVERNMENT])


class PortalFace:
    """A portal through its twin's control API. Reading for the player costs what has changed; the judge reads all."""

    def __init__(self, system: str, http: JsonHttp, clock: Clock) -> None:
        self.system = system
        self._http = http
        self._clock = clock
        self._known: dict[str, SeenCase] = {}
        self._since = 0

    async def cases(self, *, whole: bool = False) -> tuple[SeenCase, ...]:
        """``GET /control/cases``."""
        if whole:
            return tuple(read_portal(self.system, case) for case in await self._http.get("/control/cases"))
        changed = await self._http.get("/control/cases", {"since": str(self._since)})
        for case in changed["cases"]:
            self._known[str(case["id"])] = read_portal(self.system, case)
        self._since = changed["next"]
        return tuple(self._known.values())

    async def bear(self, story: Story) -> None:
        """``POST /control/cases``."""
        await self._http.post("/control/cases", birth(self.system, story))

    async def do(self, step: Step, case: SeenCase) -> None:
        """``POST /control/cases/{id}/{event}``."""
        path = f"/control/cases/{case.ref}/{EVENTS[step.kind]}"
        await self._http.post(path, self._event(step))

    async def correct(self, case: SeenCase, **said: Any) -> None:
        """The sender corrects the case: ``content``, ``private``."""
        await self._http.post(f"/control/cases/{case.ref}/correct", said)

    def _event(self, step: Step) -> dict[str, Any]:
        text = step.text or ""
        match step.kind:
            case ActKind.SUPPLEMENTED:
                return {"text": text, "files": [inline(item) for item in step.files]}
            case ActKind.RETURNED_FOR_REWORK | ActKind.RECALLED:
                return {"reason": text}
            case ActKind.REMINDED:
                return {"text": text}
            case ActKind.RATED:
                return {"like": step.details["like"] == "1", "comment": text}
            case ActKind.DUE_CHANGED:
                return {"due_at": due_after(self._clock, step)}
            case _:
                return {}


def birth(system: str, story: Story) -> dict[str, Any]:
    """The body that opens a story's case on a portal, in the contract's own codes."""
    sender = story.sender
    field = FIELDS[system].get(story.field_code or "")
    return {
        "title": story.title,
        "content": story.content,
        "kind": KINDS[system][story.nature],
        "field": field,
        "agency": HOME,
        "source": SOURCES[system][story.channel],
        "submitter_type": SUBMITTERS[system][sender.kind],
        "sender": {
            "name": sender.name,
            "organisation": sender.organisation,
            "phone": sender.phone,
            "address": sender.address,
            "email": sender.email,
        },
        "anonymous": sender.anonymous,
        "private": story.private,
        "publishable": not story.private,
        "files": [inline(item) for item in story.files],
        **story.raw,
    }


__all__ = ["Face", "PortalFace", "RegisterFace", "RegisterTokens", "birth", "look"]
