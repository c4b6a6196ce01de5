"""The move table of the shared status vocabulary (government-portal contract §8.6). Pure."""

from typing import Final

OPEN: Final = frozenset(
    {
        "NEW",
        "ASSIGNED",
        "ACCEPTED",
        "UNIT_ASSIGNED",
        "IN_PROGRESS",
        "SUPPLEMENT_REQUESTED",
        "SUPPLEMENTED",
        "ANSWERED",
        "REWORK",
    }
)
"""States in which the agency still owes something; only these can be recalled."""

UPDATABLE: Final = frozenset(
    {"ACCEPTED", "REFUSED", "SUPPLEMENT_REQUESTED", "UNIT_ASSIGNED", "IN_PROGRESS", "CLOSED"}
)
"""What UpdateCaseStatus may set; the rest comes from TransferCase, SubmitAnswer or the portal (§8.4)."""

NEEDS_REASON: Final = frozenset({"REFUSED", "RETURNED_VPCP", "SUPPLEMENT_REQUESTED", "TRANSFERRED"})

LAPSED: Final = "HET_HAN_BO_SUNG"
"""Reason code: the sender's time for the supplement ran out."""

_MOVES: Final[dict[str, frozenset[str]]] = {
    "NEW": frozenset({"ASSIGNED"}),
    "ASSIGNED": frozenset({"ACCEPTED", "REFUSED", "RETURNED_VPCP", "TRANSFERRED", "SUPPLEMENT_REQUESTED"}),
    "ACCEPTED": frozenset({"UNIT_ASSIGNED", "IN_PROGRESS", "ANSWERED", "RETURNED_VPCP", "TRANSFERRED"}),
    "UNIT_ASSIGNED": frozenset({"IN_PROGRESS", "ANSWERED"}),
    "IN_PROGRESS": frozenset({"UNIT_ASSIGNED", "IN_PROGRESS", "ANSWERED"}),
    "SUPPLEMENT_REQUESTED": frozenset({"SUPPLEMENTED", "REFUSED"}),
    "ANSWERED": frozenset({"PUBLISHED", "REWORK", "ANSWERED", "CLOSED"}),
    "REWORK": frozenset({"IN_PROGRESS", "ANSWERED"}),
    "PUBLISHED": frozenset({"CLOSED"}),
}


def allowed(
    status: str,
    *,
    before_request: str | None = None,
    supplement_after_acceptance: bool = False,
) -> frozenset[str]:
    """Where a case may go from ``status``.

    Args:
        status: the current code.
        before_request: the status before the supplement was asked for; rules what SUPPLEMENTED allows.
        supplement_after_acceptance: note (a) of §8.6: off unless the profile says so.
    """
    step = before_request or "ASSIGNED" if status == "SUPPLEMENTED" else status
    moves = _MOVES.get(step, frozenset())
    if step == "ACCEPTED" and supplement_after_acceptance:
        moves |= {"SUPPLEMENT_REQUESTED"}
    if status in OPEN:
        moves |= {"RECALLED"}
    return moves
