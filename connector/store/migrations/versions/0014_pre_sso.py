"""Single sign-on: accounts that a provider proves, and sign-ins under way there."""

from pathlib import Path

from alembic import op

revision = "0014_pre"
down_revision = "0013_pre"


def upgrade() -> None:
    """Add columns and the table; an older program goes on, and lets nobody in who has no password."""
    driver = op.get_bind().connection.driver_connection
    assert driver is not None
    driver.execute(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
