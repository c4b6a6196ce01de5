"""What a process tells of itself: metrics that are true and cheap, readiness with its reasons, and never a citizen's words."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr

from connector.case import REGISTER
from connector.errors import DatabaseUnavailable, ExposedMetrics, InDoubt, UserError
from connector.gateway import build_gateway
from connector.sections.observability import ObservabilitySettings
from connector.sections.work import WorkSettings
from connector.store import checkpoints, flows, restorations
from connector.store.database import Wake
from connector.sync.circuits import circuits
from connector.telemetry.catalogue import ALL, STANDING
from connector.telemetry.health import Health
from connector.telemetry.listener import bind, build_listener
from connector.telemetry.live import Live
from connector.telemetry.meter import names_of
from connector.telemetry.standing import Standing
from connector.telemetry.timing import watch_loop
from connector.transport import CallSeen, HttpClient, TransportSettings
from connector.work.queue import Queue
from tests.integration.core_mapping import GOVERNMENT, NATIONAL, plain
from tests.integration.core_world import World, planned, world
from tests.integration.engine import QUICK, Engine, until

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


@pytest.fixture
async def w(migrated_url: str, tmp_path: Path) -> AsyncIterator[World]:
    async with world(migrated_url, tmp_path) as made:
        # as the composition root does it
        made.db._witness = made.ctx.meter.committed
        made.ctx = replace(made.ctx, circuits=circuits(made.clock, made.ctx.settings.systems, {}))
        yield made


@asynccontextmanager
async def listener(w: World, **own: Any) -> AsyncIterator[httpx.AsyncClient]:
    """The listener of a worker in good order; ``own`` are settings, ``running``/``parts`` what it does."""
    part = SimpleNamespace(parts=own.pop("parts", ("clock", "worker")))
    queue = SimpleNamespace(running=own.pop("running", True))
    given = ObservabilitySettings(port=0, **own)
    ctx = replace(w.ctx, settings=w.ctx.settings.model_copy(update={"observability": given}))
    clients = {NATIONAL: HttpClient(NATIONAL, TransportSettings(max_concurrency=3), w.clock)}
    standing = Standing(ctx)
    ours = [Live(ctx, clients), standing]
    for one in ours:
        ctx.meter.registry.register(one)
    app = build_listener(given, ctx.meter, standing, Health(ctx, part, queue))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://listener") as client:
        yield client
    for one in ours:
        ctx.meter.registry.unregister(one)
    await clients[NATIONAL].aclose()


def samples(text: str) -> Samples:
    return {
        (one.name, tuple(sorted(one.labels.items()))): one.value
        for family in text_string_to_metric_families(text)
        for one in family.samples
    }


async def scraped(w: World, **own: Any) -> Samples:
    async with listener(w, **own) as client:
        reply = await client.get("/metrics")
        assert reply.status_code == 200
        assert reply.headers["content-type"].startswith("text/plain")
        return samples(reply.text)


def value(seen: Samples, name: str, **labels: str) -> float:
    return seen[name, tuple(sorted(labels.items()))]


# ---- metrics ------------------------------------------------------------------------------------------------


async def test_the_registry_tells_every_metric_of_the_catalogue_and_no_other(w: World) -> None:
    async with listener(w):
        assert set(names_of(w.ctx.meter.registry)) == set(ALL)


async def test_what_waits_and_what_is_done_is_told_by_system_and_state(w: World) -> None:
    await planned(w, "progress", "answered")
    seen = await scraped(w)
    assert value(seen, "phanhoi_deliveries", system=NATIONAL, state="planned") == 2
    assert value(seen, "phanhoi_deliveries", system=NATIONAL, state="in_doubt") == 0
    assert value(seen, "phanhoi_deliveries_due", system=NATIONAL) == 2
    assert value(seen, "phanhoi_deliveries_done_total", system=REGISTER) == 1
    assert value(seen, "phanhoi_cases") == 1
    assert value(seen, "phanhoi_cases_linked", system=NATIONAL) == 1
    assert value(seen, "phanhoi_cases_unsettled") == 0
    assert value(seen, "phanhoi_standing_up") == 1


async def test_the_age_of_the_oldest_write_is_the_lag_and_so_is_the_time_since_the_last_reading(
    w: World,
) -> None:
    await planned(w, "progress")
    w.clock.forward(90)
    seen = await scraped(w)
    assert value(seen, "phanhoi_write_lag_seconds", system=NATIONAL) == 90
    assert value(seen, "phanhoi_write_lag_seconds", system=GOVERNMENT) == 0
    assert value(seen, "phanhoi_read_lag_seconds", system=NATIONAL) >= 90
    await w.deliver(NATIONAL)
    assert value(await scraped(w), "phanhoi_write_lag_seconds", system=NATIONAL) == 0


async def test_ends_of_attempts_are_counted_by_system_and_class(w: World) -> None:
    await planned(w, "progress")
    w.national.fail(InDoubt("lost"))
    await w.deliver(NATIONAL)
    seen = await scraped(w)
    assert (
        value(
            seen,
            "phanhoi_delivery_outcomes_total",
            system=NATIONAL,
            outcome="in_doubt",
            code=InDoubt.code,
        )
        == 1
    )
    assert value(seen, "phanhoi_deliveries", system=NATIONAL, state="in_doubt") == 1
    assert value(seen, "phanhoi_log_append_duration_seconds_count") > 3
    assert value(seen, "phanhoi_log_size_entries") == sum(
        n for (name, _), n in seen.items() if name == "phanhoi_log_entries_total"
    )
    assert value(seen, "phanhoi_log_unsealed_entries") == value(seen, "phanhoi_log_size_entries")


async def test_deadlines_that_passed_and_that_are_near_are_told_with_the_writes_before_them(w: World) -> None:
    case_id = await planned(w, "progress")
    for number, hours in enumerate((-1, 5, 500)):
        await w.sql(
            "INSERT INTO case_duty (case_id, number, duty, governs, nearest, due_at) VALUES (%s, %s, 'answer', true, true, %s)",
            case_id,
            100 + number,
            w.clock.now() + timedelta(hours=hours),
        )
    seen = await scraped(w)
    assert value(seen, "phanhoi_deadlines", standing="overdue") == 1
    assert value(seen, "phanhoi_deadlines", standing="near") == 1
    assert value(seen, "phanhoi_deadlines_behind_writes", system=NATIONAL, standing="overdue") == 1
    assert value(seen, "phanhoi_deadlines_behind_writes", system=GOVERNMENT, standing="near") == 0


async def test_what_is_held_is_told_without_saying_which_case(w: World) -> None:
    async with w.db.unit() as unit:
        for scope, guard in (("case:7", None), ("case:8", None), (f"flow:observe:{NATIONAL}", "flood")):
            await flows.hold(
                unit.conn,
                scope,
                reason="Nguyễn Văn Mẫu",
                code=None,
                actor="x",
                at=w.clock.now(),
                guard=guard,
            )
    seen = await scraped(w)
    assert value(seen, "phanhoi_holds", what="case", system="", guard="") == 2
    assert value(seen, "phanhoi_holds", what="flow", system=NATIONAL, guard="flood") == 1


async def test_circuits_budgets_calls_and_the_pool_are_those_of_this_process(w: World) -> None:
    w.ctx.meter.http_call(
        CallSeen(system=NATIONAL, operation="LayHoSo", method="POST", host="x", result="503", elapsed_s=0.3)
    )
    seen = await scraped(w)
    assert value(seen, "phanhoi_circuit_state", system=NATIONAL, state="closed") == 1
    assert value(seen, "phanhoi_circuit_state", system=NATIONAL, state="open") == 0
    assert value(seen, "phanhoi_http_client_budget_places", system=NATIONAL) == 3
    assert value(seen, "phanhoi_http_client_budget_waiting", system=NATIONAL) == 0
    labels = {"system": NATIONAL, "operation": "LayHoSo", "result": "503"}
    assert value(seen, "phanhoi_http_client_duration_seconds_count", **labels) == 1
    assert value(seen, "phanhoi_database_pool_size_limit") == 8
    assert value(seen, "phanhoi_lease_held") == 1


async def test_the_database_is_read_once_however_often_and_by_however_many_it_is_asked(w: World) -> None:
    reads = 0
    async with listener(w, refresh_s=3600) as client:
        opened = w.db.reading

        def counting() -> Any:
            nonlocal reads
            reads += 1
            return opened()

        w.db.reading = counting  # type: ignore[method-assign]
        for _ in range(3):
            replies = await asyncio.gather(*(client.get("/metrics") for _ in range(5)))
            assert {reply.status_code for reply in replies} == {200}
    assert reads == 1


async def test_a_database_that_is_away_is_told_and_no_old_number_is_told_as_new(w: World) -> None:
    async with listener(w, refresh_s=0.000001) as client:
        await client.get("/metrics")

        def gone() -> Any:
            msg = "gone"
            raise DatabaseUnavailable(msg)

        w.db.reading = gone  # type: ignore[method-assign]
        seen = samples((await client.get("/metrics")).text)
    assert value(seen, "phanhoi_standing_up") == 0
    told = {name for name, _ in seen}
    assert not told & {one.name for one in STANDING} - {"phanhoi_standing_up"}
    assert value(seen, "phanhoi_lease_held") == 1


async def test_no_metric_holds_anything_that_a_sender_wrote(w: World) -> None:
    words = ("Nguyễn Văn Mẫu", "0900000000", "Quá hẹn")
    w.national.put("1", plain("1"))
    w.national.put("Nguyễn Văn Mẫu", {"id": "0900000000", "acts": "Quá hẹn"})
    for _ in range(3):
        await w.round()
    async with listener(w) as client:
        told = (await client.get("/metrics")).text
    assert 'phanhoi_quarantine_items{code="PH-' in told or "phanhoi_deliveries_done_total{" in told
    assert not [word for word in words if word in told]


async def test_the_loop_is_watched(w: World) -> None:
    watching = asyncio.create_task(watch_loop(w.ctx.meter))
    seen: Samples = {}
    while not seen.get(("phanhoi_event_loop_lag_seconds_count", ())):
        await asyncio.sleep(0.05)
        seen = await scraped(w)
    watching.cancel()


# ---- who may ask --------------------------------------------------------------------------------------------


async def test_metrics_need_the_token_if_there_is_one_and_signs_of_life_never_do(w: World) -> None:
    async with listener(w, token=SecretStr("ma-mau-0123456789")) as client:
        assert (await client.get("/metrics")).status_code == 401
        for wrong in ("Bearer ma-mau-012345678", "ma-mau-0123456789", "Bearer "):
            assert (await client.get("/metrics", headers={"authorization": wrong})).status_code == 401
        right = {"authorization": "Bearer ma-mau-0123456789"}
        assert (await client.get("/metrics", headers=right)).status_code == 200
        assert (await client.get("/healthz")).status_code == 200
        assert (await client.get("/readyz")).status_code in {200, 503}


def test_the_network_reads_no_metrics_without_a_token() -> None:
    for token in (None, SecretStr("qua-ngan-012345")):
        with pytest.raises(ExposedMetrics):
            bind(ObservabilitySettings(host="0.0.0.0", token=token), 0)  # noqa: S104  # what is refused
    assert bind(ObservabilitySettings(), None) is None
    with bind(ObservabilitySettings(), 0) or pytest.fail("off") as bound:
        with pytest.raises(UserError, match="observability 127"):
            bind(ObservabilitySettings(), bound.getsockname()[1])
        assert bound.getsockname()[0] == "127.0.0.1"


# ---- readiness ----------------------------------------------------------------------------------------------


async def unready(w: World, **own: Any) -> set[str]:
    """Names of the conditions that do not hold; each is said in both languages."""
    async with listener(w, **own) as client:
        reply = await client.get("/readyz")
    told = reply.json()
    assert all(one["vi"] and one["en"] for one in told["reasons"])
    bad = {one["name"] for one in told["reasons"] if not one["ok"]}
    assert (reply.status_code, told["ok"]) == ((503, False) if bad else (200, True))
    return bad


@pytest.fixture
def now(w: World) -> World:
    """The hand's clock stands where the database's does."""
    w.clock.at = datetime.now(UTC)
    return w


async def test_a_worker_in_good_order_is_ready(now: World) -> None:
    assert await unready(now) == set()


async def test_a_worker_whose_lanes_stand_still_is_not_ready_and_a_clock_has_none(now: World) -> None:
    assert await unready(now, running=False) == {"lanes"}
    assert await unready(now, running=False, parts=("clock",)) == set()


async def test_a_process_that_lost_its_lease_or_stops_is_not_ready(now: World) -> None:
    now.ctx.lease.end()
    now.ctx.stopping.set()
    assert await unready(now) == {"lease", "running"}


async def test_a_clock_far_from_the_databases_is_not_ready(now: World) -> None:
    now.clock.forward(3600)
    assert await unready(now) == {"clock"}


async def test_an_older_schema_is_not_ready(now: World) -> None:
    await now.sql("UPDATE schema_version SET version_num = '0001_pre'")
    assert await unready(now) == {"schema"}


@pytest.mark.parametrize("scope", [restorations.SCOPE, checkpoints.SCOPE])
async def test_a_log_that_does_not_continue_is_not_ready(now: World, scope: str) -> None:
    async with now.db.unit() as unit:
        await flows.hold(unit.conn, scope, reason="r", code="PH-501", actor="x", at=now.clock.now())
    assert await unready(now) == {"log"}


async def test_without_the_database_it_is_alive_and_not_ready(now: World) -> None:
    def gone() -> Any:
        msg = "gone"
        raise DatabaseUnavailable(msg)

    now.db.reading = gone  # type: ignore[method-assign]
    assert await unready(now) == {"database"}
    async with listener(now) as client:
        assert (await client.get("/healthz")).status_code == 200


# ---- jobs ---------------------------------------------------------------------------------------------------


async def test_jobs_are_timed_by_flow_and_one_that_fails_fails_all_the_same(w: World) -> None:
    queue = Queue(w.db.url, WorkSettings(lanes=1, **QUICK), w.ctx.settings.systems, meter=w.ctx.meter)
    tried = 0

    @queue.app.task(name="observe")
    async def observe(system: str) -> None:
        nonlocal tried
        tried += 1
        if system == GOVERNMENT:
            raise ValueError(system)

    w.db.defer_with(queue.defer)
    engine = Engine(w, queue)
    async with queue.opened(), engine.working():
        await engine.defer(Wake(flow="observe", system=NATIONAL), Wake(flow="observe", system=GOVERNMENT))

        async def done() -> bool:
            return tried == 2 and await engine.jobs() == []

        await until(done)
        assert queue.running
    assert not queue.running
    seen = await scraped(w)
    timed = "phanhoi_job_duration_seconds_count"
    assert value(seen, timed, flow="observe", system=NATIONAL, result="ok") == 1
    assert value(seen, timed, flow="observe", system=GOVERNMENT, result="failed") == 1


# ---- servers ------------------------------------------------------------------------------------------------


async def test_requests_are_timed_by_the_pattern_of_their_route_and_never_by_their_path(w: World) -> None:
    gateway = build_gateway(w.ctx)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(gateway), base_url="http://gateway") as client:
        await client.get("/tai-tep/bi-mat-cua-duong-dan")
        await client.get("/Nguyễn-Văn-Mẫu")
    async with listener(w) as client:
        told = (await client.get("/metrics")).text
    seen = samples(told)
    timed = "phanhoi_web_request_duration_seconds_count"
    labels = {"server": "gateway", "method": "GET", "status": "404"}
    assert value(seen, timed, route="/tai-tep/{token}", **labels) == 1
    assert value(seen, timed, route="unknown", **labels) == 1
    assert "bi-mat" not in told
    assert "M%E1" not in told
