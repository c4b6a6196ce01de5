"""Alerts by mail: plain SMTP of the standard library, in a thread. TLS unless the settings say otherwise."""

import asyncio
import re
import smtplib
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import NoReturn

import structlog

from connector.alerts.letter import Letter
from connector.clock import LOCAL_ZONE
from connector.errors import MessageNotTaken, MessageRefused
from connector.sections.alerts import MailSettings
from connector.texts import say

log = structlog.get_logger(__name__)

_ENHANCED = re.compile(rb"\b([245]\.\d{1,3}\.\d{1,3})\b")
"""RFC 3463: why a server refused, without its words, which may name people."""


class Mailer:
    """Sends letters to the people that the settings name."""

    def __init__(self, settings: MailSettings) -> None:
        self._settings = settings

    async def send(self, letter: Letter, message_id: str, at: datetime, digest: bool) -> str:
        """Hand a letter to the mail server. Returns who of how many it takes it for.

        Raises:
            MessageNotTaken: not now. It may have been taken without our hearing of it: the next try has the same Message-ID.
            MessageRefused: never, as it stands.
        """
        to = (self._settings.digest_to or self._settings.to) if digest else self._settings.to
        mail = compose(letter, message_id, at, sender=str(self._settings.sender), to=to)
        return await asyncio.to_thread(self._hand_over, mail, to)

    async def knock(self) -> None:
        """Connect and sign in as for a letter, and hand none over.

        Raises:
            MessageNotTaken, MessageRefused: what a letter would end in before it is handed over.
        """
        await asyncio.to_thread(self._knock)

    def _knock(self) -> None:
        with self._explained():
            server = self._connected()
            try:
                server.noop()
            finally:
                _bow(server)

    def _hand_over(self, mail: EmailMessage, to: tuple[str, ...]) -> str:
        with self._explained():
            server = self._connected()
            try:
                refused = server.sendmail(str(self._settings.sender), list(to), mail.as_bytes())
            finally:
                _bow(server)
        if refused:
            log.warning("mail_recipients_refused", count=len(refused), of=len(to))
        return f"{len(to) - len(refused)}/{len(to)}"

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """What goes wrong between us and the server, as our errors."""
        try:
            yield
        except smtplib.SMTPRecipientsRefused as error:
            _nobody(error.recipients)
        except smtplib.SMTPResponseException as error:
            raise _said(error.smtp_code, error.smtp_error) from None
        except smtplib.SMTPNotSupportedError:
            msg = f"mail: the server does not offer what is needed ({self._settings.security}, account)"
            raise MessageRefused(msg) from None
        except ssl.SSLCertVerificationError:
            msg = "mail: the server's certificate is not trusted (alerts.mail.ca_file)"
            raise MessageNotTaken(msg) from None
        except (smtplib.SMTPException, OSError) as error:
            msg = f"mail: no answer from the server ({type(error).__name__})"
            raise MessageNotTaken(msg) from None

    def _connected(self) -> smtplib.SMTP:
        given = self._settings
        host, wait = str(given.host), given.timeout_s
        # the name by which we greet: asking the name service for ours may take long in a closed network
        own = str(given.sender).rpartition("@")[2]
        tls = None if given.security == "none" else ssl.create_default_context(cafile=given.ca_file)
        server: smtplib.SMTP
        if given.security == "tls":
            server = smtplib.SMTP_SSL(host, given.port, local_hostname=own, timeout=wait, context=tls)
        else:
            server = smtplib.SMTP(host, given.port, local_hostname=own, timeout=wait)
        try:
            if given.security == "starttls":
                server.starttls(context=tls)
            if given.user is not None and given.password is not None:
                server.login(given.user, given.password.get_secret_value())
        except BaseException:
            server.close()
            raise
        return server


def _bow(server: smtplib.SMTP) -> None:
    with suppress(smtplib.SMTPException, OSError):
        server.quit()


def compose(
    letter: Letter, message_id: str, at: datetime, *, sender: str, to: tuple[str, ...]
) -> EmailMessage:
    """A letter as a mail: text and the same as HTML, marked as sent by a program, so that no holiday note answers it."""
    mail = EmailMessage(policy=SMTP)
    mail["Subject"] = letter.subject
    mail["From"] = Address(say("web.product"), addr_spec=sender)
    mail["To"] = ", ".join(to)
    mail["Date"] = format_datetime(at.astimezone(LOCAL_ZONE))
    mail["Message-ID"] = f"<{message_id}.alerts@{sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["Content-Language"] = "vi, en"
    mail.set_content(letter.text, cte="quoted-printable")
    mail.add_alternative(letter.html, subtype="html", cte="quoted-printable")
    return mail


def _nobody(recipients: Mapping[str, tuple[int, bytes]]) -> NoReturn:
    """The server takes it for none of them; if for one of them only "later", it is tried again."""
    code, text = min(recipients.values(), key=lambda one: one[0])
    raise _said(code, text)


def _said(code: int, text: bytes | str) -> MessageNotTaken | MessageRefused:
    words = text if isinstance(text, bytes) else text.encode("utf-8", "replace")
    found = _ENHANCED.search(words)
    why = f"{code} {found.group(1).decode()}" if found else str(code)
    msg = f"mail: the server said {why}"
    # 5xx is for good (RFC 5321, 4.2.1); everything else, also nonsense, may be another answer later
    return MessageRefused(msg) if 500 <= code < 600 else MessageNotTaken(msg)
