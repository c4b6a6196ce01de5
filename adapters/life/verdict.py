"""What the comparison found. No personal data: story numbers, systems, field names, counts."""

from collections import Counter
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Fault(StrEnum):
    """Class of one difference."""

    LOST = "lost"  # a case or act is missing where it must be
    DUPLICATE = "duplicate"  # it is there more often than it happened
    WRONG = "wrong"  # it is there, but says something else
    UNEXPECTED = "unexpected"  # it is there and must not be
    UNPLAYED = "unplayed"  # the script is not at its end: no fault of the exchange


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One difference.

    Attributes:
        system: where it shows.
        ref: the case there, if there is one.
    """

    fault: Fault
    story: int
    plot: str
    system: str
    what: str
    ref: str | None = None


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """The judge's whole finding.

    Attributes:
        cases: stories whose case exists in its system of birth.
        linked: pairs that name each other.
        acts: acts compared one by one, both directions together.
        quarantined: (story number, reason) of the seeded faults that rightly stayed outside the register.
        strangers: cases that belong to no story: told, not judged.
        differences: everything that is not as it must be.
    """

    cases: int
    linked: int
    acts: int
    quarantined: tuple[tuple[int, str], ...]
    strangers: int
    differences: tuple[Difference, ...]

    def of(self, fault: Fault) -> tuple[Difference, ...]:
        """The differences of one class."""
        return tuple(item for item in self.differences if item.fault is fault)

    @property
    def lost(self) -> tuple[Difference, ...]:
        """Cases and acts missing where they must be."""
        return self.of(Fault.LOST)

    @property
    def duplicates(self) -> tuple[Difference, ...]:
        """Cases and acts that are there too often."""
        return self.of(Fault.DUPLICATE)

    @property
    def wrong(self) -> tuple[Difference, ...]:
        """Texts, statuses, files, facts that differ."""
        return self.of(Fault.WRONG)

    @property
    def unexpected(self) -> tuple[Difference, ...]:
        """Cases and data found where they must never be."""
        return self.of(Fault.UNEXPECTED)

    @property
    def converged(self) -> bool:
        """Whether the three systems agree in everything that the stories demand."""
        return not self.differences

    def as_json(self) -> dict[str, Any]:
        """For printing: counts first, then every difference."""
        counts = Counter(item.fault for item in self.differences)
        return {
            "cases": self.cases,
            "linked": self.linked,
            "acts": self.acts,
            "strangers": self.strangers,
            "quarantined": [{"story": number, "reason": reason} for number, reason in self.quarantined],
            **{fault.value: counts[fault] for fault in Fault},
            "converged": self.converged,
            "differences": [asdict(item) for item in self.differences],
        }
