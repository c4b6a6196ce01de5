"""What the merge promises whatever happens, in whatever order it is told (hypothesis)."""

from collections import Counter
from dataclasses import replace
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from connector.case import STATUS_AFTER, Act, ActKind, Place, Privacy, Sender, Status, status_of
from connector.mapping.intent import IntentKind
from connector.merge import OUR_KINDS_TOLD_AS, SHARED, Baseline, Clash, Move, Side, digests, merge
from connector.sync.outcome import after
from tests.unit.merge_world import HERE_TAKES, NAMES, RULES, THERE_TAKES, Habits, World, basis, delivery

SIDES = st.sampled_from(list(Side))
WORDS = st.sampled_from([None, "Đang xử lý.", "Đã có kết quả."])
INNER = {ActKind.RESULT, ActKind.NOTE, ActKind.COORDINATION_REQUESTED}
HERE_KINDS = st.sampled_from(sorted((THERE_TAKES | INNER | {ActKind.SUPPLEMENTED}) - {ActKind.RECALL_AGREED}))
THERE_KINDS = st.sampled_from(sorted(HERE_TAKES | {ActKind.FORWARDED, ActKind.REMINDED}))
CHANGES = st.one_of(
    st.builds(lambda n: {"title": f"Tiêu đề {n}"}, st.integers(0, 2)),
    st.builds(lambda n: {"content": f"Nội dung {n}"}, st.integers(0, 2)),
    st.builds(lambda n: {"sender": Sender(name="Nguyễn Văn Mẫu", phone=f"090000000{n}")}, st.integers(0, 2)),
    st.builds(lambda n: {"place": Place(text=f"thôn Mẫu {n}")}, st.integers(0, 2)),
)
HABITS = st.builds(
    Habits, keeps_our_ids=st.booleans(), repeats_our_mark=st.booleans(), tells_sender=st.booleans()
)


class Exchange(RuleBasedStateMachine):
    """People act on both sides while the connector reads late, out of date, and loses replies."""

    world: World

    @initialize(born=SIDES, habits=HABITS)
    def begin(self, born: Side, habits: Habits) -> None:
        self.world = World(born=born, habits=habits)

    # ---- people ---------------------------------------------------------------------------------------------

    @rule(kind=HERE_KINDS, text=WORDS, minutes_ago=st.sampled_from([0, 0, 150]))
    @precondition(lambda self: Side.HERE in self.world.books)
    def act_here(self, kind: ActKind, text: str | None, minutes_ago: int) -> None:
        """An official acts, or enters afterwards what was done two hours and a half ago."""
        self.world.act(Side.HERE, kind, text, minutes_ago)

    @rule(kind=THERE_KINDS, text=WORDS)
    @precondition(lambda self: Side.THERE in self.world.books)
    def act_there(self, kind: ActKind, text: str | None) -> None:
        self.world.act(Side.THERE, kind, text)

    @rule(change=CHANGES)
    def the_sender_changes_the_case(self, change: dict[str, Any]) -> None:
        self.world.change(self.world.born, **change)

    @rule(side=SIDES)
    def become_private(self, side: Side) -> None:
        if side in self.world.books:
            book = self.world.books[side]
            self.world.change(side, privacy=book.header.privacy.strictest(Privacy.PRIVATE))

    # ---- connector ------------------------------------------------------------------------------------------

    @rule(side=SIDES)
    def observe(self, side: Side) -> None:
        self.world.observe(side)

    @rule(back=st.integers(1, 6))
    @precondition(lambda self: self.world.told[Side.THERE] is not None)
    def observe_an_older_version(self, back: int) -> None:
        """Where the portal owns the fields, an observer drops a version that it has seen: only acts can be old."""
        old = self.world.versions[-min(back, len(self.world.versions))]
        before = {self.world._write(item) for item in self.world.queue}
        self.world.observe(Side.THERE, replace(old, header=None) if self.world.born is Side.THERE else old)
        moved = {self.world._write(item) for item in self.world.queue} - before
        news = {act.id for act in old.acts} | {None}
        assert all(name in news and kind is not IntentKind.UPDATE for side, kind, name, _ in moved if side is Side.HERE)

    @rule(lose_reply=st.sampled_from([False, False, True]))
    def deliver(self, lose_reply: bool) -> None:
        self.world.deliver(lose_reply=lose_reply)

    @rule()
    def look_up(self) -> None:
        self.world.look_up()

    # ---- promises -------------------------------------------------------------------------------------------

    @invariant()
    def no_false_alarm(self) -> None:
        """Nobody edits what is not theirs here, so nobody may be asked; only a recall makes acts wait.

        While the outcome of an update is unknown, the merge cannot know its own handwriting.
        """
        allowed = {"recalled"}
        if self.world.doubtful is not None:
            allowed |= {"both_changed", "foreign_edit", "pair_differs"}
        assert {clash.reason for clash in self.world.clashes} <= allowed

    @invariant()
    def no_act_is_written_twice(self) -> None:
        for side, book in self.world.books.items():
            writes = [w for w in map(self.world._write, self.world.done) if w[0] is side and w[2]]
            assert max(Counter(writes).values(), default=1) == 1
            assert max(Counter(act.id for act in book.acts).values(), default=1) == 1

    @invariant()
    def settling_again_plans_nothing_new(self) -> None:
        world = self.world
        before = list(world.queue)
        if world.told[Side.HERE] or world.told[Side.THERE]:
            world.settle()
            assert [world._write(item) for item in world.queue] == [world._write(item) for item in before]

    def teardown(self) -> None:
        if hasattr(self, "world"):
            self.world.come_to_rest()
            assert_same(self.world)


def assert_same(world: World) -> None:
    """Both systems hold the same case: each act that travels once, the owner's fields, the stricter privacy."""
    if len(world.books) < 2:
        assert world.books[Side.HERE].header.privacy is not Privacy.OPEN, "only a private case stays here"
        return
    here, there = world.telling(Side.HERE), world.telling(Side.THERE)
    assert here.header is not None
    assert there.header is not None
    assert all(digests(here)[name] == digests(there)[name] for name in SHARED)
    assert here.header.privacy is there.header.privacy
    foreign = Counter(act.id for act in there.acts if act.kind in HERE_TAKES and act.id in born(there.acts))
    came = Counter(act.id for act in here.acts if act.id in foreign)
    assert came == foreign
    if status_of(there.acts) is Status.RECALLED or any(clash.reason == "recalled" for clash in world.clashes):
        return
    ours = [act for act in here.acts if act.birthplace == NAMES[Side.HERE] and act.kind in THERE_TAKES]
    sent = [act for act in there.acts if act.id not in born(there.acts)]
    assert Counter((OUR_KINDS_TOLD_AS.get(a.kind, a.kind), a.text) for a in ours) == Counter(
        (act.kind, act.text) for act in there.acts if act in sent or act.kind in told_kinds()
    )


def told_kinds() -> set[ActKind]:
    return {OUR_KINDS_TOLD_AS.get(kind, kind) for kind in THERE_TAKES}


def born(acts: tuple[Act, ...]) -> set[str]:
    """Acts that the portal's own people did: ours come back under kinds that they never use."""
    return {act.id for act in acts if act.birthplace == NAMES[Side.THERE] and act.kind not in told_kinds()}


TestExchange = Exchange.TestCase
TestExchange.settings = settings(
    max_examples=1500, stateful_step_count=30, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
