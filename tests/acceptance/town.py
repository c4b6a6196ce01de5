"""A town to break: register and both twins as real programs, a door before the national portal, people who act."""

import select
import socket
import threading
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from adapters.demo.stage import Addresses, Stage
from adapters.life.compare import compare
from adapters.life.faces import PortalFace, RegisterFace, RegisterTokens
from adapters.life.http import JsonHttp
from adapters.life.play import Player, PlayOptions
from adapters.life.script import GOVERNMENT, NATIONAL, REGISTER, Expect, Story
from adapters.life.story import story
from adapters.life.verdict import Comparison
from connector.clock import SystemClock
from connector.errors import Unreachable
from tests.acceptance.kit import Done, Running, environment, phanhoi, until

BRISK = """
[systems.national_portal.transport]
tries = 1
breaker_failures = 3
breaker_reset_s = 1
"""
"""So that the return of a portal is noticed in test time."""


class Door:
    """A TCP door: while it is shut, connections to the server behind it are refused, as if it were gone.

    While it is jammed, they stand and carry nothing back: what was asked for may be done, and nobody hears of it.
    """

    def __init__(self, host: str, port: int) -> None:
        self._behind = (host, port)
        self._lock = threading.Lock()
        self._pairs: list[socket.socket] = []
        self._listener: socket.socket | None = None
        self.port = 0
        self.is_shut = True
        self._jammed = False
        self.open()

    def jam(self) -> None:
        """From now on every answer is lost, and no connection ends."""
        self._jammed = True

    def open(self) -> None:
        """Let people in, on the same port as before."""
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self.port = self._listener.getsockname()[1]
        self.is_shut = self._jammed = False
        threading.Thread(target=self._welcome, args=(self._listener,), daemon=True).start()

    def shut(self) -> None:
        """Refuse everybody and throw out those inside."""
        assert self._listener is not None
        self.is_shut = True
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for one in self._pairs:
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
            self._pairs.clear()

    def _welcome(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                guest, _ = listener.accept()
                threading.Thread(target=self._carry, args=(guest,), daemon=True).start()

    def _carry(self, guest: socket.socket) -> None:
        with suppress(OSError), guest, socket.create_connection(self._behind) as server:
            with self._lock:
                self._pairs += [guest, server]
            other = {guest: server, server: guest}
            while True:
                for one in select.select([guest, server], [], [])[0]:
                    data = one.recv(65536)
                    if not data:
                        return
                    if one is guest or not self._jammed:
                        other[one].sendall(data)


class Town:
    """Register and twins that live as long as the test module; each test brings its own connector."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.at: Addresses = stage.furnish()
        national = urlsplit(self.at.national)
        assert national.hostname is not None
        assert national.port is not None
        self.door = Door(national.hostname, national.port)
        text = stage.config.read_text("utf-8")
        text = text.replace(
            self.at.national, self.at.national.replace(str(national.port), str(self.door.port))
        )
        stage.config.write_text(text + BRISK, encoding="utf-8")

    def environment(self, **changed: str) -> dict[str, str]:
        """The connector's secrets, and what a test says otherwise; an empty text hides what the secrets folder says."""
        return {**environment(), **self.stage.secrets(), **changed}

    def phanhoi(self, *arguments: str | Path, env: Mapping[str, str] | None = None) -> Done:
        """A command of the operator's."""
        done = phanhoi(
            "--config", self.stage.config, *arguments, cwd=self.stage.folder, env=env or self.environment()
        )
        assert "Traceback" not in done.err, done.err
        return done

    def told(self, *arguments: str | Path) -> Any:
        """What a read command says, as JSON."""
        done = self.phanhoi(*arguments, "--json")
        assert done.status == 0, done.err
        return done.json

    def system(self, name: str) -> dict[str, Any]:
        """One system's row in ``phanhoi status``."""
        (row,) = [one for one in self.told("status")["systems"] if one["name"] == name]
        return dict(row)

    def start(self, folder: Path, name: str = "daemon", env: Mapping[str, str] | None = None) -> Running:
        """A connector; it may fail."""
        options = ("--config", self.stage.config, "daemon", "--ready-file", folder / f"{name}.ready")
        return Running(folder, name, *options, env=env or self.environment())

    def connector(self, folder: Path, name: str = "daemon", env: Mapping[str, str] | None = None) -> Running:
        """A connector that is at work."""
        running = self.start(folder, name, env)
        ready = folder / f"{name}.ready"
        until(ready.exists, "the connector is ready", while_runs=running)
        return running

    @asynccontextmanager
    async def people(self, stories: Sequence[Story]) -> AsyncIterator["People"]:
        """Citizens and officials who live these stories."""
        clock = SystemClock()
        async with AsyncExitStack() as stack:

            def face(system: str, url: str) -> PortalFace:
                http = JsonHttp(system, url, clock)
                stack.push_async_callback(http.aclose)
                return PortalFace(system, http, clock)

            register = RegisterFace(self.at.register, RegisterTokens(**self.at.tokens), clock)
            stack.push_async_callback(register.aclose)
            yield People(
                Player(
                    stories,
                    register=register,
                    national=face(NATIONAL, self.at.national_control),
                    government=face(GOVERNMENT, self.at.government_control),
                    clock=clock,
                    options=PlayOptions(tick_s=0.3),
                )
            )


class People:
    """Stories under way."""

    def __init__(self, player: Player) -> None:
        self.player = player

    async def look(self) -> Comparison:
        """Act where one can act now, and compare the three systems' own data."""
        await self.player.tick()
        return compare(self.player.stories, await self.player.world())

    async def change(self, stories: Sequence[Story]) -> None:
        """Where the stories were born, change what they no longer say as they began, if no step of theirs does it."""
        world = await self.player.world()
        for before, now in zip(self.player.stories, stories, strict=True):
            if now == before or now.steps != before.steps:
                continue
            face, case = self.player.faces[now.birth], world.by_key(now.birth)[now.key][0]
            if isinstance(face, RegisterFace):
                for file in now.files[len(before.files) :]:
                    await face.keep(case, file, role="question")
            elif isinstance(face, PortalFace):
                await face.correct(case, content=now.content, private=now.private)

    async def until_settled(self, portal: str | None = None, *, daemon: Running) -> Comparison:
        """Live until the stories (of one portal) have ended and the systems agree on them."""
        clock = self.player.clock
        end = time.monotonic() + max(90, 5 * len(self.player.stories))
        wanted = {one.number for one in self.player.stories if portal in (None, one.portal)}
        while True:
            seen = None
            with suppress(Unreachable):  # the system itself may have been struck: it is asked again
                seen = await self.look()
            if seen is not None and not wanted & {fault.story for fault in seen.differences}:
                return seen
            assert time.monotonic() < end, (self.player.progress, seen and seen.differences, daemon.err)
            assert daemon.process.poll() is None, daemon.err
            await clock.sleep(0.3)


def stories(seed: int, *, national: int = 0, government: int = 0, upward: int = 0) -> list[Story]:
    """Short stories that must end equal on both sides; a seed of its own keeps each test's cases apart.

    ``upward``: so many are born in the register and go up to the national portal.
    """
    wanted = {(NATIONAL, False): national, (GOVERNMENT, False): government, (NATIONAL, True): upward}
    found: list[Story] = []
    number = 0
    while any(wanted.values()):
        number += 1
        one = story(seed, number)
        kind = (one.portal or "", one.birth == REGISTER)
        if one.expect is Expect.SYNCED and wanted.get(kind) and _short(one):
            wanted[kind] -= 1
            found.append(one)
    return found


def _short(one: Story) -> bool:
    return 0 < len(one.steps) <= 6 and not any(step.wait_s for step in one.steps)
