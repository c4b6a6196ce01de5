"""Every setting by its whole name, for the manual and for whoever checks that something names them all."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from connector.sections.alerts import WebhookSettings
from connector.sections.systems import SystemSettings
from connector.settings import Settings
from connector.system import Plugin


def every_setting(plugins: Mapping[str, Plugin[Any]]) -> dict[str, FieldInfo]:
    """Of the program, of any system, and of these adapters; names that are chosen freely stand as ``<name>``."""
    found = dict(_within(Settings, "")) | dict(_within(SystemSettings, "systems.<name>"))
    found |= dict(_within(WebhookSettings, "alerts.webhooks.<name>"))
    for name, plugin in sorted(plugins.items()):
        found |= dict(_within(plugin.settings, f"systems.{name}.adapter"))
    return found


def _within(model: type[BaseModel], path: str) -> Iterator[tuple[str, FieldInfo]]:
    for name, field in model.model_fields.items():
        whole = f"{path}.{name}" if path else name
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from _within(inner, whole)
        elif whole not in {"systems", "systems.<name>.adapter"}:
            yield whole, field
