"""The sections of the settings: each setting with its default, its bounds and what it means, Vietnamese first.

Read by :mod:`connector.settings`; a test holds ``docs/settings.md`` to them.
"""

from datetime import date
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, IPvAnyNetwork, SecretStr, model_validator

from connector.transport import TransportSettings

EmptyIsNone = BeforeValidator(lambda value: None if value == "" else value)
"""TOML and the environment have no null: an empty text says that nothing is set."""


Days = Annotated[Annotated[int, Field(ge=0, le=36500)] | None, EmptyIsNone]
"""A period; empty: none is set."""


class Section(BaseModel):
    """A part of the settings: unknown keys are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class DatabaseSettings(Section):
    """PostgreSQL. Without ``url`` the embedded server runs on ``folder``."""

    url: Annotated[SecretStr | None, EmptyIsNone] = Field(
        default=None, description="postgresql://… ; để trống = máy chủ nhúng / empty = embedded server"
    )
    folder: Path = Field(
        default=Path("var/postgres"), description="thư mục dữ liệu của máy chủ nhúng / embedded data"
    )
    least_free_mib: int = Field(
        default=64,
        ge=1,
        description="máy chủ nhúng dừng khi đĩa còn ít hơn (MiB) / the embedded server's disk must have left (MiB)",
    )
    pool_size: int = Field(default=20, ge=4, le=200, description="số kết nối tối đa / most connections")


class WorkSettings(Section):
    """How work is cut, clocked and stopped. Seconds unless named otherwise."""

    lanes: int = Field(default=64, ge=1, le=1024, description="số làn xử lý mỗi luồng / lanes per flow")
    slice_cases: int = Field(default=200, ge=1, description="số hồ sơ tối đa mỗi lượt / most cases a slice")
    slice_s: float = Field(default=10, gt=0, description="thời gian tối đa mỗi lượt / longest slice")
    sweep_every_s: float = Field(
        default=10, gt=0, description="chu kỳ quét việc đến hạn / how often due work is woken"
    )
    worker_concurrency: int = Field(
        default=4, ge=1, description="số việc song song mỗi hàng đợi / jobs at a time per queue"
    )
    stop_grace_s: float = Field(
        default=30, gt=0, description="thời gian hoàn tất khi dừng / time to finish on SIGTERM"
    )
    backoff_first_s: float = Field(
        default=15, gt=0, description="lần chờ thử lại đầu tiên / first wait before a retry"
    )
    backoff_most_s: float = Field(
        default=3600, gt=0, description="lần chờ dài nhất / longest wait before a retry"
    )
    most_attempts: int = Field(
        default=300,
        ge=1,
        description="số lần thử tối đa trước khi chờ người / most attempts of a write before a person is asked",
    )
    give_up_after_s: float = Field(
        default=604800,
        gt=0,
        description="thời gian thử tối đa trước khi chờ người / longest trying before a person is asked",
    )
    settling_s: float = Field(
        default=20,
        ge=0,
        description="chờ trước khi tra cứu kết quả chưa rõ / wait before an unknown outcome is looked up",
    )
    mappings_every_s: float = Field(
        default=5,
        ge=0,
        description="chu kỳ xem tệp ánh xạ có sửa không; 0 = chỉ khi khởi động / how often changed mapping files are looked for; 0 = at the start only",
    )
    heartbeat_s: float = Field(default=10, gt=0, description="nhịp sống của tiến trình / worker heartbeat")
    stalled_after_s: float = Field(default=30, gt=0, description="coi là chết sau / a worker is dead after")


class GatewaySettings(Section):
    """Where portals fetch the files that we send by reference."""

    host: str = Field(default="127.0.0.1", description="địa chỉ lắng nghe / address to listen on")
    port: int = Field(default=8090, ge=0, le=65535, description="cổng; 0 = tự chọn / port; 0 = any free")
    public_base: Annotated[str | None, EmptyIsNone] = Field(
        default=None, description="địa chỉ mà cổng quốc gia tải tệp / base address as the portal reaches it"
    )
    ticket_ttl_s: float = Field(
        default=86400, gt=0, description="hạn của đường dẫn tải tệp / life of a file address"
    )


class OidcSettings(Section):
    """Single sign-on by OpenID Connect, beside the accounts of our own. Without ``issuer`` there is none."""

    issuer: Annotated[str | None, EmptyIsNone] = Field(
        default=None,
        description="địa chỉ của hệ thống đăng nhập một lần; để trống = không dùng / the provider's issuer; empty = none",
    )
    label: Annotated[str | None, EmptyIsNone] = Field(
        default=None,
        max_length=60,
        description="tên của hệ thống đó trên nút đăng nhập / the provider's name on the button",
    )
    client_id: Annotated[str | None, EmptyIsNone] = Field(
        default=None, description="mã của bảng điều hành tại hệ thống đó / our client id at the provider"
    )
    client_secret: Annotated[SecretStr | None, EmptyIsNone] = Field(
        default=None,
        description="mật khẩu của mã đó; để trống = chỉ PKCE / our client secret; empty = PKCE alone",
    )
    console_url: Annotated[str | None, EmptyIsNone] = Field(
        default=None,
        description="địa chỉ mà trình duyệt mở bảng điều hành / address at which browsers open the console",
    )
    scopes: tuple[str, ...] = Field(
        default=("openid", "profile"), description="phạm vi yêu cầu / scopes asked for"
    )
    account_claim: str = Field(
        default="preferred_username",
        description="mục chứa tên tài khoản, khi tạo mới / claim with the account's name, for a new one",
    )
    person_claim: str = Field(
        default="name",
        description="mục chứa họ tên, khi tạo mới / claim with the person's name, for a new one",
    )
    create: bool = Field(
        default=False, description="tạo tài khoản cho người chưa có / make accounts for people without one"
    )
    role_claim: Annotated[str | None, EmptyIsNone] = Field(
        default=None,
        description="mục quyết định vai trò; để trống = quản trị viên giao / claim that decides the role; empty = administrators do",
    )
    roles: dict[str, str] = Field(
        default_factory=dict, description="giá trị của mục đó → vai trò / value of that claim → role"
    )
    agency_claim: Annotated[str | None, EmptyIsNone] = Field(
        default=None,
        description="mục quyết định cơ quan; để trống = quản trị viên giao / claim that decides the agencies; empty = administrators do",
    )
    agencies: dict[str, str] = Field(
        default_factory=dict,
        description="giá trị của mục đó → mã cơ quan, `*` = mọi cơ quan / value of that claim → agency's code, `*` = all",
    )
    acr_values: tuple[str, ...] = Field(
        default=(),
        description="`acr` được coi là đã qua hai lớp, và được yêu cầu / `acr` taken as a second factor, and asked for",
    )
    amr_values: tuple[str, ...] = Field(
        default=(),
        description="`amr` được coi là đã qua hai lớp / `amr` taken as a second factor",
    )
    logout: bool = Field(
        default=True,
        description="mời đăng xuất cả ở hệ thống đó / offer to sign out at the provider, too",
    )
    ca_file: Annotated[str | None, EmptyIsNone] = Field(
        default=None, description="tệp chứng thư gốc riêng / own certificate authorities"
    )

    @model_validator(mode="after")
    def _whole(self) -> "OidcSettings":
        """What a provider needs is there, and no claim decides without a table."""
        missing = [
            name
            for name, value in (("client_id", self.client_id), ("console_url", self.console_url))
            if self.issuer and not value
        ]
        missing += [
            table
            for claim, table in (("role_claim", "roles"), ("agency_claim", "agencies"))
            if bool(getattr(self, claim)) != bool(getattr(self, table))
        ]
        if missing:
            msg = f"console.oidc: {', '.join(missing)} must be set together with what they belong to"
            raise ValueError(msg)
        if "openid" not in self.scopes:
            msg = "console.oidc.scopes: openid is needed"
            raise ValueError(msg)
        return self


class ConsoleSettings(Section):
    """The web console and its sign-in. Seconds."""

    enabled: bool = Field(
        default=False, description="chạy bảng điều hành trong dịch vụ / run the console inside the daemon"
    )
    host: str = Field(default="127.0.0.1", description="địa chỉ lắng nghe / address to listen on")
    port: int = Field(default=8070, ge=0, le=65535, description="cổng; 0 = tự chọn / port; 0 = any free")
    behind_tls: bool = Field(
        default=False,
        description="sau máy chủ HTTPS: cookie chỉ đi qua HTTPS / behind an HTTPS proxy: cookies by HTTPS alone",
    )
    idle_s: float = Field(
        default=1800, gt=0, description="tự đăng xuất sau khi không dùng / a session ends when unused for"
    )
    session_s: float = Field(
        default=36000, gt=0, description="phiên dài nhất / a session ends at the latest after"
    )
    lock_after: int = Field(
        default=5, ge=3, description="số lần sai trước khi tạm khóa / refused sign-ins before the lock-out"
    )
    lock_s: float = Field(default=900, gt=0, description="thời gian tạm khóa / how long the lock-out lasts")
    token_days: int = Field(
        default=365,
        ge=1,
        le=3650,
        description="hạn dài nhất của mã truy cập, ngày / longest life of a token, days",
    )
    token_per_minute: int = Field(
        default=600,
        ge=1,
        le=100_000,
        description="số lần gọi mỗi phút của một mã truy cập / calls a minute of one token",
    )
    answers_kept_s: float = Field(
        default=86400,
        gt=0,
        description="thời gian giữ trả lời cho khóa chống lặp / how long an answer is kept for its idempotency key",
    )
    oidc: OidcSettings = OidcSettings()
    history_days: int = Field(
        default=400,
        ge=1,
        le=3650,
        description="thời gian giữ số liệu biểu đồ, ngày / how long what charts are drawn from is kept, days",
    )


class CanarySettings(Section):
    """How the recorded contract with each system is watched (docs/contract-canary.md)."""

    enabled: bool = Field(
        default=True, description="so sánh hợp đồng theo lịch / compare contracts by schedule"
    )
    every_s: float = Field(
        default=86400, gt=0, description="chu kỳ so sánh / how often a system's contract is compared"
    )
    again_s: float = Field(
        default=900, gt=0, description="chu kỳ khi đang có điểm khác / how often while something differs"
    )
    least_percent: int = Field(
        default=20,
        ge=1,
        le=100,
        description="tỷ lệ hồ sơ tối thiểu cùng cho thấy một điểm khác / and so many in a hundred of those read",
    )
    sample: int = Field(
        default=200,
        ge=1,
        le=10_000,
        description="số bản ghi mới nhất được học / newest records that are learned from",
    )
    least_cases: int = Field(
        default=3,
        ge=1,
        description="số hồ sơ tối thiểu cùng cho thấy một điểm khác / so many cases must show a difference",
    )


class RetentionSettings(Section):
    """How long what is kept for how long after a case is over (docs/retention.md). Days; empty = kept until set."""

    enabled: bool = Field(
        default=False, description="tự xóa theo lịch (cần basis) / purge by schedule (needs basis)"
    )
    basis: Annotated[str | None, EmptyIsNone] = Field(
        default=None,
        max_length=200,
        description="số văn bản quy định thời hạn lưu / number of the decision that sets these periods",
    )
    every_s: float = Field(default=86400, gt=0, description="chu kỳ xóa theo lịch / how often it purges")
    superseded_observations_days: Days = Field(
        default=365, description="bản gốc đã có bản mới hơn / raw tellings that a newer one superseded"
    )
    observations_days: Days = Field(default=1825, description="bản gốc đã đọc / raw tellings")
    deliveries_days: Days = Field(
        default=365, description="nội dung các lệnh gửi đã xong / what remains of finished writes"
    )
    openings_days: Days = Field(
        default=1825,
        description="giá trị mà nhật ký cam kết / what the log's commitments open to",
    )
    previews_days: Days = Field(
        default=365,
        description="giá trị cũ, mới trong kế hoạch đã xong / old and new values in plans that ended",
    )
    findings_days: Days = Field(
        default=365,
        description="ghi chú của chênh lệch đã hết / notes on differences that are gone",
    )
    quarantine_days: Days = Field(
        default=365, description="lý do của mục đã xử lý / reasons of items that were dealt with"
    )
    file_tickets_days: Days = Field(
        default=1, description="đường dẫn tệp đã hết hạn / expired addresses of files"
    )
    jobs_days: Days = Field(default=30, description="tham số công việc đã xong / arguments of finished jobs")
    runs_days: Days = Field(default=365, description="nhật ký các lượt chạy / the passes")
    exports_days: Days = Field(default=90, description="tệp đã kết xuất / exported files")
    contacts_days: Days = Field(
        default=None, description="hủy khóa thông tin người gửi / the senders' data: their keys are destroyed"
    )
    case_files_days: Days = Field(
        default=None, description="hủy khóa toàn bộ hồ sơ / whole cases: their keys are destroyed"
    )
    exports_folder: Annotated[Path | None, EmptyIsNone] = Field(
        default=None, description="thư mục chứa tệp kết xuất / folder of exported files"
    )
    vacuum_full: bool = Field(
        default=False,
        description="ghi lại bảng sau khi xóa, khóa bảng / write tables anew after a purge; locks them",
    )

    def days(self, name: str) -> int | None:
        """The period of a class; None: kept until an official sets one."""
        found: int | None = getattr(self, f"{name}_days")
        return found

    @model_validator(mode="after")
    def _schedule_needs_basis(self) -> "RetentionSettings":
        if self.enabled and self.basis is None:
            msg = "enabled cần basis: số văn bản quy định thời hạn lưu / a purge by schedule needs its basis"
            raise ValueError(msg)
        return self


class PrivacySettings(Section):
    """The master keys, by which everything about a case is sealed in the database. One of the two is needed."""

    master_keys_file: Annotated[Path | None, EmptyIsNone] = Field(
        default=None, description="tệp khóa chủ (`phanhoi keys create`) / file of the master keys"
    )
    master_keys: Annotated[SecretStr | None, EmptyIsNone] = Field(
        default=None, description="khóa chủ, là bí mật; thay cho tệp / the keys' text, instead of a file"
    )


class LedgerSettings(Section):
    """Sealing of the evidence log. Without a signing key the log is kept and chained, but not sealed."""

    origin: Annotated[str | None, EmptyIsNone] = Field(
        default=None,
        pattern=r"^[^\s+]{1,200}$",
        description="tên riêng của nhật ký, ví dụ phananh.tinh-mau.example/log / the log's own name in the world",
    )
    signing_keys_file: Annotated[Path | None, EmptyIsNone] = Field(
        default=None, description="tệp khóa ký (`phanhoi log keys create`) / file of the signing keys"
    )
    signing_keys: Annotated[SecretStr | None, EmptyIsNone] = Field(
        default=None, description="khóa ký, là bí mật; thay cho tệp / the keys' text, instead of a file"
    )
    seal_every_s: float = Field(
        default=60, gt=0, description="chu kỳ niêm phong / how often entries are sealed"
    )
    seal_after_entries: int = Field(
        default=10_000,
        ge=1,
        description="niêm phong sớm khi có thêm / sealed earlier after so many new entries",
    )
    checkpoint_folder: Annotated[Path | None, EmptyIsNone] = Field(
        default=None,
        description="thư mục chỉ ghi một lần cho các điểm niêm phong / write-once folder of the checkpoints",
    )
    witness_url: Annotated[str | None, EmptyIsNone] = Field(
        default=None, description="địa chỉ bên chứng kiến / address of a witness (C2SP tlog-witness)"
    )
    witness_key: Annotated[str | None, EmptyIsNone] = Field(
        default=None,
        description="khóa công khai của bên chứng kiến / the witness's verifier key (name+id+key)",
    )
    timestamp_url: Annotated[str | None, EmptyIsNone] = Field(
        default=None, description="máy chủ dấu thời gian RFC 3161 / time-stamping authority"
    )
    timestamp_every_s: float = Field(
        default=3600, gt=0, description="chu kỳ xin dấu thời gian / how often a checkpoint is stamped"
    )
    timestamp_roots: Annotated[Path | None, EmptyIsNone] = Field(
        default=None, description="chứng thư gốc của nó (PEM) / its root certificates"
    )


class BackupSettings(Section):
    """How backups are sealed. The keys here only seal: none of them opens one."""

    recipients: tuple[str, ...] = Field(
        default=(),
        description="khóa công khai để niêm phong bản sao lưu (`phanhoi backup keys`) / public keys that backups are sealed to",
    )
    programs: Annotated[Path | None, EmptyIsNone] = Field(
        default=None,
        description="thư mục chứa pg_dump, pg_restore / folder of pg_dump and pg_restore, if not found by itself",
    )


class ResyncSettings(Section):
    """Plans of a resync: from what size on a second person approves, and how long a preview is worth something."""

    approve_cases: int = Field(
        default=20,
        ge=0,
        description="trên số hồ sơ này cần người thứ hai duyệt / above so many cases approved",
    )
    approve_writes: int = Field(
        default=50,
        ge=0,
        description="trên số lệnh gửi này cần người thứ hai duyệt / above so many writes approved",
    )
    valid_s: float = Field(
        default=86400, gt=0, description="hạn của bản xem trước / how long a preview may be carried out"
    )
    most_cases: int = Field(
        default=5000, ge=1, description="số hồ sơ tối đa một kế hoạch / most cases of a plan"
    )
    most_attempts: int = Field(
        default=360, ge=1, description="số lần đọc lại một hồ sơ / attempts to read a case before it fails"
    )


class ReconcileSettings(Section):
    """The scheduled comparison of the systems with each other. Seconds."""

    enabled: bool = Field(default=True, description="đối soát theo lịch / reconcile by the clock")
    every_s: float = Field(
        default=3600, gt=0, description="chu kỳ đối soát phần thay đổi / how often changes are compared"
    )
    full_every_s: float = Field(
        default=604800, gt=0, description="chu kỳ đối soát toàn bộ / how often everything is compared"
    )
    grace_s: float = Field(
        default=3600,
        ge=0,
        description="chênh lệch mới hơn mức này là đang xử lý / a younger difference is under way, no alarm",
    )
    urgent_s: float = Field(
        default=172800,
        ge=0,
        description="mức khẩn khi còn ít hơn trước hạn / a finding is urgent when less is left to its deadline",
    )
    slice_cases: int = Field(
        default=500,
        ge=1,
        description="số hồ sơ mỗi bước, dừng được ở giữa / cases a step; it can stop between two",
    )


class PushSettings(Section):
    """Notifications that this system may send us (docs/api.md). Without a secret none are taken."""

    account: str = Field(
        default="portal", min_length=1, description="tên mà hệ thống dùng khi gọi / name under which it calls"
    )
    secrets: tuple[SecretStr, ...] = Field(
        default=(),
        description="các mật khẩu đang có hiệu lực; trống = không nhận / secrets in force; empty: none taken",
    )
    networks: tuple[IPvAnyNetwork, ...] = Field(
        default=(),
        description="chỉ nhận từ các dải mạng này; trống = mọi nơi / only from these; empty: anywhere",
    )
    max_bytes: int = Field(
        default=8 * 1024 * 1024, ge=1024, description="thông báo lớn nhất, byte / largest notification"
    )
    per_minute: int = Field(
        default=120, ge=1, le=100_000, description="số thông báo mỗi phút / notifications a minute"
    )


class SystemSettings(Section):
    """One of the three parties. ``adapter`` is checked by the adapter itself."""

    enabled: bool = Field(default=True, description="bật/tắt hệ thống này / use this system")
    observe_every_s: float = Field(
        default=300, gt=0, description="chu kỳ hỏi thay đổi / how often changes are asked for"
    )
    refresh_every_s: float = Field(
        default=86400,
        gt=0,
        description="chu kỳ đọc lại hồ sơ đang mở / how often open linked cases are re-read",
    )
    refresh_finished_days: float = Field(
        default=30,
        ge=0,
        description="đọc lại hồ sơ đã xong đến bao nhiêu ngày sau việc cuối, thưa dần / "
        "finished cases are re-read until so many days after their last act, ever more rarely",
    )
    password_expires: Annotated[date | None, EmptyIsNone] = Field(
        default=None,
        description="ngày mật khẩu hết hạn, để được nhắc / day on which the password ends, to be reminded",
    )
    transport: TransportSettings = TransportSettings()
    push: PushSettings = PushSettings()
    adapter: dict[str, Any] = Field(
        default_factory=dict, description="cấu hình riêng của bộ nối / adapter settings"
    )
