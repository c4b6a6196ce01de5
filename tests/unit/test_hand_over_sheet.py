"""The hand-over sheet of Đ12.4 (R20): what stands on it, and for whom."""

import io
import re
import unicodedata
from dataclasses import replace
from datetime import datetime

import pytest
from pypdf import PdfReader

from connector.case import ActKind, Attachment, Channel, Privacy
from connector.errors import NotFoundError, PrivacyStop
from connector.reports.sheet import HandOver, hand_over, write_sheets
from connector.rules.clocks import clocks
from connector.rules.visibility import Audience
from tests.unit.report_kit import BOOK, MOI_TRUONG, VI_DU, Story, at, names

K = ActKind
NOW = at("2026-11-20 10:30")


def sheets(story: Story, audience: Audience = Audience.UNIT) -> tuple[HandOver, ...]:
    case = story.case()
    return hand_over(case, audience, clocks(case.acts, BOOK), names("2026-11-20"))


def printed(found: tuple[HandOver, ...], now: datetime = NOW) -> PdfReader:
    out = io.BytesIO()
    write_sheets(found, out, printed_at=now, officer="cb-mau-01")
    return PdfReader(out)


def words(paper: PdfReader) -> str:
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in paper.pages))


def handed(number: int = 1, **how: Privacy) -> Story:
    story = Story(number, **how)
    story.files = (Attachment(id="register:1", role="question", file_name="ảnh hiện trường.jpg"),)
    return story.received("2026-11-03").handed_over("2026-11-04")


def test_R20_the_sheet_holds_number_content_unit_and_deadline_with_its_basis() -> None:
    paper = printed(sheets(handed()))
    text = words(paper)
    for part in (
        "PHIẾU CHUYỂN XỬ LÝ PHẢN ÁNH, KIẾN NGHỊ",
        "Kính chuyển: Phòng Mẫu",
        "SỞ MẪU (HƯ CẤU)",
        handed().code,
        "Rác thải ứ đọng trước chợ Mẫu",
        "đề nghị thu gom",
        "Môi trường",
        "1. ảnh hiện trường.jpg",
        "18/11/2026",
        "Quy chế Điều 12 khoản 4",
        "TH-2020/1",
        "NGƯỜI GIAO",
        "cán bộ cb-mau-01",
    ):
        assert part in text, part
    assert len(paper.pages) == 1


def test_Q1_the_stricter_count_from_receipt_stands_beside_the_deadline() -> None:
    assert "Nếu tính từ khi tiếp nhận: 17/11/2026" in words(printed(sheets(handed())))


def test_an_undecided_swap_of_holidays_shows_both_days() -> None:
    story = Story(1).received("2026-11-19").handed_over("2026-11-19 10:00")
    (sheet,) = sheets(story)
    due = next(one.due for one in sheet.clocks if one.governs)
    assert due is not None
    if due.otherwise:
        assert f"{due.on:%d/%m/%Y} (hoặc {due.otherwise:%d/%m/%Y}" in words(printed((sheet,)))


def test_R20_name_and_phone_are_for_the_unit_alone() -> None:
    story = handed().add(K.COORDINATION_REQUESTED, "2026-11-09", to_agency=VI_DU)
    unit, coordinator = (words(printed(sheets(story, one))) for one in (Audience.UNIT, Audience.COORDINATOR))
    assert "Nguyễn Văn Mẫu, 0900000000" in unit
    for secret in ("Nguyễn", "0900000000"):
        assert secret not in coordinator
    assert "Giữ bí mật" in coordinator
    assert "Rác thải" in coordinator


