"""A TCP relay in front of a server that has no fault switches of its own: counts callers, and loses one reply."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

Connect = Callable[[], Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]


@dataclass
class Cutter:
    """The relay. ``lose`` names what the client must say for its connection to be cut, once."""

    port: int = 0
    callers: int = 0
    lose: bytes | None = None
    after_effect: bool = False

    def next_reply(self, marker: bytes, *, committed: bool) -> None:
        """Cut the connection that says ``marker`` next: after the server has answered, or before it hears of it."""
        self.lose, self.after_effect = marker, committed


@contextlib.asynccontextmanager
async def cutting(connect: Connect, *, counts: bytes | None = None) -> AsyncIterator[Cutter]:
    """Relay to ``connect`` until the block ends; ``counts`` is what a caller says, None counts connections."""
    cutter = Cutter()
    live: set[asyncio.Task[None]] = set()

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        live.add(task)
        cutter.callers += counts is None
        there, back = await connect()
        try:
            await _both_ways(cutter, counts, (reader, writer), (there, back))
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            for end in (writer, back):
                end.transport.abort()
            live.discard(task)

    server = await asyncio.start_server(relay, "127.0.0.1", 0)
    cutter.port = server.sockets[0].getsockname()[1]
    try:
        yield cutter
    finally:
        server.close()
        for task in list(live):
            task.cancel()
        await asyncio.gather(*live, return_exceptions=True)


async def _both_ways(
    cutter: Cutter,
    counts: bytes | None,
    here: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    there: tuple[asyncio.StreamReader, asyncio.StreamWriter],
) -> None:
    silent = asyncio.Event()

    async def up() -> None:
        while chunk := await here[0].read(1 << 20):
            cutter.callers += chunk.count(counts) if counts is not None else 0
            if cutter.lose is not None and cutter.lose in chunk:
                cutter.lose = None
                if not cutter.after_effect:
                    return
                silent.set()
            there[1].write(chunk)
            await there[1].drain()

    async def down() -> None:
        while chunk := await there[0].read(1 << 20):
            if silent.is_set():
                return
            here[1].write(chunk)
            await here[1].drain()

    ways = [asyncio.create_task(up()), asyncio.create_task(down())]
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
