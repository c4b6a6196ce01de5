"""What is packed, how it is run, and under which licences: read from the packages and the files of ``deploy``."""

import configparser
import importlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packaging.utils import canonicalize_name

from connector.settings import Settings, load_settings
from connector.stopping import CLOSING_S
from tests.unit.test_docs import ALL

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
STOP_S = Settings.model_fields["work"].default.stop_grace_s + CLOSING_S


@pytest.fixture(scope="module")
def sbom() -> Iterator[ModuleType]:
    sys.path.insert(0, str(DEPLOY))
    try:
        yield importlib.import_module("make_sbom")
    finally:
        sys.path.remove(str(DEPLOY))


# ---- wheel and sdist ----------------------------------------------------------------------------------------


def built(source: Path, target: Path, umask: int) -> tuple[Path, Path]:
    done = subprocess.run(
        [sys.executable, str(source / "deploy" / "make_wheel.py"), str(target)],
        env={**os.environ, "SOURCE_DATE_EPOCH": "1700000000"},
        capture_output=True,
        text=True,
        check=False,
        umask=umask,
    )
    assert done.returncode == 0, done.stderr
    (wheel,), (sdist,) = target.glob("*.whl"), target.glob("*.tar.gz")
    return wheel, sdist


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return built(ROOT, tmp_path_factory.mktemp("goi"), 0o022)


def shipped_files() -> set[str]:
    """Every file of the packages and of the data that comes with them, as the wheel calls it."""
    moved = {"mappings": "connector/_shipped/mappings", "fixtures/profiles": "adapters/twin_kit/profiles"}
    found = set()
    for folder in ("connector", "adapters", *moved):
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                found.add(f"{moved.get(folder, folder)}/{path.relative_to(ROOT / folder).as_posix()}")
    return found


def test_the_wheel_holds_code_and_data_and_nothing_else(packages: tuple[Path, Path]) -> None:
    with zipfile.ZipFile(packages[0]) as wheel:
        names = set(wheel.namelist())
    about = {name for name in names if ".dist-info/" in name}
    assert names - about == shipped_files()
    for kind in (".toml", ".csv", ".sql", ".html", ".css", ".ttf", ".xsd", ".wsdl", ".mako", "py.typed"):
        assert any(name.endswith(kind) for name in names), kind
    assert any(name.endswith("LICENSE") for name in about)


def test_the_same_sources_give_the_same_bytes(packages: tuple[Path, Path], tmp_path: Path) -> None:
    """From another folder, at other times, under another umask, and from the unpacked sdist."""
    with tarfile.open(packages[1]) as archive:
        archive.extractall(tmp_path, filter="data")
    (unpacked,) = tmp_path.iterdir()
    for path in unpacked.rglob("*"):
        os.utime(path, (1, 1))
    again = built(unpacked, tmp_path / "lan-hai", 0o077)
    for first, second in zip(packages, again, strict=True):
        assert first.name == second.name
        assert first.read_bytes() == second.read_bytes(), first.name


def test_the_sdist_carries_no_tests_and_no_samples(packages: tuple[Path, Path]) -> None:
    with tarfile.open(packages[1]) as archive:
        tops = {name.split("/")[1] for name in archive.getnames() if "/" in name}
        inner = {name.split("/", 1)[1] for name in archive.getnames() if "/" in name}
    assert {"connector", "adapters", "mappings", "deploy", "docs", "pyproject.toml", "LICENSE"} <= tops
    assert not tops & {"tests", "bench", ".ci"}
    assert {one for one in inner if one.startswith("fixtures/")} == {
        f"fixtures/profiles/{path.name}" for path in (ROOT / "fixtures" / "profiles").iterdir()
    }


# ---- pins, bill of materials, licences ----------------------------------------------------------------------


def pins(name: str) -> dict[str, str]:
    text = (ROOT / "requirements" / name).read_text(encoding="utf-8")
    found = re.findall(r"^([A-Za-z0-9._-]+)(?:\[[a-z,]+\])?==([^\s;\\]+)", text, re.MULTILINE)
    return {canonicalize_name(one): version for one, version in found}


def test_what_is_shipped_is_what_was_tested() -> None:
    """The pins of an installation are those of the environment in which the tests run, less some."""
    assert pins("runtime.txt")
    assert pins("runtime.txt").items() <= pins("dev.txt").items()


def test_every_pin_has_a_hash_and_no_index_is_named() -> None:
    for path in (ROOT / "requirements").glob("*.txt"):
        text = path.read_text(encoding="utf-8")
        assert "://" not in text
        for block in re.split(r"\n(?=\S)", text.strip()):
            assert "--hash=sha256:" in block, f"{path.name}: {block[:60]}"


