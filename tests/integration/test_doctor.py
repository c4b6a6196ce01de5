"""The doctor: every line is true and says what to do, a part that is away takes no other with it, and the bundle is nobody's data."""

import asyncio
import io
import json
import stat
import tarfile
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from connector.checkup.line import Line, State
from connector.cli.root import app
from connector.clock import SystemClock
from connector.doctor import bundle
from connector.doctor.clean import HIDDEN, clean, log_lines, statement, word
from connector.doctor.findings import findings, unwell
from connector.doctor.journal import recent
from connector.doctor.look import Look, look
from connector.errors import Unwell, UserError
from connector.sections.database import DatabaseSettings
from connector.store import flows, restorations
from connector.store.doctor import server
from tests.acceptance.markers import Planted, found_in, planted
from tests.integration.core_mapping import NATIONAL, act, plain
from tests.integration.core_world import World, world
from tests.unit.test_transport_tls import write_certificate

SENDER = planted("BácSĩ", 7)


@pytest.fixture
async def w(migrated_url: str, tmp_path: Path) -> AsyncIterator[World]:
    async with world(migrated_url, tmp_path / "mappings") as made:
        given = made.ctx.settings.model_copy(
            update={"database": DatabaseSettings(url=SecretStr(migrated_url))}
        )
        made.clock.at = datetime.now(UTC)
        made.ctx = replace(made.ctx, settings=given)
        yield made


@pytest.fixture(autouse=True)
def mapped(tmp_path: Path) -> None:
    (tmp_path / "mappings").mkdir()


async def looked(w: World, **changes: Any) -> tuple[Look, dict[tuple[str, str], Line]]:
    """What is seen, and the worst line of each check; every one can be said, and what is not fine says what to do."""
    seen = await look(w.ctx.settings.model_copy(update=changes), SystemClock())
    lines = findings(seen)
    order = [State.FINE, State.UNASKED, State.WARNED, State.FAILED]
    for line in lines:
        for lang in ("vi", "en"):
            assert line.measured(lang)
            assert (line.state in {State.FAILED, State.WARNED}) == bool(line.next_step(lang)), line
    return seen, {
        (one.area, one.check): one for one in sorted(lines, key=lambda line: order.index(line.state))
    }


async def states(w: World, **changes: Any) -> dict[str, str]:
    _, lines = await looked(w, **changes)
    return {check: line.state.value for (_, check), line in lines.items()}


async def at_work(w: World) -> None:
    """A daemon is on the list of nodes, and every system was read a moment ago."""
    await w.observe()
    await w.sql(
        "INSERT INTO node (id, name, parts, version, knows) VALUES (gen_random_uuid(), 'may-1', '{worker,clock}', '1', '0018_pre')"
    )


# ---- the lines ----------------------------------------------------------------------------------------------


async def test_where_everything_is_in_order_nothing_fails(w: World) -> None:
    await at_work(w)
    told = await states(w)
    assert told.pop("sealing") == "warned", "there is no signing key"
    assert set(told.values()) == {"fine"}
    assert set(told) >= {
        "schema", "locks", "processes", "reading", "circuits", "holds", "writes", "doubt", "quarantine", "findings",
        "deadlines", "continues", "clock", "metrics",
    }  # fmt: skip


async def test_what_is_wrong_shows_in_its_line(w: World) -> None:
    case_id = await _trouble(w)
    _, lines = await looked(w)
    told = {check: line.state.value for (_, check), line in lines.items()}
    assert told["processes"] == told["deadlines"] == told["continues"] == "failed"
    assert told["holds"] == told["quarantine"] == told["circuits"] == "warned"
    assert lines["work", "deadlines"].facts == {"overdue": 1, "near": 0}
    assert lines["work", "quarantine"].facts["codes"] == "PH-401"
    assert unwell(lines.values()) == 3
    assert case_id


async def test_a_system_that_was_not_read_for_long_is_late_and_one_that_never_was_is_told(w: World) -> None:
    assert {
        one
        for (_, check), one in (await looked(w))[1].items()
        if check == "reading" and one.state is State.FINE
    } == set()
    await at_work(w)
    await w.sql("UPDATE watermark SET ok_at = ok_at - interval '3 hours' WHERE system = %s", NATIONAL)
    _, lines = await looked(w)
    assert lines[NATIONAL, "reading"].state is State.FAILED
    assert lines[NATIONAL, "reading"].facts["minutes"] >= 180
    assert lines["register", "reading"].state is State.FINE


