"""What the register refuses, and how it says so: one table of stable codes with Vietnamese and English texts.

A refusal never repeats what was sent (it could be personal data): it carries the code, field names and case ids only.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """One reason to refuse.

    Attributes:
        status: HTTP status that the API answers with; it also tells a direct caller whether the request is wrong
            (4xx but 409) or the state forbids it (409).
        vi: what is wrong, for an official.
        en: the same in English.
        next_vi: what to do next.
        next_en: the same in English.
    """

    status: int
    vi: str
    en: str
    next_vi: str
    next_en: str


class Code(StrEnum):
    """Stable codes of refusals; never renamed once released."""

    WRONG_STATE = "WRONG_STATE"
    FINAL = "FINAL"
    OFF_SYSTEM = "OFF_SYSTEM"
    RECALL_PENDING = "RECALL_PENDING"
    NOT_RECALLED = "NOT_RECALLED"
    OFFICER_MISSING = "OFFICER_MISSING"
    SERVICE_ACCOUNT = "SERVICE_ACCOUNT"
    NOT_CUSTODIAN = "NOT_CUSTODIAN"
    NOT_PROVINCE_ROLE = "NOT_PROVINCE_ROLE"
    NOT_COORDINATOR = "NOT_COORDINATOR"
    TEXT_MISSING = "TEXT_MISSING"
    RECEIVER_MISSING = "RECEIVER_MISSING"
    RECEIVER_UNKNOWN = "RECEIVER_UNKNOWN"
    RECEIVER_INACTIVE = "RECEIVER_INACTIVE"
    RECEIVER_IS_SENDER = "RECEIVER_IS_SENDER"
    RECEIVER_INSIDE = "RECEIVER_INSIDE"
    PING_PONG = "PING_PONG"
    NO_PROVINCE_ROLE = "NO_PROVINCE_ROLE"
    UNIT_MISSING = "UNIT_MISSING"
    UNIT_ELSEWHERE = "UNIT_ELSEWHERE"
    OUT_OF_SCOPE = "OUT_OF_SCOPE"
    FIELD_OUT_OF_SCOPE = "FIELD_OUT_OF_SCOPE"
    SUSPICION_OPEN = "SUSPICION_OPEN"
    SENDER_INCOMPLETE = "SENDER_INCOMPLETE"
    DUE_IN_PAST = "DUE_IN_PAST"
    DUE_TOO_LATE = "DUE_TOO_LATE"
    DUE_TOO_EARLY = "DUE_TOO_EARLY"
    PACK_UNKNOWN = "PACK_UNKNOWN"
    NOT_A_REGULATION = "NOT_A_REGULATION"
    CLOCK_ONLY = "CLOCK_ONLY"
    SUPPLEMENT_LATE = "SUPPLEMENT_LATE"
    NOT_LAPSED = "NOT_LAPSED"
    NOT_LATE = "NOT_LATE"
    IS_PRIVATE = "IS_PRIVATE"
    NOT_PRIVATE = "NOT_PRIVATE"
    REDACTION_MISSING = "REDACTION_MISSING"
    REDACTION_LEFT = "REDACTION_LEFT"
    SECRECY_MARKED = "SECRECY_MARKED"
    NOT_PORTAL_BORN = "NOT_PORTAL_BORN"
    ALREADY_SO = "ALREADY_SO"
    NOT_ON_HOLD = "NOT_ON_HOLD"
    INVALID = "INVALID"
    NAME_MISSING = "NAME_MISSING"
    PHONE_INVALID = "PHONE_INVALID"
    CONTENT_MISSING = "CONTENT_MISSING"
    MESSAGE_REUSED = "MESSAGE_REUSED"
    COUNTER_FULL = "COUNTER_FULL"
    AGENCY_UNKNOWN = "AGENCY_UNKNOWN"
    FILE_TOO_LARGE = "FILE_TOO_LARGE"
    FILE_EMPTY = "FILE_EMPTY"
    FILE_TYPE = "FILE_TYPE"
    FILE_MAGIC = "FILE_MAGIC"
    FILE_HASH = "FILE_HASH"
    FILE_UNKNOWN = "FILE_UNKNOWN"
    FILE_GONE = "FILE_GONE"
    KEY_REUSED = "KEY_REUSED"
    NOT_OWNER = "NOT_OWNER"
    ACT_ELSEWHERE = "ACT_ELSEWHERE"
    ACT_NOT_FOREIGN = "ACT_NOT_FOREIGN"
    ACT_NOT_TAKEN = "ACT_NOT_TAKEN"
    DECISION_WITHOUT_OFFICER = "DECISION_WITHOUT_OFFICER"
    NO_TOKEN = "NO_TOKEN"  # noqa: S105  # the name of a refusal
    ROLE = "ROLE"
    NOT_FOUND = "NOT_FOUND"
    TOO_MANY = "TOO_MANY"
    NO_SUCH_PAGE = "NO_SUCH_PAGE"
    BUSY = "BUSY"
    IN_DOUBT = "IN_DOUBT"
    STATE_MISMATCH = "STATE_MISMATCH"
    INTERNAL = "INTERNAL"


def _r(status: int, vi: str, en: str, next_vi: str, next_en: str) -> Refusal:
    return Refusal(status=status, vi=vi, en=en, next_vi=next_vi, next_en=next_en)


_SEE_CASE = ("Tải lại hồ sơ rồi xem các thao tác được phép.", "Reload the case and see what is allowed now.")
_FIX = ("Sửa dữ liệu rồi gửi lại.", "Correct the data and send again.")

REFUSALS: Mapping[Code, Refusal] = {
    # ---- the workflow (rules §3.2, §3.3) ----
    Code.WRONG_STATE: _r(409, "Trạng thái hồ sơ không cho phép thao tác này", "The case's state does not allow this step", *_SEE_CASE),
    Code.FINAL: _r(409, "Hồ sơ đã kết thúc, không đổi trạng thái được nữa", "The case is final and cannot leave that state",
                "Nếu câu trả lời sai, lập phiên bản đính chính.", "If the answer is wrong, issue a corrected version."),
    Code.OFF_SYSTEM: _r(409, "Hồ sơ đã được đưa ra ngoài hệ thống", "The case was taken off the system",
                     "Xử lý theo chế độ bảo mật.", "Handle it under the secrecy regime."),
    Code.RECALL_PENDING: _r(409, "Cổng đã thu hồi hồ sơ, đang chờ người có thẩm quyền quyết định",
                         "The portal recalled the case; an official has to decide first",
                         "Đồng ý hoặc từ chối thu hồi.", "Agree to or refuse the recall."),
    Code.NOT_RECALLED: _r(409, "Hồ sơ không có yêu cầu thu hồi", "No recall is waiting for an answer", *_SEE_CASE),
    Code.OFFICER_MISSING: _r(422, "Thiếu cán bộ thực hiện", "The acting official is not named",
                          "Ghi tài khoản cán bộ.", "Name the official's account."),
    Code.SERVICE_ACCOUNT: _r(403, "Tài khoản dịch vụ không được thực hiện thao tác của cán bộ",
                          "A service account may not act as an official",
                          "Dùng tài khoản của cán bộ.", "Use the official's own account."),
    Code.NOT_CUSTODIAN: _r(403, "Cơ quan thực hiện không phải cơ quan đang giữ hồ sơ",
                        "The acting agency does not hold the case",
                        "Đề nghị cơ quan đang giữ hồ sơ thực hiện.", "Ask the agency that holds the case."),
    Code.NOT_PROVINCE_ROLE: _r(403, "Chỉ đầu mối cấp tỉnh được phân công", "Only the province role may assign",
                            "Đề nghị đầu mối cấp tỉnh thực hiện.", "Ask the holder of the province role."),
    Code.NOT_COORDINATOR: _r(409, "Cơ quan không có yêu cầu phối hợp đang chờ", "No coordination request waits for that agency", *_SEE_CASE),
    Code.TEXT_MISSING: _r(422, "Thiếu nội dung hoặc lý do", "The text or reason is missing",
                       "Nhập nội dung, lý do cụ thể.", "Enter the text or reason."),
    Code.RECEIVER_MISSING: _r(422, "Thiếu cơ quan nhận", "The receiving agency is missing", "Chọn cơ quan nhận.", "Choose the receiver."),
    Code.RECEIVER_UNKNOWN: _r(422, "Không có cơ quan nhận trong danh mục", "The receiver is not in the directory",
                           "Kiểm tra mã cơ quan.", "Check the agency code."),
    Code.RECEIVER_INACTIVE: _r(422, "Cơ quan nhận không còn hoạt động vào ngày này", "The receiver is not active on this date",
                            "Chọn cơ quan kế thừa.", "Choose its successor."),
    Code.RECEIVER_IS_SENDER: _r(422, "Cơ quan nhận trùng với cơ quan đang giữ hồ sơ", "The receiver already holds the case",
                             "Chọn cơ quan khác.", "Choose another agency."),
    Code.RECEIVER_INSIDE: _r(422, "Cơ quan nhận thuộc tỉnh: dùng chuyển nội bộ", "The receiver is inside the province: reassign instead",
                          "Dùng reassign.", "Use reassign."),
    Code.PING_PONG: _r(409, "Cơ quan nhận đã từng chuyển hồ sơ này đi", "The receiver has already transferred this case away",
                    "Chuyển đầu mối cấp tỉnh phân công (to_province_role).", "Send it to the province role (to_province_role)."),
    Code.NO_PROVINCE_ROLE: _r(409, "Chưa có cơ quan giữ vai trò đầu mối cấp tỉnh vào ngày này",
                           "No agency holds the province role on this date",
                           "Khai báo vai trò DAU_MOI_TINH.", "Enter the holder of DAU_MOI_TINH."),
    Code.UNIT_MISSING: _r(422, "Thiếu đơn vị chuyên môn", "The specialised unit is missing", "Chọn đơn vị.", "Choose the unit."),
    Code.UNIT_ELSEWHERE: _r(422, "Đơn vị không thuộc cơ quan đang giữ hồ sơ", "The unit is not of the agency that holds the case",
                         "Chọn đơn vị của cơ quan mình, hoặc chuyển hồ sơ.", "Choose a unit of the agency, or transfer the case."),
    Code.OUT_OF_SCOPE: _r(409, "Khiếu nại, tố cáo, hỏi pháp luật không giải quyết theo Quy chế này (Đ1.2)",
                       "Complaints, denunciations and legal advice are outside this regulation (Đ1.2)",
                       "Không tiếp nhận và hướng dẫn đúng kênh.", "Refuse it and point to the right channel."),
    Code.FIELD_OUT_OF_SCOPE: _r(409, "Lĩnh vực không thuộc phạm vi tiếp nhận vào ngày nhận (Đ5)",
                             "The field was not in scope on the day of receipt (Đ5)",
                             "Sửa lĩnh vực hoặc không tiếp nhận.", "Correct the field or refuse."),
    Code.DUE_IN_PAST: _r(422, "Hạn phải sau thời điểm hiện tại", "The due instant must be later than now", *_FIX),
    Code.SUSPICION_OPEN: _r(409, "Hồ sơ đang tạm giữ vì có lời lẽ tố cáo, chưa có người quyết định (Đ1.2)",
                         "The case is held because its words are those of a denunciation; a person has to decide first (Đ1.2)",
                         "Bỏ tạm giữ (release_hold) nếu không phải tố cáo, hoặc không tiếp nhận và hướng dẫn đúng kênh.",
                         "Release the hold (release_hold) if it is none, or refuse it and point to the right channel."),
    Code.SENDER_INCOMPLETE: _r(409, "Thiếu họ tên hoặc số điện thoại người gửi (Đ7.2)", "The sender's name or phone is missing (Đ7.2)",
                            "Yêu cầu bổ sung (ask_supplement).", "Ask the sender to supplement (ask_supplement)."),
    Code.DUE_TOO_LATE: _r(422, "Hạn đặt muộn hơn hạn theo quy định", "The due instant is later than the law's",
                       "Đặt hạn không muộn hơn hạn theo quy định, hoặc để trống.", "Set one not later than the legal day, or leave it out."),
    Code.DUE_TOO_EARLY: _r(422, "Thời gian bổ sung của người gửi ngắn hơn quy định (Đ12.2)", "The sender's time is shorter than the law's (Đ12.2)",
                        "Đặt hạn không sớm hơn hạn theo quy định, hoặc để trống.", "Set one not earlier than the legal day, or leave it out."),
    Code.PACK_UNKNOWN: _r(422, "Không có bộ quy tắc này, hoặc bộ quy tắc chưa có hiệu lực", "No such rule pack, or it is not in force",
                       "Xem các bộ quy tắc: phanhoi rules check.", "See the rule packs: phanhoi rules check."),
    Code.NOT_A_REGULATION: _r(409, "Chỉ áp dụng cho phản ánh, kiến nghị về quy định hành chính (NĐ 20/2008 Đ14, Đ15)",
                           "Only for cases about administrative regulations (NĐ 20/2008 Đ14, Đ15)",
                           "Cập nhật tiến độ, trả lời mà không ghi kết quả xử lý quy định.", "Report progress; answer without an outcome."),
    Code.CLOCK_ONLY: _r(403, "Hồ sơ hết hạn bổ sung do hệ thống tự đóng", "A case lapses by the clock alone",
                     "Không cần thao tác.", "Nothing to do."),
    Code.SUPPLEMENT_LATE: _r(409, "Đã hết thời hạn bổ sung (Đ12.2)", "The time to supplement is over (Đ12.2)",
                          "Người gửi có thể gửi phản ánh mới.", "The sender may enter a new case."),
    Code.NOT_LAPSED: _r(409, "Chưa hết hạn bổ sung, hoặc hạn chưa được xác định", "The sender's time is not over, or was never set",
                     "Chờ hết hạn bổ sung.", "Wait until the sender's time is over."),
    Code.NOT_LATE: _r(409, "Chưa quá hạn xử lý", "The case is not late yet", "Cập nhật tiến độ thay cho thông báo trễ hạn.", "Report progress instead."),
    Code.IS_PRIVATE: _r(409, "Hồ sơ giữ bí mật nội dung hoặc đang bị hạn chế: không được công khai",
                     "The case is private or restricted and must not be published",
                     "Trả lời riêng (answer_privately).", "Answer privately (answer_privately)."),
    Code.NOT_PRIVATE: _r(409, "Hồ sơ không thuộc diện trả lời riêng", "The case is neither private nor restricted",
                      "Trả lời công khai (publish_answer).", "Publish the answer (publish_answer)."),
    Code.REDACTION_MISSING: _r(422, "Chưa xác nhận đã che thông tin cá nhân", "Redaction was not confirmed",
                            "Kiểm tra, che thông tin cá nhân rồi xác nhận.", "Redact personal data, then confirm."),
    Code.REDACTION_LEFT: _r(422, "Bản công khai còn thông tin cá nhân", "Personal data is left in the public texts",
                         "Che theo gợi ý (redaction), hoặc nêu lý do giữ lại (redaction_kept); thông tin của người gửi luôn phải che.",
                         "Redact as suggested (redaction), or say why it stays (redaction_kept); the sender's own data must always go."),
    Code.SECRECY_MARKED: _r(422, "Bản công khai có dấu hiệu chỉ độ mật", "The public texts bear a marking of state secrecy",
                         "Tạm giữ hồ sơ (restrict, hold) và báo người có thẩm quyền; nếu không phải bí mật nhà nước, viết lại bản công khai.",
                         "Hold the case (restrict, hold) and tell the competent official; if it is no secret, reword the public texts."),
    Code.NOT_PORTAL_BORN: _r(409, "Chỉ hồ sơ nhận từ cổng mới được chuyển trả ra ngoài tỉnh",
                          "Only a case that came from a portal can be returned or transferred out",
                          "Không tiếp nhận và hướng dẫn nơi có thẩm quyền.", "Refuse it and name the competent body."),
    Code.ALREADY_SO: _r(409, "Hồ sơ đã ở tình trạng này", "The case is already so", "Không cần thao tác.", "Nothing to do."),
    Code.NOT_ON_HOLD: _r(409, "Hồ sơ không bị tạm giữ", "The case is not on hold", *_SEE_CASE),
    # ---- intake ----
    Code.INVALID: _r(422, "Dữ liệu không hợp lệ", "The data is not valid", *_FIX),
    Code.NAME_MISSING: _r(422, "Thiếu họ tên hoặc tên tổ chức (Đ7.2)", "The sender's name is missing (Đ7.2)",
                       "Nhập họ tên hoặc tên tổ chức.", "Enter the name."),
    Code.PHONE_INVALID: _r(422, "Số điện thoại thiếu hoặc không hợp lệ (Đ7.2)", "The phone number is missing or not valid (Đ7.2)",
                        "Nhập số điện thoại chỉ gồm chữ số.", "Enter a phone number in digits."),
    Code.CONTENT_MISSING: _r(422, "Thiếu nội dung phản ánh, kiến nghị (Đ7.3)", "The content is missing (Đ7.3)", "Nhập nội dung.", "Enter the content."),
    Code.MESSAGE_REUSED: _r(409, "Mã tin nhắn đã dùng cho việc khác", "That message id was used for something else",
                         "Kiểm tra mã tin nhắn của kênh.", "Check the channel's message id."),
    Code.COUNTER_FULL: _r(409, "Đã hết số thứ tự hồ sơ trong ngày", "The day's case numbers are used up", "Báo quản trị.", "Tell the administrator."),
    Code.AGENCY_UNKNOWN: _r(422, "Không có cơ quan trong danh mục", "The agency is not in the directory",
                         "Bổ sung danh mục cơ quan.", "Complete the agency directory."),
    # ---- files ----
    Code.FILE_TOO_LARGE: _r(413, "Tệp quá lớn", "The file is too large", "Gửi tệp nhỏ hơn.", "Send a smaller file."),
    Code.FILE_EMPTY: _r(422, "Tệp rỗng", "The file is empty", *_FIX),
    Code.FILE_TYPE: _r(422, "Loại tệp không được phép", "That type of file is not allowed", "Gửi tệp PDF, ảnh hoặc tài liệu văn phòng.", "Send PDF, images or office documents."),
    Code.FILE_MAGIC: _r(422, "Nội dung tệp không khớp loại tệp", "The bytes are not of the stated type", *_FIX),
    Code.FILE_HASH: _r(422, "Mã băm không khớp nội dung tệp", "The bytes do not match the stated hash", *_FIX),
    Code.FILE_UNKNOWN: _r(422, "Tệp đính kèm không thuộc hồ sơ", "The attachment is not of this case", *_FIX),
    Code.FILE_GONE: _r(404, "Tệp không còn trên hệ thống", "The file's bytes are not on the system", "Không cần thao tác.", "Nothing to do."),
    # ---- exchange ----
    Code.KEY_REUSED: _r(422, "Khóa giao dịch đã dùng với nội dung khác", "The key was used with another body",
                     "Dùng khóa mới cho nội dung mới.", "Use a new key for a new body."),
    Code.NOT_OWNER: _r(409, "Nội dung và thông tin người gửi thuộc hệ thống tiếp nhận ban đầu",
                    "Text and sender belong to the system of entry (rules §3.3.7)",
                    "So sánh hai phía rồi quyết định.", "Compare both sides and decide."),
    Code.ACT_ELSEWHERE: _r(409, "Mã hoạt động đã thuộc hồ sơ khác", "That act id belongs to another case", "Đối chiếu hai hồ sơ.", "Compare the two cases."),
    Code.ACT_NOT_FOREIGN: _r(422, "Hệ thống khác không thể tạo hoạt động của sổ", "Another system cannot give birth to an act of the register", *_FIX),
    Code.ACT_NOT_TAKEN: _r(422, "Không nhận loại hoạt động này từ hệ thống khác", "That kind of act is not taken from another system",
                        "Cán bộ thực hiện trên sổ.", "An official performs it in the register."),
    Code.DECISION_WITHOUT_OFFICER: _r(422, "Quyết định không ghi cán bộ thực hiện", "A decision without a named official is not taken (R09)",
                                   "Giữ lại để người kiểm tra.", "Hold it for a person."),
    # ---- access ----
    Code.NO_TOKEN: _r(401, "Thiếu hoặc sai mã truy cập", "The token is missing or wrong", "Kiểm tra mã truy cập.", "Check the token."),
    Code.ROLE: _r(403, "Mã truy cập không có quyền này", "The token's role does not allow this", "Dùng mã truy cập đúng vai trò.", "Use a token of the right role."),
    Code.NOT_FOUND: _r(404, "Không tìm thấy", "Not found", "Kiểm tra lại mã.", "Check the id."),
    Code.TOO_MANY: _r(429, "Quá nhiều yêu cầu", "Too many requests", "Chờ một phút rồi thử lại.", "Wait a minute, then try again."),
    Code.NO_SUCH_PAGE: _r(404, "Không có địa chỉ này", "No such address or method", "Xem đặc tả OpenAPI.", "See the OpenAPI description."),
    Code.BUSY: _r(503, "Cơ sở dữ liệu đang bận hoặc không kết nối được", "The database is busy or cannot be reached", "Thử lại sau.", "Try again later."),
    Code.IN_DOUBT: _r(500, "Mất kết nối cơ sở dữ liệu khi ghi, chưa rõ kết quả", "The database went away during a write; its outcome is unknown",
                     "Tra cứu rồi gửi lại với cùng khóa.", "Look it up, then send again under the same key."),
    Code.STATE_MISMATCH: _r(500, "Trạng thái lưu không khớp các hoạt động", "The stored state differs from the acts",
                         "Giữ nguyên dữ liệu, báo quản trị.", "Leave the data as it is and tell the administrator."),
    Code.INTERNAL: _r(500, "Lỗi hệ thống", "Internal error", "Báo quản trị kèm thời điểm.", "Tell the administrator the time."),
}  # fmt: skip


class RegisterRefused(Exception):
    """The register did not do what was asked; nothing was changed.

    Attributes:
        code: stable code, a key of :data:`REFUSALS`.
        detail: field names, states, codes and sizes that help; never personal data.
    """

    def __init__(self, code: Code, detail: str = "") -> None:
        self.code = code
        self.detail = detail
        super().__init__(f"{code.value}: {self.text_en}")

    @property
    def refusal(self) -> Refusal:
        """The row of the table."""
        return REFUSALS[self.code]

    @property
    def status(self) -> int:
        """HTTP status."""
        return self.refusal.status

    @property
    def text_vi(self) -> str:
        """What is wrong, in Vietnamese."""
        return self._with_detail(self.refusal.vi)

    @property
    def text_en(self) -> str:
        """What is wrong, in English."""
        return self._with_detail(self.refusal.en)

    def _with_detail(self, text: str) -> str:
        return f"{text} ({self.detail})." if self.detail else f"{text}."

    def body(self) -> dict[str, dict[str, str]]:
        """The one error shape of the API."""
        next_step = f"{self.refusal.next_vi} / {self.refusal.next_en}"
        return {
            "error": {
                "code": self.code,
                "text_vi": self.text_vi,
                "text_en": self.text_en,
                "next_step": next_step,
            }
        }


class WorkflowRefused(RegisterRefused):
    """The state machine refused a command (rules §3.2): wrong state, actor or guard."""
