"""``phanhoi incident`` as the official on duty types it: a table, a list, a draft of the notice, an entry of the log."""

import csv
import stat
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connector.ledger.entry import EntryKind
from connector.sealing import MasterKeys, new_master_line
from connector.store import identity, links
from connector.store.database import Database
from connector.store.masters import Vault
from connector.testing import HandClock
from tests.acceptance.kit import Done, environment, phanhoi
from tests.unit.report_kit import Story

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

NOW = datetime(2026, 11, 20, 2, tzinfo=UTC)
SECRETS = ("Nguyễn", "0900000000", "Rác thải")
WINDOW = ("--from", "2026-11-20", "--to", "2026-11-20", "--by", "an.ninh.mau")


@pytest.fixture
async def command(migrated_url: str, tmp_path: Path) -> Callable[..., Done]:
    """The program on a database in which the register told of three cases, one of which an official opened."""
    keys = new_master_line("mau")
    vault = Vault(lambda: MasterKeys.parse(keys))
    db = Database(migrated_url, clock=HandClock(NOW), actor="test/1", size=2, vault=vault)
    await db.open()
    for number in (1, 2, 3):
        async with db.unit() as unit:
            case = Story(number).received("2026-10-05").case()
            case_id = await identity.resolve(unit.conn, case)
            await links.save_state(unit.conn, case_id, case, None, asked_at=None, now=NOW)
            unit.record(EntryKind.OBSERVED, system="register", case_id=case_id)
    async with db.unit() as unit:
        unit.record(EntryKind.SENDER_READ, actor="canbo.mau", case_id=1, purpose="handling")
    await db.close()
    env = {**environment(), "PHANHOI_DATABASE__URL": migrated_url}
    secret = {"PHANHOI_PRIVACY__MASTER_KEYS": keys}
    return lambda *arguments, with_keys=True: phanhoi(
        *arguments, cwd=tmp_path, env={**env, **(secret if with_keys else {})}
    )


def test_the_official_gets_table_list_letter_and_an_entry(
    command: Callable[..., Done], tmp_path: Path
) -> None:
    noticed = ("--noticed", "2026-11-20T16:30")
    files = ("--letter", tmp_path / "thong-bao.txt", "--list", tmp_path / "ho-so.csv")
    told = command("incident", *WINDOW, *noticed, "--most", "2", *files)
    assert told.status == 0, told.err
    assert "Hồ sơ bị ảnh hưởng: 3" in told.out
    assert "23/11/2026 16:30:00" in told.out, "72 hours after it was noticed"
    assert "… và 1 hồ sơ nữa" in told.out
    with (tmp_path / "ho-so.csv").open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert [row["so"] for row in rows] == ["1", "2", "3"]
    assert rows[0]["cach_tiep_can"] == "told read"
    letter = (tmp_path / "thong-bao.txt").read_text(encoding="utf-8")
    assert "Số hồ sơ phản ánh, kiến nghị: 3" in letter
    whole = told.out + letter + (tmp_path / "ho-so.csv").read_text(encoding="utf-8")
    assert not [secret for secret in SECRETS if secret in whole]
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.glob("*.[tc]*")} == {0o600}
    last = command("log", "show", "--json").json[-1]
    assert (last["kind"], last["actor"], last["data"]["cases"]) == ("incident_counted", "an.ninh.mau", 3)


def test_one_account_as_json_and_without_master_keys(command: Callable[..., Done]) -> None:
    told = command("incident", *WINDOW, "--actor", "canbo.mau", "--json").json
    assert (told["cases"], told["subjects"], told["classes"]["phone"]) == (1, 1, 1)
    assert [duty["name"] for duty in told["duties"]][:2] == ["first_notice", "authority"]
    sealed = command("incident", *WINDOW, "--sealed", "--json", with_keys=False).json
    assert (sealed["cases"], sealed["unopened"], sealed["at_most"]) == (3, 3, 3)
    command("incident", *WINDOW, with_keys=False).failed_clearly("PH-701", 2)


def test_what_is_typed_wrong_is_said_once_and_nothing_is_left_behind(
    command: Callable[..., Done], tmp_path: Path
) -> None:
    listed = tmp_path / "ho-so.csv"
    command("incident", "--to", "hôm qua", "--by", "an.ninh.mau").failed_clearly("PH-100", 2)
    command("incident", "--from", "2026-11-21", "--to", "2026-11-20T08:00", "--by", "x").failed_clearly(
        "PH-100", 2
    )
    command("incident", *WINDOW, "--system", "khong_co").failed_clearly("PH-100", 2)
    command("incident", *WINDOW, "--case", "khong-co").failed_clearly("PH-103", 2)
    command("incident", *WINDOW[:-1], "Nguyễn Văn Mẫu", "--list", listed).failed_clearly("PH-100", 2)
    assert not list(tmp_path.glob("*.csv*")) + list(tmp_path.glob(".*.part"))
