"""How a system is called: values only, so that reading the settings loads no HTTP library."""

from typing import Annotated

from pydantic import Field, IPvAnyNetwork

from connector.sections.base import EmptyIsNone, Section


class TransportSettings(Section):
    """How one system is called. Seconds and bytes.

    ``read_timeout_s`` bounds the silence between two bytes *and* all that follows the connection, so that a slow
    trickle ends too. ``retry_total_s`` bounds when the last in-call attempt may begin.
    """

    connect_timeout_s: float = Field(default=5, gt=0, description="chờ kết nối / time to connect")
    read_timeout_s: float = Field(default=60, gt=0, description="chờ trả lời / time for the whole answer")
    max_reply_bytes: int = Field(
        default=64 * 1024 * 1024, gt=0, description="trả lời lớn nhất / largest answer"
    )
    max_concurrency: int = Field(default=8, ge=1, description="số lần gọi cùng lúc / calls at a time")
    rate_per_s: Annotated[Annotated[float, Field(gt=0)] | None, EmptyIsNone] = Field(
        default=None,
        description="số lần gọi mỗi giây; để trống = không giới hạn / calls a second; empty = no limit",
    )
    tries: int = Field(
        default=3, ge=1, le=3, description="số lần thử trong một lần gọi / tries inside one call"
    )
    retry_base_s: float = Field(
        default=0.5, gt=0, description="lần chờ đầu giữa các lần thử / first wait between tries"
    )
    retry_total_s: float = Field(
        default=30, gt=0, le=30, description="tổng thời gian thử trong một lần gọi / last try begins within"
    )
    retry_after_cap_s: float = Field(
        default=3600, gt=0, description="giới hạn Retry-After / most that Retry-After may ask for"
    )
    breaker_failures: int = Field(
        default=5,
        ge=1,
        description="ngắt mạch sau số lỗi liên tiếp / the breaker opens after so many failures",
    )
    breaker_reset_s: float = Field(
        default=30, gt=0, description="thử lại sau khi ngắt mạch / the breaker probes again after"
    )
    keepalive_s: float = Field(
        default=15, gt=0, description="giữ kết nối rảnh / idle connections are kept for"
    )
    ca_file: Annotated[str | None, EmptyIsNone] = Field(
        default=None, description="tệp chứng thư gốc riêng / own certificate authorities"
    )
    client_cert_file: Annotated[str | None, EmptyIsNone] = Field(
        default=None, description="chứng thư của ta / our client certificate"
    )
    client_key_file: Annotated[str | None, EmptyIsNone] = Field(
        default=None, description="khóa của chứng thư / its key"
    )
    plain_http_hosts: tuple[str, ...] = Field(
        default=(),
        description="máy chủ trong mạng cơ quan được gọi không TLS / own security servers that may be called without TLS",
    )
    file_networks: tuple[IPvAnyNetwork, ...] = Field(
        default=(),
        description="mạng nội bộ được tải tệp theo địa chỉ nhận được / private networks that a file address may lead to",
    )
