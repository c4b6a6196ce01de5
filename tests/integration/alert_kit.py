"""What alerts are told to in tests: a real mail server and a real HTTP receiver on this machine, which can be made to fail."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from connector.gateway import listen
from connector.sections.alerts import AlertSettings
from connector.sync.context import Context
from tests.listening import emptied, listening

FROM, TO = "canhbao@tinh-mau.example", "truc.mau@tinh-mau.example"
ACCOUNT, PASSWORD = "canhbao", "mat-khau-thu-mau"


@dataclass(kw_only=True)
class Post:
    """A mail server. ``refuse``: its answer to each recipient; ``drop``: it hangs up in the middle of the letter."""

    port: int = 0
    refuse: str | None = None
    drop: bool = False
    raw: list[bytes] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    accounts: list[str] = field(default_factory=list)

    @property
    def mails(self) -> list[EmailMessage]:
        """What has come, read by a mail program."""
        return [message_from_bytes(one, policy=default) for one in self.raw]  # type: ignore[misc]

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.refuse:
            return self.refuse
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        self.raw.append(envelope.content)
        self.encrypted.append(session.ssl is not None)
        if self.drop:
            assert server.transport is not None
            server.transport.abort()
        return "250 taken"

    def check(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.accounts.append(data.login.decode())
        return AuthResult(success=data.password == PASSWORD.encode(), handled=False)


@asynccontextmanager
async def post_office(tls: ssl.SSLContext | None = None, *, at_once: bool = False) -> AsyncIterator[Post]:
    """A mail server that listens; with ``tls`` it offers STARTTLS, or speaks TLS at once, and wants an account."""
    post = Post()

    def made() -> SMTP:
        return SMTP(
            post,
            hostname="thu.tinh-mau.example",
            tls_context=None if at_once else tls,
            require_starttls=tls is not None and not at_once,
            authenticator=post.check,
            # over TLS from the start it does not know that it is safe, and would warn
            auth_required=tls is not None and not at_once,
            auth_require_tls=not at_once,
            enable_SMTPUTF8=False,
        )

    server = await asyncio.get_running_loop().create_server(
        made, "127.0.0.1", 0, ssl=tls if at_once else None
    )
    async with emptied(server):
        post.port = server.sockets[0].getsockname()[1]
        yield post


@dataclass(kw_only=True)
class Call:
    """One request that a receiver got. Header names in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(kw_only=True)
class Receiver:
    """A receiver of webhooks. ``answer``: status and body of what it says next."""

    port: int = 0
    status: int = 204
    headers: str = ""
    content: bytes = b""
    silent: bool = False
    calls: list[Call] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        first, *lines = head.split("\r\n")
        headers = {
            name.lower(): value.strip() for name, _, value in (one.partition(":") for one in lines if one)
        }
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        self.calls.append(Call(path=first.split(" ")[1], headers=headers, body=body))
        if not self.silent:
            told = f"HTTP/1.1 {self.status} x\r\n{self.headers}content-length: {len(self.content)}\r\nconnection: close\r\n\r\n"
            writer.write(told.encode() + self.content)
            await writer.drain()


@asynccontextmanager
async def receiver() -> AsyncIterator[Receiver]:
    """A receiver that listens."""
    made = Receiver()
    async with listening(made) as made.port:
        yield made


def closed_port() -> int:
    """A port at which nobody listens."""
    with listen("127.0.0.1", 0) as bound:
        return int(bound.getsockname()[1])


def mail_to(post: Post, **more: Any) -> dict[str, Any]:
    """Settings of the mail channel."""
    return {"host": "127.0.0.1", "port": post.port, "security": "none", "sender": FROM, "to": (TO,), **more}


def alerting(ctx: Context, **given: Any) -> Context:
    """The same context with these alert settings."""
    alerts = AlertSettings.model_validate(given)
    return replace(ctx, settings=ctx.settings.model_copy(update={"alerts": alerts}))
