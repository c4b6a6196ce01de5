"""The processes that share one database: each tells that it lives, and whoever is silent too long is taken over."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg

from connector.store.schema import NEWEST

AnyConnection = psycopg.AsyncConnection[dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Node:
    """One process.

    Attributes:
        knows: the newest migration that its program was made for.
        silent_s: seconds since the database last heard of it.
    """

    id: UUID
    name: str
    parts: tuple[str, ...]
    version: str
    knows: str
    started_at: datetime
    silent_s: float


@dataclass(frozen=True, kw_only=True)
class Roll:
    """What one word of a node to the database brings back.

    Attributes:
        known: the database still counts this node among the living; False: others have taken its lanes.
        living: all that were heard of in time, longest running first.
        stale: there is somebody, or something, to take over.
    """

    known: bool
    living: tuple[Node, ...]
    stale: bool


@dataclass(frozen=True, kw_only=True)
class Taken:
    """What was taken over: from which nodes, and the locks of the jobs that nobody carries any more."""

    nodes: tuple[str, ...]
    locks: tuple[str, ...]


async def join(conn: AnyConnection, node_id: UUID, name: str, parts: Sequence[str], version: str) -> None:
    """A process begins."""
    await conn.execute(
        "INSERT INTO node (id, name, parts, version, knows) VALUES (%s, %s, %s, %s, %s)",
        (node_id, name, list(parts), version, NEWEST),
    )


async def leave(conn: AnyConnection, node_id: UUID) -> None:
    """A process ends in good order: it holds no lane any more."""
    await conn.execute("DELETE FROM node WHERE id = %s", (node_id,))


async def renew(conn: AnyConnection, node_id: UUID, workers: Sequence[int], patience_s: float) -> Roll:
    """Tell that a node and its workers live. One statement, so that none of them is ever older than the node itself."""
    cursor = await conn.execute(
        """
        WITH me AS (
            UPDATE node SET seen_at = now(), workers = %(workers)s::bigint[] WHERE id = %(id)s RETURNING id
        ), beat AS (
            UPDATE procrastinate_workers SET last_heartbeat = now()
            WHERE id = ANY(%(workers)s::bigint[]) AND EXISTS (SELECT FROM me)
        )
        SELECT EXISTS (SELECT FROM me) AS known,
            EXISTS (SELECT FROM node WHERE seen_at < now() - %(patience)s * interval '1 s' AND id <> %(id)s)
            OR EXISTS (
                SELECT FROM procrastinate_jobs AS job LEFT JOIN procrastinate_workers AS worker
                ON worker.id = job.worker_id
                WHERE job.status = 'doing' AND NOT coalesce(job.worker_id = ANY(%(workers)s::bigint[]), false)
                  AND (worker.id IS NULL OR worker.last_heartbeat < now() - %(patience)s * interval '1 s')
            ) AS stale
        """,
        {"id": node_id, "workers": list(workers), "patience": patience_s},
    )
    row = await cursor.fetchone()
    assert row is not None
    living = [one for one in await listed(conn) if one.silent_s < patience_s]
    return Roll(known=row["known"], stale=row["stale"], living=tuple(living))


async def take_over(conn: AnyConnection, own: Sequence[int], patience_s: float) -> Taken:
    """Free the lanes of whoever was silent too long, and strike it from the list: should it live, it learns so.

    Args:
        own: workers of this process, which knows by itself that they live.
    """
    async with conn.transaction():
        # one at a time: two that take over the same lanes would wait for each other in a ring
        await conn.execute("SELECT pg_advisory_xact_lock(hashtext('phanhoi take over'))")
        cursor = await conn.execute(_TAKE_OVER, {"own": list(own), "patience": patience_s})
        row = await cursor.fetchone()
    assert row is not None
    return Taken(nodes=tuple(row["nodes"]), locks=tuple(row["locks"]))


_TAKE_OVER = """
WITH gone AS (
    DELETE FROM node WHERE seen_at < now() - %(patience)s * interval '1 s' AND NOT workers && %(own)s::bigint[]
    RETURNING name
), dead AS (
    DELETE FROM procrastinate_workers
    WHERE last_heartbeat < now() - %(patience)s * interval '1 s' AND id <> ALL(%(own)s::bigint[]) RETURNING id
), freed AS (
    DELETE FROM procrastinate_jobs
    WHERE status = 'doing' AND (worker_id IS NULL OR worker_id IN (SELECT id FROM dead)) RETURNING lock
)
SELECT ARRAY(SELECT name FROM gone ORDER BY name) AS nodes,
       ARRAY(SELECT lock FROM freed WHERE lock IS NOT NULL ORDER BY lock) AS locks
"""


async def listed(conn: AnyConnection) -> list[Node]:
    """All processes that told of themselves and did not leave, longest running first."""
    cursor = await conn.execute(
        """
        SELECT id, name, parts, version, knows, started_at,
               extract(epoch FROM now() - seen_at)::float8 AS silent_s
        FROM node ORDER BY started_at, id
        """
    )
    rows = await cursor.fetchall()
    return [Node(**{**row, "parts": tuple(row["parts"])}) for row in rows]
