"""The pure part of a plan: what its digest covers, when a second person is needed, how long it lasts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from connector.case import Act, ActKind, Case, Channel, Header, Nature, Sender, SenderKind
from connector.mapping.intent import IntentKind
from connector.reconcile.plan import (
    Change,
    Deed,
    Item,
    Limits,
    Step,
    Subject,
    Verdict,
    changes,
    is_published,
    plan_digest,
    reasons,
    takes_back,
    told_digest,
    totals,
)

AT = datetime(2026, 11, 17, 2, tzinfo=UTC)
SEND = Item(
    deed=Deed.SEND,
    system="register",
    source="national_portal",
    intent=IntentKind.UPDATE,
    revision=1,
    changes=(Change(field="title", old="Cũ", new="Mới"),),
    calls=1,
)
STEP = Step(
    subject=Subject(refs={"register": "1", "national_portal": "9"}, case_id=7),
    items=(SEND,),
    told="t",
    salt="s",
)


def case(*kinds: ActKind, title: str = "Đèn hỏng", **sender: str) -> Case:
    header = Header(
        title=title,
        content="Đèn đường thôn Mẫu hỏng.",
        nature=Nature.CONDUCT,
        channel=Channel.ZALO,
        sender_kind=SenderKind.CITIZEN,
        sender=Sender(**sender),
        submitted_at=AT,
        agency="000.00.00.H56",
    )
    acts = tuple(
        Act(id=f"register:1.{n}", kind=kind, at=AT + timedelta(minutes=n), text=f"Việc {n}")
        for n, kind in enumerate(kinds)
    )
    return Case(system="register", ref="1", origin=("register", "1"), header=header, acts=acts)


@pytest.mark.parametrize(
    "change",
    [
        {"deed": Deed.CLOSE},
        {"system": "national_portal"},
        {"source": None},
        {"intent": IntentKind.TIGHTEN},
        {"act_id": "register:1.1"},
        {"act_kind": "answered"},
        {"revision": 2},
        {"code": "PH-403"},
        {"changes": ()},
        {"changes": (Change(field="title", old="Cũ", new="Khác"),)},
        {"changes": (Change(field="title", old="Khác", new="Mới"),)},
        {"calls": 2},
        {"downgrade": True},
        {"published": True},
    ],
)
def test_the_digest_covers_everything_that_is_shown(change: dict[str, object]) -> None:
    assert replace(STEP, items=(replace(SEND, **change),)).digests != STEP.digests  # type: ignore[arg-type]


def test_the_digest_covers_whose_it_is_what_was_told_and_the_salt() -> None:
    others = (
        replace(STEP, subject=Subject(refs={"register": "2", "national_portal": "9"})),
        replace(STEP, told="u"),
        replace(STEP, salt="z"),
    )
    assert len({one.digests for one in (STEP, *others)}) == 4
    assert told_digest({"register": "a"}, "s") != told_digest({"register": "b"}, "s")
    assert told_digest({"register": "a"}, "s") != told_digest({"register": "a"}, "z")


def test_a_case_that_gets_its_number_when_the_plan_runs_is_the_same_case() -> None:
    assert replace(STEP, subject=replace(STEP.subject, case_id=None)).digests == STEP.digests


def test_the_plan_s_digest_depends_on_the_order() -> None:
    assert plan_digest(["a", "b"]) != plan_digest(["b", "a"])
    assert plan_digest([]) != plan_digest(["a"])


def test_bookkeeping_binds_nobody() -> None:
    read = Item(deed=Deed.READ, system="register")
    assert replace(STEP, items=(read, SEND)).binding == STEP.binding
    assert replace(STEP, items=(read,)).binding == ()


def test_totals_count_calls_and_the_slowest_system_says_how_long_it_lasts() -> None:
    asked = replace(STEP, items=(Item(deed=Deed.ASK, system="register", code="PH-402"),))
    found = totals([STEP, STEP, asked], reads=True, per_second={"national_portal": 0.1})
    assert (found.cases, found.writes, found.deeds) == (2, 2, {"send": 2, "ask": 1})
    assert found.calls == {"national_portal": 2, "register": 4}
    assert found.seconds == 20
    assert totals([STEP], reads=False, per_second={}).calls == {"register": 1}


def test_a_second_person_is_needed_for_size_downgrades_published_answers_and_guards() -> None:
    found = totals([STEP], reads=False, per_second={})
    roomy = Limits(cases=1, writes=1)
    passes = Verdict(guard="flood", system="register", count=1, stops=False)
    assert reasons(found, [passes], roomy) == ()
    assert reasons(found, [], Limits(cases=0, writes=1)) == ("large",)
    assert reasons(found, [], Limits(cases=1, writes=0)) == ("large",)
    assert reasons(replace(found, downgrades=1), [], roomy) == ("downgrade",)
    assert reasons(replace(found, published=1), [], roomy) == ("published",)
    assert reasons(found, [replace(passes, stops=True)], roomy) == ("guard",)


def test_only_what_ends_an_answer_takes_it_back() -> None:
    answered = case(ActKind.ACCEPTED, ActKind.ANSWERED)
    assert takes_back(answered, ActKind.RETURNED_FOR_REWORK)
    assert not takes_back(answered, ActKind.RATED)
    assert not takes_back(answered, ActKind.PUBLISHED)
    assert not takes_back(case(ActKind.ACCEPTED), ActKind.RETURNED_FOR_REWORK)
    assert not takes_back(None, ActKind.RETURNED_FOR_REWORK)


def test_an_answer_is_public_until_it_is_taken_back() -> None:
    assert is_published(None, case(ActKind.ANSWERED, ActKind.PUBLISHED))
    assert not is_published(case(ActKind.ANSWERED))
    assert not is_published(case(ActKind.PUBLISHED, ActKind.UNPUBLISHED))
    assert is_published(case(ActKind.PUBLISHED, ActKind.UNPUBLISHED, ActKind.PUBLISHED))


def test_the_values_of_a_write_are_those_that_leave() -> None:
    old, new = case(title="Cũ", name="Nguyễn Văn Mẫu"), case(title="Mới", name="Nguyễn Văn Mẫu")
    assert changes(IntentKind.UPDATE, new, old) == (Change(field="title", old="Cũ", new="Mới"),)
    made = {one.field: one.new for one in changes(IntentKind.CREATE, case(ActKind.ACCEPTED), None)}
    assert made["title"] == "Đèn hỏng"
    assert made["act.accepted"] == "Việc 0"
    assert "sender" not in made, "the gate left no sender"
    appended = changes(IntentKind.APPEND, case(ActKind.ANSWERED), old, "register:1.0")
    assert appended == (Change(field="act.answered", new="Việc 0"),)
