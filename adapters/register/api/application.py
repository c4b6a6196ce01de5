"""The FastAPI application: routers, the one error shape, no page that loads anything from elsewhere."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import psycopg
import psycopg_pool
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from adapters.register.api import exchange, intake, officer, public, read
from adapters.register.api.limits import MinuteLimit
from adapters.register.api.shapes import ErrorBody
from adapters.register.database import doubtful
from adapters.register.documents import encode
from adapters.register.refusals import Code, RegisterRefused
from adapters.register.service import Register

log = logging.getLogger("adapters.register")

API_VERSION = "1"
STATUS_PER_MINUTE = 60
"""Status readings in a minute from one network address; a proof cannot be guessed, so this only spares the database."""


def create_app(register: Register) -> FastAPI:
    """The API over one register, which it closes at the end."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await register.aclose()

    app = _blank_app(lifespan)
    app.state.register = register
    app.state.status_limit = MinuteLimit(STATUS_PER_MINUTE)
    return app


def openapi_document() -> dict[str, Any]:
    """The OpenAPI description, as in docs/register-openapi.json."""
    return _blank_app(None).openapi()


def _blank_app(lifespan: Any) -> FastAPI:
    app = FastAPI(
        title="Sổ hồ sơ phản ánh, kiến nghị / Case register",
        version=API_VERSION,
        summary="Tiếp nhận, xử lý và trao đổi hồ sơ phản ánh, kiến nghị",
        docs_url=None,  # its page would load scripts from a CDN
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
        lifespan=lifespan,
        responses={"4XX": {"model": ErrorBody}, "5XX": {"model": ErrorBody}},
    )
    for router in (intake.router, officer.router, exchange.router, read.router, public.router):
        app.include_router(router, prefix="/api/v1")
    app.add_exception_handler(RegisterRefused, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _no_such_page)
    for trouble in (psycopg_pool.PoolTimeout, psycopg_pool.PoolClosed, psycopg.OperationalError):
        app.add_exception_handler(trouble, _busy)
    app.middleware("http")(_guarded)
    return app


def _answer(refused: RegisterRefused) -> Response:
    return Response(encode(refused.body()), refused.status, media_type="application/json")


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, RegisterRefused)
    answer = _answer(error)
    if error.code is Code.NO_TOKEN:
        answer.headers["www-authenticate"] = "Bearer"
    return answer


async def _invalid(_: Request, error: Exception) -> Response:
    # names of members and kinds of mistakes only: the values may be personal data
    assert isinstance(error, RequestValidationError)
    where = sorted(
        {".".join(str(part) for part in item["loc"]) + ": " + item["type"] for item in error.errors()}
    )
    return _answer(RegisterRefused(Code.INVALID, "; ".join(where)[:500]))


async def _no_such_page(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return _answer(RegisterRefused(Code.NO_SUCH_PAGE if error.status_code in {404, 405} else Code.INVALID))


async def _busy(request: Request, error: Exception) -> Response:
    log.warning("register database trouble: %s", type(error).__name__)
    # a pool that gave no connection (PoolTimeout, PoolClosed) certainly wrote nothing
    pool = isinstance(error, psycopg_pool.PoolTimeout | psycopg_pool.PoolClosed)
    lost = (
        not pool
        and isinstance(error, psycopg.OperationalError)
        and doubtful(error)
        and request.method != "GET"
    )
    return _answer(RegisterRefused(Code.IN_DOUBT if lost else Code.BUSY))


async def _guarded(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    try:
        answer = await call_next(request)
    except Exception as error:  # noqa: BLE001  # the last net: an answer in our shape, nothing of the request in the log
        log.error("unexpected %s on %s", type(error).__name__, request.scope.get("path_format", "?"))  # noqa: TRY400  # a traceback could show values
        return _answer(RegisterRefused(Code.INTERNAL))
    answer.headers["cache-control"] = "no-store"
    answer.headers["x-content-type-options"] = "nosniff"
    return answer
