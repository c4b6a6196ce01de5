"""The one catalogue of texts that officials see: Vietnamese first, English second.

A text is a template with named places (``{system}``, ``{count:d}``). Both languages must have the same places, which
is checked when the text is made, so that a half translated text cannot be released.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from string import Formatter
from typing import Literal

from connector.alerts.wording import ALERTS
from connector.checkup.wording import CHECKUP
from connector.console.wording import CONSOLE
from connector.doctor.wording import DOCTOR
from connector.incident.wording import INCIDENT
from connector.telemetry.wording import TELEMETRY

Lang = Literal["vi", "en"]


@dataclass(frozen=True)
class Text:
    """One text in both languages.

    Raises:
        ValueError: a language is missing, the places differ, or a place is not a plain name.
    """

    vi: str
    en: str

    def __post_init__(self) -> None:
        if not self.vi.strip() or not self.en.strip():
            msg = "a text needs both languages"
            raise ValueError(msg)
        if places(self.vi) != places(self.en):
            msg = f"both languages need the same places: {sorted(places(self.vi) ^ places(self.en))} differ"
            raise ValueError(msg)

    def say(self, lang: Lang = "vi", **args: object) -> str:
        """The text with its places filled. A missing argument is a ``KeyError``: a bug, not an official's problem."""
        return (self.vi if lang == "vi" else self.en).format(**args)


def places(template: str) -> frozenset[str]:
    """Names of the places in a template.

    Raises:
        ValueError: a place has no name, or reaches into its argument (``{case.sender}``): arguments are plain values.
    """
    names = {name for _, name, _, _ in Formatter().parse(template) if name is not None}
    if wrong := sorted(name for name in names if not name.isidentifier()):
        msg = f"a place must be a plain name: {wrong}"
        raise ValueError(msg)
    return frozenset(names)