async def test_a_certificate_that_ends_soon_is_told_and_one_that_ended_fails(
    w: World, tmp_path: Path
) -> None:
    for days, state in ((400, "fine"), (5, "warned"), (-1, "failed")):
        crt, _ = write_certificate(tmp_path, f"chung-thu-{days}", timedelta(days=days))
        section = w.ctx.settings.systems[NATIONAL]
        transport = section.transport.model_copy(update={"ca_file": crt})
        systems = {**w.ctx.settings.systems, NATIONAL: section.model_copy(update={"transport": transport})}
        assert (await states(w, systems=systems))["certificate"] == state


async def test_a_database_that_is_away_leaves_the_rest_to_be_told(w: World, tmp_path: Path) -> None:
    away = DatabaseSettings(url=SecretStr("postgresql://ten:mat-khau-mau@127.0.0.1:9/x"))
    seen, lines = await looked(w, database=away)
    told = {check: line.state.value for (_, check), line in lines.items()}
    assert told["tcp"] == "failed"
    assert told["processes"] == told["clock"] == "unasked"
    files = bundle.parts(seen, list(lines.values()), {}, [])
    assert json.loads(files["missing.json"])["database"].startswith("PH-2")
    assert b"mat-khau-mau" not in b"".join(files.values())


async def test_an_open_transaction_and_a_lock_that_waits_show_without_what_they_say(w: World) -> None:
    async with w.db.unit() as unit:
        await unit.conn.execute("LOCK TABLE pause")
        await unit.conn.execute("SELECT 'Nguyễn Văn Mẫu'")
        async with w.db.reading() as conn:
            found = await server(conn)
    assert {row["state"] for row in found["sessions"]} >= {"idle in transaction"}
    assert {row["relation"] for row in found["tables"]} >= {"delivery", "ledger_entry"}
    assert "Mẫu" not in repr(found)


# ---- the bundle ---------------------------------------------------------------------------------------------


async def _trouble(w: World) -> int:
    """A sender's words wherever words can be, and something wrong everywhere."""
    words = " ".join(SENDER.words)
    w.national.put("1", {**plain("1"), "title": SENDER.content, "acts": [act("x", "khong-biet", 1, words)]})
    w.national.put(SENDER.phone, plain(SENDER.phone))
    for _ in range(2):
        await w.round()
    rows = await w.sql("SELECT id FROM case_record ORDER BY id LIMIT 1")
    case_id = int(rows[0]["id"]) if rows else 0
    now = w.clock.now()
    async with w.db.unit() as unit:
        for scope in (f"case:{case_id}", f"system:{NATIONAL}", restorations.SCOPE):
            await flows.hold(
                unit.conn, scope, reason=words, code=None, actor=SENDER.name, at=now, guard="flood"
            )
        run = await flows.begin(unit.conn, "observe", NATIONAL, now)
        await flows.end(unit.conn, run, "failed", {"seen": 1}, now, "PH-301")
    await w.sql(
        "INSERT INTO case_duty (case_id, number, duty, governs, nearest, due_at) VALUES (%s, 99, 'answer', true, true, %s)",
        case_id,
        datetime.now(UTC) - timedelta(hours=1),
    )
    await w.sql(
        "INSERT INTO circuit (node, system, state, since, seen_at) VALUES ('may-1', %s, 'open', now(), now())",
        NATIONAL,
    )
    return case_id


def planted_lines(who: Planted) -> list[str]:
    """Log lines as somebody careless might write them."""
    name, phone, content, file = who.words
    events: list[Mapping[str, Any]] = [
        {"event": "delivery_failed", "code": "PH-301", "reason": f"{name} {phone}", "level": "warning"},
        {"event": f"could not reach {name}", "logger": "somebody.else", "level": "error"},
        {
            "event": "x",
            "path": f"/tai-tep/{file}",
            "ref": phone,
            "system": name,
            "key": content,
            "node": content,
        },
        {"event": "x", "exception": f"ValueError at {name}", "result": {"deep": [phone, {name: content}]}},
        {"event": "x", name: phone, "host": f"https://{phone}@cong.example/?q={phone}"},
    ]
    return [*(json.dumps(one, ensure_ascii=False) for one in events), f"Traceback: {name}", "", "[1, 2]", "{"]


def unpacked(packed: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(packed), mode="r:gz") as archive:
        found = {one.name.partition("/")[2]: archive.extractfile(one) for one in archive.getmembers()}
        assert {one.mode for one in archive.getmembers()} == {0o600}
        assert {(one.uid, one.uname, one.gname) for one in archive.getmembers()} == {(0, "", "")}
        return {name: file.read() for name, file in found.items() if file is not None}


