"""Routing and privacy gate, row by row as the tables of ``connector.mapping.policy`` state them."""

import re
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

import connector.mapping.policy as module
from connector.case import (
    REGISTER,
    Act,
    ActKind,
    Case,
    Channel,
    Header,
    Nature,
    Place,
    Privacy,
    Sender,
    SenderKind,
)
from connector.clock import LOCAL_ZONE
from connector.errors import MappingFileError, PrivacyStop
from connector.mapping import Identity, IntentKind, PlaceDetail, Policy, PortalPolicy, Route
from connector.mapping.policy import NEVER

FILE = Path(__file__).parents[2] / "mappings" / "policy.toml"
POLICY = Policy.load(FILE)
NATIONAL, GOVERNMENT = "national_portal", "government_portal"
AT = datetime(2026, 11, 18, 8, tzinfo=LOCAL_ZONE)
SENDER = Sender(
    name="Nguyễn Văn Mẫu",
    organisation="Công ty Ví Dụ",
    phone="0900000000",
    address="Thôn Mẫu",
    email="mau@example.com",
    account="tk-1",
)


def act(kind: ActKind, **details: str) -> Act:
    return Act(id=f"register:{kind.value}", kind=kind, at=AT, officer="cb-mau-01", details=details)


def case(*kinds: ActKind, origin: str = REGISTER, ref: str = "57", **header: Any) -> Case:
    fields: dict[str, Any] = {
        "title": "Tiêu đề",
        "content": "Nội dung",
        "nature": Nature.CONDUCT,
        "channel": Channel.ZALO,
        "sender_kind": SenderKind.CITIZEN,
        "sender": SENDER,
        "submitted_at": AT,
        "agency": "000.00.00.H56",
        "place": Place(text="xã Mẫu", latitude="19.8", longitude="105.7"),
    }
    fields.update(header)
    return Case(
        system=REGISTER,
        ref=ref,
        origin=(origin, ref),
        header=Header(**fields),
        acts=tuple(act(kind) for kind in kinds),
    )


ACCEPTED = ActKind.ACCEPTED


# ---- route --------------------------------------------------------------------------------------------------

ROUTES = {
    "R1": (replace(case(ACCEPTED), header=None), None, "stay.unknown"),
    "R2": (case(ACCEPTED, origin=GOVERNMENT), None, "stay.born_elsewhere"),
    "R3": (case(ACCEPTED, channel=Channel.NATIONAL_PORTAL), None, "stay.portal_channel"),
    "R4": (case(ACCEPTED, privacy=Privacy.RESTRICTED), None, "stay.restricted"),
    "R4 by act": (case(ACCEPTED, ActKind.RESTRICTED), None, "stay.restricted"),
    "R5": (case(ACCEPTED, privacy=Privacy.PRIVATE), None, "stay.private"),
    "R5 by act": (case(ACCEPTED, ActKind.MADE_PRIVATE), None, "stay.private"),
    "R6 complaint": (case(ACCEPTED, nature=Nature.COMPLAINT), None, "stay.outside_scope"),
    "R6 denunciation": (case(ACCEPTED, nature=Nature.DENUNCIATION), None, "stay.outside_scope"),
    "R6 advice": (case(ACCEPTED, nature=Nature.LEGAL_ADVICE), None, "stay.outside_scope"),
    "R7": (case(ACCEPTED, ActKind.WITHDRAWN), None, "stay.withdrawn"),
    "R8": (case(ACCEPTED, nature=Nature.SITE), None, "stay.local"),
    "R9": (case(ActKind.RECEIVED), None, "wait.accepted"),
    "R9 refused": (case(ActKind.REFUSED), None, "wait.accepted"),
    "R10 citizen": (case(ACCEPTED), NATIONAL, "go.national_portal"),
    "R10 organisation": (
        case(ACCEPTED, nature=Nature.REGULATION, sender_kind=SenderKind.ORGANISATION),
        NATIONAL,
        "go.national_portal",
    ),
    "R10 state body": (
        case(ACCEPTED, nature=Nature.PROPOSAL, sender_kind=SenderKind.STATE_BODY),
        NATIONAL,
        "go.national_portal",
    ),
    "R10 enterprise": (
        case(ACCEPTED, ActKind.ASSIGNED, nature=Nature.REGULATION, sender_kind=SenderKind.ENTERPRISE),
        GOVERNMENT,
        "go.government_portal",
    ),
}


def rows_of_the_table(letter: str) -> set[str]:
    return set(re.findall(rf"^({letter}\d+) ", module.__doc__ or "", re.MULTILINE))


def test_every_row_of_both_tables_is_checked_here() -> None:
    assert {name.split()[0] for name in ROUTES} == rows_of_the_table("R")
    assert {name.split()[0] for name in (*STOPS, *PASSES)} == rows_of_the_table("G")