def test_R23_each_coordinator_gets_a_sheet_with_its_own_day() -> None:
    story = (
        handed()
        .add(K.COORDINATION_REQUESTED, "2026-11-09", to_agency=VI_DU)
        .add(K.COORDINATION_REQUESTED, "2026-11-10", to_agency=MOI_TRUONG)
    )
    found = sheets(story, Audience.COORDINATOR)
    assert [one.receiver for one in found] == [
        "Sở Ví Dụ (hư cấu)",
        "Sở Nông nghiệp và Môi trường (mã hư cấu)",
    ]
    pages = [page.extract_text() for page in printed(found).pages]
    assert ["16/11/2026" in pages[0], "17/11/2026" in pages[1]] == [True, True]
    story.add(K.COORDINATION_ANSWERED, "2026-11-12", agency=VI_DU)
    assert [one.receiver for one in sheets(story, Audience.COORDINATOR)] == [
        "Sở Nông nghiệp và Môi trường (mã hư cấu)"
    ]


def test_R01_an_adopted_pack_gives_the_sheet_its_deadline_and_hands_over_nothing() -> None:
    story = Story(1, Channel.NATIONAL_PORTAL).received("2026-11-03").handed_over("2026-11-04")
    story.add(K.COORDINATION_REQUESTED, "2026-11-09", to_agency=VI_DU)
    story.add(K.COORDINATION_REQUESTED, "2026-11-09", to_agency=MOI_TRUONG)
    story.add(K.PACK_ADOPTED, "2026-11-10", rule_pack="TH-2020/1")
    (unit,) = sheets(story)
    assert (unit.receiver, unit.handed_at) == ("Phòng Mẫu", at("2026-11-04"))
    assert "18/11/2026" in words(printed((unit,)))
    found = sheets(story, Audience.COORDINATOR)
    assert [one.receiver for one in found] == [
        "Sở Ví Dụ (hư cấu)",
        "Sở Nông nghiệp và Môi trường (mã hư cấu)",
    ]
    assert ["16/11/2026" in page.extract_text() for page in printed(found).pages] == [True, True]


def test_a_private_case_says_so_on_its_sheet() -> None:
    assert "Người gửi yêu cầu giữ kín nội dung" in words(printed(sheets(handed(privacy=Privacy.PRIVATE))))


@pytest.mark.parametrize("audience", [Audience.UNIT, Audience.COORDINATOR])
def test_R25_no_sheet_of_a_restricted_case(audience: Audience) -> None:
    marked = handed(privacy=Privacy.RESTRICTED)
    held = handed().add(K.RESTRICTED, "2026-11-05", decision="hold")
    for story in (marked, held):
        with pytest.raises(PrivacyStop):
            sheets(story, audience)


@pytest.mark.parametrize("audience", [Audience.UNIT, Audience.COORDINATOR])
def test_a_case_that_nobody_has_in_hand_has_no_sheet(audience: Audience) -> None:
    done = handed().result("2026-11-10").answered("2026-11-11")
    for story in (Story(1).received("2026-11-03"), done):
        with pytest.raises(NotFoundError):
            sheets(story, audience)


def test_a_case_without_a_rule_pack_prints_that_the_basis_is_missing() -> None:
    story = Story(1, Channel.NATIONAL_PORTAL).received("2026-11-03").handed_over("2026-11-04")
    assert "Chưa có căn cứ tính hạn" in words(printed(sheets(story)))


def test_letters_typed_apart_print_as_one_and_invisible_signs_do_not_print() -> None:
    (sheet,) = sheets(handed())
    apart = unicodedata.normalize("NFD", "Đường ngập nặng ở phường Mẫu")
    text = words(printed((replace(sheet, content=f"{apart}\u202e\u200b, sửa gấp\x07"),)))
    assert "Đường ngập nặng ở phường Mẫu, sửa gấp" in text


def test_a_long_text_and_markup_print_as_they_were_written() -> None:
    (sheet,) = sheets(handed())
    line = "Đường <b>ngập</b> & hỏng < 3 tháng; đề nghị sửa.\n"
    paper = printed((replace(sheet, content=line * 200),))
    assert len(paper.pages) > 2
    assert words(paper).count("<b>ngập</b> & hỏng < 3 tháng") == 200
    assert paper.pages[1].extract_text().startswith("2")
