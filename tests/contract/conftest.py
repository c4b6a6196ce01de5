"""The scripted national portal and a client that speaks to it, for all tests of that client."""

from collections.abc import AsyncIterator

import pytest

from connector.system import System
from tests.contract.national_scripted import Connect, ManualClock, Portal, connecting, scripted_portal


@pytest.fixture
async def portal() -> AsyncIterator[Portal]:
    async with scripted_portal() as made:
        yield made


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def connect(portal: Portal, clock: ManualClock) -> AsyncIterator[Connect]:
    async with connecting(portal, clock) as made:
        yield made


@pytest.fixture
def client(connect: Connect) -> System:
    return connect()
