"""The control API: citizens and the portal's officials over JSON, plus dump, queue and health."""

from collections.abc import Callable, Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request

from adapters.government_portal.twin import intake
from adapters.government_portal.twin.dump import dump_case, dump_item
from adapters.government_portal.twin.state import PortalCase
from adapters.government_portal.twin.world import World
from adapters.twin_kit.control import BadRequest, Created, Missing, control_app, number_of, read_object


def control_of(world: World) -> Starlette:
    """The control port of a twin."""
    control = _Control(world)
    return control_app(
        world,
        [
            ("POST", "/control/cases", control.create),
            ("GET", "/control/cases", control.cases),
            ("GET", "/control/cases/{case_id}", control.case),
            ("POST", "/control/cases/{case_id}/{event}", control.event),
            ("GET", "/control/queue", control.queue),
            ("GET", "/control/health", control.health),
        ],
    )


class _Control:
    """The requests that only this twin has."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def create(self, request: Request) -> Any:
        """A citizen files a case; the portal forwards it to the agency at once."""
        case = intake.new_case(self.world, await read_object(request))
        self.world.desk.deeds.open_case(case)
        self.world.effects.touch(case.id)
        return Created(id=case.id)

    async def cases(self, request: Request) -> Any:
        """Full dump of every case; ``?since=n`` of those that changed after change n, with the number to ask by next."""
        since, cases = number_of(request, "since"), self.world.portal.cases
        if since is None:
            return [dump_case(case) for case in cases.values()]
        effects = self.world.effects
        return {"cases": [dump_case(cases[name]) for name in effects.touched(since)], "next": effects.last}

    async def case(self, request: Request) -> Any:
        """Full dump of one case."""
        return dump_case(self._case(request))

    async def event(self, request: Request) -> Any:
        """One deed of a citizen or of the portal's office."""
        case = self._case(request)
        deed = _DEEDS.get(request.path_params["event"])
        if deed is None:
            msg = f"no such event; one of {', '.join(sorted(_DEEDS))}"
            raise Missing(msg)
        more = deed(self.world, case, await read_object(request))
        self.world.effects.touch(case.id)
        return {"id": case.id, "status": case.status, **(more or {})}

    async def queue(self, request: Request) -> Any:
        """Queue items; ``?all=1`` with the confirmed ones."""
        portal = self.world.portal
        items = portal.items if request.query_params.get("all") else portal.pending
        return [dump_item(item) for item in items.values()]

    async def health(self, request: Request) -> Any:
        """Proof of life, with counts."""
        del request
        portal, seen = self.world.portal, self.world.journal.entries()
        return {
            "ok": True,
            "portal": "government",
            "seed": self.world.seed,
            "now": portal.now().isoformat(),
            "cases": len(portal.cases),
            "pending": len(portal.pending),
            "requests": len(seen),
            "answers_outside_schema": sum("answer_schema" in entry for entry in seen),
            "crashes": sum("crash" in entry for entry in seen),
        }

    def _case(self, request: Request) -> PortalCase:
        case = self.world.portal.cases.get(request.path_params["case_id"])
        if case is None:
            msg = "no such case"
            raise Missing(msg)
        return case


# ---- events -------------------------------------------------------------------------------------------------

_Deed = Callable[[World, PortalCase, Mapping[str, Any]], dict[str, Any] | None]


def _supplement(world: World, case: PortalCase, data: Mapping[str, Any]) -> None:
    world.desk.deeds.supplement(case, intake.need(data, "text"), intake.files(world, data, "EVIDENCE"))


def _publish(world: World, case: PortalCase, data: Mapping[str, Any]) -> None:
    world.desk.deeds.publish(case, anyway=world.desk.profile.publish_anyway or data.get("force") is True)


def _unpublish(world: World, case: PortalCase, data: Mapping[str, Any]) -> None:  # noqa: ARG001
    world.desk.deeds.unpublish(case)


def _rework(world: World, case: PortalCase, data: Mapping[str, Any]) -> None:
    world.desk.deeds.rework(case, intake.need(data, "reason"))


def _recall(world: World, case: PortalCase, data: Mapping[str, Any]) -> None:
    world.desk.deeds.recall(case, intake.need(data, "reason"))


def _rate(world: World, case: PortalCase, data: Mapping[str, Any]) -> None:
    like = data.get("like")
    if not isinstance(like, bool):
        msg = "like: true or false"
        raise BadRequest(msg)
    world.desk.deeds.rate(case, like=like, comment=intake.text(data, "comment"))


def _remind(world: World, case: PortalCase, data: Mapping[str, Any]) -> None:
    world.desk.deeds.remind(case, intake.need(data, "text"))


def _change_due(world: World, case: PortalCase, data: Mapping[str, Any]) -> None:
    due_at = intake.instant(data, "due_at")
    if due_at is None:
        msg = "due_at is missing"
        raise BadRequest(msg)
    world.desk.deeds.change_due(case, due_at)


def _transfer(world: World, case: PortalCase, data: Mapping[str, Any]) -> dict[str, Any]:
    other = world.desk.deeds.transfer(case, intake.agency(world, data), intake.need(data, "reason"))
    return {"new_id": other.id}


def _close(world: World, case: PortalCase, data: Mapping[str, Any]) -> None:  # noqa: ARG001
    world.desk.deeds.close(case)


def _hand_out(world: World, case: PortalCase, data: Mapping[str, Any]) -> None:  # noqa: ARG001
    world.desk.deeds.echo(case)


_DEEDS: Mapping[str, _Deed] = {
    "supplement": _supplement,
    "publish": _publish,
    "unpublish": _unpublish,
    "rework": _rework,
    "recall": _recall,
    "rate": _rate,
    "remind": _remind,
    "change_due": _change_due,
    "transfer": _transfer,
    "close": _close,
    "hand_out": _hand_out,
}
