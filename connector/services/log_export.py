"""Exports of the log: the file that proves itself, views of it for people, and the entry that records the export."""

import asyncio
import hashlib
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO

from connector.canonical import plain
from connector.clock import LOCAL_ZONE, Clock
from connector.errors import ExportTooLarge
from connector.jsonable import jsonable
from connector.ledger.commitment import Openings
from connector.ledger.entry import Entry, EntryKind
from connector.ledger.export import Lines, Proof, gaps
from connector.ledger.filter import LogFilter
from connector.reports.log_files import LogCsv, LogXlsx, View
from connector.reports.log_pdf import MOST_ENTRIES, LogPdf
from connector.reports.log_table import About
from connector.rules.visibility import Audience
from connector.store import exports
from connector.store.database import Database
from connector.store.tiles import Tiles

MANIFEST = "phanhoi-export-manifest/1"

VIEWS: Mapping[str, Callable[[BinaryIO], View]] = {"csv": LogCsv, "xlsx": LogXlsx, "pdf": LogPdf}
"""Views for people by the ending of their file; ``jsonl`` is no view but the export itself."""


@dataclass(frozen=True, kw_only=True)
class Written:
    """One file of an export."""

    name: str
    kind: str
    sha256: str
    size: int


@dataclass(frozen=True, kw_only=True)
class Exported:
    """What an export came to.

    Attributes:
        first_seq, last_seq: of the entries in it; None if no entry fits.
    """

    wanted: Mapping[str, Any]
    entries: int
    first_seq: int | None
    last_seq: int | None
    proof: Proof
    made_at: datetime
    made_by: str
    files: tuple[Written, ...]

    def manifest(self) -> dict[str, Any]:
        """What lies beside the files."""
        return {
            "format": MANIFEST,
            "files": [vars(one) for one in self.files],
            "filter": dict(self.wanted),
            "entries": self.entries,
            "first_seq": self.first_seq,
            "last_seq": self.last_seq,
            "checkpoint": self.proof.checkpoint,
            "made_at": plain(self.made_at),
            "made_by": self.made_by,
        }

    def manifest_file(self) -> bytes:
        """The same as a file."""
        return json.dumps(jsonable(self.manifest()), ensure_ascii=False, indent=2).encode() + b"\n"


@dataclass(frozen=True, kw_only=True)
class Opened:
    """Openings by number of entry, and whom they are for."""

    audience: Audience
    openings: Mapping[int, Openings]


@dataclass(frozen=True, kw_only=True)
class Out:
    """A file that is being written: its final name, and the open file, which can be read back."""

    name: str
    file: BinaryIO

    def written(self, kind: str) -> Written:
        """What was written, once all is."""
        size = self.file.seek(0, os.SEEK_END)
        self.file.seek(0)
        digest = hashlib.file_digest(self.file, "sha256").hexdigest()  # type: ignore[arg-type]
        return Written(name=self.name, kind=kind, sha256=digest, size=size)


class Bundle:
    """The JSON Lines file in the making: takes the picked entries, and fills the places between them with hashes."""

    def __init__(self, out: BinaryIO, proof: Proof, tiles: Tiles) -> None:
        self._out, self._proof, self._tiles = out, proof, tiles
        self._lines = Lines()
        self._done = 0
        self.first: int | None = None

    @property
    def entries(self) -> int:
        """How many were taken."""
        return self._lines.entries

    @property
    def last(self) -> int | None:
        """Number of the last one taken."""
        return self._done or None

    def begin(
        self, wanted: Mapping[str, Any], made_at: datetime, case: Mapping[str, Any] | None = None
    ) -> None:
        """Write the first line, and the summary of a case."""
        self._out.write(self._lines.head(self._proof, wanted, made_at))
        if case is not None:
            self._out.write(self._lines.case(case))

    async def add(self, entry: Entry, openings: Openings | None = None) -> None:
        """Take the next picked entry."""
        await self._fill(entry.seq - 1)
        self._out.write(self._lines.entry(entry, openings))
        self.first = self.first or entry.seq
        self._done = entry.seq

    async def end(self) -> None:
        """Fill up to the size of the checkpoint and write the last line."""
        await self._fill(self._proof.size)
        self._out.write(self._lines.end())

    async def _fill(self, last: int) -> None:
        for gap in gaps(self._done + 1, last, self._proof.cuts):
            self._out.write(self._lines.gap(gap, await self._tiles.nodes(gap.first, gap.last)))


async def export_log(
    db: Database,
    wanted: LogFilter,
    outs: Mapping[str, Out],
    *,
    proof: Proof,
    actor: str,
    clock: Clock,
    opened: Opened | None = None,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Exported:
    """Write the picked entries into every file in one pass, then the entry that records it.

    Args:
        outs: the open files by ``jsonl`` and the names of views. As long as the caller has not given them their final
            names they are nobody's: the recording comes before that.
        opened: what may be shown of sealed values.
        progress: is told how many of how many were written.

    Raises:
        ExportTooLarge: a view cannot hold so many.
    """
    made_at = clock.now()
    async with db.reading() as conn:
        total = await exports.count(conn, wanted, proof.size)
        if "pdf" in outs and total > MOST_ENTRIES:
            msg = f"{total} entries fit; a PDF holds at most {MOST_ENTRIES}"
            raise ExportTooLarge(msg)
        views = [VIEWS[kind](one.file) for kind, one in outs.items() if kind in VIEWS]
        bundle = Bundle(outs["jsonl"].file, proof, Tiles(conn))
        bundle.begin(wanted.as_json(), made_at)
        async for entry in exports.picked(conn, wanted, proof.size):
            await bundle.add(entry, opened.openings.get(entry.seq) if opened else None)
            for view in views:
                view.add(entry)
            if bundle.entries % 1000 == 0:
                progress(bundle.entries, total)
        await bundle.end()
    about = About(wanted=wanted, made_at=made_at, made_by=actor, entries=bundle.entries, proof=proof)
    for view in views:  # laying out takes seconds: whoever else lives in this process goes on meanwhile
        await asyncio.to_thread(view.close, about)
    done = Exported(
        wanted=wanted.as_json(),
        entries=bundle.entries,
        first_seq=bundle.first,
        last_seq=bundle.last,
        proof=proof,
        made_at=made_at,
        made_by=actor,
        files=tuple(one.written(kind) for kind, one in outs.items()),
    )
    async with db.unit() as unit:
        unit.record(
            EntryKind.LOG_EXPORTED, actor=actor, case_id=wanted.case_id, **_facts(done, wanted, opened)
        )
    return done


def file_name(what: str, now: datetime) -> str:
    """Name of the files of an export, without their endings: what it is and when it was made."""
    return f"{what}-{now.astimezone(LOCAL_ZONE):%Y%m%d-%H%M%S}"


def _facts(done: Exported, wanted: LogFilter, opened: Opened | None) -> dict[str, Any]:
    return {
        "filter_digest": wanted.digest,
        "formats": "+".join(one.kind for one in done.files),
        "entries": done.entries,
        "first_entry": done.first_seq,
        "last_entry": done.last_seq,
        "checkpoint_size": done.proof.size,
        "sha256": done.files[0].sha256,
        "audience": opened and opened.audience.value,
        "opened": opened and sum(len(one) for one in opened.openings.values()),
    }
