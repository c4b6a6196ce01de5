"""The seam: what the core asks of a system, and nothing more.

An adapter knows wire formats and no policy; it is found by the entry point group ``connector.systems``, so another
province can ship its own. What a system *can* is data (:class:`Capabilities`): the core asks it, never the name.

Errors that cross the seam are those of :mod:`connector.errors`; their class decides what the core does next:
``Transient`` (no effect, later), ``InDoubt`` (effect unknown), ``Conflict`` (state forbids), ``Permanent`` (refused).
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar, runtime_checkable
from uuid import UUID

from pydantic import BaseModel, SecretStr

from connector.case import Attachment
from connector.clock import Clock
from connector.errors import ConnectorError

if TYPE_CHECKING:
    from connector.rules.book import RuleBook
    from connector.transport import HttpClient

SettingsT = TypeVar("SettingsT", bound=BaseModel)


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One thing in a record that could not be read: where, what, and the offending value's shape (no content)."""

    where: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Record:
    """What a system said about one case, decoded but not yet mapped.

    Attributes:
        ref: the system's id of the case.
        kind: which mapping section reads it: ``case``, ``event`` or ``history`` …; free per adapter, listed in
            its mapping.
        data: decoded tree: field names as the contract spells them, values as text, int, bool, aware datetime,
            dict, list. Absent, null and "" are all absent.
        raw: the exact bytes that came in, for the evidence.
        version: changes whenever the system changed the case; opaque; equal means "seen already".
        complete: False for a mere hint (a list row): the core then asks :meth:`System.fetch` if the version is new.
        problems: what could not be read; such a record is kept and quarantined, its neighbours go on.
    """

    system: str
    ref: str
    kind: str = "case"
    data: Mapping[str, Any] = field(repr=False)
    raw: bytes = field(repr=False)
    media_type: str = "application/json"
    version: str
    complete: bool = True
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Page:
    """A slice of changes.

    ``watermark`` is stored with the page in one transaction; ``total`` counts the whole answer where the system
    sends all at once (for the emptied-answer guard); ``mark_at`` is the instant that the watermark means, where it is
    one (for the guard against marks in the future).
    """

    records: tuple[Record, ...]
    watermark: str | None
    total: int | None = None
    mark_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class OutgoingFile:
    """A file on its way out: inline bytes or an address from which the other side fetches, per capability."""

    attachment: Attachment
    content: bytes | None = field(default=None, repr=False)
    uri: str | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True)
