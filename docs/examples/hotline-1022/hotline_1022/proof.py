"""The proof: the adapter on its twin, and everybody else's hand there; a relay in between loses replies."""

import asyncio
import base64
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from adapters.conformance import CONTENT, FILE, NAME, PAGE_SIZE, PHONE, AdapterSuite
from adapters.conformance.portals import Clients
from adapters.conformance.relay import Cutter, cutting
from connector.case import Attachment
from connector.mapping import Mapping, MappingSet
from connector.system import Key, Operation, OutgoingFile, System
from hotline_1022 import plugin
from hotline_1022.twin import AGENCY, Desk, served

KEY = "mat-khau-mau"
AT = "2026-11-18T09:00:00+07:00"
TICKET: dict[str, Any] = {
    "title": f"Việc của {NAME}",
    "content": CONTENT,
    "kind": "HV",
    "caller": {"name": NAME, "phone": PHONE, "kind": "CN"},
    "agency": AGENCY["code"],
    "received_at": AT,
}


@dataclass(kw_only=True)
class HotlineSubject:
    """See :class:`adapters.conformance.Subject` for what each method promises."""

    system: System
    mapping: Mapping
    desk: Desk
    clients: Clients
    cutter: Cutter
    settings: dict[str, Any]
    agency: str = field(default=AGENCY["code"])

    async def born(self) -> str:
        """A citizen calls in."""
        file = {"name": "giấy hẹn.pdf", "type": "application/pdf", "content": base64.b64encode(FILE).decode()}
        return self.desk.call_in(TICKET, [file])

    async def happen(self, ref: str) -> None:
        """The citizen calls again."""
        self.desk.enter(ref, "NHAC", text="Đề nghị xử lý sớm.")

    async def let_time_pass(self) -> None:
        """It counts changes; time does not matter."""

    async def cases(self) -> int:
        """Tickets at the desk."""
        return len(self.desk.tickets)

    async def acts(self, ref: str) -> int:
        """Entries of a ticket."""
        return len(self.desk.tickets[ref]["entries"])

    async def files(self, ref: str) -> frozenset[str]:
        """Digests of a ticket's files."""
        return frozenset(one["sha256"] for one in self.desk.tickets[ref]["files"])

    async def waiting(self) -> int | None:
        """There is no queue."""
        return None

    async def lose_reply(self, operation: Operation, *, committed: bool) -> None:
        """Every write is a PUT."""
        del operation
        self.cutter.next_reply(b"PUT /v1/", committed=committed)

    def stranger(self) -> System:
        """With a wrong key."""
        return self.clients.build(plugin, **{**self.settings, "api_key": "sai"})

    async def knocks(self) -> int:
        """Calls that showed a key."""
        return self.cutter.callers

    def nowhere(self) -> System:
        """Where nobody listens."""
        return self.clients.build(plugin, **{**self.settings, "base_url": "http://127.0.0.1:9"})

    def create(self) -> Operation:
        """A ticket of ours."""
        return Operation(key=Key(id=uuid4(), operation="create"), fields=TICKET)

    def append(self, ref: str) -> Operation:
        """A note may be added at once."""
        return Operation(key=Key(id=uuid4(), operation="note", ref=ref), fields={"text": CONTENT, "at": AT})

    def forbidden(self, ref: str) -> Operation:
        """An answer before anybody took the ticket up."""
        return Operation(key=Key(id=uuid4(), operation="answer", ref=ref), fields={"text": CONTENT, "at": AT})

    async def send_file(self, content: bytes) -> Operation:
        """A ticket with a file."""
        attachment = Attachment(
            id="register:7", role="question", file_name="đơn.pdf", media_type="application/pdf"
        )
        made = self.create()
        return Operation(
            key=made.key, fields=made.fields, files=(OutgoingFile(attachment=attachment, content=content),)
        )


@contextlib.asynccontextmanager
async def hotline(mappings: MappingSet) -> AsyncIterator[HotlineSubject]:
    """A fresh twin with an adapter on it."""
    desk = Desk(KEY)
    async with (
        served(desk) as port,
        cutting(lambda: asyncio.open_connection("127.0.0.1", port), counts=b"x-api-key") as cutter,
        contextlib.aclosing(Clients()) as clients,
    ):
        settings = {"base_url": f"http://127.0.0.1:{cutter.port}", "api_key": KEY, "page_size": PAGE_SIZE}
        yield HotlineSubject(
            system=clients.build(plugin, **settings),
            mapping=mappings.for_system("hotline_1022"),
            desk=desk,
            clients=clients,
            cutter=cutter,
            settings=settings,
        )


suite = AdapterSuite(hotline)
