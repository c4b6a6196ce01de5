"""Several provinces in one installation: a settings folder, a database, keys and a process of its own for each.

Isolation is that of the operating system: no two tenants share a process, a connection, a key or a setting. This module
only starts the daemon of each, keeps it running, and refuses to start tenants that would meet after all.
"""

import asyncio
import os
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog

from connector.canonical import digest
from connector.errors import SettingsError, UserError
from connector.settings import Settings, load_settings

log = structlog.get_logger(__name__)

FILE = "phanhoi.toml"
SECRETS = "secrets"
FIRST_WAIT_S, MOST_WAIT_S = 1.0, 60.0
"""After a daemon ended by itself: doubled each time, back to the first once it has run for the most."""

FOR_GOOD = UserError.exit_status
"""Wrong settings get no better by trying: that tenant waits for its administrator, the others run."""


@dataclass(frozen=True, kw_only=True)
class Tenant:
    """One province: its name is that of its folder."""

    name: str
    folder: Path

    @property
    def config(self) -> Path:
        """Its settings file."""
        return self.folder / FILE

    def environment(self, given: Mapping[str, str]) -> dict[str, str]:
        """What its daemon inherits: nothing that is meant for the connector, since that could be another's secret."""
        kept = {key: value for key, value in given.items() if not key.upper().startswith("PHANHOI_")}
        return {**kept, "PHANHOI_CONFIG": str(self.config), "PHANHOI_SECRETS_DIR": str(self.folder / SECRETS)}


def tenants_in(folder: Path) -> tuple[Tenant, ...]:
    """All sub-folders that hold a settings file.

    Raises:
        SettingsError: there is none.
    """
    found = sorted(path.parent for path in folder.glob(f"*/{FILE}"))
    if not found:
        msg = f"{folder}: no tenant (a sub-folder with a {FILE})"
        raise SettingsError(msg)
    return tuple(Tenant(name=path.name, folder=path.resolve()) for path in found)


def meetings(settings: Mapping[str, Settings]) -> list[str]:
    """Where tenants would meet: the same database, keys, name of a log, folder or address. One line each."""
    owners: dict[tuple[str, str], list[str]] = defaultdict(list)
    for name, one in settings.items():
        for what, value in _own(one):
            owners[what, value].append(name)
    return [
        f"{', '.join(names)}: the same {what}"
        for (what, _), names in sorted(owners.items())
        if len(names) > 1
    ]


def _own(one: Settings) -> list[tuple[str, str]]:
    """What must be a tenant's alone. Secrets are compared, never told."""
    url, keys, signing = one.database.url, one.privacy.master_keys, one.ledger.signing_keys
    found: list[tuple[str, object]] = [
        ("database.url", url.get_secret_value() if url else None),
        ("database.folder", None if url else _path(one.database.folder)),
        ("privacy.master_keys_file", _path(one.privacy.master_keys_file)),
        ("privacy.master_keys", keys.get_secret_value() if keys else None),
        ("ledger.origin", one.ledger.origin),
        ("ledger.signing_keys_file", _path(one.ledger.signing_keys_file)),
        ("ledger.signing_keys", signing.get_secret_value() if signing else None),
        ("ledger.checkpoint_folder", _path(one.ledger.checkpoint_folder)),
        ("retention.exports_folder", _path(one.retention.exports_folder)),
        ("gateway.public_base", one.gateway.public_base),
    ]
    if one.gateway.port:
        found.append(("address", f"{one.gateway.host}:{one.gateway.port}"))
    if one.console.enabled and one.console.port:
        found.append(("address", f"{one.console.host}:{one.console.port}"))
    for name, system in one.systems.items():
        if system.enabled and system.adapter:
            # the same address and account: one of them would read the other's cases
            found.append((f"systems.{name}.adapter", digest(system.adapter)))
    return [(what, str(value)) for what, value in found if value is not None]


def _path(path: Path | None) -> Path | None:
    return path.expanduser().resolve() if path else None


def check(tenants: Sequence[Tenant]) -> dict[str, str]:
    """Read the settings of all. Returns what keeps single tenants from running: name → why.

    Raises:
        SettingsError: tenants would meet; none is started.
    """
    read: dict[str, Settings] = {}
    broken: dict[str, str] = {}
    for one in tenants:
        try:
            read[one.name] = _read(one)
        except SettingsError as error:
            broken[one.name] = error.message
    met = meetings(read)
    if met:
        msg = "tenants would meet"
        raise SettingsError(msg, problems=tuple(met))
    return broken


def _read(tenant: Tenant) -> Settings:
    """Its settings by what its own daemon will see, not by what surrounds us."""
    before = {key: value for key, value in os.environ.items() if key.upper().startswith("PHANHOI_")}
    wanted = tenant.environment({})
    try:
        for key in before:
            del os.environ[key]
        os.environ.update(wanted)
        return load_settings(tenant.config)
    finally:
        for key in wanted:
            os.environ.pop(key, None)
        os.environ.update(before)


async def run_tenants(folder: Path, stop: asyncio.Event) -> None:
    """Keep a daemon of each tenant running until ``stop``; then stop them all.

    Raises:
        SettingsError: no tenant, or tenants that would meet.
    """
    tenants = tenants_in(folder)
    for name, why in check(tenants).items():
        log.error("tenant_broken", tenant=name, reason=why)
    await asyncio.gather(*(_keep(one, stop) for one in tenants))


async def _keep(tenant: Tenant, stop: asyncio.Event) -> None:
    loop, wait_s = asyncio.get_running_loop(), FIRST_WAIT_S
    while not stop.is_set():
        began = loop.time()
        status = await _run(tenant, stop)
        if stop.is_set():
            return
        if status == FOR_GOOD:
            log.error("tenant_stopped", tenant=tenant.name, status=status, reason="settings")
            await stop.wait()
            return
        wait_s = FIRST_WAIT_S if loop.time() - began > MOST_WAIT_S else min(MOST_WAIT_S, 2 * wait_s)
        log.warning("tenant_ended", tenant=tenant.name, status=status, again_in_s=wait_s)
        try:
            await asyncio.wait_for(stop.wait(), wait_s)
        except TimeoutError:
            continue


async def _run(tenant: Tenant, stop: asyncio.Event) -> int:
    """One life of its daemon; its log goes to a file of its own."""
    with (tenant.folder / "daemon.log").open("ab") as out:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "connector.cli",
            "daemon",
            cwd=tenant.folder,
            env=tenant.environment(os.environ),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    log.info("tenant_started", tenant=tenant.name, pid=process.pid)
    ended, told = asyncio.create_task(process.wait()), asyncio.create_task(stop.wait())
    await asyncio.wait([ended, told], return_when=asyncio.FIRST_COMPLETED)
    if not ended.done():
        process.terminate()
    told.cancel()
    # it ends itself in its own stated time, whatever hangs (connector.stopping)
    return await ended
