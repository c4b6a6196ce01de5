"""To whom the log's sealed values may be opened: the same table as everywhere (:mod:`connector.rules.visibility`). Pure."""

from collections.abc import Mapping

from connector.case import Privacy
from connector.ledger.commitment import Openings
from connector.rules.visibility import Audience, Matter, matters

_EVERYTHING = frozenset(Matter)
_ACTS = frozenset(
    {Matter.PROGRESS, Matter.WORDING, Matter.ANSWER, Matter.OFFICER, Matter.INNER, Matter.PROOF}
)
_FILES = frozenset({Matter.FILES, Matter.ANSWER})

_NEEDS: Mapping[str, frozenset[Matter]] = {
    "act": _ACTS,
    "acts": _ACTS,
    "attachments": _FILES,
    "files": _FILES,
    "header.content": frozenset({Matter.CONTENT}),
    "header.field_name": frozenset({Matter.CONTENT}),
    "header.instruction": frozenset({Matter.WORDING}),
    "header.place": frozenset({Matter.AREA, Matter.POINT}),
    "header.procedure": frozenset({Matter.CONTENT}),
    "header.sender": frozenset({Matter.CONTACT}),
    "header.title": frozenset({Matter.CONTENT}),
}

_FACTS = frozenset(
    {
        "case.changed_at", "case.code", "case.due_at", "case.origin", "case.public_code", "case.ref", "case.system",
        "header.agency", "header.channel", "header.field", "header.nature", "header.privacy", "header.sender_kind",
        "header.submitted_at",
    }
)  # fmt: skip


def needs(name: str) -> frozenset[Matter]:
    """All that one must be allowed to see before a value committed under that name is opened.

    An opening shows its value whole or not at all, so the acts, for example, ask for whatever an act may hold. Fields
    of a portal's own forms, and names of a later version, may hold anything.
    """
    return frozenset({Matter.PROGRESS}) if name in _FACTS else _NEEDS.get(name, _EVERYTHING)


def entitled(found: Mapping[int, Openings], audience: Audience, privacy: Privacy) -> dict[int, Openings]:
    """The openings among these that the audience may have of a case of that privacy, by number of entry."""
    can = matters(audience, privacy)
    shown = {
        seq: {name: opening for name, opening in openings.items() if needs(name) <= can}
        for seq, openings in found.items()
    }
    return {seq: openings for seq, openings in shown.items() if openings}
