"""Every error of the connector: one root, a stable code, and the operator's next step.

The class decides what happens to a delivery (see :mod:`connector.sync.deliver`); nobody reads message texts to
decide. ``code`` never changes once released; ``next_step`` is what the operator should do, in Vietnamese and
English, and is shown with every message.
"""

from collections.abc import Mapping
from typing import ClassVar


class ConnectorError(Exception):
    """Root of all errors that the connector raises on purpose.

    Attributes:
        code: stable code, printed in messages, the ledger and the manual.
        next_step: (Vietnamese, English) text that tells the operator what to do.
        detail: facts for the message; never personal data.
    """

    code: ClassVar[str] = "PH-000"
    next_step: ClassVar[tuple[str, str]] = (
        "Gửi mã lỗi và nhật ký cho bộ phận kỹ thuật.",
        "Send the code and the log to the technical team.",
    )
    exit_status: ClassVar[int] = 1

    def __init__(self, message: str, /, **detail: object) -> None:
        super().__init__(message)
        self.message = message
        self.detail: Mapping[str, object] = detail

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


# ---- for the person at the keyboard -------------------------------------------------------------------------


class UserError(ConnectorError):
    """Wrong input, setting or file: shown without a traceback, with every problem found."""

    code = "PH-100"
    next_step = ("Sửa theo thông báo rồi chạy lại.", "Correct what the message names and run again.")
    exit_status = 2

    def __init__(self, message: str, /, problems: tuple[str, ...] = (), **detail: object) -> None:
        super().__init__(message, **detail)
        self.problems = problems


class SettingsError(UserError):
    """The settings file, an environment variable or a secret is wrong."""

    code = "PH-101"
    next_step = (
        "Sửa tệp cấu hình, kiểm tra lại bằng `phanhoi config check`.",
        "Correct the settings file and check it with `phanhoi config check`.",
    )


class CheckFailed(ConnectorError):
    """``config check --connect`` found something that does not answer as it should."""

    code = "PH-921"
    next_step = (
        "Làm theo cột việc cần làm của từng dòng, rồi kiểm tra lại.",
        "Do what each failed line says, then check again.",
    )
    exit_status = 4


class SetupRefused(UserError):
    """``init`` would overwrite something, or what it was told cannot work; nothing was written."""

    code = "PH-922"
    next_step = (
        "Chọn thư mục khác, hoặc sửa câu trả lời rồi chạy lại; --force ghi đè tệp cấu hình, không bao giờ ghi đè khóa.",
        "Choose another folder or correct the answers; --force overwrites settings and secrets, and never keys.",
    )


class MappingFileError(UserError):
    """A mapping or code list cannot be read or contradicts itself; every problem carries file and line."""

    code = "PH-102"
    next_step = (
        "Sửa tệp ánh xạ tại dòng được nêu, kiểm tra lại bằng `phanhoi config check`.",
        "Correct the mapping file at the named line and check it with `phanhoi config check`.",
    )


class RuleFileError(UserError):
    """A rule pack or calendar cannot be read or contradicts itself; every problem carries file and line."""

    code = "PH-104"
    next_step = (
        "Sửa tệp bộ quy tắc hoặc lịch tại dòng được nêu, kiểm tra lại bằng `phanhoi rules check`.",
        "Correct the rule pack or calendar at the named line and check it with `phanhoi rules check`.",
    )


class NoCalendar(UserError):
    """A due date reaches a year that no calendar file covers: nothing is guessed."""

    code = "PH-105"
    next_step = (
        "Bổ sung lịch làm việc của năm đó vào `mappings/calendars/` theo thông báo nghỉ lễ chính thức.",
        "Add that year's working calendar to `mappings/calendars/` from the official holiday notice.",
    )


class NotFoundError(UserError):
    """The case, delivery or item asked for does not exist."""

    code = "PH-103"
    next_step = ("Kiểm tra lại mã đã nhập.", "Check the id that was given.")


