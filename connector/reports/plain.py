"""The report as CSV and JSON, for other programs."""

import csv
from collections.abc import Iterator
from typing import Any, TextIO

from connector.reports import tables
from connector.reports.cube import Report
from connector.reports.explained import MEASURES
from connector.reports.measures import Measure
from connector.reports.tables import Line


def write_csv(report: Report, out: TextIO) -> None:
    """One line for each number that is not zero: table, row, key, number. Open ``out`` with ``newline=""``."""
    rows = csv.writer(out)
    rows.writerow(("bang", "ma_dong", "ten_dong", "ma_so", "chi_tieu", "so_luong"))
    for table, line in _lines(report):
        code = line.agency or line.field or line.channel or ""
        for key, value in numbers(report, line).items():
            rows.writerow((table, code, line.label, key, MEASURES[key].label.vi, value))


def _lines(report: Report) -> Iterator[tuple[str, Line]]:
    yield "tong_hop", tables.total(report)
    yield from (("theo_co_quan", line) for line in tables.by_agency(report))
    yield from (("theo_linh_vuc", line) for line in tables.by_field(report))
    yield from (("theo_kenh", line) for line in tables.by_channel(report))


def numbers(report: Report, line: Line) -> dict[str, int]:
    """The row's numbers that are not zero, by key."""
    return {key: count for key in MEASURES if (count := line.count(report, key))}


def as_json(report: Report) -> dict[str, Any]:
    """The whole report as plain values; absent numbers are zero."""
    whole = tables.total(report)
    return {
        "period": {"name": report.period.name, "first": report.period.first, "last": report.period.last},
        "as_of": report.as_of,
        "sha256": report.digest,
        "total": {
            **{key: report.count(key) for key in Measure},
            **numbers(report, whole),
            "average_days": report.average_days(),
        },
        "agencies": [_row(report, line, line.agency) for line in tables.by_agency(report)],
        "fields": [_row(report, line, line.field or None) for line in tables.by_field(report)],
        "channels": [_row(report, line, line.channel) for line in tables.by_channel(report)],
    }


def _row(report: Report, line: Line, code: str | None) -> dict[str, Any]:
    return {
        "code": code,
        "name": line.label,
        "average_days": line.average(report),
        "numbers": numbers(report, line),
    }
