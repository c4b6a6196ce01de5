"""What is on its way and what waits for a person: deliveries, quarantine, runs, pauses."""

from dataclasses import dataclass

from connector.console.visit import Done, Visit
from connector.errors import UserError
from connector.services import control
from connector.store import deliveries, flows, quarantine, saved_filters, work_list
from connector.store.flows import Pause, Run
from connector.store.leaf import leaf
from connector.store.quarantine import Item
from connector.store.saved_filters import SavedFilter
from connector.store.work_list import DeliveryLine

PAGE = 50
REFRESH_S = 10
DELIVERY_STATES = (*deliveries.OPEN, "done", "cancelled", "dismissed")
ITEM_STATES = ("open", "resolved", "dismissed")


@dataclass(frozen=True, kw_only=True)
class DeliveriesPage:
    """Intended writes, newest first. ``older``, ``newer``: where the next page and the one before begin."""

    rows: tuple[DeliveryLine, ...]
    asked: dict[str, str]
    older: int | None
    newer: int | None
    saved: tuple[SavedFilter, ...]
    choices: dict[str, tuple[str, ...]]


async def deliveries_page(visit: Visit) -> DeliveriesPage:
    """Writes in a state; without one all that are not over."""
    choices = {"state": DELIVERY_STATES, "system": _systems(visit)}
    state, at = visit.asked_of("state", choices["state"]), visit.place(PAGE)
    async with visit.site.db.reading() as conn:
        found = await work_list.writes(
            conn,
            at,
            states=(state,) if state else deliveries.OPEN,
            target=visit.asked_of("system", choices["system"]),
        )
        saved = await saved_filters.listed(conn, visit.actor, "deliveries")
    shown = leaf(found, lambda one: one.id, at, falling=True)
    return DeliveriesPage(
        rows=shown.rows,
        asked=_asked(visit, choices),
        older=shown.before,
        newer=shown.after,
        saved=saved,
        choices=choices,
    )


@dataclass(frozen=True, kw_only=True)
class QuarantinePage:
    """What waits, the longest waiting first. ``newer``, ``older``: where the next page and the one before begin."""

    rows: tuple[Item, ...]
    asked: dict[str, str]
    newer: int | None
    older: int | None
    saved: tuple[SavedFilter, ...]
    choices: dict[str, tuple[str, ...]]


async def quarantine_page(visit: Visit) -> QuarantinePage:
    """Items in a state; without one the open ones."""
    choices, at = {"state": ITEM_STATES, "system": _systems(visit)}, visit.place(PAGE)
    async with visit.site.db.reading() as conn:
        found = await quarantine.listed(
            conn,
            state=visit.asked_of("state", choices["state"]) or "open",
            system=visit.asked_of("system", choices["system"]),
            at=at,
        )
        saved = await saved_filters.listed(conn, visit.actor, "quarantine")
    shown = leaf(found, lambda one: one.id, at)
    return QuarantinePage(
        rows=shown.rows,
        asked=_asked(visit, choices),
        newer=shown.after,
        older=shown.before,
        saved=saved,
        choices=choices,
    )


async def retry(visit: Visit) -> Done:
    """Try an item again."""
    item = await control.retry(visit.site.ctx, visit.number("id"), actor=visit.actor)
    return Done(to="/quarantine", told="flash.retried", data={"item": item.id})


async def dismiss(visit: Visit) -> Done:
    """Close an item, with a note."""
    item = await control.dismiss(
        visit.site.ctx, visit.number("id"), actor=visit.actor, note=visit.given("note")
    )
    return Done(to="/quarantine", told="flash.dismissed", data={"item": item.id})


@dataclass(frozen=True, kw_only=True)
class RunsPage:
    """Passes over the systems, newest first."""

    rows: tuple[Run, ...]
    asked: dict[str, str]
    older: int | None
    newer: int | None
    choices: dict[str, tuple[str, ...]]


async def runs(visit: Visit) -> RunsPage:
    """The newest passes; of one system, if asked."""
    choices, at = {"system": _systems(visit)}, visit.place(PAGE)
    async with visit.site.db.reading() as conn:
        found = await flows.runs(conn, at, system=visit.asked_of("system", choices["system"]))
    shown = leaf(found, lambda one: one.id, at, falling=True)
    return RunsPage(
        rows=shown.rows,
        asked=_asked(visit, choices),
        older=shown.before,
        newer=shown.after,
        choices=choices,
    )


def live(page: RunsPage) -> int | None:  # noqa: ARG001  # runs come at any time
    """How soon the page is out of date."""
    return REFRESH_S


@dataclass(frozen=True, kw_only=True)
class PausesPage:
    """What is held, and what could be. ``scopes``: a system, or one flow of it."""

    held: tuple[Pause, ...]
    scopes: tuple[str, ...]


async def pauses(visit: Visit) -> PausesPage:
    """What is held now."""
    async with visit.site.db.reading() as conn:
        held = await flows.pauses(conn)
    taken = {one.scope for one in held}
    every = [
        f"{kind}:{name}" for name in _systems(visit) for kind in ("system", "flow:observe", "flow:deliver")
    ]
    return PausesPage(held=tuple(held), scopes=tuple(one for one in every if one not in taken))


async def pause(visit: Visit) -> Done:
    """Hold a system, a flow or a case."""
    scope = await _scope(visit)
    fresh = await control.pause(visit.site.ctx, scope, actor=visit.actor, reason=_reason(visit))
    return Done(to="/pauses", told="flash.paused" if fresh else "flash.paused_before", data={"scope": scope})


async def resume(visit: Visit) -> Done:
    """Let it go on."""
    scope = await _scope(visit)
    held = await control.resume(visit.site.ctx, scope, actor=visit.actor, reason=_reason(visit))
    return Done(to="/pauses", told="flash.resumed" if held else "flash.not_held", data={"scope": scope})


async def _scope(visit: Visit) -> str:
    kind, _, rest = visit.given("scope").partition(":")
    chosen = {
        "system": None,
        "flow": None,
        "case": None,
        **({kind: rest} if kind in ("system", "flow", "case") else {}),
    }
    return await control.scope_of(visit.site.ctx, **chosen)


def _reason(visit: Visit) -> str:
    """Why, in words: needed for both, because whoever comes next reads it."""
    reason = visit.given("reason")
    if not reason:
        msg = "phải có lý do, để người sau đọc / a reason is needed: the next person reads it"
        raise UserError(msg)
    return reason


def _systems(visit: Visit) -> tuple[str, ...]:
    return tuple(sorted(visit.site.settings.systems))


def _asked(visit: Visit, choices: dict[str, tuple[str, ...]]) -> dict[str, str]:
    return {key: value for key in choices if (value := visit.asked(key))}
