"""Findings of reconciliation: one row a difference over all its spells. What could let a value be guessed is sealed."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connector.merge import Side
from connector.reconcile.findings import (
    Acknowledgement,
    Cause,
    Finding,
    FindingClass,
    Role,
    Seen,
    Severity,
    Step,
    ends_acknowledgement,
    name_of,
    next_step,
    print_of,
)
from connector.store import vault
from connector.store.connection import Connection
from connector.store.vault import Part, Ring, case_owner, owner_of


@dataclass(frozen=True, kw_only=True)
class Change:
    """What became of one finding, for the log. ``ended``: a person's acknowledgement ended with it."""

    step: Step
    finding: Finding
    ended: bool = False


async def open_findings(
    conn: Connection,
    *,
    system: str | None = None,
    classes: Collection[FindingClass] | None = None,
    case_id: int | None = None,
    after: int = 0,
    most: int = 500,
) -> list[Finding]:
    """Open findings in order of their number, above ``after``: ask again from the last one for more."""
    cursor = await conn.execute(
        """
        SELECT * FROM finding
        WHERE closed_at IS NULL AND id > %(after)s
          AND (%(system)s::text IS NULL OR system = %(system)s)
          AND (%(kinds)s::text[] IS NULL OR kind = ANY(%(kinds)s))
          AND (%(case)s::bigint IS NULL OR case_id = %(case)s)
        ORDER BY id LIMIT %(most)s
        """,
        {
            "after": after,
            "system": system,
            "kinds": None if classes is None else [one.value for one in classes],
            "case": case_id,
            "most": most,
        },
    )
    return await _read(conn, await cursor.fetchall())


async def get(conn: Connection, finding_id: int, *, lock: bool = False) -> Finding | None:
    """One finding by its number."""
    query = "SELECT * FROM finding WHERE id = %s"
    rows = await (await conn.execute(query + (" FOR UPDATE" if lock else ""), (finding_id,))).fetchall()
    found = await _read(conn, rows)
    return found[0] if found else None


async def of_case(conn: Connection, case_id: int, system: str) -> list[Finding]:
    """All findings that a case ever had with a portal, but for those that stand under a reference alone."""
    query = "SELECT * FROM finding WHERE case_id = %s AND system = %s AND ref IS NULL ORDER BY id FOR UPDATE"
    return await _read(conn, await (await conn.execute(query, (case_id, system))).fetchall())


async def of_ref(conn: Connection, system: str, ref: str) -> list[Finding]:
    """All findings that stand under a reference which is, or was, of no case of ours."""
    query = "SELECT * FROM finding WHERE system = %s AND ref = %s ORDER BY id FOR UPDATE"
    return await _read(conn, await (await conn.execute(query, (system, ref))).fetchall())


async def outlived(conn: Connection, systems: Sequence[str]) -> list[Finding]:
    """Open findings under a reference that is of a case of ours now, or gone: the case is judged as a whole."""
    cursor = await conn.execute(
        """
        SELECT finding.* FROM finding JOIN sighting USING (system, ref)
        WHERE finding.closed_at IS NULL AND finding.system = ANY(%(systems)s) AND finding.kind <> %(gap)s
          AND (sighting.case_id IS NOT NULL OR sighting.print IS NULL)
        ORDER BY finding.id FOR UPDATE OF finding
        """,
        {"systems": list(systems), "gap": FindingClass.MAPPING_GAP.value},
    )
    return await _read(conn, await cursor.fetchall())


async def judge(
    conn: Connection, known: Sequence[Finding], seen: Sequence[Seen], at: datetime
) -> list[Change]:
    """Bring what is stored to what was found now; the findings among ``known`` that were not found close.

    Args:
        known: what is stored of the case, or reference, that was compared.
        seen: what was found of it.

    Returns:
        What changed; a finding that merely stays is not among it.
    """
    stored = {one.name: one for one in known}
    found = {name_of(one.difference): one for one in seen}
    changes: list[Change] = []
    for name in [*found, *(name for name in stored if name not in found)]:
        step = next_step(stored.get(name), found.get(name))
        if step is None:
            continue
        before = stored.get(name)
        after = await _write(conn, name, step, before, found.get(name), at)
        if step is not Step.STAYED:
            ended = before is not None and before.acknowledged is not None and ends_acknowledgement(step)
            changes.append(Change(step=step, finding=after, ended=ended))
    return changes


