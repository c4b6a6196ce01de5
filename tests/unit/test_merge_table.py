"""The decision table in the docstring of ``connector.merge``, row by row: one scenario a row, in the table's order."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import connector.merge
from connector.case import (
    Act,
    ActKind,
    Attachment,
    Case,
    Channel,
    Header,
    Nature,
    Place,
    Privacy,
    Sender,
    SenderKind,
    content_hash,
)
from connector.mapping.intent import IntentKind
from connector.merge import (
    OWNED,
    Baseline,
    Clash,
    Move,
    Rules,
    Settlement,
    Side,
    digests,
    identify,
    mark,
    merge,
    restricted,
)

AT = datetime(2026, 11, 18, 1, tzinfo=UTC)
HERE, THERE = "register", "national_portal"
RULES = Rules(
    here_takes=frozenset(
        {ActKind.SUPPLEMENTED, ActKind.RETURNED_FOR_REWORK, ActKind.RECALLED, ActKind.RATED}
    ),
    there_takes=frozenset(
        {
            ActKind.ACCEPTED,
            ActKind.ASSIGNED,
            ActKind.PROGRESS,
            ActKind.LATE_NOTICE,
            ActKind.ANSWERED,
            ActKind.RECALL_AGREED,
            ActKind.RECALL_REFUSED,
        }
    ),
)
Scenario = Callable[[], None]
SCENARIOS: dict[str, Scenario] = {}


def row(name: str) -> Callable[[Scenario], Scenario]:
    """Register the one scenario of a row."""

    def take(scenario: Scenario) -> Scenario:
        assert name not in SCENARIOS, f"row {name} has two scenarios"
        SCENARIOS[name] = scenario
        return scenario

    return take


def rows() -> list[str]:
    """The ids of the table's rows, in their order."""
    body = (connector.merge.__doc__ or "").split("\nrow ", 1)[1].split("\n\n", 1)[0]
    return re.findall(r"^([A-Z]\d+) ", body, re.MULTILINE)


def act(kind: ActKind, minute: int, birth: str = HERE, **more: Any) -> Act:
    """An act that was born at ``birth`` in that minute; its id tells both."""
    return Act(id=f"{birth}:{minute}", kind=kind, at=AT + timedelta(minutes=minute), **more)


def told_by(system: str, *acts: Act, born: str = HERE, **header: Any) -> Case:
    """A case born at ``born``, as ``system`` tells it."""
    fields: dict[str, Any] = {
        "title": "Chậm trả kết quả",
        "content": "Quá hạn mười ngày vẫn chưa có kết quả.",
        "nature": Nature.CONDUCT,
        "channel": Channel.ZALO,
        "sender_kind": SenderKind.CITIZEN,
        "sender": Sender(name="Nguyễn Văn Mẫu", phone="0900000000"),
        "submitted_at": AT,
        "agency": "000.00.00.H56",
        "place": Place(text="xã Mẫu"),
    }
    origin = (HERE, "57") if born == HERE else (THERE, "900000123")
    return Case(
        system=system,
        ref="57" if system == HERE else "900000123",
        origin=origin,
        header=Header(**{**fields, **header}),
        acts=acts,
    )


def here(*acts: Act, **more: Any) -> Case:
    return told_by(HERE, *acts, **more)


def there(*acts: Act, **more: Any) -> Case:
    return told_by(THERE, *acts, **more)


def agreed(*acts: Act, born: str = HERE, **more: Any) -> Baseline:
    """The baseline of a pair whose fields and given acts agree."""
    base = Baseline(
        here=digests(here(born=born)),
        there=digests(there(born=born)),
        acts=frozenset(item.id for item in acts),
        revision=4,
    )
    return replace(base, **more)


def append(side: Side, item: Act) -> Move:
    return Move(side=side, kind=IntentKind.APPEND, act_id=item.id)


def update(side: Side, revision: int = 5) -> Move:
    return Move(side=side, kind=IntentKind.UPDATE, revision=revision)


def tighten(side: Side, revision: int = 5) -> Move:
    return Move(side=side, kind=IntentKind.TIGHTEN, revision=revision)


def both_values(reason: str, name: str, mine: Case, theirs: Case) -> Clash:
    return Clash(reason=reason, field=name, here=digests(mine)[name], there=digests(theirs)[name])


def kept(found: Settlement) -> Baseline:
    """The settlement's baseline, which every linked pair has."""
    assert found.baseline is not None
    return found.baseline


