"""Which fault strikes when: reproducible from a seed, each switch with its own stream (adapters/twin_kit)."""

from statistics import median
from typing import Any

import pytest

from adapters.government_portal.twin.profile import Profile as GovernmentProfile
from adapters.national_portal.twin import Profile as NationalProfile
from adapters.twin_kit.faults import CALM, Faults
from adapters.twin_kit.journal import KEPT, Effect, Effects, Journal, begin_trace
from adapters.twin_kit.lists import bent
from adapters.twin_kit.program import load_profile, shipped
from adapters.twin_kit.switches import ProfileError, Switches


def faults(seed: int = 1, **switches: Any) -> Faults[Switches]:
    return Faults(Switches.parse(switches), seed)


def walk(found: Faults[Switches], calls: int = 300) -> list[str | None]:
    plans = [found.plan("dich-vu", write=True) for _ in range(calls)]
    return [plan.before or plan.after for plan in plans]


def test_the_same_seed_and_order_of_calls_give_the_same_faults() -> None:
    switches = {"http_503": 0.2, "slow": 0.2, "latency_median_s": 0.1}
    assert walk(faults(7, **switches)) == walk(faults(7, **switches))
    assert walk(faults(7, **switches)) != walk(faults(8, **switches))


def test_turning_one_fault_shifts_no_other() -> None:
    alone = walk(faults(http_503=0.2))
    beside = walk(faults(http_503=0.2, slow=0.5, drop_after_commit=0.3, wrong_charset=0.1))
    struck = [place for place, mode in enumerate(alone) if mode == "http_503"]
    assert len(struck) > 20
    assert [place for place, mode in enumerate(beside) if mode == "http_503"] == struck


def test_of_several_faults_the_first_of_the_order_strikes() -> None:
    assert walk(faults(http_503=True, drop_before=True, slow=True), 1) == ["drop_before"]


def test_a_share_strikes_about_as_often_as_it_says() -> None:
    assert 230 < walk(faults(http_503=0.25), 1000).count("http_503") < 270


def test_everything_off_costs_no_draw() -> None:
    found = faults()
    assert found.plan("dich-vu", write=True) is CALM
    assert not found.strikes("empty_list")
    assert not found.picks("stale_read", 5)


def test_an_ordered_failure_wins_is_counted_and_waits_for_its_service() -> None:
    found = faults(http_503=True, fail_next={"mode": "slow", "service": "a", "times": 2, "delay_s": 0.5})
    assert [found.plan(name, write=False).before for name in ("b", "a", "a", "a")] == [
        "http_503",
        None,
        None,
        "http_503",
    ]
    assert found.rules() == []


def test_a_failure_after_commit_waits_for_a_write() -> None:
    found = faults(fail_next={"mode": "drop_after_commit"})
    assert found.plan("doc", write=False) == CALM
    assert found.plan("ghi", write=True).after == "drop_after_commit"
    assert found.plan("ghi", write=True) is CALM, "calm again when the order is carried out"


def test_latency_is_log_normal_with_the_stated_median_and_sigma() -> None:
    found = faults(latency_s=1.0, latency_median_s=0.2, latency_sigma=0.5)
    waits = sorted(found.plan("dich-vu", write=False).latency_s - 1.0 for _ in range(2000))
    assert 0.18 < median(waits) < 0.22
    assert 0.2 * 2.718**0.5 * 0.9 < waits[int(0.841 * 2000)] < 0.2 * 2.718**0.5 * 1.1


def test_a_patch_goes_on_where_the_draws_are_and_a_put_begins_again() -> None:
    whole = walk(faults(http_503=0.3), 40)
    found = faults(http_503=0.3)
    first = walk(found, 20)
    found.turn(found.profile.changed({"slow_s": 9}), afresh=False)
    assert first + walk(found, 20) == whole
    found.turn(found.profile)
    assert walk(found, 20) == first


@pytest.mark.parametrize(("pick", "meant"), [(True, {4, 5, 6}), (2, {4, 6}), ([5], {5}), (False, set())])
def test_a_pick_means_cases(pick: Any, meant: set[int]) -> None:
    found = faults(stale_read=pick)
    assert {case for case in (4, 5, 6) if found.picks("stale_read", case)} == meant


def test_a_pick_below_one_is_a_share_of_the_reads() -> None:
    found = faults(stale_read=0.25)
    assert 60 < sum(found.picks("stale_read", 5) for _ in range(300)) < 90


def test_lose_first_means_each_case_once() -> None:
    found = faults(lose_first="creates")
    made = [Effect(case="1", kind="create", key="A")]
    assert [found.loses_reply(made), found.loses_reply(made)] == [True, False]
    assert not found.loses_reply([Effect(case="1", kind="answer", key="1")])
    assert faults(lose_first="writes").loses_reply([Effect(case="1", kind="answer", key="1")])


