"""The government twin's operations: moves, answers, transfers, filing, files, idempotency (§8.4–8.7)."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from tests.unit.government_twin_talk import (
    CASE,
    NEIGHBOUR,
    OFFICE,
    ORGAN,
    PARTY,
    Peer,
    Reply,
    answer_xml,
    change,
    ref,
    talking,
)


async def test_a_case_walks_the_whole_way_to_closed():
    async with talking() as peer:
        case = await peer.file_case()
        for status in ("ACCEPTED", "UNIT_ASSIGNED", "IN_PROGRESS", "IN_PROGRESS", "UNIT_ASSIGNED"):
            reply = await peer.status(case, status)
            assert reply.ok, reply.raw
            assert reply.text("CurrentStatus", "Status") == status
        reply = await peer.call("SubmitAnswer", ref(case) + answer_xml())
        assert reply.text("AnswerId")
        assert (await peer.event(case, "publish")).json() == {"id": case, "status": "PUBLISHED"}
        assert (await peer.status(case, "CLOSED")).ok
        rows = (await peer.history(case)).rows()
        assert [row["Status"] for row in rows] == [
            "NEW", "ASSIGNED", "ACCEPTED", "UNIT_ASSIGNED", "IN_PROGRESS", "IN_PROGRESS", "UNIT_ASSIGNED",
            "ANSWERED", "PUBLISHED", "CLOSED",
        ]  # fmt: skip


async def test_a_history_row_names_the_request_or_the_item_that_caused_it():
    async with talking() as peer:
        case = await peer.file_case()
        message_id = str(uuid.uuid4())
        await peer.status(case, "SUPPLEMENT_REQUESTED", message_id=message_id)
        await peer.event(case, "supplement", text="Bổ sung biên nhận")
        items = {kind: item for item, kind in await peer.pending()}
        rows = (await peer.history(case)).rows()
        assert rows[1]["Extra"]["ItemId"] == items["CASE"]
        assert rows[2]["Extra"]["MessageId"] == message_id
        assert rows[3]["Extra"] == {"Event": "SUPPLEMENT_RECEIVED", "ItemId": items["SUPPLEMENT_RECEIVED"]}


async def test_an_event_happens_at_the_instant_of_its_row():
    async with talking() as peer:
        case = await peer.answered()
        await peer.event(case, "rework", reason="Chưa đúng câu hỏi")
        await peer.call(
            "SubmitAnswer",
            ref(case) + answer_xml("Trả lời lại.", version=2, at=datetime.now(UTC) + timedelta(seconds=3)),
        )
        await peer.event(case, "rework", reason="Vẫn chưa đúng")
        await peer.event(case, "remind", text="Sắp quá hạn")
        told = {}
        for item, kind in await peer.pending():
            if kind != "CASE":
                reply = await peer.call("GetItem", f"<f:ItemId>{item}</f:ItemId>")
                told[item] = reply.text("CaseEvent", "OccurredAt")
        rows = [row for row in (await peer.history(case)).rows() if "Event" in row["Extra"]]
        assert {row["Extra"]["ItemId"]: row["OccurredAt"] for row in rows} == told
        reworks = [
            row["OccurredAt"]
            for row in rows
            if row["Status"] == "REWORK" and row["Extra"]["Event"] != "REMINDED"
        ]
        assert len(set(reworks)) == 2


TABLE = {
    "ASSIGNED": {"ACCEPTED", "REFUSED", "RETURNED_VPCP", "TRANSFERRED", "SUPPLEMENT_REQUESTED"},
    "ACCEPTED": {"UNIT_ASSIGNED", "IN_PROGRESS", "ANSWERED", "RETURNED_VPCP", "TRANSFERRED"},
    "UNIT_ASSIGNED": {"IN_PROGRESS", "ANSWERED"},
    "IN_PROGRESS": {"UNIT_ASSIGNED", "IN_PROGRESS", "ANSWERED"},
    "SUPPLEMENT_REQUESTED": set(),
    "SUPPLEMENTED": {"ACCEPTED", "REFUSED", "RETURNED_VPCP", "TRANSFERRED", "SUPPLEMENT_REQUESTED"},
    "ANSWERED": {"ANSWERED"},
    "PUBLISHED": {"CLOSED"},
    "REWORK": {"IN_PROGRESS", "ANSWERED"},
    "REFUSED": set(),
    "RETURNED_VPCP": set(),
    "TRANSFERRED": set(),
    "RECALLED": set(),
    "CLOSED": set(),
}
"""What an agency may do from each status (§8.6), without the notes (a) and (b), which have tests of their own."""

WAY = {
    "ASSIGNED": (),
    "ACCEPTED": ("ACCEPTED",),
    "UNIT_ASSIGNED": ("ACCEPTED", "UNIT_ASSIGNED"),
    "IN_PROGRESS": ("ACCEPTED", "IN_PROGRESS"),
    "SUPPLEMENT_REQUESTED": ("SUPPLEMENT_REQUESTED",),
    "SUPPLEMENTED": ("SUPPLEMENT_REQUESTED", "supplement"),
    "ANSWERED": ("ACCEPTED", "ANSWERED"),
    "PUBLISHED": ("ACCEPTED", "ANSWERED", "publish"),
    "REWORK": ("ACCEPTED", "ANSWERED", "rework"),
    "REFUSED": ("REFUSED",),
    "RETURNED_VPCP": ("RETURNED_VPCP",),
    "TRANSFERRED": ("TRANSFERRED",),
    "RECALLED": ("ACCEPTED", "recall"),
    "CLOSED": ("ACCEPTED", "ANSWERED", "publish", "CLOSED"),
}
"""How a case gets there: the agency's statuses, the portal's events in lower case."""

TARGETS = tuple(sorted(set().union(*TABLE.values())))


async def move(peer: Peer, case: str, step: str, number: int) -> Reply:
    """One step of the agency, with instants that never go back."""
    at = datetime.now(UTC) + timedelta(seconds=number)
    if step == "ANSWERED":
        return await peer.call("SubmitAnswer", ref(case) + answer_xml(f"Bản {number}", version=number, at=at))
    if step in ("RETURNED_VPCP", "TRANSFERRED"):
        to = "VPCP" if step == "RETURNED_VPCP" else NEIGHBOUR
        return await peer.call(
            "TransferCase", f"{ref(case)}<f:ToOrgan>{to}</f:ToOrgan><f:Reason>Lý do</f:Reason>"
        )
    return await peer.status(case, step, at=at)


@pytest.mark.parametrize("status", TABLE)
async def test_the_move_table_row_by_row(status):
    """Each target from each status: allowed exactly where §8.6 says so; else STATE_CONFLICT that tells the status."""
    async with talking() as peer:
        for target in TARGETS:
            case = await peer.file_case()
            for number, step in enumerate(WAY[status], 1):
                if step.islower():
                    facts = {"text": "Văn bản", "reason": "Lý do"}
                    assert (await peer.event(case, step, **facts)).status_code == 200
                else:
                    assert (await move(peer, case, step, number)).ok
            assert (await peer.dump(case))["status"] == status
            reply = await move(peer, case, target, 9)
            if target in TABLE[status]:
                assert reply.text("CurrentStatus", "Status") == target, reply.raw
                assert reply.ok
            else:
                assert reply.refusal == "STATE_CONFLICT", target
                assert reply.text("CurrentStatus", "Status") == status
                assert (await peer.dump(case))["status"] == status


async def test_spaces_around_a_code_are_not_part_of_it():
    """xs:token: spaces around it are the writer's layout."""
    async with talking() as peer:
        case = await peer.file_case()
        inner = (
            (ref(case) + change("ACCEPTED"))
            .replace(">ACCEPTED<", ">\n  ACCEPTED <")
            .replace(case, f" {case} ")
        )
        assert (await peer.call("UpdateCaseStatus", inner)).ok
        assert (await peer.call("GetCatalog", "<f:Name> Status </f:Name>")).ok


