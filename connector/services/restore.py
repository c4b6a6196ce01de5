"""A database that is older than what was signed: noticed, held, and let go on only by a person's recorded act.

Whoever restores by our own command is held at once; one that was restored otherwise (a snapshot of the machine, point
in time recovery, an administrator's pg_restore) is noticed by the write-once folder when the program starts, and by
folder and witness at the next sealing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from connector.case import REGISTER
from connector.clock import Clock
from connector.errors import NotFoundError, RestoreNotAccepted, UserError
from connector.ledger.entry import EntryKind
from connector.ledger.note import NoteError, parse_checkpoint, parse_note
from connector.services import erasures, known_cases, log_folder
from connector.settings import Settings
from connector.store import cases, checkpoints, endings, flows, ledger, restorations
from connector.store import known_cases as known
from connector.store.cases import End, EndedAs
from connector.store.connection import Connection
from connector.store.database import Database, Unit
from connector.store.flows import Pause
from connector.store.restorations import SCOPE, Restored
from connector.store.vault import Part
from connector.system import KeepsCodes

BASIS = "restore"
"""What stands as the basis where a key is destroyed for the second time."""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Where the database stands.

    Attributes:
        hold: why nothing is read or written; None: nothing holds it.
        size, sealed: entries of the log, and of its newest checkpoint.
        ahead: branch and size of the newest checkpoint of the folder that the database does not know.
        last: the last restore that was accepted.
    """

    hold: Pause | None
    size: int
    sealed: int
    ahead: tuple[int, int] | None
    last: Restored | None


async def standing(db: Database, settings: Settings) -> Standing:
    """Look; changes nothing."""
    async with db.reading() as conn:
        return await _standing(conn, settings)


async def _standing(conn: Connection, settings: Settings) -> Standing:
    newest, last = await checkpoints.newest(conn), await restorations.newest(conn)
    sealed, branch = newest.size if newest else 0, last.branch if last else 0
    return Standing(
        hold=await flows.held(conn, SCOPE),
        size=(await ledger.head(conn)).seq,
        sealed=sealed,
        ahead=log_folder.ahead(settings.ledger.checkpoint_folder, branch, sealed),
        last=last,
    )


async def require_accepted(db: Database, settings: Settings, clock: Clock) -> None:
    """The first thing that a program does before it speaks to any system.

    Raises:
        RestoreNotAccepted: the database is behind what was signed, or was restored, and nobody has accepted that.
    """
    async with db.unit() as unit:
        at = await _standing(unit.conn, settings)
        if at.hold is None and at.ahead is not None:
            reason = f"{at.ahead[1]} entries were signed, the database knows {at.sealed}"
            await _hold(unit, reason, clock.now(), at.ahead[1])
            at = await _standing(unit.conn, settings)
    if at.hold is not None:
        msg = f"nothing is read or written: {at.hold.reason}"
        raise RestoreNotAccepted(msg)


async def hold(db: Database, clock: Clock, reason: str) -> None:
    """Say that the database, or one of the systems, was restored: nothing goes on until somebody accepts it."""
    async with db.unit() as unit:
        await _hold(unit, reason, clock.now(), 0)


async def _hold(unit: Unit, reason: str, at: datetime, lost: int) -> None:
    await flows.hold(
        unit.conn,
        SCOPE,
        reason=reason,
        code=RestoreNotAccepted.code,
        actor=unit.actor,
        at=at,
        numbers={"lost_size": lost},
    )


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """What an acceptance did.

    Attributes:
        lost_size: entries that were signed once; ``restored.at_size`` of them are here.
        erased: cases whose keys were destroyed again.
        recovered: cases that the folder alone knew of: the portals are asked for them.
        lost_codes: numbers of the lost time that the register does not know any more, and never gives again.
    """

    restored: Restored
    lost_size: int
    erased: int
    recovered: int
    lost_codes: int


