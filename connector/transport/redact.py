"""The one place that makes URLs, headers and texts safe for logs, metrics and error messages.

URLs lose query, fragment, userinfo and token-like path parts; of headers only harmless ones keep their value; in
free text phone numbers, identity numbers, e-mail addresses and credentials are masked. Fields whose *name* says
that they hold one of our ids or digests are left alone: they are what an operator searches by.
"""

import re
from collections.abc import Mapping, MutableMapping
from typing import Any
from urllib.parse import urlsplit

from connector.text.patterns import CASE_CODE, EMAIL

MASK = "***"

OPEN_HEADERS = frozenset(
    {
        "accept", "accept-encoding", "allow", "cache-control", "connection", "content-encoding", "content-length",
        "content-type", "date", "retry-after", "server", "soapaction", "transfer-encoding", "user-agent",
    }
)  # fmt: skip
"""Headers whose value may be logged; an allow-list, because portals invent their own token headers."""

ID_FIELDS = frozenset(
    {
        "attempt", "baseline", "case_id", "code", "delivery_id", "digest", "entry_hash", "hash", "id", "key",
        "lane", "level", "message_id", "observation_id", "paknid", "prev_hash", "ref", "run_id", "seq", "sha256",
        "timestamp", "transaction", "version", "watermark",
    }
)  # fmt: skip
"""Log fields that hold ids, digests and instants of ours or of a portal, never free text."""

SECRET_FIELDS = frozenset(
    {
        "authorization", "body", "content", "cookie", "credentials", "email", "mat_khau", "matkhau", "name", "password",
        "payload", "phone", "secret", "session", "session_id", "token", "x_api_key",
    }
)  # fmt: skip
"""Log fields that are masked whatever they hold."""

_TOKEN_FOLDERS = frozenset({"tai-tep", "token", "tokens", "session", "sessions", "download", "files", "tep"})
_TOKEN_PART = re.compile(r"[A-Za-z0-9_\-.~=:]{20,}")
_UUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_KEEP = re.compile(rf"\b(?:{_UUID}|[0-9a-f]{{64}}|\d{{4}}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)?)\b")
_URL = re.compile(r"\bhttps?://[^\s\"'<>]+", re.IGNORECASE)
# phones as people write them: 0912 345 678, +84-912-345-678, (0237) 3.123.456; and identity numbers of 9 or 12 digits
_NUMBER = re.compile(r"(?<![\w.])\(?\+?\d(?:[\s().·–-]{0,2}\d){8,14}(?!\w)")
_CREDENTIAL = re.compile(
    r"(?i)\b(authorization|cookie|set-cookie|password|passwd|pwd|mat[_ ]?khau|secret|token|session(?:_?id)?|api[_-]?key)"
    r"(\"?\s*[:=]\s*\"?)(?:(?:basic|bearer)\s+)?[^\s\"',;&]+"
)
_SCHEME = re.compile(r"(?i)\b(basic|bearer)\s+[A-Za-z0-9._~+/=-]{6,}")


def safe_url(url: str) -> str:
    """``scheme://host:port/path`` without query, fragment, userinfo and tokens; ``***`` if it cannot be read."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return MASK
    where = f"[{host}]" if ":" in host else host
    where = f"{where}:{port}" if port else where
    return f"{parts.scheme}://{where}{safe_path(parts.path)}" if parts.scheme else safe_path(parts.path)


def safe_path(path: str) -> str:
    """The path with token-like parts masked: long opaque ones, and whatever follows a folder like ``tai-tep``."""
    parts = path.partition("?")[0].partition("#")[0].split("/")
    kept = [
        MASK if part and ((at and parts[at - 1].lower() in _TOKEN_FOLDERS) or _opaque(part)) else part
        for at, part in enumerate(parts)
    ]
    return "/".join(kept)


def _opaque(part: str) -> bool:
    if CASE_CODE.fullmatch(part) or re.fullmatch(_UUID, part):
        return False
    looks_random = _TOKEN_PART.fullmatch(part) and any(c.isdigit() for c in part)
    return bool(looks_random or "@" in part or "%40" in part or "=" in part)


def safe_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Header names in lower case; the value only of those on the allow-list."""
    return {
        name.lower(): safe_text(value) if name.lower() in OPEN_HEADERS else MASK
        for name, value in headers.items()
    }


def safe_text(text: str) -> str:
    """Free text with URLs shortened and personal data and credentials masked. Ids, digests and instants stay."""
    kept: list[str] = []

    def put_aside(found: re.Match[str]) -> str:
        kept.append(found.group())
        return f"\x00{len(kept) - 1}\x00"

    def shorten(found: re.Match[str]) -> str:
        kept.append(safe_url(found.group()))
        return f"\x00{len(kept) - 1}\x00"

    masked = _URL.sub(shorten, text.replace("\x00", ""))
    masked = CASE_CODE.sub(put_aside, _KEEP.sub(put_aside, masked))
    masked = _CREDENTIAL.sub(rf"\1\2{MASK}", masked)
    masked = _SCHEME.sub(rf"\1 {MASK}", masked)
    masked = _NUMBER.sub(MASK, EMAIL.sub(MASK, masked))
    return re.sub(r"\x00(\d+)\x00", lambda found: kept[int(found.group(1))], masked)


def redact_event(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Structlog processor: put it after exception formatting and before the renderer."""
    for name, value in event.items():
        event[name] = _safe_value(name, value)
    return event


def _safe_value(name: str, value: Any) -> Any:
    lowered = name.lower().replace("-", "_")
    if lowered in SECRET_FIELDS:
        return MASK
    if isinstance(value, Mapping):
        return {key: _safe_value(str(key), item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_safe_value(name, item) for item in value]
    if isinstance(value, bytes | bytearray):
        return f"<{len(value)} bytes>"
    if isinstance(value, BaseException):
        return safe_text(str(value))
    if isinstance(value, str) and lowered not in ID_FIELDS:
        return safe_text(value)
    return value
