"""The HTTP client over real sockets: what the end of a call means, and that nothing is sent twice or told on."""

import asyncio
import gzip
import logging
import socket
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
import structlog

from connector.clock import SystemClock
from connector.errors import InDoubt, SettingsError, Transient, Unreachable, Unreadable
from connector.transport import BreakerState, CallSeen, HttpClient, TransportSettings, check_url
from tests.listening import listening

Handler = Callable[["Seen", asyncio.StreamWriter], Awaitable[None]]
SECRET = "mat-khau-that-bi-mat-0912345678"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class FakeClock:
    """Moves only when someone sleeps, so a wait of minutes takes no time and can be measured."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 18, 1, 0, tzinfo=UTC)
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += timedelta(seconds=seconds)
        await asyncio.sleep(0)


class Seen:
    """One request as the server read it."""

    def __init__(self, head: bytes, body: bytes, connection: int) -> None:
        lines = head.decode().split("\r\n")
        self.method, self.target, _ = lines[0].split(" ")
        self.headers = {k.lower(): v for k, _, v in (line.partition(": ") for line in lines[1:] if line)}
        self.body = body
        self.connection = connection


class Server:
    """A raw HTTP server whose handler decides what, and whether, it answers."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.connections = 0
        self.url = ""


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[Server]:
    server = Server()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server.connections += 1
        mine = server.connections
        while not writer.is_closing():
            head = await reader.readuntil(b"\r\n\r\n")
            seen = Seen(head, b"", mine)
            seen.body = await reader.readexactly(int(seen.headers.get("content-length", "0")))
            server.seen.append(seen)
            await handler(seen, writer)
            await writer.drain()

    async with listening(serve) as port:
        server.url = f"http://127.0.0.1:{port}"
        yield server


@asynccontextmanager
async def client(
    clock: FakeClock | SystemClock | None = None, **settings: object
) -> AsyncIterator[HttpClient]:
    told: list[CallSeen] = []
    made = HttpClient(
        "national_portal",
        TransportSettings.model_validate(settings),
        clock or FakeClock(),
        observer=told.append,
    )
    made.told = told  # type: ignore[attr-defined]
    try:
        yield made
    finally:
        await made.aclose()


def answering(*replies: bytes) -> Handler:
    """Send these replies one after the other; the last one for ever."""
    left = list(replies)

    async def handle(_seen: Seen, writer: asyncio.StreamWriter) -> None:
        writer.write(left.pop(0) if len(left) > 1 else left[0])

    return handle


async def hang_up(_seen: Seen, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def reset(_seen: Seen, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def empty(status: int, *headers: str) -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status} X", "Content-Length: 0", *headers, "", ""]).encode()


# ---- a plain call ---------------------------------------------------------------------------------------------


async def test_a_whole_answer_comes_back_with_lower_case_header_names():
    reply = b"HTTP/1.1 200 OK\r\nX-Phan-Hoi: c\xc3\xb3\r\nContent-Length: 5\r\n\r\nxin\xc3\xa0"
    async with serving(answering(reply)) as server, client() as http:
        got = await http.request("get", server.url + "/mapi/g", safe=True)
    assert (got.status, got.content.decode()) == (200, "xinà")
    assert got.headers["content-length"] == "5"
    assert "x-phan-hoi" in got.headers
    assert got.elapsed_s > 0
    assert "xin" not in repr(got)


async def test_parameters_arrive_as_they_were_given_and_join_those_of_the_address():
    """A signature or a date with + must not turn into a space on the way."""
    async with serving(answering(OK)) as server, client() as http:
        await http.request(
            "GET",
            server.url + "/mapi/g?dstcode=VN:GOV",
            safe=True,
            params={"q": "a+b c/ẩ&=", "ngay": "18/11/2026"},
        )
    from urllib.parse import parse_qs, urlsplit

    asked = parse_qs(urlsplit(server.seen[0].target).query)
    assert asked == {"dstcode": ["VN:GOV"], "q": ["a+b c/ẩ&="], "ngay": ["18/11/2026"]}


async def test_an_observer_is_told_what_was_called_in_the_adapters_word_and_nothing_of_the_address():
    async with serving(answering(OK)) as server, client() as http:
        await http.request(
            "GET", server.url + "/ho-so/000.00.00.H56?ten=Mau", safe=True, operation="chi_tiet"
        )
        await http.request("GET", server.url + "/ho-so/000.00.00.H56", safe=True)
        told = http.told  # type: ignore[attr-defined]
    assert [one.operation for one in told] == ["chi_tiet", "other"]
    assert all("ho-so" not in repr(one) for one in told)


async def test_a_body_of_several_megabytes_goes_out_whole_and_with_its_length():
    body = bytes(range(256)) * 20_000
    async with serving(answering(OK)) as server, client() as http:
        await http.request("POST", server.url, safe=False, content=body, headers={"Content-Type": "text/xml"})
    assert server.seen[0].body == body
    assert server.seen[0].headers["content-type"] == "text/xml"
    assert "transfer-encoding" not in server.seen[0].headers


async def test_a_gzipped_answer_is_read_plain():
    packed = gzip.compress("Phản ánh".encode())
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(packed)}\r\n\r\n".encode()
    async with serving(answering(head + packed)) as server, client() as http:
        got = await http.request("GET", server.url, safe=True)
    assert got.content.decode() == "Phản ánh"


