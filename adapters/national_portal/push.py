"""Notifications of the national portal. Ours: no such service is public (national-portal contract §5.1).

``{"PAKNID": "…"}``, or a list of such objects under ``data``; ``Authorization: Bearer <secret>``. The answer has the form that
agencies give on the national exchange: ``error_code`` 0, or -1 with a message.
"""

import hmac
import json
import re

from connector import strict_json
from connector.errors import ConnectorError, TokenRefused, TooManyCalls, Unreadable
from connector.system import PushCall, Pushed, PushReply

_REF = re.compile(r"[A-Za-z0-9._-]{1,64}")


def read(call: PushCall) -> Pushed:
    """The cases that it names. Raises ``TokenRefused``, ``Unreadable``."""
    _check(call)
    try:
        told = strict_json.read(call.body)
    except strict_json.BadJson as error:
        raise Unreadable(str(error)) from None
    rows = told.get("data", told) if isinstance(told, dict) else None
    rows = rows if isinstance(rows, list) else [rows]
    refs = [_text(row.get("PAKNID")) if isinstance(row, dict) else "" for row in rows]
    if not refs or not all(_REF.fullmatch(ref) for ref in refs):
        msg = "a notification names cases by PAKNID"
        raise Unreadable(msg)
    return Pushed(refs=tuple(refs), reply=_reply(200, 0, ""))


def _text(value: object) -> str:
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _check(call: PushCall) -> None:
    kind, _, given = call.headers.get("authorization", "").partition(" ")
    right = False
    for secret in call.secrets:
        right |= hmac.compare_digest(given.strip().encode(), secret.get_secret_value().encode())
    if kind.lower() != "bearer" or not right:
        msg = "the notification carries no secret in force"
        raise TokenRefused(msg)


def refused(error: ConnectorError) -> PushReply:
    """Why not: by code, never by what came in."""
    statuses = ((TokenRefused, 401), (TooManyCalls, 429), (Unreadable, 400))
    return _reply(next((status for kind, status in statuses if isinstance(error, kind)), 503), -1, error.code)


def _reply(status: int, error_code: int, message: str) -> PushReply:
    body = json.dumps({"error_code": error_code, "message": message}).encode()
    return PushReply(status=status, body=body, media_type="application/json")
