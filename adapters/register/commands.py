"""What can be asked of a case, and what comes of it. Pure values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from connector.case import Act, ActKind


class CommandName(StrEnum):
    """Commands on an existing case; T-numbers are those of rules §3.2. T1 (submit) is the intake."""

    REFUSE = "refuse"  # T2
    ASK_SUPPLEMENT = "ask_supplement"  # T3
    SUPPLEMENT = "supplement"  # T4
    LAPSE = "lapse"  # T5
    REASSIGN = "reassign"  # T6
    TO_PROVINCE_ROLE = "to_province_role"  # T7
    ASSIGN_FROM_PROVINCE = "assign_from_province"  # T8
    HAND_OVER = "hand_over"  # T9
    COORDINATE = "coordinate"  # T10
    COORDINATION_ANSWER = "coordination_answer"  # T10
    PROGRESS = "progress"
    LATE_NOTICE = "late_notice"  # T11
    RESULT = "result"  # T12
    PUBLISH_ANSWER = "publish_answer"  # T13
    ANSWER_PRIVATELY = "answer_privately"  # T14
    RESTRICT = "restrict"  # T15, or a hold before it
    RELEASE_HOLD = "release_hold"
    SEND_BACK = "send_back"  # T16
    TRANSFER_OUT = "transfer_out"
    RETURN_TO_VPCP = "return_to_vpcp"
    CORRECT_ANSWER = "correct_answer"
    MAKE_PRIVATE = "make_private"
    RECALL_AGREED = "recall_agreed"
    RECALL_REFUSED = "recall_refused"
    ADOPT_PACK = "adopt_pack"
    KEEP_COLLECTING = "keep_collecting"


@dataclass(frozen=True, kw_only=True)
class Command:
    """One command with everything that any of them may need.

    Attributes:
        at: now, by the register's clock.
        officer: account of the acting official; absent only for the sender's and the clock's own steps.
        agency: the acting agency; the custodian if absent.
        text: reason, what is missing, progress, result or answer.
        to_agency, to_agencies: receiver, coordinators (canonical codes).
        unit: the specialised unit at T9.
        due_at: end of the time that the step opens (T3: the sender's, T9: the unit's, T10: the coordinator's).
        redaction_done: an official confirmed the redaction (T13).
        hold: RESTRICT only marks the case as held, instead of taking it off the system.
        signer, signer_position, document_number: of the answer.
        reason_code: short code beside the reason.
        attachments: ids of the case's attachments that belong to the step.
        rule_pack: the pack that an official adopts for the case (``TH-2020/1``).
        outcome: what becomes of a regulation that was criticised (NĐ 20/2008 Đ15).
    """

    name: CommandName
    at: datetime
    officer: str | None = None
    agency: str | None = None
    text: str | None = None
    to_agency: str | None = None
    to_agencies: tuple[str, ...] = ()
    unit: str | None = None
    due_at: datetime | None = None
    redaction_done: bool = False
    hold: bool = False
    signer: str | None = None
    signer_position: str | None = None
    document_number: str | None = None
    reason_code: str | None = None
    attachments: tuple[str, ...] = ()
    rule_pack: str | None = None
    outcome: str | None = None


@dataclass(frozen=True, kw_only=True)
class NewAct:
    """An act to be written; the store gives it its number."""

    kind: ActKind
    at: datetime
    agency: str | None = None
    officer: str | None = None
    text: str | None = None
    details: Mapping[str, str] = field(default_factory=dict)
    attachments: tuple[str, ...] = ()

    def numbered(self, act_id: str) -> Act:
        """The act under its id."""
        return Act(
            id=act_id,
            kind=self.kind,
            at=self.at,
            agency=self.agency,
            officer=self.officer,
            text=self.text,
            details=self.details,
            attachments=self.attachments,
        )
