"""The register as a program: ready line, tokens, clean stop, clear messages."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from adapters.register.database import Database
from adapters.register.models import AgencyIn, Submission
from adapters.register.server import DATABASE_ENV, KEYS_ENV, KEYS_FILE_ENV
from adapters.register.service import Register
from adapters.register.testing import KEYS, embedded_postgres, fresh_database, shipped_rules, wiped_database
from connector.clock import SystemClock
from connector.sealing import MasterKeys, with_new_master

ROOT = Path(__file__).parents[2]
PROGRAM = [sys.executable, "-W", "ignore", "-m", "adapters.register.server"]


def environment(dsn: str | None) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != DATABASE_ENV}
    return {**kept, "PYTHONPATH": str(ROOT), KEYS_ENV: KEYS, **({DATABASE_ENV: dsn} if dsn else {})}


def run(*arguments: str, dsn: str | None, **changes: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PROGRAM, *arguments],
        env=environment(dsn) | changes,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def database() -> str:
    return asyncio.run(wiped_database(embedded_postgres(), "register_tests"))


def test_it_serves_until_sigterm_and_then_ends_with_0(tmp_path):
    dsn = database()
    ready = tmp_path / "ready.json"
    token = run("--create-token", "intake:cong-web", dsn=dsn)
    assert token.returncode == 0, token.stderr
    sample = str(ROOT / "fixtures" / "register" / "agencies.csv")
    program = subprocess.Popen(
        [*PROGRAM, "--ready-file", str(ready), "--agencies", sample],
        env=environment(dsn),
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        line = json.loads(program.stdout.readline())
        assert json.loads(ready.read_text()) == line
        sender = {"name": "Nguyễn Văn Mẫu", "phone": "0900000000"}
        reply = httpx.post(
            f"{line['url']}/api/v1/intake/cases",
            json={"channel": "web", "content": "Đường hỏng", "sender": sender, "agency": "H56.15"},
            headers={"authorization": f"Bearer {token.stdout.strip()}"},
        )
        assert reply.status_code == 201, reply.text
        program.send_signal(signal.SIGTERM)
        assert program.wait(20) == 0
    finally:
        program.kill()
        program.wait()
        program.stdout.close()


@pytest.mark.parametrize(
    ("arguments", "dsn", "status", "code"),
    [
        ((), None, 2, "PH-100"),
        (("--create-token", "king:me"), "real", 2, "PH-100"),
        (("--agencies", "no-such-file.csv"), "real", 2, "PH-100"),
        (("--install-only",), "postgresql://127.0.0.1:9/none?connect_timeout=1", 3, "PH-201"),
    ],
)
def test_each_trouble_gives_one_message_with_a_code_and_the_next_step(arguments, dsn, status, code):
    if dsn == "real":
        dsn = database()
    began = time.monotonic()
    ended = run(*arguments, dsn=dsn)
    assert ended.returncode == status
    assert ended.stderr.startswith(code)
    assert "Traceback" not in ended.stderr
    assert time.monotonic() - began < 30


@pytest.mark.parametrize("lines", ["", "mau:ngan", "khac:" + KEYS.partition(":")[2]])
def test_without_its_master_keys_it_does_not_start(lines):
    dsn = database()
    assert run("--install-only", dsn=dsn).returncode == 0
    asyncio.run(one_case(dsn))
    ended = run("--install-only", dsn=dsn, **{KEYS_ENV: lines})
    assert (ended.returncode, ended.stderr[:6]) == (2, "PH-701")
    assert KEYS.partition(":")[2] not in ended.stderr


def test_an_administrator_erases_a_sender_and_wraps_keys_anew_with_keys_from_a_file(tmp_path):
    dsn = asyncio.run(fresh_database(embedded_postgres()))  # its keys will not fit the other tests
    assert run("--install-only", dsn=dsn).returncode == 0
    case = asyncio.run(one_case(dsn))
    erased = run("--erase-contact", case, "cb-mau-01", "QD-XOA-01", dsn=dsn)
    assert (erased.returncode, erased.stderr) == (0, "")
    again = run("--erase-contact", case, "cb-mau-01", "QD-XOA-01", dsn=dsn)
    assert (again.returncode, again.stderr[:6]) == (2, "PH-100")
    file = tmp_path / "khoa"
    file.write_text(with_new_master([KEYS], "moi"), encoding="utf-8")
    kept = {name: value for name, value in environment(dsn).items() if name != KEYS_ENV}
    done = subprocess.run(
        [*PROGRAM, "--rewrap-keys"],
        env={**kept, KEYS_FILE_ENV: str(file)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "1\n"), "the file key; the contact key is gone"


async def one_case(dsn: str) -> str:
    register = Register(Database(dsn), SystemClock(), MasterKeys.parse(KEYS), shipped_rules())
    await register.put_agencies([AgencyIn(code="000.00.00.H56", name="UBND tỉnh (mẫu)")])
    sender = {"name": "Nguyễn Văn Mẫu", "phone": "0900000000"}
    receipt = await register.take_in(Submission(channel="web", content="Đường hỏng", sender=sender))
    await register.aclose()
    return receipt.id
