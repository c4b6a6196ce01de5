"""The engine's jobs, as far as the store writes them: wake-ups become jobs in the transaction of the rows that cause them.

They go into Procrastinate's table by one statement, since there are several wake-ups with every write.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import psycopg
from psycopg.types.json import Jsonb

from connector.errors import DatabaseUnavailable
from connector.store.connection import Connection

_DEFER = """
WITH wanted AS (
    SELECT * FROM jsonb_to_recordset(%(jobs)s) AS job (name text, task text, queue text, args jsonb)
), waiting AS (
    SELECT id, queueing_lock AS name, queue_name AS queue FROM procrastinate_jobs
    WHERE status = 'todo' AND queueing_lock IN (SELECT name FROM wanted) FOR KEY SHARE OF procrastinate_jobs
), made AS (
    INSERT INTO procrastinate_jobs (queue_name, task_name, lock, queueing_lock, args)
    SELECT queue, task, name, name, args FROM wanted
    WHERE name NOT IN (SELECT name FROM waiting) ORDER BY name
    ON CONFLICT DO NOTHING RETURNING queueing_lock AS name
)
SELECT name, NULL AS told FROM made
UNION ALL
SELECT name, pg_notify('procrastinate_queue_v1#' || queue,
                       json_build_object('type', 'job_inserted', 'job_id', id)::text)::text FROM waiting
"""
"""A job that waits already will do, but it must not begin before this transaction's rows can be seen: no worker takes a
row that somebody holds. Whoever looked meanwhile and passed it over is told once more, at the commit."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """One job; ``name`` is its lock: one runs and one more waits at a time."""

    name: str
    task: str
    queue: str
    args: Mapping[str, str | int]


async def defer(conn: Connection, jobs: Sequence[Job]) -> None:
    """Have them done once this transaction has committed; each surely begins after that.

    Raises:
        DatabaseUnavailable: the engine's tables cannot be written.
    """
    # in the order of names: two transactions that make the same jobs never wait for each other in a ring
    left = {job.name: job for job in sorted(jobs, key=lambda one: one.name)}
    while left:
        try:
            cursor = await conn.execute(_DEFER, {"jobs": Jsonb([asdict(job) for job in left.values()])})
        except psycopg.OperationalError:
            raise
        except psycopg.Error as error:
            msg = "the engine's tables cannot be written"
            raise DatabaseUnavailable(msg) from error
        # one that somebody else made and committed since this statement began is held by the next
        for row in await cursor.fetchall():
            left.pop(row["name"])
