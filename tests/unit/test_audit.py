"""``make audit`` never says that all is well where it was not told so."""

import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def audit(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(str(ROOT / "deploy"))
    import make_audit

    yield make_audit
    sys.modules.pop("make_audit")


def answer(*vulns: dict[str, object], **more: object) -> str:
    return json.dumps(
        {"dependencies": [{"name": "mau", "version": "1.0", "vulns": vulns, **more}], "fixes": []}
    )


FOUND = {"id": "PYSEC-0000-1", "aliases": ["CVE-0000-1"], "fix_versions": ["1.1"], "description": "x"}


def test_each_vulnerability_is_told_with_the_version_that_mends_it(audit):
    (one,) = audit.known(answer(FOUND), "", "runtime.txt")
    assert one.line() == "runtime.txt: mau 1.0: PYSEC-0000-1, CVE-0000-1; mended in: 1.1"
    assert not list(audit.known(answer(), "", "runtime.txt"))


@pytest.mark.parametrize("out", ["", "{}", "<html>", answer(skip_reason="not found"), '{"dependencies": []}'])
def test_no_answer_or_half_of_one_is_not_good_news(audit, out):
    with pytest.raises(audit.NotAsked):
        list(audit.known(out, "ERROR: connection refused", "runtime.txt"))


@pytest.mark.parametrize(("vulns", "status"), [((), 0), ((FOUND,), 1), (None, 4)])
def test_the_exit_status_tells_none_some_and_unknown_apart(
    audit, vulns, status, monkeypatch, capsys, tmp_path
):
    class Done:
        stdout, stderr = ("", "timed out") if vulns is None else (answer(*vulns), "")

    monkeypatch.setattr(audit.subprocess, "run", lambda *_given, **_more: Done)
    assert audit.main([str(tmp_path / "runtime.txt")]) == status
    assert ("NOT AUDITED" in capsys.readouterr().out) == (status == 4)


def test_every_file_of_pins_is_audited_unless_one_is_named(audit, monkeypatch):
    asked = []
    monkeypatch.setattr(audit, "audit", lambda pins: asked.append(pins.name) or [])
    assert audit.main([]) == 0
    assert asked == sorted(path.name for path in (ROOT / "requirements").glob("*.txt"))
    assert {"runtime.txt", "dev.txt"} <= set(asked)
