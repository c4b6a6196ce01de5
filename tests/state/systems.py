"""A scripted system that tells badly, takes late, and notes what it should never have been sent."""

from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from connector.clock import LOCAL_ZONE
from connector.errors import InDoubt
from connector.system import Key, Operation, Page, Problem, Receipt, Record, Sighting
from connector.testing import ScriptedSystem
from tests.integration.core_world import Habits
from tests.state.stepping import step

FIRST = datetime(2026, 11, 17, 8, tzinfo=LOCAL_ZONE)


class OddSystem(ScriptedSystem):
    """Every call is a step of the process that makes it.

    Attributes:
        omitted: so many passes leave the case out.
        torn: so many tellings in a list are a fragment with the newest act only.
        garbled: so many tellings cannot be read.
        outdated: so many tellings in a list are followed by the version before.
        reversed_pages: pages tell the newest first.
        late: so many writes arrive only after their sender gave up waiting.
        pending: writes that are still on their way.
        judge: called with each write that reaches the system.
    """

    def __init__(self, name: str, **more: Any) -> None:
        super().__init__(name, **more)
        self.can(concurrency=1)
        self.omitted: Counter[str] = Counter()
        self.torn: Counter[str] = Counter()
        self.garbled: Counter[str] = Counter()
        self.outdated: Counter[str] = Counter()
        self.reversed_pages = False
        self.late = 0
        self.pending: list[Operation] = []
        self.judge: Callable[[OddSystem, Operation], None] = lambda system, operation: None

    def put(self, ref: str, data: Any, **more: Any) -> Record:
        stamp = FIRST + timedelta(seconds=self._number)
        return super().put(ref, {**data, "changed_at": stamp.isoformat()}, **more)

    def told(self, ref: str, version: str) -> dict[str, Any]:
        """What a version of a case said."""
        return dict(next(one.data for one in self._versions[ref] if one.version == version))

    def heal(self) -> None:
        super().heal()
        for odd in (self.omitted, self.torn, self.garbled, self.outdated, self._stale):
            odd.clear()
        self.verdicts.clear()
        self.reversed_pages, self.late = False, 0

    async def land(self) -> None:
        """What was on its way arrives, whoever still waits for the answer."""
        arriving, self.pending = self.pending, []
        failures, self._failures = self._failures, []
        for operation in arriving:
            await ScriptedSystem.apply(self, operation)
        self._failures = failures

    async def changes(self, since: str | None) -> AsyncIterator[Page]:
        await step()
        hidden = {ref: self._changed.pop(ref) for ref in self._due(self.omitted)}
        pages = super().changes(since)
        try:
            page = await anext(pages)
        finally:
            self._changed = {**hidden, **self._changed}
        while True:
            yield replace(page, records=tuple(self._oddly(page.records)))
            await step()
            try:
                page = await anext(pages)
            except StopAsyncIteration:
                return

    async def fetch(self, ref: str) -> Record:
        await step()
        record = await super().fetch(ref)
        await step()
        return record

    async def find(self, key: Key) -> Sighting:
        await step()
        sighting = await super().find(key)
        await step()
        return sighting

    async def apply(self, operation: Operation) -> Receipt:
        self.judge(self, operation)
        await step()
        if self.late:
            self.late -= 1
            self.pending.append(operation)
            msg = "no answer in time"
            raise InDoubt(msg)
        receipt = await super().apply(operation)
        await step()
        return receipt

    def _due(self, odd: Counter[str]) -> list[str]:
        due = [ref for ref, times in odd.items() if times > 0 and ref in self._changed]
        odd.subtract(due)
        return due

    def _oddly(self, records: tuple[Record, ...]) -> list[Record]:
        told = list(reversed(records)) if self.reversed_pages else list(records)
        if self.rows:
            return told
        odd: list[Record] = []
        for record in told:
            versions = self._versions[record.ref]
            if self.torn[record.ref] > 0 and record.data["acts"] and not record.problems:
                self.torn[record.ref] -= 1
                odd.append(_fragment(record))
                continue
            odd.append(record)
            if self.outdated[record.ref] > 0 and len(versions) > 1:
                self.outdated[record.ref] -= 1
                odd.append(versions[-2])
        return odd

    def _tell(self, ref: str) -> Record:
        record = super()._tell(ref)
        if self.garbled[ref] <= 0:
            return record
        self.garbled[ref] -= 1
        problems = (Problem(where="content", text="not text"),)
        return replace(record, data={"shape": "garbled"}, raw=b"\xff", problems=problems)


def _fragment(record: Record) -> Record:
    data = {"id": record.ref, "acts": record.data["acts"][-1:]}
    return replace(record, kind="event", data=data, raw=repr(data).encode(), version=f"{record.version}e")


class Portal(Habits):
    """A portal that numbers what it takes, and keeps the source's id of it where no answer shows it."""

    def __init__(self, *, echoes: bool) -> None:
        super().__init__(keeps_ids=False, echoes=echoes)
        self.taken: dict[str, str] = {}

    def _own(
        self, system: ScriptedSystem, ref: str, told: dict[str, Any], operation: Operation
    ) -> dict[str, Any]:
        own = super()._own(system, ref, told, operation)
        self.taken[own["id"]] = told["id"]
        return own
