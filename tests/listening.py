"""Servers in the test's own loop that are gone when their block ends, with every connection that they took.

A connection that outlives its loop is found by the garbage collector in some later test, which then fails for it.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

PATIENCE_S = 20
"""A guest who is still there so long after the end is a fault of the test."""


@asynccontextmanager
async def listening(talk: Talk, port: int = 0, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """Speak with whoever comes; yields the port. At the end nobody is spoken with any more.

    A guest who says nothing more, or breaks connection or TLS off, ends the talk; a fault of the talk is raised at the end.
    """
    talks: list[asyncio.Task[None]] = []
    over = False

    async def spoken(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, OSError):
            await talk(reader, writer)

    def come(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if over:
            writer.close()
            return
        task = asyncio.create_task(spoken(reader, writer))
        # not within the task: one that is cancelled before its first step never comes to its end
        task.add_done_callback(lambda _: writer.close())
        talks.append(task)

    server = await asyncio.start_server(come, "127.0.0.1", port, ssl=tls)
    async with emptied(server):
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            over = True
            for task in talks:
                task.cancel()
            ends = await asyncio.gather(*talks, return_exceptions=True)
        for end in ends:
            if isinstance(end, Exception):
                raise end


@asynccontextmanager
async def emptied(server: asyncio.Server) -> AsyncIterator[None]:
    """Close a server at the end of the block, and wait until everybody has left."""
    # asked before it is closed: Python 3.11 lets nobody wait who asks later
    left = asyncio.create_task(server.wait_closed())
    await asyncio.sleep(0)
    try:
        yield
    finally:
        # whom the system has let in, but the loop has not yet greeted, would be left on the stairs by a close
        for door in server.sockets:
            asyncio.get_running_loop().remove_reader(door.fileno())
        await asyncio.sleep(0)
        server.close()
        await asyncio.wait_for(left, PATIENCE_S)
