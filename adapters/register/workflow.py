"""The state machine T1-T16 of rules §3.2: which acts a command brings about, or why it may not. Pure.

:func:`decide` looks at the state (derived from the acts, :mod:`.states`), the command and the directory, and returns
the acts to write. It performs none of the human steps by itself: each needs a named official (R09).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from adapters.register import classify_steps as classify
from adapters.register import handling_steps as handling
from adapters.register.commands import Command, CommandName, NewAct
from adapters.register.directory import Directory
from adapters.register.refusals import Code, WorkflowRefused
from adapters.register.states import DENUNCIATION, OPEN, CaseState, State
from adapters.register.steps import Acts, Step
from connector.case import ActKind
from connector.clock import LOCAL_ZONE

_ANSWERED = frozenset({State.DA_CONG_KHAI, State.DA_TRA_LOI_RIENG})
_ANY = frozenset(State) - {State.NGOAI_HE_THONG}
_NOT_YET_HANDLED = frozenset({State.MOI, State.CHO_PHAN_CONG})


def submit(
    *,
    at: datetime,
    agency: str,
    officer: str | None,
    receipt: str,
    private: bool = False,
    restricted: bool = False,
    suspected: bool = False,
) -> NewAct:
    """T1: the act of receipt, from which a case's state begins.

    Args:
        agency: the first custodian.
        officer: who typed for the sender, if an official did.
        receipt: SHA-256 of what was received (R13).
        restricted: received under a hold, as a denunciation is (R04).
        suspected: held because its words are those of a denunciation: a person has to decide (R04).
    """
    details = {"agency": agency, "receipt_sha256": receipt}
    if private:
        details["private"] = "1"
    if restricted or suspected:
        details["restricted"] = "1"
    if suspected:
        details["suspected"] = DENUNCIATION
    return NewAct(kind=ActKind.RECEIVED, at=at, agency=agency, officer=officer, details=details)


def decide(state: CaseState, command: Command, directory: Directory) -> tuple[NewAct, ...]:
    """The acts that the command brings about, in order.

    Raises:
        WorkflowRefused: wrong state, wrong actor, or a guard of rules §3.2 does not hold; nothing may be written.
    """
    rule = _RULES[command.name]
    _check_state(state, command, rule)
    _check_actor(state, command, directory, rule)
    return rule.acts(Step(state=state, command=command, directory=directory))


def allowed(state: CaseState) -> tuple[CommandName, ...]:
    """Commands that the state alone does not forbid: what an official may be offered."""
    if state.state is None or state.state is State.NGOAI_HE_THONG:
        return ()
    return tuple(
        name
        for name, rule in _RULES.items()
        if rule.actor != "clock"
        and state.state in rule.states
        and (not state.recalled or rule.while_recalled)
        and (not rule.portal_born or state.portal_born)
        and _MAKES_SENSE.get(name, _always)(state)
    )


def _always(_: CaseState) -> bool:
    return True


_MAKES_SENSE: Mapping[CommandName, Callable[[CaseState], bool]] = {
    CommandName.PUBLISH_ANSWER: lambda state: not (state.private or state.held),
    CommandName.ANSWER_PRIVATELY: lambda state: state.private or state.held,
    CommandName.MAKE_PRIVATE: lambda state: not state.private,
    CommandName.RESTRICT: lambda state: not (state.final and state.held),
    CommandName.RELEASE_HOLD: lambda state: state.held,
    CommandName.COORDINATION_ANSWER: lambda state: bool(state.coordinators),
    CommandName.HAND_OVER: lambda state: not state.suspected,
    CommandName.KEEP_COLLECTING: lambda state: state.nature == handling.REGULATION,
    CommandName.RECALL_AGREED: lambda state: state.recalled,
    CommandName.RECALL_REFUSED: lambda state: state.recalled,
}
"""Guards of the steps that look at flags only; the steps themselves check them again."""


@dataclass(frozen=True, kw_only=True)
class _Rule:
    """One row: from which states, by whom, and how the acts are made.

    ``actor`` is ``custodian``, ``province``, ``coordinator``, ``sender``, ``clock`` or ``anyone`` (a named official).
    """

    states: frozenset[State]
    actor: str
    acts: Acts
    while_recalled: bool = False
    portal_born: bool = False


def _check_state(state: CaseState, command: Command, rule: _Rule) -> None:
    if state.state is State.NGOAI_HE_THONG:
        raise WorkflowRefused(Code.OFF_SYSTEM)
    if state.state is None or state.state not in rule.states:
        code = Code.FINAL if state.final else Code.WRONG_STATE
        raise WorkflowRefused(code, f"{command.name.value}: {state.state.value if state.state else '-'}")
    if state.recalled and not rule.while_recalled:
        raise WorkflowRefused(Code.RECALL_PENDING)
    if rule.portal_born and not state.portal_born:
        raise WorkflowRefused(Code.NOT_PORTAL_BORN)


def _check_actor(state: CaseState, command: Command, directory: Directory, rule: _Rule) -> None:
    if rule.actor == "clock" or (rule.actor == "sender" and command.officer is None):
        return
    if not command.officer:
        raise WorkflowRefused(Code.OFFICER_MISSING)
    if not directory.is_person(command.officer):
        raise WorkflowRefused(Code.SERVICE_ACCOUNT)
    today = command.at.astimezone(LOCAL_ZONE).date()
    if rule.actor == "custodian" and command.agency not in {None, state.agency}:
        raise WorkflowRefused(Code.NOT_CUSTODIAN, str(command.agency))
    if rule.actor == "province":
        holder = directory.province_holder(today)
        if holder is None:
            raise WorkflowRefused(Code.NO_PROVINCE_ROLE)
        if command.agency not in {None, holder}:
            raise WorkflowRefused(Code.NOT_PROVINCE_ROLE, str(command.agency))
    if rule.actor == "coordinator" and command.agency not in state.coordinators:
        raise WorkflowRefused(Code.NOT_COORDINATOR, str(command.agency))


def _rule(actor: str, acts: Acts, *states: State) -> _Rule:
    return _Rule(states=frozenset(states), actor=actor, acts=acts)


_RULES: Mapping[CommandName, _Rule] = {
    CommandName.REFUSE: _rule("custodian", classify.refuse, State.MOI),
    CommandName.ASK_SUPPLEMENT: _rule("custodian", classify.ask_supplement, State.MOI),
    CommandName.SUPPLEMENT: _Rule(
        states=frozenset({State.CHO_BO_SUNG}), actor="sender", acts=classify.supplement, while_recalled=True
    ),
    CommandName.LAPSE: _rule("clock", classify.lapse, State.CHO_BO_SUNG),
    CommandName.REASSIGN: _rule("custodian", classify.reassign, State.MOI),
    CommandName.TO_PROVINCE_ROLE: _rule("custodian", classify.to_province_role, State.MOI),
    CommandName.ASSIGN_FROM_PROVINCE: _rule("province", classify.assign_from_province, State.CHO_PHAN_CONG),
    CommandName.HAND_OVER: _rule("custodian", classify.hand_over, State.MOI),
    CommandName.COORDINATE: _rule("custodian", handling.coordinate, State.DANG_XU_LY),
    CommandName.COORDINATION_ANSWER: _rule(
        "coordinator", handling.coordination_answer, State.DANG_XU_LY, State.CO_KET_QUA
    ),
    CommandName.PROGRESS: _rule("custodian", handling.progress, State.DANG_XU_LY),
    CommandName.LATE_NOTICE: _rule("custodian", handling.late_notice, State.DANG_XU_LY),
    CommandName.RESULT: _rule("custodian", handling.result, State.DANG_XU_LY),
    CommandName.PUBLISH_ANSWER: _rule("custodian", handling.publish_answer, State.CO_KET_QUA),
    CommandName.ANSWER_PRIVATELY: _rule("custodian", handling.answer_privately, State.CO_KET_QUA),
    CommandName.RESTRICT: _Rule(states=_ANY, actor="anyone", acts=handling.restrict, while_recalled=True),
    CommandName.RELEASE_HOLD: _Rule(
        states=_ANY, actor="custodian", acts=handling.release_hold, while_recalled=True
    ),
    CommandName.SEND_BACK: _rule("custodian", handling.send_back, State.CO_KET_QUA),
    CommandName.TRANSFER_OUT: _Rule(
        states=_NOT_YET_HANDLED, actor="custodian", acts=classify.transfer_out, portal_born=True
    ),
    CommandName.RETURN_TO_VPCP: _Rule(
        states=_NOT_YET_HANDLED, actor="custodian", acts=classify.return_to_vpcp, portal_born=True
    ),
    CommandName.CORRECT_ANSWER: _Rule(states=_ANSWERED, actor="custodian", acts=handling.correct_answer),
    CommandName.MAKE_PRIVATE: _Rule(
        states=_ANY, actor="sender", acts=handling.make_private, while_recalled=True
    ),
    CommandName.RECALL_AGREED: _Rule(
        states=_ANY, actor="custodian", acts=handling.recall_agreed, while_recalled=True
    ),
    CommandName.RECALL_REFUSED: _Rule(
        states=_ANY, actor="custodian", acts=handling.recall_refused, while_recalled=True
    ),
    CommandName.ADOPT_PACK: _Rule(
        states=OPEN, actor="custodian", acts=handling.adopt_pack, while_recalled=True
    ),
    CommandName.KEEP_COLLECTING: _rule("custodian", handling.keep_collecting, State.DANG_XU_LY),
}
