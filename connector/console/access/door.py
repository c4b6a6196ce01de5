"""The door: password, then one-time code where there is or must be one, then a session; and who is behind a cookie."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from connector.clock import Clock
from connector.console.access import codes, passwords
from connector.console.access.rights import CODE_DEMANDED, Right, Role, rights_of
from connector.errors import NotFoundError, NotSignedIn, SignInRefused, TooManyTries
from connector.ledger.entry import EntryKind
from connector.sections.console import ConsoleSettings
from connector.store import accounts, sessions
from connector.store.accounts import AccountRow
from connector.store.database import Database, Unit
from connector.store.sessions import SessionRow
from connector.store.tokens import TokenRow

ADDRESS_SHARE = 6
"""An office behind one address may be refused so many times as often as one account."""

SEEN_EVERY = timedelta(seconds=30)
"""How exactly the idle time-out is kept: not every reading of a page is a write."""

KEPT = timedelta(days=30)


@dataclass(frozen=True, kw_only=True)
class Visitor:
    """Who is behind a session or a token, and what they may do. Before the stage ``full`` they may do nothing."""

    session: SessionRow | None
    account: AccountRow
    token: TokenRow | None = None

    @property
    def stage(self) -> str:
        """How far the sign-in is; a token is always ``full``."""
        return self.session.stage if self.session else "full"

    @property
    def own_session(self) -> SessionRow:
        """The session of a person.

        Raises:
            NotSignedIn: it is a program.
        """
        if self.session is None:
            msg = "a program has no session"
            raise NotSignedIn(msg)
        return self.session

    @property
    def name(self) -> str:
        """The account's name: the actor of whatever they do."""
        return self.account.name

    @property
    def rights(self) -> frozenset[Right]:
        """By role and limits; of a token those among its scopes."""
        if self.stage != "full":
            return frozenset({Right.ANYONE})
        held = rights_of(Role(self.account.role), limited=bool(self.account.agencies))
        if self.token is None:
            return held
        scopes = {*self.token.scopes, Right.ANYONE, Right.SIGNED_IN}
        return frozenset(right for right in held if right in scopes)


