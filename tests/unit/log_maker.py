"""Logs and exports as the format describes them, made without the connector's own writing code.

The tree is RFC 9162's definition read literally, canonical JSON and signatures come from their libraries: what is
wrong in the connector in the same way on both sides would not pass here.
"""

import base64
import hashlib
import json
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ORIGIN = "phanhoi.thanhhoa.example/nhat-ky"
TEXTS = ("Đèn đường hỏng tại thôn Mẫu", "Rác thải tồn đọng", "Nguyễn Văn Mẫu", "Đã xử lý xong, cảm ơn ông/bà")
KINDS = ("observed", "planned", "sent", "done", "linked", "agreed")
Json = dict[str, Any]


@dataclass
class Key:
    """A signing key of the log."""

    name: str = "phanhoi-2026"
    secret: Ed25519PrivateKey = field(default_factory=lambda: key_from(1))
    valid_from: str = "2026-01-01T00:00:00Z"
    valid_until: str | None = None

    @property
    def public(self) -> bytes:
        return self.secret.public_key().public_bytes_raw()

    def id(self, kind: int = 1) -> bytes:
        return sha(self.name.encode() + b"\n" + bytes([kind]) + self.public)[:4]

    def told(self) -> Json:
        return {
            "name": self.name,
            "id": self.id().hex(),
            "public": b64(self.public),
            "valid_from": self.valid_from,
            "valid_until": self.valid_until,
        }

    def sign(self, text: str) -> str:
        return f"— {self.name} {b64(self.id() + self.secret.sign(text.encode()))}\n"


@dataclass
class Log:
    """All entries, with what opens their commitments by number."""

    entries: list[Json]
    openings: dict[int, Json]

    def root(self, size: int) -> bytes:
        return tree_hash([leaf(entry) for entry in self.entries[:size]])

    def rechain(self, index: int) -> None:
        """Give every entry from that index on the hash that now belongs to it."""
        for at in range(index, len(self.entries)):
            if at:
                self.entries[at]["prev_hash"] = self.entries[at - 1]["hash"]
            self.entries[at]["hash"] = entry_hash(self.entries[at])


def key_from(seed: int) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"%d" % seed).digest())


def keys_document(keys: Iterable[Key], origin: str = ORIGIN) -> Json:
    return {"format": "phanhoi-log-keys/1", "origin": origin, "keys": [key.told() for key in keys]}


def make_log(count: int, seed: int = 1) -> Log:
    """A log of that many entries; every third holds commitments."""
    rng = random.Random(seed)
    log = Log([], {})
    for seq in range(1, count + 1):
        opening: Json = {}
        if seq % 3 == 0:
            opening = {
                name: [rng.randbytes(16).hex(), value]
                for name, value in (
                    ("title", rng.choice(TEXTS)),
                    ("place", {"lat": 19.8 + rng.random() / 10, "parts": [1, None, True]}),
                )
            }
        log.openings[seq] = opening
        log.entries.append(
            {
                "format": 2,
                "seq": seq,
                "at": f"2026-11-{1 + seq * 20 // (count + 1):02}T03:{seq % 60:02}:00.{rng.randrange(10**6):06}Z",
                "kind": rng.choice(KINDS),
                "system": rng.choice((None, "register", "national_portal")),
                "case_id": seq % 7 or None,
                "delivery_id": rng.choice((None, rng.randrange(1, 500))),
                "actor": rng.choice(("connector", "can-bo-01")),
                "data": {"attempt": rng.randrange(9), "note": f"a{seq}/b", "again": rng.random() < 0.5},
                "commitments": {name: commitment(name, *one) for name, one in opening.items()},
                "prev_hash": sha(b"phanhoi-connector ledger 1").hex(),
                "hash": "",
            }
        )
    log.rechain(0)
    return log


