"""One case inside one transaction: locked, derived from its acts, written, numbered in the feed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from adapters.register.commands import NewAct
from adapters.register.database import Connection, query, run
from adapters.register.directory import Directory
from adapters.register.refusals import Code, RegisterRefused
from adapters.register.service.stamping import UNBORN, Stamped, stamped
from adapters.register.states import CaseState, State, advance, replay
from adapters.register.uploads import NewFile
from connector.case import Act, ActKind
from connector.clock import LOCAL_ZONE
from connector.rules.book import RuleBook


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """A locked case: its row, its acts, and the state that the acts make."""

    row: Mapping[str, Any]
    acts: tuple[Act, ...]
    state: CaseState

    @property
    def id(self) -> int:
        """The case's number."""
        number: int = self.row["id"]
        return number

    def stamped(self, book: RuleBook, acts: Sequence[NewAct | Act]) -> Stamped:
        """New acts of this case with the due days that they open."""
        return stamped(book, acts, known=self.acts, channel=self.row["channel"])


async def load(conn: Connection, case_id: int, directory: Directory) -> Loaded:
    """Lock the case and derive its state.

    Raises:
        RegisterRefused: NOT_FOUND; STATE_MISMATCH if the cached columns are not what the acts say (someone wrote past
            the service): nothing is written on top of that.
    """
    async with conn.pipeline():
        locked = await conn.execute(query("lock_case"), {"case_id": case_id})
        told = await conn.execute(query("acts"), {"case_id": case_id})
    row = await locked.fetchone()
    if row is None:
        raise RegisterRefused(Code.NOT_FOUND)
    acts = tuple(act_of(item) for item in await told.fetchall())
    state = replay(acts, blank(row, directory))
    differing = [name for name, value in cached(state).items() if row[name] != value]
    if differing:
        raise RegisterRefused(Code.STATE_MISMATCH, f"{row['code']}: {', '.join(differing)}")
    return Loaded(row=row, acts=acts, state=state)


def act_of(row: Mapping[str, Any]) -> Act:
    """An act from its row."""
    return Act(
        id=row["act_id"],
        kind=ActKind(row["kind"]),
        at=row["at"],
        agency=row["agency"],
        officer=row["officer"],
        text=row["text"],
        details=row["details"],
        attachments=tuple(row["attachments"]),
    )


def blank(row: Mapping[str, Any], directory: Directory) -> CaseState:
    """The state before the first act, with the facts that are not acts."""
    day = row["received_at"].astimezone(LOCAL_ZONE).date()
    return CaseState(
        portal_born=row["origin_system"] is not None,
        nature=row["nature"],
        field_in_scope=directory.field_in_scope(row["field"], day),
        sender_complete=bool((row["sender_name"] or row["sender_organisation"]) and row["sender_phone"]),
    )


def cached(state: CaseState) -> dict[str, Any]:
    """The columns of ``case_record`` that repeat what the acts say."""
    return {
        "state": None if state.state is None else state.state.value,
        "group_no": state.group,
        "agency": state.agency,
        "unit": state.unit,
        "private": state.private,
        "restricted": state.held,
        "recalled": state.recalled,
        "rework": state.rework,
        "answer_version": state.answer_version,
        "own_due_at": state.due_at,
        "supplement_due_at": state.supplement_due_at,
    }


@dataclass(frozen=True, kw_only=True)
class Written:
    """What a transaction wrote: act ids in order, the state after them, the feed's number."""

    acts: tuple[str, ...]
    state: CaseState
    seq: int


async def write(conn: Connection, case_id: int, state: CaseState, acts: Stamped, now: datetime) -> Written:
    """Append acts and take the feed's next number. The last thing a writing transaction does."""
    for act in acts:
        state = advance(state, act)
    off_system = state.state is State.NGOAI_HE_THONG
    rows = Jsonb([_row(act) for act in acts])
    async with conn.pipeline():
        if acts:
            added = await conn.execute(query("add_acts"), {"case_id": case_id, "acts": rows, "now": now})
        if off_system:
            await run(conn, "announce_emptying", case_id=case_id)
            await run(conn, "empty_case", case_id=case_id)
        change = {"case_id": case_id, "now": now, **cached(state)}
        headed = await conn.execute(query("record_change"), change)
    ids = {row["number"]: row["act_id"] for row in await added.fetchall()} if acts else {}
    head = await headed.fetchone()
    assert head is not None
    return Written(acts=tuple(ids[number] for number in sorted(ids)), state=state, seq=head["seq"])


def _row(act: Act) -> dict[str, Any]:
    return {
        "act_id": None if act.id == UNBORN else act.id,
        "kind": act.kind.value,
        "at": act.at.isoformat(),
        "agency": act.agency,
        "officer": act.officer,
        "text": act.text,
        "details": dict(act.details),
        "attachments": list(act.attachments),
    }


async def add_files(conn: Connection, case_id: int, files: Iterable[NewFile]) -> tuple[str, ...]:
    """Keep files; the ids in order.

    Raises:
        RegisterRefused: FILE_HASH: the same id is here with other bytes.
    """
    ids: list[str] = []
    for file in files:
        cursor = await conn.execute(
            query("add_file"),
            {
                "case_id": case_id,
                "attachment_id": file.id,
                "role": file.role,
                "file_name": file.file_name,
                "media_type": file.media_type,
                "size": file.size,
                "sha256": file.sha256,
                "signed": file.signed,
                "content": file.content,
            },
        )
        row = await cursor.fetchone()
        assert row is not None
        if file.sha256 is not None and row["sha256"] != file.sha256:
            raise RegisterRefused(Code.FILE_HASH, row["attachment_id"])
        ids.append(row["attachment_id"])
    return tuple(ids)


async def check_files(conn: Connection, case_id: int, wanted: Iterable[str]) -> None:
    """Every named attachment belongs to the case. Raises FILE_UNKNOWN."""
    names = set(wanted)
    if not names:
        return
    cursor = await conn.execute(query("file_ids"), {"case_id": case_id})
    known = {row["attachment_id"] for row in await cursor.fetchall()}
    if names - known:
        raise RegisterRefused(Code.FILE_UNKNOWN, ", ".join(sorted(names - known)))
