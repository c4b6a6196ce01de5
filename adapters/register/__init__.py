"""The register: the province's case register, and the reference for connecting another one.

Light to import: the plugin builds its client, and loads a database driver or an HTTP layer, only on demand.
"""

from pathlib import Path

from adapters.register.settings import RegisterSettings
from connector.case import REGISTER
from connector.system import Plugin, Question, Surroundings, System

__all__ = ["plugin"]


def _build(settings: RegisterSettings, surroundings: Surroundings) -> System:
    if settings.access == "sql":
        from adapters.register.sql_client import SqlClient  # noqa: PLC0415  # psycopg only where it is used

        # whoever writes into the register computes due days; the composition root always gives the rules
        assert surroundings.rules is not None
        return SqlClient(settings, surroundings.clock, surroundings.rules)
    from adapters.register.rest_client import RestClient  # noqa: PLC0415  # same

    return RestClient(settings, surroundings.http)


async def _install(settings: RegisterSettings, mappings: Path) -> None:
    from adapters.register.installing_own import install_own  # noqa: PLC0415  # same

    await install_own(settings, mappings)


def _addresses(settings: RegisterSettings) -> tuple[str, ...]:
    return () if settings.base_url is None or settings.access == "sql" else (settings.base_url,)


plugin: Plugin[RegisterSettings] = Plugin(
    name=REGISTER,
    settings=RegisterSettings,
    build=_build,
    addresses=_addresses,
    questions=(
        Question(name="access"),
        Question(name="madonvi"),
        Question(name="database_url", when={"access": "sql"}),
        Question(name="master_keys", when={"access": "sql"}),
        Question(name="base_url", when={"access": "rest"}),
        Question(name="token", when={"access": "rest"}),
    ),
    install=_install,
)
