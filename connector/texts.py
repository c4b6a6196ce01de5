"""The one catalogue of texts that officials see: Vietnamese first, English second.

A text is a template with named places (``{system}``, ``{count:d}``). Both languages must have the same places, which
is checked when the text is made, so that a half translated text cannot be released.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from string import Formatter
from typing import Literal

from connector.console.wording import CONSOLE

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
    **{key: Text(*both) for key, both in CONSOLE.items()},
    "answer.yes": Text("có", "yes"),
    "answer.no": Text("không", "no"),
    "system.register": Text("Hệ thống Phản hồi Thanh Hóa", "Province's register"),
    "system.national_portal": Text("Cổng Dịch vụ công quốc gia", "National Public Service Portal"),
    "system.government_portal": Text("Cổng Thông tin điện tử Chính phủ", "Government Portal"),
    "head.system": Text("Hệ thống", "System"),
    "head.read": Text("Đọc lần cuối", "Last read"),
    "head.linked": Text("Hồ sơ liên kết", "Linked"),
    "head.open": Text("Đang chờ gửi", "Open writes"),
    "head.done": Text("Đã gửi", "Done"),
    "head.state": Text("Tình trạng", "State"),
    "head.kind": Text("Loại", "Kind"),
    "head.when": Text("Thời điểm", "When"),
    "head.outcome": Text("Kết quả", "Outcome"),
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
    "log.verifying": Text("Đang kiểm tra nhật ký", "Verifying the log"),
    "log.ok": Text(
        "Nhật ký nguyên vẹn: {count} mục, mã cuối {head}.",
        "The log is whole: {count} entries, last hash {head}.",
    ),
    "init.done": Text(
        "Đã ghi {path}. Tạo khóa chủ bằng `phanhoi keys create`, sửa địa chỉ và tài khoản, rồi chạy `phanhoi config check`.",
        "Wrote {path}. Make the master key with `phanhoi keys create`, set addresses and accounts, then run "
        "`phanhoi config check`.",
    ),
    "config.ok": Text(
        "Cấu hình và ánh xạ hợp lệ: {systems} hệ thống, {files} tệp ánh xạ.",
        "Settings and mappings are valid: {systems} systems, {files} mapping files.",
    ),
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
    "error.next_step": Text("Việc cần làm: {step}", "What to do: {step}"),
}
"""Texts by key ``<area>.<name>``; keys are stable, because templates and commands name them."""


def say(key: str, lang: Lang = "vi", **args: object) -> str:
    """The text with that key, filled.

    Raises:
        KeyError: no such text, or an argument is missing.
    """
    return CATALOGUE[key].say(lang, **args)
