"""Trees of values against trees of elements, guided by the compiled schema and nothing else.

The shapes are derived once from the WSDL's types. Reading never fails: what cannot be read is left out and becomes a
:class:`~connector.system.Problem` without its content, so that one broken field does not hide the rest of a case.
"""

import base64
import binascii
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

from adapters.government_portal.xml import Element, local_name
from connector.clock import LOCAL_ZONE, sensible
from connector.nfc import nfc
from connector.system import Problem


class Unsayable(Exception):
    """A value that the contract has no place for. ``where`` and ``rule`` are safe to show."""

    def __init__(self, where: str, rule: str) -> None:
        super().__init__(f"{where}: {rule}")
        self.where = where
        self.rule = rule


class Kind(Enum):
    """How a node of the contract is held in our data."""

    TEXT = "text"
    BOOLEAN = "boolean"
    INTEGER = "integer"
    INSTANT = "dateTime"
    BYTES = "base64Binary"
    TREE = "tree"  # a dict by element name
    LIST = "list"  # a wrapper around one repeated element: Attachments, History
    FACTS = "facts"  # Extra: Item(Name, Value) as a dict name -> value


WANT_GROUP = "a group of fields is wanted"
WANT_LIST = "a list is wanted"
WANT_TEXT = "one value is wanted"
WANT_ZONE = "an instant needs a zone"
WANT_XML = "holds a character that XML cannot carry"

_INTEGER = re.compile("[+-]?[0-9]{1,15}")
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, kw_only=True)
class Field:
    """One child element: its contract name, its shape, and whether it repeats."""

    name: str
    shape: "Shape"
    repeated: bool = False


@dataclass(frozen=True, kw_only=True)
class Shape:
    """What a type of the schema looks like. ``fields`` are keyed by qualified tag, in schema order."""

    kind: Kind
    fields: Mapping[str, Field] = field(default_factory=dict)

    def child(self, name: str) -> Field | None:
        """The child of that contract name."""
        return next((item for item in self.fields.values() if item.name == name), None)

    @property
    def item(self) -> Field:
        """The one repeated child of a list."""
        return next(iter(self.fields.values()))


def read_tree(element: Element, shape: Shape, problems: list[Problem], path: str = "") -> dict[str, Any]:
    """A dict by contract names. Absent, empty and blank are all absent; repeated elements are always lists."""
    found: dict[str, Any] = {item.name: [] for item in shape.fields.values() if item.repeated}
    for node in element:
        known = shape.fields.get(node.tag)
        if known is None:
            continue  # the schema check has already named it
        value = _read(node, known.shape, problems, f"{path}{known.name}")
        if value is None:
            continue
        if known.repeated:
            found[known.name].append(value)
        else:
            found[known.name] = value
    return found


def _read(node: Element, shape: Shape, problems: list[Problem], path: str) -> Any:
    if shape.kind is Kind.TREE:
        return read_tree(node, shape, problems, f"{path}/")
    if shape.kind is Kind.LIST:
        item = shape.item
        nodes = [child for child in node if child.tag in shape.fields]
        values = [
            _read(child, item.shape, problems, f"{path}/{item.name}[{number}]")
            for number, child in enumerate(nodes, 1)
        ]
        return [value for value in values if value is not None]
    if shape.kind is Kind.FACTS:
        return _facts(node, shape, problems, path)
    return _read_leaf(node.text or "", shape.kind, problems, path)


