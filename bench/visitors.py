"""People who walk through the console over real HTTP, and what each page took them and the server."""

import asyncio
import itertools
import random
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import httpx
import pyotp

ROLES = ("operator", "auditor", "security_officer", "viewer")
PASSWORD = "mật khẩu đo tốc độ 2026"  # noqa: S105  # of accounts that live as long as the measurement
_SERVER = re.compile(r"(\w+);dur=([\d.]+)")


@dataclass(frozen=True, kw_only=True)
class Known:
    """What addresses are made of: numbers and names that there are."""

    cases: int
    writes: int
    entries: int
    codes: Sequence[str]
    refs: Sequence[str]
    agencies: Sequence[str]
    findings: Sequence[int]
    items: Sequence[int]
    alerts: int
    plans: Sequence[str]


@dataclass(kw_only=True)
class Took:
    """How long the answers of one page took, in seconds: until the person had it, and inside the server."""

    name: str
    seen: list[float] = field(default_factory=list)
    inside: list[float] = field(default_factory=list)
    slowest: str = ""

    def add(self, seen: float, parts: Mapping[str, float], address: str) -> None:
        """One answer; ``parts``: what the server says that it spent on each, and (``app``) on the whole."""
        if not self.seen or seen > max(self.seen):
            told = ", ".join(f"{part} {value * 1000:.0f}" for part, value in parts.items())
            self.slowest = f"{address} ({told} ms)"
        self.seen.append(seen)
        self.inside.append(parts.get("app", seen))


