"""Files that an agency announces by reference: the portal fetches and checks them (§2.4, §10.1)."""

import asyncio
import hashlib
import http.client
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from adapters.national_portal.twin.codes import ROLES
from adapters.national_portal.twin.errors import bad_file, invalid, missing
from adapters.national_portal.twin.profile import Profile
from adapters.national_portal.twin.requests import Fields
from adapters.national_portal.twin.settings import Settings

MAX_FILES = 10
MAX_BYTES = 20 * 1024 * 1024
FETCH_TIMEOUT_S = 10.0

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MAGIC: Mapping[str, bytes] = {
    "jpg": b"\xff\xd8\xff",
    "jpeg": b"\xff\xd8\xff",
    "png": b"\x89PNG\r\n\x1a\n",
    "pdf": b"%PDF-",
    "doc": _OLE,
    "xls": _OLE,
    "docx": b"PK\x03\x04",
    "xlsx": b"PK\x03\x04",
}
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, kw_only=True)
class Announced:
    """One entry of ``TEPDINHKEM``."""

    id: str
    name: str
    media_type: str
    size: int | None
    sha256: str | None
    role: str
    signed: bool
    url: str


def announced(items: list[Mapping[str, Any]], *, role: str | None, profile: Profile) -> list[Announced]:
    """Read a list of files; ``role`` is the only one allowed, None for any.

    Raises:
        Refusal: too many, a field missing or bad, a type that is not taken.
    """
    if len(items) > MAX_FILES:
        raise invalid(field="TEPDINHKEM", why=f"quá {MAX_FILES} tệp")
    files = [_one(item, role=role, profile=profile) for item in items]
    if len({file.id for file in files}) != len(files):
        raise invalid(field="TEPID", why="lặp lại")
    return files


def _one(item: Mapping[str, Any], *, role: str | None, profile: Profile) -> Announced:
    fields = Fields(item, nfc_only=profile.text_form == "nfc", where="TEPDINHKEM.")
    roles = ROLES if role is None else {role}
    file = Announced(
        id=fields.must_text("TEPID", 100),
        name=fields.must_text("TENTEP", 255),
        media_type=fields.text("LOAITEP", 255) or "application/octet-stream",
        size=fields.size("DUNGLUONG"),
        sha256=fields.text("MABAM", 64),
        role=fields.code("VAITRO", roles) or role or "",
        signed=fields.flag("KYSO") or False,
        url=fields.must_text("DUONGDAN", 2000),
    )
    fields.done(strict=profile.unknown_fields == "reject")
    if not file.role:
        raise missing(field="TEPDINHKEM.VAITRO")
    if file.sha256 is not None and not _SHA256.fullmatch(file.sha256):
        raise invalid(field="TEPDINHKEM.MABAM")
    allowed = set(MAGIC) if profile.allow_png else set(MAGIC) - {"png"}
    if _extension(file.name) not in allowed or (file.size or 0) > MAX_BYTES:
        raise bad_file(file.id)
    return file


def _extension(name: str) -> str:
    return name.rpartition(".")[2].casefold() if "." in name else ""


async def fetch(file: Announced, settings: Settings, profile: Profile) -> bytes:
    """Fetch one file and check size, hash and kind.

    Raises:
        Refusal: not fetchable or not what was announced; nothing else ever leaves.
    """
    try:
        content = await asyncio.to_thread(_get, file.url, settings)
    except (OSError, ValueError, http.client.HTTPException):
        raise bad_file(file.id) from None
    wrong = (
        (file.size is not None and file.size != len(content))
        or (file.sha256 is not None and file.sha256 != hashlib.sha256(content).hexdigest())
        or (profile.magic_check and not content.startswith(MAGIC[_extension(file.name)]))
    )
    if wrong:
        raise bad_file(file.id)
    return content


def _get(url: str, settings: Settings) -> bytes:
    """Plain GET of an allowed host; no redirects, no other scheme.

    Raises:
        ValueError: host or scheme not allowed, status not 200, too large.
        OSError: no connection.
    """
    parts = urlsplit(url)
    if parts.scheme != "http" or not parts.hostname:
        msg = "scheme not allowed"
        raise ValueError(msg)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    base = settings.fetch_map.get(parts.hostname)
    if base is not None:
        mapped = urlsplit(base)
        target, parts = mapped.path.rstrip("/") + target, mapped
    if parts.hostname != "127.0.0.1" and parts.hostname not in settings.fetch_hosts:
        msg = "host not allowed"
        raise ValueError(msg)
    assert parts.hostname is not None
    connection = http.client.HTTPConnection(parts.hostname, parts.port or 80, timeout=FETCH_TIMEOUT_S)
    try:
        connection.request("GET", target or "/")
        reply = connection.getresponse()
        content = reply.read(MAX_BYTES + 1)
    finally:
        connection.close()
    if reply.status != 200 or len(content) > MAX_BYTES:
        msg = "not served"
        raise ValueError(msg)
    return content
