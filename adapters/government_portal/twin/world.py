"""One twin as a whole: its portal, faults, gate and journal, and the reset that makes it new."""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from adapters.government_portal.twin import filing, reads, receipts, writes
from adapters.government_portal.twin.catalogue import Account, Directory
from adapters.government_portal.twin.operations import Desk, Handler
from adapters.government_portal.twin.profile import Faults, read_profile
from adapters.government_portal.twin.security import Gate
from adapters.government_portal.twin.state import Portal

USERNAME: Final = "000.00.00.H56"
"""Account of the province's connector: the organisation's system id (§8.2)."""

HANDLERS: Final[Mapping[str, Handler]] = {
    "GetPendingItems": reads.get_pending_items,
    "GetItem": reads.get_item,
    "GetCaseStatus": reads.get_case_status,
    "DownloadAttachment": reads.download_attachment,
    "GetCatalog": reads.get_catalog,
    "Ping": reads.ping,
    "ConfirmReceived": receipts.confirm_received,
    "UpdateCaseStatus": writes.update_case_status,
    "SubmitAnswer": writes.submit_answer,
    "TransferCase": writes.transfer_case,
    "SubmitCase": filing.submit_case,
    "UploadAttachment": receipts.upload_attachment,
}

_JOURNAL_LENGTH: Final = 50_000


@dataclass(kw_only=True)
class Entry:
    """One request as the journal keeps it: ids, codes and sizes, never content."""

    at: str
    operation: str | None = None
    soap: str | None = None
    account: str | None = None
    organ: str | None = None
    message_id: str | None = None
    case: str | None = None
    status: int | None = None
    outcome: str = ""
    fault: str | None = None
    bytes_in: int = 0
    bytes_out: int = 0
    answer_schema: str | None = None
    crash: str | None = None

    def to_json(self) -> dict[str, Any]:
        """JSON object; ``key`` repeats the message id under the name both twins use."""
        return {**asdict(self), "key": self.message_id}


@dataclass(kw_only=True)
class World:
    """Everything one twin holds.

    Attributes:
        seed: fixes ids and the order of faults.
        passwords: valid passwords of the account; several at a time.
        username: the account.
        organs: codes or patterns that the account may speak for.
        start_profile: the switches that a reset goes back to.
        clock: the machine's clock; ``clock_skew_s`` of the profile is added to it.
    """

    seed: int = 1
    passwords: tuple[str, ...] = field(repr=False)
    username: str = USERNAME
    organs: tuple[str, ...] = ("*.H56",)
    start_profile: Mapping[str, Any] = field(default_factory=dict)
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    journal: deque[Entry] = field(default_factory=lambda: deque(maxlen=_JOURNAL_LENGTH))

    def __post_init__(self) -> None:
        account = Account(username=self.username, passwords=self.passwords, organs=self.organs)
        self.directory = Directory(accounts=(account,))
        self.gate = Gate(self.directory)
        self.reset()

    def reset(self) -> None:
        """A new portal, an empty journal, the switches of the start."""
        self.faults = Faults(read_profile(self.start_profile), self.seed)
        self.portal = Portal(self.seed, self.now)
        self.desk = Desk(self.portal, self.directory, self.faults, HANDLERS)
        self.gate.forget()
        self.journal.clear()

    def set_profile(self, data: object) -> None:
        """Replace all switches; what is not named is off."""
        self.faults.profile = read_profile(data)

    def now(self) -> datetime:
        """The portal's clock."""
        return self.clock() + timedelta(seconds=self.faults.profile.clock_skew_s)