async def test_connections_are_kept_and_used_again():
    async with serving(answering(OK)) as server, client() as http:
        for _ in range(5):
            await http.request("POST", server.url, safe=False, content=b"{}")
    assert server.connections == 1


async def test_a_fault_500_is_an_answer_like_any_other():
    """A SOAP Fault comes as 500 from a system that lives: neither retried nor counted by the breaker."""
    async with serving(answering(empty(500))) as server, client(breaker_failures=1) as http:
        for safe in (True, False):
            assert (await http.request("POST", server.url, safe=safe)).status == 500
        assert http.breaker_state is BreakerState.CLOSED
    assert len(server.seen) == 2


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirects_are_never_followed(status):
    async with (
        serving(answering(OK)) as elsewhere,
        serving(answering(empty(status, f"Location: {elsewhere.url}/lay-mat-khau"))) as server,
        client() as http,
    ):
        got = await http.request("GET", server.url, safe=True)
    assert got.status == status
    assert elsewhere.seen == []


async def test_cookies_are_not_kept():
    """A session travels where the contract puts it; a cookie would tie calls together behind our back."""
    with_cookie = b"HTTP/1.1 200 OK\r\nSet-Cookie: JSESSIONID=abc; Path=/\r\nContent-Length: 0\r\n\r\n"
    async with serving(answering(with_cookie)) as server, client() as http:
        for _ in range(2):
            await http.request("GET", server.url, safe=True)
    assert "cookie" not in server.seen[1].headers


