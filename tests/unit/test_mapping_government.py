"""The shipped mapping of the Government Portal: records in, operations out (government-portal contract §8)."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

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
)
from connector.clock import LOCAL_ZONE
from connector.errors import Unmapped
from connector.mapping import Intent, IntentKind, Mapping, MappingSet
from connector.system import Operation, OutgoingFile, Record

ROOT = Path(__file__).parents[2] / "mappings"
KEY = UUID("5d0f7c1e-0000-4000-8000-000000000002")
CODE = "000.00.00.H56-261118-00057"


def at(day: int, hour: int = 8, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=LOCAL_ZONE)


@pytest.fixture(scope="module")
def mapping() -> Mapping:
    return MappingSet.load(ROOT).for_system("government_portal")


def record(kind: str, data: dict[str, Any]) -> Record:
    present = {key: value for key, value in data.items() if value is not None}
    return Record(system="government_portal", ref="5001", kind=kind, data=present, raw=b"<a/>", version="1")


def envelope(**changes: Any) -> Record:
    data: dict[str, Any] = {
        "PortalCaseId": "5001",
        "Channel": "DOANHNGHIEP",
        "SubmitterType": "BUSINESS",
        "Submitter": {
            "FullName": "Nguyễn Văn Mẫu",
            "OrgName": "Công ty Ví Dụ",
            "TaxCode": "0100000000",
            "Address": "Thôn Mẫu, xã Mẫu",
            "Phone": "0900000000",
            "Email": "mau@example.com",
            "Anonymous": False,
        },
        "Title": "Đề nghị bãi bỏ một giấy tờ",
        "Content": "Doanh nghiệp phải nộp hai bản cùng nội dung.",
        "CaseKind": "POLICY_PROCEDURE",
        "FieldCode": "TTHC",
        "Location": {"Address": "xã Mẫu", "Latitude": "19.80", "Longitude": "105.77"},
        "SubmittedAt": at(15, 20, 30),
        "AssignedAt": at(16, 9, 15),
        "ReceivingOrgan": "000.00.00.H56",
        "DueAt": at(30),
        "Private": False,
        "Attachments": [
            {
                "AttachmentId": "F-1",
                "Role": "QUESTION",
                "FileName": "don.pdf",
                "ContentType": "application/pdf",
                "Size": 3,
                "Sha256": "ab" * 32,
                "Signed": True,
            }
        ],
    }
    data.update(changes)
    return record("case", data)


def event(kind: str, **more: Any) -> Record:
    data = {"Type": kind, "CaseRef": {"PortalCaseId": "5001"}, "OccurredAt": at(20), "ItemId": "77", **more}
    return record("event", data)


def history(*rows: dict[str, Any], **changes: Any) -> Record:
    data = {
        "PortalCaseId": "5001",
        "AgencyCaseId": CODE,
        "CurrentStatus": {"Status": "ASSIGNED", "ActorOrganId": "000.00.00.G22", "ChangedAt": at(16)},
        "History": list(rows),
        **changes,
    }
    return record("history", data)


def change(status: str, when: datetime, **more: Any) -> dict[str, Any]:
    return {"Status": status, "ActorOrganId": "000.00.00.H56", "OccurredAt": when, **more}


# ---- reading ------------------------------------------------------------------------------------------------


def test_an_envelope_is_read_whole(mapping: Mapping) -> None:
    case = mapping.read(envelope())
    header = case.header
    assert header is not None
    assert (case.ref, case.origin, case.code) == ("5001", ("government_portal", "5001"), None)
    assert case.due_at == at(30)
    assert (header.nature, header.channel, header.sender_kind) == (
        Nature.REGULATION,
        Channel.GOVERNMENT_PORTAL_BUSINESS,
        SenderKind.ENTERPRISE,
    )
    assert header.field == "thu_tuc_hanh_chinh"
    assert header.place == Place(text="xã Mẫu", latitude="19.80", longitude="105.77")
    assert header.sender.anonymous is False
    assert [(act.id, act.kind) for act in case.acts] == [
        ("government_portal:5001.submitted@2026-11-15T13:30:00Z", ActKind.SUBMITTED),
        ("government_portal:5001.forwarded@2026-11-16T02:15:00Z", ActKind.FORWARDED),
    ]
    assert case.status is Status.ASSIGNED
    (file,) = case.attachments
    assert (file.id, file.role, file.signed, file.locator) == (
        "government_portal:F-1",
        "question",
        True,
        "F-1",
    )


def test_identity_and_tax_numbers_are_not_collected(mapping: Mapping) -> None:
    """Quy chế Đ7.2: nothing beyond what the rule asks for; the evidence keeps the bytes."""
    assert "0100000000" not in repr(mapping.read(envelope()))


def test_a_case_straight_to_the_agency_has_no_forwarding(mapping: Mapping) -> None:
    case = mapping.read(envelope(AssignedAt=None))
    assert [act.kind for act in case.acts] == [ActKind.SUBMITTED]


def test_a_case_that_we_filed_is_recognised(mapping: Mapping) -> None:
    case = mapping.read(envelope(Channel="AGENCY", AgencyCaseId=CODE))
    assert (case.origin, case.code) == (("register", CODE), CODE)


@pytest.mark.parametrize(
    ("flag", "privacy"), [(True, Privacy.PRIVATE), (False, Privacy.OPEN), (None, Privacy.OPEN)]
)
def test_private_is_read_from_its_flag(mapping: Mapping, flag: bool | None, privacy: Privacy) -> None:
    header = mapping.read(envelope(Private=flag)).header
    assert header is not None
    assert header.privacy is privacy


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("SUPPLEMENT_RECEIVED", ActKind.SUPPLEMENTED),
        ("REWORK_REQUESTED", ActKind.RETURNED_FOR_REWORK),
        ("RECALLED", ActKind.RECALLED),
        ("PUBLISHED", ActKind.PUBLISHED),
        ("UNPUBLISHED", ActKind.UNPUBLISHED),
        ("RATED", ActKind.RATED),
        ("REMINDED", ActKind.REMINDED),
        ("DUE_CHANGED", ActKind.DUE_CHANGED),
    ],
)
def test_each_event_is_an_act_of_a_fragment(mapping: Mapping, kind: str, expected: ActKind) -> None:
    case = mapping.read(event(kind))
    assert case.header is None
    assert [(act.id, act.kind) for act in case.acts] == [
        (f"government_portal:5001.{expected.value}@2026-11-20T01:00:00Z", expected)
    ]


def test_event_details_belong_to_their_kind(mapping: Mapping) -> None:
    rated = mapping.read(event("RATED", Like=False, Comment="Chậm")).acts[0]
    assert (rated.text, dict(rated.details)) == ("Chậm", {"like": "0", "comment": "Chậm"})
    due = mapping.read(event("DUE_CHANGED", NewDueAt=at(28)))
    assert due.due_at == at(28)
    assert dict(due.acts[0].details) == {"due_at": "2026-11-28T08:00:00+07:00"}
    assert dict(mapping.read(event("RECALLED", Text="Gửi nhầm")).acts[0].details) == {"item_id": "77"}


def test_a_supplement_brings_its_files(mapping: Mapping) -> None:
    file = {"AttachmentId": "F-9", "Role": "EVIDENCE", "FileName": "anh.jpg", "ContentType": "image/jpeg"}
    case = mapping.read(event("SUPPLEMENT_RECEIVED", Text="Bổ sung", Attachments=[file]))
    assert case.acts[0].attachments == ("government_portal:F-9",)
    assert case.attachments[0].id == "government_portal:F-9"


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (change("NEW", at(20)), ActKind.SUBMITTED),
        (change("ASSIGNED", at(20)), ActKind.FORWARDED),
        (change("ACCEPTED", at(20)), ActKind.ACCEPTED),
        (change("UNIT_ASSIGNED", at(20)), ActKind.ASSIGNED),
        (change("IN_PROGRESS", at(20)), ActKind.PROGRESS),
        (change("SUPPLEMENT_REQUESTED", at(20)), ActKind.SUPPLEMENT_REQUESTED),
        (change("ANSWERED", at(20)), ActKind.ANSWERED),
        (change("REFUSED", at(20)), ActKind.REFUSED),
        (change("RETURNED_VPCP", at(20)), ActKind.RETURNED),
        (change("TRANSFERRED", at(20)), ActKind.TRANSFERRED),
        (change("CLOSED", at(20)), ActKind.CLOSED),
        (change("IN_PROGRESS", at(20), Extra={"Visibility": "PRIVATE"}), ActKind.MADE_PRIVATE),
        (change("REWORK", at(20), Extra={"Visibility": "PRIVATE"}), ActKind.MADE_PRIVATE),
        (change("IN_PROGRESS", at(20), Extra={"RecallAnswer": "refused"}), ActKind.RECALL_REFUSED),
        (change("REWORK", at(20), Extra={"RecallAnswer": "refused"}), ActKind.RECALL_REFUSED),
    ],
)
def test_each_history_row_is_an_act(mapping: Mapping, row: dict[str, Any], expected: ActKind) -> None:
    assert [act.kind for act in mapping.read(history(row)).acts] == [expected]


@pytest.mark.parametrize(
    "row",
    [
        change("SUPPLEMENTED", at(20)),
        change("REWORK", at(20)),
        change("PUBLISHED", at(20)),
        change("RECALLED", at(20)),
        change("IN_PROGRESS", at(20), Extra={"Event": "REMINDED"}),
        change("IN_PROGRESS", at(20), Extra={"Event": "A_NEW_EVENT"}),
    ],
)
def test_what_the_portal_did_is_read_from_the_queue_and_not_from_the_history(
    mapping: Mapping, row: dict[str, Any]
) -> None:
    """A history row carries no files: read first, it would reach the register without them."""
    assert mapping.read(history(row)).acts == ()


def test_an_event_that_is_told_twice_is_one_act(mapping: Mapping) -> None:
    told = mapping.read(event("SUPPLEMENT_RECEIVED", Text="Bổ sung"))
    assert absorb(told, told) == told


def test_envelope_and_history_tell_the_same_first_acts(mapping: Mapping) -> None:
    rows = (change("NEW", at(15, 20, 30)), change("ASSIGNED", at(16, 9, 15)))
    whole = absorb(mapping.read(envelope()), mapping.read(history(*rows)))
    assert [act.kind for act in whole.acts] == [ActKind.SUBMITTED, ActKind.FORWARDED]
    assert whole.header is not None
    assert whole.code == CODE


def test_our_own_row_is_told_by_the_echo_of_our_message(mapping: Mapping) -> None:
    row = change("ACCEPTED", at(17), Extra={"MessageId": str(KEY), "Staff": "cb-mau-01"})
    act = mapping.read(history(row)).acts[0]
    assert (act.echo, act.officer) == (str(KEY), "cb-mau-01")


def test_two_acts_of_one_kind_and_second_stay_two(mapping: Mapping) -> None:
    """Ids are built to the second; a second report in the same second gets a number, a plain repeat does not."""
    first, second = (change("IN_PROGRESS", at(17), Note=text) for text in ("một", "hai"))
    acts = mapping.read(history(first, second, first)).acts
    assert [act.id.rpartition("@")[2] for act in acts] == ["2026-11-17T01:00:00Z", "2026-11-17T01:00:00Z~2"]


@pytest.mark.parametrize(
    "broken",
    [
        envelope(Channel="FAX"),
        envelope(CaseKind="SITE"),
        envelope(ReceivingOrgan="000.00.98.H56"),
        envelope(FieldCode="XYZ"),
        envelope(SubmittedAt=datetime(2026, 11, 15)),  # noqa: DTZ001 - an instant without a zone is the point
        envelope(PortalCaseId="5002"),
        envelope(Title=None),
        event("EXPLODED"),
        history(change("FLYING", at(17))),
        history(CurrentStatus={"Status": "FLYING"}),
        history(change("ACCEPTED", at(17), ActorOrganId="000.00.98.H56")),
    ],
)
def test_what_is_unknown_or_impossible_is_quarantined(mapping: Mapping, broken: Record) -> None:
    with pytest.raises(Unmapped):
        mapping.read(broken)


def test_a_field_outside_the_four_keeps_the_case_and_leaves_the_field_to_a_person(mapping: Mapping) -> None:
    """Quy chế Đ5, R02: the list says so on purpose; it is no default for unknown codes."""
    header = mapping.read(envelope(FieldCode="DD")).header
    assert header is not None
    assert header.field is None


# ---- writing ------------------------------------------------------------------------------------------------


def local_case(**header: Any) -> Case:
    fields: dict[str, Any] = {
        "title": "Đề nghị bãi bỏ một giấy tờ",
        "content": "Phải nộp hai bản cùng nội dung.",
        "nature": Nature.REGULATION,
        "channel": Channel.WEB,
        "sender_kind": SenderKind.ENTERPRISE,
        "sender": Sender(),
        "submitted_at": at(16),
        "agency": "000.00.00.H56",
    }
    fields.update(header)
    return Case(system="register", ref="57", origin=("register", "57"), code=CODE, header=Header(**fields))


def act(kind: ActKind, text: str | None = None, **details: str) -> Act:
    return Act(
        id="register:981",
        kind=kind,
        at=at(17),
        agency="000.00.00.H56",
        officer="cb-mau-01",
        text=text,
        details=details,
    )


def append(mapping: Mapping, one: Act, case: Case | None = None, **intent: Any) -> Operation:
    return mapping.write(
        Intent(kind=IntentKind.APPEND, case=case or local_case(), ref="5001", act=one, **intent), KEY
    )


@pytest.mark.parametrize(
    ("one", "status", "more"),
    [
        (act(ActKind.ACCEPTED), "ACCEPTED", {}),
        (act(ActKind.ASSIGNED, unit="Phòng Mẫu"), "UNIT_ASSIGNED", {"Extra": {"Unit": "Phòng Mẫu"}}),
        (act(ActKind.PROGRESS, "Đã kiểm tra"), "IN_PROGRESS", {"Note": "Đã kiểm tra"}),
        (act(ActKind.LATE_NOTICE, "Chờ giám định"), "IN_PROGRESS", {"Reason": "Chờ giám định"}),
        (act(ActKind.SUPPLEMENT_REQUESTED, "Bổ sung"), "SUPPLEMENT_REQUESTED", {"Reason": "Bổ sung"}),
        (
            act(ActKind.REFUSED, "Ngoài phạm vi", reason_code="KHAC"),
            "REFUSED",
            {"Reason": "Ngoài phạm vi", "Extra": {"ReasonCode": "KHAC"}},
        ),
        (
            act(ActKind.LAPSED, "Hết hạn"),
            "REFUSED",
            {"Reason": "Hết hạn", "Extra": {"ReasonCode": "HET_HAN_BO_SUNG"}},
        ),
        (act(ActKind.CLOSED), "CLOSED", {}),
    ],
)
def test_status_changes(mapping: Mapping, one: Act, status: str, more: dict[str, Any]) -> None:
    operation = append(mapping, one)
    extra = {**more.pop("Extra", {}), "Staff": "cb-mau-01"}
    assert operation.key.operation == "UpdateCaseStatus"
    assert operation.fields == {
        "Status": status,
        "ActorOrganId": "000.00.00.H56",
        "OccurredAt": at(17),
        "Extra": extra,
        **more,
    }


@pytest.mark.parametrize("kind", [ActKind.REFUSED, ActKind.SUPPLEMENT_REQUESTED, ActKind.LATE_NOTICE])
def test_acts_that_need_a_reason_are_not_sent_without_one(mapping: Mapping, kind: ActKind) -> None:
    with pytest.raises(Unmapped, match="Reason"):
        append(mapping, act(kind, "  "))


@pytest.mark.parametrize(
    ("privacy", "publishable", "sent"),
    [(Privacy.OPEN, "1", True), (Privacy.OPEN, "0", False), (Privacy.PRIVATE, "1", False)],
)
def test_answers(mapping: Mapping, privacy: Privacy, publishable: str, sent: bool) -> None:
    one = act(
        ActKind.ANSWERED, "Đã bãi bỏ.", version="2", publishable=publishable, document_number="1/QĐ-MAU"
    )
    file = OutgoingFile(
        attachment=Attachment(id="register:12", role="answer", file_name="a.pdf"), content=b"abc"
    )
    intent = Intent(kind=IntentKind.APPEND, case=local_case(privacy=privacy), ref="5001", act=one)
    operation = mapping.write(intent, KEY, (file,))
    assert operation.key.operation == "SubmitAnswer"
    assert operation.key.natural == {"Version": "2"}
    assert operation.fields == {
        "Text": "Đã bãi bỏ.",
        "DocumentCode": "1/QĐ-MAU",
        "SignerName": "UBND tỉnh Thanh Hóa",
        "SignerPosition": "UBND tỉnh Thanh Hóa",
        "IssuedAt": at(17),
        "Publishable": sent,
        "Version": 2,
    }
    assert operation.files == (file,)


@pytest.mark.parametrize(
    ("one", "receiver"),
    [
        (act(ActKind.RETURNED, "Thẩm quyền trung ương"), "000.00.00.G22"),
        (act(ActKind.TRANSFERRED, "Thẩm quyền nơi khác", to_agency="000.00.00.H55"), "000.00.00.H55"),
    ],
)
def test_transfers(mapping: Mapping, one: Act, receiver: str) -> None:
    operation = append(mapping, one)
    assert operation.key.operation == "TransferCase"
    assert operation.fields == {"ToOrgan": receiver, "Reason": one.text}


@pytest.mark.parametrize(
    ("one", "result"),
    [
        (act(ActKind.RECALL_AGREED), {"Result": "done"}),
        (act(ActKind.RECALL_REFUSED, "Đã trả lời"), {"Result": "fail", "Reason": "Đã trả lời"}),
    ],
)
def test_a_persons_answer_to_a_recall_confirms_the_recalls_own_item(
    mapping: Mapping, one: Act, result: dict[str, str]
) -> None:
    older, newer = (
        Act(
            id=f"government_portal:5001.recalled@{day}",
            kind=ActKind.RECALLED,
            at=at(day),
            details={"item_id": str(day)},
        )
        for day in (12, 16)
    )
    case = replace(local_case(), acts=(older, newer, one))
    operation = append(mapping, one, case)
    assert operation.key.operation == "ConfirmReceived"
    assert operation.fields == {"ItemId": "16", **result}


def test_a_refused_recall_needs_its_reason_and_every_answer_its_item(mapping: Mapping) -> None:
    with pytest.raises(Unmapped) as caught:
        append(mapping, act(ActKind.RECALL_REFUSED))
    assert [problem.split(":")[0] for problem in caught.value.problems] == [
        "ConfirmReceived.ItemId",
        "ConfirmReceived.Reason",
    ]


def test_a_filed_case_leaves_the_four_mandatory_fields_empty_without_identity(mapping: Mapping) -> None:
    case = replace(local_case(field="moi_truong", place=Place(text="xã Mẫu")), due_at=at(30))
    operation = mapping.write(Intent(kind=IntentKind.CREATE, case=case), KEY)
    assert operation.key.operation == "SubmitCase"
    assert operation.fields == {
        "AgencyCaseId": CODE,
        "Channel": "AGENCY",
        "SubmitterType": "BUSINESS",
        "Submitter": {"FullName": "", "Address": "", "Phone": "", "Email": "", "Anonymous": True},
        "Title": "Đề nghị bãi bỏ một giấy tờ",
        "Content": "Phải nộp hai bản cùng nội dung.",
        "CaseKind": "POLICY_PROCEDURE",
        "FieldCode": "MT",
        "Location": {"Address": "xã Mẫu"},
        "SubmittedAt": at(16),
        "ReceivingOrgan": "000.00.00.H56",
        "DueAt": at(30),
        "Private": False,
    }


def test_site_reports_have_no_kind_there(mapping: Mapping) -> None:
    with pytest.raises(Unmapped, match="CaseKind"):
        mapping.write(Intent(kind=IntentKind.CREATE, case=local_case(nature=Nature.SITE)), KEY)


def test_tightening_repeats_the_current_status(mapping: Mapping) -> None:
    acts = (act(ActKind.ACCEPTED), replace(act(ActKind.MADE_PRIVATE), id="register:982", at=at(18)))
    intent = Intent(kind=IntentKind.TIGHTEN, case=replace(local_case(), acts=acts), ref="5001")
    operation = mapping.write(intent, KEY)
    assert operation.fields == {
        "Status": "ACCEPTED",
        "ActorOrganId": "000.00.00.H56",
        "OccurredAt": at(18),
        "Extra": {"Visibility": "PRIVATE"},
    }


def test_there_is_no_operation_that_changes_a_filed_case(mapping: Mapping) -> None:
    with pytest.raises(Unmapped, match="update"):
        mapping.write(Intent(kind=IntentKind.UPDATE, case=local_case(), ref="5001"), KEY)


def test_every_accepted_act_renders(mapping: Mapping) -> None:
    recalled = Act(id="government_portal:x", kind=ActKind.RECALLED, at=at(16), details={"item_id": "1"})
    case = replace(local_case(), acts=(recalled,))
    for kind in mapping.accepts:
        operation = append(mapping, act(kind, "Nội dung", to_agency="000.00.00.H99"), case)
        assert operation.key.operation in mapping.operations


def test_outgoing_time_is_never_older_than_what_the_portal_knows(mapping: Mapping) -> None:
    newer = datetime(2026, 11, 19, 1, 2, 3, tzinfo=UTC)
    assert append(mapping, act(ActKind.ACCEPTED), not_before=newer).fields["OccurredAt"] == newer
