"""Texts of ``phanhoi doctor``, Vietnamese first; joined to the catalogue by :mod:`connector.texts`."""

from collections.abc import Mapping

DOCTOR: Mapping[str, tuple[str, str]] = {
    "doctor.bundle": (
        "Gói hỗ trợ: {path} ({count} tệp, không có dữ liệu cá nhân). Mở ra xem trước khi gửi.",
        "Support bundle: {path} ({count} files, no personal data). Look at it before you send it.",
    ),
    # ---- areas and checks
    "area.work": ("Xử lý", "Work"),
    "area.machine": ("Máy này", "This machine"),
    "check.locks": ("khóa chờ", "locks"),
    "check.processes": ("tiến trình", "processes"),
    "check.flow": ("luồng", "flows"),
    "check.waiting": ("việc chờ", "waiting"),
    "check.reading": ("lần đọc cuối", "last reading"),
    "check.circuits": ("ngắt mạch", "circuits"),
    "check.holds": ("tạm dừng", "held"),
    "check.writes": ("lệnh gửi", "writes"),
    "check.doubt": ("chưa rõ kết quả", "in doubt"),
    "check.quarantine": ("chờ người xử lý", "quarantine"),
    "check.findings": ("chênh lệch", "differences"),
    "check.deadlines": ("thời hạn", "deadlines"),
    "check.continues": ("nối tiếp", "continues"),
    "check.sealing": ("niêm phong", "sealing"),
    "check.outlet": ("nơi nhận niêm phong", "outlet"),
    "check.certificate": ("chứng thư", "certificate"),
    "check.metrics": ("số đo", "metrics"),
    # ---- what was measured
    "checkup.locks": (
        "không có khóa chờ; giao dịch lâu nhất {seconds} giây",
        "none waits; longest transaction {seconds} s",
    ),
    "checkup.locks_waiting": (
        "{count} khóa đang chờ; giao dịch lâu nhất {seconds} giây",
        "{count} wait; longest transaction {seconds} s",
    ),
    "checkup.processes": ("{count} đang chạy", "{count} at work"),
    "checkup.no_processes": (
        "{count} đang chạy, nhưng thiếu xử lý hoặc đồng hồ",
        "{count} at work, but a worker or a clock is missing",
    ),
    "checkup.silent_processes": (
        "{count} đang chạy, {silent} không còn lên tiếng",
        "{count} at work, {silent} silent",
    ),
    "checkup.read": ("{seconds} giây trước", "{seconds} s ago"),
    "checkup.read_late": ("{minutes} phút trước", "{minutes} min ago"),
    "checkup.never_read": ("chưa đọc lần nào", "never read"),
    "checkup.circuits": ("đóng, gọi được", "closed, calls pass"),
    "checkup.circuits_open": ("đang ngắt: {systems}", "open: {systems}"),
    "checkup.holds": ("không có gì bị dừng", "nothing is held"),
    "checkup.holds_some": ("{count} đang dừng ({codes})", "{count} held ({codes})"),
    "checkup.writes": (
        "{count} đang chờ, lâu nhất {minutes} phút",
        "{count} on their way, oldest {minutes} min",
    ),
    "checkup.writes_late": (
        "{count} đang chờ, lâu nhất {minutes} phút",
        "{count} on their way, oldest {minutes} min",
    ),
    "checkup.doubt": ("không có", "none"),
    "checkup.doubt_some": ("{count} lệnh gửi chưa rõ kết quả", "{count} writes whose outcome is unknown"),
    "checkup.quarantine": ("không có", "none"),
    "checkup.quarantine_some": ("{count} mục ({codes})", "{count} items ({codes})"),
    "checkup.findings_none": ("không có chênh lệch chưa ghi nhận", "none that nobody knows of"),
    "checkup.findings_some": ("{count} chênh lệch chưa ghi nhận", "{count} that nobody has acknowledged"),
    "checkup.deadlines": (
        "{overdue} đã quá hạn, {near} đến hạn trong 24 giờ",
        "{overdue} overdue, {near} within 24 hours",
    ),
    "checkup.log_continues": ("không có dấu hiệu đứt đoạn", "no sign of a break"),
    "checkup.log_stopped": ("niêm phong đã dừng ({code})", "sealing is stopped ({code})"),
    "checkup.restored": (
        "dữ liệu vừa khôi phục, chưa ai chấp nhận",
        "a restored state that nobody has accepted",
    ),
    "checkup.sealed": ("{count} dòng chờ niêm phong", "{count} entries wait to be sealed"),
    "checkup.sealing_late": (
        "{count} dòng chờ niêm phong quá lâu",
        "{count} entries wait too long to be sealed",
    ),
    "checkup.unsealed": (
        "chưa có khóa ký; {count} dòng chưa niêm phong",
        "no signing key; {count} entries are not sealed",
    ),
    "checkup.outlet_failing": ("{outlet} không nhận ({code})", "{outlet} takes nothing ({code})"),
    "checkup.certificate": ("{name}: còn {days} ngày ({until})", "{name}: {days} days left ({until})"),
    "checkup.certificate_unreadable": ("{name}: không đọc được tệp", "{name}: the file cannot be read"),
    "checkup.metrics": ("{count} giá trị", "{count} values"),
    "checkup.metrics_off": ("tắt (observability.port)", "off (observability.port)"),
    "checkup.metrics_silent": (
        "cổng số đo không trả lời ({code})",
        "the port of metrics does not answer ({code})",
    ),
    # ---- what to do
    "checkup.do_locks": (
        "Xem ai giữ khóa: database.json trong gói, mục locks và sessions; kết thúc phiên quên đóng.",
        "See who holds them: database.json in the bundle, locks and sessions; end a session left open.",
    ),
    "checkup.do_processes": (
        "Chạy `phanhoi daemon` (systemctl start phanhoi) rồi xem nhật ký chạy.",
        "Start `phanhoi daemon` (systemctl start phanhoi) and read its log lines.",
    ),
    "checkup.do_silent": (
        "Xem máy không lên tiếng: còn chạy không, còn nối tới cơ sở dữ liệu không.",
        "Look at the silent machine: does it run, does it reach the database?",
    ),
    "checkup.do_reading": (
        "`phanhoi runs` cho biết vì sao; `phanhoi config check --connect` thử kết nối và tài khoản.",
        "`phanhoi runs` says why; `phanhoi config check --connect` tries connection and account.",
    ),
    "checkup.do_circuits": (
        "Hệ thống kia không trả lời; nếu kéo dài thì kiểm tra mạng và báo chủ hệ thống.",
        "That system does not answer; if it lasts, check the network and tell its owner.",
    ),
    "checkup.do_holds": (
        "Xem `phanhoi status`; khi đã rõ lý do thì `phanhoi resume`.",
        "See `phanhoi status`; once the reason is clear, `phanhoi resume`.",
    ),
    "checkup.do_writes": (
        "Xem `phanhoi deliveries` và cột lỗi; tra mã trong docs/errors.md.",
        "See `phanhoi deliveries` and its error codes; docs/errors.md explains each.",
    ),
    "checkup.do_doubt": (
        "Tự tra cứu; nếu còn lâu thì `phanhoi doubt show`.",
        "They are looked up by themselves; if they stay, `phanhoi doubt show`.",
    ),
    "checkup.do_quarantine": (
        "`phanhoi quarantine list`, xử lý từng mục theo mã.",
        "`phanhoi quarantine list`, and deal with each by its code.",
    ),
    "checkup.do_findings": (
        "`phanhoi reconcile findings`; sửa hoặc ghi nhận.",
        "`phanhoi reconcile findings`; repair or acknowledge them.",
    ),
    "checkup.do_deadlines": (
        "Mở trang Tổng quan của bảng điều hành: hồ sơ nào, ai đang giữ.",
        "Open the console's overview: which cases, and who holds them.",
    ),
    "checkup.do_log": (
        "Chạy `phanhoi log verify`, báo kiểm toán; đừng xóa gì.",
        "Run `phanhoi log verify` and tell the auditor; delete nothing.",
    ),
    "checkup.do_restored": (
        "`phanhoi restore status`, rồi `phanhoi restore accept` nếu đúng.",
        "`phanhoi restore status`, then `phanhoi restore accept` if it is the state you mean.",
    ),
    "checkup.do_sealing": (
        "Kiểm tra khóa ký và đồng hồ: `phanhoi log seal`, docs/evidence-log.md.",
        "Check the signing keys and the clock: `phanhoi log seal`, docs/evidence-log.md.",
    ),
    "checkup.do_outlet": (
        "Kiểm tra thư mục hoặc máy chủ nhận; bản niêm phong được gửi lại sau.",
        "Check that folder or server; what it lacks is sent again later.",
    ),
    "checkup.do_certificate": (
        "Gia hạn hoặc sửa tệp mà cấu hình ấy nêu.",
        "Renew it, or correct the file that this setting names.",
    ),
    "checkup.do_metrics": (
        "Dịch vụ chưa chạy, hoặc cổng bị chương trình khác dùng (docs/observability.md).",
        "The daemon does not run, or another program has that port (docs/observability.md).",
    ),
}
