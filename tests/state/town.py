"""The world of the state machine: officials, citizens, faults and processes, each one a plain method.

Regression tests tell their story in these methods; the machine calls them in any order.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any

from connector.case import REGISTER
from connector.errors import NotFoundError
from connector.ledger.chain import GENESIS
from connector.ledger.verify import verify
from connector.mapping import MappingSet
from connector.merge import digests
from connector.services import control
from connector.store import flows
from connector.store.database import Connection, Wake
from connector.store.deliveries import OPEN
from connector.sync.context import Context
from connector.sync.deliver import deliver
from connector.sync.observe import observe, refresh
from connector.sync.settle import settle
from connector.sync.sweep import sweep
from tests.integration.core_mapping import (
    ACTS,
    CODE,
    GOVERNMENT,
    NATIONAL,
    SYSTEMS,
    act,
    plain,
    write_mappings,
)
from tests.integration.core_world import World, world
from tests.state.oracle import OUTWARD, Oracle, is_private, is_secret
from tests.state.stepping import HERE, Killed, Process, SteppedDatabase
from tests.state.systems import OddSystem, Portal

PERSON = "canbo.mau"
LOST_KIND = "supplemented"
"""The act that the mapping forgets for a while."""

Flow = Callable[[Context], Awaitable[object]]


def flow(name: str, system: str) -> Flow:
    """One of the flows as the engine runs it."""
    flows_of: dict[str, Flow] = {
        "observe": lambda ctx: observe(ctx, system),
        "refresh": lambda ctx: refresh(ctx, system),
        "settle": lambda ctx: settle(ctx, 0),
        "deliver": lambda ctx: deliver(ctx, system, 0),
        "sweep": sweep,
    }
    return flows_of[name]


@dataclass(kw_only=True)
class Town:
    """Three odd systems, the core between them, and everything that may happen to them."""

    w: World
    oracle: Oracle
    minute: int = 0
    born: int = 0
    processes: int = 0
    steps: int = 0
    deaths: int = 0
    woken: set[Wake] = field(default_factory=set)

    @property
    def systems(self) -> dict[str, OddSystem]:
        return dict(self.oracle.systems)

    # ---- people ---------------------------------------------------------------------------------------------

    def birth(self, system: str, nature: str = "conduct", **more: Any) -> str:
        """A citizen writes to a system. Returns the reference."""
        self.born += 1
        ref = str(self.born)
        data = {**plain(ref), "title": f"Hồ sơ số {self.born}", "nature": nature, **more}
        if system == REGISTER:
            data["code"] = f"{CODE[:-5]}{90000 + self.born}"
        self.systems[system].put(ref, data)
        return ref

    def act(self, system: str, pick: int, kind: str, text: str = "Đã xử lý") -> None:
        """Somebody acts on a case where he works."""
        ref = self._pick(system, pick)
        if ref is None:
            return
        self.minute += 1
        one = act(f"{system}:{ref}.r{self.minute}", kind, self.minute, f"{text} {self.minute}")
        data = self.systems[system].data(ref) or {}
        marks = {"made_private": {"privacy": "private"}}.get(kind, {})
        if RANK[data["privacy"]] > 0:
            marks = {}
        self.systems[system].put(ref, {**data, **marks, "acts": [*data["acts"], one]})

    def edit(self, system: str, pick: int, name: str, value: str) -> None:
        """The sender's side corrects what it entered; nobody else may."""
        ref = self._pick(system, pick)
        data = self.systems[system].data(ref) if ref else None
        if ref and data and data.get("origin_system") in (None, system):
            self.systems[system].put(ref, {**data, name: value})

    def hide(self, system: str, pick: int, mark: str = "private") -> None:
        """Somebody marks a case as private (anywhere) or restricted (in the register)."""
        ref = self._pick(system, pick)
        data = self.systems[system].data(ref) if ref else None
        if ref and data and RANK[data["privacy"]] < RANK[mark]:
            self.systems[system].put(ref, {**data, "privacy": mark})

    def odd(self, system: str, pick: int, how: str) -> None:
        """The next telling of a case is odd."""
        ref, one = self._pick(system, pick), self.systems[system]
        if ref is None:
            return
        if how == "again":
            one.tell_again(ref)
        elif how == "stale" and system != REGISTER:
            one.tell_stale(ref)
        elif (how in ("omitted", "outdated") and system != REGISTER) or how in ("torn", "garbled"):
            getattr(one, how)[ref] += 1

    def _pick(self, system: str, pick: int) -> str | None:
        refs = self.systems[system].refs
        return refs[pick % len(refs)] if refs else None

    # ---- time and processes -----------------------------------------------------------------------------------

    async def clock(self, seconds: float) -> None:
        """Time passes, or the clock is set back a little; what was on its way has arrived by then."""
        for system in self.systems.values():
            await system.land()
        self.w.clock.forward(seconds)

    async def run(
        self,
        name: str,
        system: str = REGISTER,
        *,
        dies_at: int | None = None,
        meets_at: int | None = None,
        other: str = "deliver",
    ) -> None:
        """One flow as a process; it may be killed, or stand still while another one runs on the same lane."""
        self.processes += 1
        ctx = replace(self.w.ctx, dice=Random(self.processes))
        second = replace(self.w.ctx, dice=Random(-self.processes))

        async def meanwhile() -> None:
            await flow(other, system)(second)

        process = Process(
            dies_at=dies_at, meets_at=meets_at, meanwhile=meanwhile if meets_at is not None else None
        )
        mine = HERE.set(process)
        try:
            await flow(name, system)(ctx)
        except Killed:
            pass
        finally:
            HERE.reset(mine)
            self.steps += process.steps
            self.deaths += process.dead
        if name == "deliver" and not process.dead:
            await self._none_left_as_sent(system)

    async def round(self, dies_at: int | None = None, dying: str = "deliver") -> None:
        """The whole flow once; the processes of one kind die at that step."""
        deaths = {dying: dies_at}
        for name in SYSTEMS:
            await self.run("observe", name, dies_at=deaths.get("observe"))
        await self.run("settle", dies_at=deaths.get("settle"))
        for name in SYSTEMS:
            await self.run("deliver", name, dies_at=deaths.get("deliver"))

    async def _none_left_as_sent(self, target: str) -> None:
        left = await self.w.sql("SELECT id FROM delivery WHERE state = 'sent' AND target = %s", target)
        assert not left, "a write is marked as sent, and nobody sends it"

    async def pause(self, scope: str) -> None:
        await control.pause(self.w.ctx, scope, actor=PERSON, reason="bảo trì")

    async def resume_all(self) -> None:
        """A person corrects the account and lets everything go on."""
        async with self.w.db.reading() as conn:
            held = await flows.pauses(conn)
        for one in held:
            await control.resume(self.w.ctx, one.scope, actor=PERSON)

    def remap(self, *, whole: bool) -> None:
        """The code list loses an act, or is corrected; the next process reads it."""
        acts = [kind for kind in ACTS if whole or kind != LOST_KIND]
        self.w.ctx = replace(self.w.ctx, mappings=mappings(self.w.mappings, acts))

    async def retry_all(self) -> bool:
        """A person works through the quarantine. True if anything was to be retried."""
        items = [one for one in await self.w.held() if not one.subject.startswith("case/")]
        for item in items:
            # the retry of one item may have resolved another
            with suppress(NotFoundError):
                await control.retry(self.w.ctx, item.id, actor=PERSON)
        return bool(items)

    # ---- the end ------------------------------------------------------------------------------------------------

    async def check(self) -> None:
        """After each step."""
        self.oracle.check()
        rows = await self.w.sql(
            "SELECT id FROM delivery WHERE (state = 'done') <> (sealed_receipt IS NOT NULL AND finished_at IS NOT NULL)"
        )
        assert not rows, "a write is done exactly if it has a receipt"

    async def finish(self) -> None:
        """The faults stop, people do what they were asked to; then everything must agree."""
        for system in self.systems.values():
            system.heal()
        await self.clock(0)
        await self.resume_all()
        for name in SYSTEMS:
            await self.run("observe", name)
        await self._unusable_is_held()
        self.remap(whole=True)
        for _ in range(3):
            await self._rest()
            if not await self.retry_all():
                break
        await self.check_end()

    async def _rest(self) -> None:
        """Every wake-up but those of the sweep is lost."""
        for seconds in (3600, 3600, 90000, 3600, 3600):
            for name in SYSTEMS:
                await self.run("observe", name)
                await self.run("refresh", name)
            for _ in range(4):
                if not await self._woken_by_sweep():
                    break
            await self.clock(seconds)

    async def _woken_by_sweep(self) -> bool:
        """Run what the sweep alone wakes. False if that is nothing."""
        self.woken.clear()
        await self.run("sweep")
        woken = sorted(self.woken, key=repr)
        for wake in woken:
            await self.run(wake.flow, wake.system or REGISTER)
        return bool(woken)

    async def _unusable_is_held(self) -> None:
        held = {(one.system, one.ref): one for one in await self.w.held() if one.reason}
        if not self._mapping_is_whole():
            for name in (NATIONAL, GOVERNMENT):
                for ref in self.systems[name].refs:
                    kinds = [one["kind"] for one in (self.systems[name].data(ref) or {})["acts"]]
                    assert LOST_KIND not in kinds or (name, ref) in held, f"{name}/{ref} is not held"

    def _mapping_is_whole(self) -> bool:
        return f"{LOST_KIND}," in (self.w.mappings / NATIONAL / "acts.csv").read_text(encoding="utf-8")

    async def check_end(self) -> None:
        """The systems agree; and the connector's own books say the same."""
        self.oracle.check_agreement()
        entries = await self.w.entries()
        verify(entries, GENESIS).demand()
        self.oracle.check_ledger(entries)
        waiting = [one for one in await self.w.writes() if one.state in OPEN]
        assert not waiting, [(one.target, one.intent, one.state, one.error_text) for one in waiting]
        for item in await self.w.held():
            assert item.reason.startswith("recalled"), (item.subject, item.reason)
        for name in (NATIONAL, GOVERNMENT):
            for ref in self.systems[name].refs:
                await self._check_books(name, ref)

    async def _check_books(self, portal: str, ref: str) -> None:
        row = await self.w.case(portal, ref)
        here, there = row.link(REGISTER), row.link(portal)
        assert here is not None
        assert there is not None
        true_here, true_there = self.systems[REGISTER].data(here.ref), self.systems[portal].data(ref)
        assert true_here is not None
        assert true_there is not None
        if is_secret(true_here):
            return
        assert here.state is not None
        assert there.state is not None
        assert there.baseline is not None, f"{portal}/{ref} has no baseline"
        assert {one.id for one in there.state.acts} == {one["id"] for one in true_there["acts"]}
        assert {one.id for one in here.state.acts} == {one["id"] for one in true_here["acts"]}
        agreed = {
            source
            for one in true_there["acts"]
            if (source := self.oracle.source(portal, one)) in {a.id for a in here.state.acts}
        }
        assert agreed <= there.baseline.acts
        if row.origin_system == REGISTER and is_private(true_here):
            return
        for side, state in ((there.baseline.here, here.state), (there.baseline.there, there.state)):
            assert state.header is not None
            for name in ("title", "content"):
                assert side[name] == digests(state)[name], (
                    f"the baseline of {portal}/{ref} is not what is told"
                )


