"""Case codes: ``<prefix>-<yyMMdd>-<5 digits>``, counted for each day; what a register that was set back once gave is not given anew."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from psycopg.types.json import Jsonb

from adapters.register.database import Connection, one, rows, run
from adapters.register.service.scope import Scope

_FORM = re.compile(r"(?P<prefix>.+)-(?P<day>\d{6})-(?P<number>\d{5})", re.ASCII)


class _Counted(NamedTuple):
    prefix: str
    day: date
    number: int


async def never_again(scope: Scope, codes: Sequence[str]) -> tuple[str, ...]:
    """Of codes that were given once, those that no case bears. The day's counters go on behind them.

    Told to a register that was restored: the codes of the lost time stand on receipts and at the portals.
    """
    counted = [parts._asdict() for code in codes if (parts := _parts(code)) is not None]
    async with scope.database.transaction() as conn:
        await run(conn, "count_on", counted=Jsonb([{**item, "day": str(item["day"])} for item in counted]))
        found = await rows(conn, "codes_of_nobody", codes=list(codes))
    return tuple(row["code"] for row in found)


async def free_again(conn: Connection, code: str | None) -> str | None:
    """The code, if it was given once and no case bears it: a case that comes back from a portal keeps it."""
    parts = _parts(code or "")
    if parts is None:
        return None
    await run(conn, "serialise", key=f"code|{code}")
    row = await one(conn, "free_again", code=code, **parts._asdict())
    return code if row is not None else None


def _parts(code: str) -> _Counted | None:
    found = _FORM.fullmatch(code)
    if found is None:
        return None
    try:
        day = datetime.strptime(found["day"], "%y%m%d").date()  # noqa: DTZ007  # a day, no instant
    except ValueError:
        return None
    return _Counted(found["prefix"], day, int(found["number"]))
