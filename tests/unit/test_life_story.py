"""The stories: repeatable, complete, fictitious."""

import re
from collections import Counter

import pytest

from adapters.life.http import RefusedByServerError
from adapters.life.plots import CAST
from adapters.life.script import GOVERNMENT, NATIONAL, PORTALS, REGISTER, Expect, Story, tag_of, tagged
from adapters.life.standing import causes, expected_state, expected_status
from adapters.life.story import story, tell
from adapters.life.vocabulary import FIELDS, INWARD, KINDS, OUTWARD, SOURCES, SUBMITTERS
from connector.case import ActKind, Nature, SenderKind, Status

STORIES = tell(7, 300)


def _texts(told: Story) -> list[str]:
    return [told.title, told.content, *(step.text for step in told.steps if step.text)]


def test_the_same_seed_tells_the_same_stories_down_to_the_bytes_of_the_files() -> None:
    assert tell(7, 60) == tell(7, 60)
    assert tell(7, 60) != tell(8, 60)


def test_a_story_does_not_depend_on_how_many_are_told() -> None:
    assert tell(7, 200) == STORIES[:200]
    assert story(7, 123) == STORIES[122]


def test_the_title_ends_in_a_tag_that_tells_seed_and_number() -> None:
    for told in STORIES:
        assert tag_of(told.title) == (7, told.number)
    assert tag_of("Đèn đường hỏng") is None
    assert tag_of(tagged("Đèn đường hỏng", seed=3, number=41)) == (3, 41)


def test_a_hundred_stories_show_every_act_that_travels_in_both_directions_with_each_portal() -> None:
    shown = {
        (told.portal, step.system == REGISTER, kind)
        for told in tell(3, 100)
        if told.expect is Expect.SYNCED
        for step in told.steps
        for kind in causes(step)
    }
    for portal in PORTALS:
        for kind in set(OUTWARD.values()) - ({ActKind.RECALL_REFUSED} if portal == NATIONAL else set()):
            assert (portal, True, kind) in shown, f"{kind} never goes out to {portal}"
        for kind in INWARD:
            assert (portal, False, kind) in shown, f"{kind} never comes in from {portal}"


def test_late_notice_and_lapse_occur_although_a_portal_shows_them_as_progress_and_refusal() -> None:
    kinds = {step.kind for told in tell(3, 100) for step in told.steps}
    assert {ActKind.LATE_NOTICE, ActKind.LAPSED, ActKind.RECALL_AGREED, ActKind.RESULT_SENT_BACK} <= kinds


def test_the_mix_has_its_shares() -> None:
    births = Counter(told.birth for told in STORIES)
    expects = Counter(told.expect for told in STORIES)
    assert 100 <= births[NATIONAL] <= 125
    assert 60 <= births[GOVERNMENT] <= 80
    assert 105 <= births[REGISTER] <= 130
    assert 6 <= expects[Expect.QUARANTINE] <= 12
    assert 40 <= expects[Expect.LOCAL] <= 60


def test_every_plot_is_told_in_every_block() -> None:
    size = sum(plot.share for plot in CAST)
    for start in (0, size):
        told = tell(5, 2 * size)[start : start + size]
        assert Counter(one.plot for one in told) == Counter(
            {name: sum(p.share for p in CAST if p.name == name) for name in {p.name for p in CAST}}
        )


def test_what_must_stay_local_names_no_portal() -> None:
    local = [told for told in STORIES if told.expect is Expect.LOCAL]
    natures = {told.nature for told in local}
    assert {Nature.SITE, Nature.COMPLAINT, Nature.DENUNCIATION, Nature.LEGAL_ADVICE} <= natures
    assert any(told.private for told in local)
    for told in local:
        assert told.birth == REGISTER
        assert told.twin is None
        assert all(step.system == REGISTER for step in told.steps)


def test_business_cases_go_up_to_the_government_portal_and_others_to_the_national_one() -> None:
    pushed = [told for told in STORIES if told.birth == REGISTER and told.twin is not None]
    assert pushed
    for told in pushed:
        business = told.sender.kind is SenderKind.ENTERPRISE
        assert told.twin == (GOVERNMENT if business else NATIONAL)
        assert not told.private
        assert told.nature in {Nature.CONDUCT, Nature.REGULATION, Nature.PROPOSAL}


def test_seeded_faults_say_why_they_are_quarantined() -> None:
    reasons = {told.reason for told in STORIES if told.expect is Expect.QUARANTINE}
    assert reasons == {"unknown_kind", "unmapped_agency"}
    for told in STORIES:
        assert (told.reason is not None) == (told.expect is Expect.QUARANTINE) == bool(told.raw)


def test_every_code_that_a_birth_needs_is_in_the_vocabulary() -> None:
    for told in STORIES:
        if told.birth in PORTALS:
            assert told.nature in KINDS[told.birth]
            assert told.sender.kind in SUBMITTERS[told.birth]
            assert told.channel in SOURCES[told.birth]
            assert told.field_code in FIELDS[told.birth]


def test_senders_are_fictitious_and_say_so() -> None:
    for told in STORIES:
        assert re.fullmatch(r"090000\d{4}", told.sender.phone)
        assert told.sender.email.endswith("@example.com")
        assert re.search(r"Mẫu|Ví Dụ", told.sender.name)
        assert "(mẫu)" in told.sender.address


def test_texts_are_vietnamese_with_diacritics_and_carry_no_phone_or_mail() -> None:
    for told in STORIES:
        for text in _texts(told):
            assert re.search(
                r"[ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹáàãéèíìóòúùý]", text.lower()
            )
            assert not re.search(r"\d{9,}|@", text)


def test_files_are_what_their_type_says() -> None:
    files = [
        file for told in STORIES for file in (*told.files, *(f for step in told.steps for f in step.files))
    ]
    assert {file.media_type for file in files} == {"application/pdf", "image/jpeg"}
    for file in files:
        assert file.content.startswith(b"%PDF-" if file.media_type == "application/pdf" else b"\xff\xd8\xff")
    assert len({file.content for file in files}) == len(files)


@pytest.mark.parametrize(
    ("plot", "status", "state"),
    [
        ("published", Status.PUBLISHED, "DA_CONG_KHAI"),
        ("lapsed", Status.REFUSED, "HET_HAN_BO_SUNG"),
        ("refused", Status.REFUSED, "KHONG_TIEP_NHAN"),
        ("returned", Status.RETURNED_VPCP, "KHONG_TIEP_NHAN"),
        ("transferred", Status.TRANSFERRED, "KHONG_TIEP_NHAN"),
        ("recalled", Status.RECALLED, "KHONG_TIEP_NHAN"),
        ("kept", Status.PUBLISHED, "DA_CONG_KHAI"),
        ("private", Status.CLOSED, "DA_TRA_LOI_RIENG"),
        ("reworked", Status.PUBLISHED, "DA_CONG_KHAI"),
    ],
)
def test_each_ending_has_the_status_and_state_of_the_rules(plot: str, status: Status, state: str) -> None:
    """Rules §3.2 and §3.6."""
    told = next(one for one in STORIES if one.plot == plot)
    assert expected_status(told) is status
    assert expected_state(told) == state


def test_a_refusal_shows_the_code_and_never_the_body() -> None:
    assert str(RefusedByServerError(409, "WRONG_STATE")) == "HTTP 409 WRONG_STATE"
