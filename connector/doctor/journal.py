"""Where recent log lines come from: files that were named, else the service manager's journal of our units."""

import shutil
import subprocess
from collections import deque
from collections.abc import Iterable
from pathlib import Path

from connector.errors import UserError

UNITS = "phanhoi*"
PATIENCE_S = 20


def recent(files: Iterable[Path], most: int) -> list[str]:
    """The newest lines of these files; without any, those of the units ``phanhoi*``, if this machine keeps a journal.

    Raises:
        UserError: a file cannot be read.
    """
    named = list(files)
    return [line for file in named for line in _tail(file, most)] if named else _journal(most)


def _tail(file: Path, most: int) -> list[str]:
    try:
        with file.expanduser().open(encoding="utf-8", errors="replace") as text:
            return list(deque(text, maxlen=most))
    except OSError as error:
        msg = f"cannot read {file}: {error.strerror}"
        raise UserError(msg) from None


def _journal(most: int) -> list[str]:
    program = shutil.which("journalctl")
    if program is None:
        return []
    try:
        told = subprocess.run(  # noqa: S603  # a program of the system, arguments of ours
            [program, "--unit", UNITS, "--lines", str(most), "--output", "cat", "--no-pager", "--quiet"],
            capture_output=True,
            timeout=PATIENCE_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return []
    return told.stdout.decode("utf-8", "replace").splitlines()