def test_the_bill_of_materials_is_valid_and_whole(sbom: ModuleType) -> None:
    text = sbom.bill(sbom.parts())
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    told = json.loads(text)
    named = {one["name"]: one["version"] for one in told["components"]}
    here = {name for name, version in pins("runtime.txt").items() if _installed(name) == version}
    assert set(named) == here, "what an installation on this kind of machine consists of"
    assert told["metadata"]["component"]["name"] == "phanhoi-connector"
    for one in told["components"]:
        assert one["licenses"]
        assert one["hashes"]
        assert one["purl"] == f"pkg:pypi/{one['name']}@{one['version']}"
    (own,) = (one for one in told["dependencies"] if one["ref"].startswith("pkg:pypi/phanhoi-connector@"))
    assert any(ref.startswith("pkg:pypi/psycopg@") for ref in own["dependsOn"])
    assert text == sbom.bill(sbom.parts())


def _installed(name: str) -> str | None:
    try:
        return distribution(name).version
    except ModuleNotFoundError:
        return None


def test_only_licences_that_somebody_has_looked_at_are_shipped(sbom: ModuleType) -> None:
    wrong = {part.name: part.licence for part in sbom.parts() if not sbom.allowed(part.licence)}
    assert not wrong


@pytest.mark.parametrize(
    ("licence", "fine"),
    [
        ("MIT", True),
        ("Apache-2.0 OR GPL-3.0-only", True),
        ("Apache-2.0 AND MIT", True),
        ("MIT AND GPL-3.0-only", False),
        ("AGPL-3.0-or-later", False),
        ("unknown", False),
    ],
)
def test_a_licence_counts_by_its_expression(sbom: ModuleType, licence: str, fine: bool) -> None:
    assert sbom.allowed(licence) is fine


# ---- systemd ------------------------------------------------------------------------------------------------

UNITS = sorted((DEPLOY / "systemd").glob("*.service"))


def unit(path: Path) -> configparser.RawConfigParser:
    told = configparser.RawConfigParser(strict=False, allow_no_value=True, interpolation=None)
    told.optionxform = str  # type: ignore[assignment,method-assign]  # directives are case-sensitive
    told.read(path, encoding="utf-8")
    return told


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.stem)
def test_a_unit_starts_a_command_that_exists_hardened_and_waits_long_enough(path: Path) -> None:
    service = unit(path)["Service"]
    program, *arguments = service["ExecStart"].split()
    assert program == "/opt/phanhoi/.venv/bin/phanhoi"
    assert arguments[0] == "--config"
    assert arguments[2] in ALL
    assert service["User"] == "phanhoi"
    assert float(service["TimeoutStopSec"]) > STOP_S
    assert service["Environment"].split("=")[0] == "PHANHOI_SECRETS_DIR"
    assert service["RestartPreventExitStatus"] == "2"
    hardening = ("NoNewPrivileges", "ProtectHome", "PrivateTmp", "PrivateDevices", "ProtectKernelModules")
    assert {service[one] for one in hardening} == {"yes"}
    assert service["ProtectSystem"] == "strict"
    assert service["CapabilityBoundingSet"] == ""


