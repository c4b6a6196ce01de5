"""Rule files are strict: every mistake is named with file and line, all at once, and nothing is assumed instead."""

import shutil
from pathlib import Path

import pytest

from connector.errors import RuleFileError
from connector.rules.book import RuleBook
from connector.rules.duty import Duty
from tests.unit.rule_story import BOOK, MAPPINGS

CALENDAR = "calendars/2026-11-23.1.toml"
PACK = "rule_packs/TH-2020.1.toml"
EMPTY = "rule_packs/TH-2025.1.toml"
RULES = "rules.toml"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A copy of the shipped rule files."""
    folder = tmp_path / "mappings"
    for name in ("calendars", "rule_packs"):
        shutil.copytree(MAPPINGS / name, folder / name)
    shutil.copy(MAPPINGS / RULES, folder / RULES)
    return folder


def line_of(path: Path, text: str) -> int:
    return next(n for n, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1) if text in line)


def problems(root: Path) -> tuple[str, ...]:
    with pytest.raises(RuleFileError) as found:
        RuleBook.load(root)
    assert found.value.code == "PH-104"
    return found.value.problems


def only_problem(root: Path) -> str:
    (one,) = problems(root)
    return one


def edited(root: Path, name: str, old: str, new: str) -> None:
    path = root / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


# ---- calendars ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "wrong_line", "what"),
    [
        ('2025-01-01 = "Tết Dương lịch"', "2025-01-01 = off", "= off", "syntax error"),
        ('2025-01-01 = "Tết Dương lịch"', '2024-01-01 = "x"', "2024-01-01", "not in 2025"),
        ('2025-01-01 = "Tết Dương lịch"', '2025-01-01 = " "', '= " "', "not blank"),
        ('2025-01-01 = "Tết Dương lịch"', '2025-02-30 = "x"', "2025-02-30", "not a date"),
        ('2025-01-01 = "Tết Dương lịch"', '20250101 = "x"', "20250101", "not a date"),
        ('2025-01-01 = "Tết Dương lịch"', '2025-01-04 = "x"', "2025-01-04", "weekend day, off anyway"),
        (
            '2025-04-26 = "Làm bù cho 02/05/2025"',
            '2025-04-25 = "x"',
            "2025-04-25",
            "worked anyway",
        ),
        (
            '2025-04-26 = "Làm bù cho 02/05/2025"',
            '2025-05-02 = "x"',
            '2025-05-02 = "Hoán đổi',
            "both off and worked",
        ),
        ('2026-11-23 = "Đề xuất', '2026-11-24 = "Đề xuất', '2026-11-24 = "Đề xuất', "decided already"),
        ('basis = ["TB 6150/TB-BLĐTBXH (03/12/2024)"]\n', "", "[2025]", "missing: basis"),
        ('basis = ["TB 6150/TB-BLĐTBXH (03/12/2024)"]', "basis = []", "basis = []", "empty list"),
        ("[2025.days_worked]", "[2025.days_work]", "[2025.days_work]", "unknown key (days_worked?)"),
        ('version = "2026-11-23.1"', 'version = "moi"', "version =", "must look like"),
        ("[2027.days_worked]\n", "", "[2027]", "days_worked"),
    ],
)
def test_a_wrong_calendar_is_named_with_file_and_line(
    root: Path, old: str, new: str, wrong_line: str, what: str
) -> None:
    edited(root, CALENDAR, old, new)
    place = f"mappings/{CALENDAR}:{line_of(root / CALENDAR, wrong_line)}: "
    assert any(one.startswith(place) and what in one for one in problems(root)), problems(root)


def test_a_day_off_twice_is_a_syntax_error_with_its_line(root: Path) -> None:
    edited(root, CALENDAR, '2027-01-01 = "Tết Dương lịch"', '2027-01-01 = "x"\n2027-01-01 = "y"')
    line = line_of(root / CALENDAR, '= "y"')
    assert f":{line}: " in only_problem(root)


def test_two_calendars_of_one_version_are_refused(root: Path) -> None:
    shutil.copy(root / CALENDAR, root / "calendars" / "khac.toml")
    assert "same version as mappings/calendars/2026-11-23.1.toml:" in only_problem(root)


def test_the_newest_calendar_governs_and_the_old_one_stays(root: Path) -> None:
    for version in ("2026-11-23.2", "2026-11-23.10"):
        text = (MAPPINGS / CALENDAR).read_text(encoding="utf-8")
        (root / "calendars" / f"{version}.toml").write_text(
            text.replace('version = "2026-11-23.1"', f'version = "{version}"'), encoding="utf-8"
        )
    book = RuleBook.load(root)
    assert book.calendar.version == "2026-11-23.10"
    assert book.calendar_of("2026-11-23.1").version == "2026-11-23.1"


def test_without_any_calendar_nothing_starts(root: Path) -> None:
    shutil.rmtree(root / "calendars")
    assert "mappings/calendars:1:" in only_problem(root)


# ---- rule packs ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "wrong_line", "what"),
    [
        ("days = 10", "days = off", "days = off", "syntax error"),
        ("days = 10", "days = 0", "days = 0", "above 0"),
        ("days = 10", "days = -1", "days = -1", "above 0"),
        ("days = 10", "days = true", "days = true", "above 0"),
        ('duty = "handle"', 'duty = "xu_ly"', 'duty = "xu_ly"', "unknown value: xu_ly"),
        ('starts = "hand_over"', 'starts = "receit"', 'starts = "receit"', "unknown value: receit"),
        ('basis = "Quy chế Điều 13 khoản 1"', 'basis = " "', 'basis = " "', "not blank"),
        ('unit = "working"', 'units = "working"', "units =", "unknown key (unit?)"),
        ("legal = true", 'legal = "yes"', 'legal = "yes"', "true or false"),
        (
            "valid_from = 2020-02-15",
            "valid_from = 2020-02-15\nvalid_to = 2020-01-01",
            "valid_to =",
            "before",
        ),
        ("valid_from = 2020-02-15", 'valid_from = "15/02/2020"', "15/02/2020", "must be a date"),
        ('status = "binding"', 'status = "empty"', "status =", "cannot be empty"),
    ],
)
def test_a_wrong_pack_is_named_with_file_and_line(
    root: Path, old: str, new: str, wrong_line: str, what: str
) -> None:
    edited(root, PACK, old, new)
    place = f"mappings/{PACK}:{line_of(root / PACK, wrong_line)}: "
    assert any(one.startswith(place) and what in one for one in problems(root)), problems(root)


def test_a_clock_without_its_basis_is_named_by_the_line_of_the_clock(root: Path) -> None:
    edited(root, PACK, 'basis = "Quy chế Điều 13 khoản 1"\n', "")
    line = line_of(root / PACK, 'duty = "publish"') - 1
    assert only_problem(root) == f"mappings/{PACK}:{line}: thiếu / missing: basis"


def test_a_pack_that_may_govern_needs_its_first_day(root: Path) -> None:
    edited(root, PACK, "valid_from = 2020-02-15\n", "")
    assert only_problem(root) == f"mappings/{PACK}:1: thiếu / missing: valid_from"


def test_a_duty_has_one_clock_and_a_group_one_name(root: Path) -> None:
    edited(root, PACK, 'duty = "handle"', 'duty = "supplement"')
    edited(root, PACK, "number = 2", "number = 1")
    assert [one.partition(": ")[2] for one in problems(root)] == [
        "duty: supplement đã có thời hạn / has a term already",
        "number: nhóm 1 trùng / group 1 twice",
    ]


def test_a_pack_that_is_not_empty_needs_clocks(root: Path) -> None:
    edited(root, EMPTY, 'status = "empty"', 'status = "binding"')
    assert f"mappings/{EMPTY}:{line_of(root / EMPTY, 'status =')}: " in only_problem(root)


def test_two_versions_of_a_pack_may_not_hold_on_one_day(root: Path) -> None:
    text = (root / PACK).read_text(encoding="utf-8")
    second = root / "rule_packs" / "TH-2020.2.toml"
    second.write_text(text.replace("version = 1", "version = 2", 1), encoding="utf-8")
    place = f"mappings/rule_packs/TH-2020.2.toml:{line_of(second, 'valid_from =')}: "
    assert only_problem(root).startswith(place)
    assert "overlaps that of TH-2020/1" in only_problem(root)
    second.write_text(
        second.read_text(encoding="utf-8").replace("valid_from = 2020-02-15", "valid_from = 2026-06-01", 1),
        encoding="utf-8",
    )
    edited(root, PACK, "valid_from = 2020-02-15", "valid_from = 2020-02-15\nvalid_to = 2026-05-31")
    assert {"TH-2020/1", "TH-2020/2"} <= set(RuleBook.load(root).packs)


def test_two_files_of_one_pack_version_are_refused(root: Path) -> None:
    shutil.copy(root / PACK, root / "rule_packs" / "khac.toml")
    assert "same version as mappings/rule_packs/TH-2020.1.toml:" in only_problem(root)


def test_R03_one_field_may_not_hold_twice_on_one_day(root: Path) -> None:
    edited(root, PACK, 'code = "moi_truong"', 'code = "ha_tang_ky_thuat"')
    assert "validity of ha_tang_ky_thuat overlaps" in only_problem(root)


# ---- which pack for whom ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ('"zalo", ', "", "channel missing: zalo"),
        ('"zalo"', '"zalo", "zalo"', "zalo đã được phân / is assigned already"),
        ('"zalo"', '"viber"', "unknown value: viber"),
        ('"TH-2025", "TH-2020"', '"TH-2024"', "no such pack: TH-2024"),
        ('"TH-2025", "TH-2020"', '"CS766"', "CS766 chỉ theo dõi"),
        ('basis = "Quy chế Điều 2, Điều 6 khoản 1"\n', "", "missing: basis"),
    ],
)
def test_R01_a_wrong_assignment_is_named(root: Path, old: str, new: str, what: str) -> None:
    edited(root, RULES, old, new)
    assert any(one.startswith(f"mappings/{RULES}:") and what in one for one in problems(root))


def _inner(root: Path, *, days: int, duty: str = "handle") -> None:
    with (root / RULES).open("a", encoding="utf-8") as file:
        file.write(f'\n[[inner]]\nagency = "000.00.77.H56"\nduty = "{duty}"\ndays = {days}\nbasis = "mẫu"\n')


def test_R32_an_inner_step_of_12_days_in_the_window_of_10_is_refused(root: Path) -> None:
    _inner(root, days=12)
    assert only_problem(root).startswith(f"mappings/{RULES}:{line_of(root / RULES, 'days = 12')}: ")
    assert "longer than the 10 of TH-2020/1" in only_problem(root)


def test_R32_an_inner_step_inside_the_window_is_taken(root: Path) -> None:
    _inner(root, days=10)
    assert RuleBook.load(root).inner["000.00.77.H56", Duty.HANDLE].days == 10


def test_R32_nobody_shortens_the_senders_time(root: Path) -> None:
    _inner(root, days=3, duty="supplement")
    assert "the sender's time is not shortened" in only_problem(root)


def test_R32_two_steps_for_one_duty_of_one_agency_are_refused(root: Path) -> None:
    _inner(root, days=5)
    _inner(root, days=6)
    assert "has this step already" in only_problem(root)


# ---- all together -------------------------------------------------------------------------------------------


def test_every_problem_of_every_file_is_told_at_once(root: Path) -> None:
    edited(root, CALENDAR, "[2025.days_worked]", "[2025.days_work]")
    edited(root, PACK, "days = 10", "days = 0")
    edited(root, RULES, '"zalo"', '"viber"')
    files = {one.split(":")[0] for one in problems(root)}
    assert files == {f"mappings/{name}" for name in (CALENDAR, PACK, RULES)}


def test_a_second_folder_shadows_files_of_the_same_name(root: Path, tmp_path: Path) -> None:
    own = tmp_path / "own"
    (own / "rule_packs").mkdir(parents=True)
    text = (root / PACK).read_text(encoding="utf-8").replace("days = 10", "days = 9", 1)
    (own / PACK).write_text(text, encoding="utf-8")
    term = RuleBook.load(root, own).pack("TH-2020/1").term(Duty.HANDLE)
    assert term
    assert term.days == 9


@pytest.mark.parametrize(
    ("ref", "duty", "days"),
    [
        ("TH-2020/1", Duty.CLASSIFY, 2),
        ("TH-2020/1", Duty.SUPPLEMENT, 5),
        ("TH-2020/1", Duty.HANDLE, 10),
        ("TH-2020/1", Duty.COORDINATE, 5),
        ("TH-2020/1", Duty.PUBLISH, 1),
        ("CS766/1", Duty.CLASSIFY, 2),
        ("CS766/1", Duty.ASK_SUPPLEMENT, 5),
        ("CS766/1", Duty.ANSWER, 15),
        ("CS766/1", Duty.PUBLISH, 2),
        ("QD574/1", Duty.ANSWER, 20),
        ("ND20/1", Duty.CLASSIFY, 5),
    ],
)
def test_the_shipped_packs_say_what_the_texts_say(ref: str, duty: Duty, days: int) -> None:
    term = BOOK.pack(ref).term(duty)
    assert term
    assert (term.days, term.legal) == (days, True)


def test_the_shipped_assignment_of_the_role_is_the_only_target_that_no_text_sets() -> None:
    assert [term.duty for pack in BOOK.packs.values() for term in pack.terms if not term.legal] == [
        Duty.ASSIGN
    ]


def test_R16_there_are_exactly_four_groups() -> None:
    assert [group.number for group in BOOK.pack("TH-2020/1").groups] == [1, 2, 3, 4]
