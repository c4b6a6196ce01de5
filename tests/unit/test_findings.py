"""The life of a finding, and how grave it is: pure."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from connector.errors import PrivacyStop
from connector.mapping.intent import IntentKind
from connector.merge import Side
from connector.reconcile.explain import Surroundings, Write, explain
from connector.reconcile.findings import (
    Cause,
    Difference,
    Finding,
    FindingClass,
    Role,
    Seen,
    Severity,
    Step,
    ends_acknowledgement,
    is_repairable,
    name_of,
    next_step,
    print_of,
    role_of,
    severity_of,
)

NOW = datetime(2026, 11, 18, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
MISSING = Difference(
    kind=FindingClass.ACT_MISSING,
    system="national_portal",
    cause=Cause.UNKNOWN,
    side=Side.THERE,
    case_id=7,
    field="register:1",
    repairable=True,
)


def seen(told: Difference = MISSING, severity: Severity = Severity.NORMAL) -> Seen:
    return Seen(difference=told, severity=severity, role=Role.UNIT)


def stored(told: Difference = MISSING, *, closed: bool = False) -> Finding:
    return Finding(
        id=1,
        name=name_of(told),
        kind=told.kind,
        system=told.system,
        side=told.side,
        case_id=told.case_id,
        ref=told.ref,
        field=told.field,
        cause=told.cause,
        code=told.code,
        role=Role.UNIT,
        agency=None,
        severity=Severity.NORMAL,
        due_at=None,
        repairable=told.repairable,
        here_at=None,
        there_at=None,
        first_seen=NOW,
        last_seen=NOW,
        opened_at=NOW,
        closed_at=NOW if closed else None,
        spells=1,
        print=print_of(told),
    )


def write(state: str, *, age: timedelta = 3 * HOUR, code: str | None = None) -> Write:
    return Write(
        side=Side.THERE,
        intent=IntentKind.APPEND,
        act_id="register:1",
        state=state,
        code=code,
        created_at=NOW - age,
    )


def explained(*writes: Write, told: Difference = MISSING, **around: object) -> tuple[Difference, ...]:
    return explain([told], Surroundings(writes=writes, **around), NOW, HOUR)  # type: ignore[arg-type]


# ---- life ----


def test_a_finding_opens_stays_closes_and_returns():
    assert next_step(None, seen()) is Step.OPENED
    assert next_step(stored(), seen()) is Step.STAYED
    assert next_step(stored(), None) is Step.CLOSED
    assert next_step(stored(closed=True), seen()) is Step.REOPENED
    assert next_step(stored(closed=True), None) is None
    assert next_step(None, None) is None


@pytest.mark.parametrize(
    "told",
    [
        replace(MISSING, cause=Cause.WAITING),
        replace(MISSING, code="PH-302"),
        replace(MISSING, repairable=False),
        replace(MISSING, values={"here": "a"}),
    ],
)
def test_another_cause_code_or_value_is_a_change_of_the_same_finding(told):
    assert name_of(told) == name_of(MISSING)
    assert next_step(stored(), seen(told)) is Step.CHANGED


def test_a_finding_that_becomes_graver_has_changed_and_one_that_becomes_lighter_has_not():
    assert next_step(stored(), seen(severity=Severity.CRITICAL)) is Step.CHANGED
    assert next_step(stored(), seen(severity=Severity.LOW)) is Step.STAYED


def test_an_acknowledgement_ends_with_every_change_and_with_no_staying():
    assert {step for step in Step if ends_acknowledgement(step)} == {Step.REOPENED, Step.CHANGED, Step.CLOSED}


@pytest.mark.parametrize(
    "other",
    [
        replace(MISSING, kind=FindingClass.LATE),
        replace(MISSING, system="government_portal"),
        replace(MISSING, side=Side.HERE),
        replace(MISSING, case_id=8),
        replace(MISSING, field="register:2"),
    ],
)
def test_class_systems_case_and_field_make_another_finding(other):
    assert name_of(other) != name_of(MISSING)


def test_only_an_open_finding_without_a_choice_is_repairable():
    assert is_repairable(stored())
    assert not is_repairable(stored(closed=True))
    assert not is_repairable(stored(replace(MISSING, repairable=False)))


# ---- severity and owner ----


@pytest.mark.parametrize(
    ("due", "severity"),
    [
        (None, Severity.NORMAL),
        (NOW, Severity.CRITICAL),
        (NOW - HOUR, Severity.CRITICAL),
        (NOW + HOUR, Severity.HIGH),
        (NOW + 3 * HOUR, Severity.NORMAL),
    ],
)
def test_the_nearest_deadline_says_how_grave_it_is(due, severity):
    assert severity_of(MISSING, due, NOW, urgent=2 * HOUR, finished=False) is severity


def test_what_is_over_is_light_and_what_is_missing_is_not():
    assert severity_of(MISSING, None, NOW, urgent=HOUR, finished=True) is Severity.LOW
    gone = replace(MISSING, kind=FindingClass.MISSING_THERE)
    assert severity_of(gone, None, NOW, urgent=HOUR, finished=True) is Severity.HIGH
    tampered = replace(MISSING, kind=FindingClass.TAMPERED_BASELINE)
    assert severity_of(tampered, None, NOW, urgent=HOUR, finished=True) is Severity.CRITICAL


def test_every_class_has_an_owner_and_the_operator_owns_what_the_program_left_undone():
    for kind in set(FindingClass) - {FindingClass.IN_FLIGHT}:
        assert role_of(replace(MISSING, kind=kind))
    assert role_of(MISSING) is Role.UNIT
    assert role_of(replace(MISSING, cause=Cause.NOT_OBSERVED)) is Role.OPERATOR


# ---- causes ----


@pytest.mark.parametrize("state", ["planned", "sent", "waiting", "in_doubt"])
def test_a_write_is_under_way_within_the_grace_and_late_after_it(state):
    [young] = explained(write(state, age=HOUR / 2))
    assert young.kind is FindingClass.IN_FLIGHT
    [old] = explained(write(state))
    assert old.kind is FindingClass.LATE
    assert old.cause is (Cause.IN_DOUBT if state in ("sent", "in_doubt") else Cause.WAITING)
    assert old.repairable


def test_whatever_happened_just_now_is_under_way():
    [told] = explained(active_at=NOW - HOUR / 2)
    assert told.kind is FindingClass.IN_FLIGHT
    [told] = explained(active_at=NOW - HOUR)
    assert told.kind is FindingClass.ACT_MISSING


def test_what_waits_for_a_person_or_was_dismissed_is_not_repaired_by_a_plan():
    [held] = explained(write("quarantined", code="PH-330"))
    assert (held.cause, held.code, held.repairable) == (Cause.FOR_A_PERSON, "PH-330", False)
    [dismissed] = explained(write("dismissed"))
    assert (dismissed.cause, dismissed.repairable) == (Cause.DISMISSED, False)


def test_what_must_not_leave_is_no_difference():
    assert explained(write("cancelled", code=PrivacyStop.code)) == ()
    assert len(explained(write("cancelled", code="PH-320"))) == 1


@pytest.mark.parametrize(
    ("around", "cause"),
    [
        ({"held": frozenset({Side.THERE}), "unread": frozenset({Side.HERE})}, Cause.HELD),
        ({"unread": frozenset({Side.HERE}), "dirty": True}, Cause.NOT_OBSERVED),
        ({"dirty": True}, Cause.NOT_SETTLED),
        ({"put_aside": "PH-402"}, Cause.FOR_A_PERSON),
        ({}, Cause.UNKNOWN),
    ],
)
def test_without_a_write_the_cause_is_what_keeps_one_from_being_planned(around, cause):
    [told] = explained(**around)
    assert told.cause is cause


def test_a_cause_that_the_comparison_knows_is_kept():
    [told] = explained(told=replace(MISSING, cause=Cause.GONE), dirty=True)
    assert told.cause is Cause.GONE
