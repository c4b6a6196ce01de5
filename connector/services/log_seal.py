"""Seal: what was appended since the last checkpoint is checked, paved into the tree, and signed.

Nothing is signed that does not continue what was signed before: the chain from the last paved block on, the root of
the tree at the last checkpoint, its signature, and the newest checkpoint of the write-once folder. So a database that
was rewritten or rolled back gets no fresh signature, but an alarm.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from connector.clock import Clock
from connector.errors import LedgerBroken, RestoreNotAccepted, SealRefused
from connector.keyfile import signing_keys
from connector.ledger import tree
from connector.ledger.chain import GENESIS, Head
from connector.ledger.entry import EntryKind
from connector.ledger.note import Checkpoint, Note, NoteError, SigningKey, parse_note, verify_note
from connector.ledger.tree import Frontier
from connector.ledger.verify import Verifier
from connector.services import log_folder
from connector.services.log_folder import refuse
from connector.services.log_keys import in_use, register_first
from connector.settings import Settings
from connector.store import checkpoints, flows, ledger, log_keys, restorations
from connector.store.checkpoints import SCOPE, Stored
from connector.store.connection import Connection
from connector.store.database import Database
from connector.store.tiles import SPAN, Paver, Tiles, leaf_of

log = structlog.get_logger(__name__)

MOST = 50_000
"""Entries of one checkpoint at most: so much work is one transaction."""


@dataclass(frozen=True, kw_only=True)
class Before:
    """What was signed last; an empty log before the first checkpoint."""

    size: int
    root: bytes
    head_hash: str
    signed_at: datetime | None


async def seal(db: Database, settings: Settings, clock: Clock) -> list[Stored]:
    """Seal what has been appended by now. Returns the new checkpoints; none if nothing is new, no key, or held.

    Raises:
        SealRefused: what is stored does not continue what was signed. It is held, and recorded, once.
        SigningKeyError, SettingsError: the key is missing, malformed or not the published one.
    """
    if not signing_keys(settings):
        return []
    made: list[Stored] = []
    try:
        async with db.unit() as unit:
            if await flows.held(unit.conn, SCOPE):
                return []
            await checkpoints.lock(unit.conn)
            branch = await restorations.branch(unit.conn)
            log_folder.compare(settings.ledger.checkpoint_folder, await checkpoints.newest(unit.conn), branch)
            await register_first(unit, settings, clock.now())
            # what is appended meanwhile waits for its turn: under load there is always something
            goal = (await ledger.head(unit.conn)).seq
        while not made or made[-1].size < goal:
            async with db.unit() as unit:
                one = await _seal_some(unit.conn, settings, clock)
            if one is None:
                break
            made.append(one)
    except SealRefused as refused:
        await hold(db, clock, refused)
        raise
    return made


async def hold(db: Database, clock: Clock, refused: SealRefused) -> None:
    """Nothing is signed until a person has looked; recorded once."""
    async with db.unit() as unit:
        fresh = await flows.hold(
            unit.conn, SCOPE, reason=refused.message, code=refused.code, actor=unit.actor, at=clock.now()
        )
        if refused.detail.get("why") == "rolled_back":
            await flows.hold(
                unit.conn,
                restorations.SCOPE,
                reason=refused.message,
                code=RestoreNotAccepted.code,
                actor=unit.actor,
                at=clock.now(),
                numbers={"lost_size": refused.detail.get("lost") or refused.detail.get("seq") or 0},
            )
        if fresh:
            why, size = refused.detail.get("why"), refused.detail.get("seq")
            unit.record(EntryKind.SEAL_REFUSED, code=refused.code, why=why, size=size)
            log.error(
                "seal_refused", next_step=" / ".join(refused.next_step), code=refused.code, why=why, size=size
            )


async def _seal_some(conn: Connection, settings: Settings, clock: Clock) -> Stored | None:
    await checkpoints.lock(conn)
    own = in_use(settings)
    assert own is not None
    before = await _before(conn, settings)
    end = await ledger.head(conn)
    if end.seq < before.size:
        refuse(f"entries {end.seq + 1} to {before.size} were signed and are gone", end.seq + 1, "rolled_back")
    until = min(end.seq, before.size + MOST)
    head, frontier = await _pave(conn, before, until)
    if end.seq == until and end.hash != head.hash:
        refuse(f"entry {until} is not the one that was appended last", until, "changed")
    if until == before.size:
        return None
    stored = _signed(own[1], before, head, frontier, clock.now())
    await checkpoints.add(conn, stored)
    return stored


async def _before(conn: Connection, settings: Settings) -> Before:
    """The last checkpoint, checked against its signature."""
    last = await checkpoints.newest(conn)
    if last is None:
        return Before(size=0, root=tree.EMPTY_ROOT, head_hash=GENESIS.hash, signed_at=None)
    keys = [one.key for one in await log_keys.listed(conn)]
    try:
        told = verify_note(parse_note(last.note), keys)
    except NoteError as error:
        refuse(f"the checkpoint of {last.size} entries: {error}", last.size, error.fault.value)
    if (told.origin, told.size, told.root) != (settings.ledger.origin, last.size, last.root):
        refuse(f"the checkpoint of {last.size} entries says something else", last.size, "re_signed")
    return Before(size=last.size, root=last.root, head_hash=last.head_hash, signed_at=told.time)


async def _pave(conn: Connection, before: Before, until: int) -> tuple[Head, Frontier]:
    """Walk from the last paved block to ``until``; the walk passes the last checkpoint and must find it as it was."""
    start = before.size - before.size % SPAN
    head = await _head_at(conn, start)
    try:
        frontier = await Tiles(conn).frontier(start)
        verifier, paver = Verifier(head), Paver(conn, start)
        async for entry in ledger.entries(conn, after=start, until=until):
            if not verifier.take(entry):
                break
            leaf = leaf_of(entry)
            frontier.append(leaf)
            await paver.add(leaf)
            if entry.seq == before.size:
                _same(before, entry.hash, frontier)
        report = verifier.report()
        report.demand()
    except LedgerBroken as broken:
        if isinstance(broken, SealRefused):
            raise
        refuse(broken.message, _number(broken.detail.get("seq")), str(broken.detail.get("why")))
    if report.head.seq != until:
        refuse(f"entry {report.head.seq + 1} is missing", report.head.seq + 1, "missing")
    if before.size == start:
        _same(before, head.hash, await Tiles(conn).frontier(start))
    return report.head, frontier


async def _head_at(conn: Connection, seq: int) -> Head:
    if seq == 0:
        return GENESIS
    found = [entry.hash async for entry in ledger.entries(conn, after=seq - 1, until=seq)]
    if not found:
        refuse(f"entry {seq} is missing", seq, "missing")
    return Head(seq=seq, hash=found[0])


def _same(before: Before, head_hash: str, frontier: Frontier) -> None:
    if (head_hash, frontier.root) != (before.head_hash, before.root):
        refuse(f"the first {before.size} entries are not those that were signed", before.size, "rewritten")


def _signed(key: SigningKey, before: Before, head: Head, frontier: Frontier, now: datetime) -> Stored:
    at = now.astimezone(UTC).replace(microsecond=0)
    if before.signed_at is not None:
        at = max(
            at, before.signed_at
        )  # a clock that was set back must not make an older checkpoint of this one
    text = Checkpoint(
        origin=key.name,
        size=frontier.size,
        root=frontier.root,
        time=at,
        previous_size=before.size,
        previous_root=before.root,
    ).text()
    return Stored(
        size=frontier.size,
        root=frontier.root,
        head_hash=head.hash,
        signed_at=at,
        note=str(Note(text=text, signatures=(key.sign(text),))),
    )


def _number(value: object) -> int | None:
    return value if isinstance(value, int) else None
