"""What each system holds of a case, and what both sides agreed on: sealed under the keys of each thread."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter

from connector.canonical import digest_bytes
from connector.case import Case, from_json, to_json
from connector.merge import Baseline
from connector.store import case_list, vault
from connector.store.connection import Connection
from connector.store.rereading import DUE_SINCE
from connector.store.vault import Part, Ring, owner_of

_BASELINE: TypeAdapter[Baseline] = TypeAdapter(Baseline)


@dataclass(frozen=True, kw_only=True)
class Link:
    """What one system holds of a case.

    ``state`` is None until it was read, and once it was erased; ``baseline`` is only on portals.
    """

    case_id: int
    system: str
    ref: str
    state: Case | None
    baseline: Baseline | None
    sealed: tuple[bytes | None, ...] = field(default=(), repr=False, compare=False)
    """What it was read from, keys among it: whoever reads the same again need not open it again."""


_SEALED = (
    "sealed_state",
    "sealed_sender",
    "sealed_baseline",
    "contact_blob",
    "file_blob",
)


def opened(row: dict[str, Any], keys: Ring, seen: Link | None = None) -> Link:
    """A link as it stands in its row; ``seen``: the same a moment ago, taken as it is if nothing changed since."""
    sealed = tuple(row[name] for name in _SEALED)
    if seen is not None and seen.ref == row["ref"] and seen.sealed == sealed:
        return seen
    owner, case_id = owner_of(row["system"], row["ref"]), row["case_id"]
    state = keys.open_json(owner, Part.FILE, f"link.state/{case_id}", row["sealed_state"])
    sender = keys.open_json(owner, Part.CONTACT, f"link.sender/{case_id}", row["sealed_sender"])
    if state is not None and state["header"] is not None:
        state["header"]["sender"] = sender or {}
    baseline = keys.open_json(owner, Part.CONTACT, f"link.baseline/{case_id}", row["sealed_baseline"])
    return Link(
        case_id=case_id,
        system=row["system"],
        ref=row["ref"],
        state=from_json(state) if state is not None else None,
        baseline=_BASELINE.validate_python(baseline) if baseline is not None else None,
        sealed=sealed,
    )


async def save_state(
    conn: Connection,
    case_id: int,
    state: Case,
    refresh_at: datetime | None,
    *,
    asked_at: datetime | None,
    now: datetime,
) -> None:
    """What a system tells now; the case is to be settled, and the link is made if it is new.

    See :func:`connector.store.rereading.later` for the times.
    """
    owner = owner_of(state.system, state.ref)
    keys = await vault.sealing(conn, owner, case_id)
    body = to_json(state)
    sender = body["header"].pop("sender") if body["header"] is not None else None
    await conn.execute(
        f"""
        WITH dirty AS (
            UPDATE case_record SET dirty_at = coalesce(dirty_at, %(now)s), {case_list.FILED}
            WHERE id = %(case_id)s AND ended_at IS NULL
        )
        INSERT INTO link (case_id, system, ref, sealed_state, sealed_sender, status, refresh_at)
        VALUES (%(case_id)s, %(system)s, %(ref)s, %(state)s, %(sender)s, %(status)s, %(refresh_at)s)
        ON CONFLICT (case_id, system) DO UPDATE
        SET sealed_state = excluded.sealed_state, sealed_sender = excluded.sealed_sender, status = excluded.status,
            changed_at = now(),
            refresh_at = CASE WHEN {DUE_SINCE} THEN link.refresh_at ELSE excluded.refresh_at END
        """,  # noqa: S608  # a constant
        {
            "case_id": case_id,
            "system": state.system,
            "ref": state.ref,
            "state": keys.seal_json(owner, Part.FILE, f"link.state/{case_id}", body),
            "sender": keys.seal_json(owner, Part.CONTACT, f"link.sender/{case_id}", sender),
            "status": state.status.value,
            "refresh_at": refresh_at,
            "asked_at": asked_at,
            "now": now,
            **case_list.filing(state),
        },
    )


async def save_ref(
    conn: Connection, case_id: int, system: str, ref: str, refresh_at: datetime | None
) -> None:
    """A delivery created (or found) the case at ``system``: the tie itself, before anything was read back."""
    await conn.execute(
        """
        INSERT INTO link (case_id, system, ref, refresh_at) VALUES (%s, %s, %s, %s)
        ON CONFLICT (case_id, system) DO UPDATE SET refresh_at = excluded.refresh_at
        """,
        (case_id, system, ref, refresh_at),
    )


async def save_baseline(
    conn: Connection, case_id: int, system: str, ref: str, baseline: Baseline
) -> str | None:
    """What both sides agree on now.

    Returns:
        Digest of the sealed bytes, for the log: whoever changes or exchanges the row later cannot change that, and
        nobody can guess a value from it. None if the link's keys were destroyed.
    """
    sealed = await _sealed_baseline(conn, case_id, system, ref, baseline)
    await conn.execute(
        "UPDATE link SET sealed_baseline = %s WHERE case_id = %s AND system = %s", (sealed, case_id, system)
    )
    return None if sealed is None else digest_bytes(sealed)


async def _sealed_baseline(
    conn: Connection, case_id: int, system: str, ref: str, baseline: Baseline
) -> bytes | None:
    owner = owner_of(system, ref)
    keys = await vault.sealing(conn, owner, case_id)
    body = _BASELINE.dump_python(baseline, mode="json")
    body["acts"] = sorted(body["acts"])
    return keys.seal_json(owner, Part.CONTACT, f"link.baseline/{case_id}", body)


@dataclass(frozen=True, kw_only=True)
class Agreed:
    """A write took effect.

    Attributes:
        written: the system it was written to, and its reference of the case there.
        portal: the portal of the pair, on whose link the baseline lies, and its reference.
    """

    case_id: int
    written: tuple[str, str]
    portal: tuple[str, str]
    baseline: Baseline
    refresh_at: datetime | None


_AGREE = """
WITH dirty AS (
    UPDATE case_record SET dirty_at = coalesce(dirty_at, %(now)s)
    WHERE id = %(case_id)s AND ended_at IS NULL
), other AS (
    UPDATE link SET sealed_baseline = %(baseline)s
    WHERE case_id = %(case_id)s AND system = %(portal)s AND system <> %(system)s
)
INSERT INTO link (case_id, system, ref, refresh_at, sealed_baseline)
VALUES (%(case_id)s, %(system)s, %(ref)s, %(refresh_at)s,
        CASE WHEN %(system)s::text = %(portal)s THEN %(baseline)s::bytea END)
