"""Which stories are played over a fault: by plot, portal, acts and files."""

import itertools
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeVar

from adapters.life.files import pdf
from adapters.life.script import NATIONAL, REGISTER, Actor, Expect, Step, Story
from adapters.life.story import story
from connector.case import ActKind

T = TypeVar("T", bound=Hashable)


class Later(StrEnum):
    """A change that no act tells of."""

    PAPER = "paper"  # an official of the register adds what the sender brought
    CONTENT = "content"  # the sender words it anew on the portal
    PRIVATE = "private"  # the sender asks for privacy on the portal


ANEW = "\n\nXin sửa lại: sự việc xảy ra vào buổi chiều."
PAPER = pdf("giay-to-nop-tai-quay.pdf", "brought to the counter later")


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
        later: what the case is changed in where it was born, when it has travelled; that too is then the whole story.
    """

    plot: str
    portal: str = NATIONAL
    shows: tuple[ActKind, ...] = ()
    files: bool = False
    paper: int | None = None
    tightened: bool = False
    later: Later | None = None

    def at(self, portal: str) -> "Role":
        """The same with another portal."""
        return replace(self, portal=portal)


def cast(seed: int, wanted: Mapping[T, Sequence[Role]]) -> dict[T, list[Story]]:
    """A story for each role of each scene. No number is given twice, so that all of them can be played at once."""
    numbers = itertools.count(1)

    def fill(role: Role) -> Story:
        one = next(one for one in (story(seed, number) for number in numbers) if _fits(one, role))
        if role.later:
            return _changed(one, role.later)
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


def _changed(one: Story, what: Later) -> Story:
    """Nobody does anything but that; a case of the register is handed over first, as only then it travels."""
    one = replace(one, steps=one.steps[:1] if one.birth == REGISTER else ())
    match what:
        case Later.PAPER:
            return replace(one, files=(*one.files, PAPER))
        case Later.CONTENT:
            return replace(one, content=one.content + ANEW)
        case Later.PRIVATE:
            return replace(one, private=True)


def openings(stories: Sequence[Story]) -> list[Story]:
    """The stories as they begin: before a sender asks for privacy or anything is changed, the case has travelled."""
    return [_opening(one) for one in stories]


def _opening(one: Story) -> Story:
    asked = bool(one.steps) and one.steps[-1].kind is ActKind.MADE_PRIVATE
    return replace(
        one,
        private=one.private and bool(one.steps) and not asked,
        steps=one.steps[:-1] if asked else one.steps,
        content=one.content.removesuffix(ANEW),
        files=tuple(file for file in one.files if file is not PAPER),
    )
