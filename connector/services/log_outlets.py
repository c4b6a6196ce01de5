"""What happens to a checkpoint after it was signed: filed, time-stamped, witnessed. None of it holds up the sealing.

An outlet that fails is shown by ``phanhoi status`` and tried again at the next sealing. Only a contradiction stops: a
folder or a witness that knows another history than the database (:class:`connector.errors.SealRefused`).
"""

import base64
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from cryptography.x509 import Certificate, load_pem_x509_certificates

from connector.clock import Clock
from connector.errors import ConnectorError, Permanent, SealRefused, SettingsError, Transient
from connector.ledger.note import (
    COSIGNATURE,
    NoteError,
    parse_note,
    parse_signatures,
    parse_verifier_key,
    verify_cosignature,
)
from connector.services import log_folder
from connector.services.log_folder import refuse
from connector.services.log_keys import origin, published
from connector.services.log_seal import hold
from connector.settings import Settings
from connector.store import checkpoints
from connector.store.checkpoints import Stored
from connector.store.database import Database
from connector.store.tiles import Tiles
from connector.transport import TransportSettings

if TYPE_CHECKING:
    from connector.transport import HttpClient

log = structlog.get_logger(__name__)

Work = Callable[[Database, Settings, Clock], Awaitable[None]]

TIMEOUTS = TransportSettings(read_timeout_s=15, max_reply_bytes=1024 * 1024)


async def send_out(db: Database, settings: Settings, clock: Clock) -> bool:
    """Bring the checkpoints to every outlet that the settings name. False if one of them failed.

    Raises:
        SealRefused: the folder or the witness knows another history; sealing is held.
    """
    well = True
    for name, work in _outlets(settings).items():
        code: str | None = None
        try:
            await work(db, settings, clock)
        except SealRefused as refused:
            await hold(db, clock, refused)
            raise
        except ConnectorError as error:
            code, well = error.code, False
            log.warning("checkpoint_not_taken", outlet=name, code=code, reason=error.message)
        async with db.unit() as unit:
            await checkpoints.went(unit.conn, name, code, clock.now())
    return well


def _outlets(settings: Settings) -> dict[str, Work]:
    ledger = settings.ledger
    named: dict[str, tuple[object, Work]] = {
        "folder": (ledger.checkpoint_folder, _file),
        "timestamp": (ledger.timestamp_url, _stamp),
        "witness": (ledger.witness_url, _witness),
    }
    return {name: work for name, (given, work) in named.items() if given is not None}


# ---- the folder -----------------------------------------------------------------------------------------------


async def _file(db: Database, settings: Settings, clock: Clock) -> None:
    folder = settings.ledger.checkpoint_folder
    assert folder is not None
    async with db.reading() as conn:
        waiting = await checkpoints.unfiled(conn)
        keys = await published(conn, origin(settings))
    log_folder.write_keys(folder, keys)
    for one in waiting:
        log_folder.write(folder, one)
        async with db.unit() as unit:
            await checkpoints.filed(unit.conn, one.size, clock.now())


# ---- the time stamp -------------------------------------------------------------------------------------------


async def _stamp(db: Database, settings: Settings, clock: Clock) -> None:
    """One for the newest checkpoint, if the last stamp is old enough."""
    async with db.reading() as conn:
        last, stamped_at = await checkpoints.newest(conn), await checkpoints.last_stamp(conn)
    pause = timedelta(seconds=settings.ledger.timestamp_every_s)
    if last is None or (stamped_at is not None and last.signed_at < stamped_at + pause):
        return
    token = await _ask_for_stamp(settings, clock, parse_note(last.note).text.encode())
    async with db.unit() as unit:
        await checkpoints.stamped(unit.conn, last.size, token)


async def _ask_for_stamp(settings: Settings, clock: Clock, text: bytes) -> bytes:
    from rfc3161_client import (  # noqa: PLC0415  # only where a time stamp is wanted
        HashAlgorithm,
        PKIStatus,
        TimestampRequestBuilder,
        VerificationError,
        VerifierBuilder,
        decode_timestamp_response,
    )

    url, roots = settings.ledger.timestamp_url, settings.ledger.timestamp_roots
    assert url is not None
    request = TimestampRequestBuilder().data(text).hash_algorithm(HashAlgorithm.SHA256).build()
    async with _client("timestamp", clock) as client:
        headers = {"Content-Type": "application/timestamp-query"}
        reply = await client.request("POST", url, safe=True, content=request.as_bytes(), headers=headers)
    try:
        if reply.status != 200:
            msg = f"status {reply.status}"
            raise ValueError(msg)
        response = decode_timestamp_response(reply.content)
        if PKIStatus(response.status) not in (PKIStatus.GRANTED, PKIStatus.GRANTED_WITH_MODS):
            msg = f"not granted ({response.status})"
            raise ValueError(msg)
        told = response.tst_info
        if told.message_imprint.message != hashlib.sha256(text).digest() or told.nonce != request.nonce:
            msg = "a stamp of something else"
            raise ValueError(msg)
        if roots is not None:
            builder = VerifierBuilder.from_request(request)
            for certificate in _certificates(roots):
                builder = builder.add_root_certificate(certificate)
            builder.build().verify_message(response, text)
    except (ValueError, VerificationError) as error:
        msg = f"the time-stamping authority gave no stamp that can be used: {error}"
        raise Transient(msg) from None
    return reply.content


def _certificates(path: Path) -> list[Certificate]:
    try:
        return load_pem_x509_certificates(path.expanduser().read_bytes())
    except (OSError, ValueError):
        msg = f"ledger.timestamp_roots: {path} holds no certificates"
        raise SettingsError(msg) from None


# ---- the witness ----------------------------------------------------------------------------------------------


async def _witness(db: Database, settings: Settings, clock: Clock) -> None:
    """Show it the newest checkpoint, with the proof that it continues the last one it saw (C2SP tlog-witness)."""
    async with db.reading() as conn:
        last, old = await checkpoints.newest(conn), await checkpoints.last_witnessed(conn)
    if last is None or last.size == old:
        return
    async with _client("witness", clock) as client:
        status, body = await _add_checkpoint(client, db, settings, last, old)
        if status == 409:  # it has seen another one than we remember: it says which
            old = _size(body)
            if old > last.size:
                refuse(
                    f"the witness has seen {old} entries, the database knows {last.size}",
                    last.size,
                    "rolled_back",
                )
            status, body = await _add_checkpoint(client, db, settings, last, old)
    if status in (409, 422):
        refuse(f"the witness has seen another history of the first {old} entries", old, "rewritten")
    if status != 200:
        msg = f"the witness did not sign (status {status})"
        raise (Transient if status >= 500 else Permanent)(msg)
    await _keep_cosignatures(db, settings, last, body)


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


@asynccontextmanager
async def _client(name: str, clock: Clock) -> AsyncIterator["HttpClient"]:
    from connector.transport import HttpClient  # noqa: PLC0415  # only where somebody is called

    client = HttpClient(name, TIMEOUTS, clock)
    try:
        yield client
    finally:
        await client.aclose()
