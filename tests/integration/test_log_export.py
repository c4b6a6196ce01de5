"""Exports of the log from the store: picked, proven, streamed, recorded; and the evidence file of a case."""

import csv
import io
import json
import tracemalloc
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from psycopg.types.json import Jsonb
from pypdf import PdfReader

from connector.errors import ExportTooLarge, NotFoundError, PrivacyStop, SecrecyHold
from connector.ledger.commitment import opens
from connector.ledger.entry import Entry
from connector.ledger.export import Proof
from connector.ledger.filter import LogFilter
from connector.ledger.note import parse_checkpoint, parse_note
from connector.reports.names import Names
from connector.rules.book import RuleBook
from connector.rules.visibility import Audience
from connector.services.erasure import erase
from connector.services.evidence import Request, make_evidence, openings_for
from connector.services.log_export import Exported, Opened, Out, export_log
from connector.services.officers import Decision
from connector.services.secrecy import confirm
from connector.verify.check import check_file
from connector.verify.finding import Result, Verdict
from connector.verify.trust import Trust, load_keys
from tests.integration.core_mapping import NATIONAL, plain
from tests.integration.core_world import World, planned, world
from tests.unit.evidence_kit import chain, drafts, proof, roots
from tests.unit.report_kit import names

OFFICER = "canbo.mau"
EVERYTHING = LogFilter()
SECRETS = ("Nguyễn", "Mẫu", "0900000000", "Chậm trả", "Quá hẹn")


@pytest.fixture
async def w(migrated_url: str, tmp_path: Path) -> AsyncIterator[World]:
    async with world(migrated_url, tmp_path) as made:
        yield made


async def sealed(w: World, earlier: tuple[int, ...] = ()) -> Proof:
    return proof(await w.entries(), earlier=earlier)


def outs(*kinds: str) -> dict[str, Out]:
    return {kind: Out(name=f"nhat-ky.{kind}", file=io.BytesIO()) for kind in kinds}


def data(files: dict[str, Out], kind: str) -> bytes:
    file = files[kind].file
    assert isinstance(file, io.BytesIO)
    return file.getvalue()


def lines(files: dict[str, Out]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in data(files, "jsonl").splitlines()]


async def export(w: World, files: dict[str, Out], wanted: LogFilter = EVERYTHING, **more: Any) -> Exported:
    against = more.pop("proof", None) or await sealed(w)
    return await export_log(w.db, wanted, files, proof=against, actor="cli/mau", clock=w.clock, **more)


def entries_of(files: dict[str, Out]) -> list[dict[str, Any]]:
    return [line["entry"] for line in lines(files) if "entry" in line]


# ---- what is picked, and that it proves itself ---------------------------------------------------------------


async def test_an_export_of_everything_meets_every_checkpoint(w: World) -> None:
    await planned(w, "accepted", "progress")
    files = outs("jsonl")
    done = await export(w, files, proof=await sealed(w, earlier=(2, 5)))
    told = lines(files)
    passed = roots(told)
    for note in [told[0]["checkpoint"], *told[0]["earlier"]]:
        checkpoint = parse_checkpoint(parse_note(note).text)
        assert passed[checkpoint.size] == checkpoint.root
    assert done.entries == done.proof.size == len(entries_of(files))


def verified(files: dict[str, Out], against: Proof, folder: Path) -> Result:
    """What the verifier says, with keys that the auditor got elsewhere."""
    (folder / "log-keys.json").write_text(json.dumps(against.keys), encoding="utf-8")
    (folder / "xuat.jsonl").write_bytes(data(files, "jsonl"))
    return check_file(folder / "xuat.jsonl", Trust(keys=load_keys(folder / "log-keys.json")))


