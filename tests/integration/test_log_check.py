"""Whatever is done to the stored log, `phanhoi log verify` names it: by itself, or against what lies elsewhere."""

# ruff: noqa: S608  # the tamperer writes SQL by hand

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from connector.errors import LedgerBroken, SealRefused, UserError
from connector.ledger.chain import GENESIS, head_of, link
from connector.ledger.entry import Draft, Entry, EntryKind
from connector.ledger.note import (
    Note,
    SigningKey,
    keys_document,
    parse_note,
)
from connector.ledger.verify import Why
from connector.services import log_folder
from connector.services.log_check import What
from connector.services.log_outlets import send_out
from connector.store import evidence, ledger
from tests.integration.log_kit import ORIGIN, Log, opened


@pytest.fixture
async def one(migrated_url: str, tmp_path: Path) -> AsyncIterator[Log]:
    """604 entries, three checkpoints (4, 304, 604), all of them in the folder."""
    async with opened(migrated_url, tmp_path / "write-once") as made:
        made.set(checkpoint_folder=made.folder)
        for count in (3, 300, 300):
            await made.grow(count)
            await made.seal()
        await send_out(made.db, made.settings, made.clock)
        yield made


async def test_a_log_that_nobody_touched_is_right_with_all_its_copies(one):
    found = one.check(folder=one.folder)
    assert found.ok
    assert (found.report.checked, found.notes, found.copies, found.signed) == (604, 3, 3, 604)
    found.demand()


ENTRIES = {
    "changed": ("UPDATE ledger_entry SET kind = 'done' WHERE seq = 100", 100, Why.CHANGED),
    "a commitment changed": (
        """UPDATE ledger_entry SET commitments = '{"acts": "00"}' WHERE seq = 100""",
        100,
        Why.CHANGED,
    ),
    "passed off as format 1": (
        "UPDATE ledger_entry SET commitments = NULL WHERE seq = 100",
        100,
        Why.CHANGED,
    ),
    "deleted": ("DELETE FROM ledger_entry WHERE seq = 100", 100, Why.MISSING),
    "truncated": ("DELETE FROM ledger_entry WHERE seq > 600", 601, Why.MISSING),
    "emptied": ("DELETE FROM ledger_entry", 1, Why.MISSING),
    "reordered": (
        """
        UPDATE ledger_entry SET seq = -1 WHERE seq = 100; UPDATE ledger_entry SET seq = 100 WHERE seq = 101;
        UPDATE ledger_entry SET seq = 101 WHERE seq = -1
        """,
        100,
        Why.CHANGED,
    ),
    "inserted": (
        """
        UPDATE ledger_entry SET seq = seq + 10000 WHERE seq >= 100;
        UPDATE ledger_entry SET seq = seq - 9999 WHERE seq > 10000;
        INSERT INTO ledger_entry SELECT 100, at, kind, system, case_id, delivery_id, 'cli/ai-do', data, prev_hash,
            hash, commitments FROM ledger_entry WHERE seq = 101
        """,
        100,
        Why.CHANGED,
    ),
}


async def test_the_first_wrong_entry_is_named(one):
    for name, (text, seq, why) in ENTRIES.items():
        with one.untouched():
            one.tamper(text)
            found = one.check(folder=one.folder)
        assert found.report.broken is not None, name
        assert (found.report.broken.seq, found.report.broken.why) == (seq, why), name
        with pytest.raises(LedgerBroken, match=f"entry {seq} is wrong"):
            found.demand()
    assert one.check(folder=one.folder).ok


def rewrite(one: Log, change_at: int) -> None:
    """The chain written anew from the start, right in itself: what one with the database and the program can do."""
    with evidence.opened(one.db.url) as read:
        old = list(read.entries())
    texts, head = ["DELETE FROM ledger_entry"], GENESIS
    made: list[Entry] = []
    for item in old:
        kind = EntryKind.DONE if item.seq == change_at else EntryKind(item.kind)
        draft = Draft(
            kind=kind, system=item.system, case_id=item.case_id, actor=item.actor, data=dict(item.data)
        )
        made += link([draft], head, item.at)
        head = head_of(made[-1])
    for item in made:
        row = ledger._row(item)  # as the store writes it
        texts.append(
            "INSERT INTO ledger_entry"
            " (seq, at, kind, system, case_id, delivery_id, actor, data, commitments, prev_hash, hash)"
            f" VALUES ({row['seq']}, '{row['at']}', '{row['kind']}', {quoted(row['system'])}, "
            f"{row['case_id'] or 'NULL'}, NULL, '{row['actor']}', '{json.dumps(dict(item.data))}', '{{}}',"
            f" '{row['prev_hash']}', '{row['hash']}')"
        )
    texts.append(f"UPDATE ledger_head SET seq = {head.seq}, hash = '{head.hash}'")
    one.tamper(*texts)


def quoted(value: str | None) -> str:
    return "NULL" if value is None else f"'{value}'"


async def test_a_chain_rewritten_as_a_whole_is_caught_by_the_first_signature_over_it(one):
    rewrite(one, change_at=100)
    found = one.check()
    assert found.report.ok, "the chain alone shows nothing"
    assert found.signed == 4, "the last signature that still holds"
    assert (What.REWRITTEN, 304) in [(item.what, item.size) for item in found.findings]
    await one.grow(1)
    with pytest.raises(SealRefused):
        await one.seal()


