"""The tripwire on markings of state secrecy: what trips it, what does not (R25, rules §5.3)."""

import re
import unicodedata
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.case import Act, ActKind, Attachment, Case, Channel, Header, Nature, Place, Sender, SenderKind
from connector.rules.secrecy import Level, Marking, markings, of_case

MARKED = [
    ("MẬT", "MAT"),
    ("Mật", "MAT"),
    ("MẬT\nUBND TỈNH THANH HÓA", "MAT"),
    ("UBND TỈNH THANH HÓA\n   *** TỐI MẬT ***\nBáo cáo", "TOI_MAT"),
    ("UBND TỈNH MẪU    MẬT    CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "MAT"),
    ("Độ mật: Mật", "MAT"),
    ("Độ mật : mật", "MAT"),
    ("độ mật: tuyệt mật", "TUYET_MAT"),
    ("Độ mật:\nTối mật", "TOI_MAT"),
    ("Mức độ mật – Tối mật", "TOI_MAT"),
    ("Độ mật | Mật | Số bản: 02", "MAT"),
    ("Báo cáo số 12 (MẬT)", "MAT"),
    ("Báo cáo số 12 [Mật]", "MAT"),
    ("Danh sách (tối mật)", "TOI_MAT"),
    ("BÁO CÁO TÌNH HÌNH - MẬT", "MAT"),
    ("MẬT – BÁO CÁO TÌNH HÌNH", "MAT"),
    ("BÁO CÁO TUYỆT MẬT VỀ TÌNH HÌNH", "TUYET_MAT"),
    ("TÀI LIỆU MẬT", "MAT"),
    ("Tôi gửi kèm tài liệu Mật của xã", "MAT"),
    ("kèm văn bản tuyệt mật", "TUYET_MAT"),
    ("văn bản tối mật số 3", "TOI_MAT"),
    ("công văn có đóng dấu mật", "MAT"),
    ('công văn đóng dấu "MẬT"', "MAT"),
    ("Kính gửi MẬT theo công văn số 12", "MAT"),
    ("Công văn MẬT số 12", "MAT"),
    ("M Ậ T", "MAT"),
    ("T Ố I   M Ậ T", "TOI_MAT"),
    ("T.U.Y.Ệ.T M.Ậ.T", "TUYET_MAT"),
    ("M\u200bẬ\u200dT", "MAT"),
    ("Báo cáo (M\u00adẬT)", "MAT"),
    ("ＭẬＴ", "MAT"),
    ("\u041cẬ\u0422", "MAT"),  # Cyrillic М and Т
    ("trang 1\x0cMẬT\x0ctrang 2", "MAT"),
    ("● MẬT ● BÁO CÁO", "MAT"),
    ("Sở Mẫu tại Hà Nội MẬT số 3", "MAT"),
    ("<b>MẬT</b>", "MAT"),
    ("TUYỆT\r\nMẬT", "TUYET_MAT"),
    ("TUYET MAT", "TUYET_MAT"),
    ("Bao cao TUYET MAT ve tinh hinh", "TUYET_MAT"),
    ("Do mat: Mat", "MAT"),
    ("Do mat: toi mat", "TOI_MAT"),
    ("Bao cao (MAT)", "MAT"),
    ("TOI MAT\nBao cao", "TOI_MAT"),
    ("TAI LIEU MAT", "MAT"),
]  # fmt: skip

UNMARKED = [
    "",
    "Đề nghị giữ bí mật số điện thoại của tôi",
    "giữ tuyệt mật danh tính giúp tôi",
    "Mật ong giả bán ở chợ",
    "mật độ giao thông quá lớn",
    "MẬT ĐỘ XE QUÁ LỚN",
    "MẬT ĐỘ",
    "BÍ MẬT ĐỜI TƯ",
    "BÍ MẬT",
    "Xin giữ BÍ MẬT giúp tôi",
    "quên mật khẩu tài khoản",
    "Mật khẩu: 123",
    "yêu cầu BẢO MẬT thông tin",
    "bảo mật",
    "cỏ mọc rậm rạp mật",
    "cây rậm mật, che khuất tầm nhìn",
    "đây không phải tài liệu mật",
    "Độ mật của văn bản do ai quyết định?",
    "bà Nguyễn Thị Mật ở xã Mẫu",
    "BÀ NGUYỄN THỊ MẬT Ở XÃ MẪU",
    "mật mía, mật ong, đường",
    "MẬT, ĐƯỜNG, SỮA TĂNG GIÁ",
    "Cơ mật viện xưa",
    "MẬT THƯ",
    "tôi mất xe máy",
    "TOI MAT XE MAY TAI CHO",
    "TOI BI MAT XE",
    "dau mat do ca xom",
    "DAU MAT DO",
    "do mat dien lien tuc",
    "Ly do mat: mat dien ca ngay",
    "HO SO MAT HET",
    "mat duong hu hong",
    "MAT DUONG HU HONG",
    "HAI MAT, MUI",
    "buổi tối mật độ xe cao",
    "A B C D E",
    "trăng mật",
    "Túi mật của tôi bị viêm",
]

FILES = [
    ("Bao_cao_TUYET_MAT.pdf", "TUYET_MAT"),
    ("bao-cao-tuyet-mat.pdf", "TUYET_MAT"),
    ("BaoCaoTuyetMat.docx", "TUYET_MAT"),
    ("Báo cáo TỐI MẬT.pdf", "TOI_MAT"),
    ("Bao_cao_TOI_MAT.pdf", "TOI_MAT"),
    ("tối mật 12.pdf", "TOI_MAT"),
    ("TOI_MAT-anh-hien-truong.pdf", "TOI_MAT"),
    ("MAT-bien-ban-lam-viec.pdf", "MAT"),
    ("MẬT - Biên bản.pdf", "MAT"),
    ("12-MAT.signed.pdf", "MAT"),
    ("12-MẬT.signed_1700000000000.pdf", "MAT"),
    ("Mật.pdf", "MAT"),
    ("MAT.pdf", "MAT"),
    ("cong-van-mat.pdf", "MAT"),
    ("CV 12 (MẬT).pdf", "MAT"),
    ("BaoCaoMat.pdf", "MAT"),
    ("12_mat_signed.pdf", "MAT"),
    ("tai_lieu_mật.pdf", "MAT"),
    ("M_A_T.pdf", "MAT"),
]

HARMLESS_FILES = [
    "a.pdf",
    "mat_duong_hong.jpg",
    "MAT_DUONG_HONG.JPG",
    "mat tien nha.jpg",
    "toi_mat_xe_may.jpg",
    "TOI_MAT_XE.jpg",
    "MAT_DUONG_HONG.jpg",
    "MAT duong hong.jpg",
    "Mat_nap_cong.jpg",
    "xe_bi_mat.jpg",
    "XE_BI_MAT.jpg",
    "bi-mat-doi-tu.pdf",
    "bảo mật.pdf",
    "mật ong.jpg",
    "mật độ xe.png",
    "MẬT ĐỘ XE.png",
    "mat-khau.txt",
    "dau_mat.jpg",
    "thông tin bí mật.pdf",
    "anh_hien_truong_01.jpg",
    "format.pdf",
    "tomat.jpg",
]


@pytest.mark.parametrize(("text", "level"), MARKED)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_R25_a_marking_trips(text: str, level: str, form: str) -> None:
    found = markings([("content", unicodedata.normalize(form, text))])
    assert [item.level for item in found] == [Level(level)]


@pytest.mark.parametrize("text", UNMARKED)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_R25_the_words_of_ordinary_speech_do_not_trip(text: str, form: str) -> None:
    assert markings([("content", unicodedata.normalize(form, text))]) == ()


@pytest.mark.parametrize(("name", "level"), FILES)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_R25_a_marking_in_a_file_name_trips(name: str, level: str, form: str) -> None:
    found = markings([("file/register:1", unicodedata.normalize(form, name))])
    assert [item.level for item in found] == [Level(level)]


@pytest.mark.parametrize("name", HARMLESS_FILES)
def test_R25_a_file_name_of_ordinary_words_does_not_trip(name: str) -> None:
    assert markings([("file/register:1", name)]) == ()


def test_R25_a_marking_tells_its_place_and_its_span_in_the_original() -> None:
    text = unicodedata.normalize("NFD", "Báo cáo số 12 (M\u200bẬT) của xã")
    (found,) = markings([("act/register:7", text)])
    start, end = found.span
    assert found == Marking(place="act/register:7", level=Level.MAT, span=(start, end))
    assert unicodedata.normalize("NFC", text[start:end].replace("\u200b", "")) == "MẬT"


def test_R25_several_markings_come_in_order() -> None:
    found = markings([("title", "Độ mật: Mật"), ("content", "TUYỆT MẬT\nxem bản (MẬT)")])
    assert [(item.place, item.level) for item in found] == [
        ("title", Level.MAT), ("content", Level.TUYET_MAT), ("content", Level.MAT),
    ]  # fmt: skip


ORDINARY = st.lists(
    st.sampled_from(
        re.findall(
            r"\w+", "xã phường rác giữ bí bảo ong khẩu nặng Sở Nguyễn Văn Mẫu 0900000000 xe MÁY mất mặt TÔI"
        )
    ),
    max_size=12,
).map(" ".join)


@given(
    before=ORDINARY,
    after=ORDINARY,
    level=st.sampled_from(["MẬT", "TỐI MẬT", "TUYỆT MẬT"]),
    where=st.integers(0, 8),
)
def test_R25_a_stamp_line_in_any_text_trips_and_the_text_alone_does_not(
    before: str, after: str, level: str, where: int
) -> None:
    """Wherever it stands, also with an invisible character inside and its marks typed apart."""
    assert markings([("content", f"{before}\n{after}")]) == ()
    hidden = unicodedata.normalize("NFD", level)
    hidden = hidden[:where] + "\u200b" + hidden[where:]
    text = f"{before}\n{hidden}\n{after}"
    (found,) = markings([("content", text)])
    start, end = found.span
    assert unicodedata.normalize("NFC", text[start:end].replace("\u200b", "")) == level


@given(st.text(max_size=60))
def test_R25_any_text_and_any_name_can_be_looked_at(text: str) -> None:
    for place in ("content", "file/x:1"):
        for found in markings([(place, text)]):
            assert 0 <= found.span[0] < found.span[1] <= len(text)


def _case() -> Case:
    at = datetime(2026, 11, 18, 8, tzinfo=UTC)
    header = Header(
        title="Mẫu", content="Nội dung mẫu", nature=Nature.SITE, channel=Channel.WEB, agency="000.00.00.H56",
        sender_kind=SenderKind.CITIZEN, sender=Sender(name="Nguyễn Văn Mẫu"), submitted_at=at,
        instruction="Độ mật: Mật", place=Place(text="xã Mẫu (MẬT)"),
    )  # fmt: skip
    act = Act(
        id="register:1", kind=ActKind.RESULT, at=at, text="TỐI MẬT", details={"document_number": "12 (MẬT)"}
    )
    file = Attachment(id="register:2", role="answer", file_name="12-MAT.signed.pdf")
    return Case(
        system="register", ref="1", origin=("register", "1"), header=header, acts=(act,), attachments=(file,)
    )


def test_R25_a_case_is_looked_at_in_header_acts_details_and_file_names() -> None:
    assert [item.place for item in of_case(_case())] == [
        "instruction", "place", "act/register:1", "act/register:1", "file/register:2",
    ]  # fmt: skip


def test_R25_a_fragment_without_header_is_looked_at_as_well() -> None:
    assert of_case(Case(system="register", ref="1", origin=("register", "1"))) == ()
