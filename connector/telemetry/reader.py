"""Read another process's metrics on this machine, as Prometheus would."""

from connector.clock import Clock
from connector.errors import Transient
from connector.sections.observability import ObservabilitySettings
from connector.transport import HttpClient, TransportSettings

NAME = "observability"


async def read_metrics(own: ObservabilitySettings, clock: Clock) -> str:
    """What the listener on ``observability.port`` tells.

    Raises:
        Transient: nobody listens there, or it refuses us.
    """
    # an address that means "every one" is reached over the loopback
    host = "127.0.0.1" if own.host in {"0.0.0.0", "::"} else own.host  # noqa: S104  # compared, not bound
    where = f"[{host}]" if ":" in host else host
    settings = TransportSettings(plain_http_hosts=(host,), connect_timeout_s=2, read_timeout_s=15, tries=1)
    token = own.token.get_secret_value() if own.token is not None else None
    client = HttpClient(NAME, settings, clock)
    try:
        reply = await client.request(
            "GET",
            f"http://{where}:{own.port}/metrics",
            safe=True,
            headers={"authorization": f"Bearer {token}"} if token else {},
            operation="metrics",
        )
    finally:
        await client.aclose()
    if reply.status != 200:
        msg = f"the listener of metrics answers HTTP {reply.status}"
        raise Transient(msg, status=reply.status)
    return reply.content.decode("utf-8")
