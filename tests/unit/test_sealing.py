"""Sealed values open for the right key at the right place and for nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.errors import MasterKeyError, SealBroken
from connector.sealing import MasterKeys, new_master_line, with_new_master


def masters(*names: str) -> MasterKeys:
    return MasterKeys.parse("\n".join(new_master_line(name) for name in names))


@given(plain=st.binary(max_size=300))
def test_what_was_sealed_opens_to_the_same_bytes(plain: bytes) -> None:
    key, _ = masters("2026-11").new_key("register/1")
    assert key.open(key.seal(plain, "act.text/1"), "act.text/1") == plain


def test_a_sealed_value_shows_nothing_of_its_text() -> None:
    key, _ = masters("a").new_key("register/1")
    assert "Nguyễn Văn Mẫu".encode() not in key.seal("Nguyễn Văn Mẫu".encode(), "x")
    assert key.seal(b"same", "x") != key.seal(b"same", "x")


def test_a_value_moved_to_another_row_does_not_open() -> None:
    key, _ = masters("a").new_key("register/1")
    with pytest.raises(SealBroken) as caught:
        key.open(key.seal(b"secret", "contact/1"), "contact/2")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("position", [0, 1, 20, -1])
def test_a_changed_byte_is_noticed(position: int) -> None:
    key, _ = masters("a").new_key("register/1")
    sealed = bytearray(key.seal(b"0900000000", "contact/1"))
    sealed[position] ^= 1
    with pytest.raises(SealBroken):
        key.open(bytes(sealed), "contact/1")


def test_a_case_key_of_another_owner_does_not_unwrap() -> None:
    keys = masters("a")
    _, wrapped = keys.new_key("register/1")
    with pytest.raises(SealBroken):
        keys.unwrap(wrapped, "register/2")


def test_rotation_wraps_anew_and_old_data_still_opens() -> None:
    old_line = new_master_line("2026")
    old = MasterKeys.parse(old_line)
    key, wrapped = old.new_key("register/1")
    sealed = key.seal(b"noi dung", "case/1")

    both = MasterKeys.parse(with_new_master([old_line], "2027"))
    assert both.current == "2027"
    again = both.wrap(both.unwrap(wrapped, "register/1"), "register/1")
    new_only = MasterKeys.parse(with_new_master([old_line], "2028").splitlines()[0])

    assert again.master == "2027"
    assert both.unwrap(again, "register/1").open(sealed, "case/1") == b"noi dung"
    with pytest.raises(MasterKeyError, match="2026"):
        new_only.unwrap(wrapped, "register/1")


@pytest.mark.parametrize("text", ["", "# only a comment\n", "a:short", "nothing", "a:%%%"])
def test_a_malformed_key_file_is_named_without_its_content(text: str) -> None:
    with pytest.raises(MasterKeyError) as caught:
        MasterKeys.parse(text)
    assert "short" not in str(caught.value)


def test_a_name_stands_once_in_the_key_file() -> None:
    with pytest.raises(MasterKeyError, match="line 2"):
        MasterKeys.parse(f"{new_master_line('a')}\n{new_master_line('a')}")


def test_keys_do_not_show_in_reprs() -> None:
    line = new_master_line("a")
    keys = MasterKeys.parse(line)
    key, _ = keys.new_key("x")
    shown = repr(keys) + repr(key)
    assert line.partition(":")[2] not in shown
    assert key.secret.hex() not in shown
    assert repr(key.secret) not in shown


def test_equal_values_match_and_matches_survive_a_rotation() -> None:
    line = new_master_line("a")
    before, after = MasterKeys.parse(line), MasterKeys.parse(with_new_master([line], "b"))
    assert before.match_digest("phone", "+84900000000") == after.match_digest("phone", "+84900000000")
    assert before.match_digest("phone", "+84900000000") != before.match_digest("phone", "+84900000001")
    assert before.match_digest("phone", "x") != before.match_digest("email", "x")
