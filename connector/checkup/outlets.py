"""What stands beside the systems: the log's folder, keys, witness and time stamps; the file gateway's public address."""

import os
from datetime import datetime

from connector.checkup import network
from connector.checkup.line import Line, State, failed, fine, refused, warned, worst
from connector.clock import Clock
from connector.errors import ConnectorError
from connector.gateway_address import ALIVE
from connector.keyfile import signing_keys
from connector.settings import Settings
from connector.transport import HttpClient, TransportSettings

LOG, FILES = "log", "files"
PLAIN = TransportSettings(connect_timeout_s=5, read_timeout_s=10, tries=1)


async def lines(settings: Settings, clock: Clock) -> list[Line]:
    """Every line of these."""
    return [*await _log(settings, clock.now()), *await _files(settings, clock)]


async def _log(settings: Settings, now: datetime) -> list[Line]:
    found = [_signing(settings)]
    ledger = settings.ledger
    if ledger.checkpoint_folder is not None:
        found.append(_folder(settings))
    for check, url in (("witness", ledger.witness_url), ("timestamp", ledger.timestamp_url)):
        if url is not None:
            found.append(worst(await network.lines(LOG, url, PLAIN, now), LOG, check))
    return found


def _signing(settings: Settings) -> Line:
    try:
        keys = signing_keys(settings)
    except ConnectorError as error:
        return refused(LOG, "signing", error)
    if not keys:
        return warned(LOG, "signing", "no_signing", "do_signing")
    return fine(LOG, "signing", "signing", name=next(iter(keys)))


def _folder(settings: Settings) -> Line:
    folder = settings.ledger.checkpoint_folder
    assert folder is not None
    there = folder.expanduser()
    if not there.is_dir() and not os.access(there.parent, os.W_OK):
        return failed(LOG, "folder", "no_folder", "do_folder", folder=str(folder), reason=os.strerror(2))
    if there.is_dir() and not os.access(there, os.W_OK | os.X_OK):
        return failed(LOG, "folder", "no_folder", "do_folder", folder=str(folder), reason=os.strerror(13))
    return fine(LOG, "folder", "folder", folder=str(folder))


async def _files(settings: Settings, clock: Clock) -> list[Line]:
    base = settings.gateway.public_base
    if base is None:
        return []
    found = list(await network.lines(FILES, base, PLAIN, clock.now()))
    if any(one.state is State.FAILED for one in found):
        return found
    return [*found, await _public(base.rstrip("/"), clock)]


async def _public(base: str, clock: Clock) -> Line:
    client = HttpClient(FILES, PLAIN, clock)
    try:
        reply = await client.request("GET", f"{base}/healthz", safe=True, max_bytes=1024)
    except ConnectorError as error:
        return refused(FILES, "public", error)
    finally:
        await client.aclose()
    if reply.status == 200 and reply.content == ALIVE:
        return fine(FILES, "public", "public", url=base)
    return warned(FILES, "public", "public_silent", "do_public", url=base, status=reply.status)
