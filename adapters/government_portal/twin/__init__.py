"""Twin of the Government Portal's feedback exchange: a stateful server of the stand-in contract, with faults on demand."""

from adapters.government_portal.twin.app import Twin, running, serving
from adapters.government_portal.twin.cli import main
from adapters.government_portal.twin.world import World

__all__ = ["Twin", "World", "main", "running", "serving"]
