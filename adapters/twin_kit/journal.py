"""What was asked of a twin, what struck, and what took effect: ids, codes and counts, never a body.

The effects are counted where the twin changes its state, so they prove what happened independently of whoever called.
"""

import itertools
from collections import Counter, deque
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

KEPT: Final = 50_000


@dataclass(frozen=True, kw_only=True)
class Effect:
    """One change that a call made.

    Attributes:
        case: the portal's id of the case; empty for what belongs to none (a chunk of a file).
        kind: ``create``, ``update``, ``answer``, ``act``, ``confirm`` or ``upload``.
        key: natural key within the case: who does the same deed again says the same key.
    """

    case: str
    kind: str
    key: str


@dataclass(kw_only=True)
class Trace:
    """What is learned while one call runs: the faults that struck and what took effect."""

    faults: list[str] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)


_TRACE: ContextVar[Trace | None] = ContextVar("trace", default=None)


def trace() -> Trace:
    """The trace of the call that runs in this task; one that nobody reads outside of calls."""
    return _TRACE.get() or Trace()


def begin_trace() -> Trace:
    """A new trace; it ends with the task, and every request has one of its own."""
    found = Trace()
    _TRACE.set(found)
    return found


class Journal:
    """The last calls, in the order in which their work ended."""

    def __init__(self) -> None:
        self._entries: deque[dict[str, Any]] = deque(maxlen=KEPT)
        self._numbers = itertools.count(1)

    def __len__(self) -> int:
        return len(self._entries)

    def add(
        self,
        service: str,
        *,
        outcome: str,
        status: int | None,
        at: datetime | None = None,
        told: Trace | None = None,
        **ids: Any,
    ) -> None:
        """Note one call.

        Args:
            service: its name on the wire.
            outcome: one word on how the work ended.
            status: HTTP status, None if the connection ended without an answer.
            at: when it arrived, by the machine's clock; None for now.
            told: its trace.
            ids: ``case``, ``own_code``, ``key`` and what else the portal's calls are known by; None is left out.
        """
        told = told or Trace()
        entry = {
            "n": next(self._numbers),
            "at": (at or datetime.now(UTC)).isoformat(timespec="milliseconds"),
            "service": service,
            "status": status,
            "outcome": outcome,
            "faults": told.faults,
            "effect": bool(told.effects),
        }
        self._entries.append(entry | {name: value for name, value in ids.items() if value is not None})

    def entries(self, *, since: int = 0) -> list[dict[str, Any]]:
        """Entries with a number above ``since``; a gap at the beginning means that older ones are gone."""
        newer = itertools.takewhile(lambda entry: entry["n"] > since, reversed(self._entries))
        return list(newer)[::-1]

    def clear(self) -> None:
        """Forget all; numbers start again."""
        self._entries.clear()
        self._numbers = itertools.count(1)


class Effects:
    """How often each thing was done to each case by calls; what the portal does itself does not count.

    Also which cases changed last, by whomever: a reader of many cases asks only for those.
    """

    def __init__(self) -> None:
        self._cases: dict[str, Counter[tuple[str, str]]] = {}
        self._touched: dict[str, int] = {}
        self._numbers = itertools.count(1)
        self.last = 0

    def note(self, case: object, kind: str, key: object) -> None:
        """Count an effect of the call that runs."""
        effect = Effect(case=str(case), kind=kind, key=str(key))
        trace().effects.append(effect)
        if effect.case:
            self._cases.setdefault(effect.case, Counter())[effect.kind, effect.key] += 1
            self.touch(effect.case)

    def touch(self, case: object) -> None:
        """The case changes; the portal itself may do that too."""
        self._touched.pop(str(case), None)
        self.last = self._touched[str(case)] = next(self._numbers)

    def touched(self, since: int) -> list[str]:
        """Ids of the cases that changed after change number ``since``, in that order."""
        newer = itertools.takewhile(lambda item: item[1] > since, reversed(self._touched.items()))
        return [case for case, _ in newer][::-1]

    def dump(self) -> dict[str, Any]:
        """Per case the counts by kind and by natural key.

        ``repeated`` names what took effect more than once, and own codes for which two cases were made.
        """
        created = Counter(key for counts in self._cases.values() for kind, key in counts if kind == "create")
        cases = [_counts(case, counts) for case, counts in self._cases.items()]
        repeated = [{"case": row["case"], "key": key} for row in cases for key in row["repeated"]]
        again = [{"case": None, "key": f"create:{key}"} for key, times in created.items() if times > 1]
        return {"cases": cases, "repeated": repeated + again}

    def clear(self) -> None:
        """Forget all; numbers go on, so that nobody misses what comes."""
        self._cases.clear()
        self._touched.clear()


_PLURALS: Final[Mapping[str, str]] = {
    "create": "creates",
    "update": "updates",
    "answer": "answers",
    "act": "acts",
    "confirm": "confirms",
}


def _counts(case: str, counts: Counter[tuple[str, str]]) -> dict[str, Any]:
    by_kind = dict.fromkeys(_PLURALS.values(), 0)
    for (kind, _), times in counts.items():
        by_kind[_PLURALS[kind]] += times
    keys = {f"{kind}:{key}": times for (kind, key), times in counts.items()}
    return {
        "case": case,
        **by_kind,
        "keys": keys,
        "repeated": [key for key, times in keys.items() if times > 1],
    }
