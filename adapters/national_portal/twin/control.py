"""The control interface, on a port of its own: plays citizens and operators, turns switches, tells all.

Common to both portal twins; JSON over HTTP; errors are ``{"error": …}``.
"""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from adapters.national_portal.twin.codes import ROLES, name_of
from adapters.national_portal.twin.events import EVENTS, BadRequest, Forbidden, create, instant
from adapters.national_portal.twin.model import Case
from adapters.national_portal.twin.profile import Profile, ProfileError
from adapters.national_portal.twin.twin import Twin
from adapters.national_portal.twin.view import seen_by

Handler = Callable[[Request], Awaitable[Response]]


def dump(case: Case, agency: str) -> dict[str, Any]:
    """All of one case. ``status`` is what ``agency`` sees, also after it sent the case away."""
    seen = seen_by(case, agency)
    subject, sender = case.subject, case.subject.sender
    return {
        "id": str(case.id),
        "own_code": case.own_code(agency),
        "public_code": case.public_code,
        "status": name_of(seen.status if seen else case.status),
        "holder_status": name_of(case.status),
        "agency": case.agency,
        "kind": subject.kind,
        "field": subject.field,
        "source": subject.source,
        "submitter_type": subject.submitter,
        "title": subject.title,
        "content": subject.content,
        "private": subject.private,
        "publishable": subject.publishable,
        "anonymous": subject.anonymous,
        "public": case.public,
        "rework": case.rework,
        "sender": {
            "name": sender.name,
            "organisation": sender.organisation,
            "phone": sender.phone,
            "address": sender.address,
            "email": sender.email,
        },
        "submitted_at": subject.submitted_at.isoformat(),
        "changed_at": case.changed_at.isoformat(),
        "due_at": case.due_at.isoformat() if case.due_at else None,
        "answer": _answer(case),
        "files": [
            {"id": file.id, "name": file.name, "role": ROLES.get(file.role, file.role), "sha256": file.sha256}
            for file in case.files.values()
        ],
        "history": [
            {
                "id": act.id,
                "at": act.at.isoformat(),
                "action": act.action,
                "status": name_of(act.after),
                "agency": act.agency,
                "officer": act.officer,
                "text": act.text,
                "transaction": act.transaction,
            }
            for act in case.acts
        ],
    }


def _answer(case: Case) -> dict[str, Any] | None:
    answer = case.answer
    if answer is None:
        return None
    files = [case.files[file_id] for file_id in answer.files if file_id in case.files]
    return {
        "version": answer.version,
        "text": answer.text,
        "publishable": answer.publishable,
        "signer": answer.signer,
        "files": [{"name": file.name, "sha256": file.sha256} for file in files],
    }


def _error(status: int, text: str) -> Response:
    return JSONResponse({"error": text}, status_code=status)


async def _body(request: Request) -> dict[str, Any]:
    raw = await request.body()
    try:
        body = json.loads(raw) if raw else {}
    except ValueError:
        body = None
    if not isinstance(body, dict):
        msg = "the body must be a JSON object"
        raise BadRequest(msg)
    return body


def _answers_errors(handler: Handler) -> Handler:
    async def guarded(request: Request) -> Response:
        try:
            return await handler(request)
        except (BadRequest, ProfileError) as error:
            return _error(400, str(error))
        except Forbidden as error:
            return _error(409, str(error))

    return guarded


