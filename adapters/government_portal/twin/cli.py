"""The twin as a program of its own."""

import argparse
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from adapters.government_portal.twin.app import serving
from adapters.government_portal.twin.world import World
from adapters.twin_kit import program


def _parser() -> argparse.ArgumentParser:
    parser = program.options(
        "phanhoi twin government",
        "Bản mô phỏng Cổng Thông tin điện tử Chính phủ / A stand-in of the Government Portal (SOAP)",
    )
    parser.add_argument("--username", default=World.username)
    parser.add_argument(
        "--organ",
        action="append",
        metavar="CODE",
        help="organisation code or pattern the account may speak for; repeatable; default *.H56",
    )
    return parser


def _world(options: argparse.Namespace) -> World:
    passwords = tuple(program.secret(name) for name in options.password_env)
    return World(
        seed=options.seed,
        passwords=passwords or (secrets.token_urlsafe(12),),
        username=options.username,
        organs=tuple(options.organ or World.organs),
        start_profile=program.load_profile(options.profile, "government"),
    )


@asynccontextmanager
async def _served(options: argparse.Namespace, world: World) -> AsyncIterator[dict[str, str]]:
    async with serving(
        world, host=options.host, port=options.port, control_port=options.control_port
    ) as twin:
        facts = {"url": twin.url, "control_url": twin.control_url, "username": twin.username}
        # a password that was made up must be told, or nobody could log in
        yield facts if options.password_env else facts | {"password": twin.password}


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT. 0 after a clean stop, 2 for settings that make no sense, 1 for a taken port."""
    options = _parser().parse_args(argv)
    try:
        return program.run(_served(options, _world(options)), options.ready_file)
    except ValueError as error:
        return program.refused(error)
