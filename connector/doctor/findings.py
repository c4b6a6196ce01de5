"""What was found, as lines of a table: a mark, what was measured, what to do. Pure."""

from collections.abc import Iterable
from datetime import timedelta

from connector.checkup.line import Line, State, failed, fine, unasked, warned
from connector.doctor.look import Look
from connector.store import checkpoints, restorations

WORK, LOG, MACHINE = "work", "log", "machine"
DAY = timedelta(days=1)
LONG_S = 60.0
"""A transaction that stays open so long keeps dead rows from being cleared away."""
LATE_PASSES = 3
"""A system that was not read for so many of its periods is late."""
LEAST_LATE_S = 900.0


def findings(seen: Look) -> list[Line]:
    """Every line, the database first: what builds on it is unasked if it does not answer."""
    if not seen.connected:
        rest = [unasked(WORK, one) for one in ("processes", "flow", "waiting")] + [unasked(LOG, "sealing")]
        return [*seen.database, *rest, *_machine(seen)]
    return [*seen.database, *_server(seen), *_work(seen), *_log(seen), *_machine(seen)]


# ---- the database server --------------------------------------------------------------------------------------


def _server(seen: Look) -> Iterable[Line]:
    if "server" in seen.missing:
        return
    locks = len(seen.server.get("locks", ()))
    oldest = max((float(row["oldest_s"] or 0) for row in seen.server.get("sessions", ())), default=0)
    if locks or oldest > LONG_S:
        yield warned("database", "locks", "locks_waiting", "do_locks", count=locks, seconds=round(oldest))
    else:
        yield fine("database", "locks", "locks", seconds=round(oldest))


# ---- the work -------------------------------------------------------------------------------------------------


def _work(seen: Look) -> Iterable[Line]:
    yield _processes(seen)
    yield from _reading(seen)
    yield _circuits(seen)
    yield _holds(seen)
    yield from _waiting(seen)
    yield _deadlines(seen)


def _processes(seen: Look) -> Line:
    late = seen.settings.work.stalled_after_s
    living = [one for one in seen.nodes if one.silent_s <= late]
    parts = {part for one in living for part in one.parts}
    if not {"worker", "clock"} <= parts:
        return failed(WORK, "processes", "no_processes", "do_processes", count=len(living))
    if len(living) < len(seen.nodes):
        silent = len(seen.nodes) - len(living)
        return warned(WORK, "processes", "silent_processes", "do_silent", count=len(living), silent=silent)
    return fine(WORK, "processes", "processes", count=len(living))


def _reading(seen: Look) -> Iterable[Line]:
    lags = seen.values("phanhoi_read_lag_seconds")
    for name, section in seen.settings.systems.items():
        if not section.enabled:
            continue
        lag = lags.get((name,))
        if lag is None:
            yield warned(name, "reading", "never_read", "do_reading")
        elif lag > max(LATE_PASSES * section.observe_every_s, LEAST_LATE_S):
            yield failed(name, "reading", "read_late", "do_reading", minutes=round(lag / 60))
        else:
            yield fine(name, "reading", "read", seconds=round(lag))


def _circuits(seen: Look) -> Line:
    away = sorted({one.system for one in seen.circuits if one.state == "open"})
    if away:
        return warned(WORK, "circuits", "circuits_open", "do_circuits", systems=", ".join(away))
    return fine(WORK, "circuits", "circuits")


def _holds(seen: Look) -> Line:
    flow = [one for one in seen.pauses if one.scope not in {restorations.SCOPE, checkpoints.SCOPE}]
    if not flow:
        return fine(WORK, "holds", "holds")
    codes = ", ".join(sorted({one.guard or one.code or "–" for one in flow}))
    return warned(WORK, "holds", "holds_some", "do_holds", count=len(flow), codes=codes)


def _waiting(seen: Look) -> Iterable[Line]:
    by_state: dict[str, int] = {}
    for (_, state), n in seen.values("phanhoi_deliveries").items():
        by_state[state] = by_state.get(state, 0) + int(n)
    lag = max(seen.values("phanhoi_write_lag_seconds").values(), default=0)
    facts = {"count": sum(by_state.values()) - by_state.get("quarantined", 0), "minutes": round(lag / 60)}
    late = lag > seen.settings.alerts.in_doubt_after_s
    yield (
        warned(WORK, "writes", "writes_late", "do_writes", **facts)
        if late
        else fine(WORK, "writes", "writes", **facts)
    )
    if doubtful := by_state.get("in_doubt", 0):
        yield warned(WORK, "doubt", "doubt_some", "do_doubt", count=doubtful)
    else:
        yield fine(WORK, "doubt", "doubt")
    items = seen.values("phanhoi_quarantine_items")
    if items:
        codes = ", ".join(sorted({code for _, code in items}))
        count = int(sum(items.values()))
        yield warned(WORK, "quarantine", "quarantine_some", "do_quarantine", count=count, codes=codes)
    else:
        yield fine(WORK, "quarantine", "quarantine")
    found = int(sum(n for (*_, known), n in seen.values("phanhoi_findings").items() if known == "no"))
    if found:
        yield warned(WORK, "findings", "findings_some", "do_findings", count=found)
    else:
        yield fine(WORK, "findings", "findings_none")


