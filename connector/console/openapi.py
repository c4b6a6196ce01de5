"""The description of the console's API (OpenAPI 3.1), made from the table of routes and the view models. Pure.

``python -m connector.console.openapi docs/console-openapi.json`` writes it; a test keeps both equal.
"""

import inspect
import json
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, get_args, get_type_hints

from pydantic import TypeAdapter

from connector.console.access.rights import Right
from connector.console.answers import STATUSES, Failure, Told
from connector.console.once import REPLAYED
from connector.console.route import Action, Page, Route
from connector.console.visit import HIGHEST

ABOUT = """\
Bản máy đọc của bảng điều hành: mỗi trang một địa chỉ, cùng dữ liệu. / The console for programs: an address for each page, with the same data.

**Who calls.** `Authorization: Bearer <token>`; tokens are made with `phanhoi token create` or on the page *Tài khoản của tôi*. A token has \
some of its account's rights (`x-right` names the one that a call needs), ends at its expiry, and sees only the agencies of its account. A browser's \
session works too; its writes carry the `csrf` of `GET /api/account` in `X-CSRF-Token`.

**Pages of a list.** An answer holds `older` and `newer`: send one as `before` or `after`, with the same filters, for the neighbouring page; null: there \
is none. Lists that are not ordered by time hold `prev` and `next` instead. Cursors are positions, so a list may grow meanwhile and no row comes twice.

**Writes.** A JSON object of texts, or a form. With `Idempotency-Key` the same call again gets the first answer and is not done again; the same \
key with another call is refused (409, PH-808). Errors are not kept: nothing was changed.

**Errors** have one shape: a stable code (docs/errors.md), a message, and the next step in Vietnamese and English."""

MEANINGS: Mapping[str, str] = {
    "q": "beginning or end of a code or reference, or words of an agency, field or state; diacritics do not count",
    "agency": "code of an agency: that has the case in hand, or that a report is narrowed to",
    "field": "code of the field",
    "status": "state of the case",
    "system": "name of a system",
    "work": "what is to be done about the case",
    "state": "state of the rows",
    "kind": "kind of entry, or of difference",
    "case": "code, reference or number of a case",
    "severity": "how grave",
    "age": "days that it has been there",
    "list": "name of a list: `cases`, `deliveries`, `quarantine`, `findings` or `log`",
    "query": "what is asked of it, as it stands in an address: `status=NEW&system=register`",
    "before": "rows before this cursor: `older` (or `prev`) of a page",
    "after": "rows after this cursor: `newer` (or `next`) of a page",
    "next": "where a browser goes on to",
    "name": "name of an account, or of a saved filter",
    "password": "its password",
    "display_name": "name of the person",
    "agencies": "codes of the agencies that an account is limited to, with blanks between; empty: not limited",
    "code": "one-time code",
    "old": "the present password",
    "new": "the new password",
    "again": "the new password again",
    "purpose": "why the sender is read; one of `purposes` of the case",
    "note": "why, in words",
    "effect": "`yes`: the write took effect; `no`: it did not",
    "basis": "what the decision rests on",
    "ref": "reference that the system gave to what was written",
    "scope": "what is held: `system:NAME`, `flow:observe:NAME`, `flow:deliver:NAME` or `case:NAME`",
    "reason": "why, in words: the next person reads it",
    "role": "role of an account, or of whom a difference concerns",
    "reach": "how far a pass looks",
    "direction": "which way a plan repairs",
    "findings": "`yes`: what the plan is made from: findings that are open",
    "numbers": "numbers of findings",
    "first_import": "`yes`: cases that are not here yet",
    "stored": "`yes`: by what is stored, without asking the system",
    "cases": "codes, references or numbers of cases",
    "refresh": "`off`: the page does not ask again by itself",
    "since": "first day, YYYY-MM-DD",
    "until": "last day, YYYY-MM-DD",
    "first": "first day, YYYY-MM-DD",
    "last": "last day, YYYY-MM-DD",
    "period": "of a report: 2026-10, 2026-Q4, 2026, or 2026-10-05..2026-10-20; of charts: `day`, `week`, `month` or `quarter`",
    "number": "key of a number of a report",
    "form": "`xlsx`, `pdf` or `csv`",
    "audience": "`unit`: the unit that handles the case; `coordinator`: agencies asked to coordinate",
    "file": "name of a mapping file, relative to the folder",
    "version": "number of a version of the mappings, or `folder`: the files as they lie there now",
    "beside": "the version that it is compared with",
    "view": "further form of the exported log",
    "label": "what the token is for",
    "scopes": "rights of the token, with blanks between",
    "days": "how many days the token lives",
    "hours": "how many hours an alert is silent",
}
"""What a route may be told, by name: one name means one thing in all of them."""

_TEXT: dict[str, Any] = {"type": "string", "minLength": 1}
_NUMBERS = frozenset({"before", "after", "days", "id"})
_PLACE = re.compile(r"\{(\w+)\}")


