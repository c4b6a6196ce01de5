"""Alerts by webhook: one POST, never a redirection, only to hosts that the settings list."""

import json
from datetime import datetime

from connector.alerts.letter import Letter
from connector.alerts.signature import sign
from connector.alerts.styles import body_of, refusal
from connector.clock import Clock
from connector.errors import MessageNotTaken, MessageRefused, SettingsError, Transient
from connector.sections.alerts import WebhookSettings
from connector.transport import TransportSettings

LATER = frozenset({408, 425, 429})
"""Statuses below 500 that ask to come back."""


class Caller:
    """Sends letters to one receiver."""

    def __init__(self, name: str, settings: WebhookSettings, clock: Clock) -> None:
        self._name = name
        self._settings = settings
        self._clock = clock

    async def send(self, letter: Letter, message_id: str, at: datetime, digest: bool) -> str:  # noqa: ARG002  # all go to one address
        """POST a letter. Returns the receiver's status.

        Raises:
            MessageNotTaken: not now. The next try has the same id, so a receiver can tell.
            MessageRefused: never, as it stands.
        """
        from connector.transport import HttpClient  # noqa: PLC0415  # the HTTP libraries, only where somebody is called

        given = self._settings
        content = self._content(letter, message_id)
        headers = {"content-type": "application/json; charset=utf-8"}
        if given.style == "signed":
            secrets = [one.get_secret_value() for one in given.secrets]
            headers |= sign(content, message_id=message_id, at=at, secrets=secrets)
        token = given.token.get_secret_value() if given.token else ""
        if header := given.token_header or ("access_token" if given.style == "zalo" else None):
            headers[header] = token
        client = HttpClient(f"webhook {self._name}", self._limits(), self._clock)
        try:
            # safe: the receiver knows a repeated message by its id
            reply = await client.request(
                "POST", given.url.replace("{token}", token), safe=True, content=content, headers=headers
            )
        except Transient as error:
            msg = f"{self._name}: no answer ({error.detail.get('reason') or error.detail.get('status')})"
            raise MessageNotTaken(msg) from None
        except SettingsError as error:
            raise MessageRefused(error.message) from None
        finally:
            await client.aclose()
        return self._judge(reply.status, reply.content)

    def _content(self, letter: Letter, message_id: str) -> bytes:
        given = self._settings
        body = body_of(
            given.style,
            letter,
            to=given.to,
            most_chars=given.most_chars,
            template=given.body,
            message_id=message_id,
        )
        return json.dumps(body, ensure_ascii=False).encode()

    def _limits(self) -> TransportSettings:
        return TransportSettings(
            read_timeout_s=15, max_reply_bytes=64 * 1024, tries=1, ca_file=self._settings.ca_file
        )

    def _judge(self, status: int, content: bytes) -> str:
        if 200 <= status < 300:
            why = refusal(self._settings.style, content)
            if why is None:
                return f"HTTP {status}"
            msg = f"{self._name}: the receiver said no ({why})"
            raise MessageRefused(msg)
        msg = f"{self._name}: HTTP {status}"
        raise MessageNotTaken(msg) if status in LATER or status >= 500 else MessageRefused(msg)
