"""What a measurement says: two rates of one run and their ratio. Only the ratio travels between machines."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One line.

    Attributes:
        name: what was measured.
        unit: what is counted.
        count: how many.
        seconds: what the connector took.
        baseline: what it is compared with.
        baseline_seconds: what that took for the same count.
        peak_mb: most memory that it held, where that is part of the promise.
    """

    name: str
    unit: str
    count: int
    seconds: float
    baseline: str
    baseline_seconds: float
    peak_mb: float | None = None

    @property
    def ratio(self) -> float:
        """Share of the baseline's speed: 1 is as fast, 0.5 half as fast."""
        return self.baseline_seconds / self.seconds

    def as_json(self) -> dict[str, Any]:
        """For machines: rates a second and the ratio."""
        return {
            **asdict(self),
            "per_s": round(self.count / self.seconds, 1),
            "baseline_per_s": round(self.count / self.baseline_seconds, 1),
            "ratio": round(self.ratio, 3),
        }

    def __str__(self) -> str:
        """For people."""
        told = self.as_json()
        return (
            f"{self.name}: {told['per_s']:,.0f} {self.unit}/s; {self.baseline}: {told['baseline_per_s']:,.0f}/s;"
            f" ratio {told['ratio']:.2f} (n = {self.count})"
            + (f"; peak {self.peak_mb:,.0f} MB" if self.peak_mb is not None else "")
        )
