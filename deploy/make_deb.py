"""``make deb``: the offline bundle as a Debian package.

It carries the wheels and makes its virtual environment under /opt/phanhoi when it is configured, without any network. Settings, keys
and data are never its files: removing or purging the package leaves them.
"""

import gzip
import os
import shutil
import sys
import tempfile
from pathlib import Path

import make_bundle
from parcel import ROOT, epoch, folder, run, tell, version, write_sums

ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
"""How Debian calls the machines that all our compiled wheels exist for."""


def main() -> None:
    """Write ``phanhoi_<version>_<architecture>.deb``."""
    with tempfile.TemporaryDirectory() as scratch:
        tell(pack(make_bundle.fill(Path(scratch) / "bundle"), folder()))


def pack(bundle: Path, target: Path) -> Path:
    """The package, made of what a bundle holds."""
    machine = os.uname().machine
    if machine not in ARCHITECTURES:
        msg = f"{machine}: no wheels of all dependencies"
        raise SystemExit(msg)
    deb = target / f"phanhoi_{version()}_{ARCHITECTURES[machine]}.deb"
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch) / "root"
        lay_out(bundle, root)
        control(root, ARCHITECTURES[machine])
        for path in (root, *root.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
                os.utime(path, (epoch(), epoch()))
        # not compressed: wheels are already
        run(
            *("dpkg-deb", "--root-owner-group", "-Znone", "--build"),
            root,
            deb,
            SOURCE_DATE_EPOCH=str(epoch()),
        )
    return deb


def lay_out(bundle: Path, root: Path) -> None:
    """What lies where on the machine."""
    ours = root / "opt" / "phanhoi"
    shutil.copytree(bundle, ours / "bundle")
    shutil.move(ours / "bundle" / "docs", ours / "docs")
    write_sums(ours / "bundle")
    shutil.copytree(ROOT / "deploy" / "systemd", root / "usr" / "lib" / "systemd" / "system")
    programs = root / "usr" / "bin"
    programs.mkdir()
    for name in ("phanhoi", "phanhoi-verify"):
        (programs / name).symlink_to(f"/opt/phanhoi/.venv/bin/{name}")
    about = root / "usr" / "share" / "doc" / "phanhoi"
    about.mkdir(parents=True)
    shutil.copy(ROOT / "LICENSE", about / "copyright")
    shutil.copy(ROOT / "deploy" / "phanhoi.toml.example", about)
    log = (ROOT / "CHANGELOG.md").read_bytes()
    (about / "changelog.gz").write_bytes(gzip.compress(log, mtime=epoch()))


def control(root: Path, architecture: str) -> None:
    """The package's own description, and what is done when it comes and goes."""
    python = sys.version_info
    size = sum(path.stat().st_size for path in root.rglob("*") if path.is_file()) // 1024
    fields = {
        "Package": "phanhoi",
        "Version": version(),
        "Architecture": architecture,
        "Maintainer": "phanhoi-connector <phanhoi@phan-hoi.example>",
        "Installed-Size": str(size),
        # the wheels with compiled parts are made for this Python
        "Depends": f"python3 (>= {python.major}.{python.minor}), python3 (<< {python.major}.{python.minor + 1}), "
        "python3-venv, passwd, ca-certificates",
        "Recommends": "tzdata",
        "Suggests": "postgresql (>= 15)",
        "Section": "net",
        "Priority": "optional",
        "Description": "keeps citizen-feedback cases (PAKN) equal between a register and two portals\n"
        " Connector between the register of a province, the National Public Service Portal and the Government\n"
        " Portal. Installs without a network; settings, keys and data are yours and stay when it goes.",
    }
    here = root / "DEBIAN"
    here.mkdir()
    text = "".join(f"{name}: {value}\n" for name, value in fields.items())
    (here / "control").write_text(text, encoding="utf-8")
    for name in ("postinst", "prerm", "postrm"):
        shutil.copy(ROOT / "deploy" / "debian" / name, here / name)


if __name__ == "__main__":
    main()
