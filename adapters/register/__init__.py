"""The register: the province's case register, and the reference for connecting another one.

Light to import: the plugin builds its client, and loads a database driver or an HTTP layer, only on demand.
"""

from adapters.register.settings import RegisterSettings
from connector.case import REGISTER
from connector.system import Plugin, Surroundings, System

__all__ = ["plugin"]


def _build(settings: RegisterSettings, surroundings: Surroundings) -> System:
    if settings.access == "sql":
        from adapters.register.sql_client import SqlClient  # noqa: PLC0415  # psycopg only where it is used

        # whoever writes into the register computes due days; the composition root always gives the rules
        assert surroundings.rules is not None
        return SqlClient(settings, surroundings.clock, surroundings.rules)
    from adapters.register.rest_client import RestClient  # noqa: PLC0415  # same

    return RestClient(settings, surroundings.http)


plugin: Plugin[RegisterSettings] = Plugin(name=REGISTER, settings=RegisterSettings, build=_build)
