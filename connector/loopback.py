"""Whether an address to listen on is reached from this machine alone."""

import ipaddress


def is_loopback(host: str) -> bool:
    """A name other than ``localhost`` counts as reached from outside: nobody knows where it leads tomorrow."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
