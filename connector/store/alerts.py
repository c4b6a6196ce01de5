"""Alerts with their lives, the messages that tell them, and which digests went out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from psycopg.types.json import Jsonb
from pydantic import TypeAdapter

from connector.alerts.condition import Fact
from connector.alerts.judge import Alert, Word
from connector.alerts.letter import Letter
from connector.jsonable import jsonable
from connector.store.connection import Connection
from connector.store.leaf import Place

_FACT: TypeAdapter[Fact] = TypeAdapter(Fact)
_LETTER: TypeAdapter[Letter] = TypeAdapter(Letter)

LEASE = timedelta(minutes=10)
"""A message that is being sent is nobody else's for so long; then its sender counts as dead."""


@dataclass(frozen=True, kw_only=True)
class Message:
    """A message for one channel. ``attempts`` includes the one that is under way."""

    id: int
    channel: str
    kind: str
    letter: Letter
    made_at: datetime
    attempts: int


@dataclass(frozen=True, kw_only=True)
class MessageLine:
    """The same for a list: ``waiting``, ``sent`` or ``failed``, and the code of the last failure."""

    id: int
    channel: str
    kind: str
    subject: str
    made_at: datetime
    state: str
    attempts: int
    next_attempt_at: datetime
    code: str | None
    ended_at: datetime | None


async def lock(conn: Connection) -> None:
    """One node judges at a time, until its transaction ends."""
    await conn.execute("SELECT pg_advisory_xact_lock(hashtext('phanhoi alerts'))")


async def open_now(conn: Connection) -> list[Alert]:
    """All that have not ended, oldest first."""
    cursor = await conn.execute("SELECT * FROM alert WHERE ended_at IS NULL ORDER BY id")
    return [_alert(row) for row in await cursor.fetchall()]


async def count_open(conn: Connection) -> int:
    """How many have not ended and hold now."""
    cursor = await conn.execute(
        "SELECT count(*) AS n FROM alert WHERE ended_at IS NULL AND gone_since IS NULL"
    )
    row = await cursor.fetchone()
    return int(row["n"]) if row else 0


async def past(conn: Connection, at: Place[int]) -> list[Alert]:
    """Those that ended, newest number first."""
    where, order = at.sql("id", falling=True)
    query = f"SELECT * FROM alert WHERE ended_at IS NOT NULL AND {where} ORDER BY {order} LIMIT %(most)s"  # noqa: S608  # constants
    cursor = await conn.execute(query.encode(), at.values)
    return [_alert(row) for row in await cursor.fetchall()]


async def get(conn: Connection, alert_id: int, *, locked: bool = False) -> Alert | None:
    """One alert by its number."""
    query = b"SELECT * FROM alert WHERE id = %s" + (b" FOR UPDATE" if locked else b"")
    row = await (await conn.execute(query, (alert_id,))).fetchone()
    return _alert(row) if row else None


async def raise_(conn: Connection, fact: Fact, at: datetime) -> Alert:
    """A new alert, told for the first time."""
    row = await (
        await conn.execute(
            """
            INSERT INTO alert (condition, subject, fact, raised_at, told_at, told_weight, tellings)
            VALUES (%(condition)s, %(subject)s, %(fact)s, %(at)s, %(at)s, %(weight)s, 1) RETURNING *
            """,
            {
                "condition": fact.condition.value,
                "subject": fact.subject,
                "fact": Jsonb(jsonable(fact)),
                "at": at,
                "weight": fact.weight,
            },
        )
    ).fetchone()
    assert row is not None
    return _alert(row)


async def save(conn: Connection, alert: Alert) -> None:
    """Keep an alert as it is now."""
    ack, snooze = alert.acknowledged, alert.snoozed
    await conn.execute(
        """
        UPDATE alert SET fact = %(fact)s, told_at = %(told_at)s, told_weight = %(told_weight)s, tellings = %(tellings)s,
            gone_since = %(gone_since)s, ended_at = %(ended_at)s,
            ack_by = %(ack_by)s, ack_at = %(ack_at)s, ack_note = %(ack_note)s, snooze_by = %(snooze_by)s,
            snooze_at = %(snooze_at)s, snooze_note = %(snooze_note)s, snooze_until = %(snooze_until)s
        WHERE id = %(id)s
        """,
        {
            "id": alert.id,
            "fact": Jsonb(jsonable(alert.fact)),
            "told_at": alert.told_at,
            "told_weight": alert.told_weight,
            "tellings": alert.tellings,
            "gone_since": alert.gone_since,
            "ended_at": alert.ended_at,
            "ack_by": ack.by if ack else None,
            "ack_at": ack.at if ack else None,
            "ack_note": ack.note if ack else None,
            "snooze_by": snooze.by if snooze else None,
            "snooze_at": snooze.at if snooze else None,
            "snooze_note": snooze.note if snooze else None,
            "snooze_until": snooze.until if snooze else None,
        },
    )


