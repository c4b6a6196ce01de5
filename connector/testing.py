"""For tests of flows and adapters: a system that follows a script, and a clock that is moved by hand.

:class:`ScriptedSystem` is the other side of the seam in memory. It keeps cases as records, remembers every call,
and can be told to lose a reply, to refuse, to tell an old version, to tell rows instead of whole cases. What a write
does to its records is a plain function, so that it can stand in for any system and any mapping::

    portal = ScriptedSystem("national_portal")
    portal.put("900000123", {"TIEUDE": "…"})
    portal.fail(InDoubt("reply lost"), after_effect=True)

Nothing here needs a test framework.
"""

from collections import Counter, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from connector.canonical import canonical_json
from connector.case import Attachment
from connector.errors import ConnectorError, Permanent
from connector.store.tagged import tagged
from connector.system import (
    Capabilities,
    CatalogueEntry,
    Files,
    Key,
    Operation,
    Page,
    Pong,
    Problem,
    Receipt,
    Record,
    Sighting,
    Verdict,
)

__all__ = ["Effect", "HandClock", "ScriptedSystem", "overwrite"]

Effect = Callable[["ScriptedSystem", Operation], str]
"""What a write does to the records of a system. Returns the reference of the case that was written."""


class HandClock:
    """A clock that stands still until it is moved; sleeping moves it."""

    def __init__(self, start: datetime = datetime(2026, 11, 18, 1, tzinfo=UTC)) -> None:
        self.at = start

    def now(self) -> datetime:
        """The instant at which it stands."""
        return self.at

    async def sleep(self, seconds: float) -> None:
        """Move on at once."""
        self.forward(seconds)

    def forward(self, seconds: float) -> datetime:
        """Move on, and tell the new instant."""
        self.at += timedelta(seconds=seconds)
        return self.at


def overwrite(system: "ScriptedSystem", operation: Operation) -> str:
    """The plainest effect: fields of the operation replace those of the case; without a reference it is a new case."""
    ref = operation.key.ref or system.new_ref()
    system.put(ref, {**(system.data(ref) or {}), **operation.fields})
    return ref


@dataclass(kw_only=True)
class _Failure:
    error: Exception
    times: int
    after_effect: bool
    when: Callable[[Any], bool] | None


@dataclass(kw_only=True)
class _Held:
    """One case: all its versions, newest last, and the number of its newest change."""

    number: int
    versions: list[Record] = field(default_factory=list)


