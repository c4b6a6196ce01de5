"""The flag by which a person let any answer pass is gone: a release names a number now."""

from pathlib import Path

from alembic import op

revision = "0004_post"
down_revision = "0004_pre"


def upgrade() -> None:
    """Drop the column."""
    driver = op.get_bind().connection.driver_connection
    assert driver is not None
    driver.execute(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
