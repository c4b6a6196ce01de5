"""A look-up says FOUND and ABSENT only where the history proves it."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from adapters.government_portal.lookup import look
from connector.system import Key, Verdict

OURS = UUID("11111111-1111-4111-8111-111111111111")
OTHER = "22222222-2222-4222-8222-222222222222"
AT = datetime(2026, 11, 18, 2, 0, 7, tzinfo=UTC)


def row(status, *, at=AT, **extra):
    return {"Status": status, "ActorOrganId": "000.00.00.H56", "OccurredAt": at, "Extra": extra}


def key(operation, **natural):
    return Key(id=OURS, operation=operation, ref="900000123", natural=natural)


def verdict(key, *rows):
    return look(key, {"CurrentStatus": {"Status": "ANSWERED"}, "History": list(rows)}, "900000123").verdict


@pytest.mark.parametrize("operation", ["UpdateCaseStatus", "SubmitAnswer", "TransferCase"])
def test_the_echo_of_our_message_id_proves_it(operation):
    status = {"UpdateCaseStatus": "ACCEPTED", "SubmitAnswer": "ANSWERED", "TransferCase": "TRANSFERRED"}[
        operation
    ]
    sighting = look(
        key(operation),
        {
            "CurrentStatus": {"Status": status},
            "History": [row(status, MessageId=str(OURS).upper(), AnswerId="7")],
        },
        "900000123",
    )
    assert sighting.verdict is Verdict.FOUND
    assert sighting.receipt.ref == "900000123"
    assert sighting.receipt.facts == {"AnswerId": "7", "Status": status}


def test_a_row_of_another_message_is_never_ours():
    wanted = key("UpdateCaseStatus", Status="ACCEPTED", OccurredAt=AT.isoformat())
    assert verdict(wanted, row("ACCEPTED", MessageId=OTHER)) is Verdict.ABSENT


def test_a_history_in_which_every_row_is_explained_disproves_it():
    assert (
        verdict(key("UpdateCaseStatus"), row("ASSIGNED"), row("ACCEPTED", MessageId=OTHER)) is Verdict.ABSENT
    )
    assert verdict(key("SubmitAnswer")) is Verdict.ABSENT


def test_a_silent_row_without_a_natural_key_leaves_it_unknown():
    assert verdict(key("UpdateCaseStatus"), row("ACCEPTED")) is Verdict.UNKNOWN
    assert verdict(key("SubmitAnswer"), row("ANSWERED")) is Verdict.UNKNOWN


def test_the_status_alone_is_no_proof_because_progress_repeats():
    assert verdict(key("UpdateCaseStatus", Status="IN_PROGRESS"), row("IN_PROGRESS")) is Verdict.UNKNOWN


def test_status_and_instant_prove_it_to_the_second():
    wanted = key("UpdateCaseStatus", Status="IN_PROGRESS", OccurredAt="2026-11-18T09:00:07.5+07:00")
    earlier = AT.replace(hour=1)
    assert verdict(wanted, row("IN_PROGRESS", at=earlier), row("IN_PROGRESS")) is Verdict.FOUND
    assert verdict(wanted, row("IN_PROGRESS", at=earlier)) is Verdict.ABSENT


def test_the_answer_version_proves_it():
    assert verdict(key("SubmitAnswer", Version="2"), row("ANSWERED", Version="1")) is Verdict.ABSENT
    assert verdict(key("SubmitAnswer", Version="2"), row("ANSWERED", Version="2")) is Verdict.FOUND
    assert verdict(key("SubmitAnswer", Version="1"), row("ANSWERED")) is Verdict.FOUND


def test_a_case_that_left_us_left_once():
    assert verdict(key("TransferCase"), row("RETURNED_VPCP")) is Verdict.FOUND
    assert verdict(key("TransferCase"), row("ACCEPTED")) is Verdict.ABSENT


def test_a_tightened_visibility_is_told_by_its_own_mark_under_any_status():
    wanted = key("UpdateCaseStatus", Visibility="PRIVATE")
    assert verdict(wanted, row("ANSWERED"), row("ANSWERED", Visibility="PRIVATE")) is Verdict.FOUND
    assert verdict(wanted, row("ACCEPTED")) is Verdict.ABSENT
    assert verdict(wanted, row("ANSWERED", Visibility="PRIVATE", MessageId=OTHER)) is Verdict.ABSENT


def test_an_unreadable_instant_in_the_key_is_no_proof():
    wanted = key("UpdateCaseStatus", Status="ACCEPTED", OccurredAt="18/11/2026")
    assert verdict(wanted, row("ACCEPTED")) is Verdict.UNKNOWN
