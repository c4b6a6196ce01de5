"""The adapter against the portal's twin over real HTTP: both SOAP versions, the queue, writes, files, faults."""

from datetime import timedelta
from uuid import uuid4

import pytest

from connector.errors import (
    Conflict,
    CredentialsRefused,
    InDoubt,
    NotOurs,
    Permanent,
    Transient,
)
from connector.system import Key, Operation, Verdict
from connector.transport import TransportSettings
from tests.contract.government_kit import AGENCY, CODE, FILE, now, outgoing, scene

# ---- the whole life of a case, in both SOAP versions --------------------------------------------------------


@pytest.mark.parametrize("soap", ["1.1", "1.2"])
async def test_a_case_goes_through_its_life(soap):
    async with scene(soap_version=soap) as on:
        ref = await on.born(files=[FILE])
        [case] = await on.records()
        assert (case.kind, case.ref, case.problems) == ("case", ref, ())
        assert case.data["Submitter"]["OrgName"] == "Công ty TNHH Ví Dụ"

        receipt = await on.update(ref, "ACCEPTED", StaffInfo={"Staff": "cb-mau-01"})
        assert (receipt.ref, receipt.duplicate, receipt.facts["Status"]) == (ref, False, "ACCEPTED")
        await on.update(ref, "UNIT_ASSIGNED")
        answer = {"Text": "Đã trả kết quả.", "IssuedAt": now(), "Publishable": True, "Version": 1}
        receipt = await on.do("SubmitAnswer", ref, answer, files=[outgoing()])
        assert receipt.facts["AnswerId"]
        await on.event(ref, "publish")
        await on.event(ref, "rate", like=True, comment="Hài lòng")

        assert [(event.kind, event.data["Type"]) for event in await on.records()] == [
            ("event", "PUBLISHED"),
            ("event", "RATED"),
        ]
        history = await on.portal.fetch(ref)
        assert history.kind == "history"
        assert history.data["AgencyCaseId"] == CODE
        assert history.data["CurrentStatus"]["Status"] == "PUBLISHED"
        told = [row["Status"] for row in history.data["History"]]
        assert told[:5] == ["NEW", "ASSIGNED", "ACCEPTED", "UNIT_ASSIGNED", "ANSWERED"]
        assert (await on.case(ref))["answer"]["files"][0]["name"] == "tra-loi.pdf"


@pytest.mark.parametrize("form", [{"StaffInfo": {"Staff": "cb-mau-01"}}, {"Extra": {"Staff": "cb-mau-01"}}])
async def test_the_officials_account_is_told_to_the_portal(form):
    async with scene() as on:
        ref = await on.born()
        await on.update(ref, "ACCEPTED", **form)
        [row] = [row for row in (await on.case(ref))["history"] if row["action"] == "ACCEPTED"]
        assert row["officer"] == "cb-mau-01"


# ---- writes, their repetition and their look-up -------------------------------------------------------------


async def test_the_same_key_takes_effect_once():
    async with scene() as on:
        ref = await on.born()
        await on.update(ref, "ACCEPTED")
        fields = {
            "Status": "IN_PROGRESS",
            "ActorOrganId": AGENCY,
            "OccurredAt": now(),
            "Note": "Đang xác minh",
        }
        key_id = uuid4()
        first = await on.do("UpdateCaseStatus", ref, fields, key_id=key_id)
        second = await on.do("UpdateCaseStatus", ref, fields, key_id=key_id)
        assert (first.duplicate, second.duplicate) == (False, True)
        assert first.facts == second.facts
        rows = (await on.case(ref))["history"]
        assert [row["status"] for row in rows].count("IN_PROGRESS") == 1


LOST = {
    "UpdateCaseStatus": {"Status": "IN_PROGRESS", "ActorOrganId": AGENCY},
    "SubmitAnswer": {"Text": "Đã trả kết quả.", "Publishable": True, "Version": 1},
    "TransferCase": {"ToOrgan": "VPCP", "Reason": "Không thuộc thẩm quyền"},
    "SubmitCase": {
        "Channel": "AGENCY",
        "SubmitterType": "BUSINESS",
        "Submitter": {"FullName": "Nguyễn Văn Mẫu"},
        "Title": "Chậm cấp phép",
        "Content": "Đã quá hạn.",
        "CaseKind": "CONDUCT",
        "ReceivingOrgan": AGENCY,
    },
}
MOMENT = {"UpdateCaseStatus": "OccurredAt", "SubmitAnswer": "IssuedAt", "SubmitCase": "SubmittedAt"}


