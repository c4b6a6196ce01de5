"""What a file really is, told from its bytes alone: nothing is unpacked, rendered or run.

Files travel byte for byte (R28), so a dangerous one cannot be cleaned: it is held for a person instead. Held is what
claims to be another type than it is, what is two types at once (a PDF that is a ZIP as well opens as the one here and
as the other there), and an office file that would unpack to more than anybody can hold. An executable macro or a
virus is not found here: that is the scanner's work.
"""

import io
import struct
import zipfile
from collections.abc import Mapping
from enum import StrEnum

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = b"PK\x03\x04"
_PDF = b"%PDF-"
SIGNATURES: Mapping[str, bytes] = {
    "pdf": _PDF,
    "jpg": b"\xff\xd8\xff",
    "jpeg": b"\xff\xd8\xff",
    "png": b"\x89PNG\r\n\x1a\n",
    "doc": _OLE,
    "xls": _OLE,
    "docx": _ZIP,
    "xlsx": _ZIP,
}
"""First bytes by extension. What is not here is known by its name alone."""

_OFFICE: Mapping[str, str] = {"docx": "word/", "xlsx": "xl/"}
"""The folder without which a package is no such document."""

MOST_ENTRIES = 5000
MOST_UNPACKED = 512 * 1024 * 1024
MOST_RATIO = 200
"""Unpacked bytes for each byte of the file. Plain text packs to about a tenth, drawings of an office file to a 50th."""

_PDF_HEAD = 1024
"""A reader of PDF looks for the header in so many bytes."""
_END = struct.Struct("<4s4H2LH")
_END_MARK = b"PK\x05\x06"


class Flaw(StrEnum):
    """Why a file is held; stable words for messages."""

    FALSE_NAME = "not_what_its_name_says"
    TWO_TYPES = "two_types_at_once"
    BOMB = "unpacks_without_measure"
    BROKEN = "broken_package"


def extension(file_name: str) -> str:
    """The part after the last dot in lower case; empty without one."""
    return file_name.rpartition(".")[2].casefold() if "." in file_name else ""


def flaw(kind: str, content: bytes) -> Flaw | None:
    """What is wrong with a file of that extension, or None. An extension without signature is taken as it is."""
    begins = SIGNATURES.get(kind)
    if begins is None:
        return None
    if not content.startswith(begins):
        return Flaw.FALSE_NAME
    if begins != _PDF and _PDF in content[:_PDF_HEAD]:
        return Flaw.TWO_TYPES
    if kind in _OFFICE:
        return _package_flaw(_OFFICE[kind], content)
    return Flaw.TWO_TYPES if _ends_as_zip(content) else None


def _ends_as_zip(content: bytes) -> bool:
    """Whether a ZIP directory closes exactly with the file. One inside of a PDF, as an attachment, does not."""
    window = content[-(_END.size + 0xFFFF) :]
    at = window.rfind(_END_MARK)
    while at >= 0:
        if len(window) - at >= _END.size and at + _END.size + _END.unpack_from(window, at)[7] == len(window):
            return True
        at = window.rfind(_END_MARK, 0, at)
    return False


def _package_flaw(folder: str, content: bytes) -> Flaw | None:
    if not _ends_as_zip(content) or _entries_told(content) > MOST_ENTRIES:
        return Flaw.BROKEN
    try:
        entries = zipfile.ZipFile(io.BytesIO(content)).infolist()
    except (zipfile.BadZipFile, ValueError, OverflowError, NotImplementedError, struct.error):
        return Flaw.BROKEN
    names = [entry.filename for entry in entries]
    if len(set(names)) != len(names) or len({entry.header_offset for entry in entries}) != len(entries):
        # entries that share bytes multiply them; two of one name are read differently by different readers
        return Flaw.BOMB
    if any(".." in name.split("/") or name.startswith("/") or "\\" in name or ":" in name for name in names):
        return Flaw.BROKEN
    if "[Content_Types].xml" not in names or not any(name.startswith(folder) for name in names):
        return Flaw.FALSE_NAME
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    if unpacked > min(MOST_UNPACKED, MOST_RATIO * len(content)) or packed > len(content):
        return Flaw.BOMB
    return None


def _entries_told(content: bytes) -> int:
    at = content.rfind(_END_MARK)
    return int(_END.unpack_from(content, at)[4])
