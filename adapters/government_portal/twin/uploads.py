"""Files that agencies send: checks of §8.5 (type, magic bytes, size, hash) and the chunked upload. Pure."""

import base64
import binascii
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from adapters.government_portal.twin.codes import ReportCode
from adapters.government_portal.twin.profile import Profile
from adapters.government_portal.twin.state import Refusal, StoredFile

_ZIP: Final = b"PK\x03\x04"
_OLE: Final = b"\xd0\xcf\x11\xe0"
_JPEG: Final = b"\xff\xd8\xff"
TYPES: Final[dict[str, tuple[bytes, str]]] = {
    "jpg": (_JPEG, "image/jpeg"),
    "jpeg": (_JPEG, "image/jpeg"),
    "pdf": (b"%PDF-", "application/pdf"),
    "doc": (_OLE, "application/msword"),
    "docx": (_ZIP, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "xls": (_OLE, "application/vnd.ms-excel"),
    "xlsx": (_ZIP, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "png": (b"\x89PNG\r\n\x1a\n", "image/png"),
}
"""Allowed endings (png only by switch): magic bytes and media type."""

_INFECTED: Final = b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE"


@dataclass(kw_only=True)
class Upload:
    """A file that arrives in chunks; ``owner`` is the account that sends it."""

    id: str
    owner: str
    name: str
    media_type: str
    size: int
    sha256: str
    count: int
    chunks: dict[int, bytes] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Whether every chunk is here."""
        return len(self.chunks) == self.count

    def content(self) -> bytes:
        """All bytes in order."""
        return b"".join(self.chunks[number] for number in sorted(self.chunks))


def decode_base64(text: str, path: str) -> bytes:
    """Bytes of an xs:base64Binary."""
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refusal(ReportCode.TYPE_MISMATCH, path, "Nội dung không phải base64") from error


def take_chunk(uploads: dict[str, Upload], owner: str, body: Mapping[str, Any], upload: Upload) -> None:
    """Store one chunk; the last one is checked against size and hash of the whole.

    Args:
        uploads: all uploads by id; a broken one is dropped, so that it can start again.
        owner: the account that calls.
        body: the decoded UploadAttachment.
        upload: the upload the chunk belongs to.
    """
    stated = (
        body["FileName"],
        body["ContentType"],
        int(body["TotalSize"]),
        body["Sha256"].lower(),
        int(body["ChunkCount"]),
    )
    known = (upload.name, upload.media_type, upload.size, upload.sha256, upload.count)
    if upload.owner != owner or stated != known:
        raise Refusal(ReportCode.INVALID_VALUE, "AttachmentId", "Tệp này thuộc lần tải lên khác")
    number = int(body["ChunkNo"])
    if number > upload.count:
        raise Refusal(ReportCode.OUT_OF_RANGE, "ChunkNo", "Số thứ tự phần lớn hơn tổng số phần")
    chunk = decode_base64(body["Chunk"], "Chunk")
    if upload.chunks.get(number, chunk) != chunk:
        raise Refusal(ReportCode.INVALID_VALUE, "Chunk", "Phần này đã được gửi với nội dung khác")
    upload.chunks[number] = chunk
    if upload.complete:
        content = upload.content()
        if len(content) != upload.size or hashlib.sha256(content).hexdigest() != upload.sha256:
            del uploads[upload.id]
            raise Refusal(ReportCode.ATTACHMENT_HASH, "Sha256", "Dung lượng hoặc mã băm của tệp không khớp")


def check_type(name: str, media_type: str, path: str, profile: Profile) -> str:
    """The ending of an allowed file name whose media type fits it."""
    ending = name.rpartition(".")[2].lower()
    fits = ending in TYPES and (ending != "png" or profile.allow_png)
    if not fits or media_type.split(";", maxsplit=1)[0].strip().lower() != TYPES[ending][1]:
        raise Refusal(ReportCode.ATTACHMENT_TYPE, path, "Loại tệp không được phép")
    return ending


def check_content(ending: str, content: bytes, path: str, profile: Profile) -> None:
    """Size limit, magic bytes, and the stand-in for a virus scan (the EICAR test text)."""
    if len(content) > profile.max_file_bytes:
        raise Refusal(ReportCode.OUT_OF_RANGE, path, "Tệp quá lớn")
    if _INFECTED in content:
        raise Refusal(ReportCode.ATTACHMENT_INFECTED, path, "Tệp có mã độc")
    if not profile.skip_magic_check and not content.startswith(TYPES[ending][0]):
        raise Refusal(ReportCode.ATTACHMENT_TYPE, path, "Nội dung tệp không đúng loại")


def receive_files(
    parent: Mapping[str, Any],
    path: str,
    *,
    uploads: Mapping[str, Upload],
    owner: str,
    profile: Profile,
) -> tuple[StoredFile, ...]:
    """The files of an Attachments element, each checked; all or none.

    Args:
        parent: decoded element that may hold Attachments.
        path: its name, for the error.
        uploads: what was uploaded before, by id.
        owner: the account that calls.
        profile: limits and switches.
    """
    block = parent.get("Attachments") or {}
    listed = block.get("Attachment", [])
    return tuple(
        _receive(item, f"{path}/Attachments/Attachment[{number}]", uploads, owner, profile)
        for number, item in enumerate(listed, start=1)
    )


def _receive(
    item: Mapping[str, Any],
    path: str,
    uploads: Mapping[str, Upload],
    owner: str,
    profile: Profile,
) -> StoredFile:
    ending = check_type(item["FileName"], item["ContentType"], path, profile)
    content = _content(item, path, uploads, owner)
    sha256 = hashlib.sha256(content).hexdigest()
    if len(content) != int(item["Size"]) or sha256 != item["Sha256"].lower():
        raise Refusal(ReportCode.ATTACHMENT_HASH, path, "Dung lượng hoặc mã băm của tệp không khớp")
    check_content(ending, content, path, profile)
    return StoredFile(
        id=item["AttachmentId"],
        role=item["Role"],
        name=item["FileName"],
        media_type=item["ContentType"],
        content=content,
        signed=item.get("Signed") in ("true", "1"),
        sha256=sha256,
    )


def _content(item: Mapping[str, Any], path: str, uploads: Mapping[str, Upload], owner: str) -> bytes:
    if "Content" in item:
        return decode_base64(item["Content"], f"{path}/Content")
    upload = uploads.get(item.get("UploadedId", ""))
    if upload is None or upload.owner != owner or not upload.complete:
        # an Uri is never followed: the twin calls nobody
        raise Refusal(ReportCode.ATTACHMENT_MISSING, path, "Không lấy được tệp")
    return upload.content()
