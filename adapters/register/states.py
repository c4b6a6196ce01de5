"""The state of a case, derived from its acts and from nothing else. Pure (rules §3.1, §3.3)."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from connector.case import REGISTER, Act, ActKind
from connector.rules.due import Due
from connector.rules.duty import Duty


class State(StrEnum):
    """States of rules §3.1."""

    MOI = "MOI"
    CHO_BO_SUNG = "CHO_BO_SUNG"
    CHO_PHAN_CONG = "CHO_PHAN_CONG"
    DANG_XU_LY = "DANG_XU_LY"
    CO_KET_QUA = "CO_KET_QUA"
    KHONG_TIEP_NHAN = "KHONG_TIEP_NHAN"
    HET_HAN_BO_SUNG = "HET_HAN_BO_SUNG"
    DA_CONG_KHAI = "DA_CONG_KHAI"
    DA_TRA_LOI_RIENG = "DA_TRA_LOI_RIENG"
    NGOAI_HE_THONG = "NGOAI_HE_THONG"


FINAL: frozenset[State] = frozenset(
    {
        State.KHONG_TIEP_NHAN,
        State.HET_HAN_BO_SUNG,
        State.DA_CONG_KHAI,
        State.DA_TRA_LOI_RIENG,
        State.NGOAI_HE_THONG,
    }
)
"""Final states never leave final; corrections are versions (invariant 3)."""

OPEN: frozenset[State] = frozenset(State) - FINAL

DENUNCIATION = "denunciation"
"""Value of the detail ``suspected``: the words of a text are those of a denunciation; a person has to decide (R04)."""

KEEPS_COLLECTING = "tiep_tuc_tap_hop"
"""Sub-status of DANG_XU_LY: not enough basis yet, the unit keeps collecting (NĐ 20/2008 Đ14.2.b). No rejection."""


@dataclass(frozen=True, kw_only=True)
class CaseState:
    """Everything the workflow has to know of one case.

    Attributes:
        portal_born: the sender entered it on a portal.
        nature: register code of the legal nature (``to_cao`` …).
        field_in_scope: the field was taken on the day of receipt.
        sender_complete: name and phone are known (Đ7.2).
        pack: the rule pack that governs the case (``TH-2020/1``); None: none was adopted (R01).
        state: None before T1.
        agency: the one custodian.
        group: group of Đ11 under the present custodian; None while unclassified.
        sub_status: :data:`KEEPS_COLLECTING` while the unit does.
        held: restricted by a hold (R04) or taken off the system (T15).
        suspected: held because of the words of a denunciation, and no person has decided yet (R04).
        recalled: a portal's recall waits for a person (``thu_hoi``).
        rework: a portal returned the answer and nobody has reacted yet.
        moved_away: agencies that transferred the case away: it must not come back to them by T6 (R19).
        coordinators: agencies whose coordination answer is awaited.
        result_text, result_files: the unit's last result.
        answer_version: 0 before the first answer.
        supplement_due_at: end of the sender's time, if set.
        due_at: end of the unit's time, if set; it may be the agency's own, earlier one (R32).
        legal_due_at: end of the unit's time by the governing pack: from then on the case is late (R22).
    """

    portal_born: bool = False
    nature: str | None = None
    field_in_scope: bool = True
    sender_complete: bool = True
    pack: str | None = None
    state: State | None = None
    agency: str = ""
    unit: str | None = None
    group: int | None = None
    sub_status: str | None = None
    private: bool = False
    held: bool = False
    suspected: bool = False
    recalled: bool = False
    rework: bool = False
    moved_away: frozenset[str] = frozenset()
    coordinators: tuple[str, ...] = ()
    result_text: str | None = None
    result_files: tuple[str, ...] = ()
    answer_version: int = 0
    supplement_due_at: datetime | None = None
    due_at: datetime | None = None
    legal_due_at: datetime | None = None

    @property
    def final(self) -> bool:
        """Whether the case has ended."""
        return self.state in FINAL


def is_own(act: Act) -> bool:
    """Whether the act was born in this register."""
    return act.birthplace == REGISTER


def replay(acts: Iterable[Act], blank: CaseState) -> CaseState:
    """Fold acts, in the order in which the register took them, into the state. ``blank`` carries the case's facts."""
    state = blank
    for act in acts:
        state = advance(state, act)
    return state


