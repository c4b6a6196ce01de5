"""Every adapter keeps every promise of the seam, over real connections to its twin; the register by both ways in."""

import contextlib
from collections.abc import Callable
from typing import Any

import pytest

from adapters.conformance import PROMISES, SAFE_PROMISES, Live, NotApplicable, Promise, SafePromise
from adapters.conformance.portals import government, national
from adapters.conformance.registers import register_by_rest, register_by_sql
from adapters.conformance.words import WORDS
from connector.app import shipped
from connector.mapping import MappingSet

MAPPINGS = MappingSet.load(shipped("mappings"))
Maker = Callable[[MappingSet], contextlib.AbstractAsyncContextManager[Any]]
SUBJECTS: tuple[Maker, ...] = (
    national,
    government,
    register_by_rest,
    register_by_sql,
)


@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda subject: subject.__name__)
@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
async def test_the_adapter_keeps(promise: Promise, subject: Maker) -> None:
    async with subject(MAPPINGS) as tried:
        try:
            await promise(tried)
        except NotApplicable:
            # a queue is all that a system may lack
            assert await tried.waiting() is None


@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda subject: subject.__name__)
@pytest.mark.parametrize("promise", SAFE_PROMISES, ids=lambda promise: promise.__name__)
async def test_reading_alone_shows_that_the_adapter_keeps(promise: SafePromise, subject: Maker) -> None:
    """Each is tried on a system that holds a case with a file, so none may find itself not applicable."""
    async with subject(MAPPINGS) as tried:
        ref = await tried.born()
        before = (await tried.cases(), await tried.acts(ref), await tried.waiting())
        await promise(Live(system=tried.system, mapping=tried.mapping))
        assert (await tried.cases(), await tried.acts(ref), await tried.waiting()) == before, (
            "it was no mere reading"
        )


def test_every_promise_is_tried_and_can_be_read_by_an_official() -> None:
    """A promise that is written but not listed would be kept by nobody."""
    from adapters.conformance import reading, safe, standing, writing

    written = {
        one
        for module in (reading, writing, standing, safe)
        for name, one in vars(module).items()
        if getattr(one, "__module__", None) == module.__name__ and not name.startswith("_")
    }
    assert written == {*PROMISES, *SAFE_PROMISES}
    assert all(promise.__doc__ for promise in written)
    assert set(WORDS) == {promise.__name__ for promise in written}
