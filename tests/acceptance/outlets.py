"""Where a connector under test tells its alerts: a mail server and a receiver of webhooks, each in its own thread."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import SimpleQueue
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.listening import emptied

SECRET = "bi-mat-webhook-mau"


@dataclass(kw_only=True)
class Outlets:
    """What was told. ``environment``: the settings by which a connector tells it here."""

    mails: list[bytes] = field(default_factory=list)
    calls: list[bytes] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        self.mails.append(envelope.content)
        return "250 taken"


@contextmanager
def outlets(**more: str) -> Iterator[Outlets]:
    """Both, listening. ``more``: further settings of alerts by their variable."""
    made = Outlets()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            made.calls.append(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    hook = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=hook.serve_forever, daemon=True).start()
    opened: SimpleQueue[tuple[int, Callable[[], object]]] = SimpleQueue()

    async def take_mail() -> None:
        loop, over = asyncio.get_running_loop(), asyncio.Event()
        server = await loop.create_server(lambda: SMTP(made, hostname="thu.tinh-mau.example"), "127.0.0.1", 0)
        async with emptied(server):
            opened.put((server.sockets[0].getsockname()[1], partial(loop.call_soon_threadsafe, over.set)))
            await over.wait()

    thread = threading.Thread(target=asyncio.run, args=(take_mail(),), daemon=True)
    thread.start()
    port, close = opened.get(timeout=60)
    given = {
        "MAIL__HOST": "127.0.0.1",
        "MAIL__PORT": str(port),
        "MAIL__SECURITY": "none",
        "MAIL__SENDER": "canhbao@tinh-mau.example",
        "MAIL__TO": json.dumps(["truc.mau@tinh-mau.example"]),
        "WEBHOOK_HOSTS": json.dumps(["127.0.0.1"]),
        "WEBHOOKS__CHAT__URL": f"http://127.0.0.1:{hook.server_address[1]}/pakn",
        "WEBHOOKS__CHAT__SECRETS": json.dumps([SECRET]),
        "WEBHOOKS__CHAT__DIGESTS": "true",
        "LOOK_EVERY_S": "1",
        **more,
    }
    made.environment = {f"PHANHOI_ALERTS__{key}": value for key, value in given.items()}
    try:
        yield made
    finally:
        close()
        thread.join()
        hook.shutdown()
        hook.server_close()
