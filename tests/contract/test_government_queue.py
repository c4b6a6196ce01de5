"""The queue and the files against the portal's twin over real HTTP."""

from datetime import datetime

import pytest

from connector.case import Attachment
from connector.errors import (
    Permanent,
    Transient,
)
from tests.contract.government_kit import FILE, PDF, now, outgoing, scene

# ---- the queue ----------------------------------------------------------------------------------------------


async def test_an_item_is_confirmed_only_when_the_next_page_is_asked_for():
    async with scene() as on:
        await on.born()
        pages = on.portal.changes(None)
        page = await anext(pages)
        assert len(page.records) == 1
        # the core died before it stored the page
        await pages.aclose()
        [again] = await on.records()
        assert (again.ref, again.version) == (page.records[0].ref, page.records[0].version)
        assert await on.records() == []


async def test_the_queue_is_walked_page_by_page_with_a_watermark():
    async with scene(max_items=3) as on:
        refs = [await on.born() for _ in range(8)]
        pages = [page async for page in on.portal.changes(None)]
        assert [record.ref for page in pages for record in page.records] == refs
        assert [len(page.records) for page in pages] == [3, 3, 2]
        assert datetime.fromisoformat(pages[-1].watermark).tzinfo


async def test_an_item_listed_twice_is_handed_over_once():
    async with scene(profile={"duplicate_rows": 1}) as on:
        ref = await on.born()
        assert [record.ref for record in await on.records()] == [ref]


async def test_a_recall_stays_in_the_queue_until_a_person_answers_it():
    async with scene() as on:
        ref = await on.born()
        await on.records()
        await on.event(ref, "recall", reason="Chuyển nhầm cơ quan")
        [recall] = await on.records()
        assert recall.data["Type"] == "RECALLED"
        # still pending at the portal, but known to us: not handed over at every poll
        assert await on.records() == []
        assert [item["kind"] for item in (await on.control.get("/control/queue")).json()] == ["RECALLED"]

        fields = {"ItemId": recall.data["ItemId"], "Result": "fail", "Reason": "Đã trả lời xong"}
        assert (await on.do("ConfirmReceived", ref, fields)).ref == ref
        assert (await on.control.get("/control/queue")).json() == []


async def test_a_new_process_sees_a_pending_recall_again():
    async with scene() as on:
        ref = await on.born()
        await on.records()
        await on.event(ref, "recall", reason="Chuyển nhầm cơ quan")
        [first] = await on.records()
        on.restart()
        [second] = await on.records()
        assert first.version == second.version


async def test_an_unlisted_code_reaches_the_mapping_and_is_confirmed():
    async with scene(profile={"unknown_kind": 1, "unknown_event": 1}) as on:
        ref = await on.born()
        await on.event(ref, "remind", text="Sắp đến hạn")
        case, event = await on.records()
        assert (case.kind, case.data["CaseKind"], case.problems) == ("case", "HIEN_TRUONG", ())
        assert (event.kind, event.data["Type"], event.problems) == ("event", "SU_KIEN_LA", ())
        assert await on.records() == []


async def test_an_item_that_breaks_the_schema_is_kept_with_its_problems_and_failed_at_the_portal():
    async with scene(poison_passes=1) as on:
        await on.born()
        await on.quirk(new_fields=1)
        [record] = await on.records()
        assert record.data["Title"] == "Chậm trả kết quả hồ sơ"
        assert "FutureElement" in record.problems[0].where
        assert b"FutureElement" in record.raw
        journal = (await on.control.get("/control/journal")).json()
        assert [entry["service"] for entry in journal][-1] == "ConfirmReceived"
        await on.quirk()
        assert await on.records() == []


async def test_an_item_that_is_garbled_once_is_left_in_the_queue_and_comes_whole():
    """Once it is confirmed as unreadable, nobody can get its content again: the case would be lost."""
    async with scene() as on:
        await on.born()
        await on.quirk(new_fields=1)
        assert await on.records() == []
        await on.quirk()
        [record] = await on.records()
        assert (record.problems, record.data["Title"]) == ((), "Chậm trả kết quả hồ sơ")
        assert await on.records() == []


@pytest.mark.parametrize("dies", [False, True], ids=["the same process", "the next process"])
async def test_an_item_that_is_stored_but_not_confirmed_is_confirmed_and_not_read_again(dies):
    """Reading it again could only garble it: a case that is known whole would wait for a person for ever."""
    async with scene(poison_passes=1) as on:
        ref = await on.born()
        await on.records()
        await on.born()
        await on.event(ref, "remind", text="Sắp đến hạn")
        await on.quirk(fail_next=[{"service": "ConfirmReceived", "mode": "internal", "times": 2}])
        with pytest.raises(Transient):
            await on.records()
        if dies:
            on.restart()
        await on.quirk(fail_next=[{"service": "GetItem", "mode": "malformed_body", "times": 9}])
        assert await on.records() == []
        assert (await on.control.get("/control/queue")).json() == []


async def test_an_item_that_came_garbled_and_was_not_confirmed_is_read_again():
    """Stored are only its remains: it may come whole the next time."""
    async with scene(poison_passes=1) as on:
        await on.born()
        await on.quirk(new_fields=1, fail_next=[{"service": "ConfirmReceived", "mode": "internal"}])
        with pytest.raises(Transient):
            await on.records()
        await on.quirk()
        on.restart()
        [record] = await on.records()
        assert (record.problems, record.data["Title"]) == ((), "Chậm trả kết quả hồ sơ")
        assert (await on.control.get("/control/queue")).json() == []


