"""What happens to a checkpoint after it was signed: filed, time-stamped, witnessed. None of it holds up the sealing.

An outlet that fails is shown by ``phanhoi status`` and tried again at the next sealing. Only a contradiction stops: a
folder or a witness that knows another history than the database (:class:`connector.errors.SealRefused`).
"""

from collections.abc import Awaitable, Callable
from pathlib import Path

import structlog

from connector.clock import Clock
from connector.errors import ConnectorError, SealRefused, SettingsError, SigningKeyError
from connector.services import erasures, known_cases, log_folder
from connector.services.log_keys import origin, published
from connector.services.log_seal import hold, seal
from connector.settings import Settings
from connector.store import checkpoints, restorations
from connector.store import known_cases as known
from connector.store.checkpoints import Stored
from connector.store.database import Database

log = structlog.get_logger(__name__)

Work = Callable[[Database, Settings, Clock], Awaitable[None]]


async def seal_and_send(db: Database, settings: Settings, clock: Clock) -> list[Stored]:
    """Seal, then bring the checkpoints to the outlets; what keeps it from being done is shown by ``phanhoi status``.

    Raises:
        SealRefused, SigningKeyError, SettingsError: see :func:`connector.services.log_seal.seal`.
    """
    try:
        made = await seal(db, settings, clock)
    except (SigningKeyError, SettingsError) as error:
        async with db.unit() as unit:
            await checkpoints.went(unit.conn, "seal", error.code, clock.now())
        raise
    async with db.unit() as unit:
        await checkpoints.went(unit.conn, "seal", None, clock.now())
    await send_out(db, settings, clock)
    return made


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


async def _file(db: Database, settings: Settings, clock: Clock) -> None:
    folder = settings.ledger.checkpoint_folder
    assert folder is not None
    await _file_erasures(db, folder, clock)
    async with db.reading() as conn:
        waiting = await checkpoints.unfiled(conn)
        keys = await published(conn, origin(settings))
        branch = await restorations.branch(conn)
    folder = log_folder.of_branch(folder, branch)
    await _file_cases(db, folder, clock)
    log_folder.write_keys(folder, keys)
    for one in waiting:
        log_folder.write(folder, one)
        async with db.unit() as unit:
            await checkpoints.filed(unit.conn, one.size, clock.now())


async def _file_erasures(db: Database, folder: Path, clock: Clock) -> None:
    """Destroyed keys are kept in mind outside the database: a restore must not bring them back."""
    async with db.reading() as conn:
        waiting = await restorations.unfiled(conn)
    if not waiting:
        return
    erasures.write(folder, [one for _, one in waiting], clock.now())
    async with db.unit() as unit:
        await restorations.filed(unit.conn, {owner for owner, _ in waiting}, clock.now())


async def _file_cases(db: Database, folder: Path, clock: Clock) -> None:
    """Which cases the systems hold is kept in mind outside the database: a restore must not lose one."""
    while True:
        async with db.reading() as conn:
            waiting = await known.unfiled(conn)
        if not waiting:
            return
        known_cases.write(folder, waiting, clock.now())
        async with db.unit() as unit:
            await known.filed(unit.conn, waiting, clock.now())


async def _stamp(db: Database, settings: Settings, clock: Clock) -> None:
    from connector.services.log_stamp import stamp  # noqa: PLC0415  # only where a time stamp is wanted

    await stamp(db, settings, clock)


async def _witness(db: Database, settings: Settings, clock: Clock) -> None:
    from connector.services.log_witness import show_to_witness  # noqa: PLC0415  # only where there is a witness

    await show_to_witness(db, settings, clock)
