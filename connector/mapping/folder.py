"""The mappings folder as one value: the text of every file, so that a version can be kept, compared and read again."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from connector.canonical import digest, digest_bytes
from connector.errors import MappingFileError

SUFFIXES = frozenset({".toml", ".csv"})
LARGEST = 4 * 2**20
"""Bytes of a file beyond which it is no mapping: it was put there by mistake."""


@dataclass(frozen=True, kw_only=True)
class Folder:
    """Every file by its name relative to the folder, with ``/``; hidden files and other endings are nobody's mapping."""

    name: str
    files: Mapping[str, bytes]

    @classmethod
    def read(cls, root: Path) -> "Folder":
        """Read all files as they are now.

        Raises:
            MappingFileError: the folder is not there, a file cannot be read, or is larger than :data:`LARGEST`.
        """
        if not root.is_dir():
            msg = f"không có thư mục ánh xạ / there is no mappings folder: {root.name}"
            raise MappingFileError(msg, problems=(msg,))
        return cls(name=root.name, files={name: _bytes(root, name) for name in names(root)})

    @cached_property
    def digest(self) -> str:
        """SHA-256 over names and contents: what exactly was signed off."""
        return digest([(name, digest_bytes(data)) for name, data in sorted(self.files.items())])

    @cached_property
    def texts(self) -> Mapping[str, str]:
        """The files as text; bytes that are no UTF-8 show as such."""
        return {name: data.decode("utf-8-sig", errors="replace") for name, data in self.files.items()}

    def write(self, parent: Path) -> Path:
        """Write the folder below ``parent``: what is checked then is what was read, whatever happens to the original."""
        root = parent / self.name
        for name, data in self.files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        return root


def names(root: Path) -> list[str]:
    """Names of the files that count, sorted."""
    return sorted(
        path.relative_to(root).as_posix()
        for path in root.rglob("*")
        if path.suffix in SUFFIXES
        and path.is_file()
        and not any(part.startswith(".") for part in path.relative_to(root).parts)
    )


def look(root: Path) -> tuple[tuple[str, int, int], ...]:
    """Names, sizes and times of the files: equal looks mean that nothing was touched, without reading anything."""
    told = []
    for name in names(root):
        found = (root / name).stat()
        told.append((name, found.st_size, found.st_mtime_ns))
    return tuple(told)


def _bytes(root: Path, name: str) -> bytes:
    where = f"{root.name}/{name}"
    try:
        if (root / name).stat().st_size > LARGEST:
            msg = f"{where}:1: tệp quá lớn / file too large (> {LARGEST} bytes)"
            raise MappingFileError(msg, problems=(msg,))
        return (root / name).read_bytes()
    except OSError as error:
        msg = f"{where}:1: không đọc được / cannot be read: {error.strerror}"
        raise MappingFileError(msg, problems=(msg,)) from None
