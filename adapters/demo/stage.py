"""The stage: database, register, twins and connector as real processes that talk over real HTTP."""

import asyncio
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Self

from adapters.register.database import Database
from adapters.register.service import Register
from adapters.register.tokens import Role, create_token
from connector.app import shipped
from connector.clock import SystemClock
from connector.errors import ConnectorError
from connector.keyfile import ONLY_OWNER, create
from connector.rules.book import RuleBook
from connector.sealing import MasterKeys, new_master_line
from connector.settings import REHEARSAL_MARK
from connector.store.embedded import EmbeddedServer
from connector.store.migrate import migrate

READY_S = 60
STOP_S = 40
MASTER_KEYS = "master.keys"
SIGNING_KEYS = "signing.keys"
ROLES = (Role.INTAKE, Role.OFFICER, Role.EXCHANGE)


def refresh_pace(cases: int) -> float:
    """How often open cases are read again in a run of so many cases, in seconds.

    They are read in turn, in the end half of all: a turn that is too quick leaves no room for anything else. And a story
    waits for several turns, so that one that is too slow would be the pace of the run.
    """
    return max(5.0, cases / 80)


class StageError(ConnectorError):
    """A program of the demo did not start."""

    code = "PH-601"
    next_step = (
        "Xem nhật ký của chương trình trong thư mục dữ liệu của bản chạy thử.",
        "See that program's log in the demo's data folder.",
    )


@dataclass(frozen=True, kw_only=True)
class Addresses:
    """Where everything listens, and the tokens of the register's users."""

    national: str
    national_control: str
    government: str
    government_control: str
    register: str
    tokens: Mapping[str, str]