async def counted(conn: Connection, first: datetime, last: datetime) -> tuple[int, int]:
    """How many were raised, and how many ended, in a period."""
    cursor = await conn.execute(
        """
        SELECT count(*) FILTER (WHERE raised_at >= %(first)s AND raised_at < %(last)s) AS raised,
               count(*) FILTER (WHERE ended_at >= %(first)s AND ended_at < %(last)s) AS ended FROM alert
        """,
        {"first": first, "last": last},
    )
    row = await cursor.fetchone()
    assert row is not None
    return row["raised"], row["ended"]


# ---- messages -------------------------------------------------------------------------------------------------


async def put(conn: Connection, channels: Sequence[str], kind: str, letter: Letter, at: datetime) -> None:
    """A message for each of these channels."""
    async with conn.cursor() as many:
        await many.executemany(
            "INSERT INTO alert_message (channel, kind, letter, made_at, next_attempt_at) VALUES (%s, %s, %s, %s, %s)",
            [(channel, kind, Jsonb(jsonable(letter)), at, at) for channel in channels],
        )


async def take(conn: Connection, channel: str, at: datetime) -> Message | None:
    """The channel's next message, which is the caller's for a while; None: nothing is due."""
    row = await (
        await conn.execute(
            """
            UPDATE alert_message SET attempts = attempts + 1, next_attempt_at = %(lease)s
            WHERE id = (SELECT id FROM alert_message WHERE channel = %(channel)s AND state = 'waiting'
                        AND next_attempt_at <= %(at)s ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)
            RETURNING id, channel, kind, letter, made_at, attempts
            """,
            {"channel": channel, "at": at, "lease": at + LEASE},
        )
    ).fetchone()
    return Message(**{**row, "letter": _LETTER.validate_python(row["letter"])}) if row else None


async def sent(conn: Connection, message_id: int, at: datetime) -> None:
    """The channel took it."""
    await conn.execute(
        "UPDATE alert_message SET state = 'sent', ended_at = %s, code = NULL WHERE id = %s", (at, message_id)
    )


async def not_sent(
    conn: Connection, message_id: int, code: str, *, again_at: datetime | None, at: datetime
) -> None:
    """The channel did not take it; without ``again_at`` it is given up."""
    await conn.execute(
        """
        UPDATE alert_message SET code = %(code)s, next_attempt_at = coalesce(%(again)s, next_attempt_at),
            state = CASE WHEN %(again)s::timestamptz IS NULL THEN 'failed' ELSE 'waiting' END,
            ended_at = CASE WHEN %(again)s::timestamptz IS NULL THEN %(at)s::timestamptz END
        WHERE id = %(id)s
        """,
        {"id": message_id, "code": code, "again": again_at, "at": at},
    )


async def messages(conn: Connection, *, most: int = 20) -> list[MessageLine]:
    """The newest messages."""
    cursor = await conn.execute(
        """
        SELECT id, channel, kind, letter->>'subject' AS subject, made_at, state, attempts, next_attempt_at, code, ended_at
        FROM alert_message ORDER BY id DESC LIMIT %s
        """,
        (most,),
    )
    return [MessageLine(**row) for row in await cursor.fetchall()]


async def forget(conn: Connection, before: datetime) -> None:
    """Messages that ended before then say nothing any more."""
    await conn.execute("DELETE FROM alert_message WHERE state <> 'waiting' AND ended_at < %s", (before,))


async def claim(conn: Connection, kind: str, day: date, at: datetime) -> bool:
    """A digest goes out. False if it did already."""
    cursor = await conn.execute(
        "INSERT INTO alert_digest (kind, day, made_at) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
        (kind, day, at),
    )
    return cursor.rowcount == 1


async def is_claimed(conn: Connection, kind: str, day: date) -> bool:
    """Did that digest go out?"""
    query = "SELECT FROM alert_digest WHERE kind = %s AND day = %s"
    return await (await conn.execute(query, (kind, day))).fetchone() is not None


# ---- rows -----------------------------------------------------------------------------------------------------


def _alert(row: dict[str, Any]) -> Alert:
    return Alert(
        id=row["id"],
        fact=_FACT.validate_python(row["fact"]),
        raised_at=row["raised_at"],
        told_at=row["told_at"],
        told_weight=row["told_weight"],
        tellings=row["tellings"],
        gone_since=row["gone_since"],
        ended_at=row["ended_at"],
        acknowledged=_word(row, "ack"),
        snoozed=_word(row, "snooze"),
    )


def _word(row: dict[str, Any], what: str) -> Word | None:
    if row[f"{what}_by"] is None:
        return None
    return Word(
        by=row[f"{what}_by"], at=row[f"{what}_at"], note=row[f"{what}_note"], until=row.get(f"{what}_until")
    )
