"""Rotation of the master key: the case keys are wrapped anew, the data stays as it is."""

from collections.abc import Mapping
from dataclasses import dataclass

from connector.ledger.entry import EntryKind
from connector.sealing import MasterKeys
from connector.store import vault
from connector.store.database import Database

BATCH = 500
"""Keys that one transaction wraps anew."""


@dataclass(frozen=True, kw_only=True)
class KeysInfo:
    """Names only. ``wraps``: number of case keys by master key; ``missing``: names that wrap keys and are not given."""

    current: str
    given: tuple[str, ...]
    wraps: Mapping[str, int]
    destroyed: int
    missing: tuple[str, ...]

    @property
    def pending(self) -> int:
        """Case keys that another master key than the current one wraps."""
        return sum(count for name, count in self.wraps.items() if name != self.current)


async def info(db: Database, masters: MasterKeys) -> KeysInfo:
    """How the case keys are wrapped."""
    async with db.reading() as conn:
        found = await vault.counts(conn)
    wraps = {name: count for name, count in found.items() if name is not None}
    return KeysInfo(
        current=masters.current,
        given=masters.names,
        wraps={**dict.fromkeys(masters.names, 0), **wraps},
        destroyed=found.get(None, 0),
        missing=tuple(sorted(set(wraps) - set(masters.names))),
    )


async def rewrap_all(db: Database, masters: MasterKeys) -> int:
    """Wrap every case key by the current master key, in batches; what is done stays done if it is cut short.

    Keys that a master key wraps which is not given are left alone; :func:`info` names it as missing.
    """
    done = 0
    while True:
        async with db.unit() as unit:
            count = await vault.rewrap(unit.conn, BATCH)
            if count:
                unit.record(EntryKind.KEYS_ROTATED, master_id=masters.current, keys=count)
        if not count:
            return done
        done += count
