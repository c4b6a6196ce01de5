"""Accounts of the demo's console: one for each role, all with one password that is made anew for each demo."""

import secrets

from connector.app import master_keys
from connector.clock import SystemClock
from connector.console.access.accounts import Accounts
from connector.console.access.rights import Role
from connector.settings import Settings
from connector.store.database import Database
from connector.store.masters import Vault


def account_of(role: Role) -> str:
    """The demo's account of a role."""
    return f"{role.value}.mau"


async def invite_guests(url: str, settings: Settings) -> str:
    """Make the accounts. Returns their password."""
    password = secrets.token_urlsafe(12)
    clock = SystemClock()
    db = Database(url, clock=clock, actor="demo", size=2, vault=Vault(lambda: master_keys(settings)))
    await db.open()
    try:
        for role in Role:
            await Accounts(db, settings, clock).create(
                account_of(role),
                display_name="Nguyễn Văn Mẫu",
                role=role.value,
                password=password,
                actor="demo",
            )
    finally:
        await db.close()
    return password
