"""Which acts of other systems the register takes, and as what (rules §3.6). Pure.

They come from a service account, so none may decide anything here (R09): a foreign act is a note, except that a
supplement re-opens classification, a recall and a rework raise flags, and a wish for privacy tightens at once.
"""

from collections.abc import Callable
from dataclasses import replace

from adapters.register.refusals import Code, RegisterRefused
from adapters.register.states import CaseState, State, is_own
from connector.case import Act, ActKind

DECISIONS: frozenset[ActKind] = frozenset(
    {
        ActKind.ACCEPTED,
        ActKind.REFUSED,
        ActKind.SUPPLEMENT_REQUESTED,
        ActKind.ASSIGNED,
        ActKind.ANSWERED,
        ActKind.RECALL_AGREED,
        ActKind.RECALL_REFUSED,
        ActKind.RETURNED_INTERNALLY,
    }
)
"""Decisions of an agency's official: kept as notes of the other side, and, inside the province, only with that official's name (R09)."""

NEVER: frozenset[ActKind] = frozenset(
    {
        ActKind.RESTRICTED,  # never travels (R25)
        ActKind.REASSIGNED,
        ActKind.COORDINATION_REQUESTED,
        ActKind.COORDINATION_ANSWERED,
        ActKind.LATE_NOTICE,
        ActKind.RESULT,
        ActKind.RESULT_SENT_BACK,
        ActKind.PACK_ADOPTED,
        ActKind.DUE_RECOMPUTED,
    }
)
"""Inner steps of a register: another system cannot have done them."""


def taken(
    state: CaseState, act: Act, *, inside: bool = True, is_service: Callable[[str], bool] = lambda _: False
) -> Act:
    """The act as the register keeps it.

    Args:
        state: the case before it.
        act: as the other system tells it.
        inside: the acting agency is unknown or of the province. A decision of a body outside, from the time before
            the case came to us, is history and need not name its official.
        is_service: whether an account is a program's: none may stand as the deciding official (R09).

    Raises:
        RegisterRefused: it pretends to be born here, is of a kind that is not taken, or decides without an official.
    """
    if is_own(act):
        raise RegisterRefused(Code.ACT_NOT_FOREIGN, act.id)
    if act.kind in NEVER:
        raise RegisterRefused(Code.ACT_NOT_TAKEN, act.kind.value)
    if act.kind in DECISIONS and inside and not act.officer:
        raise RegisterRefused(Code.DECISION_WITHOUT_OFFICER, act.kind.value)
    if act.kind in DECISIONS and act.officer and is_service(act.officer):
        raise RegisterRefused(Code.SERVICE_ACCOUNT, act.kind.value)
    act = replace(act, details={name: text for name, text in act.details.items() if not _is_ours(name)})
    if state.state is State.NGOAI_HE_THONG:
        # later events of a case taken off the system carry no text (R25)
        return replace(act, text=None, details={}, attachments=())
    due = state.supplement_due_at
    if act.kind is ActKind.SUPPLEMENTED and due is not None and act.at > due:
        # entered on the portal after the sender's time (R18): kept, but it re-opens nothing
        return replace(act, details={**act.details, "late": "1"})
    return act


def _is_ours(name: str) -> bool:
    """Details that only the register gives: what it found, and the due days it computed."""
    return name in {"late", "suspected", "calendar", "calendar_lacks"} or name.startswith("due.")
