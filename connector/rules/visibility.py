"""Who sees what of a case: the one table that every outlet goes through (rules §3.4, Quy chế Đ7.2, Đ7.3, Đ13). Pure.

A cell of :data:`TABLE` is the widest privacy at which the audience still sees the matter: ``OPEN``: only of open cases;
``PRIVATE``: of private ones too; ``RESTRICTED``: always; ``None``: never. So a case that becomes private or restricted is
seen less by everybody at once, and nothing has to be remembered to make it so.

A case in canonical form goes through :func:`shown`; outlets with a form of their own (the register's documents) go member by
member through a :class:`Sight`. Content that the public may see is redacted besides (:mod:`connector.rules.redaction`).
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import takewhile

from connector.case import REGISTER, Act, ActKind, Case, Header, Place, Privacy, Sender
from connector.rules.redaction import identifying, redacted, suggestions


class Audience(StrEnum):
    """Who looks."""

    PUBLIC = "public"
    SENDER = "sender"
    INTAKE = "intake"
    UNIT = "unit"  # the lead unit
    COORDINATOR = "coordinator"
    PEER = "peer"  # another system; what it is told of sender and place, its policy cuts further
    EXPORT = "export"  # screens and files for operators, reports
    LOG = "log"


class Matter(StrEnum):
    """What a case holds, by how it is to be protected."""

    CONTACT = "contact"  # who the sender is, and how to reach them
    CONTENT = "content"  # title, content, the sender's own words
    FILES = "files"  # what the sender or the handling attached; photos
    POINT = "point"  # coordinates: sensitive by Law 91/2025
    AREA = "area"  # where it happened; for the public the administrative unit only
    ANSWER = "answer"  # text and files of the answer
    WORDING = "wording"  # texts of all other acts (reasons, requests, progress), and instructions
    OFFICER = "officer"  # accounts and names of officials; the agency is always named
    INNER = "inner"  # that there is a note, a restriction, an inner step
    PROOF = "proof"  # hash of the receipt: who shows it, proves to be the sender
    PROGRESS = "progress"  # dates, status, group, agencies


_O, _P, _A, _N = Privacy.OPEN, Privacy.PRIVATE, Privacy.RESTRICTED, None
_ORDER = tuple(Audience)

TABLE: Mapping[Matter, Mapping[Audience, Privacy | None]] = {
    matter: dict(zip(_ORDER, row, strict=True))
    for matter, row in {
        #                 public sender intake unit coord peer export log
        Matter.CONTACT:  (_N,    _P,    _A,    _A,  _N,   _P,  _N,    _N),
        Matter.CONTENT:  (_O,    _P,    _A,    _A,  _P,   _P,  _N,    _N),
        Matter.FILES:    (_N,    _P,    _A,    _A,  _P,   _P,  _N,    _N),
        Matter.POINT:    (_N,    _P,    _A,    _A,  _P,   _P,  _N,    _N),
        Matter.AREA:     (_O,    _P,    _A,    _A,  _P,   _P,  _N,    _N),
        Matter.ANSWER:   (_O,    _P,    _A,    _A,  _P,   _P,  _N,    _N),
        Matter.WORDING:  (_N,    _P,    _A,    _A,  _P,   _P,  _N,    _N),
        Matter.OFFICER:  (_N,    _N,    _A,    _A,  _N,   _P,  _A,    _A),
        Matter.INNER:    (_N,    _N,    _A,    _A,  _N,   _N,  _A,    _N),
        Matter.PROOF:    (_N,    _N,    _A,    _A,  _N,   _N,  _N,    _N),
        Matter.PROGRESS: (_P,    _A,    _A,    _A,  _P,   _P,  _A,    _N),
    }.items()
}  # fmt: skip
"""Matter by audience. ``None``: never."""

INNER_ACTS = frozenset({ActKind.NOTE, ActKind.RESTRICTED})
_ANSWERS = frozenset({ActKind.ANSWERED, ActKind.PUBLISHED})
_DETAIL_MATTER = {
    "receipt_sha256": Matter.PROOF,
    "signer": Matter.OFFICER,
    "signer_position": Matter.OFFICER,
    "restricted": Matter.INNER,  # that a case was once held for a suspicion stays inside, also after its release
    "suspected": Matter.INNER,
}
# details that are facts of the progress; any other may hold words of a person
_FACTS = frozenset(
    {
        "agency", "calendar", "corrects", "decision", "due_at", "from_role", "group", "private", "publishable", "reason_code",
        "rule_pack", "rule_watch", "source", "to_agency", "to_role", "unit", "version",
    }
)  # fmt: skip


def sees(audience: Audience, matter: Matter, privacy: Privacy) -> bool:
    """Whether the audience may see that matter of a case of that privacy."""
    widest = TABLE[matter][audience]
    return widest is not None and privacy.rank <= widest.rank


def matters(audience: Audience, privacy: Privacy) -> frozenset[Matter]:
    """All that the audience may see of a case of that privacy."""
    return frozenset(matter for matter in Matter if sees(audience, matter, privacy))


@dataclass(frozen=True, kw_only=True)
class Sight:
    """What one audience sees of one case, for outlets that go through it member by member.

    Attributes:
        can: what may be seen.
        own: for the public, whose texts are redacted: what the sender gave of themselves; None for everybody else.
    """

    can: frozenset[Matter]
    own: tuple[str | None, ...] | None = None

    def words(self, text: str | None, matter: Matter) -> str | None:
        """A text of that matter, or None."""
        if not text or matter not in self.can:
            return None
        return text if self.own is None else redacted(text, suggestions(text, self.own))

    def place(self, text: str | None) -> str | None:
        """The words of a place; for the public its administrative units."""
        words = self.words(text, Matter.AREA)
        return words if self.own is None else area(words)

    def details(self, details: Mapping[str, str], matter: Matter) -> dict[str, str]:
        """Details of an act: facts of the progress; words of persons as its text; officers and proofs by the table."""
        words = matter in self.can and self.own is None
        return {
            name: value
            for name, value in details.items()
            if _DETAIL_MATTER.get(name, Matter.PROGRESS) in self.can
            and (words or name in _FACTS or name in _DETAIL_MATTER or name.startswith("due."))
        }

    def act(self, kind: ActKind) -> bool:
        """Whether the act is seen at all."""
        return Matter.INNER in self.can or kind not in INNER_ACTS


def sight(audience: Audience, privacy: Privacy, own: Iterable[str | None]) -> Sight:
    """What the audience sees of a case of that privacy, whose sender gave that of themselves."""
    public = audience is Audience.PUBLIC
    return Sight(can=matters(audience, privacy), own=tuple(own) if public else None)


def words_of(kind: ActKind) -> Matter:
    """What the text of an act is."""
    return Matter.ANSWER if kind in _ANSWERS else Matter.WORDING


def file_matter(role: str) -> Matter:
    """What a file of that role is."""
    return Matter.ANSWER if role == "answer" else Matter.FILES


def privacy_of(case: Case) -> Privacy:
    """The privacy in force: by mark or by act, the stricter. Visibility only tightens by itself (invariant 6).

    A hold that a person has released (a note with the decision ``hold_released``) restricts no longer; being taken off
    the system does. A fragment without header proves nothing and counts as restricted.
    """
    if case.header is None:
        return Privacy.RESTRICTED
    private = any(act.kind is ActKind.MADE_PRIVATE for act in case.acts)
    by_act = (
        Privacy.RESTRICTED if restricted_by_act(case.acts) else Privacy.PRIVATE if private else Privacy.OPEN
    )
    return case.header.privacy.strictest(by_act)


def restricted_by_act(acts: Iterable[Act]) -> bool:
    """Taken off the system, or held and not released by the register's own official."""
    held = False
    for act in acts:
        if act.kind is ActKind.RESTRICTED:
            if act.details.get("decision") != "hold":
                return True
            held = True
        elif act.kind is ActKind.NOTE and act.details.get("decision") == "hold_released":
            held = held and act.birthplace != REGISTER  # only the register's own official can release
    return held


