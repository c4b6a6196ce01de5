"""Plans of a resync: kept with their digest, approved by people, worked through step by step. Values are sealed."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from connector.mapping.intent import IntentKind
from connector.reconcile.plan import FREE, Change, Deed, Item, Step, Subject, Totals, Verdict, plan_digest
from connector.store import vault
from connector.store.connection import Connection
from connector.store.leaf import Place
from connector.store.vault import Part, Ring, owner_of

STATES = ("ready", "running", "paused", "done", "stopped")
STEP_STATES = ("pending", "done", "held", "skipped", "failed")
OVER = ("done", "stopped")
"""States in which nothing of a plan runs any more."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A plan as it is kept, without its steps."""

    id: int
    digest: str
    state: str
    scope: Mapping[str, Any]
    fresh: bool
    totals: Totals
    verdicts: tuple[Verdict, ...]
    reasons: tuple[str, ...]
    made_by: str
    made_at: datetime
    approved_by: str | None
    approved_at: datetime | None
    basis: str | None
    started_by: str | None
    started_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class KeptItem:
    """An item and what became of it. ``delivery_state`` is that of its write."""

    number: int
    item: Item
    digest: str
    delivery_id: int | None
    delivery_state: str | None


@dataclass(frozen=True, kw_only=True)
class KeptStep:
    """A step and how far it is. Without salt (its case was erased) nothing of it can be done."""

    number: int
    subject: Subject
    told: str
    salt: str | None
    state: str
    code: str | None
    attempts: int
    items: tuple[KeptItem, ...]

    @property
    def binding(self) -> tuple[str, ...]:
        """The digests of what must come out again when the plan runs."""
        return tuple(one.digest for one in self.items if one.item.deed not in FREE)


async def keep(
    conn: Connection,
    steps: Sequence[Step],
    *,
    scope: Mapping[str, Any],
    fresh: bool,
    totals: Totals,
    verdicts: Sequence[Verdict],
    reasons: Sequence[str],
    made_by: str,
    at: datetime,
) -> str:
    """Write a plan down. Returns its digest."""
    digests = [step.digests for step in steps]
    digest = plan_digest([one for told in digests for one in told])
    row = await (
        await conn.execute(
            """
            INSERT INTO resync_plan (digest, state, scope, fresh, totals, verdicts, reasons, made_by, made_at)
            VALUES (%s, 'ready', %s, %s, %s, %s, %s, %s, %s) RETURNING id
            """,
            (
                digest,
                Jsonb(dict(scope)),
                fresh,
                Jsonb(asdict(totals)),
                Jsonb([asdict(one) for one in verdicts]),
                Jsonb(list(reasons)),
                made_by,
                at,
            ),
        )
    ).fetchone()
    assert row is not None
    for number, (step, told) in enumerate(zip(steps, digests, strict=True), start=1):
        await _keep_step(conn, row["id"], number, step, told)
    return digest


async def _keep_step(
    conn: Connection, plan_id: int, number: int, step: Step, digests: tuple[str, ...]
) -> None:
    subject, owner = step.subject, _owner(step.subject)
    keys = await vault.sealing(conn, owner, subject.case_id)
    salt = keys.seal_json(owner, Part.CONTACT, f"resync_step.salt/{plan_id}/{number}", step.salt)
    await conn.execute(
        """
        INSERT INTO resync_step (plan_id, number, case_id, refs, pair, rebuild, owner, told, sealed_salt, state, code)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
        """,
        (
            plan_id,
            number,
            subject.case_id,
            Jsonb(dict(subject.refs)),
            subject.pair,
            Jsonb(list(subject.rebuild)),
            owner,
            step.told,
            salt,
            "pending" if step.acts else "held",
            None if step.acts else step.items[0].code,
        ),
    )
    for place, (item, digest) in enumerate(zip(step.items, digests, strict=True), start=1):
        told = [asdict(one) for one in item.changes]
        where = f"resync_item.changes/{plan_id}/{number}/{place}"
        await conn.execute(
            """
            INSERT INTO resync_item (plan_id, step, number, digest, deed, system, source, intent, act_id, act_kind,
                                     revision, code, calls, downgrade, published, sealed_changes)
            VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
            """,
            (
                plan_id,
                number,
                place,
                digest,
                item.deed.value,
                item.system,
                item.source,
                item.intent.value if item.intent else None,
                item.act_id,
                item.act_kind,
                item.revision,
                item.code,
                item.calls,
                item.downgrade,
                item.published,
                keys.seal_json(owner, Part.CONTACT, where, told),
            ),
        )


def _owner(subject: Subject) -> str:
    """Whose keys seal the preview: what any side tells of the case, so that erasing the case erases the preview."""
    system = min(subject.refs)
    return owner_of(system, subject.refs[system])


