"""Text in an encoding from before Unicode, read as Latin-1: noticed and a conversion offered, never done silently. Pure.

TCVN3 (ABC fonts, TCVN 5712:1993 VN3): «phường xã» arrives as ``ph­êng x·``. VNI (VNI-Times): as ``phöôøng xaõ``. Both
are recognised by what reading them the other way brings: words that are no Vietnamese syllables become ones. A foreign
name or a French word does not become one, so it is left alone (rules §7).
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Encoding(StrEnum):
    """What the text seems to be written in."""

    TCVN3 = "tcvn3"
    VNI = "vni"


@dataclass(frozen=True, kw_only=True)
class Legacy:
    """The finding: the encoding, and the text as it would read; for a person to look at."""

    encoding: Encoding
    proposed: str


def _table(code: str, letters: str) -> dict[str, str]:
    return dict(zip(code.split(), letters.split(), strict=True))


_TCVN3 = _table(
    "µ ¸ ¶ · ¹ ¨ » ¾ ¼ ½ Æ © Ç Ê È É Ë ® Ì Ð Î Ï Ñ ª Ò Õ Ó Ô Ö × Ý Ø Ü Þ ß ã á â ä « å è æ ç é ¬ ê í ë ì î ï ó ñ ò ô "
    "\u00ad õ ø ö ÷ ù ú ý û ü þ ¡ ¢ £ ¤ ¥ ¦ §",
    "à á ả ã ạ ă ằ ắ ẳ ẵ ặ â ầ ấ ẩ ẫ ậ đ è é ẻ ẽ ẹ ê ề ế ể ễ ệ ì í ỉ ĩ ị ò ó ỏ õ ọ ô ồ ố ổ ỗ ộ ơ ờ ớ ở ỡ ợ ù ú ủ ũ ụ "
    "ư ừ ứ ử ữ ự ỳ ý ỷ ỹ ỵ Ă Â Ê Ô Ơ Ư Đ",
)
_VNI_TONE = {"ø": "\u0300", "ù": "\u0301", "û": "\u0309", "õ": "\u0303", "ï": "\u0323"}
_VNI_BREVE = {"ê": "", "è": "\u0300", "é": "\u0301", "ú": "\u0309", "ü": "\u0303", "ë": "\u0323"}
_VNI_HAT = {"â": "", "à": "\u0300", "á": "\u0301", "å": "\u0309", "ã": "\u0303", "ä": "\u0323"}
_VNI_ALONE = {"ô": "ơ", "ö": "ư", "ñ": "đ", "æ": "ỉ", "ó": "ĩ", "ò": "ị", "î": "ỵ"}


def _vni() -> dict[str, str]:
    pairs = {base + sign: base + mark for base in "aeouyôö" for sign, mark in _VNI_TONE.items()}
    pairs |= {"a" + sign: "a\u0306" + mark for sign, mark in _VNI_BREVE.items()}
    pairs |= {base + sign: base + "\u0302" + mark for base in "aeo" for sign, mark in _VNI_HAT.items()}
    pairs = {code: letter.replace("ô", "ơ").replace("ö", "ư") for code, letter in pairs.items()} | _VNI_ALONE
    small = {code: unicodedata.normalize("NFC", letter) for code, letter in pairs.items()}
    capital = {code.upper(): letter.upper() for code, letter in small.items()}
    mixed = {code[0].upper() + code[1:]: letter.upper() for code, letter in small.items() if len(code) == 2}
    return small | capital | mixed


_TABLES: Mapping[Encoding, Mapping[str, str]] = {Encoding.TCVN3: _TCVN3, Encoding.VNI: _vni()}
_CODES: Mapping[Encoding, re.Pattern[str]] = {
    encoding: re.compile("|".join(sorted(map(re.escape, table), key=len, reverse=True)))
    for encoding, table in _TABLES.items()
}
# letters of any kind, and the signs that stand for letters in TCVN3; a pure sign is no word
_WORD = re.compile(
    r"[A-Za-z\u00a1-\u024f\u1ea0-\u1ef9]*[A-Za-z\u00c0-\u024f\u1ea0-\u1ef9][A-Za-z\u00a1-\u024f\u1ea0-\u1ef9]*"
)
_SYLLABLE = re.compile(
    r"(?:ngh|ng|nh|gh|gi|kh|ph|qu|th|tr|ch|[bcdđghklmnpqrstvx])?"
    r"(?:iêu|yêu|uôi|ươi|ươu|oai|oay|oeo|uây|uya|uyu|uyê|iê|yê|uô|ươ|oa|oă|oe|uâ|uê|uy|uơ|ai|ao|au|ay|âu|ây|eo|êu|ia|iu|"
    r"oi|ôi|ơi|ua|ui|ưa|ưi|ưu|[aăâeêioôơuưy])"
    r"(?:ch|ng|nh|[cmnpt])?"
)
_TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")


def detect(text: str) -> Legacy | None:
    """What encoding the text seems to be in; None if it reads well as it is, or no better the other way."""
    words = set(_WORD.findall(text))
    found = {encoding: _gain(words, encoding) for encoding in Encoding}
    best = max(Encoding, key=lambda encoding: found[encoding])
    return Legacy(encoding=best, proposed=convert(text, best)) if found[best] > 0 else None


def convert(text: str, encoding: Encoding) -> str:
    """The text read by that encoding. Only ever shown beside the original."""
    table = _TABLES[encoding]
    return _CODES[encoding].sub(lambda code: table[code.group()], text)


def _gain(words: set[str], encoding: Encoding) -> int:
    """How many more different words become syllables than stop being ones; 0 unless nearly all that change fit."""
    changed = [(word, convert(word, encoding)) for word in words]
    changed = [(before, after) for before, after in changed if before != after]
    better = [before for before, after in changed if _is_syllable(after) and not _is_syllable(before)]
    worse = [before for before, after in changed if _is_syllable(before) and not _is_syllable(after)]
    fits = sum(_is_syllable(after) for _, after in changed)
    telling = len(better) > 1 or any(len(word) > 2 for word in better)
    return len(better) - len(worse) if telling and fits * 10 >= len(changed) * 8 else 0


def _is_syllable(word: str) -> bool:
    marks = unicodedata.normalize("NFD", word.lower())
    tones = sum(mark in _TONES for mark in marks)
    plain = unicodedata.normalize("NFC", "".join(mark for mark in marks if mark not in _TONES))
    return tones <= 1 and _SYLLABLE.fullmatch(plain) is not None
