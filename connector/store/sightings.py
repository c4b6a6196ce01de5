"""Sightings: what each system told last of each reference, by version and digest. Compared by sets, never by content."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from connector.case import REGISTER, Case
from connector.store.connection import Connection


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One reference as a system told it.

    Attributes:
        version: as lists tell it; None if it was asked for by itself.
        kind: of the record.
        print: digest of the decoded record, as observations have it; None: the system knows it no more.
    """

    ref: str
    version: str | None
    kind: str | None
    print: str | None


@dataclass(frozen=True, kw_only=True)
class Sighting:
    """One row.

    Attributes:
        since: since when it is so, as far as anybody knows.
        seen_at: as of.
        known: the live flow read this very telling.
    """

    system: str
    ref: str
    case_id: int | None
    kind: str | None
    print: str | None
    since: datetime
    seen_at: datetime
    known: bool


async def keep(conn: Connection, system: str, seen: Collection[Seen], at: datetime) -> None:
    """Write down what a page, or some readings, told: one statement, however many."""
    rows = {one.ref: one for one in seen}
    await conn.execute(
        "CREATE TEMP TABLE seen (ref text, version text, kind text, print text) ON COMMIT DROP"
    )
    async with conn.cursor() as cursor, cursor.copy("COPY seen FROM STDIN") as copy:
        for one in rows.values():
            await copy.write_row((one.ref, one.version, one.kind, one.print))
    await conn.execute(_KEEP, {"system": system, "at": at})
    await conn.execute("DROP TABLE seen")


_KEEP = """
INSERT INTO sighting (system, ref, case_id, version, kind, print, since, noticed_at, seen_at)
SELECT %(system)s, seen.ref, link.case_id, seen.version, seen.kind, seen.print,
       least(observation.observed_at, %(at)s), %(at)s, %(at)s
FROM seen
LEFT JOIN link ON link.system = %(system)s AND link.ref = seen.ref
LEFT JOIN observation ON observation.system = %(system)s AND observation.ref = seen.ref
     AND observation.kind = seen.kind AND observation.fingerprint = seen.print
ON CONFLICT (system, ref) DO UPDATE SET
    case_id = coalesce(excluded.case_id, sighting.case_id),
    version = coalesce(excluded.version, sighting.version),
    kind = excluded.kind, print = excluded.print, seen_at = excluded.seen_at,
    since = CASE WHEN sighting.print IS DISTINCT FROM excluded.print THEN excluded.since ELSE sighting.since END,
    noticed_at = CASE WHEN sighting.print IS DISTINCT FROM excluded.print THEN excluded.noticed_at
                      ELSE sighting.noticed_at END
"""


async def touch(
    conn: Connection, system: str, rows: Sequence[tuple[str, str]], at: datetime
) -> set[tuple[str, str]]:
    """Of (reference, version) rows of a list: those that were seen in that version, and so are seen once more."""
    cursor = await conn.execute(
        """
        UPDATE sighting SET seen_at = %(at)s
        FROM unnest(%(refs)s::text[], %(versions)s::text[]) AS told (ref, version)
        WHERE sighting.system = %(system)s AND sighting.ref = told.ref AND sighting.version = told.version
          AND sighting.print IS NOT NULL
        RETURNING sighting.ref, sighting.version
        """,
        {
            "system": system,
            "at": at,
            "refs": [ref for ref, _ in rows],
            "versions": [version for _, version in rows],
        },
    )
    return {(row["ref"], row["version"]) for row in await cursor.fetchall()}


async def of_case(conn: Connection, case_id: int, system: str) -> Sighting | None:
    """What a system told last of a case: under the reference that its link has, else under which it is known."""
    cursor = await conn.execute(
        f"""
        SELECT {_COLUMNS} FROM sighting
        LEFT JOIN link ON link.system = sighting.system AND link.ref = sighting.ref
        WHERE sighting.case_id = %s AND sighting.system = %s ORDER BY link.ref IS NULL LIMIT 1
        """,  # noqa: S608  # a constant
        (case_id, system),
    )
    row = await cursor.fetchone()
    return Sighting(**row) if row else None


