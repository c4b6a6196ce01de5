"""The shipped mapping of the register: its case JSON in, create / update / append out, without loss."""

import contextlib
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.case import (
    Act,
    ActKind,
    Attachment,
    Case,
    Channel,
    Header,
    Nature,
    Privacy,
    Sender,
    SenderKind,
)
from connector.clock import LOCAL_ZONE
from connector.errors import Unmapped
from connector.mapping import Intent, IntentKind, Mapping, MappingSet
from connector.system import OutgoingFile, Record

ROOT = Path(__file__).parents[2] / "mappings"
KEY = UUID("5d0f7c1e-0000-4000-8000-000000000003")
MAPPING = MappingSet.load(ROOT).for_system("register")


@pytest.fixture
def mapping() -> Mapping:
    return MAPPING


def case_json(**changes: Any) -> dict[str, Any]:
    data: dict[str, Any] = {
        "id": "57",
        "code": "000.00.00.H56-261118-00057",
        "state": "MOI",
        "group": None,
        "channel": "zalo",
        "origin_system": None,
        "origin_ref": None,
        "nature": "hanh_vi_cong_vu",
        "field": "thu_tuc_hanh_chinh",
        "field_name": None,
        "procedure": None,
        "title": "Chậm trả kết quả",
        "content": "Quá hẹn ba ngày vẫn chưa nhận được kết quả.",
        "sender": {
            "kind": "ca_nhan",
            "name": "Nguyễn Văn Mẫu",
            "organisation": None,
            "phone": "0900000000",
            "address": None,
            "email": None,
            "account": None,
            "anonymous": True,
        },
        "place": None,
        "private": False,
        "restricted": False,
        "agency": "000.00.00.H56",
        "unit": None,
        "instruction": None,
        "submitted_at": "2026-11-18T07:55:00+07:00",
        "received_at": "2026-11-18T08:00:00+07:00",
        "due_at": None,
        "public_code": None,
        "acts": [
            {
                "id": "register:981",
                "kind": "accepted",
                "at": "2026-11-18T09:00:00+07:00",
                "agency": "000.00.00.H56",
                "officer": "cb-mau-01",
                "text": None,
                "details": {"group": "4"},
                "attachments": [],
            }
        ],
        "attachments": [
            {
                "id": "register:12",
                "role": "question",
                "file_name": "a.pdf",
                "media_type": "application/pdf",
                "size": 3,
                "sha256": "ab" * 32,
                "signed": False,
            }
        ],
        "version": "123",
    }
    data.update(changes)
    return data


def read(mapping: Mapping, **changes: Any) -> Case:
    data = case_json(**changes)
    return mapping.read(Record(system="register", ref=data["id"], data=data, raw=b"{}", version="123"))


# ---- reading ------------------------------------------------------------------------------------------------


def test_a_local_case_is_read_whole(mapping: Mapping) -> None:
    case = read(mapping)
    assert case.origin == ("register", "57")
    assert case.code == "000.00.00.H56-261118-00057"
    header = case.header
    assert header is not None
    assert (header.nature, header.channel, header.privacy) == (Nature.CONDUCT, Channel.ZALO, Privacy.OPEN)
    assert header.submitted_at == datetime(2026, 11, 18, 0, 55, tzinfo=UTC)
    (act,) = case.acts
    assert (act.id, act.kind, act.officer, dict(act.details)) == (
        "register:981",
        ActKind.ACCEPTED,
        "cb-mau-01",
        {"group": "4"},
    )


def test_a_portal_born_case_keeps_its_origin(mapping: Mapping) -> None:
    case = read(mapping, origin_system="national_portal", origin_ref="900000123", channel="dvcqg")
    assert case.origin == ("national_portal", "900000123")


@pytest.mark.parametrize(
    ("private", "restricted", "privacy"),
    [
        (False, False, Privacy.OPEN),
        (True, False, Privacy.PRIVATE),
        (False, True, Privacy.RESTRICTED),
        (True, True, Privacy.RESTRICTED),
    ],
)
def test_privacy_is_the_stricter_of_both_marks(
    mapping: Mapping, private: bool, restricted: bool, privacy: Privacy
) -> None:
    header = read(mapping, private=private, restricted=restricted).header
    assert header is not None
    assert header.privacy is privacy


def test_every_act_kind_and_state_of_the_register_is_known(mapping: Mapping) -> None:
    assert {row.code for row in mapping.lists["acts"].rows} == {kind.value for kind in ActKind}
    rules = {"MOI", "CHO_BO_SUNG", "CHO_PHAN_CONG", "DANG_XU_LY", "CO_KET_QUA", "KHONG_TIEP_NHAN"}
    rules |= {"HET_HAN_BO_SUNG", "DA_CONG_KHAI", "DA_TRA_LOI_RIENG", "NGOAI_HE_THONG"}
    assert {row.code for row in mapping.lists["states"].rows} == rules


