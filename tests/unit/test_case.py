"""The canonical case: status from acts, folding of tellings, JSON and content hash."""

import json
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.case import (
    Act,
    ActKind,
    Attachment,
    Case,
    Channel,
    Header,
    Nature,
    Place,
    Privacy,
    Sender,
    SenderKind,
    Status,
    absorb,
    content_hash,
    from_json,
    in_order,
    status_of,
    to_json,
)
from connector.clock import LOCAL_ZONE

AT = datetime(2026, 11, 18, 7, 55, tzinfo=LOCAL_ZONE)


def act(kind: ActKind = ActKind.PROGRESS, minute: int = 0, **more: Any) -> Act:
    values: dict[str, Any] = {"id": f"register:{minute}", "kind": kind, "at": AT + timedelta(minutes=minute)}
    return Act(**{**values, **more})


def file(name: str = "register:12", **more: Any) -> Attachment:
    return Attachment(id=name, role="question", file_name="ảnh.jpg", **more)


HEADER = Header(
    title="Chậm trả kết quả",
    content="Quá hạn mười ngày vẫn chưa có kết quả.",
    nature=Nature.CONDUCT,
    channel=Channel.ZALO,
    sender_kind=SenderKind.CITIZEN,
    sender=Sender(name="Nguyễn Văn Mẫu", phone="0900000000"),
    submitted_at=AT,
    agency="000.00.00.H56",
    place=Place(text="xã Mẫu", latitude="19.80", longitude="105.77"),
)
CASE = Case(
    system="register",
    ref="57",
    origin=("register", "57"),
    code="000.00.00.H56-261118-00057",
    header=HEADER,
    acts=(
        act(ActKind.SUBMITTED),
        act(ActKind.ANSWERED, 5, text="Đã trả kết quả.", details={"version": "1", "publishable": "1"}),
    ),
    attachments=(file(sha256="1" * 64, size=3), file("register:13", sha256="2" * 64)),
    due_at=AT + timedelta(days=10),
)


# ---- status -------------------------------------------------------------------------------------------------

STATUS: dict[ActKind, Status | None] = {
    ActKind.SUBMITTED: Status.NEW,
    ActKind.FORWARDED: Status.ASSIGNED,
    ActKind.RECEIVED: Status.ASSIGNED,
    ActKind.ACCEPTED: Status.ACCEPTED,
    ActKind.REFUSED: Status.REFUSED,
    ActKind.SUPPLEMENT_REQUESTED: Status.SUPPLEMENT_REQUESTED,
    ActKind.SUPPLEMENTED: Status.SUPPLEMENTED,
    ActKind.LAPSED: Status.REFUSED,
    ActKind.REASSIGNED: None,
    ActKind.TRANSFERRED: Status.TRANSFERRED,
    ActKind.RETURNED: Status.RETURNED_VPCP,
    ActKind.ASSIGNED: Status.UNIT_ASSIGNED,
    ActKind.RETURNED_INTERNALLY: None,
    ActKind.COORDINATION_REQUESTED: None,
    ActKind.COORDINATION_ANSWERED: None,
    ActKind.PROGRESS: Status.IN_PROGRESS,
    ActKind.LATE_NOTICE: Status.IN_PROGRESS,
    ActKind.RESULT: None,
    ActKind.RESULT_SENT_BACK: None,
    ActKind.ANSWERED: Status.ANSWERED,
    ActKind.CLOSED: Status.CLOSED,
    ActKind.PUBLISHED: Status.PUBLISHED,
    ActKind.UNPUBLISHED: None,
    ActKind.RETURNED_FOR_REWORK: Status.REWORK,
    ActKind.RECALLED: Status.RECALLED,
    ActKind.RECALL_AGREED: None,
    ActKind.RECALL_REFUSED: None,
    ActKind.WITHDRAWN: None,
    ActKind.RATED: None,
    ActKind.REMINDED: None,
    ActKind.DUE_CHANGED: None,
    ActKind.PACK_ADOPTED: None,
    ActKind.DUE_RECOMPUTED: None,
    ActKind.MADE_PRIVATE: None,
    ActKind.RESTRICTED: None,
    ActKind.NOTE: None,
}
"""What each act leads to outwardly (rules §3.6); None: the status stays."""


