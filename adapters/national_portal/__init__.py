"""The National Public Service Portal over its REST convention ``mapi``."""

from adapters.national_portal.settings import NationalPortalSettings
from connector.system import Plugin, Question, Surroundings, System

__all__ = ["NationalPortalSettings", "plugin"]


def _build(settings: NationalPortalSettings, around: Surroundings) -> System:
    from adapters.national_portal.client import NationalPortal  # noqa: PLC0415  # keeps start-up quick

    return NationalPortal(settings, around)


def _addresses(settings: NationalPortalSettings) -> tuple[str, ...]:
    route = settings.route
    base = route.base if route.kind == "facade" else settings.adapter_base
    token = None if route.kind == "direct" else route.token_url
    return tuple(one for one in (base, token) if one is not None)


plugin = Plugin(
    name="national_portal",
    settings=NationalPortalSettings,
    build=_build,
    addresses=_addresses,
    questions=(Question(name="adapter_base"), Question(name="madonvi"), Question(name="password")),
)
