"""The twin as a program of its own."""

import argparse
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from adapters.national_portal.twin.profile import Profile
from adapters.national_portal.twin.server import running
from adapters.national_portal.twin.settings import Settings
from adapters.twin_kit import program


def _parser() -> argparse.ArgumentParser:
    parser = program.options(
        "phanhoi twin national",
        "Bản mô phỏng Cổng Dịch vụ công quốc gia / A stand-in of the National Portal",
    )
    add = parser.add_argument
    add("--agency", default="000.00.00.H56", help="main account; its user name is the agency code")
    add("--prefix", default="", help="path in front of mapi/…, e.g. /VXPAdapter/RestService/forward")
    add("--dstcode", help="demanded in header or query, if given")
    add("--share-path", default="mapi/g")
    add("--integration-path", default="mapi/g")
    add("--catalogue", type=Path, metavar="FILE", help="more agencies and fields (JSON)")
    add("--fetch-host", action="append", default=[], metavar="HOST", help="files may be fetched there too")
    add("--consumer-env", metavar="NAME", help="key:secret of a WSO2 gateway in front: /token, then Bearer")
    add("--facade", action="store_true", help="serve /KetNoiMotCuaQuocGia/<service> too")
    return parser


def _settings(options: argparse.Namespace) -> Settings:
    passwords = [program.secret(name) for name in options.password_env]
    settings = Settings(
        agency=options.agency,
        seed=options.seed,
        prefix=options.prefix,
        dstcode=options.dstcode,
        share_path=options.share_path,
        integration_path=options.integration_path,
        fetch_hosts=tuple(options.fetch_host),
        catalogue=options.catalogue,
        consumer=program.secret(options.consumer_env) if options.consumer_env else None,
        facade=options.facade,
    )
    return (
        replace(settings, password=passwords[0], other_passwords=tuple(passwords[1:]))
        if passwords
        else settings
    )


@asynccontextmanager
async def _served(
    options: argparse.Namespace, settings: Settings, profile: Profile
) -> AsyncIterator[dict[str, str]]:
    async with running(
        settings, profile, host=options.host, port=options.port, control_port=options.control_port
    ) as served:
        yield {"url": served.url, "control_url": served.control_url}


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT. 0 after a clean stop, 2 for settings that make no sense, 1 for a taken port."""
    options = _parser().parse_args(argv)
    try:
        settings = _settings(options)
        profile = Profile.parse(program.load_profile(options.profile, "national"))
        return program.run(_served(options, settings, profile), options.ready_file)
    except ValueError as error:
        return program.refused(error)
