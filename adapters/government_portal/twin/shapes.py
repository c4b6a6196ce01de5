"""The contract's elements made from what the twin remembers (government-portal contract §8.5). Pure."""

from typing import Final

from adapters.government_portal.twin.state import PortalCase, Row, Tree


def envelope(case: PortalCase) -> Tree:
    """The CaseEnvelope without its Attachments, in schema order (§8.5)."""
    place = case.place
    return [
        ("PortalCaseId", case.id),
        ("AgencyCaseId", case.own_code),
        ("Channel", case.channel),
        ("SubmitterType", case.submitter_type),
        ("Submitter", [(name, case.sender.get(name)) for name in SUBMITTER]),
        ("Title", case.title),
        ("Content", case.content),
        ("CaseKind", case.kind),
        ("FieldCode", case.field_code),
        ("ProcedureCode", case.procedure),
        ("Location", [(name, place.get(name)) for name in LOCATION] if place else None),
        ("SubmittedAt", case.submitted_at),
        ("AssignedAt", case.assigned_at),
        ("ReceivingOrgan", case.organ),
        ("DueAt", case.due_at),
        ("RespondByRule", case.rule),
        ("Instruction", case.instruction),
        ("ParentCaseId", case.parent),
        ("ReworkNo", case.rework_no or None),
        ("Private", case.private),
    ]


SUBMITTER: Final = (
    "FullName",
    "OrgName",
    "IdNumber",
    "TaxCode",
    "Address",
    "ProvinceCode",
    "WardCode",
    "Phone",
    "Email",
    "Anonymous",
)
LOCATION: Final = ("Address", "Latitude", "Longitude")


def current_status(case: PortalCase, row: Row | None = None) -> Tree:
    """The CurrentStatus element's children; of an earlier row if one is given."""
    row = row or case.current
    return [
        ("Status", row.status),
        ("ActorOrganId", row.organ),
        ("ChangedAt", row.at),
        ("DueAt", case.due_at),
        ("ReworkNo", case.rework_no or None),
    ]


def case_ref(case: PortalCase) -> Tree:
    """The CaseRef element's children."""
    return [("PortalCaseId", case.id), ("AgencyCaseId", case.own_code)]


def status_change(row: Row, *, message_ids: bool = True) -> Tree:
    """One StatusChange of a History; without MessageId in Extra when the profile forgets it."""
    extra = [
        ("Item", [("Name", name), ("Value", value)])
        for name, value in row.extra.items()
        if message_ids or name != "MessageId"
    ]
    return [
        ("Status", row.status),
        ("ActorOrganId", row.organ),
        ("OccurredAt", row.at),
        ("Reason", row.reason),
        ("Note", row.note),
        ("NewDueAt", row.new_due),
        ("Extra", extra or None),
    ]