@pytest.mark.parametrize(
    "status",
    [
        "NEW",
        "ASSIGNED",
        "SUPPLEMENTED",
        "ANSWERED",
        "PUBLISHED",
        "REWORK",
        "RETURNED_VPCP",
        "TRANSFERRED",
        "RECALLED",
    ],
)
async def test_only_the_agencys_own_statuses_can_be_updated(status):
    async with talking() as peer:
        assert (await peer.status(await peer.file_case(), status)).refusal == "INVALID_VALUE"


@pytest.mark.parametrize("status", ["REFUSED", "SUPPLEMENT_REQUESTED"])
async def test_a_reason_is_required(status):
    async with talking() as peer:
        assert (await peer.status(await peer.file_case(), status, reason="")).refusal == "REQUIRED"


async def test_an_older_instant_is_a_state_conflict_and_changes_nothing():
    async with talking() as peer:
        case = await peer.file_case()
        reply = await peer.status(case, "ACCEPTED", at=datetime.now(UTC) - timedelta(minutes=5))
        assert reply.refusal == "STATE_CONFLICT"
        assert (await peer.dump(case))["status"] == "ASSIGNED"


async def test_a_lapsed_supplement_may_be_refused_only_with_its_reason_code():
    async with talking() as peer:
        case = await peer.file_case()
        await peer.status(case, "SUPPLEMENT_REQUESTED")
        assert (await peer.status(case, "REFUSED", ReasonCode="KHAC")).refusal == "STATE_CONFLICT"
        assert (await peer.status(case, "REFUSED", ReasonCode="HET_HAN_BO_SUNG")).ok


