"""The section ``[console]`` of the settings, with single sign-on."""

from typing import Annotated

from pydantic import Field, SecretStr, model_validator

from connector.sections.base import EmptyIsNone, Section


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
