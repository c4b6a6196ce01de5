"""What an export proves itself against: the newest checkpoint, made now if there is anything to seal."""

import base64

from connector.clock import Clock
from connector.errors import SigningKeyError
from connector.ledger.export import Proof
from connector.services.log_keys import origin, published
from connector.services.log_seal import seal
from connector.settings import Settings
from connector.store import checkpoints
from connector.store.database import Database

EARLIER = 20
"""So many earlier checkpoints are told of besides; whoever kept one of them sees that the log only grew since."""


async def sealed_now(db: Database, settings: Settings, clock: Clock) -> Proof:
    """Seal what is not sealed yet, and give the newest checkpoint.

    While sealing is held for a person, it is the last one before: what came later is not exported.

    Raises:
        SealRefused: what is stored does not continue what was signed.
        SigningKeyError: the log was never sealed, because no key is set.
    """
    await seal(db, settings, clock)
    async with db.reading() as conn:
        found = await checkpoints.listed(conn, most=EARLIER + 1)
        if not found:
            msg = "the log is not sealed: no signing key is set, so an export could prove nothing"
            raise SigningKeyError(msg)
        *earlier, newest = found
        stamp = newest.timestamp_token
        name = origin(settings)
        return Proof(
            origin=name,
            size=newest.size,
            checkpoint=newest.whole_note,
            timestamp=base64.b64encode(stamp).decode() if stamp else None,
            earlier=tuple((one.size, one.whole_note) for one in earlier),
            keys=await published(conn, name),
        )
