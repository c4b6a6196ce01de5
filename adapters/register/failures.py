"""From what the register says to the errors of the seam: their class decides what the core does next."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import psycopg_pool

from adapters.register.database import NotConnected, doubtful
from adapters.register.refusals import Code, RegisterRefused
from connector.errors import (
    Conflict,
    ConnectorError,
    CredentialsRefused,
    InDoubt,
    Permanent,
    Transient,
    Unreachable,
    Unreadable,
)


def failure(code: str, status: int, text: str, *, write: bool) -> ConnectorError:
    """The error of the seam for a refusal of the register.

    Args:
        code: the register's code (:class:`.refusals.Code`).
        status: its HTTP status.
        text: its English text; carries no personal data by the API's contract.
        write: whether something was to be written.
    """
    message = f"the register answered {code}: {text}"
    if code in {Code.NO_TOKEN, Code.ROLE} or status == 401:
        return CredentialsRefused(message, register_code=code)
    if status in {429, 503}:
        return Transient(message, register_code=code)
    if status == 409:
        return Conflict(message, register_code=code)
    if status >= 500 and code != Code.STATE_MISMATCH:
        return InDoubt(message, register_code=code) if write else Transient(message, register_code=code)
    if 400 <= status < 600:
        return Permanent(message, register_code=code)
    return Unreadable(message, register_code=code)


@contextmanager
def translated(*, write: bool) -> Iterator[None]:
    """Errors of the service and of the database, as errors of the seam."""
    try:
        yield
    except RegisterRefused as refused:
        raise failure(refused.code, refused.status, refused.text_en, write=write) from refused
    except (psycopg_pool.PoolTimeout, psycopg_pool.PoolClosed) as error:
        if isinstance(error, NotConnected) and error.refused:
            msg = "the register's database refused the account"
            raise CredentialsRefused(msg) from None
        msg = "no connection to the register's database"
        raise Unreachable(msg) from error
    except psycopg.Error as error:
        # str(error) may quote values of the row: only its SQLSTATE is told, and the cause is cut off
        msg = f"the register's database failed (SQLSTATE {error.sqlstate or 'none'})"
        if write and doubtful(error):
            raise InDoubt(msg) from None
        if isinstance(error, psycopg.OperationalError):
            raise Transient(msg) from None
        raise Permanent(msg) from None
