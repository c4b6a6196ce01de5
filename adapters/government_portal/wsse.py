"""WS-Security as far as the contract needs it (§8.2): UsernameToken and Timestamp, built and verified.

Verification looks only at direct children of the one ``Header`` that is a direct child of the envelope. Whatever a
forger hides elsewhere (a second Header, a wrapped Body, a Security block deeper down) is therefore either refused or
never looked at. XML signatures are not part of this profile: one that rests on SHA-1 is refused outright.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from lxml import etree
from pydantic import SecretStr

from adapters.government_portal.xml import Element, children, local_name

_OASIS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
WSSE = f"{_OASIS}wssecurity-secext-1.0.xsd"
WSU = f"{_OASIS}wssecurity-utility-1.0.xsd"
DSIG = "http://www.w3.org/2000/09/xmldsig#"
DIGEST_TYPE = f"{_OASIS}username-token-profile-1.0#PasswordDigest"
TEXT_TYPE = f"{_OASIS}username-token-profile-1.0#PasswordText"
BASE64_TYPE = f"{_OASIS}soap-message-security-1.0#Base64Binary"
SECURITY = f"{{{WSSE}}}Security"

LONGEST_LIFE = timedelta(minutes=5)
NONCE_BYTES = 16
_MOST_FIELD = 512


class Code(StrEnum):
    """The five fault codes of §8.7 about security."""

    AUTHENTICATION = "wsse:FailedAuthentication"
    SECURITY = "wsse:InvalidSecurity"
    TOKEN = "wsse:InvalidSecurityToken"  # noqa: S105  # the name of a fault, no secret
    EXPIRED = "wsse:MessageExpired"
    CHECK = "wsse:FailedCheck"


class SecurityFault(Exception):
    """A Security header is refused. ``reason`` is a word for our own log.

    Over the wire only the code goes: which check failed would help a forger.
    """

    def __init__(self, code: Code, reason: str) -> None:
        super().__init__(f"{code} ({reason})")
        self.code = code
        self.reason = reason


# ---- building -----------------------------------------------------------------------------------------------


def password_digest(nonce: bytes, created: str, password: str) -> str:
    """Base64(SHA-1(nonce + created + password)), as the UsernameToken profile prescribes."""
    # SHA-1 is the profile's choice, not ours; the nonce and the freshness window bear the weight
    digest = hashlib.sha1(nonce + created.encode() + password.encode(), usedforsecurity=False).digest()
    return base64.b64encode(digest).decode()


def stamp(moment: datetime) -> str:
    """An instant as the WSS profile writes it: UTC, milliseconds, ``Z``."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True, kw_only=True)
class Account:
    """Who we are to the other side."""

    username: str
    password: SecretStr
    digest: bool = True
    ttl: timedelta = LONGEST_LIFE


def security(
    account: Account | None, now: datetime, soap_ns: str, *, ttl: timedelta = LONGEST_LIFE
) -> Element:
    """A ``wsse:Security`` block with Timestamp and, for an account, a UsernameToken with a fresh nonce."""
    created = stamp(now)
    block = etree.Element(SECURITY, nsmap={"wsse": WSSE, "wsu": WSU})
    block.set(f"{{{soap_ns}}}mustUnderstand", "1")
    timestamp = etree.SubElement(block, f"{{{WSU}}}Timestamp")
    etree.SubElement(timestamp, f"{{{WSU}}}Created").text = created
    life = account.ttl if account else ttl
    etree.SubElement(timestamp, f"{{{WSU}}}Expires").text = stamp(now + life)
    if account:
        _username_token(block, account, created)
    return block