def test_faults_of_lists_leave_the_list_itself_alone() -> None:
    rows = list(range(9))
    assert bent(rows, faults()) is rows
    assert len(bent(rows, faults(omit_rows=True, reorder=True))) == 6
    assert rows == list(range(9))
    assert bent([1], faults(shifting_list=True)) == [1]


# ---- profiles -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [
        {"khong_co": True},
        {"http_503": 2},
        {"http_503": "true"},
        {"http_503": None},
        {"unknown_status": 0},
        {"unknown_status": ["x"]},
        {"stale_read": 1.5},
        {"lose_first": "reads"},
        {"latency_s": -1},
        {"retry_after_s": 1.5},
        {"retry_after_form": None},
        {"clock_skew_s": True},
        {"huge_bytes": -1},
        {"fault_services": "login"},
        {"valid_passwords": [True]},
        {"fail_next": {"service": "login"}},
        {"fail_next": {"mode": "explode"}},
        {"fail_next": {"mode": "slow", "delay_s": "1"}},
        {"fail_next": {"mode": "slow", "times": 0}},
        {"fail_next": {"mode": "slow", "kind": 1}},
        {"fail_next": [3]},
    ],
)
@pytest.mark.parametrize("profile", [NationalProfile, GovernmentProfile])
def test_a_profile_names_what_it_does_not_know(profile: type[Switches], wrong: dict[str, Any]) -> None:
    with pytest.raises(ProfileError, match=next(iter(wrong))):
        profile.parse(wrong)


def test_all_unknown_switches_are_named_at_once() -> None:
    with pytest.raises(ProfileError, match="unknown switches: la, sai"):
        Switches.parse({"sai": 1, "busy": True, "la": 2})


@pytest.mark.parametrize("portal", ["national", "government"])
@pytest.mark.parametrize("name", shipped())
def test_a_shipped_profile_fits_both_twins_and_survives_its_dump(name: str, portal: str) -> None:
    profile = {"national": NationalProfile, "government": GovernmentProfile}[portal]
    found = profile.parse(load_profile(name, portal))
    assert profile.parse(found.dump()) == found
    assert (found == profile()) == (name == "calm")


def test_the_shipped_profiles_are_those_the_manual_promises() -> None:
    assert {"calm", "slow", "flaky", "lossy", "hostile", "worst"} <= set(shipped())


@pytest.mark.parametrize("profile", [NationalProfile, GovernmentProfile])
def test_worst_turns_every_fault_of_a_call_and_loses_every_create_once(profile: type[Switches]) -> None:
    portal = "national" if profile is NationalProfile else "government"
    found = profile.parse(load_profile("worst", portal))
    assert found.lose_first == "creates"
    assert {getattr(found, mode) for mode in profile.modes()} == {0.02}


def test_an_unknown_profile_is_named(tmp_path: Any) -> None:
    (tmp_path / "sai.json").write_text("[1]", "utf-8")
    for name in ("khong-co", str(tmp_path / "sai.json")):
        with pytest.raises(ProfileError, match=name):
            load_profile(name, "national")


# ---- journal and effects ------------------------------------------------------------------------------------


def test_the_journal_is_bounded_and_its_numbers_tell_a_gap() -> None:
    journal = Journal()
    for _ in range(KEPT + 5):
        journal.add("dich-vu", outcome="ok", status=200)
    assert (len(journal), journal.entries()[0]["n"]) == (KEPT, 6)
    assert [entry["n"] for entry in journal.entries(since=KEPT + 3)] == [KEPT + 4, KEPT + 5]
    assert journal.entries(since=KEPT + 5) == []


def test_effects_count_by_natural_key_and_name_what_happened_twice() -> None:
    effects = Effects()
    trace = begin_trace()
    effects.note(7, "create", "A-1")
    effects.note(7, "answer", 1)
    effects.note(7, "answer", 1)
    effects.note(8, "create", "A-1")
    effects.note("", "upload", "tep/1")
    assert len(trace.effects) == 5
    found = effects.dump()
    first = found["cases"][0]
    assert (first["case"], first["creates"], first["answers"], first["acts"]) == ("7", 1, 2, 0)
    assert first["keys"] == {"create:A-1": 1, "answer:1": 2}
    assert found["repeated"] == [{"case": "7", "key": "answer:1"}, {"case": None, "key": "create:A-1"}]


def test_who_reads_many_cases_is_told_which_have_changed() -> None:
    effects = Effects()
    effects.touch(7)
    effects.note(8, "act", "ACCEPTED/1")
    first = effects.last
    assert effects.touched(0) == ["7", "8"]
    effects.touch(7)
    assert effects.touched(first) == ["7"]
    assert effects.touched(0) == ["8", "7"], "each once, the newest last"
    effects.clear()
    effects.touch(9)
    assert effects.touched(effects.last - 1) == ["9"], "numbers go on"
