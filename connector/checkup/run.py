"""All checks, each system beside the others: the slowest alone decides how long it takes."""

import asyncio

from connector.checkup import database, outlets, receivers, system
from connector.checkup.line import Line
from connector.clock import Clock
from connector.settings import Settings


async def check(settings: Settings, clock: Clock) -> list[Line]:
    """Every line, in the order in which things have to work: database, systems, log, files, receivers."""
    names = [name for name, section in settings.systems.items() if section.enabled]
    found = await asyncio.gather(
        database.lines(settings),
        *(system.lines(settings, name, clock) for name in names),
        outlets.lines(settings, clock),
        receivers.lines(settings, clock),
    )
    return [line for group in found for line in group]
