"""The standing of everything as metrics: read at a scrape, kept for a while, shared by all who ask meanwhile."""

import asyncio
import shutil
from collections.abc import Iterable
from time import perf_counter

import structlog
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from connector.errors import ConnectorError
from connector.services.alert_certificates import expiries
from connector.services.alert_facts import certificate_files
from connector.settings import Settings
from connector.store import standing
from connector.store.standing import Row
from connector.sync.context import Context
from connector.telemetry.catalogue import STANDING, Kind

log = structlog.get_logger(__name__)

PATIENCE_S = 10.0
"""A reading that takes longer is given up."""


class Standing(Collector):
    """What was read last. :meth:`refresh` reads anew if that is too old; collecting only tells.

    What cannot be read is not told: a number of an hour ago would look like one of now.
    """

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._turn = asyncio.Lock()
        self._read_at: float | None = None
        self._rows: list[Row] = []

    def collect(self) -> Iterable[Metric]:
        """The families, in the order of the catalogue."""
        by_name: dict[str, list[Row]] = {}
        for row in self._rows:
            by_name.setdefault(row.metric, []).append(row)
        for one in STANDING:
            made = CounterMetricFamily if one.kind is Kind.COUNTER else GaugeMetricFamily
            family = made(one.name, one.meaning, labels=one.labels)
            for row in by_name.get(one.name, ()):
                family.add_metric(row.labels, row.value)
            yield family

    async def refresh(self) -> None:
        """Read anew unless the last reading is younger than ``observability.refresh_s``; one reads, the others wait."""
        async with self._turn:
            began = perf_counter()
            if (
                self._read_at is not None
                and began - self._read_at < self._ctx.settings.observability.refresh_s
            ):
                return
            self._read_at = began
            try:
                async with asyncio.timeout(PATIENCE_S):
                    rows = await self._read()
            except (ConnectorError, TimeoutError) as error:
                log.warning("standing_not_read", kind=type(error).__name__)
                self._rows = [_row("phanhoi_standing_up", 0)]
                return
            self._rows = [
                *rows,
                _row("phanhoi_standing_up", 1),
                _row("phanhoi_standing_read_timestamp_seconds", self._ctx.clock.now().timestamp()),
                _row("phanhoi_standing_read_duration_seconds", perf_counter() - began),
            ]

    async def _read(self) -> list[Row]:
        settings = self._ctx.settings
        names = [name for name, section in settings.systems.items() if section.enabled]
        async with self._ctx.db.reading() as conn:
            rows = await standing.read(conn, names, self._ctx.clock.now())
        return [*rows, *await asyncio.to_thread(_of_machine, settings)]


def _of_machine(settings: Settings) -> list[Row]:
    """What lies on this machine's disk. An unreadable certificate is another's alarm, and no reason to tell nothing."""
    rows = []
    for one in certificate_files(settings):
        try:
            (found,) = expiries([one])
        except (OSError, ValueError):
            continue
        labels = (found.subject, found.role)
        rows.append(
            Row(
                metric="phanhoi_certificate_expiry_timestamp_seconds",
                labels=labels,
                value=found.at.timestamp(),
            )
        )
    folder = settings.database.folder.expanduser()
    if settings.database.url is None and folder.exists():
        rows.append(_row("phanhoi_disk_free_bytes", shutil.disk_usage(folder).free))
    return rows


def _row(metric: str, value: float) -> Row:
    return Row(metric=metric, labels=(), value=value)
