"""What alerts, messages and digests say: a part of the one catalogue (:mod:`connector.texts`), Vietnamese first.

Places of ``alert.<condition>_what``: ``subject``, ``count``, ``of``, ``since``, ``until``, ``codes``; all plain texts.
"""

from collections.abc import Mapping

ALERTS: Mapping[str, tuple[str, str]] = {
    # ---- conditions: what it is, what is so now, what to do first ---------------------------------------------
    "alert.no_pull": ("Không đọc được hệ thống quá một ngày", "A system was not read for a day"),
    "alert.no_pull_what": (
        "{subject}: không đọc được từ {since} (Quy chế Đ10).",
        "{subject}: could not be read since {since} (art. 10).",
    ),
    "alert.no_pull_do": (
        "Kiểm tra mạng, tài khoản và `phanhoi runs`; gọi đầu mối của hệ thống đó.",
        "Check network, account and `phanhoi runs`; call whoever runs that system.",
    ),
    "alert.deadline_at_risk": ("Hồ sơ sắp quá hạn vì hệ thống ngừng", "Deadlines at risk"),
    "alert.deadline_at_risk_what": (
        "{count} hồ sơ sẽ quá hạn trong 24 giờ nếu {subject} còn ngừng; sớm nhất lúc {until}.",
        "{count} cases will be overdue within 24 hours if {subject} stays away; the first at {until}.",
    ),
    "alert.deadline_at_risk_do": (
        "Khôi phục kết nối; không kịp thì xử lý hồ sơ ngay trên hệ thống đó và ghi lại.",
        "Restore the connection; if that takes too long, handle these cases on that system itself and note it down.",
    ),
    "alert.log_broken": ("Nhật ký không còn nguyên vẹn", "The log is not whole"),
    "alert.log_broken_what": (
        "Nhật ký không khớp phần đã ký hoặc đã bị sửa (từ {since}; {codes}).",
        "The log does not continue what was signed, or was altered (since {since}; {codes}).",
    ),
    "alert.log_broken_do": (
        "Giữ nguyên máy và dữ liệu, báo phụ trách an toàn thông tin, chạy `phanhoi log verify`.",
        "Leave machine and data as they are, tell the security officer, run `phanhoi log verify`.",
    ),
    "alert.guard_stop": ("Chốt an toàn đã dừng một luồng", "A guard stopped a flow"),
    "alert.guard_stop_what": (
        "{subject}: {count} luồng bị chốt an toàn dừng từ {since} ({codes}).",
        "{subject}: {count} flows stopped by a guard since {since} ({codes}).",
    ),
    "alert.guard_stop_do": (
        "Xem số liệu ở trang Tạm dừng; đúng thì cho chạy lại kèm lý do, sai thì báo hệ thống kia.",
        "Look at the numbers on the page Pauses; resume with a reason if they are right, else tell the other system.",
    ),
    "alert.in_doubt": ("Lần gửi chưa rõ kết quả đang chờ", "Writes in doubt are waiting"),
    "alert.in_doubt_what": (
        "{count} lần gửi tới {subject} chưa rõ kết quả, lâu nhất từ {since}.",
        "{count} writes to {subject} are in doubt, the oldest since {since}.",
    ),
    "alert.in_doubt_do": (
        "Mở trang Chưa rõ kết quả (hoặc `phanhoi doubt list`), so hai bên, rồi quyết định.",
        "Open the page In doubt (or `phanhoi doubt list`), compare both sides, and decide.",
    ),
    "alert.retries_used_up": ("Đã thử hết số lần, chưa gửi được", "Retries are used up"),
    "alert.retries_used_up_what": (
        "{count} lệnh gửi tới {subject} đã thử quá lâu và đang chờ người (PH-335).",
        "{count} writes to {subject} were tried for too long and wait for a person (PH-335).",
    ),
    "alert.retries_used_up_do": (
        "Sửa nguyên nhân, rồi thử lại ở trang Chờ người xử lý (`phanhoi quarantine retry`).",
        "Mend the cause, then try again on the page Waiting for a person (`phanhoi quarantine retry`).",
    ),
    "alert.breaker_open": ("Hệ thống không đáp ứng, cầu dao ngắt", "Circuit open: a system does not respond"),
    "alert.breaker_open_what": (
        "{subject} không đáp ứng từ {since}; không gửi gì, tự thử lại.",
        "{subject} has not responded since {since}; nothing is sent, it is probed by itself.",
    ),
    "alert.breaker_open_do": (
        "Hỏi đầu mối của hệ thống đó; không cần làm gì với hồ sơ, việc gửi tự tiếp tục.",
        "Ask whoever runs that system; nothing has to be done about the cases, sending goes on by itself.",
    ),
    "alert.failure_rate": ("Tỷ lệ lỗi cao", "Many failures"),
    "alert.failure_rate_what": (
        "{count} trên {of} lần đọc, gửi gần đây với {subject} không thành công ({codes}).",
        "{count} of the last {of} readings and writes with {subject} failed ({codes}).",
    ),
    "alert.failure_rate_do": (
        "Xem mã lỗi ở trang Lượt đọc và Lệnh gửi; làm theo việc cần làm của mã đó.",
        "Look at the codes on the pages Runs and Deliveries; follow the next step of that code.",
    ),
    "alert.contract_drift": ("Giao kèo dữ liệu đã thay đổi", "A contract has drifted"),
    "alert.contract_drift_what": (
        "{subject}: {count} điểm khác với bản đã ghi, từ {since}.",
        "{subject}: {count} differences from the recorded contract, since {since}.",
    ),
    "alert.contract_drift_do": (
        "Xem `phanhoi contract diff`, sửa ánh xạ nếu cần, rồi chấp nhận.",
        "Look at `phanhoi contract diff`, correct the mapping if needed, then approve.",
    ),
    "alert.findings": ("Chênh lệch nghiêm trọng giữa hai hệ thống", "Grave differences between systems"),
    "alert.findings_what": (
        "{count} chênh lệch nghiêm trọng với {subject} chưa ai nhận, lâu nhất từ {since}.",
        "{count} grave differences with {subject} are nobody's yet, the oldest since {since}.",
    ),
    "alert.findings_do": (
        "Mở trang Chênh lệch; lập kế hoạch sửa hoặc ghi nhận kèm lý do.",
        "Open the page Differences; plan the repair, or acknowledge with a reason.",
    ),
    "alert.quarantine_growing": ("Mục chờ người xử lý tăng nhanh", "Quarantine is growing"),
    "alert.quarantine_growing_what": (
        "{subject}: thêm {count} mục trong 24 giờ, tổng cộng {of} mục đang chờ ({codes}).",
        "{subject}: {count} new items within 24 hours, {of} wait in all ({codes}).",
    ),
    "alert.quarantine_growing_do": (
        "Mở trang Chờ người xử lý; cùng một mã lỗi thường có cùng một nguyên nhân (ánh xạ, danh mục).",
        "Open the page Waiting for a person; one code mostly has one cause (mapping, code list).",
    ),
    "alert.sealing_overdue": ("Niêm phong nhật ký bị trễ", "Sealing of the log is overdue"),
    "alert.sealing_overdue_what": (
        "{count} mục nhật ký chưa được ký từ {since}, hoặc nơi giữ chưa nhận ({codes}).",
        "{count} entries unsigned since {since}, or an outlet does not take the checkpoints ({codes}).",
    ),
    "alert.sealing_overdue_do": (
        "Xem `phanhoi status`; kiểm tra khóa ký, thư mục chỉ ghi, bên chứng kiến, máy chủ dấu thời gian.",
        "Look at `phanhoi status`; check signing key, write-once folder, witness and time-stamping authority.",
    ),
    "alert.certificate_expiry": ("Chứng thư sắp hết hạn", "A certificate expires"),
    "alert.certificate_expiry_what": (
        "{subject}: chứng thư hết hạn lúc {until}, còn {count} ngày ({codes}).",
        "{subject}: a certificate expires at {until}, {count} days left ({codes}).",
    ),
    "alert.certificate_expiry_do": (
        "Xin cấp chứng thư mới, thay tệp nêu trong cấu hình, khởi động lại dịch vụ.",
        "Have a new certificate issued, replace the file that the settings name, restart the service.",
    ),
    "alert.password_expiry": ("Mật khẩu của hệ thống sắp hết hạn", "A password expires"),
    "alert.password_expiry_what": (
        "{subject}: mật khẩu hết hạn ngày {until}, còn {count} ngày.",
        "{subject}: the password expires on {until}, {count} days left.",
    ),
    "alert.password_expiry_do": (
        "Đổi mật khẩu ở hệ thống đó, đặt lại bí mật và `password_expires`, khởi động lại dịch vụ.",
        "Change the password there, set the secret and `password_expires` anew, restart the service.",
    ),
    "alert.token_expiry": ("Mã truy cập của chương trình sắp hết hạn", "Tokens of programs expire"),
    "alert.token_expiry_what": (
        "Mã truy cập {codes} hết hạn, sớm nhất lúc {until}, còn {count} ngày.",
        "Tokens {codes} expire, the first at {until}, {count} days left.",
    ),
    "alert.token_expiry_do": (
        "Tạo mã mới bằng `phanhoi token create`, đặt vào chương trình dùng nó, thu hồi mã cũ.",
        "Make a new one with `phanhoi token create`, give it to the program, revoke the old one.",
    ),
    "alert.untold": ("Kênh báo tin không nhận", "A channel does not take messages"),
    "alert.untold_what": (
        "Kênh {subject}: {count} tin chưa gửi được từ {since} ({codes}).",
        "Channel {subject}: {count} messages could not be sent since {since} ({codes}).",
    ),
    "alert.untold_do": (
        "Chạy `phanhoi alerts test`, kiểm tra máy chủ thư, địa chỉ, bí mật của kênh.",
        "Run `phanhoi alerts test`; check mail server, address and secret of the channel.",
    ),
    # ---- around them ------------------------------------------------------------------------------------------
    "alert.program": ("Bộ kết nối", "The connector"),
    "alert.none_named": ("–", "–"),
    "alert.and_more": ("{named} và {more} nữa", "{named} and {more} more"),
    "alert_grade.grave": ("nghiêm trọng", "grave"),
    "alert_grade.warning": ("cần xem", "warning"),
    "alert_kind.raised": ("mới", "new"),
    "alert_kind.worse": ("nặng hơn", "worse"),
    "alert_kind.again": ("nhắc lại", "still there"),
    "alert_kind.ended": ("đã hết", "over"),
    "alert_state.open": ("đang mở", "open"),
    "alert_state.acknowledged": ("đã nhận xử lý", "acknowledged"),
    "alert_state.snoozed": ("tạm im", "snoozed"),
    "alert_state.ended": ("đã hết", "over"),
    # ---- messages ---------------------------------------------------------------------------------------------
    "letter.subject_news": ("[PAKN] {news} cảnh báo, {open} đang mở", "{news} alerts, {open} open"),
    "letter.subject_grave": (
        "[PAKN] NGHIÊM TRỌNG: {title}; {open} cảnh báo đang mở",
        "GRAVE: {title}; {open} open alerts",
    ),
    "letter.subject_over": (
        "[PAKN] Đã hết {news} cảnh báo, còn {open} đang mở",
        "{news} alerts over, {open} open",
    ),
    "letter.subject_test": ("[PAKN] Tin thử kênh báo", "Trial message"),
    "letter.subject_daily": ("[PAKN] Bản tin ngày {day}", "Daily digest of {day}"),
    "letter.subject_weekly": ("[PAKN] Bản tin tuần đến ngày {day}", "Weekly digest up to {day}"),
    "letter.head": (
        "Kết nối PAKN, máy {node}, lúc {when}",
        "Citizen-feedback connector, node {node}, {when}",
    ),
    "letter.since": ("từ {since}", "since {since}"),
    "letter.cases": ("Hồ sơ số: {cases}", "Cases: {cases}"),
    "letter.do": ("Việc cần làm: {step}", "What to do: {step}"),
    "letter.book": ("Hướng dẫn: {address}", "Runbook: {address}"),
    "letter.open": ("Mở: {address}", "Open: {address}"),
    "letter.test": (
        "Đây là tin thử. Nhận được tin này là kênh {channel} hoạt động.",
        "This is a trial message. If you read it, channel {channel} works.",
    ),
    "letter.foot": (
        "Không có dữ liệu cá nhân. Tin được nhắc lại đến khi hết hoặc có người nhận xử lý (`phanhoi alerts ack`).",
        "No personal data. It is repeated until it is over or somebody acknowledges it (`phanhoi alerts ack`).",
    ),
    # ---- digest -----------------------------------------------------------------------------------------------
    "digest.daily": ("Bản tin ngày", "Daily digest"),
    "digest.weekly": ("Bản tin tuần", "Weekly digest"),
    "digest.period": ("Từ {first} đến {last}", "From {first} to {last}"),
    "digest.system": ("Từng hệ thống", "System by system"),
    "digest.line": (
        "{system}: đã gửi {done}, đang chờ {open}, chưa rõ {in_doubt}; đọc lần cuối {read}",
        "{system}: {done} sent, {open} waiting, {in_doubt} in doubt; last read {read}",
    ),
    "digest.waits": ("Chờ người xử lý", "What waits for a person"),
    "digest.waiting": (
        "Mục chờ: {quarantined}; chưa rõ kết quả: {in_doubt}; tạm dừng: {pauses}; chênh lệch: {findings}",
        "Items: {quarantined}; in doubt: {in_doubt}; pauses: {pauses}; differences: {findings}",
    ),
    "digest.cases": (
        "Hồ sơ: {cases} (mới trong kỳ: {fresh}); chưa đối chiếu: {unsettled}",
        "Cases: {cases} ({fresh} new in the period); unsettled: {unsettled}",
    ),
    "digest.alerts": ("Cảnh báo", "Alerts"),
    "digest.counted": (
        "Trong kỳ: {raised} mới, {ended} đã hết; đang mở: {open}",
        "In the period: {raised} raised, {ended} over; open: {open}",
    ),
    "digest.quiet": ("Không có cảnh báo nào đang mở.", "No alert is open."),
    "digest.log": (
        "Nhật ký: {entries} mục, đã ký {sealed}",
        "Log: {entries} entries, {sealed} sealed",
    ),
    "digest.foot": (
        "Không nhận được bản tin vào giờ hẹn là dấu hiệu bộ kết nối hoặc kênh thư đã ngừng.",
        "A digest that does not come at its time is a sign that the connector or the mail is down.",
    ),
    # ---- commands ---------------------------------------------------------------------------------------------
    "alerts.none": ("Không có cảnh báo nào.", "No alerts."),
    "alerts.acknowledged": ("Đã nhận xử lý cảnh báo {id}.", "Alert {id} is acknowledged."),
    "alerts.snoozed": ("Cảnh báo {id} tạm im đến {until}.", "Alert {id} is snoozed until {until}."),
    "alerts.digest_put_up": (
        "Đã xếp gửi: {subject}. Dịch vụ gửi ở lượt xem xét kế tiếp.",
        "Put up: {subject}. The daemon sends it at its next look.",
    ),
    "alerts.sent": (
        "{channel}: đã gửi tin thử, máy nhận trả lời {answer}.",
        "{channel}: sent; the receiver said {answer}.",
    ),
    "alerts.failed": (
        "{channel}: KHÔNG gửi được ({code}): {reason}",
        "{channel}: NOT sent ({code}): {reason}",
    ),
    "head.alert": ("Cảnh báo", "Alert"),
    "head.tellings": ("Đã báo", "Told"),
    "head.channel_name": ("Kênh", "Channel"),
    "head.message": ("Tin", "Message"),
    "head.grade": ("Mức", "Grade"),
    # ---- page -------------------------------------------------------------------------------------------------
    "nav.alerts": ("Cảnh báo", "Alerts"),
    "home.alerts": ("cảnh báo đang mở", "open alerts"),
    "alerts.title": ("Cảnh báo", "Alerts"),
    "alerts.why": (
        "Mỗi cảnh báo là một việc đang sai của một hệ thống; tự đóng khi hết. Nhắc lại đến khi hết hoặc có người nhận xử lý.",
        "An alert is one thing that is wrong with one system; it closes by itself, and is repeated until it is over or somebody's.",
    ),
    "alerts.open": ("Đang mở", "Open"),
    "alerts.all_well": ("Không có cảnh báo nào đang mở.", "No alert is open."),
    "alerts.history": ("Đã qua", "Past alerts"),
    "alerts.messages": ("Tin đã báo", "Messages"),
    "alerts.no_messages": ("Chưa báo tin nào.", "No message yet."),
    "alerts.no_channel": (
        "Chưa có kênh nào: cảnh báo chỉ hiện ở đây. Đặt `[alerts.mail]` hoặc `[alerts.webhooks]`.",
        "There is no channel: alerts show only here. Set `[alerts.mail]` or `[alerts.webhooks]`.",
    ),
    "alerts.raised_at": ("Từ", "Since"),
    "alerts.told": ("đã báo {count} lần, lần cuối {when}", "told {count} times, last {when}"),
    "alerts.by": ("{person}, {when}: {note}", "{person}, {when}: {note}"),
    "alerts.until": ("đến {when}", "until {when}"),
    "alerts.ack": ("Nhận xử lý", "Acknowledge"),
    "alerts.ack_why": (
        "Không nhắc lại nữa, trừ khi nặng hơn.",
        "It is not repeated any more, unless it gets worse.",
    ),
    "alerts.snooze": ("Tạm im", "Snooze"),
    "alerts.hours": ("Số giờ im", "Hours"),
    "alerts.note": ("Lý do, không ghi dữ liệu cá nhân", "Why; no personal data"),
    "alerts.book": ("Hướng dẫn xử lý", "Runbook"),
    "message_state.waiting": ("đang chờ gửi", "waiting"),
    "message_state.sent": ("đã gửi", "sent"),
    "message_state.failed": ("không gửi được", "failed"),
    "message_kind.alerts": ("cảnh báo", "alerts"),
    "message_kind.daily": ("bản tin ngày", "daily digest"),
    "message_kind.weekly": ("bản tin tuần", "weekly digest"),
    "flash.alert_acknowledged": ("Đã nhận xử lý.", "Acknowledged."),
    "flash.alert_snoozed": ("Đã tạm im.", "Snoozed."),
}
