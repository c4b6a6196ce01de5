"""``phanhoi report`` and ``phanhoi case sheet`` as an official types them, on a small database."""

import csv
import json
import os
import re
import stat
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from openpyxl import load_workbook
from pypdf import PdfReader

from connector.case import ActKind, Privacy
from connector.reports.measures import Measure
from connector.sealing import MasterKeys, new_master_line
from connector.store import identity, links
from connector.store.database import Database
from connector.store.masters import Vault
from connector.testing import HandClock
from tests.acceptance.kit import Done, environment, phanhoi
from tests.unit.report_kit import MAU, VI_DU, Story, counted

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

Command = Callable[..., Done]
NOW = datetime(2026, 12, 1, tzinfo=UTC)
SECRETS = ("Nguyễn", "0900000000", "Rác thải")


def town() -> list[Story]:
    return [
        Story(1).received("2026-10-05").handed_over("2026-10-06").result("2026-10-07").answered("2026-10-08"),
        Story(2).received("2026-10-05", VI_DU).add(ActKind.REFUSED, "2026-10-06", agency=VI_DU),
        Story(3, field=None).received("2026-09-28"),
        Story(4).received("2026-10-19").handed_over("2026-10-20"),
        Story(5, privacy=Privacy.RESTRICTED).received("2026-10-19").handed_over("2026-10-20"),
    ]


@pytest.fixture
async def command(migrated_url: str, tmp_path: Path) -> Command:
    """The program on a database in which the register has told of a few cases."""
    keys = new_master_line("mau")
    vault = Vault(lambda: MasterKeys.parse(keys))
    db = Database(migrated_url, clock=HandClock(NOW), actor="test/1", size=2, vault=vault)
    await db.open()
    for story in town():
        async with db.unit() as unit:
            case = story.case()
            number = await identity.resolve(unit.conn, case)
            await links.save_state(unit.conn, number, case, None, asked_at=None, now=NOW)
    await db.close()
    env = {**environment(), "PHANHOI_DATABASE__URL": migrated_url, "PHANHOI_PRIVACY__MASTER_KEYS": keys}
    return lambda *arguments: phanhoi(*arguments, cwd=tmp_path, env=env)


def entries(command: Command, kind: str) -> list[dict[str, object]]:
    return [one for one in command("log", "show", "--json").json if one["kind"] == kind]


async def test_the_month_on_the_screen_and_in_all_files(command: Command, tmp_path: Path) -> None:
    files = {one: tmp_path / f"báo cáo 10.{one}" for one in ("xlsx", "pdf", "csv")}
    done = command(
        "report", "month", "2026-10", *(part for one, path in files.items() for part in (f"--{one}", path))
    )
    assert done.status == 0, done.err
    expected = counted(town(), "2026-10")
    for part in (
        "tháng 10 năm 2026",
        "Tồn quá hạn",
        "Sở Ví Dụ (hư cấu)",
        "Chưa xếp lĩnh vực",
        expected.digest,
    ):
        assert part in done.out
    summary = load_workbook(files["xlsx"])["Tổng hợp"]
    numbers = {row[3]: row[2] for row in summary.iter_rows(values_only=True)}
    assert (numbers["received"], numbers["closed"], numbers["outstanding"]) == (4, 2, 3)
    assert "BÁO CÁO" in PdfReader(files["pdf"]).pages[0].extract_text()
    assert files["csv"].read_bytes().startswith("\ufeff".encode())
    with files["csv"].open(encoding="utf-8-sig", newline="") as told:
        assert {row["ma_so"] for row in csv.DictReader(told)} >= {"received", "closed", "outstanding"}
    for path in files.values():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {one for one in os.listdir(tmp_path) if "báo cáo" in one} == {one.name for one in files.values()}  # noqa: PTH208
    assert not [secret for secret in SECRETS if secret in done.out]


async def test_each_run_is_a_ledger_entry_with_the_digest(command: Command) -> None:
    told = command("report", "month", "2026-10", "--json").json
    command("report", "ids", "2026-10/received")
    first, second = entries(command, "reported")
    assert first["data"]["sha256"] == second["data"]["sha256"] == told["sha256"]  # type: ignore[index]
    assert (first["data"]["purpose"], second["data"]["purpose"]) == ("report", "ids/received")  # type: ignore[index]
    assert str(first["actor"]).startswith("cli/")
    assert command("log", "verify").status == 0


async def test_R31_ids_shows_the_cases_behind_a_number(command: Command) -> None:
    told = command("report", "ids", "2026-10/outstanding_overdue", "--json").json
    overdue = counted(town(), "2026-10").ids(Measure.OUTSTANDING_OVERDUE)
    assert (told["count"], tuple(told["cases"])) == (len(overdue), overdue)
    one = command("report", "ids", "2026-10/received", "--agency", VI_DU)
    assert re.findall(r"\S+-00\d\d\d", one.out) == [town()[1].code]


async def test_quarter_year_and_any_span(command: Command) -> None:
    def received(*arguments: str) -> int:
        told = command("report", *arguments, "--json")
        assert told.status == 0, told.err
        return int(told.json["total"]["received"])

    assert received("quarter", "2026-Q4") == 4
    assert received("year", "2026") == 5
    assert received("year", "2026", "--agency", MAU, "--field", "moi_truong") == 3
    assert received("range", "--from", "2026-10-05", "--to", "2026-10-05") == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("month", "10/2026"),
        ("month", "2026-13"),
        ("range", "--from", "2026-10-20", "--to", "2026-10-05"),
        ("ids", "2026-10/khong_co"),
        ("ids", "received"),
        ("month", "2026-10", "--agency", "999.99.99.H56"),
        ("month", "2026-10", "--field", "khong_co"),
        ("month", "2026-10", "--xlsx", "khong/co/thu/muc.xlsx"),
    ],
)
async def test_wrong_input_is_one_message_and_status_two(
    command: Command, arguments: tuple[str, ...]
) -> None:
    done = command("report", *arguments)
    assert done.status == 2
    assert "Traceback" not in done.err
    assert done.err.startswith("PH-1")


async def test_R20_the_sheet_is_printed_and_recorded(command: Command, tmp_path: Path) -> None:
    sheet = tmp_path / "phiếu.pdf"
    done = command("case", "sheet", town()[3].code, "--pdf", sheet, "--by", "cb-mau-01")
    assert done.status == 0, done.err
    text = PdfReader(sheet).pages[0].extract_text()
    assert "Nguyễn Văn Mẫu" in text
    (entry,) = entries(command, "sheet_printed")
    assert entry["actor"] == "cb-mau-01"
    assert not [secret for secret in SECRETS if secret in json.dumps(entry, ensure_ascii=False) + done.out]


async def test_R25_a_restricted_case_and_a_nameless_official_get_no_sheet(
    command: Command, tmp_path: Path
) -> None:
    sheet = tmp_path / "phiếu.pdf"
    refused = command("case", "sheet", town()[4].code, "--pdf", sheet, "--by", "cb-mau-01")
    assert refused.err.startswith("PH-403")
    assert command("case", "sheet", town()[3].code, "--pdf", sheet, "--by", "Nguyễn Văn Mẫu").status == 2
    assert (
        command("case", "sheet", town()[3].code, "--pdf", sheet, "--by", "x", "--audience", "peer").status
        == 2
    )
    assert not sheet.exists()
    assert entries(command, "sheet_printed") == []
