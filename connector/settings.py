"""Settings: one TOML file, overridden by the environment and a folder of secrets. The only reader of either.

Order, strongest first: environment (``PHANHOI_…__…``), secrets folder (``PHANHOI_SECRETS_DIR``, else ``secrets`` beside
the file; one file a value, named like the variable without prefix, lower case), ``phanhoi.toml`` (``--config``, ``PHANHOI_CONFIG``), defaults.
"""

import os
from pathlib import Path
from typing import Annotated

from pydantic import (
    Field,
    ValidationError,
)
from pydantic_settings import (
    BaseSettings,
    NestedSecretsSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from connector.crash import CrashAt
from connector.errors import SettingsError
from connector.sections.alerts import AlertSettings
from connector.sections.base import EmptyIsNone
from connector.sections.canary import CanarySettings
from connector.sections.console import ConsoleSettings
from connector.sections.database import BackupSettings, DatabaseSettings
from connector.sections.gateway import GatewaySettings
from connector.sections.ledger import LedgerSettings
from connector.sections.observability import ObservabilitySettings
from connector.sections.privacy import PrivacySettings, RetentionSettings
from connector.sections.repair import ReconcileSettings, ResyncSettings
from connector.sections.systems import SystemSettings
from connector.sections.work import WorkSettings
from connector.sync.guards import GuardSettings

CONFIG_FILE = "phanhoi.toml"

REHEARSAL_MARK = ".phanhoi-demo"
"""Lies in every folder that a demo or rehearsal made, and in no other."""


class Settings(BaseSettings):
    """The whole of it."""

    model_config = SettingsConfigDict(
        env_prefix="PHANHOI_",
        env_nested_delimiter="__",
        secrets_nested_delimiter="__",
        secrets_prefix="",
        secrets_dir_missing="ok",
        extra="forbid",
        frozen=True,
    )

    node: str = Field(
        default="node-1", description="tên máy, ghi trong nhật ký / name of this machine in the log"
    )
    mappings: Annotated[Path | None, EmptyIsNone] = Field(
        default=None,
        description="thư mục ánh xạ riêng; để trống = bản kèm theo / own mappings folder; empty = shipped",
    )
    database: DatabaseSettings = DatabaseSettings()
    work: WorkSettings = WorkSettings()
    gateway: GatewaySettings = GatewaySettings()
    console: ConsoleSettings = ConsoleSettings()
    guards: GuardSettings = GuardSettings()
    canary: CanarySettings = CanarySettings()
    privacy: PrivacySettings = PrivacySettings()
    ledger: LedgerSettings = LedgerSettings()
    retention: RetentionSettings = RetentionSettings()
    backup: BackupSettings = BackupSettings()
    resync: ResyncSettings = ResyncSettings()
    reconcile: ReconcileSettings = ReconcileSettings()
    alerts: AlertSettings = AlertSettings()
    observability: ObservabilitySettings = ObservabilitySettings()
    systems: dict[str, SystemSettings] = Field(default_factory=dict)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003  # signature of the library
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment over secrets folder over file over defaults."""
        return (
            init_settings,
            env_settings,
            NestedSecretsSettingsSource(file_secret_settings),
            TomlConfigSettingsSource(settings_cls),
        )


def config_path(given: Path | None = None) -> Path:
    """The settings file in force: ``--config``, else ``PHANHOI_CONFIG``, else ``./phanhoi.toml``."""
    return given or Path(os.environ.get("PHANHOI_CONFIG", CONFIG_FILE))


def _secrets_folder(path: Path) -> Path | str | None:
    """``PHANHOI_SECRETS_DIR``, else the folder ``secrets`` beside the settings file, if there is one."""
    beside = path.parent / "secrets"
    return os.environ.get("PHANHOI_SECRETS_DIR") or (beside if path.exists() and beside.is_dir() else None)


def load_settings(given: Path | None = None) -> Settings:
    """Read and check all settings.

    Raises:
        SettingsError: with every problem found; a missing file is an error only if it was named explicitly.
    """
    path = config_path(given)
    if not path.exists() and (given is not None or "PHANHOI_CONFIG" in os.environ):
        msg = f"settings file {path} does not exist"
        raise SettingsError(msg)

    class Here(Settings):
        model_config = SettingsConfigDict(toml_file=path, secrets_dir=_secrets_folder(path))

    try:
        return Here()
    except ValidationError as error:
        msg = f"{path}: wrong settings"
        raise SettingsError(msg, problems=problems_of(error)) from None
    except (ValueError, OSError) as error:
        msg = f"{path}: {error}"
        raise SettingsError(msg) from None


def crash_at(given: Path | None = None) -> CrashAt | None:
    """Where a rehearsal lets the daemon die (``PHANHOI_CRASH_AT``); None in all other life.

    It is no setting: neither file nor secrets folder can hold it, and it counts only beside a rehearsal's settings.

    Raises:
        SettingsError: it is set where no rehearsal is, or names no point.
    """
    wanted = os.environ.get("PHANHOI_CRASH_AT")
    if not wanted:
        return None
    if not (config_path(given).parent / REHEARSAL_MARK).is_file():
        msg = "PHANHOI_CRASH_AT is set, but this is no rehearsal's folder: nothing is started"
        raise SettingsError(msg)
    try:
        return CrashAt.parse(wanted)
    except ValueError as error:
        msg = f"PHANHOI_CRASH_AT: {error}"
        raise SettingsError(msg) from None


def problems_of(error: ValidationError) -> tuple[str, ...]:
    """One line a problem: where and why; never the value, which may be a secret."""
    return tuple(
        f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors(include_input=False)
    )
