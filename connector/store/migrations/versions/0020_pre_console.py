"""The provider ends sessions by itself; people keep the filters of their lists."""

from pathlib import Path

from alembic import op

revision = "0020_pre"
down_revision = "0019_pre"


def upgrade() -> None:
    """Add a column and two tables."""
    driver = op.get_bind().connection.driver_connection
    assert driver is not None
    driver.execute(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