def test_every_kind_of_act_has_its_line_above() -> None:
    assert set(STATUS) == set(ActKind)


@pytest.mark.parametrize(("kind", "status"), STATUS.items())
def test_the_status_follows_from_the_last_act_that_changes_one(kind: ActKind, status: Status | None) -> None:
    assert status_of([act(kind)]) is (status or Status.NEW)
    assert status_of([act(ActKind.SUPPLEMENTED), act(kind, 1)]) is (status or Status.SUPPLEMENTED)


def test_without_acts_a_case_is_new() -> None:
    assert replace(CASE, acts=()).status is Status.NEW
    assert CASE.status is Status.ANSWERED


def test_the_status_follows_time_and_not_the_order_of_telling() -> None:
    assert status_of([act(ActKind.ANSWERED, 2), act(ActKind.ACCEPTED, 1)]) is Status.ANSWERED


def test_acts_of_one_instant_keep_the_order_in_which_they_were_told() -> None:
    """Portals tell whole seconds; the list's own order is the better witness."""
    first, second = act(ActKind.ACCEPTED, id="register:b"), act(ActKind.ASSIGNED, id="register:a")
    earlier = act(ActKind.SUBMITTED, -1)
    assert in_order([first, second, earlier]) == (earlier, first, second)


# ---- small questions ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("one", Privacy)
@pytest.mark.parametrize("other", Privacy)
def test_of_two_marks_the_stricter_counts(one: Privacy, other: Privacy) -> None:
    order = [Privacy.OPEN, Privacy.PRIVATE, Privacy.RESTRICTED]
    assert one.strictest(other) is other.strictest(one) is order[max(one.rank, other.rank)]


def test_an_act_names_its_birthplace_and_a_case_finds_acts_and_files() -> None:
    assert act(id="government_portal:GP-1.forwarded@2026-11-18T00:55:00Z").birthplace == "government_portal"
    assert CASE.act("register:5") is CASE.acts[1]
    assert CASE.act("register:6") is None
    assert CASE.attachment("register:13") is CASE.attachments[1]
    assert CASE.attachment("register:14") is None


# ---- absorb -------------------------------------------------------------------------------------------------

LATER = act(ActKind.CLOSED, 9)


def test_the_first_telling_is_taken_with_its_acts_in_order() -> None:
    assert absorb(None, replace(CASE, acts=CASE.acts[::-1])) == CASE


def test_a_fragment_adds_its_act_and_takes_nothing_away() -> None:
    """An event knows neither header nor code, nor where the case was born."""
    fragment = Case(system="register", ref="57", origin=("national_portal", "?"), acts=(LATER,))
    assert absorb(CASE, fragment) == replace(CASE, acts=(*CASE.acts, LATER))


def test_a_whole_case_after_a_fragment_brings_header_and_origin() -> None:
    fragment = Case(system="register", ref="57", origin=("register", "57"), acts=(LATER,))
    whole = replace(CASE, origin=("national_portal", "900000123"))
    assert absorb(fragment, whole) == replace(whole, acts=(*CASE.acts, LATER))


def test_the_newer_header_and_due_date_win() -> None:
    newer = replace(CASE, header=replace(HEADER, title="Mới"), due_at=AT, changed_at=AT)
    assert absorb(replace(CASE, changed_at=AT - timedelta(hours=1)), newer) == newer


def test_an_older_version_changes_nothing() -> None:
    """Known by the instant of change that the system itself states."""
    now = replace(CASE, header=replace(HEADER, title="Mới"), acts=(*CASE.acts, LATER), changed_at=AT)
    assert absorb(now, replace(CASE, due_at=AT, changed_at=AT - timedelta(hours=1))) == now