def _username_token(block: Element, account: Account, created: str) -> None:
    nonce = secrets.token_bytes(NONCE_BYTES)
    secret = account.password.get_secret_value()
    token = etree.SubElement(block, f"{{{WSSE}}}UsernameToken")
    etree.SubElement(token, f"{{{WSSE}}}Username").text = account.username
    password = etree.SubElement(token, f"{{{WSSE}}}Password")
    password.set("Type", DIGEST_TYPE if account.digest else TEXT_TYPE)
    password.text = password_digest(nonce, created, secret) if account.digest else secret
    node = etree.SubElement(token, f"{{{WSSE}}}Nonce", EncodingType=BASE64_TYPE)
    node.text = base64.b64encode(nonce).decode()
    etree.SubElement(token, f"{{{WSU}}}Created").text = created


# ---- verifying ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Freshness:
    """How old a message may be: our clock against theirs, and the longest life a Timestamp may claim."""

    skew: timedelta = timedelta(seconds=60)
    longest: timedelta = LONGEST_LIFE

    @property
    def memory(self) -> timedelta:
        """How long a nonce must be remembered so that no fresh message can be replayed."""
        return self.longest + 2 * self.skew


def find_security(envelope: Element) -> Element | None:
    """The one Security block of the one Header, or None if the message has none.

    Raises:
        SecurityFault: two headers or two Security blocks, or a weak signature anywhere in the header.
    """
    soap_ns = etree.QName(envelope).namespace
    headers = [child for child in envelope if local_name(child) == "Header"]
    if len(headers) > 1 or any(etree.QName(item).namespace != soap_ns for item in headers):
        raise SecurityFault(Code.SECURITY, "header_not_unique")
    blocks = [child for child in headers[0] if local_name(child) == "Security"] if headers else []
    if not blocks:
        return None
    if len(blocks) > 1 or blocks[0].tag != SECURITY:
        raise SecurityFault(Code.SECURITY, "security_not_unique")
    _refuse_weak_signatures(headers[0])
    return blocks[0]


def _refuse_weak_signatures(header: Element) -> None:
    for node in header.iter(f"{{{DSIG}}}SignatureMethod", f"{{{DSIG}}}DigestMethod"):
        if "sha1" in (node.get("Algorithm") or "").lower():
            raise SecurityFault(Code.CHECK, "sha1_signature")


def check_timestamp(block: Element, now: datetime, freshness: Freshness, *, required: bool = True) -> None:
    """Check the ``wsu:Timestamp`` that is a direct child of ``block``.

    Raises:
        SecurityFault: missing (if required), doubled, unreadable, too long a life, from the future or expired.
    """
    stamps = children(block, f"{{{WSU}}}Timestamp")
    if not stamps and not required:
        return
    node = _only(stamps, "timestamp")
    created = _instant(_text_of(node, f"{{{WSU}}}Created"))
    expires = _instant(_text_of(node, f"{{{WSU}}}Expires"))
    if not timedelta(0) < expires - created <= freshness.longest:
        raise SecurityFault(Code.SECURITY, "timestamp_life")
    if created > now + freshness.skew:
        raise SecurityFault(Code.EXPIRED, "timestamp_in_future")
    if expires <= now - freshness.skew:
        raise SecurityFault(Code.EXPIRED, "timestamp_expired")


class NonceCache:
    """Nonces seen within the freshness window. Full means refuse, never forget: forgetting would allow a replay."""

    def __init__(self, capacity: int = 100_000) -> None:
        self._capacity = capacity
        self._seen: set[tuple[str, bytes]] = set()
        self._queue: deque[tuple[datetime, tuple[str, bytes]]] = deque()

    def __len__(self) -> int:
        return len(self._seen)

    def add(self, username: str, nonce: bytes, now: datetime, memory: timedelta) -> None:
        """Remember a nonce for ``memory``.

        Raises:
            SecurityFault: it was used before, or the cache is full.
        """
        while self._queue and self._queue[0][0] <= now:
            self._seen.discard(self._queue.popleft()[1])
        key = (username, nonce)
        if key in self._seen:
            raise SecurityFault(Code.AUTHENTICATION, "nonce_replayed")
        if len(self._seen) >= self._capacity:
            raise SecurityFault(Code.AUTHENTICATION, "nonce_cache_full")
        self._seen.add(key)
        self._queue.append((now + memory, key))


