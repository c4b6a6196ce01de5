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

from connector.case import REGISTER, ActKind, Nature, SenderKind
from connector.ledger.chain import GENESIS
from connector.ledger.entry import Entry
from connector.ledger.verify import verify
from connector.mapping import MappingSet
from connector.mapping.policy import Policy, RouteRule
from connector.settings import Settings, SystemSettings, WorkSettings
from connector.store import cases, deliveries, ledger, quarantine
from connector.store.cases import CaseRow
from connector.store.database import Database
from connector.store.deliveries import Delivery
from connector.store.quarantine import Item
from connector.sync.context import Context
from connector.sync.deliver import deliver
from connector.sync.observe import Tally, observe, refresh
from connector.sync.settle import settle
from connector.system import Operation
from connector.testing import HandClock, ScriptedSystem

NATIONAL, GOVERNMENT = "national_portal", "government_portal"
SYSTEMS = (REGISTER, NATIONAL, GOVERNMENT)
CODE = "000.00.00.H56-261118-00057"

MAPPING = """
system = "{name}"
name_vi = "Hệ thống mẫu"
contract = "plain"

[lists]
acts = {{ file = "acts.csv", of = "act" }}
privacy = {{ file = "privacy.csv", of = "privacy" }}
roles = {{ file = "roles.csv", of = "role" }}

[read.case]
ref = {{ from = "id", required = true }}
code = {{ from = "code" }}
[read.case.origin]
system = {{ from = "origin_system" }}
ref = {{ from = ["origin_ref", "id"] }}
[read.case.header]
title = {{ from = "title", required = true }}
content = {{ from = "content", required = true }}
nature = {{ value = "conduct" }}
channel = {{ value = "zalo" }}
sender_kind = {{ value = "citizen" }}
submitted_at = {{ from = "submitted_at", as = "instant", required = true }}
agency = {{ value = "000.00.00.H56" }}
privacy = {{ from = "privacy", list = "privacy", required = true }}
[read.case.header.sender]
name = {{ from = "sender" }}
[[read.case.acts]]
each = "acts"
id = {{ from = "id", required = true }}
kind = {{ from = "kind", list = "acts", required = true }}
at = {{ from = "at", as = "instant", required = true }}
text = {{ from = "text" }}
echo = {{ from = "echo" }}
attachments = {{ each = "files", item = {{ from = "." }} }}
[[read.case.attachments]]
each = "files"
id = {{ from = "id", required = true }}
role = {{ from = "role", list = "roles", required = true }}
file_name = {{ from = "file_name", required = true }}
sha256 = {{ from = "sha256" }}

[read.event]
ref = {{ from = "id", required = true }}
[[read.event.acts]]
each = "acts"
id = {{ from = "id", required = true }}
kind = {{ from = "kind", list = "acts", required = true }}
at = {{ from = "at", as = "instant", required = true }}

[shape.act]
id = {{ from = "id", required = true }}
kind = {{ from = "kind", list = "acts", required = true }}
at = {{ from = "at", as = "iso", required = true }}
text = {{ from = "text" }}

[[write]]
operation = "create"
on = "create"
files = "send"
[write.fields]
code = {{ from = "case.code" }}
origin_system = {{ from = "case.origin.system" }}
origin_ref = {{ from = "case.origin.ref" }}
title = {{ from = "header.title", required = true }}
content = {{ from = "header.content", required = true }}
privacy = {{ from = "header.privacy", list = "privacy" }}
sender = {{ from = "header.sender.name" }}
submitted_at = {{ from = "header.submitted_at", as = "iso", required = true }}
acts = {{ each = "case.acts", shape = "act" }}

[[write]]
operation = "update"
on = "update"
files = "send"
[write.fields]
title = {{ from = "header.title", required = true }}
content = {{ from = "header.content", required = true }}

[[write]]
operation = "tighten"
on = "tighten"
files = "leave"
[write.fields]
privacy = {{ from = "header.privacy", list = "privacy" }}

[[write]]
operation = "append"
on = "append"
acts = {takes}
files = "send"
[write.fields]
act = {{ from = "act", shape = "act" }}
"""

TAKES = {
    REGISTER: ["supplemented", "returned_for_rework", "recalled", "published", "rated"],
    NATIONAL: ["accepted", "assigned", "progress", "answered", "closed"],
    GOVERNMENT: ["accepted", "assigned", "progress", "answered", "closed"],
}
ACTS = [kind.value for kind in ActKind]


def write_mappings(root: Path, *, acts: Iterable[str] = tuple(ACTS)) -> MappingSet:
    """Write and read the plain mapping for all three; ``acts`` are the codes that the lists know."""
    head = "code,canonical,verified,label_vi,note\n"
    (root / "agencies.csv").write_text(
        "canonical,qcvn,qd20,name_vi,level,valid_from,valid_to,successor,role,note\n"
        "000.00.00.H56,000.00.00.H56,H56,Tỉnh mẫu,province,,,,ubnd_tinh,\n",
        encoding="utf-8",
    )
    (root / "fields.csv").write_text(head, encoding="utf-8")
    lists = {"acts": acts, "privacy": ("open", "private", "restricted"), "roles": ("question", "answer")}
    for name in SYSTEMS:
        folder = root / name
        folder.mkdir(exist_ok=True)
        takes = str(TAKES[name]).replace("'", '"')
        (folder / "mapping.toml").write_text(MAPPING.format(name=name, takes=takes), encoding="utf-8")
        for file, codes in lists.items():
            rows = "".join(f"{code},{code},true,{code},\n" for code in codes)
            (folder / f"{file}.csv").write_text(head + rows, encoding="utf-8")
    return MappingSet.load(root)


POLICY = Policy(
    routes=(
        RouteRule(
            target=NATIONAL,
            natures=frozenset({Nature.CONDUCT}),
            senders=frozenset({SenderKind.CITIZEN}),
            after=ActKind.ACCEPTED,
            reason="go.national_portal",
        ),
    )
)


def act(name: str, kind: str, minute: int = 0, text: str | None = None, **more: Any) -> dict[str, Any]:
    """One act of the plain shape, at a minute after nine."""
    at = f"2026-11-17T{9 + minute // 60:02d}:{minute % 60:02d}:00+07:00"
    return {"id": name, "kind": kind, "at": at, "text": text, **more}


def plain(ref: str, **changes: Any) -> dict[str, Any]:
    """A case of the plain shape."""
    body = {
        "id": ref,
        "title": "Chậm trả kết quả hồ sơ",
        "content": "Quá hẹn ba ngày vẫn chưa nhận được kết quả.",
        "privacy": "open",
        "sender": "Nguyễn Văn Mẫu",
        "submitted_at": "2026-11-17T08:00:00+07:00",
        "acts": [],
    }
    return {**body, **changes}


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
        if self.codes and not data.get("code"):
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


@asynccontextmanager
async def world(url: str, folder: Path, **work: Any) -> AsyncIterator[World]:
    """A world on a migrated database; ``work`` are work settings."""
    settings = Settings(
        work=WorkSettings(**{"lanes": 1, **work}), systems={name: SystemSettings() for name in SYSTEMS}
    )
    clock = HandClock()
    habits = {
        REGISTER: Habits(keeps_ids=True, codes=True),
        NATIONAL: Habits(keeps_ids=False),
        GOVERNMENT: Habits(keeps_ids=False),
    }
    systems = {name: ScriptedSystem(name, effect=habits[name]) for name in SYSTEMS}
    for name in (NATIONAL, GOVERNMENT):
        systems[name].can(refresh=True)
    db = Database(url, clock=clock, actor="test/1", size=8)
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
