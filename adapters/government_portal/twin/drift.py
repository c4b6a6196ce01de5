"""A contract that changed on the quiet: elements more or less, or in another order, than the schema has."""

import re
from typing import Any, Final

from adapters.government_portal.twin.profile import Profile
from adapters.government_portal.twin.soap import FEEDBACK
from adapters.government_portal.twin.state import Tree
from adapters.twin_kit.faults import Faults

_RECORDS: Final = frozenset({"CaseEnvelope", "CaseEvent", "CurrentStatus"})
"""What is told of a case; lists and reports keep their form, so that it is reached at all."""

_NEXT: Final = FEEDBACK.removesuffix("1") + "2"


def drifted(tree: Tree, faults: Faults[Profile]) -> Tree:
    """The children of an answer as the switches bend them."""
    if faults.strikes("new_fields"):
        tree = [(name, _longer(name, value)) for name, value in tree]
    if faults.strikes("dropped_fields"):
        tree = [(name, _shorter(name, value, faults)) for name, value in tree]
    if faults.strikes("key_order"):
        tree = _shuffled(tree, faults)
    return tree


def renamed(body: bytes, faults: Faults[Profile]) -> bytes:
    """The answer in the namespace of a next version, if the schema changed."""
    return body.replace(FEEDBACK.encode(), _NEXT.encode()) if faults.strikes("schema_change") else body


def described(text: str, profile: Profile) -> str:
    """A page of the WSDL or its schemas as the switches bend it: the contract says what the answers will be like."""
    for code in profile.dropped_codes:
        text = text.replace(f'<xs:enumeration value="{code}"/>', "")
    if profile.dropped_fields:
        for name in profile.dropped_names:
            text = re.sub(rf'<xs:element name="{re.escape(name)}"[^>]*/>', "", text)
    return text.replace(FEEDBACK, _NEXT) if profile.schema_change else text


def _longer(name: str, value: Any) -> Any:
    if name not in _RECORDS:
        return value
    return [*value, ("FutureElement", "phần tử chưa có trong lược đồ")]


def _shorter(name: str, value: Any, faults: Faults[Profile]) -> Any:
    """Without the elements of ``dropped_names``, wherever they are, or without one of its own at random."""
    if name not in _RECORDS:
        return value
    gone = faults.profile.dropped_names
    if gone:
        return _without(value, frozenset(gone))
    told = [item for item in value if item[1] is not None]
    lost = faults.stream("dropped_fields.which").choice(told)
    return [item for item in told if item is not lost]


def _without(value: Any, gone: frozenset[str]) -> Any:
    if not isinstance(value, list):
        return value
    return [(name, _without(inner, gone)) for name, inner in value if name not in gone]


def _shuffled(tree: Tree, faults: Faults[Profile]) -> Tree:
    found = [(name, _shuffled(value, faults) if isinstance(value, list) else value) for name, value in tree]
    faults.stream("key_order.how").shuffle(found)
    return found
