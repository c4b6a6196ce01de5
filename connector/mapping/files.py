"""Reading mapping files: TOML with line numbers, CSV tables, and a folder that may shadow another."""

import csv
import hashlib
import io
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from connector.mapping.trouble import FileTrouble, Where

_HEADER = re.compile(r"\s*(\[\[?)([^\[\]]+)\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"\s*([A-Za-z0-9_-]+|\"[^\"]*\"|'[^']*')\s*(?:\.\s*([A-Za-z0-9_-]+)\s*)?=")
_PART = re.compile(r"[A-Za-z0-9_-]+|\"[^\"]*\"|'[^']*'")
_SYNTAX_LINE = re.compile(r"line (\d+)")

TomlPath = tuple[str | int, ...]


@dataclass(frozen=True, kw_only=True)
class Table:
    """A CSV file: its column names, and its rows with their line numbers."""

    where: Where
    columns: tuple[str, ...]
    rows: tuple[tuple[int, Mapping[str, str]], ...]

    def at(self, line: int) -> Where:
        """The place of a row."""
        return Where(file=self.where.file, line=line)


class Document:
    """A parsed TOML file that can tell the line of each of its keys."""

    def __init__(self, data: Mapping[str, Any], file: str, text: str) -> None:
        self.data = data
        self.file = file
        self._lines = _index(text)

    def where(self, *path: str | int) -> Where:
        """The line of a key; of the nearest enclosing one where the key itself stands inside an inline value."""
        for length in range(len(path), 0, -1):
            if path[:length] in self._lines:
                return Where(file=self.file, line=self._lines[path[:length]])
        return Where(file=self.file)


class Source:
    """The mappings folder, and optionally a second one whose files take the place of files of the same name."""

    def __init__(self, root: Path, extra: Path | None, trouble: FileTrouble) -> None:
        self.roots = (root,) if extra is None else (extra, root)
        self.trouble = trouble
        self.read: dict[str, str] = {}

    def find(self, name: str) -> Path | None:
        """The file of that name (relative, with ``/``); the extra folder wins."""
        return next((root / name for root in self.roots if (root / name).is_file()), None)

    def folders(self) -> tuple[str, ...]:
        """Names of the folders that hold a ``mapping.toml``: one a system."""
        return tuple(
            sorted({path.parent.name for root in self.roots for path in root.glob("*/mapping.toml")})
        )

    def names(self, folder: str, suffix: str) -> tuple[str, ...]:
        """Names of the files with that suffix that lie in a folder, whichever root holds them."""
        return tuple(
            sorted(
                {f"{folder}/{path.name}" for root in self.roots for path in root.glob(f"{folder}/*{suffix}")}
            )
        )

    def where(self, name: str) -> Where:
        """How messages name that file: relative to the parent of the folder that it came from."""
        root = next((root for root in self.roots if (root / name).is_file()), self.roots[-1])
        return Where(file=f"{root.name}/{name}")

    def text(self, name: str, wanted_by: Where | None = None) -> str | None:
        """The text of a file, or None after noting why it cannot be had."""
        path = self.find(name)
        where = self.where(name)
        if path is None:
            self.trouble.add(wanted_by or where, f"không tìm thấy tệp / file not found: {where.file}")
            return None
        content = path.read_bytes()
        self.read[name] = hashlib.sha256(content).hexdigest()
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = content[: error.start].count(b"\n") + 1
            self.trouble.add(Where(file=where.file, line=line), "không phải UTF-8 / not UTF-8")
            return None

    def toml(self, name: str) -> Document | None:
        """A TOML file, or None after noting its syntax error."""
        text = self.text(name)
        if text is None:
            return None
        where = self.where(name)
        try:
            return Document(tomllib.loads(text), where.file, text)
        except tomllib.TOMLDecodeError as error:
            found = _SYNTAX_LINE.search(str(error))
            line = int(found[1]) if found else max(1, text.count("\n"))
            self.trouble.add(Where(file=where.file, line=line), f"lỗi cú pháp / syntax error: {error}")
            return None

    def table(self, name: str, wanted_by: Where | None = None) -> Table | None:
        """A CSV file with a header row; blank lines and lines that begin with ``#`` are skipped."""
        text = self.text(name, wanted_by)
        if text is None:
            return None
        where = self.where(name)
        numbered = [
            (number, line)
            for number, line in enumerate(text.splitlines(), start=1)
            if line.strip() and not line.lstrip().startswith("#")
        ]
        if not numbered:
            self.trouble.add(where, "tệp rỗng / empty file")
            return None
        columns = tuple(cell.strip() for cell in _cells(numbered[0][1]))
        rows = []
        for number, line in numbered[1:]:
            cells = [cell.strip() for cell in _cells(line)]
            if len(cells) != len(columns):
                self.trouble.add(
                    Where(file=where.file, line=number),
                    f"{len(cells)} ô, cần {len(columns)} / {len(cells)} cells, expected {len(columns)}",
                )
                continue
            rows.append((number, dict(zip(columns, cells, strict=True))))
        return Table(where=where, columns=columns, rows=tuple(rows))


def _cells(line: str) -> list[str]:
    # One line is one row on purpose: a cell with a line break could not be named by its line.
    return next(csv.reader(io.StringIO(line)))


def _index(text: str) -> dict[TomlPath, int]:
    """Lines of table headers and of keys at the start of a line; later tables of an array get their number."""
    lines: dict[TomlPath, int] = {}
    count: dict[TomlPath, int] = {}
    here: TomlPath = ()
    for number, line in enumerate(text.splitlines(), start=1):
        header = _HEADER.match(line)
        if header and not _KEY.match(line):
            parts = tuple(part.strip("\"'") for part in _PART.findall(header[2]))
            if header[1] == "[[":
                array = (*_numbered(parts[:-1], count), parts[-1])
                count[array] = count.get(array, -1) + 1
                lines.setdefault(array, number)
                here = (*array, count[array])
            else:
                here = _numbered(parts, count)
            lines.setdefault(here, number)
            continue
        key = _KEY.match(line)
        if key:
            parts = tuple(part.strip("\"'") for part in key.groups() if part)
            lines.setdefault((*here, *parts), number)
            lines.setdefault((*here, parts[0]), number)
    return lines


def _numbered(path: tuple[str, ...], count: Mapping[TomlPath, int]) -> TomlPath:
    """Put the current index behind each part that names an array of tables."""
    result: TomlPath = ()
    for part in path:
        result = (*result, part)
        if result in count:
            result = (*result, count[result])
    return result