def nothing(found: Settlement) -> Baseline:
    """Assert that the settlement asks for nothing; returns its baseline."""
    assert (found.moves, found.clashes) == ((), ())
    return kept(found)


# ---- existence ----------------------------------------------------------------------------------------------


@row("E1")
def neither_side_tells_the_case() -> None:
    assert merge(None, None, None, RULES) == Settlement()


@row("E2")
def only_there_and_never_linked_is_created_here() -> None:
    told = there(act(ActKind.SUBMITTED, 0, THERE), born=THERE)
    assert merge(None, None, told, RULES) == Settlement(moves=(Move(side=Side.HERE, kind=IntentKind.CREATE),))
    assert merge(None, None, replace(told, header=None), RULES) == Settlement(), "a fragment creates no case"


@row("E3")
def only_here_and_sent_by_policy_is_created_there_then_its_acts() -> None:
    accepted, result = act(ActKind.ACCEPTED, 1), act(ActKind.RESULT, 2)
    found = merge(None, here(accepted, result), None, replace(RULES, outbound=True))
    create = Move(side=Side.THERE, kind=IntentKind.CREATE)
    assert found == Settlement(moves=(create, append(Side.THERE, accepted)))


@row("E4")
def only_here_and_kept_by_policy_stays() -> None:
    assert merge(None, here(act(ActKind.ACCEPTED, 1)), None, RULES) == Settlement()


@row("E5")
def a_pair_that_says_the_same_is_linked_and_not_copied() -> None:
    mine, theirs = here(sender=Sender(name="Nguyễn Văn Mẫu")), there(sender=Sender())
    base = nothing(merge(None, mine, theirs, RULES))
    assert base == Baseline(here=digests(mine), there=digests(theirs))


@row("E6")
def a_pair_that_says_different_things_is_for_a_person() -> None:
    mine, theirs = here(act(ActKind.ACCEPTED, 1)), there(title="Việc khác", content="Nội dung khác")
    found = merge(None, mine, theirs, RULES)
    clashes = tuple(both_values("pair_differs", name, mine, theirs) for name in ("title", "content"))
    assert found == Settlement(clashes=clashes)


@row("E7")
def a_linked_case_that_here_tells_no_more_is_for_a_person() -> None:
    base = agreed()
    found = merge(base, None, there(act(ActKind.SUPPLEMENTED, 1, THERE)), RULES)
    assert found == Settlement(clashes=(Clash(reason="vanished_here"),), baseline=base)


@row("E8")
def linked_but_there_not_read_yet_goes_on_as_if_there_told_nothing_new() -> None:
    sent, new = act(ActKind.ACCEPTED, 1), act(ActKind.ASSIGNED, 2)
    base = agreed(sent, there={})
    found = merge(base, here(sent, new), None, RULES)
    assert found == Settlement(moves=(append(Side.THERE, new),), baseline=base)


@row("E9")
def a_case_that_we_have_just_created_here_is_not_missed_there() -> None:
    told = there(act(ActKind.SUBMITTED, 0, THERE), born=THERE)
    base = Baseline(there=digests(told), acts=frozenset({told.acts[0].id}))
    assert merge(base, None, told, RULES) == Settlement(baseline=base)


# ---- secrecy ------------------------------------------------------------------------------------------------


@row("X1")
def nothing_of_a_case_that_is_restricted_here_moves() -> None:
    acts = (act(ActKind.ACCEPTED, 1), act(ActKind.RESTRICTED, 2))
    by_mark = here(acts[0], privacy=Privacy.RESTRICTED, title="Đã sửa")
    base = agreed()
    for mine in (by_mark, here(*acts)):
        assert merge(base, mine, there(act(ActKind.RATED, 3, THERE)), RULES) == Settlement(baseline=base)
        assert merge(None, mine, None, replace(RULES, outbound=True)) == Settlement()
        assert merge(None, mine, there(title="Khác"), RULES) == Settlement()


@row("X2")
def a_case_that_is_restricted_there_only_tightens_here() -> None:
    told = there(act(ActKind.RATED, 3, THERE), born=THERE, privacy=Privacy.RESTRICTED, title="Đã sửa")
    base = agreed(born=THERE)
    found = merge(base, here(act(ActKind.ACCEPTED, 1), born=THERE), told, RULES)
    assert found == Settlement(moves=(tighten(Side.HERE),), baseline=base)


