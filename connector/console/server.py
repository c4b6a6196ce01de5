"""The console as one web application, and how it is served: alone, or inside the daemon."""

import asyncio
import gc
import socket
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from time import perf_counter

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from connector.app import App
from connector.console import answers
from connector.console.access.accounts import Accounts
from connector.console.access.door import Door
from connector.console.access.sso import SingleSignOn
from connector.console.access.tokens import Tokens
from connector.console.arrival import arrive
from connector.console.counted import Counted
from connector.console.render import ENVIRONMENT
from connector.console.route import register
from connector.console.spent import SERVER_TIMING
from connector.console.table import ROUTES
from connector.console.visit import Site, names_of
from connector.errors import ConnectorError, NotFoundError, UserError
from connector.gateway import listen, serve
from connector.loopback import is_loopback
from connector.sections.console import ConsoleSettings
from connector.services.report_desk import ReportDesk
from connector.settings import Settings
from connector.store import case_list, cases
from connector.store.database import Database
from connector.sync import retention
from connector.sync.context import Context
from connector.telemetry.timing import Timed

log = structlog.get_logger(__name__)

SLICE = 200
DUE_LASTS = timedelta(minutes=10)
"""What is kept too long changes at midnight, and with each case that ends."""


def build_site(ctx: Context, url: str) -> Site:
    """Wire what all visits share.

    Raises:
        UserError: it would listen to the network without TLS in front of it.
    """
    own = ctx.settings.console
    require_shelter(own)
    door, accounts = Door(ctx.db, own, ctx.clock), Accounts(ctx.db, ctx.settings, ctx.clock)
    return Site(
        ctx=ctx,
        url=url,
        door=door,
        accounts=accounts,
        tokens=Tokens(ctx.db, own, ctx.clock),
        due=Counted(
            lambda: retention.plan(ctx.db, ctx.settings.retention, ctx.clock.now()),
            ctx.clock,
            lasts=DUE_LASTS,
        ),
        reports=ReportDesk(ctx.db, lambda: ctx.book, partial(names_of, ctx), ctx.clock),
        secure=own.behind_tls,
        sso=SingleSignOn(ctx.db, own, ctx.clock, door, accounts) if own.oidc.issuer else None,
    )


def require_shelter(own: ConsoleSettings) -> None:
    """Passwords never cross a network in the clear.

    Raises:
        UserError: it would listen to the network, and no HTTPS proxy stands in front.
    """
    if not is_loopback(own.host) and not own.behind_tls:
        msg = f"console.host {own.host} is reached from outside: put an HTTPS proxy in front and set console.behind_tls"
        raise UserError(msg)


def build_console(site: Site) -> FastAPI:
    """The application with every route of the table, and nothing beside."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    register(app, site, ROUTES)

    async def headers(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        began = perf_counter()
        try:
            answer = await call_next(request)
        except Exception as error:
            log.exception("console_crashed", kind=type(error).__name__)
            ours = ConnectorError("something went wrong inside the console")
            answer = JSONResponse(answers.shape(ours, 500), status_code=500)
        answer.headers.update(answers.HEADERS)
        whole = f"app;dur={(perf_counter() - began) * 1000:.1f}"
        answer.headers[SERVER_TIMING] = ", ".join(filter(None, (whole, answer.headers.get(SERVER_TIMING))))
        if site.secure:
            answer.headers["Strict-Transport-Security"] = "max-age=31536000"
        return answer

    async def unknown(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        missing = NotFoundError(f"không có trang này / there is no such page ({error.status_code})")
        if request.url.path.startswith("/api/"):
            return JSONResponse(answers.shape(missing, error.status_code), status_code=error.status_code)
        visit = await arrive(site, request)
        return answers.page(
            visit, "error.html", answers.shape(missing, error.status_code), status=error.status_code
        )

    app.middleware("http")(headers)
    app.add_middleware(Timed, meter=site.ctx.meter, server="console")
    app.add_exception_handler(HTTPException, unknown)
    return app


async def file_cases(db: Database) -> None:
    """List cases that an older program left without agency and field: once, in small slices."""
    after = 0
    while True:
        async with db.reading() as conn:
            found = await case_list.unfiled(conn, after=after, most=SLICE)
        for number in found:
            async with db.unit() as unit:
                row = await cases.get(unit.conn, number)
                for link in row.links if row else ():
                    if link.state is not None:
                        await case_list.file_under(unit.conn, number, link.state)
        if not found:
            return
        after = found[-1]


async def run_console(app: App, url: str, stop: asyncio.Event, told: Callable[[str], None]) -> None:
    """Serve the console until ``stop``; ``told`` hears its address once it listens.

    Raises:
        UserError: the port is taken, or it would be open to the network.
    """
    site = build_site(app.ctx, url)
    bound = bind(app.settings)
    with bound:
        await asyncio.to_thread(make_ready)
        host, port = bound.getsockname()[:2]
        filing = asyncio.create_task(file_cases(app.ctx.db))
        told(f"http://{host}:{port}/")
        try:
            await serve(build_console(site), bound, stop)
        finally:
            await site.reports.aclose()
            filing.cancel()
            await asyncio.gather(filing, return_exceptions=True)
            if site.sso is not None:
                await site.sso.provider.aclose()


def make_ready() -> None:
    """Do before the first visitor what one of them would wait for.

    Templates are compiled. And what lives as long as the program (its code, mappings, rules, templates) is put out of
    the garbage collector's sight: looking through all of it stopped every answer for a tenth of a second each time.
    """
    for name in ENVIRONMENT.list_templates():
        ENVIRONMENT.get_template(name)
    gc.collect()
    gc.freeze()


def bind(settings: Settings) -> socket.socket:
    """Listen where the settings say. Raises ``UserError`` if the port is taken."""
    own = settings.console
    try:
        return listen(own.host, own.port)
    except OSError as error:
        msg = f"console {own.host}:{own.port}: {error.strerror}"
        raise UserError(msg) from None