def note(
    log: Log, size: int, key: Key, *, previous: int = 0, time: str | None = None, origin: str = ORIGIN
) -> str:
    """A signed checkpoint."""
    text = (
        f"{origin}\n{size}\n{b64(log.root(size))}\n"
        f"time {time or f'2026-11-21T{size // 60 % 24:02}:{size % 60:02}:00Z'}\n"
        f"previous {previous} {b64(log.root(previous))}\n"
    )
    return text + "\n" + key.sign(text)


def cosigned(signed: str, witness: Key, seconds: int = 1_795_000_000) -> str:
    """The same checkpoint with a witness's cosignature (C2SP tlog-cosignature v1)."""
    text = signed.partition("\n\n")[0] + "\n"
    value = seconds.to_bytes(8) + witness.secret.sign(f"cosignature/v1\ntime {seconds}\n{text}".encode())
    return signed + f"— {witness.name} {b64(witness.id(4) + value)}\n"


def witness_key(witness: Key) -> str:
    return f"{witness.name}+{witness.id(4).hex()}+{b64(bytes([4]) + witness.public)}"


def export(
    log: Log,
    key: Key,
    *,
    size: int | None = None,
    keep: Callable[[Json], bool] = lambda _entry: True,
    told: Json | None = None,
    earlier: Sequence[int] = (),
    opened: bool = True,
    **head: Any,
) -> list[Json]:
    """All lines but the last: head, entries, gaps (cut at the earlier sizes)."""
    size = len(log.entries) if size is None else size
    sizes = [0, *earlier]
    lines: list[Json] = [
        {
            "phanhoi": "log-export/1",
            "origin": ORIGIN,
            "made_at": "2026-11-27T09:00:00Z",
            "filter": told or {},
            "checkpoint": note(log, size, key, previous=sizes[-1]),
            "timestamp": None,
            "earlier": [
                note(log, at, key, previous=before) for before, at in zip(sizes, earlier, strict=False)
            ],
            "keys": keys_document([key]),
            **head,
        }
    ]
    start: int | None = None
    for index, entry in enumerate(log.entries[:size]):
        if keep(entry):
            if start is not None:
                lines.append(gap(log, start, index))
                start = None
            opening = log.openings[entry["seq"]] if opened else {}
            lines.append({"entry": entry} | ({"open": opening} if opening else {}))
        elif start is None:
            start = index
        elif index in earlier:
            lines.append(gap(log, start, index))
            start = index
    if start is not None:
        lines.append(gap(log, start, size))
    return lines


def gap(log: Log, start: int, stop: int) -> Json:
    """The line for the entries ``start + 1`` to ``stop``."""
    nodes, at = [], start
    while at < stop:
        level = 0
        while at % (2 << level) == 0 and at + (2 << level) <= stop:
            level += 1
        nodes.append([level, tree_hash([leaf(one) for one in log.entries[at : at + (1 << level)]]).hex()])
        at += 1 << level
    return {"gap": [start + 1, stop, nodes]}


def written(lines: Sequence[Json]) -> bytes:
    """The file, with its last line."""
    body = b"".join(line_bytes(line) for line in lines)
    end = {
        "entries": sum("entry" in line for line in lines),
        "gaps": sum("gap" in line for line in lines),
        "sha256": sha(body).hex(),
    }
    return body + line_bytes({"end": end})


def line_bytes(line: Json) -> bytes:
    return json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def entry_hash(entry: Json) -> str:
    return sha(entry_bytes(entry)).hex()


def entry_bytes(entry: Json) -> bytes:
    return rfc8785.dumps({name: value for name, value in entry.items() if name != "hash"})


def commitment(name: str, salt: str, value: Any) -> str:
    return sha(rfc8785.dumps([salt, name, value])).hex()


def leaf(entry: Json) -> bytes:
    return sha(b"\x00" + entry_bytes(entry))


def tree_hash(leaves: Sequence[bytes]) -> bytes:
    """RFC 9162 §2.1.1, word for word."""
    if not leaves:
        return sha(b"")
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return sha(b"\x01" + tree_hash(leaves[:split]) + tree_hash(leaves[split:]))


def sha(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()
