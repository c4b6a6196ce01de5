"""A witness sees every checkpoint and signs only what continues the last one it saw (C2SP tlog-witness, add-checkpoint)."""

import base64

from connector.clock import Clock
from connector.errors import Permanent, Transient
from connector.ledger.note import (
    COSIGNATURE,
    NoteError,
    parse_note,
    parse_signatures,
    parse_verifier_key,
    verify_cosignature,
)
from connector.services.log_folder import refuse
from connector.services.log_wire import client_for
from connector.settings import Settings
from connector.store import checkpoints, restorations
from connector.store.checkpoints import Stored
from connector.store.database import Database
from connector.store.tiles import Tiles
from connector.transport import HttpClient


async def show_to_witness(db: Database, settings: Settings, clock: Clock) -> None:
    """Show it the newest checkpoint, with the proof that it continues the last one it saw (C2SP tlog-witness)."""
    async with db.reading() as conn:
        last, old = await checkpoints.newest(conn), await checkpoints.last_witnessed(conn)
    if last is None or last.size == old:
        return
    async with client_for("witness", clock) as client:
        status, body = await _add_checkpoint(client, db, settings, last, old)
        if status == 409:  # it has seen another one than we remember: it says which
            old = _size(body)
            if old > last.size:
                await _explain(db, old)
                return
            await _require_known(db, old)
            status, body = await _add_checkpoint(client, db, settings, last, old)
    if status == 422 or (status == 409 and old == last.size):
        refuse(f"the witness has seen another history of the first {old} entries", old, "rewritten")
    if status != 200:
        msg = f"the witness did not sign (status {status})"
        raise (Transient if status >= 500 or status == 409 else Permanent)(msg)
    await _keep_cosignatures(db, settings, last, body)


async def _explain(db: Database, seen: int) -> None:
    """The witness has seen more than we were about to show: by another node a moment ago, or before a roll-back."""
    async with db.reading() as conn:
        newest = await checkpoints.newest(conn)
    known = newest.size if newest else 0
    await _require_known(db, seen)
    if known < seen:
        refuse(
            f"the witness has seen {seen} entries, the database knows {known}",
            known,
            "rolled_back",
            lost=seen,
        )


async def _require_known(db: Database, seen: int) -> None:
    """What it saw last may be of a branch that a restore lost: only its operator can let the log go on.

    Raises:
        Permanent: it is.
    """
    async with db.reading() as conn:
        restored = await restorations.newest(conn)
    if restored is not None and restored.at_size < seen <= restored.lost_size:
        msg = (
            f"the witness has seen {seen} entries of a branch that a restore lost: its operator must be told"
        )
        raise Permanent(msg)


async def _add_checkpoint(
    client: "HttpClient", db: Database, settings: Settings, last: Stored, old: int
) -> tuple[int, str]:
    async with db.reading() as conn:
        proof = await Tiles(conn).consistency(old, last.size)
    lines = "".join(base64.b64encode(one).decode() + "\n" for one in proof)
    content = f"old {old}\n{lines}\n{last.note}".encode()
    url = f"{str(settings.ledger.witness_url).rstrip('/')}/add-checkpoint"
    # safe: to show the same checkpoint twice has no effect
    reply = await client.request("POST", url, safe=True, content=content)
    return reply.status, reply.content.decode("utf-8", "replace")


def _size(body: str) -> int:
    told = body.strip()
    if not told.isdecimal() or len(told) > 18:
        msg = "the witness did not say which checkpoint it has seen"
        raise Transient(msg)
    return int(told)


async def _keep_cosignatures(db: Database, settings: Settings, last: Stored, body: str) -> None:
    try:
        signatures = parse_signatures(body)
        if settings.ledger.witness_key is not None:
            name, kind, public = parse_verifier_key(settings.ledger.witness_key)
            note = parse_note(last.note).signed_also(signatures)
            if kind != COSIGNATURE or verify_cosignature(note, name, public) is None:
                msg = "the signature is not by the witness of ledger.witness_key"
                raise Permanent(msg)
    except NoteError as error:
        msg = f"the witness: {error}"
        raise Permanent(msg) from None
    async with db.unit() as unit:
        await checkpoints.witnessed(unit.conn, last.size, "".join(one.line() for one in signatures))
