"""The government twin's envelope and security: what it accepts, what it refuses, and how it says so (§8.1, §8.2, §8.7)."""

import base64
import os
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from lxml import etree

import adapters.government_portal
from tests.unit.government_twin_talk import (
    FEEDBACK,
    SOAP11,
    SOAP12,
    Peer,
    envelope,
    exchange_header,
    ref,
    security,
    talking,
    token,
)

PING = f"{FEEDBACK}/Ping"


def ping(**header: str) -> str:
    return f"<f:Ping>{exchange_header(**header)}</f:Ping>"


def schema() -> etree.XMLSchema:
    folder = Path(adapters.government_portal.__file__).parent / "schema"
    return etree.XMLSchema(etree.parse(folder / "feedback.xsd"))


@pytest.mark.parametrize(("soap", "media_type"), [(SOAP11, "text/xml"), (SOAP12, "application/soap+xml")])
async def test_an_answer_comes_in_the_version_asked(soap, media_type):
    async with talking(soap) as peer:
        reply = await peer.call("Ping")
        assert reply.ok
        assert reply.root.tag == f"{{{soap}}}Envelope"
        assert reply.content_type == f"{media_type}; charset=utf-8"
        assert reply.text("PingResponse", "Version") == "1.0"


async def test_an_answer_obeys_the_schema_and_carries_a_fresh_timestamp():
    async with talking() as peer:
        reply = await peer.call("Ping")
        schema().assertValid(reply.all("PingResponse")[0])
        created = reply.root.xpath("//*[local-name()='Timestamp']/*[local-name()='Created']")[0].text
        assert abs(datetime.fromisoformat(created) - datetime.now(UTC)) < timedelta(seconds=5)


@pytest.mark.parametrize("soap", [SOAP11, SOAP12])
async def test_a_fault_has_http_500_and_a_feedback_fault_in_both_versions(soap):
    async with talking(soap) as peer:
        message_id = str(uuid.uuid4())
        reply = await peer.call("Ping", "<f:Nonsense/>", message_id=message_id)
        assert (reply.status, reply.fault) == (500, "SCHEMA_INVALID")
        assert reply.text("FeedbackFault", "MessageId") == message_id
        assert reply.text("FeedbackFault", "Retryable") == "false"
        assert reply.text("FeedbackFault", "TraceId")
        schema().assertValid(reply.all("FeedbackFault")[0])
        code = "faultcode" if soap == SOAP11 else "Code"
        assert reply.text("Fault", code) is not None


async def test_a_schema_fault_names_the_element_and_never_its_value():
    async with talking() as peer:
        secret = "Nguyễn Văn Mẫu"
        reply = await peer.call("GetPendingItems", f"<f:MaxItems>{secret}</f:MaxItems>")
        assert reply.fault == "SCHEMA_INVALID"
        assert "MaxItems" in (reply.text("FeedbackFault", "Message") or "")
        assert secret not in reply.raw.decode()


async def test_get_wsdl_serves_the_contract_with_the_real_address():
    async with talking() as peer:
        wsdl = await peer.http.get(f"{peer.twin.url}?wsdl")
        assert f'location="{peer.twin.url}"' in wsdl.text
        for name in ("feedback.xsd", "edxml-party.xsd"):
            answer = await peer.http.get(f"{peer.twin.url}?xsd={name}")
            assert etree.fromstring(answer.content).tag == "{http://www.w3.org/2001/XMLSchema}schema"
        assert f"{peer.twin.url}?xsd=feedback.xsd" in wsdl.text


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_only_post_is_answered(method):
    async with talking() as peer:
        assert (await peer.http.request(method, peer.twin.url)).status_code == 405


async def test_the_action_must_agree_with_the_body():
    async with talking() as peer:
        for action in (None, "", f"{FEEDBACK}/GetCatalog", "Ping"):
            reply = await peer.post(envelope(ping(), peer.signed()), action)
            assert reply.fault == "UNKNOWN_OPERATION"


async def test_soap12_may_leave_the_action_out_but_not_contradict():
    async with talking(SOAP12) as peer:
        assert (await peer.post(envelope(ping(), peer.signed(), soap=SOAP12), None)).ok
        reply = await peer.post(envelope(ping(), peer.signed(), soap=SOAP12), f"{FEEDBACK}/GetItem")
        assert reply.fault == "UNKNOWN_OPERATION"