@pytest.mark.parametrize(
    "change",
    [
        {"state": "LA"},
        {"nature": "khac"},
        {"channel": "fax"},
        {"field": "giao_duc"},
        {"agency": "000.00.98.H56"},
        {"acts": [{"id": "register:1", "kind": "vanished", "at": "2026-11-18T09:00:00+07:00"}]},
        {"submitted_at": "2026-11-18T07:55:00"},
        {"title": ""},
        {"sender": None},
    ],
)
def test_what_is_unknown_or_missing_is_quarantined(mapping: Mapping, change: dict[str, Any]) -> None:
    with pytest.raises(Unmapped):
        read(mapping, **change)


# ---- writing ------------------------------------------------------------------------------------------------


def portal_case(**header: Any) -> Case:
    fields: dict[str, Any] = {
        "title": "Tiêu đề",
        "content": "Nội dung",
        "nature": Nature.CONDUCT,
        "channel": Channel.NATIONAL_PORTAL,
        "sender_kind": SenderKind.CITIZEN,
        "sender": Sender(name="Nguyễn Văn Mẫu", phone="0900000000"),
        "submitted_at": datetime(2026, 11, 15, 20, 30, tzinfo=LOCAL_ZONE),
        "agency": "000.00.00.H56",
    }
    fields.update(header)
    submitted = Act(
        id="national_portal:900000123.1",
        kind=ActKind.SUBMITTED,
        at=datetime(2026, 11, 15, 13, 30, tzinfo=UTC),
        agency="000.00.00.G22",
    )
    return Case(
        system="national_portal",
        ref="900000123",
        origin=("national_portal", "900000123"),
        public_code="PAKN-MAU-000123",
        header=Header(**fields),
        acts=(submitted,),
        attachments=(
            Attachment(id="national_portal:T-1", role="question", file_name="a.pdf", locator="/tep/1"),
        ),
    )


def test_a_portal_born_case_is_created_with_its_acts_and_files(mapping: Mapping) -> None:
    read_file = Attachment(
        id="national_portal:T-1", role="question", file_name="a.pdf", size=3, sha256="ab" * 32
    )
    files = (OutgoingFile(attachment=read_file, content=b"abc"),)
    operation = mapping.write(Intent(kind=IntentKind.CREATE, case=portal_case()), KEY, files)
    assert operation.key.operation == "create"
    assert operation.key.natural == {"origin_system": "national_portal", "origin_ref": "900000123"}
    assert operation.fields == {
        "origin_system": "national_portal",
        "origin_ref": "900000123",
        "channel": "dvcqg",
        "nature": "hanh_vi_cong_vu",
        "title": "Tiêu đề",
        "content": "Nội dung",
        "sender": {"kind": "ca_nhan", "name": "Nguyễn Văn Mẫu", "phone": "0900000000", "anonymous": True},
        "private": False,
        "agency": "000.00.00.H56",
        "submitted_at": "2026-11-15T20:30:00+07:00",
        "public_code": "PAKN-MAU-000123",
        "acts": [
            {
                "id": "national_portal:900000123.1",
                "kind": "submitted",
                "at": "2026-11-15T20:30:00+07:00",
                "agency": "000.00.00.G22",
                "details": {},
            }
        ],
    }
    assert operation.files == files


def test_a_foreign_act_is_appended_with_its_global_id_and_files(mapping: Mapping) -> None:
    act = Act(
        id="national_portal:900000123.7",
        kind=ActKind.SUPPLEMENTED,
        at=datetime(2026, 11, 20, 1, tzinfo=UTC),
        text="Bổ sung",
        attachments=("national_portal:T-1",),
    )
    operation = mapping.write(Intent(kind=IntentKind.APPEND, case=portal_case(), ref="57", act=act), KEY)
    assert (operation.key.operation, operation.key.ref) == ("append", "57")
    assert operation.key.natural == {"act": act.id}
    assert operation.fields["act"] == {
        "id": act.id,
        "kind": "supplemented",
        "at": "2026-11-20T08:00:00+07:00",
        "text": "Bổ sung",
        "details": {},
        "attachments": ["national_portal:T-1"],
    }


def test_the_register_takes_portal_events_and_no_decisions(mapping: Mapping) -> None:
    """R09: a sync event never decides; what a portal may add is exactly this."""
    assert mapping.accepts == {
        ActKind.SUPPLEMENTED,
        ActKind.RETURNED_FOR_REWORK,
        ActKind.RECALLED,
        ActKind.PUBLISHED,
        ActKind.UNPUBLISHED,
        ActKind.RATED,
        ActKind.REMINDED,
        ActKind.DUE_CHANGED,
    }


def test_an_update_carries_the_senders_side_only(mapping: Mapping) -> None:
    operation = mapping.write(Intent(kind=IntentKind.UPDATE, case=portal_case(), ref="57"), KEY)
    assert operation.key.operation == "update"
    assert set(operation.fields) == {"nature", "title", "content", "sender"}


