"""The government twin's pull queue: at least once, confirmed separately (§8.4)."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.unit.government_twin_talk import NEIGHBOUR, answer_xml, ref, stamp, talking


async def test_an_unconfirmed_item_reappears_and_a_confirmed_one_does_not():
    async with talking() as peer:
        case = await peer.file_case()
        assert await peer.pending() == await peer.pending()
        item = (await peer.pending())[0][0]
        for _ in range(2):
            reply = await peer.call("GetItem", f"<f:ItemId>{item}</f:ItemId>")
            assert reply.text("CaseEnvelope", "PortalCaseId") == case
        assert len(await peer.pending()) == 1
        assert (await peer.confirm(item)).ok
        assert await peer.pending() == []
        assert (await peer.call("GetItem", f"<f:ItemId>{item}</f:ItemId>")).ok


async def test_an_item_reads_the_same_each_time_whatever_happened_since():
    async with talking() as peer:
        case = await peer.file_case()
        item = (await peer.pending())[0][0]
        before = (await peer.call("GetItem", f"<f:ItemId>{item}</f:ItemId>")).all("CaseEnvelope")[0]
        await peer.event(case, "change_due", due_at="2026-12-31T17:00:00+07:00")
        await peer.status(case, "ACCEPTED", Visibility="PRIVATE")
        after = (await peer.call("GetItem", f"<f:ItemId>{item}</f:ItemId>")).all("CaseEnvelope")[0]
        assert list(before.itertext()) == list(after.itertext())


async def test_pages_by_max_items_and_cursor_miss_nothing():
    async with talking() as peer:
        for _ in range(5):
            await peer.file_case()
        seen, cursor = [], ""
        while True:
            reply = await peer.call("GetPendingItems", f"<f:MaxItems>2</f:MaxItems>{cursor}")
            page = [item[0].text for item in reply.all("Item")]
            seen.append(page)
            for item in page:
                await peer.confirm(item)
            following = reply.text("NextCursor")
            if following is None:
                break
            cursor = f"<f:Cursor>{following}</f:Cursor>"
        assert [len(page) for page in seen] == [2, 2, 1]
        assert await peer.pending() == []


async def test_a_cursor_of_another_making_is_refused():
    async with talking() as peer:
        for cursor in ("x", "sau-", "sau-²"):
            reply = await peer.call(
                "GetPendingItems", f"<f:MaxItems>2</f:MaxItems><f:Cursor>{cursor}</f:Cursor>"
            )
            assert reply.refusal == "INVALID_VALUE"


@pytest.mark.parametrize("limit", ["0", "101"])
async def test_max_items_is_one_to_a_hundred(limit):
    async with talking() as peer:
        assert (
            await peer.call("GetPendingItems", f"<f:MaxItems>{limit}</f:MaxItems>")
        ).fault == "SCHEMA_INVALID"


async def test_kinds_and_since_narrow_the_list():
    async with talking() as peer:
        case = await peer.file_case()
        await peer.event(case, "remind", text="Nhắc việc")
        everything = "<f:MaxItems>10</f:MaxItems>"
        kinds = "<f:Kinds>REMINDED</f:Kinds><f:Kinds>RATED</f:Kinds>"
        assert [kind for _, kind in await peer.pending(kinds + everything)] == ["REMINDED"]
        now = datetime.now(UTC)
        past, future = (f"<f:Since>{stamp(now + timedelta(minutes=m))}</f:Since>" for m in (-5, 5))
        assert len(await peer.pending(past + everything)) == 2
        assert await peer.pending(future + everything) == []


async def test_a_failed_item_leaves_the_queue_with_its_reason_and_may_be_done_later():
    async with talking() as peer:
        await peer.file_case()
        item = (await peer.pending())[0][0]
        assert (await peer.confirm(item, "fail")).refusal == "REQUIRED"
        assert (await peer.confirm(item, "fail", "Không đọc được")).ok
        assert await peer.pending() == []
        dead = (await peer.http.get(f"{peer.twin.control_url}/control/queue?all=1")).json()[0]
        assert (dead["result"], dead["reason"]) == ("fail", "Không đọc được")
        assert (await peer.confirm(item)).ok
        assert (await peer.confirm(item, "fail", "Đổi ý")).refusal == "STATE_CONFLICT"


async def test_confirming_twice_is_a_duplicate():
    async with talking() as peer:
        await peer.file_case()
        item = (await peer.pending())[0][0]
        assert [(await peer.confirm(item)).duplicate for _ in range(2)] == [False, True]


async def test_items_that_are_unknown_or_of_others_are_refused():
    async with talking() as peer:
        await peer.file_case(agency=NEIGHBOUR)
        foreign = (await peer.http.get(f"{peer.twin.control_url}/control/queue")).json()[0]["id"]
        for item, code in (("1", "INVALID_VALUE"), (foreign, "NOT_AUTHORIZED_FOR_CASE")):
            assert (await peer.call("GetItem", f"<f:ItemId>{item}</f:ItemId>")).refusal == code
            assert (await peer.confirm(item)).refusal == code


async def test_agreeing_to_a_recall_keeps_the_case_recalled():
    async with talking() as peer:
        case = await peer.file_case()
        await peer.status(case, "ACCEPTED")
        assert (await peer.event(case, "recall", reason="Người dân rút")).json()["status"] == "RECALLED"
        assert (await peer.status(case, "IN_PROGRESS")).refusal == "STATE_CONFLICT"
        item = next(item for item, kind in await peer.pending() if kind == "RECALLED")
        event = await peer.call("GetItem", f"<f:ItemId>{item}</f:ItemId>")
        assert event.text("CaseEvent", "Text") == "Người dân rút"
        assert (await peer.confirm(item)).ok
        dump = await peer.dump(case)
        assert (dump["status"], dump["recall_answer"]) == ("RECALLED", "agreed")
        assert (await peer.confirm(item, "fail", "Đổi ý")).refusal == "STATE_CONFLICT"


async def test_refusing_a_recall_takes_the_case_back_to_where_it_was():
    async with talking() as peer:
        case = await peer.file_case()
        await peer.status(case, "ACCEPTED")
        await peer.event(case, "recall", reason="Thu hồi")
        item = next(item for item, kind in await peer.pending() if kind == "RECALLED")
        message_id = "11111111-1111-4111-8111-111111111111"
        assert (await peer.confirm(item, "fail", "Đang xử lý", message_id=message_id)).ok
        row = (await peer.history(case)).rows()[-1]
        assert (row["Status"], row["Reason"]) == ("ACCEPTED", "Đang xử lý")
        assert row["Extra"] == {"RecallAnswer": "refused", "ItemId": item, "MessageId": message_id}
        assert (await peer.confirm(item)).refusal == "STATE_CONFLICT"
        assert (await peer.status(case, "IN_PROGRESS")).ok


async def test_every_event_has_its_facts():
    async with talking() as peer:
        case = await peer.file_case()
        await peer.status(case, "SUPPLEMENT_REQUESTED")
        await peer.event(
            case,
            "supplement",
            text="Bổ sung",
            files=[{"name": "b.pdf", "media_type": "application/pdf", "content_base64": "JVBERi0="}],
        )
        later = datetime.now(UTC) + timedelta(seconds=10)
        await peer.status(case, "ACCEPTED", at=later)
        await peer.event(case, "change_due", due_at="2026-12-31T17:00:00+07:00")
        await peer.event(case, "remind", text="Nhắc")
        await peer.call("SubmitAnswer", ref(case) + answer_xml(at=later))
        await peer.event(case, "rework", reason="Chưa rõ")
        await peer.call("SubmitAnswer", ref(case) + answer_xml("Bản hai", version=2, at=later))
        await peer.event(case, "publish")
        await peer.event(case, "rate", like=False, comment="Chậm")
        await peer.event(case, "unpublish")
        told = {}
        for item, kind in await peer.pending():
            told[kind] = await peer.call("GetItem", f"<f:ItemId>{item}</f:ItemId>")
        assert list(told) == [
            "CASE",
            "SUPPLEMENT_RECEIVED",
            "DUE_CHANGED",
            "REMINDED",
            "REWORK_REQUESTED",
            "PUBLISHED",
            "RATED",
            "UNPUBLISHED",
        ]
        assert told["SUPPLEMENT_RECEIVED"].text("Attachment", "FileName") == "b.pdf"
        assert told["DUE_CHANGED"].text("CaseEvent", "NewDueAt") == "2026-12-31T17:00:00+07:00"
        assert told["REMINDED"].text("CaseEvent", "Text") == "Nhắc"
        assert told["REWORK_REQUESTED"].text("CaseEvent", "ReworkNo") == "1"
        assert (told["RATED"].text("CaseEvent", "Like"), told["RATED"].text("CaseEvent", "Comment")) == (
            "false",
            "Chậm",
        )
        assert {reply.text("CaseRef", "PortalCaseId") for kind, reply in told.items() if kind != "CASE"} == {
            case
        }
        assert all("answer_schema" not in entry for entry in await peer.journal())
