"""What goes wrong in a server room: one clear message each, nothing lost, and work goes on once the cause is gone."""

import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from adapters.demo.stage import Stage, free_port
from adapters.life.script import GOVERNMENT, NATIONAL
from connector.sealing import MasterKeys, new_master_line
from tests.acceptance.kit import ROOT, Running, environment, phanhoi, until
from tests.acceptance.little_disk import little_disk
from tests.acceptance.town import Town, stories

pytestmark = [pytest.mark.faults, pytest.mark.timeout(240)]

PORTAL_PASSWORD = "PHANHOI_SYSTEMS__NATIONAL_PORTAL__ADAPTER__PASSWORD"


@pytest.fixture(scope="module")
def town(module_folder: Path) -> Iterator[Town]:
    with Stage(module_folder / "town", seed=1) as stage:
        yield Town(stage)


@pytest.fixture
def fresh_town(tmp_path: Path) -> Iterator[Town]:
    """For a connector with a database of its own: two databases over one register would give out one key twice."""
    with Stage(tmp_path / "town", seed=1) as stage:
        yield Town(stage)


def stopped_in_order(running: Running) -> None:
    done = running.stop()
    assert done.status == 0, done.err
    assert "Traceback" not in done.err


# ---- the portals -------------------------------------------------------------------------------------------


async def test_a_wrong_portal_password_holds_that_portal_only_until_it_is_corrected(
    town: Town, tmp_path: Path
) -> None:
    told = stories(201, national=2, government=2)
    async with town.people(told) as people:
        wrong = town.connector(tmp_path, "wrong", town.environment(**{PORTAL_PASSWORD: "sai-mat-khau"}))
        try:
            (held,) = until(lambda: wrong.events("held"), "the portal is held", while_runs=wrong)
            assert (held["code"], held["scope"]) == ("PH-303", f"system:{NATIONAL}")
            assert "phanhoi resume --system" in held["next_step"]
            await people.until_settled(GOVERNMENT, daemon=wrong)
            (pause,) = town.told("status")["pauses"]
            assert (pause["scope"], pause["code"]) == (f"system:{NATIONAL}", "PH-303")
            assert "PH-303" in town.phanhoi("status").out
            assert town.system(GOVERNMENT)["paused"] is None
            assert "sai-mat-khau" not in wrong.err + town.phanhoi("status").out
            logins = len(wrong.events("held"))
        finally:
            stopped_in_order(wrong)
        assert logins == 1, "nobody hammers the login"

        right = town.connector(tmp_path, "right")
        try:
            assert town.system(NATIONAL)["paused"], "a person lets it go on, not a restart"
            assert town.phanhoi("resume", "--system", NATIONAL).status == 0
            seen = await people.until_settled(daemon=right)
        finally:
            stopped_in_order(right)
    assert seen.converged
    assert seen.linked == len(told)


async def test_an_unreachable_portal_is_waited_for_and_holds_up_nobody(town: Town, tmp_path: Path) -> None:
    """Reading fails visibly, writes wait visibly, the other portal goes on, and nobody need do anything.

    Few writes or none were begun before the circuit opened; the others wait as they were planned.
    """
    told = stories(202, national=1, government=2, upward=2)
    async with town.people(told) as people:
        running = town.connector(tmp_path)
        town.door.shut()
        try:
            until(
                lambda: town.system(NATIONAL)["last_error"] == "PH-302", "status shows it", while_runs=running
            )
            await people.until_settled(GOVERNMENT, daemon=running)
            (newest, *_) = [
                one for one in town.told("runs", "--system", NATIONAL) if one["outcome"] == "failed"
            ]
            assert newest["error_code"] == "PH-302"
            assert running.events("observe_failed")[-1]["code"] == "PH-302"
            until(
                lambda: any(one["state"] != "closed" for one in town.system(NATIONAL)["circuits"]),
                "status shows the circuit",
                while_runs=running,
            )
            waiting = town.told("deliveries", "--system", NATIONAL)
            assert waiting
            assert {one["state"] for one in waiting} <= {"planned", "sent", "waiting"}
            assert {one["error_code"] for one in waiting} <= {None, "PH-302"}
            assert all(one["next_attempt_at"] for one in waiting)
            assert town.system(NATIONAL)["paused"] is None, "no person is needed"
            town.door.open()
            seen = await people.until_settled(daemon=running)
            assert town.system(NATIONAL)["last_error"] is None
        finally:
            if town.door.is_shut:
                town.door.open()
            stopped_in_order(running)
    assert seen.converged
    assert town.told("deliveries", "--system", NATIONAL) == []


# ---- settings and mappings ---------------------------------------------------------------------------------