class ApprovalNeeded(UserError):
    """The plan is large, takes something back, touches a published answer or would stop a guard: a second person approves it."""

    code = "PH-106"
    next_step = (
        "Người thứ hai xem `phanhoi resync show MÃ`, rồi `phanhoi resync approve MÃ --by TÀI_KHOẢN --basis SỐ`.",
        "A second person looks at `phanhoi resync show DIGEST`, then `phanhoi resync approve DIGEST --by ACCOUNT --basis NUMBER`.",
    )


class PlanOver(UserError):
    """The plan is done, stopped or older than a preview may be: it is not carried out any more."""

    code = "PH-107"
    next_step = (
        "Lập kế hoạch mới bằng `phanhoi resync plan`.",
        "Make a new plan with `phanhoi resync plan`.",
    )


class DatabaseUnavailable(ConnectorError):
    """The database cannot be reached or started. Nothing is lost: what was accepted is on its disk."""

    code = "PH-201"
    next_step = (
        "Kiểm tra PostgreSQL và `database.url`, rồi chạy lại; không mất dữ liệu.",
        "Check PostgreSQL and `database.url`, then run again; nothing is lost.",
    )
    exit_status = 3


class LeaseLost(DatabaseUnavailable):
    """The database has not heard of this node for so long that others may have taken its lanes: it sends nothing more."""

    code = "PH-911"
    next_step = (
        "Kiểm tra mạng giữa máy này và PostgreSQL rồi khởi động lại; không mất dữ liệu, máy khác đã làm tiếp.",
        "Check the network between this machine and PostgreSQL, then start again; nothing is lost, other nodes went on.",
    )


class DatabaseVersionError(ConnectorError):
    """The database was made by another version of the program."""

    code = "PH-202"
    next_step = (
        "Nâng cấp chương trình, hoặc chạy `phanhoi db migrate` nếu cơ sở dữ liệu cũ hơn.",
        "Upgrade the program, or run `phanhoi db migrate` if the database is the older one.",
    )
    exit_status = 3


class OldNodesRunning(ConnectorError):
    """A migration would take away what processes of the older program, which are at work, still need."""

    code = "PH-913"
    next_step = (
        "Chuyển các máy được nêu sang phiên bản mới (xem `phanhoi status`), rồi chạy lại `phanhoi db migrate`.",
        "Switch the nodes that are named to the new version (see `phanhoi status`), then run `phanhoi db migrate` again.",
    )
    exit_status = 3


class DiskFull(ConnectorError):
    """The disk of the embedded database is full; work stops before anything is half written."""

    code = "PH-203"
    next_step = (
        "Giải phóng dung lượng đĩa rồi khởi động lại; không mất dữ liệu.",
        "Free disk space and start again; nothing is lost.",
    )
    exit_status = 3


class StopOverdue(ConnectorError):
    """The daemon was told to stop and something hung: it ended itself hard. Nothing is lost: all is on the disk."""

    code = "PH-204"
    next_step = (
        "Khởi động lại như thường, không mất dữ liệu; gửi dòng `stop_overdue` trong nhật ký cho bộ phận kỹ thuật.",
        "Start it again as usual, nothing is lost; send the log line `stop_overdue` to the technical team.",
    )
    exit_status = 3


# ---- what a call to another system can end in ---------------------------------------------------------------


class Transient(ConnectorError):
    """The call had no effect and may succeed later: wait and try again.

    ``retry_after_s`` is the other side's wish in seconds, already capped by the transport.
    """

    code = "PH-301"
    next_step = ("Chờ: hệ thống tự thử lại.", "Wait: the connector tries again by itself.")

    def __init__(self, message: str, /, retry_after_s: float | None = None, **detail: object) -> None:
        super().__init__(message, **detail)
        self.retry_after_s = retry_after_s


class Unreachable(Transient):
    """No connection could be made, or the circuit breaker is open; the request was certainly not sent."""

    code = "PH-302"
    next_step = (
        "Kiểm tra mạng và địa chỉ của hệ thống; việc gửi tự tiếp tục khi kết nối lại.",
        "Check the network and the system's address; delivery resumes by itself.",
    )
    exit_status = 4


