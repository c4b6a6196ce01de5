"""Waves: how many linked cases lately planned writes change at one system. Numbers for the flood guard."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from connector.store.connection import Connection


@dataclass(frozen=True, kw_only=True)
class Wave:
    """Linked cases that lately planned writes change at one system, and those that end there without an answer."""

    changed: int
    withdrawn: int


async def count(
    conn: Connection,
    target: str,
    *,
    changed_since: datetime,
    withdrawn_since: datetime,
    ending: Sequence[str],
) -> Wave:
    """Count them by case: planned after those instants and wanted still, or done. Creations change no linked case."""
    row = await (
        await conn.execute(
            """
            SELECT count(DISTINCT d.case_id) FILTER (WHERE d.created_at > %(changed)s) AS changed,
                   count(DISTINCT d.case_id)
                       FILTER (WHERE d.created_at > %(withdrawn)s AND d.act_kind = ANY(%(ending)s)) AS withdrawn
            FROM delivery AS d JOIN link ON link.case_id = d.case_id AND link.system = d.target
            WHERE d.target = %(target)s AND d.intent <> 'create' AND d.state NOT IN ('cancelled', 'dismissed')
              AND d.created_at > least(%(changed)s, %(withdrawn)s)
            """,
            {
                "target": target,
                "changed": changed_since,
                "withdrawn": withdrawn_since,
                "ending": list(ending),
            },
        )
    ).fetchone()
    assert row is not None
    return Wave(changed=row["changed"], withdrawn=row["withdrawn"])
