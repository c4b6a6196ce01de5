"""Cases and files that an agency sends to the government twin (§8.4, §8.5)."""

import hashlib
import uuid
from base64 import b64encode
from datetime import UTC, datetime, timedelta

import pytest

from tests.unit.government_twin_talk import (
    NEIGHBOUR,
    PDF,
    answer_xml,
    file_xml,
    filed_xml,
    ref,
    talking,
)


async def test_a_filed_case_is_assigned_to_the_filing_organ_and_not_sent_back():
    async with talking() as peer:
        at = datetime.now(UTC) - timedelta(days=2)
        message_id = str(uuid.uuid4())
        reply = await peer.call("SubmitCase", filed_xml(at=at), message_id=message_id)
        case = reply.text("PortalCaseId") or ""
        assert await peer.pending() == []
        rows = (await peer.history(case)).rows()
        assert [row["Status"] for row in rows] == ["NEW", "ASSIGNED"]
        assert {row["Extra"]["MessageId"] for row in rows} == {message_id}
        assert (await peer.status(case, "ACCEPTED", at=at + timedelta(days=1))).ok


async def test_a_filed_case_comes_back_when_the_portal_echoes():
    async with talking(profile={"echo_submitted": True}) as peer:
        await peer.call("SubmitCase", filed_xml())
        assert [kind for _, kind in await peer.pending()] == ["CASE"]


async def test_our_code_is_the_natural_key_of_a_filing():
    """Another message with the same AgencyCaseId: success, Duplicate, the same id."""
    async with talking() as peer:
        first = await peer.call("SubmitCase", filed_xml())
        again = await peer.call("SubmitCase", filed_xml())
        assert (again.ok, again.duplicate) == (True, True)
        assert again.text("PortalCaseId") == first.text("PortalCaseId")
        assert len((await peer.http.get(f"{peer.twin.control_url}/control/cases")).json()) == 1


async def test_the_four_sender_fields_bind_other_channels_and_agency_only_by_switch():
    async with talking() as peer:
        assert (await peer.call("SubmitCase", filed_xml("A-1"))).ok
        reply = await peer.call("SubmitCase", filed_xml("A-2", channel="NGUOIDAN"))
        assert (reply.refusal, reply.text("Error", "Path")) == ("REQUIRED", "CaseEnvelope/Submitter/FullName")
        await peer.switch(submitter_required=True)
        assert (await peer.call("SubmitCase", filed_xml("A-3"))).refusal == "REQUIRED"


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"own": None}, "REQUIRED"),
        ({"receiver": "999.99.99.X99"}, "UNKNOWN_ORGAN"),
        ({"content": "&lt;b&gt;đậm&lt;/b&gt;"}, "INVALID_VALUE"),
    ],
)
async def test_filings_that_break_a_rule_are_refused(facts, code):
    async with talking() as peer:
        inner = filed_xml(**facts)
        if facts.get("own", "") is None:
            inner = inner.replace("<f:CaseEnvelope>", "<f:CaseEnvelope><f:PortalCaseId>1</f:PortalCaseId>")
        assert (await peer.call("SubmitCase", inner)).refusal == code


async def test_a_private_filing_stays_private_and_cannot_be_published():
    async with talking() as peer:
        case = (await peer.call("SubmitCase", filed_xml(private=True))).text("PortalCaseId") or ""
        await peer.status(case, "ACCEPTED")
        await peer.call("SubmitAnswer", ref(case) + answer_xml())
        assert (await peer.event(case, "publish")).status_code == 409
        await peer.switch(publish_anyway=True)
        assert (await peer.event(case, "publish")).status_code == 200


# ---- files --------------------------------------------------------------------------------------------------


async def test_an_answers_file_is_kept_byte_for_byte_under_our_id():
    async with talking() as peer:
        case = await peer.file_case()
        await peer.status(case, "ACCEPTED")
        assert (await peer.call("SubmitAnswer", ref(case) + answer_xml(files=file_xml()))).ok
        reply = await peer.call("DownloadAttachment", "<f:AttachmentId>register:12</f:AttachmentId>")
        assert reply.text("Chunk") == b64encode(PDF).decode()
        assert reply.text("Sha256") == hashlib.sha256(PDF).hexdigest()


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"name": "a.exe"}, "ATTACHMENT_TYPE"),
        ({"name": "a.png", "kind": "image/png", "content": b"\x89PNG\r\n\x1a\n"}, "ATTACHMENT_TYPE"),
        ({"kind": "image/jpeg"}, "ATTACHMENT_TYPE"),
        ({"content": b"MZ no pdf"}, "ATTACHMENT_TYPE"),
        ({"sha256": "0" * 64}, "ATTACHMENT_HASH"),
        ({"size": 5}, "ATTACHMENT_HASH"),
        ({"source": "<f:Uri>https://files.example/a.pdf</f:Uri>"}, "ATTACHMENT_MISSING"),
        ({"source": "<f:UploadedId>404</f:UploadedId>"}, "ATTACHMENT_MISSING"),
        ({"content": b"%PDF-1.7 X5O!EICAR-STANDARD-ANTIVIRUS-TEST-FILE!"}, "ATTACHMENT_INFECTED"),
        ({"content": b"%PDF-" + b"x" * 2000}, "OUT_OF_RANGE"),
    ],
)
async def test_a_file_that_breaks_a_rule_stops_the_whole_answer(facts, code):
    async with talking(profile={"max_file_bytes": 1500}) as peer:
        case = await peer.file_case()
        await peer.status(case, "ACCEPTED")
        reply = await peer.call("SubmitAnswer", ref(case) + answer_xml(files=file_xml() + file_xml(**facts)))
        assert reply.refusal == code
        dump = await peer.dump(case)
        assert (dump["status"], dump["files"]) == ("ACCEPTED", [])


