"""Small real files: a PDF that opens, a JPEG that shows one grey point. Bytes depend on their label only."""

import base64

from adapters.life.script import StoryFile

_JPEG = base64.b64decode(
    "/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP//////////////////////////////////////////////////////////////////"
    "////////////////////wgALCAABAAEBAREA/8QAFBABAAAAAAAAAAAAAAAAAAAAAP/aAAgBAQABPxA="
)

_PAGE = (
    b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
    b"/Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>"
)


def pdf(name: str, label: str, *, signed: bool = False) -> StoryFile:
    """A one-page PDF with an ASCII label."""
    return StoryFile(name=name, media_type="application/pdf", content=_pdf_bytes(label), signed=signed)


def jpeg(name: str, label: str) -> StoryFile:
    """A one-point JPEG with the label as its comment."""
    comment = label.encode()
    segment = b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment
    return StoryFile(name=name, media_type="image/jpeg", content=_JPEG[:2] + segment + _JPEG[2:])


def _pdf_bytes(label: str) -> bytes:
    stream = f"BT /F1 12 Tf 72 770 Td ({label}) Tj ET".encode("ascii")
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        _PAGE,
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
    )
    body = b"%PDF-1.4\n"
    offsets = []
    for index, content in enumerate(objects, start=1):
        offsets.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (index, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    count = len(objects) + 1
    return body + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
        % (count, table, count, len(body))
    )
