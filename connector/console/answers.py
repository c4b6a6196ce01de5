"""What goes out: pages, redirections, JSON, errors of one shape, and the headers and cookies of all of them."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, Literal
from urllib.parse import urlencode, urlsplit

import structlog
from fastapi import Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, StreamingResponse

from connector.console.arrival import FORM, LANGUAGE, SESSION, VERIFIER
from connector.console.render import render
from connector.console.visit import Done, Handed, Shown, Visit
from connector.errors import (
    AccessDenied,
    ApprovalNeeded,
    Conflict,
    ConnectorError,
    DatabaseUnavailable,
    DiskFull,
    FormExpired,
    KeyReused,
    MergeConflict,
    NotFoundError,
    NotSignedIn,
    PlanOver,
    PrivacyStop,
    SigningKeyError,
    SignInRefused,
    SsoExpired,
    SsoNoAccount,
    SsoRefused,
    SsoUnavailable,
    TokenRefused,
    TooManyCalls,
    TooManyTries,
    Transient,
    UserError,
)
from connector.jsonable import jsonable

log = structlog.get_logger(__name__)

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; "
    "img-src 'self'; font-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""Of every answer. The one script is a file of ours (``live.js``); none stands in a page, and it speaks to us alone."""

SSO_PATH = "/login/sso"
SSO_LASTS_S = 600

PIECE = 256 * 1024
"""Bytes of a file that are sent at a time."""

STATUSES: tuple[tuple[type[ConnectorError], int], ...] = (
    (NotSignedIn, 401),
    (SignInRefused, 401),
    (TokenRefused, 401),
    (SsoRefused, 401),
    (AccessDenied, 403),
    (FormExpired, 403),
    (SsoExpired, 403),
    (SsoNoAccount, 403),
    (PrivacyStop, 403),
    (NotFoundError, 404),
    (MergeConflict, 409),
    (Conflict, 409),
    (KeyReused, 409),
    (PlanOver, 409),
    (ApprovalNeeded, 409),
    (TooManyTries, 429),
    (TooManyCalls, 429),
    (UserError, 400),
    (Transient, 503),
    (SsoUnavailable, 503),
    (DatabaseUnavailable, 503),
    (SigningKeyError, 503),
    (DiskFull, 503),
)
"""The first class that fits decides; any other error is ours: 500."""


@dataclass(frozen=True, kw_only=True)
class Told:
    """An action was done. ``told``: key of the text that says so; ``next``: the page that shows it. Numbers may stand beside."""

    ok: Literal[True] = True
    told: str | None
    next: str


@dataclass(frozen=True, kw_only=True)
class NextStep:
    """What to do next, in both languages."""

    vi: str
    en: str


@dataclass(frozen=True, kw_only=True)
class FailureDetail:
    """The error. ``problems``: each of several; ``code``: stable, in docs/errors.md."""

    code: str
    message: str
    problems: tuple[str, ...]
    next_step: NextStep


@dataclass(frozen=True, kw_only=True)
class Failure:
    """The one shape of an error."""

    ok: Literal[False] = False
    status: int
    error: FailureDetail


def page(visit: Visit, template: str, model: Any, *, status: int = 200, live: int | None = None) -> Response:
    """A page. Pages are never kept by browsers: the next person at the machine must not find them.

    ``live``: seconds after which it is out of date; None: it is not renewed.
    """
    answer = HTMLResponse(render(visit, template, model, live=live), status_code=status)
    answer.headers["Cache-Control"] = "no-store"
    if visit.visitor is None:
        _cookie(visit, answer, FORM, visit.csrf)
    return answer


def on_to(visit: Visit, done: Done) -> Response:
    """Go on to another page: what was sent is not sent again when somebody reloads it."""
    mark = "&" if urlsplit(done.to).query else "?"
    to = done.to + (mark + urlencode({"done": done.told}) if done.told else "")
    return _with_session(visit, RedirectResponse(to, status_code=303), done)


def told(visit: Visit, done: Done) -> Response:
    """The same for a program."""
    body = {**jsonable(Told(told=done.told, next=done.to)), **done.data}
    return _with_session(visit, JSONResponse(body), done)


