"""``make wheel``: wheel and sdist of the connector. The same sources give the same bytes."""

import sys
import tempfile
from pathlib import Path

from parcel import ROOT, epoch, folder, run, tell


def build(target: Path) -> tuple[Path, Path]:
    """Wheel and sdist in ``target``, made from the tree by the pinned build back end."""
    # the back end keeps what stands in the way of the file's mode; ours shall not
    with tempfile.TemporaryDirectory() as fresh:
        run(
            sys.executable,
            *("-m", "hatchling", "build", "-d", fresh),
            SOURCE_DATE_EPOCH=str(epoch()),
            PYTHONPATH=str(ROOT),
        )
        made = sorted(Path(fresh).iterdir())
        moved = [target / path.name for path in made]
        for old, new in zip(made, moved, strict=True):
            new.write_bytes(old.read_bytes())
    wheel, sdist = sorted(moved, key=lambda path: path.suffix != ".whl")
    return wheel, sdist


if __name__ == "__main__":
    for package in build(folder()):
        tell(package)
