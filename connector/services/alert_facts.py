"""Collect what alerts are about. Each collector answers for its conditions; one that fails concludes nothing of them."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path

import structlog

from connector.alerts.condition import MOST_NAMED, Condition, Fact
from connector.clock import LOCAL_ZONE
from connector.errors import ConnectorError
from connector.reconcile.findings import Severity
from connector.sections.alerts import AlertSettings
from connector.services.alert_certificates import Expiry, expiries
from connector.services.at_risk import at_risk_with
from connector.settings import Settings
from connector.store import alert_facts, checkpoints, circuits, flows
from connector.store.alert_facts import Seen
from connector.store.connection import Connection
from connector.sync.context import Context

log = structlog.get_logger(__name__)

TRIES_UNTOLD = 3
"""A message that was not taken so often is told over the other channels."""

DAY = timedelta(days=1)
C = Condition


@dataclass(frozen=True, kw_only=True)
class Look:
    """One look, in one transaction."""

    ctx: Context
    conn: Connection
    now: datetime
    pauses: Sequence[flows.Pause]
    away: Sequence[circuits.Circuit]

    @property
    def settings(self) -> AlertSettings:
        """What is told from when on."""
        return self.ctx.settings.alerts

    def ago(self, seconds: float) -> datetime:
        """An instant before now."""
        return self.now - timedelta(seconds=seconds)


Collector = Callable[[Look], Awaitable[list[Fact]]]


async def collect(ctx: Context) -> tuple[list[Fact], frozenset[Condition]]:
    """All that holds now, and the conditions that could be looked at.

    Raises:
        DatabaseUnavailable: nothing could be looked at.
    """
    facts: list[Fact] = []
    looked: set[Condition] = set()
    now = ctx.clock.now()
    for conditions, collector in COLLECTORS:
        try:
            async with ctx.db.reading() as conn:
                seen = await circuits.listed(conn, now)
                away = [one for one in seen if one.state == "open"]
                look = Look(ctx=ctx, conn=conn, now=now, pauses=await flows.pauses(conn), away=away)
                facts += await collector(look)
            looked |= conditions
        except (ConnectorError, OSError, ValueError) as error:
            names = ",".join(sorted(conditions))
            log.warning("alert_not_looked_at", conditions=names, kind=type(error).__name__)
    return facts, frozenset(looked)


# ---- the flow -------------------------------------------------------------------------------------------------


async def _failures(look: Look) -> list[Fact]:
    given = look.settings
    seen = await alert_facts.failures(look.conn, look.ago(given.window_s))
    return _facts(
        C.FAILURE_RATE,
        (
            one
            for one in seen
            if one.of is not None
            and one.of >= given.failure_min_count
            and one.count * 100 >= one.of * given.failure_percent
        ),
    )


async def _writes(look: Look) -> list[Fact]:
    doubtful = await alert_facts.in_doubt(look.conn, look.ago(look.settings.in_doubt_after_s))
    given_up = await alert_facts.given_up(look.conn)
    return _facts(C.IN_DOUBT, doubtful) + _facts(C.RETRIES_USED_UP, given_up)


async def _guards(look: Look) -> list[Fact]:
    by_system: dict[str, list[flows.Pause]] = {}
    for one in look.pauses:
        if one.guard is not None:
            by_system.setdefault(one.scope.rpartition(":")[2], []).append(one)
    return [
        Fact(
            condition=C.GUARD_STOP,
            subject=name,
            count=len(stops),
            codes=tuple(dict.fromkeys(one.guard for one in stops if one.guard)),
            since=min(one.at for one in stops),
        )
        for name, stops in sorted(by_system.items())
    ]


async def _circuits(look: Look) -> list[Fact]:
    since: dict[str, datetime] = {}
    for one in look.away:
        since[one.system] = min(one.since, since.get(one.system, one.since))
    late = look.ago(look.settings.breaker_after_s)
    return [
        Fact(condition=C.BREAKER_OPEN, subject=name, count=1, since=at)
        for name, at in sorted(since.items())
        if at <= late
    ]


async def _deadlines(look: Look) -> list[Fact]:
    still = {one.system for one in look.away}
    still |= {one.scope.rpartition(":")[2] for one in look.pauses if _stops_writes(one.scope)}
    return [
        Fact(
            condition=C.DEADLINE_AT_RISK,
            subject=one.system,
            count=len(one.cases),
            cases=one.cases[:MOST_NAMED],
            until=one.first,
        )
        for one in await at_risk_with(
            look.ctx.db, sorted(still & set(look.ctx.settings.systems)), look.ctx.clock.now()
        )
    ]


def _stops_writes(scope: str) -> bool:
    return scope.startswith(("system:", "flow:deliver:"))


async def _silence(look: Look) -> list[Fact]:
    return _facts(C.NO_PULL, await alert_facts.silences(look.conn))


async def _quarantine(look: Look) -> list[Fact]:
    seen = await alert_facts.quarantined(look.conn, look.now - DAY)
    return _facts(C.QUARANTINE_GROWING, (one for one in seen if one.count >= look.settings.quarantine_growth))


# ---- oversight ------------------------------------------------------------------------------------------------


async def _findings(look: Look) -> list[Fact]:
    least = look.settings.findings_from.rank
    severities = [one.value for one in Severity if one.rank >= least]
    return _facts(C.FINDINGS, await alert_facts.findings(look.conn, severities))


async def _contracts(look: Look) -> list[Fact]:
    return _facts(C.CONTRACT_DRIFT, await alert_facts.drifts(look.conn))


async def _log(look: Look) -> list[Fact]:
    """One alert for the log, whoever found it: the sealing, or a person's verification."""
    wrong: list[tuple[str, datetime]] = []
    held = next((one for one in look.pauses if one.scope == checkpoints.SCOPE), None)
    if held is not None:
        wrong.append((held.code or "seal", held.at))
    verified = await alert_facts.last_verification(look.conn)
    if verified is not None and not verified[0]:
        wrong.append(("PH-501", verified[1]))
    if not wrong:
        return []
    codes = tuple(dict.fromkeys(code for code, _ in wrong))
    return [Fact(condition=C.LOG_BROKEN, count=len(wrong), codes=codes, since=min(at for _, at in wrong))]