async def test_a_database_rolled_back_to_a_backup_is_caught_by_the_folder(one):
    one.tamper(
        "DELETE FROM ledger_entry WHERE seq > 304",
        "UPDATE ledger_head SET (seq, hash) = (SELECT seq, hash FROM ledger_entry WHERE seq = 304)",
        "DELETE FROM ledger_checkpoint WHERE size > 304",
        "DELETE FROM ledger_tile WHERE number > 0",
    )
    assert one.check().ok, "whole in itself: only what lies elsewhere shows it"
    found = one.check(folder=one.folder)
    assert [(item.what, item.size, item.source) for item in found.findings] == [
        (What.ROLLED_BACK, 604, "folder")
    ]
    await one.grow(3)
    with pytest.raises(SealRefused) as caught:
        await one.seal()
    assert caught.value.detail["why"] == "rolled_back"


async def test_a_database_rolled_back_and_grown_again_is_caught_too(one):
    one.tamper(
        "DELETE FROM ledger_entry WHERE seq > 304",
        "UPDATE ledger_head SET (seq, hash) = (SELECT seq, hash FROM ledger_entry WHERE seq = 304)",
        "DELETE FROM ledger_checkpoint WHERE size > 304",
        "DELETE FROM ledger_tile WHERE number > 0",
    )
    one.clock.forward(60)
    await one.grow(400)
    found = one.check(folder=one.folder)
    assert [(item.what, item.size) for item in found.findings] == [(What.REWRITTEN, 604)]


async def test_a_checkpoint_that_an_auditor_took_away_shows_a_later_rewriting(one, tmp_path):
    taken = tmp_path / "kiem-toan.txt"
    taken.write_text((await one.checkpoints())[-1].whole_note)
    assert one.check(files=[taken]).copies == 1
    one.tamper("DELETE FROM ledger_checkpoint", "DELETE FROM ledger_tile")
    rewrite(one, change_at=600)
    found = one.check(files=[taken])
    assert [(item.what, item.size, item.source) for item in found.findings] == [
        (What.REWRITTEN, 604, "kiem-toan.txt")
    ]


def sign_again(one: Log, size: int, key: SigningKey, old: str) -> None:
    text = parse_note(old).text
    note = str(Note(text=text, signatures=(key.sign(text),)))
    one.tamper(f"UPDATE ledger_checkpoint SET note = '{note}' WHERE size = {size}")


async def test_a_checkpoint_signed_by_another_key_is_named(one):
    stranger = SigningKey(name=ORIGIN, secret=Ed25519PrivateKey.generate())
    sign_again(one, 304, stranger, (await one.checkpoints())[1].note)
    found = one.check(folder=one.folder)
    assert (found.findings[0].what, found.findings[0].size) == (What.RE_SIGNED, 304)


async def test_even_with_a_key_smuggled_into_the_list_the_folder_tells(one, tmp_path):
    """Everything in the database is rewritten and signed anew, the list of keys too."""
    stranger = SigningKey(name=ORIGIN, secret=Ed25519PrivateKey.generate())
    for item in await one.checkpoints():
        sign_again(one, item.size, stranger, item.note)
    one.tamper(f"UPDATE ledger_key SET public = '\\x{stranger.public.hex()}'")
    published = one.folder / "log-keys-0001.json"
    assert one.check().ok
    found = one.check(folder=one.folder)
    assert What.RE_SIGNED in {item.what for item in found.findings}, "the folder's copies are by the old key"
    assert What.KEYS_CHANGED in {item.what for item in found.findings}
    assert [item.what for item in one.check(keys_file=published).findings] == [What.RE_SIGNED] * 3


async def test_a_checkpoint_that_says_less_than_its_row_is_named(one):
    one.tamper("UPDATE ledger_checkpoint SET note = replace(note, 'previous 0', 'previous 1') WHERE size = 4")
    assert one.check().findings[0].what is What.RE_SIGNED


async def test_a_checkpoint_removed_from_the_middle_is_missed(one):
    one.tamper("DELETE FROM ledger_checkpoint WHERE size = 304")
    assert (What.NOTE_MISSING, 304) in [(item.what, item.size) for item in one.check().findings]


async def test_a_changed_tile_is_named_before_a_proof_fails(one):
    for text in (
        "UPDATE ledger_tile SET hash = decode(repeat('ab', 32), 'hex') WHERE number = 1",
        "UPDATE ledger_tile SET leaves = decode(repeat('ab', 8192), 'hex') WHERE number = 1",
    ):
        one.tamper(text)
        assert (What.TILE_CHANGED, 512) in [(item.what, item.size) for item in one.check().findings]


async def test_a_file_of_the_folder_that_was_replaced_is_named(one):
    path = one.folder / log_folder.name_of(304)
    path.chmod(0o644)
    path.write_text(path.read_text().replace("\n304\n", "\n305\n"))
    found = one.check(folder=one.folder)
    assert [(item.what, item.size, item.source) for item in found.findings] == [
        (What.NOTE_CHANGED, 304, "folder")
    ]
    path.write_text("rác")
    assert one.check(folder=one.folder).findings[0].what is What.NOTE_UNREADABLE


async def test_what_is_no_checkpoint_or_no_list_of_keys_is_a_clear_error(one, tmp_path):
    wrong = tmp_path / "x"
    wrong.write_text("không phải")
    for more in ({"files": [wrong]}, {"keys_file": wrong}, {"files": [tmp_path / "none"]}):
        with pytest.raises(UserError):
            one.check(**more)
    (tmp_path / "keys").write_text(json.dumps(keys_document(ORIGIN, [item.key for item in await one.keys()])))
    assert one.check(keys_file=tmp_path / "keys").ok


async def test_the_folder_is_written_once_and_readable_only(one):
    path = one.folder / log_folder.name_of(304)
    before = path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o444
    stored = (await one.checkpoints())[1]
    log_folder.write(one.folder, stored)
    assert path.read_bytes() == before
    path.chmod(0o644)
    path.write_bytes(b"khac")
    with pytest.raises(SealRefused):
        log_folder.write(one.folder, stored)
    assert path.read_bytes() == b"khac", "never overwritten"