async def test_proxy_settings_of_the_machine_are_ignored(monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    async with serving(answering(OK)) as server, client() as http:
        assert (await http.request("GET", server.url, safe=True)).status == 200


# ---- what was certainly not sent ------------------------------------------------------------------------------


@pytest.mark.parametrize("safe", [True, False])
async def test_a_refused_connection_is_unreachable_and_may_always_be_tried_again(safe):
    clock = FakeClock()
    async with client(clock) as http:
        with pytest.raises(Unreachable) as caught:
            await http.request("POST", f"http://127.0.0.1:{free_port()}/x", safe=safe, content=b"{}")
        assert [seen.result for seen in http.told] == ["no_connection"] * 3  # type: ignore[attr-defined]
    assert caught.value.detail["reason"] == "no_connection"
    assert len(clock.slept) == 2


async def test_an_unsafe_request_is_sent_once_when_the_connection_comes_back():
    """The port opens between two tries: the write goes out, once."""
    port = free_port()
    arrived: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        arrived.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(OK)
        await writer.drain()

    class OpeningClock(FakeClock):
        async def sleep(self, seconds: float) -> None:
            await super().sleep(seconds)
            await opened.enter_async_context(listening(serve, port))

    async with AsyncExitStack() as opened, client(OpeningClock()) as http:
        got = await http.request("POST", f"http://127.0.0.1:{port}/x", safe=False)
    assert got.status == 200
    assert len(arrived) == 1


async def test_a_host_without_address_is_unreachable(monkeypatch):
    def unknown(*_args: object, **_kwargs: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "khong co ten nay")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    async with client(plain_http_hosts=("khong-co.invalid",), tries=1) as http:
        with pytest.raises(Unreachable):
            await http.request("POST", "http://khong-co.invalid/", safe=False)


async def test_a_tls_handshake_with_a_plain_server_is_unreachable_and_not_tried_again():
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)
        writer.write(b"HTTP/1.1 400 khong phai TLS\r\n\r\n")
        await writer.drain()

    async with listening(talk) as port, client() as http:
        with pytest.raises(Unreachable) as caught:
            await http.request("POST", f"https://127.0.0.1:{port}/", safe=False)
        assert len(http.told) == 1  # type: ignore[attr-defined]
    assert caught.value.detail["reason"] == "tls_refused"


# ---- what may have been sent ----------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", [hang_up, reset])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
async def test_an_unsafe_request_whose_answer_is_lost_is_in_doubt_and_sent_once(ending, method):
    async with serving(ending) as server, client() as http:
        with pytest.raises(InDoubt) as caught:
            await http.request(method, server.url, safe=False, content=b"{}")
    assert len(server.seen) == 1
    assert caught.value.detail["reason"] == "connection_lost"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
async def test_a_kept_connection_that_dies_does_not_send_a_write_twice(method):
    """The library underneath repeats PUT and DELETE by itself on a connection used before; we must not let it."""

    async def once(seen: Seen, writer: asyncio.StreamWriter) -> None:
        if seen.method == "GET":
            writer.write(OK)
        else:
            writer.close()

    async with serving(once) as server, client() as http:
        await http.request("GET", server.url, safe=True)
        with pytest.raises(InDoubt):
            await http.request(method, server.url, safe=False)
    assert [seen.method for seen in server.seen] == ["GET", method]
    assert server.connections == 1


@pytest.mark.parametrize("late", [False, True])
async def test_a_connection_that_says_more_than_it_was_asked_does_no_harm(late):
    """A reply that comes twice must not be taken for the answer to the next call: that would be a false success.

    ``late``: its second copy comes while the connection rests.
    """
    said = asyncio.Event()

    async def twice(seen: Seen, writer: asyncio.StreamWriter) -> None:
        reply = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n" + seen.target[-2:].encode()
        writer.write(reply)
        if late:
            await writer.drain()
            await asyncio.sleep(0.02)
        writer.write(reply)
        said.set()

    async with serving(twice) as server, client() as http:
        for number in range(10, 20):
            said.clear()
            reply = await http.request("POST", f"{server.url}/{number}", safe=False)
            assert reply.content == str(number).encode()
            await said.wait()
            await asyncio.sleep(0.02)  # for the second copy to arrive


