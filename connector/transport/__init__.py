"""HTTP to other systems: one client per system, with budget, breaker and in-call retries."""

from connector.transport.address import check_url
from connector.transport.breaker import BreakerState
from connector.transport.http import CallSeen, HttpClient, Reply, TransportSettings
from connector.transport.redact import redact_event, safe_headers, safe_path, safe_text, safe_url

__all__ = [
    "BreakerState",
    "CallSeen",
    "HttpClient",
    "Reply",
    "TransportSettings",
    "check_url",
    "redact_event",
    "safe_headers",
    "safe_path",
    "safe_text",
    "safe_url",
]
