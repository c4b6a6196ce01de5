"""The manual's site, built as ``make docs`` builds it."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def build_site(target: Path) -> Path:
    """Build strictly into that folder: a link that leads nowhere, or a page in no menu, ends it."""
    command = ("properdocs", "build", "--strict", "--config-file", ROOT / "mkdocs.yml", "--site-dir", target)
    done = subprocess.run(
        [sys.executable, "-m", *map(str, command)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return target