def advance(state: CaseState, act: Act) -> CaseState:
    """The state after one more act. A foreign act changes a state only where rules §3.6 says so."""
    if state.state is State.NGOAI_HE_THONG:
        return state
    step = (_OWN if is_own(act) else _FOREIGN).get(act.kind)
    return state if step is None else step(state, act)


def instant(text: str | None) -> datetime | None:
    """An instant kept as ISO text in an act's details."""
    return None if not text else datetime.fromisoformat(text)


def _received(state: CaseState, act: Act) -> CaseState:
    return replace(
        state,
        state=State.MOI,
        agency=act.details["agency"],
        private=act.details.get("private") == "1",
        held=act.details.get("restricted") == "1",
        suspected="suspected" in act.details,
        pack=act.details.get("rule_pack"),
    )


def _refused(state: CaseState, _: Act) -> CaseState:
    return replace(state, state=State.KHONG_TIEP_NHAN, group=1)


def _supplement_requested(state: CaseState, act: Act) -> CaseState:
    due = instant(act.details.get("due_at"))
    return replace(state, state=State.CHO_BO_SUNG, group=2, supplement_due_at=due)


def _supplemented(state: CaseState, _: Act) -> CaseState:
    if state.state is not State.CHO_BO_SUNG:
        return state
    return replace(state, state=State.MOI, group=None, supplement_due_at=None)


def _supplemented_elsewhere(state: CaseState, act: Act) -> CaseState:
    return state if "late" in act.details else _supplemented(state, act)


def _lapsed(state: CaseState, _: Act) -> CaseState:
    return replace(state, state=State.HET_HAN_BO_SUNG)


def _reassigned(state: CaseState, act: Act) -> CaseState:
    moved = state.moved_away if "from_role" in act.details else state.moved_away | {state.agency}
    to_role = "to_role" in act.details
    return replace(
        state,
        state=State.CHO_PHAN_CONG if to_role else State.MOI,
        group=3 if to_role else None,
        agency=act.details["to_agency"],
        unit=None,
        moved_away=moved,
    )


def _accepted(state: CaseState, _: Act) -> CaseState:
    return replace(state, group=4)


def _assigned(state: CaseState, act: Act) -> CaseState:
    return replace(
        state,
        state=State.DANG_XU_LY,
        unit=act.details.get("unit"),
        due_at=instant(act.details.get("due_at")),
        legal_due_at=_day_end(act.details.get(f"due.{Duty.HANDLE}")),
    )


def _day_end(due: str | None) -> datetime | None:
    return None if due is None else Due.parse(due).ends_at


def _progress(state: CaseState, act: Act) -> CaseState:
    return replace(state, sub_status=act.details.get("sub_status", state.sub_status))


def _coordination_requested(state: CaseState, act: Act) -> CaseState:
    return replace(state, coordinators=(*state.coordinators, act.details["to_agency"]))


def _coordination_answered(state: CaseState, act: Act) -> CaseState:
    return replace(state, coordinators=tuple(code for code in state.coordinators if code != act.agency))


def _result(state: CaseState, act: Act) -> CaseState:
    return replace(
        state, state=State.CO_KET_QUA, sub_status=None, result_text=act.text, result_files=act.attachments
    )


def _result_sent_back(state: CaseState, _: Act) -> CaseState:
    return replace(state, state=State.DANG_XU_LY, rework=False)


def _answered(state: CaseState, act: Act) -> CaseState:
    answered = State.DA_CONG_KHAI if act.details["publishable"] == "1" else State.DA_TRA_LOI_RIENG
    return replace(
        state,
        state=state.state if state.final else answered,
        answer_version=int(act.details["version"]),
        rework=False,
    )


def _sent_out(state: CaseState, _: Act) -> CaseState:
    return replace(state, state=State.KHONG_TIEP_NHAN, group=3)


