"""Promises about reading: changes, whole cases, mapping, files."""

import hashlib

from adapters.conformance.subject import CONTENT, FILE, NAME, PAGE_SIZE, PHONE, Live, NotApplicable, Subject
from adapters.conformance.trying import raises, said, walk
from connector.canonical import plain
from connector.case import Case, absorb
from connector.errors import Permanent


async def changes_tell_all_and_repeat_it(subject: Subject) -> None:
    """Everything that waits is told, and told again to who did not store it."""
    refs = {await subject.born() for _ in range(3)}
    told = await walk(subject.system, None, pages=1)
    again = await walk(subject.system, None, pages=1)
    assert [said(record) for record in told.records] == [said(record) for record in again.records]
    everything = await walk(subject.system, None)
    assert refs <= everything.refs, "a case was not told"


async def changes_skip_nothing_that_is_born_while_paging(subject: Subject) -> None:
    """A case born, or changed, while we page is told in this walk or in the next one from its watermark."""
    refs = [await subject.born() for _ in range(5)]
    late: list[str] = []

    async def meanwhile() -> None:
        late.append(await subject.born())
        await subject.happen(refs[0])

    first = await walk(subject.system, None, between=meanwhile)
    second = await walk(subject.system, first.watermark)
    await subject.let_time_pass()
    third = await walk(subject.system, second.watermark)
    assert {*refs, *late} <= first.refs | second.refs | third.refs, "a case fell between two walks"
    told = [record for record in (*first.records, *second.records, *third.records) if record.ref == refs[0]]
    assert len({record.version for record in told}) > 1, "a change while paging was never told"


async def changes_are_told_from_the_watermark_of_the_same_moment(subject: Subject) -> None:
    """What happens in the very second of the watermark is told by the next walk: windows overlap."""
    ref = await subject.born()
    mark = (await walk(subject.system, None)).watermark
    other = await subject.born()
    await subject.happen(ref)
    assert {ref, other} <= (await walk(subject.system, mark)).refs


async def the_next_page_confirms_the_one_before(subject: Subject) -> None:
    """An item leaves a queue when the page after it is asked for, and not a moment earlier."""
    for _ in range(3):
        await subject.born()
    waited = await subject.waiting()
    if waited is None:
        msg = "hệ thống này không có hàng đợi / this system has no queue"
        raise NotApplicable(msg)
    pages = subject.system.changes(None)
    page = await anext(pages)
    assert 0 < len(page.records) <= PAGE_SIZE
    assert await subject.waiting() == waited, "confirmed before it was stored"
    await anext(pages)
    assert await subject.waiting() == waited - len(page.records), "stored, but not confirmed"
    await pages.aclose()  # type: ignore[attr-defined]  # every adapter's changes() is a generator
    assert await subject.waiting() == waited - len(page.records), "given up is not stored"


async def records_are_plain_and_complete(subject: Subject) -> None:
    """A record names its system, case and version, keeps the bytes, and holds plain values only."""
    ref = await subject.born()
    for record in ((await walk(subject.system, None)).records, (await subject.system.fetch(ref),)):
        for one in record:
            assert (one.system, one.ref) == (subject.system.name, ref)
            assert one.version
            assert one.raw
            assert not one.problems
            plain(one.data)
    assert (await subject.system.fetch(ref)).complete


async def fetch_gives_the_same_version_until_something_happens(subject: Subject) -> None:
    """Equal versions mean "seen already"; another version means that the case changed."""
    ref = await subject.born()
    first, second = await subject.system.fetch(ref), await subject.system.fetch(ref)
    assert (first.version, first.data) == (second.version, second.data)
    await subject.happen(ref)
    assert (await subject.system.fetch(ref)).version != first.version


async def an_unknown_case_is_permanent(subject: Subject | Live) -> None:
    """``fetch`` of a case that is not there raises ``Permanent`` (or ``NotOurs``), never an empty record."""
    await raises(lambda: subject.system.fetch("999999999"), Permanent)


async def every_record_maps_without_a_gap(subject: Subject) -> None:
    """The shipped mapping reads all that the twin tells, and all tellings of a case fold into one case."""
    ref = await subject.born()
    await subject.system.apply(subject.append(ref))
    await subject.happen(ref)
    filed = (await subject.system.apply(subject.create())).ref
    records = [record for record in (await walk(subject.system, None)).records if record.complete]
    records += [await subject.system.fetch(ref), await subject.system.fetch(filed)]
    known: dict[str, Case] = {}
    for record in records:
        known[record.ref] = absorb(known.get(record.ref), subject.mapping.read(record))
    header = known[ref].header
    assert header is not None
    assert (header.sender.name, header.sender.phone, header.content) == (NAME, PHONE, CONTENT)
    assert len(known[ref].acts) > 1


async def files_come_byte_for_byte(subject: Subject) -> None:
    """``read_file`` gives the exact bytes of a file that the mapping names."""
    ref = await subject.born()
    case: Case | None = None
    for record in ((await walk(subject.system, None)).records, (await subject.system.fetch(ref),)):
        for one in record:
            case = absorb(case, subject.mapping.read(one)) if one.complete else case
    assert case is not None
    (file,) = case.attachments
    assert await subject.system.read_file(ref, file) == FILE
    assert file.sha256 in {None, hashlib.sha256(FILE).hexdigest()}
