"""An ID token is taken or refused (OpenID Connect Core §3.1.3.7). Pure: keys, time and what was asked come in.

Only RS256 and ES256 are read, each with a key of its own kind: neither ``none`` nor a shared secret (a public key
taken for one) ever verifies anything.
"""

import base64
import binascii
import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, RSAKey

from connector.errors import SsoRefused

ALGORITHMS: Mapping[str, type[RSAKey | ECKey]] = {"RS256": RSAKey, "ES256": ECKey}
SKEW_S = 60
"""How far the provider's clock may be from ours."""

LONGEST_S = 24 * 3600
"""An ID token that claims to have been made longer ago is not the answer to a sign-in of ten minutes."""

LEAST_RSA_BITS = 2048
MOST_CHARACTERS = 16 * 1024
MOST_KEYS = 50


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the token has to answer: who asked whom, and this one time."""

    issuer: str
    client_id: str
    nonce: str


class UnknownKey(SsoRefused):
    """No key of those at hand has signed it: the provider may have changed its keys since they were read."""


def read_keys(told: Any) -> tuple[RSAKey | ECKey, ...]:
    """The signing keys of a JWK set that we can use; others, such as for encryption, are passed over.

    Raises:
        ValueError: it is no JWK set.
    """
    if not isinstance(told, dict) or not isinstance(told.get("keys"), list):
        msg = "not a JWK set"
        raise ValueError(msg)  # noqa: TRY004  # what came from outside is wrong, not a type of ours
    found = []
    for one in told["keys"][:MOST_KEYS]:
        if not isinstance(one, dict) or one.get("kty") not in {"RSA", "EC"}:
            continue
        try:
            keys = KeySet.import_key_set({"keys": [one]}).keys
        except (JoseError, ValueError, TypeError, KeyError, AttributeError):
            continue
        found += [key for key in keys if isinstance(key, RSAKey | ECKey) and _signs(key)]
    return tuple(found)


def _signs(key: RSAKey | ECKey) -> bool:
    told = key.as_dict(private=False)
    if told.get("use", "sig") != "sig":
        return False
    if isinstance(key, RSAKey):
        return key.raw_value.key_size >= LEAST_RSA_BITS
    return told.get("crv") == "P-256"


def check(
    token: str, keys: Sequence[RSAKey | ECKey], asked: Asked, *, access_token: str | None, now: datetime
) -> Mapping[str, Any]:
    """The claims of a token that holds.

    Raises:
        UnknownKey: none of these keys fits its header.
        SsoRefused: it does not hold; ``detail["why"]`` is a stable word.
    """
    claims = verified(token, keys)
    _check_parties(claims, asked)
    _check_times(claims, int(now.timestamp()))
    if not _same(claims.get("nonce"), asked.nonce):
        raise refused(why="nonce")
    _check_access_token(claims, access_token)
    return claims


def refused(*, why: str) -> SsoRefused:
    """The error, with the reason as a stable word: for the ledger and for whoever runs the provider."""
    msg = f"hệ thống đăng nhập một lần: bằng chứng không hợp lệ / the provider's proof does not hold ({why})"
    return SsoRefused(msg, why=why)


def verified(token: str, keys: Sequence[RSAKey | ECKey]) -> dict[str, Any]:
    """The claims of a token that one of the keys has signed. Raises as :func:`check`."""
    header = _header(token)
    algorithm = header.get("alg")
    kind = ALGORITHMS.get(algorithm) if isinstance(algorithm, str) else None
    if kind is None or "crit" in header or header.get("b64") is False:
        raise refused(why="algorithm")
    named = header.get("kid")
    fitting = [key for key in keys if isinstance(key, kind) and named in (None, key.kid)]
    if not fitting:
        msg = "the provider signed with a key that it does not publish"
        raise UnknownKey(msg, why="key")
    for key in fitting:
        try:
            claims = json.loads(jws.deserialize_compact(token, key, algorithms=[str(algorithm)]).payload)
        except (JoseError, ValueError):
            continue
        if isinstance(claims, dict):
            return claims
    raise refused(why="signature")


def _header(token: str) -> dict[str, Any]:
    if len(token) > MOST_CHARACTERS or token.count(".") != 2 or not token.isascii():
        raise refused(why="form")
    try:
        first = token.partition(".")[0]
        header = json.loads(base64.urlsafe_b64decode(first + "=" * (-len(first) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        raise refused(why="form") from None
    if not isinstance(header, dict):
        raise refused(why="form")
    return header


def _check_parties(claims: Mapping[str, Any], asked: Asked) -> None:
    if claims.get("iss") != asked.issuer:
        raise refused(why="issuer")
    audience = audience_of(claims)
    if asked.client_id not in audience:
        raise refused(why="audience")
    # a token for several is ours only if it was made for us
    if (len(audience) > 1 or "azp" in claims) and claims.get("azp") != asked.client_id:
        raise refused(why="audience")
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= 255 or not subject.isprintable():
        raise refused(why="subject")


def audience_of(claims: Mapping[str, Any]) -> list[Any]:
    """For whom the token was made."""
    told = claims.get("aud")
    return [told] if isinstance(told, str) else told if isinstance(told, list) else []


def _check_times(claims: Mapping[str, Any], now: int) -> None:
    ends, made, begins = (instant(claims, name) for name in ("exp", "iat", "nbf"))
    if ends is None or made is None:
        raise refused(why="time")
    if now >= ends + SKEW_S:
        raise refused(why="expired")
    if made > now + SKEW_S or made < now - LONGEST_S or (begins is not None and begins > now + SKEW_S):
        raise refused(why="time")


def instant(claims: Mapping[str, Any], name: str) -> float | None:
    """Seconds since 1970; None if it is not told. A bool is a number to Python, and NaN is never after anything."""
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 2**53:
        raise refused(why="time")
    return value


def _check_access_token(claims: Mapping[str, Any], access_token: str | None) -> None:
    """``at_hash`` ties both tokens together; RS256 and ES256 both mean SHA-256."""
    told = claims.get("at_hash")
    if told is None:
        return
    half = hashlib.sha256((access_token or "").encode()).digest()[:16]
    if access_token is None or not _same(told, base64.urlsafe_b64encode(half).rstrip(b"=").decode()):
        raise refused(why="at_hash")


def _same(told: object, wanted: str) -> bool:
    return isinstance(told, str) and secrets.compare_digest(told.encode(), wanted.encode())
