"""What the kit needs of a twin."""

from typing import Any, Protocol

from adapters.twin_kit.faults import Faults
from adapters.twin_kit.journal import Effects, Journal
from adapters.twin_kit.server import Port


class Controlled(Protocol):
    """A twin: its switches, what it wrote down, and the port its portal is served on."""

    faults: Faults[Any]
    journal: Journal
    effects: Effects
    port: Port | None

    def set_profile(self, profile: Any, *, afresh: bool = True) -> None:
        """Turn the switches; ``afresh``: draws and counters begin again."""

    def reset(self) -> None:
        """Forget everything, back to the switches of the start."""
