"""The control API: citizens and the portal's officials over JSON, plus dump, journal, profile and reset."""

from collections.abc import Awaitable, Callable, Mapping
from functools import wraps
from json import JSONDecodeError
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from adapters.government_portal.twin import intake
from adapters.government_portal.twin.deeds import Forbidden
from adapters.government_portal.twin.dump import dump_case, dump_item
from adapters.government_portal.twin.profile import BadProfile
from adapters.government_portal.twin.state import PortalCase
from adapters.government_portal.twin.world import World


class _Missing(LookupError):
    """No such case or event."""


_View = Callable[["_Control", Request], Awaitable[Any]]


def _json(status: int = 200) -> Callable[[_View], _View]:
    """Answer what the view returns as JSON; errors of the three kinds become 404, 409 and 400."""

    def around(view: _View) -> _View:
        @wraps(view)
        async def answer(control: "_Control", request: Request) -> Response:
            try:
                return JSONResponse(await view(control, request), status)
            except _Missing as error:
                return JSONResponse({"error": str(error)}, 404)
            except Forbidden as error:
                return JSONResponse({"error": str(error)}, 409)
            except (intake.Wrong, BadProfile, JSONDecodeError) as error:
                return JSONResponse({"error": str(error)}, 400)

        return answer

    return around


def control_app(world: World) -> Starlette:
    """The control port of a twin."""
    control = _Control(world)
    return Starlette(
        routes=[
            Route("/control/cases", control.create, methods=["POST"]),
            Route("/control/cases", control.cases, methods=["GET"]),
            Route("/control/cases/{case_id}", control.case, methods=["GET"]),
            Route("/control/cases/{case_id}/{event}", control.event, methods=["POST"]),
            Route("/control/queue", control.queue, methods=["GET"]),
            Route("/control/journal", control.journal, methods=["GET"]),
            Route("/control/profile", control.profile, methods=["GET"]),
            Route("/control/profile", control.set_profile, methods=["PUT", "PATCH"]),
            Route("/control/reset", control.reset, methods=["POST"]),
            Route("/control/health", control.health, methods=["GET"]),
        ]
    )


class _Control:
    def __init__(self, world: World) -> None:
        self.world = world

    @_json(201)
    async def create(self, request: Request) -> Any:
        """A citizen files a case; the portal forwards it to the agency at once."""
        data = await intake.read_object(request)
        case = intake.new_case(self.world, data)
        self.world.desk.deeds.open_case(case)
        return {"id": case.id}

    @_json()
    async def cases(self, request: Request) -> Any:  # noqa: ARG002 - views have one shape
        """Full dump of every case."""
        return [dump_case(case) for case in self.world.portal.cases.values()]

    @_json()
    async def case(self, request: Request) -> Any:
        """Full dump of one case."""
        return dump_case(self._case(request))

    @_json()
    async def event(self, request: Request) -> Any:
        """One deed of a citizen or of the portal's office."""
        case = self._case(request)
        deed = _DEEDS.get(request.path_params["event"])
        if deed is None:
            msg = f"unknown event; one of {', '.join(sorted(_DEEDS))}"
            raise _Missing(msg)
        more = deed(self.world, case, await intake.read_object(request))
        return {"id": case.id, "status": case.status, **(more or {})}

    @_json()
    async def queue(self, request: Request) -> Any:
        """Queue items; ``?all=1`` with the confirmed ones."""
        portal = self.world.portal
        items = portal.items if request.query_params.get("all") else portal.pending
        return [dump_item(item) for item in items.values()]

    @_json()
    async def journal(self, request: Request) -> Any:  # noqa: ARG002
        """Requests seen, oldest first; no bodies."""
        return [entry.to_json() for entry in self.world.journal]

    @_json()
    async def profile(self, request: Request) -> Any:  # noqa: ARG002
        """All switches."""
        return self.world.desk.profile.to_json()

    @_json()
    async def set_profile(self, request: Request) -> Any:
        """PUT replaces all switches (what is not named is off), PATCH changes the named ones."""
        data = await intake.read_object(request)
        before = self.world.desk.profile.to_json() if request.method == "PATCH" else {}
        self.world.set_profile({**before, **data})
        return self.world.desk.profile.to_json()

    @_json()
    async def reset(self, request: Request) -> Any:  # noqa: ARG002
        """Forget everything; the switches of the start are back."""
        self.world.reset()
        return {"ok": True}

    @_json()
    async def health(self, request: Request) -> Any:  # noqa: ARG002
        """Proof of life, with counts."""
        portal = self.world.portal
        broken = sum(1 for entry in self.world.journal if entry.answer_schema is not None)
        return {
            "ok": True,
            "portal": "government",
            "seed": self.world.seed,
            "now": self.world.portal.now().isoformat(),
            "cases": len(portal.cases),
            "pending": len(portal.pending),
            "requests": len(self.world.journal),
            "answers_outside_schema": broken,
            "crashes": sum(1 for entry in self.world.journal if entry.crash is not None),
        }

    def _case(self, request: Request) -> PortalCase:
        case = self.world.portal.cases.get(request.path_params["case_id"])
        if case is None:
            msg = "no such case"
            raise _Missing(msg)
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
        raise intake.Wrong(msg)
    world.desk.deeds.rate(case, like=like, comment=intake.text(data, "comment"))


def _remind(world: World, case: PortalCase, data: Mapping[str, Any]) -> None:
    world.desk.deeds.remind(case, intake.need(data, "text"))


def _change_due(world: World, case: PortalCase, data: Mapping[str, Any]) -> None:
    due_at = intake.instant(data, "due_at")
    if due_at is None:
        msg = "due_at is missing"
        raise intake.Wrong(msg)
    world.desk.deeds.change_due(case, due_at)


def _transfer(world: World, case: PortalCase, data: Mapping[str, Any]) -> dict[str, Any]:
    other = world.desk.deeds.transfer(case, intake.agency(world, data), intake.need(data, "reason"))
    return {"new_id": other.id}


def _close(world: World, case: PortalCase, data: Mapping[str, Any]) -> None:  # noqa: ARG001
    world.desk.deeds.close(case)


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
}
