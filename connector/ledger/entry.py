"""One line of the reconciliation log, and the line before it has its place and hash."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from connector.ledger.guard import Scalar, check_code, check_data
from connector.ledger.kinds import EntryKind

__all__ = ["PROGRAM", "Draft", "Entry", "EntryKind"]

PROGRAM = "connector"
"""Actor of everything that no person ordered."""

_NOTHING: Mapping[str, Scalar] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What is to be recorded; :func:`connector.ledger.chain.link` gives it place and hash.

    Attributes:
        system: the system it is about, if one.
        case_id: our number of the case, if one.
        delivery_id: number of the delivery, if one.
        actor: account id of the person who ordered it, or ``connector``.
        data: codes, ids, whole numbers, digests; see :mod:`connector.ledger.guard`.

    Raises:
        ValueError: a value could hold personal data.
    """

    kind: EntryKind
    system: str | None = None
    case_id: int | None = None
    delivery_id: int | None = None
    actor: str = PROGRAM
    data: Mapping[str, Scalar] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_code("system", self.system)
        check_code("actor", self.actor)
        check_data(self.data)
        # a copy that nobody can change between the check and the hash
        object.__setattr__(self, "data", MappingProxyType(dict(self.data)))


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One line as it was written. Not checked on reading: ``verify`` must be able to look at a forged line.

    ``kind`` is plain text, so that a log written by a newer version can still be verified.
    """

    seq: int
    at: datetime
    kind: str
    system: str | None
    case_id: int | None
    delivery_id: int | None
    actor: str
    data: Mapping[str, Scalar]
    prev_hash: str
    hash: str
