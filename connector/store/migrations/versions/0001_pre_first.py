"""First schema: the connector's tables and the engine's.

Migrations come in pairs: ``pre`` may run while the old program still works, ``post`` removes what only it needed.
The reviewed SQL stands beside this file.
"""

from pathlib import Path

from alembic import op
from procrastinate.schema import SchemaManager

from connector.ledger.chain import GENESIS

revision = "0001_pre"
down_revision = None


def upgrade() -> None:
    """Create everything on an empty schema."""
    # straight to the driver: SQLAlchemy would read the percent signs of PL/pgSQL as parameters
    driver = op.get_bind().connection.driver_connection
    assert driver is not None
    driver.execute(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
    driver.execute(SchemaManager.get_schema())
    driver.execute("INSERT INTO ledger_head (seq, hash) VALUES (%s, %s)", (GENESIS.seq, GENESIS.hash))
