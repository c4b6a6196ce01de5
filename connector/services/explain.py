"""One case explained: what happened on each side, what both agreed on, what is on its way, what happens next and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connector.case import REGISTER, Act, Case
from connector.errors import NotFoundError
from connector.rules.book import RuleBook
from connector.rules.visibility import Audience, shown
from connector.services.deadlines import Deadline, PortalDue, deadlines, portal_due
from connector.store import cases, deliveries, flows, quarantine
from connector.store.cases import CaseRow, End
from connector.store.database import Database
from connector.store.deliveries import Delivery
from connector.store.quarantine import Item


@dataclass(frozen=True, kw_only=True)
class SideView:
    """What one system tells. Sender data and content are left out: this view goes to screens and files."""

    system: str
    ref: str
    status: str | None
    acts: tuple[Mapping[str, Any], ...]
    agreed_acts: int | None


@dataclass(frozen=True, kw_only=True)
class Next:
    """What happens next: a text key of the catalogue, when, and why (a code)."""

    key: str
    at: datetime | None = None
    code: str | None = None
    subject: str | None = None


@dataclass(frozen=True, kw_only=True)
class CaseView:
    """Everything an operator needs to understand one case."""

    id: int
    code: str | None
    origin: str
    sides: tuple[SideView, ...]
    deadlines: tuple[Deadline, ...]
    portal_due: tuple[PortalDue, ...]
    deliveries: tuple[Mapping[str, Any], ...]
    quarantine: tuple[Item, ...]
    next: tuple[Next, ...]
    end: End | None = None


async def explain(db: Database, name: str | int, *, book: RuleBook, now: datetime) -> CaseView:
    """Explain the case that ``name`` means: our id, the register's code, or a system's reference; a number is our id alone.

    ``book`` gives the articles of the deadlines; whether one is overdue is derived at ``now``.

    Raises:
        NotFoundError: no such case.
    """
    async with db.reading() as conn:
        case_id = name if isinstance(name, int) else await cases.find(conn, name)
        row = await cases.get(conn, case_id) if case_id is not None else None
        if row is None:
            msg = f"no case is known as {name}"
            raise NotFoundError(msg)
        writes = await deliveries.of_case(conn, row.id)
        held = await quarantine.of_case(conn, row.id)
        kinds = ("system", "flow:observe", "flow:deliver")
        scopes = [f"case:{row.id}", *(f"{kind}:{link.system}" for link in row.links for kind in kinds)]
        pause = await flows.held(conn, *scopes)
        unsettled = await cases.is_dirty(conn, row.id)
    states = [link.state for link in row.links if link.state]
    return CaseView(
        id=row.id,
        code=row.code,
        origin=f"{row.origin_system}:{row.origin_ref}",
        sides=tuple(_side(row, link.system, link.state) for link in row.links),
        deadlines=tuple(
            one for state in states if state.system == REGISTER for one in deadlines(state, book, now)
        ),
        portal_due=tuple(filter(None, (portal_due(state) for state in states))),
        deliveries=tuple(_delivery(item) for item in writes),
        quarantine=tuple(held),
        next=(Next(key="next.ended"),)
        if row.end is not None
        else _next(writes, held, pause, unsettled=unsettled),
        end=row.end,
    )


def _side(row: CaseRow, system: str, state: Case | None) -> SideView:
    link = row.link(system)
    assert link is not None
    return SideView(
        system=system,
        ref=link.ref,
        status=state.status.value if state else None,
        acts=acts_shown(state) if state else (),
        agreed_acts=len(link.baseline.acts) if link.baseline else None,
    )


def acts_shown(state: Case) -> tuple[Mapping[str, Any], ...]:
    """The acts of a telling as a screen may show them: who did what and when, no content."""
    return tuple(_act(act) for act in shown(state, Audience.EXPORT).acts)


def _act(act: Act) -> dict[str, Any]:
    return {"id": act.id, "kind": act.kind.value, "at": act.at, "agency": act.agency, "officer": act.officer}


def _delivery(item: Delivery) -> dict[str, Any]:
    return {
        "id": item.id,
        "target": item.target,
        "intent": item.intent.value,
        "act": item.act_id,
        "state": item.state,
        "attempts": item.attempts,
        "next_attempt_at": item.next_attempt_at if item.state in ("planned", "waiting", "in_doubt") else None,
        "code": item.error_code,
        "reason": item.error_text,
        "finished_at": item.finished_at,
    }


def _next(
    writes: list[Delivery], held: list[Item], pause: flows.Pause | None, *, unsettled: bool
) -> tuple[Next, ...]:
    """Per system the first open write decides; nothing open and nothing to settle means that both sides agree."""
    result: list[Next] = []
    if pause is not None:
        result.append(Next(key="next.paused", code=pause.code, subject=pause.scope))
    seen: set[str] = set()
    for item in writes:
        if item.state in deliveries.OPEN and item.target not in seen:
            seen.add(item.target)
            result.append(
                Next(
                    key=f"next.{item.state}",
                    at=item.next_attempt_at,
                    code=item.error_code,
                    subject=item.target,
                )
            )
    result += [
        Next(key="next.person", code=one.code, subject=one.subject) for one in held if one.delivery_id is None
    ]
    return tuple(result) or (Next(key="next.settle" if unsettled else "next.nothing"),)
