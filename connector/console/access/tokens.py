"""Tokens of programs: made for an account, for a while and for a few of its rights; and who is behind one."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from connector.clock import Clock
from connector.console.access.door import Visitor
from connector.console.access.rights import BY_TOKEN, Right, Role, rights_of
from connector.errors import NotFoundError, TokenRefused, TooManyCalls, UserError
from connector.ledger.entry import EntryKind
from connector.pace import TokenBucket
from connector.sections.console import ConsoleSettings
from connector.store import accounts, tokens
from connector.store.accounts import AccountRow
from connector.store.database import Database, Unit
from connector.store.tokens import TokenRow

PREFIX = "phanhoi_"
"""Tokens are recognised by it, so that one in a file or a mail can be found by a search."""

LONGEST_LABEL = 60
SEEN_EVERY = timedelta(seconds=60)
"""How exactly the last use is kept: not every reading is a write."""

REFUSALS = 30
"""So many refused calls of one address within ``console.lock_s`` are written down; then they are only turned away."""


class Tokens:
    """Makes, ends and recognises tokens."""

    def __init__(self, db: Database, settings: ConsoleSettings, clock: Clock) -> None:
        self._db = db
        self._settings = settings
        self._clock = clock
        self._paces: dict[int, TokenBucket] = {}

    async def create(
        self, account: str, *, label: str, scopes: Sequence[str], days: int, actor: str
    ) -> tuple[str, TokenRow]:
        """A new token. Its text is returned this once and kept nowhere.

        Raises:
            NotFoundError: there is no such account.
            UserError: no label, no scope, a scope that the account has not or no token may have, or no fitting expiry.
        """
        label = label.strip()
        if not 0 < len(label) <= LONGEST_LABEL or not label.isprintable():
            msg = f"tên mã dài 1–{LONGEST_LABEL} ký tự / a token's label has 1 to {LONGEST_LABEL} characters"
            raise UserError(msg)
        if not 0 < days <= self._settings.token_days:
            msg = f"hạn dùng từ 1 đến {self._settings.token_days} ngày / a token lives 1 to {self._settings.token_days} days"
            raise UserError(msg)
        now = self._clock.now()
        text = PREFIX + secrets.token_urlsafe(32)
        async with self._db.unit() as unit:
            owner = await accounts.get(unit.conn, account, lock=True)
            if owner is None or owner.locked_at is not None:
                msg = f"there is no open account {account[:40]}"
                raise NotFoundError(msg)
            row = await tokens.add(
                unit.conn,
                token_hash=_hash(text),
                account=account,
                label=label,
                scopes=_checked(owner, scopes),
                by=actor,
                at=now,
                expires_at=now + timedelta(days=days),
            )
            unit.record(
                EntryKind.TOKEN_CREATED,
                actor=actor,
                account_id=account,
                token_id=str(row.id),
                scopes=",".join(row.scopes),
                days=days,
            )
        return text, row

    async def listed(self, account: str | None = None) -> list[TokenRow]:
        """Tokens, newest first; of one account, if named."""
        async with self._db.reading() as conn:
            return await tokens.listed(conn, account)

    async def revoke(self, token_id: int, *, actor: str, account: str | None = None) -> TokenRow:
        """End a token at once; one of ``account`` only, if named.

        Raises:
            NotFoundError: there is no such token, or it was revoked before.
        """
        async with self._db.unit() as unit:
            ended = await tokens.revoke(
                unit.conn, token_id=token_id, account=account, by=actor, at=self._clock.now()
            )
            if not ended:
                msg = f"no token {token_id} is in force"
                raise NotFoundError(msg)
            record_revoked(unit, ended, actor)
            return ended[0]

    async def look(self, text: str, *, address: str) -> Visitor:
        """Who is behind a token.

        Raises:
            TokenRefused: nobody: unknown, over, revoked, or its account is locked; which of them is not told.
            TooManyCalls: it calls more often than ``console.token_per_minute``, or too many were refused from there.
        """
        now = self._clock.now()
        async with self._db.reading() as conn:
            token = await tokens.by_hash(conn, _hash(text))
            account = await accounts.get(conn, token.account) if token else None
        why = _why_not(token, account, now)
        if why is not None:
            raise await self._refused(token, why, address)
        assert token is not None
        assert account is not None
        self._pace(token.id, now)
        if token.used_at is None or now - token.used_at >= SEEN_EVERY:
            async with self._db.unit() as unit:
                await tokens.used(unit.conn, token.id, now)
        return Visitor(session=None, account=account, token=token)

    def _pace(self, token_id: int, now: datetime) -> None:
        """A minute's calls may come at once; then they come at the pace, and what is too fast does not count."""
        rate = self._settings.token_per_minute
        pace = self._paces.setdefault(token_id, TokenBucket(rate_per_s=rate / 60, burst=rate))
        if wait := pace.wait(now):
            raise _too_many(wait)
        pace.reserve(now)

    async def _refused(self, token: TokenRow | None, why: str, address: str) -> Exception:
        """Record a refused call; the error to be raised.

        Counted apart from sign-ins: a program that goes on with an old token must not lock out the people of its office.
        """
        now = self._clock.now()
        since = now - timedelta(seconds=self._settings.lock_s)
        async with self._db.unit() as unit:
            _, _, here = await accounts.count_try(
                unit.conn, name=None, address=f"token {address}", at=now, since=since
            )
            if here >= REFUSALS:
                return _too_many(self._settings.lock_s)
            unit.record(
                EntryKind.TOKEN_REFUSED,
                account_id=token.account if token else None,
                token_id=str(token.id) if token else None,
                reason_code=why,
            )
        return TokenRefused("mã truy cập không có hiệu lực / the token is not in force")


def offered(account: AccountRow) -> tuple[str, ...]:
    """The rights that a token of this account may have."""
    held = rights_of(Role(account.role), limited=bool(account.agencies))
    return tuple(right.value for right in Right if right in held & BY_TOKEN)


def record_revoked(unit: Unit, ended: Sequence[TokenRow], actor: str) -> None:
    """An entry for each token that ended."""
    for one in ended:
        unit.record(EntryKind.TOKEN_REVOKED, actor=actor, account_id=one.account, token_id=str(one.id))


def _checked(account: AccountRow, scopes: Sequence[str]) -> list[str]:
    known = offered(account)
    if not scopes or set(scopes) - set(known):
        msg = (
            f"phạm vi: một hay nhiều trong / scopes: one or more of {', '.join(known) or '–'} "
            f"({account.role}: các quyền của vai trò / the rights of the role)"
        )
        raise UserError(msg)
    return [one for one in known if one in scopes]


def _why_not(token: TokenRow | None, account: AccountRow | None, now: datetime) -> str | None:
    if token is None or account is None:
        return "unknown"
    if token.revoked_at is not None:
        return "revoked"
    if token.expires_at <= now:
        return "expired"
    return "locked" if account.locked_at is not None else None


def _too_many(wait_s: float) -> TooManyCalls:
    return TooManyCalls("gọi quá nhanh / too many calls", wait_s=wait_s)


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
