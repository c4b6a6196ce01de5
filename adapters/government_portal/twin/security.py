"""Who is calling: WS-Security UsernameToken and Timestamp, and the two compatibility forms (government-portal contract §8.2)."""

import base64
import binascii
import hashlib
import hmac
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from lxml import etree

from adapters.government_portal.twin.catalogue import Account, Directory
from adapters.government_portal.twin.codes import FaultCode
from adapters.government_portal.twin.soap import EDOC, FEEDBACK, QCVN, WSSE, WSU, Envelope, SoapFault

SKEW: Final = timedelta(seconds=60)
LONGEST_LIFE: Final = timedelta(minutes=5)
_PROFILE: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0"
DIGEST: Final = f"{_PROFILE}#PasswordDigest"
TEXT: Final = f"{_PROFILE}#PasswordText"
_DSIG: Final = "http://www.w3.org/2000/09/xmldsig#"

FORMS: Final = ("digest", "text", "basic", "token")
"""Authentication forms the profile key ``auth`` may allow; ``digest`` alone is the default."""


class Gate:
    """Lets a request in or raises a ``wsse:`` fault. Remembers nonces for the whole freshness window."""

    def __init__(self, directory: Directory) -> None:
        self.directory = directory
        self._seen: set[tuple[str, bytes]] = set()
        self._order: deque[tuple[datetime, tuple[str, bytes]]] = deque()

    def forget(self) -> None:
        """Drop the nonce cache."""
        self._seen.clear()
        self._order.clear()

    def check(
        self,
        envelope: Envelope,
        *,
        authorization: str | None,
        now: datetime,
        forms: tuple[str, ...],
        valid: tuple[int, ...] | None,
    ) -> Account:
        """The account that speaks.

        Args:
            envelope: the request.
            authorization: the HTTP header of that name.
            now: the portal's clock.
            forms: allowed authentication forms.
            valid: indexes of each account's passwords that are valid now; None: all (several at a time, rotation).
        """
        security = envelope.header(WSSE, "Security")
        if security is not None:
            return self._token(security, now=now, forms=forms, valid=valid)
        if "basic" in forms and authorization is not None:
            return self._basic(authorization, valid)
        token = envelope.header(EDOC, "Token")
        if "token" in forms and token is not None:
            return self._edoc(token, envelope, valid)
        raise SoapFault(FaultCode.INVALID_SECURITY, "no accepted security header")

    def _token(
        self,
        security: etree._Element,
        *,
        now: datetime,
        forms: tuple[str, ...],
        valid: tuple[int, ...] | None,
    ) -> Account:
        if security.find(f"{{{_DSIG}}}Signature") is not None:
            raise SoapFault(FaultCode.FAILED_CHECK, "no signature profile is agreed")
        _check_timestamp(security, now)
        token = security.find(f"{{{WSSE}}}UsernameToken")
        if token is None:
            raise SoapFault(FaultCode.INVALID_SECURITY, "no UsernameToken")
        password = token.find(f"{{{WSSE}}}Password")
        if password is None:
            raise SoapFault(FaultCode.INVALID_SECURITY_TOKEN, "no Password")
        kind = password.get("Type") or TEXT
        form = {DIGEST: "digest", TEXT: "text"}.get(kind)
        if form not in forms:
            raise SoapFault(FaultCode.INVALID_SECURITY_TOKEN, "this password type is not accepted")
        account = self.directory.account((token.findtext(f"{{{WSSE}}}Username") or "").strip())
        if form == "text":
            return _approve(account, (password.text or "").encode(), valid, _same_text)
        return self._digest(token, account, (password.text or "").strip(), now=now, valid=valid)

    def _digest(
        self,
        token: etree._Element,
        account: Account | None,
        sent: str,
        *,
        now: datetime,
        valid: tuple[int, ...] | None,
    ) -> Account:
        created = (token.findtext(f"{{{WSU}}}Created") or "").strip()
        try:
            nonce = base64.b64decode((token.findtext(f"{{{WSSE}}}Nonce") or "").strip(), validate=True)
        except binascii.Error as error:
            raise SoapFault(FaultCode.INVALID_SECURITY_TOKEN, "the Nonce is not base64") from error
        if not nonce or not created:
            raise SoapFault(FaultCode.INVALID_SECURITY_TOKEN, "a digest needs Nonce and Created")
        at = _instant(created)
        if not now - LONGEST_LIFE - SKEW <= at <= now + SKEW:
            raise SoapFault(
                FaultCode.MESSAGE_EXPIRED, "UsernameToken/Created is outside the freshness window"
            )

        def matches(password: str, wanted: bytes) -> bool:
            return hmac.compare_digest(password_digest(nonce, created, password).encode(), wanted)

        approved = _approve(account, sent.encode(), valid, matches)
        self._remember((approved.username, nonce), now)
        return approved

    def _remember(self, key: tuple[str, bytes], now: datetime) -> None:
        while self._order and self._order[0][0] < now:
            self._seen.discard(self._order.popleft()[1])
        if key in self._seen:
            raise SoapFault(FaultCode.INVALID_SECURITY_TOKEN, "the Nonce was used before")
        self._seen.add(key)
        self._order.append((now + LONGEST_LIFE + 2 * SKEW, key))

    def _basic(self, authorization: str, valid: tuple[int, ...] | None) -> Account:
        scheme, _, rest = authorization.partition(" ")
        try:
            name, _, password = base64.b64decode(rest.strip(), validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError) as error:
            raise SoapFault(FaultCode.INVALID_SECURITY, "the Authorization header is unreadable") from error
        if scheme.lower() != "basic":
            raise SoapFault(FaultCode.INVALID_SECURITY, "the Authorization scheme is not Basic")
        return _approve(self.directory.account(name), password.encode(), valid, _same_text)

    def _edoc(self, token: etree._Element, envelope: Envelope, valid: tuple[int, ...] | None) -> Account:
        organ = sender_organ(envelope)
        account = next((item for item in self.directory.accounts if item.owns(organ)), None)
        return _approve(account, (token.text or "").strip().encode(), valid, _same_text)


