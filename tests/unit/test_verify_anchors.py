"""What the auditor brings decides how much a file is worth: keys, checkpoints, witnesses, time stamps."""

import asyncio
import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.sign.timestamps import DummyTimeStamper

from connector.ledger.chain import GENESIS
from connector.verify import shapes
from connector.verify.finding import Fact, Kind, Result, Verdict
from connector.verify.program import _parser, check
from tests.unit.log_maker import (
    Key,
    Log,
    cosigned,
    export,
    key_from,
    keys_document,
    make_log,
    note,
    sha,
    witness_key,
    written,
)

KEY, LOG = Key(), make_log(60)
WITNESS = Key(name="witness.example/mau", secret=key_from(5))


def verified(*arguments: object) -> Result:
    results = check(_parser().parse_args([str(one) for one in arguments]))
    assert len(results) == 1
    return results[0]


def kinds(result: Result) -> list[Kind]:
    return [one.kind for one in result.findings]


def facts(result: Result) -> set[Fact]:
    return {fact for fact, _ in result.facts}


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    path = tmp_path / "log-keys.json"
    path.write_text(json.dumps(keys_document([KEY])))
    return path


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    return kept(tmp_path / "log.jsonl", written(export(LOG, KEY, earlier=(20,))))


def kept(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_the_verifier_begins_where_the_log_does():
    assert GENESIS.hash == shapes.GENESIS


# ---- keys -------------------------------------------------------------------------------------------------------


def test_with_keys_from_a_safe_place_a_file_is_right(whole, keys):
    result = verified(whole, "--keys", keys)
    assert (result.verdict, result.entries, result.size) == (Verdict.RIGHT, 60, 60)
    assert {Fact.SIGNED, Fact.EARLIER, Fact.OPENED} <= facts(result)


def test_the_keys_inside_the_file_prove_only_that_it_fits_itself(whole):
    result = verified(whole)
    assert (result.verdict, kinds(result)) == (Verdict.UNANCHORED, [Kind.ONLY_ITSELF])
    assert Fact.SIGNED not in facts(result)


def test_a_forged_file_with_forged_keys_is_never_right(tmp_path, keys):
    forger = Key(secret=key_from(8))
    path = kept(tmp_path / "gia.jsonl", written(export(LOG, forger)))
    assert verified(path).verdict is Verdict.UNANCHORED
    assert kinds(verified(path, "--keys", keys))[0] is Kind.RE_SIGNED


def test_a_file_without_a_list_of_keys_is_checked_with_the_auditors(tmp_path, keys):
    path = kept(tmp_path / "log.jsonl", written(export(LOG, KEY, keys=None)))
    assert verified(path, "--keys", keys).verdict is Verdict.RIGHT
    assert verified(path).verdict is Verdict.UNANCHORED


def test_after_a_rotation_old_and_new_checkpoints_each_count_in_their_time(tmp_path):
    old = Key(name="khoa-1", valid_until="2026-11-21T00:30:00Z")
    new = Key(name="khoa-2", secret=key_from(2), valid_from="2026-11-21T00:30:00Z")
    keys = kept(tmp_path / "keys.json", json.dumps(keys_document([old, new])))
    first, late = note(LOG, 20, old), note(LOG, 40, old, previous=20)  # signed at 00:20 and 00:40
    lines = export(LOG, new, earlier=(20, 40))
    lines[0]["earlier"] = [first, note(LOG, 40, new, previous=20)]
    assert verified(kept(tmp_path / "a.jsonl", written(lines)), "--keys", keys).verdict is Verdict.RIGHT
    lines[0]["earlier"] = [first, late]
    result = verified(kept(tmp_path / "b.jsonl", written(lines)), "--keys", keys)
    assert [(one.kind, one.seq, one.name) for one in result.findings] == [(Kind.KEY_NOT_VALID, 40, "khoa-1")]


def test_a_checkpoint_of_another_log_is_named(tmp_path, keys, whole):
    lines = export(LOG, KEY)
    lines[0]["checkpoint"] = note(LOG, 60, KEY, origin="tinh-khac.example/log")
    result = verified(kept(tmp_path / "khac.jsonl", written(lines)), "--keys", keys)
    assert Kind.OTHER_LOG in kinds(result)


# ---- checkpoints ------------------------------------------------------------------------------------------------


def test_a_checkpoint_that_the_auditor_kept_is_enough(tmp_path, whole):
    end = kept(tmp_path / "60.txt", note(LOG, 60, KEY))
    result = verified(whole, "--checkpoint", end)
    assert (result.verdict, Fact.COMPARED in facts(result)) == (Verdict.RIGHT, True)


def test_what_stands_behind_the_last_kept_checkpoint_is_only_partly_vouched_for(tmp_path, whole, keys):
    early = kept(tmp_path / "33.txt", note(LOG, 33, KEY))
    result = verified(whole, "--checkpoint", early)
    assert result.verdict is Verdict.UNANCHORED
    assert [(one.kind, one.seq, one.to) for one in result.findings] == [(Kind.ANCHORED_PARTLY, 34, 60)]
    assert verified(whole, "--checkpoint", early, "--keys", keys).verdict is Verdict.RIGHT


def test_an_older_file_is_a_rollback_unless_it_is_said_to_be_old(tmp_path, keys):
    old = kept(tmp_path / "cu.jsonl", written(export(LOG, KEY, size=40)))
    newest = kept(tmp_path / "60.txt", note(LOG, 60, KEY))
    result = verified(old, "--keys", keys, "--checkpoint", newest)
    assert [(one.kind, one.seq, one.to) for one in result.findings] == [(Kind.ROLLED_BACK, 41, 60)]
    result = verified(old, "--keys", keys, "--checkpoint", newest, "--old")
    assert (result.verdict, Fact.OLD in facts(result)) == (Verdict.RIGHT, True)


def test_a_kept_checkpoint_with_a_wrong_signature_is_no_anchor_in_silence(tmp_path, whole, keys):
    other = kept(tmp_path / "60.txt", note(LOG, 60, Key(secret=key_from(8))))
    results = check(_parser().parse_args([str(whole), "--keys", str(keys), "--checkpoint", str(other)]))
    assert [kinds(one) for one in results] == [[Kind.RE_SIGNED], []]


# ---- completeness between two checkpoints -----------------------------------------------------------------------


def test_everything_after_the_last_audit_must_be_there(tmp_path, keys):
    before = kept(tmp_path / "truoc.jsonl", written(export(LOG, KEY, size=20)))
    since = export(LOG, KEY, earlier=(20,), keep=lambda one: one["seq"] > 20, told={"from": "2026-11-01"})
    result = verified(kept(tmp_path / "sau.jsonl", written(since)), "--keys", keys, "--from", before)
    assert (result.verdict, Fact.COMPLETE in facts(result)) == (Verdict.RIGHT, True)
    lacking = export(LOG, KEY, earlier=(20,), keep=lambda one: one["seq"] > 22, told={"from": "2026-11-01"})
    result = verified(kept(tmp_path / "thieu.jsonl", written(lacking)), "--keys", keys, "--from", before)
    assert [(one.kind, one.seq, one.to) for one in result.findings] == [(Kind.INCOMPLETE, 21, 22)]


def test_a_gap_over_a_checkpoint_cannot_be_compared_with_it(tmp_path, keys):
    before = kept(tmp_path / "21.txt", note(LOG, 21, KEY))
    lines = export(LOG, KEY, keep=lambda one: one["seq"] > 30, told={"from": "2026-11-01"})
    result = verified(kept(tmp_path / "a.jsonl", written(lines)), "--keys", keys, "--from", before)
    assert [(one.kind, one.seq, one.to) for one in result.findings] == [(Kind.INCOMPLETE, 22, 30)]
    lines = export(LOG, KEY, keep=lambda one: one["seq"] > 25, told={"from": "2026-11-01"})
    path = kept(tmp_path / "b.jsonl", written(lines))
    end = kept(tmp_path / "24.txt", note(LOG, 24, KEY))
    assert Fact.NOT_PASSED in facts(verified(path, "--keys", keys, "--checkpoint", end))


# ---- a folder of checkpoints ------------------------------------------------------------------------------------


def folder_of(path: Path, sizes: tuple[int, ...]) -> Path:
    path.mkdir()
    before = 0
    for size in sizes:
        kept(path / f"{size:06}.checkpoint", note(LOG, size, KEY, previous=before))
        before = size
    kept(path / "log-keys.json", "{}")
    kept(path / "erased-20261127T000000000000Z-00000000.txt", f"{'0' * 64} file\n")
    kept(path / "cases-20261127T000000000000Z-00000000.txt", '[1, "national_portal", "900000001", true]\n')
    return path


def test_a_file_is_compared_with_every_checkpoint_of_a_folder(tmp_path, whole, keys):
    result = verified(
        whole, "--keys", keys, "--checkpoint", folder_of(tmp_path / "niem-phong", (7, 20, 41, 60))
    )
    assert result.verdict is Verdict.RIGHT
    assert dict(result.facts)[Fact.COMPARED] == {"count": 4}


@pytest.mark.parametrize(
    ("spoil", "kind"),
    [
        (lambda folder: (folder / "000020.checkpoint").unlink(), Kind.CHECKPOINT_GONE),
        (lambda folder: kept(folder / "000020.checkpoint", "hỏng"), Kind.CHECKPOINT),
        (
            lambda folder: kept(folder / "x", note(make_log(60, seed=4), 20, KEY, previous=7)),
            Kind.TWO_HISTORIES,
        ),
        (
            lambda folder: kept(folder / "x", note(LOG, 20, KEY).replace("\n20\n", "\n21\n")),
            Kind.BAD_SIGNATURE,
        ),
    ],
)
def test_a_folder_that_was_tampered_with_is_named(tmp_path, whole, keys, spoil, kind):
    folder = folder_of(tmp_path / "niem-phong", (7, 20, 41, 60))
    spoil(folder)
    first, *_ = check(_parser().parse_args([str(whole), "--keys", str(keys), "--checkpoint", str(folder)]))
    assert kind in kinds(first)
    assert first.verdict is Verdict.WRONG


# ---- witnesses --------------------------------------------------------------------------------------------------


def test_a_witness_who_signed_is_told_and_one_who_did_not_is_missed(tmp_path, whole, keys):
    lines = export(LOG, KEY)
    lines[0]["checkpoint"] = cosigned(lines[0]["checkpoint"], WITNESS)
    path = kept(tmp_path / "w.jsonl", written(lines))
    result = verified(path, "--keys", keys, "--witness", witness_key(WITNESS))
    assert (result.verdict, Fact.WITNESSED in facts(result)) == (Verdict.RIGHT, True)
    file = kept(tmp_path / "witness.pub", witness_key(WITNESS) + "\n")
    assert verified(path, "--keys", keys, "--witness", file).verdict is Verdict.RIGHT
    for unsigned in (whole, path):
        key = WITNESS if unsigned == whole else Key(name=WITNESS.name, secret=key_from(6))
        result = verified(unsigned, "--keys", keys, "--witness", witness_key(key))
        assert (result.verdict, kinds(result)) == (Verdict.UNANCHORED, [Kind.NO_WITNESS])


# ---- time stamps ------------------------------------------------------------------------------------------------


class Authority:
    """A time-stamping authority on paper: its certificate, and tokens by it."""

    def __init__(self) -> None:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Cơ quan cấp dấu thời gian mẫu")])
        now = datetime.now(UTC)
        stamping = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(7)
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=30))
            .add_extension(stamping, critical=True)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        self.pem = certificate.public_bytes(serialization.Encoding.PEM)
        secret = key.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        self._stamper = DummyTimeStamper(
            asn1_x509.Certificate.load(certificate.public_bytes(serialization.Encoding.DER)),
            asn1_keys.PrivateKeyInfo.load(secret),
            include_nonce=False,
        )

    def token(self, signed: str) -> bytes:
        text = signed.partition("\n\n")[0] + "\n"
        return asyncio.run(self._stamper.async_timestamp(sha(text.encode()), "sha256")).dump()


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