@pytest.mark.parametrize("operation", LOST)
@pytest.mark.parametrize("mode", ["drop_after_commit", "malformed_body"])
async def test_a_lost_answer_is_in_doubt_found_and_harmless_to_repeat(operation, mode):
    async with scene() as on:
        ref = None
        if operation != "SubmitCase":
            ref = await on.born()
            await on.update(ref, "ACCEPTED")
        fields = dict(LOST[operation])
        if operation in MOMENT:
            fields[MOMENT[operation]] = now()
        key = Key(id=uuid4(), operation=operation, ref=ref, code=CODE)
        write = Operation(key=key, fields=fields)
        assert (await on.portal.find(key)).verdict is Verdict.ABSENT

        await on.quirk(fail_next=[{"service": operation, "mode": mode}])
        with pytest.raises(InDoubt):
            await on.portal.apply(write)
        sighting = await on.portal.find(key)
        assert sighting.verdict is Verdict.FOUND
        repeated = await on.portal.apply(write)
        assert repeated.duplicate
        assert repeated.ref == sighting.receipt.ref


async def test_a_time_out_is_unknown_and_the_late_work_is_found():
    async with scene(transport=TransportSettings(read_timeout_s=0.3)) as on:
        ref = await on.born()
        key = Key(id=uuid4(), operation="UpdateCaseStatus", ref=ref, code=CODE)
        fields = {"Status": "ACCEPTED", "ActorOrganId": AGENCY, "OccurredAt": now()}
        await on.quirk(fail_next=[{"service": "UpdateCaseStatus", "mode": "slow", "delay_s": 1.5}])
        with pytest.raises(InDoubt):
            await on.portal.apply(Operation(key=key, fields=fields))
        assert (await on.portal.find(key)).verdict is Verdict.FOUND
        assert (await on.portal.apply(Operation(key=key, fields=fields))).duplicate


async def test_a_request_that_never_arrived_is_absent_and_then_sent():
    async with scene() as on:
        ref = await on.born()
        key = Key(id=uuid4(), operation="UpdateCaseStatus", ref=ref, code=CODE)
        fields = {"Status": "ACCEPTED", "ActorOrganId": AGENCY, "OccurredAt": now()}
        await on.quirk(fail_next=[{"service": "UpdateCaseStatus", "mode": "drop_before"}])
        with pytest.raises(InDoubt):
            await on.portal.apply(Operation(key=key, fields=fields))
        assert (await on.portal.find(key)).verdict is Verdict.ABSENT
        assert not (await on.portal.apply(Operation(key=key, fields=fields))).duplicate


async def test_a_portal_that_forgets_the_echo_is_asked_by_natural_key():
    async with scene() as on:
        ref = await on.born()
        at = now()
        await on.do("UpdateCaseStatus", ref, {"Status": "ACCEPTED", "ActorOrganId": AGENCY, "OccurredAt": at})
        await on.quirk(omit_message_id=1)
        natural = {"Status": "ACCEPTED", "OccurredAt": at.isoformat()}
        known = Key(id=uuid4(), operation="UpdateCaseStatus", ref=ref, natural=natural)
        bare = Key(id=uuid4(), operation="UpdateCaseStatus", ref=ref)
        assert (await on.portal.find(known)).verdict is Verdict.FOUND
        assert (await on.portal.find(bare)).verdict is Verdict.UNKNOWN


async def test_a_confirmation_cannot_be_looked_up():
    async with scene() as on:
        key = Key(id=uuid4(), operation="ConfirmReceived", ref="1")
        assert (await on.portal.find(key)).verdict is Verdict.UNKNOWN


async def test_an_answer_version_is_taken_once_whatever_message_brings_it():
    async with scene() as on:
        ref = await on.born()
        await on.update(ref, "ACCEPTED")
        answer = {"Text": "Đã trả kết quả.", "IssuedAt": now(), "Publishable": True, "Version": 1}
        first = await on.do("SubmitAnswer", ref, answer)
        second = await on.do("SubmitAnswer", ref, answer)
        assert (first.duplicate, second.duplicate) == (False, True)
        assert first.facts["AnswerId"] == second.facts["AnswerId"]


async def test_a_filed_case_may_leave_empty_what_the_register_does_not_collect():
    async with scene() as on:
        fields = {**LOST["SubmitCase"], "SubmittedAt": now() - timedelta(days=2), "Submitter": None}
        receipt = await on.do("SubmitCase", None, fields)
        dump = await on.case(receipt.ref)
        assert dump["own_code"] == CODE
        # what goes up with a case of ours is not offered to us again
        assert await on.records() == []


async def test_a_portal_that_wants_the_sender_is_told_before_the_call():
    async with scene(submitter_required=("FullName", "Phone")) as on:
        with pytest.raises(Permanent) as caught:
            await on.do("SubmitCase", None, {**LOST["SubmitCase"], "SubmittedAt": now()})
        assert caught.value.detail["fields"] == ("Phone",)