@pytest.mark.parametrize("kind", [IntentKind.UPDATE, IntentKind.TIGHTEN])
def test_privacy_is_written_only_to_tighten(mapping: Mapping, kind: IntentKind) -> None:
    private = portal_case(privacy=Privacy.PRIVATE)
    assert mapping.write(Intent(kind=kind, case=private, ref="57"), KEY).fields["private"] is True


def test_every_channel_and_nature_can_be_written(mapping: Mapping) -> None:
    for channel in Channel:
        for nature in Nature:
            case = portal_case(channel=channel, nature=nature)
            assert mapping.write(Intent(kind=IntentKind.CREATE, case=case), KEY).fields["channel"]


# ---- round trip ---------------------------------------------------------------------------------------------

_TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc", "Cf")), min_size=1, max_size=40).filter(
    lambda text: bool(text.strip())
)
_MAYBE = st.none() | _TEXT
_AT = st.integers(0, 10**8).map(lambda s: datetime(2023, 1, 1, tzinfo=LOCAL_ZONE) + timedelta(seconds=s))
_AGENCY = st.sampled_from(sorted({item.canonical for item in MAPPING.agencies.agencies}))
_FILES = st.lists(
    st.fixed_dictionaries(
        {
            "id": st.integers(1, 999).map(lambda n: f"national_portal:T-{n}"),
            "role": st.sampled_from(["question", "answer", "evidence"]),
            "file_name": _TEXT.map(lambda text: f"{text.strip()}.pdf"),
            "media_type": st.just("application/pdf"),
            "size": st.integers(0, 10**9),
            "sha256": st.just("cd" * 32),
            "signed": st.booleans(),
        }
    ),
    max_size=3,
    unique_by=lambda item: item["id"],
)
_ACTS = st.lists(
    st.fixed_dictionaries(
        {
            "id": st.integers(1, 999).map(lambda n: f"national_portal:1.{n}"),
            "kind": st.sampled_from([kind.value for kind in ActKind]),
            "at": _AT.map(datetime.isoformat),
            "agency": st.none() | _AGENCY,
            "officer": _MAYBE,
            "text": _MAYBE,
            "details": st.dictionaries(st.sampled_from(["like", "due_at", "version"]), _TEXT, max_size=2),
            "attachments": st.just([]),
        }
    ),
    max_size=4,
    unique_by=lambda item: item["id"],
)
_CASES = st.fixed_dictionaries(
    {
        "channel": st.sampled_from([row.code for row in MAPPING.lists["channels"].rows]),
        "nature": st.sampled_from([row.code for row in MAPPING.lists["natures"].rows]),
        "field": st.none() | st.sampled_from([row.code for row in MAPPING.lists["fields"].rows]),
        "field_name": _MAYBE,
        "procedure": _MAYBE,
        "title": _TEXT,
        "content": _TEXT,
        "private": st.booleans(),
        "agency": _AGENCY,
        "instruction": _MAYBE,
        "submitted_at": _AT.map(datetime.isoformat),
        "due_at": st.none() | _AT.map(datetime.isoformat),
        "public_code": st.none() | st.just("PAKN-MAU-1"),
        "sender": st.fixed_dictionaries(
            {
                "kind": st.sampled_from([row.code for row in MAPPING.lists["sender_kinds"].rows]),
                **dict.fromkeys(("name", "organisation", "phone", "address", "email", "account"), _MAYBE),
                "anonymous": st.booleans(),
            }
        ),
        "place": st.none() | st.fixed_dictionaries({"text": _TEXT, "latitude": _MAYBE, "longitude": _MAYBE}),
        "acts": _ACTS,
        "attachments": _FILES,
        "origin_system": st.just("national_portal"),
        "origin_ref": st.just("1"),
    }
)


@settings(max_examples=100, deadline=None)
@given(_CASES)
def test_reading_and_creating_gives_the_same_case_back(data: dict[str, Any]) -> None:
    """Register JSON → Case → create → register JSON → Case: the second case is the first. Files travel beside it."""
    first = read(MAPPING, **data)
    files = tuple(OutgoingFile(attachment=item) for item in first.attachments)
    operation = MAPPING.write(Intent(kind=IntentKind.CREATE, case=first), KEY, files)
    created = {**operation.fields, "attachments": [asdict(item.attachment) for item in operation.files]}
    created |= {"id": "57", "code": first.code, "state": "MOI", "restricted": False, "version": "1"}
    second = MAPPING.read(Record(system="register", ref="57", data=created, raw=b"{}", version="1"))
    assert second == first
    assert MAPPING.write(Intent(kind=IntentKind.CREATE, case=second), KEY, files) == operation


@settings(max_examples=100, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
        max_leaves=6,
    ),
    st.sampled_from(sorted(case_json())),
)
def test_whatever_stands_in_a_field_either_reads_or_is_unmapped(value: object, name: str) -> None:
    """No other error ever: one broken record must not stop its neighbours."""
    data = case_json(**{name: value})
    with contextlib.suppress(Unmapped):
        case = MAPPING.read(Record(system="register", ref="57", data=data, raw=b"{}", version="1"))
        assert case.ref == "57"
