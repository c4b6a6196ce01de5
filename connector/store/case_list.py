"""The list of cases: found by codes, references and facets, page by page, without opening a single seal."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connector.case import REGISTER, Case
from connector.reports.stays import stays
from connector.store.connection import Connection
from connector.store.deliveries import OPEN, among
from connector.store.leaf import Place


@dataclass(frozen=True, kw_only=True)
class Search:
    """What is looked for; everything that is set must hold.

    Attributes:
        name: the beginning or the end of a case code or of a reference, or our number.
        agencies, fields, statuses: what ``name`` may mean besides (codes whose names hold the words).
        within: only cases of these agencies (a limited account); None: of all.
        work: ``person``, ``doubt``, ``waiting``, ``unsettled`` or ``ended``.
        at: a place is a number.
    """

    name: str | None = None
    agencies: Sequence[str] = ()
    fields: Sequence[str] = ()
    statuses: Sequence[str] = ()
    agency: str | None = None
    field: str | None = None
    status: str | None = None
    system: str | None = None
    work: str | None = None
    within: Sequence[str] | None = None
    at: Place[int] = dataclasses.field(default_factory=Place)


@dataclass(frozen=True, kw_only=True)
class Listed:
    """One line. ``links``: system → (reference, outward status)."""

    id: int
    code: str | None
    origin_system: str
    origin_ref: str
    agency: str | None
    field: str | None
    created_at: datetime
    ended_as: str | None
    unsettled: bool
    doubts: int
    open_writes: int
    held: int
    links: Mapping[str, tuple[str, str | None]] = dataclasses.field(default_factory=dict)


_OPEN = among(OPEN)

_WORK = {
    "person": "c.id IN (SELECT case_id FROM quarantine WHERE state = 'open' AND case_id IS NOT NULL)",
    "doubt": f"c.id IN (SELECT case_id FROM delivery WHERE {_OPEN} AND state = 'in_doubt')",  # noqa: S608  # constants
    "waiting": f"c.id IN (SELECT case_id FROM delivery WHERE {_OPEN} AND state IN ('planned', 'sent', 'waiting'))",  # noqa: S608  # constants
    "unsettled": "c.dirty_at IS NOT NULL",
    "ended": "c.ended_at IS NOT NULL",
}

WORK = tuple(_WORK)
"""States of work that can be asked for."""

_ALL = "case_record AS c"
HIGHEST = 2**63 - 1

_NAMED = """(
    SELECT id FROM case_record WHERE id = %(number)s::bigint
    UNION SELECT id FROM case_record WHERE lower(code) LIKE %(begins)s
    UNION SELECT id FROM case_record WHERE reverse(lower(code)) LIKE %(ends)s
    UNION SELECT case_id FROM link WHERE lower(ref) LIKE %(begins)s
    UNION SELECT case_id FROM link WHERE reverse(lower(ref)) LIKE %(ends)s ORDER BY id {way}
) AS named CROSS JOIN LATERAL (SELECT * FROM case_record WHERE id = named.id LIMIT 1) AS c"""
"""The cases of which a code or reference begins or ends so, nearest first, each looked up by its number.

The limit of one keeps the database from going through all cases instead, which it takes for cheaper: it does not know
that those that begin alike are of one time.
"""

_SPELT = """(c.id = %(number)s::bigint OR lower(c.code) LIKE %(begins)s OR reverse(lower(c.code)) LIKE %(ends)s
    OR EXISTS (SELECT FROM link WHERE case_id = c.id
        AND (lower(ref) LIKE %(begins)s OR reverse(lower(ref)) LIKE %(ends)s)))"""
"""The same asked of each case: for few of them."""

_MEANT = {
    "agencies": "c.agency = ANY(%(agencies)s)",
    "fields": "c.field = ANY(%(fields)s)",
    "statuses": "EXISTS (SELECT FROM link WHERE case_id = c.id AND status = ANY(%(statuses)s))",
}

_NEAREST = 2_000
"""So many of the nearest cases are looked through first: most pages are full with them, whatever is asked."""

_LIST = f"""
SELECT page.id, code, origin_system, origin_ref, agency, field, created_at, ended_as, dirty_at IS NOT NULL AS unsettled,
    coalesce(w.doubts, 0) AS doubts, coalesce(w.open_writes, 0) AS open_writes,
    (SELECT count(*) FROM quarantine WHERE case_id = page.id AND state = 'open') AS held,
    (SELECT jsonb_object_agg(system, jsonb_build_array(ref, status)) FROM link WHERE case_id = page.id) AS links
