"""Where each story stands, derived from the systems alone. Pure: a restarted player asks again and goes on.

A step is done when its act is visible where it is done: the *n*-th step of a kind when *n* acts of that kind are.
The next step is ready when everything that the steps before it cause is visible in its own system, so that a script
never races with the exchange that it wants to see.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from adapters.life.reading import SeenCase
from adapters.life.script import REGISTER, Expect, Step, Story
from adapters.life.vocabulary import OUTWARD, STATE_AFTER, STATUS_AFTER
from connector.case import ActKind, Status


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Where one story stands.

    Attributes:
        born: its case exists in the system of birth.
        done: steps done.
        ready: the next step can be done now.
        settled: all steps done, and all that they cause visible on both sides.
    """

    born: bool
    done: int
    ready: bool
    settled: bool


def leaves(step: Step) -> tuple[ActKind, ...]:
    """Acts that a step leaves in its own system."""
    if step.kind is ActKind.ASSIGNED:
        return (ActKind.ACCEPTED, ActKind.ASSIGNED)
    if step.kind is ActKind.ANSWERED and step.details.get("publishable") == "0":
        return (ActKind.ANSWERED, ActKind.CLOSED)
    return (step.kind,)


def causes(step: Step) -> tuple[ActKind, ...]:
    """Acts that must come to be visible on the other side."""
    if step.system != REGISTER:
        return (step.kind,)
    return tuple(OUTWARD[kind] for kind in leaves(step) if kind in OUTWARD)


def expected_status(story: Story) -> Status:
    """The status that a portal must show in the end (rules §3.6)."""
    status = before_recall = Status.ASSIGNED
    for step in story.steps:
        for kind in causes(step):
            if kind is ActKind.RECALLED:
                before_recall = status
            status = before_recall if kind is ActKind.RECALL_REFUSED else STATUS_AFTER.get(kind, status)
    return status


def expected_state(story: Story) -> str:
    """The state that the register must be in at the end (rules §3.2)."""
    state = "MOI"
    for step in story.steps:
        if step.kind is ActKind.ANSWERED:
            state = "DA_CONG_KHAI" if step.details.get("publishable") == "1" else "DA_TRA_LOI_RIENG"
        else:
            state = STATE_AFTER.get(step.kind, state)
    return state


def stand(story: Story, cases: dict[str, SeenCase], now: datetime) -> Standing:
    """Where a story stands.

    Args:
        cases: the story's case by system, as far as it is there.
        now: for steps that wait for a due instant.
    """
    birthplace = cases.get(story.birth)
    if birthplace is None:
        return Standing(born=False, done=0, ready=True, settled=False)
    done = _done(story.steps, cases)
    if done == len(story.steps):
        return Standing(born=True, done=done, ready=False, settled=_settled(story, cases))
    step = story.steps[done]
    ready = _sees(story, step.system, done, cases) and _waited(step, cases.get(step.system), now)
    return Standing(born=True, done=done, ready=ready, settled=False)


def _done(steps: Sequence[Step], cases: dict[str, SeenCase]) -> int:
    told: Counter[tuple[str, ActKind]] = Counter()
    for index, step in enumerate(steps):
        told[step.system, step.kind] += 1
        case = cases.get(step.system)
        own = True if step.system == REGISTER else None
        if case is None or case.count(step.kind, own=own) < told[step.system, step.kind]:
            return index
    return len(steps)


def _sees(story: Story, system: str, upto: int, cases: dict[str, SeenCase]) -> bool:
    """Whether the system shows all that the other systems' steps before ``upto`` cause."""
    case = cases.get(system)
    if case is None:
        return False
    caused = Counter(kind for step in story.steps[:upto] if step.system != system for kind in causes(step))
    return all(case.count(kind, own=False if system == REGISTER else None) >= n for kind, n in caused.items())


def _settled(story: Story, cases: dict[str, SeenCase]) -> bool:
    if story.expect is not Expect.SYNCED or story.twin is None:
        return True
    return all(_sees(story, system, len(story.steps), cases) for system in (story.birth, story.twin))


def _waited(step: Step, case: SeenCase | None, now: datetime) -> bool:
    if not step.wait_s or case is None:
        return True
    last = max((act.at for act in case.acts if act.at is not None), default=None)
    return last is None or now >= last + timedelta(seconds=step.wait_s)
