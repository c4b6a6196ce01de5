"""The manual of error codes says what the classes say, for all of them and for nothing else."""

import importlib
import inspect
import pkgutil
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

import adapters
import connector
import connector.merge
from adapters.demo.run import INTERRUPTED, NOT_CONVERGED
from connector.cli.root import EXIT_STATUSES
from connector.errors import ConnectorError
from connector.sync import guards

MANUAL = (Path(__file__).parents[2] / "docs" / "errors.md").read_text(encoding="utf-8")
HEADINGS = re.findall(r"^### (PH-\d{3}) (\w+): (\S.*) / (\S.*)$", MANUAL, re.MULTILINE)
VIETNAMESE = re.compile(
    "[àáảãạăằắẳẵặâầấẩẫậđèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵ]", re.IGNORECASE
)


def _modules() -> Iterator[str]:
    for package in (connector, adapters):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            # a program's entry runs when it is imported, and Alembic runs its own folder
            if not found.name.endswith("__main__") and ".migrations" not in found.name:
                yield found.name


def _walk(root: type[ConnectorError]) -> Iterator[type[ConnectorError]]:
    yield root
    for sub in root.__subclasses__():
        yield from _walk(sub)


def _shipped() -> list[type[ConnectorError]]:
    for name in _modules():
        importlib.import_module(name)
    return [one for one in _walk(ConnectorError) if one.__module__.split(".")[0] in ("connector", "adapters")]


CLASSES = _shipped()
OWN_CODE = [one for one in CLASSES if "code" in vars(one)]


def section(code: str) -> str:
    """The text below a code's heading."""
    return MANUAL.split(f"\n### {code} ", 1)[1].split("\n## ", 1)[0].split("\n### ", 1)[0]


def test_no_two_classes_define_the_same_code() -> None:
    """A class without a code of its own is the same thing to the operator as its parent."""
    codes = Counter(one.code for one in OWN_CODE)
    assert [code for code, count in codes.items() if count > 1] == []
    assert all(re.fullmatch(r"PH-\d{3}", code) for code in codes)


def test_every_code_has_one_heading_in_order_and_no_heading_is_left_over() -> None:
    assert [(code, name) for code, name, _, _ in HEADINGS] == sorted(
        (one.code, one.__name__) for one in OWN_CODE
    )
    assert MANUAL.count("\n### ") == len(HEADINGS), (
        "every heading has the form «code class: Vietnamese / English»"
    )


@pytest.mark.parametrize("one", CLASSES, ids=lambda one: one.__name__)
def test_every_class_says_what_it_means_and_what_to_do(one: type[ConnectorError]) -> None:
    """In both languages; the class that only inherits its code still has words of its own."""
    assert "__doc__" in vars(one)
    assert inspect.getdoc(one)
    vietnamese, english = one.next_step
    assert VIETNAMESE.search(vietnamese)
    assert not VIETNAMESE.search(english.replace("TÊN", ""))
    assert english.endswith(".")
    assert vietnamese.endswith(".")


@pytest.mark.parametrize("one", OWN_CODE, ids=lambda one: one.code)
def test_the_manual_gives_the_next_step_and_the_exit_status_of_the_class(one: type[ConnectorError]) -> None:
    text = section(one.code)
    assert f"**Việc cần làm:** {one.next_step[0]}\n" in text
    assert f"***Next step:*** *{one.next_step[1]}*\n" in text
    stated = re.findall(r"^Mã kết thúc / exit status: (\d+)\.$", text, re.MULTILINE)
    assert stated == ([] if one.exit_status == 1 else [str(one.exit_status)])


def test_exit_statuses_of_manual_classes_and_help_are_the_same() -> None:
    used = {one.exit_status for one in CLASSES} | {0, NOT_CONVERGED, INTERRUPTED}
    told = [int(text) for text in re.findall(r"^\| (\d+) \|", MANUAL, re.MULTILINE)]
    assert told == sorted(used)
    assert {int(text) for text in re.findall(r"\b(\d+) [^\W\d]", EXIT_STATUSES)} == used


def test_every_reason_of_a_clash_is_explained() -> None:
    """The reasons come from the decision table of the merge."""
    reasons = set(re.findall(r"clash ``(\w+)``", connector.merge.__doc__ or ""))
    assert set(re.findall(r"^\| `(\w+)` \|", section("PH-402"), re.MULTILINE)) == reasons


def test_every_guard_is_explained() -> None:
    names = set(re.findall(r'raise _stop\(msg, "(\w+)"', inspect.getsource(guards)))
    assert set(re.findall(r"^\| `(\w+)` \|", section("PH-410"), re.MULTILINE)) == names


def test_commands_in_next_steps_exist() -> None:
    """An operator who copies a command from a message gets no «no such command»."""
    from typer.main import get_command

    from connector.cli.root import app

    root = get_command(app)
    for one in OWN_CODE:
        for command in re.findall(r"`phanhoi ([a-z ]+)", one.next_step[1]):
            found: object = root
            for word in command.split():
                found = getattr(found, "commands", {}).get(word)
                assert found is not None, f"{one.code}: phanhoi {command}"
