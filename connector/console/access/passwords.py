"""Passwords: argon2id with the library's current parameters; a weak one is refused before it is hashed."""

import asyncio
import secrets
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from connector.errors import UserError
from connector.text.keys import accent_free

LEAST = 12
MOST = 256
"""Characters. The upper bound keeps a request from costing minutes."""

_HASHER = PasswordHasher()
_NOBODY = _HASHER.hash(secrets.token_urlsafe(16))
"""Checked where there is no such account, so that both answers take as long."""

_FEW = ThreadPoolExecutor(max_workers=2, thread_name_prefix="password")
"""Each check takes 64 MiB: a flood of sign-ins must not take the daemon's memory."""


def check_strength(password: str, account: str) -> None:
    """Refuse a weak password.

    Raises:
        UserError: too short, too long, of few different characters, or it holds the account's name.
    """
    if not LEAST <= len(password) <= MOST:
        msg = f"mật khẩu có từ {LEAST} đến {MOST} ký tự / a password has {LEAST} to {MOST} characters"
        raise UserError(msg)
    if len(set(password)) < 6 or account.lower() in accent_free(password):
        msg = (
            "mật khẩu dễ đoán: ít ký tự khác nhau, hoặc chứa tên tài khoản / "
            "the password is easy to guess: few different characters, or the account's name"
        )
        raise UserError(msg)


async def hashed(password: str) -> str:
    """The hash that is kept."""
    return await asyncio.get_running_loop().run_in_executor(_FEW, _HASHER.hash, password)


async def matches(kept: str | None, password: str) -> bool:
    """Whether it is the password; without a kept hash the answer is no, after as long a time."""
    if len(password) > MOST:
        return False
    return await asyncio.get_running_loop().run_in_executor(_FEW, _matches, kept, password)


def _matches(kept: str | None, password: str) -> bool:
    try:
        return _HASHER.verify(kept or _NOBODY, password) and kept is not None
    except (VerificationError, InvalidHashError):
        return False


def needs_rehash(kept: str) -> bool:
    """Made under weaker parameters than those of today."""
    return _HASHER.check_needs_rehash(kept)