# ---- fields -------------------------------------------------------------------------------------------------


@row("F1")
def unchanged_fields_ask_for_nothing() -> None:
    assert nothing(merge(agreed(), here(), there(), RULES)) == agreed()


@row("F2")
def a_change_by_the_owner_is_carried_over_whichever_field_it_is() -> None:
    changes: dict[str, Any] = {
        "title": "Tiêu đề mới",
        "content": "Nội dung mới",
        "sender": Sender(name="Trần Thị Mẫu"),
        "place": Place(text="xã Khác"),
    }
    for name, value in changes.items():
        mine, theirs = here(**{name: value}), there(born=THERE, **{name: value})
        assert merge(agreed(), mine, there(), RULES) == Settlement(
            moves=(update(Side.THERE),), baseline=agreed()
        )
        base = agreed(born=THERE)
        assert merge(base, here(born=THERE), theirs, RULES) == Settlement(
            moves=(update(Side.HERE),), baseline=base
        )


@row("F3")
def an_edit_of_title_or_content_by_the_other_is_for_a_person() -> None:
    for name in ("title", "content"):
        mine, theirs = here(), there(**{name: "Cổng đã sửa"})
        clash = both_values("foreign_edit", name, mine, theirs)
        assert merge(agreed(), mine, theirs, RULES) == Settlement(clashes=(clash,), baseline=agreed())
        mine, theirs = here(born=THERE, **{name: "Cán bộ đã sửa"}), there(born=THERE)
        clash, base = both_values("foreign_edit", name, mine, theirs), agreed(born=THERE)
        assert merge(base, mine, theirs, RULES) == Settlement(clashes=(clash,), baseline=base)


@row("F4")
def the_same_change_on_both_sides_moves_only_the_baseline() -> None:
    mine, theirs = here(title="Tiêu đề mới"), there(title="Tiêu đề mới")
    base = nothing(merge(agreed(), mine, theirs, RULES))
    assert base == agreed(here=digests(mine), there=digests(theirs))


@row("F5")
def different_changes_on_both_sides_are_for_a_person() -> None:
    mine, theirs = here(title="Ta sửa"), there(title="Cổng sửa")
    clash = both_values("both_changed", "title", mine, theirs)
    assert merge(agreed(), mine, theirs, RULES) == Settlement(clashes=(clash,), baseline=agreed())

    contact = {"sender": Sender(name="Nguyễn Văn Mẫu", phone="0900000001")}
    theirs = there(born=THERE, sender=Sender(name="Nguyễn Văn Mẫu", phone="0900000002"))
    base = agreed(born=THERE)
    found = merge(base, here(born=THERE, **contact), theirs, RULES)
    clash = Clash(reason="both_changed", field="sender")
    assert found == Settlement(clashes=(clash,), baseline=base), "no digest of personal data is shown"


@row("F6")
def what_a_side_tells_for_the_first_time_is_adopted() -> None:
    mine, theirs = here(), there(sender=Sender(), place=None)
    assert nothing(merge(agreed(there={}), mine, theirs, RULES)).there == digests(theirs)

    written = here(title="Tiêu đề mới")
    base = agreed(here=digests(written), unread=frozenset({mark(Side.THERE, "title")}))
    theirs = there(title="Tiêu đề mới (cổng rút gọn)")
    base = nothing(merge(base, written, theirs, RULES))
    assert (base.there["title"], base.unread) == (digests(theirs)["title"], frozenset())


@row("F7")
def an_older_value_after_our_write_is_no_edit_and_teaches_nothing() -> None:
    written = here(title="Tiêu đề mới")
    base = agreed(here=digests(written), unread=frozenset({mark(Side.THERE, "title")}))
    assert nothing(merge(base, written, there(), RULES)) == base
    reverted = merge(base, here(), there(), RULES)
    assert reverted.moves == (update(Side.THERE),), "there holds the new value, though it tells the old one"


@row("F8")
def what_a_portal_makes_of_sender_place_and_files_is_adopted() -> None:
    theirs = there(sender=Sender(), place=Place(text="Thanh Hóa"))
    base = nothing(merge(agreed(), here(), theirs, RULES))
    assert base == agreed(there=digests(theirs))


