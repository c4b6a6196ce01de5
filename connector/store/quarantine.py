"""The quarantine: what could not be used, with reason and nearest candidates. Nothing leaves it by age."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from connector.errors import PerhapsOurs, Unreadable
from connector.store import vault
from connector.store.connection import Connection
from connector.store.leaf import Place
from connector.store.vault import Part, Ring, case_owner, owner_of


@dataclass(frozen=True, kw_only=True)
class Item:
    """One thing that waits for a person. ``reason`` is empty once its case was erased."""

    id: int
    subject: str
    system: str
    ref: str | None
    case_id: int | None
    delivery_id: int | None
    observation_id: int | None
    code: str
    reason: str
    candidates: tuple[str, ...]
    state: str
    first_seen: datetime
    last_seen: datetime
    closed_by: str | None
    closed_note: str | None


async def put(
    conn: Connection,
    *,
    subject: str,
    system: str,
    code: str,
    reason: str,
    at: datetime,
    candidates: Sequence[str] = (),
    ref: str | None = None,
    case_id: int | None = None,
    delivery_id: int | None = None,
    observation_id: int | None = None,
) -> int | None:
    """Quarantine something; a known open item is only seen again. Returns the id if it is new."""
    owner = _owner(system, ref, case_id)
    keys = await vault.sealing(conn, owner, case_id)
    row = await (
        await conn.execute(
            """
            INSERT INTO quarantine (subject, system, ref, case_id, delivery_id, observation_id, code,
                                    sealed_reason, candidates, first_seen, last_seen)
            VALUES (%(subject)s, %(system)s, %(ref)s, %(case_id)s, %(delivery_id)s, %(observation_id)s, %(code)s,
                    %(reason)s, %(candidates)s, %(at)s, %(at)s)
            ON CONFLICT (subject, code) WHERE state = 'open' DO UPDATE
            SET last_seen = excluded.last_seen, sealed_reason = excluded.sealed_reason, candidates = excluded.candidates,
                system = excluded.system, ref = excluded.ref, case_id = excluded.case_id,
                observation_id = coalesce(excluded.observation_id, quarantine.observation_id)
            RETURNING id, (xmax = 0) AS fresh
            """,
            {
                "subject": subject,
                "system": system,
                "ref": ref,
                "case_id": case_id,
                "delivery_id": delivery_id,
                "observation_id": observation_id,
                "code": code,
                "reason": keys.seal_json(owner, Part.CONTACT, f"quarantine.reason/{subject}/{code}", reason),
                "candidates": Jsonb(list(candidates)),
                "at": at,
            },
        )
    ).fetchone()
    assert row is not None
    return int(row["id"]) if row["fresh"] else None


async def is_dismissed(conn: Connection, observation_id: int) -> bool:
    """A person looked at this record last and dismissed it: told once more it is not put up again."""
    row = await (
        await conn.execute(
            "SELECT state FROM quarantine WHERE observation_id = %s ORDER BY id DESC LIMIT 1",
            (observation_id,),
        )
    ).fetchone()
    return row is not None and row["state"] == "dismissed"


async def is_open(conn: Connection, subject: str) -> bool:
    """Does an item of that name wait for a person?"""
    return bool(await open_among(conn, [subject]))


async def open_among(conn: Connection, subjects: Collection[str]) -> set[str]:
    """Those of these names under which an item waits for a person."""
    query = "SELECT subject FROM quarantine WHERE subject = ANY(%s) AND state = 'open'"
    return {row["subject"] for row in await (await conn.execute(query, (list(subjects),))).fetchall()}


async def take_to_reread(
    conn: Connection, system: str, *, before: datetime, at: datetime, most: int
) -> list[Item]:
    """Open items that another reading may end, last seen ``before`` then; they count as seen ``at`` now.

    What could not be read, and what may be the outcome of a creation that was in doubt.
    """
    cursor = await conn.execute(
        """
        UPDATE quarantine SET last_seen = %(at)s WHERE id IN (
            SELECT id FROM quarantine
            WHERE state = 'open' AND code = ANY(%(codes)s) AND system = %(system)s AND ref IS NOT NULL
              AND case_id IS NULL AND delivery_id IS NULL AND last_seen <= %(before)s
            ORDER BY last_seen LIMIT %(most)s) RETURNING *
        """,
        {
            "at": at,
            "codes": [Unreadable.code, PerhapsOurs.code],
            "system": system,
            "before": before,
            "most": most,
        },
    )
    return await _read(conn, await cursor.fetchall())


async def resolve(conn: Connection, subjects: Collection[str], *, actor: str, note: str) -> list[Item]:
    """The cause of whatever waits under these names is gone."""
    cursor = await conn.execute(
        """
        UPDATE quarantine SET state = 'resolved', closed_by = %s
        WHERE state = 'open' AND subject = ANY(%s) RETURNING *
        """,
        (actor, list(subjects)),
    )
    return await _noted(conn, await cursor.fetchall(), note)


async def close(
    conn: Connection,
    *,
    state: str,
    actor: str,
    note: str,
    item_id: int | None = None,
    subject: str | None = None,
) -> list[Item]:
    """Close open items, by id or by subject: ``resolved`` (the cause is gone) or ``dismissed`` (by a person)."""
    cursor = await conn.execute(
        """
        UPDATE quarantine SET state = %(state)s, closed_by = %(actor)s
        WHERE state = 'open' AND (id = %(id)s OR subject = %(subject)s) RETURNING *
        """,
        {"state": state, "actor": actor, "id": item_id, "subject": subject},
    )
    return await _noted(conn, await cursor.fetchall(), note)


async def close_others(conn: Connection, prefix: str, keep: Sequence[str], *, actor: str) -> list[Item]:
    """Resolve open items whose subject begins with ``prefix`` and is not among those seen again."""
    cursor = await conn.execute(
        """
        UPDATE quarantine SET state = 'resolved', closed_by = %s
        WHERE state = 'open' AND starts_with(subject, %s) AND NOT subject = ANY(%s) RETURNING *
        """,
        (actor, prefix, list(keep)),
    )
    return await _noted(conn, await cursor.fetchall(), "the difference is gone")


async def _noted(conn: Connection, rows: Sequence[dict[str, Any]], note: str) -> list[Item]:
    """Say of closed items why they were closed: a person may write anything, so it is sealed."""
    noted: list[dict[str, Any]] = []
    for row in rows:
        owner = _owner(row["system"], row["ref"], row["case_id"])
        keys = await vault.sealing(conn, owner, row["case_id"])
        place = f"quarantine.closed_note/{row['subject']}/{row['code']}"
        sealed = keys.seal_json(owner, Part.CONTACT, place, note)
        await conn.execute("UPDATE quarantine SET sealed_closed_note = %s WHERE id = %s", (sealed, row["id"]))
        noted.append({**row, "sealed_closed_note": sealed})
    return await _read(conn, noted)


EVERY: Place[int] = Place(most=1000)
"""As many as anybody looks at at once."""


async def listed(
    conn: Connection,
    *,
    state: str = "open",
    system: str | None = None,
    code: str | None = None,
    at: Place[int] = EVERY,
) -> list[Item]:
    """Items in a state, oldest first; only of one system or code, if named."""
    where, order = at.sql("id", falling=False)
    cursor = await conn.execute(
        f"""
        SELECT * FROM quarantine WHERE state = %(state)s AND {where} AND (%(system)s::text IS NULL OR system = %(system)s)
          AND (%(code)s::text IS NULL OR code = %(code)s)
        ORDER BY {order} LIMIT %(most)s
        """.encode(),  # noqa: S608  # constants
        {"state": state, "system": system, "code": code, **at.values},
    )
    return await _read(conn, await cursor.fetchall())


async def unlinked(conn: Connection, system: str) -> dict[str, str]:
    """Reference → code of what a system told and nobody could map, where no case of ours has that reference."""
    cursor = await conn.execute(
        """
        SELECT DISTINCT ON (ref) ref, code FROM quarantine AS q
        WHERE state = 'open' AND system = %(system)s AND ref IS NOT NULL AND case_id IS NULL AND delivery_id IS NULL
          AND NOT EXISTS (SELECT FROM link WHERE link.system = q.system AND link.ref = q.ref)
        ORDER BY ref, id
        """,
        {"system": system},
    )
    return {row["ref"]: row["code"] for row in await cursor.fetchall()}


async def get(conn: Connection, item_id: int) -> Item | None:
    """One item."""
    row = await (await conn.execute("SELECT * FROM quarantine WHERE id = %s", (item_id,))).fetchone()
    return (await _read(conn, [row]))[0] if row else None


async def of_case(conn: Connection, case_id: int) -> list[Item]:
    """A case's open items."""
    cursor = await conn.execute(
        "SELECT * FROM quarantine WHERE case_id = %s AND state = 'open' ORDER BY id", (case_id,)
    )
    return await _read(conn, await cursor.fetchall())