async def test_an_unknown_reason_code_is_refused():
    async with talking() as peer:
        assert (
            await peer.status(await peer.file_case(), "REFUSED", ReasonCode="KHONG_CO")
        ).refusal == "INVALID_VALUE"


async def test_a_supplemented_case_goes_on_as_before_the_request():
    async with talking() as peer:
        case = await peer.file_case()
        for _ in range(2):
            assert (await peer.status(case, "SUPPLEMENT_REQUESTED")).ok
            assert (await peer.event(case, "supplement", text="Đây ạ")).json()["status"] == "SUPPLEMENTED"
        at = datetime.now(UTC) + timedelta(seconds=5)
        assert (await peer.status(case, "IN_PROGRESS", at=at)).refusal == "STATE_CONFLICT"
        assert (await peer.status(case, "ACCEPTED", at=at)).ok


async def test_a_request_after_acceptance_needs_its_switch():
    """Note (a) of §8.6; afterwards the supplemented case may do what an accepted one may."""
    async with talking(profile={"supplement_after_acceptance": True}) as peer:
        case = await peer.file_case()
        for status in ("ACCEPTED", "SUPPLEMENT_REQUESTED"):
            assert (await peer.status(case, status)).ok
        await peer.event(case, "supplement", text="Đây ạ")
        at = datetime.now(UTC) + timedelta(seconds=5)
        assert (await peer.status(case, "ACCEPTED", at=at)).refusal == "STATE_CONFLICT"
        assert (await peer.status(case, "IN_PROGRESS", at=at)).ok


async def test_a_new_due_instant_must_lie_ahead():
    async with talking() as peer:
        case = await peer.file_case()
        now = datetime.now(UTC)
        assert (
            await peer.status(case, "ACCEPTED", at=now, due=now - timedelta(days=1))
        ).refusal == "DEADLINE_RULE"
        reply = await peer.status(case, "ACCEPTED", due=now + timedelta(days=15))
        assert datetime.fromisoformat(reply.text("CurrentStatus", "DueAt") or "") > now


async def test_who_acts_must_exist_and_belong_to_the_account():
    async with talking() as peer:
        case = await peer.file_case()
        assert (await peer.status(case, "ACCEPTED", actor="999.99.99.X99")).refusal == "UNKNOWN_ORGAN"
        assert (await peer.status(case, "ACCEPTED", actor=NEIGHBOUR)).refusal == "INVALID_VALUE"
        assert (await peer.status(case, "ACCEPTED", actor="000.01.50.H56")).ok


