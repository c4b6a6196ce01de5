"""Which of the four groups of Điều 11 a case seems to belong to, and why. Pure; it proposes, a person decides (R16).

What a rule can see is little: what is missing, what is out of scope by date, a language, words that sound like a
denunciation. So a proposal carries its reasons, each with its article, and nothing follows from it by itself but one
thing: while a denunciation is suspected and nobody has decided, the case is held (R04).
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

from connector.case import Nature, Sender
from connector.rules.language import foreign_language


class Group(IntEnum):
    """Exactly four (Đ11)."""

    REFUSE = 1  # not accepted, with reasons
    SUPPLEMENT = 2  # the sender has to add something
    TRANSFER = 3  # another agency's business
    HANDLE = 4  # handed to a unit


class Reason(StrEnum):
    """Why a group is proposed. The order is that of weight: what comes first decides the proposal."""

    OUTSIDE_SCOPE = "outside_scope"
    DENUNCIATION_WORDS = "denunciation_words"
    COMPLAINT_WORDS = "complaint_words"
    NOT_VIETNAMESE = "not_vietnamese"
    FIELD_NOT_TAKEN = "field_not_taken"
    NAME_MISSING = "name_missing"
    PHONE_MISSING = "phone_missing"
    ADDRESS_MISSING = "address_missing"
    CONTENT_THIN = "content_thin"
    OTHER_AGENCY = "other_agency"


BASIS: Mapping[Reason, str] = {
    Reason.OUTSIDE_SCOPE: "Quy chế Đ1.2",
    Reason.DENUNCIATION_WORDS: "Quy chế Đ1.2",
    Reason.COMPLAINT_WORDS: "Quy chế Đ1.2",
    Reason.NOT_VIETNAMESE: "Quy chế Đ7.1",
    Reason.FIELD_NOT_TAKEN: "Quy chế Đ5",
    Reason.NAME_MISSING: "Quy chế Đ7.2",
    Reason.PHONE_MISSING: "Quy chế Đ7.2",
    Reason.ADDRESS_MISSING: "NĐ 20/2008/NĐ-CP Đ7",
    Reason.CONTENT_THIN: "Quy chế Đ7.3",
    Reason.OTHER_AGENCY: "Quy chế Đ12.3",
}
"""Article behind each reason."""

_GROUP: Mapping[Reason, Group | None] = {
    Reason.OUTSIDE_SCOPE: Group.REFUSE,
    Reason.DENUNCIATION_WORDS: None,  # a flag only: words are no denunciation until a person says so
    Reason.COMPLAINT_WORDS: None,
    Reason.NOT_VIETNAMESE: Group.REFUSE,
    Reason.FIELD_NOT_TAKEN: Group.REFUSE,
    Reason.NAME_MISSING: Group.SUPPLEMENT,
    Reason.PHONE_MISSING: Group.SUPPLEMENT,
    Reason.ADDRESS_MISSING: Group.SUPPLEMENT,
    Reason.CONTENT_THIN: Group.SUPPLEMENT,
    Reason.OTHER_AGENCY: Group.TRANSFER,
}

OUTSIDE: frozenset[Nature] = frozenset({Nature.COMPLAINT, Nature.DENUNCIATION, Nature.LEGAL_ADVICE})
"""Natures that the Quy chế does not cover (Đ1.2)."""

LEAST_LETTERS = 10
"""A content with fewer letters cannot be clear (Đ7.3)."""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What is known of a case before anybody has classified it.

    Attributes:
        field_taken: the field was among those taken on the day of receipt; True without a field.
        contact_required: whether the governing pack wants name and phone (Đ7.2); a portal's sender logged in there.
        custodian: name of the agency that holds the case.
        agencies: code of every other agency that is active today, by its name.
    """

    title: str
    content: str
    nature: Nature
    sender: Sender
    field_taken: bool = True
    contact_required: bool = True
    custodian: str = ""
    agencies: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """What the rules propose.

    Attributes:
        group: None: a person has to look before any group can be proposed (a suspected denunciation).
        reasons: by weight; empty for group 4.
        to_agency: candidate for group 3.
    """

    group: Group | None
    reasons: tuple[Reason, ...] = ()
    to_agency: str | None = None


