"""Reads what the systems say of themselves into one plain form, for the player and for the judge. Pure."""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from adapters.life.script import GOVERNMENT, HOME, NATIONAL, REGISTER, tag_of
from adapters.life.vocabulary import ACTIONS, GIVEN_BACK
from connector.case import ActKind, Status

SENDER_FIELDS = ("name", "organisation", "phone", "address", "email")
_ROLES = {"1": "question", "2": "answer", "3": "evidence"}


@dataclass(frozen=True, kw_only=True)
class SeenFile:
    """A file as a system lists it."""

    id: str
    role: str
    sha256: str | None


@dataclass(frozen=True, kw_only=True)
class SeenAct:
    """An act of the register, or a history row of a portal.

    Attributes:
        kind: None if nobody knows what the row is; ``action`` is then what it said.
        own: born in the register.
        files: ids of the case's files that came with it (the register tells them).
    """

    id: str
    kind: ActKind | None
    action: str
    own: bool
    text: str | None = None
    at: datetime | None = None
    details: Mapping[str, str] = field(default_factory=dict)
    files: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SeenAnswer:
    """The answer as a portal holds it."""

    version: int
    text: str
    publishable: bool
    signer: str | None
    files: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class SeenCase:
    """One case as one system shows it.

    Attributes:
        key: the story's (seed, number); None if the case is nobody's story.
        code: the register's case code.
        kind: raw nature or kind code.
        status: of a portal, as the province sees it; None for the register.
        state: of the register.
        origin: (portal, id) of a portal-born case in the register.
        parent: the case that this one continues at another agency.
        recall_answer: ``agreed`` or ``refused``, where the portal keeps it.
    """

    system: str
    ref: str
    key: tuple[int, int] | None
    code: str | None
    title: str
    content: str
    kind: str | None
    private: bool
    sender: Mapping[str, str | None] = field(repr=False)
    status: Status | None = None
    state: str | None = None
    agency: str | None = None
    origin: tuple[str, str] | None = None
    parent: str | None = None
    recall_answer: str | None = None
    due_at: datetime | None = None
    acts: tuple[SeenAct, ...] = ()
    files: tuple[SeenFile, ...] = ()
    answer: SeenAnswer | None = None

    def count(self, kind: ActKind, *, own: bool | None = None) -> int:
        """How many acts of that kind it shows."""
        return sum(act.kind is kind and own in (None, act.own) for act in self.acts)


@dataclass(frozen=True, kw_only=True)
class World:
    """All cases of the three systems at about one moment."""

    register: tuple[SeenCase, ...] = ()
    national: tuple[SeenCase, ...] = ()
    government: tuple[SeenCase, ...] = ()

    def of(self, system: str) -> tuple[SeenCase, ...]:
        """The cases of one system."""
        return {REGISTER: self.register, NATIONAL: self.national, GOVERNMENT: self.government}[system]

    def by_key(self, system: str) -> dict[tuple[int, int], list[SeenCase]]:
        """The cases of one system by story. What another agency opened after a transfer is not ours to count."""
        found: dict[tuple[int, int], list[SeenCase]] = {}
        for case in self.of(system):
            if case.key is not None and case.parent is None:
                found.setdefault(case.key, []).append(case)
        return found


def nfc(text: str | None) -> str:
    """Text for comparison."""
    return unicodedata.normalize("NFC", text or "").strip()


def read_register(case: Mapping[str, Any]) -> SeenCase:
    """A case as the register's REST API tells it."""
    origin = case.get("origin_system")
    sender = case.get("sender") or {}
    return SeenCase(
        system=REGISTER,
        ref=str(case["id"]),
        key=tag_of(case.get("title") or ""),
        code=case.get("code"),
        title=case.get("title") or "",
        content=case.get("content") or "",
        kind=case.get("nature"),
        private=bool(case.get("private")),
        sender={name: sender.get(name) for name in SENDER_FIELDS},
        state=case.get("state"),
        agency=case.get("agency"),
        origin=(str(origin), str(case.get("origin_ref"))) if origin else None,
        due_at=_instant(case.get("due_at")),
        acts=tuple(_register_act(act) for act in case.get("acts") or ()),
        files=tuple(_file(item) for item in case.get("attachments") or ()),
    )


