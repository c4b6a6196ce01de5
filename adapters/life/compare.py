"""The independent judge: do the three systems agree in what the stories demand?

:func:`compare` is pure; :func:`judge` reads first. It reads the systems' own data, never the
connector's tables, and shares no mapping with the connector. Every act is compared one by one in both directions.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from adapters.life.faces import Face, look
from adapters.life.pair import Pair, compare_pair
from adapters.life.reading import SeenCase, World
from adapters.life.script import PORTALS, REGISTER, Expect, Story
from adapters.life.standing import expected_state, stand
from adapters.life.verdict import Comparison, Difference, Fault
from connector.clock import LOCAL_ZONE

_LATER = datetime(9999, 1, 1, tzinfo=LOCAL_ZONE)
"""A moment after every due instant: the judge waits for nothing."""

Found = dict[str, dict[tuple[int, int], list[SeenCase]]]


def compare(stories: Sequence[Story], world: World, *, identity_travels: bool = False) -> Comparison:
    """Compare the three systems under the stories.

    Args:
        stories: what was played.
        world: what the systems say now.
        identity_travels: the setting ``send_identity`` lets a local sender's data go up; by default none may.
    """
    found: Found = {system: world.by_key(system) for system in (REGISTER, *PORTALS)}
    differences: list[Difference] = []
    pairs: list[Pair] = []
    quarantined: list[tuple[int, str]] = []
    for story in stories:
        faults = list(_places(story, found))
        if story.expect is Expect.QUARANTINE and not faults:
            quarantined.append((story.number, story.reason or ""))
        if not any(fault.fault is Fault.LOST for fault in faults):
            faults += _script(story, found)
            if story.expect is Expect.SYNCED:
                pair = _pair(story, found)
                pairs.append(pair)
                faults += compare_pair(pair, identity_travels=identity_travels)
        differences += faults
    return Comparison(
        cases=sum(story.key in found[story.birth] for story in stories),
        linked=sum(pair.linked for pair in pairs),
        acts=sum(pair.acts for pair in pairs),
        quarantined=tuple(quarantined),
        strangers=_strangers(stories, world),
        differences=tuple(differences),
    )


async def judge(
    stories: Sequence[Story],
    *,
    register: Face,
    national: Face,
    government: Face,
    identity_travels: bool = False,
) -> Comparison:
    """Read all three systems anew, through their own interfaces, and compare.

    Raises:
        Transient, Unreachable: a system could not be read.
        RefusedByServerError: a system would not be read (wrong token).
    """
    world = await look(register, national, government, whole=True)
    return compare(stories, world, identity_travels=identity_travels)


def _places(story: Story, found: Found) -> Iterable[Difference]:
    """Is the case where it must be, once, and nowhere else?"""
    wanted = {story.birth}
    if story.expect is Expect.SYNCED and story.twin is not None:
        wanted.add(story.twin)
    for system in (REGISTER, *PORTALS):
        cases = found[system].get(story.key, [])
        if system in wanted and not cases:
            yield _difference(Fault.LOST, story, system, "case")
        elif system in wanted and len(cases) > 1:
            yield _difference(Fault.DUPLICATE, story, system, f"case ×{len(cases)}", cases[1])
        elif system not in wanted and cases:
            yield _difference(
                Fault.UNEXPECTED, story, system, f"case of a story that is {story.expect}", cases[0]
            )


def _script(story: Story, found: Found) -> Iterable[Difference]:
    """Was everything done that the script says, and did the register end where the rules say?"""
    cases = {system: found[system][story.key][0] for system in found if story.key in found[system]}
    standing = stand(story, cases, _LATER)
    if standing.done < len(story.steps):
        step = story.steps[standing.done]
        what = f"step {standing.done + 1} of {len(story.steps)}: {step.kind}"
        yield _difference(Fault.UNPLAYED, story, step.system, what, cases.get(step.system))
    elif REGISTER in cases and cases[REGISTER].state not in (None, expected_state(story)):
        what = f"state {cases[REGISTER].state}, not {expected_state(story)}"
        yield _difference(Fault.WRONG, story, REGISTER, what, cases[REGISTER])


def _pair(story: Story, found: Found) -> Pair:
    portal = story.portal
    if portal is None:
        msg = f"story {story.number} has no portal to agree with"
        raise ValueError(msg)
    return Pair(story=story, register=found[REGISTER][story.key][0], portal=found[portal][story.key][0])


def _strangers(stories: Sequence[Story], world: World) -> int:
    keys = {story.key for story in stories}
    return sum(case.key not in keys for system in (REGISTER, *PORTALS) for case in world.of(system))


def _difference(
    fault: Fault, story: Story, system: str, what: str, case: SeenCase | None = None
) -> Difference:
    return Difference(
        fault=fault,
        story=story.number,
        plot=story.plot,
        system=system,
        what=what,
        ref=None if case is None else case.ref,
    )
