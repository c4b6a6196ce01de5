"""The adapter: speaks the hotline's REST interface and knows no policy.

Three operations: ``create`` files a ticket, ``note`` and ``answer`` add an entry to one. Each is a PUT whose address ends
in the idempotency key, and ``GET /v1/writes/<key>`` tells whether it took effect: so every write can be looked up.
"""

import base64
import json
import re
from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

from connector import strict_json
from connector.canonical import digest_bytes, plain
from connector.case import Attachment
from connector.clock import sensible
from connector.errors import (
    Conflict,
    ConnectorError,
    CredentialsRefused,
    InDoubt,
    Permanent,
    Transient,
    Unreadable,
)
from connector.system import (
    Capabilities,
    CatalogueEntry,
    Files,
    Key,
    Operation,
    OutgoingFile,
    Page,
    Pong,
    Problem,
    Receipt,
    Record,
    Sighting,
    Verdict,
)
from connector.transport import HttpClient, Reply
from hotline_1022 import HotlineSettings

NAME = "hotline_1022"
OPERATIONS = frozenset({"create", "note", "answer"})


class Hotline:
    """The :class:`~connector.system.System` of the hotline."""

    name = NAME
    capabilities = Capabilities(operations=OPERATIONS, lookup=OPERATIONS, idempotent=True, files=Files.INLINE)

    def __init__(self, settings: HotlineSettings, http: HttpClient) -> None:
        self._settings = settings
        self._http = http
        self._base = f"{settings.base_url.rstrip('/')}/v1"

    async def changes(self, since: str | None) -> AsyncIterator[Page]:
        """Whole tickets by the number of their last change, which is the watermark: nothing to confirm."""
        after = since or "0"
        while True:
            told = await self._get("/tickets", after=after, limit=str(self._settings.page_size))
            tickets, reached = told.get("tickets"), told.get("next")
            if not isinstance(tickets, list) or not isinstance(reached, int):
                msg = "the hotline's list has no tickets or no next"
                raise Unreadable(msg)
            if not tickets:
                return
            if reached <= int(after):
                msg = "the hotline's list does not move on"
                raise Unreadable(msg)
            after = str(reached)
            yield Page(records=tuple(map(_told, tickets)), watermark=after)
            if len(tickets) < self._settings.page_size:
                return

    async def fetch(self, ref: str) -> Record:
        """The whole ticket now."""
        return _record(await self._get(f"/tickets/{_part(ref)}"))

    async def find(self, key: Key) -> Sighting:
        """Whether the write with this key took effect."""
        reply = await self._call("GET", f"/writes/{key.id}", safe=True)
        if reply.status == 404:
            return Sighting(verdict=Verdict.ABSENT)
        return Sighting(verdict=Verdict.FOUND, receipt=_receipt(_tree(reply, write=False), write=False))

    async def apply(self, operation: Operation) -> Receipt:
        """``create``, ``note`` or ``answer``."""
        key = operation.key
        if key.operation not in OPERATIONS:
            msg = f"the hotline knows no operation {key.operation}"
            raise Permanent(msg)
        body = {**operation.fields, "files": [_file(one) for one in operation.files]}
        if key.operation == "create":
            path = f"/tickets/{key.id}"
        else:
            path = f"/tickets/{_part(key.ref or '')}/{key.operation}/{key.id}"
        reply = await self._call("PUT", path, safe=False, content=json.dumps(body).encode())
        return _receipt(_tree(reply, write=True), write=True, duplicate=reply.status == 200)

    async def catalogue(self, name: str) -> tuple[CatalogueEntry, ...]:
        """``agencies``; the hotline has no fields."""
        if name != "agencies":
            return ()
        rows = (await self._get("/agencies")).get("agencies")
        if not isinstance(rows, list):
            msg = "the hotline's answer has no agencies"
            raise Unreadable(msg)
        return tuple(CatalogueEntry(code=str(row["code"]), name=str(row["name"])) for row in rows)

    async def read_file(self, ref: str, attachment: Attachment) -> bytes:
        """The exact bytes."""
        path = f"/tickets/{_part(ref)}/files/{_part(attachment.locator or attachment.id)}"
        reply = await self._call("GET", path, safe=True, max_bytes=self._settings.max_file_bytes)
        if reply.status != 200:
            raise _refused(reply, write=False)
        return reply.content

    async def ping(self) -> Pong:
        """The hotline's clock, and proof that it knows our key."""
        told = await self._get("/ping")
        try:
            time = sensible(datetime.fromisoformat(str(told.get("time"))))
        except ValueError:
            msg = "the hotline's clock cannot be read"
            raise Unreadable(msg) from None
        return Pong(server_time=time, version=str(told.get("version"))[:64])

    async def aclose(self) -> None:
        """Nothing to let go of: the HTTP client belongs to whoever built it."""

    async def _get(self, path: str, **params: str) -> dict[str, Any]:
        reply = await self._call("GET", path, safe=True, params=params or None)
        return _tree(reply, write=False)

    async def _call(self, method: str, path: str, *, safe: bool, **more: Any) -> Reply:
        """One call; ``safe`` says that it has no effect, so that the client may repeat it."""
        headers = {"x-api-key": self._settings.api_key.get_secret_value(), "content-type": "application/json"}
        reply = await self._http.request(method, self._base + path, safe=safe, headers=headers, **more)
        if reply.status in {401, 403}:
            msg = "the hotline refused the key"
            raise CredentialsRefused(msg)
        return reply


