"""Servers and addresses that mean harm: every call ends, within its bounds, in an error of ours; nobody else is called."""

import asyncio
import gzip
import ipaddress
import re
import socket
from collections.abc import Callable

import pytest

from connector.errors import InDoubt, Permanent, SettingsError, Transient, Unreachable, Unreadable
from connector.transport import BreakerState, check_url
from connector.transport.address import is_open
from tests.unit.test_transport_http import OK, Seen, answering, client, serving

# ---- answers --------------------------------------------------------------------------------------------------

ANSWERS = {
    "reason in broken UTF-8": b"HTTP/1.1 200 \xff\xfe\r\nContent-Length: 2\r\n\r\nok",
    "a header line without end": b"HTTP/1.1 200 OK\r\nX: " + b"a" * 2_000_000 + b"\r\n\r\n",
    "headers without number": b"HTTP/1.1 200 OK\r\n" + b"X: a\r\n" * 200_000 + b"Content-Length: 2\r\n\r\nok",
    "NUL in a header": b"HTTP/1.1 200 OK\r\nX: a\x00b\r\nContent-Length: 2\r\n\r\nok",
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nokk",
    "length without end": b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\nok",
    "negative length": b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nok",
    "endless chunk size": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    + b"f" * 40
    + b"\r\nok\r\n0\r\n\r\n",
    "chunk size that is none": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nok\r\n0\r\n\r\n",
    "no HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "gzip that is none": b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nok",
    "an encoding that nobody asked for": b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 2\r\n\r\nok",
}


@pytest.mark.parametrize("write", [True, False])
@pytest.mark.parametrize("name", ANSWERS)
async def test_a_malformed_answer_is_in_doubt_or_later_and_never_another_error(name: str, write: bool):
    """A write may have had its effect; whatever else a library raises would be taken for a fault of ours."""

    async def once(_seen: Seen, writer: asyncio.StreamWriter) -> None:
        writer.write(ANSWERS[name])
        await writer.drain()
        writer.close()

    async with serving(once) as server, client(read_timeout_s=5) as http:
        try:
            reply = await http.request("POST", server.url, safe=not write)
        except InDoubt:
            assert write
        except Transient:
            assert not write
        else:
            assert reply.status == 200, "what one reader may forgive is at least no error of another kind"
        assert len(server.seen) <= (1 if write else 3)


async def test_gzip_within_gzip_is_refused_before_it_is_unpacked():
    bomb = gzip.compress(gzip.compress(b"0" * 200_000_000))
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip, gzip\r\nContent-Length: {len(bomb)}\r\n\r\n".encode()
    async with serving(answering(head + bomb)) as server, client(max_reply_bytes=1_000_000) as http:
        with pytest.raises(InDoubt) as caught:
            await http.request("POST", server.url, safe=False)
    assert caught.value.detail["reason"] == "reply_unreadable"


@pytest.mark.parametrize(
    "drop",
    [
        lambda: b"HTTP/1.1 100 Continue\r\n\r\n",
        lambda: b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 3,
    ],
    ids=["100 for ever", "chunks for ever"],
)
async def test_a_body_that_never_ends_ends_with_the_time_for_the_whole_answer(drop: Callable[[], bytes]):
    async def trickle(_seen: Seen, writer: asyncio.StreamWriter) -> None:
        writer.write(drop())
        while not writer.is_closing():
            writer.write(drop() if b" 100 " in drop() else b"1\r\nx\r\n")
            await writer.drain()
            await asyncio.sleep(0.02)

    async with serving(trickle) as server, client(connect_timeout_s=0.2, read_timeout_s=0.3, tries=1) as http:
        with pytest.raises(InDoubt):
            await http.request("POST", server.url, safe=False)


# ---- what we say ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", ["a\r\nX-Them: 1", "a\nb", "a\x00b", "mật khẩu"])
async def test_a_line_end_in_a_header_never_begins_another_header(value: str):
    async with serving(answering(OK)) as server, client() as http:
        with pytest.raises(SettingsError) as caught:
            await http.request("GET", server.url, safe=True, headers={"dstcode": value})
    assert caught.value.detail == {"header": "dstcode"}
    assert value not in str(caught.value)
    assert server.seen == []


