"""The settings of alerts: what is looked at, how often it is told, and over which channels (docs/alerts.md)."""

from datetime import time
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, SecretStr, StringConstraints, model_validator

from connector.errors import SettingsError
from connector.reconcile.findings import Severity
from connector.sections.base import EmptyIsNone, Section
from connector.transport import check_url

ChannelName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,30}$")]
MAIL = "mail"
"""Name of the one channel that is no webhook."""

TEXT = "{text}"
"""Where a template's body holds the message."""

_ListOfOne = BeforeValidator(lambda value: (value,) if isinstance(value, str) and value else value or ())
"""One address may be written without brackets."""


class MailSettings(Section):
    """Alerts by mail. Without ``host`` none is sent."""

    host: Annotated[str | None, EmptyIsNone] = Field(
        default=None,
        description="máy chủ gửi thư (SMTP); để trống = không gửi thư / mail server; empty = no mail",
    )
    port: int = Field(default=587, ge=1, le=65535, description="cổng của máy chủ thư / its port")
    security: Literal["starttls", "tls", "none"] = Field(
        default="starttls",
        description="starttls, tls, hoặc none (chỉ khi không có mật khẩu) / none only without a password",
    )
    user: Annotated[str | None, EmptyIsNone] = Field(
        default=None, description="tài khoản gửi thư / account at the mail server"
    )
    password: Annotated[SecretStr | None, EmptyIsNone] = Field(
        default=None, description="mật khẩu, là bí mật / its password, a secret"
    )
    sender: Annotated[str | None, EmptyIsNone] = Field(
        default=None, description="địa chỉ người gửi / address of the sender"
    )
    to: Annotated[tuple[str, ...], _ListOfOne] = Field(
        default=(), description="địa chỉ nhận cảnh báo / who gets the alerts"
    )
    digest_to: Annotated[tuple[str, ...], _ListOfOne] = Field(
        default=(),
        description="địa chỉ nhận bản tin; trống = như trên / who gets the digests; empty: the same",
    )
    ca_file: Annotated[Path | None, EmptyIsNone] = Field(
        default=None, description="tệp chứng thư gốc riêng / own certificate authorities"
    )
    timeout_s: float = Field(default=20, gt=0, le=120, description="chờ máy chủ thư / time for each answer")

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.host is not None and (self.sender is None or not self.to):
            msg = "host cần sender và to / a mail server needs sender and to"
            raise ValueError(msg)
        if self.security == "none" and self.password is not None:
            msg = (
                "mật khẩu không được gửi không mã hóa / a password is not sent in the clear: starttls or tls"
            )
            raise ValueError(msg)
        if (
            not (self.user or "").isascii()
            or not ((self.password and self.password.get_secret_value()) or "").isascii()
        ):
            msg = "user, password: chỉ ký tự ASCII (SMTP) / ASCII only (SMTP)"
            raise ValueError(msg)
        if any("\n" in one or "\r" in one or "@" not in one for one in self._addresses()):
            msg = "sender, to, digest_to: địa chỉ thư / addresses of mail boxes"
            raise ValueError(msg)
        return self

    def _addresses(self) -> tuple[str, ...]:
        return (*self.to, *self.digest_to, *((self.sender,) if self.sender else ()))


class WebhookSettings(Section):
    """One receiver by HTTP POST. ``style`` says how it wants to be told; ``signed`` is ours (docs/alerts.md)."""

    url: str = Field(
        description="địa chỉ nhận; {token} là chỗ của mã bí mật / address; {token} is replaced by the token"
    )
    style: Literal["signed", "telegram", "zalo", "mattermost", "template"] = Field(
        default="signed",
        description="signed, telegram, zalo, mattermost, hoặc template (dùng body) / or template (with body)",
    )
    secrets: tuple[SecretStr, ...] = Field(
        default=(), description="khóa ký (signed), khóa đầu dùng để ký trước / signing secrets, newest first"
    )
    token: Annotated[SecretStr | None, EmptyIsNone] = Field(
        default=None, description="mã truy cập của nơi nhận, là bí mật / the receiver's token, a secret"
    )
    token_header: Annotated[str | None, EmptyIsNone] = Field(
        default=None, description="tên tiêu đề mang mã đó / header that carries the token"
    )
    to: Annotated[str | None, EmptyIsNone] = Field(
        default=None, description="người hoặc nhóm nhận (telegram, zalo) / chat or user (telegram, zalo)"
    )
    body: dict[str, Any] = Field(
        default_factory=dict,
        description="nội dung JSON, {text} là chỗ của tin / JSON body, {text} is the message",
    )
    most_chars: int = Field(
        default=2000, ge=200, le=100_000, description="độ dài tin lớn nhất / longest text of a message"
    )
    digests: bool = Field(default=False, description="nhận cả bản tin / gets the digests, too")
    ca_file: Annotated[str | None, EmptyIsNone] = Field(
        default=None, description="tệp chứng thư gốc riêng / own certificate authorities"
    )

    @model_validator(mode="after")
    def _complete(self) -> Self:
        lacks = {
            "signed": () if self.secrets else ("secrets",),
            "telegram": self._without("token", "to"),
            "zalo": self._without("token", "to"),
            "template": () if TEXT in str(self.body) else ("body",),
        }.get(self.style, ())
        if lacks:
            msg = f"{self.style} cần / needs: {', '.join(lacks)}"
            raise ValueError(msg)
        if any(len(one.get_secret_value()) < 16 for one in self.secrets):
            msg = "secrets: từ 16 ký tự / 16 characters or more"
            raise ValueError(msg)
        if "{token}" in self.url and self.token is None:
            msg = "url có {token} nên cần token / the url needs the token"
            raise ValueError(msg)
        return self

    def _without(self, *names: str) -> tuple[str, ...]:
        return tuple(name for name in names if getattr(self, name) is None)


