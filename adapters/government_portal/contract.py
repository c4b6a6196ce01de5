"""The vendored WSDL and XSD, loaded once: what may be said, how it is built, and whether a message obeys."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

import zeep.exceptions
from lxml import etree
from zeep.settings import Settings as ZeepSettings
from zeep.wsdl import Document
from zeep.xsd.types import builtins

from adapters.government_portal.settings import FEEDBACK_NS, PARTY_NS
from adapters.government_portal.shape import Field, Kind, Shape, Unsayable, to_wire
from adapters.government_portal.xml import Element
from connector.errors import Permanent
from connector.system import Problem

WSDL = "feedback.wsdl"
FEEDBACK_XSD = "feedback.xsd"
PARTY_XSD = "edxml-party.xsd"
BINDINGS: Mapping[str, str] = {"1.1": "PortalSoap11", "1.2": "PortalSoap12"}
"""SOAP version to the WSDL binding of the portal's side; the agency's side is described, not called."""

_MOST_PROBLEMS = 20
_MOST_LETTERS = 64
_NOISE = re.compile("^SCHEMAV_(CVC_)?|_VALID.*$")
_STEP = re.compile(r"(?:[^/:]*:)?([^/:]+)")
_LEAVES: tuple[tuple[Any, Kind], ...] = (
    (builtins.DateTime, Kind.INSTANT),
    (builtins.Boolean, Kind.BOOLEAN),
    (builtins.Integer, Kind.INTEGER),
    (builtins.Base64Binary, Kind.BYTES),
)


@dataclass(frozen=True, kw_only=True)
class _Shelf:
    """The schema files with the configured namespaces in them; the only thing that the loaders may read."""

    namespace: str
    party_namespace: str

    def read(self, location: str) -> bytes:
        """A vendored file by the last part of its address; nothing else exists."""
        name = location.rpartition("/")[2]
        if name not in {WSDL, FEEDBACK_XSD, PARTY_XSD}:
            msg = f"the contract refers to {name!r}, which is not part of it"
            raise ValueError(msg)
        text = (resources.files("adapters.government_portal") / "schema" / name).read_text(encoding="utf-8")
        text = text.replace(f'"{FEEDBACK_NS}', f'"{_escaped(self.namespace)}')
        return text.replace(f'"{PARTY_NS}"', f'"{_escaped(self.party_namespace)}"').encode()

    def load(self, url: str) -> bytes:
        """What the WSDL loader calls instead of the network."""
        return self.read(url)


class _ShelfResolver(etree.Resolver):
    def __init__(self, shelf: _Shelf) -> None:
        super().__init__()
        self._shelf = shelf

    # the stubs leave out the third argument that lxml passes
    def resolve(self, system_url: str, public_id: str, context: Any) -> Any:  # type: ignore[override]  # noqa: ARG002
        return self.resolve_string(self._shelf.read(system_url), context, base_url=system_url)


class Contract:
    """The contract in both SOAP versions. Immutable after loading; safe to share within one loop."""

    def __init__(self, namespace: str = FEEDBACK_NS, party_namespace: str = PARTY_NS) -> None:
        self.namespace = namespace
        shelf = _Shelf(namespace=namespace, party_namespace=party_namespace)
        self._schema = _compile(shelf)
        loader: Any = shelf  # all that the library asks of a transport is load()
        document = Document(f"shelf/{WSDL}", loader, settings=ZeepSettings(strict=True, forbid_external=True))
        self._types = document.types
        self._bindings: dict[str, Any] = {
            key: document.bindings[f"{{{namespace}}}{name}"] for key, name in BINDINGS.items()
        }
        self._shapes: dict[str, Shape] = {}

    def shape(self, wrapper: str) -> Shape:
        """The shape of a wrapper element: ``UpdateCaseStatus``, ``GetItemResponse`` and so on."""
        if wrapper not in self._shapes:
            element = self._types.get_element(f"{{{self.namespace}}}{wrapper}")
            self._shapes[wrapper] = _shape_of(element.type)
        return self._shapes[wrapper]

    def create(self, operation: str, values: Mapping[str, Any], *, soap: str) -> Element:
        """A SOAP envelope around the request wrapper, elements in schema order, checked against the schema.

        Args:
            operation: wrapper name.
            values: children of the wrapper by contract name, ``ExchangeHeader`` included.
            soap: ``1.1`` or ``1.2``.

        Raises:
            Permanent: the values do not fit the contract; names and kinds of fields, never their content.
        """
        try:
            wire = to_wire(values, self.shape(operation))
            message = self._bindings[soap].get(operation).create(**wire)
        except zeep.exceptions.ValidationError as error:
            raise _unfit(operation, ("/".join(str(step) for step in error.path), "missing")) from None
        except Unsayable as error:
            raise _unfit(operation, (error.where, error.rule)) from None
        except (ValueError, TypeError, AttributeError):
            # a value of a kind that its element cannot show; the library's own words could quote it
            raise _unfit(operation, ("/", "a value of the wrong kind")) from None
        envelope: Element = message.content
        problems = self.check(envelope[-1][0], strict=True)
        if problems:
            raise _unfit(operation, *((item.where, item.text) for item in problems))
        return envelope

    def check(self, wrapper: Element, *, strict: bool = False) -> tuple[Problem, ...]:
        """What of an element breaks the schema: where and which rule, never the value.

        Unless ``strict``, a code outside its list is none: what a code means is the mapping's to judge, and a code
        that a portal invented tomorrow must reach it (§8.1, §9 "status codes and labels").
        """
        if self._schema.validate(wrapper):
            return ()
        errors: Any = self._schema.error_log
        found = [
            Problem(where=_where(error.path), text=_rule(error.type_name))
            for error in errors
            if strict or error.type_name != "SCHEMAV_CVC_ENUMERATION_VALID"
        ]
        return tuple(found[:_MOST_PROBLEMS])


@lru_cache(maxsize=4)
def load(namespace: str = FEEDBACK_NS, party_namespace: str = PARTY_NS) -> Contract:
    """The contract, loaded once for each pair of namespaces (tens of milliseconds)."""
    return Contract(namespace, party_namespace)


def _compile(shelf: _Shelf) -> etree.XMLSchema:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    parser.resolvers.add(_ShelfResolver(shelf))
    return etree.XMLSchema(etree.fromstring(shelf.read(FEEDBACK_XSD), parser, base_url=FEEDBACK_XSD))


def _escaped(namespace: str) -> str:
    return namespace.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")


def _shape_of(kind: Any) -> Shape:
    for leaf, name in _LEAVES:
        if isinstance(kind, leaf):
            return Shape(kind=name)
    if not hasattr(kind, "elements"):
        return Shape(kind=Kind.TEXT)
    fields = {
        str(element.qname): Field(
            name=str(name), shape=_shape_of(element.type), repeated=bool(element.accepts_multiple)
        )
        for name, element in kind.elements
    }
    return Shape(kind=_tree_kind(fields), fields=_unwrapped(fields))


def _tree_kind(fields: Mapping[str, Field]) -> Kind:
    if len(fields) != 1:
        return Kind.TREE
    only = next(iter(fields.values()))
    if not only.repeated:
        return Kind.TREE
    return (
        Kind.FACTS if {item.name for item in only.shape.fields.values()} == {"Name", "Value"} else Kind.LIST
    )


def _unwrapped(fields: Mapping[str, Field]) -> Mapping[str, Field]:
    """Inside a list wrapper the repetition is the wrapper's; the item itself is single."""
    if _tree_kind(fields) is Kind.TREE:
        return fields
    return {tag: Field(name=item.name, shape=item.shape) for tag, item in fields.items()}


def _unfit(operation: str, *found: tuple[str, str]) -> Permanent:
    text = "; ".join(f"{where}: {rule}" for where, rule in found)
    msg = f"{operation} does not fit the contract ({text})"
    return Permanent(msg, operation=operation, fields=tuple(where for where, _ in found))


def _where(path: str | None) -> str:
    """An XPath of the validator without prefixes and without the wrapper; a name without end is none of ours."""
    steps = [step if len(step) <= _MOST_LETTERS else "…" for step in _STEP.findall(path or "")]
    return "/".join(steps[1:]) or "/"


def _rule(type_name: str) -> str:
    return _NOISE.sub("", type_name).lower()
