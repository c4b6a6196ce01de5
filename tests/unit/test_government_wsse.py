"""WS-Security: the digest as the profile prescribes, and no way around the verification."""

import base64
from copy import deepcopy
from datetime import UTC, datetime, timedelta

import pytest
from lxml import etree
from pydantic import SecretStr

from adapters.government_portal import wsse
from adapters.government_portal.envelope import SOAP_NS
from adapters.government_portal.wsse import WSSE, WSU, Code, Freshness, NonceCache, SecurityFault, Verifier

NOW = datetime(2026, 11, 18, 0, 55, tzinfo=UTC)
SOAP = SOAP_NS["1.1"]
ACCOUNT = wsse.Account(username="thanhhoa-mau", password=SecretStr("mật-khẩu-mẫu"))


def message(account=ACCOUNT, at=NOW, soap=SOAP):
    envelope = etree.Element(f"{{{soap}}}Envelope")
    header = etree.SubElement(envelope, f"{{{soap}}}Header")
    header.append(wsse.security(account, at, soap))
    body = etree.SubElement(envelope, f"{{{soap}}}Body")
    etree.SubElement(body, "Ping")
    return envelope


def verifier(*passwords, **options):
    secrets = tuple(SecretStr(item) for item in passwords or ("mật-khẩu-mẫu",))
    return Verifier({"thanhhoa-mau": secrets}, **options)


def refused(envelope, at=NOW, check=None):
    with pytest.raises(SecurityFault) as caught:
        (check or verifier()).verify(envelope, at)
    return caught.value.code


def node(envelope, *steps):
    found = envelope
    for step in steps:
        found = next(child for child in found if child.tag.endswith("}" + step))
    return found


# ---- the digest ---------------------------------------------------------------------------------------------


def test_the_digest_is_the_one_that_openssl_gives():
    """Printf '%s%s%s' nonce created password | openssl sha1 -binary | base64."""
    digest = wsse.password_digest(b"phanhoi-nonce-16", "2026-11-18T00:55:00.000Z", "mật-khẩu-mẫu")
    assert digest == "bgeEJ5BdxQ6LxtPUKJL/Y3F4Y9g="


def test_what_is_built_verifies_in_both_soap_versions():
    for soap in SOAP_NS.values():
        assert verifier().verify(message(soap=soap), NOW) == "thanhhoa-mau"


def test_the_block_has_the_parts_of_the_contract_in_its_order():
    block = node(message(), "Header", "Security")
    assert block.get(f"{{{SOAP}}}mustUnderstand") == "1"
    assert [etree.QName(item).localname for item in block.iter()][1:] == [
        "Timestamp",
        "Created",
        "Expires",
        "UsernameToken",
        "Username",
        "Password",
        "Nonce",
        "Created",
    ]


def test_the_password_itself_never_travels_in_a_digest_message():
    text = etree.tostring(message(), encoding="unicode")
    assert "mật-khẩu-mẫu" not in text
    assert base64.b64encode("mật-khẩu-mẫu".encode()).decode() not in text


def test_two_messages_of_one_second_have_different_nonces():
    nonces = {node(message(), "Header", "Security", "UsernameToken", "Nonce").text for _ in range(5)}
    assert len(nonces) == 5


# ---- passwords ----------------------------------------------------------------------------------------------


def test_several_passwords_are_valid_while_one_is_rotated():
    assert verifier("mới", "mật-khẩu-mẫu").verify(message(), NOW) == "thanhhoa-mau"
    assert refused(message(), check=verifier("mới", "mới hơn")) is Code.AUTHENTICATION


def test_an_unknown_account_is_refused_like_a_wrong_password():
    stranger = wsse.Account(username="nguoi-la", password=SecretStr("mật-khẩu-mẫu"))
    assert refused(message(stranger)) is Code.AUTHENTICATION


