"""A backup opens only with its own key, whole or not at all, and is what it says; what differs is named."""

import io
import json
import os
import subprocess
from pathlib import Path

import psycopg
import pytest

from connector.backup.box import CHUNK, BoxWriter, opened
from connector.backup.keys import Identity, parse_identities, parse_recipient
from connector.errors import (
    BackupBroken,
    BackupDiffers,
    BackupKeyError,
    BackupToolMissing,
    DatabaseInUse,
    LedgerBroken,
    SealBroken,
)
from connector.sealing import MasterKeys, new_master_line
from connector.services import backup
from connector.store import dump, pg_tools
from connector.testing import HandClock
from tests.integration.core_mapping import plain
from tests.integration.core_world import World, world

SECRET_WORDS = ("Nguyễn Văn Mẫu", "0900000000")


def boxed(data: bytes, *to: Identity) -> bytes:
    out = io.BytesIO()
    writer = BoxWriter(out, [one.recipient for one in to])
    for start in range(0, len(data), 700_001):
        writer.write(data[start : start + 700_001])
    writer.finish()
    return out.getvalue()


def unboxed(data: bytes, *keys: Identity) -> bytes:
    return b"".join(opened(io.BytesIO(data), keys))


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_every_recipient_opens_what_was_sealed_and_nobody_else(size):
    data, one, two = os.urandom(size), Identity.new(), Identity.new()
    sealed = boxed(data, one, two)
    assert unboxed(sealed, one) == unboxed(sealed, two) == data
    with pytest.raises(BackupKeyError):
        unboxed(sealed, Identity.new())


def test_a_file_that_was_changed_cut_off_or_put_together_anew_does_not_open():
    key = Identity.new()
    sealed = boxed(os.urandom(2 * CHUNK + 10), key)
    head = sealed.index(b"\n", 20) + 1
    piece = CHUNK + 16
    first, second, last = (
        sealed[head : head + piece],
        sealed[head + piece : head + 2 * piece],
        sealed[head + 2 * piece :],
    )
    wrong = {
        "a bit of the content": sealed[:-30] + bytes([sealed[-30] ^ 1]) + sealed[-29:],
        "the last piece is gone": sealed[:head] + first + second,
        "the end of a piece is gone": sealed[:-1],
        "two pieces change places": sealed[:head] + second + first + last,
        "a piece comes twice": sealed[:head] + first + first + last,
        "nothing but the head": sealed[:head],
        "something follows": sealed + b"x",
        "another form": b"phanhoi-backup 2\n" + sealed[17:],
        "the head": sealed[:17] + sealed[17:head].replace(b'"to"', b'"To"') + sealed[head:],
    }
    for data in wrong.values():
        with pytest.raises(BackupBroken):
            unboxed(data, key)


def test_a_head_with_other_recipients_does_not_open():
    """The payload's key hangs on the whole header, so nobody adds himself or takes another away unseen."""
    one, two = Identity.new(), Identity.new()
    sealed = boxed(b"abc", one, two)
    magic, head, rest = sealed[:17], sealed[17 : sealed.index(b"\n", 17)], sealed[sealed.index(b"\n", 17) :]
    told = json.loads(head)
    told["to"].pop()
    with pytest.raises(BackupBroken):
        unboxed(magic + json.dumps(told).encode() + rest, one)


def test_a_key_that_is_none_is_refused_without_being_quoted():
    identity = Identity.new()
    assert parse_identities(identity.text()) == [identity]
    assert parse_recipient(identity.recipient.text()) == identity.recipient
    for text in ("", "phanhoi-backup-secret:abc", identity.recipient.text()):
        with pytest.raises(BackupKeyError) as told:
            parse_identities(text)
        assert "abc" not in str(told.value)
    with pytest.raises(BackupKeyError):
        parse_recipient(identity.text().splitlines()[1])


@pytest.fixture
def identity() -> Identity:
    return Identity.new()


@pytest.fixture
async def w(migrated_url: str, tmp_path: Path):
    async with world(migrated_url, tmp_path) as made:
        for number in ("1", "2", "3"):
            made.national.put(number, plain(number))
        await made.rest(3)
        yield made


def made(w: World, path: Path, identity: Identity):
    settings = w.ctx.settings.model_copy(
        update={
            "backup": w.ctx.settings.backup.model_copy(update={"recipients": (identity.recipient.text(),)})
        }
    )
    with path.open("wb") as out:
        return backup.make(settings, w.db.url, out, w.clock.now())


async def test_a_backup_tells_where_the_database_stood_and_nothing_of_anybody(w, tmp_path, identity):
    file = tmp_path / "a.phb"
    told = made(w, file, identity)
    assert told.rows["phanhoi.case_record"] == 3
    assert told.ledger_size == len(await w.entries())
    line = told.line().decode()
    assert not any(word in line for word in SECRET_WORDS)
    # sealed: not even the names of tables show
    assert b"case_record" not in file.read_bytes()


