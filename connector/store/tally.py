"""Exact totals of what only grows, without counting whole tables: kept by triggers, see migration 0012.

Each change adds a row, in its own transaction; a total is their sum. So it is exact at every moment, and no writer waits
for another, as all would for one row that counts.
"""

from connector.store.connection import Connection

CASES = "cases"
LINKED = "linked/"
DONE = "done/"

MOST_ROWS = 500
"""From so many on they are folded."""


async def totals(conn: Connection) -> dict[str, int]:
    """All of them by name."""
    cursor = await conn.execute("SELECT name, sum(n)::bigint AS n FROM tally GROUP BY name")
    return {row["name"]: row["n"] for row in await cursor.fetchall()}


async def total(conn: Connection, name: str) -> int:
    """One of them."""
    cursor = await conn.execute("SELECT coalesce(sum(n), 0)::bigint AS n FROM tally WHERE name = %s", (name,))
    row = await cursor.fetchone()
    return int(row["n"]) if row else 0


def under(found: dict[str, int], prefix: str) -> dict[str, int]:
    """Those whose names begin so, by the rest of their names."""
    return {name.removeprefix(prefix): n for name, n in found.items() if name.startswith(prefix) and n}


async def fold(conn: Connection) -> None:
    """Make one row of many of the same name. Whoever reads meanwhile sees the ones or the other, never both."""
    await conn.execute(
        """
        WITH gone AS (
            DELETE FROM tally WHERE (SELECT count(*) FROM tally) > %s RETURNING name, n
        ) INSERT INTO tally SELECT name, sum(n) FROM gone GROUP BY name
        """,
        (MOST_ROWS,),
    )
