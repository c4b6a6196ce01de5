"""What arrives: who asks, in which language, and whether a form is one of ours."""

import json
import secrets
from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

from fastapi import Request

from connector.console.access.rights import Right
from connector.console.visit import Site, Visit
from connector.errors import FormExpired, UserError
from connector.texts import Lang

SESSION = "phanhoi_session"
FORM = "phanhoi_form"
LANGUAGE = "phanhoi_lang"

MOST_BODY = 64 * 1024
"""Bytes of a form. The longest field is a reason."""

_HEADER = "x-csrf-token"


async def arrive(site: Site, request: Request) -> Visit:
    """Who asks for what."""
    visitor = await site.door.look(request.cookies.get(SESSION))
    token = visitor.session.csrf if visitor else request.cookies.get(FORM) or secrets.token_urlsafe(24)
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
    )


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
        return dict(parse_qsl(raw.decode(), keep_blank_values=True, max_num_fields=50))
    except (ValueError, AttributeError, RecursionError):
        msg = "this is neither a form nor a flat JSON object of texts"
        raise UserError(msg) from None


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

    Raises:
        FormExpired: it does not.
    """
    told = request.headers.get(_HEADER) or form.pop("csrf", "")
    expected = visit.visitor.session.csrf if visit.visitor else request.cookies.get(FORM, "")
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


def may(visit: Visit, *rights: str) -> bool:
    """Whether the visitor holds one of these rights: for templates, which name them."""
    return any(Right(one) in visit.rights for one in rights)
