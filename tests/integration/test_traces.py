"""Traces: one case is one trace over systems and processes, nothing personal is in it, and switched off it costs nothing."""

import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode
from pydantic import SecretStr

from connector.app import wired
from connector.case import REGISTER
from connector.errors import InDoubt, SettingsError, Transient
from connector.ledger.entry import EntryKind
from connector.sealing import new_master_line
from connector.sections.ledger import LedgerSettings
from connector.sections.observability import ObservabilitySettings
from connector.sections.privacy import PrivacySettings
from connector.settings import Settings
from connector.telemetry.spans import ALLOWED, Traced, allowed, trace_of
from connector.telemetry.tracer import Untraced
from connector.transport import CallSeen
from connector.transport.otlp import tracer
from tests.integration.core_mapping import NATIONAL, plain
from tests.integration.core_world import World, planned, world
from tests.trace_receiver import receiver

HERE = "phananh.tinh-mau.example/log"


class Watched:
    """A world whose processes trace into one memory, as they would into one receiver."""

    def __init__(self, w: World) -> None:
        self.w = w
        self.memory = InMemorySpanExporter()
        self.tracers: list[Traced] = []

    def process(self, *, installation: str = HERE, share: float = 1) -> None:
        """From now on another process does the work."""
        one = Traced(
            SimpleSpanProcessor(self.memory),
            installation=installation,
            node=f"node-{len(self.tracers) + 1}",
            version="1",
            share=share,
        )
        self.tracers.append(one)
        self.w.ctx = replace(self.w.ctx, tracer=one)
        self.w.db._witness = one.committed

    def spans(self) -> list[ReadableSpan]:
        return list(self.memory.get_finished_spans())

    def of_case(self, case_id: int) -> list[ReadableSpan]:
        """In the order in which they began."""
        wanted = trace_of(HERE, case_id)
        found = [one for one in self.spans() if one.context.trace_id == wanted]
        return sorted(found, key=lambda one: one.start_time or 0)


@pytest.fixture
async def seen(migrated_url: str, tmp_path: Path) -> AsyncIterator[Watched]:
    async with world(migrated_url, tmp_path) as made:
        watched = Watched(made)
        watched.process()
        yield watched
        for one in watched.tracers:
            one.close()


async def test_one_case_is_one_trace_over_all_systems_and_processes(seen: Watched) -> None:
    case_id = await planned(seen.w, "progress")
    seen.process()
    await seen.w.deliver(NATIONAL)
    spans = seen.of_case(case_id)
    assert {one.context.trace_id for one in spans} == {trace_of(HERE, case_id)}
    assert {one.name for one in spans} == {"observe", "settle", "deliver", "record"}
    assert {one.attributes["system"] for one in spans if one.name == "deliver"} == {REGISTER, NATIONAL}
    assert {one.resource.attributes["service.instance.id"] for one in spans} == {"node-1", "node-2"}
    steps = [one.name for one in spans]
    assert steps.index("observe") < steps.index("settle") < steps.index("deliver")


async def test_what_an_attempt_did_lies_within_it_with_its_end(seen: Watched) -> None:
    case_id = await planned(seen.w, "progress")
    seen.w.national.fail(InDoubt("lost"))
    await seen.w.deliver(NATIONAL)
    *_, attempt = [one for one in seen.of_case(case_id) if one.name == "deliver"]
    inside = [one for one in seen.spans() if one.parent and one.parent.span_id == attempt.context.span_id]
    assert [one.attributes["kinds"] for one in inside] == ["sent", "in_doubt"]
    assert (attempt.attributes["outcome"], attempt.attributes["code"]) == ("in_doubt", InDoubt.code)
    assert attempt.status.status_code is StatusCode.ERROR
    assert attempt.attributes["attempt"] == 1
    for one in inside:
        assert attempt.start_time <= one.start_time <= one.end_time <= attempt.end_time


async def test_calls_lie_within_the_attempt_that_made_them(seen: Watched) -> None:
    case_id = await planned(seen.w, "progress")
    tracing, apply = seen.tracers[0], seen.w.national.apply

    async def calling(operation: Any) -> Any:
        tracing.http_call(
            CallSeen(system=NATIONAL, operation="tien_do", method="POST", host="x", result="200", elapsed_s=0)
        )
        return await apply(operation)

    seen.w.national.apply = calling  # type: ignore[method-assign]
    await seen.w.deliver(NATIONAL)
    (call,) = [one for one in seen.of_case(case_id) if one.name == "call"]
    (attempt,) = [
        one for one in seen.of_case(case_id) if one.name == "deliver" and one.attributes["system"] == NATIONAL
    ]
    assert call.parent is not None
    assert call.parent.span_id == attempt.context.span_id
    assert call.attributes["operation"] == "tien_do"


async def test_a_job_is_a_trace_of_its_own_to_which_its_cases_are_linked(seen: Watched) -> None:
    seen.w.national.put("1", plain("1"))
    with seen.tracers[0].job("observe", NATIONAL):
        await seen.w.observe(NATIONAL)
    (job,) = [one for one in seen.spans() if one.name == "job observe"]
    (told,) = [one for one in seen.spans() if one.name == "observe"]
    assert told.context.trace_id != job.context.trace_id
    assert [link.context.span_id for link in told.links] == [job.context.span_id]


