"""Three keys by which Vietnamese texts are compared, each coarser than the one before (rules §7). Pure.

An accent-free match is never identity: «ma», «má», «mà» and «mã» have one key. It finds; a person decides.
"""

import re
import unicodedata

_BLANKS = re.compile(r"\s+")
_ACUTE_GRAVE_TILDE_HOOK_DOT = "\u0301\u0300\u0303\u0309\u0323"
# The mark on the second letter of oa, oe, uy moves to the first. ă, â, ê carry their shape as a further mark and keep
# the tone: only there it has one place. Dot below sorts before the shape in NFD, so the shape is looked for behind it.
_TONE_ON_SECOND = re.compile(
    rf"(o)([ae])([{_ACUTE_GRAVE_TILDE_HOOK_DOT}])(?![\u0302\u0306])|(u)(y)([{_ACUTE_GRAVE_TILDE_HOOK_DOT}])"
)
_D = str.maketrans({"đ": "d", "ð": "d", "ɖ": "d"})  # Đ and its look-alikes Ð U+00D0, Ɖ U+0189, after casefold


def exact(text: str) -> str:
    """NFC: equal if it is the same text, however its marks were typed."""
    return unicodedata.normalize("NFC", text)


def tone_folded(text: str) -> str:
    """For matching names: case, blanks and the place of the tone in oa, oe, uy do not count (Hóa = Hoá, Thủy = Thuỷ)."""
    spread = unicodedata.normalize("NFD", _one_blank(text).casefold())
    return unicodedata.normalize("NFC", _TONE_ON_SECOND.sub(_to_first, spread))


def accent_free(text: str) -> str:
    """For search: without marks, đ as d, case and blanks do not count. Finds; never identifies."""
    spread = unicodedata.normalize("NFD", text.casefold())
    return _one_blank("".join(letter for letter in spread if not unicodedata.combining(letter)).translate(_D))


def _one_blank(text: str) -> str:
    return _BLANKS.sub(" ", text).strip()


def _to_first(found: re.Match[str]) -> str:
    first, second, tone = (part for part in found.groups() if part)
    return first + tone + second