class Key:
    """What identifies one write at the remote, for the look-up after a lost reply.

    Attributes:
        id: idempotency key; the portal's transaction or message id. Same key, same body, always.
        operation: the adapter's operation name.
        ref: the remote case, absent for a creation.
        code: our case code, the natural key of a creation.
        natural: further natural key values by name (``version``, ``event`` …), from the mapping.
    """

    id: UUID
    operation: str
    ref: str | None = None
    code: str | None = None
    natural: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One intended write: the adapter's operation name and its fields (contract names, natural types)."""

    key: Key
    fields: Mapping[str, Any] = field(repr=False)
    files: tuple[OutgoingFile, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """The remote took the write (or had taken it before: ``duplicate``).

    ``ref`` is the remote case; ``facts`` are ids and codes worth keeping (answer id, message id), never content.
    """

    ref: str
    duplicate: bool = False
    facts: Mapping[str, str] = field(default_factory=dict)


class Verdict(StrEnum):
    """What a look-up can say about an earlier write."""

    FOUND = "found"
    ABSENT = "absent"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class Sighting:
    """Answer of :meth:`System.find`. ``receipt`` is present when found."""

    verdict: Verdict
    receipt: Receipt | None = None


@dataclass(frozen=True, kw_only=True)
class CatalogueEntry:
    """One line of a shared catalogue."""

    code: str
    name: str
    parent: str | None = None
    active: bool = True


@dataclass(frozen=True, kw_only=True)
class Pong:
    """Proof of life: the remote's clock if it tells one, and its version."""

    server_time: datetime | None = None
    version: str | None = None


class Files(StrEnum):
    """How a system takes attachments."""

    INLINE = "inline"
    REFERENCE = "reference"


@dataclass(frozen=True, kw_only=True)
class Capabilities:
    """What a system can, as data.

    Attributes:
        operations: names of the operations it performs.
        lookup: operations whose earlier effect :meth:`System.find` can prove *and* disprove.
        idempotent: repeating an operation with the same key has no second effect at the remote.
        files: how it takes attachments.
        refresh: True if some changes show only through :meth:`System.fetch`, so linked open cases must be re-read.
        whole_list: :meth:`System.changes` returns everything that waits (no delta): shrinking answers are guarded.
        queue: :meth:`System.changes` hands items over for good, so that only the live flow may ask for them.
        concurrency: calls at a time that the system bears by default.
    """

    operations: frozenset[str]
    lookup: frozenset[str]
    idempotent: bool
    files: Files
    refresh: bool = False
    whole_list: bool = False
    queue: bool = False
    concurrency: int = 4


class System(Protocol):
    """One of the three parties, spoken to through its own interface."""

    name: str
    capabilities: Capabilities

    def changes(self, since: str | None) -> AsyncIterator[Page]:
        """What changed since the watermark (None: from the beginning), oldest first, overlapping on purpose.

        Asking for the next page says that the page before is **durably stored**: only then may the adapter
        confirm its items to a queue. Repeats are normal; the core deduplicates by (ref, version).
        """
        ...

    async def fetch(self, ref: str) -> Record:
        """The whole case as the system holds it now. Raises ``NotOurs`` or ``Permanent`` if it will not say."""
        ...

    async def find(self, key: Key) -> Sighting:
        """Did an earlier write with this key take effect? Reads only. ``UNKNOWN`` where nobody can tell."""
        ...

    async def apply(self, operation: Operation) -> Receipt:
        """Perform one write. Returns only on proven success; everything else is an error of the seam."""
        ...

    async def catalogue(self, name: str) -> tuple[CatalogueEntry, ...]:
        """A shared catalogue: ``agencies`` or ``fields``; empty if the system has none."""
        ...

    async def read_file(self, ref: str, attachment: Attachment) -> bytes:
        """The exact bytes of a file that this system holds. Size-capped; hash checked by the caller."""
        ...

    async def ping(self) -> Pong:
        """Cheap proof that the system answers and knows us."""
        ...

    async def aclose(self) -> None:
        """Let go of connections."""
        ...


class PartKind(StrEnum):
    """What a piece of a contract tells, and so how two versions of it are compared (:mod:`connector.contract`)."""

    SCHEMA = "schema"
    CODES = "codes"
    VERSION = "version"


@dataclass(frozen=True, kw_only=True)
class ContractPart:
    """One piece of a system's contract as it is told today: names, types and codes, never a value of a case.

    Attributes:
        name: ``wsdl``, ``catalogue.fields``, ``version`` …; the same every time.
        lines: of a schema, path → form: its first step is the operation, ``path=CODE`` is a code that may be sent
            there; of codes, code → ``on`` or ``off`` and the label; of a version, whatever names it.
        fields: wire names of the fields in which the codes travel.
        built_for: the lines that this adapter was written for, if it knows them: the first recorded version.
        trouble: code of the error because of which the piece could not be read; it then has no lines.
    """

    name: str
    kind: PartKind
    lines: Mapping[str, str] = field(default_factory=dict)
    fields: frozenset[str] = frozenset()
    built_for: Mapping[str, str] | None = None
    trouble: str | None = None


@runtime_checkable
class TellsContract(Protocol):
    """An optional power of a :class:`System`: it can be asked what its contract is now. Calls read only."""

    async def contract(self) -> tuple[ContractPart, ...]:
        """Every piece that can be asked for. Raises ``Transient`` if the system cannot be reached at all."""
        ...


@runtime_checkable
class KeepsCodes(Protocol):
    """An optional power of a register: it was set back to an older state, and is told what it has given since."""

    async def never_again(self, codes: Sequence[str]) -> tuple[str, ...]:
        """Of case codes that it gave once, those that lead to none of its cases now.

        It gives none of them to another case, and no id of the lost time to another case or act. A creation may name
        such a code: the case then has its old one. Raises ``Transient`` if it does not answer.
        """
        ...


Stored = Callable[[Sequence[str]], Awaitable[set[tuple[str, str]]]]
"""References of cases in, the (ref, version) of every telling of them out that is durably stored."""


@dataclass(frozen=True, kw_only=True)
class PushCall:
    """A notification as it came in: nothing of it is true yet.

    Attributes:
        headers: by lower-case name.
        account: the name under which the system calls; ``secrets`` are all that are valid now (several while one is
            being changed).
    """

    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    account: str
    secrets: tuple[SecretStr, ...]
    now: datetime


@dataclass(frozen=True, kw_only=True)
class PushReply:
    """What the system is answered, in its own protocol."""

    status: int
    body: bytes
    media_type: str


@dataclass(frozen=True, kw_only=True)
class Pushed:
    """A notification that was read: references of the cases that it speaks of, and the answer once these are asked for.

    All else in it is left unread, because the system itself will be asked.
    """

    refs: tuple[str, ...]
    reply: PushReply


@runtime_checkable
class TakesPush(Protocol):
    """An optional power of a :class:`System`: it can read that system's notifications. No I/O."""

    def pushed(self, call: PushCall) -> Pushed:
        """What it says.

        Raises:
            TokenRefused: it does not prove who sent it.
            Unreadable: it cannot be read.
        """
        ...

    def push_refused(self, error: ConnectorError) -> PushReply:
        """The answer to one that is not taken, by code: nothing of what came in."""
        ...


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What an adapter is given besides its settings. It opens no connection of its own.

    ``rules`` are the rule packs and calendars in force; only a register that computes due days needs them.
    ``stored`` tells what was stored of this system, also by a process that died before it could confirm it; None
    where nothing is stored, as in a trial run against a portal.
    """

    http: "HttpClient"
    clock: Clock
    rules: "RuleBook | None" = None
    stored: Stored | None = None


@dataclass(frozen=True, kw_only=True)
class Question:
    """A setting that ``phanhoi init`` asks for, besides those that are required.

    Attributes:
        name: of the adapter's setting; a ``SecretStr`` goes into the secrets folder.
        when: asked only if these settings have these values.
    """

    name: str
    when: Mapping[str, str] = field(default_factory=dict)


def _calls_nobody(settings: Any) -> tuple[str, ...]:  # noqa: ARG001  # of the form of Plugin.addresses
    return ()


@dataclass(frozen=True, kw_only=True)
class Plugin(Generic[SettingsT]):
    """What the entry point ``connector.systems`` names: light to import, builds the client on demand.

    Attributes:
        settings: model of the section ``[systems.<name>]``; ``extra="forbid"``.
        build: makes the client; heavy imports belong inside it.
        addresses: the addresses that the client calls over HTTP, for ``phanhoi config check --connect``.
        questions: what ``phanhoi init`` asks for, in this order.
        install: makes what the system needs in a database of ours, from a folder of mappings; safe to repeat. None
            where the system is somebody else's.
    """

    name: str
    settings: type[SettingsT]
    build: Callable[[SettingsT, Surroundings], System]
    addresses: Callable[[SettingsT], tuple[str, ...]] = _calls_nobody
    questions: tuple[Question, ...] = ()
    install: Callable[[SettingsT, Path], Awaitable[None]] | None = None
