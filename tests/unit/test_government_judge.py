"""Every row of the error table (government-portal contract §8.7), and what the table leaves open."""

from pathlib import Path

import pytest

from adapters.government_portal import contract
from adapters.government_portal.envelope import SOAP_NS, Fault, unseal
from adapters.government_portal.judge import FAULTS, REPORTS, is_duplicate, judge, of_status, unreadable
from connector.errors import (
    Conflict,
    ConnectorError,
    ContractDrift,
    CredentialsRefused,
    InDoubt,
    NotOurs,
    Permanent,
    Transient,
    Unreadable,
)

FIXTURES = Path(__file__).parents[2] / "fixtures" / "government_portal"
NS = "urn:govportal:feedback:1"


def said(operation, inner):
    body = f'<f:{operation}Response xmlns:f="{NS}">{inner}</f:{operation}Response>'
    data = f'<s:Envelope xmlns:s="{SOAP_NS["1.1"]}"><s:Body>{body}</s:Body></s:Envelope>'
    return unseal(data.encode(), contract.load(), operation)


def failed(*codes, more="", operation="UpdateCaseStatus"):
    errors = "".join(
        f"<f:Error><f:Code>{code}</f:Code><f:Path>StatusChange/Reason</f:Path><f:Message>Nguyễn Văn Mẫu</f:Message></f:Error>"
        for code in codes
    )
    report = f"<f:Report><f:IsSuccess>false</f:IsSuccess><f:ErrorList>{errors}</f:ErrorList></f:Report>"
    return said(operation, report + more)


def verdict(answer, **options):
    with pytest.raises(ConnectorError) as caught:
        judge(answer, **{"write": True, **options})
    return caught.value


# ---- Faults -------------------------------------------------------------------------------------------------

FAULT_ROWS = {
    "wsse:FailedAuthentication": CredentialsRefused,
    "wsse:InvalidSecurity": CredentialsRefused,
    "wsse:InvalidSecurityToken": CredentialsRefused,
    "wsse:MessageExpired": CredentialsRefused,
    "wsse:FailedCheck": CredentialsRefused,
    "MALFORMED_XML": Permanent,
    "SCHEMA_INVALID": Permanent,
    "UNKNOWN_OPERATION": ContractDrift,
    "UNSUPPORTED_VERSION": ContractDrift,
    "TOO_LARGE": Permanent,
    "BUSY": Transient,
    "INTERNAL": Transient,
    "DOWNSTREAM_UNAVAILABLE": Transient,
}


@pytest.mark.parametrize("write", [True, False])
@pytest.mark.parametrize(("code", "kind"), FAULT_ROWS.items())
def test_a_fault_means_what_the_table_says(code, kind, write):
    error = verdict(Fault(operation="UpdateCaseStatus", code=code, sender=False, trace_id="t-1"), write=write)
    assert type(error) is kind
    assert error.detail["fault"] == code
    assert error.detail["trace_id"] == "t-1"


def test_the_table_of_faults_holds_no_row_that_is_not_tested_but_those_of_soap_itself():
    assert set(FAULTS) - set(FAULT_ROWS) == {"MustUnderstand", "VersionMismatch"}


@pytest.mark.parametrize(
    ("sender", "retryable", "write", "kind"),
    [
        (True, None, True, Permanent),
        (True, False, True, Permanent),
        (False, False, True, Permanent),
        (False, None, True, InDoubt),
        (False, True, True, InDoubt),
        (True, True, True, InDoubt),
        (False, None, False, Transient),
        (False, True, False, Transient),
    ],
)
def test_an_unknown_fault_of_the_server_leaves_a_write_in_doubt(sender, retryable, write, kind):
    unknown = Fault(operation="SubmitCase", code="LOI_LA", sender=sender, retryable=retryable)
    assert type(verdict(unknown, write=write)) is kind


def test_a_fault_that_names_the_new_id_leaves_the_write_in_doubt_and_keeps_the_id():
    busy = Fault(operation="SubmitCase", code="BUSY", sender=False, ids={"PortalCaseId": "900000125"})
    error = verdict(busy)
    assert type(error) is InDoubt
    assert error.detail["PortalCaseId"] == "900000125"


# ---- Reports ------------------------------------------------------------------------------------------------

REPORT_ROWS = {
    "REQUIRED": Permanent,
    "OUT_OF_RANGE": Permanent,
    "INVALID_VALUE": Permanent,
    "TYPE_MISMATCH": Permanent,
    "NOT_AUTHORIZED_FOR_CASE": NotOurs,
    "SENDER_MISMATCH": NotOurs,
    "UNKNOWN_ORGAN": Permanent,
    "UNKNOWN_CASE": NotOurs,
    "STATE_CONFLICT": Conflict,
    "DEADLINE_RULE": Conflict,
    "ATTACHMENT_TYPE": Permanent,
    "ATTACHMENT_HASH": Permanent,
    "ATTACHMENT_MISSING": Permanent,
    "ATTACHMENT_INFECTED": Permanent,
}


