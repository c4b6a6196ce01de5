"""Who sees what of a case: the one table that every outlet goes through (rules §3.4, Quy chế Đ7.2, Đ7.3, Đ13). Pure.

A cell of :data:`TABLE` is the widest privacy at which the audience still sees the matter: ``OPEN``: only of open cases;
``PRIVATE``: of private ones too; ``RESTRICTED``: always; ``None``: never. So a case that becomes private or restricted is
seen less by everybody at once, and nothing has to be remembered to make it so.

Outlets with a form of their own (the register's documents, rows of statistics) ask :func:`sees`; a case in canonical form
goes through :func:`shown`. Content that the public may see is redacted besides (:mod:`connector.rules.redaction`).
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from enum import StrEnum
from itertools import takewhile

from connector.case import REGISTER, Act, ActKind, Case, Header, Place, Privacy, Sender
from connector.rules.redaction import redacted, suggestions


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
    CONTENT = "content"  # title, content, instruction
    FILES = "files"  # what the sender or the handling attached; photos
    POINT = "point"  # coordinates: sensitive by Law 91/2025
    AREA = "area"  # where it happened; for the public the administrative unit only
    ANSWER = "answer"  # text and files of the answer
    WORDING = "wording"  # texts of all other acts: reasons, requests, progress
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
_DETAIL_MATTER = {"receipt_sha256": Matter.PROOF, "signer": Matter.OFFICER, "signer_position": Matter.OFFICER}
# details that are facts of the progress; any other may hold words of a person
_FACTS = frozenset(
    {
        "agency", "calendar", "corrects", "decision", "due_at", "from_role", "group", "private", "publishable", "reason_code",
        "restricted", "rule_pack", "rule_watch", "source", "to_agency", "to_role", "unit", "version",
    }
)  # fmt: skip


def sees(audience: Audience, matter: Matter, privacy: Privacy) -> bool:
    """Whether the audience may see that matter of a case of that privacy."""
    widest = TABLE[matter][audience]
    return widest is not None and privacy.rank <= widest.rank


def matters(audience: Audience, privacy: Privacy) -> frozenset[Matter]:
    """All that the audience may see of a case of that privacy."""
    return frozenset(matter for matter in Matter if sees(audience, matter, privacy))


def privacy_of(case: Case) -> Privacy:
    """The privacy in force: by mark or by act, the stricter. Visibility only tightens by itself (invariant 6).

    A hold that a person has released (a note with the decision ``hold_released``) restricts no longer; being taken off
    the system does. A fragment without header proves nothing and counts as restricted.
    """
    if case.header is None:
        return Privacy.RESTRICTED
    private = any(act.kind is ActKind.MADE_PRIVATE for act in case.acts)
    by_act = Privacy.RESTRICTED if _restricted(case.acts) else Privacy.PRIVATE if private else Privacy.OPEN
    return case.header.privacy.strictest(by_act)


def _restricted(acts: Iterable[Act]) -> bool:
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
    privacy = privacy_of(case)
    can = matters(audience, privacy)
    if Matter.PROGRESS not in can:
        return Case(system=case.system, ref=case.ref, code=case.code, origin=case.origin)
    own = _given(case.header) if audience is Audience.PUBLIC else None
    files = {item.id for item in case.attachments if file_matter(item.role) in can}
    acts = (act for act in case.acts if Matter.INNER in can or act.kind not in INNER_ACTS)
    return replace(
        case,
        header=None if case.header is None else _header(case.header, can, own),
        acts=tuple(_act(act, can, files, own) for act in acts),
        attachments=tuple(item for item in case.attachments if item.id in files),
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


_Given = tuple[str | None, ...]


def _given(header: Header | None) -> _Given:
    return () if header is None else given_by(header.sender)


def given_by(sender: Sender) -> _Given:
    """What the sender gave of themselves, to be found again in texts."""
    return (sender.name, sender.organisation, sender.address, sender.email, sender.phone)


def _public(text: str, own: _Given | None) -> str:
    return text if own is None else redacted(text, suggestions(text, own))


def _header(header: Header, can: frozenset[Matter], own: _Given | None) -> Header:
    content = Matter.CONTENT in can
    return replace(
        header,
        title=_public(header.title, own) if content else "",
        content=_public(header.content, own) if content else "",
        instruction=header.instruction if content and own is None else None,
        field_name=header.field_name if content else None,
        sender=header.sender if Matter.CONTACT in can else Sender(),
        place=_place(header.place, can, own),
    )


def _place(place: Place | None, can: frozenset[Matter], own: _Given | None) -> Place | None:
    if place is None or Matter.AREA not in can:
        return None
    if Matter.POINT in can:
        return place
    text = place.text if own is None or place.text is None else area(_public(place.text, own))
    return None if text is None else Place(text=text)


def _act(act: Act, can: frozenset[Matter], files: set[str], own: _Given | None) -> Act:
    words = act_words(act.kind) in can
    return replace(
        act,
        officer=act.officer if Matter.OFFICER in can else None,
        text=_public(act.text, own) if act.text and words else None,
        details=details_shown(act.details, can, words=words and own is None),
        attachments=tuple(name for name in act.attachments if name in files),
    )


def act_words(kind: ActKind) -> Matter:
    """What the text of an act is."""
    return Matter.ANSWER if kind in _ANSWERS else Matter.WORDING


def details_shown(details: Mapping[str, str], can: Collection[Matter], *, words: bool) -> dict[str, str]:
    """Facts of the progress; with ``words`` also those that may hold words of a person; officers and proofs by the table."""
    return {
        name: value
        for name, value in details.items()
        if _DETAIL_MATTER.get(name, Matter.PROGRESS) in can
        and (words or name in _FACTS or name in _DETAIL_MATTER or name.startswith("due."))
    }


def file_matter(role: str) -> Matter:
    """What a file of that role is."""
    return Matter.ANSWER if role == "answer" else Matter.FILES
