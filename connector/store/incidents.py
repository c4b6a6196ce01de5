"""What the log tells of a scope, counted by the database, and what is stored of the cases it names.

An index over blocks of instants (``ledger_entry_at``) keeps a short window short however long the log is; a whole log is
counted in one pass and its cases come in order, so nothing grows with it but the answer.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from connector.case import REGISTER
from connector.incident.classes import Telling
from connector.incident.tally import Happened, Holding
from connector.incident.ways import WAYS, Scope, Touch
from connector.ledger.kinds import EntryKind
from connector.store import vault
from connector.store.connection import Connection
from connector.store.vault import Part, owner_of

BATCH = 500
"""Cases opened at once."""

_WHERE = """
FROM ledger_entry WHERE seq <= %(upto)s AND at < %(before)s
  AND (%(since)s::timestamptz IS NULL OR at >= %(since)s)
  AND (%(case_id)s::bigint IS NULL OR case_id = %(case_id)s)
  AND (%(systems)s::text[] IS NULL OR system = ANY(%(systems)s))
  AND (%(actor)s::text IS NULL OR actor = %(actor)s)
"""

_HAPPENED = f"""
SELECT kind, system, actor, count(*) AS entries, count(DISTINCT case_id) AS cases, min(at) AS first, max(at) AS last
{_WHERE} GROUP BY kind, system, actor ORDER BY kind, system NULLS FIRST, actor
"""  # constants

_TOUCHED = f"""
SELECT case_id, array_agg(DISTINCT kind || '/' || coalesce(data->>'audience', '')) AS moved,
       count(*) AS entries, min(at) AS first, max(at) AS last
{_WHERE} AND case_id IS NOT NULL AND kind = ANY(%(kinds)s)
  AND (kind <> 'log_exported' OR coalesce((data->>'opened')::bigint, 0) > 0)
GROUP BY case_id ORDER BY case_id
"""  # constants

_HELD = f"""
SELECT c.id, c.code, c.ended_as, link.system, link.ref, link.sealed_state, link.sealed_sender, {vault.LINK_KEYS}
FROM case_record AS c LEFT JOIN link ON link.case_id = c.id {vault.LINK_KEYS_FROM}
WHERE c.id = ANY(%(ids)s) ORDER BY c.id, link.system <> %(register)s, link.system
"""  # noqa: S608  # constants


async def happened(conn: Connection, scope: Scope, upto: int) -> list[Happened]:
    """Everything up to entry ``upto`` that fits, by kind, system and account."""
    # planned for these values: an index is only of use where something is asked for
    cursor = await conn.execute(_HAPPENED.encode(), _values(scope, upto), prepare=False)
    return [Happened(**row) for row in await cursor.fetchall()]


async def touched(conn: Connection, scope: Scope, upto: int) -> AsyncIterator[list[Touch]]:
    """The cases of which data moved, by number, some hundred at a time.

    Args:
        conn: a connection in a transaction, which a server-side cursor holds until the end.
    """
    async with conn.cursor(name="incident_cases") as cursor:
        await cursor.execute(_TOUCHED.encode(), _values(scope, upto))
        while rows := await cursor.fetchmany(BATCH):
            yield [_touch(row) for row in rows]


async def held(conn: Connection, case_ids: Sequence[int], *, opened: bool) -> dict[int, Holding]:
    """What is stored of these cases; what they tell only if it is to be ``opened``. Keys are forgotten at once."""
    cursor = await conn.execute(_HELD.encode(), {"ids": list(case_ids), "register": REGISTER})
    found: dict[int, list[dict[str, Any]]] = {}
    for row in await cursor.fetchall():
        found.setdefault(row["id"], []).append(row)
    holdings = {number: _holding(conn, rows, opened=opened) for number, rows in found.items()}
    vault.forget(conn)
    return holdings


def _holding(conn: Connection, rows: Sequence[Mapping[str, Any]], *, opened: bool) -> Holding:
    links = [row for row in rows if row["system"] is not None] if opened else []
    return Holding(
        case_id=rows[0]["id"],
        code=rows[0]["code"],
        ended=rows[0]["ended_as"],
        tellings=tuple(told for row in links if (told := _telling(conn, row)) is not None),
    )


def _telling(conn: Connection, row: Mapping[str, Any]) -> Telling | None:
    """What one system tells; None if nothing was read yet, or either of its keys was destroyed."""
    keys, owner = vault.ring_of_links(conn, [row]), owner_of(row["system"], row["ref"])
    if not (keys.has(owner, Part.FILE) and keys.has(owner, Part.CONTACT)):
        return None
    state = keys.open_json(owner, Part.FILE, f"link.state/{row['id']}", row["sealed_state"])
    sender = keys.open_json(owner, Part.CONTACT, f"link.sender/{row['id']}", row["sealed_sender"])
    return None if state is None else (state, sender or {})


def _touch(row: Mapping[str, Any]) -> Touch:
    moved = [one.partition("/") for one in row["moved"]]
    return Touch(
        case_id=row["case_id"],
        moved=tuple((EntryKind(kind), audience or None) for kind, _, audience in moved),
        entries=row["entries"],
        first=row["first"],
        last=row["last"],
    )


def _values(scope: Scope, upto: int) -> dict[str, Any]:
    return {
        "upto": upto,
        "since": scope.since,
        "before": scope.before,
        "case_id": scope.case_id,
        "systems": list(scope.systems) or None,
        "actor": scope.actor,
        "kinds": [kind.value for kind in WAYS],
    }
