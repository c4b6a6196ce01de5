"""The National Public Service Portal over its REST convention ``mapi``."""

from adapters.national_portal.settings import NationalPortalSettings
from connector.system import Plugin, Surroundings, System

__all__ = ["NationalPortalSettings", "plugin"]


def _build(settings: NationalPortalSettings, around: Surroundings) -> System:
    from adapters.national_portal.client import NationalPortal  # noqa: PLC0415  # keeps start-up quick

    return NationalPortal(settings, around)


plugin = Plugin(name="national_portal", settings=NationalPortalSettings, build=_build)
