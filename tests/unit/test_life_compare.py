"""The judge: it finds what is planted, and nothing where nothing is."""

import asyncio
import copy
import json
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import pytest

from adapters.life.compare import compare
from adapters.life.play import Player, PlayOptions
from adapters.life.rehearsal import Stage, StageFace
from adapters.life.script import GOVERNMENT, NATIONAL, PORTALS, REGISTER, Expect, Story
from adapters.life.story import tell
from adapters.life.verdict import Comparison, Fault
from connector.case import ActKind

Raw = dict[str, Any]
STORIES = tell(11, 70)


class _Clock:
    """Runs ten seconds a look."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 18, 1, tzinfo=UTC)

    def now(self) -> datetime:
        self.at += timedelta(seconds=10)
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


def player(stage: Stage, stories: tuple[Story, ...] = STORIES, **options: Any) -> Player:
    faces = {system: StageFace(stage, system) for system in (REGISTER, NATIONAL, GOVERNMENT)}
    return Player(
        stories,
        register=faces[REGISTER],
        national=faces[NATIONAL],
        government=faces[GOVERNMENT],
        clock=_Clock(),
        options=PlayOptions(**options),
    )


@lru_cache(maxsize=1)
def _played() -> Stage:
    async def play() -> Stage:
        stage = Stage()
        playing = player(stage)
        for _ in range(40):
            if (await playing.tick()).finished:
                break
            stage.exchange()
        stage.exchange()
        return stage

    return asyncio.run(play())


@pytest.fixture
def stage() -> Stage:
    """All stories played to their end, everything exchanged; each test spoils its own copy."""
    return copy.deepcopy(_played())


def case_of(stage: Stage, system: str, fits: Callable[[Story], bool]) -> tuple[Story, Raw]:
    """The first story that fits, and its raw case in that system."""
    for story in STORIES:
        case = stage.case(system, story)
        if case is not None and fits(story):
            return story, case
    pytest.fail("no such story in the sample")


def both_sides(story: Story) -> bool:
    return story.expect is Expect.SYNCED


def answered(story: Story) -> bool:
    return both_sides(story) and any(step.kind is ActKind.ANSWERED for step in story.steps)


def only(found: Comparison, fault: Fault, what: str, system: str) -> None:
    """Exactly this one difference."""
    assert [(item.fault, item.what, item.system) for item in found.differences] == [(fault, what, system)]
    assert not found.converged


def test_three_systems_that_agree_converge_and_every_pair_is_linked(stage: Stage) -> None:
    found = compare(STORIES, stage.world())
    assert found.converged
    assert found.cases == len(STORIES)
    assert found.linked == sum(both_sides(story) for story in STORIES)
    assert {reason for _, reason in found.quarantined} == {"unknown_kind", "unmapped_agency"}
    assert found.acts > 200
    json.dumps(found.as_json())


@pytest.mark.parametrize("system", [REGISTER, NATIONAL, GOVERNMENT])
def test_a_case_that_never_arrived_is_lost(stage: Stage, system: str) -> None:
    _, case = case_of(stage, system, lambda one: both_sides(one) and one.twin == system)
    stage.raw[system].remove(case)
    only(compare(STORIES, stage.world()), Fault.LOST, "case", system)


@pytest.mark.parametrize("system", [REGISTER, NATIONAL, GOVERNMENT])
def test_a_case_created_twice_is_a_duplicate(stage: Stage, system: str) -> None:
    _, case = case_of(stage, system, lambda one: both_sides(one) and one.twin == system)
    stage.raw[system].append({**case, "id": "77"})
    only(compare(STORIES, stage.world()), Fault.DUPLICATE, "case ×2", system)


def test_a_case_that_must_stay_local_is_unexpected_on_a_portal(stage: Stage) -> None:
    story = next(one for one in STORIES if one.expect is Expect.LOCAL)
    stage.raw[NATIONAL].append(stage._portal_case(NATIONAL, story))
    found = compare(STORIES, stage.world())
    only(found, Fault.UNEXPECTED, "case of a story that is local", NATIONAL)


def test_a_portals_case_that_went_round_to_the_other_portal_is_unexpected(stage: Stage) -> None:
    _, case = case_of(stage, NATIONAL, lambda one: one.birth == NATIONAL and both_sides(one))
    stage.raw[GOVERNMENT].append({**case, "id": "78"})
    found = compare(STORIES, stage.world())
    only(found, Fault.UNEXPECTED, "case of a story that is synced", GOVERNMENT)


def test_a_seeded_fault_that_was_copied_all_the_same_is_unexpected(stage: Stage) -> None:
    story = next(one for one in STORIES if one.expect is Expect.QUARANTINE)
    stage.raw[REGISTER].append(stage._register_case(story))
    found = compare(STORIES, stage.world())
    only(found, Fault.UNEXPECTED, "case of a story that is quarantine", REGISTER)
    assert story.number not in {number for number, _ in found.quarantined}


@pytest.mark.parametrize("portal", PORTALS)
def test_an_act_of_the_register_that_the_portal_does_not_show_is_lost(stage: Stage, portal: str) -> None:
    _, case = case_of(stage, portal, lambda one: any(step.kind is ActKind.PROGRESS for step in one.steps))
    row = next(row for row in case["history"] if row["action"] in {"TIEN_DO", "IN_PROGRESS"})
    case["history"].remove(row)
    only(compare(STORIES, stage.world()), Fault.LOST, "act progress", portal)


@pytest.mark.parametrize("portal", PORTALS)
def test_an_act_that_the_portal_shows_twice_is_a_duplicate(stage: Stage, portal: str) -> None:
    _, case = case_of(stage, portal, lambda one: any(step.kind is ActKind.ASSIGNED for step in one.steps))
    row = next(row for row in case["history"] if row["action"] in {"PHAN_CONG", "UNIT_ASSIGNED"})
    case["history"].append({**row, "id": "999"})
    what = "act assigned that the other side did once less"
    only(compare(STORIES, stage.world()), Fault.DUPLICATE, what, portal)


def test_a_changed_text_is_wrong_even_if_the_number_of_acts_is_right(stage: Stage) -> None:
    _, case = case_of(stage, NATIONAL, lambda one: any(step.kind is ActKind.PROGRESS for step in one.steps))
    row = next(row for row in case["history"] if row["action"] == "TIEN_DO")
    row["text"] = "Đang xử lý."
    only(compare(STORIES, stage.world()), Fault.WRONG, "text of progress", NATIONAL)


def test_an_event_of_the_portal_that_never_came_in_is_lost(stage: Stage) -> None:
    _, case = case_of(stage, REGISTER, lambda one: any(step.kind is ActKind.REMINDED for step in one.steps))
    case["acts"] = [act for act in case["acts"] if act["kind"] != "reminded"]
    only(compare(STORIES, stage.world()), Fault.LOST, "act reminded", REGISTER)


def test_an_event_that_came_in_twice_is_a_duplicate(stage: Stage) -> None:
    _, case = case_of(stage, REGISTER, lambda one: any(step.kind is ActKind.PUBLISHED for step in one.steps))
    act = next(act for act in case["acts"] if act["kind"] == "published")
    case["acts"].append({**act, "id": act["id"] + "x"})
    what = "act published that the other side did once less"
    only(compare(STORIES, stage.world()), Fault.DUPLICATE, what, REGISTER)


def test_our_own_act_come_back_as_a_foreign_one_is_not_taken_for_a_portals_event(stage: Stage) -> None:
    """An echo that was not recognised: the register would hold one and the same act under two ids."""
    _, case = case_of(stage, REGISTER, answered)
    act = next(act for act in case["acts"] if act["kind"] == "answered")
    case["acts"].append(dict(act))
    found = compare(STORIES, stage.world())
    assert {item.fault for item in found.differences} >= {Fault.DUPLICATE}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("text", "Khác."),
        ("version", 9),
        ("publishable", None),
        ("signer", "Ai Đó"),
        ("files", [{"sha256": "0"}]),
    ],
)
def test_an_answer_that_differs_in_any_part_is_wrong(stage: Stage, name: str, value: object) -> None:
    _, case = case_of(stage, NATIONAL, answered)
    case["answer"] = {**case["answer"], name: value}
    only(compare(STORIES, stage.world()), Fault.WRONG, f"answer.{name}", NATIONAL)


def test_an_answer_that_is_not_there_is_lost(stage: Stage) -> None:
    _, case = case_of(stage, GOVERNMENT, answered)
    case["answer"] = None
    only(compare(STORIES, stage.world()), Fault.LOST, "answer", GOVERNMENT)


@pytest.mark.parametrize(("plot", "fault"), [("recalled", Fault.LOST), ("kept", Fault.WRONG)])
def test_an_answer_to_a_recall_that_never_arrived_or_says_the_opposite_is_found(
    stage: Stage, plot: str, fault: Fault
) -> None:
    _, case = case_of(stage, GOVERNMENT, lambda one: one.plot == plot)
    case["recall_answer"] = None if fault is Fault.LOST else "agreed"
    found = compare(STORIES, stage.world())
    assert [item.fault for item in found.differences] == [fault]


def test_another_status_is_wrong(stage: Stage) -> None:
    _, case = case_of(stage, GOVERNMENT, answered)
    case["status"] = "IN_PROGRESS"
    found = compare(STORIES, stage.world())
    assert [item.fault for item in found.differences] == [Fault.WRONG]
    assert found.differences[0].what.startswith("status IN_PROGRESS, not ")


def test_a_file_whose_bytes_changed_on_the_way_is_missed_on_both_sides(stage: Stage) -> None:
    _, case = case_of(
        stage, REGISTER, lambda one: bool(one.files) and one.birth == NATIONAL and both_sides(one)
    )
    case["attachments"][0]["sha256"] = "0" * 64
    found = compare(STORIES, stage.world())
    assert {(item.fault, item.system) for item in found.differences} == {
        (Fault.LOST, REGISTER),
        (Fault.LOST, NATIONAL),
    }


def test_a_local_senders_phone_on_a_portal_is_unexpected_unless_the_setting_lets_it_go(
    stage: Stage,
) -> None:
    _, case = case_of(stage, NATIONAL, lambda one: one.birth == REGISTER)
    case["sender"]["phone"] = "0900000000"
    only(compare(STORIES, stage.world()), Fault.UNEXPECTED, "sender.phone of a local sender", NATIONAL)
    assert compare(STORIES, stage.world(), identity_travels=True).converged


def test_a_portals_sender_that_arrived_without_the_phone_is_wrong(stage: Stage) -> None:
    _, case = case_of(stage, REGISTER, lambda one: one.birth == GOVERNMENT and both_sides(one))
    case["sender"]["phone"] = None
    only(compare(STORIES, stage.world()), Fault.WRONG, "sender.phone differs", REGISTER)


@pytest.mark.parametrize(
    ("name", "what"), [("title", None), ("content", "content differs from what the sender wrote")]
)
def test_a_changed_text_of_the_sender_is_noticed(stage: Stage, name: str, what: str | None) -> None:
    _, case = case_of(stage, REGISTER, lambda one: one.birth == NATIONAL and both_sides(one))
    case[name] = "Khác. " + case[name]
    found = compare(STORIES, stage.world())
    assert [item.what for item in found.differences] == [what or "title differs from what the sender wrote"]


def test_a_link_to_another_case_is_wrong_and_not_counted(stage: Stage) -> None:
    _, case = case_of(stage, REGISTER, lambda one: one.birth == NATIONAL and both_sides(one))
    linked = compare(STORIES, stage.world()).linked
    case["origin_ref"] = "1"
    found = compare(STORIES, stage.world())
    only(found, Fault.WRONG, "origin does not name the portal's case", REGISTER)
    assert found.linked == linked - 1


def test_an_equal_text_in_another_unicode_form_is_equal(stage: Stage) -> None:
    _, case = case_of(stage, REGISTER, lambda one: one.birth == NATIONAL and both_sides(one))
    case["content"] = unicodedata.normalize("NFD", case["content"])
    assert compare(STORIES, stage.world()).converged


async def test_a_play_that_is_not_at_its_end_is_unplayed_and_not_converged() -> None:
    stage = Stage()
    play = player(stage)
    for _ in range(3):
        await play.tick()
        stage.exchange()
    found = compare(STORIES, stage.world())
    assert found.of(Fault.UNPLAYED)
    assert not found.converged


def test_what_another_agency_opened_after_a_transfer_is_no_duplicate(stage: Stage) -> None:
    _, case = case_of(stage, GOVERNMENT, lambda one: one.plot == "transferred")
    stage.raw[GOVERNMENT].append({**case, "id": "79", "parent": case["id"], "agency": "000.00.00.G15"})
    assert compare(STORIES, stage.world()).converged


def test_a_case_that_the_portal_forwarded_on_counts_as_transferred_for_us(stage: Stage) -> None:
    """The national portal keeps the id: the receiver sees it as newly assigned, we as transferred."""
    _, case = case_of(stage, NATIONAL, lambda one: one.plot == "transferred")
    case["status"], case["agency"] = "ASSIGNED", "000.00.00.G15"
    assert compare(STORIES, stage.world()).converged


def test_cases_of_nobody_are_counted_as_strangers_and_judged_by_no_one(stage: Stage) -> None:
    _, case = case_of(stage, NATIONAL, both_sides)
    stage.raw[NATIONAL].append({**case, "id": "80", "title": "Hồ sơ của người khác"})
    found = compare(STORIES, stage.world())
    assert found.converged
    assert found.strangers == 1


def test_the_finding_never_repeats_what_anybody_wrote(stage: Stage) -> None:
    for system in (REGISTER, *PORTALS):
        for case in stage.raw[system]:
            case["content"] = "BÍ MẬT RIÊNG"
            case["sender"] = dict.fromkeys(case["sender"], "NGƯỜI GỬI")
    told = json.dumps(compare(STORIES, stage.world()).as_json(), ensure_ascii=False)
    assert "BÍ MẬT RIÊNG" not in told
    assert "NGƯỜI GỬI" not in told
