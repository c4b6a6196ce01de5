"""The answer table, row by row (national-portal contract §10.7)."""

import unicodedata

import pytest

from adapters.national_portal.settings import NationalPortalSettings
from adapters.national_portal.verdict import Intent, Judge, Row, error_of, is_repeat, item_succeeded
from connector.errors import (
    Conflict,
    ConnectorError,
    ContractDrift,
    CredentialsRefused,
    InDoubt,
    NotOurs,
    Permanent,
    Transient,
)

judge = Judge(
    NationalPortalSettings(
        adapter_base="https://adapter.example", madonvi="000.00.00.H56", password="mat-khau-mau"
    )
)
READ, WRITE = Intent.READ, Intent.WRITE
STATE = "Trạng thái hiện tại không cho phép thao tác"


@pytest.mark.parametrize("message", ["Lấy danh sách thành công", "", "không thành công"])
def test_row_1_a_read_is_done_with_code_zero_alone(message: str):
    assert judge(READ, 0, message) is Row.READ_DONE


@pytest.mark.parametrize(
    "message",
    [
        "Tiếp nhận thành công",
        "Tiếp nhận THÀNH CÔNG",
        unicodedata.normalize("NFD", "Tiếp nhận thành công"),
        "thành  công",
    ],
)
def test_row_2_a_write_is_done_with_code_zero_and_the_word(message: str):
    assert judge(WRITE, 0, message) is Row.WRITE_DONE


@pytest.mark.parametrize(
    "message", ["", "OK", "Tiếp nhận không thành công", "Chưa thành công", "KHÔNG THÀNH CÔNG"]
)
def test_row_3_code_zero_without_the_word_or_with_a_word_of_failure_proves_nothing(message: str):
    assert judge(WRITE, 0, message) is Row.NOT_PROVEN


@pytest.mark.parametrize("code", [1, 3, -1])
def test_the_word_alone_is_no_success(code: int):
    assert judge(WRITE, code, "Tiếp nhận thành công") is Row.OTHER


def test_row_4_a_repeat_is_done():
    message = "Yêu cầu đã được ghi nhận trước đó, tiếp nhận thành công"
    assert judge(WRITE, 0, message, repeat=True) is Row.REPEAT


@pytest.mark.parametrize("intent", Intent)
def test_row_5_a_dead_session(intent: Intent):
    assert judge(intent, -1, "Phiên làm việc không hợp lệ hoặc đã hết hạn") is Row.SESSION


def test_row_6_a_refused_login():
    assert judge(READ, -1, "Sai tài khoản hoặc mật khẩu") is Row.LOGIN_REFUSED


@pytest.mark.parametrize("code", [3, -3, -1, 0])
def test_row_7_exists_under_any_code(code: int):
    assert judge(WRITE, code, "PAKN 000.00.00.H56-261118-00057 đã tồn tại") is Row.EXISTS


def test_an_update_that_tells_of_what_existed_is_a_success():
    assert judge(WRITE, 0, "PAKN đã tồn tại, cập nhật thành công") is Row.WRITE_DONE


@pytest.mark.parametrize("code", [-3, -1])
def test_row_8_absent(code: int):
    assert judge(WRITE, code, "PAKN 900000123 không tồn tại") is Row.ABSENT


def test_row_9_wrong_state():
    assert judge(WRITE, -1, STATE) is Row.WRONG_STATE


@pytest.mark.parametrize(
    "message", ["Đơn vị không có quyền xử lý PAKN này", "Mã đơn vị không khớp với tài khoản"]
)
def test_row_10_not_ours(message: str):
    assert judge(WRITE, -1, message) is Row.NOT_OURS


def test_row_11_unknown_service():
    assert judge(WRITE, -1, "Dịch vụ không được hỗ trợ: TiepNhanPAKN") is Row.UNKNOWN_SERVICE


@pytest.mark.parametrize(
    "message",
    [
        "Thiếu trường bắt buộc: LyDo",
        "Giá trị không hợp lệ: NgayXuLy",
        "Vượt quá số bản ghi cho phép (10)",
        "Tệp đính kèm không hợp lệ: A-42-1",
        "Lần trả lời không hợp lệ",
        "Mã PAKN đơn vị không hợp lệ",
        "Đơn vị nhận không hợp lệ: đã trả lại trước đó",
    ],
)
def test_row_12_a_bad_value(message: str):
    assert judge(WRITE, -1, message) is Row.INVALID