class Control:
    """The handlers; one twin."""

    def __init__(self, twin: Twin) -> None:
        self.twin = twin

    def _case(self, request: Request) -> Case | None:
        number = request.path_params["case_id"]
        return self.twin.state.cases.get(int(number)) if number.isdigit() else None

    def _dump(self, case: Case) -> dict[str, Any]:
        return dump(case, self.twin.settings.agency)

    async def create(self, request: Request) -> Response:
        """``POST /control/cases``."""
        case = create(self.twin.state, await _body(request))
        return JSONResponse({"id": str(case.id)}, status_code=201)

    async def event(self, request: Request) -> Response:
        """``POST /control/cases/{id}/{event}``."""
        case, name = self._case(request), request.path_params["event"]
        if case is None or name not in EVENTS:
            return _error(404, "no such case" if case is None else "no such event")
        EVENTS[name](self.twin.state, case, await _body(request))
        return JSONResponse({"id": str(case.id), "status": self._dump(case)["status"]})

    async def cases(self, request: Request) -> Response:
        """``GET /control/cases``; ``?status=`` and ``?agency=`` narrow it."""
        wanted = request.query_params
        dumps = [self._dump(case) for case in self.twin.state.cases.values()]
        chosen = [
            item
            for item in dumps
            if all(name not in wanted or item[name] == wanted[name] for name in ("status", "agency"))
        ]
        return JSONResponse(chosen)

    async def case(self, request: Request) -> Response:
        """``GET /control/cases/{id}``."""
        case = self._case(request)
        return _error(404, "no such case") if case is None else JSONResponse(self._dump(case))

    async def journal(self, request: Request) -> Response:
        """``GET /control/journal``; ``?since=n`` gives what came after entry n."""
        since = request.query_params.get("since", "0")
        return JSONResponse(self.twin.journal.entries(since=int(since) if since.isdigit() else 0))

    async def profile(self, request: Request) -> Response:
        """``GET`` tells the switches, ``PUT`` replaces them all, ``PATCH`` changes some."""
        if request.method != "GET":
            body = await _body(request)
            if request.method == "PATCH":
                body = self.twin.profile.dump() | {"fail_next": self.twin.faults.rules()} | body
            self.twin.set_profile(Profile.parse(body))
        return JSONResponse(self.twin.profile.dump() | {"fail_next": self.twin.faults.rules()})

    async def fail_next(self, request: Request) -> Response:
        """``POST /control/fail_next``: adds a one-shot fault, leaves the switches alone."""
        self.twin.faults.fail_next(await _body(request))
        return JSONResponse({"fail_next": self.twin.faults.rules()})

    async def sessions(self, request: Request) -> Response:
        """``DELETE /control/sessions``: every session dies now."""
        del request
        self.twin.kill_sessions()
        return JSONResponse({"sessions": 0})

    async def clock(self, request: Request) -> Response:
        """``PUT /control/clock`` {now?, frozen?, advance_s?}: virtual time; ``now`` null goes back to real time."""
        if request.method == "PUT":
            body = await _body(request)
            if "now" in body:
                self.twin.clock.set(instant(body, "now"), frozen=bool(body.get("frozen")))
            seconds = body.get("advance_s", 0)
            if not isinstance(seconds, int | float):
                msg = "advance_s must be a number"
                raise BadRequest(msg)
            self.twin.clock.advance(seconds)
        return JSONResponse({"now": self.twin.clock.now().isoformat()})

    async def reset(self, request: Request) -> Response:
        """``POST /control/reset``: no cases, no sessions, start profile."""
        del request
        self.twin.reset()
        return JSONResponse({"cases": 0})

    async def health(self, request: Request) -> Response:
        """``GET /control/health``."""
        del request
        state = self.twin.state
        return JSONResponse(
            {
                "ok": True,
                "portal": "national",
                "agency": self.twin.settings.agency,
                "seed": self.twin.settings.seed,
                "now": self.twin.clock.now().isoformat(),
                "cases": len(state.cases),
                "sessions": len(state.sessions),
            }
        )

    async def trap(self, request: Request) -> Response:
        """A file address that was read without re-basing (switch ``file_not_rebased``)."""
        del request
        self.twin.journal.add(self.twin.clock.now(), "tep", outcome="not_rebased", status=403)
        return _error(403, "file addresses must be re-based on the local adapter")


def control_app(twin: Twin) -> Starlette:
    """The control port's application."""
    control = Control(twin)
    routes: list[tuple[str, Handler, list[str]]] = [
        ("/control/cases", control.create, ["POST"]),
        ("/control/cases", control.cases, ["GET"]),
        ("/control/cases/{case_id}", control.case, ["GET"]),
        ("/control/cases/{case_id}/{event}", control.event, ["POST"]),
        ("/control/journal", control.journal, ["GET"]),
        ("/control/profile", control.profile, ["GET", "PUT", "PATCH"]),
        ("/control/fail_next", control.fail_next, ["POST"]),
        ("/control/sessions", control.sessions, ["DELETE"]),
        ("/control/clock", control.clock, ["GET", "PUT"]),
        ("/control/reset", control.reset, ["POST"]),
        ("/control/health", control.health, ["GET"]),
        ("/tep/{token}", control.trap, ["GET"]),
    ]
    return Starlette(
        routes=[Route(path, _answers_errors(handler), methods=methods) for path, handler, methods in routes]
    )
