"""A twin as a program of its own: common options, shipped profiles, the ready line, a clean stop."""

import argparse
import asyncio
import json
import os
import signal
import sys
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, Final

from adapters.twin_kit.switches import ProfileError

PORTALS: Final = ("national", "government")
"""Sections of a profile file that only the twin of that name reads."""


def options(prog: str, description: str) -> argparse.ArgumentParser:
    """A parser with what every twin takes."""
    parser = argparse.ArgumentParser(prog=prog, description=description)
    add = parser.add_argument
    add("--host", default="127.0.0.1")
    add("--port", type=int, default=0)
    add("--control-port", type=int, default=0)
    add("--seed", type=int, default=1)
    add(
        "--password-env",
        action="append",
        default=[],
        metavar="NAME",
        help="environment variable with a valid password; repeatable, for a rotation",
    )
    add("--ready-file", type=Path, metavar="PATH", help="the ready line is written here as well")
    add("--profile", metavar="NAME|FILE", help=f"switches at start: {', '.join(shipped())}, or a JSON file")
    return parser


def secret(name: str) -> str:
    """A secret from the environment.

    Raises:
        ValueError: the variable is not set or empty.
    """
    value = os.environ.get(name)
    if not value:
        msg = f"environment variable not set: {name}"
        raise ValueError(msg)
    return value


# ---- profiles -----------------------------------------------------------------------------------------------


def _folder() -> Path:
    """The shipped profiles: of the checkout, or inside an installed package."""
    inside = Path(__file__).parent / "profiles"
    return inside if inside.is_dir() else Path(__file__).parents[2] / "fixtures" / "profiles"


def shipped() -> tuple[str, ...]:
    """Names of the profiles that are shipped."""
    return tuple(sorted(path.stem for path in _folder().glob("*.json")))


def load_profile(name: str | None, portal: str) -> dict[str, Any]:
    """The switches that a shipped profile or a file sets for one portal; none without a name.

    Besides switches a file may have an object ``national`` or ``government``: switches of that twin alone, which win
    over the common ones. ``about`` is for people.

    Raises:
        ProfileError: there is no such profile, or it is no JSON object.
    """
    if name is None:
        return {}
    path = _folder() / f"{name}.json" if name in shipped() else Path(name)
    try:
        data = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        data = None
    own = data.get(portal, {}) if isinstance(data, dict) else None
    if not isinstance(data, dict) or not isinstance(own, Mapping):
        msg = f"{name} is neither a shipped profile ({', '.join(shipped())}) nor a file with a JSON object"
        raise ProfileError(msg)
    return {key: value for key, value in data.items() if key not in (*PORTALS, "about")} | dict(own)


# ---- running ------------------------------------------------------------------------------------------------


def run(served: AbstractAsyncContextManager[Mapping[str, Any]], ready_file: Path | None) -> int:
    """Serve until SIGTERM or SIGINT. ``served`` gives the facts of the ready line. 0 after a clean stop, 1 for a taken port."""
    try:
        asyncio.run(_until_stopped(served, ready_file))
    except OSError as error:
        sys.stderr.write(f"twin: {error.strerror or type(error).__name__}\n")
        return 1
    return 0


def refused(error: Exception) -> int:
    """Settings make no sense: say why; the status to end with."""
    sys.stderr.write(f"twin: {error}\n")
    return 2


async def _until_stopped(
    served: AbstractAsyncContextManager[Mapping[str, Any]], ready_file: Path | None
) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with served as facts:
        line = json.dumps(facts) + "\n"
        if ready_file is not None:
            _write_whole(ready_file, line)
        sys.stdout.write(line)
        sys.stdout.flush()
        await stop.wait()


def _write_whole(path: Path, text: str) -> None:
    """Write beside and rename: whoever waits for the file may read at once."""
    draft = path.with_name(f"{path.name}.part")
    draft.write_text(text, "utf-8")
    draft.replace(path)
