"""Folders of our own for the programs of these tests.

pytest closes its common folder to other accounts each time a session starts, and with it the data of an embedded
server that runs under an account of its own (as it does when the tests run as root).
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="phanhoi-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@pytest.fixture(scope="module")
def module_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="phanhoi-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)
