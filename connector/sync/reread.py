"""Reread: what could not be read, or not be told from a creation in doubt, is asked for again.

A fault that passes must not need a person; one that stays keeps waiting.

A queue tells an item once and a list tells a version once, so without this a single garbled answer would hold a case back
until somebody looked. It is asked for at the pace of refreshing and stays in quarantine, visible, until it can be read.
"""

import asyncio
from dataclasses import replace
from datetime import timedelta

import structlog

from connector.errors import ConnectorError, CredentialsRefused
from connector.ledger.entry import EntryKind
from connector.store import observations, quarantine
from connector.store.quarantine import Item
from connector.sync.context import Context
from connector.sync.keep import Tally, keep
from connector.system import Record

log = structlog.get_logger(__name__)


async def reread_due(ctx: Context, name: str, tally: Tally) -> None:
    """Ask ``name`` again for what of it could not be read and was not asked for since one pace of refreshing."""
    now = ctx.clock.now()
    before = now - timedelta(seconds=ctx.settings.systems[name].refresh_every_s)
    async with ctx.db.unit() as unit:
        items = await quarantine.take_to_reread(
            unit.conn, name, before=before, at=now, most=ctx.settings.work.slice_cases
        )
    gate = asyncio.Semaphore(ctx.systems[name].capabilities.concurrency)

    async def one(item: Item) -> None:
        async with gate:
            if tally.refused is None and not ctx.stopping.is_set():
                await _try(ctx, item, tally)

    await asyncio.gather(*(one(item) for item in items))


async def _try(ctx: Context, item: Item, tally: Tally) -> None:
    try:
        await reread(ctx, item, tally=tally)
    except ConnectorError as error:
        tally.skipped += 1
        if isinstance(error, CredentialsRefused):
            tally.refused = error
        log.info("reread_failed", system=item.system, quarantine_id=item.id, code=error.code)
    except Exception as error:  # a fault of the adapter with this one case
        log.exception("fetch_fault", system=item.system, ref=item.ref, kind=type(error).__name__)


async def reread(
    ctx: Context,
    item: Item,
    *,
    actor: str | None = None,
    tally: Tally | None = None,
) -> None:
    """Ask for one quarantined record once more; it leaves the quarantine if what is told now makes up for it.

    Args:
        actor: who ordered it, which is then an entry even if it helps nothing; None: nobody, it was its time.

    Raises:
        ConnectorError: what asking ended in; the item stays open.
    """
    assert item.ref is not None
    async with ctx.db.reading() as conn:
        kept = await observations.load(conn, item.observation_id) if item.observation_id is not None else None
    asked_at = ctx.clock.now()
    told = await ctx.systems[item.system].fetch(item.ref)
    cured = not told.problems and _makes_up(ctx, kept, told)
    await _close(ctx, item, actor, cured=cured)
    # lists tell the case by the version under which it was kept
    listed = replace(told, version=kept.version) if kept is not None else told
    await keep(ctx, listed, tally or Tally(), asked_at=asked_at, listed=kept is not None, waited_for=True)


def _makes_up(ctx: Context, kept: Record | None, told: Record) -> bool:
    """A whole case or the same kind of telling does; a mere status does not make up for content that never was read."""
    section = ctx.mappings.for_system(told.system).reads.get(told.kind)
    whole = section is not None and section.header is not None
    return kept is None or whole or told.kind == kept.kind


async def _close(ctx: Context, item: Item, actor: str | None, *, cured: bool) -> None:
    async with ctx.db.unit() as unit:
        if actor is not None or cured:
            unit.record(
                EntryKind.RETRIED,
                actor=actor or unit.actor,
                system=item.system,
                case_id=item.case_id,
                quarantine_id=item.id,
            )
        if cured:
            await quarantine.close(
                unit.conn,
                state="resolved",
                actor=actor or unit.actor,
                note="read again",
                item_id=item.id,
            )
