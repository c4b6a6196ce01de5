"""``make verifier``: the verifier as one file that needs Python 3.11 and ``cryptography``, nothing else.

The same sources give the same bytes (nothing is compressed, no time is kept), so that the digest of the file can be
published beside the keys.
"""

import hashlib
import importlib.util
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
PARTS = (
    "__init__",
    "canonical",
    "nfc",
    "ledger/__init__",
    "ledger/tree",
    "ledger/note",
    "ledger/commitment",
    "ledger/restored",
)
"""Of the connector, besides the verifier itself."""

MAIN = """\
import sys
if sys.version_info < (3, 11):
    sys.stderr.write("Cần Python 3.11 trở lên / Python 3.11 or newer is needed\\n")
    sys.exit(2)
try:
    import cryptography
except ImportError:
    sys.stderr.write("Cần thư viện cryptography (apt install python3-cryptography) / the library cryptography is needed\\n")
    sys.exit(2)
from connector.verify.program import main
main()
"""
LONG_AGO = (1980, 1, 1, 0, 0, 0)


def main() -> None:
    """Write ``dist/phanhoi-verify.pyz``, or where the argument says."""
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "dist" / "phanhoi-verify.pyz"
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as out:
        out.write(b"#!/usr/bin/env python3\n")
        with zipfile.ZipFile(out, "w") as archive:
            for name, content in files():
                entry = zipfile.ZipInfo(name, LONG_AGO)
                entry.external_attr = 0o644 << 16
                archive.writestr(entry, content)
    target.chmod(0o755)
    print(f"{hashlib.sha256(target.read_bytes()).hexdigest()}  {target}")  # noqa: T201  # a program's output


def files() -> Iterator[tuple[str, bytes]]:
    """Names and contents, in a fixed order."""
    yield "__main__.py", MAIN.encode()
    yield "LICENSE", (ROOT / "LICENSE").read_bytes()
    for part in PARTS:
        yield f"connector/{part}.py", (ROOT / "connector" / f"{part}.py").read_bytes()
    for path in sorted((ROOT / "connector" / "verify").glob("*.py")):
        yield f"connector/verify/{path.name}", path.read_bytes()
    # canonical JSON: pure Python, Apache-2.0 as we are
    spec = importlib.util.find_spec("rfc8785")
    assert spec
    assert spec.origin
    for path in sorted(Path(spec.origin).parent.glob("*.py")):
        yield f"rfc8785/{path.name}", path.read_bytes()


if __name__ == "__main__":
    main()
