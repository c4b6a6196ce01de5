"""``phanhoi log export`` and ``phanhoi case evidence`` as an official types them: sealed, written, verified offline."""

import json
import stat
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from openpyxl import load_workbook
from pypdf import PdfReader

from connector.case import Privacy
from connector.ledger.entry import EntryKind
from connector.sealing import MasterKeys, new_master_line
from connector.store import identity, links
from connector.store.database import Database
from connector.store.masters import Vault
from connector.testing import HandClock
from tests.acceptance.kit import Done, environment, phanhoi
from tests.unit.report_kit import Story

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

Command = Callable[..., Done]
NOW = datetime(2026, 12, 1, tzinfo=UTC)
SECRETS = ("Nguyễn", "0900000000", "Rác thải")


@pytest.fixture
async def command(migrated_url: str, tmp_path: Path) -> Command:
    """The program with keys of its own, on a database in which the register has told of two cases."""
    keys = new_master_line("mau")
    db = Database(
        migrated_url,
        clock=HandClock(NOW),
        actor="test/1",
        size=2,
        vault=Vault(lambda: MasterKeys.parse(keys)),
    )
    await db.open()
    for story in (
        Story(1).received("2026-10-05").handed_over("2026-10-06"),
        Story(2, privacy=Privacy.RESTRICTED),
    ):
        async with db.unit() as unit:
            case = story.received("2026-10-05").case()
            number = await identity.resolve(unit.conn, case)
            await links.save_state(unit.conn, number, case, None, asked_at=None, now=NOW)
            unit.record(
                EntryKind.OBSERVED, system="register", case_id=number, sealed={"header.title": "Rác thải"}
            )
    await db.close()
    env = {
        **environment(),
        "PHANHOI_DATABASE__URL": migrated_url,
        "PHANHOI_PRIVACY__MASTER_KEYS": keys,
        "PHANHOI_LEDGER__ORIGIN": "mau.example/log",
        "PHANHOI_LEDGER__SIGNING_KEYS": new_master_line("ky"),
    }
    return lambda *arguments, **more: phanhoi(*arguments, cwd=tmp_path, env={**env, **more})


def verify(folder: Path) -> tuple[int, str]:
    """The verifier on the manifest, with keys that came with the file: right in itself, not anchored (status 3)."""
    [manifest] = folder.glob("*.manifest.json")
    done = subprocess.run(
        [sys.executable, "-m", "connector.verify", manifest, "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


async def test_an_export_is_sealed_written_in_every_form_and_right(command: Command, tmp_path: Path) -> None:
    folder = tmp_path / "kiểm toán"
    forms = ("csv", "xlsx", "pdf")
    told = command(
        "log", "export", "--out", folder, *(part for form in forms for part in ("--format", form)), "--json"
    )
    assert told.status == 0, told.err
    assert sorted(path.suffix for path in folder.iterdir()) == [".csv", ".json", ".jsonl", ".pdf", ".xlsx"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    status, found = verify(folder)
    assert status == 3, found
    assert told.json["entries"] == told.json["last_seq"] >= 3
    assert load_workbook(next(folder.glob("*.xlsx")))["Nhật ký"].max_row == told.json["entries"] + 1
    last = command("log", "show", "--json").json[-1]
    assert (last["kind"], last["data"]["sha256"]) == ("log_exported", told.json["files"][0]["sha256"])


async def test_the_evidence_of_a_case_is_written_and_right(command: Command, tmp_path: Path) -> None:
    told = command("case", "evidence", "1", "--out", tmp_path / "e", "--by", "can.bo.mau")
    assert told.status == 0, told.err
    assert "phanhoi-verify" in told.out
    status, found = verify(tmp_path / "e")
    assert status == 3, found
    words = " ".join(page.extract_text() for page in PdfReader(next((tmp_path / "e").glob("*.pdf"))).pages)
    assert "HỒ SƠ CHỨNG CỨ" in words
    whole = words + next((tmp_path / "e").glob("*.jsonl")).read_text(encoding="utf-8")
    assert not [secret for secret in SECRETS if secret in whole]


async def test_openings_go_to_a_named_official_for_one_case(command: Command, tmp_path: Path) -> None:
    given = ("log", "export", "--out", tmp_path / "mo", "--open")
    command(*given, "--case", "1").failed_clearly("PH-100", 2)
    command(*given, "--case", "2", "--by", "can.bo.mau", "--for", "intake").failed_clearly("PH-403", 1)
    told = command(*given, "--case", "1", "--by", "can.bo.mau", "--for", "intake")
    assert told.status == 0, told.err
    lines = [
        json.loads(line) for line in next((tmp_path / "mo").glob("*.jsonl")).read_text("utf-8").splitlines()
    ]
    assert [line["open"]["header.title"][1] for line in lines if "open" in line] == ["Rác thải"]
    assert verify(tmp_path / "mo")[0] == 3


async def test_what_cannot_be_given_is_refused_and_leaves_no_file(command: Command, tmp_path: Path) -> None:
    out = ("--out", tmp_path / "ra")
    command("log", "export", "--kind", "khong_co", *out).failed_clearly("PH-100", 2)
    command("case", "evidence", "1", "--by", "cli/mau", *out).failed_clearly("PH-100", 2)
    command("case", "evidence", "1", "--by", "can.bo.mau", "--for", "public", *out).failed_clearly(
        "PH-100", 2
    )
    command("case", "evidence", "2", "--by", "can.bo.mau", *out).failed_clearly("PH-403", 1)
    assert not list((tmp_path / "ra").glob("*"))


async def test_without_a_signing_key_nothing_is_exported_that_could_prove_nothing(
    command: Command, tmp_path: Path
) -> None:
    none = {"PHANHOI_LEDGER__SIGNING_KEYS": "", "PHANHOI_LEDGER__ORIGIN": ""}
    command("log", "export", "--out", tmp_path / "ra", **none).failed_clearly("PH-503", 2)
