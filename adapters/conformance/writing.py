"""Promises about writing: once under a key, in doubt and found, conflicts, files."""

import hashlib
from functools import partial
from uuid import uuid4

from adapters.conformance.subject import FILE, Subject
from adapters.conformance.trying import raises
from connector.errors import Conflict, InDoubt, Permanent
from connector.system import Key, Operation, Verdict


async def a_write_takes_effect_once_under_its_key(subject: Subject) -> None:
    """The same key and body again: the same case, one effect at the remote."""
    ref = await subject.born()
    for operation in (subject.create(), subject.append(ref)):
        first = await subject.system.apply(operation)
        cases, acts = await subject.cases(), await subject.acts(first.ref)
        assert first.ref == operation.key.ref or operation.key.ref is None
        assert not first.duplicate
        if subject.system.capabilities.idempotent:
            again = await subject.system.apply(operation)
            assert again.ref == first.ref
            assert (await subject.cases(), await subject.acts(first.ref)) == (cases, acts), (
                "it took effect twice"
            )


async def a_lost_reply_after_the_effect_is_in_doubt_and_found(subject: Subject) -> None:
    """No answer: the write is in doubt, and the look-up finds it under the same case."""
    ref = await subject.born()
    for operation in (subject.create(), subject.append(ref)):
        cases = await subject.cases()
        await subject.lose_reply(operation, committed=True)
        await raises(partial(subject.system.apply, operation), InDoubt)
        sighting = await subject.system.find(operation.key)
        assert sighting.verdict is Verdict.FOUND
        assert sighting.receipt is not None
        assert operation.key.ref in {None, sighting.receipt.ref}
        repeated = await subject.system.apply(operation)
        assert repeated.ref == sighting.receipt.ref
        assert await subject.cases() == cases + (operation.key.ref is None), "the repeat had an effect"


async def a_lost_reply_before_the_effect_is_in_doubt_and_absent(subject: Subject) -> None:
    """No answer and no effect: in doubt all the same, the look-up disproves it, and the repeat succeeds."""
    ref = await subject.born()
    for operation in (subject.create(), subject.append(ref)):
        cases = await subject.cases()
        await subject.lose_reply(operation, committed=False)
        await raises(partial(subject.system.apply, operation), InDoubt)
        assert (await subject.system.find(operation.key)).verdict is Verdict.ABSENT
        assert await subject.cases() == cases
        assert not (await subject.system.apply(operation)).duplicate
        assert (await subject.system.find(operation.key)).verdict is Verdict.FOUND


async def find_changes_nothing(subject: Subject) -> None:
    """A look-up reads only, whether it finds something or not."""
    ref = await subject.born()
    done = subject.append(ref)
    await subject.system.apply(done)
    before = (await subject.cases(), await subject.acts(ref), await subject.waiting())
    for key in (done.key, subject.create().key, subject.forbidden(ref).key):
        await subject.system.find(key)
    assert (await subject.cases(), await subject.acts(ref), await subject.waiting()) == before


async def a_state_that_forbids_is_a_conflict(subject: Subject) -> None:
    """The case's state does not allow it: ``Conflict``, and nothing was written."""
    ref = await subject.born()
    acts = await subject.acts(ref)
    operation = subject.forbidden(ref)
    await raises(lambda: subject.system.apply(operation), Conflict)
    assert await subject.acts(ref) == acts
    assert (await subject.system.find(operation.key)).verdict is not Verdict.FOUND


async def an_operation_that_it_does_not_have_is_permanent(subject: Subject) -> None:
    """Refused before anything is sent."""
    key = Key(id=uuid4(), operation="no_such_operation", ref=await subject.born())
    await raises(lambda: subject.system.apply(Operation(key=key, fields={})), Permanent)
    assert (await subject.system.find(key)).verdict is not Verdict.FOUND


async def files_go_byte_for_byte(subject: Subject) -> None:
    """The remote holds the exact bytes of a file that we sent."""
    receipt = await subject.system.apply(await subject.send_file(FILE))
    assert hashlib.sha256(FILE).hexdigest() in await subject.files(receipt.ref)
