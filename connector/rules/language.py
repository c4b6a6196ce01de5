"""Whether a text is Vietnamese, as far as a rule can see (Quy chế Đ7.1). Pure, and advisory only.

It must never mistake a citizen who writes without marks, or who is named in another tongue of the province
(Mường, Thái, Mông, Dao), for a foreigner. So only two things count as "not Vietnamese": a script that is not Latin,
and English that shows itself by its own small words.
"""

import re
import unicodedata

LEAST_WORDS = 4
"""Shorter texts say too little."""

_ENGLISH = frozenset(
    (
        *("and", "are", "because", "been", "could", "every", "for", "from", "has", "have", "is", "of", "our"),
        *(
            "please",
            "should",
            "their",
            "there",
            "these",
            "they",
            "this",
            "those",
            "very",
            "was",
            "we",
            "were",
        ),
        *("when", "where", "which", "who", "will", "with", "would", "your"),
    )
)
"""Only words that are no Vietnamese syllable without its marks: "an", "in", "it", "not", "that", "the", "to" are."""

_MARKED = re.compile("[ăâđêôơưĂÂĐÊÔƠƯ]")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_MOST_ENGLISH = 0.12
"""Share of such words, at least two different ones, from which a text counts as English; a slogan or a shop's name does not."""


def foreign_language(text: str) -> str | None:
    """``en`` or ``other`` for a text that is certainly not Vietnamese, else None."""
    letters = [letter for letter in unicodedata.normalize("NFC", text) if letter.isalpha()]
    if letters and sum(_is_latin(letter) for letter in letters) * 2 < len(letters):
        return "other"
    words = [word.casefold() for word in _WORD.findall(unicodedata.normalize("NFC", text))]
    if len(words) < LEAST_WORDS or _is_marked(text):
        return None
    english = [word for word in words if word.replace("’", "'") in _ENGLISH]
    return "en" if len(english) >= _MOST_ENGLISH * len(words) and len(set(english)) > 1 else None


def _is_latin(letter: str) -> bool:
    return unicodedata.name(letter, "").startswith("LATIN")


def _is_marked(text: str) -> bool:
    """Letters or tone marks that English has not: more than a name's worth of them."""
    plain = unicodedata.normalize("NFD", text)
    tones = sum(unicodedata.combining(letter) > 0 for letter in plain)
    marked = len(_MARKED.findall(unicodedata.normalize("NFC", text)))
    return tones + marked > max(2, len(text) // 25)
