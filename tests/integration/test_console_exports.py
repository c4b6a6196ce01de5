"""Proof out of the console: what was signed, the log and the evidence of a case as files that prove themselves."""

import io
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from zipfile import ZipFile

import httpx
import pytest

from connector.console.access.rights import Role
from connector.sections.ledger import LedgerSettings
from connector.services.log_keys import published
from connector.verify.check import check_file
from connector.verify.trust import Trust, load_keys
from tests.integration.console_kit import Town, quick_passwords, town
from tests.integration.core_mapping import plain
from tests.integration.core_world import world
from tests.integration.log_kit import ORIGIN, key_text

__all__ = ["quick_passwords"]

SENDER = "Nguyễn Văn Mẫu gửi"


@pytest.fixture
async def t(migrated_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    async with world(migrated_url, tmp_path) as made:
        signing = LedgerSettings(origin=ORIGIN, signing_keys=key_text())  # type: ignore[arg-type]
        made.ctx = replace(made.ctx, settings=made.ctx.settings.model_copy(update={"ledger": signing}))
        async with town(made, migrated_url) as opened:
            made.national.put("1", plain("1", sender=SENDER))
            made.national.put("2", plain("2", privacy="restricted"))
            await made.rest(2)
            yield opened


def files(answer: httpx.Response) -> dict[str, bytes]:
    """What was downloaded, by ending."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-disposition"].startswith('attachment; filename="')
    with ZipFile(io.BytesIO(answer.content)) as packed:
        return {name.rpartition(".")[2]: packed.read(name) for name in packed.namelist()}


async def test_the_downloaded_log_proves_itself_and_the_export_is_an_entry(t: Town, tmp_path: Path) -> None:
    auditor = await t.enter("kt.mau", Role.AUDITOR)
    assert "Trích xuất và tải về" in (await auditor.get("/log/export")).text
    found = files(await auditor.post("/log/export", view="csv"))
    assert set(found) == {"jsonl", "csv", "json"}
    (tmp_path / "nhat-ky.jsonl").write_bytes(found["jsonl"])
    page = (await auditor.client.get("/api/log/checkpoints")).json()
    assert page["rows"][0]["note"].startswith(ORIGIN)
    assert len(page["rows"][0]["root"]) == 64
    async with t.world.db.reading() as conn:
        keys = await published(conn, ORIGIN)
    (tmp_path / "log-keys.json").write_text(json.dumps(keys), encoding="utf-8")
    verdict = check_file(tmp_path / "nhat-ky.jsonl", Trust(keys=load_keys(tmp_path / "log-keys.json")))
    assert not verdict.findings, verdict
    assert SENDER not in found["csv"].decode()
    entry = (await t.world.entries())[-1]
    assert (entry.kind, entry.actor, entry.data["formats"]) == ("log_exported", "kt.mau", "jsonl+csv")
    assert json.loads(found["json"])["entries"] == entry.data["entries"]


async def test_the_conditions_of_an_export_narrow_it_and_wrong_ones_export_nothing(t: Town) -> None:
    admin = await t.enter("qt.mau", Role.ADMINISTRATOR)
    answer = await admin.call("/log/export", kind="observed", case="1")
    told = json.loads(files(answer)["json"])
    assert told["filter"] == {"case": 1, "kind": ["observed"]}
    assert 0 < told["entries"] < len(await t.world.entries())
    before = await t.world.kinds()
    for form in (
        {"kind": "la"},
        {"view": "docx"},
        {"system": "la"},
        {"first": "hôm qua"},
        {"first": "2026-11-19", "last": "2026-11-18"},
    ):
        assert (await admin.post("/log/export", **form)).status_code == 400, form
    assert (await admin.post("/log/export", case="khong-co")).status_code == 404
    assert await t.world.kinds() == before


async def test_the_evidence_of_a_case_is_handed_over_and_that_of_a_restricted_one_is_not(t: Town) -> None:
    auditor, operator = await t.enter("kt.mau", Role.AUDITOR), await t.enter("vh.mau", Role.OPERATOR)
    assert "Lập và tải hồ sơ chứng cứ" in (await auditor.get("/cases/1")).text
    assert "chứng cứ" not in (await operator.get("/cases/1")).text
    assert (await operator.post("/cases/1/evidence")).status_code == 403
    found = files(await auditor.post("/cases/1/evidence"))
    assert set(found) == {"jsonl", "pdf", "json"}
    assert found["pdf"].startswith(b"%PDF")
    assert SENDER.encode() not in found["jsonl"]
    assert (await t.world.entries())[-1].actor == "kt.mau"
    before = await t.world.kinds()
    assert (await auditor.post("/cases/2/evidence")).status_code == 403
    assert await t.world.kinds() == before


async def test_verifying_looks_at_what_was_signed_and_names_what_does_not_fit(t: Town) -> None:
    auditor = await t.enter("kt.mau", Role.AUDITOR)
    assert "Nhật ký chưa được niêm phong" in (await auditor.get("/log/checkpoints")).text
    await auditor.post("/log/export")
    told = (await auditor.call("/log/verify")).json()
    assert (told["ok"], told["notes"] > 0, told["findings"]) == (True, True, [])
    assert "đã ký đến mục" in (await auditor.post("/log/verify")).text
    await t.world.sql("ALTER TABLE ledger_checkpoint DISABLE TRIGGER ALL")
    await t.world.sql("UPDATE ledger_checkpoint SET note = replace(note, %s, 'la.example/log')", ORIGIN)
    told = (await auditor.call("/log/verify")).json()
    assert (told["ok"], told["report"]["broken"]) == (False, None)
    page = (await auditor.post("/log/verify")).text
    assert "NHẬT KÝ BỊ SỬA" in page
    assert "Điểm niêm phong" in page


async def test_without_a_signing_key_nothing_is_exported_and_the_next_step_is_told(t: Town) -> None:
    bare = t.world.ctx.settings.model_copy(update={"ledger": LedgerSettings()})
    object.__setattr__(t.site, "ctx", replace(t.site.ctx, settings=bare))
    auditor = await t.enter("kt.mau", Role.AUDITOR)
    answer = await auditor.call("/log/export")
    assert answer.status_code == 503
    assert answer.json()["error"]["next_step"]["vi"]
    assert "log_exported" not in await t.world.kinds()
