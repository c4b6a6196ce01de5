"""The twin as a program of its own."""

import argparse
import asyncio
import json
import os
import secrets
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from adapters.government_portal.twin.app import serving
from adapters.government_portal.twin.profile import BadProfile
from adapters.government_portal.twin.world import World


def main(argv: Sequence[str] | None = None) -> int:
    """Run the twin until SIGTERM or SIGINT; 0 after a clean stop, 2 for wrong arguments."""
    options = _parser().parse_args(argv)
    try:
        world, generated = _world(options)
    except (OSError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    try:
        asyncio.run(_run(world, options, generated=generated))
    except OSError as error:
        sys.stderr.write(f"cannot listen: {error}\n")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="phanhoi twin government", description="Twin of the Government Portal (SOAP)"
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--control-port", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--username", default=World.username)
    parser.add_argument(
        "--organ",
        action="append",
        metavar="CODE",
        help="organisation code or pattern the account may speak for; repeatable; default *.H56",
    )
    parser.add_argument(
        "--password-env",
        action="append",
        metavar="NAME",
        help="environment variable with a valid password; repeatable, for a rotation. "
        "Without it a password is made up and printed",
    )
    parser.add_argument("--ready-file", type=Path, metavar="PATH")
    parser.add_argument(
        "--profile", type=Path, metavar="FILE", help="JSON file with the switches of the start"
    )
    return parser


def _world(options: argparse.Namespace) -> tuple[World, bool]:
    names: list[str] = options.password_env or []
    missing = [name for name in names if not os.environ.get(name)]
    if missing:
        msg = f"environment variable not set: {', '.join(missing)}"
        raise BadProfile(msg)
    passwords = tuple(os.environ[name] for name in names) or (secrets.token_urlsafe(12),)
    profile = json.loads(options.profile.read_text("utf-8")) if options.profile else {}
    world = World(
        seed=options.seed,
        passwords=passwords,
        username=options.username,
        organs=tuple(options.organ or World.organs),
        start_profile=profile,
    )
    return world, not names


async def _run(world: World, options: argparse.Namespace, *, generated: bool) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with serving(
        world, host=options.host, port=options.port, control_port=options.control_port
    ) as twin:
        facts = {"url": twin.url, "control_url": twin.control_url, "username": twin.username}
        if generated:
            facts["password"] = twin.password
        line = json.dumps(facts)
        if options.ready_file:
            _write_whole(options.ready_file, f"{line}\n")
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
        await stop.wait()


def _write_whole(path: Path, text: str) -> None:
    """Write beside and rename, so that a reader never sees half a line."""
    draft = path.with_name(f"{path.name}.part")
    draft.write_text(text, "utf-8")
    draft.replace(path)
