"""The suite as ``phanhoi conformance`` runs it: each promise tried, timed and judged; one failing stops no other."""

import time
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager

from adapters.conformance.promises import PROMISES
from adapters.conformance.safe import SAFE_PROMISES
from adapters.conformance.subject import Live, NotApplicable, Subject
from adapters.conformance.words import WORDS
from connector.conformance import Outcome, Result
from connector.errors import ConnectorError
from connector.mapping import Mapping, MappingSet
from connector.system import System

SubjectMaker = Callable[[MappingSet], AbstractAsyncContextManager[Subject]]
"""Starts a fresh twin with an adapter on it; both are gone at the end of the block."""


class AdapterSuite:
    """All promises for one system (:class:`connector.conformance.Suite`).

    Args:
        subject: a fresh subject on a twin, for the promises that write.
    """

    def __init__(self, subject: SubjectMaker) -> None:
        self._subject = subject

    async def on_twin(self, mappings: MappingSet) -> AsyncIterator[Outcome]:
        """Every promise, each on a twin of its own that is started for it."""
        for promise in PROMISES:

            async def work(promise: Callable[[Subject], Awaitable[None]] = promise) -> None:
                async with self._subject(mappings) as subject:
                    await promise(subject)

            yield await _tried(promise.__name__, work)

    async def on_live(self, system: System, mapping: Mapping) -> AsyncIterator[Outcome]:
        """The promises that reading alone can try, on the system as it is configured."""
        live = Live(system=system, mapping=mapping)
        for promise in SAFE_PROMISES:

            async def work(promise: Callable[[Live], Awaitable[None]] = promise) -> None:
                await promise(live)

            yield await _tried(promise.__name__, work)


async def _tried(name: str, work: Callable[[], Awaitable[None]]) -> Outcome:
    started = time.monotonic()
    result, reason = Result.PASSED, ""
    try:
        await work()
    except NotApplicable as error:
        result, reason = Result.NOT_APPLICABLE, str(error)
    except AssertionError as error:
        result, reason = Result.FAILED, str(error) or f"at {_place(error)}"
    except ConnectorError as error:
        result, reason = Result.FAILED, f"{error.code} {error.message}"
    except Exception as error:  # noqa: BLE001  # an adapter may break in any way; its own words could quote a record
        result, reason = Result.FAILED, f"{type(error).__name__} at {_place(error)}"
    return Outcome(
        promise=name,
        words=WORDS[name],
        result=result,
        reason=reason,
        seconds=round(time.monotonic() - started, 3),
    )


def _place(error: BaseException) -> str:
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{last.filename.rpartition('/')[2]}:{last.lineno}"
