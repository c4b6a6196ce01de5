"""The register's state machine: every row T1-T16 of rules §3.2, every guard, and the invariants of §3.3."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from adapters.register.commands import Command, CommandName, NewAct
from adapters.register.directory import Agency, Directory, Span
from adapters.register.foreign import DECISIONS, NEVER, taken
from adapters.register.refusals import REFUSALS, Code, RegisterRefused, WorkflowRefused
from adapters.register.service.unit import cached
from adapters.register.states import FINAL, CaseState, State, advance, replay
from adapters.register.workflow import allowed, decide, submit
from connector.case import Act, ActKind

C = CommandName
NOW = datetime(2026, 11, 18, 1, 0, tzinfo=UTC)
PROVINCE, OFFICE, HEALTH, COMMUNE = "000.00.00.H56", "000.00.01.H56", "000.00.15.H56", "000.01.50.H56"
DISTRICT, INNER = "000.00.40.H56", "001.00.15.H56"

DIRECTORY = Directory(
    agencies={
        PROVINCE: Agency(code=PROVINCE, name="UBND tỉnh"),
        OFFICE: Agency(code=OFFICE, name="Văn phòng UBND tỉnh"),
        HEALTH: Agency(code=HEALTH, name="Sở Y tế"),
        INNER: Agency(code=INNER, name="Thanh tra Sở Y tế", parent=HEALTH),
        COMMUNE: Agency(code=COMMUNE, name="UBND xã Mẫu", span=Span(first=date(2025, 7, 1))),
        DISTRICT: Agency(
            code=DISTRICT, name="UBND huyện Mẫu", span=Span(last=date(2025, 6, 30)), successor=COMMUNE
        ),
    },
    aliases={"H56.15": ((Span(), HEALTH),)},
    province_role=(
        (Span(first=date(2025, 7, 1)), OFFICE),
        (Span(last=date(2025, 6, 30)), PROVINCE),
    ),
    fields={"moi_truong": Span(first=date(2020, 2, 15))},
    service_accounts=frozenset({"cong-zalo"}),
)


def received(*, at=NOW, agency=HEALTH, facts=None, **flags) -> CaseState:
    blank = CaseState(**(facts or {}))
    act = submit(at=at, agency=agency, officer=None, receipt="0" * 64, **flags)
    return advance(blank, act.numbered("register:1"))


def do(state: CaseState, name: CommandName, **facts) -> CaseState:
    facts.setdefault("officer", "cb-mau-01")
    facts.setdefault("at", NOW)
    acts = decide(state, Command(name=name, **facts), DIRECTORY)
    return replay((act.numbered("register:9") for act in acts), state)


def acts_of(state: CaseState, name: CommandName, **facts) -> tuple[NewAct, ...]:
    facts.setdefault("officer", "cb-mau-01")
    facts.setdefault("at", NOW)
    return decide(state, Command(name=name, **facts), DIRECTORY)


def refused(state: CaseState, name: CommandName, **facts) -> Code:
    with pytest.raises(WorkflowRefused) as caught:
        do(state, name, **facts)
    return caught.value.code


def foreign(kind: ActKind, **facts) -> Act:
    return Act(id=f"national_portal:900.{kind.value}", kind=kind, at=NOW, **facts)


def handling(**facts) -> CaseState:
    return do(received(**facts), C.HAND_OVER, unit="Phòng Nghiệp vụ Y")


def with_result(**facts) -> CaseState:
    return do(handling(**facts), C.RESULT, text="Đã kiểm tra, xử lý xong")


def published() -> CaseState:
    return do(with_result(), C.PUBLISH_ANSWER, redaction_done=True)


# ---- T1 to T9: classification ----


def test_t1_a_received_case_is_moi_with_one_custodian_and_no_group():
    state = received()
    assert (state.state, state.agency, state.group) == (State.MOI, HEALTH, None)


def test_t2_refusal_ends_the_case_and_needs_a_reason():
    state = do(received(), C.REFUSE, text="Không thuộc phạm vi")
    assert (state.state, state.group) == (State.KHONG_TIEP_NHAN, 1)
    assert refused(received(), C.REFUSE, text="   ") is Code.TEXT_MISSING


def test_t3_asking_says_what_is_missing_and_until_when():
    due = NOW + timedelta(days=7)
    state = do(received(), C.ASK_SUPPLEMENT, text="Thiếu địa chỉ", due_at=due)
    assert (state.state, state.group, state.supplement_due_at) == (State.CHO_BO_SUNG, 2, due)
    assert refused(received(), C.ASK_SUPPLEMENT) is Code.TEXT_MISSING
    assert refused(received(), C.ASK_SUPPLEMENT, text="Thiếu", due_at=NOW) is Code.DUE_IN_PAST


def test_t4_a_supplement_reopens_classification_and_names_no_agency_when_the_sender_did_it():
    waiting = do(received(), C.ASK_SUPPLEMENT, text="Thiếu địa chỉ", due_at=NOW + timedelta(days=7))
    (act,) = acts_of(waiting, C.SUPPLEMENT, text="Số 1 phố Mẫu", officer=None)
    assert (act.kind, act.agency, act.officer) == (ActKind.SUPPLEMENTED, None, None)
    state = do(waiting, C.SUPPLEMENT, text="Số 1 phố Mẫu", officer=None)
    assert (state.state, state.group, state.supplement_due_at) == (State.MOI, None, None)
    assert refused(received(), C.SUPPLEMENT, text="x") is Code.WRONG_STATE
    assert refused(waiting, C.SUPPLEMENT, text=" ", officer=None) is Code.TEXT_MISSING


def test_t5_the_clock_lapses_only_after_a_known_end():
    due = NOW + timedelta(days=7)
    waiting = do(received(), C.ASK_SUPPLEMENT, text="Thiếu địa chỉ", due_at=due)
    assert refused(waiting, C.LAPSE, officer=None, at=due) is Code.NOT_LAPSED
    state = do(waiting, C.LAPSE, officer=None, at=due + timedelta(microseconds=1))
    assert state.state is State.HET_HAN_BO_SUNG
    (act,) = acts_of(waiting, C.LAPSE, officer=None, at=due + timedelta(seconds=1))
    assert act.details["reason_code"] == "HET_HAN_BO_SUNG"
    endless = do(received(), C.ASK_SUPPLEMENT, text="Thiếu địa chỉ")
    assert refused(endless, C.LAPSE, officer=None, at=NOW + timedelta(days=99)) is Code.NOT_LAPSED


def test_t6_g3_changes_custody_and_the_group_starts_anew():
    state = do(received(), C.REASSIGN, to_agency=COMMUNE)
    assert (state.state, state.agency, state.group) == (State.MOI, COMMUNE, None)
    assert state.moved_away == {HEALTH}


def test_t6_a_case_never_returns_to_an_agency_that_transferred_it_away():
    """A → B → A is refused at the third hop; the province role takes it instead (R19)."""
    there = do(received(), C.REASSIGN, to_agency=COMMUNE)
    assert refused(there, C.REASSIGN, to_agency=HEALTH) is Code.PING_PONG
    state = do(there, C.TO_PROVINCE_ROLE, text="Chưa rõ thẩm quyền")
    assert (state.state, state.agency) == (State.CHO_PHAN_CONG, OFFICE)


@pytest.mark.parametrize(
    ("receiver", "code"),
    [
        (DISTRICT, Code.RECEIVER_INACTIVE),
        (HEALTH, Code.RECEIVER_IS_SENDER),
        ("000.00.99.H56", Code.RECEIVER_UNKNOWN),
        (None, Code.RECEIVER_MISSING),
    ],
)
def test_t6_the_receiver_is_another_agency_that_is_active_today(receiver, code):
    assert refused(received(), C.REASSIGN, to_agency=receiver) is code


def test_t6_a_closed_district_is_refused_with_its_successor():
    with pytest.raises(WorkflowRefused) as caught:
        do(received(), C.REASSIGN, to_agency=DISTRICT)
    assert COMMUNE in caught.value.text_vi


def test_t6_a_district_could_still_receive_on_its_last_day():
    last = datetime(2025, 6, 30, 16, 59, tzinfo=UTC)  # 23:59 in Hà Nội
    assert do(received(at=last), C.REASSIGN, to_agency=DISTRICT, at=last).agency == DISTRICT
    assert refused(received(at=last), C.REASSIGN, to_agency=DISTRICT, at=last + timedelta(minutes=1)) is (
        Code.RECEIVER_INACTIVE
    )


def test_t7_the_role_goes_to_its_holder_of_the_day():
    old = datetime(2025, 6, 1, tzinfo=UTC)
    state = do(received(at=old), C.TO_PROVINCE_ROLE, text="Chưa rõ", at=old)
    assert state.agency == PROVINCE
    assert do(received(), C.TO_PROVINCE_ROLE, text="Chưa rõ").agency == OFFICE
    assert refused(received(), C.TO_PROVINCE_ROLE) is Code.TEXT_MISSING


def test_t8_only_the_holder_assigns_and_it_may_choose_itself():
    waiting = do(received(), C.TO_PROVINCE_ROLE, text="Chưa rõ")
    assert do(waiting, C.ASSIGN_FROM_PROVINCE, to_agency=COMMUNE).agency == COMMUNE
    assert do(waiting, C.ASSIGN_FROM_PROVINCE, to_agency=OFFICE).state is State.MOI
    code = refused(waiting, C.ASSIGN_FROM_PROVINCE, to_agency=COMMUNE, agency=HEALTH)
    assert code is Code.NOT_PROVINCE_ROLE
    assert refused(received(), C.ASSIGN_FROM_PROVINCE, to_agency=COMMUNE) is Code.WRONG_STATE


def test_t8_the_province_role_may_give_a_case_back_to_who_moved_it_away():
    """The guard of R19 binds agencies among themselves, not the authority that ends their dispute."""
    waiting = do(received(), C.TO_PROVINCE_ROLE, text="Chưa rõ")
    assert do(waiting, C.ASSIGN_FROM_PROVINCE, to_agency=HEALTH).agency == HEALTH


def test_t9_hand_over_tells_accepted_and_assigned():
    due = NOW + timedelta(days=14)
    accepted, assigned = acts_of(received(), C.HAND_OVER, unit="Phòng Nghiệp vụ Y", due_at=due)
    assert (accepted.kind, assigned.kind) == (ActKind.ACCEPTED, ActKind.ASSIGNED)
    state = do(received(), C.HAND_OVER, unit="Phòng Nghiệp vụ Y", due_at=due)
    assert (state.state, state.group, state.unit, state.due_at) == (
        State.DANG_XU_LY, 4, "Phòng Nghiệp vụ Y", due,
    )  # fmt: skip


def test_t9_the_unit_is_of_the_same_agency():
    assert refused(received(), C.HAND_OVER) is Code.UNIT_MISSING
    assert refused(received(), C.HAND_OVER, unit=COMMUNE) is Code.UNIT_ELSEWHERE
    assert do(received(), C.HAND_OVER, unit=INNER).unit == INNER


@pytest.mark.parametrize("nature", ["khieu_nai", "to_cao", "tu_van_phap_luat"])
def test_t9_complaints_denunciations_and_legal_advice_are_never_handed_over(nature):
    assert refused(received(facts={"nature": nature}), C.HAND_OVER, unit="Phòng X") is Code.OUT_OF_SCOPE


def test_t9_a_field_out_of_scope_blocks_local_cases_only():
    """R02, R03 bind the local pack; a portal's case follows its own law (R01)."""
    outside = {"field_in_scope": False}
    assert refused(received(facts=outside), C.HAND_OVER, unit="Phòng X") is Code.FIELD_OUT_OF_SCOPE
    portal = received(facts={**outside, "portal_born": True})
    assert do(portal, C.HAND_OVER, unit="Phòng X").state is State.DANG_XU_LY


