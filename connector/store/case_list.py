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


@dataclass(frozen=True, kw_only=True)
class Search:
    """What is looked for; everything that is set must hold.

    Attributes:
        name: the beginning or the end of a case code or of a reference, or our number.
        agencies, fields, statuses: what ``name`` may mean besides (codes whose names hold the words).
        within: only cases of these agencies (a limited account); None: of all.
        work: ``person``, ``doubt``, ``waiting``, ``unsettled`` or ``ended``.
        before: only cases with a lower number: where the next page begins.
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
    before: int | None = None
    most: int = 50


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

_NAMED = """c.id IN (
    SELECT id FROM case_record WHERE id = %(number)s::bigint
    UNION SELECT id FROM case_record WHERE lower(code) LIKE %(begins)s
    UNION SELECT id FROM case_record WHERE reverse(lower(code)) LIKE %(ends)s
    UNION SELECT case_id FROM link WHERE lower(ref) LIKE %(begins)s
    UNION SELECT case_id FROM link WHERE reverse(lower(ref)) LIKE %(ends)s
    UNION SELECT id FROM case_record WHERE agency = ANY(%(agencies)s)
    UNION SELECT id FROM case_record WHERE field = ANY(%(fields)s)
    UNION SELECT case_id FROM link WHERE status = ANY(%(statuses)s))"""

_LIST = f"""
WITH page AS (
    SELECT * FROM case_record AS c WHERE {{where}} ORDER BY c.id DESC LIMIT %(most)s
)
SELECT page.id, code, origin_system, origin_ref, agency, field, created_at, ended_as, dirty_at IS NOT NULL AS unsettled,
    coalesce(w.doubts, 0) AS doubts, coalesce(w.open_writes, 0) AS open_writes,
    (SELECT count(*) FROM quarantine WHERE case_id = page.id AND state = 'open') AS held,
    (SELECT jsonb_object_agg(system, jsonb_build_array(ref, status)) FROM link WHERE case_id = page.id) AS links
FROM page LEFT JOIN LATERAL (
    SELECT count(*) AS open_writes, count(*) FILTER (WHERE state = 'in_doubt') AS doubts
    FROM delivery WHERE case_id = page.id AND {_OPEN}
) AS w ON true ORDER BY page.id DESC
"""  # noqa: S608  # constants


async def find(conn: Connection, search: Search) -> list[Listed]:
    """The newest cases that match; one more than ``most`` if there is a further page."""
    where, values = _conditions(search)
    cursor = await conn.execute(_LIST.format(where=" AND ".join(where)).encode(), values)
    return [_listed(row) for row in await cursor.fetchall()]


def _conditions(search: Search) -> tuple[list[str], dict[str, Any]]:
    where = ["true"]
    values: dict[str, Any] = {"most": search.most + 1}

    def need(condition: str, **given: Any) -> None:
        where.append(condition)
        values.update(given)

    if search.before is not None:
        need("c.id < %(before)s", before=search.before)
    if search.name:
        need(_NAMED, **_named(search))
    if search.agency:
        need("c.agency = %(agency)s", agency=search.agency)
    if search.within is not None:
        need("c.agency = ANY(%(within)s)", within=list(search.within))
    if search.field:
        need("c.field = %(field)s", field=search.field)
    if search.status:
        need("c.id IN (SELECT case_id FROM link WHERE status = %(status)s)", status=search.status)
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
    field = CASE WHEN %(filed)s AND (%(home)s OR agency IS NULL) THEN %(field)s::text ELSE field END
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
    """Cases above ``after`` that an older program left without agency, though something is known of them."""
    cursor = await conn.execute(
        """
        SELECT id FROM case_record WHERE agency IS NULL AND id > %s
          AND EXISTS (SELECT FROM link WHERE case_id = case_record.id AND sealed_state IS NOT NULL)
        ORDER BY id LIMIT %s
        """,
        (after, most),
    )
    return [row["id"] for row in await cursor.fetchall()]
