"""The digest: how a day or a week was, in numbers. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from connector.alerts.condition import Grade, grade
from connector.alerts.judge import Alert
from connector.alerts.letter import (
    LANGS,
    Letter,
    Part,
    Place,
    amount,
    letter,
    moment,
    subject_of,
    title,
    what,
)
from connector.alerts.schedule import Digest
from connector.jsonable import jsonable
from connector.texts import Lang, say


@dataclass(frozen=True, kw_only=True)
class SystemLine:
    """One system. ``done``: writes that it took in the period; the rest is how it stands now."""

    system: str
    done: int
    open: int
    in_doubt: int
    read_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Numbers:
    """What a digest tells. ``fresh``, ``raised``, ``ended`` count in the period; the rest is how it stands now."""

    kind: Digest
    first: datetime
    last: datetime
    systems: tuple[SystemLine, ...]
    cases: int
    fresh: int
    unsettled: int
    quarantined: int
    in_doubt: int
    pauses: int
    findings: int
    raised: int
    ended: int
    entries: int
    sealed: int
    alerts: tuple[Alert, ...]


def digest(told: Numbers, *, at: datetime, place: Place) -> Letter:
    """The letter."""
    day = moment(told.last)[:10]
    subject = " / ".join(say(f"letter.subject_{told.kind.value}", lang, day=day) for lang in LANGS)
    parts = {lang: _parts(told, lang) for lang in LANGS}
    data = {"kind": told.kind.value, "digest": {**jsonable(told), "alerts": _open(told.alerts)}}
    return letter(subject, parts, at=at, place=place, data=data, foot="digest.foot")


def _open(alerts: Sequence[Alert]) -> list[dict[str, object]]:
    return [
        {"id": one.id, "grade": grade(one.fact.condition).value, "raised_at": one.raised_at.isoformat()}
        | jsonable(one.fact)
        for one in alerts
    ]


def _parts(told: Numbers, lang: Lang) -> list[Part]:
    span = say("digest.period", lang, first=moment(told.first), last=moment(told.last))
    counts = {
        key: amount(getattr(told, key), lang)
        for key in (
            "cases",
            "fresh",
            "unsettled",
            "entries",
            "sealed",
            "quarantined",
            "in_doubt",
            "pauses",
            "findings",
        )
    }
    return [
        Part(
            title=say(f"digest.{told.kind.value}", lang),
            lines=(span, say("digest.cases", lang, **counts), say("digest.log", lang, **counts)),
        ),
        _alerts(told, lang),
        Part(title=say("digest.waits", lang), lines=(say("digest.waiting", lang, **counts),)),
        Part(title=say("digest.system", lang), lines=tuple(_line(one, lang) for one in told.systems)),
    ]


def _alerts(told: Numbers, lang: Lang) -> Part:
    counted = say("digest.counted", lang, raised=told.raised, ended=told.ended, open=len(told.alerts))
    lines = [f"#{one.id} {title(one.fact.condition, lang)}. {what(one.fact, lang)}" for one in told.alerts]
    grave = any(grade(one.fact.condition) is Grade.GRAVE for one in told.alerts)
    quiet = () if lines else (say("digest.quiet", lang),)
    return Part(title=say("digest.alerts", lang), lines=(counted, *lines, *quiet), grave=grave)


def _line(one: SystemLine, lang: Lang) -> str:
    return say(
        "digest.line",
        lang,
        system=subject_of(one.system, lang),
        done=amount(one.done, lang),
        open=amount(one.open, lang),
        in_doubt=amount(one.in_doubt, lang),
        read=moment(one.read_at),
    )