def sender_organ(envelope: Envelope) -> str:
    """From/OrganId of a request, also of one that was never validated."""
    place = f"{{{FEEDBACK}}}ExchangeHeader/{{{QCVN}}}From/{{{QCVN}}}OrganId"
    return (envelope.body.findtext(place) or "").strip()


def password_digest(nonce: bytes, created: str, password: str) -> str:
    """Base64(SHA-1(nonce + created + password)), as the UsernameToken profile has it."""
    # SHA-1 is what the OASIS profile prescribes; it guards a nonce, not a signature
    return base64.b64encode(hashlib.sha1(nonce + created.encode() + password.encode()).digest()).decode()  # noqa: S324


def _same_text(password: str, sent: bytes) -> bool:
    return hmac.compare_digest(password.encode(), sent)


def _approve(
    account: Account | None,
    sent: bytes,
    valid: tuple[int, ...] | None,
    matches: Callable[[str, bytes], bool],
) -> Account:
    """The account if one of its valid passwords matches; every password is tried, so that time tells nothing."""
    passwords = () if account is None else account.passwords
    tried = [
        matches(password, sent) for index, password in enumerate(passwords) if valid is None or index in valid
    ]
    if account is None or not any(tried):
        raise SoapFault(FaultCode.FAILED_AUTHENTICATION, "user name or password is wrong")
    return account


def _check_timestamp(security: etree._Element, now: datetime) -> None:
    stamp = security.find(f"{{{WSU}}}Timestamp")
    if stamp is None:
        raise SoapFault(FaultCode.INVALID_SECURITY, "no Timestamp")
    created = _instant((stamp.findtext(f"{{{WSU}}}Created") or "").strip())
    expires = _instant((stamp.findtext(f"{{{WSU}}}Expires") or "").strip())
    if not timedelta(0) < expires - created <= LONGEST_LIFE:
        raise SoapFault(FaultCode.INVALID_SECURITY, "Timestamp must expire within five minutes of Created")
    if created > now + SKEW or expires < now - SKEW:
        raise SoapFault(FaultCode.MESSAGE_EXPIRED, "the Timestamp is outside the freshness window")


def _instant(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
        return at.astimezone(UTC) if at.tzinfo is not None else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise SoapFault(FaultCode.INVALID_SECURITY, "a security instant is unreadable") from error