def _facts(node: Element, shape: Shape, problems: list[Problem], path: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for child in node:
        item = read_tree(child, shape.item.shape, problems, f"{path}/")
        if "Name" not in item or "Value" not in item:
            continue
        if found.setdefault(item["Name"], item["Value"]) != item["Value"]:
            problems.append(Problem(where=path, text="one name is told with two values"))
    return found


def _read_leaf(text: str, kind: Kind, problems: list[Problem], path: str) -> Any:
    if not text.strip():
        return None
    try:
        return _FROM_TEXT[kind](text)
    except (ValueError, binascii.Error):
        problems.append(Problem(where=path, text=f"not a {kind.value} ({len(text)} characters)"))
        return None


def _instant(text: str) -> datetime:
    moment = datetime.fromisoformat(text.strip())
    if moment.tzinfo is None:
        msg = "no offset"
        raise ValueError(msg)
    return sensible(moment)


def _integer(text: str) -> int:
    digits = text.strip()
    if not _INTEGER.fullmatch(digits):
        msg = "no whole number that JSON could carry"
        raise ValueError(msg)
    return int(digits)


def _boolean(text: str) -> bool:
    value = {"true": True, "1": True, "false": False, "0": False}.get(text.strip())
    if value is None:
        msg = "no boolean"
        raise ValueError(msg)
    return value


_FROM_TEXT: Mapping[Kind, Callable[[str], Any]] = {
    Kind.TEXT: nfc,
    Kind.BOOLEAN: _boolean,
    Kind.INTEGER: _integer,
    Kind.INSTANT: _instant,
    Kind.BYTES: lambda text: base64.b64decode("".join(text.split()), validate=True),
}


def to_wire(value: Any, shape: Shape, path: str = "") -> Any:
    """The keyword tree that the builder wants: None left out, lists wrapped, text in NFC, instants with offset.

    Raises:
        Unsayable: a name that the contract does not know, or a value of the wrong kind.
    """
    if shape.kind is Kind.TREE:
        return _tree_to_wire(value, shape, path)
    if shape.kind is Kind.LIST:
        item = shape.item
        return {
            item.name: [to_wire(entry, item.shape, f"{path}/{item.name}") for entry in _list(value, path)]
        }
    if shape.kind is Kind.FACTS:
        facts = [(name, fact) for name, fact in _mapping(value, path).items() if fact is not None]
        return {
            shape.item.name: [{"Name": name, "Value": _text(fact, f"{path}/{name}")} for name, fact in facts]
        }
    if shape.kind is Kind.INSTANT and isinstance(value, datetime):
        return _local(value, path)
    if shape.kind is Kind.TEXT or isinstance(value, str):
        return _text(value, path)
    return value


def _tree_to_wire(value: Any, shape: Shape, path: str) -> dict[str, Any]:
    given = _mapping(value, path)
    known = {item.name: item for item in shape.fields.values()}
    unknown = sorted(str(name) for name in set(given) - set(known))
    if unknown:
        raise Unsayable(path or "/", f"unknown to the contract: {', '.join(unknown)}")
    wire: dict[str, Any] = {}
    for name, item in known.items():
        if given.get(name) is None:
            continue
        inner = f"{path}/{name}" if path else name
        if item.repeated:
            wire[name] = [to_wire(entry, item.shape, inner) for entry in _list(given[name], inner)]
        else:
            wire[name] = to_wire(given[name], item.shape, inner)
    return wire


def _mapping(value: Any, path: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise Unsayable(path or "/", WANT_GROUP)
    return value


def _list(value: Any, path: str) -> Sequence[Any]:
    if isinstance(value, str | bytes) or not isinstance(value, Sequence):
        raise Unsayable(path, WANT_LIST)
    return value


def _local(value: datetime, path: str) -> datetime:
    if value.tzinfo is None:
        raise Unsayable(path, WANT_ZONE)
    return value.astimezone(LOCAL_ZONE)


def _text(value: Any, path: str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return _local(value, path).isoformat()
    if isinstance(value, Mapping | bytes) or (isinstance(value, Sequence) and not isinstance(value, str)):
        raise Unsayable(path, WANT_TEXT)
    text = nfc(str(value.value if isinstance(value, Enum) else value))
    if _NOT_XML.search(text):
        raise Unsayable(path, WANT_XML)
    return text


def relabel(element: Element, namespace: str) -> None:
    """Put an element and all below it into ``namespace``: the lenient reading by local names (contract §9)."""
    for node in element.iter():
        if isinstance(node.tag, str):
            node.tag = f"{{{namespace}}}{local_name(node)}"
