"""Plays the stories: citizens, officials and operators act when their turn comes, many cases at a time.

One tick reads all three systems once, works out where every story stands (:mod:`adapters.life.standing`), and does
whatever can be done now. Nothing is remembered between ticks but failures and what has settled, so a player that is
killed and started again goes on where the systems are, and a tick costs what is open, not what was.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from adapters.life.faces import Face, look
from adapters.life.http import RefusedByServerError
from adapters.life.reading import SeenCase, World
from adapters.life.script import GOVERNMENT, NATIONAL, REGISTER, Story
from adapters.life.standing import Standing, stand
from connector.clock import Clock
from connector.errors import ConnectorError


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far the play is.

    Attributes:
        born: stories whose case exists.
        steps, steps_done: over all stories.
        ended: stories with nothing left to do.
        settled: of these, those whose every act is visible on both sides.
        stuck: (story number, why) of stories that a system refused again and again; they are given up.
        waiting: stories by what they wait for: ``birth``, or the system in which the next step will be done.
        still_s: seconds since anything moved.
    """

    stories: int
    born: int
    steps: int
    steps_done: int
    ended: int
    settled: int
    stuck: tuple[tuple[int, str], ...] = ()
    waiting: dict[str, int] = field(default_factory=dict)
    still_s: float = 0

    @property
    def share_done(self) -> float:
        """Share of all steps that are done."""
        return self.steps_done / max(1, self.steps)

    @property
    def finished(self) -> bool:
        """Nobody has anything left to do; what was done may still be under way between the systems."""
        return self.ended + len(self.stuck) == self.stories


@dataclass(frozen=True, kw_only=True)
class PlayOptions:
    """How to play.

    Attributes:
        tick_s: pause between two readings.
        parallel: acts at a time.
        births_per_tick: how many new cases may be entered in one tick; None: all that are due.
        most_open: no new case is entered while so many have not settled; None: no limit.
        give_up_after: refusals of one and the same step before its story counts as stuck.
    """

    tick_s: float = 0.5
    parallel: int = 8
    births_per_tick: int | None = 40
    most_open: int | None = None
    give_up_after: int = 10


class Player:
    """Drives stories over the three systems' own interfaces."""

    def __init__(
        self,
        stories: Sequence[Story],
        *,
        register: Face,
        national: Face,
        government: Face,
        clock: Clock,
        options: PlayOptions | None = None,
        on_progress: Callable[[Progress], None] | None = None,
    ) -> None:
        self.stories = list(stories)
        self.faces = {REGISTER: register, NATIONAL: national, GOVERNMENT: government}
        self.clock = clock
        self.options = options or PlayOptions()
        self.on_progress = on_progress
        self.progress = Progress(stories=len(stories), born=0, steps=0, steps_done=0, ended=0, settled=0)
        self._refusals: Counter[tuple[int, int]] = Counter()
        self._stuck: dict[int, str] = {}
        self._standings: dict[int, Standing] = {}
        self._moved_at = clock.now()

    def add(self, stories: Sequence[Story]) -> None:
        """More stories for a play that goes on."""
        self.stories.extend(stories)

    async def run(self, stop: asyncio.Event | None = None) -> Progress:
        """Tick until all stories have ended, or until told to stop."""
        while not (stop and stop.is_set()):
            progress = await self.tick()
            if progress.finished:
                break
            await self.clock.sleep(self.options.tick_s)
        return self.progress

    async def tick(self) -> Progress:
        """Read the systems once and do what can be done now. A system that is away is no error: later."""
        try:
            world = await self.world(whole=False)
        except ConnectorError:
            return self.progress
        cases = {system: world.by_key(system) for system in self.faces}
        now = self.clock.now()
        deeds = []
        for story in self.stories:
            before = self._standings.get(story.number)
            if before is not None and before.settled and before.done == len(story.steps):
                continue  # what becomes of it later is the judge's affair; a story may have been told on meanwhile
            seen = {system: found[story.key][0] for system, found in cases.items() if story.key in found}
            standing = self._standings[story.number] = stand(story, seen, now)
            if standing.ready and story.number not in self._stuck:
                deeds.append((story, standing, seen))
        await self._act(deeds)
        self._tell(self._standings)
        return self.progress

    async def world(self, *, whole: bool = True) -> World:
        """One reading of all three systems; ``whole`` reads every case anew, as the judge needs it."""
        faces = (self.faces[REGISTER], self.faces[NATIONAL], self.faces[GOVERNMENT])
        return await look(*faces, whole=whole)

    async def _act(self, deeds: list[tuple[Story, Standing, dict[str, SeenCase]]]) -> None:
        births = [deed for deed in deeds if not deed[1].born][: self._room()]
        gate = asyncio.Semaphore(self.options.parallel)
        async with asyncio.TaskGroup() as group:
            for story, standing, seen in [deed for deed in deeds if deed[1].born] + births:
                group.create_task(self._deed(gate, story, standing, seen))

    def _room(self) -> int | None:
        """How many cases may be entered now; None: all."""
        most, often = self.options.most_open, self.options.births_per_tick
        if most is None:
            return often
        left = max(0, most - sum(item.born and not item.settled for item in self._standings.values()))
        return left if often is None else min(often, left)

    async def _deed(
        self, gate: asyncio.Semaphore, story: Story, standing: Standing, seen: dict[str, SeenCase]
    ) -> None:
        async with gate:
            try:
                if standing.born:
                    step = story.steps[standing.done]
                    await self.faces[step.system].do(step, seen[step.system])
                else:
                    await self.faces[story.birth].bear(story)
            except RefusedByServerError as error:
                self._refused(story, standing, error)
            except ConnectorError:
                return  # away, or in doubt: the next reading tells

    def _refused(self, story: Story, standing: Standing, error: RefusedByServerError) -> None:
        """A refusal may be a matter of moments (another act came between); many of them are not."""
        key = (story.number, standing.done)
        self._refusals[key] += 1
        if self._refusals[key] >= self.options.give_up_after:
            what = str(story.steps[standing.done].kind) if standing.born else "birth"
            self._stuck[story.number] = f"{what}: {error}"

    def _tell(self, standings: dict[int, Standing]) -> None:
        before = self.progress
        now = self.clock.now()
        ended = {story.number for story in self.stories if self._ended(story, standings[story.number])}
        told = Progress(
            stories=len(self.stories),
            born=sum(item.born for item in standings.values()),
            steps=sum(len(story.steps) for story in self.stories),
            steps_done=sum(item.done for item in standings.values()),
            ended=len(ended - self._stuck.keys()),
            settled=sum(item.settled for item in standings.values()),
            stuck=tuple(sorted(self._stuck.items())),
            waiting=dict(
                Counter(
                    _waits_for(story, standings[story.number])
                    for story in self.stories
                    if story.number not in ended
                )
            ),
        )
        marks = ("born", "steps_done", "settled", "stuck")
        if any(getattr(told, name) != getattr(before, name) for name in marks):
            self._moved_at = now
        self.progress = replace(told, still_s=(now - self._moved_at).total_seconds())
        if self.on_progress:
            self.on_progress(self.progress)

    @staticmethod
    def _ended(story: Story, standing: Standing) -> bool:
        return standing.born and standing.done == len(story.steps)


def _waits_for(story: Story, standing: Standing) -> str:
    return story.steps[standing.done].system if standing.born else "birth"
