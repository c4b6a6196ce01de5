"""What of a case is sealed and what stays in clear (rules §5.1): nothing that the state is derived from may need a key."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.register.sealed import (
    CLEAR_DETAILS,
    HIDDEN,
    Purpose,
    act_place,
    close,
    close_act,
    new_keys,
    open_act,
    open_case,
    opened,
    rewrapped,
    split,
    unwrapped,
)
from connector.errors import MasterKeyError, SealBroken
from connector.sealing import MasterKeys, Wrapped, new_master_line

ROOT = Path(__file__).parents[2]
LINE = new_master_line("mau")
MASTERS = MasterKeys.parse(LINE)


def test_every_detail_that_state_or_clocks_are_derived_from_outlives_the_keys():
    """T15 destroys the keys of a case; its acts are still replayed and its clocks still read."""
    readers = ("adapters/register/states.py", "connector/rules/clocks.py", "connector/rules/course.py")
    text = "".join((ROOT / name).read_text("utf-8") for name in readers)
    asked = set(re.findall(r'(?:details|told)(?:\.get\(|\[)"([\w.]+)"', text))
    asked |= set(re.findall(r'"([\w.]+)" (?:not )?in act\.details', text))
    assert {"agency", "publishable", "to_agency", "due_at"} <= asked, "the search finds what is there"
    assert asked - CLEAR_DETAILS == set()


def test_a_detail_that_nobody_has_thought_of_is_sealed():
    told = {"group": "4", "due.handle": "2026-11-25", "due.handle@CS766": "2026-12-01", "comment": "Hài lòng"}
    assert split(told | {"moi": "x"}) == (
        {"group": "4", "due.handle": "2026-11-25", "due.handle@CS766": "2026-12-01"},
        {"comment": "Hài lòng", "moi": "x"},
    )


def test_an_act_opens_to_what_it_was_and_only_in_its_place():
    keys, _ = new_keys(MASTERS, 7)
    sealed = close_act(keys, "register:1", "Nội dung", {"comment": "Tốt"})
    assert open_act(keys, "register:1", {"group": "4"}, sealed) == (
        "Nội dung",
        {"comment": "Tốt", "group": "4"},
    )
    with pytest.raises(SealBroken):
        open_act(keys, "register:2", {}, sealed)
    with pytest.raises(SealBroken):
        open_act(replace(keys, case_id=8), "register:1", {}, sealed)
    assert close_act(keys, "register:3", None, {}) is None, "nothing to keep is kept as nothing"


def test_without_the_file_key_a_case_is_hidden_and_nothing_new_is_kept():
    keys, _ = new_keys(MASTERS, 7)
    gone = replace(keys, file=None)
    shown = open_case(gone, b"anything")
    assert (shown["title"], shown["content"], shown["place_text"]) == (HIDDEN, HIDDEN, None)
    assert close(None, act_place(7, "register:1"), {"text": None}) is None
    with pytest.raises(ValueError, match="destroyed"):
        close_act(gone, "register:1", "Nội dung", {})


def test_keys_are_bound_to_their_case_and_purpose():
    _, stored = new_keys(MASTERS, 7)
    told = {
        purpose.value: {"master": item.master, "wrapped": item.blob.hex()} for purpose, item in stored.items()
    }
    assert unwrapped(MASTERS, 7, told).file is not None
    assert unwrapped(MASTERS, 7, None).contact is None
    with pytest.raises(SealBroken):
        unwrapped(MASTERS, 8, told)
    with pytest.raises(SealBroken):
        unwrapped(MASTERS, 7, {"contact": told["file"]})


def test_a_key_under_a_new_master_opens_what_it_had_sealed():
    keys, stored = new_keys(MASTERS, 7)
    sealed = close_act(keys, "register:1", "Nội dung", {})
    newer = new_master_line("moi")
    old: Wrapped = stored[Purpose.FILE]
    with pytest.raises(MasterKeyError, match="mau"):
        rewrapped(MasterKeys.parse(newer), 7, Purpose.FILE, old)
    wrapped = rewrapped(MasterKeys.parse(f"{newer}\n{LINE}"), 7, Purpose.FILE, old)
    told = {"file": {"master": wrapped.master, "wrapped": wrapped.blob.hex()}}
    after = unwrapped(MasterKeys.parse(newer), 7, told)
    assert open_act(after, "register:1", {}, sealed)[0] == "Nội dung"


def test_a_row_of_another_register_with_clear_columns_is_read_as_it_is():
    """The views are a contract; only this register has the column ``sealed``."""
    row = {"id": "a-1", "title": "Tiêu đề", "content": "Nội dung"}
    assert opened(row, MASTERS) == row
