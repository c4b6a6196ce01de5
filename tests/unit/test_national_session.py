"""Sessions and tokens: fetched once, renewed in time, refusals remembered (national-portal contract §10.7–10.8)."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from adapters.national_portal.session import Issued, Pauses, Renewable
from connector.errors import CredentialsRefused, Transient

PAUSES = Pauses(refused_s=900, failed_s=5)


class ManualClock:
    def __init__(self) -> None:
        self.time = datetime(2026, 11, 17, 1, 10, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


class Issuer:
    """Issues s1, s2, …; fails with ``error`` while that is set."""

    def __init__(self) -> None:
        self.calls = 0
        self.error: Exception | None = None

    async def __call__(self) -> Issued:
        self.calls += 1
        await asyncio.sleep(0)
        if self.error is not None:
            raise self.error
        return Issued(value=f"s{self.calls}", lasts_s=540)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture
def session(issuer: Issuer, clock: ManualClock) -> Renewable:
    return Renewable(issuer, clock, PAUSES)


async def test_many_lanes_share_one_login(session: Renewable, issuer: Issuer):
    assert set(await asyncio.gather(*(session.get() for _ in range(64)))) == {"s1"}
    assert issuer.calls == 1


async def test_it_is_renewed_when_its_time_is_over(session: Renewable, clock: ManualClock):
    assert await session.get() == "s1"
    await clock.sleep(539)
    assert await session.get() == "s1"
    await clock.sleep(1)
    assert await session.get() == "s2"


async def test_a_dead_one_is_dropped_once_however_many_met_it(session: Renewable, issuer: Issuer):
    """The second lane drops the old one when the first already has a new one: that stays."""
    old = await session.get()
    session.drop(old)
    assert await session.get() == "s2"
    session.drop(old)
    assert await session.get() == "s2"
    assert issuer.calls == 2


async def test_a_refusal_is_remembered_for_the_cool_down(
    session: Renewable, issuer: Issuer, clock: ManualClock
):
    issuer.error = CredentialsRefused("refused")
    for _ in range(5):
        with pytest.raises(CredentialsRefused):
            await session.get()
    with pytest.raises(CredentialsRefused):
        await session.renew()
    assert issuer.calls == 1
    await clock.sleep(900)
    issuer.error = None
    assert await session.get() == "s2"


async def test_waiting_lanes_share_the_refusal(session: Renewable, issuer: Issuer):
    issuer.error = CredentialsRefused("refused")
    ends = await asyncio.gather(*(session.get() for _ in range(64)), return_exceptions=True)
    assert {type(end) for end in ends} == {CredentialsRefused}
    assert issuer.calls == 1


async def test_any_other_failure_pauses_shortly(session: Renewable, issuer: Issuer, clock: ManualClock):
    issuer.error = Transient("busy")
    with pytest.raises(Transient):
        await session.get()
    issuer.error = None
    with pytest.raises(Transient):
        await session.get()
    await clock.sleep(5)
    assert await session.get() == "s2"


async def test_the_other_sides_wish_prolongs_the_pause(
    session: Renewable, issuer: Issuer, clock: ManualClock
):
    issuer.error = Transient("busy", retry_after_s=60)
    with pytest.raises(Transient):
        await session.get()
    issuer.error = None
    await clock.sleep(59)
    with pytest.raises(Transient):
        await session.get()
    await clock.sleep(1)
    assert await session.get() == "s2"


async def test_a_fresh_one_refused_at_once_pauses_as_a_refusal(session: Renewable, issuer: Issuer):
    await session.get()
    session.distrust(CredentialsRefused("again"))
    with pytest.raises(CredentialsRefused):
        await session.get()
    assert issuer.calls == 1


async def test_a_renewal_replaces_a_living_one(session: Renewable):
    assert await session.get() == "s1"
    assert await session.renew() == "s2"
    assert await session.get() == "s2"
