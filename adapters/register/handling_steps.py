"""Handling, result, answer and its corrections, secrecy and recall: T10-T16. Pure."""

from dataclasses import replace

from adapters.register.commands import Command, NewAct
from adapters.register.refusals import Code, WorkflowRefused
from adapters.register.states import KEEPS_COLLECTING, State
from adapters.register.steps import Step
from connector.case import ActKind

REGULATION = "quy_dinh_hanh_chinh"
"""The nature whose handling follows NĐ 20/2008 Đ14-15."""


def coordinate(step: Step) -> tuple[NewAct, ...]:
    """T10: the lead asks other agencies; each is a child task, the lead keeps the duty (R23)."""
    asked = step.command.to_agencies or tuple(filter(None, (step.command.to_agency,)))
    if not asked:
        raise WorkflowRefused(Code.RECEIVER_MISSING)
    receivers = tuple(dict.fromkeys(step.receiver(code) for code in asked))
    waiting = [code for code in receivers if code in step.state.coordinators]
    if waiting:
        raise WorkflowRefused(Code.ALREADY_SO, ", ".join(waiting))
    due = step.due()
    return tuple(
        step.act(ActKind.COORDINATION_REQUESTED, step.need_text(), to_agency=code, due_at=due)
        for code in receivers
    )


def coordination_answer(step: Step) -> tuple[NewAct, ...]:
    """T10: a coordinator answers."""
    return (step.act(ActKind.COORDINATION_ANSWERED, step.need_text()),)


def progress(step: Step) -> tuple[NewAct, ...]:
    """A progress note; no state changes."""
    return (step.act(ActKind.PROGRESS, step.need_text()),)


def keep_collecting(step: Step) -> tuple[NewAct, ...]:
    """Not enough basis yet: a sub-status of handling, no rejection, and no time is won by it (NĐ 20/2008 Đ14.2.b)."""
    if step.state.nature != REGULATION:
        raise WorkflowRefused(Code.NOT_A_REGULATION)
    return (step.act(ActKind.PROGRESS, step.need_text(), sub_status=KEEPS_COLLECTING),)


def adopt_pack(step: Step) -> tuple[NewAct, ...]:
    """An official puts the case under a rule pack, with the reason (R01): no local term is ever invented.

    Whether the pack exists and is in force is seen where the due days are computed (``service/stamping.py``).
    """
    pack = step.command.rule_pack
    if not pack:
        raise WorkflowRefused(Code.PACK_UNKNOWN)
    if pack == step.state.pack:
        raise WorkflowRefused(Code.ALREADY_SO, pack)
    return (step.act(ActKind.PACK_ADOPTED, step.need_text(), rule_pack=pack, replaces=step.state.pack),)


def late_notice(step: Step) -> tuple[NewAct, ...]:
    """T11: the reason for lateness by the law's day, not by the agency's own; the case stays late (R22)."""
    due = step.state.legal_due_at or step.state.due_at
    if due is not None and step.command.at <= due:
        raise WorkflowRefused(Code.NOT_LATE)
    return (step.act(ActKind.LATE_NOTICE, step.need_text()),)


def result(step: Step) -> tuple[NewAct, ...]:
    """T12: the unit returns its result, text or signed file."""
    if not step.command.attachments:
        step.need_text()
    document = step.command.document_number
    return (step.act(ActKind.RESULT, step.command.text, document_number=document, outcome=_outcome(step)),)


def _outcome(step: Step) -> str | None:
    if step.command.outcome is not None and step.state.nature != REGULATION:
        raise WorkflowRefused(Code.NOT_A_REGULATION)
    return step.command.outcome


def _answer(step: Step, *, publishable: bool) -> NewAct:
    command, state, outcome = step.command, step.state, _outcome(step)
    text = command.text if (command.text or "").strip() else state.result_text
    files = command.attachments or (state.result_files if not state.final else ())
    if not (text or "").strip() and not files:
        raise WorkflowRefused(Code.TEXT_MISSING)
    return NewAct(
        kind=ActKind.ANSWERED,
        at=command.at,
        agency=step.agency,
        officer=command.officer,
        text=text,
        details={
            "publishable": "1" if publishable else "0",
            "version": str(state.answer_version + 1),
            **_signature(command),
            **({"outcome": outcome} if outcome else {}),
        },
        attachments=files,
    )


