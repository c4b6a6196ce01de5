"""Single sign-on: to the provider, back from it, and out of it. By links, not forms: no form of ours leads elsewhere."""

from dataclasses import replace

import structlog
from fastapi import Response
from fastapi.responses import JSONResponse, RedirectResponse

from connector.console import answers
from connector.console.access.sso import SingleSignOn
from connector.console.pages.entry import local, on_from
from connector.console.visit import Visit
from connector.errors import ConnectorError, NotFoundError, SsoRefused

log = structlog.get_logger(__name__)


async def away(visit: Visit) -> Response:
    """To the provider."""
    begun = await _sso(visit).begin(local(visit.query.get("next", "/")))
    return answers.to_provider(visit, begun.to, begun.verifier)


async def back(visit: Visit) -> Response:
    """Back from the provider. The address of this page holds a code, so nothing leads back to it, errors neither."""
    sso = _sso(visit)
    try:
        came = await sso.finish(visit.verifier, visit.query, address=visit.address)
    except ConnectorError as error:
        shown = answers.error_page(replace(visit, back="/login"), error)
        return answers.from_provider(visit, shown)
    answer = RedirectResponse(on_from(came.stage, local(came.goal)), status_code=303)
    return answers.from_provider(visit, answer, came.cookie)


async def out(visit: Visit) -> Response:
    """Out of the provider, too; a provider that knows no such thing leaves people at our door."""
    to = await _sso(visit).way_out()
    return RedirectResponse(to or "/login", status_code=303, headers={"Cache-Control": "no-store"})


async def signed_out(visit: Visit) -> Response:
    """The provider itself says that somebody signed out there. It is told yes or no, and nothing of whom we know."""
    try:
        await _sso(visit).signed_out(visit.given("logout_token"), address=visit.address)
    except SsoRefused as error:
        log.warning("logout_token_refused", why=error.detail.get("why"))
        body = {"error": "invalid_request", "error_description": str(error.detail.get("why", ""))}
        return JSONResponse(body, status_code=400, headers={"Cache-Control": "no-store"})
    return Response(status_code=200, headers={"Cache-Control": "no-store"})


def _sso(visit: Visit) -> SingleSignOn:
    if visit.site.sso is None:
        msg = "không dùng đăng nhập một lần / there is no single sign-on here"
        raise NotFoundError(msg)
    return visit.site.sso
