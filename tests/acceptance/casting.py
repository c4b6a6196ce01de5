"""Which stories are played over a fault: by plot, portal, acts and files."""

import itertools
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from adapters.life.script import NATIONAL, REGISTER, Actor, Expect, Step, Story
from adapters.life.story import story
from connector.case import ActKind

T = TypeVar("T", bound=Hashable)


@dataclass(frozen=True, kw_only=True)
class Role:
    """What kind of story is wanted.

    Attributes:
        plot: its plot; ``up_…`` is born in the register.
        portal: the portal that takes part.
        shows: kinds of act that must be among its steps.
        files: the sender attaches something.
        paper: so many bytes that each file of an answer must have; 0: the answer has none.
        tightened: the sender asks for privacy when the case has travelled, and that is the whole story.
    """

    plot: str
    portal: str = NATIONAL
    shows: tuple[ActKind, ...] = ()
    files: bool = False
    paper: int | None = None
    tightened: bool = False

    def at(self, portal: str) -> "Role":
        """The same with another portal."""
        return replace(self, portal=portal)


def cast(seed: int, wanted: Mapping[T, Sequence[Role]]) -> dict[T, list[Story]]:
    """A story for each role of each scene. No number is given twice, so that all of them can be played at once."""
    numbers = itertools.count(1)

    def fill(role: Role) -> Story:
        one = next(one for one in (story(seed, number) for number in numbers) if _fits(one, role))
        return _tightened(one) if role.tightened else _heavy(one, role.paper) if role.paper else one

    return {scene: [fill(role) for role in roles] for scene, roles in wanted.items()}


def _fits(one: Story, role: Role) -> bool:
    kinds = {step.kind for step in one.steps}
    return (
        (one.plot, one.portal, one.expect) == (role.plot, role.portal, Expect.SYNCED)
        and kinds.issuperset(role.shows)
        and (bool(one.files) or not role.files)
        and (role.paper is None or bool(_papers(one)) is bool(role.paper))
    )


def _papers(one: Story) -> list[Step]:
    return [step for step in one.steps if step.kind is ActKind.ANSWERED and step.files]


def _heavy(one: Story, least: int) -> Story:
    """The same story with answer files so large that they travel in several parts."""

    def padded(step: Step) -> Step:
        if step.kind is not ActKind.ANSWERED:
            return step
        files = (replace(item, content=item.content + b"\n%" + b"." * least) for item in step.files)
        return replace(step, files=tuple(files))

    return replace(one, steps=tuple(padded(step) for step in one.steps))


def _tightened(one: Story) -> Story:
    """Open when it is entered and handed over, private in the end."""
    asked = Step(system=REGISTER, kind=ActKind.MADE_PRIVATE, by=Actor.OFFICIAL)
    return replace(one, private=True, steps=(one.steps[0], asked))


def openings(stories: Sequence[Story]) -> list[Story]:
    """The stories as they begin: before a sender asks for privacy, the open case has travelled."""
    return [
        replace(one, private=False, steps=one.steps[:-1])
        if one.steps[-1].kind is ActKind.MADE_PRIVATE
        else one
        for one in stories
    ]