@pytest.mark.parametrize(
    "body",
    [
        "<f:Nothing/>",
        '<x:Ping xmlns:x="urn:other"/>',
        f"<f:NotifyCaseEvent>{exchange_header()}</f:NotifyCaseEvent>",
    ],
)
async def test_an_unknown_operation_is_a_fault(body):
    async with talking() as peer:
        assert (await peer.post(envelope(body, peer.signed()), PING)).fault == "UNKNOWN_OPERATION"


@pytest.mark.parametrize(
    "raw",
    [
        b"no xml at all",
        b"<open>",
        b'<?xml version="1.0"?><!DOCTYPE s:Envelope [<!ENTITY a "b">]>' + envelope(ping()).split(b"?>", 1)[1],
        envelope(ping()).decode().replace('encoding="UTF-8"', 'encoding="UTF-16"').encode("utf-16"),
        envelope(""),
        envelope(ping() * 2),
    ],
    ids=["text", "unclosed", "doctype", "utf-16", "empty body", "two bodies"],
)
async def test_malformed_requests_are_faults(raw):
    async with talking() as peer:
        assert (await peer.post(raw, PING)).fault == "MALFORMED_XML"


async def test_versions_must_agree():
    async with talking() as peer:
        assert (await peer.post(b"<root/>", PING)).fault == "UNSUPPORTED_VERSION"
        assert (await peer.post(envelope(ping(), soap=SOAP12), PING)).fault == "UNSUPPORTED_VERSION"
        reply = await peer.post(envelope(ping(), peer.signed()), PING, **{"Content-Type": "application/json"})
        assert reply.fault == "UNSUPPORTED_VERSION"
        assert (await peer.call("Ping", version="2.0")).fault == "UNSUPPORTED_VERSION"


async def test_too_large_an_envelope_is_a_413_fault():
    async with talking(profile={"max_envelope_bytes": 2000}) as peer:
        reply = await peer.call("GetCaseStatus", ref("9" * 3000))
        assert (reply.status, reply.fault) == (413, "TOO_LARGE")


async def test_a_header_that_must_be_understood_and_is_not_is_refused():
    async with talking() as peer:
        strange = f'<x:Odd xmlns:x="urn:odd" xmlns:s="{SOAP11}" s:mustUnderstand="1"/>'
        assert (await peer.post(envelope(ping(), peer.signed() + strange), PING)).fault == "SCHEMA_INVALID"


async def test_addressing_headers_are_echoed():
    async with talking() as peer:
        wsa = "http://www.w3.org/2005/08/addressing"
        header = peer.signed() + f'<a:MessageID xmlns:a="{wsa}">urn:uuid:1</a:MessageID>'
        reply = await peer.post(envelope(ping(), header), PING)
        assert reply.root.findtext(f".//{{{wsa}}}RelatesTo") == "urn:uuid:1"
        assert reply.root.findtext(f".//{{{wsa}}}Action") == f"{FEEDBACK}/PingResponse"


# ---- security -----------------------------------------------------------------------------------------------


async def send(peer: Peer, header: str, **headers: str) -> str | None:
    reply = await peer.post(envelope(ping(), header), PING, **headers)
    return "ok" if reply.ok else reply.fault


async def test_a_wrong_password_or_user_is_refused():
    async with talking() as peer:
        name, word = peer.twin.username, peer.twin.password
        assert await send(peer, security(token(name, "sai"))) == "wsse:FailedAuthentication"
        assert await send(peer, security(token("ai-do", word))) == "wsse:FailedAuthentication"
        assert await send(peer, security(token(name, word))) == "ok"


async def test_a_refused_sender_reads_the_wsse_code_as_faultcode():
    async with talking() as peer:
        reply = await peer.post(envelope(ping(), security(token("ai-do", "sai"))), PING)
        assert reply.text("Fault", "faultcode") == "wsse:FailedAuthentication"
        assert reply.status == 500


async def test_no_security_header_is_refused():
    async with talking() as peer:
        assert await send(peer, "") == "wsse:InvalidSecurity"


async def test_a_token_without_timestamp_is_refused():
    async with talking() as peer:
        header = security(token(peer.twin.username, peer.twin.password), stamped=False)
        assert await send(peer, header) == "wsse:InvalidSecurity"


