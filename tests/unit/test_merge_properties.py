"""What the merge promises whatever happens, in whatever order it is told (hypothesis)."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import hypothesis.strategies as st
from hypothesis import HealthCheck, example, given, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from connector.case import Act, ActKind, Case, Place, Privacy, Sender, in_order
from connector.mapping.intent import IntentKind
from connector.merge import (
    OUR_KINDS_TOLD_AS,
    OWNED,
    SHARED,
    Baseline,
    Move,
    Rules,
    Settlement,
    Side,
    digests,
    mark,
    merge,
)
from connector.sync.outcome import after
from tests.unit.merge_world import (
    AT,
    HERE_TAKES,
    NAMES,
    REFS,
    RULES,
    THERE_TAKES,
    Habits,
    World,
    basis,
    delivery,
    header,
)

SIDES = st.sampled_from(list(Side))
WORDS = st.sampled_from([None, "Đang xử lý.", "Đã có kết quả."])
INNER = {ActKind.RESULT, ActKind.NOTE, ActKind.COORDINATION_REQUESTED}
HERE_KINDS = st.sampled_from(sorted((THERE_TAKES | INNER | {ActKind.SUPPLEMENTED}) - {ActKind.RECALL_AGREED}))
THERE_KINDS = st.sampled_from(sorted(HERE_TAKES | {ActKind.FORWARDED, ActKind.REMINDED}))
TOLD_KINDS = {OUR_KINDS_TOLD_AS.get(kind, kind) for kind in THERE_TAKES}
"""Only our acts come under these: the portal's own people do other things in this play."""
TIGHTEN_FIRST = (IntentKind.TIGHTEN, IntentKind.UPDATE)
CHANGES = st.one_of(
    st.builds(lambda n: {"title": f"Tiêu đề {n}"}, st.integers(0, 2)),
    st.builds(lambda n: {"content": f"Nội dung {n}"}, st.integers(0, 2)),
    st.builds(lambda n: {"sender": Sender(name="Nguyễn Văn Mẫu", phone=f"090000000{n}")}, st.integers(0, 2)),
    st.builds(lambda n: {"place": Place(text=f"thôn Mẫu {n}")}, st.integers(0, 2)),
)
HABITS = st.builds(
    Habits,
    keeps_our_ids=st.booleans(),
    repeats_our_mark=st.booleans(),
    tells_sender=st.booleans(),
    tightens_whole=st.booleans(),
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

    @rule(back=st.integers(1, 8))
    @precondition(lambda self: self.world.told[Side.THERE] is not None)
    def an_older_version_changes_nothing(self, back: int) -> None:
        """A slow or stale reading of the portal, with its older fields, privacy and acts."""
        known = self.world.told[Side.THERE]
        assert known is not None
        assert known.changed_at is not None
        older = [one for one in self.world.versions if one.changed_at and one.changed_at < known.changed_at]
        if older:
            before = [self.world._write(item) for item in self.world.queue]
            self.world.observe(Side.THERE, older[-min(back, len(older))])
            assert [self.world._write(item) for item in self.world.queue] == before
            assert self.world.told[Side.THERE] == known

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
    here, there = world.books[Side.HERE], world.books[Side.THERE]
    assert (here.header.title, here.header.content) == (there.header.title, there.header.content)
    assert here.header.privacy is there.header.privacy
    assert {act.id for act in there.acts if act.kind in HERE_TAKES} <= {act.id for act in here.acts}
    if world.clashes:
        return
    ours = [act for act in here.acts if act.birthplace == NAMES[Side.HERE] and act.kind in THERE_TAKES]
    assert Counter((OUR_KINDS_TOLD_AS.get(act.kind, act.kind), act.text) for act in ours) == Counter(
        (act.kind, act.text) for act in there.acts if act.kind in TOLD_KINDS
    )


TestExchange = Exchange.TestCase
TestExchange.settings = settings(
    max_examples=300, stateful_step_count=30, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


# ---- one merge at a time ------------------------------------------------------------------------------------

ECHO_KEYS = [f"k-{number}" for number in range(4)]


@st.composite
def tellings(draw: st.DrawFn, side: Side, born: Side) -> Case:
    """Anything that a side may tell."""
    acts = []
    for number in range(draw(st.integers(0, 5))):
        birth = draw(st.sampled_from([*NAMES.values(), "government_portal"]))
        acts.append(
            Act(
                id=f"{birth}:{number}",
                kind=draw(st.sampled_from(ActKind)),
                at=AT + timedelta(minutes=draw(st.integers(0, 30))),
                text=draw(WORDS),
                echo=draw(st.sampled_from([None, *ECHO_KEYS])) if side is Side.THERE else None,
            )
        )
    told = header(privacy=draw(st.sampled_from(Privacy)), **draw(CHANGES))
    return Case(
        system=NAMES[side],
        ref=REFS[side],
        origin=(NAMES[born], REFS[born]),
        header=told if side is Side.HERE else draw(st.sampled_from([told, None])),
        acts=in_order(acts),
    )


@st.composite
def baselines(draw: st.DrawFn, *cases: Case) -> Baseline:
    """A baseline of some of what the sides tell, some other values, and some writes not read back."""
    names = st.sampled_from([act.id for case in cases for act in case.acts] or ["register:0"])
    fields = [{k: v for k, v in digests(case).items() if draw(st.booleans())} for case in cases]
    older = {"title": "0" * 64} if draw(st.booleans()) else {}
    marks = [mark(side, name) for side in Side for name in (*OWNED, "privacy")]
    return Baseline(
        here={**fields[0], **older},
        there=fields[1],
        privacy=draw(st.sampled_from(Privacy)),
        acts=draw(st.frozensets(names, max_size=4)),
        revision=draw(st.integers(0, 3)),
        unread=draw(st.frozensets(st.sampled_from(marks), max_size=4)),
    )


@st.composite
def situations(draw: st.DrawFn) -> tuple[Baseline | None, Case, Case | None, Rules]:
    """Baseline, here, there and rules of any kind, sensible or not."""
    birth = draw(SIDES)
    here, there = draw(tellings(Side.HERE, birth)), draw(tellings(Side.THERE, birth))
    baseline = draw(st.none() | baselines(here, there))
    echoes = draw(st.dictionaries(st.sampled_from(ECHO_KEYS), st.sampled_from(["register:0", "register:1"])))
    rules = replace(RULES, outbound=draw(st.booleans()), echoes=echoes)
    return baseline, here, draw(st.sampled_from([there, there, None])), rules


@given(situations(), st.booleans())
def test_nothing_of_a_restricted_case_moves(
    situation: tuple[Baseline | None, Case, Case | None, Rules], by_act: bool
) -> None:
    """Whatever the other side tells, and whatever was agreed before."""
    baseline, here, there, rules = situation
    assert here.header is not None
    if by_act:
        decision = Act(id="register:99", kind=ActKind.RESTRICTED, at=AT)
        here = replace(here, acts=(*here.acts, decision))
    else:
        here = replace(here, header=replace(here.header, privacy=Privacy.RESTRICTED))
    assert merge(baseline, here, there, rules) == Settlement(baseline=baseline)


@given(situations())
def test_merging_again_with_its_own_baseline_says_the_same(
    situation: tuple[Baseline | None, Case, Case | None, Rules],
) -> None:
    """A plan that was not carried out yet is the same plan at the next look: same keys, nothing twice."""
    baseline, here, there, rules = situation
    found = merge(baseline, here, there, rules)
    assert len(set(found.moves)) == len(found.moves)
    if found.baseline is not None:
        again = merge(found.baseline, here, there, rules)
        assert (again.moves, again.clashes) == (found.moves, found.clashes)
        assert merge(again.baseline, here, there, rules) == again


@given(situations())
def test_moves_keep_the_order_of_each_sides_acts(
    situation: tuple[Baseline | None, Case, Case | None, Rules],
) -> None:
    """First visibility, then fields, then acts, each side's in its own order."""
    baseline, here, there, rules = situation
    moves = merge(baseline, here, there, rules).moves
    kinds = [move.kind for move in moves]
    firsts = [kind for kind in kinds if kind is not IntentKind.APPEND]
    assert kinds[: len(firsts)] == firsts
    assert firsts in ([], [IntentKind.CREATE], [IntentKind.TIGHTEN], [IntentKind.UPDATE], [*TIGHTEN_FIRST])
    for side, source in ((Side.THERE, here), (Side.HERE, there)):
        order = [act.id for act in source.acts] if source else []
        wanted = [move.act_id for move in moves if move.side is side and move.act_id]
        assert wanted == [name for name in order if name in wanted]


FIELDS: dict[str, list[Any]] = {
    "title": ["Tiêu đề 0", "Tiêu đề 1", "Tiêu đề 2"],
    "content": ["Nội dung 0", "Nội dung 1", "Nội dung 2"],
    "sender": [Sender(name="Nguyễn Văn Mẫu", phone=f"090000000{n}") for n in range(3)],
    "place": [Place(text=f"thôn Mẫu {n}") for n in range(3)],
}
SOME_FIELDS = st.frozensets(st.sampled_from(sorted(FIELDS)))


@given(SIDES, SOME_FIELDS, SOME_FIELDS)
def test_a_change_by_who_does_not_own_it_is_never_overwritten_silently(
    owner: Side, changed: frozenset[str], edited: frozenset[str]
) -> None:
    """It is a clash, as long as it stands; a portal's own telling of sender and place is no edit (row F8)."""
    other = Side.THERE if owner is Side.HERE else Side.HERE
    first = {name: values[0] for name, values in FIELDS.items()}
    base = Baseline(**{side.value: digests(_pair(owner, side, first)) for side in Side})
    cases = {
        owner: _pair(owner, owner, first, {name: FIELDS[name][1] for name in changed}),
        other: _pair(owner, other, first, {name: FIELDS[name][2] for name in edited}),
    }
    found = merge(base, cases[Side.HERE], cases[Side.THERE], RULES)
    at_stake = {name for name in edited if name in SHARED or (other is Side.HERE and changed)}
    expected = {name: "both_changed" if name in changed else "foreign_edit" for name in at_stake}
    assert {clash.field: clash.reason for clash in found.clashes} == expected
    updates = [move for move in found.moves if move.kind is IntentKind.UPDATE]
    assert bool(updates) == bool(changed and not at_stake)
    assert all(move.side is other for move in updates)

    cases[other] = _pair(owner, other, first)
    taken_back = merge(found.baseline, cases[Side.HERE], cases[Side.THERE], RULES)
    assert taken_back.clashes == ()
    assert bool(taken_back.moves) == bool(changed)


def _pair(born: Side, side: Side, *fields: dict[str, Any]) -> Case:
    values = {name: value for part in fields for name, value in part.items()}
    return Case(system=NAMES[side], ref=REFS[side], origin=(NAMES[born], REFS[born]), header=header(**values))


@given(situations(), st.data())
def test_the_baseline_never_forgets_what_was_written(
    situation: tuple[Baseline | None, Case, Case | None, Rules], data: st.DataObject
) -> None:
    """After any write: acts and revision only grow, privacy only tightens, and the write is not planned again."""
    baseline, here, there, rules = situation
    found = merge(baseline, here, there, rules)
    if not found.moves:
        return
    move = data.draw(st.sampled_from(found.moves))
    source = (there if move.side is Side.HERE else here) or here
    source = source if source.header else replace(source, header=header())
    before = found.baseline or Baseline()
    now = after(found.baseline, delivery(move, basis=basis(source)))
    assert now.acts >= before.acts
    assert now.revision >= before.revision
    assert now.privacy.rank >= before.privacy.rank
    assert move not in merge(now, here, there, rules).moves


@given(SIDES, HABITS, st.lists(st.tuples(SIDES, HERE_KINDS, THERE_KINDS, WORDS, CHANGES), max_size=6))
def test_an_older_version_moves_nothing_here(
    birth: Side, habits: Habits, life: list[tuple[Side, ActKind, ActKind, str | None, dict[str, Any]]]
) -> None:
    """Even one that was not folded into what is known: every act and every field that it lacks stays."""
    world = World(born=birth, habits=habits)
    world.come_to_rest()
    for side, here_kind, there_kind, text, change in life:
        world.act(side, here_kind if side is Side.HERE else there_kind, text)
        world.change(birth, **change)
        world.come_to_rest()
    agreed, here = world.baseline, world.told[Side.HERE]
    for version in world.versions:
        told = replace(version, header=None) if birth is Side.THERE else version
        found = merge(agreed, here, told, world.rules)
        assert all(world.clashes and move.side is Side.THERE for move in found.moves), (
            "only what a recall held"
        )
        assert {clash.reason for clash in found.clashes} <= {"foreign_edit", "recalled"}
        assert found.baseline is not None
        assert agreed is not None
        assert found.baseline.acts >= agreed.acts
    world.come_to_rest(rounds=1)


def test_a_case_comes_to_rest_in_few_rounds() -> None:
    """One round writes, one reads back: nobody needs more when nothing else happens."""
    for birth in Side:
        world = World(born=birth)
        world.act(birth, ActKind.ACCEPTED if birth is Side.HERE else ActKind.REMINDED)
        assert world.come_to_rest() <= 2
        assert_same(world)


Life = list[tuple[dict[str, Any], bool, bool, bool]]
SECRETIVE = Habits(tightens_whole=True, tells_sender=False)
FIRST, SECOND, THIRD = ({"title": values} for values in FIELDS["title"])
CALLED_BACK: Life = [(FIRST, True, False, False), (SECOND, False, True, False), (FIRST, False, False, False)]
CALLED_BACK_AND_READ: Life = [*CALLED_BACK[:2], (FIRST, False, False, True)]
WRITTEN_ON: Life = [(SECOND, False, True, False), (THIRD, False, False, True)]
NEW_SENDER: Life = [({"sender": FIELDS["sender"][1]}, True, True, False)]


@given(SIDES, HABITS, st.lists(st.tuples(CHANGES, st.booleans(), st.booleans(), st.booleans()), max_size=8))
@example(Side.HERE, SECRETIVE, CALLED_BACK)
@example(Side.HERE, SECRETIVE, CALLED_BACK_AND_READ)
@example(Side.HERE, SECRETIVE, NEW_SENDER)
@example(Side.HERE, Habits(), WRITTEN_ON)
@example(Side.THERE, Habits(), WRITTEN_ON)
def test_our_own_handwriting_is_never_taken_for_an_edit(birth: Side, habits: Habits, life: Life) -> None:
    """The sender writes on while the other side is read late: nobody is asked, and the last words arrive."""
    world = World(born=birth, habits=habits)
    world.come_to_rest()
    for change, private, writes, read in life:
        privacy = Privacy.PRIVATE if private else Privacy.OPEN
        world.change(birth, privacy=privacy.strictest(world.books[birth].header.privacy), **change)
        world.observe(birth)
        if writes:
            world.deliver()
        if read:
            world.observe(world.other)
        assert world.clashes == ()
    world.come_to_rest()
    assert_same(world)


def _done(
    kind: IntentKind, before: Baseline, *, side: Side = Side.THERE, revision: int, **fields: Any
) -> Baseline:
    move = Move(side=side, kind=kind, revision=revision)
    source = _pair(Side.HERE, Side.HERE, fields)
    return after(before, delivery(move, basis=basis(source)))


def test_an_older_write_that_is_proved_late_does_not_turn_the_revision_back() -> None:
    """Otherwise the next update would have the key of one that was done before, and would never be sent."""
    before = Baseline(revision=7)
    assert _done(IntentKind.UPDATE, before, revision=5).revision == 7
    assert _done(IntentKind.TIGHTEN, before, revision=5).revision == 7
    assert _done(IntentKind.UPDATE, before, revision=8).revision == 8


def test_an_update_marks_only_what_it_changed_as_not_read_back() -> None:
    """An edit of another field by the other side still shows."""
    before = Baseline(here=digests(_pair(Side.HERE, Side.HERE)), there=digests(_pair(Side.HERE, Side.THERE)))
    now = _done(IntentKind.UPDATE, before, revision=1, title="Tiêu đề 1")
    assert now.unread == {mark(Side.THERE, "title")}
    assert now.there == before.there
    assert now.here == digests(_pair(Side.HERE, Side.HERE, {"title": "Tiêu đề 1"}))


def test_a_creation_knows_nothing_of_the_side_where_it_was_written() -> None:
    """What that side tells first is adopted; a creation here brings all acts along, one there brings none."""
    submitted = Act(id="national_portal:1", kind=ActKind.SUBMITTED, at=AT)
    told = replace(_pair(Side.THERE, Side.THERE), acts=(submitted,))
    here, there = (Move(side=side, kind=IntentKind.CREATE) for side in Side)
    assert after(None, delivery(here, basis=basis(told))) == Baseline(
        there=digests(told), acts=frozenset({submitted.id})
    )
    assert after(None, delivery(there, basis=basis(told))) == Baseline(here=digests(told))
