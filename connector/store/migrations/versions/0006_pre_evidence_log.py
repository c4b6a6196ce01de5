"""The evidence log: commitments, sealed openings, tree tiles, signed checkpoints, signing keys."""

from pathlib import Path

from alembic import op

revision = "0006_pre"
down_revision = "0005_pre"


def upgrade() -> None:
    """Add tables and a column."""
    driver = op.get_bind().connection.driver_connection
    assert driver is not None
    driver.execute(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
