"""Writes of unknown outcome: the list, the evidence side by side, and an official's decision."""

from dataclasses import dataclass

from connector.console.visit import Done, Visit
from connector.errors import UserError
from connector.services import doubt
from connector.services.doubt import Evidence, Sent
from connector.services.officers import decision

MOST = 200


@dataclass(frozen=True, kw_only=True)
class DoubtsPage:
    """All of them, oldest first: what a person has to decide, and what still looks itself up."""

    person: tuple[Sent, ...]
    looking: tuple[Sent, ...]


async def doubts(visit: Visit) -> DoubtsPage:
    """The list."""
    found = await doubt.listed(visit.site.db, target=None, most=MOST)
    return DoubtsPage(
        person=tuple(one for one in found if one.state != "in_doubt"),
        looking=tuple(one for one in found if one.state == "in_doubt"),
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
