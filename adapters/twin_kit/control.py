"""The control port: what every twin answers there, and its one error shape ``{"error": …}``."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from json import JSONDecodeError
from typing import Any, Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from adapters.twin_kit.controlled import Controlled
from adapters.twin_kit.switches import ProfileError

_LONGEST_S: Final = 3600.0

View = Callable[[Request], Awaitable[Any]]
Place = tuple[str, str, View]
"""Method, path, view. A view gives what is told as JSON."""


class ControlError(Exception):
    """A control request that is refused; the text says why and goes into the answer."""

    status = 400


class BadRequest(ControlError):
    """The request is not of its form; the text names the field."""


class Missing(ControlError):
    """There is no such case or event."""

    status = 404


class Forbidden(ControlError):
    """The case's state forbids the event."""

    status = 409


class Created(dict[str, Any]):
    """What is told of something new: 201 instead of 200."""


async def read_object(request: Request) -> dict[str, Any]:
    """The JSON object of a request; an empty body is an empty object.

    Raises:
        BadRequest: it is something else.
    """
    try:
        data = await request.json() if await request.body() else {}
    except (JSONDecodeError, UnicodeDecodeError, RecursionError):
        data = None
    if not isinstance(data, dict):
        msg = "the body must be a JSON object"
        raise BadRequest(msg)
    return data


def number_of(request: Request, name: str) -> int | None:
    """A number of the query; None if it is not there.

    Raises:
        BadRequest: it is no number.
    """
    told = request.query_params.get(name)
    if told is None:
        return None
    if not told.isdecimal():
        msg = f"{name} must be a number"
        raise BadRequest(msg)
    return int(told)


def control_app(twin: Controlled, own: Iterable[Place]) -> Starlette:
    """The control port's application: the common requests and the twin's own."""
    common = _Common(twin)
    places: list[Place] = [
        ("GET", "/control/journal", common.journal),
        ("GET", "/control/effects", common.effects),
        ("GET", "/control/profile", common.profile),
        ("PUT", "/control/profile", common.replace_profile),
        ("PATCH", "/control/profile", common.change_profile),
        ("POST", "/control/fail_next", common.fail_next),
        ("POST", "/control/refuse", common.refuse),
        ("POST", "/control/reset", common.reset),
    ]
    return Starlette(
        routes=[Route(path, _answered(view), methods=[method]) for method, path, view in (*places, *own)],
        exception_handlers={
            ControlError: _told_error,
            ProfileError: _told_error,
            HTTPException: _told_error,
        },
    )


def _answered(view: View) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        told = await view(request)
        return JSONResponse(told, 201 if isinstance(told, Created) else 200)

    return answer


def _told_error(request: Request, error: Exception) -> Response:
    del request
    if isinstance(error, HTTPException):
        return JSONResponse({"error": error.detail}, error.status_code, error.headers)
    return JSONResponse({"error": str(error)}, error.status if isinstance(error, ControlError) else 400)


class _Common:
    def __init__(self, twin: Controlled) -> None:
        self._twin = twin

    async def journal(self, request: Request) -> Any:
        """Calls seen; ``?since=n`` gives what came after entry n."""
        return self._twin.journal.entries(since=number_of(request, "since") or 0)

    async def effects(self, request: Request) -> Any:
        """What took effect, by case and natural key."""
        del request
        return self._twin.effects.dump()

    async def profile(self, request: Request) -> Any:
        """All switches, and the ordered failures that still wait."""
        del request
        return self._switches()

    async def replace_profile(self, request: Request) -> Any:
        """All switches anew; what is not named is off. Draws begin again from the seed."""
        self._twin.set_profile(type(self._twin.faults.profile).parse(await read_object(request)))
        return self._switches()

    async def change_profile(self, request: Request) -> Any:
        """The named switches only; draws go on."""
        changes: Mapping[str, Any] = {"fail_next": self._twin.faults.rules()} | await read_object(request)
        self._twin.set_profile(self._twin.faults.profile.changed(changes), afresh=False)
        return self._switches()

    async def fail_next(self, request: Request) -> Any:
        """Order one more failure; the switches stay."""
        self._twin.faults.fail_next(await read_object(request))
        return {"fail_next": self._twin.faults.rules()}

    async def refuse(self, request: Request) -> Any:
        """Nobody listens on the portal's port for ``for_s`` seconds, from now on."""
        for_s = (await read_object(request)).get("for_s")
        if isinstance(for_s, bool) or not isinstance(for_s, int | float) or not 0 < for_s <= _LONGEST_S:
            msg = f"for_s must be a number of seconds, at most {_LONGEST_S:g}"
            raise BadRequest(msg)
        if self._twin.port is not None:
            self._twin.port.refuse(for_s)
        return {"for_s": for_s}

    async def reset(self, request: Request) -> Any:
        """No cases, no journal, the switches of the start."""
        del request
        self._twin.reset()
        return {"cases": 0}

    def _switches(self) -> dict[str, Any]:
        faults = self._twin.faults
        told: dict[str, Any] = faults.profile.dump()
        return told | {"fail_next": faults.rules()}
