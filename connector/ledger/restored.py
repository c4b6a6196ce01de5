"""Going on after a restore, as the log declares it: which signed entries were lost. Pure.

The entry ``restored`` is the first one after what was restored. Checkpoints that were signed over entries which the
restored database does not hold belong to a *lost branch*; the entry names the newest of them. So an auditor who holds
one sees a fork that was declared and signed, instead of a break that nobody explains.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

RESTORED = "restored"
"""The kind of the entry."""


@dataclass(frozen=True, kw_only=True)
class Restoration:
    """One declaration.

    Attributes:
        branch: number of the branch that begins here; before the first restore the log is branch 0.
        at_size: entries that were restored; the declaration is the next one.
        sealed_size: the newest checkpoint among them: what was signed beyond it was lost, or was signed elsewhere.
        lost_size, lost_root: the newest checkpoint of the lost branch; ``lost_root`` is empty if none was signed.
    """

    branch: int
    at_size: int
    sealed_size: int
    lost_size: int
    lost_root: str

    def covers(self, size: int, root: bytes) -> bool:
        """Is a checkpoint of that size and root one of those that are declared lost?"""
        return self.sealed_size < size < self.lost_size or (
            size == self.lost_size and root.hex() == self.lost_root
        )


def declared(kind: object, data: Mapping[str, Any]) -> Restoration | None:
    """The declaration in an entry, if it is one."""
    if kind != RESTORED:
        return None
    numbers = [data.get(name) for name in ("branch", "at_size", "sealed_size", "lost_size")]
    if not all(type(one) is int for one in numbers):
        return None
    branch, at_size, sealed_size, lost_size = (int(one or 0) for one in numbers)
    return Restoration(
        branch=branch,
        at_size=at_size,
        sealed_size=sealed_size,
        lost_size=lost_size,
        lost_root=str(data.get("lost_root", "")),
    )
