"""Promises that are tried by reading alone, on whatever a system in use holds now: before go-live, and after.

Nothing is written, and nothing is confirmed to a queue: only the first page of the changes is read, and given up before
the next is asked for. No text of a failure holds what a sender wrote.
"""

import hashlib
from uuid import uuid4

from adapters.conformance.reading import an_unknown_case_is_permanent
from adapters.conformance.standing import capabilities_cover_what_the_mapping_writes, ping_proves_life
from adapters.conformance.subject import Live, NotApplicable, SafePromise
from adapters.conformance.trying import first_page, said
from connector.canonical import plain
from connector.case import Case, absorb
from connector.errors import Unmapped
from connector.mapping.intent import IntentKind
from connector.system import Key, Record, Verdict

MOST_CASES = 5
"""So many cases are asked for one by one: enough to see, too few to burden anybody."""
NEVER_USED = "000.00.00.H56-991231-99999"
"""A case code that no case will have in this century."""


async def catalogues_have_codes_and_names(live: Live) -> None:
    """Every line of a catalogue has a code of its own and a name."""
    found = 0
    for name in ("agencies", "fields"):
        entries = await live.system.catalogue(name)
        found += len(entries)
        assert len({entry.code for entry in entries}) == len(entries), f"{name}: a code stands twice"
        assert all(entry.code and entry.name for entry in entries), f"{name}: a line without code or name"
    if not found:
        msg = "hệ thống không có danh mục / the system has no catalogue"
        raise NotApplicable(msg)


async def what_waits_is_told_again_alike(live: Live) -> None:
    """What was read and not confirmed is told again, and says the same."""
    told, again = await first_page(live.system), await first_page(live.system)
    _some(told)
    later = {record.ref: said(record) for record in again}
    changed = [record.ref for record in told if record.ref in later and later[record.ref] != said(record)]
    assert not changed, f"told differently the second time: {changed[:MOST_CASES]}"
    missing = [record.ref for record in told if record.ref not in later]
    assert not missing, f"gone after a mere reading: {missing[:MOST_CASES]}"


async def what_waits_is_plain_and_whole(live: Live) -> None:
    """Every record names its system, case and version, keeps its bytes, and could be read without a problem."""
    for record in _some(await first_page(live.system)):
        assert record.system == live.system.name
        assert record.ref
        assert record.version
        assert record.raw
        assert not record.problems, f"{record.ref}: " + "; ".join(
            f"{one.where}: {one.text}" for one in record.problems
        )
        plain(record.data)


async def what_waits_maps_without_a_gap(live: Live) -> None:
    """The mapping in force reads everything that waits: no code, agency or field without a meaning."""
    gaps: list[str] = []
    for record in await _whole(live):
        try:
            live.mapping.read(record)
        except Unmapped as error:
            gaps += [f"{record.ref}: {one}" for one in error.problems]
    assert not gaps, "; ".join(gaps[:20])


async def fetch_gives_the_same_version_twice(live: Live) -> None:
    """Equal versions mean "seen already": two readings of a case that rests are one telling."""
    for ref in _refs(await first_page(live.system)):
        first, second = await live.system.fetch(ref), await live.system.fetch(ref)
        assert first.ref == ref
        assert first.version == second.version, f"{ref}: another version at each reading"


async def files_are_read_alike_and_are_what_was_announced(live: Live) -> None:
    """Two readings of a file give the same bytes, of the announced size and hash."""
    known: dict[str, Case] = {}
    for record in await _whole(live):
        try:
            known[record.ref] = absorb(known.get(record.ref), live.mapping.read(record))
        except Unmapped:
            continue  # named by the promise about the mapping
    files = [(ref, file) for ref, case in known.items() for file in case.attachments]
    if not files:
        msg = "không hồ sơ nào đang chờ có tệp / no waiting case has a file"
        raise NotApplicable(msg)
    for ref, file in files[:MOST_CASES]:
        content = await live.system.read_file(ref, file)
        assert content == await live.system.read_file(ref, file), f"{file.id}: other bytes the second time"
        assert file.size in {None, len(content)}, f"{file.id}: not the announced size"
        assert (file.sha256 or "") in {"", hashlib.sha256(content).hexdigest()}, (
            f"{file.id}: not the announced hash"
        )


async def find_finds_no_case_that_was_never_filed(live: Live) -> None:
    """The look-up after a lost reply says *absent* of a case that nobody ever filed."""
    filing = {one.operation for one in live.mapping.writes if IntentKind.CREATE in one.on}
    operations = sorted(filing & live.system.capabilities.lookup)
    if not operations:
        msg = "không tạo hồ sơ ở hệ thống này, hoặc không tra cứu được / nothing is filed here, or it has no look-up"
        raise NotApplicable(msg)
    for operation in operations:
        natural = {"origin_system": "conformance", "origin_ref": uuid4().hex}
        key = Key(id=uuid4(), operation=operation, code=NEVER_USED, natural=natural)
        verdict = (await live.system.find(key)).verdict
        assert verdict is Verdict.ABSENT, f"{operation}: {verdict}"


SAFE_PROMISES: tuple[SafePromise, ...] = (
    ping_proves_life,
    capabilities_cover_what_the_mapping_writes,
    catalogues_have_codes_and_names,
    an_unknown_case_is_permanent,
    what_waits_is_told_again_alike,
    what_waits_is_plain_and_whole,
    what_waits_maps_without_a_gap,
    fetch_gives_the_same_version_twice,
    files_are_read_alike_and_are_what_was_announced,
    find_finds_no_case_that_was_never_filed,
)
"""All promises that reading alone can try."""


def _some(records: tuple[Record, ...]) -> tuple[Record, ...]:
    if not records:
        msg = "không có hồ sơ nào đang chờ / no case waits"
        raise NotApplicable(msg)
    return records


def _refs(records: tuple[Record, ...]) -> list[str]:
    readable = [record.ref for record in _some(records) if not record.problems]
    return list(dict.fromkeys(readable))[:MOST_CASES]


async def _whole(live: Live) -> list[Record]:
    """What waits as whole records; of mere hints the first few cases are asked for."""
    told = await first_page(live.system)
    whole = [record for record in _some(told) if record.complete and not record.problems]
    return whole or [await live.system.fetch(ref) for ref in _refs(told)]
