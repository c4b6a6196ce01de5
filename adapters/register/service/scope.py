"""What every service function needs: database, clock, master keys, configuration, and the directory kept for some seconds."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from adapters.register.database import Connection, Database, rows
from adapters.register.directory import PROVINCE_ROLE, Agency, Directory, Span
from adapters.register.refusals import Code, RegisterRefused
from connector.clock import LOCAL_ZONE, Clock
from connector.rules.book import RuleBook
from connector.sealing import MasterKeys

DIRECTORY_TTL_S = 30.0
"""How long a directory is believed; agencies open and close by the day."""


@dataclass(frozen=True, kw_only=True)
class RegisterConfig:
    """What differs from register to register.

    Attributes:
        madonvi: code of the province; prefix of case codes and default first custodian.
        max_file_bytes: largest file taken.
        portal_grace: how long after the sender's time a case that was entered on a portal still waits before it
            lapses: what the sender added there in time may be on its way to us (a portal that was not read for a day
            raises an alarm, R15).
        trusted_roots: certificates (DER) of the authorities whose signatures are trusted.
        signature_limit_s: how long one file's signatures may be looked at, in seconds.
    """

    madonvi: str = "000.00.00.H56"
    max_file_bytes: int = 20 * 1024 * 1024
    portal_grace: timedelta = timedelta(days=1)
    trusted_roots: tuple[bytes, ...] = field(default=(), repr=False)
    signature_limit_s: float = 10


class Scope:
    """Shared by the service functions of one register."""

    def __init__(
        self, database: Database, clock: Clock, masters: MasterKeys, book: RuleBook, config: RegisterConfig
    ) -> None:
        self.database = database
        self.clock = clock
        self.masters = masters
        self.book = book
        self.config = config
        self._directory: Directory | None = None
        self._directory_at: datetime | None = None
        self._loading = asyncio.Lock()

    def forget_directory(self) -> None:
        """The next question reads the tables again."""
        self._directory = None

    async def directory(self, conn: Connection) -> Directory:
        """The directory, at most :data:`DIRECTORY_TTL_S` old."""
        known, at = self._directory, self._directory_at
        if known is not None and at is not None and (self.clock.now() - at).total_seconds() < DIRECTORY_TTL_S:
            return known
        async with self._loading:
            self._directory = await read_directory(conn)
            self._directory_at = self.clock.now()
            return self._directory

    async def agency(self, conn: Connection, code: str, now: datetime) -> str:
        """The canonical code of an agency that is active now. Raises AGENCY_UNKNOWN, RECEIVER_INACTIVE."""
        day = now.astimezone(LOCAL_ZONE).date()
        found = (await self.directory(conn)).canonical(code, day)
        if found is None:
            self.forget_directory()  # it may have been entered a moment ago
            found = (await self.directory(conn)).canonical(code, day)
        if found is None:
            raise RegisterRefused(Code.AGENCY_UNKNOWN, code)
        directory = await self.directory(conn)
        if not directory.active(found, day):
            raise RegisterRefused(
                Code.RECEIVER_INACTIVE, f"{found} → {directory.successor(found, day) or '?'}"
            )
        return found


async def read_directory(conn: Connection) -> Directory:
    """The directory as the tables have it."""
    agencies = {
        row["code"]: Agency(
            code=row["code"],
            name=row["name"],
            parent=row["parent"],
            span=Span(first=row["valid_from"], last=row["valid_to"]),
            successor=row["successor"],
        )
        for row in await rows(conn, "agencies")
    }
    aliases: dict[str, tuple[tuple[Span, str], ...]] = {}
    for row in await rows(conn, "aliases"):
        item = (Span(first=row["valid_from"], last=row["valid_to"]), row["agency"])
        aliases[row["alias"]] = (*aliases.get(row["alias"], ()), item)
    holders = await rows(conn, "role_holders", role=PROVINCE_ROLE)
    return Directory(
        agencies=agencies,
        aliases=aliases,
        province_role=tuple(
            (Span(first=row["valid_from"], last=row["valid_to"]), row["agency"]) for row in holders
        ),
        fields={
            row["code"]: Span(first=row["valid_from"], last=row["valid_to"])
            for row in await rows(conn, "fields")
        },
        service_accounts=frozenset(row["name"] for row in await rows(conn, "service_accounts")),
    )
