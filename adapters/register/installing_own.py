"""The register that comes with the connector, installed by ``phanhoi init``: its schema, and the agencies of the mappings."""

from pathlib import Path

from adapters.register.catalogue_file import read_agencies
from adapters.register.database import Database
from adapters.register.service import Register, RegisterConfig
from adapters.register.settings import RegisterSettings, read_keys
from connector.clock import SystemClock
from connector.rules.book import RuleBook


async def install_own(settings: RegisterSettings, mappings: Path) -> None:
    """Install or upgrade the schema and load the agencies; safe to repeat.

    Raises:
        MasterKeyError, DatabaseVersionError, DatabaseUnavailable: what the database says.
    """
    assert settings.database_url is not None
    text = None if settings.master_keys is None else settings.master_keys.get_secret_value()
    register = Register(
        Database(settings.database_url.get_secret_value()),
        SystemClock(),
        read_keys(text, settings.master_keys_file),
        RuleBook.load(mappings),
        RegisterConfig(madonvi=settings.madonvi),
    )
    try:
        await register.install()
        agencies, holder = read_agencies(mappings / "agencies.csv")
        await register.put_agencies(agencies, province_role=holder)
    finally:
        await register.aclose()
