"""Which acts of other systems the register takes, and as what (rules §3.6). Pure.

They come from a service account, so none may decide anything here (R09): a foreign act is a note, except that a
supplement re-opens classification, a recall and a rework raise flags, and a wish for privacy tightens at once.
"""

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
"""Decisions of an agency's official: kept as notes of the other side, and only with that official's name."""

NEVER: frozenset[ActKind] = frozenset(
    {
        ActKind.RESTRICTED,  # never travels (R25)
        ActKind.REASSIGNED,
        ActKind.COORDINATION_REQUESTED,
        ActKind.COORDINATION_ANSWERED,
        ActKind.LATE_NOTICE,
        ActKind.RESULT,
        ActKind.RESULT_SENT_BACK,
    }
)
"""Inner steps of a register: another system cannot have done them."""


def taken(state: CaseState, act: Act) -> Act:
    """The act as the register keeps it.

    Raises:
        RegisterRefused: it pretends to be born here, is of a kind that is not taken, or decides without an official.
    """
    if is_own(act):
        raise RegisterRefused(Code.ACT_NOT_FOREIGN, act.id)
    if act.kind in NEVER:
        raise RegisterRefused(Code.ACT_NOT_TAKEN, act.kind.value)
    if act.kind in DECISIONS and not act.officer:
        raise RegisterRefused(Code.DECISION_WITHOUT_OFFICER, act.kind.value)
    if state.state is State.NGOAI_HE_THONG:
        # later events of a case taken off the system carry no text (R25)
        return replace(act, text=None, details={}, attachments=())
    return act
