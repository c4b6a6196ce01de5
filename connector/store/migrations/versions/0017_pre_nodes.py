"""The processes that share the work: who lives, what each does, which workers are its own."""

from pathlib import Path

from alembic import op

revision = "0017_pre"
down_revision = "0016_pre"


def upgrade() -> None:
    """Add the table."""
    driver = op.get_bind().connection.driver_connection
    assert driver is not None
    driver.execute(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
