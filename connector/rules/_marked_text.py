"""Markings in texts, by the rows S1-S6 of :mod:`connector.rules.secrecy`. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from connector.rules._levels import (
    BARE_AFTER,
    BARE_BEFORE,
    PARTNERS_AFTER,
    PARTNERS_BEFORE,
    Found,
    Level,
    set_apart,
)
from connector.text.folded import Folded, fold

_REACH = 80  # characters on both sides that are looked at
_LEVEL = re.compile(r"(?<![^\W_])(?:(tuyet|toi)[ \t]*[-_.]?[ \t\n]*)?(mat)(?![^\W_])", re.IGNORECASE)
# a piece: between signs, wide gaps, line ends and free dashes; a comma parts words of one piece («MẬT, ĐƯỜNG, SỮA»)
_PIECE_START = re.compile(r"(?:\A|[^\w\s,-]|[_\n\t]|  |[ \n]-|\A-)[ -]*\Z")
_PIECE_END = re.compile(r"[ -]*(?:\Z|[^\w\s,-]|[_\n\t]|  |-[ \n]|-\Z)")
_LINE_START = re.compile(r"(?:\A|\n)[^\w\n]*\Z")
_LINE_END = re.compile(r"[^\w\n]*(?:\Z|\n)")
_OPENING, _CLOSING = re.compile(r"[(\[{]\W*\Z"), re.compile(r"\W*?[)\]}]")
_LABEL = re.compile(r"(?<!\w)độ (?:bảo )?mật(?: của [^:\n]{1,40}:)?[ \t]*[:=.|–—-]*\s*[\"“(\[]?\Z")
_BARE_LABEL = re.compile(r"(?<!\w)do mat[ \t]*:\s*\Z")
_PAPER = re.compile(
    r"(?<!\w)(?:tai lieu|van ban|cong van|ho so|bao cao|to trinh|quyet dinh|ke hoach|chi thi|thong bao|cong dien|phu luc)[ \t]+\Z"
)
_BARE_PAPER = re.compile(r"(?<!\w)(?:tai lieu|van ban|cong van)[ \t]+\Z")
_STAMPED = re.compile(r"(?<!\w)dấu(?: chỉ)?(?: độ)?[ \t]+[\"“(]?\Z")
_WORD_BEFORE = re.compile(r"([^\W\d_]+)[ \t,]*\Z")
_WORD_AFTER = re.compile(r"[ \t,]*([^\W\d_]+)")


def in_text(text: str) -> Iterator[Found]:
    """The markings of a text, in order."""
    folded = fold(text)
    found = [*set_apart(folded), *_words(folded)]
    taken: list[tuple[int, int]] = []
    for level, (start, end) in sorted(found, key=lambda item: item[1]):
        if all(end <= first or start >= last for first, last in taken):
            taken.append((start, end))
            yield level, folded.span(start, end)


@dataclass(frozen=True)
class _Word:
    """A level as it is written, and where."""

    folded: Folded
    start: int
    end: int
    level: Level
    accented: bool

    @property
    def capitals(self) -> bool:
        return self.folded.text[self.start : self.end].isupper()


def _words(folded: Folded) -> Iterator[Found]:
    for match in _LEVEL.finditer(folded.bare):
        word = _word(folded, match)
        if word is not None and _is_marking(word):
            yield word.level, (word.start, word.end)


def _word(folded: Folded, match: re.Match[str]) -> _Word | None:
    """The level that is written there; None for mất, mắt, mặt. A first word that is no «tối» or «tuyệt» is no part of it."""
    start, end = match.span(2)
    written = folded.text[start:end].casefold()
    if written not in {"mật", "mat"}:
        return None
    first = folded.text[slice(*match.span(1))].casefold() if match.group(1) else ""
    known = {"tuyệt": Level.TUYET_MAT, "tối": Level.TOI_MAT}
    if written == "mat":
        known = {"tuyet": Level.TUYET_MAT, "toi": Level.TOI_MAT}
    level = known.get(first, Level.MAT)
    start = match.start() if level is not Level.MAT else start
    return _Word(folded, start, end, level, written == "mật")


def _is_marking(word: _Word) -> bool:
    if word.level is Level.MAT and _ordinary(word):
        return False
    if not word.accented and word.level is not Level.TUYET_MAT:
        return _is_bare_marking(word)
    if word.capitals and word.level is not Level.MAT:  # S4
        return True
    before = word.folded.text[max(0, word.start - _REACH) : word.start].casefold()
    if _LABEL.search(before) or _STAMPED.search(before) or _alone(word):  # S1, S5, S2
        return True
    if _PAPER.search(_before(word)):  # S5
        return word.level is not Level.MAT or _title_case(word)
    return word.capitals and not any(_shouted(near) for near in _neighbours(word))  # S3


def _is_bare_marking(word: _Word) -> bool:
    before, after = _before(word), _after(word)
    ends = _PIECE_END.match(after)
    if ends and _BARE_LABEL.search(before):
        return True
    return word.capitals and bool(_fills(before, after) or (ends and _BARE_PAPER.search(before)))


def _ordinary(word: _Word) -> bool:
    """Whether a neighbour makes it a word of ordinary speech."""
    first, last = (near.casefold() for near in _neighbours(word))
    if word.accented:
        return first in PARTNERS_BEFORE or last in PARTNERS_AFTER
    return first in BARE_BEFORE or last in BARE_AFTER


def _alone(word: _Word) -> bool:
    before, after = _before(word), _after(word)
    if word.capitals and _PIECE_START.search(before) and _PIECE_END.match(after):
        return True
    return _fills(before, after) and (word.level is not Level.MAT or _title_case(word))


def _fills(before: str, after: str) -> bool:
    """Whether it fills a line or a bracket."""
    fills_line = _LINE_START.search(before) and _LINE_END.match(after)
    return bool(fills_line or (_OPENING.search(before) and _CLOSING.match(after)))


def _before(word: _Word) -> str:
    return word.folded.bare[max(0, word.start - _REACH) : word.start].casefold()


def _after(word: _Word) -> str:
    return word.folded.bare[word.end : word.end + _REACH].casefold()


def _neighbours(word: _Word) -> tuple[str, str]:
    """The words right before and behind, with their marks; nothing if a sign other than a comma stands between."""
    text = word.folded.text
    first = _WORD_BEFORE.search(text[max(0, word.start - _REACH) : word.start])
    last = _WORD_AFTER.match(text, word.end)
    return first.group(1) if first else "", last.group(1) if last else ""


def _title_case(word: _Word) -> bool:
    return word.folded.text[word.start].isupper()


def _shouted(word: str) -> bool:
    return len(word) > 1 and word.isupper()
