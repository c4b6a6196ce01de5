"""The hash chain: whatever is changed, removed, swapped or slipped in is named at the right place."""

import json
from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.canonical import canonical_json, digest_bytes
from connector.errors import LedgerBroken
from connector.ledger.chain import (
    GENESIS,
    Head,
    entry_bytes,
    entry_document,
    entry_fields,
    entry_hash,
    head_of,
    link,
)
from connector.ledger.commitment import commitment
from connector.ledger.entry import Draft, Entry
from connector.ledger.guard import Scalar
from connector.ledger.kinds import EntryKind
from connector.ledger.verify import Verifier, Why, verify

AT = datetime(2026, 11, 18, 1, 0, 0, 123456, tzinfo=UTC)

codes = st.from_regex(r"[a-z][a-z_.]{0,12}", fullmatch=True)
scalars: st.SearchStrategy[Scalar] = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**8) + 1, 10**8 - 1), codes
)
drafts = st.builds(
    Draft,
    kind=st.sampled_from(EntryKind),
    system=st.none() | codes,
    case_id=st.none() | st.integers(1, 10**12),
    delivery_id=st.none() | st.integers(1, 10**12),
    actor=codes,
    data=st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), scalars, max_size=4),
)


@st.composite
def chains(draw: st.DrawFn, least: int = 1) -> list[Entry]:
    """A chain written in several transactions, perhaps not from the very beginning."""
    head = draw(st.sampled_from([GENESIS, Head(seq=41, hash="ab" * 32)]))
    made: list[Entry] = []
    at = AT
    for part in draw(st.lists(st.lists(drafts, min_size=1, max_size=4), min_size=least, max_size=4)):
        at += timedelta(seconds=draw(st.integers(0, 100)))
        made += link(part, head, at)
        head = head_of(made[-1])
    return made


def start_of(chain: list[Entry]) -> Head:
    return Head(seq=chain[0].seq - 1, hash=chain[0].prev_hash)


def some(count: int) -> list[Entry]:
    return link([Draft(kind=EntryKind.OBSERVED, data={"n": n}) for n in range(count)], GENESIS, AT)


# ---- linking --------------------------------------------------------------------------------------------------


@given(chains())
def test_a_chain_as_written_verifies_and_tells_its_end(chain):
    report = verify(iter(chain), start_of(chain), head_of(chain[-1]))
    assert report.ok
    assert (report.checked, report.head) == (len(chain), head_of(chain[-1]))


def test_the_first_entry_has_number_one_and_follows_the_genesis_hash():
    entry = some(1)[0]
    assert (entry.seq, entry.prev_hash) == (1, GENESIS.hash)
    assert GENESIS.hash == digest_bytes(b"phanhoi-connector ledger 1")


def test_the_hash_is_one_that_others_can_compute_from_the_documented_form():
    """SHA-256 over RFC 8785 JSON: for these plain values that is sorted keys, no spaces, UTC with microseconds."""
    opening = ("00" * 16, "Đường ngập")
    draft = Draft(
        kind=EntryKind.SENT,
        system="national_portal",
        case_id=7,
        delivery_id=9,
        data={"b": True, "a": None},
        openings={"field.title": opening},
    )
    entry = link([draft], GENESIS, AT)[0]
    form = {
        "actor": "connector",
        "at": "2026-11-18T01:00:00.123456Z",
        "case_id": 7,
        "commitments": {"field.title": commitment("field.title", opening)},
        "data": {"a": None, "b": True},
        "delivery_id": 9,
        "format": 2,
        "kind": "sent",
        "prev_hash": GENESIS.hash,
        "seq": 1,
        "system": "national_portal",
    }
    assert entry_bytes(entry) == json.dumps(form, sort_keys=True, separators=(",", ":")).encode()
    assert entry.hash == digest_bytes(entry_bytes(entry)) == entry_hash(entry)
    assert entry_document(entry) == {**form, "hash": entry.hash}


@given(chains())
def test_the_bytes_are_rfc_8785(chain):
    """They are made in a quicker way, which must not show."""
    for entry in chain:
        assert entry_bytes(entry) == canonical_json({**entry_fields(entry), "format": 2})


def test_an_entry_of_format_1_keeps_the_hash_that_it_was_written_with():
    """As a version before the commitments wrote it, field by field."""
    fields = {
        "actor": "connector",
        "at": "2026-11-18T01:00:00.123456Z",
        "case_id": None,
        "data": {},
        "delivery_id": None,
        "format": 1,
        "kind": "started",
        "prev_hash": GENESIS.hash,
        "seq": 1,
        "system": None,
    }
    digest = digest_bytes(json.dumps(fields, sort_keys=True, separators=(",", ":")).encode())
    plain = {name: value for name, value in fields.items() if name not in ("format", "at")}
    entry = Entry(**plain, at=AT, hash=digest)
    assert entry_document(entry) == {**fields, "hash": digest}
    [following] = link([Draft(kind=EntryKind.STOPPED)], head_of(entry), AT)
    assert verify([entry, following], GENESIS).ok
    for other in (replace(entry, commitments={}), replace(following, commitments=None)):
        chain = [other, following] if other.seq == 1 else [entry, other]
        assert not verify(chain, GENESIS).ok, "a format cannot be passed off as another"


