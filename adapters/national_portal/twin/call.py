"""What a service is given and what it gives back, and the guards that several services share."""

import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from adapters.national_portal.twin.codes import Status
from adapters.national_portal.twin.errors import NOT_OURS, STATE, Refusal, absent, invalid
from adapters.national_portal.twin.model import Case
from adapters.national_portal.twin.profile import Profile
from adapters.national_portal.twin.requests import Fields
from adapters.national_portal.twin.settings import Settings
from adapters.national_portal.twin.state import Session, State, Taken
from adapters.national_portal.twin.view import Row, Seen, row, seen_by
from adapters.twin_kit.faults import Faults
from adapters.twin_kit.journal import Effects


def repeated(message: str) -> str:
    """The words for a repeat (§10.7 row 4)."""
    return f"Yêu cầu đã được ghi nhận trước đó, {message[:1].lower()}{message[1:]}"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """An answer in the making: ``error_code``, ``message``, ``result``."""

    message: str
    rows: list[Row] = field(default_factory=list)
    code: int = 0
    repeat: bool = False


@dataclass(kw_only=True)
class Runtime:
    """What changes while the twin runs, apart from the cases: counters of switches that work only so many times.

    ``trap_base`` is the address that must not be read without re-basing (``file_not_rebased``).
    """

    batch_deaths: int = 0
    trap_base: str = "http://127.0.0.1:9"


@dataclass(frozen=True, kw_only=True)
class Call:
    """One authenticated call."""

    state: State
    faults: Faults[Profile]
    effects: Effects
    settings: Settings
    runtime: Runtime
    agency: str
    service: str
    session: Session
    transaction: str | None = None

    @property
    def profile(self) -> Profile:
        """The switches in force."""
        return self.faults.profile

    @property
    def now(self) -> datetime:
        """The portal's clock."""
        return self.state.clock.now()

    @property
    def strict(self) -> bool:
        """Unknown parameters are refused."""
        return self.profile.unknown_fields == "reject"

    def fields(self, raw: Mapping[str, Any]) -> Fields:
        """Reader of one item of ``data``."""
        return Fields(raw, nfc_only=self.profile.text_form == "nfc")

    def case(self, case_id: int) -> Case:
        """The case with that id.

        Raises:
            Refusal: there is none.
        """
        case = self.state.cases.get(case_id)
        if case is None:
            raise absent(case_id)
        return case

    def view(self, case: Case) -> Seen:
        """The case as the caller sees it.

        Raises:
            Refusal: not the caller's.
        """
        seen = seen_by(case, self.agency)
        if seen is None:
            raise Refusal(NOT_OURS, kind="not_ours")
        return seen

    def hold(self, case: Case) -> None:
        """Only the holder may act.

        Raises:
            Refusal: a former holder is told that the state forbids it (or nothing, per ``transfer_view``);
                a stranger that the case is not theirs.
        """
        if case.kept_by(self.agency):
            return
        if case.gone.get(self.agency) is None or self.profile.transfer_view == "forbidden":
            raise Refusal(NOT_OURS, kind="not_ours")
        raise self.conflict(case)

    def conflict(self, case: Case) -> Refusal:
        """The state forbids it; the current row goes along."""
        return Refusal(STATE, rows=[row(self.view(case))], kind="state_conflict")

    def require(self, case: Case, allowed: set[Status]) -> None:
        """The case must be in one of these statuses.

        Raises:
            Refusal: it is not.
        """
        if case.status not in allowed:
            raise self.conflict(case)

    def done(self, case: Case, message: str, *, repeat: bool = False) -> Outcome:
        """Success with the short row, as the caller sees it now."""
        found = row(self.view(case), repeat=repeat)
        if repeat:
            return Outcome(message=repeated(message), rows=[found], repeat=True)
        return Outcome(message=message, rows=[found])

    def effect(self, case: Case, kind: str, key: object) -> None:
        """Count what was just done to the case, under its natural key."""
        self.effects.note(case.id, kind, key)

    # ---- MaGiaoDich --------------------------------------------------------------------------------------------

    def recall(self, transaction: str | None, raw: Mapping[str, Any]) -> Any:
        """What was answered to this transaction before, if it took effect.

        Raises:
            Refusal: the same id came with another body.
        """
        if transaction is None or not self.profile.idempotent:
            return None
        taken = self.state.taken.get((self.agency, transaction))
        if taken is None:
            return None
        if taken.digest != body_digest(self.service, raw):
            raise invalid(field="MaGiaoDich", why="đã dùng cho yêu cầu khác")
        return taken.answer

    def remember(self, transaction: str | None, raw: Mapping[str, Any], answer: Any) -> None:
        """Keep the answer of a write that took effect."""
        if transaction is not None:
            digest = body_digest(self.service, raw)
            self.state.taken.setdefault((self.agency, transaction), Taken(digest=digest, answer=answer))


def body_digest(service: str, raw: Mapping[str, Any]) -> str:
    """Digest of what makes two bodies the same: all fields but the session and the transaction id."""
    kept = {key: value for key, value in raw.items() if key not in ("session", "madonvi", "magiaodich")}
    text = json.dumps([service, kept], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, kw_only=True)
class Service:
    """One service: its function, and whether it writes or is a catalogue."""

    run: Callable[[Call, Fields], Outcome | Awaitable[Outcome]]
    write: bool = False
    catalogue: bool = False
