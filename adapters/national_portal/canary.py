"""What the portal's contract is today (:class:`connector.system.TellsContract`), asked for with calls that change nothing.

There is no description to fetch: what can be compared are the catalogues. The form of the cases themselves is learned by
the core from what was read anyway.
"""

from collections.abc import Mapping
from typing import Final

from adapters.national_portal.gateway import Gateway
from adapters.national_portal.profile import AGENCIES, CATALOGUES, FIELDS_OF_WORK
from adapters.national_portal.wire import read_text
from connector.errors import Permanent
from connector.system import ContractPart, PartKind

TRAVELS_IN: Final[Mapping[str, frozenset[str]]] = {
    AGENCIES: frozenset({"MADONVI", "MaDonVi", "MaDonViNhan"}),
    FIELDS_OF_WORK: frozenset({"MALINHVUC", "MaLinhVuc"}),
}
"""Catalogue → the fields in which its codes travel (§10.3, §10.6)."""


async def contract(gateway: Gateway) -> tuple[ContractPart, ...]:
    """Proof that the login still holds, and both catalogues.

    Raises:
        Transient: the portal cannot be reached now, or refuses our account.
    """
    return (await _alive(gateway), *[await _catalogue(gateway, name) for name in CATALOGUES])


async def _alive(gateway: Gateway) -> ContractPart:
    try:
        await gateway.prove_alive()
    except Permanent as error:
        return ContractPart(name="version", kind=PartKind.VERSION, trouble=error.code)
    return ContractPart(name="version", kind=PartKind.VERSION, lines={"login": "mapi"})


async def _catalogue(gateway: Gateway, name: str) -> ContractPart:
    service, code, label, _ = CATALOGUES[name]
    part, fields = f"catalogue/{name}", TRAVELS_IN[name]
    try:
        judged = await gateway.read(service)
    except Permanent as error:
        return ContractPart(name=part, kind=PartKind.CODES, fields=fields, trouble=error.code)
    codes = {read_text(row.get(code)): read_text(row.get(label)) or "" for row in judged.rows}
    if None in codes or len(judged.rows) < len(judged.answer.items):
        # a line without its code: the list has another form, and what it does not tell is not gone
        return ContractPart(name=part, kind=PartKind.CODES, fields=fields, trouble="incomplete")
    return ContractPart(
        name=part,
        kind=PartKind.CODES,
        fields=fields,
        lines={str(key): f"on {value}".strip() for key, value in codes.items()},
    )