async def acknowledge(conn: Connection, finding: Finding, given: Acknowledgement | None) -> None:
    """Keep, or with None end, a person's acknowledgement."""
    owner, place = _owner(finding.case_id, finding.system, finding.ref), f"finding.ack/{finding.name}"
    sealed = None
    if given is not None:
        keys = await vault.sealing(conn, owner, finding.case_id)
        sealed = keys.seal_json(owner, Part.CONTACT, place, given.note)
    await conn.execute(
        "UPDATE finding SET ack_by = %s, ack_at = %s, ack_until = %s, sealed_ack = %s WHERE id = %s",
        (
            given.officer if given else None,
            given.at if given else None,
            given.until if given else None,
            sealed,
            finding.id,
        ),
    )


async def run_out(conn: Connection, at: datetime) -> list[Finding]:
    """Acknowledgements whose end has come are taken away; the findings that they quieted."""
    cursor = await conn.execute(
        "SELECT * FROM finding WHERE ack_until <= %s AND closed_at IS NULL ORDER BY id FOR UPDATE", (at,)
    )
    found = await _read(conn, await cursor.fetchall())
    for one in found:
        await acknowledge(conn, one, None)
    return found


async def listed(
    conn: Connection, *, system: str | None, kinds: Sequence[str], only_open: bool, most: int
) -> list[Finding]:
    """For people: gravest first, then oldest."""
    cursor = await conn.execute(
        """
        SELECT * FROM finding
        WHERE (closed_at IS NULL OR NOT %(open)s) AND (%(system)s::text IS NULL OR system = %(system)s)
          AND (%(kinds)s::text[] = '{}' OR kind = ANY(%(kinds)s))
        ORDER BY closed_at IS NOT NULL, array_position(%(order)s::text[], severity), opened_at, id LIMIT %(most)s
        """,
        {
            "open": only_open,
            "system": system,
            "kinds": list(kinds),
            "order": [one.value for one in reversed(Severity)],
            "most": most,
        },
    )
    return await _read(conn, await cursor.fetchall())


async def counts(conn: Connection) -> Mapping[str, Mapping[str, int]]:
    """Numbers of open findings by system and class."""
    cursor = await conn.execute(
        "SELECT system, kind, count(*) AS n FROM finding WHERE closed_at IS NULL GROUP BY system, kind ORDER BY 1, 2"
    )
    told: dict[str, dict[str, int]] = {}
    for row in await cursor.fetchall():
        told.setdefault(row["system"], {})[row["kind"]] = row["n"]
    return told


# ---- rows -----------------------------------------------------------------------------------------------------


async def _write(
    conn: Connection, name: str, step: Step, before: Finding | None, seen: Seen | None, at: datetime
) -> Finding:
    if seen is None:
        assert before is not None
        query = """
            UPDATE finding SET closed_at = %s, ack_by = NULL, ack_at = NULL, ack_until = NULL, sealed_ack = NULL
            WHERE id = %s RETURNING *
            """
        rows = await (await conn.execute(query, (at, before.id))).fetchall()
    else:
        rows = await (await conn.execute(_UPSERT, await _values(conn, name, step, seen, at))).fetchall()
    return (await _read(conn, rows))[0]