def stamped(path: Path, token: bytes | None) -> Path:
    lines = export(LOG, KEY, timestamp=token and base64.b64encode(token).decode())
    return kept(path, written(lines))


def test_a_time_stamp_counts_by_the_authority_that_the_auditor_names(tmp_path, keys, authority):
    ca = kept(tmp_path / "tsa.pem", authority.pem)
    token = authority.token(note(LOG, 60, KEY))
    path = stamped(tmp_path / "a.jsonl", token)
    result = verified(path, "--keys", keys, "--tsa-ca", ca)
    assert (result.verdict, Fact.STAMPED in facts(result)) == (Verdict.RIGHT, True)
    assert Fact.STAMP_IGNORED in facts(verified(path, "--keys", keys))
    other = kept(tmp_path / "khac.pem", Authority().pem)
    assert kinds(verified(path, "--keys", keys, "--tsa-ca", other)) == [Kind.TIMESTAMP]


@pytest.mark.parametrize("spoil", ["another text", "a bit", "no token", "none"])
def test_a_time_stamp_of_something_else_is_named(tmp_path, keys, authority, spoil):
    ca = kept(tmp_path / "tsa.pem", authority.pem)
    token = authority.token(note(LOG, 59 if spoil == "another text" else 60, KEY))
    if spoil == "a bit":
        token = token[:-20] + bytes([token[-20] ^ 1]) + token[-19:]
    if spoil == "no token":
        token = b"\x30\x03\x02\x01\x00"
    result = verified(
        stamped(tmp_path / "a.jsonl", None if spoil == "none" else token), "--keys", keys, "--tsa-ca", ca
    )
    assert kinds(result) == [Kind.NO_TIMESTAMP if spoil == "none" else Kind.TIMESTAMP]


