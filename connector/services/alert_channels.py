"""The channels that the settings name, and what is sent over them. Each tries by itself: a dead one holds up no other."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

import structlog

from connector.alerts.letter import Letter, Place, trial
from connector.alerts.schedule import next_try
from connector.clock import Clock
from connector.errors import ConnectorError, MessageRefused, NoChannel
from connector.ledger.entry import EntryKind
from connector.sections.alerts import MAIL, AlertSettings
from connector.services.alert_mail import Mailer
from connector.services.alert_webhook import Caller
from connector.settings import Settings
from connector.store import alerts
from connector.store.alerts import Message
from connector.sync.context import Context

log = structlog.get_logger(__name__)

_ODD = re.compile(r"[^A-Za-z0-9._-]")

Send = Callable[[Letter, str, datetime, bool], Awaitable[str]]
"""Takes the letter, an id that stays the same over all tries, the instant, and whether it is a digest.

Returns what the receiver answered, shortly."""


@dataclass(frozen=True, kw_only=True)
class Tried:
    """How a trial message went. ``answer``: what the receiver said; else the code and the reason."""

    channel: str
    answer: str | None = None
    code: str | None = None
    reason: str | None = None


def names(settings: AlertSettings, *, digests: bool = False) -> tuple[str, ...]:
    """Channels in use; only those that get digests, if asked for."""
    mail = (MAIL,) if settings.mail.host else ()
    return (*mail, *(name for name, one in sorted(settings.webhooks.items()) if one.digests or not digests))


def channels(settings: AlertSettings, clock: Clock) -> dict[str, Send]:
    """How each channel is used. Nothing is called yet."""
    found: dict[str, Send] = {}
    if settings.mail.host:
        found[MAIL] = Mailer(settings.mail).send
    for name, one in sorted(settings.webhooks.items()):
        found[name] = Caller(name, one, clock).send
    return found


def name_of(node: str, number: object) -> str:
    """The id of a message, the same over all its tries; fit for a Message-ID and a header, whatever the node is called."""
    return f"{_ODD.sub('-', node)}-{number}"


async def send_due(ctx: Context) -> None:
    """Send what is due over every channel."""
    found = channels(ctx.settings.alerts, ctx.clock)
    await asyncio.gather(*(_send_over(ctx, name, send) for name, send in found.items()))


async def _send_over(ctx: Context, channel: str, send: Send) -> None:
    """In order; the first failure ends it: what does not take one message will not take the next."""
    while not ctx.stopping.is_set():
        async with ctx.db.unit() as unit:
            message = await alerts.take(unit.conn, channel, ctx.clock.now())
        if message is None or not await _send_one(ctx, message, send):
            return


async def _send_one(ctx: Context, message: Message, send: Send) -> bool:
    digest = message.kind != "alerts"
    try:
        await send(message.letter, name_of(ctx.settings.node, message.id), ctx.clock.now(), digest)
    except ConnectorError as error:
        await _failed(ctx, message, error)
        return False
    async with ctx.db.unit() as unit:
        await alerts.sent(unit.conn, message.id, ctx.clock.now())
        unit.record(EntryKind.ALERT_TOLD, message_id=message.id, channel=message.channel, told=message.kind)
    return True


async def _failed(ctx: Context, message: Message, error: ConnectorError) -> None:
    now = ctx.clock.now()
    refused = isinstance(error, MessageRefused)
    again = None if refused else next_try(message.attempts, message.made_at, now)
    log.warning(
        "alert_not_sent", channel=message.channel, code=error.code, reason=error.message, again=str(again)
    )
    async with ctx.db.unit() as unit:
        await alerts.not_sent(unit.conn, message.id, error.code, again_at=again, at=now)
        if again is None:
            unit.record(
                EntryKind.ALERT_UNDELIVERED,
                message_id=message.id,
                channel=message.channel,
                told=message.kind,
                code=error.code,
                attempts=message.attempts,
            )


async def try_out(settings: Settings, clock: Clock, *, place: Place, only: str | None = None) -> list[Tried]:
    """Send a trial message over each channel, or over one, and say how it went; nothing is stored.

    Raises:
        NoChannel: none is set, or none of that name.
    """
    found = {name: send for name, send in channels(settings.alerts, clock).items() if only in (None, name)}
    if not found:
        wanted = f"no channel {only}" if only else "no channel"
        msg = f"{wanted} is set; known: {', '.join(names(settings.alerts)) or 'none'}"
        raise NoChannel(msg)
    return list(await asyncio.gather(*(_try_one(name, send, clock, place) for name, send in found.items())))


async def _try_one(channel: str, send: Send, clock: Clock, place: Place) -> Tried:
    now = clock.now()
    letter = trial(channel, at=now, place=place)
    try:
        answer = await send(letter, name_of(place.node, f"test-{int(now.timestamp())}"), now, False)
    except ConnectorError as error:
        return Tried(channel=channel, code=error.code, reason=error.message)
    return Tried(channel=channel, answer=answer)
