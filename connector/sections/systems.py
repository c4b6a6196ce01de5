"""The sections ``[systems.<name>]`` of the settings."""

from datetime import date
from typing import Annotated, Any

from pydantic import Field, IPvAnyNetwork, SecretStr

from connector.sections.base import EmptyIsNone, Section
from connector.transport import TransportSettings


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