def test_the_richer_telling_of_an_act_wins_and_what_was_known_is_kept() -> None:
    rich = act(
        ActKind.ANSWERED,
        5,
        text="Đã trả kết quả.",
        agency="000.00.00.H56",
        officer="cb-mau-01",
        details={"version": "1"},
        attachments=("register:13",),
        echo="k-1",
    )
    poor = act(ActKind.ANSWERED, 5, details={"signer": "Trần Thị Mẫu"})
    both = replace(rich, details={"version": "1", "signer": "Trần Thị Mẫu"})
    assert absorb(replace(CASE, acts=(rich,)), replace(CASE, acts=(poor,))).acts == (both,)
    assert absorb(replace(CASE, acts=(poor,)), replace(CASE, acts=(rich,))).acts == (both,)


def test_a_known_hash_is_never_forgotten_and_a_new_locator_is_taken() -> None:
    known = replace(CASE, attachments=(file(sha256="1" * 64, locator="https://portal.example/cu"),))
    again = replace(CASE, attachments=(file(locator="https://portal.example/moi"), file("register:14")))
    found = absorb(known, again).attachments
    assert found == (
        file(sha256="1" * 64, locator="https://portal.example/moi"),
        file("register:14"),
    )
    corrected = absorb(known, replace(CASE, attachments=(file(sha256="3" * 64),))).attachments
    assert corrected[0].sha256 == "3" * 64


# ---- any case -----------------------------------------------------------------------------------------------

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
INSTANTS = st.datetimes(
    datetime(2020, 1, 1),  # noqa: DTZ001  # the strategy adds the zone
    datetime(2040, 1, 1),  # noqa: DTZ001  # same
    timezones=st.sampled_from([UTC, LOCAL_ZONE, timezone(timedelta(hours=-3, minutes=-30))]),
)
ACTS = st.builds(
    Act,
    id=st.builds("{}:{}".format, st.sampled_from(["register", "national_portal"]), st.integers(0, 9)),
    kind=st.sampled_from(ActKind),
    at=INSTANTS,
    agency=st.none() | TEXT,
    officer=st.none() | TEXT,
    text=st.none() | TEXT,
    details=st.dictionaries(TEXT, TEXT, max_size=3),
    attachments=st.lists(TEXT, max_size=3).map(tuple),
    echo=st.none() | TEXT,
)
FILES = st.builds(
    Attachment,
    id=TEXT,
    role=st.sampled_from(["question", "answer", "evidence"]),
    file_name=TEXT,
    size=st.none() | st.integers(0, 2**40),
    sha256=st.none() | TEXT,
    signed=st.booleans(),
    locator=st.none() | TEXT,
)
SENDERS = st.builds(Sender, name=st.none() | TEXT, phone=st.none() | TEXT, anonymous=st.booleans())
HEADERS = st.builds(
    Header,
    title=TEXT,
    content=TEXT,
    nature=st.sampled_from(Nature),
    channel=st.sampled_from(Channel),
    sender_kind=st.sampled_from(SenderKind),
    sender=SENDERS,
    submitted_at=INSTANTS,
    agency=TEXT,
    privacy=st.sampled_from(Privacy),
    place=st.none() | st.builds(Place, text=st.none() | TEXT, latitude=st.none() | TEXT),
    field=st.none() | TEXT,
)
CASES = st.builds(
    Case,
    system=st.sampled_from(["register", "national_portal"]),
    ref=TEXT,
    origin=st.tuples(TEXT, TEXT),
    code=st.none() | TEXT,
    header=st.none() | HEADERS,
    acts=st.lists(ACTS, max_size=4, unique_by=lambda one: one.id).map(tuple),
    attachments=st.lists(FILES, max_size=3, unique_by=lambda one: one.id).map(tuple),
    due_at=st.none() | INSTANTS,
    public_code=st.none() | TEXT,
)


@given(CASES)
def test_a_case_survives_json(case: Case) -> None:
    assert from_json(json.loads(json.dumps(to_json(case)))) == case


@given(CASES, CASES)
def test_absorbing_is_idempotent_and_loses_no_act_and_no_file(known: Case, seen: Case) -> None:
    once = absorb(known, seen)
    assert absorb(once, seen) == once
    assert {one.id for one in once.acts} == {one.id for one in (*known.acts, *seen.acts)}
    assert {one.id for one in once.attachments} == {one.id for one in (*known.attachments, *seen.attachments)}
    assert list(once.acts) == sorted(once.acts, key=lambda one: one.at)
    hashes = {one.id for one in known.attachments if one.sha256}
    assert hashes <= {one.id for one in once.attachments if one.sha256}


