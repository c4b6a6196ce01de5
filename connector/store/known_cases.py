"""Which cases are known, as it is remembered outside the database, and those that a restore has lost."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from connector.case import REGISTER
from connector.store.connection import Connection

MOST = 10_000
"""Lines of one file."""


class Known(NamedTuple):
    """That a system holds a case.

    Attributes:
        case: our number of it, at that time and in that branch of the log; it ties lines together and means nothing else.
        name: the portal's reference of it, or the register's code.
        born: it was entered there.
    """

    case: int
    system: str
    name: str
    born: bool


async def unfiled(conn: Connection) -> list[Known]:
    """What does not stand in the write-once folder yet. A case that waits for its code is told once it has it."""
    cursor = await conn.execute(
        """
        SELECT case_id, system, CASE system WHEN %(register)s THEN code ELSE ref END AS name, system = origin_system AS born
        FROM link JOIN case_record ON case_record.id = case_id
        WHERE filed_at IS NULL AND (system <> %(register)s OR code IS NOT NULL)
        ORDER BY case_id, system LIMIT %(most)s
        """,
        {"register": REGISTER, "most": MOST},
    )
    return [Known(row["case_id"], row["system"], row["name"], row["born"]) for row in await cursor.fetchall()]


async def filed(conn: Connection, lines: Sequence[Known], at: datetime) -> None:
    """They stand there now."""
    await conn.execute(
        """
        UPDATE link SET filed_at = %s FROM unnest(%s::bigint[], %s::text[]) AS line (case_id, system)
        WHERE link.case_id = line.case_id AND link.system = line.system
        """,
        (at, [line.case for line in lines], [line.system for line in lines]),
    )


async def codes(conn: Connection) -> list[str]:
    """All case codes that are known here."""
    cursor = await conn.execute("SELECT code FROM case_record WHERE code IS NOT NULL ORDER BY code")
    return [row["code"] for row in await cursor.fetchall()]


async def compare(conn: Connection, lines: Iterable[tuple[int, Known]]) -> list[str]:
    """Hold what was ever filed, with the branch of the log, beside what is known here. Returns the codes that are not.

    What it found stays for :func:`bring_back` until the transaction ends.
    """
    await conn.execute(
        """
        CREATE TEMPORARY TABLE told (branch int, number bigint, system text, name text, born boolean) ON COMMIT DROP
        """
    )
    async with conn.cursor() as cursor, cursor.copy("COPY told FROM STDIN") as copy:
        for branch, line in lines:
            await copy.write_row((branch, *line))
    found = await conn.execute(
        """
        SELECT DISTINCT name FROM told
        WHERE system = %s AND NOT EXISTS (SELECT FROM case_record WHERE code = name) ORDER BY name
        """,
        (REGISTER,),
    )
    return [row["name"] for row in await found.fetchall()]


async def bring_back(conn: Connection, lost_codes: Sequence[str], at: datetime) -> int:
    """Make the cases that no system will tell of by itself, so that the portals are asked for each. Returns how many.

    Those that a portal held, that are not known here and were not erased, and whose code the register has lost, too. A
    case that never had one was waiting to be entered there.
    """
    cursor = await conn.execute(
        """
        WITH strange AS (
            SELECT branch, number,
                   max(name) FILTER (WHERE system = %(register)s) AS code,
                   coalesce(max(system) FILTER (WHERE born AND system <> %(register)s), %(register)s) AS origin_system,
                   coalesce(max(name) FILTER (WHERE born AND system <> %(register)s),
                            max(name) FILTER (WHERE system = %(register)s)) AS origin_ref
            FROM told GROUP BY branch, number
            HAVING bool_or(system <> %(register)s)
               AND bool_and(system <> %(register)s OR name = ANY(%(lost)s))
               AND NOT bool_or(EXISTS (SELECT FROM link WHERE link.system = told.system AND link.ref = told.name))
               AND NOT bool_or(EXISTS (SELECT FROM erased_owner WHERE part = 'file'
                                       AND digest = sha256(convert_to(told.system || '/' || told.name, 'UTF8'))))
        ), made AS (
            INSERT INTO case_record (code, origin_system, origin_ref, recovered)
            SELECT DISTINCT ON (origin_system, origin_ref) code, origin_system, origin_ref, true FROM strange
            WHERE origin_ref IS NOT NULL ORDER BY origin_system, origin_ref, code
            ON CONFLICT DO NOTHING
            RETURNING id, origin_system, origin_ref
        ), tied AS (
            INSERT INTO link (case_id, system, ref, refresh_at)
            SELECT DISTINCT ON (made.id, told.system) made.id, told.system, told.name, %(at)s::timestamptz
            FROM made JOIN strange USING (origin_system, origin_ref) JOIN told USING (branch, number)
            WHERE told.system <> %(register)s ORDER BY made.id, told.system, branch DESC
            ON CONFLICT DO NOTHING
        )
        SELECT count(*) AS n FROM made
        """,
        {"register": REGISTER, "lost": list(lost_codes), "at": at},
    )
    row = await cursor.fetchone()
    return int(row["n"]) if row else 0
