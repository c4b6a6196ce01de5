"""Attachments: inline or in chunks on the way out, checked and stripped on the way in (contract §8.5, §8.4)."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid5

from adapters.government_portal.exchange import Exchange, Ticket
from adapters.government_portal.judge import NAME, passing
from adapters.government_portal.settings import GovernmentPortalSettings
from connector import crash
from connector.case import Attachment
from connector.errors import InDoubt, Permanent, SettingsError, Transient, Unreadable
from connector.filetype import extension, flaw
from connector.system import OutgoingFile, Problem
from connector.transport import HttpClient

OURS = f"{NAME}:"

_ANNOUNCED = ("TotalSize", "ChunkCount", "Sha256")
LEAST_CHUNK = 1024
FEW_CHUNKS = 16
"""So many parts of any size, and one more for each ``LEAST_CHUNK`` bytes: nobody is asked for parts without end."""


class Unfit(StrEnum):
    """The contract's word for a file that must not pass."""

    MISSING = "ATTACHMENT_MISSING"
    HASH = "ATTACHMENT_HASH"
    TYPE = "ATTACHMENT_TYPE"
    TOO_LARGE = "TOO_LARGE"


class Files:
    """Attachments of one portal."""

    def __init__(self, settings: GovernmentPortalSettings, exchange: Exchange, http: HttpClient) -> None:
        self._rules = settings.attachments
        self._exchange = exchange
        self._http = http
        self._origin = _origin(settings.endpoint)
        self._listed = frozenset(one.lower() for one in self._rules.hosts)

    # ---- out ------------------------------------------------------------------------------------------------

    async def outgoing(
        self, files: Sequence[OutgoingFile], message_id: UUID, created_at: datetime
    ) -> list[dict[str, Any]]:
        """``Attachment`` elements for these files: small ones inline, the others uploaded first.

        Uploads carry ids derived from ``message_id``: repeated, they are duplicates and give the same AttachmentId,
        so that the message around them stays the same too.

        Raises:
            Permanent: a file that the contract does not allow, or whose bytes are not those that were announced.
            Transient: an upload failed; nothing has happened to the case.
        """
        rendered = []
        room = self._rules.inline_total_bytes
        for number, file in enumerate(files, 1):
            element = self._described(file, number)
            content = file.content
            if content is None:
                element["Uri"] = file.uri
            elif len(content) <= min(room, self._rules.inline_max_bytes):
                room -= len(content)
                element["Content"] = content
            else:
                element["UploadedId"] = await self._upload(element, content, message_id, created_at)
            rendered.append(element)
        return rendered

    def _described(self, file: OutgoingFile, number: int) -> dict[str, Any]:
        """All of an Attachment but its bytes, after the checks of §8.5."""
        item = file.attachment
        content = file.content
        if content is None and file.uri is None:
            raise _refused(Unfit.MISSING, number, item)
        size = item.size if content is None else len(content)
        sha256 = item.sha256 if content is None else _sha256(content)
        if size is None or sha256 is None or (item.sha256 or sha256).lower() != sha256.lower():
            raise _refused(Unfit.HASH, number, item)
        problem = self._unwanted(item.file_name, size, content)
        if problem:
            raise _refused(problem, number, item)
        return {
            "AttachmentId": item.id,
            "Role": item.role.upper(),
            "FileName": item.file_name,
            "ContentType": item.media_type,
            "Size": size,
            "Sha256": sha256,
            "Signed": item.signed,
        }

    async def _upload(
        self, element: Mapping[str, Any], content: bytes, message_id: UUID, created_at: datetime
    ) -> str:
        step = self._rules.chunk_bytes
        count = max(1, -(-len(content) // step))
        uploaded: str | None = None
        for number in range(1, count + 1):
            payload = {
                "AttachmentId": uploaded,
                "FileName": element["FileName"],
                "ContentType": element["ContentType"],
                "TotalSize": element["Size"],
                "Sha256": element["Sha256"],
                "ChunkNo": number,
                "ChunkCount": count,
                "Chunk": content[(number - 1) * step : number * step],
            }
            chunk_id = uuid5(message_id, f"{element['AttachmentId']}/{number}/{count}")
            uploaded = await self._send_chunk(payload, Ticket(message_id=chunk_id, created_at=created_at))
            crash.point("upload.chunk")
        assert uploaded is not None
        crash.point("upload.whole")
        return uploaded

    async def _send_chunk(self, payload: Mapping[str, Any], ticket: Ticket) -> str:
        try:
            answer = await self._exchange.write("UploadAttachment", payload, ticket)
        except InDoubt as error:
            # a chunk changes no case, and its repetition is a duplicate: simply later again
            raise passing(error) from None
        uploaded: str | None = answer.data.get("AttachmentId") or payload["AttachmentId"]
        if uploaded is None:
            msg = f"{NAME}: the answer to UploadAttachment names no AttachmentId"
            raise Transient(msg, system=NAME)
        return uploaded

    # ---- in -------------------------------------------------------------------------------------------------

    def incoming(self, tree: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[Problem, ...]]:
        """A CaseEnvelope or CaseEvent without the bytes of its files, and what is wrong with those files.

        The bytes stay in the record's raw form and are read again through :meth:`download`.
        """
        problems: list[Problem] = []
        slim = dict(tree)
        if "Attachments" in tree:
            slim["Attachments"] = [
                self._stripped(item, f"Attachments/Attachment[{number}]", problems)
                for number, item in enumerate(tree["Attachments"], 1)
            ]
        return slim, tuple(problems)

    def _stripped(self, item: Mapping[str, Any], where: str, problems: list[Problem]) -> dict[str, Any]:
        content: bytes | None = item.get("Content")
        kept = {name: value for name, value in item.items() if name != "Content"}
        if "Sha256" in kept:
            kept["Sha256"] = kept["Sha256"].lower()
        if content is not None:
            sha256 = _sha256(content)
            if kept.get("Sha256", sha256) != sha256 or kept.get("Size", len(content)) != len(content):
                problems.append(
                    Problem(where=where, text=f"{Unfit.HASH}: size or hash is not that of the bytes")
                )
            kept |= {"Sha256": sha256, "Size": len(content)}
        unwanted = self._unwanted(item.get("FileName", ""), kept.get("Size", 0), content)
        if unwanted:
            problems.append(Problem(where=where, text=f"{unwanted}: not an allowed file"))
        return kept

    def _unwanted(self, file_name: str, size: int, content: bytes | None) -> Unfit | None:
        """The contract's code for a file that must not pass, or None."""
        kind = extension(file_name)
        if kind not in self._rules.extensions:
            return Unfit.TYPE
        if size > self._rules.max_file_bytes:
            return Unfit.TOO_LARGE
        return Unfit.TYPE if content is not None and flaw(kind, content) else None

    async def download(self, attachment: Attachment) -> bytes:
        """The exact bytes of a file that the portal holds.

        Raises:
            Permanent: the portal does not have it, it is too large, or its address is not one that we may call.
            Unreadable: the chunks do not add up to what was announced, or the file is not what its name says.
        """
        locator = attachment.locator or attachment.id.removeprefix(OURS)
        read = self._fetch if "://" in locator else self._chunks
        content = await read(locator, attachment.id)
        if (found := flaw(extension(attachment.file_name), content)) is not None:
            msg = f"{NAME}: the file is held ({found})"
            raise Unreadable(msg, system=NAME, attachment=attachment.id, size=len(content))
        return content

    async def _chunks(self, locator: str, attachment_id: str) -> bytes:
        """A file in parts. What the first part announces holds to the end: nobody keeps us asking for ever."""
        content = bytearray()
        first: Mapping[str, Any] | None = None
        number = count = 1
        while number <= count:
            answer = await self._exchange.read(
                "DownloadAttachment", {"AttachmentId": locator, "ChunkNo": number}
            )
            chunk = answer.data
            first = first or chunk
            if not self._goes_on(first, chunk, number):
                raise _torn(attachment_id)
            content += chunk.get("Chunk", b"")
            if len(content) > first["TotalSize"]:
                raise _torn(attachment_id)
            count = first["ChunkCount"]
            number += 1
        assert first is not None
        if len(content) != first["TotalSize"] or _sha256(content) != first["Sha256"].lower():
            raise _torn(attachment_id)
        return bytes(content)

    def _goes_on(self, first: Mapping[str, Any], chunk: Mapping[str, Any], number: int) -> bool:
        """Whether a part is the one that was asked for, of the file that the first part announced."""
        if any(name not in chunk or chunk[name] != first[name] for name in _ANNOUNCED):
            return False
        size, count = chunk["TotalSize"], chunk["ChunkCount"]
        fits = 0 <= size <= self._rules.max_file_bytes and 1 <= count <= FEW_CHUNKS + size // LEAST_CHUNK
        return fits and chunk.get("ChunkNo") == number

    async def _fetch(self, uri: str, attachment_id: str) -> bytes:
        """A file behind an address. Only from hosts we know: the address comes from outside."""
        most = self._rules.max_file_bytes
        origin = _origin(uri)
        if origin == self._origin:
            # the service itself; the transport's own check may still find fault with the rest of the address
            try:
                reply = await self._http.request("GET", uri, safe=True, max_bytes=most, operation="file")
            except SettingsError as error:
                raise Permanent(error.message, system=NAME, attachment=attachment_id) from None
        elif origin is not None and self._is_listed(*origin):
            reply = await self._http.fetch_foreign(uri, max_bytes=most)
        else:
            msg = f"{NAME}: the file's address names a host that is not in attachments.hosts"
            raise Permanent(msg, system=NAME, attachment=attachment_id)
        if reply.status == 200:
            return reply.content
        msg = f"{NAME}: the file's address answered HTTP {reply.status}"
        facts: dict[str, Any] = {"system": NAME, "attachment": attachment_id, "status": reply.status}
        if reply.status in {401, 403}:
            # addresses expire: that is a matter of this file, not of our account
            raise Permanent(msg, **facts)
        raise (Transient if reply.status >= 500 else Permanent)(msg, **facts)

    def _is_listed(self, scheme: str, host: str, port: int) -> bool:
        """``host`` lists it at the usual port of its scheme, ``host:port`` at that one."""
        return (port == _PORTS[scheme] and host in self._listed) or f"{host}:{port}" in self._listed


def _sha256(content: bytes | bytearray) -> str:
    return hashlib.sha256(content).hexdigest()


_PORTS: Mapping[str, int] = {"http": 80, "https": 443}


def _origin(address: str) -> tuple[str, str, int] | None:
    """Scheme, host and port; None if it cannot be told."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if host is None or parts.scheme not in _PORTS:
        return None
    return parts.scheme, host, port or _PORTS[parts.scheme]


def _refused(code: Unfit, number: int, item: Attachment) -> Permanent:
    msg = f"{NAME}: file {number} must not be sent ({code})"
    return Permanent(msg, system=NAME, reason=code.value, attachment=item.id, size=item.size)


def _torn(attachment_id: str) -> Unreadable:
    msg = f"{NAME}: the parts of a file do not make the file that was announced"
    return Unreadable(msg, system=NAME, attachment=attachment_id)
