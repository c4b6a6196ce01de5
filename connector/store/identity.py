"""Which case of ours a telling is about: by reference, by our code, by origin. Found, or made, never joined silently."""

from collections.abc import Mapping
from typing import Any

from connector.case import Case
from connector.errors import MergeConflict
from connector.store.connection import Connection


async def resolve(conn: Connection, told: Case) -> int:
    """The id of the case that this telling is about; a new one if nobody knows it.

    Known by (system, ref), then by our case code, then by its origin, so that a pair that exists already is linked
    and never copied. Safe against another lane doing the same at the same time (unique keys, upsert).

    Raises:
        MergeConflict: the ways lead to two different cases; never relinked silently.
    """
    found = await _resolve(conn, told)
    if not found:
        # one telling of a pair at a time: two systems may tell of the same new case at the same moment
        lock = told.code or "/".join(told.origin)
        await conn.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", (lock,))
        found = await _resolve(conn, told)
    if len(found) > 1:
        ids = sorted(row["id"] for row in found)
        msg = f"{told.system}/{told.ref} leads to cases {ids}: two of our cases under one reference"
        raise MergeConflict(msg, cases=ids)
    if found:
        return await _known(conn, found[0], told)
    row = await (
        await conn.execute(
            """
            INSERT INTO case_record (code, origin_system, origin_ref) VALUES (%(code)s, %(osystem)s, %(oref)s)
            ON CONFLICT (origin_system, origin_ref) DO UPDATE SET code = coalesce(case_record.code, excluded.code)
            RETURNING id
            """,
            _names(told),
        )
    ).fetchone()
    assert row is not None
    return int(row["id"])


async def known_as(conn: Connection, told: Case) -> list[int]:
    """Ids of the cases that a telling may be about, by reference, code and origin; more than one is a conflict."""
    return [row["id"] for row in await _resolve(conn, told)]


async def _resolve(conn: Connection, told: Case) -> list[dict[str, Any]]:
    return await (await conn.execute(_RESOLVE, _names(told))).fetchall()


def _names(told: Case) -> dict[str, str | None]:
    return {
        "code": told.code,
        "system": told.system,
        "ref": told.ref,
        "osystem": told.origin[0],
        "oref": told.origin[1],
    }


_RESOLVE = """
SELECT id, code, (SELECT ref FROM link WHERE case_id = case_record.id AND system = %(system)s) AS ref
FROM case_record WHERE id IN (
    SELECT id FROM case_record WHERE code = %(code)s
    UNION SELECT case_id FROM link WHERE system = %(system)s AND ref = %(ref)s
    UNION SELECT id FROM case_record WHERE origin_system = %(osystem)s AND origin_ref = %(oref)s
    UNION SELECT case_id FROM link WHERE system = %(osystem)s AND ref = %(oref)s
)
"""


async def _known(conn: Connection, row: Mapping[str, Any], told: Case) -> int:
    """A case has one reference in each system and one code."""
    case_id = int(row["id"])
    if row["ref"] not in (None, told.ref):
        msg = f"{told.system}/{told.ref} leads to case {case_id}, which {told.system} knows as {row['ref']}"
        raise MergeConflict(msg, cases=[case_id])
    if told.code and row["code"] not in (None, told.code):
        msg = f"{told.system}/{told.ref} leads to case {case_id}, but under the code of another case"
        raise MergeConflict(msg, cases=[case_id])
    if told.code and row["code"] is None:
        query = "UPDATE case_record SET code = %s WHERE id = %s AND code IS NULL"
        await conn.execute(query, (told.code, case_id))
    return case_id
