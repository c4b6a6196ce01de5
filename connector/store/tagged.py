"""JSON that keeps instants and bytes: ``{"$t": "2026-…"}``, ``{"$b": "base64"}``."""

import base64
from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID


def tagged(value: object) -> Any:
    """To JSON. Raises ``TypeError`` for what :func:`untagged` could not read back."""
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, datetime):
        return {"$t": value.isoformat()}
    if isinstance(value, bytes):
        return {"$b": base64.b64encode(value).decode("ascii")}
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): tagged(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [tagged(item) for item in value]
    msg = f"{type(value).__name__} cannot be kept"
    raise TypeError(msg)


def untagged(value: Any) -> Any:
    """Back from JSON."""
    if isinstance(value, dict):
        if set(value) == {"$t"}:
            return datetime.fromisoformat(value["$t"])
        if set(value) == {"$b"}:
            return base64.b64decode(value["$b"])
        return {key: untagged(item) for key, item in value.items()}
    if isinstance(value, list):
        return [untagged(item) for item in value]
    return value
