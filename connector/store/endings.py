"""The end of a case: its keys are destroyed and every column that they sealed is emptied, in one transaction.

What remains is the tombstone: numbers and references, instants, digests, who decided and on what basis.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from connector.store import vault
from connector.store.cases import End, EndedAs
from connector.store.connection import Connection
from connector.store.deliveries import OPEN, UNKNOWN_EFFECT
from connector.store.vault import Part

PARTS = {
    EndedAs.OFF_SYSTEM: tuple(Part),
    EndedAs.ERASED: tuple(Part),
    EndedAs.CONTACT_ERASED: (Part.CONTACT,),
}
"""Which keys die with each kind of end."""

_EMPTY = """
WITH names AS (
    SELECT system, ref FROM link WHERE case_id = %(case)s
    UNION SELECT origin_system, origin_ref FROM case_record WHERE id = %(case)s
), told AS (
    UPDATE observation SET sealed_raw = NULL, sealed_data = NULL, case_id = %(case)s
    WHERE case_id = %(case)s OR (system, ref) IN (SELECT * FROM names)
), held AS (
    UPDATE link SET refresh_at = NULL, sealed_sender = NULL, sealed_baseline = NULL,
        sealed_state = CASE WHEN %(whole)s THEN NULL ELSE sealed_state END
    WHERE case_id = %(case)s
), cleared AS (
    UPDATE secrecy_clearance SET sealed_digests = NULL WHERE case_id = %(case)s AND %(whole)s
), writes AS (
    UPDATE delivery SET sealed_operation = NULL, sealed_basis = NULL, sealed_error_text = NULL, sealed_receipt = NULL,
        state = CASE WHEN state = ANY(%(open)s) THEN 'cancelled' ELSE state END,
        error_code = CASE WHEN state = ANY(%(open)s) THEN %(code)s ELSE error_code END,
        finished_at = CASE WHEN state = ANY(%(open)s) THEN %(at)s ELSE finished_at END
    WHERE case_id = %(case)s
), put_aside AS (
    UPDATE quarantine SET sealed_reason = NULL, sealed_closed_note = NULL, candidates = '[]',
        state = CASE WHEN state = 'open' THEN 'resolved' ELSE state END, closed_by = coalesce(closed_by, %(officer)s)
    WHERE case_id = %(case)s OR (system, ref) IN (SELECT * FROM names)
), duties AS (
    DELETE FROM case_duty WHERE case_id = %(case)s AND %(whole)s
), shown AS (
    DELETE FROM ledger_opening WHERE case_id = %(case)s AND part = ANY(%(parts)s)
), previews AS (
    UPDATE resync_item AS item SET sealed_changes = NULL FROM resync_step AS step
    WHERE (item.plan_id, item.step) = (step.plan_id, step.number)
      AND (step.case_id = %(case)s OR step.owner IN (SELECT system || '/' || ref FROM names))
), salts AS (
    UPDATE resync_step SET sealed_salt = NULL
    WHERE case_id = %(case)s OR owner IN (SELECT system || '/' || ref FROM names)
), findings AS (
    UPDATE finding SET sealed_print = NULL, sealed_ack = NULL, ack_by = NULL, ack_at = NULL, ack_until = NULL,
        closed_at = coalesce(closed_at, %(at)s)
    WHERE case_id = %(case)s OR (system, ref) IN (SELECT * FROM names)
), pauses AS (
    DELETE FROM pause WHERE scope = 'case:' || %(case)s::text
        OR scope IN (SELECT 'delivery:' || id FROM delivery WHERE case_id = %(case)s)
)
DELETE FROM file_ticket WHERE (system, ref) IN (SELECT * FROM names)
"""
"""Everything that the keys sealed, where it lies by number and where it lay before its case was known."""


@dataclass(frozen=True, kw_only=True)
class Remains:
    """What an officer has to know of a case that ended.

    Attributes:
        first_seen: since when it was in the database: backups made from then on hold it.
        until: when it ended.
        doubtful: writes whose effect at the other side is unknown: nobody asks any more.
        delivered: writes that the other sides took before.
    """

    first_seen: datetime
    until: datetime
    doubtful: tuple[int, ...]
    delivered: int


async def end(conn: Connection, case_id: int, what: End, *, code: str) -> Remains:
    """End a case that the caller has locked. ``code`` is what its open writes are cancelled with."""
    remains = await _remains(conn, case_id, what.at)
    secret = what.kind is EndedAs.OFF_SYSTEM
    await conn.execute(
        """
        UPDATE case_record SET ended_as = %s, ended_at = %s, ended_by = %s, ended_basis = %s, dirty_at = NULL,
               agency = CASE WHEN %s THEN NULL ELSE agency END, field = CASE WHEN %s THEN NULL ELSE field END
        WHERE id = %s
        """,
        (what.kind.value, what.at, what.officer, what.basis, secret, secret, case_id),
    )
    await empty(conn, case_id, what, code=code)
    return remains


async def empty(conn: Connection, case_id: int, what: End, *, code: str) -> None:
    """Destroy the keys and empty the columns; again, if an ended case turns up under a further reference."""
    parts = PARTS[what.kind]
    await vault.destroy(conn, case_id, parts, what.at)
    await conn.execute(
        _EMPTY,
        {
            "case": case_id,
            "whole": Part.FILE in parts,
            "code": code,
            "at": what.at,
            "officer": what.officer,
            "open": list(OPEN),
            "parts": [part.value for part in parts],
        },
    )


async def ended_refs(conn: Connection, system: str, refs: Collection[str]) -> set[str]:
    """References among these under which an ended case is known: they are not asked for any more."""
    cursor = await conn.execute(
        """
        SELECT ref FROM link JOIN case_record ON case_record.id = case_id
        WHERE system = %s AND ref = ANY(%s) AND ended_at IS NOT NULL
        """,
        (system, list(refs)),
    )
    return {row["ref"] for row in await cursor.fetchall()}


async def _remains(conn: Connection, case_id: int, at: datetime) -> Remains:
    row = await (
        await conn.execute(
            """
            SELECT least(created_at, (SELECT min(observed_at) FROM observation WHERE case_id = case_record.id)) AS since,
                   (SELECT count(*) FROM delivery WHERE case_id = case_record.id AND state = 'done') AS delivered
            FROM case_record WHERE id = %s
            """,
            (case_id,),
        )
    ).fetchone()
    assert row is not None
    cursor = await conn.execute(
        """
        SELECT id FROM delivery WHERE case_id = %s
          AND (state IN ('sent', 'in_doubt') OR (state = 'quarantined' AND error_code = ANY(%s))) ORDER BY id
        """,
        (case_id, sorted(UNKNOWN_EFFECT)),
    )
    doubtful = tuple(row["id"] for row in await cursor.fetchall())
    return Remains(first_seen=row["since"], until=at, doubtful=doubtful, delivered=row["delivered"])
