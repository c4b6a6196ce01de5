"""The two sides of a case beside what both agreed on, line by line. Pure: no content, only whether it is the same."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from connector.case import REGISTER, Case
from connector.merge import OWNED, Baseline, Rules, Side, digests, mark, recognised
from connector.rules.visibility import Audience, Matter, privacy_of, sees, shown


@dataclass(frozen=True, kw_only=True)
class FieldLine:
    """One field. ``here`` and ``there``: ``same`` as agreed, ``changed`` since, ``unread`` since we wrote it, ``none``."""

    name: str
    agreed: bool
    here: str
    there: str

    @property
    def differs(self) -> bool:
        """Somebody has to look, or something is on its way."""
        return "changed" in (self.here, self.there)


@dataclass(frozen=True, kw_only=True)
class ActLine:
    """One act and who tells it. ``agency`` and ``officer`` as a screen may show them."""

    id: str
    kind: str
    at: datetime
    agency: str | None
    officer: str | None
    agreed: bool
    here: bool
    there: bool
    travels: bool

    @property
    def differs(self) -> bool:
        """It is to be on both sides and is not yet."""
        return self.travels and not (self.here and self.there)


@dataclass(frozen=True, kw_only=True)
class Pair:
    """The register and one portal, side by side with the baseline."""

    system: str
    here_ref: str | None
    there_ref: str
    here_status: str | None
    there_status: str | None
    linked: bool
    privacy: Mapping[str, str | None]
    fields: tuple[FieldLine, ...]
    acts: tuple[ActLine, ...]

    @property
    def differences(self) -> int:
        """How many lines differ."""
        return sum(one.differs for one in self.fields) + sum(one.differs for one in self.acts)


def compare(
    system: str,
    there_ref: str,
    baseline: Baseline | None,
    here: Case | None,
    there: Case | None,
    rules: Rules,
) -> Pair:
    """Put the tellings of the register and of one portal beside their baseline."""
    base = baseline or Baseline()
    return Pair(
        system=system,
        here_ref=here.ref if here else None,
        there_ref=there_ref,
        here_status=here.status.value if here else None,
        there_status=there.status.value if there else None,
        linked=baseline is not None,
        privacy={
            "agreed": base.privacy.value if baseline else None,
            "here": privacy_of(here).value if here and here.header else None,
            "there": privacy_of(there).value if there and there.header else None,
        },
        fields=_fields(base, here, there),
        acts=_acts(base, here, there, rules),
    )


def _fields(base: Baseline, here: Case | None, there: Case | None) -> tuple[FieldLine, ...]:
    mine, theirs = digests(here) if here else {}, digests(there) if there else {}
    return tuple(
        FieldLine(
            name=name,
            agreed=name in base.here or name in base.there,
            here=_state(base, Side.HERE, name, base.here.get(name), mine.get(name)),
            there=_state(base, Side.THERE, name, base.there.get(name), theirs.get(name)),
        )
        for name in OWNED
    )


def _state(base: Baseline, side: Side, name: str, agreed: str | None, told: str | None) -> str:
    if told is None:
        return "none"
    if agreed == told or agreed is None:
        return "same"
    return "unread" if mark(side, name) in base.unread else "changed"


def _acts(base: Baseline, here: Case | None, there: Case | None, rules: Rules) -> tuple[ActLine, ...]:
    told = recognised(base, here, there, rules) if here else (there.acts if there else ())
    mine = {act.id for act in here.acts} if here else set()
    theirs = {act.id for act in told}
    every = {act.id: act for act in (*told, *(here.acts if here else ()))}
    visible = {act.id for one in (here, there) if one for act in shown(one, Audience.EXPORT).acts}
    return tuple(
        ActLine(
            id=act.id,
            kind=act.kind.value,
            at=act.at,
            agency=act.agency,
            officer=act.officer if _officers(here, there) else None,
            agreed=act.id in base.acts,
            here=act.id in mine,
            there=act.id in theirs,
            travels=act.kind in (rules.there_takes if act.birthplace == REGISTER else rules.here_takes),
        )
        for act in sorted(every.values(), key=lambda one: one.at)
        if act.id in visible or act.id in theirs
    )


def _officers(*cases: Case | None) -> bool:
    return all(sees(Audience.EXPORT, Matter.OFFICER, privacy_of(one)) for one in cases if one and one.header)
