"""``phanhoi conformance`` as an administrator runs it before go-live: on a twin of its own, and on systems in use."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from adapters.conformance import CONTENT, NAME, PHONE
from adapters.conformance.portals import PASSWORD, government, national
from adapters.conformance.registers import register_by_rest, register_by_sql
from connector.app import shipped
from connector.mapping import MappingSet
from tests.acceptance.kit import Done, environment, phanhoi

MAPPINGS = MappingSet.load(shipped("mappings"))
MAKERS = {
    "national_portal": national,
    "government_portal": government,
    "register by rest": register_by_rest,
    "register by sql": register_by_sql,
}


@dataclass(kw_only=True)
class InUse:
    """A system in use and the settings that lead to it."""

    subject: Any
    name: str
    folder: Path

    async def run(self, *options: str, **secrets: str) -> Done:
        """The command in a process of its own, while the system goes on in this one."""
        return await asyncio.to_thread(
            phanhoi,
            "conformance",
            "--system",
            self.name,
            *options,
            cwd=self.folder,
            env=environment(**secrets),
        )


@asynccontextmanager
async def in_use(kind: str, folder: Path, **changes: Any) -> AsyncIterator[InUse]:
    name = kind.partition(" ")[0]
    async with MAKERS[kind](MAPPINGS) as subject:
        own = {**subject.settings, **changes}
        lines = [
            f"[systems.{name}.transport]",
            'plain_http_hosts = ["127.0.0.1"]',
            "tries = 1",
            f"[systems.{name}.adapter]",
        ]
        lines += [f"{key} = {json.dumps(value)}" for key, value in own.items()]
        (folder / "phanhoi.toml").write_text("\n".join(lines), encoding="utf-8")
        yield InUse(subject=subject, name=name, folder=folder)


async def state(in_it: InUse, ref: str) -> tuple[object, ...]:
    subject = in_it.subject
    return await subject.cases(), await subject.acts(ref), await subject.waiting()


@pytest.mark.parametrize("kind", MAKERS)
async def test_a_system_in_use_is_proved_by_reading_alone(kind: str, tmp_path: Path):
    """Nothing is written or confirmed; the report is for signing and holds neither a secret nor a sender's word."""
    async with in_use(kind, tmp_path) as one:
        ref = await one.subject.born()
        before = await state(one, ref)
        done = await one.run("--safe", "--report", "bien-ban.txt", "--json")
        assert done.status == 0, done.out + done.err
        assert await state(one, ref) == before
    told = done.json
    assert (told["mode"], told["system"]) == ("safe", one.name)
    assert {item["result"] for item in told["outcomes"]} == {"passed"}
    assert {"program", "python", "mappings", "remote"} <= set(told["versions"])
    report = (tmp_path / "bien-ban.txt").read_text(encoding="utf-8")
    assert report.startswith("BIÊN BẢN KIỂM TRA BỘ NỐI")
    assert "KẾT LUẬN: ĐẠT." in report
    for secret in (PASSWORD, NAME, PHONE, CONTENT, "dk_"):
        assert secret not in report + done.out


async def test_a_code_that_the_mapping_lacks_fails_the_acceptance_and_is_named(tmp_path: Path):
    async with in_use("national_portal", tmp_path) as one:
        await one.subject._born({"kind": "1", "source": "1", "submitter_type": "1", "field": "MA-LA-01"})
        done = await one.run("--safe", "--json")
    failed = [item for item in done.json["outcomes"] if item["result"] == "failed"]
    assert done.status == 1
    assert [item["promise"] for item in failed] == ["what_waits_maps_without_a_gap"]
    assert "MA-LA-01" in failed[0]["reason"]
    assert CONTENT not in done.out


async def test_a_refused_account_fails_every_promise_that_needs_it_and_no_secret_is_told(tmp_path: Path):
    async with in_use("government_portal", tmp_path, password="mat-khau-sai") as one:
        await one.subject.born()
        done = await one.run("--safe", "--report", "bien-ban.json")
        told = json.loads((tmp_path / "bien-ban.json").read_text(encoding="utf-8"))
    assert done.status == 1
    assert "PH-303" in done.out
    assert "KHÔNG ĐẠT" in done.out
    assert "mat-khau-sai" not in done.out + done.err + json.dumps(told)


async def test_an_empty_system_is_not_called_proved(tmp_path: Path):
    """What nothing waited for was not tried, and says so."""
    async with in_use("government_portal", tmp_path) as one:
        done = await one.run("--safe", "--json")
    skipped = [item for item in done.json["outcomes"] if item["result"] == "not_applicable"]
    assert done.status == 0
    assert len(skipped) >= 5
    assert all("/" in item["reason"] for item in skipped)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["national_portal", "government_portal", "register"])
async def test_without_safe_everything_is_tried_on_a_twin_and_the_configured_system_is_never_called(
    name: str, tmp_path: Path
):
    kind = name if name != "register" else "register by rest"
    async with in_use(kind, tmp_path) as one:
        before = await one.subject.knocks(), await one.subject.cases()
        done = await one.run("--json")
        assert (await one.subject.knocks(), await one.subject.cases()) == before
    assert done.status == 0, done.out
    assert done.json["mode"] == "twin"
    assert done.json["settings"] == {}
    assert len(done.json["outcomes"]) > 20


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--system", "khong-co"), "PH-103"),
        (("--system", "register", "--safe"), "PH-100"),
        (("--system", "register", "--report", "bien-ban.pdf"), "PH-100"),
        (("--system", "register", "--report", "khong-co/bien-ban.txt"), "PH-100"),
    ],
)
def test_a_wrong_wish_is_one_clear_message(options: tuple[str, ...], code: str, tmp_path: Path):
    phanhoi("conformance", *options, cwd=tmp_path).failed_clearly(code, 2)
