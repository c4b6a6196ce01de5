"""One line of the table: what was looked at, what was measured, and what to do about it. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from connector.errors import ConnectorError
from connector.texts import CATALOGUE, Lang, say


class State(StrEnum):
    """How a line ended. ``warned``: it works, and will not for ever, or somebody should know. ``unasked``: what it builds on failed."""

    FINE = "fine"
    WARNED = "warned"
    FAILED = "failed"
    UNASKED = "unasked"


@dataclass(frozen=True, kw_only=True)
class Line:
    """One check.

    Attributes:
        area: ``database``, a system's name, ``log``, ``files``, …
        check: ``dns``, ``tcp``, ``tls``, ``account``, …
        told: key of the text ``checkup.<told>`` that says what was measured, with ``facts`` in its places.
        step: (Vietnamese, English) what to do; empty for a line that is fine.
    """

    area: str
    check: str
    state: State
    told: str
    facts: Mapping[str, object] = field(default_factory=dict)
    step: tuple[str, str] | None = None

    def measured(self, lang: Lang) -> str:
        """What was measured, in words."""
        return say(f"checkup.{self.told}", lang, **self.facts)

    def next_step(self, lang: Lang) -> str:
        """What to do, in words; empty if nothing is to be done."""
        return "" if self.step is None else self.step[0 if lang == "vi" else 1]


def fine(area: str, check: str, told: str, /, **facts: object) -> Line:
    """It works."""
    return Line(area=area, check=check, state=State.FINE, told=told, facts=facts)


def warned(area: str, check: str, told: str, step: str, /, **facts: object) -> Line:
    """It works, but; ``step`` is the key of a text ``checkup.do_…``."""
    return Line(area=area, check=check, state=State.WARNED, told=told, facts=facts, step=_step(step))


def failed(area: str, check: str, told: str, step: str, /, **facts: object) -> Line:
    """It does not work; ``step`` as for :func:`warned`."""
    return Line(area=area, check=check, state=State.FAILED, told=told, facts=facts, step=_step(step))


def refused(area: str, check: str, error: ConnectorError) -> Line:
    """An error of ours: its code and message, and the next step that it carries itself."""
    return Line(
        area=area,
        check=check,
        state=State.FAILED,
        told="error",
        facts={"code": error.code, "message": error.message},
        step=error.next_step,
    )


def worst(lines: Sequence[Line], area: str, check: str) -> Line:
    """Several lines of one thing as one: the first that is not fine, else the last."""
    told = next((one for one in lines if one.state is not State.FINE), lines[-1])
    return replace(told, area=area, check=check)


def unasked(area: str, check: str) -> Line:
    """What it builds on failed."""
    return Line(area=area, check=check, state=State.UNASKED, told="unasked")


def _step(key: str) -> tuple[str, str]:
    text = CATALOGUE[f"checkup.{key}"]
    return text.vi, text.en