# ---- what came in, none of it trusted ---------------------------------------------------------------------------


def _told(ticket: Any) -> Record:
    """One ticket of a page; what cannot be read spoils itself and no other."""
    try:
        return _record(ticket)
    except Unreadable as error:
        raw = strict_json.write(ticket)
        digest = digest_bytes(raw)
        problem = Problem(where="ticket", text=error.message)
        return Record(
            system=NAME,
            ref=f"unreadable-{digest[:16]}",
            data={},
            raw=raw,
            version=digest,
            problems=(problem,),
        )


def _record(ticket: Any) -> Record:
    if not isinstance(ticket, dict) or not _id(ticket.get("id")) or not isinstance(ticket.get("seq"), int):
        msg = "the hotline's answer has a ticket without id or seq"
        raise Unreadable(msg)
    try:
        plain(ticket)
    except (TypeError, ValueError):
        msg = "the hotline's ticket has values that have no one meaning"
        raise Unreadable(msg) from None
    raw = strict_json.write(ticket)
    return Record(system=NAME, ref=ticket["id"], data=ticket, raw=raw, version=str(ticket["seq"]))


def _tree(reply: Reply, *, write: bool) -> dict[str, Any]:
    if reply.status not in {200, 201}:
        raise _refused(reply, write=write)
    try:
        tree = strict_json.read(reply.content)
    except strict_json.BadJson:
        tree = None
    if isinstance(tree, dict):
        return tree
    msg = f"the hotline's answer is no JSON object ({len(reply.content)} bytes)"
    raise InDoubt(msg) if write else Unreadable(msg)


def _receipt(told: Mapping[str, Any], *, write: bool, duplicate: bool = False) -> Receipt:
    if ref := _id(told.get("ticket")):
        return Receipt(ref=ref, duplicate=duplicate)
    msg = "the hotline's receipt cannot be read"
    raise InDoubt(msg) if write else Unreadable(msg)


def _refused(reply: Reply, *, write: bool) -> ConnectorError:
    """The status decides; of the body only a code is repeated, because prose may quote what a caller said."""
    found = re.fullmatch(rb'\{"error": ?"([A-Z_]{1,40})"\}', reply.content)
    msg = f"the hotline answered HTTP {reply.status} {found[1].decode() if found else ''}".strip()
    if reply.status == 409:
        return Conflict(msg)
    if reply.status in {429, 503}:
        return Transient(msg)
    if reply.status >= 500:
        return InDoubt(msg) if write else Transient(msg)
    return Permanent(msg)


def _id(value: Any) -> str | None:
    return value if isinstance(value, str) and 0 < len(value) <= 100 and value.isprintable() else None


def _part(text: str) -> str:
    """One step of a path; ``.`` and ``..`` would lead elsewhere."""
    if not text.strip("."):
        msg = "the id cannot stand in an address"
        raise Permanent(msg)
    return quote(text, safe="", errors="replace")


def _file(file: OutgoingFile) -> dict[str, Any]:
    content = base64.b64encode(file.content or b"").decode()
    return {"name": file.attachment.file_name, "type": file.attachment.media_type, "content": content}