class ScriptedSystem:
    """One of the three parties, in memory. See :class:`connector.system.System` for what each method promises.

    Attributes:
        rows: ``changes`` tells rows (``complete=False``) that have to be fetched.
        overlap: so many changes before the watermark are told again, as careful adapters do.
        total: size of the whole answer to state, instead of the true one.
        asked: watermarks of all passes; ``confirmed``: versions whose page was followed by the wish for the next one.
        fetched, looked_up, applied: what was asked for, in order; ``applied`` holds calls without effect as well.
        effects: writes that took effect, in order. The same key twice in it is a doubled write.
        verdicts: answers of the next look-ups, instead of the true ones.
        files: content by attachment id.
        during: awaited inside ``apply`` after the effect and before the reply: to stop there, or to meddle.
    """

    def __init__(
        self,
        name: str,
        *,
        effect: Effect = overwrite,
        operations: frozenset[str] = frozenset({"create", "update", "append", "tighten"}),
        page_size: int = 100,
    ) -> None:
        self.name = name
        self.capabilities = Capabilities(
            operations=operations, lookup=operations, idempotent=True, files=Files.INLINE
        )
        self.page_size = page_size
        self.rows = False
        self.overlap = 0
        self.total: int | None = None
        self.asked: list[str | None] = []
        self.confirmed: list[tuple[str, str]] = []
        self.fetched: list[str] = []
        self.looked_up: list[Key] = []
        self.applied: list[Operation] = []
        self.effects: list[Operation] = []
        self.verdicts: deque[Verdict] = deque()
        self.files: dict[str, bytes] = {}
        self.during: Callable[[Operation], Awaitable[None]] | None = None
        self.closed = False
        self._effect = effect
        self._held: dict[str, _Held] = {}
        self._receipts: dict[UUID, Receipt] = {}
        self._failures: dict[str, list[_Failure]] = {}
        self._stale: Counter[str] = Counter()
        self._number = 0

    # ---- the script -----------------------------------------------------------------------------------------

    def can(self, **changes: Any) -> None:
        """Change what the system states about itself (:class:`connector.system.Capabilities`)."""
        self.capabilities = replace(self.capabilities, **changes)

    def put(
        self, ref: str, data: Mapping[str, Any], *, kind: str = "case", problems: tuple[Problem, ...] = ()
    ) -> Record:
        """The case now stands like this: a new version that the next pass tells."""
        self._number += 1
        record = Record(
            system=self.name,
            ref=ref,
            kind=kind,
            data=dict(data),
            raw=canonical_json(tagged(data)),
            version=str(self._number),
            problems=problems,
        )
        held = self._held.setdefault(ref, _Held(number=0))
        held.number = self._number
        held.versions.append(record)
        return record

    def tell_again(self, ref: str) -> None:
        """The next pass tells the case once more, unchanged and under the same version."""
        self._number += 1
        self._held[ref].number = self._number

    def tell_stale(self, ref: str, *, times: int = 1) -> None:
        """The next so many tellings of the case are of the version before its newest."""
        self._stale[ref] += times

    def forget(self, ref: str) -> None:
        """The case is gone without a word."""
        del self._held[ref]

    def fail(
        self,
        error: Exception,
        *,
        on: str = "apply",
        times: int = 1,
        after_effect: bool = False,
        when: Callable[[Any], bool] | None = None,
    ) -> None:
        """Let the next calls fail.

        Args:
            error: what they end in.
            on: ``apply``, ``changes`` (the first page), ``page`` (the next one), ``fetch``, ``find``, ``read_file``.
            times: how many calls.
            after_effect: the write takes effect, and only the reply is lost.
            when: only calls whose argument (operation, reference, key) it picks.
        """
        failure = _Failure(error=error, times=times, after_effect=after_effect, when=when)
        self._failures.setdefault(on, []).append(failure)

    def new_ref(self) -> str:
        """A reference that no case here has."""
        return str(900000000 + self._number + 1)

    # ---- what it holds --------------------------------------------------------------------------------------

    @property
    def refs(self) -> list[str]:
        """References of all cases, in order of their birth here."""
        return list(self._held)

    def data(self, ref: str) -> dict[str, Any] | None:
        """The newest version of a case; a copy."""
        held = self._held.get(ref)
        return dict(held.versions[-1].data) if held else None

    @property
    def doubled(self) -> list[UUID]:
        """Keys of writes that took effect more than once: must stay empty."""
        return [key for key, times in Counter(one.key.id for one in self.effects).items() if times > 1]

    # ---- the seam -------------------------------------------------------------------------------------------

    async def changes(self, since: str | None) -> AsyncIterator[Page]:
        """Cases that changed after the watermark; all of them if the system tells whole lists."""
        self.asked.append(since)
        self._play("changes", since)
        after = -1 if self.capabilities.whole_list else int(since or 0) - self.overlap
        told = sorted((one for one in self._held.values() if one.number > after), key=lambda one: one.number)
        total = (
            (self.total if self.total is not None else len(told)) if self.capabilities.whole_list else None
        )
        mark = int(since or 0)
        for start in range(0, max(len(told), 1), self.page_size):
            if start:
                self._play("page", start)
            page = told[start : start + self.page_size]
            mark = max([mark, *(one.number for one in page)])
            records = tuple(self._row(one) if self.rows else self._tell(one) for one in page)
            yield Page(records=records, watermark=str(mark), total=total)
            self.confirmed += [(record.ref, record.version) for record in records]

    async def fetch(self, ref: str) -> Record:
        """The whole case. Raises ``Permanent`` if there is none."""
        self.fetched.append(ref)
        self._play("fetch", ref)
        if ref not in self._held:
            msg = "no such case"
            raise Permanent(msg, ref=ref)
        return self._tell(self._held[ref])

    async def find(self, key: Key) -> Sighting:
        """True answers where ``capabilities.lookup`` has the operation, unless the script says otherwise."""
        self.looked_up.append(key)
        self._play("find", key)
        verdict = Verdict.FOUND if key.id in self._receipts else Verdict.ABSENT
        if key.operation not in self.capabilities.lookup:
            verdict = Verdict.UNKNOWN
        if self.verdicts:
            verdict = self.verdicts.popleft()
        receipt = self._receipts.get(key.id) if verdict is Verdict.FOUND else None
        return Sighting(verdict=verdict, receipt=receipt)

    async def apply(self, operation: Operation) -> Receipt:
        """Take a write. A key that took effect before is a duplicate, if the system is idempotent."""
        self.applied.append(operation)
        self._play("apply", operation)
        before = self._receipts.get(operation.key.id)
        if before is not None and self.capabilities.idempotent:
            receipt = replace(before, duplicate=True)
        else:
            receipt = Receipt(ref=self._effect(self, operation))
            self._receipts[operation.key.id] = receipt
            self.effects.append(operation)
        if self.during is not None:
            await self.during(operation)
        self._play("apply", operation, after_effect=True)
        return receipt

    async def catalogue(self, name: str) -> tuple[CatalogueEntry, ...]:  # noqa: ARG002  # has none
        """Empty."""
        return ()

    async def read_file(self, ref: str, attachment: Attachment) -> bytes:
        """Content out of ``files``. Raises ``Permanent`` if it is not there."""
        self._play("read_file", ref)
        if attachment.id not in self.files:
            msg = "no such file"
            raise Permanent(msg, ref=ref)
        return self.files[attachment.id]

    async def ping(self) -> Pong:
        """Always there."""
        return Pong(version="scripted")

    async def aclose(self) -> None:
        """Nothing to let go of."""
        self.closed = True

    # ---- inside ---------------------------------------------------------------------------------------------

    def _tell(self, held: _Held) -> Record:
        newest = held.versions[-1]
        if self._stale[newest.ref] > 0 and len(held.versions) > 1:
            self._stale[newest.ref] -= 1
            return held.versions[-2]
        return newest

    def _row(self, held: _Held) -> Record:
        newest = held.versions[-1]
        return replace(newest, kind="row", data={"ref": newest.ref}, raw=b"{}", complete=False, problems=())

    def _play(self, on: str, argument: object, *, after_effect: bool = False) -> None:
        """Raise what the script has for this call."""
        for failure in self._failures.get(on, []):
            fits = failure.when is None or failure.when(argument)
            if failure.times > 0 and failure.after_effect is after_effect and fits:
                failure.times -= 1
                error = failure.error
                # a fresh one each time: an error that is raised twice would drag its first traceback along
                raise _copy(error) if isinstance(error, ConnectorError) else error


def _copy(error: ConnectorError) -> ConnectorError:
    fresh = type(error)(error.message, **error.detail)
    fresh.__dict__.update(error.__dict__)
    return fresh