class CredentialsRefused(Transient):
    """The account or password was refused: all lanes of this system stop, nobody hammers the login."""

    code = "PH-303"
    next_step = (
        "Cập nhật tài khoản/mật khẩu của hệ thống đó, khởi động lại dịch vụ, rồi `phanhoi resume --system TÊN`.",
        "Update that system's account or password, restart the daemon, then `phanhoi resume --system NAME`.",
    )
    exit_status = 4


class InDoubt(ConnectorError):
    """A write was sent and its outcome is unknown (time-out, reset, unreadable answer): look it up first."""

    code = "PH-310"
    next_step = (
        "Hệ thống tự tra cứu trước khi gửi lại; nếu không tra cứu được, cần người quyết định.",
        "The connector looks it up before sending again; if it cannot, a person decides.",
    )


class Conflict(ConnectorError):
    """The other side's state does not allow the operation: read the case again and plan again."""

    code = "PH-320"
    next_step = (
        "Xem `phanhoi case show`; quyết định ở phía quản lý hồ sơ.",
        "See `phanhoi case show`; decide on the side that owns the case.",
    )


class Permanent(ConnectorError):
    """The other side refused this very request; repeating it cannot help. The item goes to quarantine."""

    code = "PH-330"
    next_step = (
        "Sửa nguyên nhân rồi `phanhoi quarantine retry`.",
        "Remove the cause, then `phanhoi quarantine retry`.",
    )


class NotOurs(Permanent):
    """The other side says that this case is not ours to handle, or that the sender code does not match."""

    code = "PH-331"


class Unreadable(Permanent):
    """What a system sent cannot be read as its contract says; the raw bytes are kept."""

    code = "PH-332"
    next_step = (
        "Đối chiếu bản gốc đã lưu với đặc tả của hệ thống.",
        "Compare the stored original with the system's contract.",
    )


class ContractDrift(Permanent):
    """The other side does not know the operation: its contract has changed."""

    code = "PH-333"
    next_step = (
        "Liên hệ đơn vị vận hành cổng; cập nhật cấu hình dịch vụ.",
        "Contact the portal's operator; update the service settings.",
    )


class Undecidable(Permanent):
    """Nobody can tell whether a write took effect, and repeating it might write twice: it is held."""

    code = "PH-334"
    next_step = (
        "Đối chiếu bằng `phanhoi doubt show`, rồi `phanhoi doubt decide` kèm căn cứ; hoặc `phanhoi quarantine retry` để tra cứu lại.",
        "Compare with `phanhoi doubt show`, then `phanhoi doubt decide` on a stated basis; or `phanhoi quarantine retry` to look it up again.",
    )


class TriedTooLong(Permanent):
    """A write was tried for longer than the settings allow: it waits for a person, and stays."""

    code = "PH-335"
    next_step = (
        "Xem lần lỗi cuối trong `phanhoi case show`, khắc phục nguyên nhân, rồi `phanhoi quarantine retry`.",
        "See the last failure in `phanhoi case show`, remove its cause, then `phanhoi quarantine retry`.",
    )


# ---- what mapping and merging can end in --------------------------------------------------------------------


class Unmapped(ConnectorError):
    """A code, agency or value has no mapping; ``candidates`` are the nearest known ones. Quarantine."""

    code = "PH-401"
    next_step = (
        "Bổ sung dòng còn thiếu trong `mappings/`, rồi `phanhoi quarantine retry`.",
        "Add the missing line in `mappings/`, then `phanhoi quarantine retry`.",
    )

    def __init__(
        self,
        message: str,
        /,
        candidates: tuple[str, ...] = (),
        problems: tuple[str, ...] = (),
        **detail: object,
    ) -> None:
        super().__init__(message, **detail)
        self.candidates = candidates
        self.problems = problems


