"""HTTP to other systems: one client per system, with budget, breaker and in-call retries."""

from connector.transport.http import HttpClient, Reply, TransportSettings

__all__ = ["HttpClient", "Reply", "TransportSettings"]
