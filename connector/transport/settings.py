"""How a system is called: values only, so that reading the settings loads no HTTP library."""

from pydantic import BaseModel, ConfigDict, Field


class TransportSettings(BaseModel):
    """How one system is called. Seconds and bytes.

    ``read_timeout_s`` bounds the silence between two bytes *and* all that follows the connection, so that a slow
    trickle ends too. ``retry_total_s`` bounds when the last in-call attempt may begin.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    connect_timeout_s: float = Field(default=5, gt=0)
    read_timeout_s: float = Field(default=60, gt=0)
    max_reply_bytes: int = Field(default=64 * 1024 * 1024, gt=0)
    max_concurrency: int = Field(default=8, ge=1)
    rate_per_s: float | None = Field(default=None, gt=0)
    tries: int = Field(default=3, ge=1, le=3)
    retry_base_s: float = Field(default=0.5, gt=0)
    retry_total_s: float = Field(default=30, gt=0, le=30)
    retry_after_cap_s: float = Field(default=3600, gt=0)
    breaker_failures: int = Field(default=5, ge=1)
    breaker_reset_s: float = Field(default=30, gt=0)
    keepalive_s: float = Field(default=15, gt=0)
    ca_file: str | None = None
    client_cert_file: str | None = None
    client_key_file: str | None = None
    plain_http_hosts: tuple[str, ...] = ()
