"""Texts of readiness and of ``phanhoi doctor``, Vietnamese first; joined to the catalogue by :mod:`connector.texts`."""

from collections.abc import Mapping

TELEMETRY: Mapping[str, tuple[str, str]] = {
    "ready.running": ("đang chạy", "running"),
    "ready.stopping": ("đang dừng", "stopping"),
    "ready.lease": ("được quyền gửi", "may send"),
    "ready.no_lease": (
        "mất quyền gửi: cơ sở dữ liệu lâu không nghe thấy máy này",
        "may not send: the database has not heard of this node for too long",
    ),
    "ready.lanes": ("các làn xử lý đang chạy", "the lanes are worked on"),
    "ready.no_lanes": ("các làn xử lý không chạy", "the lanes are not worked on"),
    "ready.database": ("cơ sở dữ liệu trả lời", "the database answers"),
    "ready.no_database": ("cơ sở dữ liệu không trả lời", "the database does not answer"),
    "ready.schema": ("lược đồ đúng phiên bản ({version})", "the schema is at the right version ({version})"),
    "ready.wrong_schema": (
        "lược đồ ở phiên bản {version}, chương trình này không dùng được",
        "the schema is at version {version}, on which this program cannot work",
    ),
    "ready.log": ("nhật ký nối tiếp", "the log continues"),
    "ready.restored": (
        "dữ liệu vừa khôi phục, chưa ai chấp nhận (PH-930)",
        "a restored state that nobody has accepted (PH-930)",
    ),
    "ready.log_broken": ("nhật ký bị dừng niêm phong ({code})", "the sealing of the log is stopped ({code})"),
    "ready.clock": (
        "đồng hồ khớp cơ sở dữ liệu: lệch {seconds} giây, cho phép {most}",
        "the clock agrees with the database: {seconds} s apart, {most} allowed",
    ),
    "ready.wrong_clock": (
        "đồng hồ lệch cơ sở dữ liệu {seconds} giây, cho phép {most}",
        "the clock is {seconds} s apart from the database, {most} allowed",
    ),
}
