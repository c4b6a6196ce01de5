"""One case inside one transaction: locked, derived from its acts, written, numbered in the feed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from adapters.register.commands import NewAct
from adapters.register.database import Connection, query, rows, run
from adapters.register.directory import Directory
from adapters.register.refusals import Code, RegisterRefused
from adapters.register.sealed import (
    CaseKeys,
    close_act,
    open_act,
    open_case,
    open_sender,
    split,
    unwrapped,
)
from adapters.register.service.stamping import UNBORN, Stamped, stamped
from adapters.register.states import CaseState, State, advance, replay
from connector.case import REGISTER, Act, ActKind
from connector.clock import LOCAL_ZONE
from connector.rules.book import RuleBook
from connector.sealing import MasterKeys


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """A locked case: its row in clear, its keys, its acts, and the state that the acts make."""

    row: Mapping[str, Any]
    keys: CaseKeys
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


async def load(conn: Connection, case_id: int, directory: Directory, masters: MasterKeys) -> Loaded:
    """Lock the case and derive its state.

    Raises:
        RegisterRefused: NOT_FOUND; STATE_MISMATCH if the cached columns are not what the acts say (someone wrote past
            the service): nothing is written on top of that.
    """
    async with conn.pipeline():
        locked = await conn.execute(query("lock_case"), {"case_id": case_id})
        closed = await conn.execute(query("contact_and_keys"), {"case_id": case_id})
        told = await conn.execute(query("acts"), {"case_id": case_id})
    row, contact = await locked.fetchone(), await closed.fetchone()
    if row is None or contact is None:
        raise RegisterRefused(Code.NOT_FOUND)
    keys = unwrapped(masters, case_id, contact["keys"])
    acts = tuple(act_of(item, keys) for item in await told.fetchall())
    sender = {"sender_kind": contact["sender_kind"], **open_sender(keys, contact, contact["contact_sealed"])}
    clear = {**row, **open_case(keys, row["sealed"]), **sender}
    state = replay(acts, blank(clear, directory))
    differing = [name for name, value in cached(state).items() if row[name] != value]
    if differing:
        raise RegisterRefused(Code.STATE_MISMATCH, f"{row['code']}: {', '.join(differing)}")
    return Loaded(row=clear, keys=keys, acts=acts, state=state)


def act_of(row: Mapping[str, Any], keys: CaseKeys) -> Act:
    """An act from its row."""
    text, details = open_act(keys, row["act_id"], row["details"], row["sealed"])
    return Act(
        id=row["act_id"],
        kind=ActKind(row["kind"]),
        at=row["at"],
        agency=row["agency"],
        officer=row["officer"],
        text=text,
        details=details,
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


async def write(conn: Connection, keys: CaseKeys, state: CaseState, acts: Stamped, now: datetime) -> Written:
    """Append acts and take the feed's next number. The last thing a writing transaction does."""
    for act in acts:
        state = advance(state, act)
    case_id, off_system = keys.case_id, state.state is State.NGOAI_HE_THONG
    numbers = [row["number"] for row in await rows(conn, "act_numbers", count=len(acts))] if acts else []
    new = [_row(act, number, keys) for act, number in zip(acts, numbers, strict=True)]
    async with conn.pipeline():
        if new:
            await run(conn, "add_acts", case_id=case_id, acts=Jsonb(new), now=now)
        if off_system:
            await run(conn, "announce_emptying", case_id=case_id)
            await run(conn, "empty_case", case_id=case_id)
        change = {"case_id": case_id, "now": now, **cached(state)}
        headed = await conn.execute(query("record_change"), change)
    head = await headed.fetchone()
    assert head is not None
    return Written(acts=tuple(row["act_id"] for row in new), state=state, seq=head["seq"])


def _row(act: Act, number: int, keys: CaseKeys) -> dict[str, Any]:
    act_id = f"{REGISTER}:{number}" if act.id == UNBORN else act.id
    clear, secret = split(act.details)
    sealed = close_act(keys, act_id, act.text, secret)
    return {
        "number": number,
        "act_id": act_id,
        "kind": act.kind.value,
        "at": act.at.isoformat(),
        "agency": act.agency,
        "officer": act.officer,
        "sealed": None if sealed is None else sealed.hex(),
        "details": clear,
        "attachments": list(act.attachments),
    }