async def get(conn: Connection, name: str, *, lock: bool = False) -> Plan | None:
    """The plan whose digest begins so; None if there is none, or more than one."""
    lock_it = " FOR UPDATE" if lock else ""
    cursor = await conn.execute(
        f"SELECT * FROM resync_plan WHERE starts_with(digest, %s) ORDER BY id LIMIT 2{lock_it}",  # noqa: S608  # a constant
        (name,),
    )
    rows = await cursor.fetchall()
    return _plan(rows[0]) if len(rows) == 1 else None


async def by_id(conn: Connection, plan_id: int) -> Plan | None:
    """The plan of that number."""
    row = await (await conn.execute("SELECT * FROM resync_plan WHERE id = %s", (plan_id,))).fetchone()
    return _plan(row) if row else None


async def listed(conn: Connection, at: Place[int], *, state: str | None = None) -> list[Plan]:
    """Plans, newest first; of one state, if told."""
    where, order = at.sql("id", falling=True)
    cursor = await conn.execute(
        f"""
        SELECT * FROM resync_plan WHERE (%(state)s::text IS NULL OR state = %(state)s) AND {where}
        ORDER BY {order} LIMIT %(most)s
        """.encode(),  # noqa: S608  # constants
        {"state": state, **at.values},
    )
    return [_plan(row) for row in await cursor.fetchall()]


async def waiting(conn: Connection, *, since: datetime) -> int:
    """How many that were made since then wait for the approval of a second person."""
    cursor = await conn.execute(
        """
        SELECT count(*) AS n FROM resync_plan
        WHERE state = 'ready' AND reasons <> '[]' AND approved_by IS NULL AND made_at >= %s
        """,
        (since,),
    )
    row = await cursor.fetchone()
    return int(row["n"]) if row else 0


async def running(conn: Connection) -> list[int]:
    """Numbers of the plans that run: what the sweep wakes."""
    cursor = await conn.execute("SELECT id FROM resync_plan WHERE state = 'running' ORDER BY id")
    return [row["id"] for row in await cursor.fetchall()]


async def approve(conn: Connection, plan_id: int, *, by: str, basis: str, at: datetime) -> None:
    """Somebody answers for it."""
    await conn.execute(
        "UPDATE resync_plan SET approved_by = %s, approved_at = %s, basis = %s WHERE id = %s",
        (by, at, basis, plan_id),
    )


async def move(conn: Connection, plan_id: int, state: str, *, at: datetime, by: str | None = None) -> None:
    """Another state. Of a plan that was stopped, what was not done is skipped."""
    await conn.execute(
        """
        UPDATE resync_plan SET state = %(state)s, started_by = coalesce(started_by, %(by)s),
            started_at = CASE WHEN %(state)s = 'running' THEN coalesce(started_at, %(at)s) ELSE started_at END,
            ended_at = CASE WHEN %(state)s = ANY(%(over)s) THEN %(at)s END
        WHERE id = %(id)s
        """,
        {
            "state": state,
            "by": by if state == "running" else None,
            "at": at,
            "id": plan_id,
            "over": list(OVER),
        },
    )
    if state == "stopped":
        await conn.execute(
            "UPDATE resync_step SET state = 'skipped', code = 'stopped', ended_at = %s WHERE plan_id = %s AND state = 'pending'",
            (at, plan_id),
        )


async def take(conn: Connection, plan_id: int, number: int) -> KeptStep | None:
    """A step that is still to be done, locked; None if it is over, or if the plan does not run any more."""
    row = await (
        await conn.execute(
            """
            SELECT s.* FROM resync_step AS s JOIN resync_plan AS p ON p.id = s.plan_id
            WHERE s.plan_id = %s AND s.number = %s AND s.state = 'pending' AND p.state = 'running'
            FOR UPDATE OF s FOR SHARE OF p
            """,
            (plan_id, number),
        )
    ).fetchone()
    return (await _steps(conn, [row]))[0] if row else None


async def finish(
    conn: Connection,
    plan_id: int,
    number: int,
    *,
    state: str,
    at: datetime,
    code: str | None = None,
    case_id: int | None = None,
    written: Mapping[int, int] | None = None,
) -> None:
    """A step is over: ``done``, ``held``, ``skipped`` or ``failed``.

    Args:
        written: place of an item → the delivery that it became.
    """
    await conn.execute(
        """
        UPDATE resync_step SET state = %s, code = %s, ended_at = %s, case_id = coalesce(%s, case_id)
        WHERE plan_id = %s AND number = %s
        """,
        (state, code, at, case_id, plan_id, number),
    )
    for place, delivery_id in (written or {}).items():
        await conn.execute(
            "UPDATE resync_item SET delivery_id = %s WHERE plan_id = %s AND step = %s AND number = %s",
            (delivery_id, plan_id, number, place),
        )


