"""Random acts on a real database: the register and the pure state machine agree, no invariant of rules §3.3 breaks."""

import asyncio
from collections.abc import Awaitable, Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from adapters.register.commands import Command
from adapters.register.models import PUBLIC_COPY, ActIn, Order
from adapters.register.refusals import Code, RegisterRefused
from adapters.register.service import Register
from adapters.register.service.unit import Loaded, cached, load
from adapters.register.states import FINAL, CaseState, State, replay
from adapters.register.testing import shipped_rules
from adapters.register.workflow import allowed, decide
from connector.case import REGISTER, Act, ActKind
from connector.rules.book import RuleBook
from connector.rules.clocks import clocks
from connector.rules.duty import Clock, Duty
from tests.integration.register_kit import (
    COMMUNE,
    DISTRICT,
    HEALTH,
    OFFICE,
    PROVINCE,
    US,
    C,
    HandClock,
    local,
    opened,
    portal_case,
    rules_folder,
    submission,
)

STEPS = 20
MOVES_DUE = {ActKind.DUE_RECOMPUTED, ActKind.PACK_ADOPTED}
"""The acts that may give a duty another day; every other one must leave it alone."""

_OF_TEXTS = {Code.REDACTION_LEFT, Code.SECRECY_MARKED}
"""Refusals for what a text says, of which the state machine knows nothing."""

_TEXTS = st.sampled_from(["Nội dung mẫu", "Tôi tố cáo ông A", "  ", None])
_ORDERS = st.builds(
    dict,
    officer=st.sampled_from(["cb-mau-01", "cb-mau-01", "cb-mau-01", "svc-x", None]),
    agency=st.sampled_from([None, None, None, HEALTH, COMMUNE, OFFICE]),
    text=_TEXTS,
    to_agency=st.sampled_from([OFFICE, HEALTH, COMMUNE, PROVINCE, DISTRICT, "000.00.99.H56", None]),
    to_agencies=st.lists(st.sampled_from([COMMUNE, OFFICE, HEALTH]), max_size=2),
    unit=st.sampled_from(["Phòng Nghiệp vụ", COMMUNE, None]),
    due_in=st.sampled_from([None, None, None, timedelta(0), timedelta(days=3), timedelta(days=40)]),
    redaction_done=st.booleans(),
    hold=st.booleans(),
    reason_code=st.sampled_from(["X", None]),
    rule_pack=st.sampled_from(["TH-2020/1", "TH-2025/1", None]),
    outcome=st.sampled_from(["kien_nghi", None]),
)
_SENSIBLE = {
    "officer": "cb-mau-02",
    "text": "Nội dung mẫu",
    "unit": "Phòng Nghiệp vụ",
    "redaction_done": True,
    "reason_code": "X",
    "rule_pack": "TH-2020/1",
}
_RARE = {C.RESTRICT, C.REFUSE, C.RETURN_TO_VPCP, C.TRANSFER_OUT, C.MAKE_PRIVATE}
_NEWS = [
    "supplemented",
    "recalled",
    "returned_for_rework",
    "published",
    "rated",
    "made_private",
    "withdrawn",
    "answered",
]


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="module")
def register(runner) -> Iterator[Register]:
    """One register for all examples; each plays a case of its own in it."""
    opening = opened(HandClock(), name="properties")
    yield runner.run(opening.__aenter__())
    runner.run(opening.__aexit__(None, None, None))


async def refused(doing: Awaitable[object]) -> Code | None:
    """The code of the refusal, or None."""
    try:
        await doing
    except RegisterRefused as error:
        return error.code
    return None


@pytest.fixture(scope="module")
def newer(tmp_path_factory) -> RuleBook:
    """The rules with a newer calendar, which some examples install on the way."""
    return rules_folder(tmp_path_factory.mktemp("rules"), swap=True)


