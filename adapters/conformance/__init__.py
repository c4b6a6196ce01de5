"""What every adapter promises, as functions that try it on a live remote: the contract suite of the seam.

An adapter package tests itself with three things: a twin (or a test installation) of its system, a :class:`Subject`
that plays the other side's hand there, and one parametrised test::

    @pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
    async def test_the_adapter_keeps(promise):
        async with my_subject() as subject:
            await promise(subject)

Each promise gets a fresh subject with an empty remote. A broken promise is an ``AssertionError``, or the error that
the adapter raised; :class:`NotApplicable` says that a promise has nothing to hold on to. Nothing here needs a test
framework: ``phanhoi conformance`` runs the same promises (:class:`AdapterSuite`), and those that reading alone can try
(:data:`SAFE_PROMISES`) on a system in use.
"""

from adapters.conformance.promises import PROMISES
from adapters.conformance.safe import SAFE_PROMISES
from adapters.conformance.subject import (
    CONTENT,
    FILE,
    MARKERS,
    NAME,
    PAGE_SIZE,
    PHONE,
    Live,
    NotApplicable,
    Promise,
    SafePromise,
    Subject,
)
from adapters.conformance.suite import AdapterSuite

__all__ = [
    "CONTENT",
    "FILE",
    "MARKERS",
    "NAME",
    "PAGE_SIZE",
    "PHONE",
    "PROMISES",
    "SAFE_PROMISES",
    "AdapterSuite",
    "Live",
    "NotApplicable",
    "Promise",
    "SafePromise",
    "Subject",
]