async def test_an_answer_cut_in_the_middle_is_in_doubt_for_a_write():
    async def half(_seen: Seen, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nnua chung")
        await writer.drain()
        writer.close()

    async with serving(half) as server, client() as http:
        with pytest.raises(InDoubt):
            await http.request("POST", server.url, safe=False)
        with pytest.raises(Transient):
            await http.request("GET", server.url, safe=True)
    assert [seen.method for seen in server.seen] == ["POST", "GET", "GET", "GET"]


async def test_a_safe_request_whose_answer_is_lost_is_tried_again():
    lost = [True, True]

    async def third_time(_seen: Seen, writer: asyncio.StreamWriter) -> None:
        if lost:
            lost.pop()
            writer.close()
        else:
            writer.write(OK)

    async with serving(third_time) as server, client() as http:
        assert (await http.request("POST", server.url, safe=True)).status == 200
    assert len(server.seen) == 3


async def test_garbage_instead_of_http_is_in_doubt_for_a_write_and_not_asked_for_again_by_a_read():
    async with serving(answering(b"day khong phai HTTP\r\n\r\n")) as server, client() as http:
        with pytest.raises(InDoubt) as caught:
            await http.request("POST", server.url, safe=False)
        with pytest.raises(Transient):
            await http.request("GET", server.url, safe=True)
    assert caught.value.detail["reason"] == "reply_unreadable"
    assert len(server.seen) == 2


async def test_silence_hits_the_read_time_out():
    async def silent(_seen: Seen, _writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(30)

    async with serving(silent) as server, client(read_timeout_s=0.1) as http:
        with pytest.raises(InDoubt) as caught:
            await http.request("POST", server.url, safe=False)
        with pytest.raises(Transient):
            await http.request("GET", server.url, safe=True)
    assert caught.value.detail["reason"] == "timeout"
    assert len(server.seen) == 4


async def test_a_slow_trickle_ends_although_every_byte_is_in_time():
    async def drip(_seen: Seen, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for _ in range(1000):
            writer.write(b".")
            await writer.drain()
            await asyncio.sleep(0.02)

    async with serving(drip) as server, client(read_timeout_s=0.3, connect_timeout_s=0.1) as http:
        with pytest.raises(InDoubt) as caught:
            await http.request("POST", server.url, safe=False)
        assert 0.3 < http.told[0].elapsed_s < 2  # type: ignore[attr-defined]
    assert caught.value.detail["reason"] == "timeout"


@pytest.mark.parametrize("declared", [True, False])
async def test_an_oversize_answer_stops_the_reading(declared):
    """Declared or endless: at most the cap is held, and the connection is given up."""

    async def pour(_seen: Seen, writer: asyncio.StreamWriter) -> None:
        length = "Content-Length: 100000000" if declared else "Connection: close"
        writer.write(f"HTTP/1.1 200 OK\r\n{length}\r\n\r\n".encode())
        for _ in range(1000):
            writer.write(b"x" * 100_000)
            await writer.drain()

    async with serving(pour) as server, client(max_reply_bytes=200_000) as http:
        with pytest.raises(InDoubt) as caught:
            await http.request("POST", server.url, safe=False)
        with pytest.raises(Transient):
            await http.request("GET", server.url, safe=True)
        with pytest.raises(Unreadable):
            # of a file: it will be as large the next time
            await http.request("GET", server.url, safe=True, max_bytes=1000)
    assert caught.value.detail["reason"] == "reply_too_large"
    assert len(server.seen) == 3


async def test_a_packed_bomb_counts_unpacked():
    bomb = gzip.compress(b"0" * 50_000_000)
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(bomb)}\r\n\r\n".encode()
    async with serving(answering(head + bomb)) as server, client(max_reply_bytes=1_000_000) as http:
        with pytest.raises(InDoubt) as caught:
            await http.request("POST", server.url, safe=False)
    assert caught.value.detail["reason"] == "reply_too_large"


# ---- come back later ------------------------------------------------------------------------------------------


async def test_a_short_retry_after_is_waited_for_inside_a_safe_call():
    clock = FakeClock()
    async with serving(answering(empty(429, "Retry-After: 7"), OK)) as server, client(clock) as http:
        assert (await http.request("GET", server.url, safe=True)).status == 200
    assert len(clock.slept) == 1
    assert clock.slept[0] >= 7


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120),
        ("Wed, 18 Nov 2026 01:05:00 GMT", 300),
        ("99999999999999999999999", 3600),
        ("Wed, 18 Nov 2099 01:05:00 GMT", 3600),
    ],
)
@pytest.mark.parametrize("safe", [True, False])
async def test_a_long_retry_after_is_handed_to_the_caller(header, seconds, safe):
    clock = FakeClock()
    async with serving(answering(empty(429, f"Retry-After: {header}"))) as server, client(clock) as http:
        with pytest.raises(Transient) as caught:
            await http.request("POST", server.url, safe=safe)
    assert caught.value.retry_after_s == seconds
    assert not isinstance(caught.value, Unreachable)
    assert clock.slept == []
    assert len(server.seen) == 1


