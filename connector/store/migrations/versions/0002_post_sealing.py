"""Seal what an older program kept in clear, then remove the clear columns. All in one transaction.

Needs the master keys only if there is something to seal: a fresh database is made without.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from alembic import context, op
from psycopg.rows import dict_row

from connector.errors import MasterKeyError
from connector.sealing import CaseKey, MasterKeys

revision = "0002_post"
down_revision = "0002_pre"

Driver = psycopg.Connection[Any]


def upgrade() -> None:
    """Seal row by row, table by table."""
    driver = op.get_bind().connection.driver_connection
    assert driver is not None
    sealer = _Sealer(driver=driver, masters=context.config.attributes.get("masters"))
    for work in (_links, _observations, _deliveries, _quarantine, _tickets):
        work(sealer)
    driver.execute(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))


@dataclass(kw_only=True)
class _Sealer:
    """Makes keys as they are needed. Written out here, so that it stays what it was when the program moves on."""

    driver: Driver
    masters: MasterKeys | None
    keys: dict[tuple[str, str], CaseKey] = field(default_factory=dict)

    def rows(self, query: str) -> Iterator[dict[str, Any]]:
        """Rows in constant memory."""
        with self.driver.cursor(name="to_seal", row_factory=dict_row) as cursor:
            cursor.execute(query.encode())
            yield from cursor

    def seal(self, owner: str, part: str, case_id: int | None, place: str, value: object) -> bytes | None:
        """A value, JSON unless it is bytes, sealed with the owner's key; nothing stays nothing."""
        if value is None:
            return None
        plain = value if isinstance(value, bytes) else json.dumps(value, ensure_ascii=False).encode()
        return self._key(owner, part, case_id).seal(plain, place)

    def _key(self, owner: str, part: str, case_id: int | None) -> CaseKey:
        if self.masters is None:
            msg = "the database holds clear data of an older version; sealing it needs the master key"
            raise MasterKeyError(msg)
        if (owner, part) not in self.keys:
            key, wrapped = self.masters.new_key(f"{owner}/{part}")
            self.driver.execute(
                "INSERT INTO case_key (owner, part, case_id, master, blob) VALUES (%s, %s, %s, %s, %s)",
                (owner, part, case_id, wrapped.master, wrapped.blob),
            )
            self.keys[owner, part] = key
        return self.keys[owner, part]


def _links(to: _Sealer) -> None:
    for row in to.rows("SELECT * FROM link"):
        owner, case_id = f"{row['system']}/{row['ref']}", row["case_id"]
        state = row["state"]
        sender = (state.get("header") or {}).pop("sender", None) if state else None

        def seal(
            part: str, column: str, value: object, owner: str = owner, case_id: int = case_id
        ) -> bytes | None:
            return to.seal(owner, part, case_id, f"link.{column}/{case_id}", value)

        to.driver.execute(
            """
            UPDATE link SET sealed_state = %s, sealed_sender = %s, sealed_baseline = %s
            WHERE case_id = %s AND system = %s
            """,
            (
                seal("file", "state", state),
                seal("contact", "sender", sender),
                seal("contact", "baseline", row["baseline"]),
                case_id,
                row["system"],
            ),
        )


def _observations(to: _Sealer) -> None:
    for row in to.rows("SELECT id, system, ref, case_id, kind, fingerprint, raw, data FROM observation"):
        owner, place = f"{row['system']}/{row['ref']}", f"{row['kind']}/{row['fingerprint']}"
        to.driver.execute(
            "UPDATE observation SET sealed_raw = %s, sealed_data = %s WHERE id = %s",
            (
                to.seal(owner, "contact", row["case_id"], f"observation.raw/{place}", bytes(row["raw"])),
                to.seal(owner, "contact", row["case_id"], f"observation.data/{place}", row["data"]),
                row["id"],
            ),
        )


def _deliveries(to: _Sealer) -> None:
    for row in to.rows("SELECT id, case_id, operation, basis, error_text, receipt FROM delivery"):
        seal = _columns(to, f"case/{row['case_id']}", row["case_id"], f"delivery.%s/{row['id']}")
        to.driver.execute(
            """
            UPDATE delivery SET sealed_operation = %s, sealed_basis = %s, sealed_error_text = %s, sealed_receipt = %s
            WHERE id = %s
            """,
            (*(seal(name, row[name]) for name in ("operation", "basis", "error_text", "receipt")), row["id"]),
        )


def _quarantine(to: _Sealer) -> None:
    for row in to.rows("SELECT id, subject, code, system, ref, case_id, reason, closed_note FROM quarantine"):
        of_case = row["ref"] is None and row["case_id"] is not None
        owner = f"case/{row['case_id']}" if of_case else f"{row['system']}/{row['ref'] or ''}"
        seal = _columns(to, owner, row["case_id"], f"quarantine.%s/{row['subject']}/{row['code']}")
        to.driver.execute(
            "UPDATE quarantine SET sealed_reason = %s, sealed_closed_note = %s WHERE id = %s",
            (seal("reason", row["reason"]), seal("closed_note", row["closed_note"]), row["id"]),
        )


def _tickets(to: _Sealer) -> None:
    for row in to.rows("SELECT token_hash, system, ref, attachment FROM file_ticket"):
        token = bytes(row["token_hash"])
        seal = _columns(to, f"{row['system']}/{row['ref']}", None, f"file_ticket.%s/{token.hex()}")
        to.driver.execute(
            "UPDATE file_ticket SET sealed_attachment = %s WHERE token_hash = %s",
            (seal("attachment", row["attachment"]), token),
        )


def _columns(
    to: _Sealer, owner: str, case_id: int | None, place: str
) -> Callable[[str, object], bytes | None]:
    """Seals columns of one row with its owner's contact key."""
    return lambda column, value: to.seal(owner, "contact", case_id, place % column, value)
