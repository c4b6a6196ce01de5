"""Shipped mappings, real clients, real twins: what one side renders the other takes, and tells back as the same act."""

import contextlib
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx

from adapters import government_portal, national_portal
from adapters.government_portal import twin as government_twin
from adapters.national_portal import twin as national_twin
from connector.case import (
    Act,
    ActKind,
    Attachment,
    Case,
    Channel,
    Header,
    Nature,
    Place,
    Privacy,
    Sender,
    SenderKind,
    Status,
    absorb,
)
from connector.clock import SystemClock
from connector.mapping import Intent, IntentKind, Mapping, MappingSet, Policy
from connector.system import OutgoingFile, Record, Surroundings, System
from connector.transport import HttpClient, TransportSettings

ROOT = Path(__file__).parents[2] / "mappings"
POLICY = Policy.load(ROOT / "policy.toml")
MAPPINGS = MappingSet.load(ROOT)
AGENCY = "000.00.00.H56"
CODE = "000.00.00.H56-261118-00057"
SENDER = {
    "name": "Nguyễn Văn Mẫu",
    "phone": "0900000000",
    "address": "Thôn Mẫu",
    "email": "mau@example.com",
}


@dataclass
class Wire:
    """One portal: its client, its mapping, its control face, and what we know of its case so far."""

    client: System
    control: httpx.AsyncClient
    mapping: Mapping
    told: Case | None = None
    here: Case | None = None

    async def born(self, **fields: Any) -> str:
        body = {
            "title": "Chậm trả kết quả",
            "content": "Quá hẹn ba ngày.",
            "agency": AGENCY,
            "sender": SENDER,
            "anonymous": True,
            "private": False,
            "publishable": True,
            **fields,
        }
        reply = await self.control.post("/control/cases", json=body)
        assert reply.status_code == 201, reply.text
        return str(reply.json()["id"])

    async def event(self, ref: str, name: str, **facts: Any) -> None:
        reply = await self.control.post(f"/control/cases/{ref}/{name}", json=facts)
        assert reply.status_code == 200, reply.text

    async def dump(self, ref: str) -> dict[str, Any]:
        return dict((await self.control.get(f"/control/cases/{ref}")).json())

    async def look(self, ref: str) -> Case:
        """Everything that the portal says of the case, folded together."""
        records: list[Record] = [
            record
            async for page in self.client.changes(None)
            for record in page.records
            if record.complete and record.ref == ref
        ]
        for record in (*records, await self.client.fetch(ref)):
            self.told = absorb(self.told, self.mapping.read(record))
        assert self.told is not None
        return self.told

    async def send(self, ref: str | None, one: Act | None, kind: IntentKind = IntentKind.APPEND) -> UUID:
        """Do what the core does: gate, mapping, adapter."""
        assert self.here is not None
        if one is not None:
            self.here = replace(self.here, acts=(*self.here.acts, one))
        newest = max((act.at for act in self.told.acts), default=None) if self.told else None
        case = POLICY.gate(self.here, self.mapping.system, kind)
        intent = Intent(kind=kind, case=case, ref=ref, act=one, not_before=newest)
        operation = self.mapping.write(intent, uuid4())
        assert operation.key.operation in self.client.capabilities.operations
        await self.client.apply(operation)
        return operation.key.id


def surroundings(name: str) -> Surroundings:
    clock = SystemClock()
    transport = TransportSettings(plain_http_hosts=("127.0.0.1",), retry_base_s=0.01)
    return Surroundings(http=HttpClient(name, transport, clock), clock=clock)


@contextlib.asynccontextmanager
async def national(**profile: Any) -> AsyncIterator[Wire]:
    async with national_twin.running(national_twin.Settings()) as twin:
        twin.twin.set_profile(national_twin.Profile.parse(profile))
        settings = national_portal.plugin.settings(
            adapter_base=twin.url, madonvi=AGENCY, password="mat-khau-mau"
        )
        around = surroundings("national_portal")
        client = national_portal.plugin.build(settings, around)
        async with (
            contextlib.aclosing(around.http),
            contextlib.aclosing(client),
            httpx.AsyncClient(base_url=twin.control_url) as control,
        ):
            yield Wire(client, control, MAPPINGS.for_system("national_portal"))