def _deadlines(seen: Look) -> Line:
    found = seen.values("phanhoi_deadlines")
    overdue, near = int(found.get(("overdue",), 0)), int(found.get(("near",), 0))
    if overdue:
        return failed(WORK, "deadlines", "deadlines", "do_deadlines", overdue=overdue, near=near)
    made = warned(WORK, "deadlines", "deadlines", "do_deadlines", overdue=overdue, near=near)
    return made if near else fine(WORK, "deadlines", "deadlines", overdue=overdue, near=near)


# ---- the log --------------------------------------------------------------------------------------------------


def _log(seen: Look) -> Iterable[Line]:
    held = {one.scope: one for one in seen.pauses}
    if restorations.SCOPE in held:
        yield failed(LOG, "continues", "restored", "do_restored")
    elif (stop := held.get(checkpoints.SCOPE)) is not None:
        yield failed(LOG, "continues", "log_stopped", "do_log", code=stop.code or "PH-501")
    else:
        yield fine(LOG, "continues", "log_continues")
    yield _sealing(seen)
    for one in seen.troubles:
        yield warned(LOG, "outlet", "outlet_failing", "do_outlet", outlet=one.outlet, code=one.code)


def _sealing(seen: Look) -> Line:
    own = seen.settings.ledger
    waiting = int(seen.values("phanhoi_log_unsealed_entries").get((), 0))
    if own.origin is None or (own.signing_keys is None and own.signing_keys_file is None):
        return warned(LOG, "sealing", "unsealed", "do_signing", count=waiting)
    age = seen.values("phanhoi_log_checkpoint_age_seconds").get(())
    if waiting and (age is None or age > seen.settings.alerts.sealing_overdue_s):
        return failed(LOG, "sealing", "sealing_late", "do_sealing", count=waiting)
    return fine(LOG, "sealing", "sealed", count=waiting)


# ---- the machine ----------------------------------------------------------------------------------------------


def _machine(seen: Look) -> Iterable[Line]:
    yield _clock(seen)
    yield from _certificates(seen)
    least = seen.settings.database.least_free_mib
    for name, disk in seen.disks.items():
        free = disk["free_bytes"] // 2**20
        if free < least:
            yield failed(MACHINE, "disk", "disk", "do_disk", free=free, folder=name)
        else:
            yield fine(MACHINE, "disk", "disk", free=free, folder=name)
    if not seen.settings.observability.port:
        yield fine(MACHINE, "metrics", "metrics_off")
    elif seen.metrics is None:
        yield warned(
            MACHINE, "metrics", "metrics_silent", "do_metrics", code=seen.missing.get("metrics", "–")
        )
    else:
        yield fine(
            MACHINE, "metrics", "metrics", count=sum(1 for one in seen.metrics.splitlines() if one[:1] != "#")
        )


def _clock(seen: Look) -> Line:
    apart = seen.values("phanhoi_clock_offset_seconds").get(())
    if apart is None:
        return unasked(MACHINE, "clock")
    most = seen.settings.guards.max_clock_skew_s
    facts = {"seconds": round(abs(apart), 1), "most": most}
    return (
        fine(MACHINE, "clock", "clock", **facts)
        if abs(apart) <= most
        else failed(MACHINE, "clock", "clock", "do_clock", **facts)
    )


def _certificates(seen: Look) -> Iterable[Line]:
    for name in seen.unreadable:
        yield failed(MACHINE, "certificate", "certificate_unreadable", "do_certificate", name=name)
    for one in seen.certificates:
        days = (one.at - seen.now) // DAY
        facts = {"name": f"{one.subject}.{one.role}", "days": days, "until": f"{one.at:%d/%m/%Y}"}
        if days < 0:
            yield failed(MACHINE, "certificate", "certificate", "do_certificate", **facts)
        elif days <= seen.settings.alerts.expiry_days:
            yield warned(MACHINE, "certificate", "certificate", "do_certificate", **facts)
        else:
            yield fine(MACHINE, "certificate", "certificate", **facts)


def unwell(lines: Iterable[Line]) -> int:
    """How many of them failed."""
    return sum(line.state is State.FAILED for line in lines)
