"""What the charts of the console are drawn from."""

from pathlib import Path

from alembic import op

revision = "0016_pre"
down_revision = "0015_pre"


def upgrade() -> None:
    """Add the tables."""
    driver = op.get_bind().connection.driver_connection
    assert driver is not None
    driver.execute(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
