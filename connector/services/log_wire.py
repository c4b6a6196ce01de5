"""The client by which checkpoints go to a witness or a time-stamping authority."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from connector.clock import Clock
from connector.transport import TransportSettings

if TYPE_CHECKING:
    from connector.transport import HttpClient

LIMITS = TransportSettings(read_timeout_s=15, max_reply_bytes=1024 * 1024)


@asynccontextmanager
async def client_for(name: str, clock: Clock) -> AsyncIterator["HttpClient"]:
    """A client for one errand; the HTTP libraries are loaded only where somebody is called."""
    from connector.transport import HttpClient  # noqa: PLC0415  # this is the point

    client = HttpClient(name, LIMITS, clock)
    try:
        yield client
    finally:
        await client.aclose()
