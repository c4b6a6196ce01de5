"""What processes take: processor time and memory, by /proc (Linux)."""

import os
from collections.abc import Iterable
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")


class Load:
    """Processor time of some processes, and of a folder's database server, from now on."""

    def __init__(self, pids: Iterable[int], folder: Path | None = None) -> None:
        self._pids = list(pids)
        self._folder = folder
        self._before = self._now()

    def spent(self) -> float:
        """Seconds since."""
        now = self._now()
        return sum(seconds - self._before.get(pid, 0.0) for pid, seconds in now.items())

    def _now(self) -> dict[int, float]:
        pids = {*self._pids, *(servers(self._folder) if self._folder else ())}
        return {pid: seconds for pid in pids if (seconds := cpu_of(pid)) is not None}


def cpu_of(pid: int) -> float | None:
    """Seconds that a process has taken, those of its ended children too; None if it is gone."""
    try:
        told = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return sum(map(int, told[11:15])) / TICK


def servers(folder: Path) -> list[int]:
    """Processes of the database server that works below a folder. One that ends takes its time to its parent."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                where = (entry / "cwd").readlink()
            except OSError:
                continue
            if where.is_relative_to(folder) and "postgres" in (entry / "comm").read_text():
                found.append(int(entry.name))
    return found
