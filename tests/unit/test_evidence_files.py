"""The evidence document: who may see what, deadlines with their basis, every attempt; it is laid out whatever comes."""

import io
import re
from dataclasses import replace

import pytest
from pypdf import PdfReader

from connector.case import Privacy
from connector.reports.evidence import Ended, Evidence, decisions, known_acts
from connector.reports.evidence_pdf import write_evidence
from connector.rules.openings import entitled, needs
from connector.rules.visibility import Audience, Matter
from connector.services.evidence import AUDIENCES
from tests.unit.evidence_kit import OFFICER, SENT_AT, evidence, told
from tests.unit.report_kit import names

SECRETS = ("Nguyễn Văn Mẫu", "0900000000", "Rác thải", "Lời của")


def words(found: Evidence) -> str:
    out = io.BytesIO()
    write_evidence(found, names("2026-11-20"), out, bundle="chung-cu.jsonl", sha256="ab" * 32)
    pages = PdfReader(io.BytesIO(out.getvalue())).pages
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in pages))


def test_the_archive_sees_acts_and_deadlines_and_no_word_of_the_sender() -> None:
    text = words(evidence(Audience.EXPORT))
    assert not [secret for secret in SECRETS if secret in text]
    for part in (
        "HỒ SƠ CHỨNG CỨ",
        "Tiếp nhận xử lý",
        "xong trễ",
        "Quy chế Điều 13 khoản 1",
        "PH-302",
        OFFICER,
        "12/QD-VP",
    ):
        assert part in text, part


def test_the_unit_sees_the_sender_and_is_told_to_keep_it_secret() -> None:
    text = words(evidence(Audience.UNIT))
    assert all(secret in text for secret in SECRETS)
    assert "Đ7.2" in text


def test_evidence_is_made_only_for_those_who_may_see_accounts_and_inner_steps() -> None:
    assert set(AUDIENCES) == {Audience.EXPORT, Audience.INTAKE, Audience.UNIT}


def test_every_attempt_stands_with_its_entry() -> None:
    found = evidence(writes=3)
    text = words(found)
    for write in found.writes:
        assert len(write.steps) >= 5
        assert all(f"[mục {step.seq}]" in text for step in write.steps)


def test_an_act_that_both_sides_tell_is_one_act() -> None:
    sides = told()
    acts = known_acts(sides, {}, Audience.EXPORT, Privacy.OPEN)
    assert len(acts) == 5
    assert [len(one.systems) for one in acts] == [2, 2, 1, 1, 1]


def test_a_portals_echo_of_our_act_is_our_act() -> None:
    sides = told()
    there = sides["national_portal"]
    own = [
        replace(act, id=f"national_portal:{at}", echo=f"key-{at}", text="khác")
        for at, act in enumerate(there.acts)
    ]
    sides["national_portal"] = replace(there, acts=tuple(own))
    echoes = {"national_portal": {f"key-{at}": act.id for at, act in enumerate(there.acts)}}
    assert len(known_acts(sides, echoes, Audience.EXPORT, Privacy.OPEN)) == 5


def test_only_persons_decide_whatever_node_a_program_ran_on() -> None:
    found = evidence()
    nodes = [replace(one, actor="may-chu-2/4711", data={}) for one in found.entries]
    ordered = [replace(found.entries[0], actor="cli/mau"), replace(found.entries[0], actor="can.bo.khac")]
    assert {one.officer for one in decisions(found.entries, ())} == {OFFICER}
    assert [one.officer for one in decisions([*nodes, *ordered], ())] == ["cli/mau", "can.bo.khac"]


def test_the_summary_counts_and_holds_no_word() -> None:
    summary = evidence(Audience.UNIT).summary()
    assert summary["acts"] == 5
    assert summary["writes"] == {"done": 2}
    assert summary["deadlines"] == {"met": 2, "missed": 1}
    assert not [secret for secret in SECRETS if secret in repr(summary)]


def test_a_duty_without_a_day_was_neither_met_nor_missed() -> None:
    found = evidence()
    bare = tuple(replace(one, clock=replace(one.clock, due=None)) for one in found.terms)
    changed = replace(found, terms=bare)
    assert (changed.kept(met=True), changed.kept(met=False)) == (0, 0)
    assert "ĐÚNG HẠN" in words(found)
    assert "ĐÚNG HẠN" not in words(changed)


def test_a_case_tried_for_weeks_and_a_title_without_end_fit_on_pages() -> None:
    found = evidence(Audience.UNIT, writes=1)
    assert found.header is not None
    long = replace(found.header, title="Chợ Mẫu " * 2000, content="Đường hỏng. " * 3000)
    steps = found.writes[0].steps * 60
    text = words(replace(found, header=long, writes=(replace(found.writes[0], steps=steps),)))
    assert "(tiếp)" in text


def test_an_erased_case_tells_what_was_erased_and_no_more() -> None:
    end = Ended(kind="erased", at=SENT_AT, officer=OFFICER, basis="15/QD-VP")
    text = words(evidence(acts=(), header=None, terms=(), end=end))
    assert "đã được xóa bằng cách hủy khóa" in text
    assert "15/QD-VP" in text


@pytest.mark.parametrize(
    ("name", "matter"),
    [
        ("header.sender", Matter.CONTACT),
        ("header.title", Matter.CONTENT),
        ("acts", Matter.WORDING),
        ("field.Phone", Matter.CONTACT),
        ("raw", Matter.CONTACT),
        ("later.unknown", Matter.CONTACT),
    ],
)
def test_what_an_opening_asks_for(name: str, matter: Matter) -> None:
    assert matter in needs(name)


def test_openings_follow_the_table_of_who_sees_what() -> None:
    sealed = {
        7: dict.fromkeys(("header.sender", "header.title", "case.code", "acts"), ("00" * 16, "x")),
        8: {"raw": ("00" * 16, "x")},
    }
    shown = {who: entitled(sealed, who, Privacy.OPEN) for who in Audience}
    assert set(shown[Audience.UNIT][7]) == {"header.sender", "header.title", "case.code", "acts"}
    assert shown[Audience.EXPORT] == {7: {"case.code": ("00" * 16, "x")}}
    assert set(shown[Audience.COORDINATOR][7]) == {"header.title", "case.code"}
    assert shown[Audience.LOG] == {}
    assert entitled(sealed, Audience.COORDINATOR, Privacy.RESTRICTED) == {}