@row("F9")
def a_correction_of_the_contact_here_stands_until_an_update_would_overwrite_it() -> None:
    corrected: dict[str, Any] = {"born": THERE, "sender": Sender(name="Nguyễn Văn Mẫu", phone="0900000001")}
    base = agreed(born=THERE)
    assert nothing(merge(base, here(**corrected), there(born=THERE), RULES)) == base, "it is remembered"
    found = merge(base, here(**corrected), there(born=THERE, content="Nội dung mới"), RULES)
    assert found == Settlement(clashes=(Clash(reason="foreign_edit", field="sender"),), baseline=base)


@row("F10")
def an_update_waits_while_it_would_overwrite_an_edit() -> None:
    mine, theirs = here(content="Nội dung mới"), there(title="Cổng đã sửa")
    clash = both_values("foreign_edit", "title", mine, theirs)
    assert merge(agreed(), mine, theirs, RULES) == Settlement(clashes=(clash,), baseline=agreed())
    assert merge(agreed(), mine, there(), RULES).moves == (update(Side.THERE),), "once it was taken back"


@row("F11")
def an_erased_sender_is_no_edit_and_stands_in_no_other_changes_way() -> None:
    erased: dict[str, Any] = {"sender": Sender()}
    assert nothing(merge(agreed(), here(**erased), there(), RULES)) == agreed(), "the portal's is not emptied"
    base = agreed(born=THERE)
    assert nothing(merge(base, here(born=THERE, **erased), there(born=THERE), RULES)) == base
    found = merge(base, here(born=THERE, **erased), there(born=THERE, content="Nội dung mới"), RULES)
    assert (found.moves, found.clashes) == ((update(Side.HERE),), ())
    unnamed = agreed(here=digests(here(**erased)), there=digests(there(**erased)))
    assert merge(unnamed, here(), there(**erased), RULES).moves == (update(Side.THERE),), "a new name travels"


# ---- privacy ------------------------------------------------------------------------------------------------


@row("P1")
def the_same_privacy_asks_for_nothing() -> None:
    private = {"privacy": Privacy.PRIVATE}
    base = nothing(merge(agreed(), here(**private), there(**private), RULES))
    assert (base.privacy, base.revision) == (Privacy.PRIVATE, 5)


@row("P2")
def stricter_here_tightens_there() -> None:
    found = merge(agreed(), here(privacy=Privacy.PRIVATE), there(), RULES)
    assert found == Settlement(moves=(tighten(Side.THERE),), baseline=agreed())


@row("P3")
def stricter_there_tightens_here() -> None:
    base = agreed(born=THERE)
    found = merge(base, here(born=THERE), there(born=THERE, privacy=Privacy.PRIVATE), RULES)
    assert found == Settlement(moves=(tighten(Side.HERE),), baseline=base)


@row("P4")
def an_owner_that_became_looser_is_for_a_person() -> None:
    base = agreed(privacy=Privacy.PRIVATE)
    found = merge(base, here(), there(privacy=Privacy.PRIVATE), RULES)
    assert found == Settlement(
        clashes=(Clash(reason="loosened", here="open", there="private"),), baseline=base
    )


@row("P5")
def a_looser_mark_from_before_our_tightening_is_no_loosening() -> None:
    unread = frozenset({mark(Side.THERE, "privacy")})
    base = agreed(privacy=Privacy.PRIVATE, unread=unread)
    assert nothing(merge(base, here(privacy=Privacy.PRIVATE), there(), RULES)) == base
    read = nothing(merge(base, here(privacy=Privacy.PRIVATE), there(privacy=Privacy.PRIVATE), RULES))
    assert read.unread == frozenset()
    born_there = agreed(born=THERE, privacy=Privacy.PRIVATE, unread=unread)
    nothing(merge(born_there, here(born=THERE, privacy=Privacy.PRIVATE), there(born=THERE), RULES))


# ---- acts ---------------------------------------------------------------------------------------------------


@row("A1")
def an_act_on_both_sides_is_agreed() -> None:
    mine, theirs = act(ActKind.ACCEPTED, 1), act(ActKind.RATED, 2, THERE)
    base = nothing(merge(agreed(), here(mine, theirs), there(mine, theirs), RULES))
    assert base.acts == {mine.id, theirs.id}


@row("A2")
def an_agreed_act_that_there_does_not_tell_is_an_older_version() -> None:
    mine = act(ActKind.ACCEPTED, 1)
    assert nothing(merge(agreed(mine), here(mine), there(), RULES)) == agreed(mine)


