"""The redaction assistant: what in a text should not be read by everybody, as suggestions for a person. Pure.

Before a case is published, phones, identity numbers, e-mail, bank accounts, plates and the names of third parties go, and
a person confirms (rules §5.1). The assistant marks too much rather than too little: a suggestion costs an official one
look, a published phone number cannot be taken back. It never changes a text by itself; :func:`redacted` applies what it
was given.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from connector.text.folded import fold
from connector.text.keys import accent_free
from connector.text.patterns import CASE_CODE, EMAIL
from connector.text.phone import PhoneProblem, e164, problem


class Kind(StrEnum):
    """What was found."""

    SENDER = "sender"  # what the sender gave of themselves, anywhere in a text
    EMAIL = "email"
    ACCOUNT = "account"
    PLATE = "plate"
    PHONE = "phone"
    IDENTITY = "identity"
    NAME = "name"


PROPOSED = {
    Kind.SENDER: "[người gửi]",
    Kind.EMAIL: "[thư điện tử]",
    Kind.ACCOUNT: "[số tài khoản]",
    Kind.PLATE: "[biển số xe]",
    Kind.PHONE: "[số điện thoại]",
    Kind.IDENTITY: "[số giấy tờ]",
    Kind.NAME: "[họ tên]",
}
"""What stands in the public text instead. Vietnamese, for it stands among Vietnamese words."""


@dataclass(frozen=True, kw_only=True)
class Suggestion:
    """One finding: its kind, its span in the text, and what is proposed instead."""

    kind: Kind
    span: tuple[int, int]

    @property
    def proposed(self) -> str:
        """The words that take its place."""
        return PROPOSED[self.kind]


def suggestions(text: str, own: Iterable[str | None] = ()) -> tuple[Suggestion, ...]:
    """What should be redacted, in order, without overlaps.

    Args:
        text: what is to be published.
        own: what the sender gave of themselves (name, organisation, address …): found again whatever its case, accents
            and blanks, for it is secret on every system (Quy chế Đ7.2).
    """
    told = tuple(own)
    numbers = {e164(item) for item in told} - {None}
    folded = fold(text)
    plain, bare = folded.text, folded.bare
    kept: list[Suggestion] = []
    for finder in (_case_codes, partial(_own, own=told), _emails, _accounts, _plates, _numbers, _names):
        # what is found is taken out of what the next one sees, so findings neither overlap nor grow together
        found = _apart(finder(plain, bare))
        for kind, start, end in found:
            if kind is not None:
                own_number = kind is Kind.PHONE and e164(plain[start:end]) in numbers
                sort = Kind.SENDER if own_number else kind
                kept.append(Suggestion(kind=sort, span=folded.span(start, end)))
        spans = [(start, end) for _, start, end in found]
        plain, bare = _without(plain, spans), _without(bare, spans)
    return tuple(sorted(kept, key=lambda item: item.span))


def identifying(
    *, name: str | None, organisation: str | None, address: str | None, email: str | None, phone: str | None
) -> tuple[str | None, ...]:
    """What identifies a sender, for the argument ``own``. An address without a number is a place where many live."""
    house = address if address and any(char.isdigit() for char in address) else None
    return (name, organisation, house, email, phone)


def redacted(text: str, found: Sequence[Suggestion]) -> str:
    """The text with each suggestion replaced by what it proposes."""
    for item in sorted(found, key=lambda one: one.span, reverse=True):
        text = text[: item.span[0]] + item.proposed + text[item.span[1] :]
    return text


_Finding = tuple[Kind | None, int, int]
_Findings = Iterator[_Finding]


def _apart(findings: _Findings) -> list[_Finding]:
    """In order, without those that begin inside an earlier one."""
    kept: list[_Finding] = []
    for item in sorted(findings, key=lambda one: (one[1], -one[2])):
        if not kept or item[1] >= kept[-1][2]:
            kept.append(item)
    return kept


def _without(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """The text with spans (in order, apart) blotted out; equally long."""
    parts, at = [], 0
    for start, end in spans:
        parts += [text[at:start], "\x00" * (end - start)]
        at = end
    return "".join([*parts, text[at:]])


def _case_codes(text: str, _: str) -> _Findings:
    yield from ((None, *match.span()) for match in CASE_CODE.finditer(text))


def _own(text: str, bare: str, own: Sequence[str | None]) -> _Findings:
    for told in own:
        words = accent_free(told or "").split()
        # one short word is also a word of the language: «Mẫu», «Hoa»
        if sum(map(len, words)) < 4 or (len(words) == 1 and words[0].isalpha()):
            continue
        # an underscore parts words as well: file names are looked at, too
        pattern = r"[\W_]{1,3}".join(map(re.escape, words))
        for match in re.finditer(rf"(?<![^\W_]){pattern}(?![^\W_])", bare, re.IGNORECASE):
            if not _is_place(text, match.start()):
                yield Kind.SENDER, *match.span()


def _emails(text: str, _: str) -> _Findings:
    yield from ((Kind.EMAIL, *match.span()) for match in EMAIL.finditer(text))


# ---- numbers ------------------------------------------------------------------------------------------------

_ACCOUNT = re.compile(
    r"(?<!\w)(?:so tai khoan|tai khoan|stk|so tk|tk|account)\b[^\d\n\]]{0,40}?(\d(?:[ .-]?\d){5,18})(?!\w)",
    re.IGNORECASE,
)
# 36A-123.45, 36-B1 234.56, 36B1-23456, 36LD 123.45, 36A-1234; small letters only in the long form
_PLATE = re.compile(
    r"(?<![\w.,-])[1-9]\d[ -]?(?:[A-Z]{1,2}\d?[ .-]{0,3}(?:\d{3}[. ]?\d{2}|\d{4})|[a-z]{1,2}\d?[ .-]{0,3}\d{3}\.?\d{2})(?![\w-])"
)
_RUN = re.compile(r"(?:\(\+?(?=\d{2,4}\))|\+)?\d(?:[\s().·–-]{0,3}\d){8,}")
_GROUP = re.compile(r"\(?\+?\d+\)?")
_WORD = re.compile(r"\w+")
_MONEY = re.compile(r"\s*(?:dong|d|vnd|trieu|ty|m2|m3|ha|kg|tan)\b", re.IGNORECASE)
_PHONES = frozenset({None, PhoneProblem.OLD_MOBILE})
_ZERO = str.maketrans("oO", "00")  # a letter O for a zero
_SIGNS = str.maketrans("·–", "..")
_MOST_GROUPS = 15
_ACCOUNT_DIGITS = range(14, 20)  # cards and long accounts, without a word before; 13 digits are an instant
# what may be a phone number, by its digits: asking the library for every group of digits would be slow
_PHONE_LIKE = re.compile(r"(?:\+\d{8,15}|(?:00)?84\d{9,10}|0[1-9]\d{8,9})")


def _accounts(_: str, bare: str) -> _Findings:
    yield from ((Kind.ACCOUNT, *match.span(1)) for match in _ACCOUNT.finditer(bare))


def _plates(_: str, bare: str) -> _Findings:
    yield from ((Kind.PLATE, *match.span()) for match in _PLATE.finditer(bare))


def _numbers(text: str, bare: str) -> _Findings:
    """Phones and identity numbers, also where other digits stand right beside them."""
    zeros = _WORD.sub(_zeros, text)
    for run in _RUN.finditer(zeros):
        groups = [group.span() for group in _GROUP.finditer(zeros, run.start(), run.end())]
        at = 0
        while at < len(groups):
            width, kind = _longest(zeros, groups[at : at + _MOST_GROUPS])
            if kind is not None and not _MONEY.match(bare, groups[at + width - 1][1]):
                yield kind, groups[at][0], groups[at + width - 1][1]
            at += width


def _zeros(word: re.Match[str]) -> str:
    """A word with a digit in it, its letters O read as zeros."""
    text = word.group()
    return text.translate(_ZERO) if any(char.isdigit() for char in text) else text


def _longest(text: str, groups: Sequence[tuple[int, int]]) -> tuple[int, Kind | None]:
    """How many groups from the first one make a number, and of which kind; (1, None) if none do."""
    for width in range(len(groups), 0, -1):
        kind = _kind_of(text[groups[0][0] : groups[width - 1][1]].translate(_SIGNS))
        if kind is not None:
            return width, kind
    return 1, None


def _kind_of(number: str) -> Kind | None:
    if _PHONE_LIKE.fullmatch(re.sub(r"[^\d+]", "", number)) and problem(number) in _PHONES:
        return Kind.PHONE
    parts = re.findall(r"\d+", number)
    if len(parts) == 1 and len(parts[0]) in _ACCOUNT_DIGITS:
        return Kind.ACCOUNT
    # 038 000 000 000 is one number, «dài 12 0900000000» two
    one = len(parts) == 1 or max(map(len, parts)) <= 4
    return Kind.IDENTITY if one and sum(map(len, parts)) in {9, 12} else None


# ---- names --------------------------------------------------------------------------------------------------

_CALLED = re.compile(
    r"(?<!\w)(?:ông|bà|anh|chị|cô|chú|bác|thím|dì|cậu|mợ|cụ|em|cháu|thầy|đồng chí|đ/c|cán bộ|công chức|viên chức|bác sĩ|"
    r"y tá|kỹ sư|giáo viên|giám đốc|phó giám đốc|chủ tịch|phó chủ tịch|trưởng phòng|phó phòng|trưởng thôn|công an viên|"
    r"(?:tôi|em|cháu)? ?tên(?: tôi)?(?: là)?|họ (?:và )?tên|người (?:gửi|phản ánh|viết đơn))[ \t]*:?[ \t]+",
    re.IGNORECASE,
)
_NAME_WORD = re.compile(r"([^\W\d_]+)([ \t]+|(?!\w))")
# «đường Bà Triệu», «phố Lê Lợi», «chợ Ông Bình»: a place; «Ông Chủ tịch»: an office
_PLACE_BEFORE = re.compile(
    r"(?:đường|phố|phường|xã|chợ|trường|cầu|ngõ|hẻm|đền|chùa|miếu|thôn|làng|tượng|khu|hồ|núi)\s+\Z",
    re.IGNORECASE,
)
_NO_NAMES = frozenset(
    [
        "chủ", "phó", "giám", "trưởng", "bí", "bộ", "thứ", "ubnd", "hđnd", "sở", "phòng", "ban", "công", "cục", "chi", "trung",
        "văn phòng", "tỉnh", "huyện", "xã", "phường", "thành", "tổ", "thôn", "đội",
    ]
)  # fmt: skip
_MOST_WORDS = 5


def _names(text: str, _: str) -> _Findings:
    """Capitalised words behind a form of address, an office, or «tên là»."""
    for called in _CALLED.finditer(text):
        if called.group()[0].isupper() and _is_place(text, called.start()):
            continue
        end = _name_end(text, called.end())
        if end is not None:
            yield Kind.NAME, called.end(), end


def _is_place(text: str, start: int) -> bool:
    """Whether what begins there is the name of a street, market or school."""
    return _PLACE_BEFORE.search(text[max(0, start - 12) : start]) is not None


def _name_end(text: str, start: int) -> int | None:
    """Where the capitalised words end that begin there; None if there are none, or they name an office."""
    end, at = None, start
    for number in range(_MOST_WORDS):
        word = _NAME_WORD.match(text, at)
        if word is None or not word.group(1)[0].isupper() or word.group(1).casefold() in _NO_NAMES:
            break
        if (
            number
            and word.group(1).isupper()
            and len(word.group(1)) > 1
            and not text[start : start + 2].isupper()
        ):
            break  # «ông Nguyễn Văn Mẫu UBND xã»
        end, at = word.end(1), word.end()
    return end
