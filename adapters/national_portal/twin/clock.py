"""The portal's clock: the machine's time, or a virtual one for rehearsals."""

import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


class TwinClock:
    """Tells civil time in Vietnam, to the second, as the wire knows it. ``skew_s``: seconds it is ahead."""

    def __init__(self) -> None:
        self.skew_s = 0.0
        self._offset = timedelta()
        self._frozen: datetime | None = None

    def now(self) -> datetime:
        """The current instant in Asia/Ho_Chi_Minh, cut to the second."""
        current = self._frozen or datetime.now(UTC) + self._offset
        if self.skew_s:
            current += timedelta(seconds=self.skew_s)
        return current.astimezone(ZONE).replace(microsecond=0)

    def set(self, instant: datetime | None, *, frozen: bool = False) -> None:
        """Jump to ``instant`` (None: back to the machine's time) and run on from there, or stand still."""
        if instant is None:
            self._offset, self._frozen = timedelta(), None
            return
        self._offset = instant - datetime.now(UTC)
        self._frozen = instant if frozen else None

    def advance(self, seconds: float) -> None:
        """Move by so many seconds; also back."""
        step = timedelta(seconds=seconds)
        self._offset += step
        if self._frozen is not None:
            self._frozen += step

    @staticmethod
    def monotonic() -> float:
        """Real seconds for session lives and rate limits: they are no civil time."""
        return time.monotonic()
