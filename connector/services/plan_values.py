"""The old and new values of one case in a plan: they hold what citizens wrote, so an official reads them for a purpose."""

from dataclasses import dataclass

from connector.case import Privacy
from connector.errors import NotFoundError, PrivacyStop
from connector.ledger.entry import EntryKind
from connector.services.dossier import readable
from connector.services.resync import plan_of
from connector.store import cases, plans
from connector.store.connection import Connection
from connector.store.leaf import Place
from connector.store.plans import KeptStep
from connector.sync.context import Context


@dataclass(frozen=True, kw_only=True)
class ValueLine:
    """One field of one write, as its target tells it now and as it will be."""

    system: str
    field: str
    old: str | None
    new: str | None


@dataclass(frozen=True, kw_only=True)
class StepValues:
    """What a plan would write of one case."""

    plan: str
    step: int
    case_id: int
    values: tuple[ValueLine, ...]


async def step_of_plan(conn: Connection, name: str, number: int) -> tuple[str, KeptStep]:
    """The digest of a plan, and one of its steps.

    Raises:
        NotFoundError: there is none.
    """
    plan = await plan_of(conn, name)
    found = await plans.steps(conn, plan.id, Place(after=number - 1, most=1))
    if not found or found[0].number != number:
        msg = f"plan {plan.digest[:12]} has no step {number}"
        raise NotFoundError(msg)
    return plan.digest, found[0]


async def read_values(ctx: Context, name: str, number: int, *, actor: str, purpose: str) -> StepValues:
    """The values of one step. The reading is committed to the log before they are shown.

    Args:
        name: digest of the plan, or its beginning.
        number: of the step.
        actor: the official's account.
        purpose: a code of :data:`connector.services.dossier.PURPOSES`.

    Raises:
        NotFoundError: no such step, or nobody knows its case yet (any more).
        PrivacyStop: the case is held for a marking of secrecy, or is (or becomes) restricted.
    """
    async with ctx.db.unit() as unit:
        digest, step = await step_of_plan(unit.conn, name, number)
        case_id = step.subject.case_id
        if case_id is None:
            msg = f"the case of step {number} is not known here yet: its values cannot be opened"
            raise NotFoundError(msg)
        await readable(unit.conn, await cases.get(unit.conn, case_id, lock=True), case_id)
        values = tuple(
            ValueLine(system=one.item.system, field=told.field, old=told.old, new=told.new)
            for one in step.items
            for told in one.item.changes
        )
        if any(told.field == "privacy" and Privacy.RESTRICTED in (told.old, told.new) for told in values):
            msg = f"case {case_id} is restricted: nothing of it is shown here"
            raise PrivacyStop(msg)
        unit.record(
            EntryKind.SENDER_READ, actor=actor, case_id=case_id, purpose=purpose, plan=digest, step=number
        )
    return StepValues(plan=digest, step=number, case_id=case_id, values=values)
