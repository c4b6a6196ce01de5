"""The one HTTP client: the only module that imports httpx."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict

from connector.clock import Clock


class TransportSettings(BaseModel):
    """How one system is called. Seconds and bytes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    connect_timeout_s: float = 5
    read_timeout_s: float = 60
    max_reply_bytes: int = 64 * 1024 * 1024
    max_concurrency: int = 8
    rate_per_s: float | None = None
    tries: int = 3
    retry_total_s: float = 30
    retry_after_cap_s: float = 3600
    breaker_failures: int = 5
    breaker_reset_s: float = 30
    ca_file: str | None = None
    client_cert_file: str | None = None
    client_key_file: str | None = None
    plain_http_hosts: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Reply:
    """A whole answer. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    content: bytes = field(repr=False)
    elapsed_s: float


class HttpClient:
    """One client per system for life: its connections, budget, breaker and in-call retries.

    Any HTTP status is a reply, judged by the adapter (a SOAP Fault comes as 500). Redirects are never followed.
    """

    def __init__(self, name: str, settings: TransportSettings, clock: Clock) -> None:
        self.name = name

    async def request(
        self,
        method: str,
        url: str,
        *,
        safe: bool,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        read_timeout_s: float | None = None,
        max_bytes: int | None = None,
    ) -> Reply:
        """Send one request and read the whole answer.

        Args:
            safe: repeating has no effect at the other side (a read): connection faults, time-outs and 502–504 are
                retried inside the call; 429/503 with Retry-After become ``Transient``. An unsafe request is sent at
                most once: only a connection that could not be made is retried.

        Raises:
            Unreachable: no connection, or the breaker is open; certainly not sent.
            Transient: a safe request that failed in the end; or 429/503 to any request.
            InDoubt: an unsafe request was sent and no whole answer came back (time-out, reset, too large).
        """
        raise NotImplementedError

    async def aclose(self) -> None:
        """Close all connections."""
