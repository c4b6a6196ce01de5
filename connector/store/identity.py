"""Which case of ours a telling is about: by reference, code, origin, or our own writes. Found, or made, never joined silently."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from uuid import UUID

from connector.case import REGISTER, Case
from connector.errors import MergeConflict, PerhapsOurs
from connector.store import unsure
from connector.store.connection import Connection


async def resolve(conn: Connection, told: Case) -> int:
    """The id of the case that this telling is about; a new one if nobody knows it.

    Known by (system, ref), by our case code, by its origin, else by what we wrote to it, so that a pair that exists
    already is linked and never copied. Safe against another lane doing the same at the same time (unique keys, upsert).

    Raises:
        MergeConflict: the ways lead to two different cases; never relinked silently.
        PerhapsOurs: it is new, and may be what a creation of ours with unknown outcome has made.
    """
    found = await _resolve(conn, told)
    if not found:
        # one telling of a pair at a time: two systems may tell of the same new case at the same moment
        lock = told.code or "/".join(told.origin)
        async with conn.pipeline():
            await conn.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", (lock,))
            # asked first: a creation whose outcome becomes known meanwhile is found by its reference
            asked = await unsure.ask(conn, told.system)
        found = await _resolve(conn, told)
        if not found and (alike := await unsure.same_words(conn, told, asked)):
            msg = f"{told.system}/{told.ref} reads like case {alike[0]}, which was sent there with an outcome that nobody knows yet"
            raise PerhapsOurs(msg, cases=alike)
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
    found = await (await conn.execute(_RESOLVE, _names(told))).fetchall()
    if not found and (echoes := _echoes(told)):
        found = await (await conn.execute(_BY_ECHO, {"system": told.system, "echoes": echoes})).fetchall()
    return found


def _echoes(told: Case) -> list[UUID]:
    """Keys of writes that the telling names."""
    found = []
    for act in told.acts:
        with suppress(ValueError):
            found.append(UUID(act.echo or ""))
    return found


def _names(told: Case) -> dict[str, str | None]:
    return {
        "code": told.code,
        "system": told.system,
        "ref": told.ref,
        "osystem": told.origin[0],
        "oref": told.origin[1],
    }


_CASES = """
SELECT id, code, recovered, origin_system, origin_ref,
       (SELECT ref FROM link WHERE case_id = case_record.id AND system = %(system)s) AS ref
FROM case_record WHERE id IN"""

_RESOLVE = f"""
{_CASES} (
    SELECT id FROM case_record WHERE code = %(code)s
    UNION SELECT case_id FROM link WHERE system = %(system)s AND ref = %(ref)s
    UNION SELECT id FROM case_record WHERE origin_system = %(osystem)s AND origin_ref = %(oref)s
    UNION SELECT case_id FROM link WHERE system = %(osystem)s AND ref = %(oref)s
)
"""  # noqa: S608  # constants

_BY_ECHO = f"""
{_CASES} (
    SELECT case_id FROM delivery_key JOIN delivery ON delivery.id = delivery_id
    WHERE delivery_key.key = ANY(%(echoes)s) AND target = %(system)s
)
"""  # noqa: S608  # constants
"""A portal that leaves our code out still shows whose case it is: by the writes of ours that it repeats (a creation whose reply was lost).

Asked only where nothing else leads to a case: what was merged there may repeat the writes of two.
"""


async def _known(conn: Connection, row: Mapping[str, Any], told: Case) -> int:
    """A case has one reference in each system and one code."""
    case_id = int(row["id"])
    if row["ref"] not in (None, told.ref):
        msg = f"{told.system}/{told.ref} leads to case {case_id}, which {told.system} knows as {row['ref']}"
        raise MergeConflict(msg, cases=[case_id])
    if (
        row["recovered"]
        and told.system == REGISTER
        and told.origin != (row["origin_system"], row["origin_ref"])
    ):
        msg = (
            f"{told.system}/{told.ref} bears the code of case {case_id}, which it gave before it was set back"
        )
        raise MergeConflict(msg, cases=[case_id])
    if told.code and row["code"] not in (None, told.code):
        msg = f"{told.system}/{told.ref} leads to case {case_id}, but under the code of another case"
        raise MergeConflict(msg, cases=[case_id])
    if told.code and row["code"] is None:
        query = "UPDATE case_record SET code = %s WHERE id = %s AND code IS NULL"
        await conn.execute(query, (told.code, case_id))
    return case_id