def called(visit: Visit, done: Done | Shown | Handed) -> Response:
    """An action's outcome for a program. What is shown may be for this call alone, so nobody keeps it."""
    if isinstance(done, Done):
        return told(visit, done)
    if isinstance(done, Handed):
        return handed(done)
    return JSONResponse(jsonable(done.model), headers={"Cache-Control": "no-store"})


def handed(done: Handed) -> Response:
    """A file to keep, sent piece by piece; it is closed, and gone, with the last one."""
    headers = {"Content-Disposition": f'attachment; filename="{done.name}"', "Cache-Control": "no-store"}
    return StreamingResponse(_pieces(done.file), media_type=done.kind, headers=headers)


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while piece := file.read(PIECE):
            yield piece


def _with_session(visit: Visit, answer: Response, done: Done) -> Response:
    if done.cookie == "":
        answer.delete_cookie(SESSION, path="/")
    elif done.cookie is not None:
        _cookie(visit, answer, SESSION, done.cookie)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def in_language(visit: Visit, to: str, lang: str) -> Response:
    """Go on in another language."""
    answer = RedirectResponse(to, status_code=303)
    _cookie(visit, answer, LANGUAGE, "en" if lang == "en" else "vi", max_age=365 * 86400)
    return answer


def to_provider(visit: Visit, to: str, verifier: str) -> Response:
    """Go to the provider of single sign-on; the verifier stays here, and is sent to nothing but the way back."""
    answer = RedirectResponse(to, status_code=303, headers={"Cache-Control": "no-store"})
    _cookie(visit, answer, VERIFIER, verifier, max_age=SSO_LASTS_S, path=SSO_PATH)
    return answer


def from_provider(visit: Visit, answer: Response, session: str | None = None) -> Response:
    """Back from there: the verifier is used up; ``session``: the value of a new session cookie."""
    answer.delete_cookie(VERIFIER, path=SSO_PATH)
    if session is not None:
        _cookie(visit, answer, SESSION, session)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def error_page(visit: Visit, error: ConnectorError) -> Response:
    """An error as a page."""
    status = status_of(error)
    return page(visit, "error.html", shape(error, status), status=status)


def status_of(error: ConnectorError) -> int:
    """The status that goes with an error."""
    return next((code for kind, code in STATUSES if isinstance(error, kind)), 500)


def failed(visit: Visit, request: Request, error: ConnectorError) -> Response:
    """An error, as a page or as JSON of the one shape."""
    status = status_of(error)
    if status == 500:
        log.error("console_failed", code=error.code, path=request.scope["route"].path)
    if not request.url.path.startswith("/api/"):
        if isinstance(error, NotSignedIn) and request.method == "GET":
            return RedirectResponse(_door(visit), status_code=303)
        return error_page(visit, error)
    headers = {"Cache-Control": "no-store"}
    if isinstance(error, TooManyCalls):
        headers["Retry-After"] = str(math.ceil(float(str(error.detail["wait_s"]))))
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return JSONResponse(shape(error, status), status_code=status, headers=headers)


def _door(visit: Visit) -> str:
    """Where a sign-in begins, or goes on if it is half done; and where it leads then."""
    half = visit.visitor.stage if visit.visitor else "full"
    path = {"code": "/login/code", "enrol": "/login/enrol"}.get(half, "/login")
    goal = "/" if visit.back.startswith("/login") else visit.back
    return f"{path}?{urlencode({'next': goal})}" if goal != "/" else path


def shape(error: ConnectorError, status: int) -> dict[str, Any]:
    """An error in its shape."""
    vi, en = error.next_step
    detail = FailureDetail(
        code=error.code,
        message=error.message,
        problems=tuple(getattr(error, "problems", ())),
        next_step=NextStep(vi=vi, en=en),
    )
    told: dict[str, Any] = jsonable(Failure(status=status, error=detail))
    return told


def _cookie(
    visit: Visit, answer: Response, name: str, value: str, max_age: int | None = None, path: str = "/"
) -> None:
    answer.set_cookie(
        name, value, max_age=max_age, path=path, httponly=True, secure=visit.site.secure, samesite="lax"
    )