class MergeConflict(ConnectorError):
    """Both sides changed what only one may change, or an act vanished: both values are kept for a person."""

    code = "PH-402"
    next_step = (
        "So sánh hai giá trị bằng `phanhoi case show`, sửa tại hệ thống sở hữu dữ liệu.",
        "Compare both values with `phanhoi case show`; correct it in the system that owns the field.",
    )


class PrivacyStop(ConnectorError):
    """Policy or law forbids this outbound copy."""

    code = "PH-403"
    next_step = ("Không cần thao tác: hồ sơ không được gửi đi.", "Nothing to do: the case must not leave.")


class PerhapsOurs(MergeConflict):
    """A case that nobody knows reads like one that we have sent there with an outcome that nobody knows yet: it is not copied."""

    code = "PH-404"
    next_step = (
        "Chờ kết quả của lần gửi (`phanhoi doubt list`). Nếu hồ sơ ở cổng không phải do ta gửi: `phanhoi quarantine retry`.",
        "Wait for the outcome of the write (`phanhoi doubt list`). If the case at the portal is not the one we sent: `phanhoi quarantine retry`.",
    )


class WordsLost(ConnectorError):
    """A case that register and connector have both lost: its portal tells what happened, and no more what the sender wrote."""

    code = "PH-405"
    next_step = (
        "Đề nghị đơn vị vận hành cổng giao lại hồ sơ này (đưa lại vào hàng chờ); khi nhận được, hồ sơ trở lại với mã cũ.",
        "Ask the portal's operator to hand the case out again (back into the queue); it then comes back under its old code.",
    )


class SafetyStop(ConnectorError):
    """A guard stopped one flow (emptied answer, flood of changes, clock far off, changed mapping): a person releases it."""

    code = "PH-410"
    next_step = (
        "Kiểm tra số liệu trong `phanhoi status`, rồi `phanhoi resume --flow TÊN --reason LÝ_DO`: cho đúng số đó qua một lần.",
        "Check the numbers in `phanhoi status`, then `phanhoi resume --flow NAME --reason WHY`: exactly that number passes once.",
    )


class ContractHold(SafetyStop):
    """The other side's contract differs from the recorded version in what this write relies on: it is held alone."""

    code = "PH-411"
    next_step = (
        "Xem `phanhoi contract diff HỆ_THỐNG`; sửa ánh xạ nếu cần, rồi `phanhoi contract approve` kèm căn cứ.",
        "See `phanhoi contract diff SYSTEM`; correct the mappings if need be, then `phanhoi contract approve` with a reason.",
    )


class Changed(ConnectorError):
    """What a plan would do with a case is no longer what was shown: that case is held back, the others go on."""

    code = "PH-412"
    next_step = (
        "Xem `phanhoi case show`; nếu vẫn cần, lập kế hoạch mới bằng `phanhoi resync plan --case`.",
        "See `phanhoi case show`; if it is still needed, make a new plan with `phanhoi resync plan --case`.",
    )


class OnHold(ConnectorError):
    """A system or flow that reconciliation needs is held by a person or a guard: nothing is read of it."""

    code = "PH-413"
    next_step = (
        "Xem lý do trong `phanhoi status`; đối soát tiếp tục sau khi `phanhoi resume`.",
        "See the reason in `phanhoi status`; reconciliation goes on after `phanhoi resume`.",
    )


class LedgerBroken(ConnectorError):
    """An entry of the ledger was changed, removed or reordered."""

    code = "PH-501"
    next_step = (
        "Giữ nguyên cơ sở dữ liệu, báo kiểm toán: mục đầu tiên sai đã được nêu.",
        "Leave the database as it is and tell the auditor: the first wrong entry is named.",
    )
    exit_status = 5


class SealRefused(LedgerBroken):
    """What is stored does not continue what was signed: rolled back, rewritten or re-signed. Nothing more is signed."""

    code = "PH-502"
    next_step = (
        "Giữ nguyên cơ sở dữ liệu, báo kiểm toán, chạy `phanhoi log verify`; xử lý xong thì `phanhoi resume --flow seal:log`.",
        "Leave the database as it is, tell the auditor, run `phanhoi log verify`; once settled `phanhoi resume --flow seal:log`.",
    )