def _made_private(state: CaseState, _: Act) -> CaseState:
    return replace(state, private=True)


def _restricted(state: CaseState, act: Act) -> CaseState:
    off = act.details.get("decision") == "off_system"
    return replace(
        state,
        held=True,
        suspected=state.suspected or "suspected" in act.details,
        state=State.NGOAI_HE_THONG if off else state.state,
    )


def _note(state: CaseState, act: Act) -> CaseState:
    released = act.details.get("decision") == "hold_released"
    return replace(state, held=False, suspected=False) if released else state


def _recall_agreed(state: CaseState, _: Act) -> CaseState:
    return replace(state, recalled=False, state=state.state if state.final else State.KHONG_TIEP_NHAN)


def _recall_refused(state: CaseState, _: Act) -> CaseState:
    return replace(state, recalled=False)


def _pack_adopted(state: CaseState, act: Act) -> CaseState:
    """The pack's terms bind what is open: the unit's end may come nearer, the sender's never (R32)."""
    state = replace(state, pack=act.details["rule_pack"])
    end = instant(act.details.get("due_at"))
    if end is None:
        return state
    if state.state is State.CHO_BO_SUNG:
        return replace(state, supplement_due_at=max(end, state.supplement_due_at or end))
    legal = _day_end(act.details.get(f"due.{Duty.HANDLE}"))
    return replace(state, due_at=min(end, state.due_at or end), legal_due_at=legal)


def _due_recomputed(state: CaseState, act: Act) -> CaseState:
    """Another calendar moved an open due day; ``due_at`` is there if it moves the end of the time, too."""
    told = act.details
    if told.get("pack") != state.pack:
        return state  # of a pack that only watches
    end = instant(told.get("due_at"))
    if told["duty"] == Duty.HANDLE:
        return replace(state, due_at=end or state.due_at, legal_due_at=_day_end(told["new"]))
    if told["duty"] == Duty.SUPPLEMENT:
        return replace(state, supplement_due_at=end or state.supplement_due_at)
    return state


def _recalled(state: CaseState, _: Act) -> CaseState:
    return replace(state, recalled=True)


def _returned_for_rework(state: CaseState, _: Act) -> CaseState:
    return replace(state, rework=True)


_Step = Callable[[CaseState, Act], CaseState]

_OWN: Mapping[ActKind, _Step] = {
    ActKind.RECEIVED: _received,
    ActKind.REFUSED: _refused,
    ActKind.SUPPLEMENT_REQUESTED: _supplement_requested,
    ActKind.SUPPLEMENTED: _supplemented,
    ActKind.LAPSED: _lapsed,
    ActKind.REASSIGNED: _reassigned,
    ActKind.ACCEPTED: _accepted,
    ActKind.ASSIGNED: _assigned,
    ActKind.COORDINATION_REQUESTED: _coordination_requested,
    ActKind.COORDINATION_ANSWERED: _coordination_answered,
    ActKind.PROGRESS: _progress,
    ActKind.RESULT: _result,
    ActKind.RESULT_SENT_BACK: _result_sent_back,
    ActKind.ANSWERED: _answered,
    ActKind.TRANSFERRED: _sent_out,
    ActKind.RETURNED: _sent_out,
    ActKind.MADE_PRIVATE: _made_private,
    ActKind.RESTRICTED: _restricted,
    ActKind.NOTE: _note,
    ActKind.RECALL_AGREED: _recall_agreed,
    ActKind.RECALL_REFUSED: _recall_refused,
    ActKind.PACK_ADOPTED: _pack_adopted,
    ActKind.DUE_RECOMPUTED: _due_recomputed,
}

_FOREIGN: Mapping[ActKind, _Step] = {
    ActKind.SUPPLEMENTED: _supplemented_elsewhere,
    ActKind.MADE_PRIVATE: _made_private,
    ActKind.RECALLED: _recalled,
    ActKind.RETURNED_FOR_REWORK: _returned_for_rework,
}
"""All other foreign acts are notes: published, unpublished, rated, reminded, due_changed, transferred … (rules §3.6)."""
