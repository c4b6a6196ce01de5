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
    MAPPING_LOADED = "mapping_loaded"
    MAPPING_REFUSED = "mapping_refused"
    MIGRATED = "migrated"
    SECRECY_CLEARED = "secrecy_cleared"
    OFF_SYSTEM = "off_system"
    ERASED = "erased"
    KEYS_ROTATED = "keys_rotated"
    PULL_MISSED = "pull_missed"
    PULL_RESUMED = "pull_resumed"
    STARTED = "started"
    STOPPED = "stopped"
    TAKEN_OVER = "taken_over"
    REPORTED = "reported"
    SHEET_PRINTED = "sheet_printed"
    SIGNED_IN = "signed_in"
    SIGN_IN_REFUSED = "sign_in_refused"
    SIGNED_OUT = "signed_out"
    SESSION_ENDED = "session_ended"
    ACCOUNT_CHANGED = "account_changed"
    TOKEN_CREATED = "token_created"  # noqa: S105  # a name
    TOKEN_REVOKED = "token_revoked"  # noqa: S105  # a name
    TOKEN_REFUSED = "token_refused"  # noqa: S105  # a name
    SENDER_READ = "sender_read"
    LOG_VERIFIED = "log_verified"
    LOG_KEY_IN_USE = "log_key_in_use"
    SEAL_REFUSED = "seal_refused"
    LOG_EXPORTED = "log_exported"
    EVIDENCE_EXPORTED = "evidence_exported"
    CONTRACT_RECORDED = "contract_recorded"
    CONTRACT_DRIFTED = "contract_drifted"
    CONTRACT_RESTORED = "contract_restored"
    CONTRACT_APPROVED = "contract_approved"
    PURGED = "purged"
    RESYNC_PLANNED = "resync_planned"
    RESYNC_APPROVED = "resync_approved"
    RESYNC_MOVED = "resync_moved"
    RESYNCED = "resynced"
    RESYNC_HELD = "resync_held"
    RECONCILED = "reconciled"
    FINDING_OPENED = "finding_opened"
    FINDING_REOPENED = "finding_reopened"
    FINDING_CHANGED = "finding_changed"
    FINDING_CLOSED = "finding_closed"
    FINDING_ACKNOWLEDGED = "finding_acknowledged"
    ACKNOWLEDGEMENT_ENDED = "acknowledgement_ended"
    RESTORED = "restored"
    CAUGHT_UP = "caught_up"
    ALERT_RAISED = "alert_raised"
    ALERT_ENDED = "alert_ended"
    ALERT_ACKNOWLEDGED = "alert_acknowledged"
    ALERT_SNOOZED = "alert_snoozed"
    ALERT_TOLD = "alert_told"
    ALERT_UNDELIVERED = "alert_undelivered"
    INCIDENT_COUNTED = "incident_counted"


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
    EntryKind.MAPPING_LOADED: Text(
        "Một phiên bản bảng ánh xạ bắt đầu có hiệu lực; toàn văn được lưu, kèm mã kiểm tra.",
        "A version of the mappings came into force; its text is kept, with the digest.",
    ),
    EntryKind.MAPPING_REFUSED: Text(
        "Tệp ánh xạ đã sửa chưa có hiệu lực: có lỗi, hoặc chờ khởi động lại; bản trước vẫn dùng.",
        "Changed mapping files are not in force: they have errors, or wait for a restart; the version before stays.",
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
    EntryKind.TAKEN_OVER: Text(
        "Một tiến trình im lặng quá lâu; tiến trình khác nhận các làn việc của nó.",
        "A process was silent for too long; another one took its lanes over.",
    ),
    EntryKind.REPORTED: Text(
        "Đã lập báo cáo hoặc xem hồ sơ của một con số; kèm mã kiểm tra số liệu.",
        "A report was counted, or the cases behind a number were read; with the digest of the numbers.",
    ),
    EntryKind.SHEET_PRINTED: Text(
        "Cán bộ đã in phiếu chuyển xử lý của hồ sơ.", "An official printed the hand-over sheet of a case."
    ),
    EntryKind.SIGNED_IN: Text(
        "Một tài khoản đã đăng nhập bảng điều hành; kèm cách đăng nhập.",
        "An account signed in to the console; with the way it came in.",
    ),
    EntryKind.SIGN_IN_REFUSED: Text(
        "Từ chối đăng nhập, bằng mật khẩu hoặc đăng nhập một lần; kèm lý do.",
        "A sign-in was refused, by password or by single sign-on; with the reason.",
    ),
    EntryKind.SIGNED_OUT: Text("Một tài khoản đã đăng xuất.", "An account signed out."),
    EntryKind.SESSION_ENDED: Text(
        "Phiên đăng nhập bị kết thúc từ xa.", "Sessions of an account were ended by somebody."
    ),
    EntryKind.ACCOUNT_CHANGED: Text(
        "Tài khoản được tạo, khóa, mở khóa, gắn với đăng nhập một lần, đổi vai trò, mật khẩu hoặc mã xác thực.",
        "An account was made, locked, unlocked, tied to single sign-on, or given another role, password or code.",
    ),
    EntryKind.TOKEN_CREATED: Text(
        "Tạo mã truy cập cho chương trình; kèm phạm vi và thời hạn.",
        "A token for a program was made; with its scopes and its life.",
    ),
    EntryKind.TOKEN_REVOKED: Text(
        "Mã truy cập bị thu hồi, hoặc kết thúc cùng tài khoản.",
        "A token was revoked, or ended with its account.",
    ),
    EntryKind.TOKEN_REFUSED: Text(
        "Từ chối mã truy cập: không có, hết hạn, đã thu hồi hoặc tài khoản bị khóa.",
        "A token was refused: unknown, over, revoked, or its account is locked.",
    ),
    EntryKind.SENDER_READ: Text(
        "Cán bộ đã xem người gửi và nội dung của hồ sơ, kèm mục đích.",
        "An official read the sender and the content of a case, for a stated purpose.",
    ),
    EntryKind.LOG_VERIFIED: Text(
        "Đã kiểm tra toàn bộ chuỗi nhật ký; kèm kết quả.",
        "The whole chain of the log was verified; with the outcome.",
    ),
    EntryKind.LOG_KEY_IN_USE: Text(
        "Khóa ký mới của nhật ký bắt đầu có hiệu lực; khóa trước hết hiệu lực.",
        "A new key signs the log from now on; the key before it counts no longer.",
    ),
    EntryKind.SEAL_REFUSED: Text(
        "Từ chối niêm phong: nhật ký đang lưu không nối tiếp phần đã ký.",
        "Sealing was refused: what is stored does not continue what was signed.",
    ),
    EntryKind.LOG_EXPORTED: Text(
        "Đã trích xuất nhật ký ra tệp; kèm điều kiện, số mục và mã kiểm tra của tệp.",
        "Entries of the log were exported; with the conditions, the number and the digest of the file.",
    ),
    EntryKind.EVIDENCE_EXPORTED: Text(
        "Cán bộ đã lập hồ sơ chứng cứ của một hồ sơ; kèm đối tượng nhận và mã kiểm tra của tệp.",
        "An official made the evidence file of a case; with its audience and the digest of the file.",
    ),
    EntryKind.CONTRACT_RECORDED: Text(
        "Đã ghi phiên bản đầu tiên của hợp đồng dữ liệu với một hệ thống.",
        "The first version of a system's contract was recorded.",
    ),
    EntryKind.CONTRACT_DRIFTED: Text(
        "Hợp đồng dữ liệu của một hệ thống khác phiên bản đã ghi.",
        "A system's contract differs from the recorded version.",
    ),
    EntryKind.CONTRACT_RESTORED: Text(
        "Điểm khác của hợp đồng dữ liệu không còn nữa.", "A difference of a contract is gone by itself."
    ),
    EntryKind.CONTRACT_APPROVED: Text(
        "Người có thẩm quyền chấp nhận phiên bản mới của hợp đồng dữ liệu; kèm căn cứ.",
        "An official approved a new version of a contract; with the reason.",
    ),
    EntryKind.PURGED: Text(
        "Đã xóa dữ liệu hết thời hạn lưu; kèm số lượng và mã kiểm tra.",
        "Data whose retention period is over was removed; with counts and digest.",
    ),
    EntryKind.RESYNC_PLANNED: Text(
        "Đã lập kế hoạch đồng bộ lại; kèm mã của đúng nội dung đã xem.",
        "A resync was previewed and kept as a plan, with the digest of exactly what was shown.",
    ),
    EntryKind.RESYNC_APPROVED: Text(
        "Người thứ hai đã duyệt kế hoạch đồng bộ lại; kèm căn cứ.",
        "A second person approved a plan of a resync; with the basis.",
    ),
    EntryKind.RESYNC_MOVED: Text(
        "Kế hoạch đồng bộ lại bắt đầu, tạm dừng, tiếp tục, dừng hẳn hoặc hoàn tất.",
        "A plan of a resync began, paused, went on, was stopped or ended.",
    ),
    EntryKind.RESYNCED: Text(
        "Đã thực hiện đúng phần của một hồ sơ trong kế hoạch.",
        "A case's part of a plan was carried out exactly as shown.",
    ),
    EntryKind.RESYNC_HELD: Text(
        "Giữ lại phần của một hồ sơ: đã khác với lúc xem trước, hoặc không đọc được.",
        "A case's part of a plan was held back: it changed since the preview, or could not be read.",
    ),
    EntryKind.RECONCILED: Text(
        "Một lượt đối soát đã xong hoặc dừng; kèm số liệu.",
        "A reconciliation came to its end, or stopped; with its numbers.",
    ),
    EntryKind.FINDING_OPENED: Text(
        "Đối soát phát hiện một chênh lệch giữa hai hệ thống.",
        "A reconciliation found a difference between two systems.",
    ),
    EntryKind.FINDING_REOPENED: Text(
        "Chênh lệch đã hết nay xuất hiện lại.", "A difference that was gone has returned."
    ),
    EntryKind.FINDING_CHANGED: Text(
        "Chênh lệch đang mở đã thay đổi hoặc nặng hơn.", "An open difference changed, or became graver."
    ),
    EntryKind.FINDING_CLOSED: Text(
        "Chênh lệch không còn; phát hiện tự đóng.", "A difference is gone; the finding closed itself."
    ),
    EntryKind.FINDING_ACKNOWLEDGED: Text(
        "Người có thẩm quyền ghi nhận một chênh lệch đến một ngày.",
        "An official acknowledged a difference until a day.",
    ),
    EntryKind.ACKNOWLEDGEMENT_ENDED: Text(
        "Ghi nhận hết hiệu lực: hết hạn, hoặc chênh lệch đã thay đổi.",
        "An acknowledgement ended: its day came, or the difference changed.",
    ),
    EntryKind.RESTORED: Text(
        "Cơ sở dữ liệu được khôi phục về trạng thái cũ và có người chấp nhận; nêu điểm niêm phong đã mất và lý do.",
        "The database was restored to an older state and a person accepted it; names the checkpoint that was lost, and why.",
    ),
    EntryKind.CAUGHT_UP: Text(
        "Sau khôi phục, mọi bên đã được đọc lại và không còn lần gửi nào chưa rõ.",
        "After a restore every side was read again and no write is in question any more.",
    ),
    EntryKind.ALERT_RAISED: Text(
        "Có cảnh báo mới; kèm loại, hệ thống và số lượng.",
        "An alert was raised; with its condition, system and count.",
    ),
    EntryKind.ALERT_ENDED: Text("Cảnh báo đã hết; tự đóng.", "An alert is over; it closed by itself."),
    EntryKind.ALERT_ACKNOWLEDGED: Text(
        "Người có thẩm quyền nhận xử lý một cảnh báo.", "An official took an alert upon himself."
    ),
    EntryKind.ALERT_SNOOZED: Text(
        "Người có thẩm quyền cho một cảnh báo tạm im đến một lúc.",
        "An official snoozed an alert until a time.",
    ),
    EntryKind.ALERT_TOLD: Text(
        "Một kênh đã nhận tin cảnh báo hoặc bản tin.", "A channel took a message about alerts, or a digest."
    ),
    EntryKind.ALERT_UNDELIVERED: Text(
        "Một tin không gửi được qua kênh; đã thôi gửi lại.",
        "A message could not be sent over a channel and is given up.",
    ),
    EntryKind.INCIDENT_COUNTED: Text(
        "Cán bộ đã đếm hồ sơ và người bị ảnh hưởng bởi một sự cố; kèm khoảng thời gian và số lượng.",
        "An official counted the cases and people that an incident concerns; with the window and the counts.",
    ),
}
"""Meaning of each kind as the log page and the manual show it."""