EVENT_ACT = '[[read.event.acts]]\neach = "acts"\n'
RANK = {"open": 0, "private": 1, "restricted": 2}


def mappings(root: Path, acts: Iterable[str] = tuple(ACTS)) -> MappingSet:
    """The plain mapping, with the nature of a case and the instant of its change, as the real ones have them."""
    write_mappings(root, acts=acts)
    natures = ("conduct", "denunciation", "complaint")
    for name in SYSTEMS:
        file = root / name / "mapping.toml"
        text = file.read_text(encoding="utf-8")
        text = text.replace(
            'nature = { value = "conduct" }', 'nature = { from = "nature", list = "natures" }'
        )
        text = text.replace("[lists]", '[lists]\nnatures = { file = "natures.csv", of = "nature" }')
        text = text.replace(
            'title = { from = "header.title"',
            'nature = { from = "header.nature", list = "natures" }\ntitle = { from = "header.title"',
            1,
        )
        text = text.replace(EVENT_ACT, EVENT_ACT + 'text = { from = "text" }\n')
        if name != REGISTER:
            text = text.replace(
                'code = { from = "code" }',
                'code = { from = "code" }\nchanged_at = { from = "changed_at", as = "instant" }',
            )
            text = text.replace('acts = { each = "case.acts", shape = "act" }\n', "")
            taken = ", ".join(f'"{kind}"' for kind in sorted(OUTWARD))
            text = text.replace(
                'acts = ["accepted", "assigned", "progress", "answered", "closed"]', f"acts = [{taken}]"
            )
        file.write_text(text, encoding="utf-8")
        rows = "".join(f"{code},{code},true,{code},\n" for code in natures)
        (root / name / "natures.csv").write_text(
            "code,canonical,verified,label_vi,note\n" + rows, encoding="utf-8"
        )
    return MappingSet.load(root)


@asynccontextmanager
async def town(
    url: str,
    folder: Path,
    *,
    rows: bool = False,
    idempotent: bool = True,
    echoes: bool = True,
    page_size: int = 100,
) -> AsyncIterator[Town]:
    """A town on a migrated database.

    Args:
        rows: the portals' lists tell rows; the cases are fetched.
        idempotent: the portals know a key again.
        echoes: the portals tell our key with the act that it caused.
        page_size: cases on a page.
    """
    async with world(url, folder, speaker=OddSystem, store=SteppedDatabase) as w:
        w.ctx = replace(w.ctx, mappings=mappings(folder))
        systems = {name: s for name, s in w.ctx.systems.items() if isinstance(s, OddSystem)}
        portals = {name: Portal(echoes=echoes) for name in (NATIONAL, GOVERNMENT)}
        for name, portal in portals.items():
            systems[name].effect = portal
            systems[name].rows = rows
            systems[name].can(whole_list=True, idempotent=idempotent)
        for system in systems.values():
            system.page_size = page_size
        here = Town(w=w, oracle=Oracle(systems=systems, portals=portals))

        async def note(conn: Connection, wakes: Iterable[Wake]) -> None:
            here.woken |= set(wakes)

        w.db.defer_with(note)
        yield here
