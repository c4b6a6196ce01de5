"""The government twin's faults and quirks: each strikes as named, and writes that took effect stay done."""

import uuid
from base64 import b64encode
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from lxml import etree

from tests.unit.government_twin_talk import PDF, change, file_xml, filed_xml, ref, talking


async def test_drop_after_commit_loses_the_answer_not_the_work():
    async with talking() as peer:
        case, message_id, at = await peer.file_case(), str(uuid.uuid4()), datetime.now(UTC)
        await peer.switch(fail_next={"service": "UpdateCaseStatus", "mode": "drop_after_commit"})
        with pytest.raises(httpx.RemoteProtocolError):
            await peer.status(case, "ACCEPTED", message_id=message_id, at=at)
        assert (await peer.dump(case))["status"] == "ACCEPTED"
        again = await peer.status(case, "ACCEPTED", message_id=message_id, at=at)
        assert (again.ok, again.duplicate) == (True, True)
        lost, repeated = await peer.journal()
        assert (lost["outcome"], lost["status"], lost["faults"]) == ("ok", None, ["drop_after_commit"])
        assert (lost["effect"], repeated["outcome"], repeated["effect"]) == (True, "duplicate", False)


@pytest.mark.parametrize(
    ("mode", "status", "fault"),
    [
        ("http_503", 503, None),
        ("soap_fault_in_200", 200, "BUSY"),
        ("busy", 500, "BUSY"),
        ("internal", 500, "INTERNAL"),
        ("downstream", 500, "DOWNSTREAM_UNAVAILABLE"),
        ("failed_auth", 500, "wsse:FailedAuthentication"),
    ],
)
async def test_faults_before_the_work_leave_no_effect(mode, status, fault):
    async with talking() as peer:
        case = await peer.file_case()
        await peer.switch(fail_next={"mode": mode})
        reply = await peer.status(case, "ACCEPTED")
        assert reply.status == status
        if fault is not None:
            assert reply.fault == fault
            assert (
                reply.text("FeedbackFault", "Retryable") == str(fault != "wsse:FailedAuthentication").lower()
            )
        assert (await peer.dump(case))["status"] == "ASSIGNED"
        assert (await peer.status(case, "ACCEPTED")).ok


@pytest.mark.parametrize("mode", ["malformed_body", "wrong_charset"])
async def test_an_unreadable_answer_comes_after_the_work(mode):
    async with talking() as peer:
        case = await peer.file_case()
        await peer.switch(**{mode: True})
        reply = await peer.status(case, "ACCEPTED")
        with pytest.raises(etree.XMLSyntaxError):
            etree.fromstring(reply.raw)
        assert (await peer.dump(case))["status"] == "ACCEPTED"


async def test_fail_next_strikes_the_named_operation_so_many_times_only():
    async with talking() as peer:
        await peer.switch(fail_next={"service": "GetCatalog", "mode": "busy", "times": 1, "delay_s": 0.01})
        assert (await peer.call("Ping")).ok
        assert (await peer.call("GetCatalog", "<f:Name>Status</f:Name>")).fault == "BUSY"
        assert (await peer.call("GetCatalog", "<f:Name>Status</f:Name>")).ok
        left = (await peer.http.get(f"{peer.twin.control_url}/control/profile")).json()
        assert left["fail_next"] == []


async def test_rates_are_repeatable_for_a_seed():
    async def walk(seed: int) -> list[int]:
        async with talking(seed=seed, profile={"http_503": 0.5}) as peer:
            return [(await peer.call("Ping")).status for _ in range(12)]

    assert await walk(7) == await walk(7)
    assert len(set(await walk(7))) == 2


async def test_no_timestamp():
    async with talking(profile={"no_timestamp": True}) as peer:
        assert b"Timestamp" not in (await peer.call("Ping")).raw


async def test_a_skewed_clock_shows_in_the_server_time_and_refuses_our_tokens():
    async with talking() as peer:
        await peer.switch(clock_skew_s=40)
        told = datetime.fromisoformat((await peer.call("Ping")).text("ServerTime") or "")
        assert timedelta(seconds=30) < told - datetime.now(UTC) < timedelta(seconds=50)
        await peer.switch(clock_skew_s=3600)
        assert (await peer.call("Ping")).fault == "wsse:MessageExpired"


