"""Helpers of the promises: walk through pages, expect an error, spoil an operation, collect an error's texts."""

import traceback
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace

from adapters.conformance.subject import CONTENT, NAME, PAGE_SIZE, PHONE
from connector.canonical import plain
from connector.errors import ConnectorError
from connector.system import Operation, Page, Record, System

Call = Callable[[], Awaitable[object]]
"""One call, not yet made."""


@dataclass(frozen=True, kw_only=True)
class Walked:
    """What a walk through the pages told; ``watermark`` is that of its last page."""

    records: tuple[Record, ...]
    watermark: str | None

    @property
    def refs(self) -> frozenset[str]:
        """The cases that were told."""
        return frozenset(record.ref for record in self.records)


async def walk(
    system: System,
    since: str | None,
    *,
    pages: int | None = None,
    between: Callable[[], Awaitable[None]] | None = None,
) -> Walked:
    """All pages; or only some, given up before the next is asked for. ``between`` happens after the first page."""
    seen: list[Page] = []
    told = system.changes(since)
    async for page in told:
        assert len(page.records) <= PAGE_SIZE
        seen.append(page)
        if len(seen) == pages:
            break
        if between is not None and len(seen) == 1:
            await between()
    await told.aclose()  # type: ignore[attr-defined]  # every adapter's changes() is a generator
    return Walked(
        records=tuple(record for page in seen for record in page.records),
        watermark=seen[-1].watermark if seen else since,
    )


async def first_page(system: System) -> tuple[Record, ...]:
    """What the first page of all changes tells, given up before the next is asked for: nothing is confirmed."""
    told = system.changes(None)
    try:
        return (await anext(told)).records
    except StopAsyncIteration:
        return ()
    finally:
        await told.aclose()  # type: ignore[attr-defined]  # every adapter's changes() is a generator


def said(record: Record) -> tuple[str, str, object]:
    """What a record says, apart from versions that settle by themselves."""
    return record.ref, record.kind, plain(record.data)


async def raises(call: Call, kind: type[ConnectorError]) -> None:
    """The call must end in that error."""
    error = await error_of(call)
    assert isinstance(error, kind), f"expected {kind.__name__}, got {type(error).__name__}: {error}"


async def error_of(call: Call) -> ConnectorError | None:
    """The error in which the call ends, or None."""
    try:
        await call()
    except ConnectorError as error:
        return error
    return None


def spoilt(fresh: Callable[[], Operation]) -> Iterable[Operation]:
    """The operation with one text field after the other replaced by a text that a refusal might repeat."""
    names = [name for name, value in fresh().fields.items() if isinstance(value, str)]
    for name in names:
        operation = fresh()
        yield replace(operation, fields={**operation.fields, name: f"{NAME} {PHONE} {CONTENT}"})


def texts(error: BaseException) -> list[str]:
    """Everything that a log or a screen might show of an error."""
    told = [str(error), repr(error), "".join(traceback.format_exception(error))]
    if isinstance(error, ConnectorError):
        told += [error.message, repr(dict(error.detail)), repr(vars(error))]
    return told
