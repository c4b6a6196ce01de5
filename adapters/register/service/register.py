"""The register as one object: what the API, the SQL client and the tests call."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from adapters.register.commands import CommandName
from adapters.register.database import Database, one
from adapters.register.models import (
    ActIn,
    AgencyIn,
    CaseFields,
    CaseIn,
    HolderIn,
    Order,
    Submission,
    Supplement,
)
from adapters.register.service import exchange, intake, officer, reading, ticking
from adapters.register.service.exchange import Natural
from adapters.register.service.reading import ListFilter
from adapters.register.service.scope import RegisterConfig, Scope
from adapters.register.service.ticking import Ticked
from adapters.register.service.values import ExchangeReceipt, IntakeReceipt, Performed, StoredFile, WorkView
from adapters.register.uploads import NewFile
from connector.clock import LOCAL_ZONE, Clock
from connector.rules.book import RuleBook


class Register:
    """The case register over one database. Every writing method is one transaction and one number of the feed."""

    def __init__(
        self, database: Database, clock: Clock, book: RuleBook, config: RegisterConfig | None = None
    ) -> None:
        self.database = database
        self.scope = Scope(database, clock, book, config or RegisterConfig())

    # ---- intake and officials ----

    async def take_in(self, submission: Submission) -> IntakeReceipt:
        """T1, see :func:`.intake.take_in`."""
        return await intake.take_in(self.scope, submission)

    async def supplement(self, ref: str, supplement: Supplement) -> Performed:
        """T4, see :func:`.intake.take_supplement`."""
        return await intake.take_supplement(self.scope, ref, supplement)

    async def perform(self, ref: str, name: CommandName, order: Order) -> Performed:
        """One command of the workflow, see :func:`.officer.perform`."""
        return await officer.perform(self.scope, ref, name, order)

    async def add_file(self, ref: str, file: NewFile) -> str:
        """Keep a file, see :func:`.officer.add_file`."""
        return await officer.add_file(self.scope, ref, file)

    async def work_view(self, ref: str) -> WorkView:
        """What may be done with the case now."""
        return await officer.work_view(self.scope, ref)

    async def tick(self) -> Ticked:
        """What the clock does by itself, see :func:`.ticking.tick`."""
        return await ticking.tick(self.scope)

    # ---- exchange ----

    async def create(self, key: UUID, body: CaseIn, files: Sequence[NewFile] = ()) -> ExchangeReceipt:
        """A case born on a portal, see :func:`.exchange.create`."""
        return await exchange.create(self.scope, key, body, files)

    async def update(
        self, key: UUID, ref: str, body: CaseFields, files: Sequence[NewFile] = ()
    ) -> ExchangeReceipt:
        """What the system of entry changed, see :func:`.exchange.update`."""
        return await exchange.update(self.scope, key, ref, body, files)

    async def append(
        self, key: UUID, ref: str, acts: Sequence[ActIn], files: Sequence[NewFile] = ()
    ) -> ExchangeReceipt:
        """Acts born elsewhere, see :func:`.exchange.append`."""
        return await exchange.append(self.scope, key, ref, acts, files)

    async def find(self, key: UUID | None, natural: Natural | None = None) -> ExchangeReceipt | None:
        """What an earlier write brought about, see :func:`.exchange.find`."""
        return await exchange.find(self.scope, key, natural or Natural())

    # ---- reading ----

    async def document(self, ref: str) -> dict[str, Any]:
        """One whole case by id or code."""
        async with self.database.connection() as conn:
            return await reading.read_document(conn, ref)

    async def changes(self, after: int, limit: int) -> list[dict[str, Any]]:
        """Whole cases that changed after a sequence number, in the order of their last change."""
        async with self.database.connection() as conn:
            return await reading.read_changes(conn, after, limit)

    async def cases(
        self, wanted: ListFilter | None = None, *, after: int = 0, limit: int = 100
    ) -> list[dict[str, Any]]:
        """Whole cases by id."""
        async with self.database.connection() as conn:
            return await reading.read_list(conn, wanted or ListFilter(), after, limit)

    async def file(self, ref: str, attachment_id: str) -> StoredFile:
        """The exact bytes of a file."""
        async with self.database.connection() as conn:
            return await reading.read_file(conn, ref, attachment_id)

    async def agencies(self) -> list[dict[str, Any]]:
        """The agency directory as of today."""
        today = self.scope.clock.now().astimezone(LOCAL_ZONE).date()
        async with self.database.connection() as conn:
            return await reading.read_agencies(conn, today)

    async def fields(self) -> list[dict[str, Any]]:
        """The fields of Đ5."""
        async with self.database.connection() as conn:
            return await reading.read_fields(conn)

    async def pulse(self) -> tuple[datetime, int]:
        """The database's clock and the feed's newest number."""
        async with self.database.connection() as conn:
            row = await one(conn, "pulse")
        assert row is not None
        return row["now"], row["seq"]

    async def put_agencies(
        self, agencies: Sequence[AgencyIn], *, province_role: Sequence[HolderIn] = ()
    ) -> None:
        """Enter or correct agencies, see :func:`.reading.put_agencies`."""
        await reading.put_agencies(self.scope, agencies, province_role=province_role)

    async def aclose(self) -> None:
        """Close all connections."""
        await self.database.aclose()