# ---- T10 to T16: handling and answer ----


def test_t10_coordination_is_a_child_task_and_the_lead_keeps_the_case():
    asked = do(handling(), C.COORDINATE, text="Đề nghị phối hợp", to_agencies=(COMMUNE, OFFICE))
    assert (asked.state, asked.agency, asked.coordinators) == (State.DANG_XU_LY, HEALTH, (COMMUNE, OFFICE))
    answered = do(asked, C.COORDINATION_ANSWER, agency=COMMUNE, text="Đã kiểm tra")
    assert answered.coordinators == (OFFICE,)
    assert refused(asked, C.COORDINATION_ANSWER, agency=PROVINCE, text="x") is Code.NOT_COORDINATOR
    assert refused(asked, C.COORDINATE, text="x", to_agencies=(COMMUNE,)) is Code.ALREADY_SO
    assert refused(handling(), C.COORDINATE, text="x", to_agencies=(HEALTH,)) is Code.RECEIVER_IS_SENDER
    assert refused(handling(), C.COORDINATE, text="x") is Code.RECEIVER_MISSING


def test_t11_a_late_notice_gives_a_reason_and_changes_no_state():
    due = NOW + timedelta(days=14)
    case = do(received(), C.HAND_OVER, unit="Phòng X", due_at=due)
    assert refused(case, C.LATE_NOTICE, text="Chờ giám định", at=due) is Code.NOT_LATE
    late = do(case, C.LATE_NOTICE, text="Chờ giám định", at=due + timedelta(seconds=1))
    assert late == case
    assert refused(case, C.LATE_NOTICE, at=due + timedelta(days=1)) is Code.TEXT_MISSING


