"""Which addresses may be called at all."""

import re
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import SplitResult, urlsplit

from connector.errors import SettingsError

Network = IPv4Network | IPv6Network

_UNWRITTEN = re.compile(r"[\x00-\x20\x7f\\]")
"""What no address is written with. Readers of addresses disagree about these, and drop some of them in silence."""
_HOST = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+")
_NUMBER = re.compile(r"(?:.*\.)?(?:[0-9]+|0[xX][0-9A-Fa-f]*)\.?")
"""A host that some readers take for an IPv4 address: ``2130706433``, ``127.1``, ``0x7f.1``."""
_NAT64 = IPv6Network("64:ff9b::/96")


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
    odd = host and (not _HOST.fullmatch(host) or (_NUMBER.fullmatch(host) and not is_literal(host)))
    if odd or _UNWRITTEN.search(url):
        msg = "the address of a system holds characters that no address is written with"
        raise SettingsError(msg)
    if not host or parts.scheme not in {"http", "https"}:
        msg = "the address of a system must begin with https:// (or http://) and name a host"
        raise SettingsError(msg, host=host)
    if parts.scheme == "http" and host not in plain_http_hosts and not _loopback(host):
        msg = f"unencrypted http to {host} is not allowed; use https or list the host in plain_http_hosts"
        raise SettingsError(msg, host=host)
    return parts


def is_open(address: str, networks: Iterable[Network] = ()) -> bool:
    """Whether an IP address that somebody else chose may be called: one of the open Internet, or of ``networks``.

    Private, loop-back, link-local (the metadata service of clouds), shared, multicast and reserved ranges are not
    open; an IPv6 address that only wraps an IPv4 address counts as that.
    """
    try:
        ip = _unwrapped(ip_address(address.partition("%")[0]))
    except ValueError:
        return False
    if any(ip in network for network in networks):
        return True
    return ip.is_global and not ip.is_multicast


def _unwrapped(ip: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    if isinstance(ip, IPv4Address):
        return ip
    if ip in _NAT64:
        return IPv4Address(int(ip) & 0xFFFF_FFFF)
    return ip.ipv4_mapped or ip.sixtofour or ip


def is_literal(host: str) -> bool:
    """Whether a host is an IP address itself, so that nobody looks it up."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
