"""Processor time of a program and of the database, read from the kernel: what a page costs, however busy the machine is."""

from pathlib import Path

import psutil


class Meter:
    """Adds up the processor time of some processes, in seconds and to the nanosecond."""

    def __init__(self, *pids: int, children: bool = False) -> None:
        self._pids = pids
        self._children = children

    def read(self) -> float:
        """Spent so far, by those that still run."""
        return sum(_spent(pid) for pid in self._all())

    def _all(self) -> list[int]:
        found = list(self._pids)
        if self._children:
            found += [one.pid for pid in self._pids for one in psutil.Process(pid).children(recursive=True)]
        return found


def _spent(pid: int) -> float:
    total = 0
    for task in Path(f"/proc/{pid}/task").glob("*/schedstat"):
        try:
            total += int(task.read_text("ascii").split()[0])
        except OSError:  # a thread that has just ended
            continue
    return total / 1e9
