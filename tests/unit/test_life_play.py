"""The player: acts in turn, goes on after a restart, gives up on what is refused for ever."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from adapters.life.compare import compare
from adapters.life.http import RefusedByServerError
from adapters.life.play import Player, PlayOptions
from adapters.life.reading import SeenCase
from adapters.life.rehearsal import Stage, StageFace
from adapters.life.script import GOVERNMENT, NATIONAL, REGISTER, Expect, Step, Story
from adapters.life.standing import stand
from adapters.life.story import tell
from connector.case import ActKind
from connector.errors import InDoubt, Unreachable

STORIES = tell(2, 70)
START = datetime(2026, 11, 18, 1, tzinfo=UTC)


class _Clock:
    """Stands still unless told to go."""

    def __init__(self, at: datetime = START) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


class _Flaky(StageFace):
    """Acts, then loses the answer; is away now and then."""

    def __init__(self, stage: Stage, system: str) -> None:
        super().__init__(stage, system)
        self.calls = 0

    async def do(self, step: Step, case: SeenCase) -> None:
        self.calls += 1
        if self.calls % 3 == 0:
            msg = "away"
            raise Unreachable(msg)
        await super().do(step, case)
        if self.calls % 2 == 0:
            msg = "answer lost"
            raise InDoubt(msg)

    async def bear(self, story: Story) -> None:
        await super().bear(story)
        if story.number % 2 == 0:
            msg = "answer lost"
            raise InDoubt(msg)


class _Stubborn(StageFace):
    """Refuses everything."""

    async def do(self, step: Step, case: SeenCase) -> None:
        raise RefusedByServerError(409, "WRONG_STATE")


def make(
    stage: Stage, face: type[StageFace] = StageFace, stories: tuple[Story, ...] = STORIES, **options: Any
) -> Player:
    faces = {system: face(stage, system) for system in (REGISTER, NATIONAL, GOVERNMENT)}
    return Player(
        stories,
        register=faces[REGISTER],
        national=faces[NATIONAL],
        government=faces[GOVERNMENT],
        clock=_Clock(),
        options=PlayOptions(tick_s=5, **options),
    )


async def play_to_end(stage: Stage, play: Player, ticks: int = 80) -> None:
    for _ in range(ticks):
        if (await play.tick()).finished:
            break
        stage.exchange()
        await play.clock.sleep(5)
    stage.exchange()
    await play.tick()


async def test_all_stories_come_to_their_end_and_everything_settles() -> None:
    stage = Stage()
    play = make(stage)
    await play_to_end(stage, play)
    assert play.progress.finished
    assert play.progress.settled == play.progress.ended == len(STORIES)
    assert play.progress.steps_done == play.progress.steps
    assert compare(STORIES, stage.world()).converged


async def test_lost_answers_and_absent_systems_lead_to_no_second_act() -> None:
    stage = Stage()
    play = make(stage, _Flaky)
    await play_to_end(stage, play, ticks=200)
    assert play.progress.finished
    assert compare(STORIES, stage.world()).converged


async def test_a_restarted_player_goes_on_where_the_systems_are() -> None:
    stage = Stage()
    for _ in range(60):
        play = make(stage)
        play.clock = _Clock(stage.clock_at())
        progress = await play.tick()
        stage.exchange()
        if progress.finished:
            break
    assert progress.finished
    assert compare(STORIES, stage.world()).converged


async def test_nobody_acts_before_the_acts_that_it_answers_have_arrived() -> None:
    """Without any exchange only what needs no other system is done."""
    stage = Stage()
    play = make(stage)
    for _ in range(20):
        await play.tick()
        await play.clock.sleep(5)
    assert not play.progress.finished
    assert play.progress.born == len(STORIES)
    for story in STORIES:
        if story.birth != REGISTER:
            assert stage.case(REGISTER, story) is None
            assert not [row for row in (stage.case(story.birth, story) or {})["history"] if row.get("step")]
    local = [story for story in STORIES if story.expect is Expect.LOCAL]
    assert play.progress.ended >= len(local)


async def test_a_step_that_is_refused_for_ever_makes_its_story_stuck_and_the_play_still_ends() -> None:
    stage = Stage()
    play = make(stage, _Stubborn, give_up_after=3)
    await play_to_end(stage, play)
    assert play.progress.finished
    stuck = dict(play.progress.stuck)
    assert len(stuck) == sum(bool(story.steps) for story in STORIES)
    assert all(why.endswith("HTTP 409 WRONG_STATE") for why in stuck.values())


async def test_no_more_cases_are_born_in_a_tick_than_allowed() -> None:
    stage = Stage()
    play = make(stage, births_per_tick=4)
    await play.tick()
    assert sum(map(len, stage.raw.values())) == 4


async def test_what_comes_after_a_due_instant_waits_for_it() -> None:
    story = next(one for one in tell(2, 200) if one.plot == "lapsed")
    stage = Stage()
    play = make(stage, stories=(story,))
    await play.tick()
    stage.exchange()
    await play.tick()
    (case,) = (await play.world()).register
    asked = case.acts[-1].at
    assert asked is not None
    seen = {REGISTER: case, story.birth: (await play.world()).of(story.birth)[0]}
    wait = timedelta(seconds=story.steps[1].wait_s)
    assert story.steps[1].kind is ActKind.LAPSED
    assert not stand(story, seen, asked + wait - timedelta(milliseconds=1)).ready
    assert stand(story, seen, asked + wait).ready


async def test_stillness_is_measured_from_the_last_thing_that_moved() -> None:
    stage = Stage()
    play = make(stage, stories=STORIES[:1])
    moved = await play.tick()
    moved = await play.tick()
    before = moved
    for _ in range(4):
        await play.clock.sleep(30)
        before = await play.tick()
    assert before.still_s >= 30


@pytest.mark.parametrize("system", [REGISTER, NATIONAL])
async def test_a_system_that_cannot_be_read_postpones_the_tick(system: str) -> None:
    class _Away(StageFace):
        async def cases(self, *, whole: bool = False) -> tuple[SeenCase, ...]:
            msg = "away"
            raise Unreachable(msg)

    stage = Stage()
    play = make(stage)
    play.faces[system] = _Away(stage, system)
    progress = await play.tick()
    assert progress.born == 0
    assert not any(stage.raw.values())


async def test_no_new_case_is_entered_while_too_many_are_open() -> None:
    stage = Stage()
    play = make(stage, most_open=5, births_per_tick=None)
    most = 0
    for _ in range(400):
        progress = await play.tick()
        most = max(most, progress.born - progress.settled)
        if progress.finished:
            break
        stage.exchange()
        await play.clock.sleep(5)
    assert play.progress.finished
    assert 0 < most <= 5
    assert compare(STORIES, stage.world()).converged
