"""Transport faults (national-portal contract §10.9): decided per call, carried out on the connection.

``fail_next`` modes: ``drop_before`` (closed, nothing happened), ``drop_after_commit`` (it happened, closed without
an answer), ``http_503``, ``html_502``, ``busy`` (an answer, nothing happened), ``session`` (dies before the call),
``slow`` (it happened, the answer comes ``delay_s`` later).
"""

import asyncio
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from starlette.types import Send

from adapters.national_portal.twin.profile import Profile, Share, fail_rules

ANY = "*"
_AFTER_SHOT = ("drop_after_commit", "slow")


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What goes wrong with one call; at most one fault before it and one after it."""

    before: str | None = None
    after: str | None = None
    delay_s: float = 0.0


class Faults:
    """Draws the faults of each call from the profile, the one-shot rules and the rate limit."""

    def __init__(self, profile: Profile, seed: int) -> None:
        self.profile = profile
        self._random = Random(seed)  # noqa: S311 - repeatable faults, not secrets
        self._rules: list[dict[str, Any]] = [dict(rule) for rule in profile.fail_next]
        self._calls: deque[float] = deque()

    def fail_next(self, rules: Any) -> None:
        """Add one-shot rules.

        Raises:
            ProfileError: a rule is not understood.
        """
        self._rules.extend(dict(rule) for rule in fail_rules(rules))

    def rules(self) -> list[Mapping[str, Any]]:
        """One-shot rules that still wait."""
        return [rule for rule in self._rules if rule["times"] > 0]

    def plan(self, service: str, *, write: bool, now: float) -> Plan:
        """Decide for one call. A one-shot rule wins over the shares."""
        shot = self._shot(service, write=write)
        if shot is not None:
            mode, delay = shot
            if mode in _AFTER_SHOT:
                return Plan(after=mode, delay_s=delay)
            return Plan(before=mode, delay_s=delay)
        if self._over_rate(now):
            return Plan(before="rate_limited")
        profile = self.profile
        if profile.fault_services and service not in profile.fault_services:
            return Plan(delay_s=profile.latency_s)
        return self._by_share(write=write)

    def _by_share(self, *, write: bool) -> Plan:
        latency = self.profile.latency_s
        for mode in ("drop_before", "http_503", "html_502", "busy"):
            if self._drawn(mode):
                return Plan(before=mode, delay_s=latency)
        if write and self._drawn("drop_after_commit"):
            return Plan(after="drop_after_commit", delay_s=latency)
        if self._drawn("read_timeout"):
            return Plan(after="read_timeout", delay_s=self.profile.timeout_s)
        garbled = next((m for m in ("slow_drip", "malformed_body", "wrong_charset") if self._drawn(m)), None)
        return Plan(after=garbled, delay_s=latency)

    def _drawn(self, mode: str) -> bool:
        share: Share = getattr(self.profile, mode)
        if isinstance(share, bool):
            return share
        return self._random.random() < share

    def _shot(self, service: str, *, write: bool) -> tuple[str, float] | None:
        for rule in self._rules:
            meant = rule["service"] in (service, ANY)
            if not meant or rule["times"] <= 0 or (rule["mode"] == "drop_after_commit" and not write):
                continue
            rule["times"] -= 1
            return rule["mode"], rule["delay_s"]
        return None

    def _over_rate(self, now: float) -> bool:
        limit = self.profile.rate_limit
        if not limit:
            return False
        while self._calls and self._calls[0] <= now - 60:
            self._calls.popleft()
        if len(self._calls) >= limit:
            return True
        self._calls.append(now)
        return False


async def hang_up(send: Send) -> None:
    """Close the connection without a word, as a dying peer does."""
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is None:
        msg = "this server gives no access to the connection"
        raise RuntimeError(msg)
    transport.abort()
    # the server notices on its next turn; only then may the handler return without an answer
    await asyncio.sleep(0.01)
