"""Markings in file names, by the rows F1-F4 of :mod:`connector.rules.secrecy`. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from connector.rules._levels import (
    BARE_AFTER,
    BARE_BEFORE,
    PARTNERS_AFTER,
    PARTNERS_BEFORE,
    Found,
    Level,
    set_apart,
    words,
)
from connector.text.folded import Folded, fold

_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_PART = re.compile(r"[^\W\d_]+|\d+")
_PAPER = re.compile(
    r"(?:tai lieu|van ban|cong van|bao cao|to trinh|quyet dinh|ke hoach|(?<!\S)(?:cv|bc|qd|kh|tb|\d+))\Z"
)
_ENDINGS = words("pdf doc docx xls xlsx jpg jpeg png mp3 mp4 txt zip rar signed sign scan final copy v ban")


@dataclass(frozen=True)
class _Part:
    """A word or number of a name: as written, in small letters, without marks, and its span in the folded name."""

    written: str
    small: str
    bare: str
    span: tuple[int, int]


def in_name(name: str) -> Iterator[Found]:
    """The markings of a file name."""
    folded = fold(name)
    apart = list(set_apart(folded))
    found = apart or list(_in_parts(list(_parts(folded))))
    yield from ((level, folded.span(*span)) for level, span in found)


def _parts(folded: Folded) -> Iterator[_Part]:
    """Words and numbers; ``BaoCaoMat`` is three words; endings such as ``.signed.pdf`` at the end are left out."""
    spans = [
        (match.start() + start, match.start() + end)
        for match in _PART.finditer(folded.bare)
        for start, end in _humps(match.group())
    ]
    while spans and folded.bare[slice(*spans[-1])].casefold() in _ENDINGS:
        spans.pop()
    for span in spans:
        written = folded.text[slice(*span)]
        yield _Part(written, written.casefold(), folded.bare[slice(*span)].casefold(), span)


def _humps(word: str) -> Iterator[tuple[int, int]]:
    cuts = [0, *(hump.start() for hump in _HUMP.finditer(word)), len(word)]
    yield from pairwise(cuts)


def _in_parts(parts: Sequence[_Part]) -> Iterator[Found]:
    at = 0
    while at < len(parts):
        level, width = _level(parts, at)
        if level is not None:
            yield level, (parts[at].span[0], parts[at + width - 1].span[1])
        at += width


def _level(parts: Sequence[_Part], at: int) -> tuple[Level | None, int]:
    """The level that begins at a part, and how many parts it takes."""
    here, behind = parts[at], parts[at + 1] if at + 1 < len(parts) else None
    if here.bare in {"tuyetmat", "toimat"}:
        return (Level.TUYET_MAT if here.bare == "tuyetmat" else Level.TOI_MAT), 1
    if behind is not None and behind.small in {"mật", "mat"}:
        if here.small in {"tuyệt", "tuyet"}:  # F1
            return Level.TUYET_MAT, 2
        if _is_toi_mat(parts, at):
            return Level.TOI_MAT, 2
    return (Level.MAT if here.small in {"mật", "mat"} and _is_mat(parts, at) else None), 1


def _is_toi_mat(parts: Sequence[_Part], at: int) -> bool:
    """F2; «tôi mất xe» without marks is not one."""
    here, behind = parts[at], parts[at + 1]
    if (here.small, behind.small) == ("tối", "mật"):
        return True
    if (here.small, behind.small) != ("toi", "mat"):
        return False
    shouted = (here.written + behind.written).isupper()
    if at + 2 == len(parts):
        return shouted or len(parts) == 2
    # a stamp set before a name that is not shouted itself
    return shouted and at == 0 and not parts[2].written.isupper()


def _is_mat(parts: Sequence[_Part], at: int) -> bool:
    """F3, F4."""
    here = parts[at]
    before = parts[at - 1] if at else None
    behind = [part for part in parts[at + 1 :] if not part.small.isdecimal()]
    accented = here.small == "mật"
    if before is not None and (
        before.small in PARTNERS_BEFORE or (not accented and before.bare in BARE_BEFORE)
    ):
        return False
    paper = bool(_PAPER.search(" ".join(part.bare for part in parts[:at])))
    if behind:
        goes_on = (
            behind[0].written.isupper()
            or behind[0].small in PARTNERS_AFTER
            or (not accented and behind[0].bare in BARE_AFTER)
        )
        return (paper or at == 0) and here.written.isupper() and not goes_on
    return accented or here.written.isupper() or paper
