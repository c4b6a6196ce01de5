"""What a changed mapping, policy or setting would rewrite: counted before anything runs, and stopped if it is much.

The count is a dry run: the newest kept record of every settled case is mapped as the files say now, merged with the
baseline of before, and the writes that would follow are counted, none of them planned. Cases that are over on every
side are left out: nothing reads them again. A record that a system told again after another one counts as the other
one: that errs by a case here and there, never by a wave.
"""

from collections import Counter
from collections.abc import Mapping

import structlog

from connector.case import REGISTER, Case, absorb
from connector.errors import MergeConflict, SafetyStop, Unmapped, Unreadable
from connector.ledger.entry import EntryKind
from connector.merge import Move, Side, merge
from connector.store import cases, deliveries, observations, releases
from connector.store.cases import CaseRow
from connector.store.connection import Connection
from connector.store.links import Link
from connector.sync.context import FINISHED, Context, is_portal
from connector.sync.guards import check_rewrite
from connector.sync.hold import hold_flow
from connector.sync.settle import rules_of

log = structlog.get_logger(__name__)

MAPPINGS = "mappings"
"""Name of the digest of the mappings folder; any other is one of settings."""


async def judge_changes(
    ctx: Context, looks: Mapping[str, str], *, beside: Context | None = None
) -> Mapping[str, int]:
    """Compare how mappings and settings look with the last time; on a change count and, if it is much, stop.

    To be called before any flow runs, or with ``beside``. A flow that is held already stays held for its first reason.

    Args:
        ctx: the wiring with what is to come into force.
        looks: name → digest, as things are now.
        beside: the wiring of the flows that run meanwhile: what they are about to write anyway does not count.

    Returns:
        Target → cases that the change would rewrite; empty if nothing has changed.
    """
    async with ctx.db.reading() as conn:
        before = await releases.fingerprints(conn)
    changed = sorted(name for name, digest in looks.items() if before.get(name, digest) != digest)
    found = await rewrites(ctx) if changed else {}
    if found and beside is not None:
        found = Counter(found) - Counter(await rewrites(beside))
    for target, count in sorted(found.items()):
        async with ctx.db.reading() as conn:
            known = await cases.linked(conn, target)
        try:
            check_rewrite(count, known, ctx.settings.guards, system=target)
        except SafetyStop as stop:
            await hold_flow(ctx, "deliver", target, stop)
    # only now: a start that died before this is judged again
    async with ctx.db.unit() as unit:
        for name, digest in looks.items():
            await releases.keep_fingerprint(unit.conn, name, digest, ctx.clock.now())
        for name in changed:
            kind = EntryKind.MAPPING_CHANGED if name == MAPPINGS else EntryKind.SETTINGS_CHANGED
            unit.record(kind, digest=looks[name], cases=sum(found.values()))
            log.warning("change_judged", what=name, cases=dict(found))
    return found


async def rewrites(ctx: Context) -> Mapping[str, int]:
    """Target → settled cases that would be written to as things are mapped now. Changes nothing."""
    found: Counter[str] = Counter()
    last = 0
    while True:
        async with ctx.db.reading() as conn:
            ids = await cases.settled(
                conn, after=last, most=ctx.settings.work.slice_cases, finished=[one.value for one in FINISHED]
            )
            for case_id in ids:
                row = await cases.get(conn, case_id)
                if row is not None:
                    found.update(await _targets(ctx, conn, row))
        if not ids:
            return found
        last = ids[-1]


async def _targets(ctx: Context, conn: Connection, row: CaseRow) -> set[str]:
    """Where this one case would be written to."""
    states = {link.system: await _mapped_now(ctx, conn, row, link) for link in row.links}
    here = states.get(REGISTER)
    portals = {link.system for link in row.links if is_portal(link.system)}
    outbound = ctx.policy.route(here).target if here is not None and not portals else None
    planned = await deliveries.known(conn, row.id)
    targets: set[str] = set()
    for system in sorted({*portals, *([outbound] if outbound else [])} & set(ctx.systems)):
        rules = await rules_of(ctx, conn, row.id, system, outbound=system == outbound)
        link = row.link(system)
        moves = merge(link.baseline if link else None, here, states.get(system), rules).moves
        targets |= {
            target for move in moves if (target := _target(move, system)) and _new(move, target, planned)
        }
    return targets


def _target(move: Move, system: str) -> str:
    return system if move.side is Side.THERE else REGISTER


def _new(move: Move, target: str, planned: set[tuple[str, str, str | None, int]]) -> bool:
    return (target, move.kind.value, move.act_id, move.revision) not in planned


async def _mapped_now(ctx: Context, conn: Connection, row: CaseRow, link: Link) -> Case | None:
    """A side's telling as the mapping reads it now; as it was read before where that cannot be told."""
    record = await observations.newest(conn, row.id, link.system)
    if record is None or record.problems or link.state is None or link.system not in ctx.systems:
        return link.state
    try:
        return absorb(link.state, ctx.mappings.for_system(link.system).read(record))
    except (Unmapped, Unreadable, MergeConflict):
        return link.state  # told again it would be quarantined, not written
