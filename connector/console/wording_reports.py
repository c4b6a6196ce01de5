"""The console's words for the reports of the Quy chế and the hand-over sheet."""

from collections.abc import Mapping

REPORTS: Mapping[str, tuple[str, str]] = {
    "nav.reports": ("Báo cáo", "Reports"),
    "right.report": ("xem báo cáo của Quy chế", "read the reports of the Quy chế"),
    "reports.title": ("Báo cáo theo Quy chế", "Reports of the Quy chế"),
    "reports.why": (
        "Số liệu theo Điều 14 khoản 2. Mỗi con số dẫn đến các hồ sơ của nó. Mỗi lần xem hoặc tải là một mục nhật ký.",
        "The numbers of article 14.2. Each number leads to its cases; each reading and download is an entry of the log.",
    ),
    "reports.limited": (
        "Tài khoản này chỉ thấy số liệu của cơ quan mình.",
        "This account sees the numbers of its own agencies only.",
    ),
    "reports.period": ("Kỳ báo cáo", "Period"),
    "reports.since": ("hoặc từ ngày", "or from"),
    "reports.until": ("đến hết ngày", "until the end of"),
    "reports.show": ("Xem báo cáo", "Show"),
    "reports.none": ("Chọn kỳ báo cáo để xem số liệu.", "Choose a period to see its numbers."),
    "reports.none_next": (
        "Tháng, quý, năm, hoặc từ ngày đến ngày (báo cáo đột xuất).",
        "A month, a quarter, a year, or from one day to another.",
    ),
    "reports.counting": (
        "Đang đếm hồ sơ; trang này tự làm mới.",
        "The cases are being counted; this page renews itself.",
    ),
    "reports.progress": ("{done} trong {total} hồ sơ", "{done} of {total} cases"),
    "reports.form_xlsx": ("Tải bảng tính (XLSX)", "Workbook (XLSX)"),
    "reports.form_pdf": ("Tải báo cáo (PDF)", "Letter (PDF)"),
    "reports.form_csv": ("Tải CSV", "CSV"),
    "reports.again": ("Đếm lại", "Count again"),
    "reports.kept": (
        "Số liệu đã đếm được giữ 10 phút: tệp tải về đúng với trang đang xem.",
        "What was counted is kept for 10 minutes: a file has the numbers that the page shows.",
    ),
    "reports.as_of": ("Số liệu tính đến {when}", "Numbers as of {when}"),
    "reports.summary": ("Tổng hợp", "Summary"),
    "reports.how": ("Cách tính, căn cứ", "How it is counted"),
    "reports.average": (
        "Số ngày làm việc bình quân đến khi trả lời",
        "Average working days to the answer",
    ),
    "reports.average_short": ("Ngày bình quân", "Average days"),
    "reports.by_agency": ("Theo cơ quan", "By agency"),
    "reports.by_field": ("Theo lĩnh vực", "By field"),
    "reports.by_channel": ("Theo kênh tiếp nhận", "By channel"),
    "reports.by_duty": ("Theo nghĩa vụ", "By duty"),
    "reports.of_agency": ("Cơ quan", "Agency"),
    "reports.of_field": ("Lĩnh vực", "Field"),
    "reports.of_channel": ("Kênh", "Channel"),
    "reports.of_duty": ("Nghĩa vụ", "Duty"),
    "reports.no_rows": ("Không có hồ sơ nào trong kỳ.", "No case in this period."),
    "reports.no_cases": ("Không có hồ sơ nào.", "No case."),
    "reports.proof": (
        "mã kiểm tra của mọi con số và hồ sơ; mã này có trong nhật ký.",
        "the digest of every number and its cases; the same stands in the log.",
    ),
    "reports.seen_twice": (
        "Hồ sơ được tính hai lần có hai dòng. Tài khoản giới hạn theo cơ quan không mở được hồ sơ nay ở cơ quan khác.",
        "A case that counts twice has two lines. Who is limited to agencies cannot open what is another's by now.",
    ),
    "case.sheet": ("In phiếu chuyển (PDF)", "Hand-over sheet (PDF)"),
    "case.sheet_for": ("Phiếu cho", "For"),
    "case.sheet_why": (
        "Phiếu chuyển (Điều 12 khoản 4): bộ phận xử lý thấy tên, điện thoại người gửi; đơn vị phối hợp thì không. Có ghi nhật ký.",
        "Hand-over sheet (article 12.4): the unit sees the sender's name and phone, coordinators do not. The log tells of it.",
    ),
    "sheet_for.unit": ("bộ phận xử lý", "the handling unit"),
    "sheet_for.coordinator": ("đơn vị phối hợp", "coordinators"),
}
"""Key → (Vietnamese, English)."""