class SigningKeyError(ConnectorError):
    """The key that signs checkpoints is missing, malformed, or not among the published ones."""

    code = "PH-503"
    next_step = (
        "Kiểm tra `ledger.signing_keys_file`; tạo khóa bằng `phanhoi log keys create`, đổi khóa bằng `phanhoi log keys rotate`.",
        "Check `ledger.signing_keys_file`; make a key with `phanhoi log keys create`, change it with `phanhoi log keys rotate`.",
    )
    exit_status = 2


class ExportTooLarge(UserError):
    """More entries than a document for people can hold; nothing was written."""

    code = "PH-511"
    next_step = (
        "Thu hẹp điều kiện (`--from`, `--until`, `--case`, `--kind`…), hoặc trích xuất dạng `--format xlsx` hay `jsonl`.",
        "Narrow the conditions (`--from`, `--until`, `--case`, `--kind` …), or export as `--format xlsx` or `jsonl`.",
    )


class MasterKeyError(ConnectorError):
    """The master key is missing, malformed, or not the one that the stored keys were wrapped with."""

    code = "PH-701"
    next_step = (
        "Đặt khóa chủ đúng (biến môi trường hoặc tệp khóa); tạo mới bằng `phanhoi keys create` chỉ khi chưa có dữ liệu.",
        "Give the right master key (environment or key file); make one with `phanhoi keys create` only before there is data.",
    )
    exit_status = 2


class SealBroken(ConnectorError):
    """A sealed value does not open: it was changed, moved to another row, or sealed with another key."""

    code = "PH-702"
    next_step = (
        "Giữ nguyên dữ liệu, kiểm tra khóa chủ và bản sao lưu; báo phụ trách an toàn thông tin.",
        "Leave the data as it is, check the master key and the backups, and tell the security officer.",
    )


class SecrecyHold(PrivacyStop):
    """A marking of state secrecy was seen: nothing of the case leaves until an official has decided (Quy chế Đ13.2)."""

    code = "PH-703"
    next_step = (
        "Người có thẩm quyền xem xét: `phanhoi secrecy list`, rồi `confirm` hoặc `clear` kèm căn cứ.",
        "An authorised official decides: `phanhoi secrecy list`, then `confirm` or `clear` with the basis.",
    )


# ---- at the door of the console -----------------------------------------------------------------------------


class NotSignedIn(UserError):
    """Nobody is signed in, or the session has ended."""

    code = "PH-801"
    next_step = ("Đăng nhập rồi làm lại.", "Sign in and try again.")


class AccessDenied(UserError):
    """The account's role does not hold the right that this page or action needs."""

    code = "PH-802"
    next_step = (
        "Nhờ người có quyền thực hiện, hoặc đề nghị quản trị viên đổi vai trò.",
        "Ask somebody who may, or ask an administrator for another role.",
    )


class SignInRefused(UserError):
    """Name, password or one-time code do not match, or the account is locked; which of them is not told."""

    code = "PH-803"
    next_step = (
        "Kiểm tra tên, mật khẩu, mã xác thực và giờ của điện thoại; nếu vẫn không được, nhờ quản trị viên.",
        "Check name, password, code and the phone's clock; if it still fails, ask an administrator.",
    )


class FormExpired(UserError):
    """A form came without the token of its session: it is old, or it was not ours."""

    code = "PH-804"
    next_step = (
        "Mở lại trang rồi gửi lại; chưa có gì thay đổi.",
        "Open the page again and send it anew; nothing was changed.",
    )


class TooManyTries(UserError):
    """Too many sign-ins were refused for this account or from this address."""

    code = "PH-805"
    next_step = (
        "Chờ hết thời gian khóa, hoặc nhờ quản trị viên `phanhoi user unlock`.",
        "Wait until the lock-out is over, or have an administrator run `phanhoi user unlock`.",
    )