def propose(facts: Facts) -> Proposal:
    """The proposed group with its reasons. Never a decision."""
    named = _other_agency(facts)
    found = {
        Reason.OUTSIDE_SCOPE: facts.nature in OUTSIDE,
        Reason.DENUNCIATION_WORDS: sounds_like_denunciation(facts.title, facts.content),
        Reason.COMPLAINT_WORDS: _says(_COMPLAINT, facts.title, facts.content),
        Reason.NOT_VIETNAMESE: foreign_language(facts.content) is not None,
        Reason.FIELD_NOT_TAKEN: not facts.field_taken,
        **_missing(facts),
        Reason.CONTENT_THIN: sum(letter.isalpha() for letter in facts.content) < LEAST_LETTERS,
        Reason.OTHER_AGENCY: named is not None,
    }
    reasons = tuple(reason for reason in Reason if found[reason])
    if Reason.DENUNCIATION_WORDS in reasons and facts.nature not in OUTSIDE:
        return Proposal(group=None, reasons=reasons, to_agency=named)
    group = next((group for reason in reasons if (group := _GROUP[reason])), Group.HANDLE)
    return Proposal(group=group, reasons=reasons, to_agency=named)


def sounds_like_denunciation(*texts: str) -> bool:
    """Words of a denunciation (tố cáo), with marks or without. A flag, never a finding (R04)."""
    return _says(_DENUNCIATION, *texts)


def _plain(text: str) -> str:
    """Lower case, without marks: people leave them out."""
    bare = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return "".join(letter for letter in bare if not unicodedata.combining(letter))


_SUBJECT = "(?:tôi|chúng tôi|em|con|cháu|gia đình(?: tôi)?|người dân|bà con|nhân dân|tập thể)"
_DENUNCIATION = re.compile(
    rf"\b(?:đơn (?:thư )?tố cáo|(?:xin|làm đơn|viết đơn|gửi đơn|đứng ra|muốn)(?: được)? tố cáo"
    rf"|{_SUBJECT}(?: \w+){{0,3}} tố cáo|tố cáo (?:ông|bà|anh|chị|cán bộ|việc|hành vi|lãnh đạo|chủ tịch|bí thư|một|các|những))\b"
)
_COMPLAINT = re.compile(
    rf"\b(?:đơn (?:thư )?khiếu nại|(?:xin|làm đơn|viết đơn|gửi đơn|muốn)(?: được)? khiếu nại"
    rf"|{_SUBJECT}(?: \w+){{0,2}} khiếu nại|khiếu nại (?:quyết định|việc|hành vi|ông|bà))\b"
)


_BARE: Mapping[re.Pattern[str], re.Pattern[str]] = {
    # "to cao" is also "big and tall": without marks only what a tree cannot be
    _DENUNCIATION: re.compile(
        r"\b(?:don (?:thu )?to cao|(?:chung )?toi (?:xin |muon )?to cao"
        r"|to cao (?:ong|can bo|hanh vi|lanh dao|chu tich|bi thu))\b"
    ),
    _COMPLAINT: re.compile(_plain(_COMPLAINT.pattern)),
}
"""The same for texts that are written without any marks."""


def _says(pattern: re.Pattern[str], *texts: str) -> bool:
    for text in texts:
        spaced = " ".join(unicodedata.normalize("NFC", text).casefold().split())
        wanted = _BARE[pattern] if spaced == _plain(spaced) else pattern
        if wanted.search(spaced):
            return True
    return False


def _missing(facts: Facts) -> dict[Reason, bool]:
    sender, wanted = facts.sender, facts.contact_required
    return {
        Reason.NAME_MISSING: wanted and not _given(sender.name, sender.organisation),
        Reason.PHONE_MISSING: wanted and not _given(sender.phone),
        Reason.ADDRESS_MISSING: facts.nature is Nature.REGULATION and not _given(sender.address),
    }


def _given(*values: str | None) -> bool:
    return any((value or "").strip() for value in values)


def _other_agency(facts: Facts) -> str | None:
    """The one other agency that the text names, if it names the present one nowhere. People write names with or without marks."""
    text = _plain(f"{facts.title} {facts.content}")
    if facts.custodian and _names(text, facts.custodian):
        return None
    named = {code for name, code in facts.agencies.items() if _names(text, name)}
    return next(iter(named)) if len(named) == 1 else None


def _names(text: str, name: str) -> bool:
    wanted = _plain(name.partition("(")[0].strip())
    return bool(wanted) and re.search(rf"\b{re.escape(wanted)}\b", text) is not None
