"""Plans of a resync: what was previewed, approved and done, step by step."""

from pathlib import Path

from alembic import op

revision = "0008_pre"
down_revision = "0007_pre"


def upgrade() -> None:
    """Add the tables."""
    driver = op.get_bind().connection.driver_connection
    assert driver is not None
    driver.execute(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
