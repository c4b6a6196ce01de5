"""What the time of an answer was spent on: told in its ``Server-Timing`` header."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

SERVER_TIMING = "Server-Timing"


class Spent:
    """Parts of one answer: who asks (``door``), reading the database (``read``), making the page or JSON (``write``)."""

    def __init__(self) -> None:
        self._parts: dict[str, float] = {}

    @contextmanager
    def on(self, part: str) -> Iterator[None]:
        """The block belongs to this part."""
        began = perf_counter()
        try:
            yield
        finally:
            self._parts[part] = self._parts.get(part, 0.0) + perf_counter() - began

    def __str__(self) -> str:
        """As the header has it, in milliseconds."""
        return ", ".join(f"{part};dur={seconds * 1000:.1f}" for part, seconds in self._parts.items())