@pytest.mark.parametrize("name", ["Nguyễn", "two words", "", "a" * 60, "a..b c"])
def test_a_name_that_could_tell_something_is_refused(name):
    with pytest.raises(ValueError, match="plain name"):
        Draft(kind=EntryKind.SENT, case_id=1, openings={name: ("00" * 16, 1)})


def test_nothing_is_sealed_that_no_case_could_open():
    with pytest.raises(ValueError, match="about a case"):
        Draft(kind=EntryKind.SENT, openings={"field.title": ("00" * 16, 1)})


@given(chains())
def test_a_round_trip_through_a_database_row_keeps_the_hash(chain):
    """Jsonb reorders keys, timestamptz comes back in another zone: neither is a change."""
    zone = timezone(timedelta(hours=7))
    back = [
        replace(
            entry, at=entry.at.astimezone(zone), data=json.loads(json.dumps(dict(sorted(entry.data.items()))))
        )
        for entry in chain
    ]
    assert verify(back, start_of(chain)).ok


def test_an_instant_without_zone_is_refused():
    with pytest.raises(TypeError):
        link([Draft(kind=EntryKind.STARTED)], GENESIS, AT.replace(tzinfo=None))


def test_a_draft_cannot_be_changed_after_it_was_checked():
    data: dict[str, Scalar] = {"code": "PH-301"}
    draft = Draft(kind=EntryKind.WAITING, data=data)
    data["code"] = "0900000000"
    assert draft.data["code"] == "PH-301"
    with pytest.raises(TypeError):
        draft.data["code"] = "x"  # type: ignore[index]


# ---- breaking -------------------------------------------------------------------------------------------------


def other(value: object) -> object:
    """A value of the same kind that differs, as subtly as the type allows."""
    match value:
        case None:
            return 0
        case bool():
            return int(value)
        case int():
            return value + 1
        case datetime():
            return value + timedelta(microseconds=1)
        case str():
            return value[:-1] + ("0" if value[-1] != "0" else "1")
    raise AssertionError


def other_data(data: dict[str, Scalar], how: int) -> dict[str, Scalar]:
    changed = dict(data)
    if not changed or how == 0:
        changed["zzz"] = None
    elif how == 1:
        changed.popitem()
    else:
        name = min(changed)
        changed[name] = other(changed[name])  # type: ignore[assignment]
    return changed


@given(chains(), st.data())
def test_any_single_change_is_named_at_its_entry(chain, data):
    start = start_of(chain)
    at = data.draw(st.integers(0, len(chain) - 1))
    name = data.draw(st.sampled_from([f.name for f in fields(Entry) if f.name != "seq"]))
    entry = chain[at]
    value = getattr(entry, name)
    how = data.draw(st.integers(0, 2))
    changed = other_data(dict(value), how) if name in ("data", "commitments") else other(value)
    chain[at] = replace(entry, **{name: changed})
    report = verify(chain, start)
    assert report.broken
    assert (report.broken.seq, report.broken.why) == (entry.seq, Why.CHANGED)
    assert report.checked == at


@given(chains(), st.data())
def test_any_single_removal_is_named_at_the_missing_number(chain, data):
    start, end = start_of(chain), head_of(chain[-1])
    gone = chain.pop(data.draw(st.integers(0, len(chain) - 1)))
    report = verify(chain, start, end)
    assert report.broken
    assert (report.broken.seq, report.broken.why) == (gone.seq, Why.MISSING)


@given(chains(least=2), st.data())
def test_any_swap_is_named_at_the_first_of_the_two_places(chain, data):
    start = start_of(chain)
    first = data.draw(st.integers(0, len(chain) - 2))
    second = data.draw(st.integers(first + 1, len(chain) - 1))
    seq = chain[first].seq
    chain[first], chain[second] = chain[second], chain[first]
    report = verify(chain, start)
    assert report.broken
    assert (report.broken.seq, report.broken.why) == (seq, Why.REORDERED)


@given(chains(least=2), st.data())
def test_two_entries_that_trade_their_numbers_are_named_at_the_first(chain, data):
    """In a table sorted by number a swap shows as two changed entries."""
    start = start_of(chain)
    first = data.draw(st.integers(0, len(chain) - 2))
    second = data.draw(st.integers(first + 1, len(chain) - 1))
    a, b = chain[first], chain[second]
    chain[first], chain[second] = replace(b, seq=a.seq), replace(a, seq=b.seq)
    report = verify(chain, start)
    assert report.broken
    assert (report.broken.seq, report.broken.why) == (a.seq, Why.CHANGED)


@given(chains(), st.data())
def test_an_entry_told_twice_is_named(chain, data):
    start = start_of(chain)
    at = data.draw(st.integers(0, len(chain) - 1))
    chain.insert(at + 1, chain[at])
    report = verify(chain, start)
    assert report.broken
    assert (report.broken.seq, report.broken.why) == (chain[at].seq + 1, Why.REORDERED)


