"""A case document as an audience may see it, by the one table of :mod:`connector.rules.visibility`. Pure."""

from collections.abc import Collection, Mapping
from typing import Any

from adapters.register.documents import BLANK_SENDER
from connector.case import ActKind, Privacy
from connector.rules.redaction import identifying
from connector.rules.visibility import Audience, Matter, Sight, file_matter, sight, words_of

GIVEN = ("name", "organisation", "address", "email", "phone")
"""Members of the sender that are looked for in texts before they are published."""


def visible(case: Mapping[str, Any], audience: Audience) -> dict[str, Any]:
    """The case without what the audience may not see; members stay, their values go.

    Where not even the progress may be seen, a tombstone is left: id, code, version, and that the case is restricted.
    """
    seen = sight(audience, privacy_of(case), identifying(**{name: case["sender"][name] for name in GIVEN}))
    if Matter.PROGRESS not in seen.can:
        return {
            **dict.fromkeys(case),
            **{name: case[name] for name in ("id", "code", "private", "restricted", "version")},
            "title": "", "content": "", "sender": dict(BLANK_SENDER), "acts": [], "attachments": [],
        }  # fmt: skip
    files = {
        file["id"]: _file(file, name, seen)
        for file in case["attachments"]
        if (name := seen.words(file["file_name"], file_matter(file["role"]))) is not None
    }
    return {
        **case,
        "title": seen.words(case["title"], Matter.CONTENT) or "",
        "content": seen.words(case["content"], Matter.CONTENT) or "",
        "field_name": seen.words(case["field_name"], Matter.CONTENT),
        "sender": _sender(case["sender"], seen),
        "place": _place(case["place"], seen),
        "instruction": case["instruction"] if Matter.WORDING in seen.can else None,
        "acts": [_act(act, seen, files) for act in case["acts"] if seen.act(ActKind(act["kind"]))],
        "attachments": list(files.values()),
    }


def privacy_of(case: Mapping[str, Any]) -> Privacy:
    """The privacy in force, from the document's two flags."""
    if case["restricted"]:
        return Privacy.RESTRICTED
    return Privacy.PRIVATE if case["private"] else Privacy.OPEN


def _sender(sender: Mapping[str, Any], seen: Sight) -> dict[str, Any]:
    return dict(sender) if Matter.CONTACT in seen.can else {**BLANK_SENDER, "kind": sender["kind"]}


def _place(place: Mapping[str, Any] | None, seen: Sight) -> dict[str, Any] | None:
    if place is None or Matter.AREA not in seen.can:
        return None
    if Matter.POINT in seen.can:
        return dict(place)
    text = seen.place(place["text"])
    return None if text is None else {"text": text, "latitude": None, "longitude": None}


def _act(act: Mapping[str, Any], seen: Sight, files: Collection[str]) -> dict[str, Any]:
    matter = words_of(ActKind(act["kind"]))
    return {
        **act,
        "officer": act["officer"] if Matter.OFFICER in seen.can else None,
        "text": seen.words(act["text"], matter),
        "details": seen.details(act["details"], matter),
        "attachments": [name for name in act["attachments"] if name in files],
    }


def _file(file: Mapping[str, Any], name: str, seen: Sight) -> dict[str, Any]:
    # a signature names its signer
    shown = {key: value for key, value in file.items() if key != "signature" or Matter.OFFICER in seen.can}
    return shown | {"file_name": name}
