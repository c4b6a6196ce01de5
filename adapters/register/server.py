"""The register as a program: install or upgrade its schema, make tokens, load agencies, serve the API."""

import argparse
import asyncio
import json
import logging
import os
import signal
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import psycopg
import psycopg_pool

from adapters.register.catalogue_file import read_agencies
from adapters.register.database import Database
from adapters.register.refusals import RegisterRefused
from adapters.register.service import Register, RegisterConfig
from adapters.register.serving import WebServer, listen, until_ready
from adapters.register.settings import read_keys
from adapters.register.signatures import read_roots
from adapters.register.tokens import Role, create_token
from connector.app import shipped
from connector.clock import SystemClock
from connector.errors import ConnectorError, DatabaseUnavailable, UserError
from connector.rules.book import RuleBook

DATABASE_ENV = "REGISTER_DATABASE_URL"
KEYS_ENV, KEYS_FILE_ENV = "REGISTER_MASTER_KEYS", "REGISTER_MASTER_KEYS_FILE"


def main(argv: Sequence[str] | None = None) -> int:
    """Serve the register, or do one administrative step. 0 after a clean stop; 2 wrong use; 3 no database."""
    options = _parser().parse_args(argv)
    logging.getLogger("psycopg.pool").setLevel(logging.CRITICAL)  # its tries are told once, as PH-201
    try:
        return asyncio.run(_run(options))
    except ConnectorError as error:
        vi, en = error.next_step
        problems = "".join(f"\n  {item}" for item in getattr(error, "problems", ()))
        sys.stderr.write(f"{error}{problems}\n{vi}\n{en}\n")
        return error.exit_status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="phanhoi register",
        description=f"Sổ hồ sơ / case register. PostgreSQL: {DATABASE_ENV}; khóa chủ / master keys: "
        f"{KEYS_ENV} | {KEYS_FILE_ENV}",
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0: a free one")
    parser.add_argument("--ready-file", type=Path, help="also write the ready line here")
    parser.add_argument("--madonvi", default=RegisterConfig().madonvi, help="prefix of case codes")
    parser.add_argument("--agencies", type=Path, help="agency list (CSV) to load first")
    parser.add_argument("--mappings", type=Path, help="own folder of mappings, rule packs and calendars")
    parser.add_argument(
        "--tick-seconds", type=float, default=60, help="how often the clock's own steps are looked for"
    )
    parser.add_argument(
        "--portal-grace-hours",
        type=float,
        default=24,
        help="how long a portal's case waits after the sender's time",
    )
    parser.add_argument("--create-token", metavar="ROLE:NAME", help="print a new token once and end")
    parser.add_argument("--trusted-roots", type=Path, help="folder of root certificates for signed files")
    parser.add_argument(
        "--erase-contact", nargs=3, metavar=("CASE", "OFFICER", "BASIS"), help="erase a case's sender and end"
    )
    parser.add_argument(
        "--rewrap-keys", action="store_true", help="wrap all keys under the first master key and end"
    )
    parser.add_argument("--install-only", action="store_true", help="install or upgrade the schema and end")
    return parser


async def _run(options: argparse.Namespace) -> int:
    register = _register(options)
    try:
        await register.install()
        if options.agencies is not None:
            agencies, holder = read_agencies(options.agencies)
            await register.put_agencies(agencies, province_role=holder)
        if options.create_token is not None:
            return await _print_token(register, options.create_token)
        if options.erase_contact is not None:
            await register.erase_contact(*options.erase_contact)
            return 0
        if options.rewrap_keys:
            sys.stdout.write(f"{await register.rewrap()}\n")
            return 0
        if options.install_only:
            return 0
        return await _serve(register, options)
    except (psycopg.OperationalError, psycopg_pool.PoolTimeout) as error:
        msg = f"the register's database cannot be reached ({type(error).__name__})"
        raise DatabaseUnavailable(msg) from None
    except RegisterRefused as refused:
        raise UserError(str(refused)) from None
    finally:
        await register.aclose()


def _register(options: argparse.Namespace) -> Register:
    dsn = os.environ.get(DATABASE_ENV)
    if not dsn:
        msg = f"set {DATABASE_ENV} to the address of a PostgreSQL database"
        raise UserError(msg)
    file = os.environ.get(KEYS_FILE_ENV)
    masters = read_keys(os.environ.get(KEYS_ENV), Path(file) if file else None)
    roots = read_roots(options.trusted_roots) if options.trusted_roots else ()
    config = RegisterConfig(
        madonvi=options.madonvi,
        trusted_roots=roots,
        portal_grace=timedelta(hours=options.portal_grace_hours),
    )
    book = RuleBook.load(options.mappings or shipped("mappings"))
    return Register(Database(dsn), SystemClock(), masters, book, config)


async def _print_token(register: Register, wanted: str) -> int:
    role, _, name = wanted.partition(":")
    if role not in set(Role) or not name.strip():
        msg = f"--create-token takes ROLE:NAME with a role of {', '.join(Role)}"
        raise UserError(msg)
    async with register.database.connection() as conn:
        token = await create_token(conn, register.scope.clock, Role(role), name.strip())
    sys.stdout.write(f"{token}\n")
    return 0


async def _serve(register: Register, options: argparse.Namespace) -> int:
    sock = listen(options.host, options.port)
    server = WebServer(register, tick_s=options.tick_seconds)
    loop = asyncio.get_running_loop()
    for stop in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(stop, _stop, server)
    serving = asyncio.create_task(server.serve(sockets=[sock]))
    try:
        await until_ready(server, serving)
        host = f"[{options.host}]" if ":" in options.host else options.host
        ready = json.dumps({"url": f"http://{host}:{sock.getsockname()[1]}"})
        if options.ready_file is not None:
            _write_whole(options.ready_file, ready)
        sys.stdout.write(f"{ready}\n")
        sys.stdout.flush()
        await serving
    finally:
        sock.close()
    return 0


def _stop(server: WebServer) -> None:
    server.should_exit = True


def _write_whole(path: Path, text: str) -> None:
    # a reader that waits for the file must never see half of it
    part = path.with_name(f"{path.name}.part")
    part.write_text(f"{text}\n", encoding="utf-8")
    part.replace(path)


if __name__ == "__main__":
    sys.exit(main())
