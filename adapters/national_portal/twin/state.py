"""The portal's memory: cases, their indexes, sessions, transactions, ids. No I/O.

Every look-up of a call is by id, own code, or (agency, status): nothing walks over all cases.
"""

import hashlib
import itertools
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from adapters.national_portal.twin.catalogue import Catalogue
from adapters.national_portal.twin.clock import TwinClock
from adapters.national_portal.twin.codes import Action, Status
from adapters.national_portal.twin.model import Act, Case, Gone, StoredFile, Subject
from adapters.national_portal.twin.settings import FIRST_ANSWER, FIRST_CASE

DUE_DAYS = 22
"""Calendar days until the due instant the twin sets by itself: a stand-in for 15 working days (``CS766``)."""


@dataclass(kw_only=True, slots=True)
class Session:
    """One login. ``calls`` counts what it was used for."""

    agency: str
    born: float
    calls: int = 0


@dataclass(frozen=True, kw_only=True)
class Taken:
    """A write that took effect: digest of its body, and what was answered."""

    digest: str
    answer: Any


class State:
    """Everything that ``POST /control/reset`` empties."""

    def __init__(self, *, seed: int, clock: TwinClock, catalogue: Catalogue) -> None:
        self.seed = seed
        self.clock = clock
        self.catalogue = catalogue
        self.cases: dict[int, Case] = {}
        self.by_own_code: dict[str, Case] = {}
        self.files: dict[str, tuple[Case, StoredFile]] = {}
        self.sessions: dict[str, Session] = {}
        self.taken: dict[tuple[str, str], Taken] = {}
        self._held: dict[tuple[str, Status], dict[int, Case]] = {}
        self._case_ids = itertools.count(FIRST_CASE + 1)
        self._answer_ids = itertools.count(FIRST_ANSWER + 1)
        self._logins = itertools.count(1)

    # ---- ids -------------------------------------------------------------------------------------------------

    def token(self, *parts: object) -> str:
        """A name that nobody guesses, the same for the same seed."""
        return hashlib.sha256("/".join(map(str, (self.seed, *parts))).encode()).hexdigest()[:24]

    def login(self, agency: str) -> str:
        """Open a session."""
        token = f"phien-{self.token('session', agency, next(self._logins))}"
        self.sessions[token] = Session(agency=agency, born=self.clock.monotonic())
        return token

    def answer_id(self) -> int:
        """Next ``TRALOIID``."""
        return next(self._answer_ids)

    def _next_case_id(self) -> int:
        return next(number for number in self._case_ids if number not in self.cases)

    # ---- cases -----------------------------------------------------------------------------------------------

    def open_case(
        self, subject: Subject, *, agency: str, owner: str | None = None, case_id: int | None = None
    ) -> Case:
        """A new case in status 1, known to the portal alone."""
        number = self._next_case_id() if case_id is None else case_id
        case = Case(
            id=number,
            public_code=f"PAKN-MAU-{number - FIRST_CASE:06d}",
            subject=subject,
            agency=agency,
            owner=owner,
            status=Status.NEW,
            changed_at=self.clock.now(),
        )
        self.cases[number] = case
        return case

    def link(self, case: Case, agency: str, own_code: str) -> None:
        """Tie the agency's own code to the case."""
        case.own_codes[agency] = own_code
        self.by_own_code[own_code] = case

    def held(self, agency: str, status: Status) -> dict[int, Case]:
        """Cases that the agency holds in that status."""
        return self._held.get((agency, status), {})

    def add_file(self, case: Case, file: StoredFile) -> None:
        """Keep a file; one with the same id is replaced."""
        self.drop_file(case, file.id)
        case.files[file.id] = file
        self.files[file.token] = (case, file)

    def drop_file(self, case: Case, file_id: str) -> None:
        """Forget a file, if there is one."""
        before = case.files.pop(file_id, None)
        if before is not None:
            self.files.pop(before.token, None)

    def file_token(self, case_id: int, file_id: str, sha256: str) -> str:
        """Last part of the address of a file."""
        return self.token("file", case_id, file_id, sha256)

    # ---- acts ------------------------------------------------------------------------------------------------

    def act(
        self,
        case: Case,
        action: str,
        *,
        agency: str,
        after: Status | None = None,
        at: datetime | None = None,
        officer: str | None = None,
        text: str | None = None,
        files: tuple[str, ...] = (),
        transaction: str | None = None,
    ) -> Act:
        """Append an act and move the case.

        The history runs oldest first, so an act told late gets the time of the one before it.
        """
        now = self.clock.now()
        told = at or now
        if case.acts:
            told = max(told, case.acts[-1].at)
        status = case.status if after is None else after
        entry = Act(
            id=len(case.acts) + 1,
            at=told,
            action=action,
            before=case.status if case.acts else None,
            after=status,
            agency=agency,
            officer=officer,
            text=text,
            files=files,
            transaction=transaction,
        )
        case.acts.append(entry)
        case.status = status
        case.changed_at = max(now, case.changed_at)
        self._reindex(case)
        return entry

    def touch(self, case: Case) -> None:
        """The case changed without an act (an update of the sender's side)."""
        case.changed_at = max(self.clock.now(), case.changed_at)
        self._reindex(case)

    def assign(self, case: Case, agency: str, *, actor: str, text: str | None) -> None:
        """Forward the case to an agency: status 2, a new clock."""
        now = self.clock.now()
        case.agency = agency
        case.owner = None
        case.forwarder = actor
        case.assigned_at = now
        case.due_at = default_due(now)
        case.due_basis = "CS766"
        case.accepted.discard(agency)
        case.gone.pop(agency, None)
        self.act(case, Action.FORWARDED, agency=actor, after=Status.ASSIGNED, text=text)

    def send_away(self, case: Case, sender: str, receiver: str, status: Status) -> None:
        """The holder gives the case away; what it sees of it stops here. The act is appended already."""
        leaving = Gone(status=status, receiver=receiver, acts=len(case.acts), at=case.changed_at)
        for keeper in case.keepers:
            case.gone[keeper] = leaving
            case.sent_away.add(keeper)
        case.gone[sender] = leaving
        case.owner = None
        case.agency = receiver
        case.gone.pop(receiver, None)
        self._reindex(case)

    def _reindex(self, case: Case) -> None:
        wanted = tuple((keeper, case.status) for keeper in case.keepers)
        if wanted == case.indexed:
            return
        for key in case.indexed:
            self._held[key].pop(case.id, None)
        for key in wanted:
            self._held.setdefault(key, {})[case.id] = case
        case.indexed = wanted


def default_due(start: datetime) -> datetime:
    """The due instant the portal sets when nobody says another: end of a day."""
    return (start + timedelta(days=DUE_DAYS)).replace(hour=23, minute=59, second=59)
