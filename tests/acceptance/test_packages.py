"""What is delivered: installed from nothing but the packages, outside the source tree, without a network."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from connector.store.embedded import EmbeddedServer
from tests.acceptance.kit import PATIENCE_S, ROOT

pytestmark = [pytest.mark.faults, pytest.mark.timeout(1800)]

ALONE = ("unshare", "--net", "--mount")
"""A process without any network, and with mounts of its own."""


def bare() -> dict[str, str]:
    """An environment in which nothing leads back to the source tree or to a registry."""
    kept = {"PATH", "HOME", "LANG", "TMPDIR"}
    return {name: value for name, value in os.environ.items() if name in kept}


def run(*command: str | Path, cwd: Path, env: Mapping[str, str] | None = None) -> str:
    done = subprocess.run(
        [*map(str, command)],
        cwd=cwd,
        env={**bare(), **(env or {})},
        capture_output=True,
        text=True,
        timeout=1500,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, f"{command[0]}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def alone(script: str, *arguments: str | Path, cwd: Path) -> str:
    """A shell script without a network. Needs root, as CI is; unprivileged in a user namespace of its own."""
    own = () if os.geteuid() == 0 else ("--user", "--map-root-user")
    return run(*ALONE, *own, "sh", "-euc", script, "sh", *arguments, cwd=cwd)


@pytest.fixture(scope="module")
def bundle(module_folder: Path) -> Path:
    """The offline bundle, as its user unpacks it."""
    run(
        sys.executable,
        ROOT / "deploy" / "make_bundle.py",
        module_folder,
        cwd=module_folder,
        env=dict(os.environ),
    )
    (packed,) = module_folder.glob("phanhoi-*.tar.gz")
    with tarfile.open(packed) as archive:
        archive.extractall(module_folder, filter="data")
    return module_folder / packed.name.removesuffix(".tar.gz")


@pytest.fixture(scope="module")
def installed(bundle: Path, module_folder: Path) -> Path:
    """An environment installed from the bundle by its script, with the network off."""
    target = module_folder / "cai-dat"
    alone('"$1/install.sh" "$2"', bundle, target, cwd=module_folder)
    return target


def test_the_bundle_installs_without_a_network_and_runs_outside_the_source_tree(
    installed: Path, module_folder: Path
) -> None:
    where = run(
        installed / "bin/python", "-c", "import connector; print(connector.__file__)", cwd=module_folder
    )
    assert Path(where.strip()).is_relative_to(installed)
    assert not Path(where.strip()).is_relative_to(ROOT)
    assert "phanhoi" in run(installed / "bin/phanhoi", "--help", cwd=module_folder)
    run(
        installed / "bin/phanhoi",
        "config",
        "check",
        cwd=module_folder,
        env={"PHANHOI_PRIVACY__MASTER_KEYS": KEY},
    )
    told = run(installed / "bin/python", "-m", "pip", "check", cwd=module_folder)
    assert "No broken requirements" in told


# ---- the whole way, from nothing to a case that went through -------------------------------------------------

PASSWORD = "mat-khau-cua-cong-mau"
ANSWERS = """
register = "own"
[administrator]
name = "quan.tri"
display_name = "Nguyễn Văn Mẫu"
password = "Một-mật-khẩu-dài-2026"
[gateway]
port = 0
[work]
stop_grace_s = 100
[systems.register]
observe_every_s = 1
[systems.national_portal]
observe_every_s = 1
[systems.national_portal.adapter]
adapter_base = "{national}"
madonvi = "000.00.00.H56"
password = "{password}"
[systems.government_portal]
observe_every_s = 1
[systems.government_portal.adapter]
endpoint = "{government}"
system_id = "000.00.00.H56"
organ_id = "000.00.00.H56"
password = "{password}"
"""
CASE = {
    "title": "Chậm trả kết quả hồ sơ hộ tịch",
    "content": "Tôi nộp hồ sơ tại xã Mẫu, quá hẹn ba ngày vẫn chưa nhận được kết quả.",
    "kind": "1",
    "source": "1",
    "agency": "000.00.00.H56",
    "submitter_type": "1",
    "sender": {
        "name": "Nguyễn Văn Mẫu",
        "phone": "0900000000",
        "address": "Thôn Mẫu",
        "email": "mau@example.com",
    },
    "anonymous": True,
    "private": False,
}


def found(look: Callable[[], Any], what: str) -> Any:
    """Wait for something that must happen."""
    end = time.monotonic() + 2 * PATIENCE_S
    while time.monotonic() < end:
        if seen := look():
            return seen
        time.sleep(0.2)
    pytest.fail(f"never happened: {what}")


@contextmanager
def running(
    phanhoi: Path, folder: Path, name: str, *arguments: str
) -> Iterator[tuple[subprocess.Popen[bytes], Any]]:
    """One of our programs until the block ends, with what it says when it is ready."""
    ready = folder / f"{name}.ready"
    with (folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(
            [str(phanhoi), *arguments, "--ready-file", str(ready)],
            cwd=folder,
            env={**bare(), "CONG_MAU": PASSWORD},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        yield (
            process,
            found(lambda: ready.exists() and json.loads(ready.read_text() or "null"), f"{name} is ready"),
        )
    finally:
        process.terminate()
        try:
            process.wait(PATIENCE_S)
        finally:
            process.kill()
            process.wait()


def from_nothing(phanhoi: Path, folder: Path) -> None:
    """``init``, ``config check --connect``, ``daemon``: a case born at a portal reaches the register; then SIGTERM."""
    twin = ("twin", "--password-env", "CONG_MAU")
    with (
        running(phanhoi, folder, "national", twin[0], "national", *twin[1:]) as (_, national),
        running(phanhoi, folder, "government", twin[0], "government", *twin[1:]) as (_, government),
    ):
        text = ANSWERS.format(national=national["url"], government=government["url"], password=PASSWORD)
        (folder / "tra-loi.toml").write_text(text, encoding="utf-8")
        told = run(phanhoi, "--lang", "en", "init", "--answers", "tra-loi.toml", cwd=folder)
        assert "The register is ready" in told
        assert PASSWORD not in (folder / "phanhoi.toml").read_text(encoding="utf-8")
        run(phanhoi, "keys", "create", "--file", "khoa-khac.keys", cwd=folder)
        lines = json.loads(run(phanhoi, "config", "check", "--connect", "--json", cwd=folder))
        assert {line["state"] for line in lines} <= {"fine", "warned"}
        assert {"register", "national_portal", "government_portal"} <= {line["area"] for line in lines}
        assert json.loads(run(phanhoi, "user", "list", "--json", cwd=folder))[0]["name"] == "quan.tri"
        with running(phanhoi, folder, "daemon", "daemon") as (daemon, _):
            reply = httpx.post(f"{national['control_url']}/control/cases", json=CASE, timeout=30)
            born = reply.raise_for_status().json()["id"]

            def through() -> bool:
                cases = json.loads(run(phanhoi, "cases", "--json", cwd=folder))
                sides = [{one["system"] for one in case["sides"]} for case in cases if born in case["origin"]]
                return sides == [{"national_portal", "register"}]

            found(through, "the portal's case is in the register")
            daemon.terminate()
            assert daemon.wait(2 * PATIENCE_S) == 0, (folder / "daemon.log").read_text(encoding="utf-8")


@pytest.fixture
def settled(tmp_path: Path) -> Iterator[Path]:
    """An empty folder outside the source tree; no server stays behind in it."""
    try:
        yield tmp_path
    finally:
        EmbeddedServer(tmp_path / "var" / "postgres").stop_left_over()


def test_from_an_empty_environment_to_a_case_that_went_through(installed: Path, settled: Path) -> None:
    from_nothing(installed / "bin" / "phanhoi", settled)


KEY = "mau:" + "A" * 43 + "="


def test_a_bundle_that_was_changed_is_not_installed(bundle: Path, tmp_path: Path) -> None:
    changed = shutil.copytree(bundle, tmp_path / "bi-sua")
    wheel = next((changed / "wheels").glob("phanhoi_connector-*.whl"))
    wheel.write_bytes(wheel.read_bytes() + b"x")
    done = subprocess.run(
        [str(changed / "install.sh"), str(tmp_path / "khong")],
        env=bare(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 2
    assert "không cài" in done.stderr
    assert not (tmp_path / "khong").exists()


def test_every_wheel_of_the_bundle_is_pinned_by_its_hash(bundle: Path) -> None:
    pins = (bundle / "requirements.txt").read_text(encoding="utf-8")
    wheels = sorted((bundle / "wheels").iterdir())
    assert len(wheels) > 50
    for wheel in wheels:
        assert wheel.suffix == ".whl"
        assert hashlib.sha256(wheel.read_bytes()).hexdigest() in pins, wheel.name


IN_A_ROOM_OF_ITS_OWN = """
# the machine's own files, over which everything that is written goes to a place that is gone afterwards
mount -t tmpfs none "$2"
mkdir "$2/upper" "$2/work" "$2/room"
mount -t overlay overlay -o "lowerdir=/,upperdir=$2/upper,workdir=$2/work" "$2/room"
cp "$1" "$2/room/root/phanhoi.deb"
rm -rf "$2/room/opt/phanhoi" "$2/room/etc/phanhoi"
mount -t proc proc "$2/room/proc" || true
exec chroot "$2/room" sh -euc '
    export PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive
    dpkg --install /root/phanhoi.deb
    cd /var/lib/phanhoi
    phanhoi --help >/dev/null && echo RUNS
    phanhoi-verify --help >/dev/null && echo VERIFIES
    stat -c "%U:%G %a %n" /etc/phanhoi /etc/phanhoi/secrets /var/lib/phanhoi
    ls /usr/lib/systemd/system/phanhoi.service
    echo khoa >/etc/phanhoi/master.keys
    dpkg --purge phanhoi
    test ! -e /opt/phanhoi/.venv && test ! -e /usr/bin/phanhoi && echo GONE
    cat /etc/phanhoi/master.keys
'
"""


@pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("dpkg-deb") is None, reason="installing a Debian package needs root"
)
def test_the_debian_package_installs_runs_and_leaves_keys_where_they_are(
    bundle: Path, module_folder: Path
) -> None:
    make = "import sys; sys.path.insert(0, sys.argv[1]); import make_deb; from pathlib import Path; print(make_deb.pack(Path(sys.argv[2]), Path(sys.argv[3])))"
    out = run(
        *(sys.executable, "-c", make, ROOT / "deploy", bundle, module_folder),
        cwd=module_folder,
        env=dict(os.environ),
    )
    deb = Path(out.split()[-1])
    room = module_folder / "phong"
    room.mkdir()
    told = alone(IN_A_ROOM_OF_ITS_OWN, deb, room, cwd=module_folder)
    for word in ("RUNS", "VERIFIES", "GONE"):
        assert word in told, told
    assert "root:phanhoi 750 /etc/phanhoi/secrets" in told
    assert "phanhoi:phanhoi 700 /var/lib/phanhoi" in told
    assert told.rstrip().endswith("khoa"), "the master key went with the package"
