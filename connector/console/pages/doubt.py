"""Writes of unknown outcome: the list, the evidence side by side, and an official's decision."""

from dataclasses import dataclass

from connector.console.visit import Done, Visit
from connector.errors import UserError
from connector.services import doubt
from connector.services.doubt import Evidence
from connector.services.officers import decision
from connector.store import work_list
from connector.store.leaf import Place, leaf
from connector.store.work_list import DoubtLine

PAGE = 50
LOOKING = 20


@dataclass(frozen=True, kw_only=True)
class DoubtsPage:
    """Oldest first: what a person has to decide, page by page, and beside the first page what still looks itself up.

    Attributes:
        newer, older: where the next page and the one before begin.
        more: more look themselves up than are shown; all of them stand among the deliveries in doubt.
    """

    person: tuple[DoubtLine, ...]
    newer: int | None
    older: int | None
    looking: tuple[DoubtLine, ...]
    more: bool


async def doubts(visit: Visit) -> DoubtsPage:
    """The list. No seal is opened for it."""
    at = visit.place(PAGE)
    first = at.before is None and at.after is None
    async with visit.site.db.reading() as conn:
        person = leaf(await work_list.doubts(conn, at, person=True), lambda one: one.id, at)
        beside: Place[int] = Place(most=LOOKING + 1)
        looking = await work_list.doubts(conn, beside, person=False) if first else []
    return DoubtsPage(
        person=person.rows,
        newer=person.after,
        older=person.before,
        looking=tuple(looking[:LOOKING]),
        more=len(looking) > LOOKING,
    )


async def evidence(visit: Visit) -> Evidence:
    """Both sides of one; the target is asked now, nothing is written."""
    return await doubt.look(visit.site.ctx, visit.number("id"))


async def decide(visit: Visit) -> Done:
    """It took effect, or it did not: by the account that is signed in, on a stated basis."""
    effect = visit.given("effect")
    if effect not in ("yes", "no"):
        msg = "effect: yes or no"
        raise UserError(msg)
    by = decision(visit.site.settings, officer=visit.actor, basis=visit.given("basis"))
    number = visit.number("id")
    await doubt.decide(
        visit.site.ctx,
        number,
        by,
        effect=effect == "yes",
        actor=visit.actor,
        ref=visit.given("ref") or None,
    )
    return Done(to="/doubt", told=f"flash.decided_{effect}", data={"delivery": number})