async def test_privacy_only_tightens_and_leaves_the_status_alone():
    async with talking() as peer:
        case = await peer.file_case()
        await peer.status(case, "ACCEPTED")
        assert (await peer.status(case, "IN_PROGRESS", Visibility="PRIVATE")).refusal == "STATE_CONFLICT"
        assert (await peer.status(case, "ACCEPTED", Visibility="PUBLIC")).refusal == "INVALID_VALUE"
        old = datetime.now(UTC) - timedelta(days=1)
        reply = await peer.status(case, "ACCEPTED", at=old, Visibility="PRIVATE")
        assert reply.ok
        assert reply.text("CurrentStatus", "Status") == "ACCEPTED"
        assert (await peer.dump(case))["private"] is True
        row = (await peer.history(case)).rows()[-1]
        assert (row["Status"], row["Extra"]["Visibility"]) == ("ACCEPTED", "PRIVATE")
        assert (await peer.dump(case))["history"][-1]["action"] == "VISIBILITY"


# ---- who may touch what -------------------------------------------------------------------------------------


async def test_the_sender_must_own_the_organ_it_speaks_for():
    async with talking() as peer:
        assert (await peer.call("Ping", organ=NEIGHBOUR)).refusal == "SENDER_MISMATCH"


async def test_the_receiver_must_exist():
    async with talking() as peer:
        assert (await peer.call("Ping", to="999.99.99.X99")).refusal == "UNKNOWN_ORGAN"


async def test_a_message_that_comes_round_again_is_refused():
    async with talking() as peer:
        hop = f"<e:TraceHeader><e:OrganId>{OFFICE}</e:OrganId><e:Timestamp>2026/11/18 07:00:00</e:Timestamp></e:TraceHeader>"
        trace = f'<e:TraceHeaderList xmlns:e="{PARTY}">{hop}</e:TraceHeaderList>'
        assert (await peer.call("Ping", trace=trace)).refusal == "INVALID_VALUE"


async def test_another_agencys_case_cannot_be_read_or_written():
    async with talking() as peer:
        case = await peer.file_case(agency=NEIGHBOUR)
        assert await peer.pending() == []
        assert (await peer.history(case)).refusal == "NOT_AUTHORIZED_FOR_CASE"
        assert (await peer.status(case, "ACCEPTED")).refusal == "NOT_AUTHORIZED_FOR_CASE"


async def test_a_case_is_found_by_either_id():
    async with talking() as peer:
        case = await peer.file_case(own_code="A-1")
        other = await peer.file_case()
        reply = await peer.call("GetCaseStatus", ref(own="A-1"))
        assert (reply.text("CaseRef", "PortalCaseId"), reply.text("CaseRef", "AgencyCaseId")) == (case, "A-1")
        assert (await peer.call("GetCaseStatus", ref(own="A-2"))).refusal == "UNKNOWN_CASE"
        assert (await peer.call("GetCaseStatus", ref("1"))).refusal == "UNKNOWN_CASE"
        assert (await peer.call("GetCaseStatus", ref())).refusal == "REQUIRED"
        assert (await peer.call("GetCaseStatus", ref(case, "A-9"))).refusal == "INVALID_VALUE"
        assert (await peer.call("UpdateCaseStatus", ref(other, "B-1") + change("ACCEPTED"))).ok
        assert (await peer.call("GetCaseStatus", ref(own="B-1"))).text("CaseRef", "PortalCaseId") == other


# ---- idempotency --------------------------------------------------------------------------------------------


async def test_the_same_message_again_gives_the_same_answer_marked_duplicate():
    async with talking() as peer:
        case, message_id, at = await peer.file_case(), str(uuid.uuid4()), datetime.now(UTC)
        first = await peer.status(case, "ACCEPTED", message_id=message_id, at=at)
        await peer.status(case, "IN_PROGRESS")
        again = await peer.status(case, "ACCEPTED", message_id=message_id.upper(), at=at)
        assert (first.duplicate, again.duplicate, again.ok) == (False, True, True)
        assert again.text("Error", "Code") == "DUPLICATE"
        assert again.text("CurrentStatus", "Status") == "ACCEPTED"
        assert [row["Status"] for row in (await peer.history(case)).rows()].count("ACCEPTED") == 1


async def test_the_same_message_id_with_another_body_is_refused():
    async with talking() as peer:
        case, message_id = await peer.file_case(), str(uuid.uuid4())
        await peer.status(case, "ACCEPTED", message_id=message_id)
        reply = await peer.status(case, "IN_PROGRESS", message_id=message_id)
        assert (reply.refusal, reply.text("Error", "Path")) == ("INVALID_VALUE", "ExchangeHeader/MessageId")


