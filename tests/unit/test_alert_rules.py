"""When an alert is raised, told again, silenced and ended: a function of facts, state and time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from connector.alerts.condition import EXPIRING, GRAVE, MILESTONES, Condition, Fact, Grade, grade
from connector.alerts.judge import TELLS, Alert, Kind, Patience, Step, Word, after, judge

NOW = datetime(2026, 11, 18, 1, tzinfo=UTC)
PATIENCE = Patience()
EVERY = frozenset(Condition)
MINUTE = timedelta(minutes=1)


def fact(
    condition: Condition = Condition.IN_DOUBT, subject: str | None = "national_portal", count: int = 1
) -> Fact:
    return Fact(condition=condition, subject=subject, count=count)


def raised(found: Fact, at: datetime = NOW, number: int = 1) -> Alert:
    return Alert(id=number, fact=found, raised_at=at, told_at=at, told_weight=found.weight)


def step(alert: Alert, found: Fact | None, at: datetime, looked: frozenset[Condition] = EVERY) -> Step | None:
    steps = judge([found] if found else [], [alert], looked=looked, now=at, patience=PATIENCE)
    assert len(steps) <= 1
    return steps[0] if steps else None


def kind(alert: Alert, found: Fact | None, at: datetime) -> Kind:
    made = step(alert, found, at)
    assert made is not None
    return made.kind


# ---- one alert a condition and subject -------------------------------------------------------------------------


def test_the_facts_of_one_condition_and_subject_are_one_alert() -> None:
    facts = [fact(), fact(subject="government_portal"), fact(Condition.NO_PULL)]
    steps = judge(facts, [raised(fact())], looked=EVERY, now=NOW, patience=PATIENCE)
    assert [(one.kind, one.fact and one.fact.key) for one in steps] == [
        (Kind.STAYS, facts[0].key),
        (Kind.RAISED, facts[1].key),
        (Kind.RAISED, facts[2].key),
    ]


def test_grave_ones_come_first() -> None:
    facts = [fact(Condition.CONTRACT_DRIFT), fact(Condition.NO_PULL)]
    steps = judge(facts, [], looked=EVERY, now=NOW, patience=PATIENCE)
    assert [one.fact and one.fact.condition for one in steps] == [Condition.NO_PULL, Condition.CONTRACT_DRIFT]


# ---- told again, until fixed -----------------------------------------------------------------------------------


def test_it_is_repeated_after_its_grades_patience_and_not_before() -> None:
    for condition in Condition:
        alert = raised(fact(condition))
        wait = PATIENCE.grave if condition in GRAVE else PATIENCE.warning
        assert kind(alert, alert.fact, NOW + wait - MINUTE) is Kind.STAYS
        assert kind(alert, alert.fact, NOW + wait) is Kind.AGAIN


def test_twice_as_many_is_told_at_once_and_one_more_is_not() -> None:
    alert = raised(fact(count=4))
    assert kind(alert, fact(count=7), NOW + MINUTE) is Kind.STAYS
    assert kind(alert, fact(count=8), NOW + MINUTE) is Kind.WORSE


def test_an_expiry_is_told_at_each_milestone() -> None:
    for condition in EXPIRING:
        weights = [fact(condition, count=days).weight for days in range(40, -1, -1)]
        assert weights == sorted(weights)
        assert len(set(weights)) == len(MILESTONES) + 1
        assert kind(raised(fact(condition, count=30)), fact(condition, count=15), NOW + MINUTE) is Kind.STAYS
        assert kind(raised(fact(condition, count=15)), fact(condition, count=14), NOW + MINUTE) is Kind.WORSE


# ---- a person's word -------------------------------------------------------------------------------------------


def test_an_acknowledged_alert_is_silent_until_it_gets_worse() -> None:
    alert = replace(raised(fact(count=2)), acknowledged=Word(by="cb-mau-01", at=NOW, note="đang gọi cổng"))
    assert kind(alert, fact(count=3), NOW + timedelta(days=9)) is Kind.STAYS
    worse = step(alert, fact(count=4), NOW + MINUTE)
    assert worse is not None
    assert worse.kind is Kind.WORSE
    assert after(worse, alert, NOW).acknowledged is None, "it is somebody's anew"


def test_a_snoozed_alert_is_silent_until_its_time_whatever_happens_and_told_then() -> None:
    until = NOW + timedelta(hours=6)
    word = Word(by="cb-mau-01", at=NOW, note="cổng bảo trì", until=until)
    alert = replace(raised(fact()), snoozed=word)
    assert kind(alert, fact(count=1000), until - MINUTE) is Kind.STAYS
    over = step(alert, fact(), until)
    assert over is not None
    assert over.kind is Kind.AGAIN
    assert after(over, alert, until).snoozed is None


def test_the_end_of_a_snoozed_alert_is_no_news_and_that_of_any_other_is() -> None:
    alert = replace(raised(fact()), gone_since=NOW)
    ended = step(alert, None, NOW + PATIENCE.calm)
    assert ended is not None
    assert (ended.kind, ended.tells) == (Kind.ENDED, True)
    word = Word(by="cb-mau-01", at=NOW, note="x", until=NOW + timedelta(days=1))
    ended = step(replace(alert, snoozed=word), None, NOW + PATIENCE.calm)
    assert ended is not None
    assert (ended.kind, ended.tells) == (Kind.ENDED, False)


# ---- the end ---------------------------------------------------------------------------------------------------


def test_what_comes_and_goes_within_minutes_is_one_alert() -> None:
    alert = raised(fact())
    for minute in range(1, 60):
        now = NOW + minute * MINUTE
        made = step(alert, fact() if minute % 4 == 0 else None, now)
        assert made is not None
        assert made.kind in {Kind.STAYS, Kind.FADES}
        alert = after(made, alert, now)
    assert alert.tellings == 1


def test_what_could_not_be_looked_at_neither_ends_nor_fades() -> None:
    alert = raised(fact())
    assert step(alert, None, NOW + timedelta(days=1), looked=EVERY - {Condition.IN_DOUBT}) is None


# ---- by property -----------------------------------------------------------------------------------------------

COUNTS = st.one_of(st.none(), st.integers(1, 500))
MOMENTS = st.lists(
    st.tuples(st.integers(1, 600), COUNTS, st.sampled_from(["", "ack", "snooze"])), max_size=60
)


@settings(max_examples=150, deadline=None)
@given(condition=st.sampled_from(sorted(Condition)), moments=MOMENTS)
def test_no_alert_is_forgotten_and_none_is_told_without_need(
    condition: Condition, moments: list[tuple[int, int | None, str]]
) -> None:
    """Whatever happens in whatever order, somebody hears of what holds, in time, and nobody hears it too often."""
    now, alert = NOW, raised(fact(condition))
    patience = PATIENCE.of(condition)
    for minutes, count, word in moments:
        now += minutes * MINUTE
        found = None if count is None else fact(condition, count=count)
        made = step(alert, found, now)
        assert made is not None
        before, alert = alert, after(made, alert, now)
        silent = before.acknowledged is not None or (
            before.snoozed is not None and before.snoozed.until is not None and now < before.snoozed.until
        )
        if made.kind in TELLS:
            assert found is not None, "nothing is told that does not hold"
            worse, waited = found.weight > before.told_weight, now - before.told_at >= patience
            assert worse or waited or before.snoozed is not None
            assert alert.told_at == now
        elif found is not None:
            assert silent or (now - before.told_at < patience and found.weight <= before.told_weight)
        if made.kind is Kind.ENDED:
            assert alert.ended_at == now
            assert before.gone_since is not None
            assert now - before.gone_since >= PATIENCE.calm
            return
        assert alert.ended_at is None
        assert (alert.gone_since is None) == (found is not None)
        said = Word(by="cb-mau-01", at=now, note="x", until=now + timedelta(hours=2))
        if word == "ack":
            alert = replace(alert, acknowledged=replace(said, until=None), snoozed=None)
        elif word == "snooze":
            alert = replace(alert, snoozed=said, acknowledged=None)


def test_every_condition_has_a_grade() -> None:
    assert {grade(one) for one in Condition} == set(Grade)