async def test_what_a_sender_wrote_is_in_no_file_of_the_bundle(w: World) -> None:
    await _trouble(w)
    seen, lines = await looked(w)
    metrics = f'phanhoi_cases 1.0\nother{{name="{SENDER.name}"}} 1\n# HELP x {SENDER.content}\n'
    settings = {
        "node": "may-1",
        "alerts": {"mail": {"recipients": ["nguyen.van.mau@example.com"], "sender": SENDER.name}},
        "retention": {"basis": SENDER.content},
        "systems": {
            SENDER.name: {
                "adapter": {"password": "mat-khau-mau", "url": "https://tai-khoan-mau:b@cong.example/x"}
            }
        },
    }
    given = planted_lines(SENDER)
    out = io.BytesIO()
    files = bundle.parts(replace(seen, metrics=metrics), list(lines.values()), settings, given)
    bundle.write(out, files, seen.now, "goi")
    found = unpacked(out.getvalue())
    never = [*SENDER.words, "nguyen.van.mau", "mat-khau-mau", "tai-khoan-mau"]
    assert {name: hits for name, content in found.items() if (hits := found_in(content, never))} == {}
    # the search would have found it, and what is asked for is there
    assert found_in("\n".join(given).encode(), SENDER.words) == list(SENDER.words)
    assert json.loads(found["runs.json"])[0]["error_code"] == "PH-301"
    assert {one["guard"] for one in json.loads(found["pauses.json"])} == {"flood"}
    assert len(found["log.jsonl"].splitlines()) == 5
    assert json.loads(found["missing.json"])["log_lines_of_others"] == 4
    assert found["metrics.txt"] == b"phanhoi_cases 1.0\n"
    assert json.loads(found["settings.json"])["node"] == "may-1"
    assert set(found) >= {"summary.json", "versions.json", "database.json", "statements.json", "machine.json"}


def test_our_own_lines_stay_of_use() -> None:
    line = {
        "event": "http_call", "system": NATIONAL, "result": "503", "elapsed_s": 0.25, "level": "warning",
        "path": "/mapi/g", "timestamp": "2026-11-18T01:00:00Z", "exception": "ValueError at keep.py:7 fold",
    }  # fmt: skip
    assert log_lines([json.dumps(line)]) == ([line], 0)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("PH-301", "PH-301"),
        ("", ""),
        ("Mẫu", HIDDEN),
        ("Nguyen Van Mau", HIDDEN),
        ("0912345678", "***"),
        ("mau@example.com", "***"),
        ("https://a:b@cong.example/x?y=1", "https://cong.example/x"),
    ],
)
def test_a_word_is_told_if_it_looks_like_a_code(text: str, told: str) -> None:
    assert word(text) == told
    assert clean({"x": [text]}) == {"x": [told]}


def test_a_statement_loses_its_literals() -> None:
    told = statement("SELECT *\n FROM x WHERE name = 'Nguyễn ''Văn'' Mẫu' AND id = $1")
    assert told == "SELECT * FROM x WHERE name = '…' AND id = $1"


def test_log_lines_come_from_the_files_that_were_named(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text("1\n2\n3\n", encoding="utf-8")
    assert recent([tmp_path / "a.log"], 2) == ["2\n", "3\n"]
    with pytest.raises(UserError, match=r"b\.log"):
        recent([tmp_path / "b.log"], 2)


# ---- the command --------------------------------------------------------------------------------------------


async def test_the_command_writes_the_bundle_for_its_owner_alone_and_fails_if_something_is_wrong(
    w: World, tmp_path: Path
) -> None:
    await _trouble(w)
    config = tmp_path / "phanhoi.toml"
    url = w.ctx.settings.database.url
    assert url is not None
    systems = "\n".join(f"[systems.{name}]\nenabled = false" for name in w.ctx.settings.systems)
    config.write_text(f'[database]\nurl = "{url.get_secret_value()}"\n{systems}\n', encoding="utf-8")
    logged = tmp_path / "chay.log"
    logged.write_text("\n".join(planted_lines(SENDER)), encoding="utf-8")
    out = tmp_path / "goi.tar.gz"
    asked = ["--config", str(config), "doctor", "--out", str(out), "--log", str(logged)]
    done = await asyncio.to_thread(CliRunner().invoke, app, asked)
    assert done.exit_code == 1, done.output
    assert Unwell.code in done.output
    assert "✗" in done.output
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    found = unpacked(out.read_bytes())
    assert not [name for name, content in found.items() if found_in(content, SENDER.words)]
    assert url.get_secret_value().encode() not in b"".join(found.values())
    done = await asyncio.to_thread(CliRunner().invoke, app, [*asked, "--json"])
    told = json.loads(done.stdout)
    assert told["bundle"] == str(out)
    assert {"failed"} <= {line["state"] for line in told["lines"]}
