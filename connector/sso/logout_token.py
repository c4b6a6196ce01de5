"""A logout token is taken or refused (OpenID Connect Back-Channel Logout 1.0, §2.6). Pure: keys and time come in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from joserfc.jwk import ECKey, RSAKey

from connector.sso.id_token import SKEW_S, audience_of, instant, refused, verified

EVENT = "http://schemas.openid.net/event/backchannel-logout"
OLDEST_S = 600
"""A token made longer ago is not about a sign-out of now. The standard advises providers to let it live two minutes."""

LONGEST_TEXT = 255


@dataclass(frozen=True, kw_only=True)
class LogoutToken:
    """What a token that holds says. One of ``subject`` and ``session`` at least.

    Attributes:
        session: the provider's name for one session; None: all of the person.
        id: the token's own; it counts once, ``until`` it is over.
    """

    subject: str | None
    session: str | None
    id: str
    until: datetime


def check(
    token: str, keys: Sequence[RSAKey | ECKey], *, issuer: str, client_id: str, now: datetime
) -> LogoutToken:
    """What a token that holds says.

    Raises:
        UnknownKey: none of these keys fits its header.
        SsoRefused: it does not hold; ``detail["why"]`` is a stable word.
    """
    claims = verified(token, keys)
    if claims.get("iss") != issuer:
        raise refused(why="issuer")
    if client_id not in audience_of(claims):
        raise refused(why="audience")
    until = _until(claims, now.timestamp())
    _check_event(claims)
    # an ID token must never pass for this: it has a nonce
    if "nonce" in claims:
        raise refused(why="nonce")
    subject, session, number = (_text(claims, name) for name in ("sub", "sid", "jti"))
    if subject is None and session is None:
        raise refused(why="subject")
    if number is None:
        raise refused(why="jti")
    return LogoutToken(subject=subject, session=session, id=number, until=until)


def _until(claims: Mapping[str, Any], now: float) -> datetime:
    """The end of the time within which the token could be taken."""
    made, ends = instant(claims, "iat"), instant(claims, "exp")
    if made is None or ends is None or made > now + SKEW_S or made < now - OLDEST_S:
        raise refused(why="time")
    if now >= ends + SKEW_S:
        raise refused(why="expired")
    return datetime.fromtimestamp(min(ends, made + OLDEST_S) + SKEW_S, UTC)


def _check_event(claims: Mapping[str, Any]) -> None:
    events = claims.get("events")
    if not isinstance(events, Mapping) or not isinstance(events.get(EVENT), Mapping):
        raise refused(why="event")


def _text(claims: Mapping[str, Any], name: str) -> str | None:
    """A claim that names something; None if it is not told."""
    value = claims.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_TEXT or not value.isprintable():
        raise refused(why="form")
    return value
