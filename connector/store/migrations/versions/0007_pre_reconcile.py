"""Reconciliation: its runs, what it saw of each system, what it judged equal, and its findings."""

from pathlib import Path

from alembic import op

revision = "0007_pre"
down_revision = "0006_pre"


def upgrade() -> None:
    """Add the tables."""
    driver = op.get_bind().connection.driver_connection
    assert driver is not None
    driver.execute(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
