"""The bundle: one tar archive of JSON files, each cleaned before it is written. Pure but for the log lines handed in."""

import gzip
import io
import json
import tarfile
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any, BinaryIO

from connector.checkup.line import Line
from connector.doctor.clean import HIDDEN, clean, log_lines, statement
from connector.doctor.look import Look, versions
from connector.jsonable import jsonable
from connector.telemetry.catalogue import ALL

README = """\
Gói hỗ trợ của phanhoi-connector. Không có dữ liệu cá nhân: chỉ số đếm, mã, thời điểm và tên kỹ thuật; mọi câu chữ tự do đã thay bằng {hidden}
Mở ra xem trước khi gửi.

Support bundle of phanhoi-connector. No personal data: counts, codes, instants and technical names; all free text is replaced by {hidden}
Open it and look before you send it.
"""


def parts(
    seen: Look, lines: Iterable[Line], settings: Mapping[str, Any], logged: Iterable[str]
) -> dict[str, bytes]:
    """The files by name. ``settings``: in force, secrets as stars; ``logged``: lines as they were written."""
    told, strange = log_lines(logged)
    files: dict[str, Any] = {
        "summary.json": [_line(one) for one in lines],
        "versions.json": versions(),
        "settings.json": settings,
        "counts.json": [asdict(row) for row in seen.standing],
        "pauses.json": [
            {"scope": one.scope, "code": one.code, "guard": one.guard, "at": one.at, "numbers": one.numbers}
            for one in seen.pauses
        ],
        "circuits.json": [asdict(one) for one in seen.circuits],
        # a field called name may be a person's, and is always hidden
        "nodes.json": [{"node": one.name, **asdict(one)} for one in seen.nodes],
        "runs.json": [asdict(one) for one in seen.runs],
        "outlets.json": [asdict(one) for one in seen.troubles],
        "database.json": {name: rows for name, rows in seen.server.items() if name != "statements"},
        "machine.json": {
            "disks": seen.disks,
            "certificates": [asdict(one) for one in seen.certificates],
            "unreadable": seen.unreadable,
            "now": seen.now,
        },
        "missing.json": {**seen.missing, "log_lines_of_others": strange},
    }
    made = {name: _json(clean(jsonable(value))) for name, value in files.items()}
    made["statements.json"] = _json(_statements(seen))
    made["log.jsonl"] = b"".join(_json(line, indent=None) for line in told)
    if seen.metrics is not None:
        made["metrics.txt"] = _metrics(seen.metrics).encode()
    made["README.txt"] = README.format(hidden=HIDDEN).encode()
    return made


def _line(one: Line) -> dict[str, Any]:
    # a message is a sentence; what it is about stands in the code
    facts = {name: value for name, value in one.facts.items() if name != "message"}
    return {"area": one.area, "check": one.check, "state": one.state.value, "told": one.told, "facts": facts}


def _statements(seen: Look) -> list[dict[str, Any]]:
    """Beside the rest, because a statement would look like a sentence; it is cleaned in its own way."""
    return [
        {**clean(jsonable({**row, "query": None})), "query": statement(row["query"])}
        for row in seen.server.get("statements", ())
    ]


def _metrics(text: str) -> str:
    """Only our own metrics, the process's and the interpreter's: whoever listens on that port may be somebody else."""
    known = (*ALL, "process_", "python_gc_")
    kept = [
        line
        for line in text.splitlines()
        if line.removeprefix("# HELP ").removeprefix("# TYPE ").startswith(known)
    ]
    return "\n".join(kept) + "\n"


def _json(value: object, *, indent: int | None = 1) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=indent, default=str) + "\n").encode()


def write(out: BinaryIO, files: Mapping[str, bytes], at: datetime, folder: str) -> None:
    """The archive: readable by its owner alone, with nobody's account in it."""
    with (
        gzip.GzipFile(fileobj=out, mode="wb", filename="", mtime=int(at.timestamp())) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for name in sorted(files):
            about = tarfile.TarInfo(f"{folder}/{name}")
            about.size, about.mtime, about.mode = len(files[name]), int(at.timestamp()), 0o600
            archive.addfile(about, io.BytesIO(files[name]))
