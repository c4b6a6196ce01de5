"""The seam of tracing: where the flow tells what it does. Untraced it costs one empty call."""

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from connector.telemetry.committed import Committed

if TYPE_CHECKING:
    from connector.store.deliveries import Delivery
    from connector.transport import CallSeen

_NOTHING = nullcontext()


class Untraced:
    """Tells nobody. :class:`connector.telemetry.spans.Traced` overrides every method."""

    def job(self, flow: str, system: str | None) -> AbstractContextManager[None]:  # noqa: ARG002  # of the seam
        """Around one job of the engine."""
        return _NOTHING

    def attempt(self, item: "Delivery") -> AbstractContextManager[None]:  # noqa: ARG002  # of the seam
        """Around one attempt at a write."""
        return _NOTHING

    def committed(self, told: Committed) -> None:
        """A transaction committed with its entries."""

    def http_call(self, seen: "CallSeen") -> None:
        """An attempt at a call has just ended."""

    def close(self) -> None:
        """Hand over what was not sent yet; may block for some seconds."""
