"""Checkpoints as signed notes: the published vector, and every way in which a note proves nothing."""

import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from connector.ledger.note import (
    COSIGNATURE,
    ED25519,
    Checkpoint,
    Note,
    NoteError,
    NoteFault,
    PublicKey,
    Signature,
    SigningKey,
    cosigned_text,
    key_id,
    keys_document,
    parse_checkpoint,
    parse_keys,
    parse_note,
    verify_cosignature,
    verify_note,
)
from connector.ledger.tree import EMPTY_ROOT, leaf_hash

AT = datetime(2026, 11, 27, 3, 4, 5, tzinfo=UTC)
KEY = SigningKey(name="phananh.tinh-mau.example/2026-11-27", secret=Ed25519PrivateKey.generate())
OTHER = SigningKey(name=KEY.name, secret=Ed25519PrivateKey.generate())
CHECKPOINT = Checkpoint(
    origin="phananh.tinh-mau.example/log",
    size=20,
    root=leaf_hash(b"x"),
    time=AT,
    previous_size=7,
    previous_root=leaf_hash(b"y"),
)


def public(key: SigningKey = KEY, until: datetime | None = None) -> PublicKey:
    return PublicKey(name=key.name, public=key.public, valid_from=AT - timedelta(days=1), valid_until=until)


def signed(checkpoint: Checkpoint = CHECKPOINT, key: SigningKey = KEY) -> Note:
    text = checkpoint.text()
    return Note(text=text, signatures=(key.sign(text),))


def test_the_published_note_of_the_go_checksum_database_is_read() -> None:
    """The vector of golang.org/x/mod/sumdb/note, from which C2SP's signed note comes."""
    text = (
        "If you think cryptography is the answer to your problem,\n"
        "then you don't know what your problem is.\n\n"
        "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
    )
    kind_and_key = base64.b64decode("ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    note = parse_note(text)
    assert str(note) == text
    assert key_id("PeterNeumann", kind_and_key[0], kind_and_key[1:]).hex() == "c74f20a3"
    assert note.signatures[0].key_id.hex() == "c74f20a3"
    key = PublicKey(name="PeterNeumann", public=kind_and_key[1:], valid_from=AT)
    with pytest.raises(NoteError, match="five lines"):  # a note indeed, but no checkpoint
        verify_note(note, [key])


def test_a_signed_checkpoint_comes_back_whole() -> None:
    note = parse_note(str(signed()))
    assert verify_note(note, [public()]) == CHECKPOINT
    assert CHECKPOINT.text().splitlines()[3] == "time 2026-11-27T03:04:05Z"


def test_further_signatures_do_no_harm() -> None:
    stranger = SigningKey(name="witness.example", secret=Ed25519PrivateKey.generate())
    note = signed().signed_also([stranger.sign(CHECKPOINT.text())])
    assert verify_note(parse_note(str(note)), [public()]) == CHECKPOINT


@pytest.mark.parametrize(
    ("note", "keys", "fault"),
    [
        (signed(key=OTHER), [public()], NoteFault.UNKNOWN_KEY),
        (replace(signed(), text=replace(CHECKPOINT, size=21).text()), [public()], NoteFault.BAD_SIGNATURE),
        (signed(), [public(until=AT)], NoteFault.NOT_VALID_THEN),
        (signed(replace(CHECKPOINT, time=AT - timedelta(days=2))), [public()], NoteFault.NOT_VALID_THEN),
        (Note(text="a\n", signatures=signed().signatures), [public()], NoteFault.MALFORMED),
    ],
)
def test_what_proves_nothing_is_named(note: Note, keys: list[PublicKey], fault: NoteFault) -> None:
    with pytest.raises(NoteError) as caught:
        verify_note(note, keys)
    assert caught.value.fault is fault


@given(st.integers(0, len(str(signed()).encode()) - 1), st.integers(1, 255))
def test_no_byte_of_a_note_can_be_changed(place: int, flip: int) -> None:
    data = bytearray(str(signed()).encode())
    data[place] ^= flip
    with pytest.raises(ValueError):  # undecodable bytes too
        verify_note(parse_note(data.decode()), [public()])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n",
        "origin\n\n— a b\n",
        "no end\n\n— PeterNeumann x08go/ZJ",
        CHECKPOINT.text(),
        CHECKPOINT.text() + "\n",
    ],
)
def test_what_is_no_note_is_refused(text: str) -> None:
    with pytest.raises(NoteError):
        parse_note(text)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("\n20\n", "\n020\n"),
        ("\n20\n", "\n-20\n"),
        ("\n20\n", "\n6\n"),
        ("time 2026-11-27T03:04:05Z", "time 2026-11-27"),
        ("previous 7", "previous"),
        ("phananh.tinh-mau.example/log", "two words"),
        ("previous", "extra\nprevious"),
    ],
)
def test_a_checkpoint_has_one_spelling(old: str, new: str) -> None:
    with pytest.raises(NoteError):
        parse_checkpoint(CHECKPOINT.text().replace(old, new))


def test_a_witness_is_recognised_with_its_time() -> None:
    secret, name = Ed25519PrivateKey.generate(), "witness.example/1"
    seconds = int(AT.timestamp())
    raw = secret.public_key().public_bytes_raw()
    value = seconds.to_bytes(8) + secret.sign(cosigned_text(CHECKPOINT.text(), seconds))
    note = signed().signed_also([Signature(name=name, key_id=key_id(name, COSIGNATURE, raw), value=value)])
    assert verify_cosignature(parse_note(str(note)), name, raw) == AT
    assert verify_cosignature(replace(note, text=replace(CHECKPOINT, size=21).text()), name, raw) is None
    assert verify_cosignature(signed(), name, raw) is None


def test_the_published_keys_come_back() -> None:
    keys = (public(until=AT), public(OTHER))
    document = keys_document("phananh.tinh-mau.example/log", keys)
    assert parse_keys(document) == ("phananh.tinh-mau.example/log", keys)
    assert keys[0].key_id == key_id(KEY.name, ED25519, KEY.public)


@pytest.mark.parametrize(
    "change",
    [
        {"format": "phanhoi-log-keys/2"},
        {"keys": [{}]},
        {"keys": None},
        {"keys": [{**keys_document("o", [public()])["keys"][0], "id": "00000000"}]},
        {"keys": [{**keys_document("o", [public()])["keys"][0], "public": "AAAA"}]},
        {"keys": [{**keys_document("o", [public()])["keys"][0], "valid_from": "yesterday"}]},
    ],
)
def test_a_malformed_list_of_keys_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(NoteError):
        parse_keys({**keys_document("o", [public()]), **change})


def test_the_secret_is_never_shown() -> None:
    assert "secret" not in repr(KEY).replace("secret=", "secret")
    assert KEY.secret.private_bytes_raw().hex() not in repr(KEY)


def test_no_first_checkpoint_follows_another() -> None:
    first = replace(CHECKPOINT, previous_size=0, previous_root=EMPTY_ROOT)
    assert parse_checkpoint(first.text()) == first
