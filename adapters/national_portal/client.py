"""The national portal as one of the three systems (:class:`connector.system.System`)."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from adapters.national_portal import canary, push
from adapters.national_portal.batch import Coalescer
from adapters.national_portal.decode import Decoded, Vocabulary, decode_item, upper_keys
from adapters.national_portal.files import Files as FileReader
from adapters.national_portal.freshness import Freshness
from adapters.national_portal.gateway import Gateway
from adapters.national_portal.lookup import Lookup
from adapters.national_portal.profile import CATALOGUES, OPERATIONS, SYSTEM, UNSTABLE, VERSION_FIELDS
from adapters.national_portal.render import case_number, render
from adapters.national_portal.settings import NationalPortalSettings
from adapters.national_portal.wire import read_integer, read_text, write_date, write_json
from adapters.national_portal.writes import Writes
from connector.canonical import digest, digest_bytes
from connector.case import Attachment
from connector.errors import ConnectorError, Permanent, Unreadable
from connector.system import (
    Capabilities,
    CatalogueEntry,
    ContractPart,
    Files,
    Key,
    Operation,
    Page,
    Pong,
    PushCall,
    Pushed,
    PushReply,
    Receipt,
    Record,
    Sighting,
    Surroundings,
)

SETTLING = timedelta(seconds=2)
"""The portal's one-second grain of time, and some difference between its clock and ours."""


@dataclass(frozen=True, kw_only=True)
class _Listed:
    """One list row with the time that orders it."""

    record: Record
    changed_at: datetime | None


