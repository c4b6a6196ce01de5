"""A real portal client on its twin, the shipped mappings, a real database; the register's side is put in by hand."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from connector.case import REGISTER, Act, ActKind
from connector.clock import SystemClock
from connector.ledger.chain import GENESIS
from connector.ledger.verify import verify
from connector.mapping import MappingSet, Policy
from connector.sections.canary import CanarySettings
from connector.sections.systems import SystemSettings
from connector.sections.work import WorkSettings
from connector.settings import Settings
from connector.store import cases, contracts, deliveries, flows, ledger, links
from connector.store.contracts import Check, Drift
from connector.store.database import Database
from connector.store.deliveries import Delivery
from connector.store.masters import Vault
from connector.sync.canary import check
from connector.sync.context import Context
from connector.sync.deliver import deliver
from connector.sync.observe import observe
from connector.sync.settle import settle
from connector.system import System
from connector.testing import ScriptedSystem
from tests.integration.core_world import KEYS

ROOT = Path(__file__).parents[2] / "mappings"
AGENCY = "000.00.00.H56"
NEIGHBOUR = "000.00.77.H56"


@dataclass(kw_only=True)
class Watch:
    """The core between one portal and a scripted register."""

    ctx: Context
    portal: str

    async def look(self) -> Check:
        return await check(self.ctx, self.portal)

    async def observe(self) -> None:
        await observe(self.ctx, self.portal)

    async def deliver(self) -> None:
        await deliver(self.ctx, self.portal, 0)

    async def planned(self, ref: str, *kinds: ActKind, **details: str) -> int:
        """The register knows the portal's case, and its officials have done these acts; the writes are planned."""
        db, now = self.ctx.db, self.ctx.clock.now()
        async with db.unit() as unit:
            row = await cases.by_ref(unit.conn, self.portal, ref)
            assert row is not None
            told = row.link(self.portal)
            assert told is not None
            assert told.state is not None
            acts = [
                Act(
                    id=f"register:{ref}{n}",
                    kind=kind,
                    at=now + timedelta(seconds=n),
                    agency=AGENCY,
                    officer="cb-mau-01",
                    text="Chuyển đúng thẩm quyền.",
                    details=details,
                )
                for n, kind in enumerate(kinds)
            ]
            here = replace(
                told.state,
                system=REGISTER,
                ref=f"9{ref}",
                code=f"{AGENCY}-261118-{int(ref) % 100000:05d}",
                acts=(*told.state.acts, *acts),
            )
            await links.save_state(unit.conn, row.id, here, None, asked_at=None, now=now)
            await cases.mark_dirty(unit.conn, [row.id], now)
        await settle(self.ctx, 0)
        return row.id

    async def writes(self, case_id: int | None = None) -> list[Delivery]:
        async with self.ctx.db.reading() as conn:
            rows = await (await conn.execute("SELECT id, case_id FROM delivery ORDER BY id")).fetchall()
            found = [await deliveries.get(conn, row["id"]) for row in rows]
        return [one for one in found if one and one.target == self.portal and case_id in (None, one.case_id)]

    async def drifts(self, state: str = "open") -> list[Drift]:
        async with self.ctx.db.reading() as conn:
            return await contracts.drifts(conn, self.portal, state=state)

    async def held(self) -> set[str]:
        async with self.ctx.db.reading() as conn:
            return {one.scope for one in await flows.pauses(conn)}

    async def kinds(self) -> list[str]:
        async with self.ctx.db.reading() as conn:
            told = [one async for one in ledger.entries(conn)]
        verify(told, GENESIS).demand()
        return [str(one.kind) for one in told]

    async def stored(self) -> str:
        """Everything that the canary has written down."""
        async with self.ctx.db.reading() as conn:
            rows: list[Any] = []
            for table in ("contract_version", "contract_look", "contract_check", "contract_drift"):
                rows += await (
                    await conn.execute(f"SELECT t::text AS t FROM {table} AS t".encode())  # noqa: S608
                ).fetchall()
        return "\n".join(row["t"] for row in rows)


@asynccontextmanager
async def watching(url: str, portal: System, **canary: Any) -> AsyncIterator[Watch]:
    """A watch on a migrated database."""
    clock = SystemClock()
    names = (REGISTER, portal.name)
    settings = Settings(
        work=WorkSettings(lanes=1, settling_s=0, backoff_first_s=0.01),
        systems={name: SystemSettings() for name in names},
        canary=CanarySettings(**canary),
    )
    register = ScriptedSystem(REGISTER)
    db = Database(url, clock=clock, actor="test/1", size=6, vault=Vault(lambda: KEYS))
    await db.open()
    try:
        yield Watch(
            ctx=Context(
                settings=settings,
                clock=clock,
                db=db,
                systems={REGISTER: register, portal.name: portal},
                mappings=await asyncio.to_thread(MappingSet.load, ROOT),
                policy=await asyncio.to_thread(Policy.load, ROOT / "policy.toml"),
                file_base="http://127.0.0.1:1",
            ),
            portal=portal.name,
        )
    finally:
        await db.close()
