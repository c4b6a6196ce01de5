"""What all commands share: settings, language, one way to run, to print, to fail."""

import asyncio
import getpass
import json
import os
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NoReturn, TypeVar

import typer
from rich.console import Console

from connector.errors import ConnectorError, UserError
from connector.jsonable import jsonable
from connector.texts import Lang, say

if TYPE_CHECKING:
    from rich.table import Table

    from connector.app import App
    from connector.rules.due import Due
    from connector.settings import Settings
    from connector.store.database import Database

T = TypeVar("T")

Most = typer.Option(50, min=1, max=100_000, help="Nhiều nhất bao nhiêu dòng / at most so many")
JsonFlag = typer.Option(False, "--json", help="In JSON / print JSON")


@dataclass
class Choice:
    """What was chosen before the command's name."""

    config: Path | None = None
    lang: Lang = "vi"


CHOICE = Choice()
"""Set once by the root command; a process runs one command."""


def console(*, stderr: bool = False) -> Console:
    """Where tables and texts go; warnings to standard error, so that JSON stays whole.

    No markup: a portal's code such as ``[/b]`` is text, and no order to us.
    """
    return Console(stderr=stderr, highlight=False, soft_wrap=True, markup=False, emoji=False)


def table(*keys: str) -> "Table":
    """An empty table. Long words are folded, never cut off: a decision's number is read whole or not at all."""
    from rich.table import Column, Table

    return Table(*(Column(tell(f"head.{key}"), overflow="fold") for key in keys))


def tell(key: str, **args: object) -> str:
    """A text of the catalogue in the chosen language."""
    return say(key, CHOICE.lang, **args)


def settings() -> "Settings":
    """The settings in force."""
    from connector.settings import load_settings

    return load_settings(CHOICE.config)


def account() -> str:
    """Who sits at the keyboard, for the ledger."""
    try:
        return f"cli/{getpass.getuser()}"
    except (KeyError, OSError):
        return "cli/unknown"


@dataclass(frozen=True, kw_only=True)
class Reader:
    """What a command that only reads needs: no systems, no mappings, so it works while those are broken."""

    settings: "Settings"
    db: "Database"


@asynccontextmanager
async def reading(*, keys: bool = True) -> AsyncIterator[Reader]:
    """The checked database alone; without ``keys`` nothing that is sealed can be read, and no master key is needed."""
    from connector.clock import SystemClock
    from connector.keyfile import master_keys
    from connector.opening import database_url, prepare_database
    from connector.store.database import Database
    from connector.store.masters import Vault

    given = settings()
    vault = Vault(lambda: master_keys(given)) if keys else None
    async with database_url(given) as url:
        await prepare_database(given, url)
        db = Database(url, clock=SystemClock(), actor=account(), size=2, vault=vault)
        await db.open()
        try:
            if keys:
                await db.check_keys()
            yield Reader(settings=given, db=db)
        finally:
            await db.close()


@asynccontextmanager
async def opened(*, calls: bool = True) -> AsyncIterator["App"]:
    """The wired program over a checked database; without ``calls`` it needs no secret of any system."""
    from connector.app import wired
    from connector.opening import database_url, prepare_database

    given = settings()
    async with database_url(given) as url:
        await prepare_database(given, url)
        async with wired(given, url, calls=calls) as app:
            yield app


def known_system(given: "Settings", name: str | None) -> None:
    """Refuse a system that the settings do not name: an empty list would say that it has nothing."""
    if name is not None and name not in given.systems:
        msg = f"unknown system {name}; known: {', '.join(sorted(given.systems))}"
        raise UserError(msg)


def one_of(names: Iterable[str], known: Iterable[str]) -> None:
    """Refuse a word that is none of the known ones."""
    wrong = sorted(set(names) - set(known))
    if wrong:
        msg = f"unknown: {', '.join(wrong)}; known: {', '.join(known)}"
        raise UserError(msg)


def run(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a command's coroutine; errors of ours end it with their message and exit status."""
    return guarded(lambda: asyncio.run(work()))


def guarded(work: Callable[[], T]) -> T:
    """Turn errors of ours into one clear message with code and next step."""
    try:
        return work()
    except ConnectorError as error:
        fail(error)
    except KeyboardInterrupt:
        raise SystemExit(130) from None


def fail(error: ConnectorError) -> NoReturn:
    """Print the error and leave with its exit status."""
    err = console(stderr=True)
    err.print(f"{error.code}: {error.message}", style="bold red", markup=False)
    if isinstance(error, UserError):
        for problem in error.problems:
            err.print(f"  - {problem}", markup=False)
    for step in error.next_step if CHOICE.lang == "vi" else error.next_step[::-1]:
        err.print(f"→ {step}", markup=False)
    raise SystemExit(error.exit_status)


def print_json(value: object) -> None:
    """One JSON document on standard output."""
    sys.stdout.write(json.dumps(jsonable(value), ensure_ascii=False, indent=2) + "\n")


def flat(value: Mapping[str, Any], prefix: str = "") -> list[str]:
    """One line ``name.of.setting = value`` for each value of a nested table."""
    lines: list[str] = []
    for key, item in value.items():
        inner = isinstance(item, Mapping) and item
        lines += flat(item, f"{prefix}{key}.") if inner else [f"{prefix}{key} = {item!r}"]
    return lines


def today() -> date:
    """The civil day in Viet Nam."""
    from connector.clock import LOCAL_ZONE, SystemClock

    return SystemClock().now().astimezone(LOCAL_ZONE).date()


@contextmanager
def keep(path: Path) -> Iterator[BinaryIO]:
    """A file that is there whole or not at all, readable by its owner alone until they share it.

    Raises:
        UserError: it cannot be written there.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with open(part, "x+b", opener=_private) as out:  # the opener sets who may read
            yield out
        part.replace(path)
    except OSError as error:
        msg = f"cannot write {path}: {error.strerror}"
        raise UserError(msg) from None
    finally:
        part.unlink(missing_ok=True)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def moment(value: datetime | None) -> str:
    """An instant as an official reads it: local time, day first."""
    from connector.clock import LOCAL_ZONE

    return value.astimezone(LOCAL_ZONE).strftime("%d/%m/%Y %H:%M:%S") if value else "–"


def day_text(day: date) -> str:
    """A civil day as an official reads it: weekday, day first."""
    return f"{tell(f'weekday.{day.isoweekday()}')} {day:%d/%m/%Y}"


def due_text(due: "Due") -> str:
    """A due day, and where a question is open the day by the other reading."""
    on = day_text(due.on)
    return tell("deadline.or", day=on, other=day_text(due.otherwise)) if due.otherwise else on
