"""Users with their sessions, and the settings in force without their secrets."""

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import BaseModel, SecretStr

from connector.app import adapter_settings
from connector.console.access.rights import RIGHTS, Right, Role
from connector.console.visit import Done, Visit
from connector.errors import SettingsError
from connector.store.accounts import AccountRow


@dataclass(frozen=True, kw_only=True)
class UsersPage:
    """Accounts, how many sessions each has open, and the table of rights."""

    rows: tuple[AccountRow, ...]
    sessions: Mapping[str, int]
    roles: tuple[str, ...]
    rights: Mapping[str, tuple[str, ...]]
    me: str


async def users(visit: Visit) -> UsersPage:
    """All accounts."""
    open_now: dict[str, int] = {}
    for one in await visit.site.door.sessions():
        open_now[one.account] = open_now.get(one.account, 0) + 1
    return UsersPage(
        rows=tuple(await visit.site.accounts.listed()),
        sessions=open_now,
        roles=tuple(Role),
        rights={
            right.value: tuple(role.value for role in Role if right in RIGHTS[role])
            for right in Right
            if right not in (Right.ANYONE, Right.SIGNED_IN)
        },
        me=visit.actor,
    )


async def lock(visit: Visit) -> Done:
    """No more sign-ins; its sessions end."""
    await visit.site.accounts.lock(visit.path["name"], actor=visit.actor)
    return Done(to="/users", told="flash.locked")


async def unlock(visit: Visit) -> Done:
    """It may sign in again."""
    await visit.site.accounts.unlock(visit.path["name"], actor=visit.actor)
    return Done(to="/users", told="flash.unlocked")


async def set_role(visit: Visit) -> Done:
    """Another role; limits to agencies stay."""
    name = visit.path["name"]
    known = {one.name: one for one in await visit.site.accounts.listed()}
    agencies = known[name].agencies if name in known else ()
    await visit.site.accounts.set_role(name, visit.given("role"), actor=visit.actor, agencies=agencies)
    return Done(to="/users", told="flash.role_set")


async def end_sessions(visit: Visit) -> Done:
    """End every session of an account."""
    await visit.site.accounts.end_sessions(visit.path["name"], actor=visit.actor)
    return Done(to="/users", told="flash.sessions_ended")


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One setting. A secret only says whether it is set."""

    name: str
    value: str
    meaning: str
    secret: bool


@dataclass(frozen=True, kw_only=True)
class SettingsPage:
    """The settings in force, by section."""

    sections: Mapping[str, tuple[Setting, ...]]


async def settings(visit: Visit) -> SettingsPage:
    """What the program runs with."""
    given = visit.site.settings
    rows = _rows(given, "")
    try:
        checked = {name: own for name, (_, own) in adapter_settings(given).items()}
    except SettingsError:
        checked = {}  # the daemon says what is wrong; this page shows what can be shown
    for name, system in given.systems.items():
        rows += _rows(system, f"systems.{name}.")
        if name in checked:
            rows += _rows(checked[name], f"systems.{name}.adapter.")
    sections: dict[str, list[Setting]] = {}
    for row in rows:
        sections.setdefault(row.name.rpartition(".")[0], []).append(row)
    return SettingsPage(sections={name: tuple(found) for name, found in sections.items()})


def _rows(model: BaseModel, prefix: str) -> list[Setting]:
    rows: list[Setting] = []
    for name, field in type(model).model_fields.items():
        value = getattr(model, name)
        if name in {"systems", "adapter"}:
            continue
        if isinstance(value, BaseModel):
            rows += _rows(value, f"{prefix}{name}.")
            continue
        if isinstance(value, Mapping) and any(isinstance(one, BaseModel) for one in value.values()):
            for key, one in value.items():
                rows += _rows(one, f"{prefix}{name}.{key}.")
            continue
        secret = isinstance(value, SecretStr) or "SecretStr" in str(field.annotation)
        rows.append(
            Setting(
                name=prefix + name,
                value="" if value is None else "•••" if secret else str(value),
                meaning=field.description or "",
                secret=secret,
            )
        )
    return rows
