"""The notification of a breach as a text that an official completes and signs. Counts and codes only, never personal data. Pure.

What the program cannot know (how it came about, what was done, who answers for it) stays an open place: ``[…]``.
"""

from datetime import datetime

from connector.clock import LOCAL_ZONE
from connector.incident.duties import kept_until
from connector.incident.tally import Incident
from connector.texts import say


def letter(incident: Incident) -> str:
    """The letter in Vietnamese, with a last line on what it was counted from."""
    parts = (_head, _what, _whom, _ways, _must, _foot)
    return "\n\n".join("\n".join(part(incident)) for part in parts) + "\n"


def _head(one: Incident) -> list[str]:
    return [
        say("incident.letter_title"),
        say("incident.letter_to"),
        "",
        say("incident.letter_basis"),
        say("incident.letter_noticed", at=_moment(one.noticed)),
    ]


def _what(one: Incident) -> list[str]:
    return [
        say("incident.letter_what"),
        say(
            "incident.letter_window",
            since=_moment(one.scope.since) if one.scope.since else say("incident.beginning"),
            until=_moment(one.scope.before),
        ),
        say("incident.letter_events", first=_moment(one.first), last=_moment(one.last)),
        say("incident.letter_cause"),
    ]


def _whom(one: Incident) -> list[str]:
    classes = [
        say("incident.letter_line", name=say(f"incident.class_{name}"), count=count)
        for name, count in one.classes.items()
    ]
    return [
        say("incident.letter_whom"),
        say("incident.letter_cases", count=one.cases),
        say("incident.letter_subjects", least=one.subjects, most=one.at_most),
        say("incident.letter_located", count=one.located),
        *([say("incident.letter_unopened", count=one.unopened)] if one.unopened else []),
        *([say("incident.letter_classes"), *classes] if classes else []),
    ]


def _ways(one: Incident) -> list[str]:
    ways = [
        say("incident.letter_line", name=say(f"incident.way_{way}"), count=count)
        for way, count in one.ways.items()
    ]
    return [say("incident.letter_ways"), *(ways or [say("incident.letter_none")])]


def _must(one: Incident) -> list[str]:
    told = [
        say(
            "incident.letter_duty",
            name=say(f"incident.duty_{duty.name}"),
            due=_moment(duty.due),
            basis=say(f"incident.basis_{duty.basis}"),
        )
        for duty in one.duties
        if duty.applies is not False
    ]
    return [say("incident.letter_measures"), "", say("incident.letter_due"), *told]


def _foot(one: Incident) -> list[str]:
    return [
        say("incident.letter_kept", until=_moment(kept_until(one.noticed))[:10]),
        say("incident.letter_source", at=_moment(one.counted_at), by=one.counted_by, upto=one.upto),
        "",
        say("incident.letter_signed"),
    ]


def _moment(value: datetime | None) -> str:
    return value.astimezone(LOCAL_ZONE).strftime("%d/%m/%Y %H:%M:%S") if value else "–"