async def test_a_backup_is_proven_by_restoring_it(w, tmp_path, identity):
    file = tmp_path / "a.phb"
    told = made(w, file, identity)
    found = backup.verify(file, [identity], scratch=tmp_path, masters=w.db._vault.masters)
    assert found.manifest == told
    assert found.log.ok
    assert found.log.report.checked == told.ledger_size
    assert found.opens
    assert list(tmp_path.glob("phanhoi-verify-*")) == [], "the trial database is gone"


async def test_a_backup_of_a_log_that_was_changed_or_of_another_count_is_not_right(
    w, empty_url, tmp_path, identity, monkeypatch
):
    file = tmp_path / "a.phb"
    with psycopg.connect(w.db.url) as conn:
        conn.execute("SET session_replication_role = replica")
        conn.execute("UPDATE phanhoi.ledger_entry SET actor = 'ke/gian' WHERE seq = 2")
    told = made(w, file, identity)
    # into a database of this server: a server of its own for each wrong copy would take long
    backup.load(file, [identity], empty_url, told.schemas, None)
    with pytest.raises(LedgerBroken):
        backup._check_log(told, empty_url, tmp_path, None, lambda: None)
    with psycopg.connect(empty_url, options="-c search_path=phanhoi") as conn:
        found = dump.standing(conn)
        backup._compare(told, found)
        conn.execute("DELETE FROM quarantine")
        conn.execute("DELETE FROM run WHERE id = (SELECT max(id) FROM run)")
        with pytest.raises(BackupDiffers, match=r"rows of phanhoi\.run"):
            backup._compare(told, dump.standing(conn))


async def test_other_master_keys_of_the_same_name_are_noticed(w, empty_url, tmp_path, identity):
    file = tmp_path / "a.phb"
    told = made(w, file, identity)
    backup.load(file, [identity], empty_url, told.schemas, None)
    assert backup._opens(empty_url, w.db._vault.masters)
    with pytest.raises(SealBroken):
        backup._opens(empty_url, MasterKeys.parse(new_master_line(told.masters[0])))


async def test_what_is_in_use_is_not_replaced_unless_somebody_says_so(w, empty_url):
    with pytest.raises(DatabaseInUse):
        dump.require_free(w.db.url, ("phanhoi",), replace=False)
    assert dump.require_free(w.db.url, ("phanhoi",), replace=True) >= 15
    assert dump.require_free(empty_url, ("phanhoi",), replace=False) >= 15


async def test_a_backup_that_is_cut_off_leaves_nothing_half_restored(w, empty_url, tmp_path, identity):
    file = tmp_path / "a.phb"
    told = made(w, file, identity)
    data = file.read_bytes()
    file.write_bytes(data[:-1])
    with pytest.raises(BackupBroken):
        backup.read_whole(file, [identity])
    with pytest.raises(BackupBroken):
        backup.load(file, [identity], empty_url, told.schemas, None)
    with psycopg.connect(empty_url) as conn:
        row = conn.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'phanhoi'").fetchone()
    assert row == (0,)


def test_no_key_no_backup(migrated_url, tmp_path):
    from connector.settings import Settings

    settings = Settings(systems={})
    with pytest.raises(BackupKeyError):
        backup.make(settings, migrated_url, io.BytesIO(), HandClock().now())


def program(path: Path, version: int) -> None:
    path.write_text(f"#!/bin/sh\necho 'pg_dump (PostgreSQL) {version}.1'\n", encoding="utf-8")
    path.chmod(0o755)


def test_an_older_program_is_refused_and_one_of_the_same_version_is_preferred(tmp_path, monkeypatch):
    old, same, newer = (tmp_path / name for name in ("old", "same", "newer"))
    for path, version in ((old, 14), (same, 15), (newer, 17)):
        path.mkdir()
        program(path / "pg_dump", version)
    with pytest.raises(BackupToolMissing, match="found: 14"):
        pg_tools.find("pg_dump", 15, old)
    assert pg_tools.find("pg_dump", 15, newer) == newer / "pg_dump"
    places = [newer / "pg_dump", old / "pg_dump", same / "pg_dump"]
    monkeypatch.setattr(pg_tools, "_candidates", lambda _name, _folder: iter(places))
    assert pg_tools.find("pg_dump", 15) == same / "pg_dump"


def test_a_password_never_stands_on_a_command_line(tmp_path, monkeypatch):
    seen = {}

    def popen(command, **more):
        seen.update(command=command, env=more["env"])
        raise OSError

    monkeypatch.setattr(subprocess, "Popen", popen)
    url = "postgresql://ai:mat-khau-mau@db.example:5432/phanhoi"
    with pytest.raises(OSError), pg_tools.dumping(Path("pg_dump"), url, []):
        pass
    assert "mat-khau-mau" not in " ".join(seen["command"])
    assert seen["env"]["PGPASSWORD"] == "mat-khau-mau"
    assert "host=db.example" in seen["command"][-1]


def test_a_reason_of_the_server_is_told_without_the_rows_it_quotes():
    told = b"pg_restore: error: COPY failed\nDETAIL: line 1: Nguyen Van Mau\n"
    assert pg_tools._reason(told) == "COPY failed"
