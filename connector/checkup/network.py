"""Name, connection and TLS of one address as lines."""

from datetime import datetime

from connector.checkup.line import Line, failed, fine, refused, unasked, warned
from connector.errors import SettingsError
from connector.transport.probe import Certificate, Reach, reach
from connector.transport.settings import TransportSettings

RENEW_DAYS = 30
"""A certificate that ends sooner is warned of."""


async def lines(area: str, url: str, settings: TransportSettings, now: datetime) -> tuple[Line, ...]:
    """How far an address can be reached."""
    try:
        found = await reach(url, settings)
    except SettingsError as error:
        return (refused(area, "dns", error), unasked(area, "tcp"), unasked(area, "tls"))
    except OSError as error:
        msg = f"a TLS file of transport cannot be used ({error.strerror or type(error).__name__})"
        return (refused(area, "tls", SettingsError(msg)),)
    return told(area, found, now)


def told(area: str, found: Reach, now: datetime) -> tuple[Line, ...]:
    """What was found, as lines. Pure."""
    place = {"host": found.host, "port": found.port}
    if not found.addresses:
        name = failed(area, "dns", "no_name", "do_dns", host=found.host, reason=found.fault)
        return (name, unasked(area, "tcp"), unasked(area, "tls"))
    name = fine(area, "dns", "dns", host=found.host, addresses=", ".join(found.addresses))
    if found.connected_s is None:
        return (
            name,
            failed(area, "tcp", "no_tcp", "do_tcp", **place, reason=found.fault),
            unasked(area, "tls"),
        )
    line = fine(area, "tcp", "tcp", **place, ms=round(found.connected_s * 1000))
    if not found.encrypted:
        return (name, line, fine(area, "tls", "plain", **place))
    return (name, line, _tls(area, found, now))


def _tls(area: str, found: Reach, now: datetime) -> Line:
    if found.distrust is not None:
        own = found.chain[0] if found.chain else None
        return failed(
            area,
            "tls",
            "distrusted",
            "do_tls",
            reason=found.distrust,
            subject=own.subject if own else "–",
            until=_day(own) if own else "–",
        )
    if not found.chain:
        return failed(area, "tls", "no_tls", "do_tls", reason=found.fault)
    # a chain is as good as the first of its links to end
    first = min(found.chain, key=lambda one: one.until)
    facts = {
        "version": found.tls,
        "count": len(found.chain),
        "days": (first.until - now).days,
        "until": _day(first),
        "subject": first.subject,
    }
    if (first.until - now).days < RENEW_DAYS:
        return warned(area, "tls", "tls", "do_renew", **facts)
    return fine(area, "tls", "tls", **facts)


def _day(one: Certificate) -> str:
    return f"{one.until:%d/%m/%Y}"
