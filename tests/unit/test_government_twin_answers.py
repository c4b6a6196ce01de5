"""The government twin takes answers by version and moves cases on (§8.4, §8.5)."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.unit.government_twin_talk import (
    OFFICE,
    ORGAN,
    answer_xml,
    ref,
    talking,
)


async def test_answer_versions():
    """Same version and text: DUPLICATE with the same id. Same or lower version, other text: refused. Higher: newer."""
    async with talking() as peer:
        case = await peer.answered()
        first = (await peer.dump(case))["answer"]["id"]
        again = await peer.call("SubmitAnswer", ref(case) + answer_xml(version=None))
        assert (again.ok, again.duplicate, again.text("AnswerId")) == (True, True, first)
        other = await peer.call("SubmitAnswer", ref(case) + answer_xml("Khác"))
        assert (other.refusal, other.text("Error", "Path")) == ("INVALID_VALUE", "Answer/Version")
        newer = await peer.call("SubmitAnswer", ref(case) + answer_xml("Bản hai", version=2))
        assert newer.ok
        assert newer.text("AnswerId") != first
        assert (await peer.dump(case))["answer"]["version"] == 2
        assert (await peer.history(case)).rows()[-1]["Extra"]["Version"] == "2"


async def test_a_published_answer_cannot_be_replaced():
    async with talking() as peer:
        case = await peer.answered()
        await peer.event(case, "publish")
        reply = await peer.call("SubmitAnswer", ref(case) + answer_xml("Bản hai", version=2))
        assert reply.refusal == "STATE_CONFLICT"
        assert reply.text("CurrentStatus", "Status") == "PUBLISHED"


async def test_an_answer_needs_acceptance_first():
    async with talking() as peer:
        assert (
            await peer.call("SubmitAnswer", ref(await peer.file_case()) + answer_xml())
        ).refusal == "STATE_CONFLICT"


async def test_only_an_answer_that_may_not_be_published_is_closed_without_publication():
    async with talking() as peer:
        private, public = await peer.answered(publishable=False), await peer.answered()
        assert (await peer.event(private, "publish")).status_code == 409
        assert (await peer.status(private, "CLOSED")).ok
        assert (await peer.status(public, "CLOSED")).refusal == "STATE_CONFLICT"


async def test_a_document_dated_before_the_last_progress_is_taken():
    """IssuedAt is the date of a document; the row follows the progress that was told meanwhile."""
    async with talking() as peer:
        case = await peer.file_case()
        await peer.status(case, "ACCEPTED")
        reply = await peer.call(
            "SubmitAnswer", ref(case) + answer_xml(at=datetime.now(UTC) - timedelta(days=1))
        )
        assert reply.ok
        rows = (await peer.history(case)).rows()
        assert rows[-1]["OccurredAt"] == rows[-2]["OccurredAt"]


# ---- transfers ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("organ", ["VPCP", OFFICE])
async def test_a_case_goes_back_to_the_office(organ):
    async with talking() as peer:
        case = await peer.file_case()
        reply = await peer.call(
            "TransferCase", ref(case) + f"<f:ToOrgan>{organ}</f:ToOrgan><f:Reason>Sai thẩm quyền</f:Reason>"
        )
        assert reply.text("CurrentStatus", "Status") == "RETURNED_VPCP"
        assert (await peer.status(case, "ACCEPTED")).refusal == "STATE_CONFLICT"


async def test_a_transfer_ends_the_thread_here_and_opens_a_new_case_there():
    async with talking() as peer:
        case = await peer.file_case()
        to = "000.01.50.H56"
        reply = await peer.call(
            "TransferCase", ref(case) + f"<f:ToOrgan>{to}</f:ToOrgan><f:Reason>Thuộc xã</f:Reason>"
        )
        assert reply.text("CurrentStatus", "Status") == "TRANSFERRED"
        item = (await peer.pending())[-1][0]
        child = await peer.call("GetItem", f"<f:ItemId>{item}</f:ItemId>")
        assert child.text("CaseEnvelope", "ParentCaseId") == case
        assert child.text("CaseEnvelope", "ReceivingOrgan") == to
        assert child.text("CaseEnvelope", "PortalCaseId") != case


@pytest.mark.parametrize(
    ("organ", "reason", "code"),
    [
        ("999.99.99.X99", "Lý do", "UNKNOWN_ORGAN"),
        (ORGAN, "Lý do", "INVALID_VALUE"),
        ("VPCP", " ", "REQUIRED"),
    ],
)
async def test_a_transfer_needs_another_known_organ_and_a_reason(organ, reason, code):
    async with talking() as peer:
        inner = ref(await peer.file_case()) + f"<f:ToOrgan>{organ}</f:ToOrgan><f:Reason>{reason}</f:Reason>"
        assert (await peer.call("TransferCase", inner)).refusal == code


async def test_a_case_under_way_in_a_unit_cannot_be_transferred():
    async with talking() as peer:
        case = await peer.file_case()
        for status in ("ACCEPTED", "UNIT_ASSIGNED"):
            await peer.status(case, status)
        reply = await peer.call(
            "TransferCase", ref(case) + "<f:ToOrgan>VPCP</f:ToOrgan><f:Reason>Muộn</f:Reason>"
        )
        assert reply.refusal == "STATE_CONFLICT"