async def tried(conn: Connection, plan_id: int, number: int, code: str) -> int:
    """An attempt came to nothing; it is tried again. Returns how many there were."""
    row = await (
        await conn.execute(
            """
            UPDATE resync_step SET attempts = attempts + 1, code = %s
            WHERE plan_id = %s AND number = %s RETURNING attempts
            """,
            (code, plan_id, number),
        )
    ).fetchone()
    assert row is not None
    return int(row["attempts"])


async def steps(
    conn: Connection, plan_id: int, at: Place[int], *, states: Sequence[str] = ()
) -> list[KeptStep]:
    """Steps with their items, in order."""
    where, order = at.sql("number", falling=False)
    cursor = await conn.execute(
        f"""
        SELECT * FROM resync_step WHERE plan_id = %(plan)s AND {where}
          AND (%(states)s::text[] = '{{}}' OR state = ANY(%(states)s)) ORDER BY {order} LIMIT %(most)s
        """.encode(),  # noqa: S608  # constants
        {"plan": plan_id, "states": list(states), **at.values},
    )
    return await _steps(conn, await cursor.fetchall())


async def progress(conn: Connection, plan_id: int) -> dict[str, int]:
    """Steps by state; under ``sent`` the writes of done steps that are over, under ``open`` those that are not yet."""
    cursor = await conn.execute(
        "SELECT state, count(*) AS n FROM resync_step WHERE plan_id = %s GROUP BY state", (plan_id,)
    )
    found = {row["state"]: int(row["n"]) for row in await cursor.fetchall()}
    row = await (
        await conn.execute(
            """
            SELECT count(*) FILTER (WHERE d.state = 'done') AS sent,
                   count(*) FILTER (WHERE d.state IN ('planned', 'sent', 'waiting', 'in_doubt')) AS open,
                   count(*) FILTER (WHERE d.state IN ('quarantined', 'cancelled', 'dismissed')) AS lost
            FROM resync_item AS i JOIN delivery AS d ON d.id = i.delivery_id WHERE i.plan_id = %s
            """,
            (plan_id,),
        )
    ).fetchone()
    assert row is not None
    return {**found, **{f"writes_{name}": int(count) for name, count in row.items()}}


async def _steps(conn: Connection, rows: Sequence[dict[str, Any]]) -> list[KeptStep]:
    keys = await vault.ring(conn, {row["owner"] for row in rows})
    found = []
    for row in rows:
        cursor = await conn.execute(
            """
            SELECT i.*, d.state AS delivery_state FROM resync_item AS i LEFT JOIN delivery AS d ON d.id = i.delivery_id
            WHERE i.plan_id = %s AND i.step = %s ORDER BY i.number
            """,
            (row["plan_id"], row["number"]),
        )
        items = tuple(_item(row["owner"], one, keys) for one in await cursor.fetchall())
        place = f"resync_step.salt/{row['plan_id']}/{row['number']}"
        found.append(
            KeptStep(
                number=row["number"],
                subject=Subject(
                    refs=row["refs"], case_id=row["case_id"], pair=row["pair"], rebuild=tuple(row["rebuild"])
                ),
                told=row["told"],
                salt=keys.open_json(row["owner"], Part.CONTACT, place, row["sealed_salt"]),
                state=row["state"],
                code=row["code"],
                attempts=row["attempts"],
                items=items,
            )
        )
    return found


def _item(owner: str, row: Mapping[str, Any], keys: Ring) -> KeptItem:
    place = f"resync_item.changes/{row['plan_id']}/{row['step']}/{row['number']}"
    told = keys.open_json(owner, Part.CONTACT, place, row["sealed_changes"]) or ()
    item = Item(
        deed=Deed(row["deed"]),
        intent=IntentKind(row["intent"]) if row["intent"] else None,
        changes=tuple(Change(**one) for one in told),
        **{
            name: row[name]
            for name in (
                "system",
                "source",
                "act_id",
                "act_kind",
                "revision",
                "code",
                "calls",
                "downgrade",
                "published",
            )
        },
    )
    return KeptItem(
        number=row["number"],
        item=item,
        digest=row["digest"],
        delivery_id=row["delivery_id"],
        delivery_state=row["delivery_state"],
    )


def _plan(row: Mapping[str, Any]) -> Plan:
    facts = {name: row[name] for name in Plan.__dataclass_fields__ if name in row}
    facts |= {
        "totals": Totals(**row["totals"]),
        "verdicts": tuple(Verdict(**one) for one in row["verdicts"]),
        "reasons": tuple(row["reasons"]),
    }
    return Plan(**facts)
