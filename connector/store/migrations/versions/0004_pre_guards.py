"""What guards keep: the numbers of a stop, what a person let pass, how mappings and settings looked last time."""

from pathlib import Path

from alembic import op

revision = "0004_pre"
down_revision = "0003_pre"


def upgrade() -> None:
    """Add tables and columns."""
    driver = op.get_bind().connection.driver_connection
    assert driver is not None
    driver.execute(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