class NationalPortal:
    """Client of the PAKN services over ``mapi``."""

    name = SYSTEM

    def __init__(self, settings: NationalPortalSettings, around: Surroundings) -> None:
        self.capabilities = Capabilities(
            operations=frozenset(OPERATIONS),
            lookup=frozenset(OPERATIONS),
            idempotent=settings.remote_idempotent,
            files=Files.REFERENCE,
            refresh=True,
            whole_list=not settings.use_window,
        )
        self._settings = settings
        self._clock = around.clock
        self._gateway = Gateway(settings, around.http, around.clock)
        self._lookup = Lookup(self._gateway)
        self._writes = Writes(self._gateway, self._lookup)
        self._files = FileReader(self._gateway.route, settings)
        self._freshness = Freshness()
        limits = {name: getattr(settings.batch, name) for name, spec in OPERATIONS.items() if spec.batched}
        self._coalescer = Coalescer(limits, settings.batch_linger_ms / 1000, self._writes.send_many)

    async def changes(self, since: str | None) -> AsyncIterator[Page]:
        """What waits for our agency, oldest change first; rows are hints (§10.6.1).

        The watermark is the newest ``NGAYCAPNHAT`` told so far, never beyond our own clock; the overlap is applied
        when asking. Absence from the list means nothing.
        """
        judged = await self._gateway.read("danh_sach", self._window(since))
        listed = self._rows(judged.answer.items)
        watermark = _instant(since)
        size = self._settings.page_size
        for start in range(0, len(listed), size):
            rows = listed[start : start + size]
            watermark = self._forward(watermark, rows)
            mark = watermark.isoformat() if watermark else since
            yield Page(
                records=tuple(row.record for row in rows),
                watermark=mark,
                total=len(listed),
                mark_at=watermark,
            )
        if not listed:
            yield Page(records=(), watermark=since, total=0)

    async def fetch(self, ref: str) -> Record:
        """The whole case (§10.6.2).

        Raises:
            NotOurs: the portal says it is not ours (any more).
            Permanent: the portal does not know it.
            Unreadable: the answer holds another case.
            Transient: the detail is older than what the list said; the next reading may be newer.
        """
        judged = await self._gateway.read("chi_tiet", {"PAKNID": case_number(ref)})
        words = self._gateway.words("chi_tiet")
        if not judged.answer.items:
            msg = "the portal answered without a case"
            raise Permanent(msg, ref=ref)
        item = next((item for item in judged.answer.items if _ref_of(item, words) == int(ref)), None)
        if item is None:
            msg = "the portal answered with another case"
            raise Unreadable(msg, ref=ref, size=len(judged.answer.raw))
        decoded = decode_item(item, "case", words)
        self._freshness.check(ref, decoded.data.get("NGAYCAPNHAT"))
        return Record(
            system=SYSTEM,
            ref=ref,
            kind="case",
            data=decoded.data,
            raw=judged.answer.raw,
            version=_detail_version(decoded),
            problems=decoded.problems,
        )

    async def find(self, key: Key) -> Sighting:
        """Did an earlier write take effect? (§10.8.2)."""
        return await self._lookup.find(key)

    async def apply(self, operation: Operation) -> Receipt:
        """One of the seven operations; progress and answers of the same moment share a call."""
        rendered = render(operation, self._settings)
        if OPERATIONS[rendered.service].batched:
            return await self._coalescer.put(rendered)
        return await self._writes.send_one(rendered)

    async def catalogue(self, name: str) -> tuple[CatalogueEntry, ...]:
        """``agencies`` or ``fields`` from the shared path (§10.6.11); a line without code is left out."""
        if name not in CATALOGUES:
            return ()
        service, code, label, parent = CATALOGUES[name]
        judged = await self._gateway.read(service)
        entries = []
        for row in judged.rows:
            if known := read_text(row.get(code)):
                above = read_text(row.get(parent)) if parent else None
                entries.append(
                    CatalogueEntry(code=known, name=read_text(row.get(label)) or known, parent=above)
                )
        return tuple(entries)

    async def read_file(self, ref: str, attachment: Attachment) -> bytes:
        """The bytes behind ``DUONGDAN``, re-based on our adapter (§2.4)."""
        return await self._files.read(ref, attachment)

    async def ping(self) -> Pong:
        """Log in."""
        await self._gateway.prove_alive()
        return Pong(server_time=self._gateway.server_time)

    def pushed(self, call: PushCall) -> Pushed:
        """A notification of the portal; see :mod:`adapters.national_portal.push`."""
        return push.read(call)

    def push_refused(self, error: ConnectorError) -> PushReply:
        """The answer to one that is not taken."""
        return push.refused(error)

    async def contract(self) -> tuple[ContractPart, ...]:
        """The catalogues as they are today."""
        return await canary.contract(self._gateway)

    async def aclose(self) -> None:
        """Send what still gathers, then let go of connections."""
        await self._coalescer.aclose()
        await self._gateway.route.aclose()

    def _window(self, since: str | None) -> dict[str, str]:
        mark = _instant(since)
        if not self._settings.use_window or mark is None:
            return {}
        return {"TuNgay": write_date(mark - timedelta(hours=self._settings.window_overlap_h))}

    def _rows(self, items: tuple[object, ...]) -> list[_Listed]:
        """Rows by time of change, one for each case: the newest of repeated ones."""
        newest: dict[str, _Listed] = {}
        for row in self._decoded(items):
            known = newest.get(row.record.ref)
            if known is None or _order(row) > _order(known):
                newest[row.record.ref] = row
        for ref, row in newest.items():
            self._freshness.listed(ref, row.changed_at)
        return sorted(newest.values(), key=_order)

    def _decoded(self, items: tuple[object, ...]) -> Iterator[_Listed]:
        words = self._gateway.words("danh_sach")
        for item in items:
            decoded = decode_item(item, "row", words)
            raw = write_json(item)
            known = _ref_of(item, words)
            record = Record(
                system=SYSTEM,
                ref=str(known) if known and known > 0 else f"unreadable-{digest_bytes(raw)[:16]}",
                kind="row",
                data=decoded.data,
                raw=raw,
                version=self._row_version(decoded, raw),
                complete=False,
                problems=decoded.problems,
            )
            yield _Listed(record=record, changed_at=decoded.data.get("NGAYCAPNHAT"))

    def _row_version(self, decoded: Decoded, raw: bytes) -> str:
        """Moves when the case moves; of a row with problems also when any byte does, so that a repair is seen.

        The portal tells time by the second: what it changed just now may change once more within the same second,
        so the row counts as another version until that second is surely over.
        """
        told = {name: decoded.data[name] for name in VERSION_FIELDS if name in decoded.data}
        if decoded.problems:
            told["bytes"] = digest_bytes(raw)
        changed_at = decoded.data.get("NGAYCAPNHAT")
        settled = changed_at is None or changed_at + SETTLING < self._clock.now()
        return f"row-{digest(told)[:32]}{'' if settled else '~'}"

    def _forward(self, watermark: datetime | None, rows: list[_Listed]) -> datetime | None:
        """A date in the future must not make the next window skip what is to come."""
        now = self._clock.now()
        times = [min(row.changed_at, now) for row in rows if row.changed_at is not None]
        return max([*times, watermark] if watermark else times, default=watermark)


def _ref_of(item: object, words: Vocabulary) -> int | None:
    return read_integer(upper_keys(item, words).get("PAKNID")) if isinstance(item, dict) else None


def _order(row: _Listed) -> tuple[bool, float]:
    return row.changed_at is not None, row.changed_at.timestamp() if row.changed_at else 0.0


def _detail_version(decoded: Decoded) -> str:
    """Digest of all that is said: two changes in one second differ as well."""
    told = {
        "data": _stable(decoded.data),
        "problems": [f"{problem.where}: {problem.text}" for problem in decoded.problems],
    }
    return f"case-{digest(told)[:32]}"


def _stable(value: object) -> object:
    """Without addresses that expire and labels that only decorate."""
    if isinstance(value, dict):
        return {key: _stable(item) for key, item in value.items() if key not in UNSTABLE}
    if isinstance(value, list):
        return [_stable(item) for item in value]
    return value


def _instant(watermark: str | None) -> datetime | None:
    try:
        told = datetime.fromisoformat(watermark) if watermark else None
    except ValueError:
        return None
    return told if told and told.tzinfo else None