async def test_a_refused_message_may_succeed_later():
    """What had no effect is not remembered: the same message is judged anew."""
    async with talking() as peer:
        case, message_id, at = (
            await peer.file_case(),
            str(uuid.uuid4()),
            datetime.now(UTC) + timedelta(seconds=2),
        )
        assert (
            await peer.status(case, "IN_PROGRESS", message_id=message_id, at=at)
        ).refusal == "STATE_CONFLICT"
        await peer.status(case, "ACCEPTED")
        reply = await peer.status(case, "IN_PROGRESS", message_id=message_id, at=at)
        assert (reply.ok, reply.duplicate) == (True, False)


async def test_reading_again_with_one_message_id_is_no_duplicate():
    async with talking() as peer:
        message_id = str(uuid.uuid4())
        for _ in range(2):
            reply = await peer.call("Ping", message_id=message_id)
            assert (reply.ok, reply.duplicate) == (True, False)


# ---- catalogue and texts ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Organization", ORGAN),
        ("CaseKind", "CONDUCT"),
        ("Field", "TTHC"),
        ("Status", "REWORK"),
        ("RefuseReason", "HET_HAN_BO_SUNG"),
    ],
)
async def test_every_catalogue_is_told(name, code):
    async with talking() as peer:
        reply = await peer.call("GetCatalog", f"<f:Name>{name}</f:Name>")
        assert code in [entry[0].text for entry in reply.all("Entry")]
        later = await peer.call(
            "GetCatalog", f"<f:Name>{name}</f:Name><f:Since>2030-01-01T00:00:00Z</f:Since>"
        )
        assert later.ok
        assert later.all("Entry") == []


@pytest.mark.parametrize(
    "instant", ["12026-01-01T00:00:00Z", "2026-02-28T24:00:00Z", "9999-12-31T23:59:59-14:00"]
)
async def test_an_instant_that_no_calendar_of_ours_has_is_refused_not_crashed_on(instant):
    async with talking() as peer:
        case = await peer.file_case()
        inner = ref(case) + change("ACCEPTED")
        given = inner.split("<f:OccurredAt>")[1].split("<")[0]
        reply = await peer.call("UpdateCaseStatus", inner.replace(given, instant))
        assert reply.refusal == "INVALID_VALUE"


async def test_vietnamese_text_is_kept_in_composed_form():
    async with talking() as peer:
        case = await peer.file_case()
        decomposed = "Thie\u0302\u0301u gia\u0302\u0301y to\u031b\u0300"
        await peer.status(case, "SUPPLEMENT_REQUESTED", reason=decomposed)
        assert (await peer.dump(case))["history"][-1]["text"] == "Thiếu giấy tờ"


async def test_the_officer_who_acted_is_kept():
    async with talking() as peer:
        case = await peer.file_case()
        staff = f'<e:StaffInfo xmlns:e="{PARTY}"><e:Staff>cb-mau-01</e:Staff></e:StaffInfo>'
        assert (await peer.call("UpdateCaseStatus", ref(case) + change("ACCEPTED"), staff=staff)).ok
        assert (await peer.dump(case))["history"][-1]["officer"] == "cb-mau-01"
        assert (await peer.history(case)).rows()[-1]["Extra"]["Staff"] == "cb-mau-01"


async def test_a_case_comes_to_us_with_what_the_citizen_wrote():
    async with talking() as peer:
        place = {"text": "Chợ Mẫu", "latitude": "19.8", "longitude": "105.77"}
        await peer.file_case(
            place=place, due_at="2026-12-31T17:00:00+07:00", private=True, instruction="Xem xét"
        )
        reply = await peer.call("GetItem", f"<f:ItemId>{(await peer.pending())[0][0]}</f:ItemId>")
        assert reply.text("CaseEnvelope", "Content") == CASE["content"]
        assert reply.text("Submitter", "Phone") == "0900000000"
        assert reply.text("Location", "Latitude") == "19.8"
        assert reply.text("CaseEnvelope", "DueAt") == "2026-12-31T17:00:00+07:00"
        assert reply.text("CaseEnvelope", "Private") == "true"
