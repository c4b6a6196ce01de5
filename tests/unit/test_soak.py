"""The soak's own parts: it must be able to fail, and to be run again."""

from typing import Any

import pytest

from adapters.demo import soak
from adapters.demo.chronicle import Chronicle
from adapters.demo.kills import LATEST, moments


class Journal:
    """A twin's control port that tells its journal in parts."""

    def __init__(self, *parts: list[dict[str, Any]]) -> None:
        self.parts = list(parts)
        self.since: list[str] = []

    async def get(self, path: str, params: dict[str, str] | None = None) -> Any:
        assert path == "/control/journal"
        self.since.append((params or {})["since"])
        return self.parts.pop(0)


def called(n: int, *faults: str, effect: bool = False, write: bool = False) -> dict[str, Any]:
    entry = {"n": n, "service": "TiepNhanPAKN", "faults": list(faults), "effect": effect}
    return entry | ({"write": True} if write else {})


def test_the_same_seed_kills_at_the_same_moments_and_leaves_time_to_recover() -> None:
    assert moments(7, 50) == moments(7, 50) != moments(8, 50)
    assert moments(7, 50) == sorted(moments(7, 50))
    assert 0 < moments(7, 50)[0] < moments(7, 50)[-1] < LATEST


async def test_the_chronicle_counts_each_call_once_and_owns_up_to_a_gap() -> None:
    journal = Journal(
        [called(1, "lose_first", effect=True, write=True), called(2, write=True)],
        [called(5, "http_503")],
    )
    chronicle = Chronicle("national", journal)  # type: ignore[arg-type]
    await chronicle.read()
    await chronicle.read()
    assert journal.since == ["0", "2"]
    assert (chronicle.calls.total(), chronicle.writes, chronicle.took_effect) == (3, 2, 1)
    assert chronicle.faults == {"lose_first": 1, "http_503": 1}
    assert chronicle.missed == 2


@pytest.mark.parametrize("line", ["--cases 10000 --profile worst --seed 7", "--kills 5 --json --minutes 3"])
def test_the_manuals_command_lines_are_understood(line: str) -> None:
    soak._parser().parse_args(line.split())
