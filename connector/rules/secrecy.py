"""The tripwire: markings of state secrecy in a case's texts and file names (Quy chế Đ13.2, R25; rules §5.3). Pure.

A finding is never a decision: it holds the case before any outbound copy, and a person decides. So the tripwire looks
for *markings*, the way a stamp or a form writes the level, and leaves the words of ordinary speech alone.

In texts, a level (MẬT, TỐI MẬT, TUYỆT MẬT) is a marking if

====  ===========================================================================================================
S1    a label announces it: «Độ mật: Mật», «Mức độ mật – tuyệt mật»
S2    it fills a line, a bracket, or a piece between separators by itself: a stamp line, «(MẬT)», «… – TỐI MẬT»
S3    it stands in capitals among words that are not: «Kính gửi MẬT theo công văn»
S4    it is TUYỆT MẬT or TỐI MẬT in capitals, wherever it stands
S5    a document carries it: «TÀI LIỆU MẬT», «văn bản tuyệt mật», «đóng dấu mật»
S6    its letters are set apart: «M Ậ T», «T.U.Y.Ệ.T M.Ậ.T»
====  ===========================================================================================================

Not: «bí mật», «bảo mật», «mật ong», «MẬT ĐỘ XE QUÁ LỚN». Without diacritics «mat» is mostly mắt, mất or mặt, «toi mat» is *tôi
mất*, «ho so mat» a lost file: MAT and TOI MAT then count in capitals only, alone in a line or bracket, or at the end behind
a label with its colon or behind a kind of paper.

In file names words are split at signs and at capitals, and endings such as ``.signed.pdf`` do not count:

====  ===========================================================================================================
F1    TUYỆT MẬT, in any writing: ``Bao_cao_TUYET_MAT.pdf``, ``BaoCaoTuyetMat.docx``
F2    TỐI MẬT with its marks; without them in capitals at the end, or before a name in small letters
      (``TOI_MAT-bao-cao.pdf``), or as the whole name
F3    «mật» with its marks as the last word: ``12-MẬT.pdf``
F4    MAT in capitals as the last word, or before a name in small letters; in any writing behind a kind of paper or a
      number: ``12-MAT.signed.pdf``, ``MAT-bien-ban.pdf``, ``cong-van-mat.pdf``; ``mat_duong.jpg`` is a road surface
====  ===========================================================================================================

Document numbers are no ground: no rule gives secret papers a number of their own form.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from connector.case import Case
from connector.rules._levels import Level
from connector.rules._marked_name import in_name
from connector.rules._marked_text import in_text

__all__ = ["FILE_PLACE", "Level", "Marking", "markings", "of_case", "texts"]

FILE_PLACE = "file/"
"""Places of file names begin so; they are read by the rules for file names."""


@dataclass(frozen=True, kw_only=True)
class Marking:
    """A marking: where, which level, and its span in the text there. It never repeats the text."""

    place: str
    level: Level
    span: tuple[int, int]


def markings(texts: Iterable[tuple[str, str]]) -> tuple[Marking, ...]:
    """Markings in (place, text) pairs, in order. A place that begins with ``file/`` holds a file name."""
    return tuple(
        Marking(place=place, level=level, span=span)
        for place, text in texts
        for level, span in (in_name(text) if place.startswith(FILE_PLACE) else in_text(text))
    )


def of_case(case: Case) -> tuple[Marking, ...]:
    """Markings in the header, the acts with their details, and the file names of a case."""
    return markings(texts(case))


def texts(case: Case) -> Iterator[tuple[str, str]]:
    """Every (place, text) in which :func:`of_case` looks."""
    if case.header is not None:
        yield "title", case.header.title
        yield "content", case.header.content
        yield "instruction", case.header.instruction or ""
        yield "place", (case.header.place.text or "") if case.header.place else ""
    for act in case.acts:
        yield f"act/{act.id}", act.text or ""
        for value in act.details.values():
            yield f"act/{act.id}", value
    for item in case.attachments:
        yield f"{FILE_PLACE}{item.id}", item.file_name
