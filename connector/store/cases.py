"""Cases and their links: who is the same case, what each system told of it, what both sides agreed on."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

import psycopg
from pydantic import TypeAdapter

from connector.canonical import digest_bytes
from connector.case import Case, from_json, to_json
from connector.merge import Baseline
from connector.store import case_list, tally, vault
from connector.store.connection import Connection
from connector.store.vault import Part, Ring, owner_of

_CASE = "SELECT * FROM case_record WHERE id = %s"
_CASE_LOCKED = "SELECT * FROM case_record WHERE id = %s FOR UPDATE"
_CASE_TAKEN = "UPDATE case_record SET dirty_at = NULL WHERE id = %s RETURNING *"
_LINKS = f"SELECT link.*, {vault.LINK_KEYS} FROM link {vault.LINK_KEYS_FROM} WHERE link.case_id = %s ORDER BY link.system"  # noqa: S608  # constants
_LINKS_LOCKED = f"{_LINKS} FOR UPDATE OF link"
_HELD = "SELECT * FROM case_record WHERE id = ANY(%s) ORDER BY id FOR UPDATE"
_FREE = f"{_HELD} SKIP LOCKED"
_LINKS_HELD = f"SELECT link.*, {vault.LINK_KEYS} FROM link {vault.LINK_KEYS_FROM} WHERE link.case_id = ANY(%s) ORDER BY link.case_id, link.system FOR UPDATE OF link"  # noqa: S608  # constants

_BASELINE: TypeAdapter[Baseline] = TypeAdapter(Baseline)


@dataclass(frozen=True, kw_only=True)
class Link:
    """What one system holds of a case.

    ``state`` is None until it was read, and once it was erased; ``baseline`` is only on portals.
    """

    case_id: int
    system: str
    ref: str
    state: Case | None
    baseline: Baseline | None
    sealed: tuple[bytes | None, ...] = field(default=(), repr=False, compare=False)
    """What it was read from, keys among it: whoever reads the same again need not open it again."""


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
        links=tuple(_link(item, keys, seen.link(item["system"]) if seen else None) for item in links),
        end=_end(row),
    )


def _end(row: dict[str, Any]) -> End | None:
    if row["ended_as"] is None:
        return None
    return End(
        kind=EndedAs(row["ended_as"]), at=row["ended_at"], officer=row["ended_by"], basis=row["ended_basis"]
    )


_SEALED = (
    "sealed_state",
    "sealed_sender",
    "sealed_baseline",
    "contact_blob",
    "file_blob",
)


def _link(row: dict[str, Any], keys: Ring, seen: Link | None = None) -> Link:
    sealed = tuple(row[name] for name in _SEALED)
    if seen is not None and seen.ref == row["ref"] and seen.sealed == sealed:
        return seen
    owner, case_id = owner_of(row["system"], row["ref"]), row["case_id"]
    state = keys.open_json(owner, Part.FILE, f"link.state/{case_id}", row["sealed_state"])
    sender = keys.open_json(owner, Part.CONTACT, f"link.sender/{case_id}", row["sealed_sender"])
    if state is not None and state["header"] is not None:
        state["header"]["sender"] = sender or {}
    baseline = keys.open_json(owner, Part.CONTACT, f"link.baseline/{case_id}", row["sealed_baseline"])
    return Link(
        case_id=case_id,
        system=row["system"],
        ref=row["ref"],
        state=from_json(state) if state is not None else None,
        baseline=_BASELINE.validate_python(baseline) if baseline is not None else None,
        sealed=sealed,
    )


_DUE_SINCE = "coalesce(link.refresh_at > coalesce(%(asked_at)s::timestamptz, '-infinity') AND link.refresh_at <= %(now)s, false)"
"""The case became due for reading while it was being read: we wrote to it meanwhile, so this reading is not enough."""


async def save_state(
    conn: Connection,
    case_id: int,
    state: Case,
    refresh_at: datetime | None,
    *,
    asked_at: datetime | None,
    now: datetime,
) -> None:
    """What a system tells now; the case is to be settled, and the link is made if it is new.

    See :func:`read_later` for the times.
    """
    owner = owner_of(state.system, state.ref)
    keys = await vault.sealing(conn, owner, case_id)
    body = to_json(state)
    sender = body["header"].pop("sender") if body["header"] is not None else None
    await conn.execute(
        f"""
        WITH dirty AS (
            UPDATE case_record SET dirty_at = coalesce(dirty_at, %(now)s), {case_list.FILED}
            WHERE id = %(case_id)s AND ended_at IS NULL
        )
        INSERT INTO link (case_id, system, ref, sealed_state, sealed_sender, status, refresh_at)
        VALUES (%(case_id)s, %(system)s, %(ref)s, %(state)s, %(sender)s, %(status)s, %(refresh_at)s)
        ON CONFLICT (case_id, system) DO UPDATE
        SET sealed_state = excluded.sealed_state, sealed_sender = excluded.sealed_sender, status = excluded.status,
            changed_at = now(),
            refresh_at = CASE WHEN {_DUE_SINCE} THEN link.refresh_at ELSE excluded.refresh_at END
        """,  # noqa: S608  # a constant
        {
            "case_id": case_id,
            "system": state.system,
            "ref": state.ref,
            "state": keys.seal_json(owner, Part.FILE, f"link.state/{case_id}", body),
            "sender": keys.seal_json(owner, Part.CONTACT, f"link.sender/{case_id}", sender),
            "status": state.status.value,
            "refresh_at": refresh_at,
            "asked_at": asked_at,
            "now": now,
            **case_list.filing(state),
        },
    )


async def read_later(
    conn: Connection,
    system: str,
    ref: str,
    until: datetime | None,
    *,
    asked_at: datetime | None,
    now: datetime,
) -> None:
    """This reading is done; the next one is due at ``until`` (None: never), unless it became due after ``asked_at``."""
    await conn.execute(
        f"UPDATE link SET refresh_at = %(until)s WHERE system = %(system)s AND ref = %(ref)s AND NOT {_DUE_SINCE}",  # noqa: S608  # a constant
        {"until": until, "system": system, "ref": ref, "asked_at": asked_at, "now": now},
    )


async def save_ref(
    conn: Connection, case_id: int, system: str, ref: str, refresh_at: datetime | None
) -> None:
    """A delivery created (or found) the case at ``system``: the tie itself, before anything was read back."""
    await conn.execute(
        """
        INSERT INTO link (case_id, system, ref, refresh_at) VALUES (%s, %s, %s, %s)
        ON CONFLICT (case_id, system) DO UPDATE SET refresh_at = excluded.refresh_at
        """,
        (case_id, system, ref, refresh_at),
    )


async def save_baseline(
    conn: Connection, case_id: int, system: str, ref: str, baseline: Baseline
) -> str | None:
    """What both sides agree on now.

    Returns:
        Digest of the sealed bytes, for the log: whoever changes or exchanges the row later cannot change that, and
        nobody can guess a value from it. None if the link's keys were destroyed.
    """
    sealed = await _sealed_baseline(conn, case_id, system, ref, baseline)
    await conn.execute(
        "UPDATE link SET sealed_baseline = %s WHERE case_id = %s AND system = %s", (sealed, case_id, system)
    )
    return None if sealed is None else digest_bytes(sealed)


async def _sealed_baseline(
    conn: Connection, case_id: int, system: str, ref: str, baseline: Baseline
) -> bytes | None:
    owner = owner_of(system, ref)
    keys = await vault.sealing(conn, owner, case_id)
    body = _BASELINE.dump_python(baseline, mode="json")
    body["acts"] = sorted(body["acts"])
    return keys.seal_json(owner, Part.CONTACT, f"link.baseline/{case_id}", body)


@dataclass(frozen=True, kw_only=True)
class Agreed:
    """A write took effect.

    Attributes:
        written: the system it was written to, and its reference of the case there.
        portal: the portal of the pair, on whose link the baseline lies, and its reference.
    """

    case_id: int
    written: tuple[str, str]
    portal: tuple[str, str]
    baseline: Baseline
    refresh_at: datetime | None


_AGREE = """
WITH dirty AS (
    UPDATE case_record SET dirty_at = coalesce(dirty_at, %(now)s)
    WHERE id = %(case_id)s AND ended_at IS NULL
), other AS (
    UPDATE link SET sealed_baseline = %(baseline)s
    WHERE case_id = %(case_id)s AND system = %(portal)s AND system <> %(system)s
)
INSERT INTO link (case_id, system, ref, refresh_at, sealed_baseline)
VALUES (%(case_id)s, %(system)s, %(ref)s, %(refresh_at)s,
        CASE WHEN %(system)s::text = %(portal)s THEN %(baseline)s::bytea END)