ON CONFLICT (case_id, system) DO UPDATE SET refresh_at = excluded.refresh_at,
    sealed_baseline = CASE WHEN link.system = %(portal)s THEN excluded.sealed_baseline
                           ELSE link.sealed_baseline END
"""


async def agree(conn: Connection, news: Sequence[Agreed], now: datetime) -> list[str | None]:
    """Writes took effect: :func:`save_ref`, :func:`save_baseline` and :func:`connector.store.cases.mark_dirty` of each, in one round trip.

    Returns:
        For each as :func:`save_baseline`.
    """
    await vault.make(conn, {owner_of(*one.portal): one.case_id for one in news})
    sealed = [await _sealed_baseline(conn, one.case_id, *one.portal, one.baseline) for one in news]
    async with conn.pipeline():
        for one, baseline in zip(news, sealed, strict=True):
            values = {
                "case_id": one.case_id,
                "system": one.written[0],
                "ref": one.written[1],
                "portal": one.portal[0],
                "baseline": baseline,
                "refresh_at": one.refresh_at,
                "now": now,
            }
            await conn.execute(_AGREE, values)
    return [None if one is None else digest_bytes(one) for one in sealed]


async def references(conn: Connection, case_ids: Sequence[int]) -> dict[int, dict[str, str]]:
    """Case → system → reference, of those among these cases that have not ended."""
    cursor = await conn.execute(
        """
        SELECT case_id, system, ref FROM link JOIN case_record ON case_record.id = case_id
        WHERE case_id = ANY(%s) AND ended_at IS NULL ORDER BY case_id, system
        """,
        (list(case_ids),),
    )
    found: dict[int, dict[str, str]] = {}
    for row in await cursor.fetchall():
        found.setdefault(row["case_id"], {})[row["system"]] = row["ref"]
    return found