def test_an_unreadable_mapping_is_named_by_file_and_line(town: Town, tmp_path: Path) -> None:
    own = tmp_path / "mappings"
    shutil.copytree(ROOT / "mappings", own)
    target = own / NATIONAL / "mapping.toml"
    lines = target.read_text("utf-8").splitlines(keepends=True)
    target.write_text("".join([*lines[:4], "khong phai toml\n", *lines[4:]]), encoding="utf-8")
    env = town.environment(PHANHOI_MAPPINGS=str(own))

    for command in (["daemon"], ["config", "check"]):
        done = town.phanhoi(*command, env=env)
        done.failed_clearly("PH-102", 2)
        assert f"mappings/{NATIONAL}/mapping.toml:5" in done.err
    assert town.phanhoi("status", env=env).status == 0, "reading needs no mapping"

    target.write_text("".join(lines), encoding="utf-8")
    assert town.phanhoi("config", "check", env=env).status == 0
    stopped_in_order(town.connector(tmp_path, env=env))


def test_a_missing_settings_file_is_named(tmp_path: Path) -> None:
    done = phanhoi("--config", "khong-co.toml", "status", cwd=tmp_path)
    done.failed_clearly("PH-101", 2)
    assert "khong-co.toml" in done.err
    by_variable = environment(PHANHOI_CONFIG="khong-co.toml")
    phanhoi("daemon", cwd=tmp_path, env=by_variable).failed_clearly("PH-101", 2)


def test_wrong_settings_are_all_named_at_once(town: Town, tmp_path: Path) -> None:
    """Unknown keys and wrong types; then unknown systems, wrong adapter settings and a wrong mapping."""
    own = tmp_path / "mappings"
    shutil.copytree(ROOT / "mappings", own)
    (own / "agencies.csv").unlink()
    settings = tmp_path / "phanhoi.toml"
    settings.write_text('la = 1\n[work]\nlanes = "nhiều"\nkhoa_la = 2\n', encoding="utf-8")
    done = phanhoi("--config", settings, "config", "check", cwd=tmp_path)
    done.failed_clearly("PH-101", 2)
    assert [one for one in ("la:", "work.lanes", "work.khoa_la") if one not in done.err] == []

    settings.write_text(
        f"""
mappings = "{own}"
[systems.cong_la.adapter]
x = 1
[systems.national_portal.adapter]
madonvi = "sai"
mat_khau = "bi-mat-trong-tep"
""",
        encoding="utf-8",
    )
    done = phanhoi("--config", settings, "config", "check", cwd=tmp_path)
    done.failed_clearly("PH-101", 2)
    named = ("systems.cong_la", "adapter.madonvi", "adapter.mat_khau", "agencies.csv")
    assert [one for one in named if one not in done.err] == []
    assert "bi-mat-trong-tep" not in done.err
    assert phanhoi("--config", settings, "daemon", cwd=tmp_path).status == 2
    assert not (tmp_path / "var").exists(), "no database was started for it"


@pytest.mark.parametrize(
    "content",
    [b"node = \nx", b"\xff\xfe", b'node = "a"\nnode = "b"\n', b"systems = 3\n"],
    ids=["no value", "not UTF-8", "a key twice", "wrong shape"],
)
def test_bad_toml_is_a_settings_error(tmp_path: Path, content: bytes) -> None:
    settings = tmp_path / "phanhoi.toml"
    settings.write_bytes(content)
    done = phanhoi("--config", settings, "config", "check", cwd=tmp_path)
    done.failed_clearly("PH-101", 2)
    assert "phanhoi.toml" in done.err


