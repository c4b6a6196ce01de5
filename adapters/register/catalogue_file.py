"""Reads an agency list (CSV) into the register's directory.

Columns: ``canonical``, ``qcvn``, ``qd20``, ``name_vi``, ``level``, ``valid_from``, ``valid_to``, ``successor``,
``role``; lines that begin with ``#`` are comments. It is the same file from which the connector's mappings read the
agencies, so both speak of one directory. Bodies outside the province (``level`` central or outside) are left out:
the register gives custody only inside the province.
"""

import csv
from datetime import date
from pathlib import Path

from adapters.register.models import AgencyIn, HolderIn
from connector.errors import UserError

_OUTSIDE = frozenset({"central", "outside"})
_PROVINCE_ROLE = "dau_moi_tinh"


def read_agencies(path: Path) -> tuple[tuple[AgencyIn, ...], tuple[HolderIn, ...]]:
    """The agencies of the file, and who holds the province role: the days of the role are those of its row.

    Raises:
        UserError: the file cannot be read; every bad line is named.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        msg = f"the agency list {path} cannot be read: {error.strerror}"
        raise UserError(msg) from error
    kept = [
        (number, line) for number, line in enumerate(lines, 1) if line.strip() and not line.startswith("#")
    ]
    agencies, problems, holders = [], [], []
    for (number, _), row in zip(kept[1:], csv.DictReader(line for _, line in kept), strict=False):
        if row.get("level") in _OUTSIDE:
            continue
        try:
            agency = _agency(row)
        except (KeyError, ValueError) as error:
            problems.append(f"{path}:{number}: {type(error).__name__}")
            continue
        agencies.append(agency)
        if row.get("role") == _PROVINCE_ROLE:
            holders.append(
                HolderIn(agency=agency.code, valid_from=agency.valid_from, valid_to=agency.valid_to)
            )
    if problems or not agencies:
        msg = f"the agency list {path} cannot be used"
        raise UserError(msg, tuple(problems) or (f"{path}: no agencies",))
    return tuple(agencies), tuple(holders)


def _agency(row: dict[str, str | None]) -> AgencyIn:
    code = row["canonical"] or ""
    others = {row.get("qcvn") or code, row.get("qd20") or code} - {code}
    return AgencyIn(
        code=code,
        name=row["name_vi"] or "",
        valid_from=_day(row.get("valid_from")),
        valid_to=_day(row.get("valid_to")),
        successor=row.get("successor") or None,
        aliases=tuple(sorted(others)),
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
