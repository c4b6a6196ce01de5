"""The verifier on a whole export, as a process of its own, against reading, decoding and hashing the same lines once."""

import hashlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bench.result import Measured
from connector.ledger.note import Checkpoint, Note, PublicKey, SigningKey, keys_document
from connector.ledger.tree import EMPTY_ROOT, Frontier, leaf_hash
from connector.verify.shapes import GENESIS, entry_bytes

ORIGIN = "phanhoi.example/bench"
AT = datetime(2026, 11, 27, tzinfo=UTC)


def measure_verify(count: int) -> Measured:
    """Verify an export of ``count`` entries with trusted keys."""
    with tempfile.TemporaryDirectory(prefix="phanhoi-bench-") as folder:
        export, keys = Path(folder) / "log.jsonl", Path(folder) / "log-keys.json"
        _write(export, keys, count)
        began = time.perf_counter()
        plain = _read_plainly(export)
        plain_seconds = time.perf_counter() - began
        began = time.perf_counter()
        told, peak_mb = _verify(export, keys)
        seconds = time.perf_counter() - began
    assert json.loads(told)["files"][0]["entries"] == plain - 2 == count
    return Measured(
        name="log export verified",
        unit="entries",
        count=count,
        seconds=seconds,
        baseline="lines decoded and hashed once",
        baseline_seconds=plain_seconds,
        peak_mb=peak_mb,
    )


def _verify(export: Path, keys: Path) -> tuple[bytes, float]:
    """What the verifier prints, and the most memory that its process held (looked at while it runs)."""
    command = [sys.executable, "-m", "connector.verify", str(export), "--keys", str(keys), "--json"]
    peak = 0
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        while process.poll() is None:
            status = Path(f"/proc/{process.pid}/status").read_text()
            peak = max(
                [peak, *(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))]
            )
            time.sleep(0.05)
        assert process.stdout
        return process.stdout.read(), peak / 1024


def _read_plainly(path: Path) -> int:
    lines = 0
    with path.open("rb") as stream:
        for line in stream:
            json.loads(line)
            hashlib.sha256(line).digest()
            lines += 1
    return lines


def _write(export: Path, keys: Path, count: int) -> None:
    """The body is made twice: the head, which stands before it, tells the tree's root."""
    key = SigningKey(name="bench", secret=Ed25519PrivateKey.generate())
    listed = keys_document(ORIGIN, [PublicKey(name=key.name, public=key.public, valid_from=AT)])
    keys.write_text(json.dumps(listed))
    body = export.with_suffix(".body")
    tree = Frontier()
    with body.open("wb") as out:
        for content, line in _entries(count):
            tree.append(leaf_hash(content))
            out.write(line)
    point = Checkpoint(
        origin=ORIGIN, size=count, root=tree.root, time=AT, previous_size=0, previous_root=EMPTY_ROOT
    )
    head: dict[str, Any] = {
        "phanhoi": "log-export/1",
        "origin": ORIGIN,
        "made_at": AT.isoformat(),
        "filter": {},
        "checkpoint": str(Note(text=point.text(), signatures=(key.sign(point.text()),))),
        "timestamp": None,
        "earlier": [],
        "keys": listed,
    }
    whole = hashlib.sha256()
    with export.open("wb") as out, body.open("rb") as lines:
        for line in chain([json.dumps(head).encode() + b"\n"], lines):
            whole.update(line)
            out.write(line)
        out.write(
            json.dumps({"end": {"entries": count, "gaps": 0, "sha256": whole.hexdigest()}}).encode() + b"\n"
        )
    body.unlink()


def _entries(count: int) -> Iterator[tuple[bytes, bytes]]:
    """What each entry's hash covers, and its line."""
    before = GENESIS
    for seq in range(1, count + 1):
        fields = {
            "format": 2,
            "seq": seq,
            "at": f"2026-11-27T{seq // 3600 % 24:02}:{seq // 60 % 60:02}:{seq % 60:02}.000000Z",
            "kind": "sent",
            "system": "register",
            "case_id": seq // 9 + 1,
            "delivery_id": seq // 3 + 1,
            "actor": "connector",
            "data": {"attempt": seq % 4, "operation": "answer", "key": f"K-{seq:012}"},
            "commitments": {"answer": before} if seq % 3 == 0 else {},
            "prev_hash": before,
        }
        content = entry_bytes({**fields, "hash": ""})
        assert content is not None
        before = hashlib.sha256(content).hexdigest()
        yield content, json.dumps({"entry": {**fields, "hash": before}}).encode() + b"\n"
