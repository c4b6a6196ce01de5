"""The twin as a program of its own."""

import argparse
import asyncio
import json
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from adapters.national_portal.twin.profile import Profile, ProfileError
from adapters.national_portal.twin.server import running
from adapters.national_portal.twin.settings import Settings


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="phanhoi twin national",
        description="Bản mô phỏng Cổng Dịch vụ công quốc gia / A stand-in of the National Portal",
    )
    add = parser.add_argument
    add("--host", default="127.0.0.1")
    add("--port", type=int, default=0)
    add("--control-port", type=int, default=0)
    add("--seed", type=int, default=1)
    add("--password-env", metavar="NAME", help="environment variable that holds the accounts' password")
    add("--ready-file", type=Path, metavar="PATH", help="the ready line is written here as well")
    add("--profile", type=Path, metavar="FILE", help="switches at start (JSON)")
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


def _secret(name: str | None) -> str | None:
    if name is None:
        return None
    value = os.environ.get(name)
    if not value:
        msg = f"environment variable {name} is empty"
        raise ValueError(msg)
    return value


def _settings(options: argparse.Namespace) -> Settings:
    password = _secret(options.password_env)
    settings = Settings(
        agency=options.agency,
        seed=options.seed,
        prefix=options.prefix,
        dstcode=options.dstcode,
        share_path=options.share_path,
        integration_path=options.integration_path,
        fetch_hosts=tuple(options.fetch_host),
        catalogue=options.catalogue,
        consumer=_secret(options.consumer_env),
        facade=options.facade,
    )
    return replace(settings, password=password) if password else settings


def _profile(path: Path | None) -> Profile:
    if path is None:
        return Profile()
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        data = None
    if not isinstance(data, dict):
        msg = f"{path.name} is no JSON object"
        raise ProfileError(msg)
    return Profile.parse(data)


async def _serve(options: argparse.Namespace, settings: Settings, profile: Profile) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with running(
        settings, profile, host=options.host, port=options.port, control_port=options.control_port
    ) as served:
        ready = json.dumps({"url": served.url, "control_url": served.control_url})
        if options.ready_file is not None:
            # written whole or not at all: whoever waits for it may read at once
            partial = options.ready_file.with_name(options.ready_file.name + ".part")
            partial.write_text(ready + "\n", encoding="utf-8")
            partial.replace(options.ready_file)
        sys.stdout.write(ready + "\n")
        sys.stdout.flush()
        await stop.wait()


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT. 0 after a clean stop, 2 for settings that make no sense, 1 for a taken port."""
    options = _parser().parse_args(argv)
    try:
        settings, profile = _settings(options), _profile(options.profile)
        asyncio.run(_serve(options, settings, profile))
    except ValueError as error:
        sys.stderr.write(f"twin: {error}\n")
        return 2
    except OSError as error:
        sys.stderr.write(f"twin: {error.strerror or type(error).__name__}\n")
        return 1
    return 0
