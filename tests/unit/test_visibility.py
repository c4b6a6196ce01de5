"""The table of who sees what, and what it promises (rules §3.4, R11, R12, R26, invariant 6)."""

from dataclasses import replace
from datetime import UTC, datetime

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
    to_json,
)
from connector.rules.visibility import (
    TABLE,
    Audience,
    Matter,
    area,
    matters,
    privacy_of,
    sees,
    shown,
)

AT = datetime(2026, 11, 18, 8, tzinfo=UTC)
SENDER = Sender(
    name="Nguyễn Văn Dấu",
    organisation="Hợp tác xã Dấu Mẫu",
    phone="0900000000",
    address="số 1 ngõ Dấu",
    email="dau@example.com",
    account="tai-khoan-dau",
    anonymous=False,
)
CONTACT = (SENDER.name, SENDER.organisation, SENDER.phone, SENDER.address, SENDER.email, SENDER.account)
POINT = ("19.807700", "105.776600")


def case(privacy: Privacy = Privacy.OPEN, *more: Act) -> Case:
    header = Header(
        title="tiêu đề của Nguyễn Văn Dấu", content="nội dung, gọi 0900 000 000 cho ông Lê Thử", nature=Nature.SITE,
        channel=Channel.WEB, sender_kind=SenderKind.CITIZEN, sender=SENDER, submitted_at=AT, agency="000.00.00.H56",
        privacy=privacy, instruction="chỉ dẫn nội bộ", field_name="lĩnh vực mẫu",
        place=Place(text="số 9 ngõ 5, phường Mẫu, tỉnh Thanh Hóa", latitude=POINT[0], longitude=POINT[1]),
    )  # fmt: skip
    acts = (
        Act(id="register:1", kind=ActKind.RECEIVED, at=AT, details={"agency": "000.00.00.H56", "receipt_sha256": "f" * 64}),
        Act(id="register:2", kind=ActKind.SUPPLEMENT_REQUESTED, at=AT, officer="cb-dau", text="lời yêu cầu bổ sung"),
        Act(id="register:3", kind=ActKind.NOTE, at=AT, officer="cb-dau", text="ghi chú nội bộ", details={"comment": "nhận xét"}),
        Act(
            id="register:4", kind=ActKind.ANSWERED, at=AT, officer="cb-dau", text="lời đáp, liên hệ 0900000000",
            details={"publishable": "1", "version": "1", "signer": "Người Ký Dấu", "reason": "lời riêng"},
            attachments=("register:9",),
        ),
    )  # fmt: skip
    files = (
        Attachment(id="register:8", role="question", file_name="anh-cua-nguoi-gui.jpg"),
        Attachment(id="register:9", role="answer", file_name="van-ban-tra-loi.pdf"),
    )
    return Case(
        system="register", ref="1", code="000.00.00.H56-261118-00001", origin=("register", "1"), header=header,
        acts=(*acts, *more), attachments=files,
    )  # fmt: skip


def told(audience: Audience, privacy: Privacy = Privacy.OPEN, *more: Act) -> str:
    return str(to_json(shown(case(privacy, *more), audience)))


WORDS = (
    "tiêu đề",
    "nội dung",
    "chỉ dẫn",
    "lời yêu cầu",
    "ghi chú",
    "nhận xét",
    "lời đáp",
    "lời riêng",
    "anh-cua",
    "van-ban",
)
OFFICER = ("cb-dau", "Người Ký Dấu")


def test_the_table_answers_for_every_matter_and_audience() -> None:
    assert set(TABLE) == set(Matter)
    assert all(set(row) == set(Audience) for row in TABLE.values())


@pytest.mark.parametrize("privacy", Privacy)
@pytest.mark.parametrize("audience", [Audience.LOG, Audience.EXPORT, Audience.PUBLIC])
def test_R11_public_export_and_log_never_tell_name_or_phone(audience: Audience, privacy: Privacy) -> None:
    text = told(audience, privacy)
    assert not [mark for mark in CONTACT if mark in text]
    assert "0900 000 000" not in text
    assert "f" * 64 not in text


