"""The console's accounts, sessions and log-in attempts; what the list of cases is searched by."""

from pathlib import Path

from alembic import op

revision = "0010_pre"
down_revision = "0009_pre"


def upgrade() -> None:
    """Add the tables."""
    driver = op.get_bind().connection.driver_connection
    assert driver is not None
    driver.execute(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
