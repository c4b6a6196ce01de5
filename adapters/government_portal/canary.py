"""What the portal's contract is today (:class:`connector.system.TellsContract`), asked for with calls that change nothing."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final
from urllib.parse import urljoin, urlsplit

from adapters.government_portal.described import NotDescribed, imports, lines, vendored
from adapters.government_portal.exchange import Exchange
from adapters.government_portal.settings import GovernmentPortalSettings
from connector.errors import InDoubt, Permanent
from connector.system import ContractPart, PartKind
from connector.transport import HttpClient

CATALOGUES: Final[Mapping[str, frozenset[str]]] = {
    "Organization": frozenset({"ActorOrganId", "ToOrgan", "OrganId"}),
    "Field": frozenset({"FieldCode"}),
    "CaseKind": frozenset({"Kind"}),
    "Status": frozenset({"Status"}),
    "RefuseReason": frozenset({"ReasonCode"}),
}
"""Catalogue → the fields in which its codes travel (§8.4, §8.5)."""

MOST_DOCUMENTS: Final = 8
MOST_BYTES: Final = 4 * 1024 * 1024


async def contract(
    settings: GovernmentPortalSettings, exchange: Exchange, http: HttpClient
) -> tuple[ContractPart, ...]:
    """Version, WSDL with its schemas, and every catalogue.

    Raises:
        Transient: the portal cannot be reached now.
    """
    parts = [await _version(exchange)]
    if settings.describes:
        parts.append(await _wsdl(settings, http))
    return (*parts, *[await _catalogue(exchange, name) for name in CATALOGUES])


async def _version(exchange: Exchange) -> ContractPart:
    name, kind = "version", PartKind.VERSION
    try:
        told = (await exchange.read("Ping", {})).data
    except Permanent as error:
        return ContractPart(name=name, kind=kind, trouble=error.code)
    return ContractPart(name=name, kind=kind, lines={"portal": str(told.get("Version", "-"))})


async def _catalogue(exchange: Exchange, name: str) -> ContractPart:
    part, fields = f"catalogue/{name}", CATALOGUES[name]
    try:
        rows = (await exchange.read("GetCatalog", {"Name": name})).data.get("Entry", [])
        codes = {
            row["Code"]: f"{'on' if row['Active'] else 'off'} {row.get('Name', '')}".strip() for row in rows
        }
    except KeyError:
        return ContractPart(name=part, kind=PartKind.CODES, fields=fields, trouble="incomplete")
    except Permanent as error:
        return ContractPart(name=part, kind=PartKind.CODES, fields=fields, trouble=error.code)
    return ContractPart(name=part, kind=PartKind.CODES, fields=fields, lines=codes)


async def _wsdl(settings: GovernmentPortalSettings, http: HttpClient) -> ContractPart:
    own = vendored(settings.namespace, settings.party_namespace)
    part = ContractPart(name="wsdl", kind=PartKind.SCHEMA, built_for=own)
    try:
        return replace(part, lines=lines(await _documents(settings.endpoint, http)))
    except NotDescribed as error:
        return replace(part, trouble=str(error))
    except (Permanent, InDoubt) as error:
        return replace(part, trouble=error.code)


async def _documents(endpoint: str, http: HttpClient) -> list[bytes]:
    """The WSDL and the schemas that it refers to, from the portal's own host only."""
    todo, seen, found = [f"{endpoint}?wsdl"], set[str](), list[bytes]()
    while todo:
        address = todo.pop(0)
        if address in seen:
            continue
        seen.add(address)
        if len(seen) > MOST_DOCUMENTS:
            msg = "too many documents"
            raise NotDescribed(msg)
        reply = await http.request("GET", address, safe=True, max_bytes=MOST_BYTES)
        if reply.status != 200:
            msg = f"HTTP {reply.status}"
            raise NotDescribed(msg)
        found.append(reply.content)
        todo += [urljoin(address, one) for one in imports(reply.content)]
        if any(urlsplit(one)[:2] != urlsplit(endpoint)[:2] for one in todo):
            msg = "a schema lies on another host"
            raise NotDescribed(msg)
    return found
