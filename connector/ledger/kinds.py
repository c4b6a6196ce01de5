"""What a ledger entry can tell. A kind, once released, keeps its name and meaning for ever."""

from collections.abc import Mapping
from enum import StrEnum

from connector.texts import Text


class EntryKind(StrEnum):
    """Kind of an entry; explained for officials in :data:`KIND_TEXTS`."""

    OBSERVED = "observed"
    LINKED = "linked"
    AGREED = "agreed"
    PLANNED = "planned"
    WITHHELD = "withheld"
    SENT = "sent"
    DONE = "done"
    DUPLICATE = "duplicate"
    WAITING = "waiting"
    IN_DOUBT = "in_doubt"
    FOUND = "found"
    ABSENT = "absent"
    DOUBT_DECIDED = "doubt_decided"
    CONFLICT = "conflict"
    QUARANTINED = "quarantined"
    DISMISSED = "dismissed"
    RETRIED = "retried"
    CANCELLED = "cancelled"
    PAUSED = "paused"
    RESUMED = "resumed"
    GUARD_STOPPED = "guard_stopped"
    SETTINGS_CHANGED = "settings_changed"
    MAPPING_CHANGED = "mapping_changed"
    MIGRATED = "migrated"
    SECRECY_CLEARED = "secrecy_cleared"
    OFF_SYSTEM = "off_system"
    ERASED = "erased"
    KEYS_ROTATED = "keys_rotated"
    PULL_MISSED = "pull_missed"
    PULL_RESUMED = "pull_resumed"
    STARTED = "started"
    STOPPED = "stopped"
    REPORTED = "reported"
    SHEET_PRINTED = "sheet_printed"
    SIGNED_IN = "signed_in"
    SIGN_IN_REFUSED = "sign_in_refused"
    SIGNED_OUT = "signed_out"
    SESSION_ENDED = "session_ended"
    ACCOUNT_CHANGED = "account_changed"
    SENDER_READ = "sender_read"
    LOG_VERIFIED = "log_verified"


