"""The flow against a portal's twin: observing and delivering through the core, against the adapter's calls alone."""

import asyncio
import json
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any
from uuid import uuid4

from bench.measure import Figure, per_second
from connector.app import build_systems, shipped
from connector.case import REGISTER
from connector.clock import SystemClock
from connector.mapping import MappingSet
from connector.mapping.policy import Policy
from connector.settings import Settings, SystemSettings
from connector.store import cases, deliveries
from connector.store.database import Database
from connector.sync.context import Context
from connector.sync.deliver import deliver
from connector.sync.observe import Tally, keep, observe
from connector.sync.settle import settle
from connector.system import Key, Operation, Record, System
from connector.testing import ScriptedSystem
from connector.transport import HttpClient, TransportSettings

NATIONAL = "national_portal"
AGENCY = "000.00.00.H56"
PARALLEL = 8


async def flow(url: str, twin: dict[str, str], password: str, count: int) -> list[Figure]:
    """Observe ``count`` cases and accept them, through the core; the same calls by the adapter alone."""
    async with AsyncExitStack() as stack:
        ctx, client = await _context(stack, url, twin["url"], password)
        first = await _born(stack, twin["control_url"], count)
        second = await _born(stack, twin["control_url"], count)
        reading = await per_second(count, lambda: _each(second, client.fetch))
        observing = await per_second(2 * count, lambda: observe(ctx, NATIONAL))
        writing = await per_second(count, lambda: _each(second, lambda ref: client.apply(_accept(ref))))
        await _register_accepts(ctx, first)
        settling = await per_second(count, lambda: settle(ctx, 0))
        rereading = await per_second(count, lambda: _rows(ctx))
        delivering = await per_second(count, lambda: deliver(ctx, NATIONAL, 0))
        async with ctx.db.reading() as conn:
            done = (await deliveries.counts(conn)).get(NATIONAL, {}).get("done", 0)
        if done != count:
            msg = f"{done} of {count} writes were delivered: the figures would mean nothing"
            raise RuntimeError(msg)
    return [
        Figure(
            name="observe",
            unit="cases",
            ours_per_s=observing,
            baseline="fetch of the same",
            baseline_per_s=reading,
        ),
        Figure(
            name="deliver",
            unit="writes",
            ours_per_s=delivering,
            baseline="the adapter's call",
            baseline_per_s=writing,
        ),
        Figure(
            name="settle",
            unit="cases",
            ours_per_s=settling,
            baseline="reading its rows",
            baseline_per_s=rereading,
        ),
    ]


async def _context(stack: AsyncExitStack, url: str, portal: str, password: str) -> tuple[Context, System]:
    clock = SystemClock()
    adapter = {"adapter_base": portal, "madonvi": AGENCY, "username": AGENCY, "password": password}
    settings = Settings(
        systems={NATIONAL: SystemSettings(adapter=adapter), REGISTER: SystemSettings(enabled=False)},
    ).model_copy(
        update={
            "work": Settings().work.model_copy(update={"lanes": 1, "slice_cases": 10_000, "slice_s": 600})
        }
    )
    systems, clients = build_systems(settings, clock)
    stack.push_async_callback(clients[NATIONAL].aclose)
    db = Database(url, clock=clock, actor="bench", size=PARALLEL + 2)
    await db.open()
    stack.push_async_callback(db.close)
    root = shipped("mappings")
    ctx = Context(
        settings=settings,
        clock=clock,
        db=db,
        systems={**systems, REGISTER: ScriptedSystem(REGISTER)},
        mappings=MappingSet.load(root),
        policy=Policy.load(root / "policy.toml"),
    )
    return ctx, systems[NATIONAL]


async def _each(refs: list[str], work: Any) -> None:
    gate = asyncio.Semaphore(PARALLEL)

    async def one(ref: str) -> None:
        async with gate:
            await work(ref)

    await asyncio.gather(*(one(ref) for ref in refs))


def _accept(ref: str) -> Operation:
    fields = {"NgayTiepNhan": SystemClock().now() + timedelta(seconds=1), "NguoiTiepNhan": "cb-mau-01"}
    return Operation(key=Key(id=uuid4(), operation="tiep_nhan", ref=ref), fields=fields)


async def _born(stack: AsyncExitStack, control: str, count: int) -> list[str]:
    """Citizens enter cases at the twin."""
    http = HttpClient("bench", TransportSettings(), SystemClock())
    stack.push_async_callback(http.aclose)
    refs: list[str] = []
    for number in range(count):
        body = {
            "title": f"Chậm trả kết quả hồ sơ số {number}",
            "content": "Quá hẹn ba ngày vẫn chưa nhận được kết quả.",
            "kind": "1",
            "agency": AGENCY,
            "submitter_type": "1",
            "sender": {
                "name": "Nguyễn Văn Mẫu",
                "phone": "0900000000",
                "address": "Xã Mẫu",
                "email": "mau@example.com",
            },
            "anonymous": True,
            "private": False,
        }
        reply = await http.request(
            "POST",
            f"{control}/control/cases",
            safe=False,
            content=json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        refs.append(str(json.loads(reply.content)["id"]))
    return refs


async def _register_accepts(ctx: Context, refs: list[str]) -> None:
    """The register tells that it holds these cases and that an official accepted them."""
    now = SystemClock().now() + timedelta(seconds=1)
    for number, ref in enumerate(refs, start=1):
        data = {
            "id": str(number), "code": f"{AGENCY}-261118-{number:05d}", "state": "DANG_XU_LY", "channel": "dvcqg",
            "origin_system": NATIONAL, "origin_ref": ref, "nature": "hanh_vi_cong_vu", "agency": AGENCY,
            "title": f"Chậm trả kết quả hồ sơ số {number - 1}", "content": "Quá hẹn ba ngày vẫn chưa nhận được kết quả.",
            "sender": {"kind": "ca_nhan", "anonymous": True}, "private": False, "restricted": False,
            "submitted_at": now.isoformat(), "version": str(number), "attachments": [],
            "acts": [
                {"id": f"register:{number}", "kind": "accepted", "at": now.isoformat(), "agency": AGENCY,
                 "officer": "cb-mau-01", "details": {}, "attachments": []}
            ],
        }  # fmt: skip
        record = Record(
            system=REGISTER, ref=str(number), data=data, raw=json.dumps(data).encode(), version=str(number)
        )
        await keep(ctx, record, Tally())


async def _rows(ctx: Context) -> None:
    """What settling must at least read: the case and its links."""
    async with ctx.db.reading() as conn:
        found = await cases.listed(conn, most=10_000)
    for row in found:
        async with ctx.db.reading() as conn:
            await cases.get(conn, row.id)
