"""Differences between versions of the mappings are told by row and cell, as an official would name them."""

from pathlib import Path

import pytest

from connector.errors import MappingFileError
from connector.mapping.compare import Change, Kind, compare
from connector.mapping.folder import LARGEST, Folder, look
from connector.mapping.tree import leaves, parts

HEAD = "code,canonical,direction,verified,label_vi,note\n"
ONE, TWO = "1,NEW,both,false,Mới,\n", "2,ASSIGNED,both,false,Đã chuyển,\n"


def csv(before: str, after: str) -> tuple[Change, ...]:
    return compare({"a.csv": before}, {"a.csv": after})


def test_a_cell_is_told_with_its_row_and_column() -> None:
    [found] = csv(HEAD + ONE + TWO, HEAD + ONE + TWO.replace("false", "true"))
    assert found == Change(
        file="a.csv", kind=Kind.CHANGED, place="2", column="verified", before="false", after="true"
    )


def test_notes_blank_lines_and_the_order_of_columns_are_no_difference() -> None:
    other = "# ghi chú\n\nlabel_vi,code,canonical,direction,verified,note\nMới,1,NEW,both,false,\n"
    assert csv(HEAD + ONE, other) == ()


def test_a_row_that_came_or_went_is_told_once_and_the_others_stay_themselves() -> None:
    [gone] = csv(HEAD + ONE + TWO, HEAD + TWO)
    assert (gone.kind, gone.place, gone.before) == (
        Kind.REMOVED,
        "1",
        "canonical=NEW; label_vi=Mới; direction=both; verified=false",
    )
    [came] = csv(HEAD + TWO, HEAD + ONE + TWO)
    assert (came.kind, came.place, came.before) == (Kind.ADDED, "1", None)


def test_another_order_of_rows_is_told_because_the_first_that_fits_decides() -> None:
    [found] = csv(HEAD + ONE + TWO, HEAD + TWO + ONE)
    assert found == Change(file="a.csv", kind=Kind.ORDER)


def test_rows_of_one_code_are_told_apart_by_their_conditions_or_values() -> None:
    head = "code,if_status,canonical,verified,label_vi,note\n"
    before = head + "X,1,a,false,,\nX,2,b,false,,\n"
    [found] = csv(before, head + "X,1,a,false,,\nX,2,c,false,,\n")
    assert (found.place, found.column, found.after) == ("X, if_status=2", "canonical", "c")
    twice = HEAD + "5,progress,out,false,,\n5,late_notice,out,false,,\n"
    [gone] = csv(twice, HEAD + "5,late_notice,out,false,,\n")
    assert (gone.kind, gone.place) == (Kind.REMOVED, "5, canonical=progress")


def test_a_rule_is_one_value_and_named_by_its_path() -> None:
    before = '[read.case.header]\ntitle = { from = "TIEUDE", max = 500 }\n'
    [found] = compare({"m.toml": before}, {"m.toml": before.replace("500", "400")})
    assert (found.place, found.before, found.after) == (
        "read.case.header.title",
        '{"from": "TIEUDE", "max": 500}',
        '{"from": "TIEUDE", "max": 400}',
    )


def test_a_table_of_an_array_is_known_by_its_name_so_that_one_before_it_changes_nothing() -> None:
    rule = '[[write]]\noperation = "{name}"\n[write.fields]\nLyDo = {{ from = "act.text" }}\n'
    before, more = rule.format(name="tu_choi"), rule.format(name="tiep_nhan")
    found = compare({"m.toml": before}, {"m.toml": more + before})
    assert {one.kind for one in found} == {Kind.ADDED}
    assert {one.place for one in found} == {"write[tiep_nhan].operation", "write[tiep_nhan].fields.LyDo"}


def test_files_that_came_went_or_cannot_be_read_are_told_as_a_whole() -> None:
    found = compare({"a.csv": HEAD, "b.toml": "a = 1"}, {"c.csv": HEAD, "b.toml": "a = = 1"})
    assert [(one.file, one.kind) for one in found] == [
        ("a.csv", Kind.REMOVED),
        ("b.toml", Kind.UNREADABLE),
        ("c.csv", Kind.ADDED),
    ]


def test_every_shipped_file_can_be_read_and_differs_from_itself_in_nothing() -> None:
    folder = Folder.read(Path(__file__).parents[2] / "mappings")
    assert compare(folder.texts, dict(folder.texts)) == ()
    emptied = dict.fromkeys(folder.texts, "")
    told = {one.file for one in compare(emptied, folder.texts)}
    assert told == set(folder.texts)
    assert not [one for one in compare(emptied, folder.texts) if one.kind is Kind.UNREADABLE]


def test_a_tree_is_read_in_the_order_of_the_file_with_rules_on_one_line() -> None:
    tree = {
        "to": "x",
        "texts": {"go": {"vi": "Đi", "en": "Go"}},
        "ref": [{"from": "A"}, {"value": "b", "when": {"C": "1"}}],
    }
    told = [(one.table, one.key) for one in leaves(tree)]
    assert told == [("", "to"), ("", "ref"), ("texts", "go")]
    assert parts(tree["ref"]) == ({"from": "A"}, {"value": "b", "when": '{"C": "1"}'})
    assert parts(["a", "b"]) == ({"value": "a, b"},)


# ---- the folder ---------------------------------------------------------------------------------------------


def test_what_editors_leave_behind_is_no_mapping(tmp_path: Path) -> None:
    (tmp_path / "policy.toml").write_text("a = 1", encoding="utf-8")
    before = Folder.read(tmp_path).digest
    for name in (".policy.toml.swp", "policy.toml~", ".git/config.toml", "ghi chú.txt"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("x", encoding="utf-8")
    assert Folder.read(tmp_path).digest == before
    assert [name for name, _, _ in look(tmp_path)] == ["policy.toml"]


def test_what_is_written_again_is_what_was_read(tmp_path: Path) -> None:
    folder = Folder.read(Path(__file__).parents[2] / "mappings")
    assert Folder.read(folder.write(tmp_path)).digest == folder.digest


def test_a_folder_that_is_not_there_and_a_file_without_measure_are_refused(tmp_path: Path) -> None:
    with pytest.raises(MappingFileError):
        Folder.read(tmp_path / "khong")
    (tmp_path / "to.csv").write_bytes(b"x" * (LARGEST + 1))
    with pytest.raises(MappingFileError) as refused:
        Folder.read(tmp_path)
    assert "to.csv:1" in refused.value.problems[0]
