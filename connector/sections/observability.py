"""The section ``[observability]`` of the settings; see :mod:`connector.sections`."""

from typing import Annotated

from pydantic import Field, SecretStr

from connector.sections.base import EmptyIsNone, Section

Port = Annotated[int, Field(ge=0, le=65535)]


class ObservabilitySettings(Section):
    """What a process tells of itself: metrics, readiness, traces (docs/observability.md). Never personal data."""

    host: str = Field(default="127.0.0.1", description="địa chỉ lắng nghe / address to listen on")
    port: Annotated[Port | None, EmptyIsNone] = Field(
        default=None,
        description="cổng của /metrics, /healthz, /readyz; để trống = tắt, 0 = tự chọn / port; empty = off, 0 = any free",
    )
    console_port: Annotated[Port | None, EmptyIsNone] = Field(
        default=None,
        description="cũng vậy, cho bảng điều hành chạy riêng / the same for a console that runs by itself",
    )
    token: Annotated[SecretStr | None, EmptyIsNone] = Field(
        default=None,
        description="mã mà bên đọc /metrics phải gửi (Bearer) / bearer token that reading /metrics needs",
    )
    refresh_s: float = Field(
        default=15,
        gt=0,
        description="đọc số liệu từ cơ sở dữ liệu nhiều nhất mỗi (giây) / the database is read for metrics at most every (s)",
    )
    traces_url: Annotated[str | None, EmptyIsNone] = Field(
        default=None,
        description="nơi nhận dấu vết OTLP/HTTP, ví dụ http://127.0.0.1:4318/v1/traces; để trống = tắt / receiver of traces; empty = off",
    )
    traces_token: Annotated[SecretStr | None, EmptyIsNone] = Field(
        default=None, description="mã Bearer của nơi nhận / bearer token for that receiver"
    )
    traces_share: float = Field(
        default=1,
        ge=0,
        le=1,
        description="phần hồ sơ được ghi dấu vết, trọn từng hồ sơ / share of the cases that are traced, each of them wholly",
    )