@pytest.mark.parametrize(("code", "kind"), REPORT_ROWS.items())
def test_a_report_means_what_the_table_says(code, kind):
    error = verdict(failed(code))
    assert type(error) is kind
    assert error.detail["codes"] == (code,)
    assert error.detail["fields"] == ("StatusChange/Reason",)


def test_every_report_code_of_the_table_is_tested():
    assert set(REPORTS) == set(REPORT_ROWS)


def test_an_unknown_report_code_is_a_refusal_that_shows_its_name():
    error = verdict(failed("MA_LA"))
    assert type(error) is Permanent
    assert error.detail["codes"] == ("MA_LA",)


def test_of_several_codes_the_one_that_retrying_helps_least_decides():
    assert type(verdict(failed("STATE_CONFLICT", "REQUIRED"))) is Permanent
    assert type(verdict(failed("REQUIRED", "NOT_AUTHORIZED_FOR_CASE"))) is NotOurs


def test_a_conflict_tells_the_current_status():
    data = (FIXTURES / "report_state_conflict.xml").read_bytes()
    error = verdict(unseal(data, contract.load(), "UpdateCaseStatus"))
    assert type(error) is Conflict
    assert error.detail["status"] == "IN_PROGRESS"


def test_no_message_text_of_the_portal_gets_into_an_error():
    error = verdict(failed("REQUIRED"))
    assert "Mẫu" not in f"{error} {error.detail}"


# ---- success, duplicates, half answers ----------------------------------------------------------------------


def test_a_duplicate_is_a_success_with_the_ids_of_the_first_time():
    data = (FIXTURES / "report_duplicate.xml").read_bytes()
    answer = judge(unseal(data, contract.load(), "SubmitAnswer"), write=True)
    assert is_duplicate(answer)
    assert answer.ids == {"AnswerId": "700001"}


def test_a_duplicate_told_as_an_error_is_a_success_too():
    answer = judge(failed("DUPLICATE", operation="SubmitAnswer"), write=True)
    assert is_duplicate(answer)


def test_a_failed_answer_that_names_the_new_id_is_taken_for_done():
    """A retry would do the work twice."""
    data = (FIXTURES / "submit_case_failed_with_id.xml").read_bytes()
    answer = judge(unseal(data, contract.load(), "SubmitCase"), write=True)
    assert answer.ids == {"PortalCaseId": "900000125"}


def test_the_status_in_a_failed_answer_proves_nothing():
    status = (
        "<f:CurrentStatus><f:Status>ACCEPTED</f:Status><f:ActorOrganId>x</f:ActorOrganId>"
        "<f:ChangedAt>2026-11-18T08:00:00+07:00</f:ChangedAt></f:CurrentStatus>"
    )
    assert type(verdict(failed("STATE_CONFLICT", more=status))) is Conflict


@pytest.mark.parametrize("inner", ["", "<f:Report/>", "<f:Report><f:IsSuccess>có</f:IsSuccess></f:Report>"])
def test_an_answer_that_says_neither_yes_nor_no_is_in_doubt_after_a_write(inner):
    answer = said("UpdateCaseStatus", inner)
    assert type(verdict(answer, write=True)) is InDoubt
    assert isinstance(verdict(answer, write=False), Unreadable)


def test_a_list_that_breaks_the_schema_is_an_error_and_never_an_empty_list():
    answer = said("GetPendingItems", "<f:Report><f:IsSuccess>true</f:IsSuccess></f:Report><f:Items/>")
    error = verdict(answer, write=False)
    assert isinstance(error, Unreadable)
    assert error.raw == answer.raw


def test_a_tolerant_reader_gets_the_flawed_answer_with_its_problems():
    answer = said("GetItem", "<f:Report><f:IsSuccess>true</f:IsSuccess></f:Report><f:Khac/>")
    assert judge(answer, write=False, tolerant=True).problems


# ---- no SOAP message at all ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "write", "kind"),
    [
        (200, True, None),
        (302, True, Transient),
        (400, True, Permanent),
        (401, True, CredentialsRefused),
        (403, False, CredentialsRefused),
        (404, True, Transient),
        (405, True, ContractDrift),
        (413, True, Permanent),
        (415, True, ContractDrift),
        (500, True, InDoubt),
        (500, False, Transient),
        (502, True, InDoubt),
        (504, False, Transient),
    ],
)
def test_an_http_status_without_soap(status, write, kind):
    error = of_status("UpdateCaseStatus", status, write=write)
    assert error is None if kind is None else type(error) is kind


def test_an_unreadable_answer_is_in_doubt_transient_or_unreadable():
    assert type(unreadable("SubmitCase", "torn", write=True)) is InDoubt
    assert type(unreadable("GetItem", "torn", write=False, passing=True)) is Transient
    drifted = unreadable("GetItem", "doctype", write=False, raw=b"<!DOCTYPE")
    assert isinstance(drifted, Unreadable)
    assert drifted.raw == b"<!DOCTYPE"
