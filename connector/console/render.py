"""Templates: the one environment, and what every page may say, ask and link to."""

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from connector.clock import LOCAL_ZONE
from connector.console import charts
from connector.console.arrival import may
from connector.console.visit import Visit
from connector.errors import ConnectorError
from connector.ledger.kinds import KIND_TEXTS, EntryKind
from connector.reports.tables import number
from connector.rules.due import Due
from connector.services.charts import LagSlot, Period, Slot, SystemSeries
from connector.text.collate import sort_key
from connector.texts import CATALOGUE

_TICKS = re.compile(r"`([^`]+)`")
HERE = Path(__file__).parent
STATIC = HERE / "static"

ENVIRONMENT = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True, kw_only=True)
class Live:
    """A page that renews itself: how often, from which address, and the address of the page that stands still."""

    seconds: int
    still: bool
    again: str
    off: str


def render(visit: Visit, template: str, model: Any, *, live: int | None = None) -> str:
    """A page in the visitor's language; ``live``: seconds after which it is out of date."""
    words = Words(visit)
    done = visit.done
    return ENVIRONMENT.get_template(template).render(
        m=model,
        visit=visit,
        lang=visit.lang,
        csrf=visit.csrf,
        t=visit.say,
        w=words,
        may=lambda *rights: may(visit, *rights),
        link=link,
        static=static,
        geometry=charts.GEOMETRY,
        trend=charts.trend,
        bars_of=bars_of,
        lines_of=lines_of,
        circuits_drawn=circuits_drawn,
        ticks=ticks,
        live=_live(visit, live) if live else None,
        flash=visit.say(done) if done.startswith("flash.") and done in CATALOGUE else None,
    )


def _live(visit: Visit, seconds: int) -> Live:
    """The word on what was done is said once, so it is not in these addresses."""
    path = urlsplit(visit.back).path
    kept = {key: value for key, value in visit.query.items() if key not in ("done", "refresh")}
    return Live(
        seconds=seconds,
        still=visit.query.get("refresh") == "off",
        again=link(path, **kept),
        off=link(path, **kept, refresh="off"),
    )


