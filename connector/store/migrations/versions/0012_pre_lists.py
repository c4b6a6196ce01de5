"""Totals that are kept instead of counted, and the indexes of the console's lists."""

from pathlib import Path

from alembic import op

revision = "0012_pre"
down_revision = "0011_pre"


def upgrade() -> None:
    """Add table, triggers and indexes."""
    driver = op.get_bind().connection.driver_connection
    assert driver is not None
    driver.execute(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
