"""A route of the console, and how it becomes one of the web server. Whoever registers one has to name its right.

A :class:`Page` is a reading: ``GET path`` as a page and ``GET /api…`` as JSON from the same view model. An
:class:`Action` changes something: ``POST path`` from a form, ``POST /api…`` from a program, both with the token of the
session, or with a program's. A :class:`Plain` answers by itself. What a route is told and tells is declared here, because
the description of the API (:mod:`connector.console.openapi`) is made from it.
"""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from connector.console import answers
from connector.console.access.rights import Right
from connector.console.arrival import arrive, body_of, by_token, check_form, check_texts, token_of
from connector.console.once import once
from connector.console.spent import SERVER_TIMING, Spent
from connector.console.visit import Done, Handed, Shown, Site, Visit
from connector.errors import ConnectorError
from connector.jsonable import jsonable
from connector.store.database import acting_token


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page and its JSON twin.

    Attributes:
        asks: what may stand behind the question mark.
        in_person: for people who signed in; a token is turned away.
        live: seconds after which what the page shows is out of date; it renews itself unless ``?refresh=off``.
    """

    path: str
    right: Right
    view: Callable[[Visit], Awaitable[Any]]
    template: str
    asks: tuple[str, ...] = ()
    in_person: bool = False
    live: Callable[[Any], int | None] = lambda _model: None


@dataclass(frozen=True, kw_only=True)
class Action:
    """A change and its JSON twin.

    Attributes:
        needs: fields that must be sent.
        takes: fields that may be sent besides.
        shows: the view model, where the outcome is shown instead of told.
        hands: media types of the file, where the outcome is one.
        in_person: as for pages.
    """

    path: str
    right: Right
    do: Callable[[Visit], Awaitable[Done | Shown | Handed]]
    needs: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()
    shows: type | None = None
    hands: tuple[str, ...] = ()
    in_person: bool = False


@dataclass(frozen=True, kw_only=True)
class Plain:
    """What is neither: a style sheet, a way on, a sign of life.

    Attributes:
        sent: another server sends something here (``POST``). No form of ours leads here and no cookie counts: it proves
            itself by what it sends.
    """

    path: str
    right: Right
    answer: Callable[[Visit], Awaitable[Response]]
    in_person: bool = False
    sent: bool = False


Route = Page | Action | Plain
Handler = Callable[[Visit], Awaitable[Response]]


def register(app: FastAPI, site: Site, routes: Iterable[Route]) -> None:
    """Make every route reachable, each behind its right.

    Raises:
        TypeError: a route without a right.
    """
    for route in routes:
        if route.right not in set(Right):
            msg = f"{route.path} declares no right"
            raise TypeError(msg)
        for method, path, handler in _ways(route):
            app.add_api_route(path, _guarded(site, route, handler), methods=[method])


def _ways(route: Route) -> list[tuple[str, str, Handler]]:
    match route:
        case Plain():
            return [("POST" if route.sent else "GET", route.path, route.answer)]
        case Page():
            return [("GET", route.path, _page(route)), ("GET", f"/api{route.path}", _twin(route))]
        case Action():
            return [("POST", route.path, _form(route)), ("POST", f"/api{route.path}", _call(route))]


def _page(route: Page) -> Handler:
    async def handle(visit: Visit) -> Response:
        if "refresh" in route.asks:
            visit.asked_of("refresh", ("off",))
        with visit.spent.on("read"):
            model = await route.view(visit)
        with visit.spent.on("write"):
            return answers.page(visit, route.template, model, live=route.live(model))

    return handle


def _twin(route: Page) -> Handler:
    async def handle(visit: Visit) -> Response:
        with visit.spent.on("read"):
            model = await route.view(visit)
        with visit.spent.on("write"):
            return JSONResponse(jsonable(model))

    return handle


def _form(route: Action) -> Handler:
    async def handle(visit: Visit) -> Response:
        done = await route.do(visit)
        if isinstance(done, Shown):
            return answers.page(visit, done.template, done.model)
        if isinstance(done, Handed):
            return answers.handed(done)
        return answers.on_to(visit, done)

    return handle


def _call(route: Action) -> Handler:
    async def handle(visit: Visit) -> Response:
        if visit.key is None or route.in_person:
            return answers.called(visit, await route.do(visit))
        return await once(visit, visit.key, route.path, route.do)

    return handle


def _guarded(site: Site, route: Route, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        spent = Spent()
        with spent.on("door"):
            visit = replace(await arrive(site, request), spent=spent)
        answer = await judged(visit, request)
        answer.headers[SERVER_TIMING] = str(spent)
        return answer

    async def judged(visit: Visit, request: Request) -> Response:
        before = acting_token.set(None)
        try:
            if (token := token_of(request)) is not None:
                visit = await by_token(visit, token)
            if isinstance(route, Plain) and route.sent:
                visit = replace(visit, visitor=None, form=await body_of(request))
            elif request.method == "POST":
                visit = check_form(visit, request, await body_of(request))
            if route.in_person:
                visit.demand_person()
            visit.demand(route.right)
            check_texts(visit)
            return await handler(visit)
        except ConnectorError as error:
            return answers.failed(visit, request, error)
        finally:
            acting_token.reset(before)

    return endpoint
