"""What lies around a province's cases: what waits for people, differences, passes, plans, jobs, and the log."""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import psycopg

from bench.province import GOVERNMENT, NATIONAL, Province, copy, ref_of, text
from connector.case import REGISTER
from connector.ledger.kinds import EntryKind
from connector.reconcile.findings import Cause, FindingClass, Role, Severity
from connector.store.vault import encode, owner_of

QUARANTINE = (2_000, 6_000)
"""Items that wait, and that were dealt with."""
FINDINGS = (5_000, 15_000)
"""Differences that are open, and that are gone."""
RUNS = 30_000
PASSES = 2_000
PLANS = 300
STEPS = 10_000
"""Cases of the newest plan."""
CHECKPOINT_EVERY = 500
JOBS = 20_000

_KINDS = (
    *(EntryKind.OBSERVED,) * 6,
    *(EntryKind.PLANNED, EntryKind.SENT, EntryKind.DONE) * 3,
    *(EntryKind.AGREED,) * 3,
    EntryKind.LINKED,
    EntryKind.WAITING,
)
_SELDOM = (
    EntryKind.SIGNED_IN,
    EntryKind.SENDER_READ,
    EntryKind.PAUSED,
    EntryKind.RESUMED,
    EntryKind.RECONCILED,
    EntryKind.PURGED,
    EntryKind.LOG_VERIFIED,
)
"""One entry in two hundred, and of no case."""


def furnish_records(conn: psycopg.Connection[Any], town: Province, entries: int) -> None:
    """All of it."""
    for part in (_quarantine, _findings, _runs, _passes, _plans, _jobs):
        part(conn, town)
        conn.commit()
    _ledger(conn, town, entries)
    conn.commit()


def _pairs(town: Province, count: int) -> list[tuple[int, str, str]]:
    """So many cases over all years, each with a portal that holds it and its reference there."""
    found = []
    for n in range(count):
        number = 1 + n * town.cases // count
        portal = town.portal(number) or REGISTER
        found.append((number, portal, ref_of(portal, number)))
    return found


def _quarantine(conn: psycopg.Connection[Any], town: Province) -> None:
    waiting, over = QUARANTINE
    pairs = _pairs(town, waiting + over)
    town.recall(conn, [owner_of(portal, ref) for _, portal, ref in pairs])

    def rows() -> Iterator[tuple[Any, ...]]:
        for n, (number, portal, ref) in enumerate(pairs):
            code, subject = ("PH-330", "PH-401", "PH-610")[n % 3], f"{portal}/{ref}/{n}"
            reason = encode("Mã lĩnh vực «XD-99» chưa có trong danh mục")
            place = f"quarantine.reason/{subject}/{code}"
            sealed = town.seal(owner_of(portal, ref), "contact", number, place, reason)
            at = town.born(number) + timedelta(days=1)
            state = "open" if n % 4 == 0 else ("resolved", "dismissed")[n % 2]
            near = text(["ha_tang_ky_thuat", "moi_truong"])
            closed_by = None if state == "open" else "vh.mau"
            yield subject, portal, ref, number, code, sealed, near, state, at, at, closed_by

    columns = "subject, system, ref, case_id, code, sealed_reason, candidates, state, first_seen, last_seen, closed_by"
    copy(conn, f"quarantine ({columns})", rows())
    town.forget()


def _findings(conn: psycopg.Connection[Any], town: Province) -> None:
    still, gone = FINDINGS
    kinds = [one for one in FindingClass if one is not FindingClass.IN_FLIGHT]

    def rows() -> Iterator[tuple[Any, ...]]:
        for n, (number, portal, ref) in enumerate(_pairs(town, still + gone)):
            system = NATIONAL if portal == REGISTER else portal
            at = town.now - timedelta(days=40) * ((n * 7919 % 20_000) / 20_000)
            closed = None if n % 4 == 0 else at + timedelta(hours=5)
            noted = n % 20 == 0
            yield (
                f"khac-{n}",
                kinds[n % len(kinds)].value,
                system,
                ("here", "there")[n % 2],
                number,
                ref,
                ("title", "content", "privacy")[n % 3],
                list(Cause)[n % len(Cause)].value,
                list(Role)[n % len(Role)].value,
                town.agency(number),
                town.dice.choices(list(Severity), (40, 40, 15, 5))[0].value,
                n % 3 == 0,
                at,
                at,
                at,
                closed,
                "vh.mau" if noted else None,
                at if noted else None,
                town.now + timedelta(days=9) if noted else None,
            )

    columns = (
        "name, kind, system, side, case_id, ref, field, cause, role, agency, severity, repairable, first_seen,"
        " last_seen, opened_at, closed_at, ack_by, ack_at, ack_until"
    )
    copy(conn, f"finding ({columns})", rows())


