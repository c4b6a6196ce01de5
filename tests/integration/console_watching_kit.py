"""A little history to be watched: what charts and the time line of a case are shown of."""

from datetime import timedelta

from connector.errors import Transient
from connector.store import circuits
from connector.sync.history import keep_history
from tests.integration.core_mapping import GOVERNMENT, NATIONAL
from tests.integration.core_world import World, planned


async def lived_through(w: World) -> int:
    """A case with a write that failed once and then arrived, and an hour of a circuit that was open."""
    number = await planned(w, "accepted")
    w.national.fail(Transient("bận"))
    await w.deliver(NATIONAL)
    for state in ("closed", "open", "open", "closed"):
        async with w.db.unit() as unit:
            await circuits.tell(unit.conn, "nút-mẫu", {NATIONAL: state, GOVERNMENT: "closed"}, w.clock.now())
        w.clock.forward(100)
    w.clock.forward(3600)
    await w.deliver(NATIONAL)
    await w.sql(
        "INSERT INTO case_duty VALUES (%s, 90, 'handle', true, false, %s, %s, true)",
        number,
        w.clock.now(),
        w.clock.now() - timedelta(minutes=5),
    )
    await w.sql("UPDATE link SET duties_of = changed_at WHERE system = 'register'")
    await keep_history(w.ctx)
    return number
