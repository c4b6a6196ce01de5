"""The access review: who may do what, since when, when they last came, and what a reviewer should look at."""

import csv
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TextIO

from connector.console.access.rights import CODE_DEMANDED, Right, Role, rights_of
from connector.reports.log_files import harmless
from connector.store import accounts, tokens
from connector.store.accounts import AccountRow
from connector.store.database import Database
from connector.store.sessions import SessionRow
from connector.store.tokens import TokenRow

UNUSED_DAYS = 90
"""An account that nobody signed in with for so long is looked at."""


class Notice(StrEnum):
    """What a reviewer should look at."""

    NEVER_USED = "never_used"
    UNUSED = "unused"
    NO_CODE = "no_code"
    LOCKED = "locked"
    TOKEN_UNUSED = "token_unused"  # noqa: S105  # a name


@dataclass(frozen=True, kw_only=True)
class ReviewedToken:
    """A token of a program that works now; ``rights``: what of its scopes the account's role still holds."""

    label: str
    rights: tuple[str, ...]
    expires_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Reviewed:
    """One account.

    Attributes:
        rights: what it may do now, as its role and limits give it.
        idle_days: whole days since the last sign-in; since it was made, if there was none.
        sessions: how many are open.
        sso: tied to a person whom the provider of single sign-on proves.
        tokens: those that work now.
    """

    name: str
    display_name: str
    role: str
    agencies: tuple[str, ...]
    rights: tuple[str, ...]
    totp: bool
    sso: bool
    locked_at: datetime | None
    created_at: datetime
    signed_in_at: datetime | None
    idle_days: int
    sessions: int
    tokens: tuple[ReviewedToken, ...]
    notices: tuple[Notice, ...]


async def review(
    db: Database, now: datetime, open_sessions: Iterable[SessionRow] = (), *, unused_days: int = UNUSED_DAYS
) -> tuple[Reviewed, ...]:
    """Every account by name."""
    async with db.reading() as conn:
        rows = await accounts.listed(conn)
        told = await tokens.listed(conn, None, most=10_000)
    alive: dict[str, list[TokenRow]] = {}
    for one in told:
        if one.revoked_at is None and one.expires_at > now:
            alive.setdefault(one.account, []).append(one)
    sessions = Counter(one.account for one in open_sessions)
    limit = timedelta(days=unused_days)
    return tuple(_reviewed(row, alive.get(row.name, []), sessions[row.name], now, limit) for row in rows)


def _reviewed(
    row: AccountRow, alive: list[TokenRow], sessions: int, now: datetime, limit: timedelta
) -> Reviewed:
    rights = rights_of(Role(row.role), limited=bool(row.agencies)) - {Right.ANYONE, Right.SIGNED_IN}
    return Reviewed(
        name=row.name,
        display_name=row.display_name,
        role=row.role,
        agencies=row.agencies,
        rights=tuple(right.value for right in Right if right in rights),
        totp=row.totp,
        sso=row.sso,
        locked_at=row.locked_at,
        created_at=row.created_at,
        signed_in_at=row.signed_in_at,
        idle_days=max((now - (row.signed_in_at or row.created_at)).days, 0),
        sessions=sessions,
        tokens=tuple(
            ReviewedToken(
                label=one.label,
                rights=tuple(scope for scope in one.scopes if scope in {right.value for right in rights}),
                expires_at=one.expires_at,
                used_at=one.used_at,
            )
            for one in alive
        ),
        notices=tuple(_notices(row, alive, now, limit)),
    )


def _notices(row: AccountRow, alive: list[TokenRow], now: datetime, limit: timedelta) -> Iterable[Notice]:
    if row.locked_at is not None:
        yield Notice.LOCKED
    elif now - (row.signed_in_at or row.created_at) > limit:
        yield Notice.UNUSED if row.signed_in_at else Notice.NEVER_USED
    if Role(row.role) in CODE_DEMANDED and not row.totp:
        yield Notice.NO_CODE
    if any(now - (one.used_at or one.created_at) > limit for one in alive):
        yield Notice.TOKEN_UNUSED


def sums(rows: Iterable[Reviewed]) -> Mapping[str, int]:
    """How many accounts each notice concerns."""
    found = Counter(notice.value for row in rows for notice in row.notices)
    return {notice.value: found[notice.value] for notice in Notice}


def write_csv(rows: Iterable[Reviewed], out: TextIO) -> None:
    """One line for each account; never anything of a password. Open ``out`` with ``newline=""``."""
    lines = csv.writer(out)
    lines.writerow(
        (
            "tai_khoan", "ho_ten", "vai_tro", "co_quan", "quyen", "ma_xac_thuc", "dang_nhap_mot_lan", "khoa_luc", "tao_luc",
            "dang_nhap_cuoi", "so_ngay_khong_dung", "phien_mo", "ma_truy_cap", "can_xem",
        )
    )  # fmt: skip
    for one in rows:
        cells = (
            one.name, one.display_name, one.role, " ".join(one.agencies), " ".join(one.rights), int(one.totp), int(one.sso),
            one.locked_at.isoformat() if one.locked_at else "", one.created_at.isoformat(),
            one.signed_in_at.isoformat() if one.signed_in_at else "", one.idle_days, one.sessions,
            "; ".join(map(_token, one.tokens)), " ".join(one.notices),
        )  # fmt: skip
        lines.writerow([harmless(cell) if isinstance(cell, str) else cell for cell in cells])


def _token(one: ReviewedToken) -> str:
    return f"{one.label} ({' '.join(one.rights)}; {one.expires_at.isoformat()})"
