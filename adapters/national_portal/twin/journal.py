"""What was asked of the twin and how it ended: ids and outcomes, never bodies."""

import itertools
from collections import deque
from datetime import datetime
from typing import Any

KEPT = 20_000


class Journal:
    """The last calls, oldest first."""

    def __init__(self) -> None:
        self._entries: deque[dict[str, Any]] = deque(maxlen=KEPT)
        self._numbers = itertools.count(1)

    def add(self, at: datetime, service: str, *, outcome: str, status: int | None, **more: Any) -> None:
        """Note one call. ``status`` is the HTTP status, None if the connection was closed."""
        entry = {"n": next(self._numbers), "at": at.isoformat(), "service": service}
        self._entries.append(entry | {"status": status, "outcome": outcome} | more)

    def entries(self, *, since: int = 0) -> list[dict[str, Any]]:
        """Entries with a number above ``since``."""
        return [entry for entry in self._entries if entry["n"] > since]

    def clear(self) -> None:
        """Forget all; numbers start again."""
        self._entries.clear()
        self._numbers = itertools.count(1)