async def count(conn: Connection) -> int:
    """Number of open items."""
    row = await (await conn.execute("SELECT count(*) AS n FROM quarantine WHERE state = 'open'")).fetchone()
    assert row is not None
    return int(row["n"])


def _owner(system: str, ref: str | None, case_id: int | None) -> str:
    """Whose data a reason may quote: a system's record, else what we made of a case."""
    return case_owner(case_id) if ref is None and case_id is not None else owner_of(system, ref or "")


async def _read(conn: Connection, rows: Sequence[dict[str, Any]]) -> list[Item]:
    keys = await vault.ring(conn, {_owner(row["system"], row["ref"], row["case_id"]) for row in rows})
    return [_item(row, keys) for row in rows]


def _item(row: dict[str, Any], keys: Ring) -> Item:
    owner = _owner(row["system"], row["ref"], row["case_id"])

    def opened(column: str) -> Any:
        place = f"quarantine.{column}/{row['subject']}/{row['code']}"
        return keys.open_json(owner, Part.CONTACT, place, row[f"sealed_{column}"])

    return Item(
        id=row["id"],
        subject=row["subject"],
        system=row["system"],
        ref=row["ref"],
        case_id=row["case_id"],
        delivery_id=row["delivery_id"],
        observation_id=row["observation_id"],
        code=row["code"],
        reason=opened("reason") or "",
        candidates=tuple(row["candidates"]),
        state=row["state"],
        first_seen=row["first_seen"],
        last_seen=row["last_seen"],
        closed_by=row["closed_by"],
        closed_note=opened("closed_note"),
    )
