"""There is one way to the log, and it leads through the redaction: whoever writes a line cannot leak a citizen by it."""

import ast
import json
import logging
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from connector.logs import log_to_stderr
from connector.transport.redact import redact_event

ROOT = Path(__file__).parents[2]
PROGRAM = sorted((ROOT / "connector").rglob("*.py"))
ADAPTERS = sorted((ROOT / "adapters").rglob("*.py"))

MARKERS = {
    "phone": "0912345678",
    "spaced": "0912 345 678",
    "abroad": "+84 912 345 678",
    "identity": "038000000123",
    "mail": "nguyen.van.mau@example.com",
    "password": "password=mat-khau-mau",
    "bearer": "Bearer abcdef0123456789",
    "url": "https://cong.example/tai-tep/abc123def456?ten=Mau&sdt=0912345678",
    "account": "https://tai-khoan:mat-khau-mau@cong.example/",
}
NEVER = (
    "0912345678",
    "912 345 678",
    "038000000123",
    "nguyen.van.mau",
    "mat-khau-mau",
    "abcdef0123456789",
    "abc123def456",
    "sdt=",
    "tai-khoan",
)
"""What no form of them may leave behind."""


def calls(path: Path) -> Iterator[tuple[str, int]]:
    """Names that are called in a file, as written, with their lines."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node.lineno


def test_only_one_module_says_where_log_lines_go_and_how_they_look() -> None:
    ways = (
        "structlog.configure",
        "structlog.wrap_logger",
        "structlog.PrintLogger",
        "structlog.WriteLoggerFactory",
        "logging.basicConfig",
        "logging.StreamHandler",
        "logging.FileHandler",
        "logging.handlers",
        "addHandler",
        "dictConfig",
        "fileConfig",
    )
    found = {
        path.relative_to(ROOT).as_posix()
        for path in (*PROGRAM, *ADAPTERS)
        for name, _ in calls(path)
        if any(name == way or name.endswith(f".{way}") or name.startswith(f"{way}.") for way in ways)
    }
    assert found == {"connector/logs.py"}


def test_nothing_but_commands_writes_to_the_standard_streams() -> None:
    """A line that is printed passes no redaction; what commands print is their answer to who asked."""
    loud = {
        path.relative_to(ROOT).as_posix()
        for path in PROGRAM
        for name, _ in calls(path)
        if name
        in {"print", "pprint", "traceback.print_exc", "traceback.print_exception", "warnings.showwarning"}
        or name.startswith(("sys.stderr.", "sys.stdout."))
    }
    assert {one for one in loud if not one.startswith("connector/cli/")} <= {"connector/verify/program.py"}


def test_the_redaction_is_the_last_that_sees_a_line_before_it_is_text(
    capsys: pytest.CaptureFixture[str],
) -> None:
    log_to_stderr(logging.INFO)
    *_, last, renderer = structlog.get_config()["processors"]
    assert last is redact_event
    assert isinstance(renderer, structlog.processors.JSONRenderer)
    assert len(logging.getLogger().handlers) == 1
    assert capsys.readouterr().err == ""


def every_way(marker: str) -> None:
    """Write it in every way that anybody may use."""
    ours, theirs = structlog.get_logger("ours"), logging.getLogger("theirs")
    ours.warning(f"sent to {marker}")
    ours.warning("sent", reason=marker, nested={"deep": [{"of": marker}]}, body=marker, raw=marker.encode())
    ours.bind(place=marker).error("bound", error=ValueError(marker))
    theirs.warning("sent to %s", marker)
    theirs.warning({"sent": marker})
    warnings.warn(f"sent to {marker}", RuntimeWarning, stacklevel=1)
    try:
        raise ValueError(marker)
    except ValueError as error:
        ours.exception("failed", kind=type(error).__name__)
        theirs.exception("failed")
        theirs.error("failed", exc_info=error)
        ours.error("failed", exc_info=error)


@pytest.mark.parametrize("name", MARKERS)
@pytest.mark.filterwarnings("always")
def test_a_marker_is_gone_whichever_way_it_is_written(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    log_to_stderr(logging.INFO)
    every_way(MARKERS[name])
    told = capsys.readouterr().err
    lines = [json.loads(line) for line in told.splitlines()]
    assert len(lines) == 10, "every way leads to one line of JSON"
    assert not [word for word in NEVER if word in told], told


@pytest.mark.parametrize("name", MARKERS)
def test_the_markers_would_be_seen_without_the_redaction(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connector.logs.redact_event", lambda _logger, _method, event: event)
    log_to_stderr(logging.INFO)
    structlog.get_logger("ours").warning("sent", reason=MARKERS[name])
    logging.getLogger("theirs").warning("sent to %s", MARKERS[name])
    told = capsys.readouterr().err.splitlines()
    assert all(any(word in line for word in NEVER) for line in told)
    assert len(told) == 2


CRASH = """
import threading
from connector import uncaught
from connector.logs import log_to_stderr
log_to_stderr(20)
uncaught.in_our_words()
class Bad:
    def __del__(self): raise ValueError("Nguyễn Văn Mẫu 0912345678")
def die(): raise ValueError("Nguyễn Văn Mẫu 0912345678")
thread = threading.Thread(target=die); thread.start(); thread.join()
Bad()
die()
"""


def test_what_nobody_catches_is_told_without_its_message() -> None:
    done = subprocess.run(
        [sys.executable, "-c", CRASH], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert [line["where"] for line in lines] == ["thread", "finalizer", "program"]
    assert all("ValueError at <string>:" in line["exception"] for line in lines)
    assert "Mẫu" not in done.stderr
    assert "0912345678" not in done.stderr
