"""Canary: compare a system's contract with the recorded one, write down what differs, hold only what relies on it.

Three sources: what the system tells of its contract by itself (:class:`connector.system.TellsContract`), the shape of
what it told of cases lately, and the mappings, which say what we rely on. Reads only; never a value of a case.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from math import ceil
from typing import Any

import structlog

from connector.contract.compare import ANSWERS, Difference, compare_part, compare_shape, recorded
from connector.contract.shape import Sample, Shape, learn
from connector.contract.uses import Uses, uses_of
from connector.errors import ConnectorError, Permanent, SealBroken, Transient
from connector.ledger.entry import EntryKind
from connector.store import contracts, deliveries, flows, observations
from connector.store.contracts import Check
from connector.store.database import Unit
from connector.store.deliveries import Delivery
from connector.sync.agreement import hold_writes, let_go
from connector.sync.context import Context
from connector.sync.render import render
from connector.system import ContractPart, Operation, PartKind, TellsContract

log = structlog.get_logger(__name__)

ASKINGS = 3
"""A difference that a system tells by itself counts if so many askings in a row show it: one garbled answer is none."""

MOST_WRITES = 1000
"""So many open writes are looked through in a check; the rest are looked at when their turn comes."""


@dataclass(kw_only=True)
class _Look:
    """What a check saw: lines by part, parts that are new, how they differ, how far the tellings were read."""

    lines: dict[str, tuple[str, dict[str, str]]] = field(default_factory=dict)
    fresh: dict[str, dict[str, str]] = field(default_factory=dict)
    parts: list[str] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)
    seen: dict[str, int] = field(default_factory=dict)


async def check_due(ctx: Context, name: str) -> None:
    """A check, if the last one is longer ago than the settings say."""
    async with ctx.db.reading() as conn:
        last = (await contracts.checks(conn)).get(name)
    often = ctx.settings.canary.again_s if last and last.outcome != "same" else ctx.settings.canary.every_s
    every = timedelta(seconds=often)
    if ctx.settings.canary.enabled and (last is None or ctx.clock.now() - last.at >= every):
        await check(ctx, name)


async def check(ctx: Context, name: str) -> Check:
    """One check of one system. A system that cannot be reached is ``failed``: nothing is concluded from silence."""
    async with ctx.db.reading() as conn:
        paused = await flows.held(conn, f"system:{name}")
    if paused is not None:
        return await _failed(ctx, name, paused.code)
    try:
        look = await _compare(ctx, name)
    except ConnectorError as error:
        log.warning("contract_not_told", system=name, code=error.code)
        return await _failed(ctx, name, error.code)
    concerned = await _concerned(ctx, name, look.differences)
    async with ctx.db.unit() as unit:
        await _write_down(ctx, unit, name, look, concerned)
        outcome = "drifted" if await contracts.drifts(unit.conn, name, most=1) else "same"
        result = Check(system=name, at=ctx.clock.now(), outcome=outcome, seen=look.seen)
        await contracts.checked(unit.conn, result)
    return result


async def _failed(ctx: Context, name: str, code: str | None) -> Check:
    result = Check(system=name, at=ctx.clock.now(), outcome="failed", code=code)
    async with ctx.db.unit() as unit:
        await contracts.checked(unit.conn, result)
    return result


async def _ask(ctx: Context, name: str) -> tuple[ContractPart, ...]:
    """What the system tells of its contract; one unreadable part if it answers in a form that nobody knows."""
    system = ctx.systems[name]
    if not isinstance(system, TellsContract):
        return ()
    try:
        return await ctx.call(name, system.contract)
    except Permanent as error:
        return (ContractPart(name="version", kind=PartKind.VERSION, trouble=error.code),)
    except ConnectorError:
        raise
    except Exception as error:  # a fault of the adapter is no other contract
        log.exception("contract_fault", system=name, kind=type(error).__name__)
        msg = f"fault: {type(error).__name__}"
        raise Transient(msg) from error


# ---- comparing ----------------------------------------------------------------------------------------------


async def _compare(ctx: Context, name: str) -> _Look:
    """Raises ``Transient`` if the system cannot be asked."""
    uses = uses_of(ctx.mappings.for_system(name))
    async with ctx.db.reading() as conn:
        known = {one.part: dict(one.lines) for one in await contracts.in_force(conn, name)}
        before = (await contracts.checks(conn)).get(name)
        kinds = await contracts.kinds_told(conn, name)
    look = await _compare_told(ctx, name, known, uses)
    for kind in kinds:
        await _compare_kind(ctx, look, name, kind, (before.seen if before else {}).get(kind, 0), known, uses)
    return look


async def _compare_told(ctx: Context, name: str, known: dict[str, dict[str, str]], uses: Uses) -> _Look:
    """What the system tells by itself; what differs is asked for again before it counts."""
    look = _look_at(await _ask(ctx, name), known, uses)
    for _ in range(ASKINGS - 1):
        if not look.differences:
            break
        again = _look_at(await _ask(ctx, name), known | look.fresh, uses)
        again.fresh = look.fresh
        again.differences = [one for one in look.differences if one in again.differences]
        look = again
    return look


def _look_at(told: Iterable[ContractPart], known: dict[str, dict[str, str]], uses: Uses) -> _Look:
    look = _Look()
    for part in told:
        lines, was = dict(part.lines), known.get(part.name)
        if was is None and (part.built_for or lines):
            was = look.fresh[part.name] = dict(part.built_for or lines)
        look.parts.append(part.name)
        if lines and part.trouble is None:
            look.lines[part.name] = (part.kind.value, lines)
        look.differences += compare_part(was or {}, part, uses)
    return look


async def _compare_kind(
    ctx: Context, look: _Look, name: str, kind: str, seen: int, known: dict[str, dict[str, str]], uses: Uses
) -> None:
    """Learn from the tellings that came since; too few of them say nothing and are looked at with the next ones."""
    canary, part = ctx.settings.canary, ANSWERS + kind
    shape, newest = await _learned(ctx, name, kind, seen)
    if len(shape.refs) < canary.least_cases:
        return
    # one garbled answer in fifty is no other contract, however many answers there are
    least = max(canary.least_cases, ceil(len(shape.refs) * canary.least_percent / 100))
    was = known.get(part, {})
    lines = recorded(kind, was, shape, uses, least=canary.least_cases)
    if part not in known and lines:
        look.fresh[part] = lines
    look.parts.append(part)
    look.lines[part] = ("answers", lines)
    look.differences += compare_shape(kind, was, shape, uses, least=least)
    look.seen[kind] = newest


async def _learned(ctx: Context, name: str, kind: str, seen: int) -> tuple[Shape, int]:
    samples: dict[str, Sample] = {}
    async with ctx.db.reading() as conn:
        ids = await contracts.newest_tellings(conn, name, kind, after=seen, most=ctx.settings.canary.sample)
        for one in ids:  # newest first: of each case only its newest telling
            try:
                record = await observations.load(conn, one)
            except SealBroken:
                continue
            if record is not None and record.ref not in samples:
                samples[record.ref] = Sample(ref=record.ref, data=record.data, problems=record.problems)
    return learn(samples.values()), max(ids, default=seen)


# ---- what is concerned --------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class _Concerned:
    """Open writes that a difference holds, and the open cases that it concerns."""

    writes: tuple[Delivery, ...] = ()
    cases: int = 0


async def _concerned(ctx: Context, name: str, differences: list[Difference]) -> list[_Concerned]:
    """For each difference what relies on it now."""
    holding = [one for one in differences if one.concern.holds]
    writes = await _open_writes(ctx, name) if holding else []
    found: list[_Concerned] = []
    for one in differences:
        held = tuple(item for item, operation in writes if one.concern.meets(operation))
        async with ctx.db.reading() as conn:
            told = await contracts.cases_told(conn, name, one.concern.refs) if one.concern.refs else set()
        found.append(_Concerned(writes=held, cases=len(told | {item.case_id for item in held})))
    return found


async def _open_writes(ctx: Context, name: str) -> list[tuple[Delivery, Operation]]:
    """Open writes to a system, each as it is or would be rendered; what cannot be rendered is held by that already."""
    async with ctx.db.reading() as conn:
        items = await deliveries.open_to(conn, name, most=MOST_WRITES)
    found = []
    for item in items:
        try:
            found.append((item, item.operation or (await render(ctx, item))[0]))
        except ConnectorError:
            continue
    return found


async def _write_down(ctx: Context, unit: Unit, name: str, look: _Look, concerned: list[_Concerned]) -> None:
    now, actor = ctx.clock.now(), unit.actor
    for part, lines in sorted(look.fresh.items()):
        version = await contracts.record(unit.conn, name, part, lines, at=now, actor=actor)
        unit.record(
            EntryKind.CONTRACT_RECORDED, system=name, item=part, number=version.number, digest=version.digest
        )
    for part, (kind, lines) in sorted(look.lines.items()):
        await contracts.looked(unit.conn, name, part, kind, lines, now)
    seen: list[int] = []
    for one, what in zip(look.differences, concerned, strict=True):
        noted = await contracts.note(unit.conn, name, one, cases=what.cases, at=now)
        seen.append(noted.id)
        if noted.fresh:
            facts: dict[str, Any] = {
                "drift": noted.id,
                "change": one.change.value,
                "holds": one.concern.holds,
                "cases": what.cases,
            }
            unit.record(EntryKind.CONTRACT_DRIFTED, system=name, item=f"{one.part}/{one.path}", **facts)
            log.warning("contract_drifted", system=name, part=one.part, path=one.path, **facts)
        if noted.open:
            await hold_writes(ctx, unit, noted.id, what.writes)
    gone = await contracts.unseen(unit.conn, name, look.parts, seen)
    await contracts.close(unit.conn, [one.id for one in gone], state="gone", actor=actor, at=now)
    for drift in gone:
        unit.record(
            EntryKind.CONTRACT_RESTORED, system=name, drift=drift.id, item=f"{drift.part}/{drift.path}"
        )
    await let_go(unit, [drift.id for drift in gone])
