"""How a message reads: as mail (text and simple HTML), as a short text for chats, as data for programs. Pure.

A letter says things twice, Vietnamese first and English second. It is made of codes, counts, instants and our numbers of
cases alone, because those are all that a :class:`Fact` can hold.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any

from connector.alerts.condition import Condition, Fact, Grade, grade
from connector.alerts.judge import Kind
from connector.clock import LOCAL_ZONE
from connector.jsonable import jsonable
from connector.texts import CATALOGUE, Lang, say

LANGS: tuple[Lang, ...] = ("vi", "en")
_HTML_HEAD = (
    '<!doctype html><html lang="vi"><head><meta charset="utf-8"></head>'
    '<body style="font-family:sans-serif;line-height:1.5;max-width:46em">'
)
_TICKS = re.compile(r"`([^`]+)`")
_RULE = "\n" + "-" * 60 + "\n"


@dataclass(frozen=True, kw_only=True)
class Place:
    """Who tells, and where the reader goes on. ``console``: its address, if people can reach it; ``manual``: that of the manual."""

    node: str
    console: str | None = None
    manual: str = "docs"

    def book(self, condition: Condition) -> str:
        """Where the runbook of a condition stands."""
        return f"{self.manual.rstrip('/')}/alerts.md#{condition.value}"

    def page(self, path: str) -> str | None:
        """A page of the console."""
        return f"{self.console.rstrip('/')}{path}" if self.console else None


@dataclass(frozen=True, kw_only=True)
class Part:
    """A piece of a letter: a title, lines below it, and addresses to go on to."""

    title: str
    lines: tuple[str, ...] = ()
    grave: bool = False


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A message, ready for every kind of channel. ``chat`` is Vietnamese alone; ``data`` is for programs."""

    subject: str
    text: str
    html: str
    chat: str
    data: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Line:
    """What became of one alert."""

    kind: Kind
    id: int
    fact: Fact
    raised_at: datetime


def news(lines: Sequence[Line], *, open: int, at: datetime, place: Place) -> Letter:  # noqa: A002  # of alerts
    """The letter about all that happened at one look. ``open``: alerts that are open now."""
    order = {Grade.GRAVE: 0, Grade.WARNING: 1}
    ordered = sorted(
        lines, key=lambda one: (one.kind is Kind.ENDED, order[grade(one.fact.condition)], one.id)
    )
    data = {"kind": "alerts", "open": open, "alerts": [_data(one, place) for one in ordered]}
    parts = {lang: [_part(one, lang, place) for one in ordered] for lang in LANGS}
    subject = " / ".join(_subject(ordered, open, lang) for lang in LANGS)
    return letter(subject, parts, at=at, place=place, data=data, foot="letter.foot")


def trial(channel: str, *, at: datetime, place: Place) -> Letter:
    """A letter that only shows that a channel works."""
    subject = " / ".join(say("letter.subject_test", lang) for lang in LANGS)
    parts = {lang: [Part(title=say("letter.test", lang, channel=channel))] for lang in LANGS}
    return letter(subject, parts, at=at, place=place, data={"kind": "test"}, foot="letter.foot")


def letter(
    subject: str,
    parts: Mapping[Lang, Sequence[Part]],
    *,
    at: datetime,
    place: Place,
    data: Mapping[str, Any],
    foot: str,
) -> Letter:
    """Put a letter together from its parts in each language."""
    heads = {lang: say("letter.head", lang, node=place.node, when=moment(at)) for lang in LANGS}
    texts = {lang: "\n\n".join([heads[lang], *map(_plain, parts[lang])]) for lang in LANGS}
    foots = {lang: say(foot, lang) for lang in LANGS}
    bodies = [f"{texts[lang]}\n\n{foots[lang]}\n" for lang in LANGS]
    marked = ["".join([_p(heads[lang]), *map(_marked, parts[lang]), _p(foots[lang])]) for lang in LANGS]
    return Letter(
        subject=subject,
        text=_RULE.join(bodies),
        html=f"{_HTML_HEAD}{'<hr>'.join(marked)}</body></html>\n",
        chat=f"{subject.partition(' / ')[0]}\n{texts['vi']}",
        data={**data, "node": place.node, "at": at.isoformat(), "text": texts["vi"]},
    )


def cut(text: str, most: int) -> str:
    """The text, or as many of its first lines as fit into ``most`` characters."""
    if len(text) <= most:
        return text
    kept, end = "", "\n…"
    for line in text.splitlines(keepends=True):
        if len(kept) + len(line) + len(end) > most:
            break
        kept += line
    return (kept.rstrip() or text[: most - len(end)]) + end


