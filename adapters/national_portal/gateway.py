"""One service call with its session and its verdict: login once, resend once, judge (§2, §10.7, §10.8.8)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from adapters.national_portal.decode import Vocabulary, upper_keys
from adapters.national_portal.profile import SERVICES
from adapters.national_portal.route import Call, Route
from adapters.national_portal.session import Issued, Pauses, Renewable
from adapters.national_portal.settings import NationalPortalSettings
from adapters.national_portal.verdict import Intent, Judge, Row, error_of, is_repeat
from adapters.national_portal.wire import Answer, Garbled, read_answer
from connector.clock import Clock
from connector.errors import ConnectorError, CredentialsRefused, InDoubt, Transient
from connector.transport import HttpClient

_LOGIN_REFUSED = frozenset(
    {Row.LOGIN_REFUSED, Row.NOT_OURS, Row.SESSION, Row.INVALID, Row.ABSENT, Row.WRONG_STATE, Row.EXISTS}
)


@dataclass(frozen=True, kw_only=True)
class Judged:
    """An answer, what it means, and its rows with the profile's key names (elements that are no objects left out)."""

    answer: Answer
    row: Row
    rows: tuple[Mapping[str, Any], ...]


class Gateway:
    """Speaks ``mapi`` over a route; the session is shared by all callers."""

    def __init__(self, settings: NationalPortalSettings, http: HttpClient, clock: Clock) -> None:
        self.settings = settings
        self.route = Route(settings, http, clock)
        self.judge = Judge(settings)
        self.server_time: datetime | None = None
        self._words = {name: vocabulary(settings, name) for name in SERVICES}
        pauses = Pauses(refused_s=settings.refusal_cooldown_s, failed_s=settings.login_pause_s)
        self._session = Renewable(self._login, clock, pauses)

    def words(self, service: str) -> Vocabulary:
        """Names and codes of one service."""
        return self._words[service]

    async def prove_alive(self) -> None:
        """Log in: the contract's proof of life. A facade has no login, so a catalogue is asked for."""
        if self.route.owns_session:
            await self._session.renew()
            return
        await self.read("dm_linh_vuc")

    async def read(self, service: str, body: Mapping[str, Any] | None = None) -> Judged:
        """A read that ended well.

        Raises:
            ConnectorError: what the answer's row of §10.7 means for a read.
        """
        judged = await self.ask(service, body)
        if judged.row is Row.OTHER:
            # verified once: a read is repeated before its answer is called unknown
            judged = await self.ask(service, body)
        if judged.row is not Row.READ_DONE:
            raise self.error(judged, Intent.READ, service)
        return judged

    async def ask(self, service: str, body: Mapping[str, Any] | None = None) -> Judged:
        """A read, however it ended."""
        names = self.settings.fields.get(service, {})
        sent = {names.get(name, name): value for name, value in (body or {}).items()}
        return await self.call(Call(service=service, body=sent), Intent.READ)

    async def call(self, call: Call, intent: Intent) -> Judged:
        """One call; a dead session is replaced and the call resent once.

        Raises:
            CredentialsRefused: the fresh session was refused as well, or login is.
            Transient, InDoubt: transport faults and unreadable answers, for reads and writes.
        """
        for fresh in (False, True):
            session = await self._session.get() if self.route.owns_session else None
            judged = await self._once(call, intent, session)
            if judged.row is not Row.SESSION:
                if session is not None:
                    self._session.accept(session)
                return judged
            if session is None:
                msg = "the facade's own session is dead"
                raise Transient(msg, service=call.service)
            if intent is Intent.WRITE and len(call.items or ()) > 1 and not self.settings.remote_idempotent:
                msg = f"{call.service}: the session died, perhaps in the middle of the batch"
                raise InDoubt(msg, service=call.service, row=int(Row.SESSION))
            if fresh and self._session.was_accepted(session):
                self._session.drop(session)
                msg = f"{call.service}: the session died again and again"
                raise Transient(msg, service=call.service)
            if fresh:
                error = self.error(judged, intent, call.service)
                self._session.distrust(error)
                raise error
            self._session.drop(session)
        raise AssertionError  # the loop always returns or raises

    def error(self, judged: Judged, intent: Intent, service: str, **detail: object) -> ConnectorError:
        """The error of the seam for an answer that is no success."""
        answer = judged.answer
        return error_of(judged.row, intent, service, code=answer.code, message=answer.message, **detail)

    async def _once(self, call: Call, intent: Intent, session: str | None) -> Judged:
        reply = await self.route.post(call, session, safe=intent is Intent.READ)
        if reply.status in {429, 503}:
            msg = f"{call.service}: busy or under maintenance"
            raise Transient(msg, service=call.service, status=reply.status)
        try:
            answer = read_answer(reply.status, reply.content)
        except Garbled as garbled:
            raise error_of(
                Row.GARBLED,
                intent,
                call.service,
                why=str(garbled),
                status=reply.status,
                size=len(reply.content),
            ) from None
        words = self.words(call.service)
        rows = tuple(upper_keys(item, words) for item in answer.items if isinstance(item, Mapping))
        repeat = len(rows) == 1 and is_repeat(rows[0])
        return Judged(
            answer=answer, row=self.judge(intent, answer.code, answer.message, repeat=repeat), rows=rows
        )

    async def _login(self) -> Issued:
        settings = self.settings
        assert settings.password is not None
        reply = await self.route.login(settings.login_name, settings.password.get_secret_value())
        self.server_time = _date(reply.headers.get("date"))
        try:
            answer = read_answer(reply.status, reply.content)
        except Garbled as garbled:
            msg = "the answer to the login cannot be read"
            raise Transient(msg, why=str(garbled), status=reply.status) from None
        if answer.code == 0 and answer.session:
            return Issued(value=answer.session, lasts_s=settings.session_ttl_s)
        raise self._login_error(answer)

    def _login_error(self, answer: Answer) -> ConnectorError:
        """A refusal in unknown words waits as long as a known one: guessing on could lock the account."""
        row = self.judge(Intent.READ, answer.code, answer.message)
        facts = {"row": int(row), "error_code": answer.code, "message_size": len(answer.message)}
        if row in _LOGIN_REFUSED:
            msg = "the portal refuses account or password"
            return CredentialsRefused(msg, **facts)
        if row is Row.BUSY or answer.code == 0:
            msg = "the portal cannot log us in now"
            return Transient(msg, **facts)
        msg = "the portal refused the login in unknown words"
        return Transient(msg, retry_after_s=self.settings.refusal_cooldown_s, **facts)


def vocabulary(settings: NationalPortalSettings, service: str) -> Vocabulary:
    """How the portal spells one service's fields and codes."""
    return Vocabulary(
        fields={wire.upper(): name.upper() for name, wire in settings.fields.get(service, {}).items()},
        codes={
            name: {wire: entry.code for wire, entry in entries.items()}
            for name, entries in settings.codes.items()
        },
    )


def _date(value: str | None) -> datetime | None:
    try:
        told = parsedate_to_datetime(value) if value else None
    except ValueError:
        return None
    return told if told and told.tzinfo else None
