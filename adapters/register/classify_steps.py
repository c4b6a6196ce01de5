"""What intake may decide of a case that is not yet handled: T2-T9, and sending a portal's case back. Pure."""

from dataclasses import replace

from adapters.register.commands import NewAct
from adapters.register.directory import PROVINCE_ROLE
from adapters.register.refusals import Code, WorkflowRefused
from adapters.register.steps import Step
from adapters.register.suspicion import held_for
from connector.case import ActKind

OUTSIDE: frozenset[str] = frozenset({"khieu_nai", "to_cao", "tu_van_phap_luat"})
"""Natures that are not handled under the Quy chế (Đ1.2, R04): refused with a pointer, never handed to a unit."""


def refuse(step: Step) -> tuple[NewAct, ...]:
    """T2: not accepted, with reasons (R17)."""
    return (step.act(ActKind.REFUSED, step.need_text(), group="1", reason_code=step.command.reason_code),)


def ask_supplement(step: Step) -> tuple[NewAct, ...]:
    """T3: what is missing (R18)."""
    return (step.act(ActKind.SUPPLEMENT_REQUESTED, step.need_text(), group="2", due_at=step.due()),)


def supplement(step: Step) -> tuple[NewAct, ...]:
    """T4: the sender supplements, until the last moment of the last day (R18). The new words may hold the case (R04)."""
    due = step.state.supplement_due_at
    if due is not None and step.command.at > due:
        raise WorkflowRefused(Code.SUPPLEMENT_LATE)
    if not step.command.attachments:
        step.need_text()
    added = step.by_sender(step.act(ActKind.SUPPLEMENTED, step.command.text))
    return added, *held_for(step.state, step.command.at, step.command.text)


def lapse(step: Step) -> tuple[NewAct, ...]:
    """T5: the sender's time is over; without a known end nothing lapses."""
    due = step.state.supplement_due_at
    if due is None or step.command.at <= due:
        raise WorkflowRefused(Code.NOT_LAPSED)
    text = step.command.text or "Quá thời hạn bổ sung thông tin"
    return (step.act(ActKind.LAPSED, text, reason_code="HET_HAN_BO_SUNG"),)


def reassign(step: Step) -> tuple[NewAct, ...]:
    """T6: another agency takes custody (R19)."""
    receiver = step.receiver(step.command.to_agency)
    if receiver in step.state.moved_away:
        holder = step.directory.province_holder(step.today) or PROVINCE_ROLE
        raise WorkflowRefused(Code.PING_PONG, f"{receiver} → {holder}")
    return (step.act(ActKind.REASSIGNED, step.command.text, group="3", to_agency=receiver),)


def to_province_role(step: Step) -> tuple[NewAct, ...]:
    """T7: nobody knows whose it is."""
    holder = step.province_holder()
    return (
        step.act(ActKind.REASSIGNED, step.need_text(), group="3", to_agency=holder, to_role=PROVINCE_ROLE),
    )


def assign_from_province(step: Step) -> tuple[NewAct, ...]:
    """T8: the province role names the custodian; it may keep the case itself, as for its own office (Đ9.2)."""
    receiver = step.receiver(step.command.to_agency, allow_self=True)
    act = step.act(ActKind.REASSIGNED, step.command.text, to_agency=receiver, from_role=PROVINCE_ROLE)
    return (replace(act, agency=step.province_holder()),)


def hand_over(step: Step) -> tuple[NewAct, ...]:
    """T9: accepted, and given to a unit of the same agency (R20)."""
    state, unit = step.state, (step.command.unit or "").strip()
    if state.nature in OUTSIDE:
        raise WorkflowRefused(Code.OUT_OF_SCOPE, str(state.nature))
    if state.suspected:
        raise WorkflowRefused(Code.SUSPICION_OPEN)
    if not state.field_in_scope and not state.portal_born:
        raise WorkflowRefused(Code.FIELD_OUT_OF_SCOPE)
    if state.pack is not None and not state.sender_complete:
        raise WorkflowRefused(Code.SENDER_INCOMPLETE)
    if not unit:
        raise WorkflowRefused(Code.UNIT_MISSING)
    agency = step.directory.agencies.get(unit)
    if agency is not None and state.agency not in {agency.code, agency.parent}:
        raise WorkflowRefused(Code.UNIT_ELSEWHERE, unit)
    accepted = replace(step.act(ActKind.ACCEPTED, None, group="4"), attachments=())
    return accepted, step.act(ActKind.ASSIGNED, step.command.text, unit=unit, due_at=step.due())


def transfer_out(step: Step) -> tuple[NewAct, ...]:
    """A portal's case belongs to a body outside the province."""
    if not step.command.to_agency:
        raise WorkflowRefused(Code.RECEIVER_MISSING)
    if step.command.to_agency in step.directory.agencies:
        # an agency of the province is reached by reassign; leaving the province is another thing
        raise WorkflowRefused(Code.RECEIVER_INSIDE, step.command.to_agency)
    return (step.act(ActKind.TRANSFERRED, step.need_text(), group="3", to_agency=step.command.to_agency),)


def return_to_vpcp(step: Step) -> tuple[NewAct, ...]:
    """A portal's case goes back to the Government Office."""
    return (step.act(ActKind.RETURNED, step.need_text(), group="3"),)