def test_R11_a_coordinator_gets_no_contact_data() -> None:
    header = shown(case(), Audience.COORDINATOR).header
    assert header is not None
    assert header.sender == Sender()
    assert header.content == case().header.content  # type: ignore[union-attr]


@pytest.mark.parametrize("privacy", Privacy)
@pytest.mark.parametrize("audience", [Audience.LOG, Audience.EXPORT])
def test_logs_and_exports_never_hold_content(audience: Audience, privacy: Privacy) -> None:
    assert not [word for word in WORDS if word in told(audience, privacy)]


def test_logs_hold_ids_only() -> None:
    bare = shown(case(), Audience.LOG)
    assert bare == Case(system="register", ref="1", code=case().code, origin=("register", "1"))


def test_exports_name_the_account_of_the_officer() -> None:
    assert "cb-dau" in told(Audience.EXPORT)


def test_R26_the_public_sees_of_a_private_case_neither_content_nor_answer_but_its_progress() -> None:
    text = told(Audience.PUBLIC, Privacy.PRIVATE)
    assert not [word for word in (*WORDS, *CONTACT, *OFFICER, *POINT, "phường Mẫu") if word in text]
    assert [act.kind for act in shown(case(Privacy.PRIVATE), Audience.PUBLIC).acts] == [
        ActKind.RECEIVED, ActKind.SUPPLEMENT_REQUESTED, ActKind.ANSWERED,
    ]  # fmt: skip


def test_R12_a_case_made_private_by_an_act_is_private_at_once() -> None:
    made = Act(id="register:5", kind=ActKind.MADE_PRIVATE, at=AT)
    assert privacy_of(case(Privacy.OPEN, made)) is Privacy.PRIVATE
    assert "lời đáp" not in told(Audience.PUBLIC, Privacy.OPEN, made)


@pytest.mark.parametrize("audience", [Audience.PUBLIC, Audience.COORDINATOR, Audience.PEER, Audience.LOG])
def test_R25_of_a_restricted_case_nothing_is_left_but_its_ids(audience: Audience) -> None:
    bare = shown(case(Privacy.RESTRICTED), audience)
    assert bare == Case(system="register", ref="1", code=case().code, origin=("register", "1"))


def test_R25_the_sender_of_a_restricted_case_sees_its_progress_only() -> None:
    assert not [
        word for word in (*WORDS, *CONTACT, *OFFICER) if word in told(Audience.SENDER, Privacy.RESTRICTED)
    ]


def test_the_public_sees_open_cases_redacted_and_the_area_only() -> None:
    seen = shown(case(), Audience.PUBLIC)
    assert seen.header is not None
    assert seen.header.title == "tiêu đề của [người gửi]"
    assert seen.header.content == "nội dung, gọi [người gửi] cho ông [họ tên]"
    assert seen.header.place == Place(text="phường Mẫu, tỉnh Thanh Hóa")
    assert [item.id for item in seen.attachments] == ["register:9"]
    answered = seen.act("register:4")
    assert answered is not None
    assert answered.text == "lời đáp, liên hệ [người gửi]"
    text = str(to_json(seen))
    assert not [
        word for word in (*CONTACT, *OFFICER, *POINT, "lời yêu cầu", "lời riêng", "ngõ 5") if word in text
    ]


def test_R11_a_file_name_that_tells_the_sender_is_redacted() -> None:
    named = Attachment(id="register:9", role="answer", file_name="Tra_loi_Nguyen_Van_Dau_0900000000.pdf")
    seen = shown(replace(case(), attachments=(named,)), Audience.PUBLIC)
    assert [item.file_name for item in seen.attachments] == ["Tra_loi_[người gửi]_[người gửi].pdf"]