async def test_429_without_a_time_is_not_tried_again_at_once():
    async with serving(answering(empty(429))) as server, client() as http:
        with pytest.raises(Transient) as caught:
            await http.request("GET", server.url, safe=True)
    assert caught.value.retry_after_s is None
    assert len(server.seen) == 1


@pytest.mark.parametrize("status", [502, 503, 504])
async def test_a_sick_gateway_is_tried_again_for_a_read(status):
    async with serving(answering(empty(status), OK)) as server, client() as http:
        assert (await http.request("GET", server.url, safe=True)).status == 200
    async with serving(answering(empty(status))) as server, client() as http:
        with pytest.raises(Transient):
            await http.request("GET", server.url, safe=True)
        assert len(server.seen) == 3


@pytest.mark.parametrize("status", [502, 504])
async def test_a_sick_gateway_is_an_answer_to_a_write_which_the_adapter_judges(status):
    async with serving(answering(empty(status))) as server, client() as http:
        assert (await http.request("POST", server.url, safe=False)).status == status
    assert len(server.seen) == 1


async def test_503_to_a_write_had_no_effect():
    async with serving(answering(empty(503))) as server, client() as http:
        with pytest.raises(Transient):
            await http.request("POST", server.url, safe=False)
    assert len(server.seen) == 1


# ---- breaker and budget ---------------------------------------------------------------------------------------


async def test_the_breaker_opens_lets_one_probe_through_and_closes():
    clock = FakeClock()
    sick = asyncio.Event()
    gate = asyncio.Event()
    probed = asyncio.Event()

    async def handle(_seen: Seen, writer: asyncio.StreamWriter) -> None:
        if not sick.is_set():
            writer.close()
            return
        probed.set()
        await gate.wait()
        writer.write(OK)

    async with (
        serving(handle) as server,
        client(clock, tries=1, breaker_failures=2, breaker_reset_s=30) as http,
    ):
        for _ in range(2):
            with pytest.raises(InDoubt):
                await http.request("POST", server.url, safe=False)
        assert http.breaker_state is BreakerState.OPEN
        with pytest.raises(Unreachable) as caught:
            await http.request("POST", server.url, safe=False)
        assert caught.value.retry_after_s == 30
        assert len(server.seen) == 2

        clock.at += timedelta(seconds=30)
        sick.set()
        probe = asyncio.create_task(http.request("POST", server.url, safe=False))
        await probed.wait()
        assert http.breaker_state is BreakerState.HALF_OPEN
        with pytest.raises(Unreachable):
            await http.request("POST", server.url, safe=False)
        gate.set()
        assert (await probe).status == 200
        assert http.breaker_state is BreakerState.CLOSED
        assert [seen.result for seen in http.told][-2:] == ["breaker_open", "200"]  # type: ignore[attr-defined]


async def test_a_cancelled_probe_leaves_room_for_the_next():
    clock = FakeClock()
    quiet = asyncio.Event()

    async def handle(_seen: Seen, writer: asyncio.StreamWriter) -> None:
        if len(server.seen) == 1:
            writer.close()
        elif len(server.seen) == 2:
            quiet.set()
            await asyncio.sleep(30)
        else:
            writer.write(OK)

    async with serving(handle) as server, client(clock, tries=1, breaker_failures=1) as http:
        with pytest.raises(InDoubt):
            await http.request("POST", server.url, safe=False)
        clock.at += timedelta(seconds=31)
        probe = asyncio.create_task(http.request("POST", server.url, safe=False))
        await quiet.wait()
        probe.cancel()
        with pytest.raises(asyncio.CancelledError):
            await probe
        assert http.in_flight == 0
        assert (await http.request("POST", server.url, safe=False)).status == 200
        assert http.breaker_state is BreakerState.CLOSED


