"""Three scripted systems that speak one plain shape, and the core between them on a real database."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any

from structlog.testing import capture_logs
from structlog.typing import EventDict

from connector.case import REGISTER
from connector.ledger.chain import GENESIS
from connector.ledger.entry import Entry
from connector.ledger.verify import verify
from connector.sealing import MasterKeys
from connector.sections.systems import SystemSettings
from connector.sections.work import WorkSettings
from connector.settings import Settings
from connector.store import cases, deliveries, ledger, observations, quarantine
from connector.store.cases import CaseRow
from connector.store.database import Database
from connector.store.deliveries import Delivery
from connector.store.masters import Vault
from connector.store.quarantine import Item
from connector.sync.context import Context
from connector.sync.deliver import deliver
from connector.sync.keep import Tally
from connector.sync.observe import observe, refresh
from connector.sync.settle import settle
from connector.system import Operation, Record
from connector.testing import HandClock, ScriptedSystem
from tests.integration.core_mapping import GOVERNMENT, NATIONAL, POLICY, SYSTEMS, act, plain, write_mappings

KEYS = MasterKeys({"mẫu": bytes(range(32))})
"""The world's master key."""


@dataclass(kw_only=True)
class Habits:
    """How a system treats what it takes: the register keeps our act ids, a portal numbers its own and may echo."""

    keeps_ids: bool
    echoes: bool = True
    codes: bool = False

    def __call__(self, system: ScriptedSystem, operation: Operation) -> str:
        """The effect of a write on the records."""
        ref = operation.key.ref or system.new_ref()
        data = system.data(ref) or {"id": ref, "acts": []}
        fields = dict(operation.fields)
        told = [fields.pop("act")] if "act" in fields else fields.pop("acts", [])
        data["acts"] = [*data["acts"], *(self._own(system, ref, one, operation) for one in told)]
        if self.codes and not (data.get("code") or fields.get("code")):
            fields["code"] = f"000.00.00.H56-261118-{len(system.refs):05d}"
        system.put(ref, {**data, **fields})
        return ref

    def _own(
        self, system: ScriptedSystem, ref: str, told: dict[str, Any], operation: Operation
    ) -> dict[str, Any]:
        if self.keeps_ids:
            return told
        number = len((system.data(ref) or {"acts": []})["acts"]) + 1
        echo = str(operation.key.id) if self.echoes else None
        return {**told, "id": f"{system.name}:{ref}.{number}", "echo": echo}


@dataclass(kw_only=True)
class World:
    """The core, its database and the three systems. One lane, so that nothing depends on numbers."""

    ctx: Context
    clock: HandClock
    register: ScriptedSystem
    national: ScriptedSystem
    government: ScriptedSystem
    mappings: Path
    logs: list[EventDict]
    habits: dict[str, Habits] = field(default_factory=dict)

    @property
    def db(self) -> Database:
        return self.ctx.db

    async def observe(self, *names: str) -> list[Tally]:
        return [await observe(self.ctx, name) for name in names or SYSTEMS]

    async def refresh(self, name: str = NATIONAL) -> Tally:
        return await refresh(self.ctx, name)

    async def settle(self) -> None:
        await settle(self.ctx, 0)

    async def deliver(self, *names: str) -> None:
        for name in names or SYSTEMS:
            await deliver(self.ctx, name, 0)

    async def round(self) -> None:
        """Observe, settle and deliver once everywhere, read back, and let a little time pass."""
        await self.observe()
        await self.settle()
        await self.deliver()
        self.clock.forward(1)
        for name in SYSTEMS:
            await self.refresh(name)
        await self.settle()

    async def rest(self, rounds: int = 6) -> None:
        """So many rounds, each a while after the last."""
        for _ in range(rounds):
            await self.round()
            self.clock.forward(60)

    def with_mappings(self, acts: Iterable[str]) -> None:
        """Correct the mapping files and read them again."""
        self.ctx = replace(self.ctx, mappings=write_mappings(self.mappings, acts=acts))

    # ---- what is there --------------------------------------------------------------------------------------

    async def sql(self, text: str, *values: object) -> list[dict[str, Any]]:
        async with self.db.unit() as unit:
            cursor = await unit.conn.execute(text.encode(), values)
            return await cursor.fetchall() if cursor.description else []

    async def case(self, system: str, ref: str) -> CaseRow:
        async with self.db.reading() as conn:
            found = await cases.by_ref(conn, system, ref)
        assert found is not None, f"{system} knows no {ref}"
        return found

    async def writes(self, case_id: int | None = None) -> list[Delivery]:
        rows = await self.sql(
            "SELECT id FROM delivery WHERE case_id = coalesce(%s, case_id) ORDER BY id", case_id
        )
        async with self.db.reading() as conn:
            found = [await deliveries.get(conn, row["id"]) for row in rows]
        return [one for one in found if one is not None]

    async def write(self, **facts: Any) -> Delivery:
        """The one delivery with these values."""
        found = [one for one in await self.writes() if all(getattr(one, k) == v for k, v in facts.items())]
        assert len(found) == 1, f"{len(found)} deliveries with {facts}"
        return found[0]

    async def observations(self) -> list[Record]:
        """All that can be read of what the systems said, in order."""
        async with self.db.reading() as conn:
            rows = await (await conn.execute("SELECT id FROM observation ORDER BY id")).fetchall()
            found = [await observations.load(conn, row["id"]) for row in rows]
        return [one for one in found if one is not None]

    async def held(self) -> list[Item]:
        """Open quarantine items."""
        async with self.db.reading() as conn:
            return await quarantine.listed(conn)

    async def entries(self) -> list[Entry]:
        async with self.db.reading() as conn:
            return [one async for one in ledger.entries(conn)]

    async def kinds(self) -> list[str]:
        """Kinds of all ledger entries, in order; the chain is checked on the way."""
        told = await self.entries()
        verify(told, GENESIS).demand()
        return [one.kind for one in told]


