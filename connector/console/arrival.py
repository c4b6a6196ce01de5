"""What arrives: who asks, in which language, and whether a form is one of ours."""

import json
import secrets
from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

from fastapi import Request

from connector.console.access.rights import Right
from connector.console.visit import Site, Visit
from connector.errors import FormExpired, UserError
from connector.store.database import acting_token
from connector.texts import Lang

SESSION = "phanhoi_session"
FORM = "phanhoi_form"
LANGUAGE = "phanhoi_lang"
VERIFIER = "phanhoi_sso"
KEY = "idempotency-key"

MOST_BODY = 64 * 1024
"""Bytes of a form. The longest field is a reason."""

LIVE = "x-live"
"""Header of a page that renews itself: nobody has touched it, so the idle time-out goes on."""

_HEADER = "x-csrf-token"


async def arrive(site: Site, request: Request) -> Visit:
    """Who asks for what. With a token the cookie counts for nothing: :func:`by_token` says who it is."""
    cookie = request.cookies.get(SESSION) if token_of(request) is None else None
    visitor = await site.door.look(cookie, uses=LIVE not in request.headers)
    token = visitor.own_session.csrf if visitor else request.cookies.get(FORM) or secrets.token_urlsafe(24)
    lang: Lang = "en" if request.cookies.get(LANGUAGE) == "en" else "vi"
    return Visit(
        site=site,
        visitor=visitor,
        lang=lang,
        address=request.client.host if request.client else "unknown",
        csrf=token,
        back=_page_of(request),
        path={name: str(value) for name, value in request.path_params.items()},
        query=dict(request.query_params),
        key=request.headers.get(KEY),
        verifier=request.cookies.get(VERIFIER),
    )


def token_of(request: Request) -> str | None:
    """The token that a program sends. Pages know none: there a browser could be made to send it."""
    kind, _, value = request.headers.get("authorization", "").partition(" ")
    return value.strip() if request.url.path.startswith("/api/") and kind.lower() == "bearer" else None


async def by_token(visit: Visit, token: str) -> Visit:
    """The same visit, as whoever is behind the token; what is recorded during this call names the token.

    Raises:
        TokenRefused, TooManyCalls: as the token's service says.
    """
    visitor = await visit.site.tokens.look(token, address=visit.address)
    assert visitor.token is not None
    acting_token.set(visitor.token.id)
    return replace(visit, visitor=visitor, csrf="")


def _page_of(request: Request) -> str:
    """The page that somebody is on: an action has none of its own, so the one that its form stood on."""
    at = urlsplit(str(request.url))
    if request.method == "POST":
        told = urlsplit(request.headers.get("referer", ""))
        at = told if told.netloc == at.netloc else urlsplit("/")
    return at.path + (f"?{at.query}" if at.query else "")


async def body_of(request: Request) -> dict[str, str]:
    """The fields of a form, or of a flat JSON object.

    Raises:
        UserError: too large, or neither.
    """
    raw = b""
    async for part in request.stream():
        raw += part
        if len(raw) > MOST_BODY:
            msg = f"a form has at most {MOST_BODY} bytes"
            raise UserError(msg)
    try:
        if request.headers.get("content-type", "").startswith("application/json"):
            told = json.loads(raw or b"{}")
            return {str(name): _text(value) for name, value in told.items()}
        return _joined(parse_qsl(raw.decode(), keep_blank_values=True, max_num_fields=50))
    except (ValueError, AttributeError, RecursionError):
        msg = "this is neither a form nor a flat JSON object of texts"
        raise UserError(msg) from None


def _joined(pairs: list[tuple[str, str]]) -> dict[str, str]:
    """A field that comes several times, as ticked boxes do, is one with blanks between."""
    form: dict[str, str] = {}
    for name, value in pairs:
        form[name] = f"{form[name]} {value}" if name in form else value
    return form


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or isinstance(value, int):
        return "" if value is None else str(value)
    raise ValueError


def check_form(visit: Visit, request: Request, form: dict[str, str]) -> Visit:
    """A change must come from a page of ours: by its origin, where the browser tells it, and by the session's token.

    A program's token is proof enough: no browser sends it by itself.

    Raises:
        FormExpired: it does not.
    """
    if visit.visitor is not None and visit.visitor.token is not None:
        return replace(visit, form=form)
    told = request.headers.get(_HEADER) or form.pop("csrf", "")
    expected = visit.visitor.own_session.csrf if visit.visitor else request.cookies.get(FORM, "")
    ours = bool(expected) and secrets.compare_digest(told.encode(), expected.encode())
    if not (ours and _same_site(request)):
        msg = "the form carries no token of this session"
        raise FormExpired(msg)
    return replace(visit, form=form)


def _same_site(request: Request) -> bool:
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        return False
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")


def check_texts(visit: Visit) -> None:
    """What is asked and sent can be stored as text.

    Raises:
        UserError: it holds a NUL or half a character, which no database keeps.
    """
    for name, value in (*visit.path.items(), *visit.query.items(), *visit.form.items()):
        if "\x00" in value or any("\ud800" <= sign <= "\udfff" for sign in value):
            msg = f"{name[:40]!a}: có ký tự không lưu được / holds a character that cannot be kept"
            raise UserError(msg)


def may(visit: Visit, *rights: str) -> bool:
    """Whether the visitor holds one of these rights: for templates, which name them."""
    return any(Right(one) in visit.rights for one in rights)
