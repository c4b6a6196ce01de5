"""What officials see of deadlines: ``phanhoi case show``, ``calendar`` and ``rules``."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from connector.case import REGISTER, Act, ActKind, Case, Channel
from connector.cli import cases as shown
from connector.cli.common import CHOICE
from connector.cli.root import app
from connector.jsonable import jsonable
from connector.rules.book import RuleBook
from connector.rules.due import Due
from connector.services.deadlines import PortalDue, deadlines, portal_due
from connector.services.explain import CaseView
from tests.unit.rule_story import BOOK, Story, at

K = ActKind
RUN = CliRunner()


@pytest.fixture(autouse=True)
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Defaults alone, and the language back to Vietnamese."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(CHOICE, "lang", "vi")
    monkeypatch.setattr(CHOICE, "config", None)
    monkeypatch.setenv("COLUMNS", "200")


def case_of(story: Story, system: str = REGISTER) -> Case:
    return Case(system=system, ref="1", origin=(system, "1"), acts=tuple(story.acts))


def states(story: Story, now: str, book: RuleBook = BOOK) -> dict[str, str]:
    """State of each governing duty."""
    found = deadlines(case_of(story), book, at(now))
    return {one.clock.duty.value: one.state for one in found if one.clock.governs}


# ---- states -------------------------------------------------------------------------------------------------


def test_R22_overdue_is_derived_when_it_is_read() -> None:
    story = Story().received("2026-11-04").handed_over("2026-11-04")
    assert states(story, "2026-11-18 23:59:59.999999") == {"classify": "done", "handle": "open"}
    assert states(story, "2026-11-19 00:00")["handle"] == "late"
    story.add(K.LATE_NOTICE, "2026-11-19")
    assert states(story, "2026-11-20")["handle"] == "late_informed"
    story.add(K.RESULT, "2026-11-20")
    assert states(story, "2026-11-20") == {"classify": "done", "handle": "done_late", "publish": "open"}


def test_R01_a_missing_basis_is_said() -> None:
    story = Story(Channel.PHONE).received("2026-11-04")
    assert states(story, "2027-06-01") == {"classify": "missing"}
    story.add(K.WITHDRAWN, "2026-11-05")
    assert states(story, "2027-06-01") == {"classify": "void"}


def test_a_day_that_no_calendar_reaches_is_not_called_a_missing_basis() -> None:
    assert states(Story().received("2027-12-30"), "2028-06-01") == {"classify": "uncomputed"}


def test_the_first_to_end_of_a_duty_is_marked() -> None:
    story = Story().received("2026-11-02")
    marked = [one.clock.pack for one in deadlines(case_of(story), BOOK, at("2026-11-02")) if one.first]
    assert marked == ["TH-2020/1"]


def test_a_portals_own_day_stands_beside_ours() -> None:
    due = at("2026-11-30 17:00")
    changed = Act(
        id="national_portal:9", kind=K.DUE_CHANGED, at=at("2026-11-05"), details={"due_at": due.isoformat()}
    )
    seen = replace(case_of(Story(), "national_portal"), acts=(changed,))
    assert portal_due(seen) == PortalDue(system="national_portal", at=due)
    assert portal_due(replace(seen, due_at=at("2026-12-01"))) == PortalDue(
        system="national_portal", at=at("2026-12-01")
    )
    assert portal_due(replace(seen, acts=())) is None
    assert portal_due(replace(seen, system=REGISTER)) is None


# ---- phanhoi case show --------------------------------------------------------------------------------------


def view_of(story: Story, now: str) -> CaseView:
    return CaseView(
        id=1,
        code="000.00.00.H56-261118-00057",
        origin="register:1",
        sides=(),
        deadlines=deadlines(case_of(story), BOOK, at(now)),
        portal_due=(PortalDue(system="national_portal", at=at("2026-12-01 17:00")),),
        deliveries=(),
        quarantine=(),
        next=(),
    )


def test_case_show_prints_day_other_reading_article_pack_and_state(
    capsys: pytest.CaptureFixture[str],
) -> None:
    story = Story().received("2026-11-20")
    shown._print(view_of(story, "2026-11-27"))
    out = capsys.readouterr().out
    for text in (
        "Thứ tư 25/11/2026 (hoặc Thứ năm 26/11/2026, chưa quyết)",
        "Phân loại",
        "QUÁ HẠN",
        "Quy chế Điều 12 khoản 1-4",
        "theo TH-2020/1",
        "theo dõi, không chi phối: ND20/1",
        "Hạn do Cổng Dịch vụ công quốc gia tự nêu: 01/12/2026 17:00:00",
    ):
        assert text in out


def test_case_show_prints_the_strict_count_the_agencys_own_day_and_what_is_missing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    story = Story().received("2026-11-02")
    story.add(K.ASSIGNED, "2026-11-04", due_at=at("2026-11-12 17:00").isoformat())
    shown._print(view_of(story, "2026-11-05"))
    out = capsys.readouterr().out
    assert "nội bộ: Thứ năm 12/11/2026" in out
    assert "tính từ ngày tiếp nhận: Thứ hai 16/11/2026" in out
    monkeypatch.setattr(CHOICE, "lang", "en")
    shown._print(view_of(Story(Channel.POST).received("2026-11-02"), "2026-11-05"))
    out = capsys.readouterr().out
    assert "DEADLINE BASIS MISSING" in out
    assert "no rule pack adopted" in out


def test_case_show_says_what_the_sender_was_told(capsys: pytest.CaptureFixture[str]) -> None:
    story = Story().received("2026-11-09")
    story.add(K.SUPPLEMENT_REQUESTED, "2026-11-11", due_at=at("2026-11-27 17:00").isoformat())
    shown._print(view_of(story, "2026-11-12"))
    assert "người gửi được báo: Thứ sáu 27/11/2026" in capsys.readouterr().out


def test_case_show_as_json_has_the_days_as_dates() -> None:
    data = jsonable(view_of(Story().received("2026-11-20"), "2026-11-27"))
    first = data["deadlines"][0]
    assert first["clock"]["due"] == {"on": "2026-11-25", "otherwise": "2026-11-26"}
    assert (first["state"], first["first"], first["clock"]["pack"]) == ("late", True, "TH-2020/1")
    assert data["portal_due"][0]["system"] == "national_portal"


def test_a_case_is_shown_while_the_rule_files_are_broken() -> None:
    """The days stand in the acts; only the articles are missing."""
    story = Story().received("2026-11-20")
    (one,) = (one for one in deadlines(case_of(story), RuleBook(), at("2026-11-27")) if one.clock.governs)
    assert (one.clock.due, one.clock.basis, one.state) == (Due.parse("2026-11-25/2026-11-26"), None, "late")


# ---- phanhoi calendar, phanhoi rules ------------------------------------------------------------------------


def test_calendar_due_shows_both_readings_and_why_a_day_is_passed_over() -> None:
    done = RUN.invoke(app, ["calendar", "due", "--from", "2026-11-20", "--days", "2"])
    assert done.exit_code == 0
    assert "Hạn: Thứ tư 25/11/2026 (hoặc Thứ năm 26/11/2026, chưa quyết)" in done.stdout
    assert "Ngày Văn hóa Việt Nam" in done.stdout
    assert "nghỉ cuối tuần" in done.stdout


def test_calendar_due_as_json_counts_by_both_readings() -> None:
    done = RUN.invoke(app, ["calendar", "due", "--from", "2026-11-20", "--days", "2", "--json"])
    data = json.loads(done.stdout)
    assert (data["due"], data["otherwise"], data["calendar"]) == ("2026-11-25", "2026-11-26", "2026-11-23.1")
    counts = {one["day"]: (one["counts_as"], one["as_proposed"]) for one in data["days"]}
    assert counts["2026-11-23"] == (1, None)
    assert counts["2026-11-25"] == (2, 1)
    assert counts["2026-11-26"] == (None, 2)


def test_calendar_due_refuses_a_year_without_a_calendar() -> None:
    done = RUN.invoke(app, ["calendar", "due", "--from", "2027-12-30", "--days", "3"])
    assert done.exit_code == 2
    assert "PH-105" in done.stderr
    assert "2028" in done.stderr


def test_calendar_check_lists_every_year_with_what_is_undecided() -> None:
    done = RUN.invoke(app, ["calendar", "check", "--json"])
    rows = {row["year"]: row for row in json.loads(done.stdout)}
    assert [rows[year]["working_days"] for year in (2025, 2026, 2027)] == [250, 249, 249]
    assert rows[2026]["undecided_off"] == ["2026-11-23"]
    assert "chưa có quyết định" in RUN.invoke(app, ["calendar", "check"]).stdout


def test_rules_check_says_which_pack_governs_which_channel() -> None:
    done = RUN.invoke(app, ["rules", "check"])
    assert done.exit_code == 0
    assert "1 lịch, 5 bộ quy tắc" in done.stdout
    assert "CHƯA ĐIỀN, không chi phối" in done.stdout
    assert "không mặc nhiên áp dụng" in done.stdout
    data = json.loads(RUN.invoke(app, ["rules", "check", "--json"]).stdout)
    assert data["channels"]["web"]["governing"] == ["TH-2025", "TH-2020"]


def test_rules_show_prints_a_pack_by_name_or_version() -> None:
    for name in ("TH-2020", "TH-2020/1"):
        done = RUN.invoke(app, ["rules", "show", name])
        assert done.exit_code == 0
        assert "10 ngày làm việc" in done.stdout
        assert "Quy chế Điều 13 khoản 1" in done.stdout
    assert json.loads(RUN.invoke(app, ["rules", "show", "QD574", "--json"]).stdout)["terms"][0]["days"] == 20


def test_rules_show_names_the_duties_that_a_pack_leaves_without_a_term() -> None:
    assert "Không nêu thời hạn cho" not in RUN.invoke(app, ["rules", "show", "TH-2020"]).stdout
    assert "Phân loại, Phối hợp" in RUN.invoke(app, ["rules", "show", "TH-2025"]).stdout


def test_rules_show_of_an_unknown_pack_names_the_known_ones() -> None:
    done = RUN.invoke(app, ["rules", "show", "TH-2024"])
    assert done.exit_code == 2
    assert "TH-2020/1" in done.stderr


def test_config_check_looks_at_the_rule_files_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PHANHOI_MAPPINGS", str(tmp_path / "trong"))
    done = RUN.invoke(app, ["config", "check"])
    assert done.exit_code == 2
    assert "trong/rules.toml" in done.stderr
    assert "trong/agencies.csv" in done.stderr