class Program:
    """One child process with its log file. ``within``: a command that runs it elsewhere, on a host of its own."""

    def __init__(
        self,
        name: str,
        folder: Path,
        arguments: list[str],
        environment: Mapping[str, str],
        within: Sequence[str] = (),
    ) -> None:
        self.name = name
        self.ready_file = folder / f"{name}.ready"
        self.log = folder / f"{name}.log"
        self.arguments = arguments
        self.within = within
        self.environment = {**os.environ, **environment}
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it (again); its output goes to its log."""
        self.ready_file.unlink(missing_ok=True)
        with self.log.open("ab") as log:
            self.process = self._spawn(log)

    def _spawn(self, log: IO[bytes]) -> subprocess.Popen[bytes]:
        command = [
            *self.within,
            sys.executable,
            "-m",
            "connector.cli",
            *self.arguments,
            "--ready-file",
            str(self.ready_file),
        ]
        # a session of its own: Ctrl-C reaches only the demo, which then stops the others in order
        return subprocess.Popen(  # noqa: S603  # our own program
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=self.environment,
            start_new_session=True,
        )

    def wait_ready(self) -> dict[str, Any]:
        """What it says when it is ready. Raises ``StageError`` if it ends or takes too long."""
        until = time.monotonic() + READY_S
        while time.monotonic() < until:
            if self.ended is not None:
                break
            with suppress(OSError, ValueError):
                told: dict[str, Any] = json.loads(self.ready_file.read_text(encoding="utf-8"))
                return told
            time.sleep(0.05)
        msg = f"{self.name} did not start; see {self.log}"
        raise StageError(msg)

    @property
    def ended(self) -> int | None:
        """Its exit status, or None while it runs."""
        return self.process.poll() if self.process else None

    def stop(self) -> None:
        """Ask it to stop, and insist."""
        if self.process is None or self.ended is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Stage:
    """Starts and stops the whole.

    Args:
        profile: fault profile of both twins.
        refresh_s: how often the connector reads open cases of the National Portal again.
        console: serve the web console, and tell of metrics and readiness, too.
        address: where register and portals listen; this machine alone, unless connectors run on hosts of their own.
        file_hosts: from where the national twin fetches files besides this machine.
    """

    def __init__(
        self,
        folder: Path,
        seed: int,
        *,
        profile: str = "calm",
        refresh_s: float = 5,
        console: bool = False,
        address: str = "127.0.0.1",
        file_hosts: Sequence[str] = (),
    ) -> None:
        self.folder = folder.expanduser().resolve()
        self.seed = seed
        self.profile = profile
        self.refresh_s = refresh_s
        self.address = address
        self._fetch = [word for host in file_hosts for word in ("--fetch-host", host)]
        self.console_port = free_port() if console else None
        self.metrics_port = free_port() if console else None
        self._stack = ExitStack()
        self._password = secrets.token_urlsafe(18)
        self._register_keys = new_master_line("demo")
        self.url = ""
        self.daemon: Program | None = None
        self.programs: dict[str, Program] = {}

    def __enter__(self) -> Self:
        self._wipe()
        self.server = EmbeddedServer(self.folder / "postgres")
        self._stack.callback(self.server.stop)
        try:
            self.url = self.server.start()
            migrate(self.url)
        except BaseException:  # Ctrl-C too: a server that was started must not stay behind
            self._stack.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        # an impatient second Ctrl-C would leave programs behind
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            self._stack.close()
        finally:
            signal.signal(signal.SIGINT, before)

    def _wipe(self) -> None:
        """Begin with nothing; only a folder that a demo made is ever removed."""
        if (
            self.folder.exists()
            and any(self.folder.iterdir())
            and not (self.folder / REHEARSAL_MARK).exists()
        ):
            msg = f"{self.folder} holds something else; name an empty folder with --folder"
            raise StageError(msg)
        if (self.folder / "postgres").exists():
            EmbeddedServer(self.folder / "postgres").stop_left_over()
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        (self.folder / REHEARSAL_MARK).touch()

    def program(
        self, name: str, arguments: list[str], environment: Mapping[str, str], within: Sequence[str] = ()
    ) -> Program:
        """Start one more program, which ends with the stage."""
        program = self.programs[name] = Program(name, self.folder, arguments, environment, within)
        program.start()
        self._stack.callback(program.stop)
        return program

    def open(self) -> Addresses:
        """Start everything."""
        addresses = self.furnish()
        self.start_connector()
        return addresses

    def start_connector(self) -> None:
        """Start the connector with the settings that were written."""
        self.daemon = self.program("daemon", ["--config", str(self.config), "daemon"], self.secrets())
        self.daemon.wait_ready()

    def furnish(self) -> Addresses:
        """Start register and twins and write the connector's settings; the connector itself does not run yet."""
        password = {"DEMO_PASSWORD": self._password}
        at = ["--host", self.address]
        twin = [*at, "--seed", str(self.seed), "--password-env", "DEMO_PASSWORD", "--profile", self.profile]
        national = self.program("national", ["twin", "national", *twin, *self._fetch], password)
        government = self.program("government", ["twin", "government", *twin], password)
        database = {"REGISTER_DATABASE_URL": self.url, "REGISTER_MASTER_KEYS": self._register_keys}
        tokens = asyncio.run(self._tokens())
        agencies = ["--agencies", str(shipped("mappings") / "agencies.csv")]
        # the demo's clock: a case of a portal lapses seconds after its sender's time, not a day
        ticking = ["--tick-seconds", "1", "--portal-grace-hours", "0"]
        register = self.program("register", ["serve", "register", *at, *agencies, *ticking], database)
        told = {one.name: one.wait_ready() for one in (national, government, register)}
        addresses = Addresses(
            national=told["national"]["url"],
            national_control=told["national"]["control_url"],
            government=told["government"]["url"],
            government_control=told["government"]["control_url"],
            register=told["register"]["url"],
            tokens=tokens,
        )
        create(self.folder / MASTER_KEYS, SystemClock().now().date())
        create(self.folder / SIGNING_KEYS, SystemClock().now().date())
        text = settings_text(
            self.folder,
            addresses,
            refresh_s=self.refresh_s,
            console_port=self.console_port,
            metrics_port=self.metrics_port,
        )
        self.config.write_text(text, encoding="utf-8")
        self._keep_secrets()
        return addresses

    def _keep_secrets(self) -> None:
        """Beside the settings, so that commands in another window need nothing but the settings file."""
        kept = self.folder / "secrets"
        kept.mkdir(mode=0o700)
        for name, value in self.secrets().items():
            file = kept / name.removeprefix("PHANHOI_").lower()
            file.touch(mode=ONLY_OWNER)
            file.write_text(value, encoding="utf-8")

    @property
    def config(self) -> Path:
        """The settings file of the demo's connector."""
        return self.folder / "phanhoi.toml"

    def secrets(self) -> dict[str, str]:
        """What the connector reads from its environment."""
        return {
            "PHANHOI_DATABASE__URL": self.url,
            "PHANHOI_SYSTEMS__NATIONAL_PORTAL__ADAPTER__PASSWORD": self._password,
            "PHANHOI_SYSTEMS__GOVERNMENT_PORTAL__ADAPTER__PASSWORD": self._password,
            "PHANHOI_SYSTEMS__REGISTER__ADAPTER__DATABASE_URL": self.url,
            "PHANHOI_SYSTEMS__REGISTER__ADAPTER__MASTER_KEYS": self._register_keys,
        }

    async def _tokens(self) -> dict[str, str]:
        """Install the register's schema and make a token for each kind of user."""
        clock = SystemClock()
        register = Register(
            Database(self.url),
            clock,
            MasterKeys.parse(self._register_keys),
            RuleBook.load(shipped("mappings")),
        )
        try:
            await register.install()
            async with register.database.connection() as conn:
                return {role.value: await create_token(conn, clock, role, "demo") for role in ROLES}
        finally:
            await register.aclose()

    def mend(self) -> int | None:
        """Start the connector again if it ended, as a supervisor would; returns the status it ended with."""
        assert self.daemon is not None
        status = self.daemon.ended
        if status is not None:
            self.daemon.start()
        return status