@pytest.mark.parametrize("name", ROUTES)
def test_route(name: str) -> None:
    given, target, reason = ROUTES[name]
    assert POLICY.route(given) == Route(target=target, reason=reason)


@pytest.mark.parametrize("name", ROUTES)
def test_every_reason_has_a_text_in_both_languages(name: str) -> None:
    reason = ROUTES[name][2]
    vietnamese, english = POLICY.text(reason)
    assert vietnamese
    assert english
    assert reason not in (vietnamese, english)


@pytest.mark.parametrize("nature", list(Nature))
@pytest.mark.parametrize("sender", list(SenderKind))
def test_only_three_natures_ever_leave(nature: Nature, sender: SenderKind) -> None:
    target = POLICY.route(case(ACCEPTED, nature=nature, sender_kind=sender)).target
    if nature not in (Nature.CONDUCT, Nature.REGULATION, Nature.PROPOSAL):
        assert target is None
    else:
        assert target == (GOVERNMENT if sender is SenderKind.ENTERPRISE else NATIONAL)


# ---- gate ---------------------------------------------------------------------------------------------------

STOPS = {
    "G2": (replace(case(), header=None), NATIONAL),
    "G3": (case(privacy=Privacy.RESTRICTED), NATIONAL),
    "G3 by act": (case(ActKind.RESTRICTED), NATIONAL),
    "G3 to its origin": (case(privacy=Privacy.RESTRICTED, origin=NATIONAL), NATIONAL),
    "G4": (case(nature=Nature.DENUNCIATION), NATIONAL),
    "G5": (case(privacy=Privacy.PRIVATE), NATIONAL),
    "G5 by act": (case(ActKind.MADE_PRIVATE), NATIONAL),
    "G5 elsewhere": (case(privacy=Privacy.PRIVATE, origin=GOVERNMENT), NATIONAL),
    "G7": (case(origin=GOVERNMENT), NATIONAL),
}
PASSES = {
    "G1": (case(privacy=Privacy.RESTRICTED, origin=NATIONAL), REGISTER),
    "G4 back home": (case(nature=Nature.COMPLAINT, origin=NATIONAL), NATIONAL),
    "G6": (case(privacy=Privacy.PRIVATE, origin=NATIONAL), NATIONAL),
    "G8": (case(), NATIONAL),
    "G8 back home": (case(origin=GOVERNMENT), GOVERNMENT),
}


@pytest.mark.parametrize("name", STOPS)
@pytest.mark.parametrize("purpose", [None, IntentKind.CREATE, IntentKind.UPDATE])
def test_the_gate_stops(name: str, purpose: IntentKind | None) -> None:
    given, target = STOPS[name]
    with pytest.raises(PrivacyStop) as caught:
        POLICY.gate(given, target, purpose)
    assert caught.value.detail["rule"] == name.split(maxsplit=1)[0]


@pytest.mark.parametrize("name", PASSES)
def test_the_gate_lets_pass(name: str) -> None:
    given, target = PASSES[name]
    assert POLICY.gate(given, target).ref == given.ref


def test_towards_the_register_everything_passes_untouched() -> None:
    given = case(ActKind.NOTE, origin=NATIONAL, privacy=Privacy.PRIVATE)
    assert POLICY.gate(given, REGISTER) is given


@pytest.mark.parametrize("name", ["G5", "G5 by act"])
@pytest.mark.parametrize("purpose", [IntentKind.TIGHTEN, IntentKind.APPEND])
def test_a_portal_that_holds_the_case_learns_that_it_became_private_and_how_it_ends(
    name: str, purpose: IntentKind
) -> None:
    given, target = STOPS[name]
    assert POLICY.gate(given, target, purpose).ref == given.ref


@pytest.mark.parametrize("name", [name for name in STOPS if name not in ("G5", "G5 by act")])
def test_appending_an_act_opens_no_other_door(name: str) -> None:
    given, target = STOPS[name]
    with pytest.raises(PrivacyStop):
        POLICY.gate(given, target, IntentKind.APPEND)


def test_an_answer_to_a_private_case_that_a_portal_holds_is_not_publishable() -> None:
    answered = replace(act(ActKind.ANSWERED), details={"publishable": "1"})
    given = replace(case(privacy=Privacy.PRIVATE), acts=(answered,))
    sent = POLICY.gate(given, NATIONAL, IntentKind.APPEND).acts[0]
    assert sent.details["publishable"] == "0"


@pytest.mark.parametrize("name", ["G2", "G3", "G3 by act", "G3 to its origin", "G4", "G5 elsewhere", "G7"])
def test_tightening_opens_no_other_door(name: str) -> None:
    given, target = STOPS[name]
    with pytest.raises(PrivacyStop):
        POLICY.gate(given, target, IntentKind.TIGHTEN)


def test_the_stop_says_no_word_of_the_case() -> None:
    with pytest.raises(PrivacyStop) as caught:
        POLICY.gate(case(privacy=Privacy.PRIVATE), NATIONAL)
    assert not any(word in f"{caught.value} {caught.value.detail}" for word in ("Mẫu", "0900", "Nội dung"))


