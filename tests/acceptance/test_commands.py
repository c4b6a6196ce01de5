"""Every command is there, says what it says as JSON too, ends as documented, and never tells a secret."""

import asyncio
import re
import signal
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from adapters.demo.stage import Stage
from adapters.life.script import GOVERNMENT, NATIONAL, Expect
from adapters.life.story import tell
from connector.errors import ConnectorError
from connector.sealing import new_master_line
from connector.store.migrate import inspect
from connector.store.schema import NEWEST
from tests.acceptance.kit import environment, phanhoi, until
from tests.acceptance.town import Town, stories

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

COMMANDS = (
    "daemon", "demo", "twin national", "twin government", "serve register", "status", "case show", "cases", "runs",
    "deliveries", "quarantine list", "quarantine retry", "quarantine dismiss", "doubt list", "doubt show",
    "doubt decide", "sync now", "pause", "resume",
    "log show", "log verify", "report month", "report quarter", "report year", "report range", "report ids", "case sheet",
    "config check", "config show", "db migrate", "db info", "init", "keys create",
    "console", "user create", "user list", "user lock", "user unlock", "user role", "user reset",
    "keys rotate", "keys info", "secrecy list", "secrecy show", "secrecy clear", "secrecy confirm", "erase",
    "resync plan", "resync list", "resync show", "resync items", "resync approve", "resync apply", "resync pause", "resync resume",
    "resync stop",
)  # fmt: skip
READING = (
    "status", "case show 1", "cases", "runs", "deliveries", "deliveries --state done", "doubt list", "quarantine list", "log show",
    "log verify", "config show", "db info", "keys info", "secrecy list", "secrecy show 1",
    "resync list",
)  # fmt: skip
HEAVY = (
    "sqlalchemy",
    "alembic",
    "psycopg",
    "procrastinate",
    "fastapi",
    "uvicorn",
    "httpx",
    "aiohttp",
    "zeep",
    "lxml",
    "reportlab",
    "xlsxwriter",
    "jinja2",
    "argon2",
    "segno",
)
STOP_GRACE_S, MARGIN_S = 20, 10
"""The demo's settings give work under way so long; the margin is for a loaded machine."""


@pytest.fixture(scope="module")
def town(module_folder: Path) -> Iterator[Town]:
    with Stage(module_folder / "town", seed=1) as stage:
        yield Town(stage)


@pytest.fixture(scope="module")
def lived(town: Town, module_folder: Path) -> Town:
    """A town in which some cases have lived to the end; its connector has stopped."""

    async def live() -> None:
        seeded = next(one for one in tell(301, 500) if one.expect is Expect.QUARANTINE)
        async with town.people([*stories(301, national=1, government=1), seeded]) as people:
            running = town.connector(module_folder)
            try:
                await people.until_settled(daemon=running)
                until(lambda: town.told("quarantine", "list"), "the seeded fault shows", while_runs=running)
            finally:
                running.stop()

    asyncio.run(live())
    return town


# ---- the commands ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", COMMANDS)
def test_the_command_exists_and_explains_itself(tmp_path: Path, command: str) -> None:
    done = phanhoi(*command.split(), "--help", cwd=tmp_path)
    assert done.status == 0, done.err
    assert "usage" in done.out.lower()


def test_the_help_names_every_exit_status(tmp_path: Path) -> None:
    text = re.sub(r"\s+", " ", phanhoi("--help", cwd=tmp_path).out)
    told = set(map(int, re.findall(r"(?:: |; )(\d+) ", text)))
    classes = [ConnectorError]
    for one in classes:
        classes += one.__subclasses__()
    assert {0, 130} | {one.exit_status for one in classes} <= told
    assert phanhoi("khong-co-lenh", cwd=tmp_path).status == 2


def test_help_loads_no_heavy_library(tmp_path: Path) -> None:
    """What makes ``--help`` quick is what is not imported; time itself says more of the machine."""
    code = f"import sys, connector.cli; print([one for one in {HEAVY!r} if one in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("command", READING)
async def test_a_reading_command_speaks_json_and_text(lived: Town, command: str) -> None:
    told = lived.told(*command.split())
    assert told or command in {"deliveries", "doubt list", "resync list", "secrecy list"}, (
        "this town has something to tell, and nothing under way"
    )
    text = lived.phanhoi(*command.split())
    assert text.status == 0
    assert text.out.strip()


async def test_a_reading_command_calls_nobody_and_needs_no_system(lived: Town) -> None:
    """While the portals are away and a password is missing, one can still look."""
    lived.door.shut()
    try:
        env = lived.environment(PHANHOI_SYSTEMS__GOVERNMENT_PORTAL__ADAPTER__PASSWORD="")
        assert lived.phanhoi("status", "--json", env=env).json["cases"] >= 2
    finally:
        lived.door.open()