@pytest.mark.parametrize(
    ("code", "message"), [(-1, "Đồng bộ thành công 2/3 bản ghi"), (0, "Đồng bộ thành công 2/3 bản ghi")]
)
def test_row_13_partly_done_also_when_the_code_says_otherwise(code: int, message: str):
    assert judge(WRITE, code, message) is Row.PARTIAL


def test_a_full_count_is_a_success():
    assert judge(WRITE, 0, "Đồng bộ thành công 3/3 bản ghi") is Row.WRITE_DONE


def test_a_date_in_the_message_is_no_count():
    assert judge(WRITE, 0, "Ghi nhận ngày 02/11/2026 thành công") is Row.WRITE_DONE


def test_row_14_busy():
    assert judge(WRITE, -1, "Hệ thống đang bận, vui lòng thử lại sau") is Row.BUSY


@pytest.mark.parametrize("message", ["", "Lỗi hệ thống", "ORA-00001"])
def test_row_16_anything_else(message: str):
    assert judge(WRITE, -1, message) is Row.OTHER


def test_the_words_are_settings():
    settings = NationalPortalSettings(
        adapter_base="https://adapter.example",
        madonvi="000.00.00.H56",
        password="mat-khau-mau",
        success_words=("hoàn tất",),
        exists_words=("trùng mã",),
    )
    other = Judge(settings)
    assert other(WRITE, 0, "Đã HOÀN TẤT") is Row.WRITE_DONE
    assert other(WRITE, 0, "thành công") is Row.NOT_PROVEN
    assert other(WRITE, 3, "Trùng mã") is Row.EXISTS


@pytest.mark.parametrize(
    ("row", "intent", "kind"),
    [
        (Row.NOT_PROVEN, WRITE, InDoubt),
        (Row.SESSION, WRITE, CredentialsRefused),
        (Row.LOGIN_REFUSED, READ, CredentialsRefused),
        (Row.EXISTS, WRITE, Permanent),
        (Row.ABSENT, READ, Permanent),
        (Row.WRONG_STATE, WRITE, Conflict),
        (Row.NOT_OURS, READ, NotOurs),
        (Row.UNKNOWN_SERVICE, WRITE, ContractDrift),
        (Row.INVALID, WRITE, Permanent),
        (Row.PARTIAL, WRITE, InDoubt),
        (Row.BUSY, READ, Transient),
        (Row.BUSY, WRITE, Transient),
        (Row.GARBLED, READ, Transient),
        (Row.GARBLED, WRITE, InDoubt),
        (Row.OTHER, WRITE, InDoubt),
        (Row.OTHER, READ, Permanent),
    ],
)
def test_each_row_that_is_no_success_has_its_error(row: Row, intent: Intent, kind: type[ConnectorError]):
    error = error_of(row, intent, "tiep_nhan", code=-1)
    assert type(error) is kind
    assert error.detail["row"] == int(row)


def test_every_row_is_either_a_success_or_an_error():
    for row in set(Row) - {Row.READ_DONE, Row.WRITE_DONE, Row.REPEAT}:
        assert isinstance(error_of(row, WRITE, "tiep_nhan"), ConnectorError)


def test_an_error_names_the_field_and_never_the_message():
    error = error_of(Row.INVALID, WRITE, "tu_choi", code=-1, message="Thiếu trường bắt buộc: LyDo")
    assert error.detail["field"] == "LyDo"
    leaky = "Giá trị không hợp lệ: Nguyen Van Mau 0900000000"
    error = error_of(Row.INVALID, WRITE, "tu_choi", code=-1, message=leaky)
    shown = f"{error} {dict(error.detail)}"
    assert "Nguyen" not in shown
    assert "0900000000" not in shown
    assert "field" not in error.detail


@pytest.mark.parametrize(
    ("row", "said"), [({"KETQUA": "1"}, True), ({"KETQUA": 0}, False), ({}, None), ({"KETQUA": ""}, None)]
)
def test_a_row_says_whether_its_item_succeeded(row: dict[str, object], said: bool | None):
    assert item_succeeded(row) is said


def test_a_row_says_that_it_is_a_repeat():
    assert is_repeat({"TRUNGLAP": "1"})
    assert is_repeat({"TRUNGLAP": 1})
    assert not is_repeat({"TRUNGLAP": "0"})
    assert not is_repeat({})