class Door:
    """Lets people in and out."""

    def __init__(self, db: Database, settings: ConsoleSettings, clock: Clock) -> None:
        self._db = db
        self._settings = settings
        self._clock = clock

    # ---- coming in ------------------------------------------------------------------------------------------

    async def sign_in(self, name: str, password: str, *, address: str) -> tuple[str, str]:
        """Check name and password. Returns the cookie's value and the stage that the session is at.

        Raises:
            SignInRefused: no such account, wrong password, or locked; which of them is not told.
            TooManyTries: the account or the address was refused too often.
        """
        async with self._db.reading() as conn:
            account = await accounts.get(conn, name)
            kept = await accounts.proofs(conn, name)
        number = await self.count_try(account, address)
        right = await passwords.matches(kept.password_hash if kept else None, password)
        if account is None or not right or account.locked_at is not None:
            why = "unknown" if account is None else "password" if not right else "locked"
            raise await self.refuse(account, why)
        assert kept is not None
        stage = self._next_stage(account)
        async with self._db.unit() as unit:
            await accounts.forget_try(unit.conn, number)
            if kept.password_hash and passwords.needs_rehash(kept.password_hash):
                await accounts.set_password(unit.conn, account.name, await passwords.hashed(password))
            return await self._begin(unit, account.name, stage, address), stage

    async def admit(
        self, unit: Unit, account: AccountRow, *, address: str, strong: bool, sid: str | None = None
    ) -> tuple[str, str]:
        """Let somebody in whom the provider of single sign-on proved. Returns cookie and stage as :meth:`sign_in`.

        ``strong``: the provider asked for a second factor; otherwise ours is asked for, where there is or must be one.
        ``sid``: the provider's name for the session, by which it can end it.
        """
        stage = "full" if strong else self._next_stage(account)
        return await self._begin(unit, account.name, stage, address, sso=True, sid=sid), stage

    async def give_code(self, visitor: Visitor, code: str, *, address: str) -> str:
        """The second half of a sign-in. Returns the value of a new cookie; the old one is worth nothing any more.

        Raises:
            SignInRefused: not the code of now, or used before.
            TooManyTries: as in :meth:`sign_in`.
            NotSignedIn: no code is waited for.
        """
        self._demand_stage(visitor, "code")
        await self.count_try(visitor.account, address)
        async with self._db.reading() as conn:
            kept = await accounts.proofs(conn, visitor.name)
        secret = kept.totp_secret if kept else None
        step = codes.step_of(secret, code, self._clock.now()) if secret else None
        async with self._db.unit() as unit:
            if step is not None and await accounts.use_step(unit.conn, visitor.name, step):
                return await self._begin(unit, visitor.name, "full", address, instead_of=visitor.own_session)
        raise await self.refuse(visitor.account, "code")

    async def new_secret(self, visitor: Visitor) -> str:
        """The secret to be put into an authenticator application; the same until it is confirmed."""
        self._demand_stage(visitor, "enrol")
        async with self._db.unit() as unit:
            known = await sessions.new_secret(unit.conn, visitor.own_session)
            if known is not None:
                return known
            secret = codes.new_secret()
            await sessions.keep_new_secret(unit.conn, visitor.own_session, secret)
            return secret

    async def confirm_secret(self, visitor: Visitor, code: str, *, address: str) -> str:
        """A first code proves that the application has the secret. Returns the value of a new cookie.

        Raises:
            SignInRefused: it is not the code of now; the secret stays to be tried again.
            NotSignedIn: no code is being set up.
        """
        self._demand_stage(visitor, "enrol")
        async with self._db.reading() as conn:
            secret = await sessions.new_secret(conn, visitor.own_session)
        step = codes.step_of(secret, code, self._clock.now()) if secret else None
        if secret is None or step is None:
            msg = "không phải mã đang hiện / this is not the code of now"
            raise SignInRefused(msg)
        async with self._db.unit() as unit:
            await accounts.set_totp(unit.conn, visitor.name, secret)
            await accounts.use_step(unit.conn, visitor.name, step)
            unit.record(
                EntryKind.ACCOUNT_CHANGED, actor=visitor.name, account_id=visitor.name, what="code_set_up"
            )
            return await self._begin(unit, visitor.name, "full", address, instead_of=visitor.own_session)

    # ---- being in -------------------------------------------------------------------------------------------

    async def look(self, token: str | None, *, uses: bool = True) -> Visitor | None:
        """Who is behind a cookie; None if nobody, or if the session or the account has ended.

        ``uses``: it is a use of the session, which begins its idle time anew.
        """
        if not token:
            return None
        now = self._clock.now()
        async with self._db.reading() as conn:
            session = await sessions.by_token(conn, _hash(token), **self._alive(now))
            account = await accounts.get(conn, session.account) if session else None
            if session is None or account is None or account.locked_at is not None:
                return None
        if uses and now - session.seen_at >= SEEN_EVERY:
            async with self._db.unit() as unit:
                await sessions.seen(unit.conn, session.id, now)
        return Visitor(session=session, account=account)

    async def sessions(self, account: str | None = None) -> list[SessionRow]:
        """Who is signed in now."""
        async with self._db.reading() as conn:
            return await sessions.open_ones(conn, account=account, **self._alive(self._clock.now()))

    async def change_password(self, visitor: Visitor, old: str, new: str) -> None:
        """One's own password; every other session of the account ends.

        Raises:
            SignInRefused: the old one is wrong. UserError: the new one is weak. TooManyTries: as in :meth:`sign_in`.
        """
        number = await self.count_try(visitor.account, visitor.own_session.address)
        async with self._db.reading() as conn:
            kept = await accounts.proofs(conn, visitor.name)
        if kept is None or not await passwords.matches(kept.password_hash, old):
            raise await self.refuse(visitor.account, "password")
        passwords.check_strength(new, visitor.name)
        fresh = await passwords.hashed(new)
        async with self._db.unit() as unit:
            await accounts.forget_try(unit.conn, number)
            await accounts.set_password(unit.conn, visitor.name, fresh)
            now = self._clock.now()
            await sessions.end(
                unit.conn, account=visitor.name, by=visitor.name, at=now, but=visitor.own_session.id
            )
            unit.record(
                EntryKind.ACCOUNT_CHANGED, actor=visitor.name, account_id=visitor.name, what="password"
            )

    # ---- going out ------------------------------------------------------------------------------------------

    async def sign_out(self, visitor: Visitor) -> None:
        """End this session."""
        async with self._db.unit() as unit:
            await sessions.end(
                unit.conn, session_id=visitor.own_session.id, by=visitor.name, at=self._clock.now()
            )
            unit.record(EntryKind.SIGNED_OUT, actor=visitor.name)

    async def end_session(self, visitor: Visitor, session_id: int) -> None:
        """End a session of one's own elsewhere.

        Raises:
            NotFoundError: it is not one's own, or has ended.
        """
        async with self._db.unit() as unit:
            now = self._clock.now()
            count = await sessions.end(
                unit.conn, session_id=session_id, account=visitor.name, by=visitor.name, at=now
            )
            if not count:
                msg = f"session {session_id} is none of this account"
                raise NotFoundError(msg)
            unit.record(EntryKind.SESSION_ENDED, actor=visitor.name, account_id=visitor.name, sessions=1)

    # ---- inside ---------------------------------------------------------------------------------------------

    def _alive(self, now: datetime) -> dict[str, datetime]:
        return {
            "seen_after": now - timedelta(seconds=self._settings.idle_s),
            "begun_after": now - timedelta(seconds=self._settings.session_s),
        }

    @staticmethod
    def _demand_stage(visitor: Visitor, stage: str) -> None:
        if visitor.own_session.stage != stage:
            msg = "this sign-in waits for something else"
            raise NotSignedIn(msg)

    async def forget_try(self, number: int) -> None:
        """A try says nothing against whoever made it."""
        async with self._db.unit() as unit:
            await accounts.forget_try(unit.conn, number)

    async def count_try(self, account: AccountRow | None, address: str) -> int:
        """Count a try before it is judged. Raises ``TooManyTries``; then the try does not lengthen the lock-out."""
        now = self._clock.now()
        async with self._db.unit() as unit:
            number, own, here = await accounts.count_try(
                unit.conn,
                name=account.name if account else None,
                address=address,
                at=now,
                since=now - timedelta(seconds=self._settings.lock_s),
            )
            if own >= self._settings.lock_after or here >= self._settings.lock_after * ADDRESS_SHARE:
                msg = "nhiều lần đăng nhập vừa bị từ chối / too many sign-ins were refused lately"
                raise TooManyTries(msg)
        return number

    async def refuse(self, account: AccountRow | None, why: str) -> SignInRefused:
        """Record a refused try; the error to be raised. What was typed as a name is kept nowhere: it may be a password."""
        await self.record_refused(account, why)
        return SignInRefused(
            "tên, mật khẩu hoặc mã không khớp, hoặc tài khoản bị khóa / "
            "name, password or code do not match, or the account is locked"
        )

    async def record_refused(self, account: AccountRow | None, why: str) -> None:
        """A try was refused: an entry, with the account if it is known, and why."""
        async with self._db.unit() as unit:
            unit.record(
                EntryKind.SIGN_IN_REFUSED, account_id=account.name if account else None, reason_code=why
            )

    @staticmethod
    def _next_stage(account: AccountRow) -> str:
        """What the first proof leads to."""
        return "code" if account.totp else "enrol" if Role(account.role) in CODE_DEMANDED else "full"

    async def _begin(
        self,
        unit: Unit,
        name: str,
        stage: str,
        address: str,
        *,
        instead_of: SessionRow | None = None,
        sso: bool = False,
        sid: str | None = None,
    ) -> str:
        """A new session; a cookie from before a step of the sign-in is never worth more after it."""
        now = self._clock.now()
        token = secrets.token_urlsafe(32)
        if instead_of is not None:
            sso = instead_of.sso
            await sessions.end(unit.conn, session_id=instead_of.id, by=name, at=now)
        await sessions.sweep(unit.conn, seen_before=now - KEPT)
        await sessions.add(
            unit.conn,
            token_hash=_hash(token),
            account=name,
            stage=stage,
            csrf=secrets.token_urlsafe(24),
            address=address,
            sso=sso,
            at=now,
            sid=sid,
            instead_of=instead_of.id if instead_of else None,
        )
        if stage == "full":
            await accounts.signed_in(unit.conn, name, now)
            unit.record(EntryKind.SIGNED_IN, actor=name, way="sso" if sso else "password")
        return token


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
