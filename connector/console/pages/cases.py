"""The list of cases, one case explained, and who sent it."""

from collections.abc import Mapping
from dataclasses import dataclass

from connector.case import Status
from connector.console.access.rights import RIGHTS, Right, Role
from connector.console.render import by_name
from connector.console.visit import Done, Shown, Visit
from connector.errors import UserError
from connector.services import control
from connector.services.dossier import PURPOSES, Dossier, dossier, read_sender
from connector.store import case_list, saved_filters
from connector.store.case_list import WORK, Listed, Search
from connector.store.leaf import leaf
from connector.store.saved_filters import SavedFilter
from connector.text.keys import accent_free
from connector.texts import CATALOGUE

PAGE = 50
LEAST_WORDS = 3
"""Characters from which on a search also looks at names of agencies, fields and states."""


@dataclass(frozen=True, kw_only=True)
class CasesPage:
    """The list. ``older``, ``newer``: where the next page and the one before begin; ``choices``: of each facet."""

    rows: tuple[Listed, ...]
    asked: dict[str, str]
    older: int | None
    newer: int | None
    saved: tuple[SavedFilter, ...]
    choices: dict[str, tuple[str, ...]]
    meant: tuple[str, ...]


async def cases(visit: Visit) -> CasesPage:
    """The newest cases that match what was asked."""
    choices = _choices(visit)
    name = visit.asked("q")
    agencies, fields, statuses = _meant(visit, name)
    search = Search(
        name=name,
        agencies=agencies,
        fields=fields,
        statuses=statuses,
        agency=visit.asked_of("agency", choices["agency"]),
        field=visit.asked_of("field", choices["field"]),
        status=visit.asked_of("status", choices["status"]),
        system=visit.asked_of("system", choices["system"]),
        work=visit.asked_of("work", choices["work"]),
        within=visit.within,
        at=visit.place(PAGE),
    )
    async with visit.site.db.reading() as conn:
        found = leaf(await case_list.find(conn, search), lambda one: one.id, search.at, falling=True)
        saved = await saved_filters.listed(conn, visit.actor, "cases")
    return CasesPage(
        rows=found.rows,
        asked={key: value for key in ("q", *choices) if (value := visit.asked(key))},
        older=found.before,
        newer=found.after,
        saved=saved,
        choices=choices,
        meant=(*agencies, *fields, *statuses),
    )


def _choices(visit: Visit) -> dict[str, tuple[str, ...]]:
    names = visit.site.names
    agencies = visit.within or (one.canonical for one in names.agencies.agencies)
    return {
        "work": WORK,
        "status": tuple(Status),
        "system": tuple(sorted(visit.site.settings.systems)),
        "agency": by_name(agencies, names.agency),
        "field": by_name(names.field_codes, names.field),
    }


def _meant(visit: Visit, typed: str | None) -> tuple[list[str], list[str], list[str]]:
    """Agencies, fields and states whose names hold the words; marks, capitals and blanks do not count."""
    wanted = accent_free(typed or "")
    if len(wanted) < LEAST_WORDS:
        return [], [], []
    names = visit.site.names
    agencies = [one.canonical for one in names.agencies.agencies if wanted in accent_free(one.name_vi)]
    fields = [code for code in names.field_codes if wanted in accent_free(names.field(code))]
    statuses = [
        status.value
        for status in Status
        if any(
            wanted in accent_free(text)
            for text in (CATALOGUE[f"case_status.{status}"].vi, CATALOGUE[f"case_status.{status}"].en)
        )
    ]
    return list(dict.fromkeys(agencies)), fields, statuses


@dataclass(frozen=True, kw_only=True)
class CasePage:
    """One case explained. ``who`` may act on what comes next, where a person has to."""

    file: Dossier
    purposes: tuple[str, ...]
    who: Mapping[str, tuple[str, ...]]


WHO = {
    key: tuple(role.value for role in Role if right in RIGHTS[role])
    for key, right in (
        ("next.person", Right.RETRY),
        ("next.quarantined", Right.RETRY),
        ("next.paused", Right.PAUSE),
    )
}
"""What waits for a person → the roles that may act."""


async def case(visit: Visit) -> CasePage:
    """Explain a case."""
    number = await visit.case_id(visit.path["name"])
    found = await dossier(visit.site.ctx, number, log=Right.READ_LOG in visit.rights)
    return CasePage(file=found, purposes=PURPOSES, who=WHO)


async def sender(visit: Visit) -> Shown:
    """Who sent it, for a stated purpose; the reading is in the log before the page is."""
    number = await visit.numbered_case("id")
    purpose = visit.given("purpose")
    if purpose not in PURPOSES:
        msg = f"purpose: one of {', '.join(PURPOSES)}"
        raise UserError(msg)
    found = await read_sender(visit.site.ctx, number, actor=visit.actor, purpose=purpose)
    return Shown(template="sender.html", model=found)


async def read_again(visit: Visit) -> Done:
    """Have all systems asked about a case now."""
    number = await visit.numbered_case("id")
    await control.sync_now(visit.site.ctx, system=None, case=str(number), actor=visit.actor)
    return Done(to=f"/cases/{number}", told="flash.asked")
