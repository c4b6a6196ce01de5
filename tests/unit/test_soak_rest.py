"""When a soak is over: not before the last thing that comes by itself has come, and not never."""

from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import pytest

from adapters.demo import soak

REFRESH_S = 5.0


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """What the three systems and the connector show; nothing is under way and nothing waits."""
    seen = SimpleNamespace(rests=True, quarantined=0, differences=())

    async def rests(*_: Any) -> bool:
        return bool(seen.rests)

    async def count(_: Any) -> int:
        return int(seen.quarantined)

    monkeypatch.setattr(soak, "rests", rests)
    monkeypatch.setattr(soak.quarantine, "count", count)
    monkeypatch.setattr(soak, "compare", lambda *_: seen)
    return seen


def cast(*, settled: int = 10, still_s: float = 0.0) -> Any:
    """Ten stories that have ended."""

    @asynccontextmanager
    async def reading():
        yield None

    async def world() -> None:
        return None

    progress = SimpleNamespace(stories=10, settled=settled, still_s=still_s)
    return SimpleNamespace(
        player=SimpleNamespace(progress=progress, stories=(), world=world),
        db=SimpleNamespace(reading=reading),
        settings=None,
        refresh_s=REFRESH_S,
    )


LONG = soak.GIVE_UP_S + REFRESH_S * 4


async def test_a_soak_rests_where_all_is_settled_and_the_systems_agree(seen):
    assert await soak._rests(cast())


async def test_what_a_settled_case_lost_by_its_last_reading_in_bad_times_is_waited_for(seen):
    """A portal left a field out of a case that had settled: the next reading brings it, minutes later."""
    seen.differences = ("sender.email differs",)
    assert not await soak._rests(cast(still_s=LONG - 1))
    seen.differences = ()
    assert await soak._rests(cast(still_s=LONG - 1))


@pytest.mark.parametrize("wrong", [{"differences": ("lost",)}, {}])
async def test_what_never_comes_ends_the_soak_as_a_difference_of_its_result(seen, wrong):
    vars(seen).update(wrong)
    assert await soak._rests(cast(settled=9, still_s=LONG))
    assert not await soak._rests(cast(settled=9, still_s=LONG - 1))


@pytest.mark.parametrize("wrong", [{"rests": False}, {"quarantined": 1}])
async def test_what_is_under_way_or_waits_for_the_person_is_no_rest_however_long_it_takes(seen, wrong):
    vars(seen).update(wrong)
    assert not await soak._rests(cast(still_s=LONG * 10))
