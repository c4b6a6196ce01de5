"""Crash points: named places at which a rehearsal lets this process die by SIGKILL, without a word to anybody.

What must hold whatever dies can only be shown by dying. Each point stands between two things that do not happen
together: a commit and a call, a call and its record, two calls that belong together. ``docs/crashes.md`` says for each
what the database holds then and what the next start makes of it.

A point costs one comparison while nothing is armed. It is armed by the daemon alone, from
:func:`connector.settings.crash_at`, which does so for a rehearsal's folder only. One word may say which kind of thing a
point must stand before, so that ``deliver.sending:register/append/rated`` waits for the rating.
"""

import os
import signal
from dataclasses import dataclass
from typing import Literal, get_args

import structlog

log = structlog.get_logger(__name__)

Point = Literal[
    "observe.told",
    "observe.storing",
    "observe.stored",
    "observe.page",
    "observe.moved",
    "refresh.fetched",
    "settle.planning",
    "settle.planned",
    "deliver.rendered",
    "deliver.marking",
    "deliver.sending",
    "deliver.answered",
    "deliver.failed",
    "deliver.doubted",
    "deliver.looked_up",
    "record.recording",
    "record.recorded",
    "queue.confirmed",
    "batch.gathered",
    "batch.answered",
    "upload.chunk",
    "upload.whole",
    "write.committing",
]

POINTS: tuple[Point, ...] = get_args(Point)


@dataclass(frozen=True, kw_only=True)
class CrashAt:
    """Where to die: at the ``nth`` pass of ``point`` with something whose kind begins with ``kind``."""

    point: Point
    kind: str = ""
    nth: int = 1

    @classmethod
    def parse(cls, text: str) -> "CrashAt":
        """``point``, ``point:kind`` or ``point:kind:nth``.

        Raises:
            ValueError: no such point, or no such number.
        """
        name, kind, nth = (*text.split(":"), "", "")[:3]
        found = next((one for one in POINTS if one == name), None)
        if found is None or (nth and not nth.isdecimal()) or nth == "0":
            msg = f"not point, point:kind or point:kind:nth; the points are {', '.join(POINTS)}"
            raise ValueError(msg)
        return cls(point=found, kind=kind, nth=int(nth or 1))


class _Trap:
    """What this process waits for. One a process, because a process dies once."""

    at: CrashAt | None = None
    passes = 0


def arm(at: CrashAt | None) -> None:
    """From now on this process dies there; None disarms."""
    _Trap.at, _Trap.passes = at, 0
    if at is not None:
        log.warning("crash_armed", point=at.point, kind_of_work=at.kind, nth=at.nth)


def point(name: Point, *kind: str | None) -> None:
    """Die here if that was ordered; else nothing.

    Args:
        name: which point this is.
        kind: what is at hand, from the general to the particular: target, intent, kind of act.
    """
    at = _Trap.at
    if at is None or at.point != name or not "/".join(filter(None, kind)).startswith(at.kind):
        return
    _Trap.passes += 1
    if _Trap.passes == at.nth:
        os.kill(os.getpid(), signal.SIGKILL)
