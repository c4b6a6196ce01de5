"""What a story is made of: values only, no I/O and no chance.

A story is the birth of one case and an ordered script of steps. A step may be done when everything that the steps
before it cause is visible where it acts (:mod:`adapters.life.standing` says when that is).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from adapters.life.people import Person
from connector.case import ActKind, Channel, Nature

REGISTER, NATIONAL, GOVERNMENT = "register", "national_portal", "government_portal"
PORTALS = (NATIONAL, GOVERNMENT)
HOME = "000.00.00.H56"
"""The agency all three systems know the province by."""

_TAG = re.compile(r"\(KB (\d+)-(\d+)\)\s*$")


class Expect(StrEnum):
    """What must become of a story's case."""

    SYNCED = "synced"  # on both sides, equal
    LOCAL = "local"  # in the register only, for ever
    QUARANTINE = "quarantine"  # seeded on purpose: seen, kept, shown, never copied


class Actor(StrEnum):
    """Who does a step."""

    CITIZEN = "citizen"
    OFFICIAL = "official"
    OPERATOR = "operator"
    CLOCK = "clock"


@dataclass(frozen=True, kw_only=True)
class StoryFile:
    """A small file of a story, whole."""

    name: str
    media_type: str
    content: bytes = field(repr=False)
    signed: bool = False


@dataclass(frozen=True, kw_only=True)
class Step:
    """One thing that somebody does.

    Attributes:
        system: where it is done.
        kind: the act that it leaves there and, if it travels, on the other side. ``ASSIGNED`` is the hand-over T9
            (leaves ``accepted`` and ``assigned``), a private ``ANSWERED`` leaves ``closed`` as well.
        text: reason, request, report, answer.
        details: ``reason_code``, ``unit``, ``to_agency``, ``publishable``, ``like``, ``due_in_s`` (a due instant so
            many seconds after the step) and the like.
        wait_s: seconds that must have passed since the step before it: what comes after a due instant.
    """

    system: str
    kind: ActKind
    by: Actor
    text: str | None = None
    details: Mapping[str, str] = field(default_factory=dict)
    files: tuple[StoryFile, ...] = ()
    wait_s: float = 0


@dataclass(frozen=True, kw_only=True)
class Story:
    """One case from birth to end.

    Attributes:
        number: unique within the seed; the title ends in the tag that carries both.
        field_code: the register's code of the field.
        birth: the system in which the sender entered it.
        twin: the other system that must come to hold it; None if none may.
        raw: contract fields that overwrite what the birth would say: the seeded faults.
        reason: why a quarantined story is quarantined.
    """

    seed: int
    number: int
    plot: str
    birth: str
    twin: str | None
    expect: Expect
    nature: Nature
    channel: Channel
    sender: Person
    title: str
    content: str
    field_code: str | None = None
    private: bool = False
    files: tuple[StoryFile, ...] = ()
    steps: tuple[Step, ...] = ()
    raw: Mapping[str, str] = field(default_factory=dict)
    reason: str | None = None

    @property
    def key(self) -> tuple[int, int]:
        """What the tag of the title tells."""
        return self.seed, self.number

    @property
    def portal(self) -> str | None:
        """The portal that holds or must hold the case, if one does."""
        return self.twin if self.birth == REGISTER else self.birth


def tagged(title: str, *, seed: int, number: int) -> str:
    """The title with the story's tag at its end."""
    return f"{title} (KB {seed}-{number:05d})"


def tag_of(title: str) -> tuple[int, int] | None:
    """(seed, number) from a title, None if it is nobody's story."""
    found = _TAG.search(title)
    return None if found is None else (int(found[1]), int(found[2]))
