"""A disk that can be filled and emptied again, where that may be mounted; else the guard's limit is brought near."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest

from connector.store.embedded import EmbeddedServer

MIB = 1024 * 1024


class LittleDisk:
    """A disk that can be filled: a small one of its own, or the one at hand with a limit near what it has left."""

    def __init__(self, folder: Path, *, own: bool) -> None:
        self.folder = folder
        self._own = own
        free = shutil.disk_usage(folder).free // MIB
        self.least_free_mib = 1 if own else max(1, free - 400)

    @contextmanager
    def full(self) -> Iterator[None]:
        """Fill it; empty it again afterwards."""
        ballast = self.folder / "ballast"
        try:
            with ballast.open("wb") as file:
                step = 1 if self._own else 500
                for number in range(0, 1 << 20, step):
                    os.posix_fallocate(file.fileno(), number * MIB, step * MIB)
                    if not self._own:
                        break
        except OSError:
            with ballast.open("ab", buffering=0) as file, suppress(OSError):  # the last pages
                while True:
                    file.write(bytes(4096))
        try:
            yield
        finally:
            ballast.unlink()

    @property
    def url(self) -> str:
        """Where the server on it listens."""
        place = (self.folder / "postgres" / "postmaster.pid").read_text("utf-8").splitlines()[4]
        return f"postgresql://postgres:@/postgres?host={place}"

    def refuses_writes(self) -> None:
        """On a disk of its own the server cannot write any more, whatever our guard thinks of it."""
        if not self._own:
            return
        with (
            psycopg.connect(self.url) as conn,
            pytest.raises(psycopg.errors.DiskFull),
        ):
            conn.execute("CREATE TABLE too_much AS SELECT repeat('x', 1000) FROM generate_series(1, 100000)")

    def stop_server(self) -> None:
        """The embedded server outlives its users; the disk cannot be taken away before it stops."""
        EmbeddedServer(self.folder / "postgres", 1).stop_left_over()


@contextmanager
def little_disk(folder: Path) -> Iterator[LittleDisk]:
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=300m,mode=755", "tmpfs", str(folder)]
    own = (
        shutil.which("mount") is not None
        and subprocess.run(mount, capture_output=True, check=False).returncode == 0
    )
    try:
        yield LittleDisk(folder, own=own)
    finally:
        if own:
            subprocess.run(["umount", str(folder)], check=True)
