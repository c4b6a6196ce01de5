"""HTTP to other systems: one client per system, with budget, breaker and in-call retries.

The client is loaded when it is first asked for: a command that calls nobody starts without the HTTP libraries.
"""

from typing import TYPE_CHECKING, Any

from connector.transport.address import check_url
from connector.transport.breaker import BreakerState
from connector.transport.redact import redact_event, safe_headers, safe_path, safe_text, safe_url
from connector.transport.settings import TransportSettings

if TYPE_CHECKING:
    from connector.transport.http import CallSeen, HttpClient, Reply

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


def __getattr__(name: str) -> Any:
    """Load the client on first use."""
    if name not in {"CallSeen", "HttpClient", "Reply"}:
        msg = f"module {__name__} has no attribute {name}"
        raise AttributeError(msg)
    from connector.transport import http  # noqa: PLC0415  # this is the point

    return getattr(http, name)
