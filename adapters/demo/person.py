"""The person at the connector's keyboard: lets go on what a guard or a refused account holds, and retries what waits.

Only commands that an operator has, as processes of their own. Some faults wait for a person by design; a run with such
faults needs somebody who does what the manual says.
"""

import asyncio
import json
import os
import sys
from collections import Counter
from typing import Any

from adapters.demo.stage import Stage
from adapters.twin_kit.program import PORTALS, load_profile

WAITS_FOR_PERSON = frozenset(
    {
        "business_error",
        "dropped_fields",
        "failed_auth",
        "file_404",
        "file_endless",
        "file_hash",
        "html_content",
        "schema_change",
        "unknown_event",
        "unknown_kind",
        "unknown_status",
    }
)
"""Switches whose faults by their nature end with a person: nothing of them may be guessed or repeated blindly."""


def needs_person(profile: str) -> bool:
    """True if the profile has faults that wait for a person."""
    return any(load_profile(profile, portal).get(name) for portal in PORTALS for name in WAITS_FOR_PERSON)


class Person:
    """Looks every few seconds.

    Args:
        retries: also retries the quarantine; without it only what is held is let go on.
        every_s: between two looks; a look that took long is followed by a longer pause.
    """

    def __init__(self, stage: Stage, *, retries: bool, every_s: float) -> None:
        self._stage = stage
        self.retries = retries
        self._every_s = every_s
        self.did: Counter[str] = Counter()

    async def work(self) -> None:
        """Look again and again, until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            await self.look()
            await asyncio.sleep(max(self._every_s, 2 * (loop.time() - began)))

    async def look(self) -> None:
        """One look at what is held and what waits. A command that fails is tried at the next look."""
        status = await self._told("status")
        for pause in status["pauses"] if status else ():
            kind, _, name = str(pause["scope"]).partition(":")
            if kind in ("system", "flow") and await self._phanhoi("resume", f"--{kind}", name) is not None:
                self.did[f"resumed {pause['scope']}"] += 1
        if not self.retries:
            return
        items = await self._told("quarantine", "list")
        if items:
            await self._phanhoi("quarantine", "retry", "--all")
            self.did.update(f"retried {item['code']}" for item in items)

    async def _told(self, *command: str) -> Any:
        out = await self._phanhoi(*command, "--json")
        return None if out is None else json.loads(out)

    async def _phanhoi(self, *command: str) -> bytes | None:
        """Run one command; its standard output, or None if it failed."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "connector.cli", "--config", str(self._stage.config), *command),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={**os.environ, **self._stage.secrets()},
        )
        try:
            out, _ = await process.communicate()
        except asyncio.CancelledError:
            process.kill()
            await process.wait()
            raise
        return out if process.returncode == 0 else None