def read_portal(system: str, case: Mapping[str, Any]) -> SeenCase:
    """A case of a twin's dump."""
    sender = case.get("sender") or {}
    acts = tuple(_row(system, str(case["id"]), row) for row in case.get("history") or ())
    return SeenCase(
        system=system,
        ref=str(case["id"]),
        key=tag_of(case.get("title") or ""),
        code=case.get("own_code") or None,
        title=case.get("title") or "",
        content=case.get("content") or "",
        kind=case.get("kind"),
        private=bool(case.get("private")),
        sender={name: sender.get(name) for name in SENDER_FIELDS},
        status=_status(case, acts),
        agency=case.get("agency"),
        parent=case.get("parent") or None,
        recall_answer=case.get("recall_answer"),
        due_at=_instant(case.get("due_at")),
        acts=acts,
        files=tuple(_file(item) for item in case.get("files") or ()),
        answer=_answer(case.get("answer")),
    )


def read_all(
    register: Iterable[Mapping[str, Any]],
    national: Iterable[Mapping[str, Any]],
    government: Iterable[Mapping[str, Any]],
) -> World:
    """The three dumps as one world."""
    return World(
        register=tuple(map(read_register, register)),
        national=tuple(read_portal(NATIONAL, case) for case in national),
        government=tuple(read_portal(GOVERNMENT, case) for case in government),
    )


def _register_act(act: Mapping[str, Any]) -> SeenAct:
    kind = str(act.get("kind"))
    act_id = str(act.get("id"))
    details = {str(name): str(value) for name, value in (act.get("details") or {}).items()}
    return SeenAct(
        id=act_id,
        kind=ActKind(kind) if kind in set(ActKind) else None,
        action=kind,
        own=act_id.startswith(f"{REGISTER}:"),
        text=act.get("text") or details.get("comment"),
        at=_instant(act.get("at")),
        details=details,
        files=tuple(map(str, act.get("attachments") or ())),
    )


def _row(system: str, ref: str, row: Mapping[str, Any]) -> SeenAct:
    action = str(row.get("action"))
    kind = ACTIONS[system].get(action)
    if action == "TRA_LAI":
        kind = GIVEN_BACK.get(str(row.get("status")), ActKind.TRANSFERRED)
    return SeenAct(
        id=f"{system}:{ref}.{row.get('id')}",
        kind=kind,
        action=action,
        own=False,
        text=row.get("text"),
        at=_instant(row.get("at")),
    )


def _status(case: Mapping[str, Any], acts: tuple[SeenAct, ...]) -> Status | None:
    """The status as the province sees it: a case that it gave away stays given away for it."""
    if case.get("agency") != HOME:
        for act in reversed(acts):
            if act.kind is ActKind.RETURNED:
                return Status.RETURNED_VPCP
            if act.kind is ActKind.TRANSFERRED:
                return Status.TRANSFERRED
    name = case.get("status")
    return Status(name) if name in set(Status) else None


def _answer(answer: Mapping[str, Any] | None) -> SeenAnswer | None:
    if not answer:
        return None
    return SeenAnswer(
        version=int(answer.get("version") or 1),
        text=answer.get("text") or "",
        publishable=answer.get("publishable") in (True, "1", 1),
        signer=answer.get("signer"),
        files=tuple(sorted(str(item.get("sha256")) for item in answer.get("files") or ())),
    )


def _file(item: Mapping[str, Any]) -> SeenFile:
    role = str(item.get("role") or "question")
    return SeenFile(id=str(item.get("id")), role=_ROLES.get(role, role.lower()), sha256=item.get("sha256"))


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
