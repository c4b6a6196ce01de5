"""Make the transport of a system from its settings."""

from collections.abc import Iterable

from connector.errors import SettingsError
from connector.transport import engine
from connector.transport.address import Network
from connector.transport.settings import TransportSettings


def open_transport(
    name: str, settings: TransportSettings, *, only_open: Iterable[Network] | None = None
) -> engine.AsyncTransport:
    """The real transport of the system ``name``; nothing is called yet.

    Args:
        only_open: for addresses that came from outside: call only what leads to the open Internet or to these
            networks, and never show our client certificate there.

    Raises:
        SettingsError: a TLS file is missing or unusable.
    """
    own = settings.client_cert_file is not None and only_open is None
    cert = (settings.client_cert_file or "", settings.client_key_file) if own else None
    try:
        return engine.build_transport(
            ca_file=settings.ca_file,
            cert=cert,
            concurrency=settings.max_concurrency,
            keepalive_s=settings.keepalive_s,
            only_open=only_open,
        )
    except OSError as error:
        msg = f"{name}: a TLS file (ca_file, client_cert_file, client_key_file) cannot be used"
        raise SettingsError(msg, system=name, reason=type(error).__name__) from error
