"""One twin as a whole: its portal, faults, gate and journal, and the reset that makes it new."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from adapters.government_portal.twin import filing, reads, receipts, writes
from adapters.government_portal.twin.catalogue import Account, Directory
from adapters.government_portal.twin.operations import Desk, Handler
from adapters.government_portal.twin.profile import Profile
from adapters.government_portal.twin.security import Gate
from adapters.government_portal.twin.state import Portal
from adapters.twin_kit.faults import Faults
from adapters.twin_kit.journal import Effects, Journal
from adapters.twin_kit.server import Port

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


@dataclass(kw_only=True)
class World:
    """Everything one twin holds.

    Attributes:
        seed: fixes ids and the order of faults.
        passwords: passwords of the account, several at a time; which are valid now is a switch.
        username: the account.
        organs: codes or patterns that the account may speak for.
        start_profile: the switches that a reset goes back to.
        clock: the machine's clock; ``clock_skew_s`` of the profile is added to it.
        port: what the portal is served on; None until it is.
    """

    seed: int = 1
    passwords: tuple[str, ...] = field(repr=False)
    username: str = USERNAME
    organs: tuple[str, ...] = ("*.H56",)
    start_profile: Mapping[str, Any] = field(default_factory=dict)
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    port: Port | None = None

    def __post_init__(self) -> None:
        account = Account(username=self.username, passwords=self.passwords, organs=self.organs)
        self.directory = Directory(accounts=(account,))
        self.gate = Gate(self.directory)
        self.journal = Journal()
        self.effects = Effects()
        self.faults = Faults(Profile.parse(self.start_profile), self.seed)
        self.reset()

    def reset(self) -> None:
        """A new portal, an empty journal, the switches of the start."""
        self.set_profile(Profile.parse(self.start_profile))
        self.portal = Portal(self.seed, self.now)
        self.desk = Desk(self.portal, self.directory, self.faults, self.effects, HANDLERS)
        self.gate.forget()
        self.journal.clear()
        self.effects.clear()

    def set_profile(self, profile: Profile, *, afresh: bool = True) -> None:
        """Turn the switches; ``afresh``: draws and counters begin again from the seed."""
        self.faults.turn(profile, afresh=afresh)

    def now(self) -> datetime:
        """The portal's clock."""
        return self.clock() + timedelta(seconds=self.faults.profile.clock_skew_s)
