"""When to raise, tell again, and end: a function of the facts, of what was told before, and of the time. Pure.

One alert a condition and subject. It is told when it is raised, when it gets worse (:attr:`Fact.weight`), and again and
again until it is gone, acknowledged or snoozed. An acknowledgement ends when it gets worse; a snooze ends at its time. It
ends once its condition was gone for ``calm``, so that what comes and goes within minutes is one alert and not twenty.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from connector.alerts.condition import Condition, Fact, Grade, grade


@dataclass(frozen=True, kw_only=True)
class Word:
    """What a person said about an alert. ``until``: of a snooze, when it ends."""

    by: str
    at: datetime
    note: str
    until: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Alert:
    """One alert and its life.

    Attributes:
        fact: what was found last.
        gone_since: the condition does not hold any more, since then; it has not been calm for long enough.
        told_at: when it was told last; raising it tells it first.
        told_weight: the worst that was told.
        acknowledged: somebody looks after it: silent until it gets worse.
        snoozed: silent until a time.
    """

    id: int
    fact: Fact
    raised_at: datetime
    told_at: datetime
    told_weight: int
    tellings: int = 1
    gone_since: datetime | None = None
    ended_at: datetime | None = None
    acknowledged: Word | None = None
    snoozed: Word | None = None


class Kind(StrEnum):
    """What became of an alert at one look."""

    RAISED = "raised"
    WORSE = "worse"
    AGAIN = "again"  # it still holds, and nobody has said a word
    STAYS = "stays"  # it holds, and there is nothing to tell
    FADES = "fades"  # it does not hold just now
    ENDED = "ended"


TELLS = frozenset({Kind.RAISED, Kind.WORSE, Kind.AGAIN})


@dataclass(frozen=True, kw_only=True)
class Step:
    """One alert's step. ``alert``: as it was before, None if it is new; ``fact``: what was found, None if nothing was."""

    kind: Kind
    alert: Alert | None
    fact: Fact | None

    @property
    def tells(self) -> bool:
        """Is there something to tell people? The end of what they snoozed is no news to them."""
        if self.kind is Kind.ENDED:
            return self.alert is not None and self.alert.snoozed is None
        return self.kind in TELLS


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How often an alert is repeated by its grade, and how long its condition must be gone."""

    grave: timedelta = timedelta(hours=4)
    warning: timedelta = timedelta(hours=24)
    calm: timedelta = timedelta(minutes=5)

    def of(self, condition: Condition) -> timedelta:
        """Time between two tellings."""
        return self.grave if grade(condition) is Grade.GRAVE else self.warning


def judge(
    facts: Iterable[Fact],
    known: Iterable[Alert],
    *,
    looked: Collection[Condition],
    now: datetime,
    patience: Patience,
) -> list[Step]:
    """What each alert does now; ``known`` are those that have not ended.

    Args:
        looked: conditions that could be looked at. Of others nothing is concluded: no fact is no all-clear.
    """
    found = {fact.key: fact for fact in facts}
    steps: list[Step] = []
    for alert in known:
        fact = found.pop(alert.fact.key, None)
        if fact is not None:
            steps.append(_holds(alert, fact, now, patience))
        elif alert.fact.condition in looked:
            steps.append(_is_gone(alert, now, patience))
    fresh = sorted(found.values(), key=lambda one: (grade(one.condition), one.condition, one.subject or ""))
    return steps + [Step(kind=Kind.RAISED, alert=None, fact=fact) for fact in fresh]


def _holds(alert: Alert, fact: Fact, now: datetime, patience: Patience) -> Step:
    kind = Kind.STAYS
    if alert.snoozed is not None and alert.snoozed.until is not None and now < alert.snoozed.until:
        pass
    elif fact.weight > alert.told_weight:
        kind = Kind.WORSE
    elif alert.snoozed is not None:
        kind = Kind.AGAIN  # its time has come
    elif alert.acknowledged is None and now - alert.told_at >= patience.of(fact.condition):
        kind = Kind.AGAIN
    return Step(kind=kind, alert=alert, fact=fact)


def _is_gone(alert: Alert, now: datetime, patience: Patience) -> Step:
    since = alert.gone_since or now
    kind = Kind.ENDED if now - since >= patience.calm else Kind.FADES
    return Step(kind=kind, alert=alert, fact=None)


def after(step: Step, alert: Alert, now: datetime) -> Alert:
    """The alert, as it was before its step, as it is after it."""
    told = step.kind in TELLS
    fact = step.fact or alert.fact
    return replace(
        alert,
        fact=fact,
        gone_since=None if step.fact else alert.gone_since or now,
        ended_at=now if step.kind is Kind.ENDED else None,
        told_at=now if told else alert.told_at,
        told_weight=max(alert.told_weight, fact.weight) if told else alert.told_weight,
        tellings=alert.tellings + told,
        # worse than what somebody took upon himself is somebody's again; a snooze that is over was only a pause
        acknowledged=None if step.kind is Kind.WORSE else alert.acknowledged,
        snoozed=None if told else alert.snoozed,
    )