KIND_TEXTS: Mapping[EntryKind, Text] = {
    EntryKind.OBSERVED: Text(
        "Đã đọc trạng thái mới của hồ sơ từ một hệ thống.", "A system told a new state of a case."
    ),
    EntryKind.LINKED: Text(
        "Đã ghép hồ sơ với bản tương ứng ở hệ thống khác.", "A case was tied to its twin in another system."
    ),
    EntryKind.AGREED: Text(
        "Hai bên đã khớp; mốc đối chiếu được cập nhật.", "Both sides agree; the baseline moved."
    ),
    EntryKind.PLANNED: Text(
        "Đã lập lệnh gửi kèm khóa chống trùng, chưa gửi.",
        "A write was planned with its idempotency key; not sent yet.",
    ),
    EntryKind.WITHHELD: Text(
        "Không gửi: quy định hoặc chính sách không cho phép.", "Not sent: law or policy forbids it."
    ),
    EntryKind.SENT: Text("Bắt đầu gửi sang hệ thống khác.", "A write is being sent to another system."),
    EntryKind.DONE: Text("Hệ thống kia đã nhận.", "The other system took the write."),
    EntryKind.DUPLICATE: Text(
        "Hệ thống kia đã nhận từ trước; lần gửi lại không có tác động.",
        "The other system had taken it before; the repeat had no effect.",
    ),
    EntryKind.WAITING: Text(
        "Chưa gửi được, chờ thử lại theo lịch.", "It could not be sent yet; it waits for its next attempt."
    ),
    EntryKind.IN_DOUBT: Text(
        "Đã gửi nhưng chưa rõ kết quả; phải tra cứu trước khi gửi lại.",
        "It was sent and the outcome is unknown; it is looked up before anything is sent again.",
    ),
    EntryKind.FOUND: Text(
        "Tra cứu thấy lần gửi trước đã có hiệu lực.", "The look-up shows that the earlier write took effect."
    ),
    EntryKind.ABSENT: Text(
        "Tra cứu thấy lần gửi trước không có hiệu lực; được phép gửi lại.",
        "The look-up shows that the earlier write had no effect; it may be sent again.",
    ),
    EntryKind.DOUBT_DECIDED: Text(
        "Người có thẩm quyền quyết định lần gửi chưa rõ kết quả đã có hiệu lực hay chưa; kèm căn cứ.",
        "An official decided whether a write of unknown outcome took effect; with the basis.",
    ),
    EntryKind.CONFLICT: Text(
        "Hai bên khác nhau và không tự quyết được; giữ cả hai giá trị.",
        "Both sides differ and no rule decides; both values are kept.",
    ),
    EntryKind.QUARANTINED: Text("Đưa vào danh sách chờ người xử lý.", "Put aside for a person to handle."),
    EntryKind.DISMISSED: Text(
        "Người có thẩm quyền bỏ qua mục chờ xử lý.", "A person dismissed a quarantined item."
    ),
    EntryKind.RETRIED: Text("Người có thẩm quyền cho thử lại.", "A person ordered another attempt."),
    EntryKind.CANCELLED: Text(
        "Hủy lệnh gửi; không gửi nữa.", "A planned write was cancelled and will not be sent."
    ),
    EntryKind.PAUSED: Text(
        "Tạm dừng một hệ thống, một luồng hoặc một hồ sơ.", "A system, flow or case was paused."
    ),
    EntryKind.RESUMED: Text(
        "Cho chạy lại một hệ thống, một luồng hoặc một hồ sơ.", "A system, flow or case was resumed."
    ),
    EntryKind.GUARD_STOPPED: Text(
        "Chốt an toàn đã dừng một luồng; kèm số liệu, chờ người kiểm tra.",
        "A guard stopped a flow; with the numbers, for a person to check.",
    ),
    EntryKind.SETTINGS_CHANGED: Text("Cấu hình đã thay đổi.", "The settings changed."),
    EntryKind.MAPPING_CHANGED: Text(
        "Bảng ánh xạ hoặc danh mục mã đã thay đổi.", "A mapping or code list changed."
    ),
    EntryKind.MIGRATED: Text(
        "Cơ sở dữ liệu chuyển sang phiên bản khác.", "The database moved to another version."
    ),
    EntryKind.SECRECY_CLEARED: Text(
        "Người có thẩm quyền xác định dấu hiệu không phải bí mật nhà nước.",
        "An official found that a marking is no state secret.",
    ),
    EntryKind.OFF_SYSTEM: Text(
        "Đưa hồ sơ ra ngoài hệ thống: dừng hẳn, hủy khóa, không còn nội dung.",
        "The case was taken off the system: stopped for good, its keys destroyed, no content left.",
    ),
    EntryKind.ERASED: Text(
        "Đã xóa dữ liệu bằng cách hủy khóa của hồ sơ.", "Data was erased by destroying the case's keys."
    ),
    EntryKind.KEYS_ROTATED: Text(
        "Đã bọc lại các khóa hồ sơ bằng khóa chủ mới.",
        "The case keys were wrapped anew by another master key.",
    ),
    EntryKind.PULL_MISSED: Text(
        "Không đọc được một hệ thống quá 24 giờ trong ngày làm việc (Quy chế Đ10).",
        "A system could not be read for 24 hours on a working day (art. 10).",
    ),
    EntryKind.PULL_RESUMED: Text(
        "Đọc lại được hệ thống; khoảng thời gian bị gián đoạn được ghi lại.",
        "The system can be read again; the time without readings is recorded.",
    ),
    EntryKind.STARTED: Text("Chương trình khởi động.", "The program started."),
    EntryKind.STOPPED: Text("Chương trình dừng có kiểm soát.", "The program stopped in good order."),
    EntryKind.REPORTED: Text(
        "Đã lập báo cáo hoặc xem hồ sơ của một con số; kèm mã kiểm tra số liệu.",
        "A report was counted, or the cases behind a number were read; with the digest of the numbers.",
    ),
    EntryKind.SHEET_PRINTED: Text(
        "Cán bộ đã in phiếu chuyển xử lý của hồ sơ.", "An official printed the hand-over sheet of a case."
    ),
    EntryKind.SIGNED_IN: Text(
        "Một tài khoản đã đăng nhập bảng điều hành.", "An account signed in to the console."
    ),
    EntryKind.SIGN_IN_REFUSED: Text(
        "Từ chối đăng nhập: sai mật khẩu, sai mã xác thực, bị khóa hoặc không có tài khoản.",
        "A sign-in was refused: wrong password or code, locked, or no such account.",
    ),
    EntryKind.SIGNED_OUT: Text("Một tài khoản đã đăng xuất.", "An account signed out."),
    EntryKind.SESSION_ENDED: Text(
        "Phiên đăng nhập bị kết thúc từ xa.", "Sessions of an account were ended by somebody."
    ),
    EntryKind.ACCOUNT_CHANGED: Text(
        "Tài khoản được tạo, khóa, mở khóa, đổi vai trò, mật khẩu hoặc mã xác thực.",
        "An account was made, locked, unlocked, or given another role, password or code.",
    ),
    EntryKind.SENDER_READ: Text(
        "Cán bộ đã xem người gửi và nội dung của hồ sơ, kèm mục đích.",
        "An official read the sender and the content of a case, for a stated purpose.",
    ),
    EntryKind.LOG_VERIFIED: Text(
        "Đã kiểm tra toàn bộ chuỗi nhật ký; kèm kết quả.",
        "The whole chain of the log was verified; with the outcome.",
    ),
}
"""Meaning of each kind as the log page and the manual show it."""
