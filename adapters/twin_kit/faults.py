"""Which fault strikes which call: drawn from the seed, one stream of randomness for each switch.

So the same seed and order of calls give the same faults, and turning one switch shifts no other. With everything off a
call costs one comparison.
"""

import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from math import exp
from random import Random
from typing import Any, Final, Generic, TypeVar

from adapters.twin_kit.journal import Effect, trace
from adapters.twin_kit.switches import ANY, Rule, Switches

S = TypeVar("S", bound=Switches)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What goes wrong with one call: at most one fault before the work and one after it.

    ``delay_s`` is how long an ordered fault waits (None: as its switch says), ``latency_s`` what every call waits.
    """

    before: str | None = None
    after: str | None = None
    delay_s: float | None = None
    latency_s: float = 0.0


CALM: Final = Plan()


class Faults(Generic[S]):
    """Draws the faults from the switches, the ordered failures and the rate limit."""

    def __init__(self, profile: S, seed: int, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._seed = seed
        self._monotonic = monotonic
        self.turn(profile)

    def turn(self, profile: S, *, afresh: bool = True) -> None:
        """Turn the switches; ``afresh``: all draws and counters begin again from the seed."""
        if afresh:
            self._streams: dict[str, Random] = {}
            self._lost: set[tuple[str, str]] = set()
            self._calls: deque[float] = deque()
        self.profile = profile
        self._rules = [Rule(**rule) for rule in profile.fail_next]
        self._arm()

    def _arm(self) -> None:
        profile = self.profile
        self._before = [name for name in profile.modes("before") if getattr(profile, name)]
        self._after = [name for name in profile.modes("after") if getattr(profile, name)]
        self._writes_only = profile.writes_only()
        steps = (profile.latency_s, profile.latency_median_s, profile.rate_limit)
        self._calm = not (self._before or self._after or self._rules or any(steps))

    # ---- ordered failures --------------------------------------------------------------------------------------

    def fail_next(self, rule: Any) -> None:
        """Order one more failure.

        Raises:
            ProfileError: it is not understood.
        """
        self._rules.append(Rule.parse(rule, self.profile.modes()))
        self._arm()

    def rules(self) -> list[dict[str, Any]]:
        """Ordered failures that still wait."""
        return [asdict(rule) for rule in self._rules]

    # ---- one call ----------------------------------------------------------------------------------------------

    def plan(self, service: str, *, write: bool) -> Plan:
        """Decide for one call. An ordered failure wins over the rate limit, and that over the shares."""
        if self._calm:
            return CALM
        latency = self._latency()
        rule = self._ordered(service, write=write)
        if rule is not None:
            when = "before" if rule.mode in self.profile.modes("before") else "after"
            return Plan(**{when: rule.mode}, delay_s=rule.delay_s, latency_s=latency)
        limited = self._over_rate()
        named = self.profile.fault_services
        if named and service not in named:
            return Plan(before="busy" if limited else None, latency_s=latency)
        # every stream moves on with every call, whether or not another fault strikes it
        failing = [name for name in self._before if self._drawn(name)]
        suffering = [
            name for name in self._after if (write or name not in self._writes_only) and self._drawn(name)
        ]
        if limited:
            return Plan(before="busy", latency_s=latency)
        if failing:
            return Plan(before=failing[0], latency_s=latency)
        return Plan(after=suffering[0] if suffering else None, latency_s=latency)

    def loses_reply(self, effects: Iterable[Effect]) -> bool:
        """True if ``lose_first`` means one of these effects: the first of its kind on its case."""
        wanted = self.profile.lose_first
        if wanted is None:
            return False
        first = {
            (effect.kind, effect.case)
            for effect in effects
            if effect.kind == "create" or (wanted == "writes" and effect.case)
        } - self._lost
        self._lost |= first
        return bool(first)

    def strikes(self, name: str) -> bool:
        """True if the switch strikes this time."""
        return bool(getattr(self.profile, name)) and self._drawn(name) and _struck(name)

    def picks(self, name: str, case_id: int) -> bool:
        """True if the switch means this case, this time."""
        value = getattr(self.profile, name)
        if value is False:
            return False
        if value is True or isinstance(value, float):
            return self._drawn(name) and _struck(name)
        meant = case_id in value if isinstance(value, list) else case_id % value == 0
        return meant and _struck(name)

    def stream(self, name: str) -> Random:
        """The randomness of one switch."""
        found = self._streams.get(name)
        if found is None:
            found = self._streams[name] = Random(f"{self._seed}/{name}")  # noqa: S311 - repeatable, not secret
        return found

    # ---- parts of a decision -----------------------------------------------------------------------------------

    def _drawn(self, name: str) -> bool:
        value = getattr(self.profile, name)
        return value if isinstance(value, bool) else self.stream(name).random() < value

    def _latency(self) -> float:
        median = self.profile.latency_median_s
        if not median:
            return self.profile.latency_s
        drawn = median * exp(self.stream("latency").gauss(0.0, self.profile.latency_sigma))
        return self.profile.latency_s + drawn

    def _ordered(self, service: str, *, write: bool) -> Rule | None:
        for rule in self._rules:
            if rule.service not in (service, ANY) or (rule.mode in self._writes_only and not write):
                continue
            rule.times -= 1
            if rule.times == 0:
                self._rules.remove(rule)
                self._arm()
            return rule
        return None

    def _over_rate(self) -> bool:
        limit = self.profile.rate_limit
        if not limit:
            return False
        now = self._monotonic()
        while self._calls and self._calls[0] <= now - 60:
            self._calls.popleft()
        if len(self._calls) >= limit:
            return True
        self._calls.append(now)
        return False


def _struck(name: str) -> bool:
    """Note in the call's trace that the fault struck; always true."""
    faults = trace().faults
    if name not in faults:
        faults.append(name)
    return True
