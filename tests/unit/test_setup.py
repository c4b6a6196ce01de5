"""What ``phanhoi init`` drafts from answers: secrets apart, everything else commented in one file, nothing lost."""

import json
import stat
import tomllib
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from connector.app import adapter_settings, plugins
from connector.cli.init_questions import ask
from connector.clock import SystemClock
from connector.errors import SetupRefused, UserError
from connector.settings import load_settings
from connector.setup.carry_out import Administrator, require_free, write
from connector.setup.draft import draft, secret_paths

PASSWORD = "bí-mật-của-cổng-mẫu"
ANSWERS: dict[str, Any] = {
    "node": "may-mau",
    "systems": {
        "register": {
            "adapter": {"access": "rest", "base_url": "https://so.example", "token": "dk_bi-mat-mau"}
        },
        "national_portal": {
            "observe_every_s": 7.0,
            "push": {"secrets": ["bi-mat-mot", "bi-mat-hai"]},
            "adapter": {
                "adapter_base": "https://cong.example",
                "madonvi": "000.00.00.H56",
                "password": PASSWORD,
            },
        },
    },
}


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PHANHOI_SECRETS_DIR", raising=False)
    monkeypatch.delenv("PHANHOI_CONFIG", raising=False)


def test_what_was_answered_is_in_force_afterwards(tmp_path: Path) -> None:
    target = tmp_path / "phanhoi.toml"
    list(write(draft(ANSWERS, target, plugins()), SystemClock()))
    given = load_settings(target)
    assert given.node == "may-mau"
    assert given.systems["national_portal"].observe_every_s == 7
    assert [one.get_secret_value() for one in given.systems["national_portal"].push.secrets] == [
        "bi-mat-mot",
        "bi-mat-hai",
    ]
    assert not given.systems["government_portal"].enabled, "a portal that nobody named is off"
    checked = adapter_settings(given)
    assert set(checked) == {"register", "national_portal"}
    assert checked["national_portal"][1].password.get_secret_value() == PASSWORD
    assert checked["register"][1].token.get_secret_value() == "dk_bi-mat-mau"
    assert given.privacy.master_keys_file == tmp_path / "master.keys"
    assert given.database.folder == tmp_path / "var" / "postgres"


def test_no_secret_stands_in_the_settings_file_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    made = draft(ANSWERS, tmp_path / "phanhoi.toml", plugins())
    written = list(write(made, SystemClock()))
    text = made.settings[1]
    for secret in (PASSWORD, "dk_bi-mat-mau", "bi-mat-mot"):
        assert secret not in text
        assert secret not in repr(made)
    assert len(made.secrets) == 3
    for path in (*made.secrets, tmp_path / "master.keys"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert path in written
    assert stat.S_IMODE((tmp_path / "secrets").stat().st_mode) == 0o700
    assert written[-1] == tmp_path / "phanhoi.toml"


def test_the_file_explains_every_setting_also_those_that_are_set(tmp_path: Path) -> None:
    text = draft(ANSWERS, tmp_path / "phanhoi.toml", plugins()).settings[1]
    lines = text.splitlines()
    at = lines.index('node = "may-mau"')
    assert lines[at - 1].startswith("# tên máy")
    assert tomllib.loads(text)["systems"]["register"]["adapter"]["access"] == "rest"


def test_keys_are_never_written_over(tmp_path: Path) -> None:
    (tmp_path / "master.keys").write_text("cu:khoa")
    list(write(draft(ANSWERS, tmp_path / "phanhoi.toml", plugins()), SystemClock()))
    assert (tmp_path / "master.keys").read_text() == "cu:khoa"


@pytest.mark.parametrize("name", ["phanhoi.toml", "secrets"])
def test_nothing_is_overwritten_without_being_told(tmp_path: Path, name: str) -> None:
    target = tmp_path / "phanhoi.toml"
    require_free(target, force=False)
    (tmp_path / name).mkdir() if name == "secrets" else target.touch()
    with pytest.raises(SetupRefused) as refused:
        require_free(target, force=False)
    assert name in refused.value.message
    require_free(target, force=True)


def test_a_weak_password_of_the_administrator_is_refused_before_anything_is_written() -> None:
    with pytest.raises(UserError):
        Administrator(name="quan.tri", display_name="Nguyễn Văn Mẫu", password="123")


def test_every_secret_of_every_adapter_is_known_as_one() -> None:
    found = {".".join(path) for path in secret_paths(plugins())}
    assert {
        "database.url", "privacy.master_keys", "ledger.signing_keys", "systems.register.adapter.database_url",
        "systems.national_portal.adapter.password", "systems.national_portal.adapter.route.consumer_secret",
        "systems.government_portal.adapter.password", "systems.government_portal.push.secrets",
    } <= found  # fmt: skip


def asked(tmp_path: Path, *typed: str) -> tuple[dict[str, Any], str]:
    """The conversation with these lines typed."""
    app, tree = typer.Typer(), {}

    @app.command()
    def talk() -> None:
        tree.update(ask(tmp_path / "phanhoi.toml"))

    done = CliRunner().invoke(app, [], input="".join(f"{line}\n" for line in typed))
    assert done.exit_code == 0, done.output
    return tree, done.output


def test_enter_takes_the_defaults_and_a_wrong_answer_is_asked_again(tmp_path: Path) -> None:
    tree, said = asked(
        tmp_path,
        "may-mau", "", "own", "",  # node, embedded, register, madonvi
        "n",  # the government portal
        "y", "khong-phai-dia-chi", "000.00.00.H56", PASSWORD,  # the national one, wrong
        "https://cong.example/forward", "000.00.00.H56", PASSWORD,  # and again
        "https://tep.example", "y",
        "y", "quan.tri", "Nguyễn Văn Mẫu", "123", "123",  # weak
        "Một-mật-khẩu-dài-2026", "Một-mật-khẩu-dài-2026",
    )  # fmt: skip
    assert tree["register"] == "own"
    assert set(tree["systems"]) == {"register", "national_portal"}
    assert tree["systems"]["national_portal"]["adapter"]["adapter_base"] == "https://cong.example/forward"
    assert tree["administrator"]["name"] == "quan.tri"
    assert tree["gateway"] == {"public_base": "https://tep.example"}
    assert "database" not in tree
    assert PASSWORD not in said, "a password is not shown while it is typed"
    assert "chưa có gì được ghi" in said


def test_a_database_that_does_not_answer_is_asked_for_again(tmp_path: Path) -> None:
    tree, said = asked(
        tmp_path, "may-mau", "postgresql://mau:bi-mat@127.0.0.1:1/mau", "", "rest", "", "https://so.example",
        "dk_mau", "n", "n", "", "n", "n",
    )  # fmt: skip
    assert "PH-201" in said
    assert "database" not in tree
    assert tree["systems"]["register"]["adapter"]["base_url"] == "https://so.example"
    assert json.dumps(tree)
