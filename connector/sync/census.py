"""Census: read two systems that lived apart from end to end, and find out who is who. Keeps nothing, moves no watermark."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

from connector.case import REGISTER
from connector.errors import ConnectorError, UserError
from connector.reconcile.matching import Sketch, match, sketch
from connector.reconcile.plan import Subject
from connector.sync.context import Context
from connector.system import Record


@dataclass(frozen=True, kw_only=True)
class Census:
    """Who is who. ``unread``: references that could not be read; counts of those that only one side tells."""

    pairs: tuple[Subject, ...]
    unsure: tuple[Subject, ...]
    unread: tuple[tuple[Subject, str], ...]
    only_here: int
    only_there: int


async def census(ctx: Context, portal: str) -> Census:
    """Pair the register's cases with a portal's.

    Raises:
        UserError: the portal tells its cases by a queue, which only the live flow may ask.
        ConnectorError: a list could not be read.
    """
    if ctx.systems[portal].capabilities.queue:
        msg = (
            f"{portal} hands out its cases by a queue and lists none: what it tells is tied by the live flow"
        )
        raise UserError(msg)
    unread: list[tuple[Subject, str]] = []
    sides: dict[str, list[Sketch]] = {REGISTER: [], portal: []}
    for system, told in sides.items():
        async for ref, answer in _walk(ctx, system):
            if isinstance(answer, Sketch):
                told.append(answer)
            else:
                unread.append((Subject(refs={system: ref}), answer))
    found = match(portal, sides[REGISTER], sides[portal])
    return Census(
        pairs=tuple(Subject(refs={REGISTER: here, portal: there}, pair=True) for here, there in found.pairs),
        unsure=tuple(
            Subject(refs={system: ref})
            for system, refs in ((REGISTER, found.unsure_here), (portal, found.unsure_there))
            for ref in refs
        ),
        unread=tuple(unread),
        only_here=len(found.only_here),
        only_there=len(found.only_there),
    )


async def _walk(ctx: Context, system: str) -> AsyncIterator[tuple[str, Sketch | str]]:
    """Every case of a system, once: its sketch, or the code of what keeps it from being read."""
    seen: set[str] = set()
    async for page in ctx.systems[system].changes(None):
        fresh = {record.ref: record for record in page.records if record.ref not in seen}
        seen |= set(fresh)
        gate = asyncio.Semaphore(ctx.systems[system].capabilities.concurrency)
        for found in await asyncio.gather(*(_sketch(ctx, record, gate) for record in fresh.values())):
            yield found


async def _sketch(ctx: Context, record: Record, gate: asyncio.Semaphore) -> tuple[str, Sketch | str]:
    """Of what is no whole case the whole case is asked for."""
    section = ctx.mappings.for_system(record.system).reads.get(record.kind)
    whole = record.complete and section is not None and section.header is not None
    try:
        if not whole:
            async with gate:
                record = await ctx.call(record.system, lambda: ctx.systems[record.system].fetch(record.ref))
        return record.ref, sketch(ctx.mappings.for_system(record.system).read(record))
    except ConnectorError as error:
        return record.ref, error.code
