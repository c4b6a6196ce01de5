"""Every adapter keeps every promise of the seam, over real connections to its twin; the register by both ways in."""

import contextlib
from collections.abc import Callable
from typing import Any

import pytest

from adapters.conformance import PROMISES, Promise
from tests.contract.conformance_portals import government, national
from tests.contract.conformance_register import register_by_rest, register_by_sql

SUBJECTS: tuple[Callable[[], contextlib.AbstractAsyncContextManager[Any]], ...] = (
    national,
    government,
    register_by_rest,
    register_by_sql,
)


@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda subject: subject.__name__)
@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
async def test_the_adapter_keeps(
    promise: Promise, subject: Callable[[], contextlib.AbstractAsyncContextManager[Any]]
) -> None:
    async with subject() as tried:
        await promise(tried)


def test_every_promise_is_tried() -> None:
    """A promise that is written but not listed would be kept by nobody."""
    from adapters.conformance import reading, standing, writing

    written = [
        one
        for module in (reading, writing, standing)
        for one in vars(module).values()
        if getattr(one, "__module__", None) == module.__name__
    ]
    assert set(written) == set(PROMISES)
    assert all(promise.__doc__ for promise in PROMISES)
