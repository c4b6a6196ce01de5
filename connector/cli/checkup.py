"""``phanhoi config check --connect``: the table of what answers and what does not."""

from typing import TYPE_CHECKING

from connector.cli.common import CHOICE, console, fail, print_json, run, settings, table, tell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from connector.checkup.line import Line

MARKS = {
    "fine": ("✓", "green"),
    "warned": ("!", "yellow"),
    "failed": ("✗", "bold red"),
    "unasked": ("–", "dim"),
}


def report(systems: int, files: int, *, as_json: bool) -> None:
    """Ask everything, print it, and leave with status 4 if something failed."""
    from connector.checkup.line import State, fine
    from connector.checkup.run import check
    from connector.clock import SystemClock
    from connector.errors import CheckFailed

    async def work() -> list["Line"]:
        return await check(settings(), SystemClock())

    lines = [fine("settings", "files", "files", systems=systems, files=files), *run(work)]
    counts = {state: sum(line.state is state for line in lines) for state in State}
    if as_json:
        print_json([plain(line) for line in lines])
    else:
        show(lines)
    if counts[State.FAILED]:
        msg = f"{counts[State.FAILED]} of {len(lines)} checks failed"
        fail(CheckFailed(msg))
    if not as_json:
        key = "config.warned" if counts[State.WARNED] else "config.connected"
        console().print(say_counts(key, counts[State.WARNED], len(lines)))


def say_counts(key: str, warned: int, count: int) -> str:
    """The last line."""
    return tell(key, count=count, warned=warned)


def plain(line: "Line") -> dict[str, object]:
    """One line for programs."""
    return {
        "area": line.area,
        "check": line.check,
        "state": line.state.value,
        "facts": dict(line.facts),
        "measured": line.measured(CHOICE.lang),
        "next_step": line.next_step(CHOICE.lang),
    }


def show(lines: "Sequence[Line]") -> None:
    """The table for people."""
    from rich.text import Text

    shown = table("state", "area", "check", "measured", "next_step")
    shown.columns[0].header = ""
    before = None
    for line in lines:
        mark, style = MARKS[line.state.value]
        area = "" if line.area == before else _area(line.area)
        shown.add_row(
            Text(mark, style=style),
            area,
            tell(f"check.{line.check}"),
            Text(line.measured(CHOICE.lang)),
            Text(line.next_step(CHOICE.lang)),
            end_section=False,
        )
        before = line.area
    out = console()
    out.soft_wrap = False
    out.print(shown)


def _area(name: str) -> str:
    from connector.texts import CATALOGUE

    return next((tell(key) for key in (f"area.{name}", f"system.{name}") if key in CATALOGUE), name)