async def test_holding_and_letting_go_shows_in_the_status_and_in_the_log(lived: Town) -> None:
    for option, name, scope in (
        ("--system", GOVERNMENT, f"system:{GOVERNMENT}"),
        ("--flow", f"deliver:{NATIONAL}", f"flow:deliver:{NATIONAL}"),
        ("--case", "1", "case:1"),
    ):
        assert lived.phanhoi("pause", option, name, "--reason", "bảo trì").status == 0
        assert [one["scope"] for one in lived.told("status")["pauses"]] == [scope]
        assert lived.phanhoi("resume", option, name).status == 0
        assert lived.told("status")["pauses"] == []
    kinds = [entry["kind"] for entry in lived.told("log", "show", "--most", "6")]
    assert kinds == ["paused", "resumed"] * 3
    assert lived.phanhoi("sync", "now", "--system", NATIONAL).status == 0
    assert lived.phanhoi("sync", "now", "--case", "1").status == 0


async def test_a_changed_log_entry_is_named_with_its_own_exit_status(lived: Town) -> None:
    change = "UPDATE phanhoi.ledger_entry SET actor = %s WHERE seq = 3 RETURNING seq"
    with psycopg.connect(lived.stage.url) as conn:
        conn.execute("SET session_replication_role = replica")  # past the guard of the table
        (actor,) = conn.execute("SELECT actor FROM phanhoi.ledger_entry WHERE seq = 3").fetchone() or ("",)
        conn.execute(change, ("nguoi-khac",))
    try:
        done = lived.phanhoi("log", "verify")
        done.failed_clearly("PH-501", 5)
        assert "3" in done.err
        assert lived.phanhoi("log", "verify", "--json").json["broken"]["seq"] == 3
    finally:
        with psycopg.connect(lived.stage.url) as conn:
            conn.execute("SET session_replication_role = replica")
            conn.execute(change, (actor,))
    assert lived.phanhoi("log", "verify").status == 0


async def test_the_program_knows_its_newest_migration(lived: Town) -> None:
    """The quick check at each start compares with a constant; the scripts are the truth."""
    assert inspect(lived.stage.url).newest == NEWEST


# ---- stopping ----------------------------------------------------------------------------------------------


async def test_sigterm_finishes_what_is_under_way(lived: Town, tmp_path: Path) -> None:
    """With a slow portal in the middle of a write: it ends in time, nothing is left half done, nothing is lost."""
    told = stories(302, national=2, upward=3)
    async with lived.people(told) as people:
        running = lived.connector(tmp_path, "first")
        try:
            await slow_down(lived, 2.0)
            while not sent(lived):
                await people.look()
            running.signal(signal.SIGTERM)
            done = running.ended(STOP_GRACE_S + MARGIN_S)
        finally:
            running.stop()
            await slow_down(lived, 0.0)
        assert done.status == 0, done.err
        assert running.events("daemon_stopped")
        assert sent(lived) == 0
        again = lived.connector(tmp_path, "again")
        try:
            seen = await people.until_settled(daemon=again)
        finally:
            again.stop()
    assert seen.converged


async def slow_down(town: Town, latency_s: float) -> None:
    async with httpx.AsyncClient() as http:
        (
            await http.put(f"{town.at.national_control}/control/profile", json={"latency_s": latency_s})
        ).raise_for_status()


def sent(town: Town) -> int:
    with psycopg.connect(town.stage.url) as conn:
        row = conn.execute("SELECT count(*) FROM phanhoi.delivery WHERE state = 'sent'").fetchone()
    assert row is not None
    return int(row[0])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_connector_without_work_stops_at_once(town: Town, tmp_path: Path, number: signal.Signals) -> None:
    running = town.connector(tmp_path)
    running.signal(number)
    assert running.ended(MARGIN_S).status == 0, running.err


# ---- settings and secrets ----------------------------------------------------------------------------------


def test_init_writes_a_file_that_is_accepted_once_the_required_values_are_filled(tmp_path: Path) -> None:
    assert phanhoi("init", cwd=tmp_path).status == 0
    file = tmp_path / "phanhoi.toml"
    phanhoi("init", cwd=tmp_path).failed_clearly("PH-100", 2)
    before = file.read_text("utf-8")
    missing = phanhoi("config", "check", cwd=tmp_path)
    missing.failed_clearly("PH-101", 2)
    filled = fill(before)
    file.write_text(filled, encoding="utf-8")
    assert phanhoi("keys", "create", "--file", "master.keys", cwd=tmp_path).status == 0
    env = environment(
        PHANHOI_PRIVACY__MASTER_KEYS_FILE="master.keys",
        PHANHOI_SYSTEMS__NATIONAL_PORTAL__ADAPTER__PASSWORD="x",
        PHANHOI_SYSTEMS__GOVERNMENT_PORTAL__ADAPTER__PASSWORD="x",
        PHANHOI_SYSTEMS__REGISTER__ADAPTER__DATABASE_URL="postgresql://127.0.0.1/so_ho_so",
        PHANHOI_SYSTEMS__REGISTER__ADAPTER__MASTER_KEYS=new_master_line("mau"),
    )
    done = phanhoi("config", "check", cwd=tmp_path, env=env)
    assert done.status == 0, done.err

    # each default that the file shows may be taken as it stands
    file.write_text(re.sub(r"(?m)^# (\w+ = (?!…).+)$", r"\1", filled), encoding="utf-8")
    tomllib.loads(file.read_text("utf-8"))
    done = phanhoi("config", "check", cwd=tmp_path, env=env)
    assert done.status == 0, done.err


