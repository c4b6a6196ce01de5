"""Text as it enters the canonical form: NFC, no markup, no invisible controls.

The bytes as they came are kept with the observation; nothing here is the evidence.
"""

import html
import re
import unicodedata

_TAGS = (
    "a|abbr|article|b|big|blockquote|body|br|button|caption|center|cite|code|col|dd|del|div|dl|dt|em|embed|font|"
    "footer|form|h[1-6]|head|header|hr|html|i|iframe|img|input|ins|label|li|link|mark|meta|nav|object|ol|option|"
    "p|pre|q|s|section|select|small|span|strike|strong|sub|sup|svg|table|tbody|td|textarea|tfoot|th|thead|title|"
    "tr|u|ul|o:p"
)
# Only names of real elements count as markup: «x < 5», «a<b5>» or «<xã Mẫu>» are a citizen's words and stay.
_HIDDEN = re.compile(r"<(script|style)\b[^>]*>.*?(?:</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL)
_STRAY_HIDDEN = re.compile(r"</?(?:script|style)\b[^>]*>", re.IGNORECASE)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)|<!doctype[^>]*>|<\?xml[^>]*>", re.IGNORECASE | re.DOTALL)
_BREAK = re.compile(
    r"<(?:br|hr)\b[^>]*>|</(?:p|div|li|tr|h[1-6]|table|ul|ol|blockquote|section|article)\s*>", re.IGNORECASE
)
_TAG = re.compile(rf"</?(?:{_TAGS})(?:\s[^<>]*)?/?>", re.IGNORECASE)
_BLANKS = re.compile(r"[ \t\u00a0]+")
_EMPTY_LINES = re.compile(r"\n{3,}")
# C0 and C1 controls other than tab and line feed cannot be carried by XML or PostgreSQL; bidi overrides and
# zero-width marks can make two texts look alike. Joiners U+200C/U+200D stay: emoji need them.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]"
)


def clean(text: str) -> str:
    """NFC, line ends as LF, no invisible controls, no outer blanks."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", _INVISIBLE.sub("", plain)).strip()


def has_markup(text: str) -> bool:
    """Whether :func:`plain_text` would take markup out of the text."""
    return any(pattern.search(text) for pattern in (_HIDDEN, _STRAY_HIDDEN, _COMMENT, _BREAK, _TAG))


def plain_text(text: str) -> str:
    """The words of a text that may hold HTML; scripts, styles and comments go with their content.

    Text without markup comes back as :func:`clean` leaves it. Calling it twice changes nothing more.
    """
    if not has_markup(text):
        return clean(text)
    while has_markup(text):
        text = _strip(text)
    lines = (_BLANKS.sub(" ", line).strip() for line in clean(text).split("\n"))
    return _EMPTY_LINES.sub("\n\n", "\n".join(lines)).strip()


def encodable(text: str) -> bool:
    """False if the text holds half of a surrogate pair, which no wire and no database can carry."""
    return not any("\ud800" <= char <= "\udfff" for char in text)


def _strip(text: str) -> str:
    for hidden in (_HIDDEN, _COMMENT, _STRAY_HIDDEN):
        text = hidden.sub("", text)
    return html.unescape(_TAG.sub("", _BREAK.sub("\n", text)))