class AlertSettings(Section):
    """Alerts and digests. Seconds unless named otherwise."""

    enabled: bool = Field(default=True, description="xem xét và báo cảnh báo / look for and tell alerts")
    look_every_s: float = Field(default=60, gt=0, description="chu kỳ xem xét / how often it is looked")
    repeat_grave_s: float = Field(
        default=14400,
        gt=0,
        description="nhắc lại cảnh báo nghiêm trọng sau / a grave alert is repeated after",
    )
    repeat_s: float = Field(
        default=86400, gt=0, description="nhắc lại các cảnh báo khác sau / any other alert is repeated after"
    )
    calm_s: float = Field(
        default=300, ge=0, description="coi là hết khi không còn trong / over once it was gone for"
    )
    window_s: float = Field(
        default=3600,
        gt=0,
        description="khoảng thời gian tính tỷ lệ lỗi / time over which failures are counted",
    )
    failure_percent: int = Field(
        default=50, ge=1, le=100, description="tỷ lệ lỗi phải báo / share of failures that is told"
    )
    failure_min_count: int = Field(
        default=10, ge=1, description="chỉ xét khi có ít nhất số lần / judged only from so many attempts on"
    )
    in_doubt_after_s: float = Field(
        default=3600, ge=0, description="báo lần gửi chưa rõ kết quả sau / a write in doubt is told after"
    )
    breaker_after_s: float = Field(
        default=300, ge=0, description="báo cầu dao ngắt sau / an open circuit is told after"
    )
    findings_from: Severity = Field(
        default=Severity.HIGH,
        description="báo chênh lệch từ mức này / differences are told from this severity on",
    )
    quarantine_growth: int = Field(
        default=20,
        ge=1,
        description="số mục mới trong 24 giờ phải báo / so many new items within 24 hours are told",
    )
    sealing_overdue_s: float = Field(
        default=3600, gt=0, description="báo niêm phong trễ sau / overdue sealing is told after"
    )
    expiry_days: int = Field(
        default=30,
        ge=1,
        le=365,
        description="báo trước khi hết hạn, ngày / expiry is told so many days before",
    )
    console_url: Annotated[str | None, EmptyIsNone] = Field(
        default=None,
        description="địa chỉ bảng điều hành, ghi trong tin / address of the console, for messages",
    )
    manual_url: str = Field(
        default="docs", description="nơi đặt tài liệu hướng dẫn / where the manual stands, for messages"
    )
    daily_at: Annotated[time | None, EmptyIsNone] = Field(
        default=time(7, 30),
        description="giờ gửi bản tin ngày làm việc; trống = tắt / daily digest; empty = off",
    )
    weekly_at: Annotated[time | None, EmptyIsNone] = Field(
        default=time(7, 30), description="giờ gửi bản tin tuần; trống = tắt / weekly digest; empty = off"
    )
    weekly_on: int = Field(
        default=1, ge=1, le=5, description="thứ gửi bản tin tuần, 1 = thứ hai / its weekday, 1 = Monday"
    )
    webhook_hosts: tuple[str, ...] = Field(
        default=(), description="chỉ gửi webhook tới các máy này / webhooks go only to these hosts"
    )
    mail: MailSettings = MailSettings()
    webhooks: dict[ChannelName, WebhookSettings] = Field(
        default_factory=dict, description="các nơi nhận webhook, theo tên / receivers of webhooks, by name"
    )

    @model_validator(mode="after")
    def _only_listed_hosts(self) -> Self:
        for name, one in self.webhooks.items():
            if name == MAIL:
                msg = f"webhooks.{name}: tên này là của thư / that name is the mail's"
                raise ValueError(msg)
            try:
                host = check_url(one.url.replace("{token}", "token")).hostname
            except SettingsError as error:
                msg = f"webhooks.{name}.url: {error.message}"
                raise ValueError(msg) from None
            if host not in self.webhook_hosts:
                msg = f"webhooks.{name}.url: {host} không có trong webhook_hosts / is not among webhook_hosts"
                raise ValueError(msg)
        return self
