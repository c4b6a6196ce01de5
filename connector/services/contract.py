"""What a person sees of the recorded contracts, and the approval of a new version exactly as it was shown."""

from collections.abc import Mapping
from dataclasses import dataclass

from connector.canonical import digest
from connector.contract.compare import Change
from connector.errors import ContractHold, UserError
from connector.ledger.entry import EntryKind
from connector.services.officers import Decision
from connector.store import contracts
from connector.store.contracts import Check, Drift, Version
from connector.store.database import Connection, Database
from connector.sync.agreement import let_go
from connector.sync.context import Context

CODE_LENGTH = 12


@dataclass(frozen=True, kw_only=True)
class ContractView:
    """One system's contract.

    Attributes:
        versions: in force, by part.
        drifts: what differs and waits for a decision.
        held: number of writes that each difference holds.
        review: what an approval has to name; it changes with anything that is shown.
    """

    system: str
    check: Check | None
    versions: tuple[Version, ...]
    drifts: tuple[Drift, ...]
    held: Mapping[int, int]
    review: str


@dataclass(frozen=True, kw_only=True)
class Approved:
    """What an approval did: versions recorded, differences closed, writes let go."""

    versions: tuple[Version, ...]
    differences: int
    released: int


async def view(db: Database, system: str) -> ContractView:
    """How a system's contract stands."""
    async with db.reading() as conn:
        return await _view(conn, system)


async def _view(conn: Connection, system: str) -> ContractView:
    found = tuple(await contracts.drifts(conn, system))
    looks = await contracts.looks(conn, system)
    shown = [(one.id, one.part, one.path, one.change, one.was, one.now) for one in found]
    lines = {part: digest(dict(lines)) for part, lines in looks.items()}
    return ContractView(
        system=system,
        check=(await contracts.checks(conn)).get(system),
        versions=tuple(await contracts.in_force(conn, system)),
        drifts=found,
        held=await contracts.held_writes(conn, ContractHold.code),
        review=digest([shown, lines])[:CODE_LENGTH],
    )


async def approve(ctx: Context, system: str, decision: Decision, *, seen: str, actor: str) -> Approved:
    """Take what the system shows now as the contract, as it was shown; what was held goes on.

    Raises:
        UserError: nothing differs, or what differs is not what was shown.
    """
    async with ctx.db.unit() as unit:
        found = await _view(unit.conn, system)
        if not found.drifts:
            msg = f"{system}: nothing differs from the recorded contract"
            raise UserError(msg)
        if found.review != seen:
            msg = f"{system}: what differs is not what was shown as {seen}: look again (`phanhoi contract diff {system}`)"
            raise UserError(msg)
        looks, now = await contracts.looks(unit.conn, system), ctx.clock.now()
        adopted = [one for one in found.drifts if _adoptable(one, looks)]
        versions = []
        for part in sorted({one.part for one in adopted}):
            version = await contracts.record(
                unit.conn, system, part, looks[part], at=now, actor=decision.officer, basis=decision.basis
            )
            versions.append(version)
        for state, drifts in (
            ("approved", adopted),
            ("accepted", [d for d in found.drifts if d not in adopted]),
        ):
            ids = [one.id for one in drifts]
            await contracts.close(unit.conn, ids, state=state, actor=decision.officer, at=now)
        released = await let_go(unit, [one.id for one in found.drifts], actor=actor)
        unit.record(
            EntryKind.CONTRACT_APPROVED,
            system=system,
            actor=actor,
            officer_id=decision.officer,
            basis_code=decision.basis,
            differences=len(found.drifts),
            versions=len(versions),
            review_code=seen,
            digest=digest({one.part: one.digest for one in versions}),
        )
        return Approved(versions=tuple(versions), differences=len(found.drifts), released=released)


def _adoptable(drift: Drift, looks: Mapping[str, Mapping[str, str]]) -> bool:
    """Can a version take it over? What cannot be read, or what the mapping demands all the same, is accepted as it is."""
    demanded = drift.change == Change.GONE.value and bool(drift.concern.refs)
    return drift.part in looks and drift.change != Change.UNREADABLE.value and not demanded
