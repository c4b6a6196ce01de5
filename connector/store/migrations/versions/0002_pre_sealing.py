"""Room for sealed values, case keys, and the ends of cases. The program of before goes on with its own columns."""

from pathlib import Path

from alembic import op

revision = "0002_pre"
down_revision = "0001_pre"


def upgrade() -> None:
    """Add tables and columns."""
    driver = op.get_bind().connection.driver_connection
    assert driver is not None
    driver.execute(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