def free_port() -> int:
    """A port of this machine that nobody uses now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def settings_text(
    folder: Path,
    at: Addresses,
    *,
    refresh_s: float = 5,
    console_port: int | None = None,
    metrics_port: int | None = None,
) -> str:
    """The demo's settings: the shipped defaults, only faster."""
    return f"""\
# Written by the demo; the database address and the passwords lie in the folder secrets.
node = "demo"

[database]
folder = "{folder / "postgres"}"

[privacy]
master_keys_file = "{folder / MASTER_KEYS}"

[ledger]
origin = "demo.phanhoi.example/log"
signing_keys_file = "{folder / SIGNING_KEYS}"
checkpoint_folder = "{folder / "checkpoints"}"
seal_every_s = 5

[work]
lanes = 16
sweep_every_s = 2
backoff_first_s = 1
backoff_most_s = 20
settling_s = 2
heartbeat_s = 1
stalled_after_s = 4
stop_grace_s = 20

# weeks are played in minutes: what would be a flood on a province's day is the ordinary pace here
[guards]
flood_percent = 100
withdrawal_percent = 100

# fixed, not 0: a connector that is started again must serve the file addresses that portals were given before
[gateway]
port = {free_port()}

[console]
enabled = {"false" if console_port is None else "true"}
port = {console_port or 0}

[observability]
port = "{metrics_port or ""}"

[systems.register]
observe_every_s = 1
[systems.register.adapter]
access = "sql"

[systems.national_portal]
observe_every_s = 2
refresh_every_s = {refresh_s:g}
refresh_finished_days = {4 * refresh_s / 86400:.6f}
[systems.national_portal.adapter]
adapter_base = "{at.national}"
username = "000.00.00.H56"
madonvi = "000.00.00.H56"

[systems.government_portal]
observe_every_s = 2
refresh_every_s = {4 * refresh_s:g}
refresh_finished_days = {16 * refresh_s / 86400:.6f}
[systems.government_portal.adapter]
endpoint = "{at.government}"
system_id = "000.00.00.H56"
organ_id = "000.00.00.H56"
"""