@row("A3")
def new_acts_of_here_go_there_in_order_of_time() -> None:
    acts = tuple(act(ActKind.PROGRESS, minute, text=f"Bước {minute}") for minute in (1, 2, 3))
    found = merge(agreed(acts[0]), here(*acts), there(acts[0]), RULES)
    assert found.moves == (append(Side.THERE, acts[1]), append(Side.THERE, acts[2]))
    foreign = act(ActKind.PROGRESS, 4, "government_portal")
    nothing(merge(agreed(), here(foreign), there(), RULES))


@row("A4")
def an_inner_act_stays_here() -> None:
    mine = act(ActKind.RESULT, 1)
    assert nothing(merge(agreed(), here(mine), there(), RULES)) == agreed()


@row("A5")
def new_acts_of_there_come_here_in_order_of_time() -> None:
    acts = (act(ActKind.RECALLED, 1, THERE), act(ActKind.RATED, 2, THERE))
    found = merge(agreed(), here(), there(*acts), RULES)
    assert found.moves == (append(Side.HERE, acts[0]), append(Side.HERE, acts[1]))


@row("A6")
def an_act_of_there_that_here_has_no_operation_for_is_only_known() -> None:
    assert nothing(merge(agreed(), here(), there(act(ActKind.PUBLISHED, 1, THERE)), RULES)) == agreed()


@row("A7")
def an_agreed_act_that_vanished_here_is_for_a_person() -> None:
    theirs = act(ActKind.RATED, 1, THERE)
    found = merge(agreed(theirs), here(), there(theirs), RULES)
    clash = Clash(reason="act_vanished", field=theirs.id)
    assert found == Settlement(clashes=(clash,), baseline=agreed(theirs))


@row("A8")
def our_act_without_our_mark_is_recognised_by_kind_and_text() -> None:
    mine = act(ActKind.LATE_NOTICE, 1, text="Cần thêm thời gian.")
    same = act(ActKind.PROGRESS, 2, THERE, text="Cần thêm  thời gian.")
    base = nothing(merge(agreed(), here(mine), there(same), RULES))
    assert base.acts == {mine.id}


@row("A9")
def acts_wait_while_the_portal_has_recalled_the_case() -> None:
    mine, recall = act(ActKind.PROGRESS, 1), act(ActKind.RECALLED, 2, THERE)
    found = merge(agreed(recall), here(mine, recall), there(recall), RULES)
    assert found == Settlement(clashes=(Clash(reason="recalled"),), baseline=agreed(recall))


@row("A10")
def the_answer_to_a_recall_goes_and_a_refusal_frees_the_others() -> None:
    recall, answer = act(ActKind.RECALLED, 1, THERE), act(ActKind.RECALL_REFUSED, 2, text="Đã có kết quả.")
    later = act(ActKind.PROGRESS, 3)
    mine = here(recall, answer, later)
    found = merge(agreed(recall), mine, there(recall), RULES)
    assert (found.moves, found.clashes) == ((append(Side.THERE, answer),), (Clash(reason="recalled"),))
    told_back = replace(answer, id=f"{THERE}:2", echo="k-1")
    rules = replace(RULES, echoes={"k-1": answer.id})
    found = merge(agreed(recall, answer), mine, there(recall, told_back), rules)
    assert (found.moves, found.clashes) == ((append(Side.THERE, later),), ())


@row("A11")
def an_act_that_we_have_just_appended_here_has_not_vanished() -> None:
    theirs = act(ActKind.RATED, 1, THERE)
    base = agreed(theirs, unread=frozenset({mark(Side.HERE, theirs.id)}))
    assert nothing(merge(base, here(), there(theirs), RULES)) == base
    assert nothing(merge(base, here(theirs), there(theirs), RULES)) == agreed(theirs)


# ---- the table and its scenarios ----------------------------------------------------------------------------


def test_every_row_has_its_scenario_in_the_tables_order() -> None:
    """A row without a scenario, a scenario without a row, and another order all fail."""
    assert rows()[0] == "E1"
    assert list(SCENARIOS) == rows()


@pytest.mark.parametrize("name", rows())
def test_row(name: str) -> None:
    """The settlement of each row is what the table says."""
    SCENARIOS[name]()


# ---- what the rows leave to words ---------------------------------------------------------------------------


MINE = act(ActKind.ACCEPTED, 10)
NOT_OURS: Mapping[str, Act] = {
    "another text": act(ActKind.ACCEPTED, 11, THERE, text="Khác"),
    "another kind": act(ActKind.ASSIGNED, 11, THERE),
    "marked by a write of somebody else": act(ActKind.ACCEPTED, 11, THERE, echo="not-ours"),
    "the former agency accepted long before we did": act(ActKind.ACCEPTED, 1, THERE),
}


