"""Who may call what: bearer tokens with roles, and the log of who saw a sender."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Annotated, Any

from fastapi import Depends, Header, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from adapters.register.incoming import Incoming
from adapters.register.refusals import Code, RegisterRefused
from adapters.register.service import Register
from adapters.register.service.privacy import check_person
from adapters.register.tokens import Bearer, Role, bearer_of

_bearer = HTTPBearer(
    auto_error=False, description="Token made by `phanhoi register --create-token ROLE:NAME`"
)


def register_of(request: Request) -> Register:
    """The register behind this application."""
    register: Register = request.app.state.register
    return register


TheRegister = Annotated[Register, Depends(register_of)]


def allow(*roles: Role) -> Callable[..., Awaitable[Bearer]]:
    """A dependency: the caller's token has one of these roles."""

    async def caller(
        register: TheRegister,
        credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
    ) -> Bearer:
        if credentials is None:
            raise RegisterRefused(Code.NO_TOKEN)
        async with register.database.connection() as conn:
            bearer = await bearer_of(conn, credentials.credentials)
        if bearer is None:
            raise RegisterRefused(Code.NO_TOKEN)
        if bearer.role not in roles:
            raise RegisterRefused(Code.ROLE, bearer.role.value)
        return bearer

    return caller


SEES_SENDER: frozenset[Role] = frozenset({Role.OFFICER, Role.EXCHANGE})
"""Roles that are shown name and phone; each such reading leaves a row in ``register.access_log`` (§3.4, §5.1)."""


def who(bearer: Bearer) -> str:
    """The caller as the access log and the evidence name it."""
    return f"{bearer.role.value}:{bearer.name}"


async def log_access(
    register: Register, bearer: Bearer, officer: str | None, purpose: str, cases: Iterable[Mapping[str, Any]]
) -> None:
    """Note who saw the senders, files or evidence of which cases."""
    await register.log_access(who(bearer), officer, purpose, cases)


def came(*roles: Role) -> Callable[..., Awaitable[Incoming]]:
    """A dependency: the exact bytes of the request, with their sender, for the evidence (R13)."""

    async def incoming(request: Request, bearer: Annotated[Bearer, Depends(allow(*roles))]) -> Incoming:
        return Incoming(raw=await request.body(), token=who(bearer), peer=_peer(request))

    return incoming


def _peer(request: Request) -> str | None:
    # the name stands here only where the server itself ends TLS; a header could be set by anyone
    tls = request.scope.get("extensions", {}).get("tls", {})
    return tls.get("client_cert_name") or (request.client.host if request.client else None)


async def named_official(
    register: TheRegister,
    officer: Annotated[str | None, Header(alias="x-officer", max_length=64)] = None,
) -> str:
    """A dependency: the person who looks, for what is never shown to a service account."""
    async with register.database.connection() as conn:
        return check_person(await register.scope.directory(conn), officer)


NamedOfficial = Annotated[str, Depends(named_official)]
