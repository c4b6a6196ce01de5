"""No secret, no real person, no place of one machine in what is committed; and a planted one is found."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests import leaks
from tests.leaks import RULES, added, files, leaks_in

# written in pieces, so that this file itself holds none of them
PLANTED = {
    "private key": "-----BEGIN EC PRIV" + "ATE KEY-----",
    "key line": "2026-11-20" + ":" + "q8Zr3vX0" * 5 + "abc" + "=",
    "token": "ghp_" + "a1B2" * 9,
    "password in an address": "postgresql://phanhoi:" + "S3cret@10.1.2.3/phanhoi",
    "phone number": "09" + "87654321",
    "identity number": "0380" + "93004417",
    "e-mail": "nguoi.that" + "@" + "thanhhoa.gov.vn",
    "registry": "https://files.python" + "hosted.org/packages",
    "path of one machine": "/ho" + "me/nhan/du-an",
}
FICTITIOUS = (
    "0900000000, +84900000071 và 0912345678",
    "CCCD 038000000000",
    "mau@example.com, canhbao@tinh-mau.example",
    "postgresql://mau:bi-mat@127.0.0.1/x và postgresql://phanhoi:…@db/x",
    "000.00.00.H56-261118-00057; sha256:" + "0123456789abcdef" * 4,
    "20261120083000 và 1763600000",
)


def test_nothing_that_is_committed_leaks():
    found = [leak for name, text in files() for leak in leaks_in(text, name)]
    assert not found


def test_nothing_that_the_newest_commits_added_leaks():
    found = [leak for name, text in added() for leak in leaks_in(text, name)]
    assert not found


def test_there_is_something_to_look_at():
    names = [name for name, _ in files()]
    assert {"README.md", "connector/app.py", "fixtures/national_portal/detail.json"} <= set(names)
    assert not [name for name in names if name.startswith((".venv/", "build/"))]


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_finds_what_is_planted(rule):
    text = f"một dòng\nsender = {PLANTED[rule]}\n"
    found = [(leak.rule, leak.line) for leak in leaks_in(text, "connector/x.py")]
    assert (rule, 2) in found


@pytest.mark.parametrize("text", FICTITIOUS)
def test_what_is_plainly_fictitious_passes(text):
    assert not list(leaks_in(text, "docs/x.md"))


def test_a_finding_does_not_tell_the_secret_again():
    (found,) = leaks_in(PLANTED["token"], "x.py")
    assert PLANTED["token"] not in repr(found)


@pytest.mark.skipif(shutil.which("git") is None, reason="without git there is no history to look at")
def test_a_secret_that_was_taken_out_again_is_found_in_the_history(tmp_path: Path, monkeypatch):
    def git(*arguments: str) -> None:
        who = ("-c", "user.name=Mau", "-c", "user.email=mau@example.com", "-c", "commit.gpgsign=false")
        subprocess.run(["git", *who, *arguments], cwd=tmp_path, check=True, capture_output=True)

    git("init", "-q")
    for text in ("x = 1\n", f"x = '{PLANTED['token']}'\n", "x = 2\n"):
        (tmp_path / "a.py").write_text(text, encoding="utf-8")
        git("add", "a.py")
        git("commit", "-qm", "change")
    monkeypatch.setattr(leaks, "ROOT", tmp_path)
    assert not [leak for name, text in files() for leak in leaks_in(text, name)]
    (found,) = [leak for name, text in added() for leak in leaks_in(text, name)]
    assert (found.rule, found.where.split()[0]) == ("token", "a.py")
