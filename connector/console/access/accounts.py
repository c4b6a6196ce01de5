"""Accounts and what administrators do with them. Each change is a ledger entry; nothing of a password is told."""

import re
from collections.abc import Sequence
from typing import Any

from connector.clock import Clock
from connector.console.access import passwords
from connector.console.access.rights import Role
from connector.console.access.tokens import record_revoked
from connector.errors import AccessDenied, NotFoundError, UserError
from connector.ledger.entry import EntryKind
from connector.ledger.guard import check_code
from connector.services.officers import official
from connector.settings import Settings
from connector.store import accounts, sessions, tokens
from connector.store.accounts import AccountRow
from connector.store.database import Database, Unit

_NAME = re.compile(r"[a-z][a-z0-9._-]{1,39}")


class Accounts:
    """What can be done with accounts. ``actor`` is who does it."""

    def __init__(self, db: Database, settings: Settings, clock: Clock) -> None:
        self._db = db
        self._settings = settings
        self._clock = clock

    async def listed(self) -> list[AccountRow]:
        """All of them by name."""
        async with self._db.reading() as conn:
            return await accounts.listed(conn)

    async def create(
        self,
        name: str,
        *,
        display_name: str,
        role: str,
        password: str,
        actor: str,
        agencies: Sequence[str] = (),
    ) -> None:
        """A new account.

        Raises:
            UserError: the name is taken, or none; a role that there is not; a weak password.
        """
        name = self.checked(name)
        wanted = known_role(role)
        if not display_name.strip():
            msg = "an account needs the name of the person"
            raise UserError(msg)
        passwords.check_strength(password, name)
        kept = await passwords.hashed(password)
        async with self._db.unit() as unit:
            fresh = await accounts.add(
                unit.conn,
                name=name,
                display_name=display_name.strip(),
                role=wanted.value,
                agencies=agencies,
                password_hash=kept,
                at=self._clock.now(),
            )
            if not fresh:
                msg = f"there is an account {name} already"
                raise UserError(msg)
            record_change(unit, name, "create", actor, role=wanted.value, agencies=len(agencies))

    def checked(self, name: str) -> str:
        """A name that an account may have. Raises ``UserError`` for another."""
        if not _NAME.fullmatch(name):
            msg = (
                "an account's name has 2 to 40 of a-z, 0-9, dot, hyphen, underscore, and begins with a letter"
            )
            raise UserError(msg)
        try:
            check_code("actor", name)
        except ValueError as error:
            raise UserError(str(error)) from None
        return official(self._settings, name)

    async def set_role(self, name: str, role: str, *, actor: str, agencies: Sequence[str] = ()) -> None:
        """Another role; the sessions end, so that no page lives on under the old one.

        Raises:
            NotFoundError, UserError: no such account or role. AccessDenied: one's own.
        """
        wanted = known_role(role)
        async with self._db.unit() as unit:
            await self._others(unit, name, actor)
            await accounts.set_role(unit.conn, name, wanted.value, agencies)
            await sessions.end(unit.conn, account=name, by=actor, at=self._clock.now())
            record_change(unit, name, "role", actor, role=wanted.value, agencies=len(agencies))

    async def lock(self, name: str, *, actor: str) -> None:
        """No more sign-ins, and its sessions and tokens end at once. Raises as :meth:`set_role`."""
        async with self._db.unit() as unit:
            await self._others(unit, name, actor)
            await accounts.set_locked(unit.conn, name, self._clock.now())
            await self._end_all(unit, name, actor)
            record_change(unit, name, "lock", actor)

    async def unlock(self, name: str, *, actor: str) -> None:
        """It may sign in again; refused attempts are forgiven. Raises as :meth:`set_role`."""
        async with self._db.unit() as unit:
            await self._others(unit, name, actor)
            await accounts.set_locked(unit.conn, name, None)
            await accounts.forgive(unit.conn, name)
            record_change(unit, name, "unlock", actor)

    async def reset(self, name: str, password: str, *, actor: str) -> None:
        """Another password, one-time codes to be set up anew, and every session and token ends. Raises as :meth:`set_role`."""
        passwords.check_strength(password, name)
        kept = await passwords.hashed(password)
        async with self._db.unit() as unit:
            await self._others(unit, name, actor)
            await accounts.set_password(unit.conn, name, kept)
            await accounts.set_totp(unit.conn, name, None)
            await accounts.forgive(unit.conn, name)
            await self._end_all(unit, name, actor)
            record_change(unit, name, "reset", actor)

    async def tie(self, name: str, issuer: str | None, subject: str | None, *, actor: str) -> None:
        """Single sign-on as that person opens the account; None: as nobody any more. Its sessions end.

        Raises:
            UserError: another account is that person's already. NotFoundError, AccessDenied: as :meth:`set_role`.
        """
        async with self._db.unit() as unit:
            await self._others(unit, name, actor)
            if not await accounts.tie(unit.conn, name, issuer, subject):
                msg = "another account is tied to this person"
                raise UserError(msg)
            await sessions.end(unit.conn, account=name, by=actor, at=self._clock.now())
            record_change(unit, name, "tie" if subject else "untie", actor)

    async def reset_codes(self, name: str, *, actor: str) -> None:
        """One-time codes to be set up anew at the next sign-in; its sessions and tokens end. Raises as :meth:`set_role`."""
        async with self._db.unit() as unit:
            await self._others(unit, name, actor)
            await accounts.set_totp(unit.conn, name, None)
            await self._end_all(unit, name, actor)
            record_change(unit, name, "reset_codes", actor)

    async def end_sessions(self, name: str, *, actor: str) -> int:
        """End every session of an account. Returns how many there were."""
        async with self._db.unit() as unit:
            count = await sessions.end(unit.conn, account=name, by=actor, at=self._clock.now())
            unit.record(EntryKind.SESSION_ENDED, actor=actor, account_id=name, sessions=count)
            return count

    async def _end_all(self, unit: Unit, name: str, actor: str) -> None:
        """Nobody goes on as this account, neither a person nor a program."""
        now = self._clock.now()
        await sessions.end(unit.conn, account=name, by=actor, at=now)
        record_revoked(unit, await tokens.revoke(unit.conn, account=name, by=actor, at=now), actor)

    async def _others(self, unit: Unit, name: str, actor: str) -> None:
        """The account exists and is somebody else's: nobody raises or locks out themselves."""
        if name == actor:
            msg = "nobody changes their own role or lock"
            raise AccessDenied(msg)
        if await accounts.get(unit.conn, name, lock=True) is None:
            msg = f"there is no account {name}"
            raise NotFoundError(msg)


def known_role(role: str) -> Role:
    """The role of that name. Raises ``UserError`` for another."""
    try:
        return Role(role)
    except ValueError:
        msg = f"unknown role {role}; known: {', '.join(Role)}"
        raise UserError(msg) from None


def record_change(unit: Unit, name: str, what: str, actor: str, **facts: Any) -> None:
    """An account was changed: an entry, with what and by whom."""
    unit.record(EntryKind.ACCOUNT_CHANGED, actor=actor, account_id=name, what=what, **facts)
