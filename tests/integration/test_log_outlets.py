"""A checkpoint goes to the folder, the witness and the time-stamping authority; what fails is shown and tried again."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from rfc3161_client import VerifierBuilder, decode_timestamp_response

from connector.errors import SealRefused
from connector.ledger.note import parse_note, verify_cosignature
from connector.services.log_outlets import send_out
from connector.store import checkpoints, flows
from connector.store.checkpoints import SCOPE
from tests.integration.log_kit import Log, opened
from tests.integration.log_outlets_kit import Authority, Witness, serving


@pytest.fixture
async def one(migrated_url: str, tmp_path: Path) -> AsyncIterator[Log]:
    async with opened(migrated_url, tmp_path / "write-once") as made:
        await made.grow(300)
        await made.seal()
        yield made


async def send(one: Log) -> bool:
    one.clock.forward(1)
    return await send_out(one.db, one.settings, one.clock)


async def troubles(one: Log) -> list[tuple[str, str]]:
    async with one.db.reading() as conn:
        return [(item.outlet, item.code) for item in await checkpoints.troubles(conn)]


async def held(one: Log) -> bool:
    async with one.db.reading() as conn:
        return await flows.held(conn, SCOPE) is not None


async def keys(one: Log):
    return [item.key for item in await one.keys()]


# ---- witness --------------------------------------------------------------------------------------------------


async def test_a_witness_signs_each_checkpoint_that_continues_the_one_it_saw(one):
    witness = Witness(await keys(one))
    with serving(witness) as url:
        one.set(witness_url=url, witness_key=witness.verifier_key)
        assert await send(one)
        await one.grow(400)
        await one.seal()
        assert await send(one)
        assert await send(one), "nothing new: nobody is asked"
    assert witness.asked == [0, 301]
    for stored in await one.checkpoints():
        note = parse_note(stored.whole_note)
        assert verify_cosignature(note, witness.name, witness.public) is not None
    assert one.check().ok


async def test_a_witness_that_is_away_holds_up_nothing_and_is_asked_again(one):
    witness = Witness(await keys(one), down=True)
    with serving(witness) as url:
        one.set(witness_url=url)
        assert not await send(one)
        assert await troubles(one) == [("witness", "PH-301")]
        await one.grow(5)
        assert len(await one.seal()) == 1
        witness.down = False
        assert await send(one)
    assert await troubles(one) == []
    assert [bool(item.cosignatures) for item in await one.checkpoints()] == [False, True]


async def test_a_witness_that_saw_more_than_we_remember_is_answered_with_the_right_proof(one):
    """The reply was lost, or the note of it: it says which checkpoint it has seen, and the proof starts there."""
    witness = Witness(await keys(one))
    with serving(witness) as url:
        one.set(witness_url=url)
        await send(one)
        one.tamper("UPDATE ledger_checkpoint SET cosignatures = NULL")
        await one.grow(400)
        await one.seal()
        assert await send(one)
    assert witness.asked == [0, 0, 301]


ROLLED_BACK = (
    "DELETE FROM ledger_entry WHERE seq > 301",
    "UPDATE ledger_head SET (seq, hash) = (SELECT seq, hash FROM ledger_entry WHERE seq = 301)",
    "DELETE FROM ledger_checkpoint WHERE size > 301",
    "DELETE FROM ledger_tile WHERE number > 0",
)


@pytest.mark.parametrize("grown", [0, 50, 900])
async def test_a_database_that_was_rolled_back_gets_no_cosignature_but_an_alarm(one, grown):
    witness = Witness(await keys(one))
    with serving(witness) as url:
        one.set(witness_url=url)
        await send(one)
        await one.grow(400)
        await one.seal()
        await send(one)
        assert witness.size == 701
        one.tamper(*ROLLED_BACK)
        if grown == 0:
            one.tamper("UPDATE ledger_checkpoint SET cosignatures = NULL")
        await one.grow(grown)
        await one.seal()
        with pytest.raises(SealRefused):
            await send(one)
    assert witness.size == 701
    assert await held(one)


async def test_a_cosignature_by_somebody_else_is_not_taken(one):
    witness, other = Witness(await keys(one)), Witness(await keys(one))
    with serving(witness) as url:
        one.set(witness_url=url, witness_key=other.verifier_key)
        assert not await send(one)
    assert [outlet for outlet, _ in await troubles(one)] == ["witness"]
    assert (await one.checkpoints())[0].cosignatures is None


# ---- time stamp -----------------------------------------------------------------------------------------------


async def test_a_stamp_is_kept_that_anyone_can_check_against_the_note(one, tmp_path):
    authority = Authority()
    roots = tmp_path / "goc.pem"
    roots.write_bytes(authority.root.certificate.public_bytes(Encoding.PEM))
    with serving(authority) as url:
        one.set(timestamp_url=f"{url}/tsa", timestamp_roots=roots)
        assert await send(one)
    [stored] = await one.checkpoints()
    assert stored.timestamp_token is not None
    verifier = VerifierBuilder().add_root_certificate(authority.root.certificate).build()
    text = parse_note(stored.note).text.encode()
    assert verifier.verify_message(decode_timestamp_response(stored.timestamp_token), text)


async def test_stamps_are_asked_for_now_and_then_not_for_every_checkpoint(one):
    authority = Authority()
    with serving(authority) as url:
        one.set(timestamp_url=url, timestamp_every_s=600)
        for _ in range(3):
            await send(one)
            await one.grow(1)
            await one.seal()
        assert authority.asked == 1
        one.clock.forward(600)
        await one.grow(1)
        await one.seal()
        await send(one)
    assert authority.asked == 2


async def test_a_stamp_of_another_authority_or_no_stamp_at_all_is_not_kept(one, tmp_path):
    authority = Authority()
    roots = tmp_path / "goc.pem"
    roots.write_bytes(Authority().root.certificate.public_bytes(Encoding.PEM))
    with serving(authority) as url:
        one.set(timestamp_url=url, timestamp_roots=roots)
        assert not await send(one)
        authority.broken = True
        one.set(timestamp_roots=None)
        assert not await send(one)
    assert await troubles(one) == [("timestamp", "PH-301")]
    assert (await one.checkpoints())[0].timestamp_token is None


# ---- folder ---------------------------------------------------------------------------------------------------


async def test_checkpoints_that_could_not_be_filed_are_filed_later(one, tmp_path):
    blocked = tmp_path / "blocked"
    blocked.write_text("tệp, không phải thư mục")
    one.set(checkpoint_folder=blocked / "inside")
    assert not await send(one)
    assert await troubles(one) == [("folder", "PH-100")]
    await one.grow(1)
    await one.seal()
    one.set(checkpoint_folder=one.folder)
    assert await send(one)
    assert sorted(path.name for path in one.folder.iterdir()) == [
        "000000000000301.checkpoint",
        "000000000000302.checkpoint",
        "log-keys-0001.json",
    ]
    since = (await one.checkpoints())[0].filed_at
    assert since is not None
    assert one.clock.now() - since < timedelta(minutes=1)


async def test_one_outlet_that_fails_does_not_keep_the_others_from_their_copy(one):
    witness = Witness(await keys(one), down=True)
    with serving(witness) as url:
        one.set(witness_url=url, checkpoint_folder=one.folder)
        assert not await send(one)
    assert len(list(one.folder.glob("*.checkpoint"))) == 1
