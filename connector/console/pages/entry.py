"""Coming in and going out: password, one-time code, setting codes up; one's own account and sessions."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from fastapi import Response
from fastapi.responses import FileResponse, JSONResponse, RedirectResponse

from connector.console.access import codes
from connector.console.access.rights import Right
from connector.console.access.tokens import offered
from connector.console.answers import in_language
from connector.console.render import STATIC, link, svg
from connector.console.visit import Done, Visit
from connector.errors import NotFoundError, NotSignedIn, UserError
from connector.store.tokens import TokenRow

STILL_THERE = "flash.signed_out_here"

KINDS = {".css": "text/css", ".svg": "image/svg+xml", ".js": "text/javascript", ".txt": "text/plain"}


def local(address: str) -> str:
    """An address of ours to go on to; anything else leads home."""
    parts = urlsplit(address)
    ours = address.startswith("/") and not address.startswith(("//", "/\\")) and not parts.netloc
    return address if ours and address.isprintable() and "\\" not in address else "/"


@dataclass(frozen=True, kw_only=True)
class LogIn:
    """The form of a step. ``next``: where somebody wanted to go."""

    next: str
    csrf: str


@dataclass(frozen=True, kw_only=True)
class FirstStep(LogIn):
    """The form of the first step.

    Attributes:
        sso: what the provider is called, which may be nothing; None: there is no single sign-on.
        still_there: somebody signed out here who may still be signed in at the provider.
    """

    sso: str | None
    still_there: bool


@dataclass(frozen=True, kw_only=True)
class Enrol:
    """The form in which one-time codes are set up. ``picture``: the same as a QR code."""

    secret: str
    address: str
    picture: str
    next: str


@dataclass(frozen=True, kw_only=True)
class OwnSession:
    """One of one's own sessions; without the proof that its forms carry."""

    id: int
    address: str
    created_at: datetime
    seen_at: datetime


@dataclass(frozen=True, kw_only=True)
class Own:
    """One's own account. ``here``: the session that asks; ``offered``: the scopes that a token of it may have."""

    name: str
    display_name: str
    role: str
    agencies: tuple[str, ...]
    totp: bool
    password: bool
    sso: bool
    rights: tuple[str, ...]
    csrf: str
    here: int | None
    sessions: tuple[OwnSession, ...]
    tokens: tuple[TokenRow, ...]
    offered: tuple[str, ...]
    token_days: int


async def home(visit: Visit) -> Response:
    """The first page that the visitor may see."""
    visit.demand(Right.SIGNED_IN)
    for right, to in ((Right.SEE_FLOW, "/overview"), (Right.SEE_CASE, "/cases")):
        if right in visit.rights:
            return RedirectResponse(to, status_code=303)
    return RedirectResponse("/account", status_code=303)


async def language(visit: Visit) -> Response:
    """The other language, on the page where it was asked for."""
    return in_language(visit, local(visit.query.get("next", "/")), visit.path["lang"])


async def static_file(visit: Visit) -> Response:
    """A style sheet, drawing or script; their addresses change with them."""
    found = {path.name: path for path in STATIC.iterdir() if path.suffix in KINDS}
    path = found.get(visit.path["name"])
    if path is None:
        msg = "there is no such file"
        raise NotFoundError(msg)
    return FileResponse(
        path, media_type=KINDS[path.suffix], headers={"Cache-Control": "public, max-age=31536000, immutable"}
    )


async def health(visit: Visit) -> Response:  # noqa: ARG001  # it tells nothing about anybody
    """A sign of life for whoever watches the process."""
    return JSONResponse({"ok": True})


async def login_form(visit: Visit) -> FirstStep:
    """Ask for name and password, or for a way to the provider."""
    sso = visit.site.sso
    return FirstStep(
        next=local(visit.query.get("next", "/")),
        csrf=visit.csrf,
        sso=sso.label if sso else None,
        still_there=sso is not None and sso.offers_logout and visit.done == STILL_THERE,
    )


async def login(visit: Visit) -> Done:
    """Name and password."""
    token, stage = await visit.site.door.sign_in(
        visit.given("name").lower(), visit.form.get("password", ""), address=visit.address
    )
    to = on_from(stage, local(visit.given("next") or "/"))
    return Done(to=to, cookie=token, data={"stage": stage})


def on_from(stage: str, goal: str) -> str:
    """Where a sign-in goes on from there."""
    return {"full": goal, "code": _with("/login/code", goal), "enrol": _with("/login/enrol", goal)}[stage]


def _with(path: str, goal: str) -> str:
    return link(path, next=goal if goal != "/" else None)


async def code_form(visit: Visit) -> LogIn:
    """Ask for the one-time code."""
    _demand(visit, "code")
    return LogIn(next=local(visit.query.get("next", "/")), csrf=visit.csrf)


async def code(visit: Visit) -> Done:
    """The one-time code."""
    token = await visit.site.door.give_code(visit.who, visit.given("code"), address=visit.address)
    return Done(to=local(visit.given("next") or "/"), cookie=token, data={"stage": "full"})


async def enrol_form(visit: Visit) -> Enrol:
    """Show the secret to be put into an authenticator application."""
    _demand(visit, "enrol")
    secret = await visit.site.door.new_secret(visit.who)
    return Enrol(
        secret=secret,
        address=codes.address(secret, visit.actor),
        picture=svg(codes.picture(secret, visit.actor)),
        next=local(visit.query.get("next", "/")),
    )


async def enrol(visit: Visit) -> Done:
    """A first code proves that the application has it."""
    token = await visit.site.door.confirm_secret(visit.who, visit.given("code"), address=visit.address)
    return Done(
        to=local(visit.given("next") or "/"), cookie=token, data={"stage": "full"}, told="flash.enrolled"
    )


def _demand(visit: Visit, stage: str) -> None:
    if visit.who.stage != stage:
        msg = "this sign-in waits for something else"
        raise NotSignedIn(msg)


async def logout(visit: Visit) -> Done:
    """End this session."""
    await visit.site.door.sign_out(visit.who)
    return Done(to="/login", cookie="", told=STILL_THERE if visit.who.own_session.sso else "flash.signed_out")


async def account(visit: Visit) -> Own:
    """One's own account, rights and sessions."""
    own = visit.who.account
    return Own(
        name=own.name,
        display_name=own.display_name,
        role=own.role,
        agencies=own.agencies,
        totp=own.totp,
        password=own.password,
        sso=own.sso,
        rights=tuple(sorted(right.value for right in visit.rights)),
        csrf=visit.csrf,
        here=visit.who.session.id if visit.who.session else None,
        sessions=tuple(
            OwnSession(id=one.id, address=one.address, created_at=one.created_at, seen_at=one.seen_at)
            for one in await visit.site.door.sessions(own.name)
        ),
        tokens=tuple(await visit.site.tokens.listed(own.name)),
        offered=offered(own),
        token_days=visit.site.settings.console.token_days,
    )


async def change_password(visit: Visit) -> Done:
    """One's own password."""
    new = visit.form.get("new", "")
    if new != visit.form.get("again", new):
        msg = "mật khẩu mới nhập hai lần không giống nhau / the new password was not typed the same way twice"
        raise UserError(msg)
    await visit.site.door.change_password(visit.who, visit.form.get("old", ""), new)
    return Done(to="/account", told="flash.password_changed")


async def end_session(visit: Visit) -> Done:
    """End a session of one's own elsewhere."""
    await visit.site.door.end_session(visit.who, visit.number("id"))
    return Done(to="/account", told="flash.session_ended")
