"""R28: signatures of PDF files are verified when a file is received; a hostile file never stops the intake."""

import asyncio
import time

import pytest

from adapters.register import signatures
from adapters.register.signatures import check, read_roots, verify
from connector.errors import UserError
from tests.signing import (
    NOW,
    OFFICIAL,
    ORGANISATION,
    added_to,
    authority,
    encrypted,
    flipped,
    made,
    official,
    plain,
    signed,
)


def looked_at(content: bytes, *roots: bytes):
    return verify(content, NOW, roots)


def test_R28_a_signature_of_a_trusted_authority_is_described_in_full():
    found = looked_at(signed(stamped=True), authority().der)
    assert (found.outcome, found.checked_at) == ("signed", NOW.isoformat())
    (one,) = found.signatures
    assert (one.intact, one.whole_file, one.modified, one.trusted) == (True, True, False, True)
    assert (one.signer.name, one.signer.organisation) == (OFFICIAL, ORGANISATION)
    assert one.signer.issuer == "Tổ chức chứng thực mẫu"
    assert one.signer.serial == f"{official().certificate.serial_number:x}"
    assert one.signer.valid_from.startswith("2026-11-17")
    assert one.algorithm == "sha256 sha256_ecdsa"
    assert (one.timestamp.at, one.timestamp.intact, one.timestamp.trusted) == (NOW.isoformat(), True, True)
    assert one.revocation == "not_checked", "nothing is fetched, and the result says so"
    assert one.problem is None


def test_R28_a_signature_of_an_unknown_authority_is_intact_but_not_trusted():
    stranger = made("Tổ chức lạ", None)
    (one,) = looked_at(signed(by=made("Người lạ Mẫu", stranger)), authority().der).signatures
    assert (one.intact, one.trusted) == (True, False)
    (no_roots,) = looked_at(signed()).signatures
    assert not no_roots.trusted, "without configured roots nothing is trusted"


def test_R28_a_certificate_that_is_over_at_receipt_is_not_trusted():
    late = NOW.replace(year=2028)
    (one,) = verify(signed(), late, [authority().der]).signatures
    assert (one.intact, one.trusted) == (True, False)


def test_R28_one_changed_byte_breaks_the_signature():
    content = signed()
    assert flipped(content) != content
    (one,) = looked_at(flipped(content), authority().der).signatures
    assert (one.intact, one.modified) == (False, True)


def test_R28_an_addition_after_the_signing_is_told():
    (one,) = looked_at(added_to(signed()), authority().der).signatures
    assert (one.intact, one.whole_file, one.modified) == (True, False, True)


def test_R28_a_second_signature_does_not_spoil_the_first():
    twice = signed(signed(), field="ChuKy2", by=made("Lê Văn Mẫu", authority()))
    first, second = looked_at(twice, authority().der).signatures
    assert (first.field, first.whole_file, first.modified, first.trusted) == ("ChuKy1", False, False, True)
    assert (second.field, second.whole_file, second.signer.name) == ("ChuKy2", True, "Lê Văn Mẫu")


@pytest.mark.parametrize(
    ("content", "outcome"),
    [
        (plain(), "unsigned"),
        (b"%PDF-1.7 khong phai tep that", "unreadable"),
        (b"%PDF-", "unreadable"),
        (plain()[:200], "unreadable"),
        (encrypted(plain()), "encrypted"),
        (b"%PDF-1.4\n" + b"[" * 200_000, "unreadable"),
        (b"%PDF-1.4\ntrailer\n<< /Root 1 0 R /Size 2 /Prev 0 >>\nstartxref\n9\n%%EOF\n", "unreadable"),
    ],
    ids=["unsigned", "garbage", "head only", "cut", "encrypted", "deep", "circle"],
)
def test_R28_a_file_without_a_readable_signature_is_said_to_be_so_and_nothing_raises(content, outcome):
    found = looked_at(content, authority().der)
    assert (found.outcome, found.signatures) == (outcome, ())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"/SubFilter /adbe.pkcs7.detached", b"/SubFilter /khac.xxxxx.xxxxxxxx"),
        (b"/Contents <30", b"/Contents <00"),
    ],
    ids=["unknown kind", "broken bytes"],
)
def test_R28_a_signature_that_cannot_be_read_is_counted_and_hides_no_other(old, new):
    twice = signed(signed(), field="ChuKy2")
    broken = twice.replace(old, new, 1)
    assert broken != twice
    found = {one.field: one for one in looked_at(broken, authority().der).signatures}
    assert found.keys() == {"ChuKy1", "ChuKy2"}
    assert (found["ChuKy1"].trusted, bool(found["ChuKy1"].problem)) == (False, True)
    second = found["ChuKy2"]
    assert (second.intact, second.signer.name) == (False, OFFICIAL), "what it had signed was changed"


def test_R28_of_too_many_signatures_the_rest_is_named_and_not_dropped(monkeypatch):
    monkeypatch.setattr(signatures, "_MOST_SIGNATURES", 1)
    first, second = looked_at(signed(signed(), field="ChuKy2"), authority().der).signatures
    assert (first.field, first.trusted) == ("ChuKy1", True)
    assert (second.field, second.trusted, second.problem) == ("ChuKy2", False, "not looked at: too many")


def test_R28_nothing_about_a_signer_is_logged(caplog):
    looked_at(flipped(signed()), authority().der)
    looked_at(signed(by=made("Người lạ Mẫu", made("Tổ chức lạ", None))))
    assert caplog.text == ""


async def test_R28_a_file_that_takes_too_long_is_given_up_and_the_loop_goes_on(monkeypatch):
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            ticks += 1
            await asyncio.sleep(0.01)

    monkeypatch.setattr(signatures, "verify", lambda *_: time.sleep(0.5))
    ticking = asyncio.create_task(tick())
    found = await check(plain(), NOW, (), 0.1)
    ticking.cancel()
    assert found.outcome == "too_long"
    assert ticks >= 3
    await asyncio.sleep(0.6)  # its late result disturbs nobody


def test_trusted_roots_are_read_in_both_forms_and_a_wrong_file_is_named(tmp_path):
    from cryptography.hazmat.primitives.serialization import Encoding  # only here

    other = made("Tổ chức khác", None)
    (tmp_path / "a.crt").write_bytes(authority().der)
    (tmp_path / "b.pem").write_bytes(other.certificate.public_bytes(Encoding.PEM))
    (tmp_path / "doc.txt").write_text("không phải chứng thư", encoding="utf-8")
    assert read_roots(tmp_path) == (authority().der, other.der)
    (tmp_path / "c.cer").write_bytes(b"khong phai")
    with pytest.raises(UserError, match=r"c\.cer"):
        read_roots(tmp_path)
    with pytest.raises(UserError, match="no folder"):
        read_roots(tmp_path / "none")