def test_answers_of_a_private_case_are_not_publishable_whatever_they_say() -> None:
    given = replace(
        case(privacy=Privacy.PRIVATE, origin=NATIONAL),
        acts=(act(ActKind.ANSWERED, publishable="1", version="1"), act(ActKind.CLOSED)),
    )
    sealed, closed = POLICY.gate(given, NATIONAL).acts
    assert dict(sealed.details) == {"publishable": "0", "version": "1"}
    assert closed == given.acts[1]


def test_answers_of_an_open_case_keep_their_flag() -> None:
    given = replace(case(), acts=(act(ActKind.ANSWERED, publishable="1"),))
    assert POLICY.gate(given, NATIONAL).acts == given.acts


def test_as_shipped_no_portal_learns_who_spoke_or_the_exact_point() -> None:
    """Quy chế Đ7.2 (R11) and rules §3.4."""
    for target in (NATIONAL, GOVERNMENT):
        header = POLICY.gate(case(), target).header
        assert header is not None
        assert header.sender == Sender()
        assert header.place == Place(text="xã Mẫu")


@pytest.mark.parametrize(
    ("identity", "sender"),
    [
        (Identity.NONE, Sender()),
        (Identity.NAME_PHONE, Sender(name=SENDER.name, organisation=SENDER.organisation, phone=SENDER.phone)),
        (Identity.FULL, replace(SENDER, account=None)),
    ],
)
def test_identity_as_the_policy_allows(identity: Identity, sender: Sender) -> None:
    policy = replace(POLICY, portals={NATIONAL: PortalPolicy(send_identity=identity)})
    header = policy.gate(case(), NATIONAL).header
    assert header is not None
    assert header.sender == sender


@pytest.mark.parametrize(
    ("detail", "place"),
    [
        (PlaceDetail.NONE, None),
        (PlaceDetail.COARSE, Place(text="xã Mẫu")),
        (PlaceDetail.POINT, Place(text="xã Mẫu", latitude="19.8", longitude="105.7")),
    ],
)
def test_place_as_the_policy_allows(detail: PlaceDetail, place: Place | None) -> None:
    policy = replace(POLICY, portals={NATIONAL: PortalPolicy(send_place=detail)})
    header = policy.gate(case(), NATIONAL).header
    assert header is not None
    assert header.place == place


def test_coordinates_without_words_vanish_when_only_the_area_may_go() -> None:
    header = POLICY.gate(case(place=Place(latitude="1", longitude="2")), NATIONAL).header
    assert header is not None
    assert header.place is None


def test_a_portal_that_the_policy_does_not_name_gets_the_strictest_copy() -> None:
    header = POLICY.gate(case(), "cong_moi").header
    assert header is not None
    assert header.sender == Sender()


def test_the_officers_account_stays_and_notes_go() -> None:
    acts = POLICY.gate(case(ACCEPTED, ActKind.NOTE), NATIONAL).acts
    assert [(one.kind, one.officer) for one in acts] == [(ACCEPTED, "cb-mau-01")]


# ---- the file -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ('natures = ["conduct"', 'natures = ["denunciation"', "may never be sent"),
        ('natures = ["conduct"', 'natures = ["condukt"', "giá trị lạ / unknown value: condukt"),
        ('senders = ["enterprise"]', 'sender = ["enterprise"]', "unknown key: sender (senders?)"),
        ('to = "government_portal"', 'to = "register"', "must be a portal"),
        ('after = "accepted"', 'after = "soon"', "unknown value: soon"),
        ('send_identity = "none"', 'send_identity = "all"', "unknown value: all (none, name_phone, full)"),
        ('reason = "go.government_portal"', 'reason = "go.somewhere"', "text missing: go.somewhere"),
        ('vi = "Người gửi đã rút", ', "", "needs vi and en"),
        ("[[route]]", "[[route]", "syntax error"),
    ],
)
def test_a_mistake_in_the_policy_is_told_with_file_and_line(
    tmp_path: Path, old: str, new: str, text: str
) -> None:
    content = FILE.read_text("utf-8")
    assert old in content
    path = tmp_path / "policy.toml"
    path.write_text(content.replace(old, new, 1), "utf-8")
    with pytest.raises(MappingFileError) as caught:
        Policy.load(path)
    found = [item for item in caught.value.problems if text in item]
    assert found
    assert re.match(r"[^:]+/policy\.toml:\d+: ", found[0])


def test_a_missing_policy_is_told(tmp_path: Path) -> None:
    with pytest.raises(MappingFileError):
        Policy.load(tmp_path / "policy.toml")


def test_no_setting_can_send_what_is_outside_the_rule() -> None:
    assert {Nature.COMPLAINT, Nature.DENUNCIATION, Nature.LEGAL_ADVICE} == NEVER
