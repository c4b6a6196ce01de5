"""Plans of a resync: the list, and one of them with all that it would do, what the guards say and how far it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from connector.console.visit import Visit
from connector.services.dossier import PURPOSES
from connector.services.resync import plan_of
from connector.store import plans
from connector.store.leaf import leaf
from connector.store.plans import KeptItem, KeptStep, Plan

PAGE = 50
STEPS = 25
REFRESH_S = 5
"""Seconds after which a plan that runs is looked at again."""

SHOWN = frozenset({"privacy", "status"})
"""Fields whose values anybody may see who sees the plan; the others hold what people wrote."""


@dataclass(frozen=True, kw_only=True)
class PlansPage:
    """Newest first. ``older``, ``newer``: where the next page and the one before begin."""

    rows: tuple[Plan, ...]
    asked: dict[str, str]
    older: int | None
    newer: int | None
    choices: dict[str, tuple[str, ...]]


async def listed(visit: Visit) -> PlansPage:
    """The newest plans; of one state, if asked."""
    choices: dict[str, tuple[str, ...]] = {"state": plans.STATES}
    state = visit.asked_of("state", choices["state"])
    at = visit.place(PAGE)
    async with visit.site.db.reading() as conn:
        found = leaf(await plans.listed(conn, at, state=state), lambda one: one.id, at, falling=True)
    return PlansPage(
        rows=found.rows,
        asked={"state": state} if state else {},
        older=found.before,
        newer=found.after,
        choices=choices,
    )


@dataclass(frozen=True, kw_only=True)
class FieldLine:
    """A field that a write changes; both values only where everybody may see them (``open``)."""

    name: str
    open: bool
    old: str | None
    new: str | None


@dataclass(frozen=True, kw_only=True)
class ItemLine:
    """One thing that the plan does, and what became of it."""

    number: int
    deed: str
    system: str
    source: str | None
    intent: str | None
    act_kind: str | None
    code: str | None
    calls: int
    downgrade: bool
    published: bool
    digest: str
    fields: tuple[FieldLine, ...]
    delivery_id: int | None
    delivery_state: str | None


@dataclass(frozen=True, kw_only=True)
class StepLine:
    """One case: done as a whole or held back as a whole. ``sealed``: it has values that only a purpose opens."""

    number: int
    case_id: int | None
    refs: Mapping[str, str]
    state: str
    code: str | None
    attempts: int
    sealed: bool
    items: tuple[ItemLine, ...]


@dataclass(frozen=True, kw_only=True)
class PlanPage:
    """One plan. ``progress``: steps by state, and its writes; ``mine``: the visitor made it, so another one approves.

    ``too_old``: it was previewed too long ago to be carried out.
    """

    plan: Plan
    mine: bool
    too_old: bool
    waits_for_approval: bool
    progress: Mapping[str, int]
    steps: int
    over: int
    rows: tuple[StepLine, ...]
    asked: dict[str, str]
    next: int | None
    prev: int | None
    choices: dict[str, tuple[str, ...]]
    purposes: tuple[str, ...]


async def one(visit: Visit) -> PlanPage:
    """The preview as it was, and what became of each item."""
    choices: dict[str, tuple[str, ...]] = {"state": plans.STEP_STATES}
    state = visit.asked_of("state", choices["state"])
    at = visit.place(STEPS)
    async with visit.site.db.reading() as conn:
        plan = await plan_of(conn, visit.path["digest"])
        found = await plans.steps(conn, plan.id, at, states=(state,) if state else ())
        progress = await plans.progress(conn, plan.id)
    shown = leaf(found, lambda step: step.number, at)
    valid = timedelta(seconds=visit.site.settings.resync.valid_s)
    steps = sum(progress.get(name, 0) for name in plans.STEP_STATES)
    return PlanPage(
        plan=plan,
        too_old=plan.state == "ready" and visit.site.ctx.clock.now() - plan.made_at > valid,
        mine=plan.made_by.casefold() == visit.actor.casefold(),
        waits_for_approval=bool(plan.reasons) and plan.approved_by is None and plan.state == "ready",
        progress=progress,
        steps=steps,
        over=steps - progress.get("pending", 0),
        rows=tuple(_step(one) for one in shown.rows),
        asked={key: value for key in ("state", "refresh") if (value := visit.asked(key))},
        next=shown.after,
        prev=shown.before,
        choices=choices,
        purposes=PURPOSES,
    )


def live(page: PlanPage) -> int | None:
    """How soon the page is out of date."""
    return REFRESH_S if page.plan.state == "running" else None


def _step(kept: KeptStep) -> StepLine:
    changes = [told for one in kept.items for told in one.item.changes]
    return StepLine(
        number=kept.number,
        case_id=kept.subject.case_id,
        refs=kept.subject.refs,
        state=kept.state,
        code=kept.code,
        attempts=kept.attempts,
        sealed=any(told.field not in SHOWN and (told.old or told.new) for told in changes),
        items=tuple(_item(one) for one in kept.items),
    )


def _item(kept: KeptItem) -> ItemLine:
    item = kept.item
    return ItemLine(
        number=kept.number,
        deed=item.deed.value,
        system=item.system,
        source=item.source,
        intent=item.intent.value if item.intent else None,
        act_kind=item.act_kind,
        code=item.code,
        calls=item.calls,
        downgrade=item.downgrade,
        published=item.published,
        digest=kept.digest,
        fields=tuple(
            FieldLine(
                name=told.field,
                open=told.field in SHOWN,
                old=told.old if told.field in SHOWN else None,
                new=told.new if told.field in SHOWN else None,
            )
            for told in item.changes
        ),
        delivery_id=kept.delivery_id,
        delivery_state=kept.delivery_state,
    )
