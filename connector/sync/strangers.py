"""Strangers: references that a system tells and that are of no case of ours. One too many, one never read, or in order."""

from dataclasses import replace
from datetime import timedelta

from connector.case import REGISTER, Case
from connector.merge import Side, restricted
from connector.reconcile.explain import Surroundings, explain
from connector.reconcile.findings import Cause, Difference, FindingClass
from connector.store import cases, findings, identity, quarantine, reconcile, sightings
from connector.store.connection import Connection
from connector.store.sightings import Sighting
from connector.sync.context import Context
from connector.sync.judging import Heard, Judged, Pass, bring, hear_ref, seen_as


async def judge_stranger(ctx: Context, this: Pass, stranger: Sighting) -> Judged:
    """Ask for one, see whose it is, and bring the findings under its reference up to date."""
    heard = await hear_ref(ctx, stranger.system, stranger.ref, None)
    if heard.silent:
        return Judged(unread=1)
    told = heard.told.case if heard.told is not None else None
    if stranger.system == REGISTER and told is not None and _of_another(ctx, this, told):
        return Judged()
    async with ctx.db.reading() as conn:
        difference, case_id = await _look(ctx, this, conn, heard)
    around = Surroundings(active_at=heard.seen.since if heard.seen is not None else None)
    grace = timedelta(seconds=ctx.settings.reconcile.grace_s)
    wanted = [difference] if difference is not None and this.scope.takes(difference) else []
    found = explain(wanted, around, ctx.clock.now(), grace)
    alarms = [one for one in found if one.kind is not FindingClass.IN_FLIGHT]
    async with ctx.db.unit() as unit:
        known = await findings.of_ref(unit.conn, stranger.system, stranger.ref)
        seen = [seen_as(ctx, one, told, [heard]) for one in alarms]
        changed = await bring(ctx, unit, this, known, seen, closes=len(found) == len(alarms))
        if told is not None:
            fine = heard.seen.print if heard.seen is not None and difference is None else None
            await sightings.name(unit.conn, told, case_id, fine)
        if case_id is not None:
            # it belongs to a case that is not linked there yet: judged with that case
            await reconcile.keep_verdict(
                unit.conn, case_id, this.portal, None, None, clean=False, at=ctx.clock.now()
            )
    return replace(changed, alarms=len(alarms), in_flight=len(found) - len(alarms))


async def close_outlived(ctx: Context, this: Pass) -> Judged:
    """Findings under a reference that is a stranger's no more."""
    async with ctx.db.unit() as unit:
        known = await findings.outlived(unit.conn, [REGISTER, this.portal])
        return await bring(ctx, unit, this, known, [], closes=True)


async def judge_put_aside(ctx: Context, this: Pass) -> Judged:
    """What a queue told and nobody could map has no case that could be asked for: the live flow holds the proof."""
    async with ctx.db.unit() as unit:
        items = await quarantine.unlinked(unit.conn, this.portal)
        told = {
            ref: Difference(
                kind=FindingClass.MAPPING_GAP, system=this.portal, cause=Cause.UNREADABLE, ref=ref, code=code
            )
            for ref, code in items.items()
        }
        known = [
            one
            for one in await findings.open_findings(
                unit.conn, system=this.portal, classes=[FindingClass.MAPPING_GAP], most=10_000
            )
            if one.case_id is None
        ]
        wanted = [one for one in told.values() if this.scope.takes(one)]
        seen = [seen_as(ctx, one, None, []) for one in wanted]
        return replace(await bring(ctx, unit, this, known, seen, closes=True), alarms=len(seen))


def _of_another(ctx: Context, this: Pass, told: Case) -> bool:
    """A case of the register that goes to another portal: the pass over that one looks at it."""
    target = ctx.policy.route(told).target
    return told.origin[0] not in (REGISTER, this.portal) or target not in (None, this.portal)


async def _look(
    ctx: Context, this: Pass, conn: Connection, heard: Heard
) -> tuple[Difference | None, int | None]:
    """What is wrong with it, if anything; the case of ours that it is, if it is one without a link there."""

    def one(kind: FindingClass, cause: Cause, **more: object) -> Difference:
        return Difference(kind=kind, system=heard.system, cause=cause, ref=heard.ref, **more)  # type: ignore[arg-type]  # its own fields

    if heard.gap is not None:
        return one(FindingClass.MAPPING_GAP, Cause.UNREADABLE, code=heard.gap), None
    if heard.told is None or restricted(heard.told.case):
        return None, None
    told = heard.told.case
    ours = await identity.known_as(conn, told)
    if len(ours) > 1:
        return one(FindingClass.DUPLICATE, Cause.MADE_TWICE, case_id=min(ours)), None
    if ours:
        return await _one_too_many(conn, heard, ours[0], one(FindingClass.DUPLICATE, Cause.MADE_TWICE))
    if heard.system == this.portal:
        known = told.header is None or await sightings.twin_of(conn, told)
        missing = one(FindingClass.MISSING_HERE, Cause.NOT_OBSERVED, side=Side.HERE, repairable=True)
        return (None if known else missing), None
    goes = told.origin[0] == REGISTER and ctx.policy.route(told).target == this.portal
    missing = one(FindingClass.MISSING_THERE, Cause.NOT_OBSERVED, side=Side.THERE, repairable=True)
    return (missing if goes else None), None


async def _one_too_many(
    conn: Connection, heard: Heard, case_id: int, found: Difference
) -> tuple[Difference | None, int | None]:
    row = await cases.get(conn, case_id)
    if row is None or row.end is not None:
        return None, None
    link = row.link(heard.system)
    if link is None:
        return None, case_id
    first = await sightings.of_ref(conn, heard.system, link.ref)
    gone = first is not None and first.print is None
    return (None, None) if gone else (replace(found, case_id=case_id), None)
