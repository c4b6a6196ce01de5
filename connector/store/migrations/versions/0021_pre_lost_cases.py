"""What a restore must not lose: whether a case stands in the folder, and whether only the folder knew of it."""

from pathlib import Path

from alembic import op

revision = "0021_pre"
down_revision = "0020_pre"


def upgrade() -> None:
    """Add two columns."""
    driver = op.get_bind().connection.driver_connection
    assert driver is not None
    driver.execute(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
