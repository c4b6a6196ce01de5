"""A route of the console, and how it becomes one of the web server. Whoever registers one has to name its right.

A :class:`Page` is a reading: ``GET path`` as a page and ``GET /api…`` as JSON from the same view model. An
:class:`Action` changes something: ``POST path`` from a form, ``POST /api…`` from a program, both with the token of the
session. A :class:`Plain` answers by itself.
"""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from connector.console import answers
from connector.console.access.rights import Right
from connector.console.arrival import arrive, body_of, check_form
from connector.console.visit import Done, Handed, Shown, Site, Visit
from connector.errors import ConnectorError
from connector.jsonable import jsonable


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page and its JSON twin. ``refresh``: seconds after which the browser asks again, by what the page shows."""

    path: str
    right: Right
    view: Callable[[Visit], Awaitable[Any]]
    template: str
    refresh: Callable[[Any], int | None] = lambda _model: None


@dataclass(frozen=True, kw_only=True)
class Action:
    """A change and its JSON twin."""

    path: str
    right: Right
    do: Callable[[Visit], Awaitable[Done | Shown | Handed]]


@dataclass(frozen=True, kw_only=True)
class Plain:
    """A reading that is neither: a style sheet, a way on, a sign of life."""

    path: str
    right: Right
    answer: Callable[[Visit], Awaitable[Response]]


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
            app.add_api_route(path, _guarded(site, route.right, handler), methods=[method])


def _ways(route: Route) -> list[tuple[str, str, Handler]]:
    match route:
        case Plain():
            return [("GET", route.path, route.answer)]
        case Page():
            return [("GET", route.path, _page(route)), ("GET", f"/api{route.path}", _twin(route))]
        case Action():
            return [("POST", route.path, _form(route)), ("POST", f"/api{route.path}", _call(route))]


def _page(route: Page) -> Handler:
    async def handle(visit: Visit) -> Response:
        model = await route.view(visit)
        answer = answers.page(visit, route.template, model)
        if seconds := route.refresh(model):
            answer.headers["Refresh"] = f"{seconds}; url={answers.again(visit)}"
        return answer

    return handle


def _twin(route: Page) -> Handler:
    async def handle(visit: Visit) -> Response:
        return JSONResponse(jsonable(await route.view(visit)))

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
        done = await route.do(visit)
        if isinstance(done, Shown):
            return JSONResponse(jsonable(done.model))
        if isinstance(done, Handed):
            return answers.handed(done)
        return answers.told(visit, done)

    return handle


def _guarded(site: Site, right: Right, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        visit = await arrive(site, request)
        try:
            if request.method == "POST":
                visit = check_form(visit, request, await body_of(request))
            visit.demand(right)
            return await handler(visit)
        except ConnectorError as error:
            return answers.failed(visit, request, error)

    return endpoint
