"""What may stand in a bundle: numbers, instants and words that look like codes. Free text never does. Pure.

A name cannot be told from other words, so no sentence is let through, not even our own: its code says the same.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from connector.transport.redact import ID_FIELDS, SECRET_FIELDS, redact_event, safe_text

HIDDEN = "…"
"""In the place of what may not be told."""

_CODE = re.compile(r"[\x21-\x7e]{1,200}")
_EVENT = re.compile(r"[a-z0-9_]{1,64}")
_PLACES = re.compile(r"[\w.:<>|/ ()-]{1,2000}", re.ASCII)
_LITERAL = re.compile(r"'(?:[^']|'')*'")
LOG_FIELDS = ID_FIELDS | {
    "attempts", "cases", "condition", "count", "elapsed_s", "exception", "faults", "flow", "host", "intent", "kind",
    "lock", "logger", "method", "node", "part", "parts", "path", "records", "result", "state", "system", "systems",
    "event",
}  # fmt: skip
"""Fields of log lines that a bundle may tell; a field of a later day stays hidden until somebody has thought of it."""


def clean(value: Any, name: str = "") -> Any:
    """The same tree with everything hidden that could be a person's word."""
    if name.lower() in SECRET_FIELDS:
        return HIDDEN
    if isinstance(value, Mapping):
        return {word(str(key)): clean(item, str(key)) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [clean(item, name) for item in value]
    if isinstance(value, str):
        return word(value)
    return value if value is None or isinstance(value, bool | int | float) else word(str(value))


def word(text: str) -> str:
    """A word that looks like a code, an address without what is secret in it, or :data:`HIDDEN`."""
    return safe_text(text) if _CODE.fullmatch(text) else (text and HIDDEN)


def statement(text: str) -> str:
    """A statement of ours in one line: its literals are hidden, its values were parameters all along."""
    return safe_text(" ".join(_LITERAL.sub("'…'", text).split()))[:400]


def log_lines(lines: Iterable[str]) -> tuple[list[dict[str, Any]], int]:
    """Our own lines, through the one redaction and then through the list of fields; and how many were no lines of ours."""
    told, strange = [], 0
    for line in lines:
        try:
            event = json.loads(line)
        except ValueError:
            event = None
        if not isinstance(event, dict) or not isinstance(event.get("event"), str):
            strange += 1
            continue
        told.append(_log_line(redact_event(None, "", event)))
    return told, strange


def _log_line(event: Mapping[str, Any]) -> dict[str, Any]:
    line = {name: clean(value, name) for name, value in event.items() if name in LOG_FIELDS}
    # a library's message is a sentence; ours are names of events
    line["event"] = event["event"] if _EVENT.fullmatch(str(event["event"])) else HIDDEN
    if isinstance(event.get("exception"), str):
        line["exception"] = event["exception"] if _PLACES.fullmatch(event["exception"]) else HIDDEN
    return line
