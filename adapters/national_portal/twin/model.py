"""What the portal keeps of a case. Mutable on purpose: the twin *is* the state."""

import hashlib
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime

from adapters.national_portal.twin.codes import Status


def text_digest(text: str) -> str:
    """SHA-256 hex of the NFC text as UTF-8 (``MABAMTRALOI``, §10.6.8)."""
    return hashlib.sha256(unicodedata.normalize("NFC", text).encode()).hexdigest()


@dataclass(frozen=True, kw_only=True)
class StoredFile:
    """A file the portal holds. ``role`` is ``VAITRO``, ``token`` the last part of its address."""

    id: str
    name: str
    media_type: str
    sha256: str
    role: str
    signed: bool
    content: bytes = field(repr=False)
    token: str


@dataclass(frozen=True, kw_only=True)
class Act:
    """One row of ``LICHSU``. ``at`` is to the second; ``before`` and ``after`` are equal if no status changed."""

    id: int
    at: datetime
    action: str
    before: Status | None
    after: Status
    agency: str
    officer: str | None = None
    text: str | None = None
    files: tuple[str, ...] = ()
    transaction: str | None = None


@dataclass(frozen=True, kw_only=True)
class Answer:
    """The answer as the portal holds it; a newer version replaces it."""

    id: int
    version: int
    text: str
    signer: str
    position: str
    at: datetime
    number: str | None
    publishable: bool
    files: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Gone:
    """What an agency still sees of a case that it sent away: everything up to its own act."""

    status: Status
    receiver: str
    acts: int
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Sender:
    """Personal data of the sender, as given."""

    name: str | None = None
    organisation: str | None = None
    phone: str | None = None
    address: str | None = None
    email: str | None = None
    account: str | None = None


@dataclass(frozen=True, kw_only=True)
class Subject:
    """The sender's side of a case, replaced as a whole by an update. Codes are kept as given, known or not."""

    title: str
    content: str
    kind: str
    source: str
    submitter: str
    sender: Sender
    submitted_at: datetime
    anonymous: bool = True
    publishable: bool = False
    private: bool = False
    field: str | None = None
    field_name: str | None = None
    procedure: str | None = None
    place: str | None = None
    latitude: str | None = None
    longitude: str | None = None


@dataclass(kw_only=True, slots=True)
class Case:
    """One PAKN.

    Attributes:
        agency: who holds it now (``MADONVI``).
        own_codes: each agency's own code of the case (``MAPAKNDONVI``), by agency.
        owner: the agency that pushed it from its own system, until it sends it away; holds it as well.
        pushed_by: the agency from whose own system it came; None for one born here.
        accepted: agencies that accepted it in their present custody.
        gone: what each former agency still sees.
        sent_away: agencies that gave it back or on; they cannot be named as receiver again.
        answer_digests: text digest of every answer version ever taken.
        progress: (agency, ``MaTienDo``) of every progress event taken.
    """

    id: int
    public_code: str
    subject: Subject
    agency: str
    status: Status
    changed_at: datetime
    own_codes: dict[str, str] = field(default_factory=dict)
    owner: str | None = None
    pushed_by: str | None = None
    forwarder: str | None = None
    assigned_at: datetime | None = None
    due_at: datetime | None = None
    due_basis: str | None = None
    instruction: str | None = None
    rework: int = 0
    public: bool = False
    liked: bool | None = None
    comment: str | None = None
    answer: Answer | None = None
    refusal: tuple[str, str | None] | None = None
    supplement_digest: str | None = None
    files: dict[str, StoredFile] = field(default_factory=dict)
    acts: list[Act] = field(default_factory=list)
    accepted: set[str] = field(default_factory=set)
    gone: dict[str, Gone] = field(default_factory=dict)
    sent_away: set[str] = field(default_factory=set)
    answer_digests: dict[int, str] = field(default_factory=dict)
    progress: set[tuple[str, str]] = field(default_factory=set)
    indexed: tuple[tuple[str, Status], ...] = ()

    @property
    def keepers(self) -> tuple[str, ...]:
        """Agencies that may act on the case."""
        return (self.agency,) if self.owner in (None, self.agency) else (self.agency, self.owner or "")

    def kept_by(self, agency: str) -> bool:
        """True if that agency may act on the case."""
        return agency in (self.agency, self.owner)

    def own_code(self, agency: str) -> str | None:
        """The code that this agency, or for its units the pushing agency, gave the case."""
        return self.own_codes.get(agency) or self.own_codes.get(self.owner or "")

    @property
    def accepted_by_keeper(self) -> bool:
        """True if a present holder accepted it (decides what status 7 allows, §10.4)."""
        return any(keeper in self.accepted for keeper in self.keepers)
