"""What the twins saw of a run: their journals are read while it goes on, because they keep only the last calls."""

import asyncio
from collections import Counter
from collections.abc import Iterable
from contextlib import AsyncExitStack, suppress
from typing import Any

from adapters.demo.stage import Addresses
from adapters.life.http import JsonHttp
from connector.clock import Clock
from connector.errors import ConnectorError

EVERY_S = 10.0


class Chronicle:
    """Calls, writes and faults of one twin.

    Attributes:
        calls: by service.
        faults: what struck, by switch.
        writes, took_effect: calls that are meant to change something, and those of them that did.
        missed: entries that the journal had dropped before they were read.
    """

    def __init__(self, name: str, http: JsonHttp) -> None:
        self.name = name
        self._http = http
        self._since = 0
        self.calls: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self.writes = 0
        self.took_effect = 0
        self.missed = 0

    async def work(self) -> None:
        """Read on and on, until cancelled."""
        while True:
            with suppress(ConnectorError):  # busy just now: nothing is lost before the journal is full
                await self.read()
            await asyncio.sleep(EVERY_S)

    async def read(self) -> None:
        """Read what is new."""
        for entry in await self._http.get("/control/journal", {"since": str(self._since)}):
            self.missed += entry["n"] - self._since - 1
            self._since = entry["n"]
            self.calls[entry["service"]] += 1
            self.faults.update(entry["faults"])
            if entry.get("write"):
                self.writes += 1
                self.took_effect += entry["effect"]

    async def repeated(self) -> list[Any]:
        """What took effect more than once, by the twin's own count."""
        effects = await self._http.get("/control/effects")
        return list(effects["repeated"])

    async def turn_off(self, switches: Iterable[str]) -> None:
        """Turn some faults off; the others go on."""
        await self._http.patch("/control/profile", dict.fromkeys(switches, False))

    async def heal(self) -> None:
        """Turn every fault off."""
        await self._http.put("/control/profile", {})


def chronicles(stack: AsyncExitStack, at: Addresses, clock: Clock) -> tuple[Chronicle, Chronicle]:
    """Those of the National and of the Government Portal, until ``stack`` is closed."""

    def one(name: str, url: str) -> Chronicle:
        http = JsonHttp(f"{name}_chronicle", url, clock)
        stack.push_async_callback(http.aclose)
        return Chronicle(name, http)

    return one("national", at.national_control), one("government", at.government_control)


async def repeated_effects(told: Iterable[Chronicle]) -> list[dict[str, Any]]:
    """What took effect more than once at any of them, after the last reading."""
    found = []
    for one in told:
        await one.read()
        found += [{"system": one.name, **row} for row in await one.repeated()]
    return found
