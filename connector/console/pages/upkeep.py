"""What administrators and auditors look at now and then: the recorded contracts, and what is kept for how long."""

from dataclasses import dataclass
from datetime import datetime

from connector.console.visit import Visit
from connector.services.contract import view
from connector.store.contracts import Check, Drift
from connector.sync import retention
from connector.sync.retention import PurgeEntry, RetentionPlan

PURGES = 100
REFRESH_S = 5


@dataclass(frozen=True, kw_only=True)
class PartLine:
    """The version in force of one part of a contract."""

    part: str
    number: int
    lines: int
    digest: str
    at: datetime
    actor: str
    basis: str | None


@dataclass(frozen=True, kw_only=True)
class DriftLine:
    """One difference, and how many writes it holds."""

    drift: Drift
    held: int


@dataclass(frozen=True, kw_only=True)
class ContractLine:
    """One system. ``review``: the code that an approval by command has to name."""

    system: str
    check: Check | None
    parts: tuple[PartLine, ...]
    drifts: tuple[DriftLine, ...]
    review: str


@dataclass(frozen=True, kw_only=True)
class ContractsPage:
    """All systems."""

    rows: tuple[ContractLine, ...]


async def contracts(visit: Visit) -> ContractsPage:
    """How each system's contract stands beside what was recorded."""
    found = [await view(visit.site.db, name) for name in sorted(visit.site.settings.systems)]
    return ContractsPage(
        rows=tuple(
            ContractLine(
                system=one.system,
                check=one.check,
                parts=tuple(
                    PartLine(
                        part=part.part,
                        number=part.number,
                        lines=len(part.lines),
                        digest=part.digest,
                        at=part.at,
                        actor=part.actor,
                        basis=part.basis,
                    )
                    for part in one.versions
                ),
                drifts=tuple(DriftLine(drift=drift, held=one.held.get(drift.id, 0)) for drift in one.drifts),
                review=one.review,
            )
            for one in found
        )
    )


@dataclass(frozen=True, kw_only=True)
class RetentionPage:
    """What is over its period, as it was counted last, and what was removed. ``plan``: None while it is counted."""

    plan: RetentionPlan | None
    counted_at: datetime | None
    purges: tuple[PurgeEntry, ...]


async def kept(visit: Visit) -> RetentionPage:
    """Every class of data with its period. Removes nothing."""
    plan, counted_at = await visit.site.due.newest()
    return RetentionPage(
        plan=plan,
        counted_at=counted_at,
        purges=tuple(await retention.report(visit.site.db, most=PURGES)),
    )


def live(page: RetentionPage) -> int | None:
    """How soon there may be a count."""
    return REFRESH_S if page.plan is None else None
