"""The public copy: what a person confirmed for everybody to read, and the readings that need no token (R12, R24-R26).

The case file keeps the original; the public reads the copy alone. A published case whose content becomes secret is gone from
all public readings in the same transaction, because they ask the case and not the copy.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from adapters.register.commands import NewAct
from adapters.register.database import Connection, one, rows, run
from adapters.register.documents import local_text
from adapters.register.models import Order
from adapters.register.refusals import Code, RegisterRefused
from adapters.register.sealed import CaseKeys, close, open_, public_place, unwrapped
from adapters.register.service.scope import Scope
from adapters.register.service.unit import Loaded
from adapters.register.showing import GIVEN
from connector.case import Act, ActKind, Privacy
from connector.rules.redaction import Kind, identifying, suggestions
from connector.rules.secrecy import markings
from connector.rules.visibility import Audience, sight


@dataclass(frozen=True, kw_only=True)
class PublicCopy:
    """Texts as the public reads them. ``kept``: why an official left what the assistant had marked."""

    title: str
    content: str
    answer: str | None
    area: str | None
    kept: str | None = None


async def publish(
    conn: Connection, loaded: Loaded, acts: Sequence[NewAct | Act], order: Order, now: datetime
) -> None:
    """Keep the public copy of an answer that these acts publish; nothing if they publish none.

    Absent texts of the order are those of the last copy, else the originals: they pass only if the assistant finds
    nothing in them.

    Raises:
        RegisterRefused: REDACTION_LEFT with places and kinds, never values; SECRECY_MARKED.
    """
    answer = next(
        (act for act in acts if act.kind is ActKind.ANSWERED and act.details["publishable"] == "1"), None
    )
    if answer is None:
        return
    assert answer.officer is not None
    copy = await _copy(conn, loaded, answer, order)
    _check(copy, own_of(loaded.row))
    await run(
        conn, "keep_public_copy", case_id=loaded.id, version=int(answer.details["version"]), now=now,
        officer=answer.officer,
        sealed=close(loaded.keys.file, public_place(loaded.id, int(answer.details["version"])), asdict(copy)),
    )  # fmt: skip


async def _copy(conn: Connection, loaded: Loaded, answer: NewAct | Act, order: Order) -> PublicCopy:
    last = await one(conn, "last_public_copy", case_id=loaded.id)
    before = _opened(loaded.keys, loaded.id, last) if last else None
    public = sight(Audience.PUBLIC, Privacy.OPEN, own_of(loaded.row))
    return PublicCopy(
        title=order.public_title or (before.title if before else loaded.row["title"]),
        content=order.public_content or (before.content if before else loaded.row["content"]),
        answer=order.public_answer or answer.text,
        area=public.place(loaded.row["place_text"]),
        kept=(order.redaction_kept or "").strip() or None,
    )


def own_of(row: Mapping[str, Any]) -> tuple[str | None, ...]:
    """What the sender gave of themselves, from an opened row."""
    return identifying(**{name: row[f"sender_{name}"] for name in GIVEN})


def _check(copy: PublicCopy, own: tuple[str | None, ...]) -> None:
    texts = {"title": copy.title, "content": copy.content, "answer": copy.answer or ""}
    left = {name: {item.kind for item in suggestions(text, own)} for name, text in texts.items()}
    kinds = set().union(*left.values())
    # an official may keep a hotline or a plate with a reason, never what identifies the sender (Đ7.2)
    if kinds and (copy.kept is None or Kind.SENDER in kinds):
        told = "; ".join(f"{name}: {', '.join(sorted(found))}" for name, found in left.items() if found)
        raise RegisterRefused(Code.REDACTION_LEFT, told)
    marked = markings(texts.items())
    if marked:
        raise RegisterRefused(Code.SECRECY_MARKED, ", ".join(sorted({item.place for item in marked})))


def _opened(keys: CaseKeys, case_id: int, row: Mapping[str, Any]) -> PublicCopy | None:
    kept = open_(keys.file, public_place(case_id, row["version"]), row["sealed"])
    return None if kept is None else PublicCopy(**kept)


# ---- reading without a token --------------------------------------------------------------------------------


async def public_cases(scope: Scope, *, before: int | None, limit: int) -> list[dict[str, Any]]:
    """Published cases, newest first: codes, dates, agency and the confirmed texts, and nothing else."""
    async with scope.database.connection() as conn:
        found = await rows(conn, "public_copies", code=None, before=before, limit=limit)
    return [item for row in found if (item := _public(scope, row)) is not None]


async def public_case(scope: Scope, code: str) -> dict[str, Any]:
    """One published case. Raises NOT_FOUND alike for what is unknown, private, restricted or not published."""
    async with scope.database.connection() as conn:
        row = await one(conn, "public_copies", code=code, before=None, limit=1)
    item = None if row is None else _public(scope, row)
    if item is None:
        raise RegisterRefused(Code.NOT_FOUND)
    return item


def _public(scope: Scope, row: Mapping[str, Any]) -> dict[str, Any] | None:
    copy = _opened(unwrapped(scope.masters, row["id"], row["keys"]), row["id"], row)
    if copy is None:
        return None
    return {
        "id": row["id"],
        "code": row["code"],
        "state": row["state"],
        "field": row["field"],
        "agency": row["agency"],
        "agency_name": row["agency_name"],
        "area": copy.area,
        "received_at": local_text(row["received_at"]),
        "published_at": local_text(row["published_at"]),
        "version": row["version"],
        "title": copy.title,
        "content": copy.content,
        "answer": copy.answer,
    }


async def public_statistics(scope: Scope) -> dict[str, Any]:
    """How many cases came in, by state and by field. Private ones count, restricted ones are in no number."""
    async with scope.database.connection() as conn:
        found = await rows(conn, "public_counts")
    by_state: dict[str, int] = {}
    by_field: dict[str, int] = {}
    for row in found:
        by_state[row["state"]] = by_state.get(row["state"], 0) + row["cases"]
        by_field[row["field"] or ""] = by_field.get(row["field"] or "", 0) + row["cases"]
    return {"received": sum(by_state.values()), "by_state": by_state, "by_field": by_field}
