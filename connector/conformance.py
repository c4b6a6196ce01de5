"""The seam of ``phanhoi conformance``: what a package that ships an adapter ships to prove it.

A suite is found by the entry point group ``connector.conformance`` under the name of its system.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from connector.mapping import Mapping as SystemMapping
from connector.mapping import MappingSet
from connector.system import System
from connector.texts import Text


class Result(StrEnum):
    """How a promise stood its trial."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_APPLICABLE = "not_applicable"


class Mode(StrEnum):
    """What was tried: the system as it is configured, by reading alone; or its twin, with everything."""

    SAFE = "safe"
    TWIN = "twin"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One promise by the name of its function and in words, how it stood, and why; ``reason`` holds no personal data."""

    promise: str
    words: Text
    result: Result
    reason: str = ""
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Report:
    """A whole run, as it can be attached to an acceptance protocol (biên bản nghiệm thu).

    Attributes:
        versions: of the program, of Python, of the remote if it told one, and the fingerprint of the mappings.
        settings: the system's settings in force, secrets as stars; empty on a twin, which has none of them.
    """

    system: str
    mode: Mode
    started_at: datetime
    seconds: float
    versions: Mapping[str, str]
    settings: Mapping[str, Any]
    outcomes: Sequence[Outcome]

    def count(self, result: Result) -> int:
        """How many promises ended so."""
        return sum(one.result is result for one in self.outcomes)

    @property
    def passed(self) -> bool:
        """No promise failed, and at least one was kept."""
        return not self.count(Result.FAILED) and self.count(Result.PASSED) > 0


class Suite(Protocol):
    """All promises of one system."""

    def on_twin(self, mappings: MappingSet) -> AsyncIterator[Outcome]:
        """Try everything on twins that are started for it; the configured system is not called."""
        ...

    def on_live(self, system: System, mapping: SystemMapping) -> AsyncIterator[Outcome]:
        """Try what reading alone can show on a system in use."""
        ...
