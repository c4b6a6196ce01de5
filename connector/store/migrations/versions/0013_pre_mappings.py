"""Versions of the mappings, and the codes that systems told."""

from pathlib import Path

from alembic import op

revision = "0013_pre"
down_revision = "0012_pre"


def upgrade() -> None:
    """Add the tables."""
    driver = op.get_bind().connection.driver_connection
    assert driver is not None
    driver.execute(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