def test_progress_changes_no_state():
    assert do(handling(), C.PROGRESS, text="Đang xác minh") == handling()
    assert refused(received(), C.PROGRESS, text="x") is Code.WRONG_STATE


def test_t12_a_result_is_a_text_or_a_signed_file():
    assert do(handling(), C.RESULT, text="Đã xử lý").state is State.CO_KET_QUA
    assert do(handling(), C.RESULT, attachments=("register:7",)).result_files == ("register:7",)
    assert refused(handling(), C.RESULT) is Code.TEXT_MISSING


def test_t13_publication_is_the_answer_version_1():
    (act,) = acts_of(with_result(), C.PUBLISH_ANSWER, redaction_done=True, signer="Trần Thị Mẫu")
    assert act.kind is ActKind.ANSWERED
    assert act.details == {"publishable": "1", "version": "1", "signer": "Trần Thị Mẫu"}
    assert act.text == "Đã kiểm tra, xử lý xong"
    assert published().state is State.DA_CONG_KHAI


def test_t13_nothing_private_restricted_or_unredacted_is_published():
    assert refused(with_result(), C.PUBLISH_ANSWER) is Code.REDACTION_MISSING
    private = with_result(private=True)
    assert refused(private, C.PUBLISH_ANSWER, redaction_done=True) is Code.IS_PRIVATE
    held = do(with_result(), C.RESTRICT, hold=True)
    assert refused(held, C.PUBLISH_ANSWER, redaction_done=True) is Code.IS_PRIVATE


