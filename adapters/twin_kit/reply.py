"""An answer, and how it suffers on its way: every fault after the work that is not the connection's own."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field, replace
from email.utils import formatdate
from functools import lru_cache
from random import Random
from time import time
from typing import Any, Final

from starlette.types import Receive, Send

from adapters.twin_kit.server import Echo, close, cycle_of
from adapters.twin_kit.switches import Switches

_PIECE: Final = 64 * 1024
_ENDLESS_PAUSE_S: Final = 0.002
_ABSURD: Final = ("-1", "99999999999", "1.5", "soon", "0x10", "")


@dataclass(frozen=True, kw_only=True)
class Reply:
    """An answer in the making.

    Attributes:
        outcome: one word for the journal; ``facts``: more for the journal, ids and codes only.
        endless: the content is sent over and over, until the other side hangs up.
    """

    content: bytes = b""
    status: int = 200
    media_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    outcome: str = "ok"
    facts: Mapping[str, Any] = field(default_factory=dict)
    endless: bool = False


def page(status: int, *, name: str, outcome: str | None = None) -> Reply:
    """An HTML page of what stands in front of the portal."""
    text = f"<html><head><title>Error {status}</title></head><body><h1>Error {status}</h1><p>{name}</p></body></html>"
    return Reply(
        content=text.encode(),
        status=status,
        media_type="text/html; charset=utf-8",
        outcome=outcome or f"http_{status}",
    )


def retry_after(profile: Switches, stream: Random) -> dict[str, str]:
    """The Retry-After header of a 429 or 503, in the form that the profile asks for; none without ``retry_after_s``."""
    if not profile.retry_after_s:
        return {}
    form = profile.retry_after_form
    if form == "random":
        form = stream.choice(("seconds", "date", "past", "absurd"))
    if form == "absurd":
        return {"Retry-After": stream.choice(_ABSURD)}
    if form == "seconds":
        return {"Retry-After": str(profile.retry_after_s)}
    ahead = profile.retry_after_s if form == "date" else -86_400
    return {"Retry-After": formatdate(time() + profile.clock_skew_s + ahead, usegmt=True)}


def damaged(reply: Reply, mode: str | None) -> Reply:
    """The answer with other bytes or another label; unchanged for a fault of another kind."""
    content = reply.content
    if mode == "malformed_body":
        return replace(reply, content=content[: len(content) // 2])
    if mode == "wrong_charset":
        kind = reply.media_type.partition(";")[0]
        return replace(reply, content=_other_encoding(content), media_type=f"{kind}; charset=utf-8")
    if mode == "wrong_content_type":
        return replace(reply, media_type="text/html; charset=utf-8")
    return reply


def _other_encoding(content: bytes) -> bytes:
    """Windows-1258, the old Vietnamese code page, or at least one byte that UTF-8 never has."""
    told = content.decode("utf-8", "replace").encode("cp1258", "replace")
    try:
        told.decode()
    except UnicodeDecodeError:
        return told
    middle = len(told) // 2
    return told[:middle] + b"\xc0" + told[middle:]


async def deliver(reply: Reply, mode: str | None, profile: Switches, receive: Receive, send: Send) -> None:
    """Send an answer, in the manner of the fault."""
    reply = damaged(reply, mode)
    echo = Echo(send) if mode == "reply_twice" else None
    if mode == "truncated_body":
        await _start(reply, profile, send, size=len(reply.content))
        half = reply.content[: len(reply.content) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
        await close(receive, send)
        return
    pieces = _pieces(reply, mode, profile)
    await _start(reply, profile, send, size=len(reply.content) if pieces is None else None)
    if pieces is not None:
        async for piece in pieces:
            if cycle_of(send).disconnected:
                return
            await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b"" if pieces is not None else reply.content})
    if echo is not None:
        echo.again()


async def _start(reply: Reply, profile: Switches, send: Send, *, size: int | None) -> None:
    told = {
        "Date": _date(int(time() + profile.clock_skew_s)),
        "Content-Type": reply.media_type,
        **reply.headers,
        **({} if size is None else {"Content-Length": str(size)}),
    }
    headers = [(name.lower().encode(), value.encode("latin-1")) for name, value in told.items()]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})


@lru_cache(maxsize=4)
def _date(second: int) -> str:
    return formatdate(second, usegmt=True)


def _pieces(reply: Reply, mode: str | None, profile: Switches) -> AsyncIterator[bytes] | None:
    """The content in pieces; None: in one, with its length told."""
    content = reply.content
    if reply.endless:
        more = (content or b" ") * max(1, _PIECE // max(1, len(content)))
        return _paced(itertools.chain((content,), itertools.repeat(more)), _ENDLESS_PAUSE_S)
    if mode == "slow_drip":
        return _paced(_cut_up(content, max(1, len(content) // 10)), profile.drip_s)
    if mode == "trickle":
        return _paced(_cut_up(content, 1), profile.trickle_s)
    if mode == "huge_reply":
        # white space at the end is lawful JSON and XML: only its size is wrong
        padding = itertools.repeat(b" " * _PIECE, profile.huge_bytes // _PIECE + 1)
        return _paced(itertools.chain((content,), padding), 0)
    return None


def _cut_up(content: bytes, step: int) -> Iterator[bytes]:
    return (content[start : start + step] for start in range(0, len(content), step))


async def _paced(pieces: Iterator[bytes], pause_s: float) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece
        await asyncio.sleep(pause_s)