def test_a_taken_gateway_port_is_named(town: Town, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = town.start(tmp_path, env=town.environment(PHANHOI_GATEWAY__PORT=port)).ended()
    done.failed_clearly("PH-100", 2)
    assert port in done.err
    stopped_in_order(town.connector(tmp_path, "free", town.environment(PHANHOI_GATEWAY__PORT=port)))


# ---- master keys ---------------------------------------------------------------------------------------------


def test_without_the_right_master_key_the_connector_does_not_start(town: Town, tmp_path: Path) -> None:
    """No key, a key that is none, another key of the same name: nothing is read, written or asked for."""
    stopped_in_order(town.connector(tmp_path, "right"))
    own = town.stage.folder / "master.keys"
    _, wrapped = MasterKeys.parse(own.read_text("utf-8")).new_key("national_portal/0/file")
    with psycopg.connect(town.stage.url) as conn:
        conn.execute(
            "INSERT INTO phanhoi.case_key (owner, part, master, blob) VALUES ('national_portal/0', 'file', %s, %s)",
            (wrapped.master, wrapped.blob),
        )
    wrong, none = tmp_path / "khac", tmp_path / "hong"
    wrong.write_text(new_master_line(own.read_text("utf-8").partition(":")[0]), encoding="utf-8")
    none.write_text("khong phai khoa", encoding="utf-8")
    for file in (str(tmp_path / "khong-co"), str(wrong), str(none)):
        env = town.environment(PHANHOI_PRIVACY__MASTER_KEYS_FILE=file)
        refused = town.start(tmp_path, "wrong", env)
        with refused.watched():
            refused.ended().failed_clearly("PH-701", 2)
        town.phanhoi("cases", env=env).failed_clearly("PH-701", 2)
        assert town.phanhoi("status", env=env).status == 0, "how things stand is told without a key"


def test_keys_are_made_rotated_and_told_of_and_never_shown(town: Town) -> None:
    file = town.stage.folder / "master.keys"
    before = file.read_text(encoding="utf-8")
    town.phanhoi("keys", "create").failed_clearly("PH-100", 2)
    assert file.read_text(encoding="utf-8") == before
    done = town.phanhoi("keys", "rotate")
    assert done.status == 0, done.err
    info = town.phanhoi("keys", "info", "--json")
    assert info.json["given"] == [info.json["current"], before.partition(":")[0]]
    assert info.json["wraps"][before.partition(":")[0]] == 0
    secrets = [line.partition(":")[2] for line in file.read_text("utf-8").splitlines()]
    assert len(secrets) == 2
    assert not [one for one in secrets if one in done.out + done.err + info.out + info.err]
    assert town.phanhoi("cases").status == 0


# ---- names that nobody knows -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "command"),
    [
        ("PH-100", "pause --system cong_la --reason thu"),
        ("PH-100", "resume --system cong_la"),
        ("PH-100", "pause --flow doc:register --reason thu"),
        ("PH-100", "pause --reason thu"),
        ("PH-100", "sync now --system cong_la"),
        ("PH-100", "cases --system cong_la"),
        ("PH-100", "runs --system cong_la"),
        ("PH-100", "deliveries --system cong_la"),
        ("PH-100", "deliveries --state la"),
        ("PH-100", "quarantine list --system cong_la"),
        ("PH-100", "quarantine list --state la"),
        ("PH-100", "quarantine retry"),
        ("PH-103", "case show 000.00.00.H56-990101-00001"),
        ("PH-103", "case show 99999999999999999999"),
        ("PH-103", "log show --case khong-co"),
        ("PH-103", "pause --case khong-co --reason thu"),
        ("PH-103", "sync now --case khong-co"),
        ("PH-103", "quarantine retry 123456"),
        ("PH-103", "quarantine retry 99999999999999999999"),
        ("PH-103", "quarantine dismiss 123456 --note thu"),
        ("PH-103", "twin cong_la"),
        ("PH-103", "serve la"),
    ],
)
def test_a_name_that_nobody_knows_is_refused(town: Town, code: str, command: str) -> None:
    town.phanhoi(*command.split()).failed_clearly(code, 2)


# ---- the database ------------------------------------------------------------------------------------------


@contextmanager
def own_database(town: Town, name: str) -> Iterator[str]:
    """A fresh database on the town's server."""
    with psycopg.connect(town.stage.url, autocommit=True) as conn:
        conn.execute(f"CREATE DATABASE {name}")
        try:
            yield town.stage.url.replace("/postgres?", f"/{name}?")
        finally:
            conn.execute(f"DROP DATABASE {name} WITH (FORCE)")


def test_a_database_of_a_newer_version_is_not_touched(town: Town, tmp_path: Path) -> None:
    with own_database(town, "newer") as url:
        # a folder of its own: what the town's connector signed is not this database's
        own = {"PHANHOI_DATABASE__URL": url, "PHANHOI_LEDGER__CHECKPOINT_FOLDER": str(tmp_path / "signed")}
        env = town.environment(**own)
        assert town.phanhoi("db", "migrate", env=env).status == 0
        with psycopg.connect(url) as conn:
            (before,) = conn.execute("SELECT version_num FROM phanhoi.schema_version").fetchone() or ("",)
            (least,) = conn.execute("SELECT least FROM phanhoi.schema_support").fetchone() or (0,)
            conn.execute("UPDATE phanhoi.schema_version SET version_num = '9999_post'")
            # it took away what this program needs; one that only added something bears it (test_upgrade.py)
            conn.execute("UPDATE phanhoi.schema_support SET least = 9999")
        for command in (["daemon"], ["status"], ["log", "verify"], ["db", "migrate"]):
            done = town.phanhoi(*command, env=env)
            done.failed_clearly("PH-202", 3)
            assert "9999_post" in done.err
        assert town.phanhoi("db", "info", "--json", env=env).json["newer"] is True
        with psycopg.connect(url) as conn:
            conn.execute("UPDATE phanhoi.schema_version SET version_num = %s", (before,))
            conn.execute("UPDATE phanhoi.schema_support SET least = %s", (least,))
        stopped_in_order(town.connector(tmp_path, env=env))


