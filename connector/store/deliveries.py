"""Deliveries: intended writes. These rows are the truth about what is still to be done."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter

from connector.case import Attachment
from connector.errors import MergeConflict, Undecidable
from connector.mapping.intent import IntentKind
from connector.store import tally, vault
from connector.store.connection import Connection
from connector.store.tagged import tagged, untagged
from connector.store.vault import Part, Ring, case_owner
from connector.system import Key, Operation, OutgoingFile, Receipt

OPEN = ("planned", "sent", "in_doubt", "waiting", "quarantined")
"""States of a delivery that is not over; a case's deliveries to one system go strictly in order of id."""


def among(states: Sequence[str]) -> str:
    """The condition that a delivery is in one of these states, in the words of the partial indexes."""
    return f"state IN ({', '.join(map(repr, states))})"


Stand = tuple[str, int]
"""State and number of attempts: where an attempt left its delivery. Another one in between would show."""

UNKNOWN_EFFECT = frozenset({Undecidable.code, MergeConflict.code})
"""Codes under which a write is quarantined although it may have taken effect."""

_KEY: TypeAdapter[Key] = TypeAdapter(Key)
_ATTACHMENT: TypeAdapter[Attachment] = TypeAdapter(Attachment)


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One row. ``operation`` is the rendered write (without file bytes), kept until the outcome is known.

    ``attempts`` counts since ``trying_since``: a person's retry begins anew. ``questioned``: since a restore nobody knows
    yet what a state that was lost had sent.
    """

    id: int
    case_id: int
    target: str
    source: str
    intent: IntentKind
    act_id: str | None
    revision: int
    key: UUID
    epoch: int
    state: str
    operation: Operation | None
    basis: Mapping[str, Any]
    attempts: int
    next_attempt_at: datetime
    error_code: str | None
    error_text: str | None
    created_at: datetime
    finished_at: datetime | None
    sent_at: datetime | None = None
    act_kind: str | None = None
    trying_since: datetime | None = None
    questioned: bool = False

    @property
    def doubtful(self) -> bool:
        """It may have taken effect and nobody knows yet: it must never be written anew under another key."""
        held = self.state == "quarantined" and self.error_code in UNKNOWN_EFFECT
        return held or self.state in ("sent", "in_doubt")


async def plan(
    conn: Connection,
    *,
    case_id: int,
    target: str,
    source: str,
    intent: IntentKind,
    act_id: str | None,
    revision: int,
    key: UUID,
    at: datetime,
    act_kind: str | None = None,
) -> int | None:
    """Write an intent down. Returns its id, or None if it was planned before.

    One that was cancelled because it was not wanted for a while is planned again; one that a person dismissed is not.
    """
    row = await (
        await conn.execute(
            """
            WITH planned AS (
            INSERT INTO delivery (case_id, target, source, intent, act_id, act_kind, revision, key, state,
                                  next_attempt_at, created_at)
            VALUES (%s, %s, %s, %s, %s, %s, %s, %s, 'planned', %s, %s)
            ON CONFLICT (case_id, target, intent, act_id, revision) DO UPDATE
            SET state = 'planned', key = excluded.key, epoch = delivery.epoch + 1, finished_at = NULL,
                error_code = NULL, sealed_error_text = NULL, next_attempt_at = excluded.next_attempt_at,
                created_at = excluded.created_at, attempts = 0, trying_since = NULL
            WHERE delivery.state = 'cancelled'
            RETURNING id, key
            )
            INSERT INTO delivery_key (delivery_id, key) SELECT id, key FROM planned RETURNING delivery_id AS id
            """,
            (case_id, target, source, intent.value, act_id, act_kind, revision, key, at, at),
        )
    ).fetchone()
    return int(row["id"]) if row else None


async def _keep_key(conn: Connection, key: UUID, delivery_id: int) -> None:
    await conn.execute("INSERT INTO delivery_key (key, delivery_id) VALUES (%s, %s)", (key, delivery_id))


async def has_orphans(conn: Connection, *, target: str, source: str | None, lane: int, lanes: int) -> bool:
    """Is there anything for :func:`doubt_orphans` to do? Who asks must hold the lane."""
    query = """
        SELECT FROM delivery WHERE target = %(target)s AND state = 'sent' AND case_id %% %(lanes)s = %(lane)s
          AND source = coalesce(%(source)s::text, source) LIMIT 1
        """
    names = {"target": target, "source": source, "lane": lane, "lanes": lanes}
    return await (await conn.execute(query, names)).fetchone() is not None


async def doubt_orphans(
    conn: Connection,
    *,
    target: str,
    source: str | None = None,
    lane: int,
    lanes: int,
    at: datetime,
    settling: timedelta,
) -> list[Delivery]:
    """Whoever held this lane died between sending and recording: those outcomes are unknown.

    The request may still be on its way, so nobody looks before ``settling`` has passed since it was sent.
    """
    cursor = await conn.execute(
        """
        UPDATE delivery SET state = 'in_doubt', next_attempt_at = greatest(%(at)s, sent_at + %(settling)s)
        WHERE target = %(target)s AND state = 'sent' AND case_id %% %(lanes)s = %(lane)s
          AND source = coalesce(%(source)s::text, source)
        RETURNING *
        """,
        {
            "target": target,
            "source": source,
            "lane": lane,
            "lanes": lanes,
            "at": at,
            "settling": settling,
        },
    )
    return await _read(conn, await cursor.fetchall())


async def due(
    conn: Connection,
    *,
    target: str,
    source: str | None = None,
    lane: int,
    lanes: int,
    at: datetime,
    most: int,
) -> list[Delivery]:
    """The next delivery of each case in the lane whose turn has come: first open one, due, not paused.

    New writes and repeated ones take turns, each kind longest due first. So however many writes fail again and again,
    the first new one is at most the second to be taken up; and new ones, however many, put no repeated one off for good.
    """
    cursor = await conn.execute(
        """
        SELECT first.*, coalesce((SELECT caught_up_at IS NULL FROM restoration ORDER BY branch DESC LIMIT 1), false)
               AS questioned
        FROM (
            SELECT DISTINCT ON (case_id) * FROM delivery
            WHERE target = %(target)s AND state = ANY(%(open)s) AND case_id %% %(lanes)s = %(lane)s
            ORDER BY case_id, id
        ) AS first
        WHERE state IN ('planned', 'waiting', 'in_doubt') AND next_attempt_at <= %(at)s
          AND source = coalesce(%(source)s::text, source)
          AND NOT EXISTS (SELECT FROM pause WHERE scope IN ('case:' || first.case_id, 'delivery:' || first.id))
        ORDER BY row_number() OVER (PARTITION BY state = 'planned' ORDER BY next_attempt_at, id),
                 state <> 'planned' LIMIT %(most)s
        """,
        {
            "target": target,
            "source": source,
            "lane": lane,
            "lanes": lanes,
            "at": at,
            "most": most,
            "open": list(OPEN),
        },
    )
    return await _read(conn, await cursor.fetchall())


async def due_lanes(conn: Connection, *, lanes: int, at: datetime) -> list[tuple[str, str, int]]:
    """(target, source, lane) that hold due work: what the sweep wakes. What stands behind another write is not due."""
    cursor = await conn.execute(
        """
        SELECT DISTINCT target, source, case_id %% %(lanes)s AS lane FROM (
            SELECT DISTINCT ON (target, case_id) * FROM delivery WHERE state = ANY(%(open)s)
            ORDER BY target, case_id, id
        ) AS first
        WHERE state IN ('planned', 'waiting', 'in_doubt') AND next_attempt_at <= %(at)s
        UNION SELECT target, source, case_id %% %(lanes)s FROM delivery WHERE state = 'sent'
        """,
        {"lanes": lanes, "at": at, "open": list(OPEN)},
    )
    return [(row["target"], row["source"], row["lane"]) for row in await cursor.fetchall()]


async def question(
    conn: Connection, item: Delivery, operation: Operation, basis: Mapping[str, Any], at: datetime
) -> bool:
    """It may have been sent by a process whose database is lost: looked up before it is. False if it was overtaken."""
    seal = await _sealer(conn, item.id, item.case_id)
    cursor = await conn.execute(
        """
        UPDATE delivery SET state = 'in_doubt', sealed_operation = %s, sealed_basis = %s, sent_at = %s
        WHERE id = %s AND state = %s AND key = %s
        """,
        (
            seal("operation", _operation_json(operation)),
            seal("basis", dict(basis)),
            at,
            item.id,
            item.state,
            item.key,
        ),
    )
    return cursor.rowcount == 1


@dataclass(frozen=True, kw_only=True)
class Sending:
    """A write that is about to leave, as it was rendered, and what from."""

    item: Delivery
    operation: Operation
    basis: Mapping[str, Any]


async def sent(conn: Connection, sendings: Sequence[Sending], at: datetime) -> set[int]:
    """About to be sent: from here on a silent end means doubt.

    Returns:
        Their ids, without those whose row is no longer what the caller read: there somebody else has decided, and
        nothing may be sent.
    """
    values = []
    for one in sendings:
        seal = await _sealer(conn, one.item.id, one.item.case_id)
        operation, basis = seal("operation", _operation_json(one.operation)), seal("basis", dict(one.basis))
        values.append((operation, basis, at, at, one.item.id, one.item.state, one.item.key))
    async with conn.pipeline():
        asked = [await conn.execute(_SENT, row) for row in values]
    return {one.item.id for one, cursor in zip(sendings, asked, strict=True) if cursor.rowcount == 1}


_SENT = """
UPDATE delivery SET state = 'sent', sealed_operation = %s, sealed_basis = %s, attempts = attempts + 1,
       sent_at = %s, trying_since = coalesce(trying_since, %s) WHERE id = %s AND state = %s AND key = %s
