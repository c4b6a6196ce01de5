"""The master-key file: made once, readable by its owner alone, never overwritten, changed at once or not at all."""

from datetime import date
from pathlib import Path

import pytest
from pydantic import SecretStr

from connector import keyfile
from connector.app import master_keys
from connector.errors import MasterKeyError, UserError
from connector.sealing import new_master_line
from connector.sections.privacy import PrivacySettings
from connector.settings import Settings

TODAY = date(2026, 11, 27)


def given(**privacy: object) -> Settings:
    return Settings(privacy=PrivacySettings(**privacy))


def test_a_new_file_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "khoa"
    assert keyfile.create(file, TODAY) == "2026-11-27"
    assert file.stat().st_mode & 0o777 == 0o600
    assert master_keys(given(master_keys_file=file)).names == ("2026-11-27",)


def test_an_existing_file_is_never_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "khoa"
    keyfile.create(file, TODAY)
    before = file.read_bytes()
    with pytest.raises(UserError, match="only key"):
        keyfile.create(file, TODAY)
    assert file.read_bytes() == before


def test_a_new_key_stands_in_front_and_the_old_ones_stay(tmp_path: Path) -> None:
    file = tmp_path / "khoa"
    keyfile.create(file, TODAY)
    file.chmod(0o640)
    before = file.read_text(encoding="utf-8")
    assert [keyfile.add_in_front(file, TODAY) for _ in range(2)] == ["2026-11-27.2", "2026-11-27.3"]
    assert file.read_text(encoding="utf-8").endswith(before)
    assert master_keys(given(master_keys_file=file)).current == "2026-11-27.3"
    assert file.stat().st_mode & 0o777 == 0o640, "the daemon's group can still read it"
    assert [one.name for one in tmp_path.iterdir()] == ["khoa"]


def test_a_file_that_is_malformed_is_not_added_to(tmp_path: Path) -> None:
    file = tmp_path / "khoa"
    file.write_text("khong phai khoa", encoding="utf-8")
    with pytest.raises(MasterKeyError):
        keyfile.add_in_front(file, TODAY)
    assert file.read_text(encoding="utf-8") == "khong phai khoa"


def test_one_source_of_keys_is_needed_and_only_one(tmp_path: Path) -> None:
    text = SecretStr(new_master_line("a"))
    assert master_keys(given(master_keys=text)).names == ("a",)
    for wrong in ({}, {"master_keys": text, "master_keys_file": tmp_path / "khoa"}):
        with pytest.raises(MasterKeyError, match="exactly one"):
            master_keys(given(**wrong))
    with pytest.raises(MasterKeyError, match="cannot be read") as caught:
        master_keys(given(master_keys_file=tmp_path / "khong-co"))
    assert (caught.value.code, caught.value.exit_status) == ("PH-701", 2)
    assert keyfile.master_keys_if_given(given()) is None


def test_no_key_shows_in_settings_or_errors(tmp_path: Path) -> None:
    line = new_master_line("a")
    settings = given(master_keys=SecretStr(line))
    secret = line.partition(":")[2]
    assert secret not in f"{settings!r}{settings.model_dump(mode='json')}{master_keys(settings)!r}"
    with pytest.raises(MasterKeyError) as caught:
        master_keys(given(master_keys=SecretStr(line + "\n" + line)))
    assert secret not in str(caught.value)
