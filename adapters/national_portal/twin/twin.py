"""The whole twin without its sockets: state, switches, and the one entrance for calls."""

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from typing import Any

from adapters.national_portal.twin import batches, push, services
from adapters.national_portal.twin.call import Call, Outcome, Runtime, Service, repeated
from adapters.national_portal.twin.catalogue import Catalogue
from adapters.national_portal.twin.clock import TwinClock
from adapters.national_portal.twin.errors import (
    FAILED_CODE,
    LOGIN,
    SENDER,
    SESSION,
    Refusal,
    unsupported,
)
from adapters.national_portal.twin.profile import Profile
from adapters.national_portal.twin.requests import Fields
from adapters.national_portal.twin.settings import Settings
from adapters.national_portal.twin.state import Session, State
from adapters.national_portal.twin.wire import Wire
from adapters.twin_kit.faults import Faults
from adapters.twin_kit.journal import Effects, Journal
from adapters.twin_kit.server import Port

SERVICES: Mapping[str, Service] = {
    "DanhSachPAKNChoXuLy": Service(run=services.danh_sach),
    "LayChiTietPAKN": Service(run=services.chi_tiet),
    "TraCuuPAKN": Service(run=services.tra_cuu),
    "LayDanhMucCoQuan": Service(run=services.dm_co_quan, catalogue=True),
    "LayDanhMucLinhVuc": Service(run=services.dm_linh_vuc, catalogue=True),
    "TiepNhanPAKN": Service(run=services.tiep_nhan, write=True),
    "TuChoiPAKN": Service(run=services.tu_choi, write=True),
    "YeuCauBoSungPAKN": Service(run=services.yeu_cau_bo_sung, write=True),
    "ChuyenPAKN": Service(run=services.chuyen, write=True),
    "CapNhatTienDoPAKN": Service(run=batches.tien_do, write=True),
    "DongBoKetQuaXuLyPAKN": Service(run=batches.ket_qua, write=True),
    "DongBoPAKN": Service(run=push.dong_bo, write=True),
}


@dataclass(frozen=True, kw_only=True)
class Told:
    """A finished answer: what goes on the wire, and what the journal says of it."""

    body: dict[str, Any]
    code: int
    outcome: str


class Twin:
    """One portal. Not thread-safe: everything runs on one event loop."""

    def __init__(self, settings: Settings | None = None, profile: Profile | None = None) -> None:
        self.settings = settings or Settings()
        self.first_profile = profile or Profile()
        self.clock = TwinClock()
        self.catalogue = Catalogue.load(self.settings.catalogue)
        self.journal = Journal()
        self.effects = Effects()
        self.faults = Faults(self.first_profile, self.settings.seed, monotonic=self.clock.monotonic)
        self.wire = Wire(self.faults)
        self.runtime = Runtime()
        self.port: Port | None = None
        self.reset()

    @property
    def profile(self) -> Profile:
        """The switches in force."""
        return self.faults.profile

    def reset(self) -> None:
        """Back to the beginning: no cases, no sessions, the profile it was started with."""
        self.state = State(seed=self.settings.seed, clock=self.clock, catalogue=self.catalogue)
        self.clock.set(None)
        self.journal.clear()
        self.effects.clear()
        self.set_profile(self.first_profile)

    def set_profile(self, profile: Profile, *, afresh: bool = True) -> None:
        """Turn the switches; ``afresh``: draws and counters start again from the seed."""
        if afresh or profile.session_dies_in_batch != self.profile.session_dies_in_batch:
            self.runtime.batch_deaths = profile.session_dies_in_batch
        self.faults.turn(profile, afresh=afresh)
        self.clock.skew_s = profile.clock_skew_s

    # ---- calls -------------------------------------------------------------------------------------------------

    def login(self, body: Any) -> Told:
        """``login``: user name and password for a session (§2.1)."""
        try:
            fields = Fields(self._object(body))
            user = fields.must_text("username", 255)
            password = fields.must_text("password", 255)
            fields.done(strict=self.profile.unknown_fields == "reject")
            if not self.catalogue.active(user) or password not in self._passwords():
                raise Refusal(LOGIN, kind="login_refused")
        except Refusal as refusal:
            return Told(
                body=self.wire.answer(refusal.code, refusal.text), code=refusal.code, outcome=refusal.kind
            )
        session = self.state.login(user)
        body = self.wire.answer(0, "Đăng nhập thành công", session=session)
        return Told(body=body, code=0, outcome="ok")

    def _passwords(self) -> list[str]:
        """The passwords that are valid now."""
        known = (self.settings.password, *self.settings.other_passwords)
        valid = self.profile.valid_passwords
        return [word for place, word in enumerate(known) if valid is None or place in valid]

    async def call(self, body: Any, *, share: bool = True, integration: bool = True) -> Told:
        """Any other service (§2.2). ``share`` and ``integration``: what the path that was used answers."""
        try:
            outcome = await self._run(self._object(body), share=share, integration=integration)
        except Refusal as refusal:
            told = self.wire.answer(refusal.code, refusal.text, refusal.rows)
            return Told(body=told, code=refusal.code, outcome=refusal.kind)
        word = "repeat" if outcome.repeat else "ok" if outcome.code == 0 else "partly"
        told = self.wire.answer(outcome.code, outcome.message, outcome.rows)
        return Told(body=told, code=outcome.code, outcome=word)

    async def _run(self, body: Mapping[str, Any], *, share: bool, integration: bool) -> Outcome:
        fields = Fields(body, nfc_only=self.profile.text_form == "nfc")
        session = self._session(fields)
        agency = fields.must_text("madonvi", 50)
        if agency != session.agency:
            raise Refusal(SENDER, kind="sender_mismatch")
        name = fields.must_text("service", 200)
        service = SERVICES.get(name)
        if service is None or not (share if service.catalogue else integration):
            raise unsupported(name)
        call = Call(
            state=self.state,
            faults=self.faults,
            effects=self.effects,
            settings=self.settings,
            runtime=self.runtime,
            agency=agency,
            service=name,
            session=session,
            transaction=fields.transaction() if service.write else None,
        )
        before: Outcome | None = call.recall(call.transaction, fields.raw)
        if before is not None:
            return before
        result = service.run(call, fields)
        outcome = await result if isinstance(result, Awaitable) else result
        if service.write and outcome.code == 0:
            call.remember(call.transaction, fields.raw, _as_repeat(outcome))
        return outcome

    def _session(self, fields: Fields) -> Session:
        token = fields.must_text("session", 255)
        session = self.state.sessions.get(token)
        if session is None:
            raise Refusal(SESSION, kind="session")
        session.calls += 1
        limit = self.profile.session_calls
        if self.clock.monotonic() - session.born >= self.profile.session_life_s or 0 < limit < session.calls:
            del self.state.sessions[token]
            raise Refusal(SESSION, kind="session")
        return session

    @staticmethod
    def _object(body: Any) -> Mapping[str, Any]:
        if not isinstance(body, dict):
            msg = "Giá trị không hợp lệ: thân yêu cầu phải là một đối tượng JSON"
            raise Refusal(msg, code=FAILED_CODE)
        return body

    def kill_sessions(self) -> None:
        """Every session is dead from now on."""
        self.state.sessions.clear()


def _as_repeat(outcome: Outcome) -> Outcome:
    """What the same transaction gets the next time: the same rows, marked as known."""
    rows = [item | {"TRUNGLAP": "1"} for item in outcome.rows]
    message = outcome.message if outcome.repeat else repeated(outcome.message)
    return Outcome(message=message, rows=rows, repeat=True)
