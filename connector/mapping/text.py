"""Text as it enters the canonical form: NFC, no markup, no invisible controls.

The bytes as they came are kept with the observation; nothing here is the evidence.
"""

import html
import re

from connector.nfc import nfc

_TAGS = (
    "a|abbr|applet|article|audio|b|base|bdi|bdo|big|blockquote|body|br|button|caption|center|cite|code|col|dd|del|details|"
    "div|dl|dt|em|embed|font|footer|form|frame|frameset|h[1-6]|head|header|hr|html|i|iframe|img|input|ins|label|li|link|"
    "mark|marquee|math|meta|nav|noscript|object|ol|option|p|picture|pre|q|s|section|select|small|source|span|strike|"
    "strong|sub|sup|svg|table|tbody|td|template|textarea|tfoot|th|thead|title|tr|tt|u|ul|video|o:p"
)
# Only names of real elements count as markup: «x < 5», «a<b5>» or «<xã Mẫu>» are a citizen's words and stay.
# The rest of a tag ends at its «>», which may stand inside quotes; it never runs on into another «<» outside of them,
# or a text of a million opened tags would be searched a million times to its end.
_REST = r"(?:(?:\"[^\"]*\"|'[^']*'|[^<>\"'])*+>|[^<>]*+>)"
# in one pattern: whichever begins first swallows the other, as in a browser
_HIDDEN = re.compile(
    rf"<(script|style)\b{_REST}.*?(?:</\1\s*+>|\Z)|<!--.*?(?:-->|\Z)|<!doctype[^<>]*>|<\?xml[^<>]*>",
    re.IGNORECASE | re.DOTALL,
)
_STRAY_HIDDEN = re.compile(rf"</?(?:script|style)\b{_REST}", re.IGNORECASE)
_BREAK = re.compile(
    rf"<(?:br|hr)\b{_REST}|</(?:p|div|li|tr|h[1-6]|table|ul|ol|blockquote|section|article)\s*+>",
    re.IGNORECASE,
)
_TAG = re.compile(rf"</?(?:{_TAGS})(?:[\s/]{_REST}|>)", re.IGNORECASE)
_BLANKS = re.compile(r"[ \t\u00a0]+")
_EMPTY_LINES = re.compile(r"\n{3,}")
# C0 and C1 controls other than tab and line feed cannot be carried by XML or PostgreSQL; bidi overrides, zero-width
# marks and tag letters can make two texts look alike or hide one. Joiners U+200C/U+200D stay: emoji need them.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f]"
)
_LINE_ENDS = re.compile("\r\n|[\r\u2028\u2029]")

MOST_ROUNDS = 10
"""Nobody escapes a text more often than that in good faith."""


def clean(text: str) -> str:
    """NFC, line ends as LF, no invisible controls, no outer blanks."""
    return nfc(_INVISIBLE.sub("", _LINE_ENDS.sub("\n", text))).strip()


def has_markup(text: str) -> bool:
    """Whether :func:`plain_text` would take markup out of the text."""
    return "<" in text and any(pattern.search(text) for pattern in (_HIDDEN, _STRAY_HIDDEN, _BREAK, _TAG))


def plain_text(text: str) -> str:
    """The words of a text that may hold HTML; scripts, styles and comments go with their content.

    Text without markup comes back as :func:`clean` leaves it. Calling it twice changes nothing more.
    """
    if not has_markup(text):
        return clean(text)
    for _ in range(MOST_ROUNDS):
        if not has_markup(text):
            break
        text = _strip(text)
    else:
        # escaped over and over: nothing that is left may come to life later
        text = text.replace("<", "‹")
    lines = (_BLANKS.sub(" ", line).strip() for line in clean(text).split("\n"))
    return _EMPTY_LINES.sub("\n\n", "\n".join(lines)).strip()


def encodable(text: str) -> bool:
    """False if the text holds half of a surrogate pair, which no wire and no database can carry."""
    return not any("\ud800" <= char <= "\udfff" for char in text)


def _strip(text: str) -> str:
    for hidden in (_HIDDEN, _STRAY_HIDDEN):
        text = hidden.sub("", text)
    return html.unescape(_TAG.sub("", _BREAK.sub("\n", text)))