def _runs(conn: psycopg.Connection[Any], town: Province) -> None:
    systems = (REGISTER, NATIONAL, GOVERNMENT)
    copy(
        conn,
        "run (kind, system, started_at, ended_at, outcome, error_code, counts)",
        (
            (
                "observe",
                systems[n % 3],
                at,
                at + timedelta(seconds=2),
                "failed" if n % 50 == 0 else "ok",
                "PH-301" if n % 50 == 0 else None,
                text({"seen": n % 40, "new": n % 7}),
            )
            for n, at in enumerate(_times(town, RUNS, days=300))
        ),
    )
    for system in systems:
        conn.execute(
            "INSERT INTO watermark (system, value, total, asked_at, ok_at) VALUES (%s, %s, %s, %s, %s)",
            (system, "2026", town.cases, town.now, town.now),
        )


def _passes(conn: psycopg.Connection[Any], town: Province) -> None:
    copy(
        conn,
        "reconcile_run (system, scope, state, step, counts, actor, started_at, ended_at)",
        (
            (
                (NATIONAL, GOVERNMENT)[n % 2],
                text({"reach": "full" if n % 150 < 2 else "changes"}),
                "done",
                "end",
                text(
                    {
                        "seen": 400,
                        "judged": 12,
                        "opened": n % 5,
                        "closed": n % 4,
                        "open": 2500,
                        "in_flight": 30,
                    }
                ),
                "phanhoi",
                at,
                at + timedelta(minutes=1),
            )
            for n, at in enumerate(_times(town, PASSES, days=42))
        ),
    )


def _plans(conn: psycopg.Connection[Any], town: Province) -> None:
    totals = {"cases": STEPS, "deeds": {"send": STEPS}, "calls": {NATIONAL: STEPS}, "downgrades": 3, "published": 2,
              "seconds": 900}  # fmt: skip
    verdicts = [{"guard": "flood", "system": NATIONAL, "count": STEPS, "stops": False}]
    copy(
        conn,
        "resync_plan (digest, state, scope, fresh, totals, verdicts, reasons, made_by, made_at, started_by, started_at)",
        (
            (
                _hex(f"plan {n}"),
                "paused" if n == PLANS - 1 else ("done", "stopped", "ready")[n % 3],
                text({"direction": "up", "system": NATIONAL}),
                True,
                text(totals),
                text(verdicts),
                text(["large"] if n % 2 else []),
                "qt.mau",
                at,
                "qt.mau",
                at,
            )
            for n, at in enumerate(_times(town, PLANS, days=200))
        ),
    )
    [newest] = conn.execute("SELECT max(id) FROM resync_plan").fetchone() or (0,)
    steps = [one for one in _pairs(town, STEPS) if one[1] != REGISTER]
    _steps(conn, town, newest, steps)