def fill(text: str) -> str:
    """What an administrator writes after ``init``."""
    values = {
        "adapter_base": "https://truc.example/VXPAdapter/RestService/forward",
        "madonvi": "000.00.00.H56",
        "endpoint": "https://cong.example/feedback",
        "system_id": "000.00.00.H56",
        "organ_id": "000.00.00.H56",
    }
    for name, value in values.items():
        text, count = re.subn(rf"(?m)^# {name} = .*$", f'{name} = "{value}"', text)
        assert count, name
    return text


SECRETS = {"env": "bi-mat-moi-truong-7", "folder": "bi-mat-thu-muc-8", "file": "bi-mat-trong-tep-9"}


def test_no_secret_shows_wherever_it_was_set(tmp_path: Path) -> None:
    """In settings shown, in errors, in logs: neither from the environment, nor the secrets folder, nor the file."""
    folder = tmp_path / "secrets"
    folder.mkdir()
    (folder / "systems__government_portal__adapter__password").write_text(SECRETS["folder"], encoding="utf-8")
    file = tmp_path / "phanhoi.toml"
    file.write_text(
        f"""
[database]
url = "postgresql://u:{SECRETS["file"]}@127.0.0.1:1/phanhoi"
[gateway]
port = 0
[systems.national_portal.adapter]
adapter_base = "http://127.0.0.1:1/x"
madonvi = "000.00.00.H56"
[systems.government_portal.adapter]
endpoint = "http://127.0.0.1:1/y"
system_id = "000.00.00.H56"
organ_id = "000.00.00.H56"
""",
        encoding="utf-8",
    )
    env = environment(
        PHANHOI_SECRETS_DIR=str(folder), PHANHOI_SYSTEMS__NATIONAL_PORTAL__ADAPTER__PASSWORD=SECRETS["env"]
    )
    shown = phanhoi("config", "show", "--json", cwd=tmp_path, env=env)
    assert shown.status == 0, shown.err
    systems = shown.json["systems"]
    assert {systems[name]["adapter"]["password"] for name in (NATIONAL, GOVERNMENT)} == {"**********"}
    said = [shown, phanhoi("config", "show", cwd=tmp_path, env=env)]
    said += [phanhoi("--verbose", *command, cwd=tmp_path, env=env) for command in (["daemon"], ["status"])]
    file.write_text(file.read_text("utf-8") + '[work]\nlanes = "x"\nla = 1\n', encoding="utf-8")
    said.append(phanhoi("config", "check", cwd=tmp_path, env=env))
    wrong = {
        **env,
        "PHANHOI_SYSTEMS__NATIONAL_PORTAL__ADAPTER": SECRETS["env"],
        "PHANHOI_DATABASE": SECRETS["env"],
    }
    said.append(phanhoi("config", "show", cwd=tmp_path, env=wrong))
    for done in said:
        for secret in SECRETS.values():
            assert secret not in done.out + done.err
        assert "Traceback" not in done.err


def test_a_secret_in_the_wrong_place_is_not_shown_either(tmp_path: Path) -> None:
    """An unknown key may well be a misspelt password."""
    file = tmp_path / "phanhoi.toml"
    file.write_text(
        f'mat_khau = "{SECRETS["file"]}"\n[systems.register.adapter]\npass = "{SECRETS["file"]}"\n', "utf-8"
    )
    for command in ("check", "show"):
        done = phanhoi("config", command, cwd=tmp_path)
        done.failed_clearly("PH-101", 2)
        assert SECRETS["file"] not in done.out + done.err


# ---- the end of a case: last, because the town is not the same afterwards ------------------------------------


async def test_an_official_erases_one_case_and_takes_another_off_the_system(lived: Town) -> None:
    by, basis = ("--by", "canbo.mau"), ("--basis", "12/QD-UBND")
    erasing = ("erase", "1", "--what", "contact", "--reason", "het-han-luu-tru")
    lived.phanhoi(*erasing, "--by", "connector").failed_clearly("PH-100", 2)
    lived.phanhoi("secrecy", "confirm", "2", *basis, "--by", "Nguyễn Văn Mẫu").failed_clearly("PH-100", 2)
    for command in ((*erasing, *by), ("secrecy", "confirm", "2", *by, *basis)):
        done = lived.phanhoi(*command)
        assert done.status == 0, done.err
        assert "sao lưu" in done.out, "which backups still hold it"
    kinds = {}
    for number in ("1", "2"):
        view = lived.phanhoi("case", "show", number, "--json").json
        kinds[view["end"]["kind"]] = sum(len(side["acts"]) for side in view["sides"])
        assert lived.phanhoi("case", "show", number).status == 0
        lived.phanhoi("sync", "now", "--case", number).failed_clearly("PH-100", 2)
    assert kinds["contact_erased"] > 0
    assert kinds["off_system"] == 0
    lived.phanhoi("secrecy", "clear", "2", *by, *basis).failed_clearly("PH-100", 2)
    assert lived.phanhoi("log", "verify").status == 0