# ---- addresses ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "https://cong.example/\x01",
        "https://cong.example/a b",
        "https://cong.example/\r\nHost: khac.example",
        "https://cong.example\\@khac.example/",
        "https://cong.example%00.khac.example/",
        "https://cong.example%2f.khac.example/",
        "https://c\u200bong.example/",
        "https://ｃong.example/",
        "https://user@cong.example/",
        "https:///cong.example/",
        "https://2130706433/",
        "https://127.1/",
        "https://0x7f.1/",
        "https://0177.0.0.01/",
        "https://[::1",
        "https://cong.example:99999/",
        "file:///etc/passwd",
        "gopher://cong.example/",
        "//cong.example/",
        "",
    ],
)
def test_an_address_that_readers_could_read_differently_is_refused(url: str):
    with pytest.raises(SettingsError) as caught:
        check_url(url, ("cong.example", "khac.example"))
    assert "etc/passwd" not in str(caught.value)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",  # noqa: S104  # an address that is refused
        "224.0.1.1", "239.255.255.250", "255.255.255.255", "192.0.2.1", "198.18.0.1", "::1", "::", "fe80::1", "fe80::1%eth0",
        "fc00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::", "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe", "not an address", "",
    ],
)  # fmt: skip
def test_no_private_range_is_open(address: str):
    assert not is_open(address)


def test_the_open_internet_is_open_and_a_listed_network_too():
    assert is_open("203.162.0.1")
    assert is_open("2405:4800::1")
    assert is_open("10.1.2.3", (ipaddress.ip_network("10.1.0.0/16"),))
    assert not is_open("10.2.2.3", (ipaddress.ip_network("10.1.0.0/16"),))


async def test_a_literal_private_address_is_refused_before_anything_is_called():
    async with serving(answering(OK)) as server, client() as http:
        for host in ("127.0.0.1", "[::ffff:127.0.0.1]"):
            url = server.url.replace("127.0.0.1", host)
            with pytest.raises(Permanent):
                await http.fetch_foreign(f"{url}/tep", max_bytes=10)
        assert server.connections == 0


async def test_a_name_that_leads_to_a_private_address_is_refused_where_it_is_looked_up():
    """DNS rebinding: what was judged is what gets called, because both happen at one place."""
    async with serving(answering(OK)) as server, client() as http:
        with pytest.raises(Permanent) as caught:
            await http.fetch_foreign(f"{server.url.replace('127.0.0.1', 'localhost')}/tep", max_bytes=10)
        assert server.connections == 0
    assert caught.value.detail["reason"] == "address_not_allowed"


async def test_a_name_that_leads_to_two_addresses_is_refused_if_one_of_them_is_private(monkeypatch):
    def both(*_args: object, **_more: object) -> list[tuple[object, ...]]:
        family, kind, protocol = socket.AF_INET, socket.SOCK_STREAM, 6
        return [(family, kind, protocol, "", (ip, 443)) for ip in ("203.162.0.1", "169.254.169.254")]

    monkeypatch.setattr(socket, "getaddrinfo", both)
    async with client() as http:
        with pytest.raises(Permanent):
            await http.fetch_foreign("https://hai-mat.example/tep", max_bytes=10)


async def test_a_listed_network_may_serve_files_and_gets_no_credential():
    async with serving(answering(OK)) as server, client(file_networks=["127.0.0.0/8"]) as http:
        assert (await http.fetch_foreign(f"{server.url}/tep", max_bytes=10)).content == b"ok"
        assert "authorization" not in server.seen[0].headers
        assert "cookie" not in server.seen[0].headers


async def test_a_redirect_is_handed_back_and_never_followed():
    moved = b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/latest\r\nContent-Length: 0\r\n\r\n"
    async with serving(answering(moved)) as server, client(file_networks=["127.0.0.0/8"]) as http:
        assert (await http.fetch_foreign(server.url, max_bytes=10)).status == 302
        assert len(server.seen) == 1


async def test_a_dead_or_pouring_file_server_does_not_stop_the_calls_to_the_system():
    pour = b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n"
    async with (
        serving(answering(pour)) as server,
        client(file_networks=["127.0.0.0/8"], breaker_failures=1) as http,
    ):
        with pytest.raises(Unreadable):
            await http.fetch_foreign(server.url, max_bytes=10)
        with pytest.raises(Transient) as caught:
            await http.fetch_foreign("http://127.0.0.1:9/tep", max_bytes=10)
        assert not isinstance(caught.value, Unreachable)
        assert http.breaker_state is BreakerState.CLOSED


async def test_no_error_of_a_foreign_call_names_more_than_the_host():
    async with client() as http:
        with pytest.raises(Permanent) as caught:
            await http.fetch_foreign("https://127.0.0.1/tep/0900000000?khoa=bi-mat", max_bytes=10)
    told = f"{caught.value} {caught.value.detail}"
    assert not re.search("bi-mat|0900000000|tep/", told)
