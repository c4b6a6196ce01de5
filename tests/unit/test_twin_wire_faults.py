"""Faults of the connection, one meaning on both wires (docs/twins.md): each is shown on the real wire, effect included."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx
import pytest
import pytest_asyncio

from tests.unit.twin_lines import GOVERNMENT, NATIONAL, GovernmentLine, NationalLine, line

At = NationalLine | GovernmentLine


@pytest_asyncio.fixture(params=[NATIONAL, GOVERNMENT])
async def at(request: pytest.FixtureRequest) -> AsyncIterator[At]:
    async with line(request.param) as found:
        yield found


# ---- before the work ----------------------------------------------------------------------------------------


async def test_drop_before_ends_the_connection_and_does_nothing(at: At) -> None:
    case = await at.born()
    await at.switch(drop_before=True)
    with pytest.raises(httpx.RemoteProtocolError):
        await at.post(await at.accept(case))
    assert await at.status(case) == "ASSIGNED"
    entry = (await at.journal())[-1]
    assert (entry["case"], entry["outcome"], entry["status"]) == (case, "dropped", None)
    assert (entry["faults"], entry["effect"]) == (["drop_before"], False)


@pytest.mark.parametrize(
    ("mode", "status"), [("reset_before", "ASSIGNED"), ("reset_after_commit", "ACCEPTED")]
)
async def test_a_reset_is_an_rst_and_no_orderly_end(at: At, mode: str, status: str) -> None:
    case = await at.born()
    await at.switch(**{mode: True})
    with pytest.raises(ConnectionResetError):
        await at.bytes_of(await at.accept(case))
    assert await at.status(case) == status


async def test_a_refusing_port_refuses_for_its_time_and_cuts_open_connections(at: At) -> None:
    began = time.monotonic()
    async with at.socket() as (reader, _):
        assert await at.control("POST", "refuse", {"for_s": 1}) == {"for_s": 1}
        assert await asyncio.wait_for(reader.read(), 5) == b"", "an idle connection ends too"
    refused = 0
    while time.monotonic() - began < 20:
        try:
            reply = await at.post(await at.read())
            break
        except httpx.ConnectError:
            refused += 1
            await asyncio.sleep(0.02)
    assert refused
    assert time.monotonic() - began >= 1
    assert at.good(reply), "the same port answers again"


async def test_refuse_as_a_fault_strikes_one_call_and_the_door_after_it(at: At) -> None:
    case = await at.born()
    await at.switch(fail_next={"mode": "refuse"}, refuse_s=1)
    with pytest.raises(httpx.RemoteProtocolError):
        await at.post(await at.accept(case))
    with pytest.raises(httpx.ConnectError):
        await at.post(await at.read())
    await asyncio.sleep(1.5)
    assert at.good(await at.post(await at.read()))
    assert await at.status(case) == "ASSIGNED"


@pytest.mark.parametrize(
    ("mode", "status"),
    [("http_500", 500), ("html_502", 502), ("http_503", 503), ("http_504", 504), ("http_429", 429)],
)
async def test_a_gateway_answers_in_its_place(at: At, mode: str, status: int) -> None:
    case = await at.born()
    await at.switch(**{mode: True})
    reply = await at.post(await at.accept(case))
    assert (reply.status_code, reply.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert reply.text.startswith("<html>")
    assert "retry-after" not in reply.headers
    assert await at.status(case) == "ASSIGNED"


@pytest.mark.parametrize("mode", ["http_429", "http_503"])
async def test_retry_after_in_every_form(at: At, mode: str) -> None:
    async def told(form: str) -> str:
        await at.switch(**{mode: True}, retry_after_s=600, retry_after_form=form)
        return (await at.post(await at.read())).headers["retry-after"]

    assert await told("seconds") == "600"
    ahead = parsedate_to_datetime(await told("date")) - datetime.now(UTC)
    assert timedelta(seconds=570) < ahead <= timedelta(seconds=601)
    assert parsedate_to_datetime(await told("past")) < datetime.now(UTC) - timedelta(hours=23)
    assert await told("absurd") in ("-1", "99999999999", "1.5", "soon", "0x10", "")


async def test_busy_and_a_refusal_without_a_reason_do_nothing(at: At) -> None:
    case = await at.born()
    for mode, status in (("busy", None), ("business_error", 200)):
        await at.switch(**{mode: True})
        reply = await at.post(await at.accept(case))
        assert status in (None, reply.status_code)
        assert not at.good(reply)
        assert await at.status(case) == "ASSIGNED"
        assert (await at.journal())[-1]["faults"] == [mode]


async def test_the_rate_limit_counts_a_minute(at: At, monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = 500.0
    monkeypatch.setattr(at.twin.faults, "_monotonic", lambda: seconds)
    await at.switch(rate_limit=2)
    assert [at.good(await at.post(await at.read())) for _ in range(3)] == [True, True, False]
    seconds += 60
    assert at.good(await at.post(await at.read()))


# ---- after the work -----------------------------------------------------------------------------------------


async def test_drop_after_commit_loses_the_answer_of_what_took_effect_only(at: At) -> None:
    case = await at.born()
    await at.switch(drop_after_commit=True)
    assert at.good(await at.post(await at.read())), "a read has no effect to lose"
    message = await at.accept(case)
    with pytest.raises(httpx.RemoteProtocolError):
        await at.post(message)
    assert await at.status(case) == "ACCEPTED"
    entry = (await at.journal())[-1]
    assert (entry["status"], entry["faults"], entry["effect"]) == (None, ["drop_after_commit"], True)


async def test_lose_first_takes_the_first_reply_of_each_create_and_no_other(at: At) -> None:
    await at.switch(lose_first="creates")
    for number in (1, 2):
        own_code = f"000.00.00.H56-261118-0000{number}"
        with pytest.raises(httpx.RemoteProtocolError):
            await at.post(await at.create(own_code))
        again = await at.post(await at.create(own_code))
        assert again.status_code == 200, "the second try is told that it exists"
    case = await at.born()
    assert at.good(await at.post(await at.accept(case))), "no create"
    found = await at.effects()
    assert sorted(row["creates"] for row in found["cases"]) == [0, 1, 1]
    assert found["repeated"] == []
    struck = [entry["faults"] for entry in await at.journal() if entry["effect"]]
    assert struck == [["lose_first"], ["lose_first"], []]


async def test_lose_first_of_all_writes_strikes_each_kind_of_act_once(at: At) -> None:
    case = await at.born()
    await at.switch(lose_first="writes")
    with pytest.raises(httpx.RemoteProtocolError):
        await at.post(await at.accept(case))
    assert (await at.post(await at.accept(case))).status_code == 200


async def test_a_call_that_a_gateway_sends_twice_takes_effect_once(at: At) -> None:
    case = await at.born()
    await at.switch(call_twice=True)
    reply = await at.post(await at.accept(case))
    assert at.good(reply)
    assert await at.status(case) == "ACCEPTED"
    [row] = (await at.effects())["cases"]
    assert (row["case"], row["acts"], row["repeated"]) == (case, 1, [])
    entry = (await at.journal())[-1]
    assert (entry["outcome"], entry["effect"]) in (("repeat", True), ("duplicate", True))


async def test_slow_waits_after_the_work(at: At) -> None:
    case = await at.born()
    await at.switch(slow=True, slow_s=30)
    at.http.timeout = httpx.Timeout(10, read=0.5)
    with pytest.raises(httpx.ReadTimeout):
        await at.post(await at.accept(case))
    at.http.timeout = httpx.Timeout(10)
    assert await at.status(case) == "ACCEPTED"


async def test_latency_is_waited_before_the_work(at: At) -> None:
    await at.switch(latency_s=0.15)
    began = time.monotonic()
    assert at.good(await at.post(await at.read()))
    assert time.monotonic() - began >= 0.15


async def test_a_drip_comes_in_ten_pieces_and_a_trickle_byte_by_byte(at: At) -> None:
    plain = (await at.post(await at.read())).content
    await at.switch(slow_drip=True, drip_s=0.02)
    began = time.monotonic()
    dripped = (await at.post(await at.read())).content
    assert time.monotonic() - began >= 0.15
    assert len(dripped) == len(plain)
    await at.switch(trickle=True, trickle_s=0.02)
    async with at.socket() as (reader, writer):
        writer.write((await at.read()).raw())
        await reader.readuntil(b"\r\n\r\n")
        pieces = [await reader.readuntil(b"\r\n") for _ in range(8)]
    assert pieces[::2] == [b"1\r\n"] * 4, "chunks of one byte"


async def test_a_truncated_body_is_shorter_than_it_says(at: At) -> None:
    case = await at.born()
    await at.switch(truncated_body=True)
    head, _, body = (await at.bytes_of(await at.accept(case))).partition(b"\r\n\r\n")
    said = next(int(row[16:]) for row in head.split(b"\r\n") if row.lower().startswith(b"content-length: "))
    assert len(body) == said // 2
    with pytest.raises(httpx.RemoteProtocolError):
        await at.post(await at.read())
    assert await at.status(case) == "ACCEPTED"


async def test_a_malformed_body_is_cut_in_half_and_says_so_in_its_length(at: At) -> None:
    plain = await at.post(await at.read())
    await at.switch(malformed_body=True)
    reply = await at.post(await at.read())
    assert reply.status_code == 200
    assert plain.content.startswith(reply.content[:20])
    assert abs(len(reply.content) - len(plain.content) // 2) < 3


async def test_a_wrong_charset_is_no_utf_8_under_that_name(at: At) -> None:
    await at.switch(wrong_charset=True)
    for message in (await at.read(), await at.listing()):
        reply = await at.post(message)
        assert reply.headers["content-type"].endswith("charset=utf-8")
        with pytest.raises(UnicodeDecodeError):
            reply.content.decode()


async def test_a_wrong_content_type_is_a_label_on_good_bytes(at: At) -> None:
    await at.switch(wrong_content_type=True)
    reply = await at.post(await at.read())
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    assert at.good(reply)


async def test_a_huge_reply_goes_on_beyond_the_given_size(at: At) -> None:
    await at.switch(huge_reply=True, huge_bytes=300_000)
    reply = await at.post(await at.read())
    assert len(reply.content) > 300_000
    assert at.good(reply), "white space at the end is lawful"


async def test_a_huge_reply_stops_when_nobody_reads_any_more(at: At) -> None:
    await at.switch(huge_reply=True, huge_bytes=10**12)
    async with at.http.stream("POST", at.base + (await at.read()).path) as reply:
        async for _ in reply.aiter_raw():
            break
    await at.switch()
    assert at.good(await at.post(await at.read()))


async def test_a_reply_twice_is_the_same_bytes_again(at: At) -> None:
    case = await at.born()
    await at.switch(reply_twice=True)
    async with at.socket() as (reader, writer):
        writer.write((await at.accept(case)).raw())
        first = await _response(reader)
        assert await _response(reader) == first
    assert b" 200 OK" in first
    [row] = (await at.effects())["cases"]
    assert row["acts"] == 1


async def _response(reader: asyncio.StreamReader) -> bytes:
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
    size = next(row for row in head.lower().split(b"\r\n") if row.startswith(b"content-length: "))
    return head + await asyncio.wait_for(reader.readexactly(int(size[16:])), 5)


async def test_a_skewed_clock_shows_in_the_date_of_every_answer(at: At) -> None:
    await at.switch(clock_skew_s=-120)
    behind = datetime.now(UTC) - parsedate_to_datetime((await at.post(await at.read())).headers["date"])
    assert timedelta(seconds=115) < behind < timedelta(seconds=150)


async def test_faults_may_be_kept_to_some_services(at: At) -> None:
    read = await at.read()
    name = "LayDanhMucLinhVuc" if isinstance(at, NationalLine) else "GetCatalog"
    await at.switch(http_503=True, fault_services=["login"])
    assert at.good(await at.post(read))
    await at.switch(http_503=True, fault_services=[name])
    assert (await at.post(await at.read())).status_code == 503


# ---- lists --------------------------------------------------------------------------------------------------


async def test_lists_at_a_bad_moment(at: At) -> None:
    born = [await at.born() for _ in range(6)]

    async def told(**switches: bool) -> list[str]:
        await at.switch(**switches)
        return at.listed(await at.post(await at.listing()))

    assert await told() == born
    assert await told(empty_list=True) == []
    omitted = await told(omit_rows=True)
    assert (len(omitted), set(omitted) < set(born)) == (4, True)
    assert sorted(await told(duplicate_rows=True)) == sorted([*born, born[0], born[3]])
    shuffled = await told(reorder=True)
    assert (sorted(shuffled), shuffled != born) == (sorted(born), True)
    shifted = await told(shifting_list=True)
    assert (len(shifted), len(set(shifted))) == (6, 5), "one row twice in the place of another"
    assert (await at.journal())[-1]["faults"] == ["shifting_list"]


# ---- credentials --------------------------------------------------------------------------------------------


async def test_a_rotated_password_is_refused_from_now_on() -> None:
    async with line(NATIONAL, other_passwords=("mat-khau-moi",)) as at:
        old, new = (
            {"username": "000.00.00.H56", "password": word} for word in ("mat-khau-thu", "mat-khau-moi")
        )

        async def works(body: dict[str, str]) -> bool:
            return "session" in (await at.http.post(f"{at.base}/mapi/login", json=body)).json()

        assert (await works(old), await works(new)) == (True, True)
        await at.control("PATCH", "profile", {"valid_passwords": [1]})
        assert (await works(old), await works(new)) == (False, True)