def share(values: Sequence[float], part: float) -> float:
    """The value that this share of all do not pass (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * int(part * 100) // 100) - 1)]


Maker = Callable[[random.Random, Known], dict[str, object]]


def _mark(dice: random.Random) -> str:
    """A place in the list of findings: how grave, since when, and a number."""
    return f"{dice.randrange(1, 5)}-{int((time.time() - dice.random() * 40 * 86400) * 1e6)}-1"


SYSTEMS = ("register", "national_portal", "government_portal")
STATUSES = ("NEW", "ACCEPTED", "IN_PROGRESS", "ANSWERED", "PUBLISHED", "REFUSED", "CLOSED", "RECALLED")
FIELDS = ("thu_tuc_hanh_chinh", "ha_tang_ky_thuat", "moi_truong", "an_toan_thuc_pham")
WORDS = ("moi truong", "ubnd tinh", "da dong", "thuc pham", "So Xay dung", "khong co ai")

CASES: Sequence[Maker] = (
    lambda _d, _k: {},
    lambda d, k: {"before": d.randrange(1, k.cases)},
    lambda d, k: {"after": d.randrange(1, k.cases)},
    lambda d, k: {"q": d.choice(k.codes)},
    lambda d, k: {"q": d.choice(k.codes)[-5:]},
    lambda d, k: {"q": d.choice(k.codes)[:14]},
    lambda d, k: {"q": d.choice(k.refs)},
    lambda d, _k: {"q": d.choice(WORDS)},
    lambda d, k: {"q": d.choice(WORDS), "before": d.randrange(1, k.cases)},
    lambda d, _k: {"status": d.choice(STATUSES)},
    lambda d, k: {"status": d.choice(STATUSES), "before": d.randrange(1, k.cases)},
    lambda d, k: {"agency": d.choice(k.agencies), "status": d.choice(STATUSES)},
    lambda d, k: {"agency": d.choice(k.agencies), "before": d.randrange(1, k.cases)},
    lambda d, k: {"field": d.choice(FIELDS), "agency": d.choice(k.agencies), "system": d.choice(SYSTEMS)},
    lambda d, k: {"system": d.choice(SYSTEMS), "before": d.randrange(1, k.cases)},
    lambda d, _k: {"work": d.choice(("person", "doubt", "waiting", "unsettled", "ended"))},
    lambda d, k: {"work": d.choice(("person", "waiting")), "agency": d.choice(k.agencies)},
    lambda d, _k: {"q": d.choice(WORDS), "work": "waiting", "system": d.choice(SYSTEMS)},
)
DELIVERY_STATES = ("planned", "sent", "in_doubt", "waiting", "quarantined", "done", "cancelled", "dismissed")
DELIVERIES: Sequence[Maker] = (
    lambda _d, _k: {},
    lambda d, k: {"before": d.randrange(1, k.writes)},
    lambda d, _k: {"state": d.choice(DELIVERY_STATES)},
    lambda d, _k: {"state": d.choice(DELIVERY_STATES), "system": d.choice(SYSTEMS)},
    lambda d, k: {"state": d.choice(DELIVERY_STATES), "before": d.randrange(1, k.writes)},
    lambda d, k: {"state": "done", "system": d.choice(SYSTEMS), "before": d.randrange(1, k.writes)},
)
QUARANTINE: Sequence[Maker] = (
    lambda _d, _k: {},
    lambda d, k: {"after": d.choice(k.items)},
    lambda d, k: {"before": d.choice(k.items)},
    lambda d, k: {
        "state": d.choice(("open", "resolved", "dismissed")),
        "system": d.choice(SYSTEMS),
        "after": d.choice(k.items),
    },
)
RUNS: Sequence[Maker] = (
    lambda _d, _k: {},
    lambda d, _k: {"system": d.choice(SYSTEMS), "before": d.randrange(1, 30_000)},
)
FINDINGS: Sequence[Maker] = (
    lambda _d, _k: {},
    lambda d, _k: {"after": _mark(d)},
    lambda d, _k: {"before": _mark(d)},
    lambda d, _k: {"state": "closed", "after": _mark(d)},
    lambda d, _k: {"severity": d.choice(("low", "normal", "high", "critical")), "system": d.choice(SYSTEMS)},
    lambda d, _k: {"kind": "act_missing", "role": d.choice(("operator", "intake", "unit")), "age": "7"},
    lambda d, k: {"case": d.randrange(1, k.cases)},
)
PLANS: Sequence[Maker] = (
    lambda _d, _k: {},
    lambda d, _k: {"state": d.choice(("ready", "done", "stopped")), "before": d.randrange(1, 300)},
)
LOG: Sequence[Maker] = (
    lambda _d, _k: {},
    lambda d, k: {"after": d.randrange(1, k.entries)},
    lambda d, k: {"before": d.randrange(1, k.entries)},
    lambda d, _k: {"kind": d.choice(("observed", "done", "purged", "sender_read", "cancelled", "waiting"))},
    lambda d, k: {"kind": d.choice(("observed", "purged", "conflict")), "before": d.randrange(1, k.entries)},
    lambda d, k: {"case": d.randrange(1, k.cases)},
    lambda d, k: {"case": d.choice(k.codes), "kind": "done"},
)
ALERTS: Sequence[Maker] = (
    lambda _d, _k: {},
    lambda d, k: {"before": d.randrange(1, k.alerts)},
    lambda d, k: {"after": d.randrange(1, k.alerts)},
)


def _over(period: str) -> Maker:
    return lambda _d, _k: {"period": period}


CHARTS: Sequence[Maker] = tuple(_over(period) for period in ("day", "week", "month", "quarter"))
COVERAGE: Sequence[Maker] = (lambda _d, _k: {}, lambda d, _k: {"system": d.choice(SYSTEMS[1:])})
NOTHING: Sequence[Maker] = (lambda _d, _k: {},)

WALKS: dict[str, tuple[Sequence[Maker], frozenset[str]]] = {
    "/overview": (NOTHING, frozenset(ROLES)),
    "/cases": (CASES, frozenset(ROLES)),
    "/cases/{case}": (NOTHING, frozenset(ROLES)),
    "/deliveries": (DELIVERIES, frozenset(ROLES)),
    "/quarantine": (QUARANTINE, frozenset(ROLES)),
    "/doubt": (NOTHING, frozenset(ROLES)),
    "/runs": (RUNS, frozenset(ROLES)),
    "/pauses": (NOTHING, frozenset(ROLES)),
    "/nodes": (NOTHING, frozenset(ROLES)),
    "/alerts": (ALERTS, frozenset(ROLES)),
    "/charts": (CHARTS, frozenset(ROLES)),
    "/reports": (NOTHING, frozenset(ROLES)),
    "/mappings": (NOTHING, frozenset(ROLES)),
    "/mappings/coverage": (COVERAGE, frozenset(ROLES)),
    "/rule-packs": (NOTHING, frozenset(ROLES)),
    "/access-review": (NOTHING, frozenset({"auditor", "security_officer"})),
    "/reconcile": (NOTHING, frozenset(ROLES)),
    "/findings": (FINDINGS, frozenset(ROLES)),
    "/findings/{finding}": (NOTHING, frozenset(ROLES)),
    "/plans": (PLANS, frozenset(ROLES)),
    "/plans/{plan}": (
        (
            lambda _d, _k: {},
            lambda d, _k: {"after": d.randrange(1, 8_000), "state": d.choice(("held", "done"))},
        ),
        frozenset(ROLES),
    ),
    "/log": (LOG, frozenset(ROLES) - {"viewer"}),
    "/log/checkpoints": (
        (lambda _d, _k: {}, lambda d, k: {"before": d.randrange(1, k.entries)}),
        frozenset(ROLES) - {"viewer"},
    ),
    "/contracts": (NOTHING, frozenset(ROLES)),
    "/users": (NOTHING, frozenset({"security_officer"})),
    "/settings": (NOTHING, frozenset({"auditor", "security_officer"})),
    "/account": (NOTHING, frozenset(ROLES)),
    "/retention": (NOTHING, frozenset({"auditor", "security_officer"})),
}
"""Every list and search page: the address, what may stand behind it, and who may open it.

