"""The operator's and the citizen's face: what happens on the portal's own side (§10.4, §10.10)."""

import base64
import binascii
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from adapters.national_portal.twin.catalogue import VPCP
from adapters.national_portal.twin.clock import ZONE
from adapters.national_portal.twin.codes import ENDED, ROLE_EVIDENCE, ROLE_QUESTION, Action, Status
from adapters.national_portal.twin.model import Case, Gone, Sender, StoredFile, Subject
from adapters.national_portal.twin.state import State
from adapters.twin_kit.control import BadRequest, Forbidden


def _text(body: Mapping[str, Any], name: str, *, required: bool = False) -> str | None:
    value = body.get(name)
    if value is None or value == "":
        if required:
            msg = f"{name} is required"
            raise BadRequest(msg)
        return None
    if not isinstance(value, str):
        msg = f"{name} must be text"
        raise BadRequest(msg)
    return value


def _must(body: Mapping[str, Any], name: str) -> str:
    return _text(body, name, required=True) or ""


def instant(body: Mapping[str, Any], name: str) -> datetime | None:
    """An ISO instant with its offset.

    Raises:
        BadRequest: it is something else.
    """
    value = _text(body, name)
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        msg = f"{name} must be an ISO instant with an offset"
        raise BadRequest(msg)
    return moment.astimezone(ZONE).replace(microsecond=0)


def add_files(state: State, case: Case, items: Any, role: str) -> tuple[str, ...]:
    """Keep files given inline; ids count on through the case.

    Raises:
        BadRequest: not a list of ``{name, media_type, content_base64, signed?}``.
    """
    ids = []
    for item in items or ():
        try:
            content = base64.b64decode(item["content_base64"], validate=True)
            name, media_type = str(item["name"]), str(item.get("media_type") or "application/octet-stream")
        except (KeyError, TypeError, AttributeError, binascii.Error):
            msg = "files must be a list of {name, media_type, content_base64, signed?}"
            raise BadRequest(msg) from None
        number = len(case.files) + 1
        file_id = f"T-{case.id % 100_000_000}-{number}"
        sha256 = hashlib.sha256(content).hexdigest()
        state.add_file(
            case,
            StoredFile(
                id=file_id,
                name=name,
                media_type=media_type,
                sha256=sha256,
                role=role,
                signed=bool(item.get("signed")),
                content=content,
                token=state.file_token(case.id, file_id, sha256),
            ),
        )
        ids.append(file_id)
    return tuple(ids)


def create(state: State, body: Mapping[str, Any]) -> Case:
    """A citizen sends a case; the portal forwards it to its agency at once (NEW → ASSIGNED).

    Raises:
        BadRequest: a field is missing or of another form. Codes are taken as given, known or not.
    """
    number = body.get("id")
    if number is not None and (not isinstance(number, int) or number in state.cases):
        msg = "id must be a number that is still free"
        raise BadRequest(msg)
    now = state.clock.now()
    agency = _must(body, "agency")
    case = state.open_case(
        _subject(body, instant(body, "submitted_at") or now), agency=agency, case_id=number
    )
    add_files(state, case, body.get("files"), ROLE_QUESTION)
    state.act(case, Action.SENT, agency=VPCP, at=case.subject.submitted_at)
    state.assign(case, agency, actor=VPCP, text="Chuyển đúng thẩm quyền")
    case.instruction = _text(body, "instruction")
    if "due_at" in body:
        case.due_at = instant(body, "due_at")
        case.due_basis = case.due_basis if case.due_at else None
    own_code = _text(body, "own_code")
    if own_code is not None:
        state.link(case, agency, own_code)
    return case


def _subject(body: Mapping[str, Any], submitted_at: datetime) -> Subject:
    sender = body.get("sender") or {}
    place = body.get("place") or {}
    if not isinstance(sender, Mapping) or not isinstance(place, Mapping):
        msg = "sender and place must be objects"
        raise BadRequest(msg)
    return Subject(
        title=_must(body, "title"),
        content=_must(body, "content"),
        kind=_must(body, "kind"),
        source=_text(body, "source") or "1",
        submitter=_text(body, "submitter_type") or "1",
        sender=Sender(
            **{
                name: _text(sender, name)
                for name in ("name", "organisation", "phone", "address", "email", "account")
            }
        ),
        submitted_at=submitted_at,
        anonymous=bool(body.get("anonymous", True)),
        publishable=bool(body.get("publishable", False)),
        private=bool(body.get("private", False)),
        field=_text(body, "field"),
        field_name=_text(body, "field_name"),
        procedure=_text(body, "procedure"),
        place=_text(place, "text"),
        latitude=_coordinate(place.get("latitude")),
        longitude=_coordinate(place.get("longitude")),
    )


def _coordinate(value: Any) -> str | None:
    return None if value is None or value == "" else str(value)


# ---- events --------------------------------------------------------------------------------------------------


def _need(case: Case, allowed: set[Status]) -> None:
    if case.status not in allowed:
        msg = f"not allowed in status {case.status.name}"
        raise Forbidden(msg)


def _need_open(case: Case) -> None:
    if case.status in ENDED:
        msg = f"not allowed in status {case.status.name}"
        raise Forbidden(msg)