async def test_the_verifier_finds_every_export_right_and_any_change_wrong(w: World, tmp_path: Path) -> None:
    case = await planned(w, "accepted", "progress")
    shown = Opened(audience=Audience.UNIT, openings=await openings_for(w.db, case, Audience.UNIT))
    against = await sealed(w, earlier=(2, 5))
    for wanted in (
        EVERYTHING,
        LogFilter(kinds=("planned", "done")),
        LogFilter(case_id=case),
        LogFilter(case_id=99),
    ):
        files = outs("jsonl")
        await export(w, files, wanted, proof=against, opened=shown)
        found = verified(files, against, tmp_path)
        assert found.verdict is Verdict.RIGHT, (wanted, found.findings)
        assert found.size == against.size
        told = data(files, "jsonl")
        for changed in (
            told.replace(b'"kind":"planned"', b'"kind":"sent"', 1),
            told.replace(b"Ch\xe1\xba\xadm", b"Nhanh", 1),
            told[: told.rindex(b'{"end"')],
        ):
            if changed != told:
                out = {"jsonl": Out(name="x", file=io.BytesIO(changed))}
                assert verified(out, against, tmp_path).verdict is Verdict.WRONG


async def test_every_condition_picks_exactly_its_entries_and_the_rest_is_proven(w: World) -> None:
    case = await planned(w, "accepted", "progress")
    await w.deliver()
    every = await w.entries()
    conditions: list[tuple[LogFilter, Any]] = [
        (LogFilter(systems=(NATIONAL,)), lambda one: one.system == NATIONAL),
        (LogFilter(kinds=("sent", "done")), lambda one: one.kind in {"sent", "done"}),
        (LogFilter(case_id=case), lambda one: one.case_id == case),
        (LogFilter(case_id=case + 1), lambda one: False),
        (LogFilter(actors=("test/1",)), lambda one: one.actor == "test/1"),
        (LogFilter(first=w.clock.now().date(), last=w.clock.now().date()), lambda one: True),
        (
            LogFilter(systems=(NATIONAL,), kinds=("planned",)),
            lambda one: one.system == NATIONAL and one.kind == "planned",
        ),
    ]
    for wanted, fits in conditions:
        files = outs("jsonl")
        against = proof(every)
        done = await export(w, files, wanted, proof=against)
        assert [one["seq"] for one in entries_of(files)] == [one.seq for one in every if fits(one)], wanted
        assert roots(lines(files))[against.size] == parse_checkpoint(parse_note(against.checkpoint).text).root
        assert (done.first_seq is None) is (done.entries == 0)


async def test_an_outcome_is_what_the_delivery_ended_in(w: World) -> None:
    await planned(w, "accepted", "progress")
    states = {one.id: one.state for one in await w.writes()}
    assert {"done", "planned"} <= set(states.values())
    files = outs("jsonl")
    await export(w, files, LogFilter(outcomes=("done",)))
    told = entries_of(files)
    assert told
    assert {states[one["delivery_id"]] for one in told} == {"done"}


# ---- the entry of the export, the files ----------------------------------------------------------------------


async def test_each_export_is_an_entry_with_filter_counts_and_digest(w: World) -> None:
    await planned(w)
    files, wanted = outs("jsonl", "csv"), LogFilter(kinds=("observed",))
    done = await export(w, files, wanted)
    last = (await w.entries())[-1]
    assert (last.kind, last.actor) == ("log_exported", "cli/mau")
    assert last.data["filter_digest"] == wanted.digest
    assert last.data["sha256"] == done.files[0].sha256
    assert last.data["entries"] == done.entries > 0
    assert last.data["formats"] == "jsonl+csv"


async def test_the_manifest_names_every_file_with_its_digest(w: World) -> None:
    await planned(w)
    files = outs("jsonl", "csv", "xlsx", "pdf")
    manifest = (await export(w, files)).manifest()
    assert manifest["format"] == "phanhoi-export-manifest/1"
    assert [one["kind"] for one in manifest["files"]] == ["jsonl", "csv", "xlsx", "pdf"]
    assert [one["size"] for one in manifest["files"]] == [len(data(files, kind)) for kind in files]
    assert len({one["sha256"] for one in manifest["files"]}) == 4
    assert (manifest["first_seq"], manifest["last_seq"]) == (1, manifest["entries"])