async def test_a_file_whose_bytes_are_not_those_announced_is_a_problem():
    async with scene(poison_passes=1) as on:
        await on.born(files=[FILE])
        await on.quirk(file_hash=1)
        [record] = await on.records()
        assert record.problems[0].text.startswith("ATTACHMENT_HASH")


async def test_one_item_that_cannot_be_fetched_does_not_hold_up_the_others():
    async with scene(read_tries=1) as on:
        refs = [await on.born() for _ in range(3)]
        await on.quirk(fail_next=[{"service": "GetItem", "mode": "internal"}])
        assert len(await on.records()) == 2
        [late] = await on.records()
        assert late.ref in refs


async def test_when_no_item_can_be_fetched_it_is_the_portals_trouble():
    """However long it lasts, nothing is set aside."""
    async with scene(read_tries=1) as on:
        refs = {await on.born() for _ in range(2)}
        for _ in range(5):
            await on.quirk(fail_next=[{"service": "GetItem", "mode": "malformed_body", "times": 2}])
            with pytest.raises(Transient):
                await on.records()
        await on.quirk()
        assert {record.ref for record in await on.records() if not record.problems} == refs


@pytest.mark.parametrize(
    ("mode", "set_aside"), [("malformed_body", True), ("internal", True), ("busy", False)]
)
async def test_an_item_that_alone_stays_broken_is_set_aside_for_a_person(mode, set_aside):
    async with scene(read_tries=1, poison_passes=3) as on:
        ref = await on.born()
        await on.quirk(fail_next=[{"service": "GetItem", "mode": mode, "times": 99}])
        for _ in range(2):
            with pytest.raises(Transient):
                await on.records()
        if not set_aside:
            with pytest.raises(Transient):
                await on.records()
            return
        [record] = await on.records()
        assert (record.ref, record.kind, record.data) == (ref, "case", {"ItemId": record.data["ItemId"]})
        assert record.problems[0].where == "GetItem"
        # it was failed at the portal, with the reason
        assert (await on.control.get("/control/queue")).json() == []


# ---- files --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("inline_limit", [0, 262_144], ids=["by reference", "inline"])
async def test_a_received_file_is_described_without_its_bytes_and_read_on_demand(inline_limit):
    async with scene(profile={"inline_limit": inline_limit, "chunk_size": 50}) as on:
        ref = await on.born(files=[FILE])
        [record] = await on.records()
        [file] = record.data["Attachments"]
        assert "Content" not in file
        assert file["Size"] == len(PDF)
        wanted = Attachment(
            id=f"government_portal:{file['AttachmentId']}",
            role="question",
            file_name=file["FileName"],
            locator=file["AttachmentId"],
        )
        assert await on.portal.read_file(ref, wanted) == PDF


async def test_a_missing_file_is_a_refusal():
    async with scene() as on:
        ref = await on.born()
        with pytest.raises(Permanent) as caught:
            await on.portal.read_file(
                ref, Attachment(id="government_portal:1", role="question", file_name="a.pdf")
            )
        assert caught.value.detail["codes"] == ("ATTACHMENT_MISSING",)


async def test_a_large_file_is_uploaded_in_chunks_and_arrives_to_the_byte():
    async with scene(attachments={"inline_max_bytes": 100, "chunk_bytes": 1024}) as on:
        ref = await on.born()
        await on.update(ref, "ACCEPTED")
        content = b"%PDF-" + bytes(range(256)) * 20
        answer = {"Text": "Đã trả kết quả.", "IssuedAt": now(), "Publishable": True}
        receipt = await on.do("SubmitAnswer", ref, answer, files=[outgoing(content=content)])
        assert not receipt.duplicate
        journal = (await on.control.get("/control/journal")).json()
        assert [entry["service"] for entry in journal].count("UploadAttachment") == 6
        [file] = (await on.case(ref))["answer"]["files"]
        [held] = [item for item in (await on.case(ref))["files"] if item["name"] == file["name"]]
        read = Attachment(id=f"government_portal:{held['id']}", role="answer", file_name=file["name"])
        assert await on.portal.read_file(ref, read) == content


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        (outgoing(name="ma.exe"), "ATTACHMENT_TYPE"),
        (outgoing(content=b"MZ khong phai pdf"), "ATTACHMENT_TYPE"),
        (outgoing(sha256="0" * 64), "ATTACHMENT_HASH"),
        (outgoing(content=None), "ATTACHMENT_MISSING"),
        (outgoing(content=b"%PDF-" + b"x" * 5000), "TOO_LARGE"),
    ],
)
async def test_a_file_that_the_contract_forbids_is_not_even_sent(file, reason):
    async with scene(attachments={"max_file_bytes": 4096}) as on:
        ref = await on.born()
        answer = {"Text": "Đã trả kết quả.", "IssuedAt": now(), "Publishable": True}
        with pytest.raises(Permanent) as caught:
            await on.do("SubmitAnswer", ref, answer, files=[file])
        assert caught.value.detail["reason"] == reason
        assert (await on.control.get("/control/journal")).json() == []


async def test_an_infected_file_is_refused_by_the_portal():
    async with scene() as on:
        ref = await on.born()
        await on.update(ref, "ACCEPTED")
        answer = {"Text": "Đã trả kết quả.", "IssuedAt": now(), "Publishable": True}
        eicar = outgoing(content=b"%PDF- EICAR-STANDARD-ANTIVIRUS-TEST-FILE")
        with pytest.raises(Permanent) as caught:
            await on.do("SubmitAnswer", ref, answer, files=[eicar])
        assert caught.value.detail["codes"] == ("ATTACHMENT_INFECTED",)