def test_an_unmigrated_database_of_others_is_only_checked(town: Town) -> None:
    """With an address of one's own, migrating is the operator's decision."""
    with own_database(town, "older") as url:
        env = town.environment(PHANHOI_DATABASE__URL=url)
        town.phanhoi("status", env=env).failed_clearly("PH-202", 3)
        assert town.phanhoi("db", "migrate", env=env).status == 0
        assert town.phanhoi("status", env=env).status == 0


@pytest.mark.parametrize(
    "command", ["daemon", "status", "log verify", "db info", "db migrate", "resume --system register"]
)
def test_a_wrong_database_address_is_unavailable(town: Town, command: str) -> None:
    url = f"postgresql://nguoi-dung:mat-khau-rieng@127.0.0.1:{free_port()}/phanhoi"
    done = town.phanhoi(*command.split(), env=town.environment(PHANHOI_DATABASE__URL=url))
    done.failed_clearly("PH-201", 3)
    assert "127.0.0.1" in done.err
    assert "mat-khau-rieng" not in done.err


def test_an_address_that_is_none_is_a_settings_error_and_not_quoted(town: Town) -> None:
    env = town.environment(PHANHOI_DATABASE__URL="postgres//nguoi-dung:mat-khau-rieng@o-dau-do")
    done = town.phanhoi("status", env=env)
    done.failed_clearly("PH-101", 2)
    assert "database.url" in done.err
    assert "mat-khau-rieng" not in done.err


async def test_a_write_that_the_full_disk_refuses_stops_the_connector_and_loses_nothing(
    town: Town, tmp_path: Path
) -> None:
    """Here PostgreSQL itself refuses each ledger entry, as it does for want of space: the same on every machine."""
    told = stories(204, national=1, government=2)
    async with town.people(told) as people:
        running = town.connector(tmp_path, "before")
        for _ in range(3):
            await people.look()
        with refusing_writes(town.stage.url), running.watched():
            await people.look()
            done = running.ended()
        done.failed_clearly("PH-203", 3)
        again = town.connector(tmp_path, "after")
        try:
            seen = await people.until_settled(daemon=again)
        finally:
            stopped_in_order(again)
    assert seen.converged
    assert town.phanhoi("log", "verify").status == 0


@contextmanager
def refusing_writes(url: str) -> Iterator[None]:
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(
            """
            CREATE FUNCTION phanhoi.no_room() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$
            """
        )
        conn.execute(
            "CREATE TRIGGER no_room BEFORE INSERT ON phanhoi.ledger_entry EXECUTE FUNCTION phanhoi.no_room()"
        )
        try:
            yield
        finally:
            conn.execute("DROP FUNCTION phanhoi.no_room CASCADE")


async def test_a_full_disk_under_the_embedded_database_stops_the_connector_and_loses_nothing(
    fresh_town: Town, tmp_path: Path
) -> None:
    """A small disk of its own, truly full, where that may be mounted; else a ballast file crosses the guard's limit."""
    told = stories(205, national=1, government=1)
    town = fresh_town
    with little_disk(tmp_path / "disk") as disk:
        env = town.environment(
            PHANHOI_DATABASE__URL="",
            PHANHOI_DATABASE__FOLDER=str(disk.folder / "postgres"),
            PHANHOI_DATABASE__LEAST_FREE_MIB=str(disk.least_free_mib),
        )
        async with town.people(told) as people:
            try:
                running = town.connector(tmp_path, "before", env)
                await people.look()
                with disk.full(), running.watched():
                    disk.refuses_writes()
                    done = running.ended()
                    done.failed_clearly("PH-203", 3)
                    town.phanhoi("status", env=env).failed_clearly("PH-203", 3)
                    town.start(tmp_path, "still-full", env).ended().failed_clearly("PH-203", 3)
                again = town.connector(tmp_path, "after", env)
                try:
                    seen = await people.until_settled(daemon=again)
                finally:
                    stopped_in_order(again)
                assert seen.converged
                verified = town.phanhoi("log", "verify", "--json", env=env).json
                assert verified["ok"]
                assert verified["checked"] > 0
            finally:
                disk.stop_server()