async def test_png_and_odd_bytes_pass_by_switch():
    async with talking(profile={"allow_png": True, "skip_magic_check": True}) as peer:
        files = file_xml(b"no magic", file_id="register:1") + file_xml(
            b"x", name="a.PNG", kind="image/png", file_id="register:2"
        )
        assert (await peer.call("SubmitCase", filed_xml(files=files))).ok


def chunk(
    number: int, count: int, part: bytes, whole: bytes, file_id: str | None = None, sha256: str | None = None
) -> str:
    return (
        (f"<f:AttachmentId>{file_id}</f:AttachmentId>" if file_id else "")
        + "<f:FileName>lon.pdf</f:FileName><f:ContentType>application/pdf</f:ContentType>"
        f"<f:TotalSize>{len(whole)}</f:TotalSize><f:Sha256>{sha256 or hashlib.sha256(whole).hexdigest()}</f:Sha256>"
        f"<f:ChunkNo>{number}</f:ChunkNo><f:ChunkCount>{count}</f:ChunkCount><f:Chunk>{b64encode(part).decode()}</f:Chunk>"
    )


async def test_a_large_file_goes_up_and_down_in_chunks():
    whole = b"%PDF-" + bytes(range(256)) * 20
    async with talking(profile={"chunk_size": 1000, "inline_limit": 100}) as peer:
        first = await peer.call("UploadAttachment", chunk(1, 2, whole[:3000], whole))
        upload = first.text("AttachmentId") or ""
        assert (await peer.call("UploadAttachment", chunk(2, 2, whole[3000:], whole, upload))).text(
            "AttachmentId"
        ) == upload
        files = file_xml(whole, source=f"<f:UploadedId>{upload}</f:UploadedId>")
        assert (await peer.call("SubmitCase", filed_xml(files=files))).ok
        count, parts = 1, []
        while len(parts) < count:
            inner = f"<f:AttachmentId>register:12</f:AttachmentId><f:ChunkNo>{len(parts) + 1}</f:ChunkNo>"
            reply = await peer.call("DownloadAttachment", inner)
            count = int(reply.text("ChunkCount") or 0)
            parts.append(reply.text("Chunk") or "")
        assert count == 6
        assert parts == [b64encode(whole[i : i + 1000]).decode() for i in range(0, len(whole), 1000)]


async def test_chunks_that_do_not_fit_are_refused():
    async with talking(profile={"max_file_bytes": 5000}) as peer:
        whole = PDF * 3
        assert (
            await peer.call("UploadAttachment", chunk(2, 2, PDF, whole, "x"))
        ).refusal == "ATTACHMENT_MISSING"
        assert (
            await peer.call("UploadAttachment", chunk(1, 1, PDF, b"%PDF-" + b"x" * 6000))
        ).refusal == "OUT_OF_RANGE"
        assert (
            await peer.call("UploadAttachment", chunk(1, 1, whole, whole, sha256="0" * 64))
        ).refusal == "ATTACHMENT_HASH"
        upload = (await peer.call("UploadAttachment", chunk(1, 2, PDF, whole))).text("AttachmentId") or ""
        assert (
            await peer.call("UploadAttachment", chunk(1, 2, b"%PDF-khac", whole, upload))
        ).refusal == "INVALID_VALUE"
        assert (
            await peer.call("UploadAttachment", chunk(3, 2, PDF, whole, upload))
        ).refusal == "OUT_OF_RANGE"
        assert (
            await peer.call("UploadAttachment", chunk(2, 3, PDF, whole, upload))
        ).refusal == "INVALID_VALUE"
        used = f"<f:UploadedId>{upload}</f:UploadedId>"
        assert (
            await peer.call("SubmitCase", filed_xml(files=file_xml(whole, source=used)))
        ).refusal == "ATTACHMENT_MISSING"


async def test_a_file_of_another_agency_or_of_nobody_is_not_given():
    async with talking() as peer:
        file = {"name": "a.pdf", "media_type": "application/pdf", "content_base64": b64encode(PDF).decode()}
        case = await peer.file_case(agency=NEIGHBOUR, files=[file])
        file_id = (await peer.dump(case))["files"][0]["id"]
        reply = await peer.call("DownloadAttachment", f"<f:AttachmentId>{file_id}</f:AttachmentId>")
        assert reply.refusal == "NOT_AUTHORIZED_FOR_CASE"
        reply = await peer.call("DownloadAttachment", "<f:AttachmentId>404</f:AttachmentId>")
        assert reply.refusal == "ATTACHMENT_MISSING"


async def test_a_chunk_beyond_the_last_is_out_of_range():
    async with talking() as peer:
        await peer.call("SubmitCase", filed_xml(files=file_xml()))
        reply = await peer.call(
            "DownloadAttachment", "<f:AttachmentId>register:12</f:AttachmentId><f:ChunkNo>2</f:ChunkNo>"
        )
        assert reply.refusal == "OUT_OF_RANGE"
