"""Files behind addresses that came from outside: fetched once, without any credential, and only where it is open."""

import structlog

from connector.errors import ConnectorError, Permanent, SettingsError, Transient, Unreadable
from connector.transport import engine
from connector.transport.address import check_url, is_literal, is_open
from connector.transport.opening import open_transport
from connector.transport.settings import TransportSettings

log = structlog.get_logger("connector.transport")

_OF_THE_ANSWER = frozenset({engine.Why.TOO_LARGE, engine.Why.UNREADABLE})


class ForeignFiles:
    """Connections of their own, beside those to the system: nothing of ours is shown there, nothing is kept.

    Whether a *host* may be called at all is the adapter's to decide, from its settings. Here its name must lead to the
    open Internet or to one of ``file_networks``.
    """

    def __init__(self, name: str, settings: TransportSettings) -> None:
        self._name = name
        self._settings = settings
        self._transport: engine.AsyncTransport | None = None

    async def fetch(self, url: str, *, max_bytes: int) -> engine.Incoming:
        """GET the address.

        Raises:
            Permanent: the address, or what its name leads to, must not be called.
            Unreadable: larger than ``max_bytes``, or no readable answer.
            Transient: no answer now.
        """
        settings = self._settings
        try:
            host = check_url(url, settings.plain_http_hosts).hostname or ""
        except SettingsError as error:
            raise Permanent(error.message, system=self._name) from None
        if is_literal(host) and not is_open(host, settings.file_networks):
            raise self._failed(host, engine.Why.FORBIDDEN)
        if self._transport is None:
            self._transport = open_transport(self._name, settings, only_open=settings.file_networks)
        limits = engine.Limits(
            connect_s=settings.connect_timeout_s, read_s=settings.read_timeout_s, max_bytes=max_bytes
        )
        try:
            return await engine.exchange(
                self._transport, engine.Outgoing(method="GET", url=url, headers={}), limits
            )
        except engine.Fault as fault:
            raise self._failed(host, fault.why) from None

    async def aclose(self) -> None:
        """Close all connections."""
        if self._transport is not None:
            await self._transport.aclose()

    def _failed(self, host: str, why: engine.Why) -> ConnectorError:
        msg = f"{self._name}: a file cannot be fetched from its address ({why})"
        log.warning("foreign_call", system=self._name, host=host, result=why.value)
        kind = (
            Permanent if why is engine.Why.FORBIDDEN else Unreadable if why in _OF_THE_ANSWER else Transient
        )
        return kind(msg, system=self._name, host=host, reason=why.value)
