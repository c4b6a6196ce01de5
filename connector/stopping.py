"""An end to stopping: a daemon that was told to stop is gone within the stated time, whatever hangs.

Everything that counts is committed as it happens, and what was on its way is looked up after the next start, so a hard
end costs nothing. A daemon that stays, half stopped, costs the service: it works no more and nobody starts another.
"""

import asyncio
import os
import threading
from collections.abc import Iterable

import structlog

from connector.errors import StopOverdue

log = structlog.get_logger(__name__)

CLOSING_S = 15.0
"""What may follow the jobs' own time (``work.stop_grace_s``): handing back, the gateway's answers, the connections."""


class LastCall:
    """Ends this process if it still lives ``seconds`` after :meth:`start`. A thread, for the loop itself may hang."""

    def __init__(self, seconds: float, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._timer = threading.Timer(seconds, self._leave)
        self._timer.daemon = True

    def start(self) -> None:
        """From now on the time runs."""
        self._timer.start()

    def _leave(self) -> None:
        try:
            standing = sorted(standing_at(asyncio.all_tasks(self._loop)))
        except RuntimeError:
            # a set of tasks that changes under our eyes: not hanging then, but late all the same
            standing = []
        overdue = StopOverdue("not everything stopped in time")
        log.error("stop_overdue", code=overdue.code, next_step=overdue.next_step[1], standing=standing)
        os._exit(StopOverdue.exit_status)


def standing_at(tasks: Iterable["asyncio.Task[object]"]) -> list[str]:
    """Where each task stands: its name, then file and line from the outermost call inwards; never any values."""
    told = []
    for task in tasks:
        places: list[str] = []
        waits: object = task.get_coro()
        while (frame := getattr(waits, "cr_frame", None)) is not None:
            places.append(f"{frame.f_code.co_filename.rpartition('/')[2]}:{frame.f_lineno}")
            waits = getattr(waits, "cr_await", None)
        told.append(f"{task.get_name()}: {' > '.join(places)}")
    return told
