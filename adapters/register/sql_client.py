"""The register by direct SQL: reads the four views, writes through the register's own transactions."""

from collections.abc import AsyncIterator, Sequence

from adapters.register.capabilities import (
    APPEND,
    CAPABILITIES,
    CREATE,
    OPERATIONS,
    acts_of,
    agencies_as_catalogue,
    body_of,
    case_ref,
    files_of,
    natural_of,
)
from adapters.register.database import Database
from adapters.register.documents import record
from adapters.register.failures import translated
from adapters.register.models import CaseFields, CaseIn
from adapters.register.service import ExchangeReceipt, Register, RegisterConfig
from adapters.register.settings import RegisterSettings, read_keys
from adapters.register.signatures import read_roots
from connector.case import REGISTER, Attachment
from connector.clock import Clock
from connector.errors import Permanent
from connector.rules.book import RuleBook
from connector.system import (
    CatalogueEntry,
    Key,
    Operation,
    Page,
    Pong,
    Receipt,
    Record,
    Sighting,
    Verdict,
)

_WHO = "sql:connector"
"""How the access log names this client, which has no token."""


class SqlClient:
    """The :class:`~connector.system.System` of the register over PostgreSQL. The pool opens on first use."""

    name = REGISTER
    capabilities = CAPABILITIES

    def __init__(self, settings: RegisterSettings, clock: Clock, book: RuleBook) -> None:
        assert settings.database_url is not None
        database = Database(
            settings.database_url.get_secret_value(), max_connections=settings.max_connections
        )
        given = settings.master_keys
        masters = read_keys(given.get_secret_value() if given else None, settings.master_keys_file)
        config = RegisterConfig(
            madonvi=settings.madonvi,
            max_file_bytes=settings.max_file_bytes,
            trusted_roots=read_roots(settings.trusted_roots) if settings.trusted_roots else (),
        )
        self._register = Register(database, clock, masters, book, config)
        self._page_size = settings.page_size
        self._clock = clock

    async def changes(self, since: str | None) -> AsyncIterator[Page]:
        """Whole cases in the order of their last change; the watermark is the feed's sequence number as text."""
        after = int(since or 0)
        while True:
            with translated(write=False):
                cases = await self._register.changes(after, self._page_size)
                await self._register.log_access(_WHO, None, "changes", cases)
            if not cases:
                return
            after = int(cases[-1]["version"])
            yield Page(records=tuple(record(case) for case in cases), watermark=str(after))
            if len(cases) < self._page_size:
                return

    async def fetch(self, ref: str) -> Record:
        """The whole case now."""
        with translated(write=False):
            case = await self._register.document(ref)
            await self._register.log_access(_WHO, None, "read", [case])
        return record(case)

    async def find(self, key: Key) -> Sighting:
        """Whether the write with this key took effect; always known, for the key commits with its effect."""
        with translated(write=False):
            found = await self._register.find(key.id, natural_of(key))
        if found is None:
            return Sighting(verdict=Verdict.ABSENT)
        return Sighting(verdict=Verdict.FOUND, receipt=_receipt(found))

    async def apply(self, operation: Operation) -> Receipt:
        """``create``, ``update`` or ``append``."""
        key, fields, files = operation.key, operation.fields, files_of(operation.files)
        if key.operation not in OPERATIONS:
            msg = f"the register knows no operation {key.operation}"
            raise Permanent(msg)
        with translated(write=True):
            if key.operation == CREATE:
                done = await self._register.create(key.id, body_of(CaseIn, fields), files)
            elif key.operation == APPEND:
                done = await self._register.append(key.id, case_ref(operation), acts_of(fields), files)
            else:
                body = body_of(CaseFields, fields)
                done = await self._register.update(key.id, case_ref(operation), body, files)
        return _receipt(done)

    async def catalogue(self, name: str) -> tuple[CatalogueEntry, ...]:
        """``agencies`` or ``fields``."""
        with translated(write=False):
            if name == "agencies":
                return agencies_as_catalogue(await self._register.agencies())
            if name == "fields":
                return agencies_as_catalogue(await self._register.fields())
        return ()

    async def read_file(self, ref: str, attachment: Attachment) -> bytes:
        """The exact bytes."""
        with translated(write=False):
            return (await self._register.file(ref, attachment.id)).content

    async def never_again(self, codes: Sequence[str]) -> tuple[str, ...]:
        """Of codes that the register gave once, those that it has lost; it gives no lost number anew."""
        with translated(write=False):
            return await self._register.never_again(codes)

    async def ping(self) -> Pong:
        """One round trip to the database."""
        with translated(write=False):
            time, sequence = await self._register.pulse()
        return Pong(server_time=time, version=f"sequence {sequence}")

    async def aclose(self) -> None:
        """Close the pool."""
        await self._register.aclose()


def _receipt(done: ExchangeReceipt) -> Receipt:
    return Receipt(ref=done.ref, duplicate=done.duplicate, facts=done.facts)