def test_t14_a_private_case_is_answered_privately_and_closed():
    answered, closed = acts_of(with_result(private=True), C.ANSWER_PRIVATELY)
    assert answered.details["publishable"] == "0"
    assert closed.kind is ActKind.CLOSED
    assert do(with_result(private=True), C.ANSWER_PRIVATELY).state is State.DA_TRA_LOI_RIENG
    assert refused(with_result(), C.ANSWER_PRIVATELY) is Code.NOT_PRIVATE


def test_t15_takes_a_case_off_the_system_and_nothing_follows():
    state = do(handling(), C.RESTRICT, text="MẬT: nội dung này không được ghi")
    assert state.state is State.NGOAI_HE_THONG
    (act,) = acts_of(handling(), C.RESTRICT, text="MẬT: nội dung này không được ghi")
    assert act.text is None
    assert all(refused(state, name, text="x", hold=True) is Code.OFF_SYSTEM for name in C)
    assert allowed(state) == ()
    assert refused(published(), C.RESTRICT) is Code.FINAL


def test_t16_sending_back_needs_a_reason_and_keeps_the_due_date():
    due = NOW + timedelta(days=14)
    case = do(received(), C.HAND_OVER, unit="Phòng X", due_at=due)
    state = do(do(case, C.RESULT, text="Chưa đủ"), C.SEND_BACK, text="Thiếu số liệu")
    assert (state.state, state.due_at) == (State.DANG_XU_LY, due)
    assert refused(with_result(), C.SEND_BACK) is Code.TEXT_MISSING


