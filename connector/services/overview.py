"""How things stand: per system, per flow, and what waits for a person."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from connector.rules.calendar import Calendar
from connector.rules.daily import unheard
from connector.settings import Settings
from connector.store import cases, checkpoints, circuits, deliveries, flows, gaps, ledger, nodes, quarantine
from connector.store.connection import Connection
from connector.store.database import Database
from connector.store.leaf import Place


@dataclass(frozen=True, kw_only=True)
class SystemStatus:
    """One system. ``deliveries`` counts its writes by state; ``paused`` is the reason, if it is held.

    ``circuits``: its circuit in each running process, open ones first; none if no daemon runs.
    ``unheard_since``: it could not be read for a day, and today is a working day (R15).
    """

    name: str
    paused: str | None
    asked_at: datetime | None
    unheard_since: datetime | None
    watermark: str | None
    last_outcome: str | None
    last_error: str | None
    linked: int
    deliveries: Mapping[str, int]
    circuits: tuple[circuits.Circuit, ...]


@dataclass(frozen=True, kw_only=True)
class SealStatus:
    """How the log is sealed. ``sealed``: up to which entry; ``waiting``: entries after it; ``keyed``: it has a key."""

    keyed: bool
    sealed: int
    at: datetime | None
    waiting: int
    held: str | None
    troubles: tuple[checkpoints.Trouble, ...]


@dataclass(frozen=True, kw_only=True)
class Overview:
    """The whole of it. ``idle`` is true when nothing is left to do that needs no person.

    ``nodes``: the processes at work, longest running first; one that is silent is taken over after
    ``work.stalled_after_s``.
    """

    systems: tuple[SystemStatus, ...]
    nodes: tuple[nodes.Node, ...]
    pauses: tuple[flows.Pause, ...]
    cases: int
    unsettled: int
    quarantined: int
    in_doubt: int
    ledger_entries: int
    seal: SealStatus
    idle: bool


WORKING = ("planned", "sent", "in_doubt", "waiting")
"""States of a delivery that goes on by itself."""


async def overview(db: Database, settings: Settings, calendar: Calendar, now: datetime) -> Overview:
    """Read how things stand; ``calendar`` and ``now`` tell what is overdue to be read."""
    async with db.reading() as conn:
        per_target = await deliveries.counts(conn)
        totals = await cases.totals(conn)
        pauses = await flows.pauses(conn)
        seen = await circuits.listed(conn, now)
        systems = []
        for name, section in settings.systems.items():
            if section.enabled:
                mark = await flows.watermark(conn, name)
                since = await gaps.last_read(conn, name)
                newest = await flows.runs(conn, Place(most=1), system=name)
                held = [
                    one
                    for one in pauses
                    if one.scope.startswith("system:") and one.scope.endswith(f":{name}")
                ]
                systems.append(
                    SystemStatus(
                        name=name,
                        paused=held[0].reason if held else None,
                        asked_at=mark.ok_at,
                        unheard_since=since if since and unheard(since, now, calendar) else None,
                        watermark=mark.value,
                        last_outcome=newest[0].outcome if newest else None,
                        last_error=newest[0].error_code if newest else None,
                        linked=totals.linked.get(name, 0),
                        deliveries=per_target.get(name, {}),
                        circuits=tuple(one for one in seen if one.system == name),
                    )
                )
        head = await ledger.head(conn)
        working = sum(states.get(state, 0) for states in per_target.values() for state in WORKING)
        return Overview(
            systems=tuple(systems),
            nodes=tuple(await nodes.listed(conn)),
            pauses=tuple(pauses),
            cases=totals.cases,
            unsettled=totals.dirty,
            quarantined=await quarantine.count(conn),
            in_doubt=sum(states.get("in_doubt", 0) for states in per_target.values()),
            ledger_entries=head.seq,
            seal=await _seal(conn, settings, head.seq, pauses),
            idle=working == 0 and totals.dirty == 0,
        )


async def _seal(
    conn: Connection, settings: Settings, entries: int, pauses: Collection[flows.Pause]
) -> SealStatus:
    last = await checkpoints.newest(conn)
    size = last.size if last else 0
    return SealStatus(
        keyed=settings.ledger.signing_keys is not None or settings.ledger.signing_keys_file is not None,
        sealed=size,
        at=last.signed_at if last else None,
        waiting=entries - size,
        held=next((one.reason for one in pauses if one.scope == checkpoints.SCOPE), None),
        troubles=tuple(await checkpoints.troubles(conn)),
    )