class Game:
    """One case, what was written to it, and the pure state beside it."""

    def __init__(self, register: Register, clock: HandClock, ref: str) -> None:
        self.register, self.clock, self.ref = register, clock, ref
        self.heard: list[ActIn] = []

    async def look(self) -> Loaded:
        """The case as the service derives it; raises if its cached columns are not what its acts say."""
        scope = self.register.scope
        async with self.register.database.transaction() as conn:
            return await load(conn, int(self.ref), await scope.directory(conn), scope.masters)

    async def command(self, state: Loaded, name: C, facts: dict) -> None:
        """The service does exactly what the pure machine says, or refuses with the same code and writes nothing."""
        scope, now = self.register.scope, self.clock.at
        wait = facts.pop("due_in", None)
        order = Order.model_validate({**facts, "due_at": None if wait is None else now + wait})
        async with self.register.database.connection() as conn:
            directory = await scope.directory(conn)
        try:
            acts = decide(
                state.state, Command(name=name, at=now, **order.model_dump(exclude={*PUBLIC_COPY})), directory
            )
            wanted = [(act.kind, act.text) for act in state.stamped(scope.book, acts)]
        except RegisterRefused as error:
            wanted = error.code
        before = await self.register.document(self.ref)
        refusal = await refused(self.register.perform(self.ref, name, order))
        if refusal is not None:
            assert refusal is (Code.CLOCK_ONLY if name is C.LAPSE else wanted) or refusal in _OF_TEXTS
            assert await self.register.document(self.ref) == before, "a refused command changes nothing"
            return
        after = await self.look()
        assert [(act.kind, act.text) for act in after.acts[len(state.acts) :]] == wanted
        event(name.value)

    async def news(self, told: ActIn) -> None:
        if await refused(self.register.append(uuid4(), self.ref, [told])) is None:
            self.heard.append(told)

    async def again(self) -> None:
        """Replaying everything a peer ever said is a no-op, under any key (invariant 5)."""
        before = await self.register.document(self.ref)
        for told in self.heard:
            receipt = await self.register.append(uuid4(), self.ref, [told])
            assert receipt.duplicate
        assert await self.register.document(self.ref) == before


def blank_of(loaded: Loaded) -> CaseState:
    """The facts that are no acts, from which the pure replay begins."""
    portal = loaded.row["origin_system"] is not None
    known = loaded.keys.contact is not None and not portal  # T15 destroys the key
    return CaseState(portal_born=portal, nature=loaded.row["nature"], sender_complete=known)


def check(before: Loaded, after: Loaded) -> None:
    """The invariants of §3.3 over one step."""
    old, new = before.state, after.state
    assert new == replay(after.acts, blank_of(after))
    assert all(after.row[name] == value for name, value in cached(new).items())
    bare = new.state is State.NGOAI_HE_THONG  # T15 leaves who, when and which, and no word
    kept = [(act.id, act.kind, act.at) if bare else act for act in after.acts[: len(before.acts)]]
    assert kept == [(act.id, act.kind, act.at) if bare else act for act in before.acts], "acts only append"
    told = after.acts[len(before.acts) :]
    own = [act for act in told if act.birthplace == REGISTER]
    if old.state in FINAL:
        assert new.state is old.state, "final states never leave final"
    if new.agency != old.agency:
        assert any(act.kind is ActKind.REASSIGNED for act in own), "one custodian, changed by a recorded act"
    if new.group not in {None, old.group}:
        assert old.state in {State.MOI, State.CHO_PHAN_CONG}, "a group is given only while MOI"
        assert any(act.officer for act in own if "group" in act.details)
    assert new.private or not old.private, "visibility only tightens"
    if old.held and not new.held:
        assert any(act.officer for act in own if act.details.get("decision") == "hold_released")
    if not bare:
        check_clocks(before.acts, after.acts)