@contextlib.asynccontextmanager
async def government() -> AsyncIterator[Wire]:
    async with government_twin.running(seed=1) as twin:
        settings = government_portal.plugin.settings(
            endpoint=twin.url, system_id=twin.username, password=twin.password, organ_id=AGENCY
        )
        around = surroundings("government_portal")
        client = government_portal.plugin.build(settings, around)
        async with (
            contextlib.aclosing(around.http),
            contextlib.aclosing(client),
            httpx.AsyncClient(base_url=twin.control_url) as control,
        ):
            yield Wire(client, control, MAPPINGS.for_system("government_portal"))


class Officer:
    """Acts of the register, a second apart, a little in the past."""

    def __init__(self) -> None:
        self.count = 0
        self.start = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=10)

    def act(self, kind: ActKind, text: str | None = None, **details: str) -> Act:
        self.count += 1
        return Act(
            id=f"register:{980 + self.count}",
            kind=kind,
            at=self.start + timedelta(seconds=self.count),
            agency=AGENCY,
            officer="cb-mau-01",
            text=text,
            details=details,
        )


def as_register(told: Case) -> Case:
    """The register's telling of a portal-born case, once it has been created there."""
    return replace(told, system="register", ref="57", code=CODE)


def local_case(**header: Any) -> Case:
    fields: dict[str, Any] = {
        "title": "Đề nghị bỏ một giấy tờ trùng",
        "content": "Phải nộp hai bản cùng nội dung.",
        "nature": Nature.REGULATION,
        "channel": Channel.ZALO,
        "sender_kind": SenderKind.ENTERPRISE,
        "sender": Sender(name="Nguyễn Văn Mẫu", phone="0900000000"),
        "submitted_at": datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1),
        "agency": AGENCY,
        "field": "thu_tuc_hanh_chinh",
        "place": Place(text="xã Mẫu", latitude="19.8", longitude="105.7"),
    }
    fields.update(header)
    return Case(system="register", ref="57", origin=("register", "57"), code=CODE, header=Header(**fields))


def ours(told: Case, keys: Iterable[UUID]) -> list[ActKind]:
    """Kinds of the told acts that our writes caused, in order of writing."""
    by_echo = {act.echo: act.kind for act in told.acts if act.echo}
    return [by_echo[str(key)] for key in keys]


async def whole_life(wire: Wire, ref: str) -> Case:
    """Every act that a portal can get, up to a published answer; then the portal's own events."""
    officer = Officer()
    wire.here = as_register(await wire.look(ref))
    first = await wire.send(ref, officer.act(ActKind.SUPPLEMENT_REQUESTED, "Bổ sung mã hồ sơ."))
    await wire.event(ref, "supplement", text="Mã hồ sơ là 123.")
    await wire.look(ref)
    keys = [first]
    for one in (
        officer.act(ActKind.ACCEPTED),
        officer.act(ActKind.ASSIGNED, unit="Phòng Mẫu"),
        officer.act(ActKind.PROGRESS, "Đã kiểm tra hồ sơ."),
        officer.act(ActKind.LATE_NOTICE, "Chờ kết quả giám định."),
        officer.act(ActKind.ANSWERED, "Đã trả kết quả.", version="1", publishable="1"),
    ):
        keys.append(await wire.send(ref, one))
        await wire.look(ref)
    await wire.event(ref, "rework", reason="Chưa rõ.")
    await wire.look(ref)
    keys.append(await wire.send(ref, officer.act(ActKind.ANSWERED, "Rõ hơn.", version="2", publishable="1")))
    await wire.event(ref, "publish")
    await wire.event(ref, "rate", like=False, comment="Chậm")
    await wire.event(ref, "unpublish")
    told = await wire.look(ref)
    assert ours(told, keys) == [
        ActKind.SUPPLEMENT_REQUESTED,
        ActKind.ACCEPTED,
        ActKind.ASSIGNED,
        ActKind.PROGRESS,
        ActKind.PROGRESS,
        ActKind.ANSWERED,
        ActKind.ANSWERED,
    ]
    return told


PORTAL_STORY = [
    ActKind.SUBMITTED,
    ActKind.FORWARDED,
    ActKind.SUPPLEMENTED,
    ActKind.RETURNED_FOR_REWORK,
    ActKind.PUBLISHED,
    ActKind.RATED,
    ActKind.UNPUBLISHED,
]


def told_by_the_portal(told: Case) -> list[ActKind]:
    return [act.kind for act in told.acts if not act.echo]


