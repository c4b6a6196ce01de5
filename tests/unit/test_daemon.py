"""What the daemon refuses before it begins."""

import pytest

from connector.daemon import run_daemon
from connector.errors import SettingsError
from connector.settings import Settings

REGISTER = {
    "adapter": {"database_url": "postgresql://127.0.0.1/x", "master_keys_file": "khoa-chu.key"},
}


@pytest.mark.parametrize("systems", [{}, {"register": REGISTER}])
async def test_one_side_alone_is_refused_before_anything_is_started(systems: dict):
    with pytest.raises(SettingsError, match="needs the register and at least one portal"):
        await run_daemon(Settings(systems=systems))
