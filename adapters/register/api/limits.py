"""A simple brake for readings without a token: so many a minute from one network address."""

from collections import Counter
from datetime import datetime

from adapters.register.refusals import Code, RegisterRefused


class MinuteLimit:
    """Counts in whole minutes, in memory; each process has its own."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._minute = 0
        self._counts: Counter[str] = Counter()

    def count(self, key: str, now: datetime) -> None:
        """Count one request. Raises TOO_MANY above the limit of this minute."""
        minute = int(now.timestamp() // 60)
        if minute != self._minute:
            self._minute, self._counts = minute, Counter()
        self._counts[key] += 1
        if self._counts[key] > self.most:
            raise RegisterRefused(Code.TOO_MANY)