def check_clocks(before: tuple[Act, ...], after: tuple[Act, ...]) -> None:
    """One open clock a duty and pack; no due day changes without an act that says so (invariants 1, 2)."""
    running = [item for item in clocks(after, shipped_rules()) if item.open]
    assert len({_of(item) for item in running}) == len(running), "one open clock a duty"
    told = {act.kind for act in after[len(before) :]}
    days = {(_of(item), item.opened_by): item.due for item in clocks(before, shipped_rules())}
    if not told & MOVES_DUE:
        for item in clocks(after, shipped_rules()):
            known = days.get((_of(item), item.opened_by), item.due)
            assert item.due == known, "a due day changed without a recorded act"


def _of(item: Clock) -> tuple[Duty, str | None, str | None, bool]:
    by_portal = item.duty is Duty.PUBLISH and not item.governs
    return item.duty, item.pack, item.agency if item.duty is Duty.COORDINATE else None, by_portal


def moved(data, clock: HandClock, state: CaseState) -> None:
    """On by hours or days, or to the last instant of a term and the first after it."""
    ends = [end for end in (state.supplement_due_at, state.due_at) if end is not None and end > clock.at]
    edge = data.draw(st.sampled_from([None, None, timedelta(0), US])) if ends else None
    clock.at = clock.at + timedelta(hours=data.draw(st.integers(0, 60))) if edge is None else min(ends) + edge


def next_command(data, state: CaseState) -> tuple[C, dict]:
    """Mostly what the state allows with facts that are mostly right, so that cases get far; sometimes anything."""
    wild = data.draw(_ORDERS)
    if data.draw(st.integers(0, 3)) == 0:
        name = data.draw(st.sampled_from(sorted(C)))
        return name, {**wild, "hold": wild["hold"] or data.draw(st.integers(0, 4)) > 0}  # T15 ends the game
    rare = data.draw(st.integers(0, 9)) == 0
    names = [name for name in allowed(state) if rare or name not in _RARE] or [C.PROGRESS]
    name = data.draw(st.sampled_from(names))
    by = state.coordinators[0] if name is C.COORDINATION_ANSWER and state.coordinators else None
    other = data.draw(st.sampled_from([code for code in (OFFICE, HEALTH, COMMUNE) if code != state.agency]))
    facts = {"agency": by, "to_agency": other, "to_agencies": [], "due_in": None, "outcome": None}
    return name, {**wild, **_SENSIBLE, **facts}


async def play(data, register: Register, newer: RuleBook) -> None:
    register.scope.book = shipped_rules()
    clock = HandClock()
    clock.at = local("2026-10-01") + timedelta(hours=data.draw(st.integers(0, 24 * 70)))
    register.scope.clock = clock
    if data.draw(st.booleans()):
        nature = data.draw(st.sampled_from(["hien_truong", "quy_dinh_hanh_chinh", "to_cao"]))
        ref = (await register.take_in(submission(nature=nature, private=data.draw(st.booleans())))).id
    else:
        ref = (await register.create(uuid4(), portal_case(uuid4().hex))).ref
    game = Game(register, clock, ref)
    for _ in range(data.draw(st.integers(STEPS // 2, STEPS))):
        before = await game.look()
        moved(data, clock, before.state)
        match data.draw(st.integers(0, 11)):
            case 0:
                kind = data.draw(st.sampled_from(_NEWS))
                at = clock.at - timedelta(hours=data.draw(st.integers(0, 50)))
                told = {
                    "id": f"national_portal:{uuid4().hex}",
                    "kind": kind,
                    "at": at,
                    "text": data.draw(_TEXTS),
                }
                await game.news(ActIn.model_validate(told))
            case 1:
                register.scope.book = data.draw(st.sampled_from([register.scope.book, newer]))
                await register.tick()
            case 2:
                await game.again()
            case _:
                await game.command(before, *next_command(data, before.state))
        check(before, await game.look())
    event(f"ended {(await game.look()).state.state}")


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_the_register_equals_the_pure_machine_and_no_invariant_breaks(runner, register, newer, data):
    runner.run(play(data, register, newer))