async def of_ref(conn: Connection, system: str, ref: str) -> Sighting | None:
    """What a system told last under a reference."""
    query = f"SELECT {_COLUMNS} FROM sighting WHERE system = %s AND ref = %s"  # noqa: S608  # a constant
    row = await (await conn.execute(query, (system, ref))).fetchone()
    return Sighting(**row) if row else None


_COLUMNS = """sighting.system, sighting.ref, sighting.case_id, sighting.kind, sighting.print, sighting.since,
    sighting.seen_at, EXISTS (SELECT FROM observation AS o WHERE o.system = sighting.system AND o.ref = sighting.ref
        AND o.kind = sighting.kind AND o.fingerprint = sighting.print AND o.sealed_data IS NOT NULL) AS known"""


async def unseen(
    conn: Connection, system: str, *, before: datetime, after: str, most: int, portal: str
) -> list[str]:
    """Linked references above ``after`` that were not seen since ``before``, in order; none of an ended case.

    Args:
        portal: whose pairs are compared: the register's references of other portals' cases are left out.
    """
    cursor = await conn.execute(
        """
        SELECT link.ref FROM link
        JOIN case_record ON case_record.id = link.case_id AND ended_at IS NULL
        LEFT JOIN sighting ON sighting.system = link.system AND sighting.ref = link.ref
        WHERE link.system = %(system)s AND link.ref > %(after)s
          AND (sighting.seen_at IS NULL OR sighting.seen_at < %(before)s)
          AND NOT EXISTS (SELECT FROM link AS other WHERE other.case_id = link.case_id
                          AND NOT other.system = ANY(%(own)s))
        ORDER BY link.ref LIMIT %(most)s
        """,
        {"system": system, "after": after, "before": before, "most": most, "own": [REGISTER, portal]},
    )
    return [row["ref"] for row in await cursor.fetchall()]


# ---- strangers --------------------------------------------------------------------------------------------------


async def adopt(conn: Connection, system: str) -> None:
    """Strangers that the live flow has linked meanwhile are none any more."""
    await conn.execute(
        """
        UPDATE sighting SET case_id = link.case_id FROM link
        WHERE sighting.case_id IS NULL AND sighting.system = %(system)s
          AND link.system = sighting.system AND link.ref = sighting.ref
        """,
        {"system": system},
    )


async def strangers(conn: Connection, system: str, *, after: str, most: int) -> list[Sighting]:
    """References above ``after`` that are of no case of ours and were not found in order as they are, in order."""
    cursor = await conn.execute(
        f"""
        SELECT {_COLUMNS} FROM sighting
        WHERE system = %(system)s AND case_id IS NULL AND ref > %(after)s AND judged IS DISTINCT FROM print
        ORDER BY ref LIMIT %(most)s
        """,  # noqa: S608  # a constant
        {"system": system, "after": after, "most": most},
    )
    return [Sighting(**row) for row in await cursor.fetchall()]


async def name(conn: Connection, told: Case, case_id: int | None, judged: str | None) -> None:
    """By what a stranger is known; the case of ours that it turned out to be; whether it is in order as it is."""
    await conn.execute(
        """
        UPDATE sighting SET case_id = %s, judged = %s, code = %s, origin_system = %s, origin_ref = %s
        WHERE system = %s AND ref = %s
        """,
        (case_id, judged, told.code, *told.origin, told.system, told.ref),
    )


async def twin_of(conn: Connection, told: Case) -> bool:
    """Does the register tell a case, unknown to us as well, that says to be this one?"""
    row = await (
        await conn.execute(
            """
            SELECT FROM sighting WHERE system = %(register)s AND case_id IS NULL AND print IS NOT NULL
              AND (code = %(code)s OR (origin_system, origin_ref) = (%(system)s, %(ref)s)) LIMIT 1
            """,
            {"register": REGISTER, "code": told.code, "system": told.system, "ref": told.ref},
        )
    ).fetchone()
    return row is not None
