"""docs/console-openapi.json says what the routes say, and the routes say what their handlers read."""

import inspect
import json
import re
from pathlib import Path

import pytest

from connector.console.openapi import MEANINGS, document
from connector.console.route import Action, Page
from connector.console.table import ROUTES

STORED = Path(__file__).parents[2] / "docs" / "console-openapi.json"
KNOWN = [route for route in ROUTES if isinstance(route, Page | Action)]
OPERATIONS = [one for path in document(ROUTES)["paths"].values() for one in path.values()]
READS = re.compile(
    r'visit\.(?:given|given_day|asked_day|asked|asked_of|asked_number|form\.get|query\.get)\(\s*"(\w+)"'
)


def test_the_file_in_docs_is_current() -> None:
    """Write it anew with: python -m connector.console.openapi docs/console-openapi.json."""
    assert json.loads(STORED.read_text(encoding="utf-8")) == json.loads(json.dumps(document(ROUTES)))


def test_every_route_is_described_once_with_an_id_of_its_own() -> None:
    assert len(OPERATIONS) == len(KNOWN)
    assert len({one["operationId"] for one in OPERATIONS}) == len(OPERATIONS)
    assert all(one["summary"] for one in OPERATIONS)


def _read(handler: object) -> set[str]:
    """Names that a handler asks its visit for, itself or by the helpers of its module."""
    todo, seen, found = [handler], set[object](), set[str]()
    while todo:
        one = todo.pop()
        if not inspect.isfunction(one) or one in seen or one.__module__ != handler.__module__:
            continue
        seen.add(one)
        source = inspect.getsource(one)
        found |= set(READS.findall(source))
        found |= {"before", "after"} if re.search(r"visit\.(marked_)?place\(", source) else set()
        todo += [one.__globals__.get(name) for name in re.findall(r"(?<!\.)\b(\w+)\(", source)]
    return found


@pytest.mark.parametrize("route", KNOWN, ids=lambda route: f"{type(route).__name__} {route.path}")
def test_a_route_declares_what_its_handler_reads(route: Page | Action) -> None:
    if isinstance(route, Page):
        assert set(route.asks) >= _read(route.view)
    else:
        assert {*route.needs, *route.takes} >= _read(route.do)


def test_every_meaning_is_used() -> None:
    told = {name for route in KNOWN if isinstance(route, Page) for name in route.asks}
    told |= {name for route in KNOWN if isinstance(route, Action) for name in (*route.needs, *route.takes)}
    assert set(MEANINGS) == told


def test_every_error_has_the_one_shape() -> None:
    for one in OPERATIONS:
        failures = {status: told for status, told in one["responses"].items() if status != "200"}
        assert {"400", "401", "403", "404", "409", "429", "500", "503"} == set(failures)
        assert all(told == {"$ref": "#/components/responses/Failure"} for told in failures.values())