def _signature(command: Command) -> dict[str, str]:
    facts = {
        "signer": command.signer,
        "signer_position": command.signer_position,
        "document_number": command.document_number,
    }
    return {name: value for name, value in facts.items() if value}


def publish_answer(step: Step) -> tuple[NewAct, ...]:
    """T13: publication is the answer (R24)."""
    if step.state.private or step.state.held:
        raise WorkflowRefused(Code.IS_PRIVATE)
    if not step.command.redaction_done:
        raise WorkflowRefused(Code.REDACTION_MISSING)
    return (_answer(step, publishable=True),)


def _closed(step: Step) -> NewAct:
    return NewAct(kind=ActKind.CLOSED, at=step.command.at, agency=step.agency, officer=step.command.officer)


def answer_privately(step: Step) -> tuple[NewAct, ...]:
    """T14: a private or restricted case is answered to the sender alone (R26)."""
    if not (step.state.private or step.state.held):
        raise WorkflowRefused(Code.NOT_PRIVATE)
    return _answer(step, publishable=False), _closed(step)


def correct_answer(step: Step) -> tuple[NewAct, ...]:
    """A new version of a final answer with its reason; old versions stay (R13)."""
    command, state = step.command, step.state
    if not (command.text or "").strip() or not (command.reason_code or "").strip():
        raise WorkflowRefused(Code.TEXT_MISSING, "text, reason_code")
    public = state.state is State.DA_CONG_KHAI and not (state.private or state.held)
    if public and not command.redaction_done:
        raise WorkflowRefused(Code.REDACTION_MISSING)
    answer = _answer(step, publishable=public)
    details = {**answer.details, "corrects": str(state.answer_version), "reason": str(command.reason_code)}
    corrected = replace(answer, details=details)
    return (corrected,) if public else (corrected, _closed(step))


def send_back(step: Step) -> tuple[NewAct, ...]:
    """T16: the result is incomplete; the time does not start anew."""
    return (step.act(ActKind.RESULT_SENT_BACK, step.need_text()),)


def make_private(step: Step) -> tuple[NewAct, ...]:
    """The content becomes secret at once, in any state (R12)."""
    if step.state.private:
        raise WorkflowRefused(Code.ALREADY_SO)
    return (step.by_sender(step.act(ActKind.MADE_PRIVATE, step.command.text)),)


def restrict(step: Step) -> tuple[NewAct, ...]:
    """T15, or the hold before it (R04, R25): no text from the first moment."""
    if not step.command.hold:
        if step.state.final:
            raise WorkflowRefused(Code.FINAL)
        return (step.act(ActKind.RESTRICTED, None, decision="off_system", basis=step.command.reason_code),)
    if step.state.held:
        raise WorkflowRefused(Code.ALREADY_SO)
    return (step.act(ActKind.RESTRICTED, None, decision="hold", basis=step.command.reason_code),)


def release_hold(step: Step) -> tuple[NewAct, ...]:
    """A recorded human act loosens a hold (invariant 6)."""
    if not step.state.held:
        raise WorkflowRefused(Code.NOT_ON_HOLD)
    return (step.act(ActKind.NOTE, step.need_text(), decision="hold_released"),)


def recall_agreed(step: Step) -> tuple[NewAct, ...]:
    """A person agrees to the recall: an open case ends."""
    if not step.state.recalled:
        raise WorkflowRefused(Code.NOT_RECALLED)
    return (step.act(ActKind.RECALL_AGREED, step.command.text),)


def recall_refused(step: Step) -> tuple[NewAct, ...]:
    """A person refuses the recall, with the reason."""
    if not step.state.recalled:
        raise WorkflowRefused(Code.NOT_RECALLED)
    return (step.act(ActKind.RECALL_REFUSED, step.need_text()),)
