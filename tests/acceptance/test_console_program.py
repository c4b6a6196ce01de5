"""The console as a program: accounts by command, a real port, a real signal."""

import re
from pathlib import Path

import httpx
import pytest

from adapters.demo.stage import free_port
from connector.sealing import new_master_line
from tests.acceptance.kit import Done, Running, environment, phanhoi, until

PASSWORD = "mật khẩu mẫu 2026"


@pytest.fixture
def env(migrated_url: str, tmp_path: Path) -> dict[str, str]:
    (tmp_path / "mat-khau").write_text(PASSWORD + "\n", encoding="utf-8")
    return environment(
        PHANHOI_DATABASE__URL=migrated_url, PHANHOI_PRIVACY__MASTER_KEYS=new_master_line("mẫu")
    )


def user(env: dict[str, str], folder: Path, *arguments: str) -> Done:
    return phanhoi("user", *arguments, cwd=folder, env=env)


@pytest.mark.slow
def test_accounts_are_made_and_kept_by_commands_that_tell_no_password(
    env: dict[str, str], tmp_path: Path
) -> None:
    make = ("create", "vanhanh.mau", "--role", "operator", "--display-name", "Nguyễn Văn Mẫu")
    assert user(env, tmp_path, *make, "--password-file", "mat-khau").status == 0
    user(env, tmp_path, *make, "--password-file", "mat-khau").failed_clearly("PH-100", 2)
    user(env, tmp_path, *make, "--password-file", "khong-co").failed_clearly("PH-100", 2)
    user(env, tmp_path, "lock", "khong.co").failed_clearly("PH-103", 2)
    assert user(env, tmp_path, "lock", "vanhanh.mau").status == 0
    assert (
        user(env, tmp_path, "role", "vanhanh.mau", "--role", "viewer", "--agency", "000.00.00.H56").status
        == 0
    )
    [told] = user(env, tmp_path, "list", "--json").json
    assert (told["role"], told["agencies"], bool(told["locked_at"])) == ("viewer", ["000.00.00.H56"], True)
    assert user(env, tmp_path, "unlock", "vanhanh.mau").status == 0
    assert user(env, tmp_path, "reset", "vanhanh.mau", "--password-file", "mat-khau").status == 0
    assert "argon2" not in user(env, tmp_path, "list", "--json").out
    kinds = [one["kind"] for one in phanhoi("log", "show", "--json", cwd=tmp_path, env=env).json]
    assert kinds == ["account_changed"] * 5


@pytest.mark.slow
def test_the_console_listens_lets_people_in_tells_of_itself_and_ends_at_a_signal(
    env: dict[str, str], tmp_path: Path
) -> None:
    port = free_port()
    env = {**env, "PHANHOI_OBSERVABILITY__CONSOLE_PORT": str(port)}
    make = ("create", "xem.mau", "--role", "viewer", "--display-name", "Nguyễn Văn Mẫu")
    assert user(env, tmp_path, *make, "--password-file", "mat-khau").status == 0
    running = Running(tmp_path, "console", "console", "--port", "0", env=env)
    try:
        said = tmp_path / "console.out"
        found = until(
            lambda: re.search(r"http://127\.0\.0\.1:\d+", said.read_text(encoding="utf-8")),
            "it says where it listens",
            while_runs=running,
        )
        with httpx.Client(base_url=found.group()) as browser:
            page = browser.get("/login")
            token = re.search(r'name="csrf" value="([^"]+)"', page.text)
            assert token is not None
            form = {"name": "xem.mau", "password": PASSWORD, "csrf": token.group(1)}
            assert browser.post("/login", data=form).status_code == 303
            assert "Tổng quan" in browser.get("/overview").text
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as monitor:
            assert monitor.get("/readyz").json()["ok"] is True
            told = monitor.get("/metrics").text
        labels = 'method="GET",route="/overview",server="console",status="200"'
        assert f"phanhoi_web_request_duration_seconds_count{{{labels}}} 1.0" in told
        assert 'phanhoi_nodes{part="console"} 1.0' in told
        assert "xem.mau" not in told
    finally:
        ended = running.stop()
    assert ended.status == 0, ended.err


@pytest.mark.slow
def test_it_refuses_to_be_reached_from_outside_in_the_clear(env: dict[str, str], tmp_path: Path) -> None:
    phanhoi("console", "--host", "0.0.0.0", "--port", "0", cwd=tmp_path, env=env).failed_clearly("PH-100", 2)  # noqa: S104