def _steps(
    conn: psycopg.Connection[Any], town: Province, plan: int, steps: Sequence[tuple[int, str, str]]
) -> None:
    """The newest plan's cases and what would be written to each."""
    town.recall(conn, [owner_of(portal, ref) for _, portal, ref in steps])
    rows, items = [], []
    for step, (number, portal, ref) in enumerate(steps, start=1):
        owner = owner_of(portal, ref)
        salt = town.seal(owner, "contact", number, f"resync_step.salt/{plan}/{step}", encode("muối"))
        state = ("pending", "pending", "done", "held")[step % 4]
        rows.append((plan, step, number, text({portal: ref}), True, "[]", owner, _hex(owner), salt, state))
        changes = encode([{"field": "title", "old": "Tiêu đề cũ", "new": "Tiêu đề mới"}])
        place = f"resync_item.changes/{plan}/{step}/1"
        sealed = town.seal(owner, "contact", number, place, changes)
        item = (plan, step, 1, _hex(place), "send", portal, REGISTER, "update", 1, 1, False, False, sealed)
        items.append(item)
    columns = "plan_id, number, case_id, refs, pair, rebuild, owner, told, sealed_salt, state"
    copy(conn, f"resync_step ({columns})", rows)
    columns = (
        "plan_id, step, number, digest, deed, system, source, intent, revision, calls, downgrade, published,"
        " sealed_changes"
    )
    copy(conn, f"resync_item ({columns})", items)
    town.forget()


def _jobs(conn: psycopg.Connection[Any], town: Province) -> None:
    """Finished jobs of the engine, as it leaves them."""
    conn.execute(
        """
        WITH done AS (
            INSERT INTO procrastinate_jobs (queue_name, task_name, status, args)
            SELECT 'deliver', 'deliver', 'succeeded', '{}' FROM generate_series(1, %s) RETURNING id
        )
        INSERT INTO procrastinate_events (job_id, type, at)
        SELECT id, 'succeeded', %s::timestamptz - id * interval '3 minutes' FROM done
        """,
        (JOBS, town.now),
    )


def _ledger(conn: psycopg.Connection[Any], town: Province, entries: int) -> None:
    """Entries in order of time, and what was signed of them."""
    columns = "seq, at, kind, system, case_id, actor, data, commitments, prev_hash, hash"
    with conn.cursor() as cursor, cursor.copy(f"COPY ledger_entry ({columns}) FROM STDIN".encode()) as sink:
        for start in range(0, entries, 5_000):
            numbers = range(start + 1, min(start + 5_000, entries) + 1)
            sink.write("".join(_entry(town, seq, entries) for seq in numbers))
    conn.execute("UPDATE ledger_head SET seq = %s, hash = %s", (entries, _hex(str(entries))))
    copy(
        conn,
        "ledger_checkpoint (size, root, head_hash, signed_at, note)",
        (
            (
                size,
                bytes.fromhex(_hex(f"root {size}")),
                _hex(str(size)),
                town.now,
                f"phanhoi.example/log\n{size}\n",
            )
            for size in range(CHECKPOINT_EVERY, entries + 1, CHECKPOINT_EVERY)
        ),
    )


def _entry(town: Province, seq: int, entries: int) -> str:
    """One line of COPY's text format."""
    share = seq / (entries + 1)
    at = (town.now - timedelta(days=3 * 365) * (1 - share)).isoformat()
    before, own = _hex(str(seq - 1)), _hex(str(seq))
    if seq % 200 == 0:
        kind = _SELDOM[seq // 200 % len(_SELDOM)]
        data = text({"name": "*", "rows": 0, "plan": own[:16]})
        return f"{seq}\t{at}\t{kind}\t\\N\t\\N\tqt.mau\t{data}\t{{}}\t{before}\t{own}\n"
    case_id = max(1, min(town.cases, int(share * town.cases) + seq % 97 - 48))
    kind, system = _KINDS[seq % len(_KINDS)], town.portal(case_id) or REGISTER
    data = f'{{"act_kind": "accepted", "attempt": 1, "delivery_key": "{own[:32]}"}}'
    told = (
        f'{{"header.title": "{own}", "header.content": "{before}"}}' if kind is EntryKind.OBSERVED else "{}"
    )
    return f"{seq}\t{at}\t{kind}\t{system}\t{case_id}\tphanhoi\t{data}\t{told}\t{before}\t{own}\n"


def _times(town: Province, count: int, *, days: int) -> Iterator[Any]:
    """So many instants, evenly over the last days."""
    return (town.now - timedelta(days=days) * (1 - n / count) for n in range(count))


def _hex(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()
