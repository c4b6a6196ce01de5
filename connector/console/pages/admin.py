"""Users with their sessions, and the settings in force without their secrets."""

import io
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import BaseModel, SecretStr

from connector.app import adapter_settings
from connector.clock import LOCAL_ZONE
from connector.console.access import review as access_review
from connector.console.access.review import Reviewed
from connector.console.access.rights import RIGHTS, Right, Role
from connector.console.visit import Done, Handed, Visit
from connector.errors import NotFoundError, SettingsError, UserError
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


async def create(visit: Visit) -> Done:
    """A new account; its person changes the password at *My account*."""
    name = visit.given("name").lower()
    await visit.site.accounts.create(
        name,
        display_name=visit.given("display_name"),
        role=visit.given("role"),
        password=visit.form.get("password", ""),
        actor=visit.actor,
        agencies=_agencies(visit),
    )
    return Done(to="/users", told="flash.created", data={"name": name})


async def reset(visit: Visit) -> Done:
    """Another password, and codes to be set up anew."""
    await visit.site.accounts.reset(visit.path["name"], visit.form.get("password", ""), actor=visit.actor)
    return Done(to="/users", told="flash.reset")


async def reset_codes(visit: Visit) -> Done:
    """Codes to be set up anew: a telephone was lost."""
    await visit.site.accounts.reset_codes(visit.path["name"], actor=visit.actor)
    return Done(to="/users", told="flash.codes_reset")


async def set_agencies(visit: Visit) -> Done:
    """Other limits to agencies; none: not limited. The role stays."""
    name = visit.path["name"]
    known = {one.name: one for one in await visit.site.accounts.listed()}
    if name not in known:
        msg = f"không có tài khoản / there is no account {name[:40]}"
        raise NotFoundError(msg)
    await visit.site.accounts.set_role(name, known[name].role, actor=visit.actor, agencies=_agencies(visit))
    return Done(to="/users", told="flash.agencies_set")


def _agencies(visit: Visit) -> tuple[str, ...]:
    """Agencies as they were typed, with blanks or commas between.

    Raises:
        UserError: a code that the list of agencies does not have: such an account would see nothing.
    """
    found = tuple(dict.fromkeys(visit.given("agencies").replace(",", " ").split()))
    unknown = [code for code in found if visit.site.names.agencies.find(code) is None]
    if unknown:
        msg = f"cơ quan không có trong danh mục / unknown agencies: {', '.join(unknown)[:200]}"
        raise UserError(msg)
    return found


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
class ReviewPage:
    """The access review. ``sums``: how many accounts each notice concerns."""

    rows: tuple[Reviewed, ...]
    sums: Mapping[str, int]
    unused_days: int


async def review(visit: Visit) -> ReviewPage:
    """Who may do what, when they last came, and what to look at."""
    found = await _review(visit)
    return ReviewPage(rows=found, sums=access_review.sums(found), unused_days=access_review.UNUSED_DAYS)


async def review_file(visit: Visit) -> Handed:
    """The same as CSV, to be signed and filed."""
    text = io.StringIO(newline="")
    access_review.write_csv(await _review(visit), text)
    day = visit.site.ctx.clock.now().astimezone(LOCAL_ZONE).strftime("%Y-%m-%d")
    data = io.BytesIO(text.getvalue().encode("utf-8-sig"))
    return Handed(name=f"ra-soat-quyen-{day}.csv", kind="text/csv", file=data)


async def _review(visit: Visit) -> tuple[Reviewed, ...]:
    return await access_review.review(
        visit.site.db, visit.site.ctx.clock.now(), await visit.site.door.sessions()
    )


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
