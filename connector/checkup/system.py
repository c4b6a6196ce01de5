"""One system: its addresses, our account there, its clock, its contract and its catalogues."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from connector.app import adapter_settings, load_mappings, one_system
from connector.checkup import network
from connector.checkup.line import Line, State, failed, fine, refused, unasked, warned
from connector.clock import Clock
from connector.contract.compare import compare_part
from connector.contract.uses import Uses, uses_of
from connector.errors import ConnectorError
from connector.settings import Settings
from connector.system import ContractPart, PartKind, Pong, System, TellsContract

MOST_NAMED = 5


async def lines(settings: Settings, name: str, clock: Clock) -> list[Line]:
    """Every line of a system; what builds on a failed one is not asked."""
    plugin, own = adapter_settings(settings, [name])[name]
    found: list[Line] = []
    for url in plugin.addresses(own):
        found += await network.lines(name, url, settings.systems[name].transport, clock.now())
    if any(line.state is State.FAILED for line in found):
        return [*found, *(unasked(name, check) for check in ("account", "clock", "contract", "catalogue"))]
    async with one_system(settings, clock, name) as system:
        return [*found, *await _asked(settings, system, clock)]


async def _asked(settings: Settings, system: System, clock: Clock) -> list[Line]:
    try:
        pong = await system.ping()
    except ConnectorError as error:
        rest = ("clock", "contract", "catalogue")
        return [refused(system.name, "account", error), *(unasked(system.name, one) for one in rest)]
    found = [
        fine(system.name, "account", "account", version=f"({pong.version})" if pong.version else ""),
        _clock(settings, system.name, pong, clock.now()),
    ]
    if not isinstance(system, TellsContract):
        return found
    uses = uses_of(load_mappings(settings)[0].for_system(system.name))
    try:
        parts = await system.contract()
    except ConnectorError as error:
        return [*found, refused(system.name, "contract", error)]
    return [*found, *(line for part in parts for line in _part(system.name, part, uses))]


def _clock(settings: Settings, area: str, pong: Pong, now: datetime) -> Line:
    if pong.server_time is None:
        return fine(area, "clock", "no_clock")
    facts: dict[str, Any] = {
        "seconds": round(abs((pong.server_time - now).total_seconds()), 1),
        "most": settings.guards.max_clock_skew_s,
    }
    if facts["seconds"] > facts["most"]:
        return failed(area, "clock", "clock", "do_clock", **facts)
    return fine(area, "clock", "clock", **facts)


def _part(area: str, part: ContractPart, uses: Uses) -> Iterator[Line]:
    """One piece of the contract against what the program and its mapping were written for. Pure."""
    check = "catalogue" if part.kind is PartKind.CODES else "contract"
    if part.trouble is not None:
        yield failed(area, check, "unreadable", "do_contract", part=part.name, reason=part.trouble)
    elif part.kind is PartKind.CODES:
        yield _codes(area, part, uses)
    elif part.built_for is not None:
        differences = compare_part(part.built_for, part, uses)
        if differences:
            yield failed(
                area,
                check,
                "contract_differs",
                "do_contract",
                count=len(differences),
                path=differences[0].path,
            )
        else:
            yield fine(area, check, "contract", count=len(part.lines))


def _codes(area: str, part: ContractPart, uses: Uses) -> Line:
    """A code that the mapping sends and the portal has retired would be refused."""
    retired = sorted(
        code for code, line in part.lines.items() if line.startswith("off") and code in uses.codes
    )
    facts = {"part": part.name.removeprefix("catalogue/"), "count": len(part.lines)}
    if retired:
        named = ", ".join(retired[:MOST_NAMED])
        return warned(area, "catalogue", "codes_off", "do_codes", **facts, codes=named)
    return fine(area, "catalogue", "catalogue", **facts)