async def test_stale_and_unknown_statuses():
    async with talking() as peer:
        case = await peer.file_case()
        await peer.status(case, "ACCEPTED")
        await peer.switch(stale_read=True)
        assert (await peer.history(case)).text("CurrentStatus", "Status") == "ASSIGNED"
        await peer.switch(unknown_status=True)
        reply = await peer.history(case)
        assert reply.text("CurrentStatus", "Status") == reply.rows()[-1]["Status"] == "DANG_XEM_XET"
        assert (await peer.journal())[-1]["answer_schema"].startswith("Status:")


async def test_unknown_kinds_events_markup_and_new_fields():
    async with talking() as peer:
        case = await peer.file_case()
        await peer.event(case, "remind", text="Nhắc")
        (first, _), (second, _) = await peer.pending()
        await peer.switch(unknown_kind=True, unknown_event=True, html_content=True, new_fields=True)
        assert {kind for _, kind in await peer.pending()} == {"HIEN_TRUONG"}
        reply = await peer.call("GetItem", f"<f:ItemId>{first}</f:ItemId>")
        assert reply.text("CaseEnvelope", "CaseKind") == "HIEN_TRUONG"
        assert "<script>" in (reply.text("CaseEnvelope", "Content") or "")
        assert reply.text("CaseEnvelope", "FutureElement")
        event = await peer.call("GetItem", f"<f:ItemId>{second}</f:ItemId>")
        assert event.text("CaseEvent", "Type") == "SU_KIEN_LA"


async def test_a_history_may_forget_message_ids():
    async with talking(profile={"omit_message_id": True}) as peer:
        case = await peer.file_case()
        await peer.status(case, "ACCEPTED")
        assert all("MessageId" not in row["Extra"] for row in (await peer.history(case)).rows())
        assert (await peer.dump(case))["history"][-1]["transaction"]


async def test_damaged_and_missing_files():
    async with talking() as peer:
        case = await peer.file_case(
            files=[
                {"name": "a.pdf", "media_type": "application/pdf", "content_base64": b64encode(PDF).decode()}
            ]
        )
        item = (await peer.pending())[0][0]
        file_id = (await peer.dump(case))["files"][0]["id"]
        await peer.switch(file_hash=True)
        inline = await peer.call("GetItem", f"<f:ItemId>{item}</f:ItemId>")
        assert inline.text("Attachment", "Content") != b64encode(PDF).decode()
        await peer.switch(file_404=True)
        listed = await peer.call("GetItem", f"<f:ItemId>{item}</f:ItemId>")
        assert (listed.text("Attachment", "Content"), listed.text("Attachment", "UploadedId")) == (
            None,
            file_id,
        )
        reply = await peer.call("DownloadAttachment", f"<f:AttachmentId>{file_id}</f:AttachmentId>")
        assert reply.refusal == "ATTACHMENT_MISSING"


async def test_unknown_codes_from_the_control_port_go_out_as_they_are():
    async with talking() as peer:
        await peer.file_case(kind="LOAI_LA")
        reply = await peer.call("GetItem", f"<f:ItemId>{(await peer.pending())[0][0]}</f:ItemId>")
        assert reply.text("CaseEnvelope", "CaseKind") == "LOAI_LA"


async def test_the_journal_holds_ids_and_codes_and_no_content():
    async with talking() as peer:
        await peer.call("SubmitCase", filed_xml(content="Nội dung bí mật", files=file_xml()))
        await peer.call("UpdateCaseStatus", ref("1") + change("ACCEPTED", reason="Lý do riêng"))
        text = (await peer.http.get(f"{peer.twin.control_url}/control/journal")).text
        assert "bí mật" not in text
        assert "Lý do riêng" not in text
        assert [entry["outcome"] for entry in await peer.journal()] == ["ok", "report:UNKNOWN_CASE"]


async def test_a_defect_of_the_twin_is_a_fault_without_a_stack_trace_and_shows_in_health(monkeypatch):
    async with talking() as peer:

        def broken(*_arguments):
            secret = "Nguyễn Văn Mẫu"
            raise RuntimeError(secret)

        monkeypatch.setattr(peer.twin.world.desk, "perform", broken)
        reply = await peer.call("Ping")
        assert (reply.status, reply.fault) == (500, "INTERNAL")
        assert "Mẫu" not in reply.raw.decode()
        entry = (await peer.journal())[-1]
        assert entry["crash"].startswith("RuntimeError in test_government_twin_faults.py:")
        assert (await peer.http.get(f"{peer.twin.control_url}/control/health")).json()["crashes"] == 1
