"""The manifest of an export: are the files it names here, whole, and do they say what it says of them?"""

import hashlib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from connector.verify.check import check_file
from connector.verify.finding import Fact, Finding, Kind, Result, safe
from connector.verify.lines import BadLine, Fault, parse_object
from connector.verify.shapes import head_of, is_hash
from connector.verify.trust import CannotCheckError, Trust, contents

FORMAT = "phanhoi-export-manifest/1"
MOST_FILES = 1000


def is_manifest(path: Path) -> bool:
    """Is the file named as manifests are?"""
    return path.name.endswith(".manifest.json")


def check_manifest(path: Path, trust: Trust) -> list[Result]:
    """Check a manifest, the digests of its files, and each of them that is an export.

    Returns:
        one result for the manifest, then one for each export.
    """
    result = Result(file=safe(path))
    try:
        told = parse_object(contents(path))
        files = _files(told)
    except (BadLine, CannotCheckError):
        result.findings.append(Finding(kind=Kind.NO_EXPORT, name="manifest"))
        return [result]
    results = [result]
    for one in files:
        if _check_listed(path.parent, one, result) and one["name"].endswith(".jsonl"):
            inner = check_file(path.parent / one["name"], trust)
            _compare(told, inner, path.parent / one["name"], result)
            results.append(inner)
    return results


def _files(told: Mapping[str, Any]) -> list[dict[str, Any]]:
    files = told.get("files")
    if told.get("format") != FORMAT or not isinstance(files, list) or not 0 < len(files) <= MOST_FILES:
        raise BadLine(Fault.SHAPE)
    for one in files:
        match one:
            case {"name": str(), "sha256": digest, "size": int()} if is_hash(digest):
                pass
            case _:
                raise BadLine(Fault.SHAPE)
    return files


def _check_listed(folder: Path, one: Mapping[str, Any], result: Result) -> bool:
    """Is the file here and what it was? Only files beside the manifest are looked at, wherever its names point."""
    name = one["name"]
    if PurePosixPath(name).name != name or "\\" in name or "\0" in name or name in {"", ".", ".."}:
        result.findings.append(Finding(kind=Kind.MANIFEST, name=safe(name)))
        return False
    try:
        with (folder / name).open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
            size = stream.tell()
    except OSError:
        result.findings.append(Finding(kind=Kind.FILE_GONE, name=safe(name)))
        return False
    if (digest, size) == (one["sha256"], one["size"]):
        result.tell(Fact.FILE_RIGHT, name=safe(name))
    else:
        result.findings.append(Finding(kind=Kind.FILE_DIFFERS, name=safe(name)))
    return True


def _compare(told: Mapping[str, Any], inner: Result, path: Path, result: Result) -> None:
    """What the manifest tells of the export beside what the export is."""
    if inner.sha256 is None:
        return
    head = head_of(parse_object(contents(path, first_line=True)))
    facts = {
        "entries": inner.entries,
        "first_seq": inner.first,
        "last_seq": inner.last,
        "checkpoint": head.checkpoint,
        "filter": head.wanted,
    }
    for name, value in facts.items():
        if name in told and told[name] != value and not _unknown(name, inner):
            result.findings.append(Finding(kind=Kind.MANIFEST, name=name))


def _unknown(name: str, inner: Result) -> bool:
    """Counts of an export that is wrong say nothing about its manifest."""
    return name in {"entries", "first_seq", "last_seq"} and any(
        one.seq is not None or one.line is not None for one in inner.findings
    )
