"""Going on after a restore: what was lost, who accepted it; and which destroyed keys must stay destroyed."""

from pathlib import Path

from alembic import op

revision = "0018_pre"
down_revision = "0017_pre"


def upgrade() -> None:
    """Add the tables."""
    driver = op.get_bind().connection.driver_connection
    assert driver is not None
    driver.execute(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