def test_plain_text_passwords_are_refused_unless_allowed():
    plain = wsse.Account(username="thanhhoa-mau", password=SecretStr("mật-khẩu-mẫu"), digest=False)
    assert refused(message(plain)) is Code.TOKEN
    assert verifier(text_allowed=True).verify(message(plain), NOW) == "thanhhoa-mau"
    wrong = wsse.Account(username="thanhhoa-mau", password=SecretStr("sai"), digest=False)
    assert refused(message(wrong), check=verifier(text_allowed=True)) is Code.AUTHENTICATION


# ---- freshness and replay -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("late_by", "passes"),
    [(-61, False), (-60, True), (0, True), (300, True), (359, True), (360, False), (3600, False)],
)
def test_a_message_lives_five_minutes_and_a_minute_of_clock_skew(late_by, passes):
    at = NOW + timedelta(seconds=late_by)
    if passes:
        assert verifier().verify(message(), at)
    else:
        assert refused(message(), at) is Code.EXPIRED


def test_a_timestamp_that_claims_a_longer_life_is_refused():
    envelope = message()
    node(envelope, "Header", "Security", "Timestamp", "Expires").text = wsse.stamp(NOW + timedelta(minutes=6))
    assert refused(envelope) is Code.SECURITY


def test_an_old_token_under_a_new_timestamp_is_refused():
    envelope, old = message(), message(at=NOW - timedelta(hours=1))
    block = node(envelope, "Header", "Security")
    block.replace(node(block, "UsernameToken"), node(old, "Header", "Security", "UsernameToken"))
    assert refused(envelope) is Code.EXPIRED


def test_a_message_is_taken_once():
    gate, envelope = verifier(), message()
    gate.verify(envelope, NOW)
    assert refused(envelope, NOW + timedelta(seconds=30), gate) is Code.AUTHENTICATION


def test_a_nonce_is_remembered_for_the_whole_window_and_no_longer():
    cache, memory = NonceCache(), Freshness().memory
    cache.add("a", b"12345678", NOW, memory)
    with pytest.raises(SecurityFault):
        cache.add("a", b"12345678", NOW + memory - timedelta(seconds=1), memory)
    cache.add("b", b"12345678", NOW, memory)
    cache.add("c", b"12345678", NOW + memory, memory)
    assert len(cache) == 1


def test_a_full_nonce_cache_refuses_and_does_not_forget():
    cache = NonceCache(capacity=1)
    cache.add("a", b"12345678", NOW, Freshness().memory)
    with pytest.raises(SecurityFault, match="nonce_cache_full"):
        cache.add("a", b"87654321", NOW, Freshness().memory)


def test_a_stranger_cannot_fill_the_nonce_cache():
    cache = NonceCache()
    refused(message(), check=verifier("khác", nonces=cache))
    assert len(cache) == 0


# ---- tampering and wrapping ---------------------------------------------------------------------------------


@pytest.mark.parametrize("step", ["Username", "Password", "Nonce", "Created"])
def test_a_changed_part_of_the_token_is_refused(step):
    envelope = message()
    part = node(envelope, "Header", "Security", "UsernameToken", step)
    part.text = {
        "Username": "khac",
        "Password": base64.b64encode(b"x" * 20).decode(),
        "Nonce": base64.b64encode(b"y" * 16).decode(),
        "Created": wsse.stamp(NOW + timedelta(seconds=1)),
    }[step]
    assert refused(envelope) is Code.AUTHENTICATION


@pytest.mark.parametrize("step", ["Timestamp", "UsernameToken"])
@pytest.mark.parametrize("times", [0, 2])
def test_each_part_stands_exactly_once(step, times):
    envelope = message()
    block = node(envelope, "Header", "Security")
    part = node(block, step)
    block.remove(part)
    block.extend(deepcopy(part) for _ in range(times))
    assert refused(envelope) is Code.SECURITY


def test_a_valid_token_wrapped_one_level_deeper_counts_for_nothing():
    envelope = message()
    block = node(envelope, "Header", "Security")
    wrapper = etree.SubElement(block, "Wrapper")
    wrapper.append(node(block, "UsernameToken"))
    assert refused(envelope) is Code.SECURITY