# ---- refusals -----------------------------------------------------------------------------------------------


async def test_an_older_act_is_a_conflict_that_tells_the_current_status():
    async with scene() as on:
        ref = await on.born()
        await on.update(ref, "ACCEPTED")
        with pytest.raises(Conflict) as caught:
            await on.update(ref, "IN_PROGRESS", OccurredAt=now() - timedelta(days=1))
        assert caught.value.detail["status"] == "ACCEPTED"


async def test_an_unknown_case_is_not_ours():
    async with scene() as on:
        with pytest.raises(NotOurs):
            await on.portal.fetch("123")
        with pytest.raises(NotOurs):
            await on.update("123", "ACCEPTED")


async def test_a_wrong_password_stops_the_system_and_is_not_hammered():
    async with scene(password="sai") as on:
        with pytest.raises(CredentialsRefused):
            await on.portal.ping()
        assert len((await on.control.get("/control/journal")).json()) == 1


async def test_a_rotated_password_is_refused_at_once_and_is_not_hammered():
    async with scene() as on:
        await on.portal.ping()
        await on.quirk(valid_passwords=[])
        for _ in range(3):
            with pytest.raises(CredentialsRefused):
                await on.portal.ping()
        assert len((await on.control.get("/control/journal")).json()) == 1 + 2 + 1 + 1


async def test_an_account_that_was_good_and_is_refused_once_needs_no_person():
    """A portal that starts again says so, too. What was refused for its account had no effect: also a write goes again."""
    async with scene() as on:
        ref = await on.born()
        await on.portal.ping()
        for service in ("UpdateCaseStatus", "Ping"):
            await on.quirk(fail_next=[{"service": service, "mode": "failed_auth", "times": 1}])
        assert not (await on.update(ref, "ACCEPTED")).duplicate
        await on.portal.ping()
        assert [row["Status"] for row in (await on.portal.fetch(ref)).data["History"]].count("ACCEPTED") == 1


async def test_clocks_that_differ_too_much_are_named():
    async with scene(profile={"clock_skew_s": 3600}) as on:
        with pytest.raises(CredentialsRefused) as caught:
            await on.portal.ping()
        assert caught.value.detail["fault"] == "wsse:MessageExpired"


# ---- reads that fail in passing -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "mode",
    ["soap_fault_in_200", "malformed_body", "wrong_charset", "drop_before", "busy", "internal", "downstream"],
)
async def test_a_read_that_fails_in_passing_is_repeated_with_a_fresh_nonce(mode):
    async with scene() as on:
        ref = await on.born()
        await on.quirk(fail_next=[{"service": "GetCaseStatus", "mode": mode, "times": 2}])
        assert (await on.portal.fetch(ref)).data["CurrentStatus"]["Status"] == "ASSIGNED"


async def test_a_read_that_keeps_failing_is_transient_and_never_an_empty_list():
    async with scene() as on:
        await on.born()
        await on.quirk(fail_next=[{"service": "GetPendingItems", "mode": "malformed_body", "times": 9}])
        with pytest.raises(Transient):
            await on.records()


async def test_answers_without_timestamp_are_taken_unless_configured_otherwise():
    async with scene(profile={"no_timestamp": 1}) as on:
        assert (await on.portal.ping()).version == "1.0"
    async with scene(profile={"no_timestamp": 1}, require_answer_timestamp=True) as on:
        with pytest.raises(Transient):
            await on.portal.ping()


# ---- other forms of authentication, catalogue ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("auth", "form"),
    [("wss_text", "text"), ("basic", "basic"), ("token_header", "token"), ("wss_digest", "digest")],
)
async def test_the_other_forms_of_authentication(auth, form):
    async with scene(profile={"auth": [form]}, auth=auth) as on:
        assert (await on.portal.ping()).server_time
    if form != "digest":
        async with scene(profile={"auth": ["digest"]}, auth=auth) as on:
            with pytest.raises(CredentialsRefused):
                await on.portal.ping()


async def test_catalogues():
    async with scene() as on:
        agencies = {entry.code: entry for entry in await on.portal.catalogue("agencies")}
        assert agencies[AGENCY].active
        assert {entry.code for entry in await on.portal.catalogue("fields")} >= {"TTHC"}
        assert await on.portal.catalogue("people") == ()


async def test_what_the_adapter_can_is_data():
    async with scene() as on:
        can = on.portal.capabilities
        assert can.lookup == can.operations - {"ConfirmReceived"}
        assert can.idempotent
        with pytest.raises(Permanent):
            await on.do("Khac", "1", {})
