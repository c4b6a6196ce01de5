"""From the register's refusals and its database's errors to the errors of the seam; and the plugin's lightness."""

import subprocess
import sys

import psycopg
import psycopg_pool
import pytest

from adapters.register.failures import failure, translated
from adapters.register.refusals import REFUSALS, Code, RegisterRefused
from connector.errors import (
    Conflict,
    CredentialsRefused,
    InDoubt,
    Permanent,
    Transient,
    Unreachable,
)


@pytest.mark.parametrize("code", Code)
def test_only_what_certainly_had_no_effect_may_be_called_so(code):
    """A write that may have been committed is in doubt, never transient, never permanent."""
    error = failure(code, REFUSALS[code].status, "x", write=True)
    if code in {Code.IN_DOUBT, Code.INTERNAL}:
        assert isinstance(error, InDoubt)
    else:
        assert isinstance(error, Transient | Permanent | Conflict)
    if code in {Code.NO_TOKEN, Code.ROLE}:
        assert isinstance(error, CredentialsRefused)
    assert isinstance(error, Conflict) == (REFUSALS[code].status == 409)


@pytest.mark.parametrize(
    ("error", "write", "expected"),
    [
        (psycopg_pool.PoolTimeout("x"), True, Unreachable),
        (psycopg.OperationalError("server closed the connection"), True, InDoubt),
        (psycopg.OperationalError("server closed the connection"), False, Transient),
        (psycopg.errors.AdminShutdown("x"), True, InDoubt),
        (psycopg.errors.DeadlockDetected("x"), True, Transient),
        (psycopg.errors.LockNotAvailable("x"), True, Transient),
        (psycopg.errors.UniqueViolation("Key (phone)=(0900000000) exists"), True, Permanent),
        (RegisterRefused(Code.NOT_OWNER), True, Conflict),
    ],
)
def test_each_database_error_becomes_the_right_class_without_its_values(error, write, expected):
    if isinstance(error, psycopg.errors.Error) and type(error).sqlstate is not None:
        assert error.sqlstate == type(error).sqlstate
    with pytest.raises(expected) as caught, translated(write=write):
        raise error
    assert "0900000000" not in str(caught.value)
    if not isinstance(error, RegisterRefused | psycopg_pool.PoolTimeout):
        assert caught.value.__cause__ is None


def test_the_plugin_loads_no_driver_and_no_web_framework():
    code = (
        "import sys, adapters.register as r; assert r.plugin.name == 'register';"
        "heavy = {'psycopg', 'fastapi', 'uvicorn', 'httpx'} & set(sys.modules); assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
