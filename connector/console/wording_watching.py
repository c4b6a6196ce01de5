"""The words of charts, of pages that renew themselves, and of the time line of a case: Vietnamese first, English second."""

from collections.abc import Mapping

WATCHING: Mapping[str, tuple[str, str]] = {
    # ---- pages that renew themselves --------------------------------------------------------------------------
    "live.on": ("Trang tự cập nhật mỗi {time}.", "The page renews itself every {time}."),
    "live.still": ("Trang không tự cập nhật.", "The page does not renew itself."),
    "live.lost": (
        "Không liên lạc được với máy chủ: số liệu trên trang đã cũ. Trang tự thử lại.",
        "The server cannot be reached: what the page shows is old. It tries again by itself.",
    ),
    "live.stop": ("Ngừng tự cập nhật", "Stop renewing"),
    "live.start": ("Tự cập nhật", "Renew by itself"),
    # ---- charts -----------------------------------------------------------------------------------------------
    "nav.charts": ("Biểu đồ", "Charts"),
    "charts.about": (
        "Từ {since}, mỗi cột một khoảng {step}. Đếm từ nhật ký, chậm nhất sau một lượt quét.",
        "From {since} on, one step is {step}. Counted from the log, at the latest with the next sweep.",
    ),
    "charts.period": ("Khoảng thời gian", "Period"),
    "charts.period.day": ("24 giờ", "24 hours"),
    "charts.period.week": ("7 ngày", "7 days"),
    "charts.period.month": ("30 ngày", "30 days"),
    "charts.period.quarter": ("90 ngày", "90 days"),
    "charts.circuits": ("Cầu dao theo thời gian", "Circuits over time"),
    "charts.now": ("Hiện nay: {told}", "Now: {told}"),
    "charts.writes": ("Kết quả các lần gửi", "What became of writes"),
    "charts.reads": ("Thay đổi đọc được", "Changes read"),
    "charts.lag": ("Độ trễ", "Lag"),
    "charts.lag_told": (
        "Lâu nhất: chưa đọc được {read}, một lần gửi chờ {wait}",
        "At worst: not read for {read}, a write waited {wait}",
    ),
    "charts.lag.read": ("Từ lần đọc được gần nhất", "Since the last reading"),
    "charts.lag.wait": ("Lần gửi chờ lâu nhất", "Longest waiting write"),
    "charts.deadlines": ("Thời hạn: việc đã xong", "Deadlines: duties done"),
    "charts.duty.in_time": ("Đúng hạn", "In time"),
    "charts.duty.late": ("Quá hạn", "Late"),
    "charts.outcome.read": ("Thay đổi đọc được", "Changes read"),
    "charts.outcome.taken": ("Đã nhận", "Taken"),
    "charts.outcome.later": ("Chờ thử lại", "To be tried again"),
    "charts.outcome.doubt": ("Chưa rõ kết quả", "In doubt"),
    "charts.outcome.person": ("Chờ người xử lý", "For a person"),
    "charts.outcome.withheld": ("Không được gửi", "Withheld"),
    "charts.numbers": ("Số liệu", "The numbers"),
    "charts.from": ("Từ", "From"),
    "charts.until": ("Đến", "Until"),
    "charts.files": ("Tải số liệu (CSV):", "The numbers as files (CSV):"),
    "charts.file.traffic": ("đọc và gửi", "reading and writing"),
    "charts.file.lag": ("độ trễ", "lag"),
    "charts.file.circuits": ("cầu dao", "circuits"),
    "charts.file.deadlines": ("thời hạn", "deadlines"),
    "charts.file.findings": ("chênh lệch", "differences"),
    "circuit_line.closed": ("thông", "closed"),
    "circuit_line.half_open": ("gửi thử", "probed"),
    "circuit_line.open": ("ngắt", "open"),
    "circuit_line.none": ("dịch vụ không chạy", "no daemon ran"),
    # ---- the time line of a case --------------------------------------------------------------------------------
    "story.due_ahead": ("Hạn: {duty}", "Due: {duty}"),
    "story.due_past": ("Hết hạn khi chưa xong: {duty}", "Passed undone: {duty}"),
    "story.write": ("lệnh gửi {number}", "write {number}"),
    "story.tries": ("Từng lần thử", "Each attempt"),
    "story.kind_act": ("việc đã làm ở các hệ thống", "acts on the systems"),
    "story.kind_write": ("kết quả gửi, đọc của phần mềm kết nối", "what the connector did"),
    "story.kind_due": ("thời hạn", "deadlines"),
    "case.one_side": ("mới có ở một phía", "on one side only"),
}
"""Key → (Vietnamese, English)."""
