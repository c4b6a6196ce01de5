"""Where things went wrong: collectors for problems in mapping files and in records.

Both collect everything before they raise: an official corrects a file once, not once per line.
"""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from connector.errors import MappingFileError, Unmapped, UserError
from connector.text.keys import accent_free

_CODE_LIKE = re.compile(r"[\w.:/+~-]{1,64}\Z")
_PHONE_LIKE = re.compile(
    r"(?:\+|00?)\d{8,12}\Z"
)  # a phone or an identity number that slipped into a code field


@dataclass(frozen=True, kw_only=True)
class Where:
    """A line of a mapping file; the path is shown relative to the parent of the mappings folder."""

    file: str
    line: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass
class FileTrouble:
    """All problems of all files of one kind; ``error`` is what they are raised as, ``kind`` its (vi, en) name."""

    error: type[UserError] = MappingFileError
    kind: tuple[str, str] = ("tệp ánh xạ", "the mapping files")
    problems: list[tuple[str, int, str]] = field(default_factory=list)

    def add(self, where: Where, text: str) -> None:
        """Remember one problem; the same one twice counts once."""
        item = (where.file, where.line, text)
        if item not in self.problems:
            self.problems.append(item)

    def raise_if_any(self) -> None:
        """Raise ``error`` with every problem, in order of file and line."""
        if self.problems:
            lines = tuple(f"{file}:{line}: {text}" for file, line, text in sorted(self.problems))
            msg = f"{len(lines)} lỗi trong {self.kind[0]} / {len(lines)} problem(s) in {self.kind[1]}"
            raise self.error(msg, problems=lines)


@dataclass
class Trouble:
    """All problems of one record or one intent. Texts name fields and codes, never content."""

    problems: list[str] = field(default_factory=list)
    candidates: list[str] = field(default_factory=list)

    def add(self, where: str, text: str, candidates: Iterable[str] = ()) -> None:
        """Remember one problem at a field, with the nearest known values."""
        line = f"{where}: {text}"
        if line not in self.problems:
            self.problems.append(line)
        self.candidates += [item for item in candidates if item not in self.candidates]

    def raise_if_any(self, *, system: str, ref: str | None) -> None:
        """Raise :class:`Unmapped` with every problem and candidate."""
        if self.problems:
            msg = f"{system} {shown(ref or '-')}: " + "; ".join(self.problems)
            raise Unmapped(
                msg,
                candidates=tuple(self.candidates),
                problems=tuple(self.problems),
                system=system,
                ref=shown(ref or "-"),
            )


def shown(value: object) -> str:
    """A code as a message may show it: what does not look like a code might be a person's data, so only its length."""
    text = str(value)
    if _CODE_LIKE.match(text) and not _PHONE_LIKE.match(text):
        return text
    return f"‹{len(text)} ký tự/characters›"


def nearest(wanted: str, known: Iterable[tuple[str, str]], count: int = 3) -> tuple[str, ...]:
    """The known (code, label) pairs most like what was asked for, best first, as ``code (label)``; marks do not count."""
    asked = accent_free(wanted)

    def likeness(pair: tuple[str, str]) -> float:
        return max(difflib.SequenceMatcher(None, asked, accent_free(part)).ratio() for part in pair if part)

    usable = [pair for pair in dict.fromkeys(known) if any(pair)]
    best = sorted(usable, key=lambda pair: (-likeness(pair), pair))[:count]
    return tuple(f"{code} ({label})" if label else code for code, label in best)
