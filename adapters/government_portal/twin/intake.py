"""Reading what the control API is given: JSON into cases, files and instants."""

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from adapters.government_portal.twin.state import PortalCase, StoredFile, to_second
from adapters.government_portal.twin.world import World
from adapters.twin_kit.control import BadRequest


def text(data: Mapping[str, Any], name: str) -> str | None:
    """A text, None for an absent or empty one."""
    value = data.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str) or any(ord(sign) < 32 and sign not in "\t\n\r" for sign in value):
        msg = f"{name}: text without control characters"
        raise BadRequest(msg)
    return value


def need(data: Mapping[str, Any], name: str) -> str:
    """A text that must be there."""
    value = text(data, name)
    if value is None:
        msg = f"{name} is missing"
        raise BadRequest(msg)
    return value


def instant(data: Mapping[str, Any], name: str) -> datetime | None:
    """An ISO instant with an offset, to the second."""
    value = text(data, name)
    if value is None:
        return None
    try:
        at = datetime.fromisoformat(value)
        if at.tzinfo is not None:
            return to_second(at)
    except (ValueError, OverflowError) as error:
        msg = f"{name}: an ISO instant"
        raise BadRequest(msg) from error
    msg = f"{name}: an instant with an offset"
    raise BadRequest(msg)


def agency(world: World, data: Mapping[str, Any]) -> str:
    """The code of an agency that the directory knows and that is not the portal itself."""
    code = need(data, "agency")
    if not world.directory.knows(code) or world.directory.is_office(code):
        msg = "agency is not in the directory"
        raise BadRequest(msg)
    return code


def files(world: World, data: Mapping[str, Any], role: str) -> tuple[StoredFile, ...]:
    """Files given inline; the portal's own, so their content is not judged."""
    listed = data.get("files") or []
    if not isinstance(listed, list) or not all(isinstance(item, dict) for item in listed):
        msg = "files: a list of {name, media_type, content_base64, signed?}"
        raise BadRequest(msg)
    return tuple(_file(world, item, role) for item in listed)


def _file(world: World, item: Mapping[str, Any], role: str) -> StoredFile:
    try:
        content = base64.b64decode(text(item, "content_base64") or "", validate=True)
    except binascii.Error as error:
        msg = "files: content_base64 is no base64"
        raise BadRequest(msg) from error
    return StoredFile(
        id=str(world.portal.number("file")),
        role=role,
        name=need(item, "name"),
        media_type=need(item, "media_type"),
        content=content,
        signed=bool(item.get("signed")),
    )


def new_case(world: World, data: Mapping[str, Any]) -> PortalCase:
    """A case as a citizen files it; codes are taken as given, known or not."""
    now = world.portal.now()
    own_code = text(data, "own_code")
    if own_code is not None and own_code in world.portal.by_own_code:
        msg = "own_code is taken"
        raise BadRequest(msg)
    return PortalCase(
        id=str(world.portal.number("case")),
        own_code=own_code,
        channel=text(data, "source") or "NGUOIDAN",
        submitter_type=text(data, "submitter_type") or "INDIVIDUAL",
        sender=_sender(data),
        title=need(data, "title"),
        content=need(data, "content"),
        kind=text(data, "kind") or "CONDUCT",
        organ=agency(world, data),
        submitted_at=instant(data, "submitted_at") or now,
        assigned_at=now,
        field_code=text(data, "field"),
        field_name=text(data, "field_name"),
        procedure=text(data, "procedure"),
        place=_place(data),
        due_at=instant(data, "due_at"),
        rule=text(data, "rule"),
        instruction=text(data, "instruction"),
        private=bool(data.get("private")),
        publishable=bool(data.get("publishable", True)),
        files=list(files(world, data, "QUESTION")),
    )


def _section(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = data.get(name) or {}
    if not isinstance(value, dict):
        msg = f"{name}: a JSON object"
        raise BadRequest(msg)
    return value


def _sender(data: Mapping[str, Any]) -> dict[str, Any]:
    person = _section(data, "sender")
    return {
        "FullName": text(person, "name") or "",
        "OrgName": text(person, "organisation"),
        "Address": text(person, "address") or "",
        "Phone": text(person, "phone") or "",
        "Email": text(person, "email") or "",
        "Anonymous": bool(data.get("anonymous", True)),
    }


def _place(data: Mapping[str, Any]) -> dict[str, str]:
    place = _section(data, "place")
    names = {"text": "Address", "latitude": "Latitude", "longitude": "Longitude"}
    return {name: str(place[key]) for key, name in names.items() if place.get(key) not in (None, "")}