@given(chains(least=2), drafts, st.data())
def test_a_forged_entry_with_its_own_right_hash_breaks_the_link_after_it(chain, forged, data):
    start = start_of(chain)
    at = data.draw(st.integers(0, len(chain) - 2))
    before = Head(seq=chain[at].seq - 1, hash=chain[at].prev_hash)
    replacement = link([forged], before, AT + timedelta(days=1))[0]
    chain[at] = replacement
    report = verify(chain, start)
    assert report.broken
    assert (report.broken.seq, report.broken.why) == (replacement.seq + 1, Why.WRONG_PREV)
    assert report.head == head_of(replacement)


def test_a_tail_that_was_cut_off_shows_only_against_a_noted_end():
    chain = some(5)
    assert verify(chain[:3], GENESIS).ok
    report = verify(chain[:3], GENESIS, head_of(chain[4]))
    assert report.broken
    assert (report.broken.seq, report.broken.why, report.checked) == (4, Why.MISSING, 3)


def test_a_log_rewritten_as_a_whole_shows_against_a_noted_end():
    noted = head_of(some(5)[3])
    rewritten = link([Draft(kind=EntryKind.OBSERVED, data={"n": -n}) for n in range(5)], GENESIS, AT)
    assert verify(rewritten, GENESIS).ok
    report = verify(rewritten, GENESIS, noted)
    assert report.broken
    assert (report.broken.seq, report.broken.why) == (4, Why.CHANGED)


def test_growth_beyond_a_noted_end_is_fine():
    chain = some(5)
    assert verify(chain, GENESIS, head_of(chain[2])).ok


@pytest.mark.parametrize(
    "strange",
    [
        {"at": AT.replace(tzinfo=None)},
        {"at": "2026-11-18"},
        {"data": {"n": 1.0}},
        {"data": {"n": float("nan")}},
        {"data": {"n": 2**60}},
        {"data": {"n": ["a"]}},
        {"data": {"n": "Nguyễn Văn Mẫu"}},
        {"data": None},
        {"kind": "loai_chua_biet"},
        {"prev_hash": ""},
        {"commitments": None},
        {"commitments": {"x": "00" * 32}},
        {"commitments": ["x"]},
        {"system": "\ud800"},
    ],
)
def test_a_forged_row_of_any_shape_is_named_and_never_crashes_the_check(strange):
    chain = some(3)
    chain[1] = replace(chain[1], **strange)
    report = verify(chain, GENESIS)
    assert report.broken
    assert (report.broken.seq, report.broken.why) == (2, Why.CHANGED)


def test_one_number_written_in_two_ways_is_a_change():
    """1 and 1.0, or K and the Kelvin sign, are the same canonical JSON after NFC; a log must tell them apart."""
    chain = link([Draft(kind=EntryKind.OBSERVED, data={"n": 1, "unit": "K"})], GENESIS, AT)
    for strange in ({"n": 1.0, "unit": "K"}, {"n": 1, "unit": "\u212a"}, {"n": True, "unit": "K"}):
        assert not verify([replace(chain[0], data=strange)], GENESIS).ok


def test_the_check_streams():
    """Nothing is read beyond the first wrong one."""
    read = 0

    def endless() -> Iterator[Entry]:
        nonlocal read
        for entry in some(100):
            read += 1
            yield replace(entry, actor="ai-do") if entry.seq == 10 else entry

    report = verify(endless(), GENESIS)
    assert report.broken
    assert report.broken.seq == 10
    assert read == 10


@given(chains(), st.data())
def test_entries_may_be_handed_over_one_by_one_and_the_end_afterwards(chain, data):
    """As from a database cursor: the same report, and a noted end that differs is named."""
    start, end = start_of(chain), head_of(chain[-1])
    verifier = Verifier(start)
    assert all(verifier.take(entry) for entry in chain)
    assert verifier.report() == verifier.report(end) == verify(chain, start, end)
    rewritten = verifier.report(Head(seq=end.seq, hash=GENESIS.hash)).broken
    assert rewritten
    assert (rewritten.seq, rewritten.why) == (end.seq, Why.CHANGED)
    cut = verifier.report(Head(seq=end.seq + 2, hash=end.hash)).broken
    assert cut
    assert (cut.seq, cut.why) == (end.seq + 1, Why.MISSING)


def test_after_something_wrong_nothing_more_is_taken():
    chain = some(6)
    verifier = Verifier(GENESIS)
    assert [verifier.take(entry) for entry in (chain[0], chain[2], chain[3], chain[4])] == [
        True,
        True,
        False,
        False,
    ]
    broken = verifier.report().broken
    assert broken
    assert (broken.seq, broken.why) == (2, Why.MISSING)


def test_demand_raises_with_number_and_reason_only():
    report = verify(some(3)[1:], GENESIS)
    with pytest.raises(LedgerBroken, match="ledger entry 1 is wrong: missing") as caught:
        report.demand()
    assert caught.value.detail == {"seq": 1, "why": "missing", "checked": 0}
    verify(some(3), GENESIS).demand()


def test_an_empty_chain_is_right():
    assert verify([], GENESIS).head == GENESIS
