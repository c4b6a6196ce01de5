"""Which addresses may be called at all."""

from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from connector.errors import SettingsError


def check_url(url: str, plain_http_hosts: tuple[str, ...] = ()) -> SplitResult:
    """Refuse an address that must not be called; adapters may check theirs at start with it.

    Plain ``http`` goes only to this machine and to hosts that the settings list by name; credentials in an
    address are refused because addresses end up in logs.

    Raises:
        SettingsError: with the host, never with the rest of the address.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        msg = "the address of a system cannot be read"
        raise SettingsError(msg) from None
    if parts.username is not None or parts.password is not None:
        msg = f"the address of {host} carries an account; put it into the secrets"
        raise SettingsError(msg, host=host)
    if not host or parts.scheme not in {"http", "https"}:
        msg = "the address of a system must begin with https:// (or http://) and name a host"
        raise SettingsError(msg, host=host)
    if parts.scheme == "http" and host not in plain_http_hosts and not _loopback(host):
        msg = f"unencrypted http to {host} is not allowed; use https or list the host in plain_http_hosts"
        raise SettingsError(msg, host=host)
    return parts


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
