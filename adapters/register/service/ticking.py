"""What the clock does by itself: a case lapses (T5), and due days follow a newer calendar (invariant 2).

Each case is one small transaction that locks it and decides anew, so several servers may tick at once: whoever comes
second finds nothing left to do. A case that cannot be read holds up no other.
"""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import psycopg
import psycopg_pool

from adapters.register.commands import Command, CommandName, NewAct
from adapters.register.database import rows, run
from adapters.register.refusals import WorkflowRefused
from adapters.register.service.scope import Scope
from adapters.register.service.unit import load, write
from adapters.register.workflow import decide
from connector.case import ActKind
from connector.rules.stamp import recompute

log = logging.getLogger("adapters.register")

PAGE = 200
"""Cases that are looked up at a time."""


@dataclass(frozen=True, kw_only=True)
class Ticked:
    """How many cases a tick changed; ``failed``: could not be read or decided, and are tried again at the next one."""

    lapsed: int = 0
    recomputed: int = 0
    failed: int = 0


async def tick(scope: Scope) -> Ticked:
    """Lapse what is due and recompute what a newer calendar moves. Safe to repeat and to run on several servers."""
    now = scope.clock.now()
    lapsing = _ids(scope, "lapsing", now=now, grace=scope.config.portal_grace)
    lapsed, failed = await _each(scope, lapsing, _lapse)
    unchecked = _ids(scope, "unchecked", calendar=scope.book.calendar.version)
    recomputed, also_failed = await _each(scope, unchecked, _recompute)
    return Ticked(lapsed=lapsed, recomputed=recomputed, failed=failed + also_failed)


async def _ids(scope: Scope, name: str, **values: object) -> AsyncIterator[int]:
    after, full = 0, True
    while full:
        async with scope.database.connection() as conn:
            found = [row["id"] for row in await rows(conn, name, after=after, limit=PAGE, **values)]
        for case_id in found:
            yield case_id
        full, after = len(found) == PAGE, found[-1] if found else after


async def _each(
    scope: Scope, ids: AsyncIterator[int], change: Callable[[Scope, int], Awaitable[bool]]
) -> tuple[int, int]:
    changed = failed = 0
    async for case_id in ids:
        try:
            changed += await change(scope, case_id)
        except (psycopg.OperationalError, psycopg_pool.PoolTimeout, psycopg_pool.PoolClosed):
            raise  # the database went away: that is no matter of one case
        except Exception as error:  # noqa: BLE001  # whatever is wrong with one case must hold up no other
            failed += 1
            log.error("case %s was passed over by the clock: %s", case_id, type(error).__name__)  # noqa: TRY400  # a traceback could show values
    return changed, failed


async def _lapse(scope: Scope, case_id: int) -> bool:
    now = scope.clock.now()
    async with scope.database.transaction() as conn:
        directory = await scope.directory(conn)
        loaded = await load(conn, case_id, directory, scope.masters)
        try:
            acts = decide(loaded.state, Command(name=CommandName.LAPSE, at=now), directory)
        except WorkflowRefused:
            return False  # supplemented, decided or lapsed since it was looked up
        await write(conn, loaded.keys, loaded.state, loaded.stamped(scope.book, acts), now)
        return True


async def _recompute(scope: Scope, case_id: int) -> bool:
    now = scope.clock.now()
    async with scope.database.transaction() as conn:
        loaded = await load(conn, case_id, await scope.directory(conn), scope.masters)
        moved = recompute(scope.book, loaded.acts)
        acts = [
            NewAct(kind=ActKind.DUE_RECOMPUTED, at=now, agency=loaded.state.agency, details=item.details())
            for item in moved
        ]
        if acts:
            await write(conn, loaded.keys, loaded.state, loaded.stamped(scope.book, acts), now)
        await run(conn, "checked", case_id=case_id, calendar=scope.book.calendar.version)
        return bool(acts)