async def test_a_whole_life_on_the_national_portal() -> None:
    async with national() as wire:
        ref = await wire.born(kind="1", source="1", submitter_type="1", field="G22-MAU03")
        told = await whole_life(wire, ref)
        assert told_by_the_portal(told) == PORTAL_STORY
        assert (told.code, told.origin) == (CODE, ("national_portal", ref))
        rated = next(act for act in told.acts if act.kind is ActKind.RATED)
        assert (rated.text, rated.details["like"]) == ("Chậm", "0")


async def test_a_whole_life_on_the_government_portal() -> None:
    async with government() as wire:
        ref = await wire.born(kind="CONDUCT", field="TTHC", submitter_type="BUSINESS")
        told = await whole_life(wire, ref)
        assert told_by_the_portal(told) == PORTAL_STORY
        assert told.origin == ("government_portal", ref)


async def test_the_national_quirks_change_nothing_of_what_is_read() -> None:
    async with (
        national() as plain,
        national(error_code_form="random", nested_string=True, html_content=True) as odd,
    ):
        refs = [await wire.born(kind="1", source="1", submitter_type="1") for wire in (plain, odd)]
        told = [await wire.look(ref) for wire, ref in zip((plain, odd), refs, strict=True)]
        assert told[0].header is not None
        assert told[1].header is not None
        assert told[1].header.title == told[0].header.title
        assert [act.kind for act in told[1].acts] == [act.kind for act in told[0].acts]


async def test_refusals_lapses_and_transfers_on_both_portals() -> None:
    officer = Officer()
    ends = (
        (ActKind.REFUSED, {"reason_code": "TU_VAN_PHAP_LUAT"}, Status.REFUSED),
        (ActKind.RETURNED, {}, Status.RETURNED_VPCP),
        (ActKind.TRANSFERRED, {"to_agency": "000.00.00.H99"}, Status.TRANSFERRED),
    )
    async with national() as wire:
        for kind, details, status in ends:
            ref = await wire.born(kind="1", source="1", submitter_type="1")
            wire.told = None
            wire.here = as_register(replace(await wire.look(ref), acts=()))
            wire.here = replace(wire.here, code=None)
            await wire.send(ref, officer.act(kind, "Lý do mẫu.", **details))
            assert (await wire.dump(ref))["status"] == status.value
    async with government() as wire:
        for kind, details, status in ends:
            ref = await wire.born(kind="CONDUCT", submitter_type="INDIVIDUAL")
            wire.told = None
            wire.here = replace(as_register(await wire.look(ref)), acts=(), code=None)
            receiver = {"to_agency": "000.00.00.H55"} if "to_agency" in details else details
            await wire.send(ref, officer.act(kind, "Lý do mẫu.", **receiver))
            assert (await wire.dump(ref))["status"] == status.value


async def test_a_lapse_ends_the_case_on_both_portals() -> None:
    async with national() as first, government() as second:
        for wire, fields in (
            (first, {"kind": "1", "source": "1", "submitter_type": "1"}),
            (second, {"kind": "CONDUCT", "submitter_type": "INDIVIDUAL"}),
        ):
            officer = Officer()
            ref = await wire.born(**fields)
            wire.here = as_register(await wire.look(ref))
            await wire.send(ref, officer.act(ActKind.SUPPLEMENT_REQUESTED, "Bổ sung."))
            await wire.look(ref)
            await wire.send(ref, officer.act(ActKind.LAPSED))
            assert (await wire.dump(ref))["status"] == "REFUSED"


async def pushed(wire: Wire, case: Case) -> tuple[str, Case]:
    """A local case filed at the portal, and what the portal says of it."""
    wire.here = case
    intent = Intent(kind=IntentKind.CREATE, case=POLICY.gate(case, wire.mapping.system, IntentKind.CREATE))
    receipt = await wire.client.apply(wire.mapping.write(intent, uuid4()))
    return receipt.ref, await wire.look(receipt.ref)


async def test_a_pushed_case_arrives_without_its_sender_and_is_recognised() -> None:
    async with national() as wire:
        ref, told = await pushed(wire, local_case())
        assert told.code == CODE
        assert told.origin == ("register", CODE)
        assert told.header is not None
        assert told.header.sender == Sender()
        assert told.header.place == Place(text="xã Mẫu")
        dump = await wire.dump(ref)
        assert not [value for value in dump["sender"].values() if value]
        officer = Officer()
        keys = [
            await wire.send(ref, officer.act(ActKind.ACCEPTED)),
            await wire.send(ref, officer.act(ActKind.ASSIGNED, unit="Phòng Mẫu")),
            await wire.send(ref, officer.act(ActKind.ANSWERED, "Xong.", version="1", publishable="1")),
        ]
        assert ours(await wire.look(ref), keys) == [ActKind.ACCEPTED, ActKind.ASSIGNED, ActKind.ANSWERED]


