"""``phanhoi log`` as an administrator and an auditor type it."""

import json
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from connector.ledger.entry import EntryKind
from connector.sealing import new_master_line
from connector.store.database import Database
from connector.store.schema import SCHEMA
from connector.testing import HandClock
from tests.acceptance.kit import Done, environment, phanhoi

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

Command = Callable[..., Done]


@pytest.fixture
async def command(migrated_url: str, tmp_path: Path) -> Command:
    """The program on a log of five entries."""
    db = Database(migrated_url, clock=HandClock(), actor="test/1", size=2)
    await db.open()
    async with db.unit() as unit:
        for number in range(5):
            unit.record(EntryKind.OBSERVED, system="register", case_id=number + 1)
    await db.close()
    env = {
        **environment(),
        "PHANHOI_DATABASE__URL": migrated_url,
        "PHANHOI_PRIVACY__MASTER_KEYS": new_master_line("mau"),
        "PHANHOI_LEDGER__ORIGIN": "phananh.mau.example/log",
        "PHANHOI_LEDGER__SIGNING_KEYS_FILE": str(tmp_path / "ky.key"),
        "PHANHOI_LEDGER__CHECKPOINT_FOLDER": str(tmp_path / "niem-phong"),
    }
    return lambda *arguments: phanhoi(*arguments, cwd=tmp_path, env=env)


async def test_keys_are_made_the_log_is_sealed_and_an_auditor_catches_what_was_changed(
    command: Command, migrated_url: str, tmp_path: Path
) -> None:
    assert command("log", "keys", "create").status == 0
    assert (tmp_path / "ky.key").stat().st_mode & 0o077 == 0
    [made] = command("log", "seal", "--json").json
    assert (made["size"], made["note"].splitlines()[0]) == (6, "phananh.mau.example/log")
    note = command("log", "checkpoints", "--note").out
    (tmp_path / "kiem-toan.txt").write_text(note)
    assert note == made["note"]
    assert command("log", "keys", "export", "--file", "log-keys.json").status == 0

    assert command("log", "keys", "rotate").status == 0
    old, new = command("log", "keys", "list", "--json").json
    assert (old["valid_until"] is None, new["valid_until"]) == (False, None)
    assert "niêm phong 7 mục" in command("log", "seal").out
    checked = command("log", "verify", "--checkpoint", "kiem-toan.txt", "--json")
    assert (checked.status, checked.json["ok"], checked.json["copies"]) == (0, True, 3)
    checked = command("log", "verify", "--keys", "log-keys.json")
    assert (checked.status, "PH-501" in checked.err) == (5, True), "the new key is not in the list of before"

    with psycopg.connect(migrated_url, options=f"-c search_path={SCHEMA}") as conn:
        conn.execute("SET session_replication_role = replica")
        conn.execute("UPDATE ledger_entry SET actor = 'cli/ai-do' WHERE seq = 3")
    refused = command("log", "seal")
    assert (refused.status, "PH-502" in refused.err) == (5, True)
    status = json.loads(command("status", "--json").out)["seal"]
    assert (status["keyed"], status["sealed"], "signed" in status["held"]) == (True, 7, True)
    named = command("log", "verify")
    assert (named.status, "entry 3 is wrong" in named.err) == (5, True)
    assert command("resume", "--flow", "seal:log").status == 0
    assert command("log", "seal").status == 5, "looked at again, and still not as it was signed"
