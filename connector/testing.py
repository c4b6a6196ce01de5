"""For tests of flows and adapters: a system that follows a script, and a clock that is moved by hand.

:class:`ScriptedSystem` is the other side of the seam in memory. It keeps cases as records, remembers every call,
and can be told to lose a reply, to refuse, to tell an old version, to tell rows instead of whole cases. What a write
does to its records is a plain function, so that it can stand in for any system and any mapping::

    portal = ScriptedSystem("national_portal")
    portal.put("900000123", {"TIEUDE": "…"})
    portal.fail(InDoubt("reply lost"), after_effect=True)
"""

from collections import Counter, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from connector.canonical import canonical_json
from connector.case import Attachment
from connector.errors import Permanent
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

PLAIN = frozenset({"create", "update", "append", "tighten"})
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


@dataclass
class _Failure:
    on: str
    error: Exception
    times: int
    after_effect: bool
    when: Callable[[Any], bool] | None


class ScriptedSystem:
    """One of the three parties, in memory. See :class:`connector.system.System` for what each method promises.

    Attributes:
        page_size: records on a page.
        effect: what a write does to the records.
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

    def __init__(self, name: str, *, effect: Effect = overwrite, operations: frozenset[str] = PLAIN) -> None:
        self.name = name
        self.capabilities = Capabilities(
            operations=operations, lookup=operations, idempotent=True, files=Files.INLINE
        )
        self.page_size = 100
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
        self.effect = effect
        self._versions: dict[str, list[Record]] = {}
        self._changed: dict[str, int] = {}
        self._receipts: dict[UUID, Receipt] = {}
        self._failures: list[_Failure] = []
        self._stale: Counter[str] = Counter()
        self._number = 0

    def can(self, **changes: Any) -> None:
        """Change what the system states about itself (:class:`connector.system.Capabilities`)."""
        self.capabilities = replace(self.capabilities, **changes)

    def put(
        self,
        ref: str,
        data: Mapping[str, Any],
        *,
        kind: str = "case",
        raw: bytes | None = None,
        version: str | None = None,
        problems: tuple[Problem, ...] = (),
    ) -> Record:
        """The case now stands like this: a new version that the next pass tells.

        Without ``raw`` the bytes are made from ``data``; without ``version`` it is the next number.
        """
        self._number += 1
        record = Record(
            system=self.name,
            ref=ref,
            kind=kind,
            data=dict(data),
            raw=canonical_json(tagged(data)) if raw is None else raw,
            version=version or str(self._number),
            problems=problems,
        )
        self._changed[ref] = self._number
        self._versions.setdefault(ref, []).append(record)
        return record

    def tell_again(self, ref: str) -> None:
        """The next pass tells the case once more, unchanged and under the same version."""
        self._number += 1
        self._changed[ref] = self._number

    def tell_stale(self, ref: str, *, times: int = 1) -> None:
        """The next so many tellings of the case are of the version before its newest."""
        self._stale[ref] += times

    def keep_quiet(self, ref: str) -> None:
        """No pass tells the case any more, until it changes; who asks for it is told."""
        del self._changed[ref]

    def forget(self, ref: str, *, writes: bool = False) -> None:
        """The case is gone without a word; with ``writes`` also that we ever wrote to it."""
        del self._versions[ref]
        self._changed.pop(ref, None)
        if writes:
            self._receipts = {key: told for key, told in self._receipts.items() if told.ref != ref}

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
        self._failures.append(_Failure(on, error, times, after_effect, when))

    def heal(self) -> None:
        """No call fails any more."""
        self._failures.clear()

    def new_ref(self) -> str:
        """A reference that no case here has."""
        return str(900000000 + self._number + 1)

    @property
    def refs(self) -> list[str]:
        """References of all cases, in order of their birth here."""
        return list(self._versions)

    def data(self, ref: str) -> dict[str, Any] | None:
        """The newest version of a case; a copy."""
        return dict(self._versions[ref][-1].data) if ref in self._versions else None

    @property
    def doubled(self) -> list[UUID]:
        """Keys of writes that took effect more than once: must stay empty."""
        return [key for key, times in Counter(one.key.id for one in self.effects).items() if times > 1]

    async def changes(self, since: str | None) -> AsyncIterator[Page]:
        """Cases that changed after the watermark; all of them if the system tells whole lists."""
        self.asked.append(since)
        self._play("changes", since)
        after = -1 if self.capabilities.whole_list else int(since or 0) - self.overlap
        told = sorted((number, ref) for ref, number in self._changed.items() if number > after)
        whole = len(told) if self.total is None else self.total
        mark = int(since or 0)
        for start in range(0, max(len(told), 1), self.page_size):
            if start:
                self._play("page", start)
            page = told[start : start + self.page_size]
            mark = max([mark, *(number for number, _ in page)])
            records = tuple(self._row(ref) if self.rows else self._tell(ref) for _, ref in page)
            total = whole if self.capabilities.whole_list else None
            yield Page(records=records, watermark=str(mark), total=total)
            self.confirmed += [(record.ref, record.version) for record in records]

    async def fetch(self, ref: str) -> Record:
        """The whole case. Raises ``Permanent`` if there is none."""
        self.fetched.append(ref)
        self._play("fetch", ref)
        if ref not in self._versions:
            msg = "no such case"
            raise Permanent(msg, ref=ref)
        return self._tell(ref)

    async def find(self, key: Key) -> Sighting:
        """True answers where ``capabilities.lookup`` has the operation, unless the script says otherwise."""
        self.looked_up.append(key)
        self._play("find", key)
        verdict = Verdict.FOUND if key.id in self._receipts else Verdict.ABSENT
        if self.verdicts:
            verdict = self.verdicts.popleft()
        elif key.operation not in self.capabilities.lookup:
            verdict = Verdict.UNKNOWN
        receipt = self._receipts.get(key.id) if verdict is Verdict.FOUND else None
        return Sighting(verdict=verdict, receipt=receipt)

    async def apply(self, operation: Operation) -> Receipt:
        """Take a write. A key that took effect before is a duplicate, if the system is idempotent."""
        self.applied.append(operation)
        self._play("apply", operation)
        before = self._receipts.get(operation.key.id)
        if before is None or not self.capabilities.idempotent:
            receipt = self._receipts[operation.key.id] = Receipt(ref=self.effect(self, operation))
            self.effects.append(operation)
        else:
            receipt = replace(before, duplicate=True)
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

    def _tell(self, ref: str) -> Record:
        versions = self._versions[ref]
        if self._stale[ref] > 0 and len(versions) > 1:
            self._stale[ref] -= 1
            return versions[-2]
        return versions[-1]

    def _row(self, ref: str) -> Record:
        newest = self._versions[ref][-1]
        return replace(newest, kind="row", data={"ref": ref}, raw=b"{}", complete=False, problems=())

    def _play(self, on: str, argument: object, *, after_effect: bool = False) -> None:
        """Raise what the script has for this call."""
        for failure in self._failures:
            due = failure.on == on and failure.times > 0 and failure.after_effect is after_effect
            if due and (failure.when is None or failure.when(argument)):
                failure.times -= 1
                raise failure.error.with_traceback(None)