FROM case_record AS page LEFT JOIN LATERAL (
    SELECT count(*) AS open_writes, count(*) FILTER (WHERE state = 'in_doubt') AS doubts
    FROM delivery WHERE case_id = page.id AND {_OPEN}
) AS w ON true WHERE page.id = ANY(%(page)s) ORDER BY page.id {{way}}
"""  # noqa: S608  # constants


async def find(conn: Connection, search: Search) -> list[Listed]:
    """The cases that match, newest first."""
    query = _LIST.replace("{way}", _way(search))
    cursor = await conn.execute(query.encode(), {"page": await _page(conn, search)})
    return [_listed(row) for row in await cursor.fetchall()]


def _way(search: Search) -> str:
    return "ASC" if search.at.rises(falling=True) else "DESC"


async def _page(conn: Connection, search: Search) -> list[int]:
    """Numbers of the cases of a page: out of the nearest ones if they fill it, else out of all."""
    cursor = await conn.execute("SELECT max(id) AS id FROM case_record")
    row = await cursor.fetchone()
    above = search.at.after or 0
    below = (
        min(
            (row["id"] if row else None) or 0, (HIGHEST if search.at.before is None else search.at.before) - 1
        )
        + 1
    )
    near = (
        (above, min(below, above + _NEAREST))
        if search.at.after is not None
        else (max(above, below - _NEAREST), below)
    )
    found = await _numbers(conn, search, *near, near=True)
    if len(found) >= search.at.most or near == (above, below):
        return found
    return await _numbers(conn, search, above, below, near=False)


async def _numbers(conn: Connection, search: Search, above: int, below: int, *, near: bool) -> list[int]:
    where, values = _conditions(search)
    way = _way(search)
    parts = [
        f"(SELECT c.id FROM {table} WHERE c.id > %(above)s AND c.id < %(below)s AND {' AND '.join([*where, meant])}"  # noqa: S608  # constants
        f" ORDER BY c.id {way} LIMIT %(most)s)"
        for table, meant in _meant(values, way, near=near)
    ]
    cursor = await conn.execute(
        f"SELECT id FROM ({' UNION '.join(parts)}) AS found ORDER BY id {way} LIMIT %(most)s".encode(),  # noqa: S608  # constants
        {**values, "above": above, "below": below},
        prepare=False,  # planned for these values: whether an index helps depends on them
    )
    return [row["id"] for row in await cursor.fetchall()]


def _meant(values: dict[str, Any], way: str, *, near: bool) -> list[tuple[str, str]]:
    """Where to look, and for what: once for each thing that the words may mean, so that each has its index."""
    if "number" not in values:
        return [(_ALL, "true")]
    spelt = (_ALL, _SPELT) if near else (_NAMED.replace("{way}", way), "true")
    return [spelt, *((_ALL, condition) for name, condition in _MEANT.items() if values[name])]


def _conditions(search: Search) -> tuple[list[str], dict[str, Any]]:
    where = ["true"]
    values: dict[str, Any] = {"most": search.at.most}

    def need(condition: str, **given: Any) -> None:
        where.append(condition)
        values.update(given)

    if search.name:
        values |= _named(search)
    if search.agency:
        need("c.agency = %(agency)s", agency=search.agency)
    if search.within is not None:
        need("c.agency = ANY(%(within)s)", within=list(search.within))
    if search.field:
        need("c.field = %(field)s", field=search.field)
    if search.status:
        need("EXISTS (SELECT FROM link WHERE case_id = c.id AND status = %(status)s)", status=search.status)
    if search.system:
        need("EXISTS (SELECT FROM link WHERE case_id = c.id AND system = %(system)s)", system=search.system)
    if search.work:
        need(_WORK[search.work])
    return where, values


def _named(search: Search) -> dict[str, Any]:
    assert search.name is not None
    plain = search.name.strip().lower()
    return {
        "number": plain if plain.isascii() and plain.isdigit() and len(plain) < 19 else None,
        "begins": _literal(plain) + "%",
        "ends": _literal(plain[::-1]) + "%",
        "agencies": list(search.agencies),
        "fields": list(search.fields),
        "statuses": list(search.statuses),
    }


def _literal(text: str) -> str:
    """Text in a pattern, where no character of it is a wildcard."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _listed(row: dict[str, Any]) -> Listed:
    links = {system: (ref, status) for system, (ref, status) in (row.pop("links") or {}).items()}
    return Listed(**row, links=links)


async def agency_of(conn: Connection, case_id: int) -> tuple[bool, str | None]:
    """Whether there is such a case, and the agency under which it is listed."""
    row = await (await conn.execute("SELECT agency FROM case_record WHERE id = %s", (case_id,))).fetchone()
    return row is not None, row["agency"] if row else None


FILED = """
    agency = CASE WHEN %(filed)s AND (%(home)s OR agency IS NULL) THEN %(agency)s::text ELSE agency END,
    field = CASE WHEN %(filed)s AND (%(home)s OR agency IS NULL) THEN %(field)s::text ELSE field END,
    filed = true
"""
"""For an UPDATE of ``case_record`` with the values of :func:`filing`."""


def filing(told: Case) -> dict[str, Any]:
    """Agency and field under which a telling lists its case; the register's word counts, another's only until it speaks."""
    header, held = told.header, stays(told.acts)
    return {
        "filed": header is not None,
        "home": told.system == REGISTER,
        "agency": held[-1].agency if held else header.agency if header else None,
        "field": header.field if header else None,
    }


async def file_under(conn: Connection, case_id: int, told: Case) -> None:
    """List a case under its agency and field."""
    query = f"UPDATE case_record SET {FILED} WHERE id = %(id)s"  # noqa: S608  # constants
    await conn.execute(query.encode(), {**filing(told), "id": case_id})


async def unfiled(conn: Connection, *, after: int, most: int) -> list[int]:
    """Cases above ``after`` that an older program left without agency, though something is known of them.

    What was looked at once is not looked at again, whether its tellings name an agency or not.
    """
    cursor = await conn.execute(
        """
        SELECT id FROM case_record WHERE agency IS NULL AND NOT filed AND id > %s
          AND EXISTS (SELECT FROM link WHERE case_id = case_record.id AND sealed_state IS NOT NULL)
        ORDER BY id LIMIT %s
        """,
        (after, most),
    )
    return [row["id"] for row in await cursor.fetchall()]
