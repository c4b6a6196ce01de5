"""Every rule R01-R34 has its line in docs/rules-register.md, and every test and file named there exists."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "rules-register.md").read_text(encoding="utf-8")
ROWS = dict(re.findall(r"^\| (R\d\d) \| (.*) \|$", PAGE, re.MULTILINE))
TESTS = {
    name
    for path in (ROOT / "tests").rglob("test_*.py")
    for name in re.findall(r"^(?:async )?def (test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
}


def test_every_rule_has_its_line_with_a_test():
    assert list(ROWS) == [f"R{number:02}" for number in range(1, 35)]
    for rule, row in ROWS.items():
        assert "`test_" in row.split(" | ")[-1], rule


def test_every_test_named_in_the_table_exists():
    named = set(re.findall(r"`(test_\w+)`", PAGE))
    assert named <= TESTS, sorted(named - TESTS)
    assert len(named) > 40


def test_every_file_named_in_the_table_exists():
    """Short names of files stand for files of the register."""
    for name in re.findall(r"`((?:\w+/)*\w+\.(?:py|toml))`", PAGE):
        places = (ROOT / name, ROOT / "adapters/register" / name, ROOT / "connector/rules" / name)
        assert any(place.exists() for place in places), name
