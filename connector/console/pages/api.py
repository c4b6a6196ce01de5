"""The API about itself, and tokens of one's own."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from functools import cache

from fastapi import Response
from fastapi.responses import JSONResponse

from connector.console.openapi import document
from connector.console.route import Route
from connector.console.visit import Done, Shown, Visit
from connector.errors import UserError
from connector.store.tokens import TokenRow


def described(routes: Callable[[], Iterable[Route]]) -> Callable[[Visit], Awaitable[Response]]:
    """What answers with the description of these routes; they are asked for late, because it is one of them."""
    told = cache(lambda: document(routes()))

    async def answer(visit: Visit) -> Response:  # noqa: ARG001  # it is the same for everybody
        return JSONResponse(told())

    return answer


@dataclass(frozen=True, kw_only=True)
class NewToken:
    """A token that was just made. ``text`` is shown this once and kept nowhere."""

    text: str
    token: TokenRow


async def create_token(visit: Visit) -> Shown:
    """A token for one's own account."""
    days = visit.given("days")
    if not (days.isascii() and days.isdigit() and len(days) <= 5):
        msg = "days: phải có hạn dùng, bằng số ngày / an expiry is needed, in days"
        raise UserError(msg)
    text, row = await visit.site.tokens.create(
        visit.actor,
        label=visit.given("label"),
        scopes=visit.given("scopes").split(),
        days=int(days),
        actor=visit.actor,
    )
    return Shown(template="token.html", model=NewToken(text=text, token=row))


async def revoke_token(visit: Visit) -> Done:
    """End a token of one's own."""
    await visit.site.tokens.revoke(visit.number("id"), account=visit.actor, actor=visit.actor)
    return Done(to="/account", told="flash.token_revoked")
