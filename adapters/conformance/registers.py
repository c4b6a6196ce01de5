"""The register as a subject of the conformance suite, by both ways in; a relay in front of it loses replies."""

import asyncio
import base64
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from uuid import uuid4

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from adapters.conformance.portals import AGENCY, Clients
from adapters.conformance.relay import Connect, Cutter, cutting
from adapters.conformance.subject import CONTENT, FILE, NAME, PAGE_SIZE, PHONE
from adapters.conformance.suite import AdapterSuite
from adapters.register import plugin
from adapters.register.catalogue_file import read_agencies
from adapters.register.commands import CommandName
from adapters.register.models import Order, Submission
from adapters.register.service import Register
from adapters.register.testing import KEYS, embedded_postgres, running, wiped_database
from adapters.register.tokens import Role
from connector.app import shipped
from connector.case import Attachment
from connector.mapping import Mapping, MappingSet
from connector.system import Key, Operation, OutgoingFile, System

SENDER = {"kind": "ca_nhan", "name": NAME, "phone": PHONE}


@dataclass(kw_only=True)
class RegisterSubject:
    """The register: its officials and channels act through its own service, we through the relay."""

    system: System
    mapping: Mapping
    register: Register
    clients: Clients
    cutter: Cutter
    said: bytes
    settings: dict[str, Any]
    wrong: dict[str, Any]
    dead: dict[str, Any]
    agency: str = AGENCY
    numbers: Any = field(default_factory=lambda: count(900000001))
    handed: set[str] = field(default_factory=set)

    async def born(self) -> str:
        file = {
            "file_name": "giấy hẹn.pdf",
            "media_type": "application/pdf",
            "content_base64": base64.b64encode(FILE).decode(),
        }
        body = {
            "channel": "zalo",
            "external_id": uuid4().hex,
            "title": f"Việc của {NAME}",
            "content": CONTENT,
            "nature": "hanh_vi_cong_vu",
            "sender": SENDER,
            "files": [file],
        }
        return (await self.register.take_in(Submission.model_validate(body))).id

    async def happen(self, ref: str) -> None:
        handed = ref in self.handed
        self.handed.add(ref)
        order = Order(officer="cb-mau-01", unit="Phòng Mẫu", text="Đang kiểm tra hồ sơ.")
        await self.register.perform(ref, CommandName.PROGRESS if handed else CommandName.HAND_OVER, order)

    async def let_time_pass(self) -> None:
        """It counts changes; time does not matter."""

    async def cases(self) -> int:
        return len(await self.register.changes(0, 1000))

    async def acts(self, ref: str) -> int:
        return len((await self.register.document(ref))["acts"])

    async def files(self, ref: str) -> frozenset[str]:
        return frozenset(item["sha256"] for item in (await self.register.document(ref))["attachments"])

    async def waiting(self) -> int | None:
        return None

    async def lose_reply(self, operation: Operation, *, committed: bool) -> None:
        del operation
        self.cutter.next_reply(self.said, committed=committed)

    def stranger(self) -> System:
        return self.clients.build(plugin, **self.wrong)

    async def knocks(self) -> int:
        return self.cutter.callers

    def nowhere(self) -> System:
        return self.clients.build(plugin, **self.dead)

    def create(self) -> Operation:
        natural = {"origin_system": "national_portal", "origin_ref": str(next(self.numbers))}
        fields = {
            "title": f"Việc của {NAME}",
            "content": CONTENT,
            "nature": "hanh_vi_cong_vu",
            "channel": "dvcqg",
            "sender": SENDER,
            "submitted_at": "2026-11-17T08:00:00+07:00",
            **natural,
        }
        return Operation(key=Key(id=uuid4(), operation="create", natural=natural), fields=fields)

    def append(self, ref: str) -> Operation:
        act = f"national_portal:{ref}.{next(self.numbers)}"
        fields = {"id": act, "kind": "reminded", "at": "2026-11-18T09:00:00+07:00", "text": CONTENT}
        return Operation(
            key=Key(id=uuid4(), operation="append", ref=ref, natural={"act": act}), fields=fields
        )

    def forbidden(self, ref: str) -> Operation:
        fields = {"content": f"{CONTENT} {NAME}"}
        return Operation(key=Key(id=uuid4(), operation="update", ref=ref), fields=fields)

    async def send_file(self, content: bytes) -> Operation:
        attachment = Attachment(
            id="national_portal:7", role="question", file_name="đơn.pdf", media_type="application/pdf"
        )
        made = self.create()
        file = OutgoingFile(attachment=attachment, content=content)
        return Operation(key=made.key, fields=made.fields, files=(file,))


@contextlib.asynccontextmanager
async def _served() -> AsyncIterator[tuple[str, Any]]:
    dsn = await wiped_database(embedded_postgres(), "register_conformance")
    async with running(dsn) as served:
        agencies, holder = read_agencies(shipped("mappings") / "agencies.csv")
        await served.register.put_agencies(agencies, province_role=holder)
        yield dsn, served


@contextlib.asynccontextmanager
async def register_by_rest(mappings: MappingSet) -> AsyncIterator[RegisterSubject]:
    """A wiped register of its own, reached by its API."""
    async with _served() as (_, served):
        port = int(served.url.rpartition(":")[2])
        async with (
            cutting(lambda: asyncio.open_connection("127.0.0.1", port), counts=b"authorization") as cutter,
            contextlib.aclosing(Clients()) as clients,
        ):
            address = f"http://127.0.0.1:{cutter.port}"
            own = {"access": "rest", "token": served.tokens[Role.EXCHANGE], "page_size": PAGE_SIZE}
            yield RegisterSubject(
                system=clients.build(plugin, **own, base_url=address),
                mapping=mappings.for_system("register"),
                register=served.register,
                clients=clients,
                cutter=cutter,
                said=b"PUT /api/v1/exchange",
                settings={**own, "base_url": address},
                wrong={**own, "base_url": address, "token": "dk_sai"},
                dead={**own, "base_url": "http://127.0.0.1:9"},
            )


@contextlib.asynccontextmanager
async def register_by_sql(mappings: MappingSet) -> AsyncIterator[RegisterSubject]:
    """A wiped register of its own, reached by its views and transactions."""
    async with (
        _served() as (dsn, served),
        cutting(_to_postgres(dsn)) as cutter,
        contextlib.aclosing(Clients()) as clients,
    ):
        known = conninfo_to_dict(dsn)
        through = {
            "host": "127.0.0.1",
            "port": cutter.port,
            "dbname": known["dbname"],
            "sslmode": "disable",
            "gssencmode": "disable",
        }

        def access(**changes: Any) -> dict[str, Any]:
            address = make_conninfo("", **{**through, "user": known["user"], **changes})
            return {"access": "sql", "database_url": address, "master_keys": KEYS, "page_size": PAGE_SIZE}

        yield RegisterSubject(
            system=clients.build(plugin, **access()),
            mapping=mappings.for_system("register"),
            register=served.register,
            clients=clients,
            cutter=cutter,
            said=b"COMMIT",
            settings=access(),
            wrong=access(user="nguoi_la"),
            dead=access(port=9, connect_timeout=2),
        )


register_suite = AdapterSuite(register_by_rest)


def _to_postgres(dsn: str) -> Connect:
    """The embedded server listens on a socket file only."""
    known = conninfo_to_dict(dsn)
    path = f"{known['host']}/.s.PGSQL.{known.get('port', 5432)}"
    return lambda: asyncio.open_unix_connection(path)