def shown(case: Case, audience: Audience) -> Case:
    """The case with everything taken away that the audience may not see.

    Where not even the progress may be seen, only its ids are left. Texts for the public are redacted by all that the
    assistant finds; what a person confirmed for publication is kept apart by the register.
    """
    sender = Sender() if case.header is None else case.header.sender
    seen = sight(audience, privacy_of(case), given_by(sender))
    if Matter.PROGRESS not in seen.can:
        return Case(system=case.system, ref=case.ref, code=case.code, origin=case.origin)
    files = {
        item.id: replace(item, file_name=name)
        for item in case.attachments
        if (name := seen.words(item.file_name, file_matter(item.role))) is not None
    }
    return replace(
        case,
        header=None if case.header is None else _header(case.header, seen),
        acts=tuple(_act(act, seen, files) for act in case.acts if seen.act(act.kind)),
        attachments=tuple(files.values()),
    )


def given_by(sender: Sender) -> tuple[str | None, ...]:
    """What the sender gave of themselves, to be found again in texts."""
    return identifying(
        name=sender.name,
        organisation=sender.organisation,
        address=sender.address,
        email=sender.email,
        phone=sender.phone,
    )


def _header(header: Header, seen: Sight) -> Header:
    return replace(
        header,
        title=seen.words(header.title, Matter.CONTENT) or "",
        content=seen.words(header.content, Matter.CONTENT) or "",
        instruction=header.instruction if Matter.WORDING in seen.can else None,
        field_name=seen.words(header.field_name, Matter.CONTENT),
        sender=header.sender if Matter.CONTACT in seen.can else Sender(),
        place=_place(header.place, seen),
    )


def _place(place: Place | None, seen: Sight) -> Place | None:
    if place is None or Matter.AREA not in seen.can:
        return None
    if Matter.POINT in seen.can:
        return place
    text = seen.place(place.text)
    return None if text is None else Place(text=text)


def _act(act: Act, seen: Sight, files: Collection[str]) -> Act:
    matter = words_of(act.kind)
    return replace(
        act,
        officer=act.officer if Matter.OFFICER in seen.can else None,
        text=seen.words(act.text, matter),
        details=seen.details(act.details, matter),
        attachments=tuple(name for name in act.attachments if name in files),
    )


_UNIT = re.compile(
    r"(?<!\w)(?:xã|phường|thị trấn|thị xã|huyện|quận|thành phố|tp\.?|tỉnh)(?:\s+\w+){1,3}", re.IGNORECASE
)
_UNIT_WORDS = re.compile(r"(?:thị trấn|thị xã|thành phố|\S+)", re.IGNORECASE)


def area(text: str | None) -> str | None:
    """The administrative units of a place, without house, street or hamlet: «xã Mẫu, tỉnh Thanh Hóa»; None if none is named."""
    found = [match.group() for match in _UNIT.finditer(unicodedata.normalize("NFC", text or ""))]
    return ", ".join(dict.fromkeys(name for name in map(_unit_name, found) if name)) or None


def _unit_name(text: str) -> str | None:
    """The kind of unit and the capitalised words or number that name it."""
    kind = _UNIT_WORDS.match(text)
    assert kind is not None
    named = list(takewhile(lambda word: word[0].isupper() or word[0].isdigit(), text[kind.end() :].split()))
    return " ".join([kind.group(), *named]) if named else None
