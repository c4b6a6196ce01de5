"""Asking a system for one case."""

import structlog

from connector.errors import ConnectorError, Unreadable
from connector.sync.context import Context
from connector.system import Record

log = structlog.get_logger(__name__)

FETCH = "fetch"
"""Where a case that was asked for and did not come has its problem."""


async def fetch(ctx: Context, name: str, ref: str) -> Record:
    """The case as the system holds it now, through its circuit.

    Raises:
        ConnectorError: what asking ended in; a fault of the adapter with this one case is :class:`Unreadable`.
    """
    try:
        return await ctx.call(name, lambda: ctx.systems[name].fetch(ref))
    except ConnectorError:
        raise
    except Exception as error:  # a fault of the adapter with this one case
        log.exception("fetch_fault", system=name, ref=ref, kind=type(error).__name__)
        msg = f"{FETCH}: {type(error).__name__}"
        raise Unreadable(msg, ref=ref) from None