# ---- words ----------------------------------------------------------------------------------------------------


def title(condition: Condition, lang: Lang) -> str:
    """What a condition is called."""
    return say(f"alert.{condition.value}", lang)


def what(fact: Fact, lang: Lang) -> str:
    """One sentence: what is so."""
    return say(
        f"alert.{fact.condition.value}_what",
        lang,
        subject=subject_of(fact.subject, lang),
        count=amount(fact.count, lang),
        of=amount(fact.of, lang) if fact.of is not None else "–",
        since=moment(fact.since),
        until=moment(fact.until),
        codes=", ".join(fact.codes) or say("alert.none_named", lang),
    )


def next_step(condition: Condition, lang: Lang) -> str:
    """What to do first."""
    return say(f"alert.{condition.value}_do", lang)


def subject_of(name: str | None, lang: Lang) -> str:
    """What people call the subject of an alert."""
    if name is None:
        return say("alert.program", lang)
    return say(f"system.{name}", lang) if f"system.{name}" in CATALOGUE else name


def amount(number: int, lang: Lang) -> str:
    """A number with its thousands apart, as the language writes them."""
    text = f"{number:,}"
    return text.replace(",", ".") if lang == "vi" else text


def moment(value: datetime | None) -> str:
    """An instant as an official reads it: local time, day first."""
    return value.astimezone(LOCAL_ZONE).strftime("%d/%m/%Y %H:%M") if value else "–"


def _subject(lines: Sequence[Line], count: int, lang: Lang) -> str:
    fresh = [one for one in lines if one.kind is not Kind.ENDED]
    if not fresh:
        return say("letter.subject_over", lang, news=len(lines), open=count)
    if grade(fresh[0].fact.condition) is Grade.GRAVE:
        return say("letter.subject_grave", lang, title=title(fresh[0].fact.condition, lang), open=count)
    return say("letter.subject_news", lang, news=len(fresh), open=count)


def _part(line: Line, lang: Lang, place: Place) -> Part:
    fact, grave = line.fact, grade(line.fact.condition) is Grade.GRAVE
    kind = say(f"alert_kind.{line.kind.value}", lang)
    since = say("letter.since", lang, since=moment(line.raised_at))
    mark = say("alert_grade.grave", lang).upper() + " · " if grave and line.kind is not Kind.ENDED else ""
    head = (
        f"#{line.id} {mark}{title(fact.condition, lang)}: {subject_of(fact.subject, lang)} ({kind}, {since})"
    )
    if line.kind is Kind.ENDED:
        return Part(title=head)
    told = [what(fact, lang)]
    if fact.cases:
        told.append(say("letter.cases", lang, cases=_named(fact, lang)))
    told.append(say("letter.do", lang, step=next_step(fact.condition, lang)))
    told.append(say("letter.book", lang, address=place.book(fact.condition)))
    if page := place.page("/alerts"):
        told.append(say("letter.open", lang, address=page))
    return Part(title=head, lines=tuple(told), grave=grave)


def _named(fact: Fact, lang: Lang) -> str:
    named = ", ".join(map(str, fact.cases))
    more = fact.count - len(fact.cases)
    return say("alert.and_more", lang, named=named, more=more) if more > 0 else named


def _data(line: Line, place: Place) -> dict[str, Any]:
    told: dict[str, Any] = jsonable(line.fact)
    return {
        "id": line.id,
        "kind": line.kind.value,
        "grade": grade(line.fact.condition).value,
        "raised_at": line.raised_at.isoformat(),
        "runbook": place.book(line.fact.condition),
        **told,
    }


# ---- forms ----------------------------------------------------------------------------------------------------


def _plain(part: Part) -> str:
    return "\n".join([f"* {part.title}", *(f"  {line}" for line in part.lines)])


def _marked(part: Part) -> str:
    colour = ' style="color:#8a1616"' if part.grave else ""
    return f"<h3{colour}>{escape(part.title)}</h3>" + "".join(map(_p, part.lines))


def _p(line: str) -> str:
    words = " ".join(_link(word) for word in line.split(" "))
    return "<p>" + _TICKS.sub(r"<code>\1</code>", words) + "</p>"


def _link(word: str) -> str:
    safe = escape(word)
    return f'<a href="{safe}">{safe}</a>' if word.startswith(("https://", "http://")) else safe