@pytest.mark.parametrize(
    ("shift_s", "verdict"),
    [(0, "ok"), (50, "ok"), (-350, "ok"), (90, "wsse:MessageExpired"), (-400, "wsse:MessageExpired")],
)
async def test_freshness_allows_a_minute_of_skew(shift_s, verdict):
    """A Timestamp lives five minutes; a clock may be a minute off either way."""
    async with talking() as peer:
        at = datetime.now(UTC) + timedelta(seconds=shift_s)
        assert (
            await send(peer, security(token(peer.twin.username, peer.twin.password, at=at), at=at)) == verdict
        )


async def test_a_timestamp_that_lives_longer_than_five_minutes_is_refused():
    async with talking() as peer:
        header = security(token(peer.twin.username, peer.twin.password), life_s=301)
        assert await send(peer, header) == "wsse:InvalidSecurity"


async def test_a_nonce_is_good_for_one_use():
    async with talking() as peer:
        header = security(token(peer.twin.username, peer.twin.password, nonce=os.urandom(16)))
        assert await send(peer, header) == "ok"
        assert await send(peer, header) == "wsse:InvalidSecurityToken"


async def test_a_guess_does_not_burn_the_nonce():
    async with talking() as peer:
        nonce = os.urandom(16)
        assert (
            await send(peer, security(token(peer.twin.username, "sai", nonce=nonce)))
            == "wsse:FailedAuthentication"
        )
        assert await send(peer, security(token(peer.twin.username, peer.twin.password, nonce=nonce))) == "ok"


async def test_several_passwords_are_valid_until_a_rotation_ends_one():
    async with talking(passwords=("cũ-mẫu", "mới-mẫu")) as peer:
        name = peer.twin.username
        assert await send(peer, security(token(name, "cũ-mẫu"))) == "ok"
        assert await send(peer, security(token(name, "mới-mẫu"))) == "ok"
        await peer.switch(valid_passwords=[1])
        assert await send(peer, security(token(name, "cũ-mẫu"))) == "wsse:FailedAuthentication"
        assert await send(peer, security(token(name, "mới-mẫu"))) == "ok"


async def test_password_text_needs_its_switch():
    async with talking() as peer:
        name, word = peer.twin.username, peer.twin.password
        assert await send(peer, security(token(name, word, text=True))) == "wsse:InvalidSecurityToken"
        await peer.switch(auth=["text"])
        assert await send(peer, security(token(name, word, text=True))) == "ok"
        assert await send(peer, security(token(name, "sai", text=True))) == "wsse:FailedAuthentication"
        assert await send(peer, security(token(name, word))) == "wsse:InvalidSecurityToken"


async def test_http_basic_needs_its_switch():
    async with talking() as peer:

        def basic(word: str) -> dict[str, str]:
            return {
                "Authorization": "Basic " + base64.b64encode(f"{peer.twin.username}:{word}".encode()).decode()
            }

        assert await send(peer, "", **basic(peer.twin.password)) == "wsse:InvalidSecurity"
        await peer.switch(auth=["basic"])
        assert await send(peer, "", **basic(peer.twin.password)) == "ok"
        assert await send(peer, "", **basic("sai")) == "wsse:FailedAuthentication"
        assert await send(peer, "", Authorization="Basic %%%") == "wsse:InvalidSecurity"


async def test_the_edoc_token_header_needs_its_switch():
    async with talking() as peer:

        def edoc(word: str) -> str:
            return f'<t:Token xmlns:t="http://e-doc.vn/xsd">{word}</t:Token>'

        assert await send(peer, edoc(peer.twin.password)) == "wsse:InvalidSecurity"
        await peer.switch(auth=["token"])
        assert await send(peer, edoc(peer.twin.password)) == "ok"
        assert await send(peer, edoc("sai")) == "wsse:FailedAuthentication"


async def test_a_signature_is_refused_while_none_is_agreed():
    async with talking() as peer:
        signature = '<d:Signature xmlns:d="http://www.w3.org/2000/09/xmldsig#"/>'
        header = security(token(peer.twin.username, peer.twin.password) + signature)
        assert await send(peer, header) == "wsse:FailedCheck"
