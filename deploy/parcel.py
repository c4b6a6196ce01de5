"""What the programs that make packages share: where things lie, and how the same sources give the same bytes."""

import gzip
import hashlib
import os
import subprocess
import sys
import tarfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
DIST = ROOT / "dist"
LONG_AGO = 1577836800
"""2020-01-01, the time of files where neither the caller nor a commit tells one."""


def version() -> str:
    """The version that is being packed."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return str(project["version"])


def epoch() -> int:
    """The time that all packed files carry, in seconds: ``SOURCE_DATE_EPOCH``, else that of the newest commit."""
    if given := os.environ.get("SOURCE_DATE_EPOCH"):
        return int(given)
    try:
        told = subprocess.run(
            ["git", "log", "-1", "--format=%ct"],  # noqa: S607  # the git of whoever builds
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):  # an unpacked sdist is no repository
        return LONG_AGO
    return int(told.stdout)


def digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write_sums(folder: Path) -> None:
    """``SHA256SUMS`` over everything in a folder, for ``sha256sum --check``."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "SHA256SUMS")
    lines = [f"{digest(path)}  {path.relative_to(folder).as_posix()}\n" for path in files]
    (folder / "SHA256SUMS").write_text("".join(lines), encoding="utf-8")


def write_tar(folder: Path, target: Path, name: str) -> None:
    """Pack a folder as ``name/…`` into a ``.tar.gz`` in which no clock, account or umask of this machine shows."""

    def plain(entry: tarfile.TarInfo) -> tarfile.TarInfo:
        entry.uid = entry.gid = 0
        entry.uname = entry.gname = "root"
        entry.mtime = epoch()
        entry.mode = 0o755 if entry.isdir() or entry.mode & 0o100 else 0o644
        return entry

    with (
        target.open("wb") as out,
        gzip.GzipFile("", "wb", mtime=epoch(), fileobj=out) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        archive.add(folder, name, recursive=False, filter=plain)
        for path in sorted(folder.rglob("*")):
            archive.add(path, f"{name}/{path.relative_to(folder)}", recursive=False, filter=plain)


def run(*command: str | Path, **environment: str) -> None:
    """Run a tool to its end; its failure is ours.

    Raises:
        SystemExit: it failed; it has said why itself.
    """
    done = subprocess.run([*map(str, command)], cwd=ROOT, env={**os.environ, **environment}, check=False)  # noqa: S603
    if done.returncode:
        msg = f"{Path(command[0]).name}: {done.returncode}"
        raise SystemExit(msg)


def tell(path: Path) -> None:
    """One line a package: its digest and where it lies."""
    sys.stdout.write(f"{digest(path)}  {path}\n")


def folder() -> Path:
    """Where to write: the argument of the program, or ``dist``."""
    found = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else DIST
    found.mkdir(parents=True, exist_ok=True)
    return found
