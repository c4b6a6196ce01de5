"""The Government Portal's feedback exchange over SOAP (a stand-in contract; see docs/government-portal.md)."""

from adapters.government_portal.settings import GovernmentPortalSettings
from connector.system import Plugin, Question, Surroundings, System

__all__ = ["GovernmentPortalSettings", "plugin"]


def _build(settings: GovernmentPortalSettings, around: Surroundings) -> System:
    # zeep and lxml take a quarter of a second to load: only who really talks SOAP pays for it
    from adapters.government_portal.client import GovernmentPortal  # noqa: PLC0415

    return GovernmentPortal(settings, around)


plugin = Plugin(
    name="government_portal",
    settings=GovernmentPortalSettings,
    build=_build,
    addresses=lambda settings: (settings.endpoint,),
    questions=tuple(Question(name=name) for name in ("endpoint", "system_id", "organ_id", "password")),
)
