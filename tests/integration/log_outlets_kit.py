"""A witness (C2SP tlog-witness) and a time-stamping authority (RFC 3161) on this machine, spoken to by real HTTP."""

import base64
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from asn1crypto import tsp
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pyhanko.sign.timestamps import DummyTimeStamper

from connector.ledger.note import (
    COSIGNATURE,
    PublicKey,
    Signature,
    cosigned_text,
    key_id,
    parse_note,
    verifier_key,
    verify_note,
)
from connector.ledger.tree import EMPTY_ROOT, verify_consistency
from tests import signing

Answer = tuple[int, bytes]


@contextmanager
def serving(answer: Callable[[str, bytes], Answer]) -> Iterator[str]:
    """Address of a server that answers each POST so."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # the library's name
            status, content = answer(self.path, self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class Witness:
    """It remembers the last checkpoint and signs only what continues it, as the specification has it."""

    keys: list[PublicKey]
    name: str = "witness.mau.example/w1"
    secret: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    size: int = 0
    root: bytes = EMPTY_ROOT
    asked: list[int] = field(default_factory=list)
    down: bool = False

    @property
    def public(self) -> bytes:
        return self.secret.public_key().public_bytes_raw()

    @property
    def verifier_key(self) -> str:
        return verifier_key(self.name, COSIGNATURE, self.public)

    def __call__(self, path: str, body: bytes) -> Answer:
        assert path == "/add-checkpoint"
        if self.down:
            return 500, b""
        head, _, note_text = body.decode().partition("\n\n")
        first, *lines = head.split("\n")
        old = int(first.removeprefix("old "))
        self.asked.append(old)
        note = parse_note(note_text)
        told = verify_note(note, self.keys)
        if old != self.size:
            return 409, f"{self.size}\n".encode()
        proof = [base64.b64decode(line) for line in lines]
        if not verify_consistency(old, told.size, self.root, told.root, proof):
            return 422, b""
        self.size, self.root = told.size, told.root
        seconds = 1_790_000_000
        value = seconds.to_bytes(8) + self.secret.sign(cosigned_text(note.text, seconds))
        kid = key_id(self.name, COSIGNATURE, self.public)
        return 200, Signature(name=self.name, key_id=kid, value=value).line().encode()


@dataclass
class Authority:
    """A time-stamping authority with a root of its own."""

    root: signing.Identity = field(default_factory=lambda: signing.made("Gốc mẫu", None))
    broken: bool = False
    asked: int = 0

    def __post_init__(self) -> None:
        stamper = signing.made("Dấu thời gian mẫu", self.root, stamping=True)
        self._stamper = DummyTimeStamper(stamper.asn1, stamper.asn1_key, fixed_dt=signing.NOW)

    def __call__(self, _: str, body: bytes) -> Answer:
        self.asked += 1
        if self.broken:
            return 200, b"khong phai dau"
        return 200, self._stamper.request_tsa_response(tsp.TimeStampReq.load(body)).dump()