class TokenRefused(UserError):
    """A program's token is unknown, over or revoked, or its account is locked; which of them is not told."""

    code = "PH-806"
    next_step = (
        "Kiểm tra hạn của mã bằng `phanhoi token list`; tạo mã mới bằng `phanhoi token create`.",
        "Look at its expiry with `phanhoi token list`; make a new one with `phanhoi token create`.",
    )


class TooManyCalls(UserError):
    """A token calls faster than it may, or too many refused calls came from one address.

    ``detail["wait_s"]``: after so many seconds it may call again.
    """

    code = "PH-807"
    next_step = (
        "Chờ số giây ghi ở `Retry-After` rồi gọi lại chậm hơn; giới hạn: `console.token_per_minute`.",
        "Wait for the seconds in `Retry-After`, then call more slowly; the limit is `console.token_per_minute`.",
    )


class SsoUnavailable(ConnectorError):
    """The provider of single sign-on cannot be reached, or does not answer as it should."""

    code = "PH-830"
    next_step = (
        "Chờ rồi thử lại, hoặc đăng nhập bằng tài khoản riêng của bảng điều hành nếu có; báo quản trị viên.",
        "Wait and try again, or sign in with an account of the console's own; tell an administrator.",
    )


class SsoRefused(UserError):
    """The provider refused the sign-in, or its proof of who somebody is does not hold."""

    code = "PH-831"
    next_step = (
        "Đăng nhập lại từ đầu; nếu vẫn bị từ chối, báo quản trị viên kèm mã này.",
        "Sign in again from the start; if it is refused again, give this code to an administrator.",
    )


class SsoExpired(UserError):
    """A sign-in came back that was not begun in this browser, took longer than ten minutes, or came back before."""

    code = "PH-832"
    next_step = (
        "Bắt đầu lại từ trang đăng nhập, trong cùng một trình duyệt.",
        "Begin again at the sign-in page, in one and the same browser.",
    )


class SsoNoAccount(UserError):
    """The provider knows the person, but the console has no account for them, or one that may not sign in."""

    code = "PH-833"
    next_step = (
        "Đề nghị quản trị viên cấp quyền cho bạn, gửi kèm định danh ghi ở dưới.",
        "Ask an administrator for access, and send the identifier shown below.",
    )


class KeyReused(UserError):
    """An idempotency key came with another call than its first, or its first call is under way or was cut short."""

    code = "PH-808"
    next_step = (
        "Việc khác thì dùng khóa khác. Nếu lần gọi đầu bị ngắt: xem việc đã được làm chưa, rồi gọi lại bằng khóa mới.",
        "Use another key for another call. If the first was cut short: see whether it was done, then use a new key.",
    )


class MessageNotTaken(Transient):
    """A channel does not take a message now: no connection, no answer in time, or "later"."""

    code = "PH-820"
    next_step = (
        "Hệ thống tự gửi lại trong 24 giờ; kiểm tra máy chủ thư hoặc nơi nhận, thử bằng `phanhoi alerts test`.",
        "It is sent again by itself for 24 hours; check the mail server or receiver, try with `phanhoi alerts test`.",
    )
    exit_status = 4


class MessageRefused(Permanent):
    """A channel refused a message for good: account, address, signature or form are not accepted."""

    code = "PH-821"
    next_step = (
        "Sửa tài khoản, địa chỉ hoặc bí mật của kênh trong `[alerts]`, thử bằng `phanhoi alerts test`.",
        "Correct account, address or secret of the channel under `[alerts]`, try with `phanhoi alerts test`.",
    )
    exit_status = 4


class NoChannel(UserError):
    """No channel of that name, or none at all, is set: nothing can be told to anybody."""

    code = "PH-822"
    next_step = (
        "Đặt `[alerts.mail]` hoặc `[alerts.webhooks]` trong cấu hình (docs/alerts.md).",
        "Set `[alerts.mail]` or `[alerts.webhooks]` in the settings (docs/alerts.md).",
    )