async def _sealing(look: Look) -> list[Fact]:
    ledger, conn = look.ctx.settings.ledger, look.conn
    if ledger.origin is None or (ledger.signing_keys is None and ledger.signing_keys_file is None):
        return []
    late = look.ago(look.settings.sealing_overdue_s)
    last, waiting = await checkpoints.newest(conn), await checkpoints.unsealed(conn)
    first = await alert_facts.entry_at(conn, (last.size if last else 0) + 1) if waiting else None
    stuck = [one for one in await checkpoints.troubles(conn) if one.since <= late]
    overdue = first is not None and first <= late
    if not overdue and not stuck:
        return []
    codes = tuple(part for one in stuck for part in (one.outlet, one.code))
    ages = [one.since for one in stuck] + ([first] if first is not None and overdue else [])
    return [
        Fact(condition=C.SEALING_OVERDUE, count=waiting, codes=tuple(dict.fromkeys(codes)), since=min(ages))
    ]


# ---- what ends by itself --------------------------------------------------------------------------------------


async def _certificates(look: Look) -> list[Fact]:
    found = await asyncio.to_thread(expiries, certificate_files(look.ctx.settings))
    return [
        Fact(
            condition=C.CERTIFICATE_EXPIRY,
            subject=one.subject,
            count=_days(look.now, one.at),
            codes=(one.role,),
            until=one.at,
        )
        for one in _first_of_each(found)
        if _days(look.now, one.at) <= look.settings.expiry_days
    ]


