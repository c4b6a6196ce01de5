"""Files on their way in: size, type, first bytes, hash. Exact bytes are kept, never re-encoded (R28)."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

from adapters.register.refusals import Code, RegisterRefused
from adapters.register.signatures import SignatureCheck
from connector.canonical import digest_bytes

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = b"PK\x03\x04"
PDF_MARK = b"%PDF-"

MAGIC: Mapping[str, tuple[bytes, ...]] = {
    "application/pdf": (PDF_MARK,),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "application/msword": (_OLE,),
    "application/vnd.ms-excel": (_OLE,),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": (_ZIP,),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": (_ZIP,),
    "audio/mpeg": (b"ID3", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2"),
    "text/plain": (b"",),
}
"""Types taken from senders and officials, with the bytes that they begin with."""

MP4 = "video/mp4"  # its mark stands at offset 4


@dataclass(frozen=True, kw_only=True)
class NewFile:
    """A file to be kept. ``id`` is given by the system of birth; a file born here gets one.

    ``signed`` is the caller's word until the bytes were looked at; ``signature`` is what was found then.
    """

    role: str
    file_name: str
    media_type: str = "application/octet-stream"
    id: str | None = None
    size: int | None = None
    sha256: str | None = None
    signed: bool = False
    content: bytes | None = field(default=None, repr=False)
    signature: SignatureCheck | None = field(default=None, repr=False)


def checked(file: NewFile, *, max_bytes: int, strict: bool) -> NewFile:
    """The file with its size and hash filled in.

    Args:
        file: as sent.
        max_bytes: the largest size taken.
        strict: for senders and officials: the type is on the list and the bytes begin as it says. Files relayed
            from a portal were accepted there; refusing them here would lose part of a case, so only size and hash
            are checked and they are only ever served as downloads.

    Raises:
        RegisterRefused: too large, empty, of a forbidden or false type, or not matching its hash.
    """
    if file.content is None:
        return file
    size, sha256 = len(file.content), digest_bytes(file.content)
    if size > max_bytes:
        raise RegisterRefused(Code.FILE_TOO_LARGE, f"{size} > {max_bytes}")
    if size == 0:
        raise RegisterRefused(Code.FILE_EMPTY)
    if file.sha256 is not None and file.sha256.lower() != sha256:
        raise RegisterRefused(Code.FILE_HASH)
    if strict:
        _check_type(file.media_type, file.content)
    return NewFile(
        id=file.id,
        role=file.role,
        file_name=_base_name(file.file_name),
        media_type=file.media_type,
        size=size,
        sha256=sha256,
        signed=file.signed,
        content=file.content,
    )


def _check_type(media_type: str, content: bytes) -> None:
    if media_type == MP4:
        fits = content[4:8] == b"ftyp"
    elif media_type in MAGIC:
        fits = content.startswith(MAGIC[media_type])
    else:
        raise RegisterRefused(Code.FILE_TYPE, media_type)
    if not fits:
        raise RegisterRefused(Code.FILE_MAGIC, media_type)


def _base_name(name: str) -> str:
    """The last part of a path, without control characters, at most 200 characters."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    kept = "".join(letter for letter in last if unicodedata.category(letter)[0] != "C")
    return kept[-200:] or "tep"