async def test_two_installations_never_share_a_trace(seen: Watched) -> None:
    assert trace_of(HERE, 7) != trace_of("phananh.tinh-khac.example/log", 7)
    assert trace_of(HERE, 7) != trace_of(HERE, 8)
    assert trace_of(HERE, 7) == trace_of(HERE, 7) < 2**128


async def test_a_case_is_traced_wholly_or_not_at_all(seen: Watched) -> None:
    seen.process(share=0.5)
    numbers = range(40)
    for number in numbers:
        seen.w.national.put(f"m{number}", plain(f"m{number}"))
    for _ in range(2):
        await seen.w.round()
    ids = [(await seen.w.case(NATIONAL, f"m{number}")).id for number in numbers]
    counts = {case_id: {one.name for one in seen.of_case(case_id)} for case_id in ids}
    whole = [names for names in counts.values() if names]
    assert 5 < len(whole) < 35
    assert all(names >= {"observe", "settle", "deliver", "record"} for names in whole)


async def test_nothing_that_a_sender_wrote_is_in_a_trace(seen: Watched) -> None:
    words = ("Nguyễn Văn Mẫu", "Chậm trả", "Quá hẹn", "0900000000")
    await planned(seen.w, "progress", "answered")
    seen.w.national.fail(Transient("Nguyễn Văn Mẫu 0900000000"))
    seen.w.national.fail(ValueError("Nguyễn Văn Mẫu 0900000000"), on="find")

    def fails() -> None:
        with seen.tracers[0].job("observe", "0900000000 Mẫu"):
            msg = "Nguyễn Văn Mẫu 0900000000"
            raise RuntimeError(msg)

    with pytest.raises(RuntimeError):
        fails()
    for _ in range(3):
        await seen.w.round()
    assert len(seen.spans()) > 10
    told = "".join(one.to_json() for one in seen.spans())
    assert not [word for word in words if word in told]
    for one in seen.spans():
        assert set(one.attributes) <= ALLOWED
        assert not one.events, "an exception's message never is an event"
        assert one.status.description is None
        assert set(one.resource.attributes) == {"service.name", "service.version", "service.instance.id"}


def test_only_what_looks_like_a_code_is_an_attribute() -> None:
    facts = {
        "code": "PH-301",
        "case_id": 7,
        "system": "Nguyễn Văn Mẫu",
        "outcome": "a b",
        "ref": "x",
        "source": None,
    }
    assert allowed(facts) == {"code": "PH-301", "case_id": 7}


# ---- the way out --------------------------------------------------------------------------------------------


def settings(url: str | None, **more: Any) -> ObservabilitySettings:
    return ObservabilitySettings(traces_url=url, **more)


async def test_a_receiver_gets_the_spans_by_otlp(seen: Watched) -> None:
    with receiver() as (url, taken):
        given = settings(url, traces_token=SecretStr("ma-mau"))
        one = tracer(given, installation=HERE, node="node-1")
        seen.w.ctx = replace(seen.w.ctx, tracer=one)
        seen.w.db._witness = one.committed
        case_id = await planned(seen.w, "progress")
        await seen.w.deliver(NATIONAL)
        one.close()
    assert {headers["authorization"] for headers, _ in taken} == {"Bearer ma-mau"}
    spans = [
        span
        for _, body in taken
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]
    wanted = trace_of(HERE, case_id).to_bytes(16)
    assert {span.name for span in spans if span.trace_id == wanted} == {
        "observe",
        "settle",
        "deliver",
        "record",
    }


async def test_a_receiver_that_is_away_costs_no_work(seen: Watched) -> None:
    with receiver() as (url, _):
        pass
    one = tracer(settings(url), installation=HERE, node="node-1")
    seen.w.ctx = replace(seen.w.ctx, tracer=one)
    seen.w.db._witness = one.committed
    case_id = await planned(seen.w, "progress")
    await seen.w.deliver(NATIONAL)
    assert {one.state for one in await seen.w.writes(case_id)} == {"done"}


def test_without_the_extra_the_settings_are_refused_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace.export", None)
    with pytest.raises(SettingsError, match=r"phanhoi-connector\[otel\]"):
        tracer(settings("http://127.0.0.1:4318/v1/traces"), installation=HERE, node="node-1")


def test_switched_off_nothing_is_loaded_and_nothing_made() -> None:
    assert type(tracer(settings(None), installation=HERE, node="node-1")) is Untraced
    program = (
        "import sys, connector.daemon; sys.exit(any(m.startswith('opentelemetry.sdk') for m in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", program], timeout=120, check=False).returncode == 0


async def test_the_program_is_wired_to_count_and_to_trace_and_hands_over_at_its_end(
    migrated_url: str,
) -> None:
    with receiver() as (url, taken):
        given = Settings(
            observability=settings(url),
            ledger=LedgerSettings(origin=HERE),
            privacy=PrivacySettings(master_keys=SecretStr(new_master_line("mẫu"))),
        )
        async with wired(given, migrated_url, calls=False) as app:
            async with app.ctx.db.unit() as unit:
                unit.record(EntryKind.RESUMED, system=NATIONAL, case_id=7)
            counted = app.ctx.meter.exposition().decode()
    assert 'phanhoi_log_entries_total{kind="resumed",system="national_portal"} 1.0' in counted
    assert any(trace_of(HERE, 7).to_bytes(16) in body for _, body in taken)
