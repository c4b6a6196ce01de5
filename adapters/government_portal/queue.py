"""The pull queue: list, get, hand over, and only then confirm (government-portal contract §8.4, "Delivery").

At least once: an item that was not confirmed comes again. An item is confirmed when the core asks for the page after
it, which says that the page is durably stored. If that confirmation does not reach the portal, or the process dies
before it, the item is known by its version when it comes again, and is only confirmed: reading it once more could but
garble what is known whole.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from typing import Any, TypeVar
from uuid import uuid4

import structlog

from adapters.government_portal.envelope import Answer
from adapters.government_portal.exchange import Exchange, Ticket
from adapters.government_portal.files import Files
from adapters.government_portal.judge import NAME, UnreadableReply, passing
from adapters.government_portal.settings import GovernmentPortalSettings
from connector import crash
from connector.clock import Clock
from connector.errors import (
    Conflict,
    ConnectorError,
    ContractDrift,
    CredentialsRefused,
    InDoubt,
    Permanent,
    Transient,
    Unreachable,
)
from connector.system import Page, Problem, Record, Stored

log = structlog.get_logger("adapters.government_portal.queue")

RECALLED = "RECALLED"
XML = "text/xml"
KINDS: Mapping[str, str] = {"CaseEnvelope": "case", "CaseEvent": "event"}
"""What an item holds, and which mapping section reads it."""

BROKEN, RECALL = "broken", "recall"
"""Instead of a kind in the version of an item: not whole, or not ours to confirm. Such an item is read again."""

InT = TypeVar("InT")
OutT = TypeVar("OutT")


@dataclass(frozen=True, kw_only=True)
class Pending:
    """One line of the queue. ``kind`` is a hint: what the item is, its content says."""

    item_id: str
    kind: str
    ref: str
    created_at: str


@dataclass(frozen=True, kw_only=True)
class Taken:
    """An item on its way to the core.

    ``held`` items are confirmed by a person's act, never by us: a recall is answered through the confirmation itself
    (§8.4), so confirming it would agree to it, and failing it would refuse it.
    """

    row: Pending
    record: Record

    @property
    def held(self) -> bool:
        """Whether it is, or may be, a recall."""
        return _is_recall(self.row, self.record.data)


@dataclass(kw_only=True)
class _Pass:
    """What one walk through the queue has met."""

    seen: set[str] = field(default_factory=set)
    stumbled: dict[str, Transient] = field(default_factory=dict)
    handed_over: int = 0


class PendingQueue:
    """What waits for us at the portal."""

    def __init__(
        self,
        settings: GovernmentPortalSettings,
        exchange: Exchange,
        files: Files,
        clock: Clock,
        stored: Stored | None,
    ) -> None:
        self._settings = settings
        self._exchange = exchange
        self._files = files
        self._clock = clock
        self._stored = stored
        self._held: set[str] = set()
        self._stumbles: dict[str, int] = {}
        self._garbled: Counter[str] = Counter()

    async def pages(self, since: str | None) -> AsyncIterator[Page]:
        """All that waits, page by page.

        ``since`` only names the newest item seen; the queue itself remembers what we have. An item that cannot be
        fetched now stays in the queue; its neighbours go on.

        Raises:
            Transient: the list cannot be read, or not one item of it could be fetched.
        """
        met, watermark = _Pass(), since
        cursor: str | None = None
        while True:
            rows, next_cursor = await self._list(cursor)
            # a queue may list an item twice, in one page or over two
            fresh = {row.item_id: row for row in rows if row.item_id not in met.seen}
            met.seen.update(fresh)
            waiting = [row for item, row in fresh.items() if item not in self._held]
            # stored before, only the portal does not know it yet
            stored = await self._read_before(waiting)
            await self._each(self._confirm_one, stored)
            taken = await self._take([row for row in waiting if row not in stored], met)
            if taken:
                watermark = max([watermark or "", *(item.row.created_at for item in taken)])
                met.handed_over += len(taken)
                yield Page(records=tuple(item.record for item in taken), watermark=watermark)
                await self._confirm(taken)
            if next_cursor is None or not fresh:
                break
            cursor = next_cursor
        self._finish(met)

    async def _list(self, cursor: str | None) -> tuple[list[Pending], str | None]:
        answer = await self._exchange.read(
            "GetPendingItems", {"MaxItems": self._settings.max_items, "Cursor": cursor}
        )
        rows = [
            Pending(
                item_id=item["ItemId"],
                kind=item["Kind"],
                ref=item["PortalCaseId"],
                created_at=item["CreatedAt"].astimezone(UTC).isoformat(timespec="seconds"),
            )
            for item in answer.data["Item"]
        ]
        return rows, answer.data.get("NextCursor")

    async def _read_before(self, rows: Sequence[Pending]) -> list[Pending]:
        """Those that are stored whole, and are no recalls: by this process, or by one that died."""
        if self._stored is None or not rows:
            return []
        known = await self._stored([row.ref for row in rows])
        return [
            row for row in rows if any((row.ref, version_of(kind, row)) in known for kind in KINDS.values())
        ]

    # ---- get ------------------------------------------------------------------------------------------------

    async def _take(self, rows: Sequence[Pending], met: _Pass) -> list[Taken]:
        async def one(row: Pending) -> Taken | None:
            try:
                record = await self._get(row)
                return None if self._may_pass(row, record) else Taken(row=row, record=record)
            except (CredentialsRefused, Unreachable):
                raise
            except Transient as error:
                if self._stumbles.get(row.item_id, 0) + 1 >= self._settings.poison_passes:
                    # it alone keeps failing: set aside, so that a person sees it and the queue moves on
                    return Taken(row=row, record=broken(row, Problem(where="GetItem", text=error.message)))
                met.stumbled[row.item_id] = error
                return None

        return [item for item in await self._each(one, rows) if item is not None]

    def _may_pass(self, row: Pending, record: Record) -> bool:
        """A garbled item is left in the queue for some passes: once it is confirmed, nobody can get it whole again."""
        if not record.problems:
            self._garbled.pop(row.item_id, None)
            return False
        self._garbled[row.item_id] += 1
        if self._garbled[row.item_id] >= self._settings.poison_passes:
            return False
        log.warning(
            "item_garbled", item=row.item_id, where=[problem.where for problem in record.problems[:5]]
        )
        return True

    async def _get(self, row: Pending) -> Record:
        try:
            answer = await self._exchange.read("GetItem", {"ItemId": row.item_id}, tolerant=True)
        except ContractDrift:
            raise
        except (Permanent, Conflict) as error:
            raw = error.raw if isinstance(error, UnreadableReply) else b""
            return broken(row, Problem(where="GetItem", text=error.message), raw)
        return self._record(row, answer)

    def _record(self, row: Pending, answer: Answer) -> Record:
        """The item as a record; what cannot be read of it becomes problems."""
        kind = next((item for item in KINDS if item in answer.data), None)
        if kind is None:
            missing = Problem(where="GetItem", text="neither CaseEnvelope nor CaseEvent in the answer")
            return broken(row, missing, answer.raw)
        data, file_problems = self._files.incoming(answer.data[kind])
        problems = [*answer.problems, *file_problems]
        told = (
            data.get("PortalCaseId")
            if kind == "CaseEnvelope"
            else data.get("CaseRef", {}).get("PortalCaseId")
        )
        if told is not None and told != row.ref:
            problems.append(Problem(where="PortalCaseId", text="not the case that the queue named"))
        if kind == "CaseEvent":
            data["ItemId"] = row.item_id
        return Record(
            system=NAME,
            ref=row.ref,
            kind=KINDS[kind],
            data=data,
            raw=answer.raw,
            media_type=XML,
            version=version_of(_what(row, KINDS[kind], data, problems), row),
            problems=tuple(problems),
        )

    # ---- confirm --------------------------------------------------------------------------------------------

    async def _confirm(self, taken: Sequence[Taken]) -> None:
        """Tell the portal that a page is stored: ``done``, or ``fail`` with a reason for what could not be read."""
        self._held.update(item.row.item_id for item in taken if item.held)
        failures = await self._each(self._answer_one, [item for item in taken if not item.held])
        errors = [error for error in failures if error is not None]
        if errors and len(errors) == len(failures):
            raise errors[-1]

    async def _answer_one(self, item: Taken) -> Transient | None:
        return await self._confirm_one(item.row, item.record.problems)

    async def _confirm_one(self, row: Pending, problems: Sequence[Problem] = ()) -> Transient | None:
        payload: dict[str, Any] = {"ItemId": row.item_id, "Result": "done"}
        if problems:
            where = ", ".join(problem.where for problem in problems[:5])
            payload |= {"Result": "fail", "Reason": f"UNREADABLE: {where}"[:500]}
        ticket = Ticket(message_id=uuid4(), created_at=self._clock.now())
        try:
            await self._exchange.write("ConfirmReceived", payload, ticket)
            crash.point("queue.confirmed", row.kind)
        except (CredentialsRefused, ContractDrift):
            raise
        except (Transient, InDoubt) as error:
            log.warning("confirm_failed", item=row.item_id, code=error.code)
            return passing(error)
        except (Permanent, Conflict) as error:
            # it is stored with us; if the portal still lists it, it comes again and is recognised
            log.warning("confirm_refused", item=row.item_id, code=error.code, codes=error.detail.get("codes"))
        return None

    # ---- pass -----------------------------------------------------------------------------------------------

    def _finish(self, met: _Pass) -> None:
        self._held &= met.seen
        self._garbled = Counter({item: n for item, n in self._garbled.items() if item in met.seen})
        self._stumbles = {
            item: self._stumbles.get(item, 0) + (1 if self._is_its_own(error, met) else 0)
            for item, error in met.stumbled.items()
        }
        if met.stumbled and not met.handed_over:
            raise next(iter(met.stumbled.values()))
        for item, error in met.stumbled.items():
            log.warning("item_not_fetched", item=item, code=error.code)

    def _is_its_own(self, error: Transient, met: _Pass) -> bool:
        """Whether an item itself is at fault, and not a portal that is unwell.

        Others came through; or it is the only one that waits, and its answer is broken rather than late. Never two
        at a time on that ground: a proxy that cuts answers short must not empty the queue into the dead letters.
        """
        if met.handed_over:
            return True
        answered = "operation" in error.detail and "status" not in error.detail
        return len(met.stumbled) == 1 and answered and error.detail.get("fault") in (None, "INTERNAL")

    async def _each(self, work: Callable[[InT], Awaitable[OutT]], items: Iterable[InT]) -> list[OutT]:
        """``work`` on each item, a few at a time, results in order."""
        gate = asyncio.Semaphore(self._settings.concurrency)

        async def gated(item: InT) -> OutT:
            async with gate:
                return await work(item)

        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(gated(item)) for item in items]
        except* ConnectorError as several:
            raise several.exceptions[0] from None
        return [task.result() for task in tasks]


def version_of(what: str, row: Pending) -> str:
    """By which an item is known when it comes again: an item is the same each time (§8.4)."""
    return f"{what}:{row.item_id}"


def _what(row: Pending, kind: str, data: Mapping[str, Any], problems: Sequence[Problem]) -> str:
    if problems:
        return BROKEN
    return RECALL if _is_recall(row, data) else kind


def _is_recall(row: Pending, data: Mapping[str, Any]) -> bool:
    return RECALLED in (row.kind, data.get("Type"))


def broken(row: Pending, problem: Problem, raw: bytes = b"") -> Record:
    """The record of an item that could not be read: it is kept and shown, and its neighbours go on."""
    return Record(
        system=NAME,
        ref=row.ref,
        kind="case" if row.kind == "CASE" else "event",
        data={"ItemId": row.item_id},
        raw=raw,
        media_type=XML,
        version=version_of(BROKEN, row),
        problems=(problem,),
    )