"""


async def done(conn: Connection, ends: Sequence[tuple[Delivery, Receipt]], at: datetime) -> set[int]:
    """They took effect, whatever was thought of them before. The rendered body is dropped: it may hold personal data.

    Returns:
        Ids of those of which that was not known already.
    """
    values = []
    for item, receipt in ends:
        seal = await _sealer(conn, item.id, item.case_id)
        told = {"ref": receipt.ref, "duplicate": receipt.duplicate, "facts": dict(receipt.facts)}
        values.append((seal("receipt", told), at, item.id))
    async with conn.pipeline():
        asked = [await conn.execute(_DONE, row) for row in values]
    return {item.id for (item, _), cursor in zip(ends, asked, strict=True) if cursor.rowcount == 1}


_DONE = """
UPDATE delivery SET state = 'done', sealed_operation = NULL, error_code = NULL, sealed_error_text = NULL,
       sealed_receipt = %s, finished_at = %s WHERE id = %s AND state <> 'done'
"""


async def postpone(
    conn: Connection,
    delivery_id: int,
    *,
    state: str,
    code: str,
    text: str,
    until: datetime,
    at: datetime,
    left: Stand | None = None,
) -> bool:
    """Not now: ``waiting``, ``in_doubt`` or ``quarantined``, with the reason. False if it is over already.

    An attempt that ended before anything was sent is an attempt all the same.

    Args:
        left: where the attempt left it. If it stands elsewhere now, somebody else took it over: False, as if over.
    """
    seal = await _sealer(conn, delivery_id)
    cursor = await conn.execute(
        """
        UPDATE delivery SET state = %(state)s, error_code = %(code)s, sealed_error_text = %(text)s,
               next_attempt_at = %(until)s, trying_since = coalesce(trying_since, %(at)s),
               attempts = attempts + CASE WHEN state IN ('planned', 'waiting') THEN 1 ELSE 0 END
        WHERE id = %(id)s AND state = ANY(%(open)s)
          AND (%(left_state)s::text IS NULL OR (state = %(left_state)s AND attempts = %(left_attempts)s))
        """,
        {
            "state": state,
            "left_state": left[0] if left else None,
            "left_attempts": left[1] if left else None,
            "code": code,
            "text": seal("error_text", text),
            "until": until,
            "at": at,
            "id": delivery_id,
            "open": list(OPEN),
        },
    )
    return cursor.rowcount == 1


async def renew(
    conn: Connection,
    delivery_id: int,
    key: UUID,
    at: datetime,
    *,
    by_person: bool = False,
    left: Stand | None = None,
) -> bool:
    """Plan it afresh under a new key: the attempt before was refused and had no effect. False if it is over already.

    Args:
        by_person: a new row of attempts begins.
        left: as for :func:`postpone`.
    """
    cursor = await conn.execute(
        """
        UPDATE delivery SET state = 'planned', sealed_operation = NULL, key = %(key)s, epoch = epoch + 1,
               next_attempt_at = %(at)s, error_code = NULL, sealed_error_text = NULL,
               attempts = CASE WHEN %(person)s THEN 0 ELSE attempts END,
               trying_since = CASE WHEN %(person)s THEN NULL ELSE trying_since END
        WHERE id = %(id)s AND state = ANY(%(open)s)
          AND (%(left_state)s::text IS NULL OR (state = %(left_state)s AND attempts = %(left_attempts)s))
        """,
        {
            "key": key,
            "at": at,
            "id": delivery_id,
            "open": list(OPEN),
            "person": by_person,
            "left_state": left[0] if left else None,
            "left_attempts": left[1] if left else None,
        },
    )
    if cursor.rowcount == 1:
        await _keep_key(conn, key, delivery_id)
    return cursor.rowcount == 1


async def try_anew(conn: Connection, delivery_id: int, at: datetime) -> None:
    """A person wants a new row of attempts under the same key, beginning with a look-up."""
    await conn.execute("UPDATE delivery SET attempts = 0, trying_since = %s WHERE id = %s", (at, delivery_id))


async def doubtful(conn: Connection, *, target: str | None, most: int) -> list[Delivery]:
    """Writes of which nobody knows yet whether they took effect, oldest first; those under way are not among them."""
    cursor = await conn.execute(
        """
        SELECT * FROM delivery WHERE (%(target)s::text IS NULL OR target = %(target)s)
          AND (state = 'in_doubt' OR (state = 'quarantined' AND error_code = ANY(%(codes)s)))
        ORDER BY id LIMIT %(most)s
        """,
        {"target": target, "codes": sorted(UNKNOWN_EFFECT), "most": most},
    )
    return await _read(conn, await cursor.fetchall())


async def cancel(
    conn: Connection,
    delivery_id: int,
    *,
    code: str,
    text: str,
    at: datetime,
    state: str = "cancelled",
    left: Stand | None = None,
) -> bool:
    """No longer wanted: ``cancelled`` (may be planned again) or ``dismissed`` by a person (never again).

    False if it is over already. ``left``: as for :func:`postpone`.
    """
    seal = await _sealer(conn, delivery_id)
    cursor = await conn.execute(
        """
        UPDATE delivery SET state = %s, sealed_operation = NULL, error_code = %s, sealed_error_text = %s,
               finished_at = %s WHERE id = %s AND state = ANY(%s)
          AND (%s::text IS NULL OR (state = %s AND attempts = %s))
        """,
        (
            state,
            code,
            seal("error_text", text),
            at,
            delivery_id,
            list(OPEN),
            *((left[0], *left) if left else (None, None, None)),
        ),
    )
    return cursor.rowcount == 1


async def strip(conn: Connection, item: Delivery) -> None:
    """Drop the body of a doubtful write of a restricted case; its key stays for the look-up."""
    if item.operation is not None:
        seal = await _sealer(conn, item.id, item.case_id)
        bare = Operation(key=item.operation.key, fields={})
        await conn.execute(
            "UPDATE delivery SET sealed_operation = %s, sealed_basis = %s WHERE id = %s",
            (seal("operation", _operation_json(bare)), seal("basis", {"stripped": True}), item.id),
        )


async def of_case(conn: Connection, case_id: int, target: str | None = None) -> list[Delivery]:
    """All deliveries of a case, in order."""
    cursor = await conn.execute(
        "SELECT * FROM delivery WHERE case_id = %s AND (%s::text IS NULL OR target = %s) ORDER BY id",
        (case_id, target, target),
    )
    return await _read(conn, await cursor.fetchall())


async def open_to(conn: Connection, target: str, *, most: int) -> list[Delivery]:
    """Open writes to a system that are not under way, oldest first."""
    cursor = await conn.execute(
        """
        SELECT * FROM delivery WHERE target = %s AND state IN ('planned', 'waiting', 'in_doubt') ORDER BY id LIMIT %s
        """,
        (target, most),
    )
    return await _read(conn, await cursor.fetchall())


async def known(conn: Connection, case_id: int) -> set[tuple[str, str, str | None, int]]:
    """(target, intent, act, revision) of every write of a case that was planned and not given up."""
    cursor = await conn.execute(
        "SELECT target, intent, act_id, revision FROM delivery WHERE case_id = %s AND state <> 'cancelled'",
        (case_id,),
    )
    return {(row["target"], row["intent"], row["act_id"], row["revision"]) for row in await cursor.fetchall()}


async def get(conn: Connection, delivery_id: int) -> Delivery | None:
    """One delivery."""
    row = await (await conn.execute("SELECT * FROM delivery WHERE id = %s", (delivery_id,))).fetchone()
    return (await _read(conn, [row]))[0] if row else None


async def listed(conn: Connection, *, target: str | None, states: Sequence[str], most: int) -> list[Delivery]:
    """Deliveries in the given states, newest first; for people."""
    cursor = await conn.execute(
        """
        SELECT * FROM delivery WHERE state = ANY(%(states)s) AND (%(target)s::text IS NULL OR target = %(target)s)
        ORDER BY id DESC LIMIT %(most)s
        """,
        {"states": list(states), "target": target, "most": most},
    )
    return await _read(conn, await cursor.fetchall())


async def echoes(conn: Connection, case_id: int, target: str) -> dict[str, str]:
    """Every transaction id of ours towards ``target`` → the id of the act it carried."""
    cursor = await conn.execute(
        """
        SELECT k.key, d.act_id FROM delivery_key AS k JOIN delivery AS d ON d.id = k.delivery_id
        WHERE d.case_id = %s AND d.target = %s AND d.act_id IS NOT NULL
        """,
        (case_id, target),
    )
    return {str(row["key"]): row["act_id"] for row in await cursor.fetchall()}


async def counts(conn: Connection) -> dict[str, dict[str, int]]:
    """Number of deliveries per target and state; those that are done are not counted but known."""
    cursor = await conn.execute(
        "SELECT target, state, count(*) AS n FROM delivery WHERE state <> 'done' GROUP BY target, state"
    )
    done = tally.under(await tally.totals(conn), tally.DONE)
    table: dict[str, dict[str, int]] = {target: {"done": n} for target, n in done.items()}
    for row in await cursor.fetchall():
        table.setdefault(row["target"], {})[row["state"]] = row["n"]
    return table


async def _sealer(
    conn: Connection, delivery_id: int, case_id: int | None = None
) -> Callable[[str, Any], bytes | None]:
    """Seals columns of one delivery with the contact key of its case."""
    if case_id is None:
        query = "SELECT case_id FROM delivery WHERE id = %s"
        row = await (await conn.execute(query, (delivery_id,))).fetchone()
        assert row is not None
        case_id = int(row["case_id"])
    owner = case_owner(case_id)
    keys = await vault.sealing(conn, owner, case_id)
    return lambda column, value: keys.seal_json(
        owner, Part.CONTACT, f"delivery.{column}/{delivery_id}", value
    )


async def _read(conn: Connection, rows: Sequence[dict[str, Any]]) -> list[Delivery]:
    keys = await vault.ring(conn, {case_owner(row["case_id"]) for row in rows})
    return [_delivery(row, keys) for row in rows]


def _operation_json(operation: Operation) -> dict[str, Any]:
    return {
        "key": _KEY.dump_python(operation.key, mode="json"),
        "fields": tagged(operation.fields),
        "files": [
            {"attachment": _ATTACHMENT.dump_python(item.attachment, mode="json"), "uri": item.uri}
            for item in operation.files
        ],
    }


def _operation(body: dict[str, Any]) -> Operation:
    files = tuple(
        OutgoingFile(attachment=_ATTACHMENT.validate_python(item["attachment"]), uri=item["uri"])
        for item in body["files"]
    )
    return Operation(key=_KEY.validate_python(body["key"]), fields=untagged(body["fields"]), files=files)


def _delivery(row: dict[str, Any], keys: Ring) -> Delivery:
    def opened(column: str) -> Any:
        place = f"delivery.{column}/{row['id']}"
        return keys.open_json(case_owner(row["case_id"]), Part.CONTACT, place, row[f"sealed_{column}"])

    operation = opened("operation")
    return Delivery(
        id=row["id"],
        case_id=row["case_id"],
        target=row["target"],
        source=row["source"],
        intent=IntentKind(row["intent"]),
        act_id=row["act_id"],
        revision=row["revision"],
        key=row["key"],
        questioned=row.get("questioned", False),
        epoch=row["epoch"],
        state=row["state"],
        operation=_operation(operation) if operation else None,
        basis=opened("basis") or {},
        attempts=row["attempts"],
        next_attempt_at=row["next_attempt_at"],
        error_code=row["error_code"],
        error_text=opened("error_text"),
        created_at=row["created_at"],
        finished_at=row["finished_at"],
        sent_at=row["sent_at"],
        act_kind=row["act_kind"],
        trying_since=row["trying_since"],
    )
