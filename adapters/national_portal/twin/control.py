"""The control interface, on a port of its own: plays citizens and operators, turns switches, tells all."""

from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request

from adapters.national_portal.twin.codes import ROLES, name_of
from adapters.national_portal.twin.events import EVENTS, create, instant
from adapters.national_portal.twin.model import Case
from adapters.national_portal.twin.twin import Twin
from adapters.national_portal.twin.view import seen_by
from adapters.twin_kit.control import BadRequest, Created, Missing, control_app, number_of, read_object


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


class Control:
    """The requests that only this twin has; one twin."""

    def __init__(self, twin: Twin) -> None:
        self.twin = twin

    def _case(self, request: Request) -> Case:
        number = request.path_params["case_id"]
        case = self.twin.state.cases.get(int(number)) if number.isdecimal() else None
        if case is None:
            msg = "no such case"
            raise Missing(msg)
        return case

    def _dump(self, case: Case) -> dict[str, Any]:
        return dump(case, self.twin.settings.agency)

    async def create(self, request: Request) -> Any:
        """A sender submits a case."""
        case = create(self.twin.state, await read_object(request))
        self.twin.effects.touch(case.id)
        return Created(id=str(case.id))

    async def event(self, request: Request) -> Any:
        """Something happens on the portal's side."""
        case, name = self._case(request), request.path_params["event"]
        if name not in EVENTS:
            msg = f"no such event; one of {', '.join(sorted(EVENTS))}"
            raise Missing(msg)
        EVENTS[name](self.twin.state, case, await read_object(request))
        self.twin.effects.touch(case.id)
        return {"id": str(case.id), "status": self._dump(case)["status"]}

    async def cases(self, request: Request) -> Any:
        """Full dump of all cases; ``?status=`` and ``?agency=`` narrow it.

        ``?since=n``: of those that changed after change n, with the number to ask by next.
        """
        wanted, since = request.query_params, number_of(request, "since")
        if since is not None:
            effects, cases = self.twin.effects, self.twin.state.cases
            names = effects.touched(since)
            return {"cases": [self._dump(cases[int(name)]) for name in names], "next": effects.last}
        dumps = [self._dump(case) for case in self.twin.state.cases.values()]
        return [
            item
            for item in dumps
            if all(name not in wanted or item[name] == wanted[name] for name in ("status", "agency"))
        ]

    async def case(self, request: Request) -> Any:
        """Full dump of one case."""
        return self._dump(self._case(request))

    async def sessions(self, request: Request) -> Any:
        """Every session dies now."""
        del request
        self.twin.kill_sessions()
        return {"sessions": 0}

    async def clock(self, request: Request) -> Any:
        """Virtual time: ``now``, ``frozen``, ``advance_s``; ``now`` null goes back to the machine's."""
        if request.method == "PUT":
            body = await read_object(request)
            if "now" in body:
                self.twin.clock.set(instant(body, "now"), frozen=bool(body.get("frozen")))
            seconds = body.get("advance_s", 0)
            if not isinstance(seconds, int | float):
                msg = "advance_s must be a number"
                raise BadRequest(msg)
            self.twin.clock.advance(seconds)
        return {"now": self.twin.clock.now().isoformat()}

    async def health(self, request: Request) -> Any:
        """Who it is, its clock, counts."""
        del request
        state = self.twin.state
        return {
            "ok": True,
            "portal": "national",
            "agency": self.twin.settings.agency,
            "seed": self.twin.settings.seed,
            "now": self.twin.clock.now().isoformat(),
            "cases": len(state.cases),
            "sessions": len(state.sessions),
        }

    async def trap(self, request: Request) -> Any:
        """A file address that was read without re-basing (switch ``file_not_rebased``)."""
        del request
        self.twin.journal.add("tep", outcome="not_rebased", status=403)
        raise HTTPException(403, "file addresses must be re-based on the local adapter")


def control_of(twin: Twin) -> Starlette:
    """The control port's application."""
    control = Control(twin)
    return control_app(
        twin,
        [
            ("POST", "/control/cases", control.create),
            ("GET", "/control/cases", control.cases),
            ("GET", "/control/cases/{case_id}", control.case),
            ("POST", "/control/cases/{case_id}/{event}", control.event),
            ("DELETE", "/control/sessions", control.sessions),
            ("GET", "/control/clock", control.clock),
            ("PUT", "/control/clock", control.clock),
            ("GET", "/control/health", control.health),
            ("GET", "/tep/{token}", control.trap),
        ],
    )
