"""Words that are planted with a case and looked for afterwards, in whatever form a program may have written them."""

import base64
import json
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from connector.text.phone import e164

CHUNK = 8 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Planted:
    """What one sender hands in: unlike any other text, so that each finding tells what leaked."""

    name: str
    phone: str
    content: str
    file_name: str

    @property
    def words(self) -> tuple[str, ...]:
        """All of it."""
        return (self.name, self.phone, self.content, self.file_name)

    @property
    def identity(self) -> tuple[str, ...]:
        """Who the sender is."""
        return (self.name, self.phone)


def planted(word: str, number: int, *, marking: str = "") -> Planted:
    """The markers of one case."""
    return Planted(
        name=f"Trịnh Thị Ngọc{word}",
        phone=f"0900 77{number:02d} 33",
        content=f"Ngõ{word} ngập sâu cạnh chợ Mẫu",
        file_name=f"{marking}anh-hien-truong-{word.lower()}.pdf",
    )


def forms(word: str) -> set[bytes]:
    """The word as bytes: composed and decomposed, JSON-escaped, in an address, base64 at each offset, hexadecimal."""
    found: set[bytes] = set()
    for text in {word, *_numbers(word)}:
        for form in ("NFC", "NFD"):
            plain = unicodedata.normalize(form, text).encode()
            found |= {plain, plain.hex().encode(), quote(plain).encode()}
            found |= {base64.b64encode(b"\0" * shift + plain)[4:-4] for shift in range(3)}
        found.add(json.dumps(text)[1:-1].encode())
        found.add(text.encode("utf-16-le"))
    return found


def _numbers(word: str) -> set[str]:
    number = e164(word)
    if number is None:
        return set()
    return {number, number[1:], "0" + number[3:]}


def found_in(content: bytes, words: Iterable[str]) -> list[str]:
    """Words that stand in the bytes in any form."""
    return [word for word in words if any(form in content for form in forms(word))]


def leaks(folder: Path, words: Iterable[str]) -> list[str]:
    """``file: word`` for each planted word in any file below the folder; data files are read as they lie on the disk."""
    wanted = {word: forms(word) for word in words}
    longest = max(len(form) for some in wanted.values() for form in some)
    found: list[str] = []
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            seen: set[str] = set()
            for piece in _pieces(path, longest):
                seen |= {word for word, some in wanted.items() if any(form in piece for form in some)}
            found += [f"{path.relative_to(folder)}: {word}" for word in sorted(seen)]
    return found


def _pieces(path: Path, overlap: int) -> Iterator[bytes]:
    """The file in pieces that overlap, so that no word is cut in two."""
    rest = b""
    with path.open("rb") as file:
        while piece := file.read(CHUNK):
            yield rest + piece
            rest = piece[-overlap:]
