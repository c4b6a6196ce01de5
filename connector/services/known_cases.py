"""The list of cases in the write-once folder: so that no restore loses a case that no system tells of any more.

A portal lists what waits, and a queue hands a case out once. What register and connector have both lost can then only be
asked for by its reference. A file for each time that cases became known: lines ``[case, system, reference, born there]``,
at the register its code. These are codes: who reads them learns that there is such a case, and nothing of it.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from connector.services import log_folder
from connector.store.known_cases import Known

_KIND = "cases"


def write(folder: Path, lines: Sequence[Known], at: datetime) -> None:
    """File in the folder of a branch of the log that systems hold these cases.

    Raises:
        UserError: the folder cannot be written.
    """
    log_folder.write_list(folder, _KIND, (json.dumps(line) for line in lines), at)


def listed(folder: Path) -> Iterator[tuple[int, Known]]:
    """All that was ever filed, with the branch of the log.

    Raises:
        UserError: a file cannot be read: a case would stay lost.
    """
    for branch in log_folder.branches(folder):
        for line in log_folder.read_list(log_folder.of_branch(folder, branch), _KIND, "cases", _known):
            yield branch, line


def _known(line: str) -> Known:
    case, system, name, born = json.loads(line)
    return Known(int(case), str(system), str(name), bool(born))
