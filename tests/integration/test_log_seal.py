"""Sealing: a signed checkpoint over exactly what is stored, and none over what does not continue the last one."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import psycopg
import pytest

from connector.errors import SealRefused, SigningKeyError, UserError
from connector.ledger import tree
from connector.ledger.chain import entry_bytes
from connector.ledger.entry import EntryKind
from connector.ledger.note import NoteError, NoteFault, parse_note, verify_note
from connector.services import log_seal
from connector.services.log_keys import rotate
from connector.store import flows, ledger
from connector.store.checkpoints import SCOPE
from connector.store.tiles import Tiles
from tests.integration.log_kit import ORIGIN, Log, key_text, opened


@pytest.fixture
async def one(migrated_url: str, tmp_path: Path) -> AsyncIterator[Log]:
    async with opened(migrated_url, tmp_path / "write-once") as made:
        yield made


async def leaves(one: Log) -> list[bytes]:
    async with one.db.reading() as conn:
        return [tree.leaf_hash(entry_bytes(entry)) async for entry in ledger.entries(conn)]


async def test_a_checkpoint_is_signed_over_exactly_the_stored_entries(one):
    await one.grow(10)
    [made] = await one.seal()
    keys = [item.key for item in await one.keys()]
    told = verify_note(parse_note(made.note), keys)
    hashes = await leaves(one)
    assert (told.origin, told.size, told.root) == (ORIGIN, 11, tree.root(hashes)), (
        "ten, and the key's own entry"
    )
    assert (told.previous_size, told.previous_root) == (0, tree.EMPTY_ROOT)
    assert one.check().ok


async def test_each_checkpoint_names_the_one_before_and_nothing_new_makes_none(one):
    sizes = []
    for count in (3, 300, 0, 1, 600):
        await one.grow(count)
        sizes += [item.size for item in await one.seal()]
    assert sizes == [4, 304, 305, 905]
    notes = [parse_note(item.note).text.splitlines() for item in await one.checkpoints()]
    assert [line[4].split()[1] for line in notes] == ["0", "4", "304", "305"]
    found = one.check()
    assert (found.ok, found.notes, found.signed, found.report.checked) == (True, 4, 905, 905)


async def test_long_logs_are_sealed_in_parts_and_tiles_give_every_proof(one, monkeypatch):
    monkeypatch.setattr(log_seal, "MOST", 300)
    await one.grow(1000)
    assert [item.size for item in await one.seal()] == [300, 600, 900, 1001]
    hashes = await leaves(one)
    async with one.db.reading() as conn:
        tiles = Tiles(conn)
        for start, stop in ((1, 1001), (1, 256), (257, 1001), (5, 5), (255, 258), (1, 1), (700, 999)):
            parts = await tiles.nodes(start, stop)
            expected = [
                (level, tree.root(hashes[first : first + (1 << level)]))
                for level, first in tree.cover(start - 1, stop)
            ]
            assert parts == expected
        for old, new in ((300, 1001), (1, 900), (512, 600), (1001, 1001)):
            proof = await tiles.consistency(old, new)
            assert tree.verify_consistency(old, new, tree.root(hashes[:old]), tree.root(hashes[:new]), proof)
        for seq in (1, 256, 257, 1001):
            proof = await tiles.inclusion(seq, 1001)
            assert tree.verify_inclusion(seq - 1, 1001, hashes[seq - 1], proof, tree.root(hashes))


async def test_what_is_appended_during_a_sealing_waits_for_the_next(one, monkeypatch):
    seal_some = log_seal._seal_some

    async def under_load(*given):
        made = await seal_some(*given)
        async with one.db.unit() as unit:
            unit.record(EntryKind.OBSERVED, system="register", case_id=1)
        return made

    monkeypatch.setattr(log_seal, "_seal_some", under_load)
    await one.grow(10)
    assert [item.size for item in await asyncio.wait_for(one.seal(), 30)] == [11]


async def test_nodes_of_entries_that_are_not_sealed_yet_are_given_too(one):
    await one.grow(600)
    hashes = await leaves(one)
    async with one.db.reading() as conn:
        frontier = await Tiles(conn).frontier(600)
    assert frontier.root == tree.root(hashes)


async def test_two_sealers_at_once_make_one_checkpoint(one):
    await one.grow(20)
    made = await asyncio.gather(*(one.seal() for _ in range(4)))
    assert any(made)
    assert [item.size for item in await one.checkpoints()] == sorted(
        {item.size for some in made for item in some}
    )
    assert one.check().ok


async def test_without_a_key_the_log_is_kept_and_not_sealed(one):
    one.set(signing_keys=None)
    await one.grow(5)
    assert await one.seal() == []
    found = one.check()
    assert (found.ok, found.signed, found.report.checked) == (True, 0, 5)


async def test_a_clock_that_was_set_back_makes_no_older_checkpoint(one):
    await one.grow(1)
    [first] = await one.seal()
    one.clock.forward(-3600)
    await one.grow(1)
    [second] = await one.seal()
    assert second.signed_at >= first.signed_at
    assert one.check().ok


# ---- keys -----------------------------------------------------------------------------------------------------


async def test_a_new_key_signs_from_its_day_on_and_the_old_one_only_what_it_signed(one):
    await one.grow(3)
    [first] = await one.seal()
    old = one.settings.ledger.signing_keys.get_secret_value()
    one.set(signing_keys=type(one.settings.ledger.signing_keys)(f"{key_text('2026-12-01')}\n{old}"))
    one.clock.forward(60)
    with pytest.raises(SigningKeyError, match="not the published one"):
        await one.seal()
    await rotate(one.db, one.settings, one.clock.now(), actor="cli/mau")
    await one.grow(3)
    [second] = await one.seal()
    before, after = [item.key for item in await one.keys()]
    assert before.valid_until is not None
    assert after.valid_until is None
    assert verify_note(parse_note(first.note), [before]).size == first.size
    assert verify_note(parse_note(second.note), [before, after]).size == second.size
    assert parse_note(second.note).signatures[0].key_id == after.key_id
    found = one.check()
    assert (found.ok, found.notes) == (True, 2)
    async with one.db.reading() as conn:
        told = [entry async for entry in ledger.entries(conn) if entry.kind == "log_key_in_use"]
    assert [entry.data["key_id"] for entry in told] == [before.key_id.hex(), after.key_id.hex()]
    assert told[1].actor == "cli/mau"


async def test_what_the_old_key_signs_after_its_end_counts_no_more(one):
    await one.grow(3)
    await one.seal()
    stolen = one.settings
    one.set(signing_keys=type(one.settings.ledger.signing_keys)(key_text("2026-12-01")))
    await rotate(one.db, one.settings, one.clock.now(), actor="cli/mau")
    one.clock.forward(5)
    [mine] = await one.seal()
    from connector.services.log_keys import in_use

    label, key = in_use(stolen)
    text = parse_note(mine.note).text
    forged = parse_note(mine.note).__class__(text=text, signatures=(key.sign(text),))
    with pytest.raises(NoteError) as caught:
        verify_note(forged, [item.key for item in await one.keys()])
    assert caught.value.fault is NoteFault.NOT_VALID_THEN
    assert label


async def test_the_same_key_is_not_taken_up_twice(one):
    await one.grow(1)
    await one.seal()
    with pytest.raises(UserError, match="published already"):
        await rotate(one.db, one.settings, one.clock.now(), actor="cli/mau")


# ---- what gets no signature -----------------------------------------------------------------------------------

REWRITE_LAST = "UPDATE ledger_entry SET kind = 'done' WHERE seq = 302"

REFUSED = {
    "an entry of the open block was changed": [REWRITE_LAST],
    "an entry after the checkpoint was changed": ["UPDATE ledger_entry SET kind = 'done' WHERE seq = 304"],
    "an entry was deleted": ["DELETE FROM ledger_entry WHERE seq = 300"],
    "two entries changed places": [
        "UPDATE ledger_entry SET seq = -1 WHERE seq = 300",
        "UPDATE ledger_entry SET seq = 300 WHERE seq = 301",
        "UPDATE ledger_entry SET seq = 301 WHERE seq = -1",
    ],
    "the tail is gone, the end's row too": [
        "DELETE FROM ledger_entry WHERE seq > 300",
        "UPDATE ledger_head SET (seq, hash) = (SELECT seq, hash FROM ledger_entry WHERE seq = 300)",
    ],
    "the tail alone is gone": ["DELETE FROM ledger_entry WHERE seq > 303"],
    "a tile was changed": ["UPDATE ledger_tile SET hash = decode(repeat('00', 32), 'hex')"],
    "the checkpoint says another root": [
        "UPDATE ledger_checkpoint SET root = decode(repeat('00', 32), 'hex')"
    ],
    "the note was replaced": [
        "UPDATE ledger_checkpoint SET note = replace(note, E'\\n303\\n', E'\\n302\\n')"
    ],
}


async def test_nothing_is_signed_that_does_not_continue_what_was_signed(one):
    await one.grow(302)
    await one.seal()
    await one.grow(4)
    for name, texts in REFUSED.items():
        with one.untouched():
            one.tamper(*texts)
            with pytest.raises(SealRefused) as caught:
                await one.seal()
            assert (caught.value.code, caught.value.exit_status) == ("PH-502", 5), name
            assert len(await one.checkpoints()) == 1, name
            async with one.db.reading() as conn:
                held = await flows.held(conn, SCOPE)
            assert held is not None, name
            assert held.code == "PH-502", name
            assert await one.seal() == [], "held until a person has looked"
            assert not one.check().ok, f"and `log verify` names it as well: {name}"
    assert len(await one.seal()) == 1


async def test_the_database_refuses_to_change_or_remove_a_checkpoint(one):
    await one.grow(2)
    await one.seal()
    for text in (
        "UPDATE ledger_checkpoint SET note = ''",
        "UPDATE ledger_checkpoint SET root = ''",
        "DELETE FROM ledger_checkpoint",
        "TRUNCATE ledger_checkpoint",
    ):
        async with one.db.reading() as conn:
            with pytest.raises(psycopg.errors.RaiseException, match="append-only"):
                await conn.execute(text.encode())