async def test_a_case_filed_at_the_government_portal_can_be_handled_and_made_private() -> None:
    async with government() as wire:
        ref, told = await pushed(wire, local_case())
        assert told.code == CODE
        officer = Officer()
        await wire.send(ref, officer.act(ActKind.ACCEPTED))
        await wire.look(ref)
        assert wire.here is not None
        assert wire.here.header is not None
        wire.here = replace(wire.here, header=replace(wire.here.header, privacy=Privacy.PRIVATE))
        await wire.send(ref, officer.act(ActKind.MADE_PRIVATE), IntentKind.TIGHTEN)
        assert (await wire.dump(ref))["private"] is True
        assert ActKind.MADE_PRIVATE in [act.kind for act in (await wire.look(ref)).acts]


async def test_a_case_pushed_to_the_national_portal_can_be_corrected_and_made_private() -> None:
    async with national() as wire:
        ref, _ = await pushed(wire, local_case())
        assert wire.here is not None
        assert wire.here.header is not None
        header = replace(wire.here.header, title="Tiêu đề đã sửa")
        wire.here = replace(wire.here, header=header)
        await wire.send(ref, None, IntentKind.UPDATE)
        assert (await wire.dump(ref))["title"] == "Tiêu đề đã sửa"
        wire.here = replace(wire.here, header=replace(header, privacy=Privacy.PRIVATE))
        await wire.send(ref, None, IntentKind.TIGHTEN)
        assert (await wire.dump(ref))["private"] is True


async def test_a_private_answer_is_not_publishable_and_is_closed_by_us() -> None:
    for portal, fields in (
        (national, {"kind": "1", "source": "1", "submitter_type": "1"}),
        (government, {"kind": "CONDUCT", "submitter_type": "INDIVIDUAL"}),
    ):
        async with portal() as wire:
            officer = Officer()
            ref = await wire.born(**fields, private=True)
            wire.here = as_register(await wire.look(ref))
            await wire.send(ref, officer.act(ActKind.ACCEPTED))
            await wire.send(ref, officer.act(ActKind.ANSWERED, "Riêng.", version="1", publishable="1"))
            await wire.look(ref)
            await wire.send(ref, officer.act(ActKind.CLOSED))
            dump = await wire.dump(ref)
            assert dump["status"] == "CLOSED"
            assert dump["answer"]["publishable"] is False


async def test_a_persons_answer_to_a_recall_reaches_the_government_portal() -> None:
    async with government() as wire:
        officer = Officer()
        ref = await wire.born(kind="CONDUCT", submitter_type="INDIVIDUAL")
        wire.here = as_register(await wire.look(ref))
        await wire.send(ref, officer.act(ActKind.ACCEPTED))
        await wire.look(ref)
        await wire.event(ref, "recall", reason="Gửi nhầm.")
        told = await wire.look(ref)
        assert told.status is Status.RECALLED
        recalled = next(act for act in told.acts if act.kind is ActKind.RECALLED)
        assert wire.here is not None
        wire.here = replace(wire.here, acts=(*wire.here.acts, recalled))
        await wire.send(ref, officer.act(ActKind.RECALL_REFUSED, "Đang xử lý."))
        assert (await wire.dump(ref))["status"] == "ACCEPTED"


async def test_a_file_travels_with_the_answer_and_comes_back_under_our_id() -> None:
    async with government() as wire:
        ref = await wire.born(kind="CONDUCT", submitter_type="INDIVIDUAL")
        wire.here = as_register(await wire.look(ref))
        await wire.send(ref, Officer().act(ActKind.ACCEPTED))
        one = Officer().act(ActKind.ANSWERED, "Trả lời.", version="1", publishable="1")
        content = b"%PDF-1.7\n" + b"noi dung mau " * 10
        file = OutgoingFile(
            attachment=Attachment(
                id="register:12", role="answer", file_name="tra-loi.pdf", media_type="application/pdf"
            ),
            content=content,
        )
        case = POLICY.gate(wire.here, "government_portal")
        intent = Intent(kind=IntentKind.APPEND, case=case, ref=ref, act=one)
        await wire.client.apply(wire.mapping.write(intent, uuid4(), (file,)))
        assert [item["name"] for item in (await wire.dump(ref))["answer"]["files"]] == ["tra-loi.pdf"]