# ---- portals, corrections, privacy, recall ----


@pytest.mark.parametrize(
    ("command", "facts", "kind"),
    [
        (C.RETURN_TO_VPCP, {}, ActKind.RETURNED),
        (C.TRANSFER_OUT, {"to_agency": "000.00.00.G09"}, ActKind.TRANSFERRED),
    ],
)
def test_only_a_portals_case_leaves_the_province_and_then_it_is_final(command, facts, kind):
    portal = received(facts={"portal_born": True})
    (act,) = acts_of(portal, command, text="Không thuộc thẩm quyền của tỉnh", **facts)
    assert act.kind is kind
    assert do(portal, command, text="Không thuộc thẩm quyền", **facts).state is State.KHONG_TIEP_NHAN
    assert refused(received(), command, text="x", **facts) is Code.NOT_PORTAL_BORN
    assert refused(portal, command, **facts) is Code.TEXT_MISSING


def test_an_agency_of_the_province_is_reached_by_reassign():
    portal = received(facts={"portal_born": True})
    assert refused(portal, C.TRANSFER_OUT, text="x", to_agency=COMMUNE) is Code.RECEIVER_INSIDE


def test_a_correction_is_a_new_version_with_its_reason_and_the_state_stays():
    facts = {"text": "Đính chính số liệu", "reason_code": "SAI_SO_LIEU", "redaction_done": True}
    (act,) = acts_of(published(), C.CORRECT_ANSWER, **facts)
    assert (act.details["version"], act.details["corrects"]) == ("2", "1")
    state = do(published(), C.CORRECT_ANSWER, **facts)
    assert (state.state, state.answer_version) == (State.DA_CONG_KHAI, 2)
    assert refused(published(), C.CORRECT_ANSWER, text="x", redaction_done=True) is Code.TEXT_MISSING
    assert refused(with_result(), C.CORRECT_ANSWER, **facts) is Code.WRONG_STATE


def test_a_correction_of_a_case_made_private_is_not_publishable():
    private = do(published(), C.MAKE_PRIVATE, officer=None)
    answered, closed = acts_of(private, C.CORRECT_ANSWER, text="Đính chính", reason_code="X")
    assert (answered.details["publishable"], closed.kind) == ("0", ActKind.CLOSED)
    assert do(private, C.CORRECT_ANSWER, text="Đính chính", reason_code="X").state is State.DA_CONG_KHAI


def test_privacy_can_be_asked_for_in_any_state_and_once():
    for case in (received(), handling(), with_result(), published()):
        private = do(case, C.MAKE_PRIVATE, officer=None)
        assert private.private
        assert private.state is case.state
        assert refused(private, C.MAKE_PRIVATE) is Code.ALREADY_SO