async def test_no_view_and_no_line_holds_personal_data(w: World) -> None:
    await planned(w, "accepted", "answered")
    await w.deliver()
    files = outs("jsonl", "csv", "pdf")
    await export(w, files)
    words = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(data(files, "pdf"))).pages)
    for text in (data(files, "jsonl").decode(), data(files, "csv").decode(), words):
        assert not [secret for secret in SECRETS if secret in text]


async def test_the_csv_has_one_row_for_each_entry(w: World) -> None:
    await planned(w)
    files = outs("jsonl", "csv")
    done = await export(w, files)
    rows = list(csv.DictReader(io.StringIO(data(files, "csv").decode("utf-8-sig"))))
    assert [int(row["so_muc"]) for row in rows] == [one["seq"] for one in entries_of(files)]
    assert len(rows) == done.entries


async def test_a_document_of_too_many_entries_is_refused_before_anything_is_written(
    w: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await planned(w)
    monkeypatch.setattr("connector.services.log_export.MOST_ENTRIES", 2)
    files = outs("jsonl", "pdf")
    with pytest.raises(ExportTooLarge):
        await export(w, files)
    assert data(files, "jsonl") == b""
    assert (await w.entries())[-1].kind != "log_exported"


# ---- memory -------------------------------------------------------------------------------------------------


async def fill(w: World, count: int) -> list[Entry]:
    """So many entries, in one go."""
    entries = chain(drafts(count))
    async with w.db.unit() as unit, unit.conn.cursor() as cursor:
        columns = "seq, at, kind, system, case_id, delivery_id, actor, data, prev_hash, hash, commitments"
        async with cursor.copy(f"COPY ledger_entry ({columns}) FROM STDIN") as copy:
            for one in entries:
                row = {
                    **vars(one),
                    "data": Jsonb(dict(one.data)),
                    "commitments": Jsonb(dict(one.commitments or {})),
                }
                await copy.write_row([row[name] for name in columns.split(", ")])
        await unit.conn.execute(
            "UPDATE ledger_head SET seq = %s, hash = %s", (entries[-1].seq, entries[-1].hash)
        )
    return entries


class Sink(io.RawIOBase):
    """Takes everything and keeps nothing, so that only the exporter's own memory counts."""

    def __init__(self) -> None:
        self._at = self._size = 0

    def writable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def write(self, taken: Any) -> int:
        self._at += len(taken)
        self._size = max(self._size, self._at)
        return len(taken)

    def readinto(self, room: Any) -> int:
        return 0

    def tell(self) -> int:
        return self._at

    def seek(self, to: int, whence: int = 0) -> int:
        self._at = to + (self._size if whence == io.SEEK_END else 0)
        return self._at


async def test_four_times_the_entries_take_the_same_memory(w: World) -> None:
    entries = await fill(w, 8_000)
    peaks = []
    for size in (2_000, 8_000):
        against = proof(entries, size)
        tracemalloc.start()
        files = {kind: Out(name=kind, file=Sink()) for kind in ("jsonl", "csv", "xlsx")}  # type: ignore[arg-type]
        done = await export(w, files, LogFilter(kinds=("sent", "done")), proof=against)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert done.entries == size // 2
    assert peaks[1] < 1.5 * peaks[0], peaks


# ---- the evidence of a case ---------------------------------------------------------------------------------

TODAY: Names = names("2026-11-20")


async def evidence(
    w: World, name: str, audience: Audience = Audience.EXPORT
) -> tuple[Exported, dict[str, Out]]:
    files = outs("jsonl", "pdf")
    done = await make_evidence(
        w.db, Request(name=name, audience=audience, officer=OFFICER), files,
        proof=await sealed(w), book=RuleBook(), names=TODAY, clock=w.clock,
    )  # fmt: skip
    return done, files


def document(files: dict[str, Out]) -> str:
    return " ".join(page.extract_text() for page in PdfReader(io.BytesIO(data(files, "pdf"))).pages)


async def test_the_evidence_of_a_case_is_all_its_entries_and_proves_itself(w: World, tmp_path: Path) -> None:
    case = await planned(w, "accepted", "progress")
    await w.rest(2)
    every = await w.entries()
    done, files = await evidence(w, str(case))
    told = lines(files)
    assert [one["seq"] for one in entries_of(files)] == [one.seq for one in every if one.case_id == case]
    assert roots(told)[len(every)] == parse_checkpoint(parse_note(told[0]["checkpoint"]).text).root
    assert told[1]["case"]["id"] == case
    assert verified(files, done.proof, tmp_path).verdict is Verdict.RIGHT
    last = (await w.entries())[-1]
    assert (last.kind, last.actor, last.case_id) == ("evidence_exported", OFFICER, case)
    assert last.data["sha256"] == done.files[0].sha256
    assert done.files[0].sha256 in document(files)


async def test_openings_are_given_to_those_alone_who_may_see_everything_in_them(w: World) -> None:
    case = await planned(w, "accepted")
    await w.deliver()
    _, archive = await evidence(w, str(case))
    _, unit = await evidence(w, str(case), Audience.UNIT)
    opened = [name for line in lines(archive) for name in line.get("open", {})]
    assert opened
    assert not [secret for secret in SECRETS if secret in data(archive, "jsonl").decode()]
    assert "Nguyễn Văn Mẫu" in data(unit, "jsonl").decode()
    assert len([name for line in lines(unit) for name in line.get("open", {})]) > len(opened)
    for line in lines(unit):
        for name, (salt, value) in line.get("open", {}).items():
            assert opens(name, (salt, value), line["entry"]["commitments"][name])


async def test_an_erased_case_keeps_its_entries_and_tells_of_the_erasure(w: World) -> None:
    case = await planned(w)
    await w.rest(2)
    await erase(w.ctx, str(case), "all", Decision(officer=OFFICER, basis="15/QD-VP"), actor="cli/mau")
    _, files = await evidence(w, str(case), Audience.UNIT)
    assert "15/QD-VP" in document(files)
    assert not [line for line in lines(files) if line.get("open")]
    assert not [secret for secret in SECRETS if secret in data(files, "jsonl").decode() + document(files)]
    assert "erased" in {one["kind"] for one in entries_of(files)}


async def test_a_restricted_case_gives_no_evidence_and_no_opening(w: World) -> None:
    w.national.put("1", plain("1", privacy="restricted"))
    await w.observe(NATIONAL)
    case = (await w.case(NATIONAL, "1")).id
    with pytest.raises(PrivacyStop):
        await evidence(w, str(case))
    with pytest.raises(PrivacyStop):
        await openings_for(w.db, case, Audience.UNIT)
    assert (await w.entries())[-1].kind == "observed"


async def test_a_case_held_or_taken_off_the_system_gives_no_evidence(w: World) -> None:
    w.national.put("1", plain("1", title="Tài liệu TUYỆT MẬT"))
    await w.observe(NATIONAL)
    case = (await w.case(NATIONAL, "1")).id
    with pytest.raises(SecrecyHold):
        await evidence(w, str(case))
    await confirm(w.ctx, str(case), Decision(officer=OFFICER, basis="12/QD-UBND"), actor="cli/mau")
    with pytest.raises(PrivacyStop):
        await evidence(w, str(case))
    with pytest.raises(NotFoundError):
        await evidence(w, "khong-co")


async def test_an_export_with_openings_says_for_whom(w: World) -> None:
    case = await planned(w)
    shown = await openings_for(w.db, case, Audience.INTAKE)
    files = outs("jsonl")
    await export(w, files, LogFilter(case_id=case), opened=Opened(audience=Audience.INTAKE, openings=shown))
    last = (await w.entries())[-1]
    assert (last.case_id, last.data["audience"]) == (case, "intake")
    assert int(last.data["opened"] or 0) == sum(len(one) for one in shown.values()) > 0
    assert any(line.get("open") for line in lines(files))
