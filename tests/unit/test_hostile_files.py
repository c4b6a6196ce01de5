"""Files that mean harm: told from their bytes, without unpacking one of them."""

import io
import struct
import zipfile
from collections.abc import Mapping

import pytest

from adapters.national_portal.files import rebase
from connector.errors import Permanent
from connector.filetype import MOST_ENTRIES, Flaw, extension, flaw
from tests.unit.test_national_settings import settings

PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
JPG = b"\xff\xd8\xff\xe0" + b"anh" * 50 + b"\xff\xd9"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 500
DOCX = {"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w:document/>" * 20}
XLSX = {"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<workbook/>"}


def packed(entries: Mapping[str, bytes], comment: bytes = b"") -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
        archive.comment = comment
    return kept.getvalue()


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("pdf", PDF),
        ("jpg", JPG),
        ("doc", OLE),
        ("docx", packed(DOCX)),
        ("xlsx", packed(XLSX)),
        ("txt", b"x"),
        ("", b""),
    ],
)
def test_an_honest_file_has_no_flaw(kind: str, content: bytes):
    assert flaw(kind, content) is None


def test_a_pdf_that_carries_a_zip_as_its_attachment_is_a_pdf():
    assert flaw("pdf", PDF + packed(DOCX) + b"\nendstream endobj\n%%EOF\n") is None


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("pdf", PDF + packed(DOCX)),
        ("jpg", JPG + packed(DOCX)),
        ("jpeg", JPG + packed(DOCX, b"JPEG")),
        ("png", b"\x89PNG\r\n\x1a\n" + packed({"a": b"a"})),
        ("doc", OLE + packed(DOCX)),
        ("jpg", JPG[:20] + PDF + JPG),
        ("docx", packed({"%PDF-1.7": b"", **DOCX})),
    ],
    ids=["PDF+ZIP", "JPEG+ZIP", "JPEG+ZIP with comment", "PNG+ZIP", "OLE+ZIP", "JPEG+PDF", "DOCX+PDF"],
)
def test_a_file_that_is_two_things_is_held(kind: str, content: bytes):
    assert flaw(kind, content) is Flaw.TWO_TYPES


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("pdf", b"GIF89a/*" + b"*/=1;alert(1)"),
        ("jpg", b"GIF89a"),
        ("pdf", b"<html><script>alert(1)</script>"),
        ("pdf", b"\n" + PDF),
        ("pdf", b"MZ" + PDF),
        ("pdf", b""),
        ("docx", OLE),
        ("docx", packed(XLSX)),
        ("xlsx", packed(DOCX)),
        ("docx", packed({"index.html": b"<script>"})),
    ],
)
def test_a_file_that_is_not_what_its_name_says_is_held(kind: str, content: bytes):
    assert flaw(kind, content) is Flaw.FALSE_NAME


def test_a_package_that_would_unpack_without_measure_is_held_and_not_unpacked(monkeypatch):
    bomb = packed({**DOCX, "word/media/a.bin": b"\x00" * 30_000_000})
    monkeypatch.setattr(zipfile.ZipFile, "open", None)
    assert len(bomb) < 100_000
    assert flaw("docx", bomb) is Flaw.BOMB


def test_entries_that_share_their_bytes_are_held():
    """The overlapping bomb: thousands of entries, one heap of bytes."""
    honest = packed({**DOCX, "word/a.xml": b"a" * 1000, "word/b.xml": b"b" * 1000})
    at = [n for n in range(len(honest)) if honest[n : n + 4] == b"PK\x01\x02"]
    first = honest[at[2] + 42 : at[2] + 46]
    shared = honest[: at[3] + 42] + first + honest[at[3] + 46 :]
    assert flaw("docx", shared) is Flaw.BOMB


def test_two_entries_of_one_name_are_held():
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as archive:
        for name, content in DOCX.items():
            archive.writestr(name, content)
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("word/document.xml", b"other")
    assert flaw("docx", kept.getvalue()) is Flaw.BOMB


@pytest.mark.parametrize("name", ["../../etc/cron.d/x", "/etc/passwd", "word\\..\\x", "C:x", "word/../../x"])
def test_an_entry_that_leaves_its_package_is_held(name: str):
    assert flaw("docx", packed({**DOCX, name: b"x"})) is Flaw.BROKEN


@pytest.mark.parametrize(
    "content",
    [
        packed(DOCX)[:-10],
        packed(DOCX) + b"x",
        b"PK\x03\x04" + b"\x00" * 200,
        b"PK\x03\x04" + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, 46, 0xFFFFFFF0, 0),
        b"PK\x03\x04" + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0, 0, 0),
        packed({**DOCX, **{f"word/{n}": b"" for n in range(MOST_ENTRIES)}}),
    ],
    ids=["cut", "longer", "no directory", "directory elsewhere", "too many told", "too many"],
)
def test_a_package_that_cannot_be_measured_is_held(content: bytes):
    assert flaw("docx", content) is Flaw.BROKEN


@pytest.mark.parametrize(
    ("name", "kind"),
    [("a.PDF", "pdf"), ("a.pdf.exe", "exe"), ("pdf", ""), ("a.", ""), ("a.pdf\x00.exe", "exe")],
)
def test_the_last_part_of_a_name_is_its_extension(name: str, kind: str):
    assert extension(name) == kind


# ---- addresses of files at the national portal --------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "../mapi/g",
        "tep/../../mapi/g",
        "tep/%2e%2e/%2e%2e/mapi/g",
        "tep/%252e%252e/mapi/g",
        "tep/%25252525252e%25252525252e/mapi/g",
        "tep/..%2f..%2fmapi",
        "tep/..%5c..%5cmapi",
        "tep\\..\\mapi",
        "./tep",
        "https://khac.example/a/b/c/../../../mapi/g",
        "https://khac.example//169.254.169.254/latest",
        "tep/1?dstcode=VN:GOV:khac:khac",
        "tep/1?a=b&DSTCODE=VN:GOV:khac:khac",
        "tep/" + "a" * 3000,
        "",
        "#",
        "https://khac.example",
    ],
)
def test_a_files_address_never_leads_elsewhere(address: str):
    made = settings(rebase_from_slash=3)
    try:
        path = rebase(address, made)
    except Permanent:
        return
    assert path.startswith("/")
    assert not path.startswith("//")
    assert ".." not in path
    assert "khac.example" not in path


def test_a_files_address_keeps_what_belongs_to_it():
    made = settings()
    assert rebase("https://cong.example/a/b/tep/đơn 1.pdf?k=v#x", made).endswith("%C4%91%C6%A1n%201.pdf?k=v")
