"""``make bundle``: everything that a machine without any network needs, as one file.

Wheels of all dependencies as they are pinned (each checked against its hash), our own wheel, the installing script, what
is deployed beside it, the bill of materials, the manual, and checksums of the lot.
"""

import platform
import shutil
import sys
import tempfile
from pathlib import Path

import make_sbom
import make_wheel
from parcel import ROOT, digest, folder, run, tell, version, write_sums, write_tar

PINS = ROOT / "requirements" / "runtime.txt"
BESIDE = ("deploy/systemd", "deploy/container", "deploy/kubernetes", "deploy/observability", "docs")


def main() -> None:
    """Write ``phanhoi-<version>-<Python>-<machine>.tar.gz``."""
    target = folder()
    with tempfile.TemporaryDirectory() as scratch:
        content = fill(Path(scratch) / "bundle")
        name = bundle_name()
        write_tar(content, target / f"{name}.tar.gz", name)
    tell(target / f"{name}.tar.gz")


def bundle_name() -> str:
    """What it fits: wheels with compiled parts are made for one Python and one kind of machine."""
    return f"phanhoi-{version()}-py{sys.version_info.major}.{sys.version_info.minor}-{platform.machine()}"


def fill(content: Path) -> Path:
    """Lay everything out in a folder."""
    wheels = content / "wheels"
    wheels.mkdir(parents=True)
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", "--quiet")
    run(*pip, "download", "--require-hashes", "--only-binary=:all:", "--dest", wheels, "--requirement", PINS)
    wheel, sdist = make_wheel.build(wheels)
    sdist.unlink()
    own = f"phanhoi-connector=={version()} --hash=sha256:{digest(wheel)}\n"
    (content / "requirements.txt").write_text(PINS.read_text(encoding="utf-8") + own, encoding="utf-8")
    (content / "PYTHON").write_text(
        f"{sys.version_info.major}.{sys.version_info.minor} {platform.machine()}\n", encoding="utf-8"
    )
    for name in BESIDE:
        shutil.copytree(ROOT / name, content / Path(name).name)
    for name in ("LICENSE", "README.md", "CHANGELOG.md", "deploy/phanhoi.toml.example"):
        shutil.copy(ROOT / name, content)
    shutil.copy(ROOT / "deploy" / "bundle" / "install.sh", content)
    make_sbom.write(content)
    write_sums(content)
    return content


if __name__ == "__main__":
    main()
