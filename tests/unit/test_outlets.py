"""Every outlet gives exactly what the table allows: one mark for each matter, looked for in what comes out (rules §3.4)."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from adapters.register.showing import visible
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
    to_json,
)
from connector.mapping.policy import Identity, PlaceDetail, Policy, PortalPolicy
from connector.rules.visibility import Audience, Matter, sees, shown
from connector.services.explain import _side
from connector.store.cases import CaseRow
from connector.store.links import Link

AT = datetime(2026, 11, 18, 8, tzinfo=UTC)
MARKS = {
    Matter.CONTACT: "Nguyễn Dấu Tên",
    Matter.CONTENT: "dấu nội dung",
    Matter.FILES: "dau-anh.jpg",
    Matter.POINT: "19.123456",
    Matter.AREA: "phường Dấu",
    Matter.ANSWER: "dấu câu trả lời",
    Matter.WORDING: "dấu yêu cầu",
    Matter.OFFICER: "cb-dau",
    Matter.INNER: "hold_released",
    Matter.PROOF: "e" * 64,
    Matter.PROGRESS: "supplement_requested",
}
OPEN_FLAGS = {Privacy.OPEN: (False, False), Privacy.PRIVATE: (True, False), Privacy.RESTRICTED: (False, True)}


def act(number: int, kind: ActKind, **facts: object) -> Act:
    return Act(id=f"register:{number}", kind=kind, at=AT, **facts)  # type: ignore[arg-type]


ACTS = (
    act(1, ActKind.RECEIVED, details={"agency": "000.00.00.H56", "receipt_sha256": MARKS[Matter.PROOF]}),
    act(2, ActKind.SUPPLEMENT_REQUESTED, officer=MARKS[Matter.OFFICER], text=MARKS[Matter.WORDING]),
    act(3, ActKind.NOTE, text="dấu yêu cầu", details={"decision": MARKS[Matter.INNER]}),
    act(4, ActKind.ANSWERED, text=MARKS[Matter.ANSWER], details={"signer": "cb-dau", "version": "1"}),
)
FILES = (Attachment(id="register:9", role="question", file_name=MARKS[Matter.FILES]),)


def case(privacy: Privacy) -> Case:
    header = Header(
        title="Tiêu đề", content=MARKS[Matter.CONTENT], nature=Nature.SITE, channel=Channel.WEB, submitted_at=AT,
        sender_kind=SenderKind.CITIZEN, sender=Sender(name=MARKS[Matter.CONTACT]), agency="000.00.00.H56",
        privacy=privacy, instruction=MARKS[Matter.WORDING],
        place=Place(text=MARKS[Matter.AREA], latitude=MARKS[Matter.POINT], longitude="105"),
    )  # fmt: skip
    return Case(
        system="register",
        ref="1",
        code="M-1",
        origin=("register", "1"),
        header=header,
        acts=ACTS,
        attachments=FILES,
    )


def document(privacy: Privacy) -> dict:
    private, restricted = OPEN_FLAGS[privacy]
    sender = dict.fromkeys(("organisation", "phone", "address", "email", "account"))
    return {
        "id": "1", "code": "M-1", "state": "MOI", "title": "Tiêu đề", "content": MARKS[Matter.CONTENT], "field_name": None,
        "sender": {"kind": "ca_nhan", "name": MARKS[Matter.CONTACT], "anonymous": False, "erased": False, **sender},
        "place": {"text": MARKS[Matter.AREA], "latitude": MARKS[Matter.POINT], "longitude": "105"},
        "private": private, "restricted": restricted, "instruction": MARKS[Matter.WORDING], "version": "7",
        "acts": [{**to_json(case(privacy))["acts"][number], "attachments": []} for number in range(len(ACTS))],
        "attachments": [{"id": "register:9", "role": "question", "file_name": MARKS[Matter.FILES], "signature": {}}],
    }  # fmt: skip


def expected(audience: Audience, privacy: Privacy) -> set[Matter]:
    if not sees(audience, Matter.PROGRESS, privacy):
        return set()  # ids only
    return {matter for matter in Matter if sees(audience, matter, privacy)}


def found(text: str) -> set[Matter]:
    return {matter for matter, mark in MARKS.items() if mark in text}


@pytest.mark.parametrize("privacy", Privacy)
@pytest.mark.parametrize("audience", Audience)
def test_a_case_in_canonical_form_shows_exactly_what_the_table_says(
    audience: Audience, privacy: Privacy
) -> None:
    told = json.dumps(to_json(shown(case(privacy), audience)), ensure_ascii=False)
    assert found(told) == expected(audience, privacy)


@pytest.mark.parametrize("privacy", Privacy)
@pytest.mark.parametrize("audience", Audience)
def test_a_document_of_the_register_shows_exactly_what_the_table_says(
    audience: Audience, privacy: Privacy
) -> None:
    told = json.dumps(visible(document(privacy), audience), ensure_ascii=False)
    assert found(told) == expected(audience, privacy)


@pytest.mark.parametrize("audience", [Audience.INTAKE, Audience.UNIT])
def test_who_may_see_all_gets_the_document_as_it_is(audience: Audience) -> None:
    assert visible(document(Privacy.RESTRICTED), audience) == document(Privacy.RESTRICTED)


def test_a_tombstone_keeps_the_members_of_a_document() -> None:
    bare = visible(document(Privacy.RESTRICTED), Audience.PUBLIC)
    assert set(bare) == set(document(Privacy.RESTRICTED))
    assert (bare["id"], bare["code"], bare["restricted"], bare["state"]) == ("1", "M-1", True, None)


@pytest.mark.parametrize("privacy", [Privacy.OPEN, Privacy.PRIVATE])
def test_the_most_generous_gate_gives_a_peer_no_more_than_the_table(privacy: Privacy) -> None:
    generous = PortalPolicy(send_identity=Identity.FULL, send_place=PlaceDetail.POINT)
    born = replace(case(privacy), origin=("portal", "9"))
    copy = Policy(portals={"portal": generous}).gate(born, "portal")
    told = json.dumps(to_json(copy), ensure_ascii=False)
    assert found(told) == expected(Audience.PEER, privacy)


@pytest.mark.parametrize("privacy", Privacy)
def test_the_view_of_a_case_for_operators_is_an_export(privacy: Privacy) -> None:
    link = Link(case_id=1, system="register", ref="1", state=case(privacy), baseline=None)
    row = CaseRow(id=1, code="M-1", origin_system="register", origin_ref="1", links=(link,))
    assert found(str(_side(row, "register", link.state))) <= expected(Audience.EXPORT, privacy)
