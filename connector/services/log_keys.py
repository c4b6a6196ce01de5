"""The keys that sign checkpoints: which is in use, since when it counts, and the change to another."""

from datetime import datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from connector.canonical import digest_bytes
from connector.errors import SettingsError, SigningKeyError, UserError
from connector.keyfile import signing_keys
from connector.ledger.entry import EntryKind
from connector.ledger.note import PublicKey, SigningKey, keys_document
from connector.settings import Settings
from connector.store import checkpoints, log_keys
from connector.store.database import Connection, Database, Unit
from connector.store.log_keys import Listed


def in_use(settings: Settings) -> tuple[str, SigningKey] | None:
    """The key that signs now and its name in the key file; None: the log is not sealed.

    Raises:
        SigningKeyError, SettingsError: see :func:`connector.keyfile.signing_keys`.
    """
    for label, secret in signing_keys(settings).items():
        assert settings.ledger.origin is not None
        return label, SigningKey(
            name=settings.ledger.origin, secret=Ed25519PrivateKey.from_private_bytes(secret)
        )
    return None


def origin(settings: Settings) -> str:
    """The name of the log.

    Raises:
        SettingsError: it has none.
    """
    if settings.ledger.origin is None:
        msg = "the log has no name: set ledger.origin"
        raise SettingsError(msg)
    return settings.ledger.origin


async def published(conn: Connection, name: str) -> dict[str, object]:
    """The keys as they are published (``log-keys.json``)."""
    return keys_document(name, [one.key for one in await log_keys.listed(conn)])


async def register_first(unit: Unit, settings: Settings, now: datetime) -> None:
    """The very first key counts from the moment at which it is first used.

    Raises:
        SigningKeyError: other keys are published, and the one in the file is not among those that count.
    """
    own = in_use(settings)
    if own is None:
        return
    label, key = own
    known = await log_keys.listed(unit.conn)
    if not known:
        await _take_up(unit, label, key, now)
    elif not any(one.key.public == key.public and one.key.valid_until is None for one in known):
        msg = f"the key {label} that signs here is not the published one in use"
        raise SigningKeyError(msg)


async def rotate(db: Database, settings: Settings, now: datetime, *, actor: str) -> Listed:
    """The first key of the file signs from now on.

    Raises:
        UserError: it does so already.
        SigningKeyError: there is none.
    """
    own = in_use(settings)
    if own is None:
        msg = "no signing key is set"
        raise SigningKeyError(msg)
    label, key = own
    async with db.unit() as unit:
        unit.actor = actor
        await checkpoints.lock(unit.conn)
        if any(one.key.public == key.public for one in await log_keys.listed(unit.conn)):
            msg = f"the key {label} is published already: put a new one in front of it"
            raise UserError(msg)
        return await _take_up(unit, label, key, now)


async def _take_up(unit: Unit, label: str, key: SigningKey, now: datetime) -> Listed:
    at = now.replace(microsecond=0)
    # checkpoints tell full seconds: one that the old key signed within this second still counts
    await log_keys.end_all(unit.conn, at + timedelta(seconds=1))
    public = PublicKey(name=key.name, public=key.public, valid_from=at)
    await log_keys.add(unit.conn, label, public)
    unit.record(EntryKind.LOG_KEY_IN_USE, key_id=public.key_id.hex(), public_sha256=digest_bytes(key.public))
    return Listed(label=label, key=public)


def default_file(settings: Settings, given: Path | None) -> Path:
    """Where the signing keys lie.

    Raises:
        UserError: nowhere.
    """
    path = given or settings.ledger.signing_keys_file
    if path is None:
        msg = "name a file (--file), or set ledger.signing_keys_file"
        raise UserError(msg)
    return path.expanduser()