def test_a_hold_is_released_by_a_named_official_with_a_reason():
    held = received(restricted=True)
    assert held.held
    assert refused(held, C.RELEASE_HOLD, text="Không phải tố cáo", officer=None) is Code.OFFICER_MISSING
    assert not do(held, C.RELEASE_HOLD, text="Không phải tố cáo").held
    assert refused(received(), C.RELEASE_HOLD, text="x") is Code.NOT_ON_HOLD


def test_a_recall_waits_for_a_person():
    """Flagged, never closed by itself; decisions stop; refusing it lets the case go on (rules §3.6)."""
    case = advance(handling(facts={"portal_born": True}), foreign(ActKind.RECALLED))
    assert (case.state, case.recalled) == (State.DANG_XU_LY, True)
    assert refused(case, C.RESULT, text="x") is Code.RECALL_PENDING
    assert do(case, C.RECALL_REFUSED, text="Đang xử lý xong").state is State.DANG_XU_LY
    assert do(case, C.RECALL_AGREED).state is State.KHONG_TIEP_NHAN
    assert refused(case, C.RECALL_AGREED, officer="connector") is Code.SERVICE_ACCOUNT
    assert refused(handling(), C.RECALL_AGREED) is Code.NOT_RECALLED


def test_rework_of_a_final_case_raises_a_flag_that_the_corrected_answer_takes_down():
    case = advance(published(), foreign(ActKind.RETURNED_FOR_REWORK, text="Chưa rõ"))
    assert (case.state, case.rework) == (State.DA_CONG_KHAI, True)
    facts = {"text": "Làm rõ", "reason_code": "CONG_TRA_LAI", "redaction_done": True}
    corrected = do(case, C.CORRECT_ANSWER, **facts)
    assert (corrected.rework, corrected.answer_version) == (False, 2)


def test_rework_before_the_end_is_a_note_until_a_person_sends_it_back():
    case = advance(with_result(), foreign(ActKind.RETURNED_FOR_REWORK))
    assert case.state is State.CO_KET_QUA
    assert not do(case, C.SEND_BACK, text="Cổng trả lại").rework


def test_a_portal_supplement_reopens_a_waiting_case_and_is_a_note_elsewhere():
    waiting = do(received(), C.ASK_SUPPLEMENT, text="Thiếu")
    assert advance(waiting, foreign(ActKind.SUPPLEMENTED)).state is State.MOI
    for case in (received(), handling(), published()):
        assert advance(case, foreign(ActKind.SUPPLEMENTED)) == case


@pytest.mark.parametrize(
    "kind",
    sorted(
        set(ActKind)
        - {ActKind.SUPPLEMENTED, ActKind.MADE_PRIVATE, ActKind.RECALLED, ActKind.RETURNED_FOR_REWORK}
    ),
)
def test_every_other_foreign_act_is_a_note(kind):
    for case in (received(), handling(), with_result(), published()):
        assert advance(case, foreign(kind)) == case


# ---- who acts ----

_HUMAN = sorted(set(C) - {C.LAPSE, C.SUPPLEMENT, C.MAKE_PRIVATE})


@pytest.mark.parametrize("name", _HUMAN)
@pytest.mark.parametrize(
    ("officer", "code"),
    [
        (None, Code.OFFICER_MISSING),
        ("svc-dong-bo", Code.SERVICE_ACCOUNT),
        ("connector", Code.SERVICE_ACCOUNT),
        ("cong-zalo", Code.SERVICE_ACCOUNT),
        ("Nguyễn Văn A", Code.SERVICE_ACCOUNT),
    ],
)
def test_every_human_step_names_an_official_and_never_a_service_account(name, officer, code):
    """R09."""
    cases = (
        received(facts={"portal_born": True}),
        do(received(), C.TO_PROVINCE_ROLE, text="x"),
        handling(),
        with_result(),
        with_result(private=True),
        published(),
        advance(handling(), foreign(ActKind.RECALLED)),
        received(restricted=True),
        do(handling(), C.COORDINATE, text="x", to_agencies=(COMMUNE,)),
        handling(facts={"nature": "quy_dinh_hanh_chinh"}),
    )
    judged = [case for case in cases if name in allowed(case)]
    assert judged
    for case in judged:
        assert refused(case, name, officer=officer, text="x", agency=COMMUNE) is code


