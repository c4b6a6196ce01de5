"""What the service answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class IntakeReceipt:
    """T1: the receipt. ``duplicate``: this message had been taken before. ``legacy_encoding``: its text seems mangled."""

    id: str
    code: str
    receipt_sha256: str | None = None
    duplicate: bool = False
    legacy_encoding: str | None = None


@dataclass(frozen=True, kw_only=True)
class Performed:
    """What a command brought about: act ids in order, the state after it, the feed's number."""

    id: str
    code: str
    state: str
    acts: tuple[str, ...]
    version: str


@dataclass(frozen=True, kw_only=True)
class ExchangeReceipt:
    """Answer to a write of the connector. ``duplicate``: the key, or all that it carried, was here before."""

    ref: str
    duplicate: bool = False
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class StoredFile:
    """The exact bytes of a file."""

    content: bytes = field(repr=False)
    media_type: str
    role: str


@dataclass(frozen=True, kw_only=True)
class OpenClock:
    """A duty that is still to be done; days as ISO dates.

    ``due`` None: the basis of the deadline is missing (R01). ``otherwise``: the day if an open question about the
    calendar goes the other way. ``internal``: the agency's own day inside the legal one. ``late`` is derived now.
    """

    duty: str
    agency: str | None
    pack: str | None
    governs: bool
    legal: bool
    due: str | None
    otherwise: str | None
    internal: str | None
    strict: str | None
    basis: str | None
    late: bool
    informed: bool


@dataclass(frozen=True, kw_only=True)
class ProposedReason:
    """One reason of a proposal, with its article."""

    code: str
    basis: str
    text_vi: str
    text_en: str


@dataclass(frozen=True, kw_only=True)
class ProposedStep:
    """What the rules propose; a person decides (R16). ``group`` None: nothing before a person has looked (R04)."""

    group: int | None
    reasons: tuple[ProposedReason, ...] = ()
    to_agency: str | None = None


@dataclass(frozen=True, kw_only=True)
class WorkView:
    """What an official may do now, and what waits. ``proposal`` is None once the case is classified."""

    id: str
    code: str
    state: str
    agency: str
    allowed: tuple[str, ...]
    recalled: bool
    rework: bool
    coordinators: tuple[str, ...]
    answer_version: int
    supplement_due_at: str | None
    due_at: str | None
    rule_pack: str | None
    sub_status: str | None
    suspected: bool
    proposal: ProposedStep | None
    clocks: tuple[OpenClock, ...]
    legacy_encoding: str | None
