"""What a pass of reconciliation is about. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import TypeAdapter

from connector.reconcile.findings import Difference, FindingClass


class Reach(StrEnum):
    """How far a pass goes."""

    FULL = "full"  # everything that the systems tell, every linked case
    CHANGES = "changes"  # what changed since the pass before
    CASES = "cases"  # the cases that a person chose, each asked for afresh


class Step(StrEnum):
    """The steps of a pass, in order; each can be stopped and goes on where it was."""

    READ_HERE = "read_here"
    READ_THERE = "read_there"
    VISIT_HERE = "visit_here"
    VISIT_THERE = "visit_there"
    STRANGERS = "strangers"
    BASELINES = "baselines"
    JUDGE = "judge"
    END = "end"


@dataclass(frozen=True, kw_only=True)
class Scope:
    """What is compared.

    Attributes:
        case_id: only this case.
        since, until: only cases that changed in this time, as the connector knows it.
        agency: only cases that this agency has in hand.
        field: only this field or act, or this class of finding.
    """

    reach: Reach
    case_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    agency: str | None = None
    field: str | None = None

    def takes(self, told: Difference) -> bool:
        """Whether a difference is what was asked for."""
        return self.covers(told.kind, told.field)

    def covers(self, kind: FindingClass, name: str | None) -> bool:
        """The same by class and field."""
        return self.field is None or self.field in (name, kind.value)

    @property
    def steps(self) -> tuple[Step, ...]:
        """What a pass of that reach does, in order."""
        if self.reach is Reach.CASES:
            return (Step.JUDGE, Step.END)
        if self.reach is Reach.CHANGES:
            return (Step.READ_HERE, Step.READ_THERE, Step.STRANGERS, Step.JUDGE, Step.END)
        return tuple(Step)


_SCOPE: TypeAdapter[Scope] = TypeAdapter(Scope)


def to_json(scope: Scope) -> dict[str, Any]:
    """What :func:`from_json` reads back."""
    dumped: dict[str, Any] = _SCOPE.dump_python(scope, mode="json", exclude_none=True)
    return dumped


def from_json(data: Mapping[str, Any]) -> Scope:
    """Read what :func:`to_json` wrote."""
    return _SCOPE.validate_python(data)
