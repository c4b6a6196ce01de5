"""Single sign-on: a browser is sent to the provider, comes back with a proof, and finds its account behind the door.

Who comes back must be the browser that was sent: it alone keeps the verifier (PKCE), we keep its challenge. One sign-in
is taken once. What claims decide of role and agencies is decided anew at each sign-in; whatever the settings name no claim
for stays with the administrators.
"""

import base64
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from connector.clock import Clock
from connector.console.access.accounts import Accounts, known_role, record_change
from connector.console.access.door import Door
from connector.console.access.rights import Role
from connector.errors import (
    SsoExpired,
    SsoNoAccount,
    SsoRefused,
    SsoUnavailable,
    TooManyTries,
    UserError,
)
from connector.ledger.entry import PROGRAM, EntryKind
from connector.sections.console import ConsoleSettings
from connector.sso.id_token import refused
from connector.sso.person import Person, no_account, person_of
from connector.sso.provider import Provider
from connector.store import accounts, sessions, sso
from connector.store.accounts import AccountRow
from connector.store.database import Database, Unit

LASTS = timedelta(minutes=10)
"""So long somebody may take at the provider."""

MOST_UNDER_WAY = 5000
"""Sign-ins at one time, of everybody: a flood of begun ones must not fill the database."""


@dataclass(frozen=True, kw_only=True)
class Begun:
    """Where the browser goes, and what it alone keeps."""

    to: str
    verifier: str


@dataclass(frozen=True, kw_only=True)
class CameBack:
    """Somebody is let in: cookie and stage as of the door, and the page that they wanted."""

    cookie: str
    stage: str
    goal: str


