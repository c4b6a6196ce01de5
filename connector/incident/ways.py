"""By which ways the log says that a case's data moved, and what each way showed at most. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from connector.case import Privacy
from connector.ledger.kinds import EntryKind
from connector.rules.visibility import Audience, Matter, matters


class Way(StrEnum):
    """How data moved."""

    TOLD = "told"  # a system told it to us
    SENT = "sent"  # we began to write it to another system
    READ = "read"  # an official opened the sender and the content
    PRINTED = "printed"  # a hand-over sheet
    EXPORTED = "exported"  # an evidence file, or sealed values opened in an export of the log


WAYS: Mapping[EntryKind, Way] = {
    EntryKind.OBSERVED: Way.TOLD,
    EntryKind.SENT: Way.SENT,
    EntryKind.SENDER_READ: Way.READ,
    EntryKind.SHEET_PRINTED: Way.PRINTED,
    EntryKind.EVIDENCE_EXPORTED: Way.EXPORTED,
    EntryKind.LOG_EXPORTED: Way.EXPORTED,
}
"""The kinds of entry that tell of data of a case. All others hold codes and numbers alone (:mod:`connector.ledger.guard`)."""


@dataclass(frozen=True, kw_only=True)
class Scope:
    """Which entries are looked at; all conditions must hold.

    Attributes:
        since: the first instant; None: from the beginning, as for a copy of the whole database.
        before: the first instant that is not meant any more.
        systems: only what was told by, or sent to, one of these.
        actor: only what that account did; programs with a token of the account act under its name.
        case_id: only that case.
    """

    since: datetime | None
    before: datetime
    systems: tuple[str, ...] = ()
    actor: str | None = None
    case_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class Touch:
    """All that moved of one case.

    Attributes:
        moved: (kind of entry, audience if the entry names one), each once.
        entries: how many there were.
    """

    case_id: int
    moved: tuple[tuple[EntryKind, str | None], ...]
    entries: int
    first: datetime
    last: datetime

    @property
    def ways(self) -> frozenset[Way]:
        """How it moved."""
        return frozenset(WAYS[kind] for kind, _ in self.moved)

    @property
    def shown(self) -> frozenset[Matter]:
        """All that these ways may have shown. Private cases are taken for the measure: more is never shown of them."""
        return frozenset().union(*(_shown(kind, audience) for kind, audience in self.moved))


def _shown(kind: EntryKind, audience: str | None) -> Iterable[Matter]:
    match WAYS[kind]:
        case Way.TOLD:
            return Matter
        case Way.SENT:
            return matters(Audience.PEER, Privacy.PRIVATE)
        case Way.READ:
            return matters(Audience.UNIT, Privacy.PRIVATE)
        case _:
            if audience is None or audience not in set(Audience):
                return Matter  # an audience that this version does not know may have seen anything
            return matters(Audience(audience), Privacy.PRIVATE)
