"""Rebuild a baseline that cannot be trusted: from what both sides tell, and from the writes that certainly took effect."""

from dataclasses import replace

from connector.case import REGISTER
from connector.mapping.intent import IntentKind
from connector.merge import merge
from connector.store import cases, deliveries
from connector.store.cases import CaseRow
from connector.store.database import Unit
from connector.sync.context import Context
from connector.sync.outcome import agree
from connector.sync.settle import rules_of


async def rebuild(ctx: Context, unit: Unit, row: CaseRow, portal: str) -> CaseRow | None:
    """Make the baseline of a pair anew, as if both had just been tied; the row as it is then, None if it stays.

    Where both sides tell another title or content nobody can say what was agreed: it stays, and settling asks a person.
    """
    home, link = row.link(REGISTER), row.link(portal)
    if home is None or home.state is None or link is None or link.state is None:
        return None
    rules = await rules_of(ctx, unit.conn, row.id, portal, outbound=False)
    base = merge(None, home.state, link.state, rules).baseline
    if base is None:
        return None
    done = [one for one in await deliveries.of_case(unit.conn, row.id) if one.state == "done"]
    ours = [one for one in done if {one.target, one.source} == {portal, REGISTER}]
    # what we once appended stays agreed, and revisions never go back: no write is ever made twice
    acts = {one.act_id for one in ours if one.intent is IntentKind.APPEND and one.act_id}
    base = replace(
        base,
        acts=base.acts | acts,
        revision=max([base.revision, *(one.revision for one in ours)]),
    )
    await agree(unit, row.id, portal, base)
    again = await cases.get(unit.conn, row.id, lock=True)
    assert again is not None
    return again
