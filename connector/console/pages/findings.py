"""Differences between the systems: the list, one of them, and an official's word that it may stand for a while."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from connector.clock import LOCAL_ZONE
from connector.console.visit import Done, Visit
from connector.errors import NotFoundError, UserError
from connector.reconcile.findings import Finding, FindingClass, Role, Severity, is_repairable
from connector.services import reconcile
from connector.services.dossier import dossier
from connector.services.sides import Pair
from connector.store import finding_list, findings, saved_filters
from connector.store.finding_list import FindingLine, Search
from connector.store.leaf import leaf
from connector.store.saved_filters import SavedFilter

PAGE = 50
AGES = ("1", "7", "30")
"""Days that a difference has been there, to choose from."""


@dataclass(frozen=True, kw_only=True)
class FindingsPage:
    """Gravest first, then oldest. ``next``, ``prev``: where the next page and the one before begin."""

    rows: tuple[FindingLine, ...]
    asked: dict[str, str]
    next: str | None
    prev: str | None
    saved: tuple[SavedFilter, ...]
    choices: dict[str, tuple[str, ...]]


async def listed(visit: Visit) -> FindingsPage:
    """The differences that match; without a state the open ones that nobody has acknowledged."""
    choices = {
        "state": finding_list.STATES,
        "severity": tuple(one.value for one in reversed(Severity)),
        "kind": tuple(one.value for one in FindingClass if one is not FindingClass.IN_FLIGHT),
        "system": tuple(sorted(visit.site.settings.systems)),
        "role": tuple(Role),
        "age": AGES,
    }
    chosen = {key: visit.asked_of(key, known) for key, known in choices.items()}
    name, age = visit.asked("case"), chosen["age"]
    search = Search(
        state=chosen["state"] or "open",
        system=chosen["system"],
        kind=chosen["kind"],
        severity=chosen["severity"],
        role=chosen["role"],
        case_id=await visit.case_id(name) if name else None,
        opened_before=visit.site.ctx.clock.now() - timedelta(days=int(age)) if age else None,
        at=visit.marked_place(PAGE),
    )
    async with visit.site.db.reading() as conn:
        found = leaf(await finding_list.find(conn, search), lambda one: one.mark, search.at)
        saved = await saved_filters.listed(conn, visit.actor, "findings")
    return FindingsPage(
        rows=found.rows,
        asked={key: value for key in ("case", *choices) if (value := visit.asked(key))},
        next=found.after,
        prev=found.before,
        saved=saved,
        choices=choices,
    )


@dataclass(frozen=True, kw_only=True)
class FindingPage:
    """One difference. ``pair``: both sides of its case, as the live flow read them last."""

    finding: Finding
    age_s: int
    repairable: bool
    pair: Pair | None
    first_day: date
    last_day: date


async def one(visit: Visit) -> FindingPage:
    """All that is known of it, but for values."""
    number, now = visit.number("id"), visit.site.ctx.clock.now()
    async with visit.site.db.reading() as conn:
        found = await findings.get(conn, number)
    if found is None:
        msg = f"không có chênh lệch số {number} / no difference {number}"
        raise NotFoundError(msg)
    pairs: tuple[Pair, ...] = ()
    if found.case_id is not None:
        pairs = (await dossier(visit.site.ctx, found.case_id, log=False)).pairs
    today = now.astimezone(LOCAL_ZONE).date()
    return FindingPage(
        finding=replace(found, print=None),  # a digest of values: it stays sealed
        age_s=int(found.age(now).total_seconds()),
        repairable=is_repairable(found),
        pair=next((pair for pair in pairs if pair.system == found.system), None),
        first_day=today,
        last_day=today + reconcile.LONGEST - timedelta(days=1),
    )


async def acknowledge(visit: Visit) -> Done:
    """It may stand until the end of a day, for a stated reason; it ends earlier if the difference changes."""
    number, until = visit.number("id"), visit.given_day("until")
    if until is None:
        msg = "cần ngày hết hiệu lực / the last day is needed"
        raise UserError(msg)
    await reconcile.acknowledge(
        visit.site.db,
        visit.site.settings,
        number,
        by=visit.actor,
        note=visit.given("note"),
        until=until,
        now=visit.site.ctx.clock.now(),
    )
    return Done(to=f"/findings/{number}", told="flash.acknowledged", data={"finding": number})
