"""How the portal says no: numbers and words of the answer table (national-portal contract §10.7)."""

from typing import Any

SESSION = "Phiên làm việc không hợp lệ hoặc đã hết hạn"
LOGIN = "Sai tài khoản hoặc mật khẩu"
STATE = "Trạng thái hiện tại không cho phép thao tác"
NOT_OURS = "Đơn vị không có quyền xử lý PAKN này"
SENDER = "Mã đơn vị không khớp với tài khoản"
BUSY = "Hệ thống đang bận, vui lòng thử lại sau"
UNSAID = "Có lỗi xảy ra trong quá trình xử lý"
TOO_MANY = "Vượt quá số bản ghi cho phép (10)"
OWN_CODE = "Mã PAKN đơn vị không hợp lệ"
RECEIVER = "Mã đơn vị nhận không hợp lệ"
RECEIVER_GAVE_BACK = "Đơn vị nhận không hợp lệ: đã trả lại trước đó"
ANSWER_VERSION = "Lần trả lời không hợp lệ"

ABSENT_CODE = -3
FAILED_CODE = -1


class Refusal(Exception):
    """A business answer other than success.

    Attributes:
        code: ``error_code``.
        text: ``message``; ids, codes and field names only, never content.
        rows: ``result``, where the contract gives the current row along.
        kind: word for the journal.
    """

    def __init__(
        self,
        text: str,
        *,
        code: int = FAILED_CODE,
        rows: list[dict[str, Any]] | None = None,
        kind: str = "refused",
    ) -> None:
        super().__init__(text)
        self.text = text
        self.code = code
        self.rows = rows or []
        self.kind = kind


def missing(field: str) -> Refusal:
    """A required field is absent, null, empty or blank."""
    return Refusal(f"Thiếu trường bắt buộc: {field}")


def invalid(field: str, why: str = "") -> Refusal:
    """A field does not hold what the contract says; ``why`` is a hint without the value."""
    return Refusal(f"Giá trị không hợp lệ: {field}" + (f" ({why})" if why else ""))


def bad_file(file_id: str) -> Refusal:
    """A file is not fetchable, or is not what was announced."""
    return Refusal(f"Tệp đính kèm không hợp lệ: {file_id}")


def absent(case: object) -> Refusal:
    """No case with that id or code."""
    return Refusal(f"PAKN {case} không tồn tại", code=ABSENT_CODE)


def unsupported(service: str) -> Refusal:
    """Not a service of this portal."""
    return Refusal(f"Dịch vụ không được hỗ trợ: {service[:100]}")