class CallRefused(UserError):
    """The console refused a call of our Python client; its own code and next step stand in ``detail``."""

    code = "PH-809"
    next_step = (
        "Làm theo mã lỗi của bảng điều hành ghi trong thông báo.",
        "Follow the console's own code, which the message names.",
    )


# ---- backups, and going on after one was restored -----------------------------------------------------------


class RestoreNotAccepted(LedgerBroken):
    """The database is older than what was signed, or was just restored: nothing is read or written until a person accepts."""

    code = "PH-930"
    next_step = (
        "Xem `phanhoi restore status`; nếu đúng là bản khôi phục mong muốn thì `phanhoi restore accept`, không thì khôi phục bản mới hơn.",
        "See `phanhoi restore status`; if this is the state you mean, `phanhoi restore accept`, else restore a newer backup.",
    )


class BackupToolMissing(ConnectorError):
    """pg_dump or pg_restore is missing, or older than the database server."""

    code = "PH-931"
    next_step = (
        "Cài gói postgresql-client cùng phiên bản với máy chủ, hoặc đặt `backup.programs` vào thư mục chứa nó.",
        "Install the postgresql-client of the server's version, or set `backup.programs` to the folder that holds it.",
    )
    exit_status = 3


class BackupBroken(ConnectorError):
    """The file is no backup, or was changed, or is not whole."""

    code = "PH-932"
    next_step = (
        "Không dùng tệp này; lấy bản sao lưu khác và kiểm tra bằng `phanhoi backup verify`.",
        "Do not use this file; take another backup and check it with `phanhoi backup verify`.",
    )


class BackupKeyError(ConnectorError):
    """The key of the backup is missing, malformed, or another one."""

    code = "PH-933"
    next_step = (
        "Đặt khóa công khai vào `backup.recipients`; mở bản sao lưu bằng đúng tệp khóa bí mật (`--key`), tạo bằng `phanhoi backup keys`.",
        "Put the public key into `backup.recipients`; open the backup with the right secret key (`--key`); make one by `phanhoi backup keys`.",
    )
    exit_status = 2


class BackupDiffers(ConnectorError):
    """What was restored is not what the backup says of itself."""

    code = "PH-934"
    next_step = (
        "Không tin bản sao lưu này; tạo bản mới, báo kiểm toán nếu nhật ký sai.",
        "Do not rely on this backup; make a new one, and tell the auditor if the log is wrong.",
    )


class DatabaseInUse(UserError):
    """The database holds data already, and nobody said that it is to be replaced."""

    code = "PH-935"
    next_step = (
        "Dừng mọi tiến trình; khôi phục vào cơ sở dữ liệu trống, hoặc thêm `--replace` sau khi đã sao lưu cái đang có.",
        "Stop every process; restore into an empty database, or add `--replace` after backing up what is there.",
    )


class ToolFailed(ConnectorError):
    """pg_dump or pg_restore ended with an error."""

    code = "PH-936"
    next_step = (
        "Đọc lý do trong thông báo (thiếu quyền, đầy đĩa, mất kết nối), sửa rồi chạy lại; bản sao lưu dở không được giữ.",
        "Read the reason in the message (rights, disk, connection), mend it and run again; half a backup is never kept.",
    )
    exit_status = 3


# ---- what the program tells of itself -----------------------------------------------------------------------


class ExposedMetrics(UserError):
    """The metrics would be open to the network without a token."""

    code = "PH-940"
    next_step = (
        "Đặt `observability.token` (từ 16 ký tự), hoặc để `observability.host` ở 127.0.0.1.",
        "Set `observability.token` (16 characters or more), or leave `observability.host` at 127.0.0.1.",
    )


class Unwell(ConnectorError):
    """The doctor found something that needs a person."""

    code = "PH-941"
    next_step = (
        "Làm theo cột cuối của bảng; nếu cần hỗ trợ thì gửi tệp mà lệnh đã ghi.",
        "Follow the last column of the table; for support send the file that the command wrote.",
    )