CATALOGUE: Mapping[str, Text] = {
    **{
        key: Text(*both)
        for key, both in {**CONSOLE, **ALERTS, **CHECKUP, **INCIDENT, **TELEMETRY, **DOCTOR}.items()
    },
    "answer.yes": Text("có", "yes"),
    "answer.no": Text("không", "no"),
    "system.register": Text("Hệ thống Phản hồi Thanh Hóa", "Province's register"),
    "system.national_portal": Text("Cổng Dịch vụ công quốc gia", "National Public Service Portal"),
    "system.government_portal": Text("Cổng Thông tin điện tử Chính phủ", "Government Portal"),
    "head.system": Text("Hệ thống", "System"),
    "head.data_class": Text("Loại dữ liệu", "Data"),
    "head.days": Text("Thời hạn (ngày)", "Period (days)"),
    "head.oldest": Text("Cũ nhất", "Oldest"),
    "head.removed": Text("Đã xóa", "Removed"),
    "head.actor": Text("Người thực hiện", "By"),
    "head.expired": Text("Hết thời hạn", "Over its period"),
    "head.read": Text("Đọc lần cuối", "Last read"),
    "head.linked": Text("Hồ sơ liên kết", "Linked"),
    "head.open": Text("Đang chờ gửi", "Open writes"),
    "head.done": Text("Đã gửi", "Done"),
    "head.state": Text("Tình trạng", "State"),
    "head.kind": Text("Loại", "Kind"),
    "head.when": Text("Thời điểm", "When"),
    "head.outcome": Text("Kết quả", "Outcome"),
    "head.file": Text("Tệp", "File"),
    "head.unverified": Text("Chưa xác nhận", "Not confirmed"),
    "head.place": Text("Dòng hoặc mục", "Row or place"),
    "head.change": Text("Thay đổi", "Change"),
    "head.was": Text("Trước", "Before"),
    "head.now": Text("Sau", "After"),
    "head.list": Text("Danh mục", "List"),
    "head.notice": Text("Cần xem", "To look at"),
    "head.counts": Text("Số lượng", "Counts"),
    "head.case": Text("Hồ sơ", "Case"),
    "head.intent": Text("Nội dung gửi", "Intent"),
    "head.tries": Text("Số lần", "Tries"),
    "head.reason": Text("Lý do", "Reason"),
    "head.code": Text("Mã", "Code"),
    "head.origin": Text("Nơi phát sinh", "Origin"),
    "head.sides": Text("Tại các hệ thống", "Sides"),
    "head.act": Text("Hành vi", "Act"),
    "head.agency": Text("Cơ quan", "Agency"),
    "head.officer": Text("Cán bộ", "Officer"),
    "head.subject": Text("Đối tượng", "Subject"),
    "head.seen": Text("Thấy lần cuối", "Last seen"),
    "head.facts": Text("Dữ kiện", "Facts"),
    "head.since": Text("Từ", "Since"),
    "head.until": Text("Đến", "Until"),
    "head.number": Text("Lệnh gửi", "Delivery"),
    "doubt.looks": Text("đang tự tra cứu", "is being looked up"),
    "doubt.person": Text("CHỜ NGƯỜI QUYẾT ĐỊNH", "A PERSON DECIDES"),
    "doubt.sent": Text(
        "Chúng ta đã gửi (lệnh gửi {id}, hồ sơ {case}):", "What we sent (delivery {id}, case {case}):"
    ),
    "doubt.facts": Text(
        "{what}; khóa {uid}; gửi lúc {when}; số lần {tries}",
        "{what}; key {uid}; sent {when}; attempts {tries}",
    ),
    "doubt.why": Text("Vì sao chưa rõ: {code} {reason}", "Why it is in doubt: {code} {reason}"),
    "doubt.told": Text(
        "{system} cho biết lúc này (mã hồ sơ {ref}):", "What {system} tells now (reference {ref}):"
    ),
    "doubt.silent": Text("Không hỏi được: {code}", "It could not be asked: {code}"),
    "doubt.no_lookup": Text(
        "Hệ thống này không có tra cứu cho thao tác đó; hãy xem các hành vi dưới đây.",
        "It offers no look-up for that operation; see the acts below.",
    ),
    "doubt.found": Text("Tra cứu: ĐÃ có hiệu lực.", "Look-up: it TOOK effect."),
    "doubt.absent": Text("Tra cứu: CHƯA có hiệu lực.", "Look-up: it had NO effect."),
    "doubt.unknown": Text("Tra cứu: không kết luận được.", "Look-up: it cannot tell."),
    "doubt.status": Text("Trạng thái: {status}", "Status: {status}"),
    "doubt.decided_yes": Text(
        "Lệnh gửi {id}: ghi nhận đã có hiệu lực; không gửi lại.",
        "Delivery {id}: it took effect, as decided; it is not sent again.",
    ),
    "doubt.decided_no": Text(
        "Lệnh gửi {id}: ghi nhận chưa có hiệu lực; sẽ gửi lại bằng khóa mới.",
        "Delivery {id}: it had no effect, as decided; it is sent again under a new key.",
    ),
    "gap.open": Text("vẫn chưa đọc được", "still silent"),
    "gap.none": Text("Không có khoảng gián đoạn nào.", "No gap in the readings."),
    "gap.status": Text(
        "CẢNH BÁO (Quy chế Đ10): không đọc được {system} từ {since}",
        "ALARM (art. 10): {system} could not be read since {since}",
    ),
    "gap.next_step": Text(
        "Kiểm tra mạng, tài khoản và `phanhoi runs`; khi đọc lại được, khoảng gián đoạn có trong `phanhoi gaps`.",
        "Check network, account and `phanhoi runs`; once it is read again the gap stands in `phanhoi gaps`.",
    ),
    "state.running": Text("đang chạy", "running"),
    "state.circuit_open": Text(
        "CẦU DAO NGẮT từ {since} ({node}): hệ thống không đáp ứng, tạm không gửi; tự thử lại",
        "CIRCUIT OPEN since {since} ({node}): the system does not respond, nothing is sent; probed by itself",
    ),
    "state.circuit_half_open": Text(
        "CẦU DAO: đang gửi thử từ {since} ({node})", "CIRCUIT: being probed since {since} ({node})"
    ),
    "state.paused": Text("TẠM DỪNG: {reason}", "PAUSED: {reason}"),
    "status.sums": Text(
        "Hồ sơ: {cases}; chưa đối chiếu: {unsettled}; chờ người xử lý: {quarantined}; chưa rõ kết quả: {in_doubt}; mục nhật ký: {entries}",
        "Cases: {cases}; unsettled: {unsettled}; waiting for a person: {quarantined}; in doubt: {in_doubt}; log entries: {entries}",
    ),
    "status.no_node": Text("Không có tiến trình nào đang chạy.", "No process is at work."),
    "status.node": Text(
        "Máy {name}: {parts}; phiên bản {version}; chạy từ {since}; báo nhịp {silent} giây trước",
        "Node {name}: {parts}; version {version}; running since {since}; heard of {silent} s ago",
    ),
    "node.worker": Text("xử lý", "worker"),
    "node.clock": Text("đồng hồ", "clock"),
    "node.console": Text("bảng điều hành", "console"),
    "status.pause": Text("Tạm dừng {scope}: {reason} ({actor})", "Paused {scope}: {reason} ({actor})"),
    "case.title": Text(
        "Hồ sơ {id}, mã {code}, phát sinh tại {origin}", "Case {id}, code {code}, born at {origin}"
    ),
    "case.side": Text(
        "{system}: số {ref}, trạng thái {status}, số hành vi đã khớp {agreed}",
        "{system}: {ref}, status {status}, acts agreed {agreed}",
    ),
    "case.deliveries": Text("Các lệnh gửi", "Deliveries"),
    "case.quarantine": Text(
        "Chờ người xử lý #{id} {code}: {reason}", "Waits for a person #{id} {code}: {reason}"
    ),
    "case.next": Text("Tiếp theo", "Next"),
    "next.settle": Text(
        "Vừa đọc được thay đổi, đang chờ đối chiếu hai bên.",
        "A change was read a moment ago; both sides are about to be compared.",
    ),
    "next.nothing": Text(
        "Hai bên đã khớp; không còn việc gì phải làm.", "Both sides agree; nothing is left to do."
    ),
    "next.ended": Text(
        "Hồ sơ đã kết thúc tại đây; không đọc, không gửi gì nữa.",
        "The case has ended here; nothing is read or sent any more.",
    ),
    "next.paused": Text(
        "{subject} đang tạm dừng ({code}); chờ người cho chạy lại. {when}",
        "{subject} is paused ({code}); a person resumes it. {when}",
    ),
    "next.planned": Text(
        "Gửi tới {subject} ngay khi đến lượt ({when}). {code}",
        "Goes to {subject} when its turn comes ({when}). {code}",
    ),
    "next.sent": Text("Đang gửi tới {subject} ({when}). {code}", "Being sent to {subject} ({when}). {code}"),
    "next.waiting": Text(
        "Gửi lại tới {subject} lúc {when}, vì {code}.",
        "Tried again at {subject} at {when}, because of {code}.",
    ),
    "next.in_doubt": Text(
        "Tra cứu kết quả tại {subject} lúc {when} trước khi gửi lại ({code}).",
        "Looked up at {subject} at {when} before anything is sent again ({code}).",
    ),
    "next.quarantined": Text(
        "Lệnh gửi tới {subject} chờ người xử lý, vì {code}. {when}",
        "The write to {subject} waits for a person, because of {code}. {when}",
    ),
    "next.person": Text(
        "Cần người xử lý: {subject} ({code}). {when}", "A person is needed: {subject} ({code}). {when}"
    ),
    "quarantine.near": Text("gần nhất", "nearest"),
    "quarantine.retried": Text("Đã cho thử lại {count} mục.", "{count} items are tried again."),
    "quarantine.dismissed": Text("Đã bỏ qua mục {id}.", "Item {id} dismissed."),
    "sync.woken": Text("Đã yêu cầu đọc và gửi ngay: {systems}.", "Asked to read and deliver now: {systems}."),
    "pause.done": Text("Đã tạm dừng {scope}.", "{scope} is paused."),
    "pause.already": Text("{scope} đã tạm dừng từ trước.", "{scope} was paused already."),
    "resume.done": Text("{scope} chạy lại.", "{scope} goes on."),
    "resume.nothing": Text("{scope} không bị tạm dừng.", "{scope} was not paused."),
    "head.account": Text("Tài khoản", "Account"),
    "head.label": Text("Dùng cho", "For"),
    "head.scopes": Text("Phạm vi", "Scopes"),
    "head.expires": Text("Hết hạn", "Expires"),
    "head.used": Text("Dùng gần nhất", "Last used"),
    "token.revoked": Text("đã thu hồi", "revoked"),
    "token.expired": Text("đã hết hạn", "expired"),
    "token.in_force": Text("còn hiệu lực", "in force"),
    "token.text": Text("Mã truy cập {id}, chỉ hiện một lần này:", "Token {id}, shown this once:"),
    "token.over": Text("Đã thu hồi mã truy cập {id} ({label}).", "Token {id} ({label}) is revoked."),
    "head.ended_in": Text("Kết quả lệnh gửi", "Delivery ended in"),
    "export.exporting": Text("Đang trích xuất nhật ký", "Exporting the log"),
    "export.done": Text(
        "Đã trích xuất {entries} mục, đối chiếu điểm niêm phong {size} mục.",
        "Exported {entries} entries against the checkpoint of {size} entries.",
    ),
    "export.verify": Text(
        "Kiểm tra ngoại tuyến: phanhoi-verify {path}", "Check it offline: phanhoi-verify {path}"
    ),
    "log.verifying": Text("Đang kiểm tra nhật ký", "Verifying the log"),
    "log.ok": Text(
        "Nhật ký nguyên vẹn: {count} mục, mã cuối {head}.",
        "The log is whole: {count} entries, last hash {head}.",
    ),
    "log.sealed": Text(
        "{notes} điểm niêm phong và {copies} bản giữ ngoài cơ sở dữ liệu đều đúng; đã ký đến mục {signed}, gốc cây {root}.",
        "{notes} checkpoints and {copies} copies outside the database are right; signed up to entry {signed}, root of the tree {root}.",
    ),
    "log.lost": Text(
        "Nhật ký nêu một lần khôi phục sau mục {at}: {lost} mục đã ký từ đó không còn; {count} điểm niêm phong thuộc nhánh đã mất.",
        "The log declares a restore after entry {at}: {lost} entries signed from there on are lost; {count} checkpoints are of the lost branch.",
    ),
    "backup.keys": Text(
        "Đã tạo tệp khóa bí mật {path}: cất ngoài máy chủ, mất khóa là mất mọi bản sao lưu. Trong cấu hình, dưới [backup]:",
        "Made the secret key file {path}: keep it off the server; without it no backup opens. In the settings, under [backup]:",
    ),
    "backup.made": Text(
        "Đã sao lưu vào {path} ({size} byte), nhật ký đến mục {entries}.",
        "Backed up to {path} ({size} bytes), the log up to entry {entries}.",
    ),
    "backup.masters": Text(
        "Nội dung hồ sơ trong bản sao lưu chỉ đọc được với khóa chủ: {names}. Cất các khóa này riêng.",
        "What the cases say can be read only with the master keys: {names}. Keep those apart.",
    ),
    "backup.right": Text(
        "Bản sao lưu lúc {made} khôi phục được: {rows} dòng trong {tables} bảng, phiên bản {version}.",
        "The backup of {made} can be restored: {rows} rows in {tables} tables, version {version}.",
    ),
    "backup.log": Text(
        "Nhật ký trong đó nguyên vẹn: {entries} mục, đã ký đến mục {signed}.",
        "The log in it is whole: {entries} entries, signed up to entry {signed}.",
    ),
    "backup.opens": Text(
        "Khóa chủ đang có mở được nội dung ({names}).", "The master keys at hand open its content ({names})."
    ),
    "backup.unopened": Text(
        "Chưa thử khóa chủ (cấu hình không nêu); cần các khóa: {names}.",
        "No master key was tried (the settings name none); needed: {names}.",
    ),
    "restore.loaded": Text(
        "Đã khôi phục bản sao lưu lúc {made}, nhật ký đến mục {entries}.",
        "Restored the backup of {made}, the log up to entry {entries}.",
    ),
    "restore.next": Text(
        "Chưa đọc hay gửi gì cho đến khi có người chấp nhận: phanhoi restore accept --reason …",
        "Nothing is read or sent until somebody accepts: phanhoi restore accept --reason …",
    ),
    "restore.log": Text(
        "Nhật ký có {entries} mục, đã ký đến mục {sealed}.",
        "The log has {entries} entries, signed up to {sealed}.",
    ),
    "restore.ahead": Text(
        "Thư mục niêm phong đã có điểm ký {size} mục: cơ sở dữ liệu này cũ hơn.",
        "The checkpoint folder holds one of {size} entries: this database is older.",
    ),
    "restore.held": Text("Đang giữ từ {since}: {reason}", "Held since {since}: {reason}"),
    "restore.catching_up": Text(
        "Đã chấp nhận lúc {at}; đang đọc lại mọi bên, mỗi lần gửi được tra cứu trước.",
        "Accepted at {at}; every side is being read again, and each write is looked up before it is sent.",
    ),
    "restore.caught_up": Text(
        "Đã bắt kịp lúc {at} sau lần khôi phục gần nhất.", "Caught up at {at} after the last restore."
    ),
    "restore.none": Text(
        "Cơ sở dữ liệu không cũ hơn phần đã ký.", "The database is not older than what was signed."
    ),
    "restore.accepted": Text(
        "Đã chấp nhận: chạy tiếp từ mục {entries}, mất {lost} mục đã ký; nhật ký sang nhánh {branch}.",
        "Accepted: going on from entry {entries}, {lost} signed entries are lost; the log goes on in branch {branch}.",
    ),
    "restore.erased": Text(
        "Hồ sơ đã xóa sau bản sao lưu, nay hủy khóa lại: {count}.",
        "Cases erased after the backup, their keys destroyed again: {count}.",
    ),
    "log.unsealed": Text("Nhật ký chưa được niêm phong.", "The log is not sealed."),
    "log.none": Text("Không có mục mới để niêm phong.", "There is nothing new to seal."),
    "log.no_key": Text(
        "Chưa có khóa ký (`ledger.signing_keys_file`): nhật ký không được niêm phong.",
        "There is no signing key (`ledger.signing_keys_file`): the log is not sealed.",
    ),
    "log.held": Text(
        "Niêm phong đang bị dừng: {reason}",
        "Sealing is held: {reason}",
    ),
    "log.checkpoint": Text(
        "Đã niêm phong {size} mục lúc {at}, gốc cây {root}.",
        "Sealed {size} entries at {at}, root of the tree {root}.",
    ),
    "finding.rolled_back": Text(
        "Đã ký đến mục {size} ({source}) nhưng cơ sở dữ liệu không còn đủ: bị lùi về bản cũ hoặc bị cắt đuôi.",
        "Signed up to entry {size} ({source}), and the database has fewer: rolled back or cut off.",
    ),
    "finding.rewritten": Text(
        "{size} mục đầu không phải là các mục đã ký ({source}): nhật ký bị viết lại.",
        "The first {size} entries are not those that were signed ({source}): the log was rewritten.",
    ),
    "finding.re_signed": Text(
        "Điểm niêm phong {size} ({source}) không do khóa có hiệu lực của nhật ký ký.",
        "Checkpoint {size} ({source}) is not signed by a key of the log that counted then.",
    ),
    "finding.note_changed": Text(
        "Điểm niêm phong {size} ({source}) khác với bản kia: một trong hai đã bị thay.",
        "Checkpoint {size} ({source}) differs from the other copy: one of them was replaced.",
    ),
    "finding.note_missing": Text(
        "Điểm niêm phong {size} ({source}) không còn trong cơ sở dữ liệu.",
        "Checkpoint {size} ({source}) is no longer in the database.",
    ),
    "finding.tile_changed": Text(
        "Ô cây đến mục {size} ({source}) không khớp các mục của nó.",
        "The tile up to entry {size} ({source}) is not that of its entries.",
    ),
    "finding.keys_changed": Text(
        "Khóa công khai khác với bản đã lưu ({source}; {size}).",
        "The public keys are not those that were filed ({source}; {size}).",
    ),
    "finding.note_unreadable": Text(
        "Tệp điểm niêm phong {size} ({source}) không đọc được.",
        "The file of checkpoint {size} ({source}) is no checkpoint.",
    ),
    "init.done": Text(
        "Đã ghi {path}. Tạo khóa chủ bằng `phanhoi keys create`, sửa địa chỉ và tài khoản, rồi chạy `phanhoi config check`.",
        "Wrote {path}. Make the master key with `phanhoi keys create`, set addresses and accounts, then run "
        "`phanhoi config check`.",
    ),
    "init.hello": Text(
        "Thiết lập kết nối PAKN trong {folder}. Enter nhận giá trị trong ngoặc vuông; chưa có gì được ghi cho đến câu cuối.",
        "Setting up the connector in {folder}. Enter takes the value in brackets; nothing is written before the last answer.",
    ),
    "init.ask_node": Text("Tên máy này, ghi trong nhật ký", "Name of this machine in the log"),
    "init.ask_database": Text(
        "Địa chỉ PostgreSQL (để trống: dùng máy chủ nhúng kèm theo)",
        "Address of PostgreSQL (empty: the embedded server that comes along)",
    ),
    "init.ask_register": Text(
        "Sổ hồ sơ của tỉnh: own = sổ kèm theo, rest = qua API, sql = qua cơ sở dữ liệu",
        "Your register: own = the one that comes along, rest = by its API, sql = by its database",
    ),
    "init.ask_system": Text("Nối với {system}?", "Connect the {system}?"),
    "init.ask_public": Text(
        "Địa chỉ công khai mà cổng tải tệp của ta (để trống: đặt sau)",
        "Public address where portals fetch our files (empty: later)",
    ),
    "init.ask_console": Text("Bật bảng điều hành trên web?", "Serve the web console?"),
    "init.ask_administrator": Text(
        "Tạo tài khoản quản trị đầu tiên?", "Make the first administrator's account?"
    ),
    "init.ask_name": Text("Tên tài khoản", "Name of the account"),
    "init.ask_display_name": Text("Họ và tên", "The person's name"),
    "init.ask_try": Text("Kết nối thử ngay, không ghi gì?", "Try all connections now, writing nothing?"),
    "init.wrote": Text("Đã ghi {path}", "Wrote {path}"),
    "init.database_ready": Text("Cơ sở dữ liệu sẵn sàng.", "The database is ready."),
    "init.register_ready": Text("Sổ hồ sơ sẵn sàng.", "The register is ready."),
    "init.administrator_made": Text(
        "Đã tạo quản trị viên {name}; mã xác thực được thiết lập ở lần đăng nhập đầu tiên.",
        "Made the administrator {name}; one-time codes are set up at the first sign-in.",
    ),
    "init.no_portal": Text(
        "Chưa có cổng nào được nối: thêm vào [systems] trước khi chạy `phanhoi daemon`.",
        "No portal is connected yet: add one under [systems] before `phanhoi daemon`.",
    ),
    "init.next": Text(
        "Tiếp theo:\n"
        "  1. Sao lưu {keys} ở nơi khác cơ sở dữ liệu: mất khóa là mất dữ liệu.\n"
        "  2. Thay danh mục mẫu bằng danh mục của tỉnh (docs/mappings.md).\n"
        "  3. phanhoi --config {path} config check --connect\n"
        "  4. phanhoi --config {path} daemon",
        "Next:\n"
        "  1. Back {keys} up, apart from the database: who loses the key loses the data.\n"
        "  2. Put the province's lists in place of the samples (docs/mappings.md).\n"
        "  3. phanhoi --config {path} config check --connect\n"
        "  4. phanhoi --config {path} daemon",
    ),
    "config.ok": Text(
        "Cấu hình và ánh xạ hợp lệ: {systems} hệ thống, {files} tệp ánh xạ.",
        "Settings and mappings are valid: {systems} systems, {files} mapping files.",
    ),
    "config.connected": Text("Mọi kết nối đều tốt: {count} mục.", "Everything answers: {count} checks."),
    "config.warned": Text(
        "Kết nối được; {warned} trong {count} mục cần lưu ý.",
        "Everything answers; {warned} of {count} checks deserve a look.",
    ),
    "head.area": Text("Phần", "Part"),
    "head.check": Text("Mục kiểm tra", "Check"),
    "head.measured": Text("Đo được", "Measured"),
    "head.next_step": Text("Việc cần làm", "Next step"),
    "head.duty": Text("Việc phải làm", "Duty"),
    "head.due": Text("Hạn", "Due"),
    "head.basis": Text("Căn cứ", "Basis"),
    "head.day": Text("Ngày", "Day"),
    "head.counts_as": Text("Ngày thứ", "Counts as"),
    "head.proposed": Text("Nếu theo đề xuất", "If as proposed"),
    "head.year": Text("Năm", "Year"),
    "head.working_days": Text("Ngày làm việc", "Working days"),
    "head.undecided": Text("Chưa quyết", "Undecided"),
    "head.version": Text("Phiên bản", "Version"),
    "head.pack": Text("Bộ quy tắc", "Rule pack"),
    "head.validity": Text("Hiệu lực", "Validity"),
    "head.certainty": Text("Độ chắc chắn", "Certainty"),
    "head.channel": Text("Kênh", "Channel"),
    "head.governing": Text("Chi phối", "Governs"),
    "head.watching": Text("Theo dõi", "Watches"),
    "head.term": Text("Thời hạn", "Term"),
    "head.starts": Text("Tính từ", "Counted from"),
    "duty.classify": Text("Phân loại", "Classify"),
    "duty.assign": Text("Chỉ định cơ quan", "Name the agency"),
    "duty.supplement": Text("Người gửi bổ sung", "Sender's supplement"),
    "duty.handle": Text("Xử lý, trả kết quả", "Handle, return the result"),
    "duty.coordinate": Text("Phối hợp", "Coordinate"),
    "duty.publish": Text("Công khai kết quả", "Publish the result"),
    "duty.ask_supplement": Text("Yêu cầu bổ sung", "Ask for a supplement"),
    "duty.answer": Text("Trả lời", "Answer"),
    "weekday.1": Text("Thứ hai", "Monday"),
    "weekday.2": Text("Thứ ba", "Tuesday"),
    "weekday.3": Text("Thứ tư", "Wednesday"),
    "weekday.4": Text("Thứ năm", "Thursday"),
    "weekday.5": Text("Thứ sáu", "Friday"),
    "weekday.6": Text("Thứ bảy", "Saturday"),
    "weekday.7": Text("Chủ nhật", "Sunday"),
    "anchor.receipt": Text("ngày tiếp nhận", "receipt"),
    "anchor.custody": Text("ngày cơ quan nhận, hoặc ngày bổ sung", "custody, or the supplement"),
    "anchor.role": Text("ngày chuyển đầu mối tỉnh", "passing to the province role"),
    "anchor.request": Text("ngày yêu cầu bổ sung", "the request"),
    "anchor.hand_over": Text("ngày giao đơn vị", "hand-over to the unit"),
    "anchor.coordination": Text("ngày nhận đề nghị phối hợp", "the coordinator's receipt"),
    "anchor.result": Text("ngày có kết quả", "the result"),
    "anchor.answer": Text("ngày trả lời, chờ công khai", "the answer, waiting to be published"),
    "anchor.last_transfer": Text("lần chuyển cuối, hoặc ngày gửi", "the last transfer, or submission"),
    "unit.working": Text("{days} ngày làm việc", "{days} working days"),
    "unit.calendar": Text("{days} ngày", "{days} days"),
    "pack.binding": Text("chi phối", "may govern"),
    "pack.watching": Text("chỉ theo dõi", "only watches"),
    "pack.empty": Text("CHƯA ĐIỀN, không chi phối", "NOT FILLED IN, never governs"),
    "case.deadlines": Text("Thời hạn", "Deadlines"),
    "deadline.open": Text("trong hạn", "in time"),
    "deadline.late": Text("QUÁ HẠN", "OVERDUE"),
    "deadline.late_informed": Text("QUÁ HẠN, đã báo người gửi {when}", "OVERDUE, the sender was told {when}"),
    "deadline.done": Text("xong {when}", "done {when}"),
    "deadline.done_late": Text("xong trễ {when}", "done late {when}"),
    "deadline.void": Text("không còn phải làm từ {when}", "no longer to be done since {when}"),
    "deadline.missing": Text("THIẾU CĂN CỨ THỜI HẠN", "DEADLINE BASIS MISSING"),
    "deadline.uncomputed": Text("CHƯA TÍNH ĐƯỢC HẠN", "NO DUE DAY COMPUTED YET"),
    "deadline.or": Text("{day} (hoặc {other}, chưa quyết)", "{day} (or {other}, undecided)"),
    "deadline.internal": Text("nội bộ: {day}", "the agency's own: {day}"),
    "deadline.told": Text("người gửi được báo: {day}", "told to the sender: {day}"),
    "deadline.no_pack": Text("chưa áp dụng bộ quy tắc nào", "no rule pack adopted"),
    "deadline.strict": Text("tính từ ngày tiếp nhận: {day}", "counted from receipt: {day}"),
    "deadline.target": Text("mục tiêu, không phải thời hạn pháp lý", "a target, no legal term"),
    "deadline.pack": Text("theo {pack}", "by {pack}"),
    "deadline.watches": Text("theo dõi, không chi phối: {pack}", "watches, does not govern: {pack}"),
    "deadline.portal": Text("Hạn do {system} tự nêu: {when}", "Due as {system} states it: {when}"),
    "deadline.no_rules": Text(
        "Tệp quy tắc có lỗi (`phanhoi rules check`): thời hạn hiện không kèm điều khoản.",
        "The rule files are wrong (`phanhoi rules check`): deadlines are shown without their articles.",
    ),
    "calendar.due": Text("Hạn: {due}. Lịch {calendar}.", "Due: {due}. Calendar {calendar}."),
    "calendar.weekend": Text("nghỉ cuối tuần", "weekend"),
    "rules.ok": Text(
        "Tệp quy tắc hợp lệ: {calendars} lịch, {packs} bộ quy tắc.",
        "The rule files are valid: {calendars} calendars, {packs} rule packs.",
    ),
    "rules.none": Text("không mặc nhiên áp dụng", "none is adopted by default"),
    "rules.silent": Text("Không nêu thời hạn cho: {duties}", "Sets no term for: {duties}"),
    "rules.inner": Text(
        "Bước nội bộ {agency}, {duty}: {days} ngày làm việc ({basis})",
        "Inner step of {agency}, {duty}: {days} working days ({basis})",
    ),
    "db.at": Text(
        "Cơ sở dữ liệu: {current}; chương trình: {newest}.", "Database: {current}; program: {newest}."
    ),
    "db.pending": Text("Chưa áp dụng: {pending}", "Pending: {pending}"),
    "db.newer": Text(
        "Cơ sở dữ liệu mới hơn chương trình. {pending}", "The database is newer than the program. {pending}"
    ),
    "conformance.title": Text("BIÊN BẢN KIỂM TRA BỘ NỐI: {system}", "CONFORMANCE REPORT: {system}"),
    "conformance.mode.safe": Text(
        "Phạm vi: hệ thống đang cấu hình, CHỈ ĐỌC; không ghi và không xác nhận gì.",
        "Scope: the configured system, READ ONLY; nothing was written or confirmed.",
    ),
    "conformance.mode.twin": Text(
        "Phạm vi: mọi cam kết, trên cổng mô phỏng khởi động riêng; không gọi hệ thống đang cấu hình.",
        "Scope: every promise, on twins started for it; the configured system was not called.",
    ),
    "conformance.when": Text(
        "Thời điểm: {when}; thời lượng {seconds} giây.", "Time: {when}; took {seconds} s."
    ),
    "conformance.versions": Text("Phiên bản", "Versions"),
    "conformance.settings": Text("Cấu hình, bí mật được che", "Settings, secrets masked"),
    "conformance.promises": Text("Các cam kết", "Promises"),
    "conformance.passed": Text("KẾT LUẬN: ĐẠT.", "CONCLUSION: PASSED."),
    "conformance.failed": Text("KẾT LUẬN: KHÔNG ĐẠT.", "CONCLUSION: NOT PASSED."),
    "conformance.result.passed": Text("ĐẠT", "PASSED"),
    "conformance.result.failed": Text("KHÔNG ĐẠT", "FAILED"),
    "conformance.result.not_applicable": Text("KHÔNG ÁP DỤNG", "NOT APPLICABLE"),
    "conformance.sums": Text(
        "Tổng hợp: đạt {passed}, không đạt {failed}, không áp dụng {not_applicable}.",
        "Totals: {passed} passed, {failed} failed, {not_applicable} not applicable.",
    ),
    "conformance.signatures": Text(
        "Đại diện bên vận hành: ........................    Đại diện bên kỹ thuật: ........................",
        "For the operator: ........................    For the technical side: ........................",
    ),
    "demo.starting": Text(
        "Đang chuẩn bị cơ sở dữ liệu nhúng, hệ thống phản ánh và hai cổng mô phỏng…",
        "Preparing the embedded database, the register and both portal twins…",
    ),
    "demo.ready": Text("Đang chạy. Dừng bằng Ctrl-C.", "Running. Stop with Ctrl-C."),
    "demo.progress": Text("Hồ sơ đã sống hết vòng đời", "Cases that have lived to the end"),
    "demo.console": Text(
        "Bảng điều hành: {address}\n  tài khoản: {accounts}\n  mật khẩu: {password}",
        "Console: {address}\n  accounts: {accounts}\n  password: {password}",
    ),
    "demo.try": Text("Mở cửa sổ khác và thử:", "Open another window and try:"),
    "demo.stopped": Text("Đã dừng. Dữ liệu ở {folder}.", "Stopped. The data is in {folder}."),
    "demo.restarted": Text(
        "Tiến trình đồng bộ dừng bất ngờ (mã {code}); khởi động lại.",
        "The connector process ended (status {code}); starting it again.",
    ),
    "head.key": Text("Khóa", "Key"),
    "head.wraps": Text("Số khóa hồ sơ", "Case keys"),
    "head.places": Text("Vị trí và mức", "Places and levels"),
    "head.entry": Text("Mục", "Entry"),
    "head.entries": Text("Số mục", "Entries"),
    "head.root": Text("Gốc cây", "Root"),
    "head.signed": Text("Ký lúc", "Signed"),
    "head.outlets": Text("Nơi giữ", "Kept by"),
    "head.id": Text("Mã", "Id"),
    "head.from": Text("Từ", "From"),
    "log_key.created": Text(
        "Đã tạo khóa ký {name} trong {path}. Chỉ tài khoản dịch vụ được đọc; công bố bằng `phanhoi log keys export`.",
        "Made signing key {name} in {path}. Only the service's account may read it; publish with `phanhoi log keys export`.",
    ),
    "log_key.rotated": Text(
        "Khóa ký {name} (mã {id}) có hiệu lực từ nay. Chép tệp khóa sang mọi máy, công bố lại danh sách khóa.",
        "Signing key {name} (id {id}) counts from now on. Copy the key file to every machine, publish the list anew.",
    ),
    "status.seal": Text(
        "Niêm phong nhật ký: {signed} mục, lần cuối {at}; {waiting} mục chờ.",
        "Log sealed: {signed} entries, last at {at}; {waiting} wait.",
    ),
    "status.outlet": Text(
        "Niêm phong: khâu {outlet} chưa thực hiện được từ {since} ({code})",
        "Sealing: {outlet} could not be done since {since} ({code})",
    ),
    "keys.created": Text(
        "Đã tạo khóa chủ {name} trong {path}. Sao lưu tệp này tách khỏi cơ sở dữ liệu: mất khóa là mất dữ liệu.",
        "Made master key {name} in {path}. Back the file up apart from the database: without the key the data is lost.",
    ),
    "keys.rotated": Text(
        "Đã bọc lại {count} khóa hồ sơ bằng khóa chủ {name}.",
        "{count} case keys are wrapped anew by master key {name}.",
    ),
    "keys.drop": Text(
        "Khởi động lại dịch vụ trên mọi máy với tệp mới, xem `phanhoi keys info`; khi khóa cũ không còn bọc khóa nào thì "
        "xóa dòng của nó: {old}.",
        "Restart the daemon everywhere with the new file and look at `phanhoi keys info`; once an old key wraps none, "
        "remove its line: {old}.",
    ),
    "keys.current": Text("đang dùng", "in use"),
    "keys.old": Text("cũ", "old"),
    "keys.missing": Text("THIẾU", "MISSING"),
    "keys.destroyed": Text("Khóa hồ sơ đã hủy: {count}", "Case keys destroyed: {count}"),
    "secrecy.held": Text(
        "Hồ sơ {case} đang bị giữ, chờ người có thẩm quyền quyết định.",
        "Case {case} is held until an official decides.",
    ),
    "secrecy.review": Text("Mã xem xét: {code}", "Review code: {code}"),
    "secrecy.free": Text("Hồ sơ {case} không bị giữ.", "Case {case} is not held."),
    "secrecy.mark": Text("{place}: {level}", "{place}: {level}"),
    "secrecy.mark_cleared": Text("{place}: {level} (đã xem xét)", "{place}: {level} (cleared)"),
    "secrecy.decided": Text("{when} {officer}: {basis}", "{when} {officer}: {basis}"),
    "secrecy.cleared": Text(
        "Đã ghi nhận: {count} dấu hiệu không phải bí mật; hồ sơ đi tiếp.",
        "Recorded: {count} markings are no secret; the case goes on.",
    ),
    "secrecy.confirmed": Text(
        "Đã đưa hồ sơ ra ngoài hệ thống; khóa đã hủy, không còn nội dung. Các cổng không được báo.",
        "The case is off the system; its keys are destroyed, no content is left. The portals are told nothing.",
    ),
    "erase.done": Text(
        "Đã hủy khóa; dữ liệu không đọc được nữa.",
        "The keys are destroyed; the data cannot be read any more.",
    ),
    "end.backups": Text(
        "Bản sao lưu làm từ {since} đến {until} còn chứa hồ sơ này; xử lý theo quy định.",
        "Backups made from {since} to {until} hold this case; deal with them by the rules.",
    ),
    "end.delivered": Text(
        "Trước đó đã gửi {count} lượt sang hệ thống khác; xem `phanhoi log show --case`.",
        "{count} writes had reached other systems before; see `phanhoi log show --case`.",
    ),
    "end.doubtful": Text(
        "Lệnh gửi chưa rõ kết quả, không tra cứu nữa; kiểm tra tại hệ thống đích: {numbers}",
        "Writes of unknown outcome, not looked up any more; look at the target system: {numbers}",
    ),
    "end.off_system": Text(
        "Ra ngoài hệ thống từ {when}, {officer}, căn cứ {basis}",
        "Off the system since {when}, {officer}, basis {basis}",
    ),
    "end.erased": Text("Đã xóa {when}, {officer}, căn cứ {basis}", "Erased {when}, {officer}, basis {basis}"),
    "end.contact_erased": Text(
        "Đã xóa dữ liệu người gửi {when}, {officer}, căn cứ {basis}",
        "The sender's data was erased {when}, {officer}, basis {basis}",
    ),
    "intent.create": Text("Tạo hồ sơ", "Create the case"),
    "intent.update": Text("Cập nhật nội dung", "Update the content"),
    "intent.append": Text("Gửi hành vi", "Send an act"),
    "intent.tighten": Text("Giữ kín hồ sơ", "Make it private"),
    "delivery.planned": Text("đã lập, chưa gửi", "planned, not sent yet"),
    "delivery.sent": Text("đang gửi", "being sent"),
    "delivery.waiting": Text("chờ thử lại", "waits for its next attempt"),
    "delivery.in_doubt": Text("chưa rõ kết quả", "outcome unknown"),
    "delivery.quarantined": Text("chờ người xử lý", "waits for a person"),
    "delivery.done": Text("bên kia đã nhận", "the other system took it"),
    "delivery.cancelled": Text("không gửi nữa", "not sent"),
    "delivery.dismissed": Text("người có thẩm quyền bỏ qua", "dismissed by a person"),
    "step.planned": Text("lập lệnh", "planned"),
    "step.withheld": Text("không được phép gửi", "withheld"),
    "step.sent": Text("gửi", "sent"),
    "step.done": Text("bên kia nhận", "taken"),
    "step.duplicate": Text("bên kia đã nhận từ trước", "taken before"),
    "step.waiting": Text("chưa gửi được, chờ", "could not be sent, waits"),
    "step.in_doubt": Text("chưa rõ kết quả", "outcome unknown"),
    "step.found": Text("tra cứu: đã có hiệu lực", "looked up: took effect"),
    "step.absent": Text("tra cứu: không có hiệu lực", "looked up: no effect"),
    "step.doubt_decided": Text("người có thẩm quyền quyết định", "decided by a person"),
    "step.quarantined": Text("chờ người xử lý", "waits for a person"),
    "step.dismissed": Text("người có thẩm quyền bỏ qua", "dismissed by a person"),
    "step.retried": Text("thử lại", "tried again"),
    "step.cancelled": Text("hủy lệnh", "cancelled"),
    "status_name.NEW": Text("mới", "new"),
    "status_name.ASSIGNED": Text("đã chuyển đến cơ quan", "assigned"),
    "status_name.ACCEPTED": Text("đã tiếp nhận", "accepted"),
    "status_name.UNIT_ASSIGNED": Text("đã giao đơn vị", "given to a unit"),
    "status_name.IN_PROGRESS": Text("đang xử lý", "in progress"),
    "status_name.SUPPLEMENT_REQUESTED": Text("chờ bổ sung", "supplement asked for"),
    "status_name.SUPPLEMENTED": Text("đã bổ sung", "supplemented"),
    "status_name.ANSWERED": Text("đã trả lời", "answered"),
    "status_name.PUBLISHED": Text("đã công khai", "published"),
    "status_name.REWORK": Text("yêu cầu làm lại", "to be done again"),
    "status_name.REFUSED": Text("không tiếp nhận", "refused"),
    "status_name.RETURNED_VPCP": Text(
        "trả lại Văn phòng Chính phủ", "returned to the Office of the Government"
    ),
    "status_name.TRANSFERRED": Text("đã chuyển cơ quan khác", "transferred"),
    "status_name.RECALLED": Text("đã thu hồi", "recalled"),
    "status_name.CLOSED": Text("đã đóng", "closed"),
    "act.submitted": Text("Người gửi nộp", "Submitted by the sender"),
    "act.forwarded": Text("Chuyển đến cơ quan", "Forwarded to the agency"),
    "act.received": Text("Tiếp nhận vào sổ", "Entered in the register"),
    "act.accepted": Text("Tiếp nhận xử lý", "Accepted"),
    "act.refused": Text("Không tiếp nhận", "Not accepted"),
    "act.supplement_requested": Text("Yêu cầu bổ sung", "Supplement asked for"),
    "act.supplemented": Text("Người gửi đã bổ sung", "Supplemented"),
    "act.lapsed": Text("Hết hạn bổ sung", "Not supplemented in time"),
    "act.reassigned": Text("Chuyển cơ quan trong tỉnh", "Passed on within the province"),
    "act.transferred": Text("Chuyển cơ quan khác", "Transferred to another agency"),
    "act.returned": Text("Trả lại Văn phòng Chính phủ", "Returned to the Office of the Government"),
    "act.assigned": Text("Giao đơn vị xử lý", "Assigned to a unit"),
    "act.returned_internally": Text("Đơn vị trả lại", "Returned by an inner unit"),
    "act.coordination_requested": Text("Đề nghị phối hợp", "Coordination asked for"),
    "act.coordination_answered": Text("Trả lời phối hợp", "Coordination answered"),
    "act.progress": Text("Cập nhật tiến độ", "Progress"),
    "act.late_notice": Text("Báo chậm", "Notice of delay"),
    "act.result": Text("Có kết quả", "Result"),
    "act.result_sent_back": Text("Trả lại kết quả", "Result sent back"),
    "act.answered": Text("Trả lời", "Answered"),
    "act.closed": Text("Đóng hồ sơ", "Closed"),
    "act.published": Text("Cổng công khai", "Published by the portal"),
    "act.unpublished": Text("Gỡ công khai", "Unpublished"),
    "act.returned_for_rework": Text("Cổng yêu cầu làm lại", "Returned for rework"),
    "act.recalled": Text("Cổng thu hồi", "Recalled by the portal"),
    "act.recall_agreed": Text("Đồng ý thu hồi", "Recall agreed"),
    "act.recall_refused": Text("Không đồng ý thu hồi", "Recall refused"),
    "act.withdrawn": Text("Người gửi rút", "Withdrawn"),
    "act.rated": Text("Đánh giá", "Rated"),
    "act.reminded": Text("Đôn đốc", "Reminded"),
    "act.due_changed": Text("Đổi hạn", "Due date changed"),
    "act.pack_adopted": Text("Áp dụng bộ quy tắc", "Rule pack adopted"),
    "act.due_recomputed": Text("Tính lại hạn", "Due date computed anew"),
    "act.made_private": Text("Giữ kín theo yêu cầu", "Made private"),
    "act.restricted": Text("Hạn chế (bí mật)", "Restricted (secrecy)"),
    "act.note": Text("Ghi chú", "Note"),
    "channel.web": Text("Trang tiếp nhận của tỉnh", "Province's website"),
    "channel.mobile_app": Text("Ứng dụng di động", "Mobile app"),
    "channel.zalo": Text("Zalo", "Zalo"),
    "channel.facebook": Text("Facebook", "Facebook"),
    "channel.phone": Text("Điện thoại", "Phone"),
    "channel.officer": Text("Cán bộ nhập hộ", "Entered by an official"),
    "channel.email": Text("Thư điện tử", "E-mail"),
    "channel.post": Text("Bưu chính", "Post"),
    "channel.national_portal": Text("Cổng Dịch vụ công quốc gia", "National Public Service Portal"),
    "channel.government_portal_citizen": Text(
        "Cổng TTĐT Chính phủ (người dân)", "Government Portal (citizens)"
    ),
    "channel.government_portal_business": Text(
        "Cổng TTĐT Chính phủ (doanh nghiệp)", "Government Portal (enterprises)"
    ),
    "channel.agency": Text("Cơ quan khác chuyển đến", "Another agency"),
    "head.field": Text("Lĩnh vực", "Field"),
    "report.title": Text(
        "Báo cáo phản ánh, kiến nghị {period} (số liệu đến {as_of})",
        "Report on citizen feedback, {period} (numbers as of {as_of})",
    ),
    "report.number": Text("Chỉ tiêu", "Number"),
    "report.duty": Text("Nghĩa vụ", "Duty"),
    "report.no_field": Text("Chưa xếp lĩnh vực", "No field"),
    "report.counting": Text("Đang đếm hồ sơ", "Counting cases"),
    "report.behind": Text("{label}, {period}: {count}", "{label}, {period}: {count}"),
    "report.written": Text("Đã ghi {path}", "Wrote {path}"),
    "report.sha": Text(
        "Mã kiểm tra số liệu (SHA-256): {sha256}", "Digest of the numbers (SHA-256): {sha256}"
    ),
    "classify.outside_scope": Text(
        "Khiếu nại, tố cáo hoặc hỏi pháp luật: ngoài phạm vi tiếp nhận",
        "Complaint, denunciation or legal advice: out of scope",
    ),
    "classify.denunciation_words": Text(
        "Có lời lẽ tố cáo: hồ sơ được tạm giữ, cần người xem và quyết định",
        "Words of a denunciation: the case is held until a person has decided",
    ),
    "classify.complaint_words": Text("Có lời lẽ khiếu nại", "Words of a complaint"),
    "classify.not_vietnamese": Text(
        "Nội dung có vẻ không viết bằng tiếng Việt", "The text does not seem to be Vietnamese"
    ),
    "classify.field_not_taken": Text(
        "Lĩnh vực không thuộc phạm vi tiếp nhận vào ngày nhận",
        "The field was not taken on the day of receipt",
    ),
    "classify.name_missing": Text("Thiếu họ tên hoặc tên tổ chức", "The sender's name is missing"),
    "classify.phone_missing": Text("Thiếu số điện thoại", "The phone number is missing"),
    "classify.address_missing": Text(
        "Thiếu địa chỉ người phản ánh về quy định hành chính",
        "No address, which a case about a regulation needs",
    ),
    "classify.content_thin": Text("Nội dung quá ngắn, chưa rõ", "The content is too short to be clear"),
    "classify.other_agency": Text("Nội dung nêu tên một cơ quan khác", "The text names another agency"),
    "contract.same": Text("{system}: khớp phiên bản đã ghi ({when})", "{system}: as recorded ({when})"),
    "contract.drifted": Text(
        "{system}: có điểm khác phiên bản đã ghi ({when})", "{system}: differs ({when})"
    ),
    "contract.failed": Text(
        "{system}: chưa so sánh được, mã {code} ({when})",
        "{system}: could not be compared, code {code} ({when})",
    ),
    "contract.never": Text("{system}: chưa so sánh lần nào", "{system}: never compared"),
    "contract.version": Text(
        "  {part}: phiên bản {number}, {lines} dòng, {when}, {actor}",
        "  {part}: version {number}, {lines} lines, {when}, {actor}",
    ),
    "contract.drift": Text(
        "{id}. [{change}] {part} › {path}: trước {was}, nay {now}",
        "{id}. [{change}] {part} › {path}: was {was}, now {now}",
    ),
    "contract.holds": Text(
        "   giữ {writes} lệnh gửi; {cases} hồ sơ đang mở liên quan; thấy lần đầu {when}",
        "   holds {writes} writes; concerns {cases} open cases; first seen {when}",
    ),
    "contract.tells": Text(
        "   chỉ báo, không giữ lệnh gửi nào; thấy lần đầu {when}",
        "   only told, holds no write; first seen {when}",
    ),
    "contract.use": Text("   ánh xạ: {use}", "   mapping: {use}"),
    "contract.review": Text(
        "Chấp nhận đúng những điểm trên: phanhoi contract approve {system} --seen {code} --by TÀI_KHOẢN --reason SỐ_VĂN_BẢN",
        "Approve exactly this: phanhoi contract approve {system} --seen {code} --by ACCOUNT --reason DECISION",
    ),
    "contract.nothing": Text("{system}: không có điểm khác", "{system}: nothing differs"),
    "contract.approved": Text(
        "Đã chấp nhận {count} điểm khác, ghi {versions} phiên bản mới, cho đi tiếp {released} lệnh gửi.",
        "Approved {count} differences, recorded {versions} new versions, let {released} writes go on.",
    ),
    "contract.change_added": Text("thêm", "added"),
    "contract.change_gone": Text("mất", "gone"),
    "contract.change_changed": Text("đổi", "changed"),
    "contract.change_unreadable": Text("không đọc được", "unreadable"),
    "status.writes_held": Text(
        "{count} lệnh gửi bị giữ vì hợp đồng dữ liệu thay đổi: xem `phanhoi contract diff`",
        "{count} writes are held because a contract changed: see `phanhoi contract diff`",
    ),
    "retention.class_superseded_observations": Text(
        "Bản gốc đã có bản mới hơn", "Raw tellings that were superseded"
    ),
    "retention.class_observations": Text("Bản gốc đã đọc", "Raw tellings"),
    "retention.class_deliveries": Text("Nội dung lệnh gửi đã xong", "Contents of finished writes"),
    "retention.class_openings": Text("Giá trị mà nhật ký cam kết", "What the log's commitments open to"),
    "retention.class_previews": Text("Giá trị trong kế hoạch đã xong", "Values shown in plans that ended"),
    "retention.class_findings": Text("Ghi chú của chênh lệch đã hết", "Notes on differences that are gone"),
    "retention.class_quarantine": Text("Lý do của mục đã xử lý", "Reasons of closed items"),
    "retention.class_file_tickets": Text("Đường dẫn tệp đã hết hạn", "Expired file addresses"),
    "retention.class_jobs": Text("Tham số công việc đã xong", "Arguments of finished jobs"),
    "retention.class_runs": Text("Nhật ký lượt chạy", "Passes"),
    "retention.class_contacts": Text("Thông tin người gửi (hủy khóa)", "Senders' data (keys destroyed)"),
    "retention.class_case_files": Text("Toàn bộ hồ sơ (hủy khóa)", "Whole cases (keys destroyed)"),
    "retention.class_exports": Text("Tệp kết xuất", "Exported files"),
    "retention.unset": Text("chưa quy định", "not set"),
    "retention.all": Text("Tổng cộng", "All"),
    "retention.nothing": Text(
        "Không có dữ liệu nào hết thời hạn lưu.", "Nothing is kept longer than its period."
    ),
    "retention.apply": Text(
        "Xóa đúng những gì trên: phanhoi retention apply {code} --by TÀI_KHOẢN --reason SỐ_VĂN_BẢN",
        "Remove exactly this: phanhoi retention apply {code} --by ACCOUNT --reason DECISION",
    ),
    "retention.removed": Text("{name}: đã xóa {count}", "{name}: removed {count}"),
    "retention.done": Text(
        "Đã xóa {count} bản; nhật ký giữ số lượng và mã kiểm tra. Bản sao lưu cũ hơn vẫn còn: hủy theo lịch sao lưu.",
        "Removed {count} copies; the log keeps counts and digests. Older backups still hold them: drop them by their schedule.",
    ),
    "head.plan": Text("Kế hoạch", "Plan"),
    "head.step": Text("Bước", "Step"),
    "head.cases": Text("Số hồ sơ", "Cases"),
    "head.writes": Text("Số lệnh gửi", "Writes"),
    "head.made_by": Text("Người lập", "Made by"),
    "head.approved_by": Text("Người duyệt", "Approved by"),
    "head.deed": Text("Việc sẽ làm", "What is done"),
    "deed.send": Text("Gửi", "Write"),
    "deed.link": Text("Ghép, không sao chép", "Tie, copy nothing"),
    "deed.read": Text("Ghi nhận bản mới đọc", "Keep what was read"),
    "deed.agree": Text("Ghi nhận hai bên đã khớp", "Note that both agree"),
    "deed.close": Text("Kết thúc lệnh đang chờ", "Close an open write"),
    "deed.rebuild": Text("Lập lại mốc đối chiếu", "Rebuild the baseline"),
    "deed.ask": Text("Không làm: cần người quyết định", "Nothing: a person decides"),
    "field.title": Text("Tiêu đề", "Title"),
    "field.content": Text("Nội dung", "Content"),
    "field.sender": Text("Người gửi", "Sender"),
    "field.place": Text("Địa điểm", "Place"),
    "field.privacy": Text("Mức công khai", "Privacy"),
    "field.files": Text("Tệp của người gửi", "Sender's files"),
    "field.status": Text("Trạng thái", "Status"),
    "resync.ready": Text("chờ thực hiện", "ready"),
    "resync.running": Text("đang chạy", "running"),
    "resync.paused": Text("tạm dừng", "paused"),
    "resync.stopped": Text("đã dừng hẳn", "stopped"),
    "resync.done": Text("đã xong", "done"),
    "resync.pending": Text("chưa làm", "pending"),
    "resync.held": Text("giữ lại", "held back"),
    "resync.skipped": Text("bỏ qua", "skipped"),
    "resync.failed": Text("không làm được", "failed"),
    "resync.nothing": Text(
        "Không có việc gì phải làm: không lập kế hoạch.", "There is nothing to do: no plan was made."
    ),
    "resync.head": Text("Kế hoạch {plan} ({state})", "Plan {plan} ({state})"),
    "resync.step": Text("{number}. Hồ sơ {case}", "{number}. Case {case}"),
    "resync.change": Text("      {field}: {old} → {new}", "      {field}: {old} → {new}"),
    "guard.flood": Text("quá nhiều thay đổi", "flood of changes"),
    "guard.withdrawals": Text("kết thúc hàng loạt không trả lời", "mass withdrawals"),
    "guard.rewrite": Text("ghi lại hàng loạt", "mass rewriting"),
    "resync.more": Text(
        "… còn {count} hồ sơ nữa (tăng --most để xem)", "… and {count} cases more (raise --most to see them)"
    ),
    "resync.sums": Text(
        "{cases} hồ sơ, {writes} lệnh gửi, dự kiến khoảng {seconds} giây",
        "{cases} cases, {writes} writes, about {seconds} s expected",
    ),
    "resync.calls": Text("{system}: {count} lần gọi", "{system}: {count} calls"),
    "resync.alone": Text(
        "Không ghép: {only_here} hồ sơ chỉ có ở tỉnh, {only_there} hồ sơ chỉ có ở cổng",
        "Not tied: {only_here} cases exist only in the register, {only_there} only at the portal",
    ),
    "resync.guard_passes": Text(
        "Chốt an toàn {guard}, {system}: {count} hồ sơ, cho qua",
        "Guard {guard}, {system}: {count} cases, passes",
    ),
    "resync.guard_stops": Text(
        "Chốt an toàn {guard}, {system}: {count} hồ sơ, SẼ DỪNG luồng gửi",
        "Guard {guard}, {system}: {count} cases, WILL STOP the flow of writes",
    ),
    "resync.needed": Text("cần duyệt", "needed"),
    "resync.needs": Text("Cần người thứ hai duyệt: {why}", "A second person has to approve: {why}"),
    "resync.why_large": Text("số lượng lớn", "it is large"),
    "resync.why_downgrade": Text("có việc lùi trạng thái hoặc mốc", "it takes something back"),
    "resync.why_published": Text("chạm tới câu trả lời đã công khai", "it touches a published answer"),
    "resync.why_guard": Text("chốt an toàn sẽ dừng", "a guard would stop it"),
    "resync.next": Text(
        "Thực hiện: phanhoi resync apply {plan} --by TÀI_KHOẢN",
        "Carry it out: phanhoi resync apply {plan} --by ACCOUNT",
    ),
    "resync.approved": Text("Kế hoạch {plan} đã được {by} duyệt", "Plan {plan} was approved by {by}"),
    "resync.moved": Text("Kế hoạch {plan}: {state}", "Plan {plan}: {state}"),
    "resync.goes_on": Text(
        "Kế hoạch {plan} do dịch vụ thực hiện; xem phanhoi resync items {plan}",
        "The daemon carries plan {plan} out; see phanhoi resync items {plan}",
    ),
    "resync.result": Text(
        "Đã làm {done}, giữ lại {held}, không làm được {failed}, bỏ qua {skipped} hồ sơ",
        "{done} cases done, {held} held back, {failed} failed, {skipped} skipped",
    ),
    "resync.look": Text(
        "Xem lý do: phanhoi resync items {plan} --state held --state failed",
        "See why: phanhoi resync items {plan} --state held --state failed",
    ),
    "finding.missing_here": Text("Thiếu ở Hệ thống Phản hồi", "Missing in the register"),
    "finding.missing_there": Text("Thiếu ở cổng", "Missing at the portal"),
    "finding.duplicate": Text("Trùng", "Duplicate"),
    "finding.field_differs": Text("Trường khác nhau", "A field differs"),
    "finding.act_missing": Text("Thiếu hành vi", "An act is missing"),
    "finding.status_differs": Text("Trạng thái khác nhau", "The status differs"),
    "finding.late": Text("Gửi chậm", "Late"),
    "finding.attachment_differs": Text("Tệp khác nhau", "An attachment differs"),
    "finding.mapping_gap": Text("Không đọc được theo ánh xạ", "The mapping cannot read it"),
    "finding.in_flight": Text("Đang xử lý", "Under way"),
    "finding.tampered_baseline": Text("Mốc đối chiếu bị sửa", "The baseline was tampered with"),
    "cause.not_observed": Text("luồng thường chưa đọc", "the live flow never read it"),
    "cause.not_settled": Text("đã đọc, chưa lập lệnh", "read, nothing planned yet"),
    "cause.held": Text("đang tạm dừng", "on hold"),
    "cause.waiting": Text("chờ thử lại", "waits for its next attempt"),
    "cause.in_doubt": Text("chưa rõ kết quả gửi", "outcome of a write unknown"),
    "cause.for_a_person": Text("chờ người xử lý", "waits for a person"),
    "cause.dismissed": Text("đã bỏ qua", "was dismissed"),
    "cause.gone": Text("bên kia không còn báo", "not told any more"),
    "cause.edited": Text("bên không sở hữu đã sửa", "edited by the side that does not own it"),
    "cause.both_changed": Text("hai bên cùng sửa", "both sides changed it"),
    "cause.loosened": Text("mức bảo mật bị nới", "the mark of privacy was loosened"),
    "cause.made_twice": Text("bị tạo hai lần", "made twice"),
    "cause.told_otherwise": Text("thứ tự, thời điểm hoặc loại khác", "order, time or kind differ"),
    "cause.unreadable": Text("mã hoặc giá trị lạ", "unknown code or value"),
    "cause.database_changed": Text("ghi thẳng vào cơ sở dữ liệu", "written past the program"),
    "cause.unknown": Text("chưa rõ", "unknown"),
    "severity.low": Text("thấp", "low"),
    "severity.normal": Text("thường", "normal"),
    "severity.high": Text("cao", "high"),
    "severity.critical": Text("nghiêm trọng", "critical"),
    "role.operator": Text("người vận hành", "operator"),
    "role.intake": Text("bộ phận tiếp nhận", "intake"),
    "role.unit": Text("đơn vị xử lý", "handling unit"),
    "role.security": Text("phụ trách an toàn thông tin", "security officer"),
    "side.here": Text("Hệ thống Phản hồi", "register"),
    "side.there": Text("cổng", "portal"),
    "pass.waiting": Text("chờ bắt đầu", "waits to begin"),
    "pass.running": Text("đang chạy", "running"),
    "pass.stopped": Text("đã dừng, chạy tiếp được", "stopped, can go on"),
    "pass.failed": Text("lỗi, chạy tiếp được", "failed, can go on"),
    "pass.done": Text("xong", "done"),
    "pass.dropped": Text("thay bằng lượt khác", "replaced by another"),
    "reach.full": Text("toàn bộ", "everything"),
    "reach.changes": Text("phần thay đổi", "changes"),
    "reach.cases": Text("hồ sơ được chọn", "chosen cases"),
    "step.read_here": Text("đọc Hệ thống Phản hồi", "reading the register"),
    "step.read_there": Text("đọc cổng", "reading the portal"),
    "step.visit_here": Text("hỏi lại Hệ thống Phản hồi", "asking the register"),
    "step.visit_there": Text("hỏi lại cổng", "asking the portal"),
    "step.strangers": Text("xem hồ sơ lạ", "looking at strangers"),
    "step.baselines": Text("kiểm tra mốc đối chiếu", "checking baselines"),
    "step.judge": Text("so sánh", "comparing"),
    "step.end": Text("kết thúc", "ending"),
    "head.finding_id": Text("Số", "No."),
    "head.finding": Text("Chênh lệch", "Difference"),
    "head.cause": Text("Nguyên nhân", "Probable cause"),
    "head.owner": Text("Người phụ trách", "Owner"),
    "head.severity": Text("Mức độ", "Severity"),
    "head.age": Text("Tuổi", "Age"),
    "head.deadline": Text("Hạn", "Deadline"),
    "head.noted": Text("Đã ghi nhận đến", "Acknowledged until"),
    "head.opened": Text("Mới", "Opened"),
    "head.closed": Text("Hết", "Closed"),
    "head.standing": Text("Còn lại", "Open"),
    "head.in_flight": Text("Đang xử lý", "Under way"),
    "head.full": Text("Đối soát toàn bộ gần nhất", "Last full pass"),
    "reconcile.progress": Text(
        "{system}: {step}; đọc {listed}, hỏi {asked}, so sánh {judged}",
        "{system}: {step}; listed {listed}, asked {asked}, compared {judged}",
    ),
    "reconcile.result": Text(
        "{system}: {state}. So sánh {judged} hồ sơ, {alarms} chênh lệch, {in_flight} đang xử lý, {unread} chưa đọc được.",
        "{system}: {state}. Compared {judged} cases, {alarms} differences, {in_flight} under way, {unread} not readable now.",
    ),
    "reconcile.busy": Text(
        "{system}: một tiến trình khác đang đối soát.", "{system}: another process is at it."
    ),
    "reconcile.no_daemon": Text(
        "Dịch vụ không chạy: chạy `phanhoi daemon`, hoặc thêm --here.",
        "No daemon is running: start `phanhoi daemon`, or add --here.",
    ),
    "reconcile.stopping": Text("{system}: sẽ dừng ở bước kế tiếp.", "{system}: it stops after this part."),
    "reconcile.idle": Text(
        "{system}: không có lượt đối soát nào đang chạy.", "{system}: no pass is running."
    ),
    "reconcile.none": Text("Không có chênh lệch nào đang mở.", "No difference is open."),
    "reconcile.never": Text("chưa lần nào", "never"),
    "reconcile.acknowledged": Text(
        "Đã ghi nhận chênh lệch {id} đến hết {until}.",
        "Difference {id} is acknowledged until the end of {until}.",
    ),
    "reconcile.as_of": Text(
        "Số liệu: Hệ thống Phản hồi lúc {here}, cổng lúc {there}", "As of: register {here}, portal {there}"
    ),
    "reconcile.seen": Text(
        "Thấy lần đầu {first}, lần cuối {last}; mở {spells} lần",
        "First seen {first}, last {last}; opened {spells} times",
    ),
    "reconcile.repairable": Text(
        "Sửa được bằng kế hoạch đồng bộ lại: {answer}", "A resync plan can repair it: {answer}"
    ),
    "reconcile.note": Text("Ghi nhận: {by} lúc {at}: {note}", "Acknowledged: {by} at {at}: {note}"),
    "reconcile.days": Text("{count} ngày", "{count} days"),
    "reconcile.hours": Text("{count} giờ", "{count} hours"),
    "error.next_step": Text("Việc cần làm: {step}", "What to do: {step}"),
}
"""Texts by key ``<area>.<name>``; keys are stable, because templates and commands name them."""


def say(key: str, lang: Lang = "vi", **args: object) -> str:
    """The text with that key, filled.

    Raises:
        KeyError: no such text, or an argument is missing.
    """
    return CATALOGUE[key].say(lang, **args)