def test_systemd_itself_finds_nothing_wrong_with_the_units() -> None:
    tool = shutil.which("systemd-analyze")
    assert tool, "CI installs it (.ci/run)"
    for path in UNITS:
        done = subprocess.run(
            [tool, "security", "--offline=yes", "--threshold=25", str(path)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-400:] + done.stderr
        assert "Unknown" not in done.stderr, done.stderr


# ---- container and orchestrator -----------------------------------------------------------------------------


def test_the_image_is_built_in_two_stages_from_hashed_pins_and_runs_as_nobody() -> None:
    """No engine runs here: the definition is read, not built."""
    text = (DEPLOY / "container" / "Containerfile").read_text(encoding="utf-8")
    steps = [line.split() for line in re.sub(r"\\\n", " ", text).splitlines() if re.match(r"[A-Z]+ ", line)]
    starts = [index for index, step in enumerate(steps) if step[0] == "FROM"]
    assert len(starts) == 2
    last = steps[starts[1] :]
    assert ["USER", "10001:10001"] in last
    assert any(step[0] == "HEALTHCHECK" for step in last)
    assert any(step[0] == "COPY" and step[1] == "--from=build" for step in last)
    for one in (part for step in steps for part in " ".join(step).split(" && ")):
        if "pip install" in one:
            assert "--require-hashes" in one or "--no-index" in one
    copied = {one for step in steps[: starts[1]] if step[0] == "COPY" for one in step[1:-1]}
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    for name in copied:
        assert (ROOT / name).exists()
        assert any(name == one or name.startswith(f"{one}/") for one in let_in), f"{name} is left out"
    (entry,) = (json.loads(" ".join(step[1:])) for step in last if step[0] == "ENTRYPOINT")
    (command,) = (json.loads(" ".join(step[1:])) for step in last if step[0] == "CMD")
    assert entry == ["phanhoi"]
    assert command[0] in ALL


def test_the_composed_services_are_confined_and_start_in_order() -> None:
    told = yaml.safe_load((DEPLOY / "container" / "compose.yaml").read_text(encoding="utf-8"))
    ours = {name: one for name, one in told["services"].items() if name != "database"}
    assert set(ours) == {"migrate", "daemon", "console"}
    for one in ours.values():
        assert " ".join(one["command"][: 2 if one["command"][0] == "db" else 1]) in ALL
        assert one["read_only"] is True
        assert one["cap_drop"] == ["ALL"]
        assert one["user"] == "10001:10001"
    for name in ("daemon", "console"):
        assert ours[name]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
        assert all(port.startswith("127.0.0.1:") for port in ours[name]["ports"])
    assert float(ours["daemon"]["stop_grace_period"].rstrip("s")) > STOP_S
    assert told["networks"]["inside"]["internal"] is True
    assert "POSTGRES_PASSWORD" not in told["services"]["database"]["environment"]


def manifests() -> Iterator[dict[str, Any]]:
    for path in sorted((DEPLOY / "kubernetes").glob("*.yaml")):
        yield from yaml.safe_load_all(path.read_text(encoding="utf-8"))


def test_the_manifests_belong_together() -> None:
    """Every name that one of them says is that of another; the list of them is whole."""
    all_ = {(one["kind"], one.get("metadata", {}).get("name")): one for one in manifests()}
    listed = all_["Kustomization", None]["resources"]
    files = {path.name for path in (DEPLOY / "kubernetes").glob("*.yaml")}
    assert set(listed) == files - {"kustomization.yaml", "secrets.example.yaml"}
    pods = {key: one["spec"]["template"] for key, one in all_.items() if key[0] in {"Deployment", "Job"}}
    assert {name for _, name in pods} == {"phanhoi-daemon", "phanhoi-console", "phanhoi-migrate"}
    for (kind, name), one in all_.items():
        if kind in {"Service", "PodDisruptionBudget"}:
            wanted = one["spec"]["selector"].get("matchLabels", one["spec"]["selector"])
            assert any(wanted == pod["metadata"]["labels"] for pod in pods.values()), name
    for pod in pods.values():
        volumes = {one["name"]: one for one in pod["spec"]["volumes"]}
        for one in volumes.values():
            if "secret" in one:
                assert ("Secret", one["secret"]["secretName"]) in all_
            if "configMap" in one:
                assert ("ConfigMap", one["configMap"]["name"]) in all_
        (container,) = pod["spec"]["containers"]
        assert {one["name"] for one in container["volumeMounts"]} == set(volumes)
        assert " ".join(container["args"]) in ALL


def test_the_pods_are_confined_probed_and_given_time_to_end() -> None:
    all_ = {(one["kind"], one.get("metadata", {}).get("name")): one for one in manifests()}
    for (kind, name), one in all_.items():
        if kind not in {"Deployment", "Job"}:
            continue
        pod = one["spec"]["template"]["spec"]
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["automountServiceAccountToken"] is False
        (container,) = pod["containers"]
        assert container["securityContext"]["readOnlyRootFilesystem"] is True
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        if kind == "Deployment":
            for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
                assert container[probe]["httpGet"]["path"] in {"/healthz", "/readyz", "/health"}, name
    daemon = all_["Deployment", "phanhoi-daemon"]["spec"]["template"]["spec"]
    assert daemon["terminationGracePeriodSeconds"] > STOP_S
    policy = all_["NetworkPolicy", "phanhoi"]["spec"]
    assert set(policy["policyTypes"]) == {"Ingress", "Egress"}


def test_the_settings_of_the_manifests_are_valid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the secrets of the example beside them, as the pods mount both."""
    all_ = {(one["kind"], one.get("metadata", {}).get("name")): one for one in manifests()}
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    for name, value in all_["Secret", "phanhoi-secrets"]["stringData"].items():
        (secrets / name).write_text(value)
    file = tmp_path / "phanhoi.toml"
    file.write_text(all_["ConfigMap", "phanhoi-settings"]["data"]["phanhoi.toml"], encoding="utf-8")
    monkeypatch.setenv("PHANHOI_SECRETS_DIR", str(secrets))
    given = load_settings(file)
    assert given.gateway.host == "0.0.0.0"  # noqa: S104  # the pod's own network
    assert set(given.systems) == {"register", "national_portal", "government_portal"}
