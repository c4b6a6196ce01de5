"""Numbers that a register gave before it was set back to an older state: none of them is given anew.

A case code is ``<prefix>-<yyMMdd>-<5 digits>``, counted for each day; it stands on receipts and at the portals. The ids of
cases, acts and files are what the connector and its keys know them by: an official's new act under the id of a lost one
would be taken for it, and never reach the portal.
"""

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from psycopg.types.json import Jsonb

from adapters.register.database import Connection, one, rows, run
from adapters.register.service.scope import Scope
from connector.clock import LOCAL_ZONE

_FORM = re.compile(r"(?P<prefix>.+)-(?P<day>\d{6})-(?P<number>\d{5})", re.ASCII)


GAP = 1_000_000
"""So far do ids go on: more than a lost time can have given."""


CODE_GAP = 1_000
"""So far does the counter of a day: what was given last before a loss may stand nowhere."""


class _Counted(NamedTuple):
    prefix: str
    day: date
    number: int


async def never_again(scope: Scope, codes: Sequence[str]) -> tuple[str, ...]:
    """Of codes that were given once, those that no case bears. The counters of their days, and all ids, go on behind a gap."""
    today = _Counted(scope.config.madonvi, scope.clock.now().astimezone(LOCAL_ZONE).date(), 0)
    async with scope.database.transaction() as conn:
        lost = tuple(row["code"] for row in await rows(conn, "codes_of_nobody", codes=list(codes)))
        given = [today, *(parts for code in lost if (parts := _parts(code)) is not None)]
        told = [{**parts._asdict(), "day": parts.day.isoformat()} for parts in given]
        await run(conn, "count_on", given=Jsonb(told), gap=CODE_GAP)
        await run(conn, "go_on_behind", gap=GAP)
        await run(conn, "feed_goes_on_behind", gap=GAP)
    return lost


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
