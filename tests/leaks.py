"""What must never be in this repository, as a short list of rules: keys, tokens, passwords, real people, places of one machine.

Our own list instead of a scanner of entropy: everything fictitious here is fictitious in a known way (``0900…``,
``*.example``), so whatever is not can be told by its form, in Vietnamese data too, and the allow-list stays short.
"""

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]

COMMITS = 50
"""So many of the newest commits are looked through: older ones were looked through when they were new."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A form, and which values of that form are harmless."""

    form: re.Pattern[str]
    harmless: Callable[[str], bool] = lambda _found: False
    not_in: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Leak:
    """One finding. The value itself is not told: the report of a test is read by more people than the file."""

    rule: str
    where: str
    line: int


def _fictitious_number(found: str) -> bool:
    digits = re.sub(r"\D", "", found)
    return re.match(r"(?:0|84|0084)900", digits) is not None or "000000" in digits or "12345678" in digits


def _fictitious_mail(found: str) -> bool:
    return re.search(r"[@.](?:example|example\.(?:com|net|org)|[\d.]+)$", found, re.IGNORECASE) is not None


def _nobodys_url(found: str) -> bool:
    """A template, or an account on a host that cannot be."""
    password, _, host = found.rpartition("@")
    told = re.match(r"(?:[\w-]+\.)*example|127\.0\.0\.1|localhost|host\b", host)
    return told is not None or re.search(r"[{}…<>$]", password + host) is not None


_HASHES = ("requirements/",)

RULES: Mapping[str, Rule] = {
    "private key": Rule(form=re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY")),
    "key line": Rule(  # as the master keys, signing keys and backup keys of this program are written
        form=re.compile(r"(?<![\w/+-])[\w.-]+:[A-Za-z0-9+/]{43}=(?![=\w])"), not_in=_HASHES
    ),
    "token": Rule(
        form=re.compile(
            r"\b(?:gh[pousr]_[A-Za-z0-9]{30,}|github_pat_\w{30,}|glpat-[\w-]{20,}|pypi-[\w-]{40,}|xox[abprs]-[\w-]{10,}"
            r"|AKIA[0-9A-Z]{16}|AIza[\w-]{35}|sk-[A-Za-z0-9_-]{32,}|phanhoi_[\w-]{43}|\d{8,10}:AA[\w-]{30,}"
            r"|eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,})"
        ),
        harmless=lambda found: "khong_that" in found,
    ),
    "password in an address": Rule(
        form=re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s/@:'\"`<>]+:[^\s/@'\"`<>]+@[^\s/:'\"`]*"),
        harmless=_nobodys_url,
    ),
    "phone number": Rule(
        form=re.compile(r"(?<![\w.#+-])(?:\+84|0084|0)(?:[35789]\d{8}|2\d{9})(?![\w.])"),
        harmless=_fictitious_number,
        not_in=_HASHES,
    ),
    "identity number": Rule(
        form=re.compile(r"(?<![\w.#+-])0\d{11}(?![\w.-])"), harmless=_fictitious_number, not_in=_HASHES
    ),
    "e-mail": Rule(
        form=re.compile(r"(?<![\w.%+-])[\w.%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"),
        harmless=_fictitious_mail,
    ),
    "registry": Rule(
        form=re.compile(
            r"pythonhosted\.|//pypi\.|(?<!no-emit-)index-url|registry\.npmjs|proxy\.golang|//[^\s/]+/simple/"
        )
    ),
    "path of one machine": Rule(
        form=re.compile(r"(?<![\w./}])/(?:home|root|Users|work|workspace)/\w[\w./-]*"),
        harmless=lambda found: found == "/root/phanhoi.deb",  # inside a container that a test makes
    ),
}

HERE = ("tests/leaks.py",)
"""Not looked at: the rules would find themselves."""


def leaks_in(text: str, where: str) -> Iterator[Leak]:
    """What a text holds that must not be there."""
    for name, rule in RULES.items():
        if where.startswith((*rule.not_in, *HERE)):
            continue
        for found in rule.form.finditer(text):
            if not rule.harmless(found.group()):
                yield Leak(rule=name, where=where, line=text.count("\n", 0, found.start()) + 1)


def files() -> Iterator[tuple[str, str]]:
    """Every text that is, or would be, committed: name and content. Without git the folder, less what is made in it."""
    if shutil.which("git") and (ROOT / ".git").exists():
        listed = _git("ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
        names = [ROOT / name for name in listed if name]
    else:
        made = set(
            re.findall(r"^([\w.]+)/$", (ROOT / ".gitignore").read_text(encoding="utf-8"), re.MULTILINE)
        )
        names = [path for path in ROOT.rglob("*") if not made & set(path.relative_to(ROOT).parts)]
    for path in sorted(names):
        if path.is_file():
            yield path.relative_to(ROOT).as_posix(), path.read_bytes().decode("utf-8", errors="replace")


def added() -> Iterator[tuple[str, str]]:
    """What the newest commits added, file by file: a secret that was taken out again is a secret that is known."""
    if not (shutil.which("git") and (ROOT / ".git").exists()):
        return
    told = _git(
        "log", f"-{COMMITS}", "--patch", "--unified=0", "--no-color", "--no-ext-diff", "--format=%x00%h"
    )
    for commit in told.split("\0")[1:]:
        name, _, patch = commit.partition("\n")
        for part in re.split(r"^diff --git ", patch, flags=re.MULTILINE)[1:]:
            where = re.search(r"^\+\+\+ b/(.+)$", part, re.MULTILINE)
            if where is not None:
                lines = [line[1:] for line in part.splitlines() if re.match(r"\+(?!\+\+ )", line)]
                yield f"{where.group(1)} ({name.strip()})", "\n".join(lines)


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, check=True, timeout=60)
    return done.stdout.decode("utf-8", errors="replace")
