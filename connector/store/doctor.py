"""How the server itself does: settings, sizes, locks, long transactions, slow statements. Reads only, briefly."""

from typing import Any

from connector.store.connection import Connection
from connector.store.schema import SCHEMA

PATIENCE_MS = 10_000
MOST = 100

_SETTINGS = """
SELECT name AS setting, setting AS value, unit, replace(source, ' ', '_') AS source FROM pg_settings WHERE source NOT IN ('default', 'override') OR name = ANY(ARRAY[
    'autovacuum', 'fsync', 'full_page_writes', 'max_connections', 'server_version', 'shared_buffers',
    'synchronous_commit', 'TimeZone', 'wal_level', 'work_mem']) ORDER BY name
"""
HIDDEN_SETTINGS = frozenset(
    {
        "primary_conninfo",
        "archive_command",
        "restore_command",
        "ssl_passphrase_command",
        "session_preload_libraries",
    }
)
"""May hold passwords, or paths of the machine."""

# from the catalogue's own counts: asking for the exact size would wait for whoever locks the table
_SIZES = """
SELECT about.relname AS relation, (about.relpages + coalesce(
           (SELECT sum(one.relpages) FROM pg_index JOIN pg_class AS one ON one.oid = indexrelid WHERE indrelid = about.oid), 0)
       )::bigint * current_setting('block_size')::bigint AS bytes,
       n_live_tup AS live, n_dead_tup AS dead, last_autovacuum, last_autoanalyze, seq_scan, idx_scan
FROM pg_stat_user_tables JOIN pg_class AS about ON about.oid = relid
WHERE schemaname = %(schema)s ORDER BY bytes DESC LIMIT %(most)s
"""
_SESSIONS = """
SELECT state, wait_event_type, wait_event, count(*) AS n, max(extract(epoch FROM now() - xact_start)) AS oldest_s
FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() GROUP BY 1, 2, 3 ORDER BY n DESC
LIMIT %(most)s
"""
_LOCKS = """
SELECT waits.pid, waits.locktype, waits.mode, waits.relation::regclass::text AS relation,
       pg_blocking_pids(waits.pid) AS blocked_by, extract(epoch FROM now() - about.state_change) AS seconds
FROM pg_locks AS waits JOIN pg_stat_activity AS about USING (pid)
WHERE NOT waits.granted AND about.datname = current_database() LIMIT %(most)s
"""
_SLOW = """
SELECT calls, round(total_exec_time::numeric) AS total_ms, round(mean_exec_time::numeric, 1) AS mean_ms,
       round(max_exec_time::numeric) AS most_ms, rows, query
FROM pg_stat_statements WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
ORDER BY total_exec_time DESC LIMIT %(most)s
"""


async def server(conn: Connection) -> dict[str, list[dict[str, Any]]]:
    """All of it by part. ``statements`` is empty where the extension ``pg_stat_statements`` is not there.

    Raises:
        DatabaseUnavailable: also if a part took longer than :data:`PATIENCE_MS`.
    """
    await conn.execute("SET TRANSACTION READ ONLY")
    await conn.execute(f"SET LOCAL statement_timeout = {PATIENCE_MS}".encode())
    parts = {"settings": _SETTINGS, "tables": _SIZES, "sessions": _SESSIONS, "locks": _LOCKS}
    if await _has_statements(conn):
        parts["statements"] = _SLOW
    found = {name: await _rows(conn, query) for name, query in parts.items()}
    found["settings"] = [row for row in found["settings"] if row["setting"] not in HIDDEN_SETTINGS]
    return found


async def _has_statements(conn: Connection) -> bool:
    query = """
        SELECT FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace
        WHERE e.extname = 'pg_stat_statements' AND n.nspname = ANY(current_schemas(true))
          AND 'pg_stat_statements' = ANY(regexp_split_to_array(current_setting('shared_preload_libraries'), ', *'))
    """
    return await (await conn.execute(query)).fetchone() is not None


async def _rows(conn: Connection, query: str) -> list[dict[str, Any]]:
    return await (await conn.execute(query.encode(), {"schema": SCHEMA, "most": MOST})).fetchall()
