"""``make sbom``: the bill of materials (CycloneDX, JSON) and the licence report of what the connector runs on.

Taken from what is installed and from the pins, never from a registry. A licence that is not on the list below is an error:
somebody has to look at it first.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import Distribution, distribution
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import DisjunctiveLicense, LicenseExpression
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from parcel import ROOT, epoch, folder, tell

OURS = "phanhoi-connector"

ALLOWED = {
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSD-3-Clause-Modification",
    "ISC",
    "MIT",
    "MIT-0",
    "MIT-CMU",
    "MPL-2.0",  # asked for its own files only, which we do not change
    "LGPL-3.0-only",  # psycopg: a library that whoever runs the connector may exchange
    "PSF-2.0",
    "PostgreSQL",
    "Unlicense",
    "Zlib",
    "0BSD",
}
"""Licences that may be among what we ship. Each element of an ``AND`` must be here; of an ``OR`` one is enough."""

NAMES: Mapping[str, str] = {
    "apache": "Apache-2.0",
    "apache 2": "Apache-2.0",
    "apache 2.0": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "bsd": "BSD-3-Clause",
    "bsd license": "BSD-3-Clause",
    "bsd-3-clause": "BSD-3-Clause",
    "isc": "ISC",
    "isc license (iscl)": "ISC",
    "mit": "MIT",
    "mit license": "MIT",
    "the mit license (mit)": "MIT",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "python software foundation license": "PSF-2.0",
    "gnu lesser general public license v3 (lgplv3)": "LGPL-3.0-only",
}
"""How packages without an SPDX expression call theirs."""

READ: Mapping[str, str] = {"httpx-aiohttp": "BSD-3-Clause"}
"""Packages whose metadata hold the licence's text and not its name: somebody has read it."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """One package that is shipped, as it is pinned and installed."""

    name: str
    version: str
    licence: str
    hashes: tuple[str, ...]
    needs: tuple[str, ...]
    summary: str

    @property
    def purl(self) -> PackageURL:
        """Its name in all such bills."""
        return PackageURL(type="pypi", name=self.name, version=self.version)


def parts() -> tuple[Part, ...]:
    """Everything that is needed to run, ourselves first, by name.

    Raises:
        SystemExit: what is installed is not what is pinned: ``make setup`` first.
    """
    hashes = _pinned()
    found: dict[str, Part] = {}
    todo: list[tuple[str, frozenset[str]]] = [(OURS, frozenset())]
    seen: set[tuple[str, frozenset[str]]] = set()
    while todo:
        name, extras = todo.pop()
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        told = distribution(name)
        needed = tuple(sorted(set(_needs(told, extras))))
        todo += needed
        before = found[name].needs if name in found else ()
        if name != OURS and (name, told.version) not in hashes:
            msg = f"{name} {told.version} is installed, and not what requirements/runtime.txt pins"
            raise SystemExit(msg)
        found[name] = Part(
            name=name,
            version=told.version,
            licence=licence_of(told),
            hashes=hashes.get((name, told.version), ()),
            needs=tuple(sorted({*before, *(one for one, _ in needed)})),
            summary=told.metadata.get("Summary") or "",
        )
    return tuple(sorted(found.values(), key=lambda part: (part.name != OURS, part.name)))


def _pinned() -> dict[tuple[str, str], tuple[str, ...]]:
    """Hashes by name and version, from the pins."""
    text = (ROOT / "requirements" / "runtime.txt").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = re.findall(r"^([a-z0-9._-]+)(?:\[[a-z,]+\])?==(\S+)(.*)$", text, re.MULTILINE)
    return {
        (canonicalize_name(name), version): tuple(re.findall(r"--hash=sha256:([0-9a-f]{64})", rest))
        for name, version, rest in lines
    }


def _needs(told: Distribution, extras: frozenset[str]) -> Iterator[tuple[str, frozenset[str]]]:
    for line in told.requires or ():
        wanted = Requirement(line)
        if wanted.marker is None or any(wanted.marker.evaluate({"extra": extra}) for extra in (*extras, "")):
            yield canonicalize_name(wanted.name), frozenset(wanted.extras)


def licence_of(told: Distribution) -> str:
    """Its licence as an SPDX expression; what cannot be told as one is given as it stands."""
    metadata = told.metadata
    if expression := metadata.get("License-Expression"):
        return str(expression)
    claimed = [
        one.rpartition(" :: ")[2]
        for one in metadata.get_all("Classifier") or ()
        if one.startswith("License :: ") and one != "License :: OSI Approved"
    ]
    short = (metadata.get("License") or "").strip()
    if known := READ.get(canonicalize_name(metadata["Name"])):
        return known
    for one in (short, *claimed):
        if found := NAMES.get(one.lower(), one if one in ALLOWED else None):
            return found
    return short.partition("\n")[0] or ", ".join(claimed) or "unknown"


def allowed(expression: str) -> bool:
    """May something under this licence be shipped?"""
    choices = re.split(r"\s+OR\s+", expression.strip("()"))
    return any(
        all(one.strip("() ") in ALLOWED for one in re.split(r"\s+AND\s+", choice)) for choice in choices
    )


def bill(found: tuple[Part, ...]) -> str:
    """The bill of materials as CycloneDX 1.6, the same text for the same parts."""
    components = {part.name: _component(part) for part in found}
    bom = Bom(components=[one for name, one in components.items() if name != OURS])
    bom.metadata.component = components[OURS]
    bom.metadata.timestamp = datetime.fromtimestamp(epoch(), UTC)
    told = "".join(f"{part.purl}\n" for part in found)
    bom.serial_number = uuid5(NAMESPACE_URL, told)
    for part in found:
        bom.register_dependency(components[part.name], [components[one] for one in part.needs])
    return str(JsonV1Dot6(bom).output_as_string(indent=2)) + "\n"


def _component(part: Part) -> Component:
    spdx = allowed(part.licence)
    return Component(
        type=ComponentType.APPLICATION if part.name == OURS else ComponentType.LIBRARY,
        name=part.name,
        version=part.version,
        purl=part.purl,
        bom_ref=str(part.purl),
        description=part.summary,
        licenses=[LicenseExpression(part.licence) if spdx else DisjunctiveLicense(name=part.licence)],
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=one) for one in part.hashes],
    )


def report(found: tuple[Part, ...]) -> str:
    """The licences as a table that can be read."""
    rows = [f"| {part.name} | {part.version} | {part.licence} |\n" for part in found]
    return (
        "# Giấy phép / Licences\n\n"
        "Những gì bản cài đặt gồm có / what an installation consists of.\n\n"
        "| gói / package | phiên bản / version | giấy phép / licence |\n| --- | --- | --- |\n" + "".join(rows)
    )


def write(target: Path) -> tuple[Path, Path]:
    """Both files in a folder.

    Raises:
        SystemExit: a licence is not on the list.
    """
    found = parts()
    if wrong := [f"{part.name}: {part.licence}" for part in found if not allowed(part.licence)]:
        raise SystemExit("licences that nobody has looked at:\n  " + "\n  ".join(wrong))
    sbom, licences = target / "sbom.cdx.json", target / "licences.md"
    sbom.write_text(bill(found), encoding="utf-8")
    licences.write_text(report(found), encoding="utf-8")
    return sbom, licences


if __name__ == "__main__":
    for path in write(folder()):
        tell(path)