async def test_the_budget_bounds_the_calls_under_way():
    running, most = 0, 0

    async def count(_seen: Seen, writer: asyncio.StreamWriter) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.01)
        running -= 1
        writer.write(OK)

    async with serving(count) as server, client(max_concurrency=3) as http:
        await asyncio.gather(*(http.request("POST", server.url, safe=False) for _ in range(20)))
        assert http.in_flight == 0
    assert most == 3
    assert len(server.seen) == 20


async def test_the_rate_is_kept_by_waiting_on_the_clock():
    clock = FakeClock()
    async with serving(answering(OK)) as server, client(clock, rate_per_s=2, max_concurrency=1) as http:
        for _ in range(5):
            await http.request("GET", server.url, safe=True)
    assert sum(clock.slept) == pytest.approx(2.0)


# ---- addresses and TLS files ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "https://cong.example/x",
        "http://127.0.0.1:8080/",
        "http://localhost/",
        "http://[::1]:9/",
        "http://lgsp.example/",
    ],
)
def test_addresses_that_may_be_called(url):
    assert check_url(url, ("lgsp.example",)).hostname


@pytest.mark.parametrize(
    "url",
    [
        "http://cong.example/mapi",
        "http://127.0.0.1.example/",
        "http://10.0.0.1/",
        "ftp://cong.example/",
        "cong.example/mapi",
        "https:///x",
        "https://ten:matkhau@cong.example/",
        "https://[khong-phai-ip/",
        "https://cong.example:99999/",
    ],
)
async def test_addresses_that_must_not_be_called_are_refused_before_anything_is_sent(url):
    async with client() as http:
        with pytest.raises(SettingsError) as caught:
            await http.request("GET", url, safe=True)
    assert caught.value.code == "PH-101"
    assert "matkhau" not in str(caught.value)


@pytest.mark.parametrize("field", ["ca_file", "client_cert_file"])
def test_a_missing_tls_file_is_a_settings_error(field, tmp_path):
    settings = TransportSettings.model_validate({field: str(tmp_path / "khong-co.pem")})
    with pytest.raises(SettingsError, match="TLS"):
        HttpClient("national_portal", settings, SystemClock())


def test_a_file_that_is_no_certificate_is_a_settings_error(tmp_path):
    (tmp_path / "ca.pem").write_text("khong phai chung thu")
    with pytest.raises(SettingsError):
        HttpClient("x", TransportSettings(ca_file=str(tmp_path / "ca.pem")), SystemClock())


# ---- nothing is told on ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "handler", [answering(OK), hang_up, answering(empty(503)), answering(b"hong\r\n\r\n")]
)
async def test_nothing_secret_reaches_logs_errors_or_tracebacks(handler, caplog):
    """Query, body, headers and path tokens stay out of our events, of the libraries' logs and of tracebacks."""
    caplog.set_level(logging.DEBUG)
    told = ""
    with structlog.testing.capture_logs() as events:
        async with serving(handler) as server, client() as http:
            for safe, base in (
                (True, server.url),
                (False, server.url),
                (False, f"http://127.0.0.1:{free_port()}"),
            ):
                try:
                    await http.request(
                        "POST",
                        f"{base}/tai-tep/{SECRET}?sdt={SECRET}",
                        safe=safe,
                        content=SECRET.encode(),
                        headers={"Authorization": SECRET, "X-Token": SECRET},
                        params={"q": SECRET},
                    )
                except (Transient, InDoubt) as error:
                    told += "".join(traceback.format_exception(error)) + repr(error.detail)
    assert events
    assert all(event["event"] in {"http_call", "breaker_changed"} for event in events)
    for text in (str(events), told, caplog.text):
        assert "0912345678" not in text
        assert SECRET not in text