def test_only_the_custodian_acts():
    assert refused(received(), C.REFUSE, text="x", agency=COMMUNE) is Code.NOT_CUSTODIAN


# ---- foreign acts at the door ----


def test_a_foreign_decision_needs_its_official_and_inner_steps_are_never_taken():
    for kind in DECISIONS:
        with pytest.raises(RegisterRefused) as caught:
            taken(received(), foreign(kind))
        assert caught.value.code is Code.DECISION_WITHOUT_OFFICER
        assert taken(received(), foreign(kind, officer="cb-cong-01")).kind is kind
        assert taken(received(), foreign(kind), inside=False).kind is kind, "history of a body outside"
    for kind in NEVER:
        with pytest.raises(RegisterRefused) as caught:
            taken(received(), foreign(kind, officer="cb-cong-01"))
        assert caught.value.code is Code.ACT_NOT_TAKEN


def test_a_foreign_act_cannot_claim_to_be_born_here():
    with pytest.raises(RegisterRefused) as caught:
        taken(received(), replace(foreign(ActKind.RATED), id="register:5"))
    assert caught.value.code is Code.ACT_NOT_FOREIGN


def test_acts_after_t15_are_kept_without_text():
    gone = do(handling(), C.RESTRICT)
    act = foreign(ActKind.RATED, text="Nội dung", details={"comment": "Nội dung"}, attachments=("a",))
    kept = taken(gone, act)
    assert (kept.text, kept.details, kept.attachments) == (None, {}, ())


def test_every_refusal_has_texts_in_both_languages_and_a_next_step():
    assert set(REFUSALS) == set(Code)
    for code in Code:
        refusal = REFUSALS[code]
        assert all((refusal.vi, refusal.en, refusal.next_vi, refusal.next_en))
        error = RegisterRefused(code).body()["error"]
        assert error["code"] == code.value
        assert error["next_step"]


# ---- the invariants of §3.3 under random commands ----

_WILD = st.builds(
    Command,
    name=st.sampled_from(sorted(C)),
    at=st.integers(0, 60).map(lambda days: NOW + timedelta(days=days)),
    officer=st.sampled_from(["cb-mau-01", "svc-x", None]),
    agency=st.sampled_from([None, HEALTH, COMMUNE]),
    text=st.sampled_from(["Nội dung", None]),
    to_agency=st.sampled_from([PROVINCE, OFFICE, HEALTH, COMMUNE, DISTRICT, "000.00.99.H56", None]),
    to_agencies=st.lists(st.sampled_from([COMMUNE, OFFICE, HEALTH]), max_size=2).map(tuple),
    unit=st.sampled_from(["Phòng X", COMMUNE, None]),
    due_at=st.sampled_from([None, NOW + timedelta(days=10), NOW + timedelta(days=100)]),
    redaction_done=st.booleans(),
    hold=st.booleans(),
    reason_code=st.sampled_from(["X", None]),
)
_FOREIGN = st.sampled_from(
    [ActKind.SUPPLEMENTED, ActKind.RECALLED, ActKind.RETURNED_FOR_REWORK, ActKind.PUBLISHED, ActKind.RATED]
).map(foreign)
_RARE = {C.RESTRICT, C.MAKE_PRIVATE, C.REFUSE, C.RETURN_TO_VPCP, C.TRANSFER_OUT}