class SingleSignOn:
    """The way in by the provider. Raises ``UserError`` at once for a role in the settings that there is not."""

    def __init__(
        self, db: Database, settings: ConsoleSettings, clock: Clock, door: Door, own_accounts: Accounts
    ) -> None:
        self._db = db
        self._own = settings.oidc
        self._clock = clock
        self._door = door
        self._accounts = own_accounts
        self.provider = Provider(self._own, clock)
        for role in self._own.roles.values():
            known_role(role)

    @property
    def label(self) -> str:
        """What the provider is called on its button; it may be nothing."""
        return self._own.label or ""

    @property
    def offers_logout(self) -> bool:
        """People are asked whether they sign out at the provider, too."""
        return self._own.logout

    async def begin(self, goal: str) -> Begun:
        """Send a browser to the provider.

        Raises:
            SsoUnavailable: the provider cannot be reached. TooManyTries: too many are on their way.
        """
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        challenge = challenge_of(verifier)
        to = await self.provider.way_in(state=state, nonce=nonce, challenge=challenge)
        now = self._clock.now()
        async with self._db.unit() as unit:
            fresh = await sso.add(
                unit.conn,
                state=state,
                challenge=challenge,
                nonce=nonce,
                goal=goal,
                at=now,
                since=now - LASTS,
                most=MOST_UNDER_WAY,
            )
        if not fresh:
            msg = "quá nhiều lượt đăng nhập đang chờ / too many sign-ins are under way"
            raise TooManyTries(msg)
        return Begun(to=to, verifier=verifier)

    async def finish(self, verifier: str | None, told: Mapping[str, str], *, address: str) -> CameBack:
        """Somebody comes back from the provider; ``told``: what stands behind the question mark.

        Raises:
            SsoExpired: not from a sign-in that this browser began within ten minutes, or a second time.
            SsoRefused, SsoUnavailable: as :meth:`Provider.claims`.
            SsoNoAccount: no account, a locked one, or none of a role or agency by the claims.
            TooManyTries: as :meth:`Door.sign_in`.
        """
        number = await self._door.count_try(None, address)
        try:
            came = await self._judge(verifier, told, address)
        except SsoUnavailable:
            await self._door.forget_try(number)
            raise
        except (SsoExpired, SsoRefused, SsoNoAccount) as error:
            await self._door.record_refused(None, f"sso_{error.detail.get('why', 'state')}")
            raise
        await self._door.forget_try(number)
        return came

    async def way_out(self) -> str | None:
        """Where somebody signs out at the provider. Raises ``SsoUnavailable``."""
        return await self.provider.way_out()

    async def signed_out(self, token: str, *, address: str) -> int:
        """The provider says that somebody signed out there: what they opened here by it ends. Returns how many sessions.

        Raises:
            SsoRefused: the token does not hold, or was taken before. SsoUnavailable: its keys cannot be read.
            TooManyTries: as :meth:`Door.sign_in`: whoever sends what does not hold must not keep us reading keys.
        """
        number = await self._door.count_try(None, address)
        try:
            told = await self.provider.signed_out(token)
        except SsoUnavailable:
            await self._door.forget_try(number)
            raise
        now = self._clock.now()
        async with self._db.unit() as unit:
            digest = hashlib.sha256(told.id.encode()).digest()
            if not await sso.take_logout(unit.conn, jti_hash=digest, until=told.until, at=now):
                raise refused(why="again")
            await accounts.forget_try(unit.conn, number)
            name = None
            if told.subject is not None:
                account = await accounts.by_person(unit.conn, self.provider.issuer, told.subject)
                if account is None:
                    return 0
                name = account.name
            ended = await sessions.end_at_provider(
                unit.conn, account=name, sid=told.session, by=PROGRAM, at=now
            )
            for owner, count in ended.items():
                unit.record(
                    EntryKind.SESSION_ENDED, actor=PROGRAM, account_id=owner, sessions=count, basis="sso"
                )
        return sum(ended.values())

    async def _judge(self, verifier: str | None, told: Mapping[str, str], address: str) -> CameBack:
        async with self._db.unit() as unit:
            begun = await sso.take(
                unit.conn,
                state=told.get("state", ""),
                challenge=challenge_of(verifier or ""),
                since=self._clock.now() - LASTS,
            )
        if begun is None:
            msg = "không khớp với lần đăng nhập nào của trình duyệt này / no sign-in of this browser fits"
            raise SsoExpired(msg)
        await self._check_sender(told)
        if "error" in told or not told.get("code"):
            raise refused(why="denied")
        assert verifier is not None
        claims = await self.provider.claims(code=told["code"], verifier=verifier, nonce=begun.nonce)
        person = person_of(claims, self._own)
        async with self._db.unit() as unit:
            account = await self._account(unit, person)
            cookie, stage = await self._door.admit(
                unit, account, address=address, strong=person.strong, sid=person.session
            )
        return CameBack(cookie=cookie, stage=stage, goal=begun.goal)

    async def _check_sender(self, told: Mapping[str, str]) -> None:
        """The answer is that of the provider that was asked, not of another one (RFC 9207)."""
        named = told.get("iss")
        if named != self.provider.issuer and (
            named is not None or (await self.provider.published()).names_itself
        ):
            raise refused(why="issuer")

    async def _account(self, unit: Unit, person: Person) -> AccountRow:
        account = await accounts.by_person(unit.conn, person.issuer, person.subject)
        if account is None:
            return await self._make(unit, person)
        if account.locked_at is not None:
            raise no_account(subject=person.subject, why="locked")
        role = person.role or account.role
        agencies = account.agencies if person.agencies is None else person.agencies
        if (role, agencies) == (account.role, account.agencies):
            return account
        await accounts.set_role(unit.conn, account.name, role, agencies)
        await sessions.end(unit.conn, account=account.name, by=PROGRAM, at=self._clock.now())
        record_change(unit, account.name, "role", PROGRAM, role=role, agencies=len(agencies), basis="sso")
        return await self._again(unit, account.name)

    async def _make(self, unit: Unit, person: Person) -> AccountRow:
        """A new account, without a password. Never one that exists under that name: that is somebody else's."""
        if not self._own.create:
            raise no_account(subject=person.subject, why="unknown")
        try:
            name = self._accounts.checked(person.account)
        except UserError:
            raise no_account(subject=person.subject, why="name") from None
        role, agencies = person.role or Role.VIEWER.value, person.agencies or ()
        fresh = await accounts.add(
            unit.conn,
            name=name,
            display_name=person.display_name or name,
            role=role,
            agencies=agencies,
            password_hash=None,
            at=self._clock.now(),
        )
        if not fresh:
            raise no_account(subject=person.subject, why="name")
        await accounts.tie(unit.conn, name, person.issuer, person.subject)
        record_change(unit, name, "create", PROGRAM, role=role, agencies=len(agencies), basis="sso")
        return await self._again(unit, name)

    @staticmethod
    async def _again(unit: Unit, name: str) -> AccountRow:
        found = await accounts.get(unit.conn, name)
        assert found is not None
        return found


def challenge_of(verifier: str) -> str:
    """What the provider and we keep of it (RFC 7636, S256)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