async def planned(w: World, *kinds: str, ref: str = "1") -> int:
    """A case of the portal on which the register's officials acted; the writes are planned. Returns its number."""
    w.national.put(ref, plain(ref))
    await w.observe(NATIONAL)
    await w.settle()
    await w.deliver(REGISTER)
    here = next(one for one in w.register.refs if (w.register.data(one) or {})["origin_ref"] == ref)
    own = [act(f"register:{here}{n}", kind, n) for n, kind in enumerate(kinds)]
    w.register.put(here, {**(w.register.data(here) or {}), "acts": own})
    await w.observe(REGISTER)
    await w.settle()
    return (await w.case(NATIONAL, ref)).id


async def sent_acts(w: World, case_id: int | None = None) -> list[str]:
    """States of the writes to the portal, in order."""
    return [one.state for one in await w.writes(case_id) if one.target == NATIONAL]


@asynccontextmanager
async def world(
    url: str,
    folder: Path,
    *,
    speaker: type[ScriptedSystem] = ScriptedSystem,
    store: type[Database] = Database,
    **work: Any,
) -> AsyncIterator[World]:
    """A world on a migrated database; ``work`` are work settings.

    ``speaker`` and ``store`` stand in for the systems and the database where a test wants them to misbehave.
    """
    settings = Settings(
        work=WorkSettings(**{"lanes": 1, **work}), systems={name: SystemSettings() for name in SYSTEMS}
    )
    clock = HandClock()
    habits = {
        REGISTER: Habits(keeps_ids=True, codes=True),
        NATIONAL: Habits(keeps_ids=False),
        GOVERNMENT: Habits(keeps_ids=False),
    }
    systems = {name: speaker(name, effect=habits[name]) for name in SYSTEMS}
    for name in (NATIONAL, GOVERNMENT):
        systems[name].can(refresh=True)
    db = store(url, clock=clock, actor="test/1", size=8, vault=Vault(lambda: KEYS))
    await db.open()
    ctx = Context(
        settings=settings,
        clock=clock,
        db=db,
        systems=dict(systems),
        mappings=await asyncio.to_thread(write_mappings, folder),
        policy=POLICY,
        dice=Random(7),
    )
    with capture_logs() as logs:
        try:
            yield World(
                ctx=ctx,
                clock=clock,
                register=systems[REGISTER],
                national=systems[NATIONAL],
                government=systems[GOVERNMENT],
                mappings=folder,
                logs=logs,
                habits=habits,
            )
        finally:
            await db.close()
    for secret in ("Nguyễn Văn Mẫu", "Chậm trả", "Quá hẹn"):
        assert secret not in repr(logs), "no log line holds what a sender wrote"
