"""Promises about account, network, catalogues, capabilities and secrecy."""

from datetime import UTC, datetime, timedelta
from functools import partial

from adapters.conformance.subject import MARKERS, Live, Subject
from adapters.conformance.trying import Call, error_of, raises, spoilt, texts
from connector.errors import CredentialsRefused, Unreachable


async def a_refused_account_stops_without_hammering(subject: Subject) -> None:
    """``CredentialsRefused`` from every call, and never more than one attempt for each."""
    ref = await subject.born()
    stranger = subject.stranger()
    before = await subject.knocks()
    calls: tuple[Call, ...] = (
        stranger.ping,
        lambda: stranger.fetch(ref),
        lambda: stranger.apply(subject.create()),
        stranger.ping,
    )
    for call in calls:
        await raises(call, CredentialsRefused)
    assert 0 < await subject.knocks() - before <= len(calls)


async def a_remote_that_is_down_is_unreachable(subject: Subject) -> None:
    """Nothing was sent: ``Unreachable``, also for a write, so nothing is in doubt."""
    nowhere = subject.nowhere()
    ref = await subject.born()
    calls: tuple[Call, ...] = (
        nowhere.ping,
        lambda: nowhere.fetch(ref),
        lambda: nowhere.find(subject.create().key),
        lambda: nowhere.apply(subject.create()),
        lambda: nowhere.apply(subject.append(ref)),
        lambda: anext(aiter(nowhere.changes(None))),
    )
    for call in calls:
        await raises(call, Unreachable)


async def catalogues_name_our_agency(subject: Subject) -> None:
    """``agencies`` and ``fields`` have unique codes; a catalogue that is not there is empty."""
    agencies = await subject.system.catalogue("agencies")
    assert subject.agency in {entry.code for entry in agencies if entry.active}
    for entries in (agencies, await subject.system.catalogue("fields")):
        assert len({entry.code for entry in entries}) == len(entries)
        assert all(entry.code and entry.name for entry in entries)
    assert await subject.system.catalogue("planets") == ()


async def ping_proves_life(subject: Subject | Live) -> None:
    """The remote's clock, if it tells one, carries a zone and is close to ours."""
    told = (await subject.system.ping()).server_time
    if told is not None:
        assert abs(told - datetime.now(UTC)) < timedelta(minutes=1)


async def capabilities_cover_what_the_mapping_writes(subject: Subject | Live) -> None:
    """Every operation that the shipped mapping can render is one that the adapter performs."""
    can = subject.system.capabilities
    assert subject.mapping.system == subject.system.name
    assert subject.mapping.operations <= can.operations
    assert can.lookup <= can.operations
    assert can.concurrency >= 1


async def errors_never_hold_what_a_sender_wrote(subject: Subject) -> None:
    """Texts, details, reprs and tracebacks of every failure are free of name, phone and content."""
    ref = await subject.born()
    lost = subject.create()
    await subject.lose_reply(lost, committed=True)
    calls: list[Call] = [
        lambda: subject.system.apply(lost),
        lambda: subject.system.apply(subject.forbidden(ref)),
        lambda: subject.stranger().apply(subject.create()),
        lambda: subject.nowhere().apply(subject.create()),
    ]
    operations = (*spoilt(subject.create), *spoilt(lambda: subject.append(ref)))
    calls += [partial(subject.system.apply, one) for one in operations]
    failures = [error for call in calls if (error := await error_of(call)) is not None]
    assert len(failures) > 4, "hardly anything failed: the subject's operations have no text to spoil"
    told = [text for error in failures for text in texts(error)]
    told += [repr(subject.system), repr(subject.stranger()), repr(await subject.system.find(lost.key))]
    told += [repr(lost), repr(await subject.system.fetch(ref))]
    for marker in MARKERS:
        assert not [text for text in told if marker in text], "an error holds personal data"