@st.composite
def _sensible(draw, state: CaseState) -> Command:
    """A command that the state allows, with facts that are mostly right: it gets a case far."""
    names = [name for name in allowed(state) if name not in _RARE] or list(allowed(state)) or [C.PROGRESS]
    if draw(st.integers(0, 9)) == 0:
        names = list(allowed(state)) or names
    name = draw(st.sampled_from(names))
    other = [code for code in (PROVINCE, OFFICE, HEALTH, COMMUNE) if code != state.agency]
    receiver = "000.00.00.G09" if name is C.TRANSFER_OUT else draw(st.sampled_from(other))
    return Command(
        name=name,
        at=NOW + timedelta(days=draw(st.integers(0, 60))),
        officer="cb-mau-02",
        agency=state.coordinators[0] if name is C.COORDINATION_ANSWER else None,
        text="Nội dung",
        to_agency=receiver,
        unit="Phòng X",
        due_at=draw(st.sampled_from([None, NOW + timedelta(days=61)])),
        redaction_done=True,
        hold=draw(st.booleans()),
        reason_code="X",
    )


def _next_step(draw, state: CaseState) -> Command | Act:
    kind = draw(st.integers(0, 9))
    if kind == 0:
        return draw(_FOREIGN)
    return draw(_WILD) if kind < 3 else draw(_sensible(state))


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data(), portal_born=st.booleans(), private=st.booleans(), restricted=st.booleans())
def test_random_commands_never_break_the_invariants(data, portal_born, private, restricted):
    blank = CaseState(portal_born=portal_born)
    first = submit(
        at=NOW, agency=HEALTH, officer=None, receipt="0" * 64, private=private, restricted=restricted
    ).numbered("register:1")
    acts, state = [first], advance(blank, first)
    for number in range(2, 2 + data.draw(st.integers(1, 20))):
        step = _next_step(data.draw, state)
        if isinstance(step, Command):
            try:
                new = decide(state, step, DIRECTORY)
            except WorkflowRefused:
                continue
            told = [act.numbered(f"register:{number}-{place}") for place, act in enumerate(new)]
            assert told, "an accepted command leaves an act"
            _check_command(state, step, told)
        else:
            told = [taken(state, step)]
        after = replay(told, state)
        _check_step(state, after, told)
        acts += told
        state = after
    event(str(state.state))
    assert replay(acts, blank) == state
    assert cached(replay(acts, blank)) == cached(state)


def _check_command(state: CaseState, command: Command, told: list[Act]) -> None:
    assert state.state is not State.NGOAI_HE_THONG, "nothing is done after T15"
    assert command.name in allowed(state) or command.name is C.LAPSE
    for act in told:
        if act.kind not in {ActKind.LAPSED, ActKind.SUPPLEMENTED, ActKind.MADE_PRIVATE}:
            assert act.officer in {"cb-mau-01", "cb-mau-02"}
        if act.kind is ActKind.REASSIGNED and not {"to_role", "from_role"} & set(act.details):
            assert act.details["to_agency"] not in state.moved_away
        if act.kind is ActKind.ANSWERED:
            assert int(act.details["version"]) == state.answer_version + 1
            assert not (act.details["publishable"] == "1" and (state.private or state.held))


def _check_step(before: CaseState, after: CaseState, told: list[Act]) -> None:
    if before.state in FINAL:
        assert after.state is before.state, "final states never leave final"
    assert after.agency in DIRECTORY.agencies, "one custodian, always a known one"
    assert after.agency == before.agency or any(act.kind is ActKind.REASSIGNED for act in told)
    assert after.private or not before.private, "privacy only tightens"
    if before.held and not after.held:
        assert any(act.officer and act.details.get("decision") == "hold_released" for act in told)
    if after.group != before.group and after.group is not None:
        assert before.state in {State.MOI, State.CHO_PHAN_CONG}, "a group is given only while MOI"
    assert after.answer_version >= before.answer_version
    assert before.moved_away <= after.moved_away
