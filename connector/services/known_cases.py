"""The list of cases in the write-once folder: so that no restore loses a case that no system tells of any more.

A portal lists what waits, and a queue hands a case out once. What register and connector have both lost can then only be
asked for by its reference. A file for each time that cases became known: lines ``[case, system, reference, born there]``,
at the register its code. These are codes: who reads them learns that there is such a case, and nothing of it.
"""

import json
import os
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from connector.errors import UserError
from connector.services import log_folder
from connector.store.known_cases import Known

_FILES = "cases-*.txt"


def write(folder: Path, branch: int, lines: Sequence[Known], at: datetime) -> None:
    """File that systems hold these cases.

    Raises:
        UserError: the folder cannot be written.
    """
    name = f"cases-{at.astimezone(UTC):%Y%m%dT%H%M%S%fZ}-{os.urandom(4).hex()}.txt"
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    log_folder.write_once(log_folder.of_branch(folder, branch) / name, text.encode())


def listed(folder: Path) -> Iterator[tuple[int, Known]]:
    """All that was ever filed, with the branch of the log.

    Raises:
        UserError: a file cannot be read: a case would stay lost.
    """
    for branch in log_folder.branches(folder):
        for path in sorted(log_folder.of_branch(folder, branch).glob(_FILES)):
            try:
                for line in path.read_text(encoding="utf-8").splitlines():
                    case, system, name, born = json.loads(line)
                    yield branch, Known(int(case), str(system), str(name), bool(born))
            except (OSError, ValueError, TypeError) as error:
                why = getattr(error, "strerror", None) or "malformed"
                msg = f"the list of cases {path} cannot be read: {why}"
                raise UserError(msg) from None
