"""The person at the connector's keyboard: lets go on what a guard or a refused account holds, and retries what waits.

Only what an operator can do by ``phanhoi resume`` and ``phanhoi quarantine retry``, through the same services. Some faults
wait for a person by design; a run with such faults needs somebody who does what the manual says.
"""

import asyncio
from collections import Counter
from contextlib import suppress

from adapters.twin_kit.program import PORTALS, load_profile
from connector.errors import ConnectorError
from connector.services import control
from connector.store import flows, quarantine
from connector.store.leaf import Place
from connector.sync.context import Context

ACTOR = "soak/person"
REASON = "đã xem số liệu, lỗi do cổng giả lập"
LOOK_EVERY_S = 1.0
NAMELESS = "unreadable-"
"""A list row without a case number: nobody can ask for it, and the next list tells it whole."""
LOOKS_A_ROUND = 5
"""Through what waits the person goes with each fifth look."""
MOST_DOUBLINGS = 8
"""An item is retried a round after it was seen, and each time it fails after twice as many, up to two to the eighth."""

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
    """Looks every second.

    Args:
        retries: also retries the quarantine; without it only what is held is let go on.
    """

    def __init__(self, ctx: Context, *, retries: bool) -> None:
        self._ctx = ctx
        self.retries = retries
        self._looks = 0
        self._rounds = 0
        self._tries: Counter[str] = Counter()
        self._due: dict[str, int] = {}
        self.did: Counter[str] = Counter()

    async def work(self) -> None:
        """Look again and again, until cancelled."""
        while True:
            with suppress(ConnectorError):  # the database is busy, a portal away: at the next look
                await self.look()
            await asyncio.sleep(LOOK_EVERY_S)

    async def look(self) -> None:
        """One look at what is held, and each fifth time at what waits."""
        self._looks += 1
        async with self._ctx.db.reading() as conn:
            held = await flows.pauses(conn)
        for pause in held:
            if await control.resume(self._ctx, pause.scope, actor=ACTOR, reason=REASON):
                self.did[f"resumed {pause.scope}"] += 1
        if self.retries and self._looks % LOOKS_A_ROUND == 0:
            await self._round()

    async def _round(self) -> None:
        self._rounds += 1
        async with self._ctx.db.reading() as conn:
            items = await quarantine.listed(conn, at=Place(most=10_000))
        nameless = [item for item in items if (item.ref or "").startswith(NAMELESS)]
        for item in nameless:
            await control.dismiss(self._ctx, item.id, actor=ACTOR, note="danh sách sau đã kể lại đủ")
            self.did[f"dismissed {item.code}"] += 1
        due = {subject for subject in {item.subject for item in items} if self._is_due(subject)}
        tried = [item for item in items if item.subject in due and item not in nameless]
        await control.retry_each(self._ctx, [item.id for item in tried], actor=ACTOR)
        self.did.update(f"retried {item.code}" for item in tried)

    def begin_anew(self) -> None:
        """What failed so far may go well from now on: everything is tried soon."""
        self._tries.clear()
        self._due.clear()

    def _is_due(self, subject: str) -> bool:
        """Whether it is time to try this one; then the next time is set.

        By subject: one that fails again may be put aside under a new number, and is no new trouble.
        """
        if self._rounds < self._due.setdefault(subject, self._rounds + 1):
            return False
        self._tries[subject] += 1
        self._due[subject] = self._rounds + 2 ** min(self._tries[subject], MOST_DOUBLINGS)
        return True