@pytest.mark.parametrize("told", NOT_OURS.values(), ids=list(NOT_OURS))
def test_an_act_of_the_portal_is_not_taken_for_ours(told: Act) -> None:
    """Otherwise ours would never be sent."""
    assert merge(agreed(), here(MINE), there(told), RULES).moves == (append(Side.THERE, MINE),)


def test_an_act_that_here_knows_under_the_portals_id_is_not_taken_for_ours() -> None:
    """The former agency's act came with the case; ours of the same words is another one."""
    theirs = act(ActKind.ACCEPTED, 9, THERE)
    found = merge(agreed(theirs), here(theirs, MINE), there(theirs), RULES)
    assert found.moves == (append(Side.THERE, MINE),)


def test_an_act_that_is_never_sent_does_not_swallow_the_portals() -> None:
    """An officer notes a supplement that came by hand; the portal's own supplement still comes in."""
    mine, theirs = act(ActKind.SUPPLEMENTED, 1), act(ActKind.SUPPLEMENTED, 2, THERE)
    assert merge(agreed(), here(mine), there(theirs), RULES).moves == (append(Side.HERE, theirs),)


def test_two_rows_of_the_same_words_stand_for_two_of_our_acts() -> None:
    """Each of ours is recognised at most once, the marked one by its mark."""
    ours = (act(ActKind.PROGRESS, 1), act(ActKind.PROGRESS, 2))
    told = (act(ActKind.PROGRESS, 3, THERE), act(ActKind.PROGRESS, 4, THERE, echo="k-1"))
    found = identify(told, ours, {"k-1": ours[0].id})
    assert [item.id for item in found] == [ours[1].id, ours[0].id]


def test_a_backdated_entry_is_not_taken_for_the_act_that_was_sent() -> None:
    """An officer enters a step afterwards, in the words of a step that the portal knows already."""
    sent, backdated = act(ActKind.PROGRESS, 3), act(ActKind.PROGRESS, 2)
    told = act(ActKind.PROGRESS, 4, THERE)
    found = merge(agreed(sent), here(backdated, sent), there(told), RULES)
    assert found.moves == (append(Side.THERE, backdated),)


def test_an_act_of_ours_that_only_the_portal_tells_never_comes_back() -> None:
    """Neither by its own id nor by our mark: what was born here is not imported."""
    mine = act(ActKind.RATED, 1)
    marked = act(ActKind.RATED, 2, THERE, echo="k-1")
    rules = replace(RULES, echoes={"k-1": "register:99"})
    nothing(merge(agreed(), here(), there(mine, marked), rules))


def test_tightening_goes_before_new_content() -> None:
    """A text that became private is never shown for a moment by the update before."""
    told = there(born=THERE, privacy=Privacy.PRIVATE, content="Nội dung mới")
    found = merge(agreed(born=THERE), here(born=THERE), told, RULES)
    assert found.moves == (tighten(Side.HERE), update(Side.HERE))


def test_a_file_added_by_the_sender_is_a_change_of_the_case() -> None:
    """The order of files and their expiring addresses are none."""
    files = tuple(
        Attachment(id=f"{HERE}:{n}", role="question", file_name=f"{n}.pdf", sha256=f"{n}" * 64)
        for n in (1, 2)
    )
    one = replace(here(), attachments=files[:1])
    two = replace(here(), attachments=files)
    moved = tuple(replace(item, locator="https://portal.example/x") for item in reversed(files))
    assert {name for name in OWNED if digests(one)[name] != digests(two)[name]} == {"files"}
    assert digests(two) == digests(replace(two, attachments=moved))
    assert content_hash(two) == content_hash(replace(two, attachments=moved))


def test_X1_a_hold_stops_everything_until_the_registers_own_official_releases_it() -> None:
    """R04: a suspected denunciation that a person found to be none goes its way; taken off the system never does."""
    hold = act(ActKind.RESTRICTED, 1, details={"decision": "hold"})
    release = act(ActKind.NOTE, 2, details={"decision": "hold_released"})
    off = act(ActKind.RESTRICTED, 3, details={"decision": "off_system"})
    assert restricted(here(hold))
    assert not restricted(here(hold, release))
    assert restricted(here(hold, release, off))
