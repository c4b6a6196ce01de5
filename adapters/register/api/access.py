"""Who may call what: bearer tokens with roles, and the log of who saw a sender."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from adapters.register.database import run
from adapters.register.refusals import Code, RegisterRefused
from adapters.register.service import Register
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


async def log_access(
    register: Register, bearer: Bearer, officer: str | None, purpose: str, cases: Sequence[dict[str, Any]]
) -> None:
    """Note who saw the senders of which cases."""
    if not cases:
        return
    async with register.database.connection() as conn:
        await run(
            conn, "log_access", now=register.scope.clock.now(), token=f"{bearer.role.value}:{bearer.name}",
            officer=officer, purpose=purpose, case_ids=[int(case["id"]) for case in cases],
        )  # fmt: skip