# ---- content hash -------------------------------------------------------------------------------------------


def _form(name: Any, case: Case) -> Case:
    """The same case with every text in another Unicode form."""
    told = json.dumps(to_json(case), ensure_ascii=False)
    return from_json(json.loads(unicodedata.normalize(name, told)))


@given(CASES, st.randoms())
def test_the_hash_does_not_see_order_form_locators_echoes_and_who_tells(case: Case, random: Any) -> None:
    files = [replace(one, locator="https://portal.example/khac") for one in case.attachments]
    random.shuffle(files)
    acts = [_shuffled(one, random) for one in case.acts]
    random.shuffle(acts)
    told = replace(case, system="x", ref="y", public_code="z", acts=tuple(acts), attachments=tuple(files))
    assert content_hash(told) == content_hash(case)


def _shuffled(one: Act, random: Any) -> Act:
    details, files = list(one.details.items()), list(one.attachments)
    random.shuffle(details)
    random.shuffle(files)
    return replace(one, details=dict(details), attachments=tuple(files), echo="k-9")


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_the_hash_does_not_see_the_unicode_form(form: str) -> None:
    assert content_hash(_form(form, CASE)) == content_hash(CASE)


CHANGES: dict[str, Callable[[Case], Case]] = {
    "title": lambda case: replace(case, header=replace(HEADER, title="Khác")),
    "sender": lambda case: replace(case, header=replace(HEADER, sender=Sender())),
    "privacy": lambda case: replace(case, header=replace(HEADER, privacy=Privacy.PRIVATE)),
    "no header": lambda case: replace(case, header=None),
    "code": lambda case: replace(case, code=None),
    "origin": lambda case: replace(case, origin=("national_portal", "57")),
    "due date": lambda case: replace(case, due_at=AT),
    "one act less": lambda case: replace(case, acts=case.acts[:1]),
    "an act's text": lambda case: replace(case, acts=(case.acts[0], replace(case.acts[1], text="Khác"))),
    "an act's time": lambda case: replace(case, acts=(case.acts[0], replace(case.acts[1], at=AT))),
    "an act's details": lambda case: replace(case, acts=(case.acts[0], replace(case.acts[1], details={}))),
    "a file's bytes": lambda case: replace(case, attachments=(file(sha256="9" * 64),)),
    "a signature": lambda case: replace(
        case, attachments=(replace(case.attachments[0], signed=True), case.attachments[1])
    ),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=list(CHANGES))
def test_the_hash_sees_every_change_of_what_is_said(change: Callable[[Case], Case]) -> None:
    assert content_hash(change(CASE)) != content_hash(CASE)


def test_the_content_hash_is_blind_to_the_zone_of_an_instant() -> None:
    there = datetime(2026, 11, 20, 8, 0, tzinfo=LOCAL_ZONE)
    told = Case(
        system="a", ref="1", origin=("a", "1"), acts=(Act(id="a:1", kind=ActKind.ACCEPTED, at=there),)
    )
    same = replace(told, acts=(replace(told.acts[0], at=there.astimezone(UTC)),))
    assert content_hash(told) == content_hash(same)


def test_a_stale_reading_changes_nothing_that_is_known() -> None:
    new = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
    known = replace(_whole("Tiêu đề mới"), changed_at=new)
    stale = replace(_whole("Tiêu đề cũ"), changed_at=new - timedelta(minutes=5))
    folded = absorb(known, stale)
    assert folded.header is not None
    assert folded.header.title == "Tiêu đề mới"
    assert folded.changed_at == new


def _whole(title: str) -> Case:
    header = Header(
        title=title,
        content="Nội dung",
        nature=Nature.CONDUCT,
        channel=Channel.WEB,
        sender_kind=SenderKind.CITIZEN,
        sender=Sender(),
        submitted_at=datetime(2026, 11, 18, tzinfo=UTC),
        agency="000.00.00.H56",
    )
    return Case(system="a", ref="1", origin=("a", "1"), header=header)
