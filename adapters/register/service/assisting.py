"""What helps an official to prepare a publication: findings in the texts, and how mangled texts would read."""

from typing import Any

from adapters.register.database import one
from adapters.register.refusals import Code, RegisterRefused
from adapters.register.sealed import opened
from adapters.register.service.publishing import own_of
from adapters.register.service.scope import Scope
from connector.rules.redaction import redacted, suggestions
from connector.text.legacy import detect

_ANSWERS = ("answered", "result")


async def assist(scope: Scope, ref: str) -> dict[str, Any]:
    """Title, content and the newest answer or result of a case, each with what should be redacted. Raises NOT_FOUND."""
    async with scope.database.connection() as conn:
        stored = await one(conn, "document", ref=ref)
    if stored is None:
        raise RegisterRefused(Code.NOT_FOUND)
    row = opened(stored, scope.masters)
    given = [act["text"] for act in row["acts"] or () if act["kind"] in _ANSWERS and act["text"]]
    texts = {"title": row["title"], "content": row["content"], "answer": given[-1] if given else ""}
    own = own_of(row)
    return {
        "id": row["id"],
        "code": row["code"],
        "texts": [_looked_at(name, text, own) for name, text in texts.items()],
    }


def _looked_at(name: str, text: str, own: tuple[str | None, ...]) -> dict[str, Any]:
    found = suggestions(text, own)
    legacy = detect(text)
    return {
        "name": name,
        "text": text,
        "proposed": redacted(text, found),
        "suggestions": [
            {"kind": item.kind.value, "start": item.span[0], "end": item.span[1], "proposed": item.proposed}
            for item in found
        ],
        "legacy_encoding": legacy and legacy.encoding.value,
        "converted": legacy and legacy.proposed,
    }