def _supplement(state: State, case: Case, body: Mapping[str, Any]) -> None:
    _need(case, {Status.SUPPLEMENT_REQUESTED})
    text = _must(body, "text")
    files = add_files(state, case, body.get("files"), ROLE_EVIDENCE)
    state.act(case, Action.SUPPLEMENTED, agency=VPCP, after=Status.SUPPLEMENTED, text=text, files=files)


def _publish(state: State, case: Case, body: Mapping[str, Any]) -> None:
    """Only what may be published; ``force`` plays a portal that does it all the same."""
    if not (case.status == Status.PUBLISHED and not case.public):
        _need(case, {Status.ANSWERED})
    answer = case.answer
    if not body.get("force") and (case.subject.private or answer is None or not answer.publishable):
        msg = "the answer is not publishable"
        raise Forbidden(msg)
    case.public = True
    state.act(case, Action.PUBLISHED, agency=VPCP, after=Status.PUBLISHED)


def _unpublish(state: State, case: Case, body: Mapping[str, Any]) -> None:
    """Taken off the public pages. The table of moves knows no way back from 9, so the status stays."""
    del body
    _need(case, {Status.PUBLISHED})
    if not case.public:
        msg = "not public"
        raise Forbidden(msg)
    case.public = False
    state.act(case, Action.UNPUBLISHED, agency=VPCP)


def _rework(state: State, case: Case, body: Mapping[str, Any]) -> None:
    _need(case, {Status.ANSWERED, Status.PUBLISHED})
    reason = _must(body, "reason")
    case.rework += 1
    case.public = False
    state.act(case, Action.REWORK, agency=VPCP, after=Status.REWORK, text=reason)


def _recall(state: State, case: Case, body: Mapping[str, Any]) -> None:
    _need_open(case)
    state.act(case, Action.RECALLED, agency=VPCP, after=Status.RECALLED, text=_must(body, "reason"))


def _rate(state: State, case: Case, body: Mapping[str, Any]) -> None:
    if case.answer is None:
        msg = "nothing to rate yet"
        raise Forbidden(msg)
    like = body.get("like")
    if not isinstance(like, bool):
        msg = "like must be true or false"
        raise BadRequest(msg)
    case.liked, case.comment = like, _text(body, "comment")
    state.act(case, Action.RATED, agency=VPCP, text=case.comment)


def _remind(state: State, case: Case, body: Mapping[str, Any]) -> None:
    _need_open(case)
    state.act(case, Action.REMINDED, agency=VPCP, text=_must(body, "text"))


def _change_due(state: State, case: Case, body: Mapping[str, Any]) -> None:
    _need_open(case)
    due_at = instant(body, "due_at")
    if due_at is None:
        msg = "due_at is required"
        raise BadRequest(msg)
    case.due_at = due_at
    state.act(case, Action.DUE_CHANGED, agency=VPCP, text=_text(body, "reason"))


def _correct(state: State, case: Case, body: Mapping[str, Any]) -> None:
    """The sender words the case anew or asks for privacy, of which there is no way back. No act tells of it."""
    _need_open(case)
    subject = case.subject
    case.subject = replace(
        subject,
        content=_text(body, "content") or subject.content,
        private=subject.private or body.get("private") is True,
    )
    state.touch(case)


def _transfer(state: State, case: Case, body: Mapping[str, Any]) -> None:
    """The portal takes the case away and forwards it, or forwards what came back."""
    _need(
        case,
        {
            Status.NEW,
            Status.ASSIGNED,
            Status.ACCEPTED,
            Status.SUPPLEMENTED,
            Status.RETURNED_VPCP,
            Status.TRANSFERRED,
        },
    )
    agency, reason = _must(body, "agency"), _must(body, "reason")
    if agency == case.agency:
        msg = "the case is there already"
        raise Forbidden(msg)
    if case.status in (Status.RETURNED_VPCP, Status.TRANSFERRED):
        state.assign(case, agency, actor=VPCP, text=reason)
        return
    leaving = case.keepers
    state.assign(case, agency, actor=VPCP, text=reason)
    for keeper in leaving:
        if keeper != agency:
            case.gone[keeper] = Gone(
                status=Status.TRANSFERRED, receiver=agency, acts=len(case.acts), at=case.changed_at
            )


def _close(state: State, case: Case, body: Mapping[str, Any]) -> None:
    private = case.answer is not None and not case.answer.publishable
    _need(case, {Status.PUBLISHED, Status.ANSWERED} if private else {Status.PUBLISHED})
    state.act(case, Action.CLOSED, agency=VPCP, after=Status.CLOSED, text=_text(body, "text"))


EVENTS: Mapping[str, Callable[[State, Case, Mapping[str, Any]], None]] = {
    "supplement": _supplement,
    "publish": _publish,
    "unpublish": _unpublish,
    "rework": _rework,
    "recall": _recall,
    "rate": _rate,
    "remind": _remind,
    "change_due": _change_due,
    "correct": _correct,
    "transfer": _transfer,
    "close": _close,
}
"""Event name of the control interface → what it does. Each raises ``Forbidden`` or ``BadRequest``."""
