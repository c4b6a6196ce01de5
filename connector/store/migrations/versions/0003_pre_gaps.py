"""Times in which a system could not be read."""

from pathlib import Path

from alembic import op

revision = "0003_pre"
down_revision = "0002_post"


def upgrade() -> None:
    """Add the table."""
    driver = op.get_bind().connection.driver_connection
    assert driver is not None
    driver.execute(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
