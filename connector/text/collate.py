"""Vietnamese order of words: a ă â b c d đ e ê …, tones only where the letters are equal. Pure.

By code point Đ and Ễ would come after Z. The order of tones is that of the Unicode locale data for Vietnamese: level,
huyền, hỏi, ngã, sắc, nặng.
"""

import unicodedata

_ALPHABET = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_RANK = {letter: number for number, letter in enumerate(_ALPHABET)}
_TONES = {"\u0300": 1, "\u0309": 2, "\u0303": 3, "\u0301": 4, "\u0323": 5}
_LOOK_ALIKE = str.maketrans({"ð": "đ", "ɖ": "đ"})
_DIGIT, _LETTER, _OTHER = 1, 2, 3  # signs and blanks first, then digits, then letters; foreign scripts last

SortKey = tuple[tuple[tuple[int, int], ...], tuple[int, ...], str]


def sort_key(text: str) -> SortKey:
    """Key for ``sorted``: first the letters of the whole text, then its tones, then small before capital."""
    composed = unicodedata.normalize("NFC", text)
    letters: list[tuple[int, int]] = []
    tones: list[int] = []
    for char in composed.casefold().translate(_LOOK_ALIKE):
        letter, tone = _split(char)
        letters += [_primary(part) for part in letter]
        tones.append(tone)
    return tuple(letters), tuple(tones), composed.swapcase()


def _split(char: str) -> tuple[str, int]:
    """A letter without its tone, and the tone."""
    marks = unicodedata.normalize("NFD", char)
    tone = next((_TONES[mark] for mark in marks if mark in _TONES), 0)
    return unicodedata.normalize("NFC", "".join(mark for mark in marks if mark not in _TONES)), tone


def _primary(letter: str) -> tuple[int, int]:
    if letter in _RANK:
        return (_LETTER, _RANK[letter])
    if letter.isdecimal():
        return (_DIGIT, unicodedata.decimal(letter))
    return (_OTHER if letter.isalpha() else 0, ord(letter))
