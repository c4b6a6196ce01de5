"""What the commands say. Vietnamese first, English second."""

from collections.abc import Mapping

COMMANDS: Mapping[str, tuple[str, str]] = {
    "doubt.looks": ("đang tự tra cứu", "is being looked up"),
    "doubt.person": ("CHỜ NGƯỜI QUYẾT ĐỊNH", "A PERSON DECIDES"),
    "doubt.sent": (
        "Chúng ta đã gửi (lệnh gửi {id}, hồ sơ {case}):",
        "What we sent (delivery {id}, case {case}):",
    ),
    "doubt.facts": (
        "{what}; khóa {uid}; gửi lúc {when}; số lần {tries}",
        "{what}; key {uid}; sent {when}; attempts {tries}",
    ),
    "doubt.why": ("Vì sao chưa rõ: {code} {reason}", "Why it is in doubt: {code} {reason}"),
    "doubt.told": (
        "{system} cho biết lúc này (mã hồ sơ {ref}):",
        "What {system} tells now (reference {ref}):",
    ),
    "doubt.silent": ("Không hỏi được: {code}", "It could not be asked: {code}"),
    "doubt.no_lookup": (
        "Hệ thống này không có tra cứu cho thao tác đó; hãy xem các hành vi dưới đây.",
        "It offers no look-up for that operation; see the acts below.",
    ),
    "doubt.found": ("Tra cứu: ĐÃ có hiệu lực.", "Look-up: it TOOK effect."),
    "doubt.absent": ("Tra cứu: CHƯA có hiệu lực.", "Look-up: it had NO effect."),
    "doubt.unknown": ("Tra cứu: không kết luận được.", "Look-up: it cannot tell."),
    "doubt.status": ("Trạng thái: {status}", "Status: {status}"),
    "doubt.decided_yes": (
        "Lệnh gửi {id}: ghi nhận đã có hiệu lực; không gửi lại.",
        "Delivery {id}: it took effect, as decided; it is not sent again.",
    ),
    "doubt.decided_no": (
        "Lệnh gửi {id}: ghi nhận chưa có hiệu lực; sẽ gửi lại bằng khóa mới.",
        "Delivery {id}: it had no effect, as decided; it is sent again under a new key.",
    ),
    "gap.open": ("vẫn chưa đọc được", "still silent"),
    "gap.none": ("Không có khoảng gián đoạn nào.", "No gap in the readings."),
    "gap.status": (
        "CẢNH BÁO (Quy chế Đ10): không đọc được {system} từ {since}",
        "ALARM (art. 10): {system} could not be read since {since}",
    ),
    "gap.next_step": (
        "Kiểm tra mạng, tài khoản và `phanhoi runs`; khi đọc lại được, khoảng gián đoạn có trong `phanhoi gaps`.",
        "Check network, account and `phanhoi runs`; once it is read again the gap stands in `phanhoi gaps`.",
    ),
    "case.title": (
        "Hồ sơ {id}, mã {code}, phát sinh tại {origin}",
        "Case {id}, code {code}, born at {origin}",
    ),
    "case.side": (
        "{system}: số {ref}, trạng thái {status}, số hành vi đã khớp {agreed}",
        "{system}: {ref}, status {status}, acts agreed {agreed}",
    ),
    "case.deliveries": ("Các lệnh gửi", "Deliveries"),
    "case.quarantine": (
        "Chờ người xử lý #{id} {code}: {reason}",
        "Waits for a person #{id} {code}: {reason}",
    ),
    "case.next": ("Tiếp theo", "Next"),
    "case.deadlines": ("Thời hạn", "Deadlines"),
    "next.settle": (
        "Vừa đọc được thay đổi, đang chờ đối chiếu hai bên.",
        "A change was read a moment ago; both sides are about to be compared.",
    ),
    "next.nothing": (
        "Hai bên đã khớp; không còn việc gì phải làm.",
        "Both sides agree; nothing is left to do.",
    ),
    "next.ended": (
        "Hồ sơ đã kết thúc tại đây; không đọc, không gửi gì nữa.",
        "The case has ended here; nothing is read or sent any more.",
    ),
    "next.paused": (
        "{subject} đang tạm dừng ({code}); chờ người cho chạy lại. {when}",
        "{subject} is paused ({code}); a person resumes it. {when}",
    ),
    "next.planned": (
        "Gửi tới {subject} ngay khi đến lượt ({when}). {code}",
        "Goes to {subject} when its turn comes ({when}). {code}",
    ),
    "next.sent": ("Đang gửi tới {subject} ({when}). {code}", "Being sent to {subject} ({when}). {code}"),
    "next.waiting": (
        "Gửi lại tới {subject} lúc {when}, vì {code}.",
        "Tried again at {subject} at {when}, because of {code}.",
    ),
    "next.in_doubt": (
        "Tra cứu kết quả tại {subject} lúc {when} trước khi gửi lại ({code}).",
        "Looked up at {subject} at {when} before anything is sent again ({code}).",
    ),
    "next.quarantined": (
        "Lệnh gửi tới {subject} chờ người xử lý, vì {code}. {when}",
        "The write to {subject} waits for a person, because of {code}. {when}",
    ),
    "next.person": (
        "Cần người xử lý: {subject} ({code}). {when}",
        "A person is needed: {subject} ({code}). {when}",
    ),
    "quarantine.near": ("gần nhất", "nearest"),
    "quarantine.retried": ("Đã cho thử lại {count} mục.", "{count} items are tried again."),
    "quarantine.dismissed": ("Đã bỏ qua mục {id}.", "Item {id} dismissed."),
    "sync.woken": ("Đã yêu cầu đọc và gửi ngay: {systems}.", "Asked to read and deliver now: {systems}."),
    "pause.done": ("Đã tạm dừng {scope}.", "{scope} is paused."),
    "pause.already": ("{scope} đã tạm dừng từ trước.", "{scope} was paused already."),
    "resume.done": ("{scope} chạy lại.", "{scope} goes on."),
    "resume.nothing": ("{scope} không bị tạm dừng.", "{scope} was not paused."),
    "token.revoked": ("đã thu hồi", "revoked"),
    "token.expired": ("đã hết hạn", "expired"),
    "token.in_force": ("còn hiệu lực", "in force"),
    "token.text": ("Mã truy cập {id}, chỉ hiện một lần này:", "Token {id}, shown this once:"),
    "token.over": ("Đã thu hồi mã truy cập {id} ({label}).", "Token {id} ({label}) is revoked."),
    "export.exporting": ("Đang trích xuất nhật ký", "Exporting the log"),
    "export.done": (
        "Đã trích xuất {entries} mục, đối chiếu điểm niêm phong {size} mục.",
        "Exported {entries} entries against the checkpoint of {size} entries.",
    ),
    "export.verify": (
        "Kiểm tra ngoại tuyến: phanhoi-verify {path}",
        "Check it offline: phanhoi-verify {path}",
    ),
    "init.done": (
        "Đã ghi {path}. Tạo khóa chủ bằng `phanhoi keys create`, sửa địa chỉ và tài khoản, rồi chạy `phanhoi config check`.",
        (
            "Wrote {path}. Make the master key with `phanhoi keys create`, set addresses and accounts, then run "
            "`phanhoi config check`."
        ),
    ),
    "init.hello": (
        "Thiết lập kết nối PAKN trong {folder}. Enter nhận giá trị trong ngoặc vuông; chưa có gì được ghi cho đến câu cuối.",
        "Setting up the connector in {folder}. Enter takes the value in brackets; nothing is written before the last answer.",
    ),
    "init.ask_node": ("Tên máy này, ghi trong nhật ký", "Name of this machine in the log"),
    "init.ask_database": (
        "Địa chỉ PostgreSQL (để trống: dùng máy chủ nhúng kèm theo)",
        "Address of PostgreSQL (empty: the embedded server that comes along)",
    ),
    "init.ask_register": (
        "Sổ hồ sơ của tỉnh: own = sổ kèm theo, rest = qua API, sql = qua cơ sở dữ liệu",
        "Your register: own = the one that comes along, rest = by its API, sql = by its database",
    ),
    "init.ask_system": ("Nối với {system}?", "Connect the {system}?"),
    "init.ask_public": (
        "Địa chỉ công khai mà cổng tải tệp của ta (để trống: đặt sau)",
        "Public address where portals fetch our files (empty: later)",
    ),
    "init.ask_console": ("Bật bảng điều hành trên web?", "Serve the web console?"),
    "init.ask_administrator": ("Tạo tài khoản quản trị đầu tiên?", "Make the first administrator's account?"),
    "init.ask_name": ("Tên tài khoản", "Name of the account"),
    "init.ask_display_name": ("Họ và tên", "The person's name"),
    "init.ask_try": ("Kết nối thử ngay, không ghi gì?", "Try all connections now, writing nothing?"),
    "init.wrote": ("Đã ghi {path}", "Wrote {path}"),
    "init.database_ready": ("Cơ sở dữ liệu sẵn sàng.", "The database is ready."),
    "init.register_ready": ("Sổ hồ sơ sẵn sàng.", "The register is ready."),
    "init.administrator_made": (
        "Đã tạo quản trị viên {name}; mã xác thực được thiết lập ở lần đăng nhập đầu tiên.",
        "Made the administrator {name}; one-time codes are set up at the first sign-in.",
    ),
    "init.no_portal": (
        "Chưa có cổng nào được nối: thêm vào [systems] trước khi chạy `phanhoi daemon`.",
        "No portal is connected yet: add one under [systems] before `phanhoi daemon`.",
    ),
    "init.next": (
        (
            "Tiếp theo:\n"
            "  1. Sao lưu {keys} ở nơi khác cơ sở dữ liệu: mất khóa là mất dữ liệu.\n"
            "  2. Thay danh mục mẫu bằng danh mục của tỉnh (docs/mappings.md).\n"
            "  3. phanhoi --config {path} config check --connect\n"
            "  4. phanhoi --config {path} daemon"
        ),
        (
            "Next:\n"
            "  1. Back {keys} up, apart from the database: who loses the key loses the data.\n"
            "  2. Put the province's lists in place of the samples (docs/mappings.md).\n"
            "  3. phanhoi --config {path} config check --connect\n"
            "  4. phanhoi --config {path} daemon"
        ),
    ),
    "config.ok": (
        "Cấu hình và ánh xạ hợp lệ: {systems} hệ thống, {files} tệp ánh xạ.",
        "Settings and mappings are valid: {systems} systems, {files} mapping files.",
    ),
    "config.connected": ("Mọi kết nối đều tốt: {count} mục.", "Everything answers: {count} checks."),
    "config.warned": (
        "Kết nối được; {warned} trong {count} mục cần lưu ý.",
        "Everything answers; {warned} of {count} checks deserve a look.",
    ),
    "db.at": ("Cơ sở dữ liệu: {current}; chương trình: {newest}.", "Database: {current}; program: {newest}."),
    "db.pending": ("Chưa áp dụng: {pending}", "Pending: {pending}"),
    "db.newer": (
        "Cơ sở dữ liệu mới hơn chương trình. {pending}",
        "The database is newer than the program. {pending}",
    ),
    "conformance.title": ("BIÊN BẢN KIỂM TRA BỘ NỐI: {system}", "CONFORMANCE REPORT: {system}"),
    "conformance.mode.safe": (
        "Phạm vi: hệ thống đang cấu hình, CHỈ ĐỌC; không ghi và không xác nhận gì.",
        "Scope: the configured system, READ ONLY; nothing was written or confirmed.",
    ),
    "conformance.mode.twin": (
        "Phạm vi: mọi cam kết, trên cổng mô phỏng khởi động riêng; không gọi hệ thống đang cấu hình.",
        "Scope: every promise, on twins started for it; the configured system was not called.",
    ),
    "conformance.when": ("Thời điểm: {when}; thời lượng {seconds} giây.", "Time: {when}; took {seconds} s."),
    "conformance.versions": ("Phiên bản", "Versions"),
    "conformance.settings": ("Cấu hình, bí mật được che", "Settings, secrets masked"),
    "conformance.promises": ("Các cam kết", "Promises"),
    "conformance.passed": ("KẾT LUẬN: ĐẠT.", "CONCLUSION: PASSED."),
    "conformance.failed": ("KẾT LUẬN: KHÔNG ĐẠT.", "CONCLUSION: NOT PASSED."),
    "conformance.result.passed": ("ĐẠT", "PASSED"),
    "conformance.result.failed": ("KHÔNG ĐẠT", "FAILED"),
    "conformance.result.not_applicable": ("KHÔNG ÁP DỤNG", "NOT APPLICABLE"),
    "conformance.sums": (
        "Tổng hợp: đạt {passed}, không đạt {failed}, không áp dụng {not_applicable}.",
        "Totals: {passed} passed, {failed} failed, {not_applicable} not applicable.",
    ),
    "conformance.signatures": (
        "Đại diện bên vận hành: ........................    Đại diện bên kỹ thuật: ........................",
        "For the operator: ........................    For the technical side: ........................",
    ),
    "demo.starting": (
        "Đang chuẩn bị cơ sở dữ liệu nhúng, hệ thống phản ánh và hai cổng mô phỏng…",
        "Preparing the embedded database, the register and both portal twins…",
    ),
    "demo.ready": ("Đang chạy. Dừng bằng Ctrl-C.", "Running. Stop with Ctrl-C."),
    "demo.progress": ("Hồ sơ đã sống hết vòng đời", "Cases that have lived to the end"),
    "demo.console": (
        "Bảng điều hành: {address}\n  tài khoản: {accounts}\n  mật khẩu: {password}",
        "Console: {address}\n  accounts: {accounts}\n  password: {password}",
    ),
    "demo.try": ("Mở cửa sổ khác và thử:", "Open another window and try:"),
    "demo.stopped": ("Đã dừng. Dữ liệu ở {folder}.", "Stopped. The data is in {folder}."),
    "demo.restarted": (
        "Tiến trình đồng bộ dừng bất ngờ (mã {code}); khởi động lại.",
        "The connector process ended (status {code}); starting it again.",
    ),
}
