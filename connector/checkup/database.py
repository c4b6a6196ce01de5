"""The database: does it answer, may we work there, is it at our version, is there room?"""

import asyncio
import shutil
from pathlib import Path

from connector.checkup.line import Line, failed, fine, refused, unasked, warned
from connector.errors import ConnectorError, DatabaseUnavailable
from connector.settings import Settings
from connector.store.checkup import LEAST_VERSION, DatabaseLook, look
from connector.store.embedded import EmbeddedServer

AREA = "database"


async def lines(settings: Settings) -> list[Line]:
    """Every line of the database. An embedded server that does not run is not started for this."""
    return await asyncio.to_thread(_lines, settings)


def _lines(settings: Settings) -> list[Line]:
    given = settings.database.url
    room = [] if given is not None else [_room(settings.database.folder, settings.database.least_free_mib)]
    url = given.get_secret_value() if given is not None else running(settings)
    if url is None:
        return [warned(AREA, "tcp", "not_running", "do_start"), *room]
    try:
        seen = look(url)
    except ConnectorError as error:
        return [refused(AREA, "tcp", error), *(unasked(AREA, one) for one in ("rights", "schema")), *room]
    return [_version(seen), _rights(seen), _schema(settings, seen), *room]


def running(settings: Settings) -> str | None:
    """The address of the embedded server, if one answers there; none is started for this."""
    url = EmbeddedServer(settings.database.folder).running_url()
    if url is None:
        return None
    try:
        look(url)
    except DatabaseUnavailable:  # its lock file outlived it
        return None
    return url


def _version(seen: DatabaseLook) -> Line:
    major = seen.version.partition(".")[0]
    if int(major) < LEAST_VERSION:
        return failed(
            AREA, "version", "old_postgres", "do_postgres", version=seen.version, least=LEAST_VERSION
        )
    return fine(AREA, "version", "postgres", version=seen.version, place=seen.place)


def _rights(seen: DatabaseLook) -> Line:
    if seen.missing_rights:
        return failed(AREA, "rights", "no_rights", "do_rights", rights=", ".join(seen.missing_rights))
    return fine(AREA, "rights", "rights")


def _schema(settings: Settings, seen: DatabaseLook) -> Line:
    if seen.newer:
        return failed(AREA, "schema", "schema_newer", "do_upgrade", version=seen.schema)
    if seen.pending:
        facts = {"version": seen.schema or "–", "newest": seen.newest}
        # the embedded one migrates itself
        made = failed if settings.database.url is not None else warned
        step = "do_migrate" if settings.database.url is not None else "do_start"
        return made(AREA, "schema", "schema_behind", step, **facts)
    return fine(AREA, "schema", "schema", version=seen.schema)


def _room(folder: Path, least_mib: int) -> Line:
    there = folder.expanduser().resolve()
    while not there.exists():
        there = there.parent
    free = shutil.disk_usage(there).free // 2**20
    facts = {"free": free, "folder": str(folder)}
    if free < least_mib:
        return failed(AREA, "disk", "disk", "do_disk", **facts)
    return fine(AREA, "disk", "disk", **facts)
