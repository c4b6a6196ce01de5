"""A text made plain for searching, letter by letter, with the way back to the original. Pure.

What people do by accident or to slip through is undone: full-width and decorative letters (NFKC), marks typed in any
order, zero-width and bidi characters, Cyrillic and Greek letters that look like Latin ones. Every character of the
folded text knows where it came from, so that a finding is told in the original's own positions.
"""

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_LOOK_ALIKE = str.maketrans(
    "АВЕКМНОРСТУХІЈЅаеорсухіјѕΑΒΕΖΗΙΚΜΝΟΡΤΥΧοÐƉðɖ",
    "ABEKMHOPCTYXIJSaeopcyxijsABEZHIKMNOPTYXoĐĐđđ",
)
_LINE_ENDS = frozenset("\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029")  # pages and paragraphs end lines as well
_NO_MARKS = {"đ": "d", "Đ": "D"}


@dataclass(frozen=True, kw_only=True)
class Folded:
    """A folded text.

    Attributes:
        text: NFC, visible characters only; one character for a letter with its marks where Unicode has one.
        bare: the same characters without marks and with đ as d; equally long.
        starts, ends: for each character, its span in the original.
    """

    text: str
    bare: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The span in the original of a span (not empty) of the folded text."""
        return self.starts[start], self.ends[end - 1]


_MOST_MARKS = 100


def fold(text: str) -> Folded:
    """Fold a text."""
    alone = list(map(_alone, text))
    letters = [char for char in alone if char is not None]
    if len(letters) == len(alone):  # nearly every text: each letter stands for itself
        return Folded(
            text="".join(letters),
            bare="".join(map(_bare, letters)),
            starts=tuple(range(len(text))),
            ends=tuple(range(1, len(text) + 1)),
        )
    shown: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for start, end in _clusters(text):
        for char in _shown(text[start:end]):
            shown.append(char)
            starts.append(start)
            ends.append(end)
    return Folded(
        text="".join(shown), bare="".join(map(_bare, shown)), starts=tuple(starts), ends=tuple(ends)
    )


# a text has few different letters: each is worked out once, as whole cases are looked through with every step of the flow
@lru_cache(maxsize=8192)
def _shown(cluster: str) -> str:
    # no letter has so many marks, and sorting a hundred thousand of them would take minutes
    visible = "".join(char for char in cluster[:_MOST_MARKS] if not _invisible(char))
    plain = unicodedata.normalize("NFKC", visible.translate(_LOOK_ALIKE))
    return "".join(map(_plain_blank, plain))


@lru_cache(maxsize=8192)
def _alone(char: str) -> str | None:
    """What a letter is shown as that joins no other; None if it joins one, is not shown, or is shown as several."""
    shown = _shown(char)
    return None if _joins(char) or len(shown) != 1 else shown


def _clusters(text: str) -> list[tuple[int, int]]:
    """Spans of a character with what is invisible or combining behind it."""
    spans: list[tuple[int, int]] = []
    start = 0
    for at in range(1, len(text) + 1):
        if at == len(text) or not _joins(text[at]):
            spans.append((start, at))
            start = at
    return spans if text else []


@lru_cache(maxsize=8192)
def _joins(char: str) -> bool:
    return bool(unicodedata.combining(char)) or _invisible(char)


def _invisible(char: str) -> bool:
    # Cf: zero-width, joiners, bidi controls, soft hyphen, byte order mark; Cc: controls but for line ends and tabs
    kind = unicodedata.category(char)
    return kind == "Cf" or char == "\u034f" or (kind == "Cc" and not char.isspace())


def _plain_blank(char: str) -> str:
    if char in _LINE_ENDS:
        return "\n"
    return " " if char.isspace() and char != "\t" else char


@lru_cache(maxsize=8192)
def _bare(char: str) -> str:
    return _NO_MARKS.get(char) or unicodedata.normalize("NFD", char)[0]
