"""Cases: which there are, by what they are found, how one is held, and which are to be settled."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import psycopg

from connector.store import tally, vault
from connector.store.connection import Connection
from connector.store.links import Link, opened

_CASE = "SELECT * FROM case_record WHERE id = %s"
_CASE_LOCKED = "SELECT * FROM case_record WHERE id = %s FOR UPDATE"
_CASE_TAKEN = "UPDATE case_record SET dirty_at = NULL WHERE id = %s RETURNING *"
_LINKS = f"SELECT link.*, {vault.LINK_KEYS} FROM link {vault.LINK_KEYS_FROM} WHERE link.case_id = %s ORDER BY link.system"  # noqa: S608  # constants
_LINKS_LOCKED = f"{_LINKS} FOR UPDATE OF link"
_HELD = "SELECT * FROM case_record WHERE id = ANY(%s) ORDER BY id FOR UPDATE"
_FREE = f"{_HELD} SKIP LOCKED"
_LINKS_HELD = f"SELECT link.*, {vault.LINK_KEYS} FROM link {vault.LINK_KEYS_FROM} WHERE link.case_id = ANY(%s) ORDER BY link.case_id, link.system FOR UPDATE OF link"  # noqa: S608  # constants


class EndedAs(StrEnum):
    """Why the connector has done with a case for good; nothing is read, planned or sent of it any more."""

    OFF_SYSTEM = "off_system"
    ERASED = "erased"
    CONTACT_ERASED = "contact_erased"


@dataclass(frozen=True, kw_only=True)
class End:
    """What remains of a case that has ended: how, when, by which officer, on what basis. No content."""

    kind: EndedAs
    at: datetime
    officer: str
    basis: str


@dataclass(frozen=True, kw_only=True)
class CaseRow:
    """One case over all systems, as the connector knows it."""

    id: int
    code: str | None
    origin_system: str
    origin_ref: str
    links: tuple[Link, ...]
    end: End | None = None
    recovered: bool = False
    """Register and connector have both lost it; only the portals can tell of it."""

    def link(self, system: str) -> Link | None:
        """That system's link, if the case is known there."""
        return next((item for item in self.links if item.system == system), None)


async def mark_dirty(conn: Connection, case_ids: Sequence[int], at: datetime) -> None:
    """These cases are to be settled."""
    await conn.execute(
        "UPDATE case_record SET dirty_at = coalesce(dirty_at, %s) WHERE id = ANY(%s) AND ended_at IS NULL",
        (at, list(case_ids)),
    )


async def leave(conn: Connection, case_id: int) -> None:
    """Not to be settled for now; a later observation marks it again."""
    await conn.execute("UPDATE case_record SET dirty_at = NULL WHERE id = %s", (case_id,))


async def dirty(conn: Connection, *, lane: int, lanes: int, most: int) -> list[int]:
    """Dirty cases of a lane, oldest first; paused cases are left alone."""
    cursor = await conn.execute(
        """
        SELECT id FROM case_record
        WHERE dirty_at IS NOT NULL AND id %% %(lanes)s = %(lane)s
          AND NOT EXISTS (SELECT FROM pause WHERE scope = 'case:' || case_record.id)
        ORDER BY dirty_at LIMIT %(most)s
        """,
        {"lane": lane, "lanes": lanes, "most": most},
    )
    return [row["id"] for row in await cursor.fetchall()]


async def dirty_lanes(conn: Connection, lanes: int) -> list[int]:
    """Lanes that hold dirty cases: what the sweep wakes."""
    cursor = await conn.execute(
        "SELECT DISTINCT id %% %s AS lane FROM case_record WHERE dirty_at IS NOT NULL", (lanes,)
    )
    return [row["lane"] for row in await cursor.fetchall()]


async def by_ref(conn: Connection, system: str, ref: str) -> CaseRow | None:
    """The case that a system knows under this reference."""
    row = await (
        await conn.execute("SELECT case_id FROM link WHERE system = %s AND ref = %s", (system, ref))
    ).fetchone()
    return await get(conn, row["case_id"]) if row else None