# ---- a restore that the log declares ------------------------------------------------------------------------------


def forked(at: int, sealed: int, lost: int, root: bytes) -> Log:
    """A log that went on from entry ``at`` after a restore, and says what it lost."""
    log = make_log(80, seed=3)
    log.entries[:at] = [dict(entry) for entry in LOG.entries[:at]]
    log.openings = {seq: value for seq, value in log.openings.items() if seq > at + 1}
    log.openings |= {seq: value for seq, value in LOG.openings.items() if seq <= at} | {at + 1: {}}
    told = {"branch": 1, "at_size": at, "sealed_size": sealed, "lost_size": lost, "lost_root": root.hex()}
    log.entries[at] |= {"kind": "restored", "data": told, "commitments": {}}
    log.rechain(at)
    return log


def test_a_fork_that_the_log_declares_and_signs_is_told_as_such(tmp_path, keys):
    """The auditor holds checkpoints of the lost branch: the newest one, and one of which only the size is declared."""
    log = forked(30, 20, 60, LOG.root(60))
    path = kept(tmp_path / "log.jsonl", written(export(log, KEY)))
    lost = [kept(tmp_path / f"{size}.txt", note(LOG, size, KEY)) for size in (20, 45, 60)]
    brought = [word for one in lost for word in ("--checkpoint", one)]
    result = verified(path, "--keys", keys, *brought)
    assert (result.verdict, kinds(result)) == (Verdict.RIGHT, [])
    assert dict(result.facts)[Fact.RESTORED] == {"at": 30, "to": 60, "branch": 1}
    assert dict(result.facts)[Fact.LOST_BRANCH] == {"count": 2}
    assert dict(result.facts)[Fact.COMPARED] == {"count": 1}


def test_another_history_is_rewritten_whatever_restore_the_log_declares(tmp_path, keys):
    """Not covered: what lies before the restored state, what is larger than what was declared, and another root."""
    for declared in (forked(30, 20, 50, LOG.root(50)), forked(30, 20, 60, LOG.root(59))):
        path = kept(tmp_path / "log.jsonl", written(export(declared, KEY)))
        newest = kept(tmp_path / "60.txt", note(LOG, 60, KEY))
        result = verified(path, "--keys", keys, "--checkpoint", newest)
        assert (result.verdict, kinds(result)) == (Verdict.WRONG, [Kind.REWRITTEN])


def test_a_file_that_ends_before_a_declared_lost_checkpoint_is_not_rolled_back(tmp_path, keys):
    log = forked(30, 20, 60, LOG.root(60))
    path = kept(tmp_path / "log.jsonl", written(export(log, KEY, size=40)))
    newest = kept(tmp_path / "60.txt", note(LOG, 60, KEY))
    assert verified(path, "--keys", keys, "--checkpoint", newest).verdict is Verdict.RIGHT
