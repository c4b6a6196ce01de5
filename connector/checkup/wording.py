"""Texts of ``phanhoi config check --connect``, Vietnamese first; joined to the catalogue by :mod:`connector.texts`."""

from collections.abc import Mapping

CHECKUP: Mapping[str, tuple[str, str]] = {
    # ---- areas and checks
    "area.settings": ("Cấu hình", "Settings"),
    "area.database": ("Cơ sở dữ liệu", "Database"),
    "area.log": ("Nhật ký", "Log"),
    "area.files": ("Cổng tải tệp", "File gateway"),
    "area.alerts": ("Cảnh báo", "Alerts"),
    "area.sign_on": ("Đăng nhập một lần", "Single sign-on"),
    "check.files": ("tệp cấu hình", "files"),
    "check.dns": ("tên miền", "name"),
    "check.tcp": ("kết nối", "connection"),
    "check.tls": ("chứng thư TLS", "TLS"),
    "check.account": ("tài khoản", "account"),
    "check.clock": ("đồng hồ", "clock"),
    "check.contract": ("hợp đồng", "contract"),
    "check.catalogue": ("danh mục", "catalogue"),
    "check.version": ("phiên bản", "version"),
    "check.rights": ("quyền", "rights"),
    "check.schema": ("lược đồ", "schema"),
    "check.disk": ("dung lượng", "disk"),
    "check.folder": ("thư mục niêm phong", "checkpoint folder"),
    "check.signing": ("khóa ký", "signing keys"),
    "check.witness": ("bên chứng kiến", "witness"),
    "check.timestamp": ("dấu thời gian", "time stamps"),
    "check.public": ("địa chỉ công khai", "public address"),
    "check.mail": ("máy chủ thư", "mail server"),
    "check.webhook": ("nơi nhận webhook", "webhook receiver"),
    "check.provider": ("nhà cung cấp", "provider"),
    # ---- what was measured
    "checkup.unasked": ("chưa hỏi được", "not asked"),
    "checkup.error": ("{code}: {message}", "{code}: {message}"),
    "checkup.files": ("{systems} hệ thống, {files} tệp ánh xạ", "{systems} systems, {files} mapping files"),
    "checkup.dns": ("{host} → {addresses}", "{host} → {addresses}"),
    "checkup.no_name": ("không tìm thấy {host}: {reason}", "{host} is not known: {reason}"),
    "checkup.tcp": ("{host}:{port} sau {ms} ms", "{host}:{port} after {ms} ms"),
    "checkup.no_tcp": ("{host}:{port}: {reason}", "{host}:{port}: {reason}"),
    "checkup.plain": ("{host}:{port} không mã hóa", "{host}:{port} without TLS"),
    "checkup.tls": (
        "{version}, chuỗi {count} chứng thư, còn {days} ngày ({until}): {subject}",
        "{version}, chain of {count}, {days} days left ({until}): {subject}",
    ),
    "checkup.distrusted": (
        "không tin được: {reason}; {subject}, hạn {until}",
        "not trusted: {reason}; {subject}, valid until {until}",
    ),
    "checkup.no_tls": ("bắt tay TLS không thành: {reason}", "TLS handshake failed: {reason}"),
    "checkup.account": ("đăng nhập được {version}", "logged in {version}"),
    "checkup.clock": ("lệch {seconds} giây (cho phép {most})", "{seconds} s apart ({most} allowed)"),
    "checkup.no_clock": ("hệ thống không cho biết giờ", "tells no time"),
    "checkup.contract": ("như bản đã ghim ({count} dòng)", "as pinned ({count} lines)"),
    "checkup.contract_differs": (
        "{count} điểm khác bản đã ghim, đầu tiên: {path}",
        "{count} differences from the pinned one, first: {path}",
    ),
    "checkup.unreadable": ("{part}: không đọc được ({reason})", "{part}: cannot be read ({reason})"),
    "checkup.catalogue": ("{part}: {count} mã", "{part}: {count} codes"),
    "checkup.codes_off": (
        "{part}: {count} mã, ánh xạ dùng mã đã ngừng: {codes}",
        "{part}: {count} codes, the mapping uses retired ones: {codes}",
    ),
    "checkup.postgres": ("PostgreSQL {version} tại {place}", "PostgreSQL {version} at {place}"),
    "checkup.old_postgres": (
        "PostgreSQL {version}, cần từ {least}",
        "PostgreSQL {version}, {least} or newer is needed",
    ),
    "checkup.rights": ("đủ quyền", "sufficient"),
    "checkup.no_rights": ("thiếu quyền: {rights}", "missing: {rights}"),
    "checkup.schema": ("phiên bản {version}", "at version {version}"),
    "checkup.schema_behind": ("ở {version}, cần {newest}", "at {version}, {newest} is needed"),
    "checkup.schema_newer": ("ở {version}, mới hơn chương trình", "at {version}, newer than this program"),
    "checkup.not_running": ("máy chủ nhúng chưa chạy", "the embedded server does not run"),
    "checkup.disk": ("còn {free} MiB tại {folder}", "{free} MiB left at {folder}"),
    "checkup.folder": ("{folder}: ghi được", "{folder}: can be written to"),
    "checkup.no_folder": ("{folder}: {reason}", "{folder}: {reason}"),
    "checkup.signing": ("khóa đang dùng: {name}", "key in use: {name}"),
    "checkup.no_signing": (
        "không có khóa ký: nhật ký không niêm phong",
        "no signing key: the log is not sealed",
    ),
    "checkup.public": ("{url}: đúng dịch vụ này trả lời", "{url}: this service answers"),
    "checkup.public_silent": (
        "{url}: chưa có dịch vụ nào của ta trả lời (HTTP {status})",
        "{url}: no service of ours answers there (HTTP {status})",
    ),
    "checkup.mail": (
        "{host}:{port} ({security}), tài khoản {user}: sẵn sàng nhận thư",
        "{host}:{port} ({security}), account {user}: ready for mail",
    ),
    "checkup.provider": (
        "{issuer}: {count} khóa; địa chỉ trở về phải đăng ký: {back}",
        "{issuer}: {count} keys; the redirect address to be registered: {back}",
    ),
    # ---- what to do
    "checkup.do_dns": (
        "Kiểm tra tên máy trong cấu hình và máy chủ DNS của mạng.",
        "Check the host's name in the settings, and the network's DNS.",
    ),
    "checkup.do_tcp": (
        "Kiểm tra tường lửa, đường mạng tới máy chủ và số cổng.",
        "Check the firewall, the way to that host, and the port.",
    ),
    "checkup.do_tls": (
        "Nếu là CA riêng: đặt transport.ca_file. Nếu hết hạn: báo bên giữ máy chủ đổi chứng thư.",
        "For an authority of its own set transport.ca_file; if it expired, ask its owner for another certificate.",
    ),
    "checkup.do_renew": (
        "Báo bên giữ máy chủ gia hạn chứng thư trước khi hết hạn.",
        "Ask that server's owner to renew the certificate in time.",
    ),
    "checkup.do_clock": (
        "Chỉnh đồng hồ máy này (chrony/NTP); nếu máy này đúng giờ, báo bên kia.",
        "Set this machine's clock (chrony, NTP); if ours is right, tell the other side.",
    ),
    "checkup.do_contract": (
        "Đừng chạy thật: so sánh bằng `phanhoi contract diff`, hỏi chủ cổng về thay đổi.",
        "Do not go live: compare with `phanhoi contract diff`, and ask the portal's owner.",
    ),
    "checkup.do_codes": (
        "Sửa danh mục mã trong `mappings/` theo danh mục của cổng.",
        "Bring the code lists in `mappings/` up to the portal's catalogue.",
    ),
    "checkup.do_postgres": ("Dùng PostgreSQL 15 trở lên.", "Use PostgreSQL 15 or newer."),
    "checkup.do_rights": (
        "Cho tài khoản cơ sở dữ liệu làm chủ lược đồ phanhoi: ALTER SCHEMA phanhoi OWNER TO …",
        "Let the database account own the schema phanhoi: ALTER SCHEMA phanhoi OWNER TO …",
    ),
    "checkup.do_migrate": ("Chạy `phanhoi db migrate`.", "Run `phanhoi db migrate`."),
    "checkup.do_upgrade": ("Cài phiên bản chương trình mới hơn.", "Install a newer program."),
    "checkup.do_start": (
        "Không cần làm gì: máy chủ nhúng tự chạy cùng `phanhoi daemon`.",
        "Nothing: the embedded server starts with `phanhoi daemon`.",
    ),
    "checkup.do_disk": ("Giải phóng hoặc thêm dung lượng.", "Free or add space."),
    "checkup.do_folder": (
        "Tạo thư mục ledger.checkpoint_folder và cho tài khoản dịch vụ quyền ghi.",
        "Make the folder ledger.checkpoint_folder and let the service's account write there.",
    ),
    "checkup.do_signing": (
        "Tạo khóa bằng `phanhoi log keys create`, ghi vào [ledger] (docs/evidence-log.md).",
        "Make one by `phanhoi log keys create` and name it under [ledger] (docs/evidence-log.md).",
    ),
    "checkup.do_public": (
        "Chạy `phanhoi daemon`, trỏ máy chủ HTTPS phía trước vào gateway.port, rồi kiểm tra lại.",
        "Start `phanhoi daemon`, lead the HTTPS front to gateway.port, and check again.",
    ),
}
