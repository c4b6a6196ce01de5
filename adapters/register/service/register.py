"""The register as one object: what the API, the SQL client and the tests call."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from adapters.register.commands import CommandName
from adapters.register.database import Database, one
from adapters.register.documents import answers
from adapters.register.incoming import Incoming, handed_in
from adapters.register.installing import install
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
from adapters.register.service import (
    assisting,
    codes,
    evidence,
    exchange,
    finding,
    intake,
    officer,
    privacy,
    publishing,
    reading,
    status,
    ticking,
)
from adapters.register.service.evidence import Original
from adapters.register.service.finding import Natural
from adapters.register.service.reading import ListFilter
from adapters.register.service.scope import RegisterConfig, Scope
from adapters.register.service.ticking import Ticked
from adapters.register.service.values import ExchangeReceipt, IntakeReceipt, Performed, StoredFile, WorkView
from adapters.register.uploads import NewFile
from connector.canonical import digest_bytes
from connector.clock import LOCAL_ZONE, Clock
from connector.rules.book import RuleBook
from connector.sealing import MasterKeys


class Register:
    """The case register over one database. Every writing method is one transaction and one number of the feed."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        masters: MasterKeys,
        book: RuleBook,
        config: RegisterConfig | None = None,
    ) -> None:
        self.database = database
        self.scope = Scope(database, clock, masters, book, config or RegisterConfig())

    async def install(self) -> int:
        """Bring the schema up to date, see :func:`.installing.install`."""
        async with self.database.connection() as conn:
            return await install(conn, self.scope.masters, self.scope.clock.now())

    # ---- intake and officials ----

    # ``came``: the exact bytes, where the caller has them; without, the body as it was handed in is the evidence

    async def take_in(self, submission: Submission, came: Incoming | None = None) -> IntakeReceipt:
        """T1, see :func:`.intake.take_in`."""
        return await intake.take_in(self.scope, submission, came or _body(submission))

    async def supplement(self, ref: str, supplement: Supplement, came: Incoming | None = None) -> Performed:
        """T4, see :func:`.intake.take_supplement`."""
        return await intake.take_supplement(self.scope, ref, supplement, came or _body(supplement))

    async def perform(
        self, ref: str, name: CommandName, order: Order, came: Incoming | None = None
    ) -> Performed:
        """One command of the workflow, see :func:`.officer.perform`."""
        return await officer.perform(self.scope, ref, name, order, came or _body(order))

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

    async def create(
        self, key: UUID, body: CaseIn, files: Sequence[NewFile] = (), came: Incoming | None = None
    ) -> ExchangeReceipt:
        """A case born on a portal, see :func:`.exchange.create`."""
        return await exchange.create(self.scope, key, body, files, came or _exchanged(key, [body], files))

    async def update(
        self,
        key: UUID,
        ref: str,
        body: CaseFields,
        files: Sequence[NewFile] = (),
        came: Incoming | None = None,
    ) -> ExchangeReceipt:
        """What the system of entry changed, see :func:`.exchange.update`."""
        raw = came or _exchanged(key, [body], files)
        return await exchange.update(self.scope, key, ref, body, files, raw)

    async def append(
        self,
        key: UUID,
        ref: str,
        acts: Sequence[ActIn],
        files: Sequence[NewFile] = (),
        came: Incoming | None = None,
    ) -> ExchangeReceipt:
        """Acts born elsewhere, see :func:`.exchange.append`."""
        raw = came or _exchanged(key, acts, files)
        return await exchange.append(self.scope, key, ref, acts, files, raw)

    async def find(self, key: UUID | None, natural: Natural | None = None) -> ExchangeReceipt | None:
        """What an earlier write brought about, see :func:`.finding.find`."""
        return await finding.find(self.scope, key, natural or Natural())

    async def never_again(self, given: Sequence[str]) -> tuple[str, ...]:
        """Codes that were given in a time that was lost, see :func:`.codes.never_again`."""
        return await codes.never_again(self.scope, given)

    # ---- reading ----

    async def document(self, ref: str) -> dict[str, Any]:
        """One whole case by id or code."""
        async with self.database.connection() as conn:
            return await reading.read_document(conn, self.scope.masters, ref)

    async def changes(self, after: int, limit: int) -> list[dict[str, Any]]:
        """Whole cases that changed after a sequence number, in the order of their last change."""
        async with self.database.connection() as conn:
            return await reading.read_changes(conn, self.scope.masters, after, limit)

    async def cases(
        self, wanted: ListFilter | None = None, *, after: int = 0, limit: int = 100
    ) -> list[dict[str, Any]]:
        """Whole cases by id."""
        async with self.database.connection() as conn:
            return await reading.read_list(conn, self.scope.masters, wanted or ListFilter(), after, limit)

    async def file(self, ref: str, attachment_id: str) -> StoredFile:
        """The exact bytes of a file."""
        async with self.database.connection() as conn:
            return await reading.read_file(conn, self.scope.masters, ref, attachment_id)

    async def answers(self, ref: str) -> list[dict[str, Any]]:
        """Every version of the answer, oldest first (R13)."""
        return answers(await self.document(ref))

    async def evidence(self, ref: str) -> list[dict[str, Any]]:
        """What came in of a case, see :func:`.evidence.listed`."""
        async with self.database.connection() as conn:
            return await evidence.listed(conn, await intake.case_number(conn, ref))

    async def original(self, ref: str, number: int) -> Original:
        """One thing that came in, byte for byte, see :func:`.evidence.original`."""
        async with self.database.connection() as conn:
            case_id = await intake.case_number(conn, ref)
            return await evidence.original(conn, self.scope.masters, case_id, number)

    # ---- personal data ----

    async def same_phone(self, ref: str) -> tuple[str, ...]:
        """Other cases of the same phone, see :func:`.privacy.same_phone`."""
        return await privacy.same_phone(self.scope, ref)

    async def erase_contact(self, ref: str, officer: str, basis: str) -> Performed:
        """Erase the sender, see :func:`.privacy.erase_contact`."""
        return await privacy.erase_contact(self.scope, ref, officer, basis)

    async def rewrap(self) -> int:
        """Wrap the keys anew, see :func:`.privacy.rewrap`."""
        return await privacy.rewrap(self.scope)

    async def log_access(
        self, token: str, officer: str | None, purpose: str, cases: Iterable[Mapping[str, Any]]
    ) -> None:
        """Note who saw which cases, see :func:`.privacy.log_access`."""
        await privacy.log_access(self.scope, token, officer, purpose, [int(case["id"]) for case in cases])

    # ---- publication, the public, the sender ----

    async def assist(self, ref: str) -> dict[str, Any]:
        """What should be redacted before publication, see :func:`.assisting.assist`."""
        return await assisting.assist(self.scope, ref)

    async def public_cases(self, *, before: int | None = None, limit: int = 50) -> list[dict[str, Any]]:
        """Published cases, see :func:`.publishing.public_cases`."""
        return await publishing.public_cases(self.scope, before=before, limit=limit)

    async def public_case(self, code: str) -> dict[str, Any]:
        """One published case, see :func:`.publishing.public_case`."""
        return await publishing.public_case(self.scope, code)

    async def public_statistics(self) -> dict[str, Any]:
        """Counts for everybody, see :func:`.publishing.public_statistics`."""
        return await publishing.public_statistics(self.scope)

    async def status(self, code: str, proof: str) -> dict[str, Any]:
        """The sender's own case, see :func:`.status.status`."""
        return await status.status(self.scope, code, proof)

    # ---- catalogues ----

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


def _body(body: BaseModel) -> Incoming:
    return handed_in(body.model_dump(mode="json", exclude_unset=True))


def _exchanged(key: UUID, bodies: Sequence[BaseModel], files: Sequence[NewFile]) -> Incoming:
    # the bytes of the files are kept with the case; here they are named by their hash
    told = [body.model_dump(mode="json", exclude_unset=True) for body in bodies]
    named = [{"id": file.id, "sha256": file.content and digest_bytes(file.content)} for file in files]
    return handed_in({"key": str(key), "body": told, "files": named})
