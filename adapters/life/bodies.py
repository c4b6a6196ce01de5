"""Pieces of JSON bodies that both kinds of systems take."""

import base64
from datetime import timedelta
from typing import Any

from adapters.life.script import Step, StoryFile
from connector.clock import LOCAL_ZONE, Clock


def due_after(clock: Clock, step: Step) -> str | None:
    """The due instant that a step sets, if it does: local time, to the second."""
    seconds = step.details.get("due_in_s")
    if seconds is None:
        return None
    return (
        (clock.now() + timedelta(seconds=int(seconds))).astimezone(LOCAL_ZONE).isoformat(timespec="seconds")
    )


def inline(file: StoryFile) -> dict[str, Any]:
    """A file inside a JSON body."""
    return {
        "name": file.name,
        "media_type": file.media_type,
        "content_base64": base64.b64encode(file.content).decode("ascii"),
        "signed": file.signed,
    }