ON CONFLICT (case_id, system) DO UPDATE SET refresh_at = excluded.refresh_at,
    sealed_baseline = CASE WHEN link.system = %(portal)s THEN excluded.sealed_baseline
                           ELSE link.sealed_baseline END
"""


async def agree(conn: Connection, news: Sequence[Agreed], now: datetime) -> list[str | None]:
    """Writes took effect: :func:`save_ref`, :func:`save_baseline` and :func:`mark_dirty` of each, in one round trip.

    Returns:
        For each as :func:`save_baseline`.
    """
    await vault.make(conn, {owner_of(*one.portal): one.case_id for one in news})
    sealed = [await _sealed_baseline(conn, one.case_id, *one.portal, one.baseline) for one in news]
    async with conn.pipeline():
        for one, baseline in zip(news, sealed, strict=True):
            values = {
                "case_id": one.case_id,
                "system": one.written[0],
                "ref": one.written[1],
                "portal": one.portal[0],
                "baseline": baseline,
                "refresh_at": one.refresh_at,
                "now": now,
            }
            await conn.execute(_AGREE, values)
    return [None if one is None else digest_bytes(one) for one in sealed]


async def due_refresh(conn: Connection, system: str, at: datetime, most: int) -> list[str]:
    """References that are to be read again, never of a case that has ended; longest due first.

    Where more are due than asked for, half of the slice are those that became due last: what a person asked for, or we
    have just written to, does not wait behind a backlog, nor does asking again and again put it off for ever.
    """
    cursor = await conn.execute(
        """
        WITH due AS NOT MATERIALIZED (
            SELECT ref, refresh_at FROM link JOIN case_record ON case_record.id = case_id
            WHERE system = %(system)s AND refresh_at <= %(at)s AND ended_at IS NULL
        )
        SELECT ref FROM (
            (SELECT ref, refresh_at FROM due ORDER BY refresh_at, ref LIMIT %(oldest)s)
            UNION
            (SELECT ref, refresh_at FROM due ORDER BY refresh_at DESC, ref DESC LIMIT %(newest)s)
        ) AS slice ORDER BY refresh_at, ref
        """,
        {"system": system, "at": at, "oldest": most - most // 2, "newest": most // 2},
    )
    return [row["ref"] for row in await cursor.fetchall()]


async def due_systems(conn: Connection, systems: Sequence[str], at: datetime) -> list[str]:
    """Those of the systems that have a case to be read again now."""
    cursor = await conn.execute(
        """
        SELECT name FROM unnest(%s::text[]) AS name
        WHERE EXISTS (SELECT FROM link JOIN case_record ON case_record.id = case_id
                      WHERE system = name AND refresh_at <= %s AND ended_at IS NULL)
        """,
        (list(systems), at),
    )
    return [row["name"] for row in await cursor.fetchall()]


async def postpone_refresh(
    conn: Connection, system: str, refs: Sequence[str], until: datetime | None
) -> None:
    """Read these again later; None: no more."""
    await conn.execute(
        "UPDATE link SET refresh_at = %s WHERE system = %s AND ref = ANY(%s)", (until, system, list(refs))
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


async def stop_reading(conn: Connection, case_id: int) -> None:
    """Have no link of a case read again by itself."""
    await conn.execute("UPDATE link SET refresh_at = NULL WHERE case_id = %s", (case_id,))


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


async def read_again(conn: Connection, case_id: int, at: datetime) -> None:
    """Have every link of a case read again at once."""
    await conn.execute("UPDATE link SET refresh_at = %s WHERE case_id = %s", (at, case_id))


async def references(conn: Connection, case_ids: Sequence[int]) -> dict[int, dict[str, str]]:
    """Case → system → reference, of those among these cases that have not ended."""
    cursor = await conn.execute(
        """
        SELECT case_id, system, ref FROM link JOIN case_record ON case_record.id = case_id
        WHERE case_id = ANY(%s) AND ended_at IS NULL ORDER BY case_id, system
        """,
        (list(case_ids),),
    )
    found: dict[int, dict[str, str]] = {}
    for row in await cursor.fetchall():
        found.setdefault(row["case_id"], {})[row["system"]] = row["ref"]
    return found


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