class Verifier:
    """The server side: who sent this message, and is it fresh.

    Args:
        accounts: user name to all passwords that are valid now (several while one is rotated).
        text_allowed: accept PasswordText too; only behind TLS.
    """

    def __init__(
        self,
        accounts: Mapping[str, Sequence[SecretStr]],
        *,
        freshness: Freshness | None = None,
        text_allowed: bool = False,
        nonces: NonceCache | None = None,
    ) -> None:
        self._accounts = accounts
        self._freshness = freshness or Freshness()
        self._text_allowed = text_allowed
        self._nonces = nonces if nonces is not None else NonceCache()  # an empty one is false

    def verify(self, envelope: Element, now: datetime) -> str:
        """The user name that proved itself.

        Raises:
            SecurityFault: for every reason not to trust the message.
        """
        block = find_security(envelope)
        if block is None:
            raise SecurityFault(Code.SECURITY, "security_missing")
        check_timestamp(block, now, self._freshness)
        token = _only(children(block, f"{{{WSSE}}}UsernameToken"), "username_token")
        username = _text_of(token, f"{{{WSSE}}}Username")
        nonce = _nonce(_text_of(token, f"{{{WSSE}}}Nonce"))
        created = _text_of(token, f"{{{WSU}}}Created")
        age = now - _instant(created)
        if not -self._freshness.skew <= age <= self._freshness.longest + self._freshness.skew:
            raise SecurityFault(Code.EXPIRED, "token_not_fresh")
        self._check_password(token, username, lambda secret: password_digest(nonce, created, secret))
        # only now: a stranger must not be able to fill the cache or burn someone's nonce
        self._nonces.add(username, nonce, now, self._freshness.memory)
        return username

    def _check_password(self, token: Element, username: str, digest_of: Callable[[str], str]) -> None:
        node = _only(children(token, f"{{{WSSE}}}Password"), "password")
        kind = node.get("Type", TEXT_TYPE)
        if kind not in {DIGEST_TYPE, TEXT_TYPE} or (kind == TEXT_TYPE and not self._text_allowed):
            raise SecurityFault(Code.TOKEN, "password_type")
        given = (node.text or "").encode()
        # an unknown name costs as much as a wrong password, so that names cannot be told by time
        candidates = self._accounts.get(username) or (SecretStr(secrets.token_hex(16)),)
        known = username in self._accounts
        right = False
        for candidate in candidates:
            secret = candidate.get_secret_value()
            wanted = digest_of(secret) if kind == DIGEST_TYPE else secret
            right |= hmac.compare_digest(given, wanted.encode())
        if not (right and known):
            raise SecurityFault(Code.AUTHENTICATION, "wrong_account_or_password")


def _only(found: list[Element], what: str) -> Element:
    if len(found) != 1:
        raise SecurityFault(Code.SECURITY, f"{what}_not_unique")
    return found[0]


def _text_of(parent: Element, tag: str) -> str:
    node = _only(children(parent, tag), local_name_of(tag))
    text = (node.text or "").strip()
    if not text or len(text) > _MOST_FIELD or len(node):
        raise SecurityFault(Code.SECURITY, f"{local_name_of(tag)}_unreadable")
    return text


def local_name_of(tag: str) -> str:
    """The local part of a ``{namespace}name``."""
    return tag.rpartition("}")[2]


def _nonce(text: str) -> bytes:
    try:
        nonce = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise SecurityFault(Code.TOKEN, "nonce_unreadable") from None
    if len(nonce) < 8:
        raise SecurityFault(Code.TOKEN, "nonce_too_short")
    return nonce


def _instant(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise SecurityFault(Code.SECURITY, "instant_unreadable") from None
    if moment.tzinfo is None:
        raise SecurityFault(Code.SECURITY, "instant_without_zone")
    return moment