async def ids_by_ref(conn: Connection, refs: Collection[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """(system, reference) → case, for those of these references that are known."""
    cursor = await conn.execute(
        """
        SELECT system, ref, case_id FROM link
        WHERE (system, ref) IN (SELECT * FROM unnest(%s::text[], %s::text[]))
        """,
        ([system for system, _ in refs], [ref for _, ref in refs]),
    )
    return {(row["system"], row["ref"]): row["case_id"] for row in await cursor.fetchall()}


async def take(conn: Connection, case_id: int) -> CaseRow | None:
    """Read a case for settling: locks it, and clears the dirty mark (a later observation sets it again)."""
    return await _read(conn, _CASE_TAKEN, case_id, lock=True)


async def get(conn: Connection, case_id: int, *, lock: bool = False) -> CaseRow | None:
    """Read a case."""
    return await _read(conn, _CASE_LOCKED if lock else _CASE, case_id, lock=lock)


async def _read(conn: Connection, query: str, case_id: int, *, lock: bool) -> CaseRow | None:
    """The case, its links and its own keys in one round trip.

    They stay statements of their own: each sees what was committed when the one before had got its lock.
    """
    async with conn.pipeline():
        found = await conn.execute(query, (case_id,))
        tied = await conn.execute(_LINKS_LOCKED if lock else _LINKS, (case_id,))
        keys = await vault.ask(conn, [vault.case_owner(case_id)]) if lock else None
    row = await found.fetchone()
    if keys is not None:
        await vault.take(conn, [vault.case_owner(case_id)], keys)
    return _row(conn, row, await tied.fetchall()) if row else None


Asked = tuple[psycopg.AsyncCursor[dict[str, Any]], psycopg.AsyncCursor[dict[str, Any]]]


async def ask(conn: Connection, case_id: int) -> Asked:
    """Ask for a case; for who asks for more in the same round trip."""
    return await conn.execute(_CASE, (case_id,)), await conn.execute(_LINKS, (case_id,))


async def told(conn: Connection, asked: Asked) -> CaseRow | None:
    """The case that :func:`ask` found."""
    found, tied = asked
    row = await found.fetchone()
    return _row(conn, row, await tied.fetchall()) if row else None


async def hold(
    conn: Connection, case_ids: Collection[int], *, wait: bool, seen: Mapping[int, CaseRow] | None = None
) -> dict[int, CaseRow]:
    """Read cases under their locks.

    Args:
        wait: for those that another transaction holds; else they are left out.
        seen: as they were read a moment ago; what is still the same is not opened again.
    """
    async with conn.pipeline():
        found = await conn.execute(_HELD if wait else _FREE, (sorted(case_ids),))
    rows = await found.fetchall()
    ids = [row["id"] for row in rows]
    owners = [vault.case_owner(case_id) for case_id in ids]
    async with conn.pipeline():
        tied = await conn.execute(_LINKS_HELD, (ids,))
        keys = await vault.ask(conn, owners)
    await vault.take(conn, owners, keys)
    links: dict[int, list[dict[str, Any]]] = {case_id: [] for case_id in ids}
    for link in await tied.fetchall():
        links[link["case_id"]].append(link)
    return {row["id"]: _row(conn, row, links[row["id"]], (seen or {}).get(row["id"])) for row in rows}


async def find(conn: Connection, name: str) -> int | None:
    """A case id by what a person may type: our id, the register's code, or a system's reference (``system:ref`` too)."""
    system, _, ref = name.partition(":")
    row = await (
        await conn.execute(
            """
            SELECT id FROM case_record WHERE id = %(number)s::bigint
            UNION ALL SELECT id FROM case_record WHERE code = %(name)s
            UNION ALL SELECT case_id FROM link WHERE lower(ref) = lower(%(name)s) AND ref = %(name)s
            UNION ALL SELECT case_id FROM link WHERE system = %(system)s AND ref = %(ref)s
            LIMIT 1
            """,
            {"name": name, "number": _number(name), "system": system, "ref": ref},
        )
    ).fetchone()
    return int(row["id"]) if row else None


def _number(name: str) -> int | None:
    """The number of a case that a text is: written as we write it, and one that the database can hold."""
    fits = name.isascii() and name.isdigit() and len(name) < 19 and not name.startswith("0")
    return int(name) if fits else None


def _row(
    conn: Connection, row: dict[str, Any], links: Sequence[dict[str, Any]], seen: CaseRow | None = None
) -> CaseRow:
    keys = vault.ring_of_links(conn, links)
    return CaseRow(
        id=row["id"],
        code=row["code"],
        origin_system=row["origin_system"],
        origin_ref=row["origin_ref"],
        links=tuple(opened(item, keys, seen.link(item["system"]) if seen else None) for item in links),
        end=_end(row),
        recovered=row["recovered"],
    )


def _end(row: dict[str, Any]) -> End | None:
    if row["ended_as"] is None:
        return None
    return End(
        kind=EndedAs(row["ended_as"]), at=row["ended_at"], officer=row["ended_by"], basis=row["ended_basis"]
    )


async def waiting(conn: Connection, system: str, statuses: Sequence[str]) -> int:
    """How many cases wait at ``system`` as far as we know: told so last, and nothing written to it since."""
    row = await (
        await conn.execute(
            """
            SELECT count(*) AS n FROM link WHERE system = %(s)s AND status = ANY(%(statuses)s)
              AND NOT EXISTS (SELECT FROM delivery WHERE case_id = link.case_id AND target = %(s)s
                              AND sent_at >= link.changed_at - interval '1 minute')
            """,
            {"s": system, "statuses": list(statuses)},
        )
    ).fetchone()
    assert row is not None
    return int(row["n"])


async def linked(conn: Connection, system: str) -> int:
    """How many cases a system knows."""
    return await tally.total(conn, tally.LINKED + system)


async def settled(conn: Connection, *, after: int, most: int, finished: Sequence[str]) -> list[int]:
    """Ids above ``after`` of cases that have nothing to settle and are not over on every side, in order."""
    cursor = await conn.execute(
        """
        SELECT id FROM case_record
        WHERE id > %(after)s AND dirty_at IS NULL AND ended_at IS NULL
          AND EXISTS (SELECT FROM link WHERE case_id = case_record.id AND NOT status = ANY(%(finished)s))
        ORDER BY id LIMIT %(most)s
        """,
        {"after": after, "most": most, "finished": list(finished)},
    )
    return [row["id"] for row in await cursor.fetchall()]


@dataclass(frozen=True, kw_only=True)
class Totals:
    """Numbers of cases: all, dirty, and linked per system."""

    cases: int
    dirty: int
    linked: Mapping[str, int]


async def totals(conn: Connection) -> Totals:
    """Read them; only the dirty ones are counted, which are few or soon will be."""
    cursor = await conn.execute("SELECT count(*) AS n FROM case_record WHERE dirty_at IS NOT NULL")
    row = await cursor.fetchone()
    assert row is not None
    found = await tally.totals(conn)
    return Totals(cases=found.get(tally.CASES, 0), dirty=row["n"], linked=tally.under(found, tally.LINKED))


async def listed(conn: Connection, *, most: int, system: str | None = None) -> list[CaseRow]:
    """The newest cases; only those that ``system`` knows, if one is named."""
    cursor = await conn.execute(
        """
        SELECT * FROM case_record WHERE %(s)s::text IS NULL
            OR EXISTS (SELECT FROM link WHERE case_id = case_record.id AND system = %(s)s)
        ORDER BY id DESC LIMIT %(most)s
        """,
        {"s": system, "most": most},
    )
    rows = await cursor.fetchall()
    return [_row(conn, row, await (await conn.execute(_LINKS, (row["id"],))).fetchall()) for row in rows]


async def is_dirty(conn: Connection, case_id: int) -> bool:
    """Is this case still to be settled?"""
    query = "SELECT FROM case_record WHERE id = %s AND dirty_at IS NOT NULL"
    return await (await conn.execute(query, (case_id,))).fetchone() is not None


async def is_ended(conn: Connection, case_id: int) -> bool:
    """Has the connector done with this case for good?"""
    query = "SELECT FROM case_record WHERE id = %s AND ended_at IS NOT NULL"
    return await (await conn.execute(query, (case_id,))).fetchone() is not None


async def ask_ended_or_held(
    conn: Connection, case_id: int, scopes: Sequence[str]
) -> psycopg.AsyncCursor[dict[str, Any]]:
    """A row if :func:`is_ended`, or one of these scopes is held (:func:`connector.store.flows.held`); else none.

    For who asks for more in the same round trip.
    """
    query = """
        SELECT FROM case_record WHERE id = %s AND ended_at IS NOT NULL
        UNION ALL SELECT FROM pause WHERE scope = ANY(%s) LIMIT 1
        """
    return await conn.execute(query, (case_id, list(scopes)))


async def touched(
    conn: Connection, *, since: datetime | None, until: datetime | None, system: str | None, most: int
) -> list[int]:
    """Cases of which something was told or planned in the window, and that ``system`` knows, lowest number first."""
    cursor = await conn.execute(
        """
        SELECT id FROM case_record AS c WHERE ended_at IS NULL
          AND EXISTS (SELECT FROM link WHERE case_id = c.id AND system = coalesce(%(system)s::text, system))
          AND (%(since)s::timestamptz IS NULL AND %(until)s::timestamptz IS NULL
            OR EXISTS (SELECT FROM observation WHERE case_id = c.id
                       AND observed_at >= coalesce(%(since)s, '-infinity') AND observed_at < coalesce(%(until)s, 'infinity'))
            OR EXISTS (SELECT FROM delivery WHERE case_id = c.id
                       AND created_at >= coalesce(%(since)s, '-infinity') AND created_at < coalesce(%(until)s, 'infinity')))
        ORDER BY id LIMIT %(most)s
        """,
        {"since": since, "until": until, "system": system, "most": most},
    )
    return [row["id"] for row in await cursor.fetchall()]