def document(routes: Iterable[Route]) -> dict[str, Any]:
    """The whole description.

    Raises:
        KeyError: a route names something that has no meaning in :data:`MEANINGS`.
    """
    known = [route for route in routes if isinstance(route, Page | Action)]
    models = {route.path: _model(route) for route in known if isinstance(route, Page)}
    models |= {f"POST {route.path}": _model(route) for route in known if isinstance(route, Action)}
    shapes, schemas = TypeAdapter.json_schemas(
        [(key, "serialization", TypeAdapter(model)) for key, model in {**models, "failure": Failure}.items()],
        ref_template="#/components/schemas/{model}",
    )
    paths: dict[str, dict[str, Any]] = {}
    for route in known:
        key = route.path if isinstance(route, Page) else f"POST {route.path}"
        method = "get" if isinstance(route, Page) else "post"
        shape = shapes[(key, "serialization")]
        paths.setdefault(f"/api{route.path}", {})[method] = _operation(route, method, shape)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Bảng điều hành PAKN / the console", "version": "1", "description": ABOUT},
        "paths": paths,
        "components": {
            "schemas": schemas["$defs"],
            "responses": {"Failure": _json("Lỗi / an error", shapes[("failure", "serialization")])},
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": "phanhoi_session"},
                "form": {"type": "apiKey", "in": "header", "name": "X-CSRF-Token"},
            },
        },
    }


def _model(route: Page | Action) -> Any:
    if isinstance(route, Page):
        return get_type_hints(route.view)["return"]
    return route.shows or Told


def _operation(route: Page | Action, method: str, shape: dict[str, Any]) -> dict[str, Any]:
    handler = route.view if isinstance(route, Page) else route.do
    words = _PLACE.sub(r"by_\1", route.path).strip("/").split("/")
    told: dict[str, Any] = {
        "operationId": "_".join([method, *words]),
        "summary": (inspect.getdoc(handler) or "").partition("\n")[0],
        "tags": [words[0]],
        "x-right": route.right.value,
        "security": _security(route),
        "parameters": _parameters(route),
        "responses": {"200": _done(route, shape), **_failures()},
    }
    if isinstance(route, Action):
        told["requestBody"] = _body(route)
        if not (route.in_person or route.shows or route.hands):
            told["responses"]["200"]["headers"] = {REPLAYED: {"schema": {"type": "string", "const": "true"}}}
    return told


def _security(route: Page | Action) -> list[dict[str, list[str]]]:
    form: dict[str, list[str]] = {"form": []} if isinstance(route, Action) else {}
    if route.right is Right.ANYONE:
        return [form]
    session = {"session": [], **form}
    return [session] if route.in_person else [{"token": [route.right.value]}, session]


def _parameters(route: Page | Action) -> list[dict[str, Any]]:
    found = [
        {"name": name, "in": "path", "required": True, "schema": _value(name)}
        for name in _PLACE.findall(route.path)
    ]
    if isinstance(route, Page):
        # a place in most lists is a number; in a list of another order it is a mark
        marked = str in get_args(get_type_hints(_model(route)).get("next"))
        return found + [
            {
                "name": name,
                "in": "query",
                "description": MEANINGS[name],
                "schema": _TEXT if marked and name in ("before", "after") else _value(name),
            }
            for name in route.asks
        ]
    key = {"type": "string", "pattern": "^[!-~]{1,200}$"}
    return found + ([] if route.in_person else [{"name": "Idempotency-Key", "in": "header", "schema": key}])


def _value(name: str) -> dict[str, Any]:
    if name not in _NUMBERS:
        return _TEXT
    return {"type": "integer", "minimum": 1, "maximum": HIGHEST}


def _body(route: Action) -> dict[str, Any]:
    fields = {name: {"description": MEANINGS[name], **_value(name)} for name in (*route.needs, *route.takes)}
    schema: dict[str, Any] = {"type": "object", "properties": fields}
    if route.needs:
        schema["required"] = list(route.needs)
    return {
        "required": bool(route.needs),
        "content": {
            kind: {"schema": schema} for kind in ("application/json", "application/x-www-form-urlencoded")
        },
    }


def _failures() -> dict[str, Any]:
    statuses = sorted({status for _, status in STATUSES} | {500})
    return {str(status): {"$ref": "#/components/responses/Failure"} for status in statuses}


def _done(route: Page | Action, shape: Mapping[str, Any]) -> dict[str, Any]:
    if isinstance(route, Action) and route.hands:
        return {"description": "Tệp / the file", "content": {kind: {} for kind in route.hands}}
    return _json("Được / done", shape)


def _json(description: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": dict(schema)}}}


def as_text(told: Mapping[str, Any]) -> str:
    """The description as it stands in the file."""
    return json.dumps(told, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


if __name__ == "__main__":
    from connector.console.table import ROUTES

    Path(sys.argv[1]).write_text(as_text(document(ROUTES)), encoding="utf-8")
