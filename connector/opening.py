"""Find, start and check the database: the first thing every command does, and all that a reading one loads."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from connector.keyfile import master_keys_if_given
from connector.settings import Settings
from connector.store.embedded import EmbeddedServer
from connector.store.version import check_address, is_current


@asynccontextmanager
async def database_url(settings: Settings) -> AsyncIterator[str]:
    """The connection string in force; starts (or joins) the embedded server if no address is set.

    The embedded server is shared by all processes that name its folder and outlives them: a daemon that is killed
    leaves a database that is whole, and stopping it is the demo's or the operator's decision.
    """
    if settings.database.url is not None:
        url = settings.database.url.get_secret_value()
        check_address(url)
        yield url
        return
    yield await asyncio.to_thread(
        EmbeddedServer(settings.database.folder, settings.database.least_free_mib).start
    )


async def prepare_database(settings: Settings, url: str) -> None:
    """The embedded database migrates itself; one that others may use is only checked.

    Raises:
        DatabaseUnavailable: no connection.
        MasterKeyError: an older program left clear data, and there is no key to seal it.
        DatabaseVersionError: the database is newer than the program, or older and not ours to migrate.
    """
    if await asyncio.to_thread(is_current, url):
        return
    from connector.store.migrate import migrate, require_current  # noqa: PLC0415  # heavy, and seldom needed

    if settings.database.url is None:
        await asyncio.to_thread(migrate, url, masters=master_keys_if_given(settings))
    else:
        await asyncio.to_thread(require_current, url)
