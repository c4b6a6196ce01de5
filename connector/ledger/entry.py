"""One line of the reconciliation log, and the line before it has its place and hash."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from connector.ledger.commitment import Openings, commitments
from connector.ledger.guard import Scalar, check_code, check_data, check_names
from connector.ledger.kinds import EntryKind

__all__ = ["PROGRAM", "Draft", "Entry", "EntryKind"]

PROGRAM = "connector"
"""Actor of everything that no person ordered."""


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What is to be recorded; :func:`connector.ledger.chain.link` gives it place and hash.

    Attributes:
        system: the system it is about, if one.
        case_id: our number of the case, if one.
        delivery_id: number of the delivery, if one.
        actor: account id of the person who ordered it, or ``connector``.
        data: codes, ids, whole numbers, digests; see :mod:`connector.ledger.guard`.
        openings: values that must not stand in the entry, with their salts; the entry holds their commitments only.

    Raises:
        ValueError: a value could hold personal data; values are sealed but no case is named, whose key would seal them.
        TypeError: a sealed value has no canonical form.
    """

    kind: EntryKind
    system: str | None = None
    case_id: int | None = None
    delivery_id: int | None = None
    actor: str = PROGRAM
    data: Mapping[str, Scalar] = field(default_factory=dict)
    openings: Openings = field(default_factory=dict, repr=False)
    commitments: Mapping[str, str] = field(init=False)

    def __post_init__(self) -> None:
        check_code("system", self.system)
        check_code("actor", self.actor)
        check_data(self.data)
        # a copy that nobody can change between the check and the hash
        object.__setattr__(self, "data", MappingProxyType(dict(self.data)))
        check_names(self.openings)
        if self.openings and self.case_id is None:
            msg = "only what is about a case can be sealed: its key seals the openings"
            raise ValueError(msg)
        object.__setattr__(self, "commitments", MappingProxyType(commitments(self.openings)))


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One line as it was written. Not checked on reading: ``verify`` must be able to look at a forged line.

    ``kind`` is plain text, so that a log written by a newer version can still be verified. ``commitments`` is None in
    an entry of format 1, which had none.
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
    commitments: Mapping[str, str] | None = None