def test_a_valid_block_outside_the_header_counts_for_nothing():
    envelope = message()
    node(envelope, "Body").append(node(envelope, "Header", "Security"))
    assert refused(envelope) is Code.SECURITY


def test_a_second_header_is_refused():
    envelope = message()
    envelope.insert(1, deepcopy(node(envelope, "Header")))
    assert refused(envelope) is Code.SECURITY


def test_a_header_of_another_soap_version_is_refused():
    envelope = message()
    forged = etree.Element(f"{{{SOAP_NS['1.2']}}}Header")
    forged.append(node(envelope, "Header", "Security"))
    envelope.replace(node(envelope, "Header"), forged)
    assert refused(envelope) is Code.SECURITY


def test_a_second_security_block_is_refused():
    envelope = message()
    header = node(envelope, "Header")
    header.append(deepcopy(node(header, "Security")))
    assert refused(envelope) is Code.SECURITY


def test_a_look_alike_security_block_is_refused():
    envelope = message()
    node(envelope, "Header", "Security").tag = "{urn:khac}Security"
    assert refused(envelope) is Code.SECURITY


@pytest.mark.parametrize(
    ("name", "algorithm", "passes"),
    [
        ("SignatureMethod", "http://www.w3.org/2000/09/xmldsig#rsa-sha1", False),
        ("DigestMethod", "http://www.w3.org/2000/09/xmldsig#sha1", False),
        ("SignatureMethod", "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", True),
    ],
)
def test_signatures_that_rest_on_sha1_are_refused(name, algorithm, passes):
    envelope = message()
    signature = etree.SubElement(node(envelope, "Header", "Security"), f"{{{wsse.DSIG}}}Signature")
    etree.SubElement(signature, f"{{{wsse.DSIG}}}{name}", Algorithm=algorithm)
    if passes:
        assert verifier().verify(envelope, NOW)
    else:
        assert refused(envelope) is Code.CHECK


@pytest.mark.parametrize(
    ("path", "text", "code"),
    [
        (("UsernameToken", "Nonce"), "không phải base64", Code.TOKEN),
        (("UsernameToken", "Nonce"), base64.b64encode(b"1234567").decode(), Code.TOKEN),
        (("UsernameToken", "Created"), "18/11/2026", Code.SECURITY),
        (("Timestamp", "Created"), "2026-11-18T00:55:00", Code.SECURITY),
        (("Timestamp", "Expires"), "", Code.SECURITY),
        (("UsernameToken", "Username"), "x" * 600, Code.SECURITY),
    ],
)
def test_an_unreadable_part_is_refused(path, text, code):
    envelope = message()
    node(envelope, "Header", "Security", *path).text = text
    assert refused(envelope) is code


def test_a_message_without_security_is_refused():
    envelope = message()
    envelope.remove(node(envelope, "Header"))
    assert refused(envelope) is Code.SECURITY


def test_a_fault_tells_the_log_why_and_the_sender_only_what():
    with pytest.raises(SecurityFault) as caught:
        verifier("khác").verify(message(), NOW)
    assert caught.value.reason == "wrong_account_or_password"
    assert caught.value.code == "wsse:FailedAuthentication"


# ---- the Timestamp of an answer -----------------------------------------------------------------------------


def test_an_answers_timestamp_may_be_absent_unless_it_is_required():
    block = etree.Element(wsse.SECURITY)
    wsse.check_timestamp(block, NOW, Freshness(), required=False)
    with pytest.raises(SecurityFault):
        wsse.check_timestamp(block, NOW, Freshness())


def test_an_answer_needs_no_account():
    block = wsse.security(None, NOW, SOAP)
    assert [item.tag for item in block] == [f"{{{WSU}}}Timestamp"]
    assert not block.findall(f"{{{WSSE}}}UsernameToken")
    wsse.check_timestamp(block, NOW, Freshness())
