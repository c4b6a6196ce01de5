"""A time-stamping authority says when a checkpoint was there at the latest, by a clock that is not ours (RFC 3161)."""

import hashlib
from datetime import timedelta
from pathlib import Path

from cryptography.x509 import Certificate, load_pem_x509_certificates
from rfc3161_client import (
    HashAlgorithm,
    PKIStatus,
    TimeStampRequest,
    TimestampRequestBuilder,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from connector.clock import Clock
from connector.errors import SettingsError, Transient
from connector.ledger.note import parse_note
from connector.services.log_wire import client_for
from connector.settings import Settings
from connector.store import checkpoints
from connector.store.database import Database


async def stamp(db: Database, settings: Settings, clock: Clock) -> None:
    """One for the newest checkpoint, if the last stamp is old enough.

    Raises:
        Transient: the authority cannot be reached, or gave no stamp that can be used.
        SettingsError: its root certificates cannot be read.
    """
    async with db.reading() as conn:
        last, stamped_at = await checkpoints.newest(conn), await checkpoints.last_stamp(conn)
    pause = timedelta(seconds=settings.ledger.timestamp_every_s)
    if last is None or (stamped_at is not None and last.signed_at < stamped_at + pause):
        return
    token = await _ask(settings, clock, parse_note(last.note).text.encode())
    async with db.unit() as unit:
        await checkpoints.stamped(unit.conn, last.size, token)


async def _ask(settings: Settings, clock: Clock, text: bytes) -> bytes:
    url = settings.ledger.timestamp_url
    assert url is not None
    roots = _certificates(settings.ledger.timestamp_roots)
    request = TimestampRequestBuilder().data(text).hash_algorithm(HashAlgorithm.SHA256).build()
    async with client_for("timestamp", clock) as client:
        headers = {"Content-Type": "application/timestamp-query"}
        reply = await client.request("POST", url, safe=True, content=request.as_bytes(), headers=headers)
    wrong = f"status {reply.status}" if reply.status != 200 else _wrong(reply.content, request, text, roots)
    if wrong:
        msg = f"the time-stamping authority gave no stamp that can be used: {wrong}"
        raise Transient(msg)
    return reply.content


def _wrong(answer: bytes, request: TimeStampRequest, text: bytes, roots: list[Certificate]) -> str | None:
    """Why the answer is no stamp of this text; without roots nobody can say by whom it is."""
    try:
        response = decode_timestamp_response(answer)
        if PKIStatus(response.status) not in (PKIStatus.GRANTED, PKIStatus.GRANTED_WITH_MODS):
            return f"not granted ({response.status})"
        told = response.tst_info
        if told.message_imprint.message != hashlib.sha256(text).digest() or told.nonce != request.nonce:
            return "a stamp of something else"
        if roots:
            builder = VerifierBuilder.from_request(request)
            for certificate in roots:
                builder = builder.add_root_certificate(certificate)
            builder.build().verify_message(response, text)
    except (ValueError, VerificationError) as error:
        return str(error)
    return None


def _certificates(path: Path | None) -> list[Certificate]:
    if path is None:
        return []
    try:
        return load_pem_x509_certificates(path.expanduser().read_bytes())
    except (OSError, ValueError):
        msg = f"ledger.timestamp_roots: {path} holds no certificates"
        raise SettingsError(msg) from None
