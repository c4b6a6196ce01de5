"""What each process sees of the systems' circuits."""

from pathlib import Path

from alembic import op

revision = "0005_pre"
down_revision = "0004_post"


def upgrade() -> None:
    """Add the table."""
    driver = op.get_bind().connection.driver_connection
    assert driver is not None
    driver.execute(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
