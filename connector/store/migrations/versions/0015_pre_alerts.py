"""Alerts, the messages that tell them, and the digests that went out."""

from pathlib import Path

from alembic import op

revision = "0015_pre"
down_revision = "0014_pre"


def upgrade() -> None:
    """Add the tables."""
    driver = op.get_bind().connection.driver_connection
    assert driver is not None
    driver.execute(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
