"""SubmitCase: a case that the agency files at the portal (government-portal contract §8.4, §8.5)."""

import re
from collections.abc import Mapping
from typing import Any, Final

from adapters.government_portal.twin.codes import ReportCode
from adapters.government_portal.twin.operations import Call, Desk, Done, instant, is_true
from adapters.government_portal.twin.shapes import LOCATION, SUBMITTER
from adapters.government_portal.twin.state import PortalCase, Refusal, to_second
from adapters.government_portal.twin.uploads import receive_files

_MARKUP: Final = re.compile(r"</?[a-zA-Z][^<>]*>")
_MANDATORY: Final = ("FullName", "Address", "Phone", "Email")


def submit_case(desk: Desk, call: Call) -> Done:
    """File a case of the agency's own; AgencyCaseId is its natural key, so a second filing changes nothing."""
    given = call.body["CaseEnvelope"]
    own_code = given.get("AgencyCaseId")
    if not own_code:
        raise Refusal(ReportCode.REQUIRED, "CaseEnvelope/AgencyCaseId", "Thiếu mã của cơ quan")
    known = desk.portal.cases.get(desk.portal.by_own_code.get(own_code, ""))
    if known is not None:
        if not call.account.owns(known.organ):
            raise Refusal(
                ReportCode.NOT_AUTHORIZED_FOR_CASE, "CaseEnvelope/AgencyCaseId", "Mã thuộc cơ quan khác"
            )
        return Done(tail=[("PortalCaseId", known.id)], ref=known.id, duplicate=True)
    if given.get("PortalCaseId"):
        raise Refusal(ReportCode.INVALID_VALUE, "CaseEnvelope/PortalCaseId", "Mã của Cổng do Cổng cấp")
    _check_filing(desk, given)
    case = _filed_case(desk, call, given, own_code)
    desk.deeds.open_case(case, queue=False, cause=call.cause)
    desk.effects.note(case.id, "create", own_code)
    if desk.profile.echo_submitted:
        desk.deeds.echo(case)
    return Done(tail=[("PortalCaseId", case.id)], ref=case.id)


def _check_filing(desk: Desk, given: Mapping[str, Any]) -> None:
    if not desk.directory.knows(given["ReceivingOrgan"]):
        raise Refusal(ReportCode.UNKNOWN_ORGAN, "CaseEnvelope/ReceivingOrgan", "Không có cơ quan này")
    if given["Channel"] != "AGENCY" or desk.profile.submitter_required:
        for name in _MANDATORY:
            if not given["Submitter"][name].strip():
                raise Refusal(
                    ReportCode.REQUIRED, f"CaseEnvelope/Submitter/{name}", "Thiếu thông tin bắt buộc"
                )
    for name in ("Title", "Content"):
        if _MARKUP.search(given[name]):
            raise Refusal(
                ReportCode.INVALID_VALUE, f"CaseEnvelope/{name}", "Chỉ nhận văn bản thuần, không có thẻ"
            )


def _filed_case(desk: Desk, call: Call, given: Mapping[str, Any], own_code: str) -> PortalCase:
    path = "CaseEnvelope"
    files = receive_files(
        given, path, uploads=desk.uploads, owner=call.account.username, profile=desk.profile
    )
    submitted = to_second(instant(given["SubmittedAt"], f"{path}/SubmittedAt"))
    assigned = to_second(instant(given.get("AssignedAt", given["SubmittedAt"]), f"{path}/AssignedAt"))
    due = to_second(instant(given["DueAt"], f"{path}/DueAt")) if "DueAt" in given else None
    receiver = given["ReceivingOrgan"]
    place = given.get("Location") or {}
    person = given["Submitter"]
    return PortalCase(
        id=str(desk.portal.number("case")),
        own_code=own_code,
        channel=given["Channel"],
        submitter_type=given["SubmitterType"],
        sender={name: person.get(name) for name in SUBMITTER} | {"Anonymous": is_true(person["Anonymous"])},
        title=given["Title"],
        content=given["Content"],
        kind=given["CaseKind"],
        organ=receiver if call.account.owns(receiver) else call.organ,
        submitted_at=submitted,
        # the history starts where the case did: the agency's own acts of the past days follow it
        assigned_at=max(assigned, submitted),
        field_code=given.get("FieldCode"),
        procedure=given.get("ProcedureCode"),
        place={name: place[name] for name in LOCATION if place.get(name)},
        due_at=due,
        rule=given.get("RespondByRule"),
        instruction=given.get("Instruction") or None,
        parent=given.get("ParentCaseId"),
        rework_no=int(given.get("ReworkNo", 0)),
        private=is_true(given.get("Private")),
        files=list(files),
    )
