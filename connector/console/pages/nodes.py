"""The processes at work: which does what, since when, with which program, and whether it was heard of lately."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from connector.console.visit import Visit
from connector.store import nodes
from connector.store.nodes import Node

REFRESH_S = 10


@dataclass(frozen=True, kw_only=True)
class NodeLine:
    """One process. ``state``: ``living``, or ``silent`` for longer than the others wait before they take over."""

    name: str
    parts: tuple[str, ...]
    version: str
    knows: str
    started_at: datetime
    seen_at: datetime
    state: str


@dataclass(frozen=True, kw_only=True)
class NodesPage:
    """All of them, longest running first.

    Attributes:
        stalled_after_s: seconds of silence after which the others take over.
        missing: parts that no living process has, so that nobody does their work.
        versions: programs of the living; more than one while they are being upgraded.
    """

    rows: tuple[NodeLine, ...]
    stalled_after_s: float
    missing: tuple[str, ...]
    versions: tuple[str, ...]


NEEDED = ("worker", "clock")
"""Parts without which nothing is read or sent."""


async def listed(visit: Visit) -> NodesPage:
    """Read them. Silence is measured by the database's clock, shown by ours."""
    now, patience = visit.site.ctx.clock.now(), visit.site.settings.work.stalled_after_s
    async with visit.site.db.reading() as conn:
        rows = [_line(one, now, patience) for one in await nodes.listed(conn)]
    living = [one for one in rows if one.state == "living"]
    return NodesPage(
        rows=tuple(rows),
        stalled_after_s=patience,
        missing=tuple(part for part in NEEDED if not any(part in one.parts for one in living)),
        versions=tuple(sorted({one.version for one in living})),
    )


def live(page: NodesPage) -> int | None:  # noqa: ARG001  # a process may end at any time
    """How soon the page is out of date."""
    return REFRESH_S


def _line(one: Node, now: datetime, patience: float) -> NodeLine:
    return NodeLine(
        name=one.name,
        parts=one.parts,
        version=one.version,
        knows=one.knows,
        started_at=one.started_at,
        seen_at=now - timedelta(seconds=one.silent_s),
        state="living" if one.silent_s < patience else "silent",
    )
