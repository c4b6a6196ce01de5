"""The list of findings, page by page, without opening a seal: gravest first, then oldest."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from connector.errors import UserError
from connector.reconcile.findings import Severity
from connector.store.connection import Connection
from connector.store.leaf import Place

STATES = ("open", "noted", "closed")
"""Open and nobody's yet; acknowledged by a person; gone."""

_STATES = {
    "open": "closed_at IS NULL AND ack_by IS NULL",
    "noted": "closed_at IS NULL AND ack_by IS NOT NULL",
    "closed": "closed_at IS NOT NULL",
}
_GRAVEST_FIRST = [one.value for one in reversed(Severity)]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, kw_only=True)
class FindingLine:
    """One line; see :class:`connector.reconcile.findings.Finding`. ``noted_until``: end of an acknowledgement."""

    id: int
    kind: str
    system: str
    side: str | None
    case_id: int | None
    ref: str | None
    field: str | None
    cause: str
    code: str | None
    role: str
    agency: str | None
    severity: str
    due_at: datetime | None
    repairable: bool
    opened_at: datetime
    closed_at: datetime | None
    noted_by: str | None
    noted_until: datetime | None

    @property
    def mark(self) -> str:
        """Its place in the order: where a further page begins."""
        rank = _GRAVEST_FIRST.index(self.severity) + 1
        return f"{rank}-{(self.opened_at - _EPOCH) // _MICROSECOND}-{self.id}"


@dataclass(frozen=True, kw_only=True)
class Search:
    """What is looked for; everything that is set must hold.

    Attributes:
        state: one of :data:`STATES`.
        role: who has to look.
        opened_before: only what has been there for so long.
        at: a place is a mark.
    """

    state: str = "open"
    system: str | None = None
    kind: str | None = None
    severity: str | None = None
    role: str | None = None
    case_id: int | None = None
    opened_before: datetime | None = None
    at: Place[str] = field(default_factory=Place)


async def find(conn: Connection, search: Search) -> list[FindingLine]:
    """The findings that match.

    Raises:
        UserError: the mark is none.
    """
    mark = search.at.after or search.at.before
    rank, opened_at, number = _place(mark) if mark else (0, _EPOCH, 0)
    beyond, way = (">", "ASC") if search.at.rises(falling=False) else ("<", "DESC")
    cursor = await conn.execute(
        f"""
        SELECT id, kind, system, side, case_id, ref, field, cause, code, role, agency, severity, due_at, repairable,
               opened_at, closed_at, ack_by AS noted_by, ack_until AS noted_until
        FROM finding
        WHERE {_STATES[search.state]}
          AND (%(system)s::text IS NULL OR system = %(system)s) AND (%(kind)s::text IS NULL OR kind = %(kind)s)
          AND (%(severity)s::text IS NULL OR severity = %(severity)s) AND (%(role)s::text IS NULL OR role = %(role)s)
          AND (%(case)s::bigint IS NULL OR case_id = %(case)s)
          AND (%(until)s::timestamptz IS NULL OR opened_at <= %(until)s)
          AND (array_position(%(order)s::text[], severity), opened_at, id) {beyond} (%(rank)s, %(at)s, %(id)s)
        ORDER BY array_position(%(order)s::text[], severity) {way}, opened_at {way}, id {way} LIMIT %(most)s
        """.encode(),  # noqa: S608  # constants
        {
            "system": search.system,
            "kind": search.kind,
            "severity": search.severity,
            "role": search.role,
            "case": search.case_id,
            "until": search.opened_before,
            "order": _GRAVEST_FIRST,
            "rank": rank,
            "at": opened_at,
            "id": number,
            "most": search.at.most,
        },
    )
    return [FindingLine(**row) for row in await cursor.fetchall()]


async def waiting(conn: Connection) -> int:
    """How many are open and nobody's yet."""
    cursor = await conn.execute(f"SELECT count(*) AS n FROM finding WHERE {_STATES['open']}".encode())  # noqa: S608  # a constant
    row = await cursor.fetchone()
    return int(row["n"]) if row else 0


def _place(mark: str) -> tuple[int, datetime, int]:
    parts = mark.split("-")
    try:
        rank, micros, number = (int(part) for part in parts if part.isascii() and part.isdigit())
        return min(rank, len(_GRAVEST_FIRST)), _EPOCH + micros * _MICROSECOND, min(number, 2**63 - 1)
    except (ValueError, OverflowError):
        msg = "before, after: the mark of a line is needed"
        raise UserError(msg) from None
