"""All rule files together: calendars, packs, which channel follows which, and the agencies' own steps."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from connector.case import Channel
from connector.rules.calendar import Calendar
from connector.rules.duty import Duty
from connector.rules.pack import Assignments, InnerStep, Pin, RulePack, Status
from connector.rules.reading import read


@dataclass(frozen=True, kw_only=True)
class RuleBook:
    """What :meth:`load` read: every version that is on disk, because old cases name old versions.

    An empty book still reads clocks, without their articles: the due days stand in the acts.

    Attributes:
        calendars: by version, oldest first.
        packs: by ref (``TH-2020/1``).
        inner: agencies' own terms by (agency, duty).
    """

    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    packs: Mapping[str, RulePack] = field(default_factory=dict)
    assignments: Assignments = field(default_factory=dict)
    inner: Mapping[tuple[str, Duty], InnerStep] = field(default_factory=dict)

    @classmethod
    def load(cls, root: Path, extra: Path | None = None) -> "RuleBook":
        """Read and check all rule files of a mappings folder; files in ``extra`` shadow those of the same name.

        Raises:
            RuleFileError: with every problem, each with file and line.
        """
        calendars, packs, assignments, inner = read(root, extra)
        return cls(calendars=calendars, packs=packs, assignments=assignments, inner=inner)

    @property
    def calendar(self) -> Calendar:
        """The newest calendar: it governs what is computed now."""
        return list(self.calendars.values())[-1]

    def calendar_of(self, version: str) -> Calendar:
        """A calendar by its version.

        Raises:
            KeyError: no such file.
        """
        return self.calendars[version]

    def pack(self, ref: str) -> RulePack:
        """A pack by its ref.

        Raises:
            KeyError: no such file.
        """
        return self.packs[ref]

    def newest(self, name: str) -> RulePack:
        """A pack by its ref, or the newest version of a pack by its id.

        Raises:
            KeyError: no such pack.
        """
        versions = [pack for pack in self.packs.values() if name in {pack.id, pack.ref}]
        if not versions:
            raise KeyError(name)
        return max(versions, key=lambda pack: pack.version)

    def pin(self, channel: Channel, received_on: date) -> Pin:
        """What a case of that channel, received on that day, is pinned to (R01)."""
        row = self.assignments[channel]
        governs = next(filter(None, (self._of_day(name, received_on) for name in row.governing)), None)
        watching = filter(None, (self._of_day(name, received_on) for name in row.watching))
        return Pin(governs=governs, watching=tuple(watching))

    def binding(self) -> tuple[RulePack, ...]:
        """The filled packs that can govern some channel."""
        names = {name for row in self.assignments.values() for name in row.governing}
        return tuple(p for p in self.packs.values() if p.id in names and p.status is not Status.EMPTY)

    def _of_day(self, name: str, day: date) -> str | None:
        return next(
            (pack.ref for pack in self.packs.values() if pack.id == name and pack.in_force(day)), None
        )
