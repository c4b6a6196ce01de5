"""What came over the border, byte for byte, and from whom: the value of a paper document (Quy chế Đ8.1, R13)."""

from dataclasses import dataclass, field

from adapters.register.documents import encode

DIRECT = "direct"
"""The caller of what did not come over the API: this package's own SQL client, or a program that uses the service."""


@dataclass(frozen=True, kw_only=True)
class Incoming:
    """One thing that came in.

    Attributes:
        raw: the exact bytes of the request's body, before any change of Unicode form.
        token: ``role:name`` of the caller's token, or :data:`DIRECT`.
        peer: subject of the TLS client certificate, else the network address, if there is one.
    """

    raw: bytes = field(repr=False)
    token: str
    peer: str | None = None


def handed_in(value: object) -> Incoming:
    """For a caller of the service itself: what it handed in, in the register's own JSON."""
    return Incoming(raw=encode(value), token=DIRECT)
