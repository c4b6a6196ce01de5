"""Personal data: earlier cases of the same phone, erasure of a sender, new wraps for the keys after a rotation."""

from collections.abc import Mapping, Sequence
from typing import Any

from adapters.register.commands import NewAct
from adapters.register.database import Connection, one, rows, run
from adapters.register.directory import Directory
from adapters.register.phones import phone_digest
from adapters.register.refusals import Code, RegisterRefused
from adapters.register.sealed import Purpose, contact_place, open_, rewrapped
from adapters.register.service.evidence import WITH_SENDER
from adapters.register.service.intake import case_number, performed
from adapters.register.service.reading import keys_of
from adapters.register.service.scope import Scope
from adapters.register.service.unit import load, write
from adapters.register.service.values import Performed
from adapters.register.states import State
from connector.case import ActKind
from connector.sealing import Wrapped

ERASED = "contact_erased"


async def same_phone(scope: Scope, ref: str) -> tuple[str, ...]:
    """Ids of the other cases whose sender gave the same phone number, oldest first; nothing else of them."""
    async with scope.database.connection() as conn:
        case_id = await case_number(conn, ref)
        return tuple(row["id"] for row in await rows(conn, "same_phone", case_id=case_id))


async def erase_contact(scope: Scope, ref: str, officer: str, basis: str) -> Performed:
    """Destroy a case's contact key: name, phone and all that identifies the sender is gone, the case file stays.

    What came in with the sender's data (submission, create, update) keeps its hash only. The act of the erasure names the
    official and the basis.

    Raises:
        RegisterRefused: SERVICE_ACCOUNT; OFF_SYSTEM; ALREADY_SO if the sender was erased before.
    """
    now = scope.clock.now()
    async with scope.database.transaction() as conn:
        case_id = await case_number(conn, ref)
        directory = await scope.directory(conn)
        check_person(directory, officer)
        loaded = await load(conn, case_id, directory, scope.masters)
        if loaded.state.state is State.NGOAI_HE_THONG:
            raise RegisterRefused(Code.OFF_SYSTEM)
        if loaded.keys.contact is None:
            raise RegisterRefused(Code.ALREADY_SO)
        note = NewAct(
            kind=ActKind.NOTE,
            at=now,
            agency=loaded.state.agency,
            officer=officer,
            details={"decision": ERASED, "basis": basis},
        )
        await run(conn, "erase_contact", case_id=case_id, now=now, with_sender=sorted(WITH_SENDER))
        acts = loaded.stamped(scope.book, [note])
        return performed(loaded.row, await write(conn, loaded.keys, loaded.state, acts, now))


def check_person(directory: Directory, officer: str | None) -> str:
    """The name of a person. Raises OFFICER_MISSING, SERVICE_ACCOUNT."""
    if not officer:
        raise RegisterRefused(Code.OFFICER_MISSING)
    if not directory.is_person(officer):
        raise RegisterRefused(Code.SERVICE_ACCOUNT)
    return officer


async def rewrap(scope: Scope) -> int:
    """Wrap every case key under the current master key and make the phone digests anew; how many keys changed.

    After a rotation: run it with the new key in front of the old, take the old one out, run it again. The second run
    makes the digests under the key that is the oldest now. Safe to repeat and to interrupt.
    """
    changed, after = 0, (0, "")
    while True:
        async with scope.database.transaction() as conn:
            page = await rows(conn, "keys_page", case_id=after[0], purpose=after[1])
            for row in page:
                changed += await _rewrap(scope, conn, row)
        if not page:
            return changed
        after = (page[-1]["case_id"], page[-1]["purpose"])


async def _rewrap(scope: Scope, conn: Connection, row: Mapping[str, Any]) -> bool:
    case_id, purpose = row["case_id"], Purpose(row["purpose"])
    outdated: bool = row["master"] != scope.masters.current
    if outdated:
        old = Wrapped(master=row["master"], blob=row["wrapped"])
        new = rewrapped(scope.masters, case_id, purpose, old)
        await run(
            conn, "rewrap_key", case_id=case_id, purpose=purpose.value, master=new.master, wrapped=new.blob
        )  # fmt: skip
    if purpose is Purpose.CONTACT:
        await _renew_digest(scope, conn, case_id)
    return outdated


async def _renew_digest(scope: Scope, conn: Connection, case_id: int) -> None:
    keys = await keys_of(conn, scope.masters, case_id)
    row = await one(conn, "contact_of_case", case_id=case_id)
    sender = open_(keys.contact, contact_place(case_id), row["sealed"] if row else None) or {}
    digest = phone_digest(scope.masters, sender.get("phone"))
    await run(conn, "put_phone_digest", case_id=case_id, phone_digest=digest)


async def log_access(
    scope: Scope, token: str, officer: str | None, purpose: str, case_ids: Sequence[int]
) -> None:
    """Note who saw the senders or the evidence of which cases, and why (rules §5.1)."""
    if not case_ids:
        return
    async with scope.database.connection() as conn:
        await run(
            conn, "log_access", now=scope.clock.now(), token=token, officer=officer, purpose=purpose,
            case_ids=list(case_ids),
        )  # fmt: skip
