"""The console's words for accounts as administrators keep them, and for the access review."""

from collections.abc import Mapping

ACCESS: Mapping[str, tuple[str, str]] = {
    "nav.access-review": ("Rà soát quyền", "Access review"),
    "users.new": ("Tạo tài khoản", "New account"),
    "users.person": ("Họ tên", "Name of the person"),
    "users.first_password": ("Mật khẩu ban đầu (từ 12 ký tự)", "First password (12 characters or more)"),
    "users.agencies": ("Giới hạn theo cơ quan", "Limited to agencies"),
    "users.agencies_hint": (
        "Mã cơ quan, cách nhau bằng dấu cách; để trống: không giới hạn.",
        "Codes of agencies with blanks between; empty: not limited.",
    ),
    "users.more": ("Việc khác", "More"),
    "users.set_agencies": ("Đặt giới hạn", "Set limits"),
    "users.new_password": ("Mật khẩu mới", "New password"),
    "users.reset": ("Đặt lại mật khẩu và mã xác thực", "Reset password and codes"),
    "users.reset_codes": ("Chỉ đặt lại mã xác thực", "Reset codes only"),
    "flash.created": (
        "Đã tạo tài khoản. Báo mật khẩu ban đầu cho người dùng qua kênh riêng; người dùng tự đổi.",
        "The account is made. Tell its person the first password by another way; they change it.",
    ),
    "flash.reset": (
        "Đã đặt lại; các phiên và mã truy cập của tài khoản đã kết thúc.",
        "It is reset; sessions and tokens of the account have ended.",
    ),
    "flash.codes_reset": (
        "Mã xác thực được thiết lập lại khi đăng nhập; các phiên đã kết thúc.",
        "Codes are set up anew at the next sign-in; its sessions have ended.",
    ),
    "flash.agencies_set": ("Đã đặt giới hạn theo cơ quan.", "The limits are set."),
    "review.title": ("Rà soát quyền truy cập", "Access review"),
    "review.why": (
        "Ai có quyền gì, đăng nhập lần cuối khi nào. Tài khoản không dùng quá {days} ngày nên khóa.",
        "Who may do what, and when they last came. Accounts unused for more than {days} days should be locked.",
    ),
    "review.file": ("Tải CSV để ký duyệt", "CSV to be signed"),
    "review.idle": ("Số ngày không dùng", "Days unused"),
    "review.tokens": ("Mã truy cập", "Tokens"),
    "review.token": ("đến {until}", "until {until}"),
    "review.sso": ("đăng nhập một lần", "single sign-on"),
    "review.look": ("Cần xem", "To look at"),
    "review.never": ("chưa lần nào, tạo {when}", "never; made {when}"),
    "notice.never_used": ("chưa từng đăng nhập quá {days} ngày", "never signed in, {days} days"),
    "notice.unused": ("không dùng quá {days} ngày", "unused for {days} days"),
    "notice.no_code": ("thiếu mã xác thực", "no one-time codes"),
    "notice.locked": ("đang khóa", "locked"),
    "notice.token_unused": ("mã truy cập không dùng quá {days} ngày", "token unused for {days} days"),
}
"""Key → (Vietnamese, English)."""
