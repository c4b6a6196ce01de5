"""The program as an auditor meets it: exit statuses, languages, manifests, one file that runs anywhere."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from string import Formatter

import pytest

from connector.verify.finding import Fact, Finding, Kind, Verdict
from connector.verify.manifest import FORMAT
from connector.verify.meanings import KINDS
from connector.verify.program import main
from connector.verify.show import finding_text
from connector.verify.words import ENTRIES, FACTS, RANGE, SINCE, THEN, VERDICTS
from tests.unit.log_maker import Json, Key, export, keys_document, make_log, note, sha, written

ROOT = Path(__file__).parents[2]
KEY, LOG = Key(), make_log(30)
MANUAL = (ROOT / "docs" / "verify.md").read_text(encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "log-keys.json").write_text(json.dumps(keys_document([KEY])))
    (tmp_path / "nhat-ky.jsonl").write_bytes(written(export(LOG, KEY)))
    (tmp_path / "nhat-ky.csv").write_text("số,loại\n1,sent\n", encoding="utf-8")
    write_manifest(tmp_path)
    return tmp_path


def write_manifest(folder: Path, **other: object) -> None:
    files = [
        {
            "name": path.name,
            "sha256": sha(path.read_bytes()).hex(),
            "size": path.stat().st_size,
            "kind": path.suffix,
        }
        for path in sorted(folder.glob("nhat-ky.[jc]s*"))
    ]
    told: Json = {
        "format": FORMAT,
        "files": files,
        "filter": {},
        "entries": 30,
        "first_seq": 1,
        "last_seq": 30,
        "checkpoint": note(LOG, 30, KEY),
        "made_at": "2026-11-27T09:00:00Z",
        "made_by": "can-bo-01",
    }
    (folder / "nhat-ky.manifest.json").write_text(json.dumps(told | other))


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str]:
    with pytest.raises(SystemExit) as ended:
        main([str(one) for one in arguments])
    assert isinstance(ended.value.code, int)
    return ended.value.code, capsys.readouterr().out


def spoil(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b'"actor":"connector"', b'"actor":"ai-do"', 1))


# ---- exit statuses, languages -----------------------------------------------------------------------------------


def test_the_exit_status_tells_the_verdict(capsys, folder):
    log, keys = folder / "nhat-ky.jsonl", folder / "log-keys.json"
    assert run(capsys, log, "--keys", keys)[0] == 0
    assert run(capsys, log)[0] == 3
    assert run(capsys, folder / "khong-co.jsonl")[0] == 2
    assert run(capsys, log, "--keys", log)[0] == 2
    assert run(capsys, log, "--checkpoint", keys)[0] == 2
    assert run(capsys, log, "--witness", "x+y+z")[0] == 2
    assert run(capsys, log, "--tsa-ca", keys)[0] == 2
    assert run(capsys, folder)[0] == 2
    spoil(log)
    assert run(capsys, log, "--keys", keys)[0] == 1
    assert run(capsys, folder / "khong-co.jsonl", log)[0] == 1


def test_bad_usage_cannot_be_checked(capsys):
    assert run(capsys)[0] == run(capsys, "--khong-co")[0] == 2


def test_vietnamese_comes_first_then_english_or_one_of_them(capsys, folder):
    log = folder / "nhat-ky.jsonl"
    both = run(capsys, log)[1]
    assert both.index("CHỈ TỰ NHẤT QUÁN") < both.index("ONLY CONSISTENT WITH ITSELF")
    assert "ONLY" not in run(capsys, log, "--lang", "vi")[1]
    assert "CHỈ" not in run(capsys, log, "--lang", "en")[1]


def test_json_tells_the_place_and_both_languages(capsys, folder):
    log = folder / "nhat-ky.jsonl"
    spoil(log)
    status, text = run(capsys, log, "--json", "--keys", folder / "log-keys.json")
    told = json.loads(text)
    assert (status, told["exit"], told["verdict"]) == (1, 1, "wrong")
    (file,) = told["files"]
    first, last = file["findings"]
    assert (first["kind"], first["line"], last["kind"]) == ("changed", first["seq"] + 1, "digest")
    assert file["entries"] == first["seq"] - 1
    assert f"Mục {first['seq']} ĐÃ BỊ SỬA" in first["what"]["vi"]
    assert file["sha256"] == sha(log.read_bytes()).hex()


# ---- texts ------------------------------------------------------------------------------------------------------


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_every_finding_and_fact_is_explained_in_both_languages():
    assert set(KINDS) == set(Kind)
    assert set(FACTS) == set(Fact)
    assert set(VERDICTS) == set(Verdict)
    said = [one for told in KINDS.values() for one in (told.what, told.then)]
    for one in (*said, *FACTS.values(), *VERDICTS.values(), SINCE, RANGE, ENTRIES, THEN):
        assert one.vi.strip()
        assert one.en.strip()
        assert places(one.vi) == places(one.en)


@pytest.mark.parametrize("kind", list(Kind))
def test_every_finding_can_be_said(kind):
    for one in (Finding(kind=kind), Finding(kind=kind, seq=5, to=9, line=3, since=2, name="ten")):
        assert all(finding_text(one, lang) for lang in ("vi", "en"))


def test_the_manual_knows_every_finding_option_and_status(capsys):
    rows = {line.split("`")[1] for line in MANUAL.splitlines() if line.startswith("| `")}
    assert {kind.value for kind in Kind} <= rows
    helped = run(capsys, "--help")[1]
    options = {word.strip("[],") for word in helped.split() if word.startswith(("--", "[--"))}
    assert not [one for one in options - {"--help"} if f"`{one}" not in MANUAL]
    assert all(f"| {int(verdict)} |" in MANUAL for verdict in Verdict)


# ---- manifests --------------------------------------------------------------------------------------------------


def test_a_manifest_leads_to_its_files(capsys, folder):
    status, text = run(capsys, folder / "nhat-ky.manifest.json", "--keys", folder / "log-keys.json", "--json")
    told = json.loads(text)
    assert (status, len(told["files"])) == (0, 2)
    assert [one["name"] for one in told["files"][0]["facts"]] == ["nhat-ky.csv", "nhat-ky.jsonl"]


@pytest.mark.parametrize(
    ("name", "kind"),
    [("nhat-ky.csv", "file_differs"), ("nhat-ky.jsonl", "file_differs"), ("", "file_gone")],
)
def test_a_file_that_is_not_what_was_exported_is_named(capsys, folder, name, kind):
    if name:
        path = folder / name
        path.write_bytes(path.read_bytes().replace(b"sent", b"done", 1))
    else:
        (folder / "nhat-ky.csv").unlink()
    status, text = run(capsys, folder / "nhat-ky.manifest.json", "--keys", folder / "log-keys.json", "--json")
    assert status == 1
    found = json.loads(text)["files"][0]["findings"]
    assert [(one["kind"], one["name"]) for one in found] == [(kind, name or "nhat-ky.csv")]


@pytest.mark.parametrize(
    ("other", "name"),
    [
        ({"entries": 29}, "entries"),
        ({"last_seq": 31}, "last_seq"),
        ({"filter": {"case": 4}}, "filter"),
        ({"checkpoint": "khác"}, "checkpoint"),
        ({"files": [{"name": "../nhat-ky.csv", "sha256": "0" * 64, "size": 1}]}, "../nhat-ky.csv"),
        ({"files": [{"name": "/etc/hostname", "sha256": "0" * 64, "size": 1}]}, "/etc/hostname"),
        ({"files": [{"name": "..", "sha256": "0" * 64, "size": 1}]}, ".."),
        ({"files": [{"name": "a\\b", "sha256": "0" * 64, "size": 1}]}, "a\\b"),
    ],
)
def test_a_manifest_that_lies_is_named(capsys, folder, other, name):
    write_manifest(folder, **other)
    status, text = run(capsys, folder / "nhat-ky.manifest.json", "--keys", folder / "log-keys.json", "--json")
    assert status == 1
    found = json.loads(text)["files"][0]["findings"]
    assert [(one["kind"], one["name"]) for one in found] == [("manifest", name)]


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[" * 5000, b'{"format":"phanhoi-export-manifest/1","files":[]}']
)
def test_what_is_no_manifest_is_not_judged(capsys, folder, content):
    path = folder / "nhat-ky.manifest.json"
    path.write_bytes(content)
    assert run(capsys, path)[0] == 2


# ---- one file ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def one_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("dist") / "phanhoi-verify.pyz"
    subprocess.run(
        [sys.executable, ROOT / "deploy" / "make_verifier.py", path], check=True, capture_output=True
    )
    return path


def bare(*arguments: object, libraries: Path) -> subprocess.CompletedProcess[str]:
    """Run Python without its site packages: only what ``libraries`` holds."""
    return subprocess.run(
        [sys.executable, "-S", *map(str, arguments)],
        env={"PYTHONPATH": str(libraries), "PYTHONDONTWRITEBYTECODE": "1"},
        cwd=libraries,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def test_the_one_file_runs_where_the_connector_is_not(one_file, folder, tmp_path):
    libraries = tmp_path / "libraries"
    libraries.mkdir()
    for name in ("cryptography", "cffi", "_cffi_backend"):
        spec = find_spec(name)
        if spec and spec.origin:
            origin = Path(spec.origin)
            origin = origin.parent if origin.name == "__init__.py" else origin
            (libraries / origin.name).symlink_to(origin)
    assert "No module named" in bare("-c", "import connector", libraries=libraries).stderr
    log, keys = folder / "nhat-ky.jsonl", folder / "log-keys.json"
    done = bare(one_file, log, "--keys", keys, "--lang", "vi", libraries=libraries)
    assert (done.returncode, done.stderr) == (0, "")
    assert "ĐÚNG" in done.stdout
    spoil(log)
    assert bare(one_file, log, "--keys", keys, libraries=libraries).returncode == 1


def test_a_reader_who_has_seen_enough_changes_nothing_in_the_verdict(folder):
    """``phanhoi-verify FILE | head``: many findings, and nobody reads them."""
    log = folder / "nhat-ky.jsonl"
    spoil(log)
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", "connector.verify", log],
        stdout=writer,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        check=False,
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (1, "")


def test_without_its_library_it_says_what_is_needed(one_file, tmp_path):
    done = bare(one_file, "x", libraries=tmp_path)
    assert (done.returncode, "cryptography" in done.stderr, "Traceback" in done.stderr) == (2, True, False)


def test_the_same_sources_give_the_same_file(one_file, tmp_path):
    again = tmp_path / "again.pyz"
    subprocess.run(
        [sys.executable, ROOT / "deploy" / "make_verifier.py", again], check=True, capture_output=True
    )
    assert again.read_bytes() == one_file.read_bytes()