class Words:
    """Values as an official reads them."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit

    def when(self, value: datetime | None) -> str:
        """An instant: local time, day first."""
        return value.astimezone(LOCAL_ZONE).strftime("%d/%m/%Y %H:%M") if value else "–"

    def exactly(self, value: datetime | None) -> str:
        """The same to the second, for proof."""
        return value.astimezone(LOCAL_ZONE).strftime("%d/%m/%Y %H:%M:%S") if value else "–"

    def clock(self, value: datetime) -> str:
        """An instant within a day from now: the hour alone if it is today; the end of a day as 24:00 of that day."""
        local = value.astimezone(LOCAL_ZONE)
        day = (local - timedelta(microseconds=1)).date()
        hour = "24:00" if local.date() != day else local.strftime("%H:%M")
        today = self._visit.site.ctx.clock.now().astimezone(LOCAL_ZONE).date()
        return hour if day == today else f"{hour} {day:%d/%m}"

    def short(self, value: date, hours: bool = False) -> str:
        """An instant or day below a chart."""
        local = value.astimezone(LOCAL_ZONE) if isinstance(value, datetime) else value
        return local.strftime("%H:%M" if hours else "%d/%m")

    def step_of(self, value: datetime, seconds: int) -> str:
        """The beginning of a step of a chart: the day, and the hour where a step is shorter than that."""
        local = value.astimezone(LOCAL_ZONE)
        return local.strftime("%d/%m/%Y %H:%M") if seconds < 86400 else self.day(local.date())

    def ago(self, value: datetime | None) -> str:
        """How long ago, coarsely."""
        if value is None:
            return self._visit.say("web.never")
        passed = max(self._visit.site.ctx.clock.now() - value, timedelta())
        for unit, size in (("day", 86400), ("hour", 3600), ("minute", 60)):
            if passed.total_seconds() >= size:
                return self._visit.say(f"web.ago_{unit}", count=int(passed.total_seconds() // size))
        return self._visit.say("web.ago_now")

    def span(self, seconds: float) -> str:
        """How long something lasts, coarsely."""
        for unit, size in (("day", 86400), ("hour", 3600), ("minute", 60)):
            if seconds >= size:
                return self._visit.say(f"web.span_{unit}", count=int(seconds // size))
        return self._visit.say("web.span_second", count=int(seconds))

    def until(self, end: datetime) -> str:
        """The last day of a term that ends with it."""
        return (end - timedelta(microseconds=1)).astimezone(LOCAL_ZONE).strftime("%d/%m/%Y")

    def told_field(self, name: str) -> str:
        """A field or kind of act as a finding or a plan names it; the bare name of a single act."""
        return self._visit.say(name) if name in CATALOGUE else self.named("field", name)

    def told_value(self, field: str, value: str | None) -> str:
        """What a plan tells of a field: codes in words."""
        area = {"privacy": "privacy", "status": "case_status"}.get(field)
        return self.named(area, value) if area and value else value or "–"

    def day(self, value: date) -> str:
        """A civil day with its weekday."""
        return f"{self._visit.say(f'weekday.{value.isoweekday()}')} {value:%d/%m/%Y}"

    def due(self, due: Due | None) -> str:
        """A due day, and where a question is open the day by the other reading."""
        if due is None:
            return "–"
        on = self.day(due.on)
        return self._visit.say("deadline.or", day=on, other=self.day(due.otherwise)) if due.otherwise else on

    def named(self, area: str, code: object) -> str:
        """What the catalogue calls a code of that area; the bare code if it does not know it."""
        key = f"{area}.{getattr(code, 'value', code)}"
        return self._visit.say(key) if key in CATALOGUE else str(code or "–")

    def system(self, name: str | None) -> str:
        """A system's name."""
        return self.named("system", name) if name else "–"

    def scope(self, scope: str) -> str:
        """What a pause holds."""
        kind, _, rest = scope.partition(":")
        if kind == "flow":
            flow, _, system = rest.partition(":")
            return self._visit.say(f"scope.{flow}", system=self.system(system))
        if kind == "restore":
            return self._visit.say("scope.restore")
        return self._visit.say("scope.case", case=rest) if kind == "case" else self.system(rest)

    def agency(self, code: str | None) -> str:
        """An agency's name."""
        return self._visit.site.names.agency(code) if code else "–"

    def field(self, code: str | None) -> str:
        """A field's name; ``-`` stands for cases without one."""
        return self._visit.site.names.field(None if code == "-" else code, self._visit.lang)

    def tenths(self, value: float | None) -> str:
        """A number with one decimal; a dash for none."""
        return number(value, self._visit.lang)

    def count(self, number: int) -> str:
        """A number with its thousands apart, as the language writes them."""
        text = f"{number:,}"
        return text.replace(",", ".") if self._visit.lang == "vi" else text

    def entry(self, kind: str) -> str:
        """What a kind of log entry means; the bare kind if a newer program wrote it."""
        told = KIND_TEXTS.get(EntryKind(kind)) if kind in set(EntryKind) else None
        return told.say(self._visit.lang) if told else kind

    def step(self, code: str | None) -> Markup | None:
        """The next step that goes with an error's code."""
        told = _next_steps().get(code or "")
        return ticks(told[0] if self._visit.lang == "vi" else told[1]) if told else None

    def mapping_file(self, name: str) -> str:
        """What a file of the mappings folder decides."""
        folder, _, own = name.rpartition("/")
        if f"mapping_file.{folder or name}" in CATALOGUE:
            return self._visit.say(f"mapping_file.{folder or name}")
        key = "mapping_file.mapping.toml" if own == "mapping.toml" else "mapping_file.list"
        return self._visit.say(key, system=self.system(folder or None))

    def heading(self, table: str) -> str:
        """What a table of a mapping file is about, by its first word."""
        first = re.split(r"[.\[]", table, maxsplit=1)[0]
        return self.named("heading", first)

    def rule_key(self, key: str) -> str:
        """A key of a mapping file in words: a word of its own, or a field's name; empty for what is the other side's."""
        area = next((one for one in ("rule_key", "field") if f"{one}.{key}" in CATALOGUE), None)
        return self._visit.say(f"{area}.{key}") if area else ""

    def counts(self, data: Mapping[str, Any]) -> str:
        """What a run counted, on one line; zeros say nothing."""
        return " · ".join(f"{self.named('count', key)}: {value}" for key, value in data.items() if value)

    def facts(self, data: Mapping[str, Any]) -> str:
        """Facts of a log entry on one line."""
        return " · ".join(f"{key}={value}" for key, value in data.items())


def bars_of(slots: Sequence[Slot], kinds: Sequence[str]) -> charts.BarChart:
    """A counted series as bars."""
    return charts.bars([(one.at, one.counts) for one in slots], kinds)


def lines_of(slots: Sequence[LagSlot]) -> charts.LineChart:
    """The lag of a system as lines."""
    return charts.lines(
        [one.at for one in slots],
        {"read": [one.read_s for one in slots], "wait": [one.wait_s for one in slots]},
    )


def circuits_drawn(systems: Sequence[SystemSeries], over: Period) -> charts.TimeLine:
    """The circuits of all systems as a time line."""
    rows = {one.system: [(span.state, span.since, span.until) for span in one.circuit] for one in systems}
    return charts.time_line(rows, over.starts, over.until)


@cache
def _next_steps() -> dict[str, tuple[str, str]]:
    found: dict[str, tuple[str, str]] = {}
    todo: list[type[ConnectorError]] = [ConnectorError]
    while todo:
        kind = todo.pop()
        found.setdefault(kind.code, kind.next_step)
        todo += kind.__subclasses__()
    return found


def by_name(codes: Iterable[str], named: Callable[[str], str]) -> tuple[str, ...]:
    """Codes in the Vietnamese order of their names, each once."""
    return tuple(sorted(dict.fromkeys(codes), key=lambda code: (sort_key(named(code)), code)))


def link(path: str, **query: object) -> str:
    """An address of ours; values that are empty are left out."""
    given = {key: value for key, value in query.items() if value not in (None, "")}
    return quote(path) + (f"?{urlencode(given)}" if given else "")


@cache
def static(name: str) -> str:
    """The address of a static file; it changes with the file, so browsers may keep it for ever."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"


def ticks(text: str) -> Markup:
    """A text of ours in which `commands` stand between back ticks."""
    return Markup(_TICKS.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704  # escaped first


def svg(text: str) -> Markup:
    """A drawing that the program made itself."""
    return Markup(text)  # noqa: S704  # never holds anything that came from outside
