"""The portal's WSDL and schemas as lines: what each operation takes and gives, and which codes may stand where. Pure.

A line is ``SubmitAnswer/Answer/Content`` → ``string[1..20000] 1..1``; ``UpdateCaseStatus/StatusChange/Status=CLOSED``
says that this code may be sent there. Prefixes, order of declarations, comments and addresses make no difference.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from importlib import resources

from adapters.government_portal.contract import FEEDBACK_XSD, PARTY_XSD, WSDL
from adapters.government_portal.settings import FEEDBACK_NS, PARTY_NS
from adapters.government_portal.xml import Element, XmlRefused, local_name, parse

XS = "http://www.w3.org/2001/XMLSchema"
WSDL_NS = "http://schemas.xmlsoap.org/wsdl/"
MOST_LINES = 20_000
_DEEPEST = 12
_FACETS = ("pattern", "minLength", "maxLength", "minInclusive", "maxInclusive", "length", "totalDigits")

_Name = tuple[str | None, str]


class NotDescribed(Exception):
    """The documents are no WSDL with its schemas. The text says what is wrong, without content."""


def imports(document: bytes) -> tuple[str, ...]:
    """Addresses of the schemas that a document refers to, as it spells them.

    Raises:
        NotDescribed: it is no XML that may be read.
    """
    root = _root(document)
    found = [
        node.get("schemaLocation") for tag in ("import", "include") for node in root.iter(f"{{{XS}}}{tag}")
    ]
    return tuple(dict.fromkeys(address for address in found if address))


def lines(documents: Sequence[bytes]) -> dict[str, str]:
    """All lines of a WSDL and its schemas.

    Raises:
        NotDescribed: no XML, no operation, or more than :data:`MOST_LINES` lines.
    """
    roots = [_root(document) for document in documents]
    shelf = _Shelf(roots)
    names = {
        str(node.get("name"))
        for root in roots
        for node in root.iter(f"{{{WSDL_NS}}}operation")
        if node.get("name")
    }
    if not names:
        msg = "no operation is described"
        raise NotDescribed(msg)
    found: dict[str, str] = dict.fromkeys(sorted(names), "operation")
    for name, node in shelf.elements.items():
        if name[1] in names or name[1].removesuffix("Response") in names:
            for path, form in shelf.walk(node, name[1], 0):
                found[path] = form
                if len(found) > MOST_LINES:
                    msg = "the description is too large"
                    raise NotDescribed(msg)
    namespaces = {str(name[0]) for name in shelf.elements}
    return found | {f"namespace={one}": "namespace" for one in namespaces}


@lru_cache(maxsize=4)
def vendored(namespace: str, party_namespace: str) -> Mapping[str, str]:
    """The lines of the contract that this adapter was written for, in the namespaces that it is set to."""
    folder = resources.files("adapters.government_portal") / "schema"
    found = lines([(folder / name).read_bytes() for name in (WSDL, FEEDBACK_XSD, PARTY_XSD)])
    own = {f"namespace={FEEDBACK_NS}", f"namespace={PARTY_NS}"}
    told = {f"namespace={one}": "namespace" for one in (namespace, party_namespace)}
    return {path: form for path, form in found.items() if path not in own} | told


def _root(document: bytes) -> Element:
    try:
        return parse(document)
    except XmlRefused as refused:
        raise NotDescribed(str(refused.reason)) from None


class _Shelf:
    """Named types and elements of all schemas."""

    def __init__(self, roots: Sequence[Element]) -> None:
        self.types: dict[_Name, Element] = {}
        self.elements: dict[_Name, Element] = {}
        for schema in (node for root in roots for node in root.iter(f"{{{XS}}}schema")):
            space = schema.get("targetNamespace")
            for node in schema:
                if isinstance(node.tag, str) and (name := node.get("name")):
                    table = self.elements if local_name(node) == "element" else self.types
                    table[space, name] = node

    def walk(self, element: Element, path: str, depth: int) -> Iterator[tuple[str, str]]:
        """The lines of an element's type."""
        if depth > _DEEPEST:
            return
        kind = self._type(element)
        if kind is None:
            return
        for child, least in _children(kind):
            target = self._target(child)
            name = target.get("name")
            if name:
                most = child.get("maxOccurs", "1")
                low = "0" if least == "0" else child.get("minOccurs", "1")
                inner = f"{path}/{name}"
                yield inner, f"{self._form(target)} {low}..{most.replace('unbounded', '*')}"
                yield from self.walk(target, inner, depth + 1)
        if local_name(kind) == "simpleType":
            for code in kind.iter(f"{{{XS}}}enumeration"):
                yield f"{path}={code.get('value')}", "code"

    def _target(self, child: Element) -> Element:
        reference = child.get("ref")
        return child if reference is None else self.elements.get(_qname(child, reference), child)

    def _type(self, element: Element) -> Element | None:
        named = element.get("type")
        if named is not None:
            return self.types.get(_qname(element, named))
        return next((node for node in element if local_name(node) in {"complexType", "simpleType"}), None)

    def _form(self, element: Element) -> str:
        """The built-in type under an element with what limits it; ``group`` for one with children."""
        facets: list[str] = []
        kind: Element | None = self._type(element)
        base = (element.get("type") or "group").rpartition(":")[2]
        for _ in range(_DEEPEST):
            if kind is None:
                return base + (f"[{','.join(facets)}]" if facets else "")
            restriction = next(kind.iter(f"{{{XS}}}restriction"), None)
            if local_name(kind) == "complexType" or restriction is None:
                return "group"
            facets += [
                f"{local_name(node)}={node.get('value')}"
                for node in restriction
                if local_name(node) in _FACETS
            ]
            named = restriction.get("base", "")
            base = named.rpartition(":")[2]
            kind = self.types.get(_qname(restriction, named))
        return base


def _children(kind: Element) -> Iterator[tuple[Element, str | None]]:
    """Elements of a type, not those of types within it; ``0`` for those of which another may stand instead."""
    for node in kind:
        if local_name(node) == "element":
            yield node, None
        elif local_name(node) in {"sequence", "all", "choice", "complexContent", "extension"}:
            free = local_name(node) == "choice" or node.get("minOccurs") == "0"
            for child, least in _children(node):
                yield child, "0" if free else least


def _qname(node: Element, name: str) -> _Name:
    prefix, _, local = name.rpartition(":")
    return node.nsmap.get(prefix or None), local