def certificate_files(settings: Settings) -> list[tuple[str, str, Path]]:
    """(subject, setting, file) of every certificate that the settings name."""
    named: list[tuple[str, str, Path | str | None]] = [
        ("ledger", "timestamp_roots", settings.ledger.timestamp_roots),
        ("mail", "ca_file", settings.alerts.mail.ca_file),
    ]
    named += [(name, "ca_file", one.ca_file) for name, one in settings.alerts.webhooks.items()]
    for name, section in settings.systems.items():
        if section.enabled:
            named += [(name, key, getattr(section.transport, key)) for key in ("client_cert_file", "ca_file")]
    return [(subject, key, Path(file)) for subject, key, file in named if file is not None]


def _first_of_each(found: Iterable[Expiry]) -> list[Expiry]:
    first: dict[str, Expiry] = {}
    for one in found:
        if one.subject not in first or one.at < first[one.subject].at:
            first[one.subject] = one
    return [first[name] for name in sorted(first)]


async def _passwords(look: Look) -> list[Fact]:
    facts = []
    for name, section in sorted(look.ctx.settings.systems.items()):
        day = section.password_expires
        if not section.enabled or day is None:
            continue
        end = datetime.combine(day, time(), LOCAL_ZONE)
        if _days(look.now, end) <= look.settings.expiry_days:
            count = _days(look.now, end)
            facts.append(Fact(condition=C.PASSWORD_EXPIRY, subject=name, count=count, until=end))
    return facts


async def _tokens(look: Look) -> list[Fact]:
    until = look.now + timedelta(days=look.settings.expiry_days)
    found = await alert_facts.tokens(look.conn, look.now, until)
    if not found:
        return []
    codes = tuple(str(number) for number, _ in found[:MOST_NAMED])
    first = found[0][1]
    return [Fact(condition=C.TOKEN_EXPIRY, count=_days(look.now, first), codes=codes, until=first)]


def _days(now: datetime, end: datetime) -> int:
    """Whole days left; none once it is over."""
    return max((end - now) // DAY, 0)


# ---- ourselves ------------------------------------------------------------------------------------------------


async def _untold(look: Look) -> list[Fact]:
    set_up = {*look.settings.webhooks, *(["mail"] if look.settings.mail.host else [])}
    seen = await alert_facts.untold(look.conn, tries=TRIES_UNTOLD)
    return _facts(C.UNTOLD, (one for one in seen if one.subject in set_up))


def _facts(condition: Condition, seen: Iterable[Seen]) -> list[Fact]:
    return [
        Fact(
            condition=condition,
            subject=one.subject,
            count=one.count,
            of=one.of,
            codes=one.codes[:MOST_NAMED],
            cases=one.cases,
            since=one.since,
        )
        for one in seen
        if one.count > 0
    ]


COLLECTORS: tuple[tuple[frozenset[Condition], Collector], ...] = (
    (frozenset({C.FAILURE_RATE}), _failures),
    (frozenset({C.IN_DOUBT, C.RETRIES_USED_UP}), _writes),
    (frozenset({C.GUARD_STOP}), _guards),
    (frozenset({C.BREAKER_OPEN}), _circuits),
    (frozenset({C.DEADLINE_AT_RISK}), _deadlines),
    (frozenset({C.NO_PULL}), _silence),
    (frozenset({C.QUARANTINE_GROWING}), _quarantine),
    (frozenset({C.FINDINGS}), _findings),
    (frozenset({C.CONTRACT_DRIFT}), _contracts),
    (frozenset({C.LOG_BROKEN}), _log),
    (frozenset({C.SEALING_OVERDUE}), _sealing),
    (frozenset({C.CERTIFICATE_EXPIRY}), _certificates),
    (frozenset({C.PASSWORD_EXPIRY}), _passwords),
    (frozenset({C.TOKEN_EXPIRY}), _tokens),
    (frozenset({C.UNTOLD}), _untold),
)
"""Every condition has its collector; a test holds it."""
