"""Sighting: what a system tells now is read through its own interface and written down by digest; nothing is folded in.

A queue is never asked for its items: handing them over is the live flow's business. Its cases are asked for one by one.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from connector.errors import (
    ConnectorError,
    ContractDrift,
    CredentialsRefused,
    NotOurs,
    Permanent,
    Transient,
    Unreadable,
)
from connector.store import sightings
from connector.store.observations import fingerprint_of
from connector.store.sightings import Seen
from connector.sync.asking import fetch
from connector.sync.context import Context
from connector.system import Record

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What asking for one case ended in: a record, gone, unreadable (``gap``: the code), or no word now."""

    record: Record | None = None
    gone: bool = False
    gap: str | None = None

    @property
    def unread(self) -> bool:
        """Nobody can say anything now."""
        return self.record is None and not self.gone and self.gap is None


async def ask(ctx: Context, name: str, ref: str) -> Answer:
    """Ask a system for one case.

    Raises:
        CredentialsRefused: nothing can be asked.
    """
    try:
        record = await fetch(ctx, name, ref)
    except CredentialsRefused:
        raise
    except (Unreadable, ContractDrift) as error:
        return Answer(gap=error.code)
    except (NotOurs, Permanent) as error:
        log.info("case_not_told", system=name, ref=ref, code=error.code)
        return Answer(gone=True)
    except (Transient, ConnectorError) as error:
        log.info("case_unread", system=name, ref=ref, code=error.code)
        return Answer()
    return Answer(record=record, gap=Unreadable.code if record.problems else None)


async def take(ctx: Context, name: str, told: Sequence[Record], *, every: bool) -> int:
    """Write down what a page tells. Rows are only hints: their cases are asked for, if they are not as they were.

    Args:
        every: ask also for those whose version is the one of before.

    Returns:
        How many cases were asked for.
    """
    whole = [record for record in told if record.complete or record.problems]
    hints = {record.ref: record.version for record in told if not record.complete and not record.problems}
    now = ctx.clock.now()
    async with ctx.db.unit() as unit:
        await sightings.keep(unit.conn, name, [_seen(one, one.version) for one in whole], now)
        same = set() if every else await sightings.touch(unit.conn, name, list(hints.items()), now)
    fresh = {ref: version for ref, version in hints.items() if (ref, version) not in same}
    await visit(ctx, name, list(fresh), fresh)
    return len(fresh)


async def visit(ctx: Context, name: str, refs: Sequence[str], versions: dict[str, str] | None = None) -> int:
    """Ask for these cases, a few at a time, and write down what is told. Returns how many gave no answer now.

    Raises:
        CredentialsRefused: nothing can be asked.
    """
    gate = asyncio.Semaphore(ctx.systems[name].capabilities.concurrency)

    async def one(ref: str) -> Answer:
        async with gate:
            return Answer() if ctx.stopping.is_set() else await ask(ctx, name, ref)

    answers = dict(zip(refs, await asyncio.gather(*(one(ref) for ref in refs)), strict=True))
    seen = [
        told
        for ref, answer in answers.items()
        if (told := seen_of(ref, answer, (versions or {}).get(ref))) is not None
    ]
    async with ctx.db.unit() as unit:
        await sightings.keep(unit.conn, name, seen, ctx.clock.now())
    return sum(answer.unread for answer in answers.values())


def seen_of(ref: str, answer: Answer, version: str | None = None) -> Seen | None:
    """What is written down of an answer; nothing if nobody could say anything."""
    if answer.record is not None:
        return _seen(answer.record, version, ref)
    if answer.unread:
        return None
    return Seen(ref=ref, version=version, kind=None, print=answer.gap)


def _seen(record: Record, version: str | None, ref: str | None = None) -> Seen:
    return Seen(ref=ref or record.ref, version=version, kind=record.kind, print=fingerprint_of(record))