The last one lets the console count in the background, which whoever opens pages alone should not be charged with.
"""


def addresses(role: str, dice: random.Random, known: Known) -> Iterator[tuple[str, str, dict[str, object]]]:
    """(name, path, query), without end: every page in turn, as a page and as JSON, each with another question."""
    turns = {name: itertools.cycle(makers) for name, (makers, roles) in WALKS.items() if role in roles}
    while True:
        names = list(turns)
        dice.shuffle(names)
        for name, prefix in itertools.product(names, ("", "/api")):
            yield prefix + name, prefix + _path(name, dice, known), next(turns[name])(dice, known)


async def walk(
    client: httpx.AsyncClient,
    role: str,
    seed: int,
    known: Known,
    took: dict[str, Took],
    *,
    until: float,
    think: float,
) -> None:
    """Open page after page until then; ``think``: seconds between two, on average."""
    dice = random.Random(seed)  # a walk, no secret
    await asyncio.sleep(dice.random() * think)
    for name, path, query in addresses(role, dice, known):
        if time.monotonic() > until:
            return
        began = time.perf_counter()
        answer = await client.get(path, params=query)  # type: ignore[arg-type]  # numbers become texts
        seen = time.perf_counter() - began
        if answer.status_code != 200:
            msg = f"{answer.url}: {answer.status_code} {answer.text[:500]}"
            raise RuntimeError(msg)
        told = _SERVER.findall(answer.headers.get("server-timing", ""))
        parts = {part: float(value) / 1000 for part, value in told}
        took.setdefault(name, Took(name=name)).add(seen, parts, str(answer.url))
        if think:
            await asyncio.sleep(dice.expovariate(1 / think))


async def alone(
    client: httpx.AsyncClient, role: str, known: Known, repeats: int, meters: Sequence[Callable[[], float]]
) -> dict[str, list[float]]:
    """Open each page so often, one after the other. Returns what each meter says of one answer, in seconds."""
    dice = random.Random(11)  # a walk, no secret
    spent: dict[str, list[float]] = {}
    for name, prefix in itertools.product(
        [name for name, (_, roles) in WALKS.items() if role in roles], ("", "/api")
    ):
        makers = itertools.cycle(WALKS[name][0])
        before = [meter() for meter in meters]
        for _ in range(repeats):
            answer = await client.get(prefix + _path(name, dice, known), params=next(makers)(dice, known))  # type: ignore[arg-type]  # numbers become texts
            answer.raise_for_status()
        spent[prefix + name] = [(meter() - was) / repeats for meter, was in zip(meters, before, strict=True)]
    return spent


def _path(name: str, dice: random.Random, known: Known) -> str:
    return name.format(
        case=dice.choice((dice.randrange(1, known.cases), dice.choice(known.codes))),
        finding=dice.choice(known.findings),
        plan=dice.choice(known.plans),
    )


async def sign_in(client: httpx.AsyncClient, name: str) -> None:
    """Through the door, as everybody."""
    page = await client.get("/login")
    token = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert token is not None
    answer = await client.post("/login", data={"csrf": token.group(1), "name": name, "password": PASSWORD})
    assert answer.status_code == 303, answer.text
    if answer.headers["location"].startswith("/login/enrol"):
        await _enrol(client)


async def _enrol(client: httpx.AsyncClient) -> None:
    """Set up one-time codes, as who may give others rights must."""
    page = await client.get("/login/enrol")
    token = re.search(r'name="csrf" value="([^"]+)"', page.text)
    secret = re.search(r'<code class="secret">([A-Z2-7 ]+)</code>', page.text)
    assert token is not None
    assert secret is not None
    code = pyotp.TOTP(secret.group(1).replace(" ", "")).now()
    answer = await client.post("/login/enrol", data={"csrf": token.group(1), "code": code})
    assert answer.status_code == 303, answer.text