async def accept(
    db: Database,
    settings: Settings,
    clock: Clock,
    *,
    actor: str,
    reason: str,
    register: KeepsCodes | None = None,
    without_erasures: bool = False,
    reread: tuple[str, ...] = (),
) -> Accepted:
    """Go on from here: declared in the log, keys of erased cases destroyed again, everything read and looked up anew.

    Args:
        register: is asked whether it was set back as well, and gives no lost number anew; None: it is not asked.
        without_erasures: there is no folder that keeps the list of erasures; they were, or will be, repeated by hand.
        reread: systems that are read from their beginning: one that was itself restored.

    Raises:
        NotFoundError: nothing is held.
        UserError: no reason; no list of erasures, and nobody said that this is known; an unknown system.
        Transient: the register has to be asked, and does not answer.
    """
    folder = settings.ledger.checkpoint_folder
    _require(settings, reason, without_erasures=without_erasures, reread=reread)
    async with db.unit() as unit:
        now = clock.now()
        await checkpoints.lock(unit.conn)
        held = await flows.held(unit.conn, SCOPE)
        if held is None:
            msg = "nothing is held by a restore: there is nothing to accept"
            raise NotFoundError(msg)
        head = await ledger.hold_end(unit.conn)
        at = await _standing(unit.conn, settings)
        branch, size, root = _lost(settings, at)
        size = max(size, int(held.numbers.get("lost_size", 0)))
        one = Restored(
            branch=max([at.last.branch if at.last else 0, *(log_folder.branches(folder) if folder else ())])
            + 1,
            at_size=head.seq,
            lost_branch=branch,
            lost_size=max(size, head.seq),
            accepted_at=now,
            accepted_by=actor,
            reason=reason.strip(),
        )
        await restorations.add(unit.conn, one)
        if folder is not None:
            await restorations.keep_gone(unit.conn, erasures.listed(folder))
        lost, recovered = await _bring_back(unit, folder, register, now, register_alone=REGISTER in reread)
        _declare(unit, one, at.sealed, root, settings, recovered)
        erased = await _destroy_again(unit, now, actor)
        for name in reread:
            await flows.forget_watermark(unit.conn, name)
        await restorations.begin_again(unit.conn, now)
        await flows.release(unit.conn, SCOPE)
        await flows.release(unit.conn, checkpoints.SCOPE)
        unit.wake("sweep")
    return Accepted(
        restored=one, lost_size=one.lost_size, erased=erased, recovered=recovered, lost_codes=len(lost)
    )


async def _bring_back(
    unit: Unit, folder: Path | None, register: KeepsCodes | None, now: datetime, *, register_alone: bool
) -> tuple[Sequence[str], int]:
    """Codes that the register has lost, and how many cases the portals are to be asked for.

    A register that was not set back tells its cases by itself. Of one that cannot say what it has lost nothing is brought
    back: a case of another citizen under a lost number would come in as this one.
    """
    if register is None:
        return (), 0
    strange = await known.compare(unit.conn, known_cases.listed(folder) if folder is not None else ())
    lost = await register.never_again([*strange, *(await known.codes(unit.conn) if register_alone else ())])
    return lost, await known.bring_back(unit.conn, lost, now)


def _require(settings: Settings, reason: str, *, without_erasures: bool, reread: tuple[str, ...]) -> None:
    if not reason.strip():
        msg = "say with --reason why the database may go on from an older state"
        raise UserError(msg)
    if unknown := sorted(set(reread) - set(settings.systems)):
        msg = f"unknown: {', '.join(unknown)}; known: {', '.join(sorted(settings.systems))}"
        raise UserError(msg)
    folder = settings.ledger.checkpoint_folder
    there = folder is not None and folder.expanduser().is_dir()
    if not there and not without_erasures:
        msg = (
            "there is no checkpoint folder, so nobody here knows which cases were erased after the backup: "
            "erase them again by hand, and say so with --without-erasures"
        )
        raise UserError(msg)


def _lost(settings: Settings, at: Standing) -> tuple[int, int, str]:
    """Branch, size and root of the largest checkpoint outside that the database does not know."""
    folder = settings.ledger.checkpoint_folder
    branch = at.last.branch if at.last else 0
    found = (0, branch, "")
    for one in log_folder.branches(folder) if folder is not None else ():
        for size, path in log_folder.filed(log_folder.of_branch(folder, one)):  # type: ignore[arg-type]  # not None here
            if one >= branch and size > max(at.sealed, found[0]):
                try:
                    root = parse_checkpoint(parse_note(path.read_text(encoding="utf-8")).text).root.hex()
                except (NoteError, UnicodeError):
                    continue  # `log verify` names it
                found = (size, one, root)
    return found[1], found[0], found[2]


def _declare(unit: Unit, one: Restored, sealed: int, root: str, settings: Settings, recovered: int) -> None:
    """The first entry after what was restored."""
    unit.record(
        EntryKind.RESTORED,
        actor=one.accepted_by,
        branch=one.branch,
        at_size=one.at_size,
        sealed_size=sealed,
        lost_branch=one.lost_branch,
        lost_size=one.lost_size,
        lost_root=root or None,
        reason_code=one.reason,
        recovered=recovered,
        erasures_known=settings.ledger.checkpoint_folder is not None,
    )


async def _destroy_again(unit: Unit, now: datetime, actor: str) -> int:
    """What was erased after the backup ends a second time; returns how many cases."""
    parts: dict[int, set[Part]] = {}
    loose: set[str] = set()
    for owner, part, case_id in await restorations.returned(unit.conn):
        if case_id is None:
            loose.add(owner)
        else:
            parts.setdefault(case_id, set()).add(part)
    await restorations.destroy_again(unit.conn, loose, now)
    for case_id, lost in parts.items():
        kind = EndedAs.ERASED if Part.FILE in lost else EndedAs.CONTACT_ERASED
        await cases.get(unit.conn, case_id, lock=True)
        await endings.end(
            unit.conn,
            case_id,
            End(kind=kind, at=now, officer=actor, basis=BASIS),
            code=RestoreNotAccepted.code,
        )
        what = "all" if kind is EndedAs.ERASED else "contact"
        unit.record(
            EntryKind.ERASED, case_id=case_id, actor=actor, what=what, officer_id=actor, basis_code=BASIS
        )
    return len(parts)
