"""Files that the portal holds: by reference, re-based on our own adapter (national-portal contract §2.4, §10.1)."""

import base64
import binascii
from urllib.parse import parse_qsl, quote, unquote

from adapters.national_portal.route import Route
from adapters.national_portal.settings import FacadeRoute, NationalPortalSettings
from adapters.national_portal.wire import Garbled, read_answer, read_text
from connector import strict_json
from connector.case import Attachment
from connector.errors import Permanent, Transient, Unreadable
from connector.filetype import SIGNATURES, extension, flaw
from connector.transport import Reply

_KEPT_IN_PATHS = "/%?=&;+,:@~!$'()*-._"
_LONGEST_PATH = 2000
_MOST_ESCAPES = 3


class Files:
    """Reads files over the route."""

    def __init__(self, route: Route, settings: NationalPortalSettings) -> None:
        self._route = route
        self._settings = settings

    async def read(self, ref: str, attachment: Attachment) -> bytes:
        """The exact bytes.

        Raises:
            Permanent: no address, or the portal no longer serves it.
            Unreadable: too large, of a type that is not taken, or not what its name says.
            Transient: not served now.
        """
        if not attachment.locator:
            msg = "the file has no address"
            raise Permanent(msg, ref=ref, file=attachment.id)
        if isinstance(self._settings.route, FacadeRoute):
            reply = await self._route.read_by_service(
                attachment.locator, most_bytes=self._settings.max_file_bytes
            )
            content = self._from_base64(ref, attachment, reply)
        else:
            path = rebase(attachment.locator, self._settings)
            reply = await self._route.read_path(path, most_bytes=self._settings.max_file_bytes)
            content = _served(ref, attachment, reply)
        self._check(ref, attachment, content)
        return content

    def _from_base64(self, ref: str, attachment: Attachment, reply: Reply) -> bytes:
        """The file service answers with base64: bare, as a JSON string, or in the envelope (§2.4)."""
        text = _served(ref, attachment, reply).strip()
        try:
            inner = strict_json.read(text) if text[:1] in {b'"', b"{"} else None
            if isinstance(inner, dict):
                answer = read_answer(200, text)
                inner = read_text(answer.items[0]) if answer.code == 0 and answer.items else None
                if inner is None:
                    msg = "the file service refused"
                    raise Unreadable(msg, ref=ref, file=attachment.id, error_code=answer.code)
            return base64.b64decode(inner if isinstance(inner, str) else text, validate=True)
        except (ValueError, binascii.Error, Garbled):
            msg = "the file service's answer is no base64"
            raise Unreadable(msg, ref=ref, file=attachment.id, size=len(text)) from None

    def _check(self, ref: str, attachment: Attachment, content: bytes) -> None:
        kind = extension(attachment.file_name)
        taken = kind in SIGNATURES and (kind != "png" or self._settings.allow_png)
        facts = {"ref": ref, "file": attachment.id, "extension": kind[:8], "size": len(content)}
        if not taken:
            msg = "the file's type is not taken"
            raise Unreadable(msg, **facts)
        if len(content) > self._settings.max_file_bytes:
            msg = "the file is too large"
            raise Unreadable(msg, **facts)
        if (found := flaw(kind, content)) is not None:
            msg = f"the file is held ({found})"
            raise Unreadable(msg, **facts)


def rebase(address: str, settings: NationalPortalSettings) -> str:
    """The path to ask our own adapter for; foreign hosts are never called.

    Raises:
        Permanent: the address holds no usable path.
    """
    base = settings.adapter_base or ""
    if address.startswith(f"{base}/"):
        path = address[len(base) :]
    elif "://" in address:
        path = _from_slash(address, settings.rebase_from_slash) or _from_slash(address, 3)
    else:
        path = "/" + address.lstrip("/")
    path = path.partition("#")[0]
    if len(path) < 2 or len(path) > _LONGEST_PATH or path.startswith("//") or _strays(path, settings):
        msg = "the file's address has no usable path"
        raise Permanent(msg, size=len(address))
    return quote(path, safe=_KEPT_IN_PATHS, errors="replace")


def _strays(path: str, settings: NationalPortalSettings) -> bool:
    """Whether a path might lead out of the folder of files, or to another system behind the same adapter."""
    bare, _, query = path.partition("?")
    for _ in range(_MOST_ESCAPES):
        if "\\" in bare or {".", ".."} & set(bare.split("/")):
            return True
        bare, before = unquote(bare), bare
        if bare == before:
            break
    else:
        return True
    names = {name.casefold() for name, _ in parse_qsl(query, keep_blank_values=True)}
    return settings.dstcode is not None and "dstcode" in names


def _from_slash(address: str, number: int) -> str:
    """The rest from the n-th "/" on, "" if there are fewer."""
    pieces = address.split("/", number)
    return "/" + pieces[number] if len(pieces) > number else ""


def _served(ref: str, attachment: Attachment, reply: Reply) -> bytes:
    if reply.status == 200:
        return reply.content
    if reply.status in {400, 403, 404, 410}:
        msg = "the portal does not serve this file"
        raise Permanent(msg, ref=ref, file=attachment.id, status=reply.status)
    msg = "the file cannot be read now"
    raise Transient(msg, ref=ref, file=attachment.id, status=reply.status)
