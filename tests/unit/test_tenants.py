"""Several provinces in one installation: they share nothing, and those that would are not started."""

import os
from pathlib import Path

import pytest

from connector.errors import SettingsError
from connector.tenants import Tenant, check, tenants_in


def tenant(folder: Path, name: str, text: str = "", **secrets: str) -> Tenant:
    own = folder / name
    (own / "secrets").mkdir(parents=True)
    (own / "phanhoi.toml").write_text(
        text
        or f"""
[database]
folder = "{own}/postgres"
[privacy]
master_keys_file = "{own}/master.keys"
[gateway]
port = 0
""",
        "utf-8",
    )
    for key, value in secrets.items():
        (own / "secrets" / key).write_text(value, "utf-8")
    return Tenant(name=name, folder=own)


def test_each_folder_with_settings_is_a_tenant_and_nothing_else_is(tmp_path: Path) -> None:
    for name in ("tinh-b", "tinh-a"):
        tenant(tmp_path, name)
    (tmp_path / "ghi-chu").mkdir()
    assert [one.name for one in tenants_in(tmp_path)] == ["tinh-a", "tinh-b"]


def test_a_folder_without_tenants_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no tenant"):
        tenants_in(tmp_path)


def test_a_tenant_inherits_no_setting_and_no_secret_of_its_surroundings(tmp_path: Path) -> None:
    given = {"PATH": "/bin", "PHANHOI_DATABASE__URL": "bí mật của tỉnh khác", "phanhoi_node": "x"}
    seen = tenant(tmp_path, "tinh-a").environment(given)
    assert seen == {
        "PATH": "/bin",
        "PHANHOI_CONFIG": str(tmp_path / "tinh-a" / "phanhoi.toml"),
        "PHANHOI_SECRETS_DIR": str(tmp_path / "tinh-a" / "secrets"),
    }


def test_the_check_reads_what_the_tenants_own_daemon_will_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A variable around the supervisor would make all of them alike, and hide that they are not."""
    monkeypatch.setenv("PHANHOI_DATABASE__URL", "postgresql://chung/mot")
    assert check([tenant(tmp_path, "tinh-a"), tenant(tmp_path, "tinh-b")]) == {}
    assert os.environ["PHANHOI_DATABASE__URL"] == "postgresql://chung/mot"
    assert "PHANHOI_CONFIG" not in os.environ


@pytest.mark.parametrize(
    ("shared", "named"),
    [
        ({"database__url": "postgresql://mau:mat-khau-mau@may.example/chung"}, "database.url"),
        ({"privacy__master_keys": "k1:" + "A" * 43 + "="}, "privacy.master_keys"),
        ({"ledger__origin": "tinh-mau.example/log"}, "ledger.origin"),
        ({"gateway__public_base": "https://tep.example"}, "gateway.public_base"),
        (
            {"systems": '{"national_portal": {"adapter": {"username": "H56"}}}'},
            "systems.national_portal.adapter",
        ),
    ],
)
def test_tenants_that_would_share_anything_are_not_started(
    tmp_path: Path, shared: dict[str, str], named: str
) -> None:
    both = [tenant(tmp_path, name, **shared) for name in ("tinh-a", "tinh-b")]
    with pytest.raises(SettingsError, match="would meet") as caught:
        check(both)
    assert caught.value.problems == (f"tinh-a, tinh-b: the same {named}",)
    assert "mat-khau-mau" not in str(caught.value.problems)


def test_wrong_settings_of_one_tenant_keep_no_other_from_starting(tmp_path: Path) -> None:
    both = [tenant(tmp_path, "tinh-a"), tenant(tmp_path, "tinh-hong", "khong_co = 1")]
    assert list(check(both)) == ["tinh-hong"]