def test_the_sender_sees_own_data_but_no_officer() -> None:
    text = told(Audience.SENDER, Privacy.PRIVATE)
    assert "lời yêu cầu" in text
    assert "lời đáp" in text
    assert "0900000000" in text
    assert not [word for word in (*OFFICER, "ghi chú") if word in text]


@pytest.mark.parametrize("audience", [Audience.INTAKE, Audience.UNIT])
@pytest.mark.parametrize("privacy", Privacy)
def test_intake_and_unit_see_the_whole_case(audience: Audience, privacy: Privacy) -> None:
    assert shown(case(privacy), audience) == case(privacy)


def test_a_peer_gets_neither_notes_nor_the_proof_of_the_sender() -> None:
    text = told(Audience.PEER)
    assert "ghi chú" not in text
    assert "f" * 64 not in text
    assert "lời riêng" in text


@given(st.sampled_from(Audience), st.sampled_from(Matter), st.sampled_from(Privacy), st.sampled_from(Privacy))
def test_visibility_only_shrinks_as_privacy_tightens(
    audience: Audience, matter: Matter, one: Privacy, other: Privacy
) -> None:
    if sees(audience, matter, one.strictest(other)):
        assert sees(audience, matter, one)


@pytest.mark.parametrize("audience", Audience)
@pytest.mark.parametrize("privacy", Privacy)
def test_nobody_sees_what_intake_does_not(audience: Audience, privacy: Privacy) -> None:
    assert matters(audience, privacy) <= matters(Audience.INTAKE, privacy)


def _restriction(number: int, decision: str | None) -> Act:
    return Act(
        id=f"register:{number}",
        kind=ActKind.RESTRICTED,
        at=AT,
        details={"decision": decision} if decision else {},
    )


RELEASED = Act(id="register:7", kind=ActKind.NOTE, at=AT, details={"decision": "hold_released"})


@pytest.mark.parametrize(
    ("acts", "privacy"),
    [
        ((_restriction(6, "hold"),), Privacy.RESTRICTED),
        ((_restriction(6, "hold"), RELEASED), Privacy.OPEN),
        ((_restriction(6, "hold"), RELEASED, _restriction(8, "hold")), Privacy.RESTRICTED),
        ((_restriction(6, "off_system"), RELEASED), Privacy.RESTRICTED),
        ((_restriction(6, None), RELEASED), Privacy.RESTRICTED),
        ((_restriction(6, "hold"), replace(RELEASED, id="national_portal:7")), Privacy.RESTRICTED),
    ],
)
def test_R25_a_hold_ends_only_by_the_release_of_our_own_official(
    acts: tuple[Act, ...], privacy: Privacy
) -> None:
    assert privacy_of(case(Privacy.OPEN, *acts)) is privacy


def test_R04_that_a_case_was_once_held_for_a_suspicion_stays_inside() -> None:
    held = Act(
        id="register:5",
        kind=ActKind.RECEIVED,
        at=AT,
        details={"restricted": "1", "suspected": "to_cao", "group": "4"},
    )
    for audience in (Audience.PUBLIC, Audience.SENDER, Audience.PEER, Audience.COORDINATOR):
        seen = shown(case(Privacy.OPEN, held), audience).act("register:5")
        assert seen is not None
        assert seen.details == {"group": "4"}


def test_a_fragment_without_header_counts_as_restricted() -> None:
    assert privacy_of(replace(case(), header=None)) is Privacy.RESTRICTED


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("Số 12 Trần Phú, phường Mẫu, tỉnh Thanh Hóa", "phường Mẫu, tỉnh Thanh Hóa"),
        ("thôn 3 xã Mẫu gần chợ", "xã Mẫu"),
        ("Phường 1", "Phường 1"),
        ("trước cổng UBND xã", None),
        ("nhà ông Nguyễn Văn Mẫu", None),
        ("", None),
        (None, None),
    ],
)
def test_the_area_is_the_administrative_unit(text: str | None, units: str | None) -> None:
    assert area(text) == units