_UPSERT = """
INSERT INTO finding (name, kind, system, side, case_id, ref, field, cause, code, role, agency, severity, due_at,
                     repairable, here_at, there_at, first_seen, last_seen, opened_at, sealed_print)
VALUES (%(name)s, %(kind)s, %(system)s, %(side)s, %(case_id)s, %(ref)s, %(field)s, %(cause)s, %(code)s, %(role)s,
        %(agency)s, %(severity)s, %(due_at)s, %(repairable)s, %(here_at)s, %(there_at)s, %(at)s, %(at)s, %(at)s, %(print)s)
ON CONFLICT (name) DO UPDATE SET
    case_id = excluded.case_id, ref = excluded.ref, cause = excluded.cause, code = excluded.code, role = excluded.role,
    agency = excluded.agency, severity = excluded.severity, due_at = excluded.due_at, repairable = excluded.repairable,
    here_at = excluded.here_at, there_at = excluded.there_at, last_seen = excluded.last_seen,
    sealed_print = excluded.sealed_print, closed_at = NULL,
    opened_at = CASE WHEN %(anew)s THEN excluded.opened_at ELSE finding.opened_at END,
    spells = finding.spells + CASE WHEN %(anew)s THEN 1 ELSE 0 END,
    ack_by = CASE WHEN %(ends)s THEN NULL ELSE finding.ack_by END,
    ack_at = CASE WHEN %(ends)s THEN NULL ELSE finding.ack_at END,
    ack_until = CASE WHEN %(ends)s THEN NULL ELSE finding.ack_until END,
    sealed_ack = CASE WHEN %(ends)s THEN NULL ELSE finding.sealed_ack END
RETURNING *
"""


async def _values(conn: Connection, name: str, step: Step, seen: Seen, at: datetime) -> dict[str, Any]:
    told = seen.difference
    owner = _owner(told.case_id, told.system, told.ref)
    keys = await vault.sealing(conn, owner, told.case_id)
    if told.ref is not None and told.case_id is not None:
        await vault.assign(conn, owner, told.case_id)
    return {
        "name": name,
        "kind": told.kind.value,
        "system": told.system,
        "side": told.side.value if told.side else None,
        "case_id": told.case_id,
        "ref": told.ref,
        "field": told.field,
        "cause": told.cause.value,
        "code": told.code,
        "role": seen.role.value,
        "agency": seen.agency,
        "severity": seen.severity.value,
        "due_at": seen.due_at,
        "repairable": told.repairable,
        "here_at": seen.here_at,
        "there_at": seen.there_at,
        "at": at,
        "print": keys.seal_json(owner, Part.CONTACT, f"finding.print/{name}", print_of(told)),
        "anew": step is Step.REOPENED,
        "ends": ends_acknowledgement(step),
    }


async def _read(conn: Connection, rows: Sequence[dict[str, Any]]) -> list[Finding]:
    owners = {_owner(row["case_id"], row["system"], row["ref"]) for row in rows}
    keys = await vault.ring(conn, owners)
    return [_finding(row, keys) for row in rows]


def _finding(row: dict[str, Any], keys: Ring) -> Finding:
    owner = _owner(row["case_id"], row["system"], row["ref"])
    said = keys.open_json(owner, Part.CONTACT, f"finding.print/{row['name']}", row["sealed_print"])
    return Finding(
        id=row["id"],
        name=row["name"],
        kind=FindingClass(row["kind"]),
        system=row["system"],
        side=Side(row["side"]) if row["side"] else None,
        case_id=row["case_id"],
        ref=row["ref"],
        field=row["field"],
        cause=Cause(row["cause"]),
        code=row["code"],
        role=Role(row["role"]),
        agency=row["agency"],
        severity=Severity(row["severity"]),
        due_at=row["due_at"],
        repairable=row["repairable"],
        here_at=row["here_at"],
        there_at=row["there_at"],
        first_seen=row["first_seen"],
        last_seen=row["last_seen"],
        opened_at=row["opened_at"],
        closed_at=row["closed_at"],
        spells=row["spells"],
        print=said,
        acknowledged=_acknowledged(row, keys, owner),
    )


def _acknowledged(row: dict[str, Any], keys: Ring, owner: str) -> Acknowledgement | None:
    if row["ack_by"] is None:
        return None
    note = keys.open_json(owner, Part.CONTACT, f"finding.ack/{row['name']}", row["sealed_ack"])
    return Acknowledgement(officer=row["ack_by"], note=note or "", at=row["ack_at"], until=row["ack_until"])


def _owner(case_id: int | None, system: str, ref: str | None) -> str:
    """Whose key seals it: that of the reference which it stands under, else the case's."""
    return owner_of(system, ref or "") if ref is not None or case_id is None else case_owner(case_id)
