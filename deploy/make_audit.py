"""``make audit``: is a vulnerability known in anything that is pinned? Asks the advisory service; changes nothing.

Exit status 0: none known. 1: some are, each with the version that mends it. 4: the service could not be asked, so nothing is
known either way. Arguments: files of pins, instead of all of ``requirements/``.
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from parcel import ROOT

FOUND, UNKNOWN = 1, 4
PATIENCE_S = 600


@dataclass(frozen=True, kw_only=True)
class Known:
    """One vulnerability of one pinned version."""

    pins: str
    package: str
    version: str
    advisory: str
    mended_in: tuple[str, ...]

    def line(self) -> str:
        """As it is printed."""
        mended = ", ".join(self.mended_in) or "no release yet"
        return f"{self.pins}: {self.package} {self.version}: {self.advisory}; mended in: {mended}"


class NotAsked(Exception):
    """The service did not answer, or not for everything."""


def audit(pins: Path) -> list[Known]:
    """What is known of one file of pins.

    Raises:
        NotAsked: the service could not be asked about all of it.
    """
    arguments = ("--disable-pip", "--require-hashes", "--progress-spinner", "off", "--format", "json")
    try:
        done = subprocess.run(  # noqa: S603  # our own interpreter, a file of ours
            [sys.executable, "-m", "pip_audit", *arguments, "--requirement", str(pins)],
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_S,
        )
    except subprocess.TimeoutExpired:
        msg = f"no answer within {PATIENCE_S} s"
        raise NotAsked(msg) from None
    return list(known(done.stdout, done.stderr, pins.name))


def known(out: str, err: str, pins: str) -> Iterator[Known]:
    """What the auditor's answer tells.

    Raises:
        NotAsked: it is no answer, or leaves packages out.
    """
    try:
        told: list[dict[str, Any]] = json.loads(out)["dependencies"]
    except (ValueError, KeyError, TypeError):
        reason = (err.strip().splitlines() or ["no answer"])[-1]
        raise NotAsked(reason[:200]) from None
    if not told:
        msg = "it looked at nothing"
        raise NotAsked(msg)
    if left := [one for one in told if "skip_reason" in one]:
        msg = (
            f"{len(left)} of {len(told)} packages not looked at; {left[0]['name']}: {left[0]['skip_reason']}"
        )
        raise NotAsked(msg)
    for one in told:
        for found in one["vulns"]:
            names = ", ".join(dict.fromkeys([found["id"], *found.get("aliases", ())]))
            yield Known(
                pins=pins,
                package=one["name"],
                version=one["version"],
                advisory=names,
                mended_in=tuple(found["fix_versions"]),
            )


def tell(line: str) -> None:
    """One line."""
    sys.stdout.write(line + "\n")


def main(given: Sequence[str]) -> int:
    """Ask about each file, say what is known, and end accordingly."""
    files = [Path(name) for name in given] or sorted((ROOT / "requirements").glob("*.txt"))
    found: list[Known] = []
    for pins in files:
        try:
            found += audit(pins)
        except NotAsked as why:
            tell(f"NOT AUDITED: {pins.name}: the advisory service could not be asked ({why}).")
            tell("Nothing is known either way. Run it again where the package index can be reached.")
            return UNKNOWN
    for one in found:
        tell(one.line())
    tell(f"{len(files)} files of pins: {len(found)} known vulnerabilities.")
    return FOUND if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
