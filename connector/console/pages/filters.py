"""Filters of lists that people keep under a name, each for themselves."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from connector.console.access.rights import Right
from connector.console.render import link
from connector.console.visit import Done, Visit
from connector.errors import NotFoundError, UserError
from connector.store import accounts, saved_filters

MOST = 20
"""Of one list: more would be a list to be searched itself."""

LONGEST_NAME, LONGEST_VALUE = 40, 200


@dataclass(frozen=True, kw_only=True)
class Filtered:
    """A list whose filters can be kept: who may see it, and what it can be asked (but for a place in it)."""

    right: Right
    asks: tuple[str, ...]


LISTS: Mapping[str, Filtered] = {
    "cases": Filtered(right=Right.SEE_CASE, asks=("q", "work", "status", "system", "agency", "field")),
    "deliveries": Filtered(right=Right.SEE_FLOW, asks=("state", "system")),
    "quarantine": Filtered(right=Right.SEE_FLOW, asks=("state", "system")),
    "findings": Filtered(
        right=Right.SEE_FLOW, asks=("case", "state", "severity", "kind", "system", "role", "age")
    ),
    "log": Filtered(right=Right.READ_LOG, asks=("kind", "case")),
}


async def save(visit: Visit) -> Done:
    """Keep what is asked of a list under a name; one of the same name is replaced."""
    of, name = visit.given("list"), visit.given("name")
    if of not in LISTS:
        msg = f"list: one of {', '.join(LISTS)}"
        raise UserError(msg)
    visit.demand(LISTS[of].right)
    if not (0 < len(name) <= LONGEST_NAME and name.isprintable()):
        msg = f"name: cần tên, tối đa {LONGEST_NAME} ký tự / a name of at most {LONGEST_NAME} characters is needed"
        raise UserError(msg)
    query = _query(visit.given("query"), LISTS[of].asks)
    async with visit.site.db.unit() as unit:
        # under the account's lock: two at once must not pass the limit together
        await accounts.get(unit.conn, visit.actor, lock=True)
        kept = await saved_filters.listed(unit.conn, visit.actor, of)
        for one in kept:
            if one.name == name:
                await saved_filters.remove(unit.conn, visit.actor, one.id)
        if len([one for one in kept if one.name != name]) >= MOST:
            msg = f"mỗi danh sách lưu tối đa {MOST} bộ lọc; hãy xóa bớt / a list has at most {MOST} saved filters"
            raise UserError(msg)
        number = await saved_filters.add(
            unit.conn, visit.actor, of, name=name, query=query, at=visit.site.ctx.clock.now()
        )
    return Done(to=link(f"/{of}", **query), told="flash.filter_saved", data={"filter": number})


async def forget(visit: Visit) -> Done:
    """Forget one of one's own."""
    number = visit.number("id")
    async with visit.site.db.unit() as unit:
        of = await saved_filters.remove(unit.conn, visit.actor, number)
    if of is None:
        msg = f"không có bộ lọc số {number} / no filter {number} of yours"
        raise NotFoundError(msg)
    return Done(to=f"/{of}", told="flash.filter_forgotten", data={"filter": number})


def _query(text: str, known: tuple[str, ...]) -> dict[str, str]:
    """What is asked, as it stands in an address. Raises ``UserError``: nothing, or what this list cannot be asked."""
    asked = {key: value.strip() for key, value in parse_qsl(text, max_num_fields=20) if value.strip()}
    if not asked or not set(asked) <= set(known) or max(map(len, asked.values())) > LONGEST_VALUE:
        msg = f"query: cần bộ lọc của danh sách này / a filter of this list is needed: {', '.join(known)}"
        raise UserError(msg)
    return asked
