"""What must hold, told from the three systems' own records and calls alone; none of it reads the connector's tables."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from connector.case import REGISTER, STATUS_AFTER, ActKind
from connector.ledger.entry import Entry
from connector.system import Operation
from connector.testing import ScriptedSystem
from tests.integration.core_mapping import GOVERNMENT, NATIONAL, SYSTEMS
from tests.state.systems import OddSystem, Portal

OUTWARD = frozenset(
    {
        "accepted",
        "assigned",
        "progress",
        "supplement_requested",
        "answered",
        "refused",
        "transferred",
        "closed",
    }
)
"""Acts of the register that a portal takes."""

INWARD = frozenset({"supplemented", "returned_for_rework", "recalled", "published", "rated"})
"""Acts of a portal that the register takes."""

NEVER_OUT = frozenset({"complaint", "denunciation", "legal_advice"})
RANKS = ("open", "private", "restricted")
ENDS = frozenset({"done", "found", "duplicate"})

Name = tuple[str, str]
"""A case by where it was born: (system, reference there)."""


def name_of(system: str, ref: str, data: Mapping[str, Any]) -> Name:
    """Under which name a record stands for its case."""
    return (data.get("origin_system") or system, data.get("origin_ref") or ref)


def is_secret(data: Mapping[str, Any]) -> bool:
    return data.get("privacy") == "restricted" or any(one["kind"] == "restricted" for one in data["acts"])


def is_private(data: Mapping[str, Any]) -> bool:
    return data.get("privacy") != "open" or any(one["kind"] == "made_private" for one in data["acts"])


@dataclass(kw_only=True)
class Oracle:
    """Watches three systems from outside."""

    systems: Mapping[str, OddSystem]
    portals: Mapping[str, Portal]
    crimes: list[str] = field(default_factory=list)
    _marks: dict[tuple[str, str], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for system in self.systems.values():
            system.judge = self.judge

    # ---- while it runs --------------------------------------------------------------------------------------

    def judge(self, system: ScriptedSystem, operation: Operation) -> None:
        """Note a write that should never have left, by what the register had told and seen confirmed before."""
        if system.name == REGISTER:
            return
        known = system.data(operation.key.ref) if operation.key.ref else None
        name = name_of(system.name, operation.key.ref or "", {**(known or {}), **operation.fields})
        crime = self._crime(system.name, name, operation)
        if crime:
            self.crimes.append(f"{operation.key.operation} of {name} to {system.name}: {crime}")

    def _crime(self, target: str, name: Name, operation: Operation) -> str | None:
        fields = operation.fields
        acts = [fields["act"]] if "act" in fields else fields.get("acts", [])
        told = list(self._confirmed(name))
        if name[0] not in (REGISTER, target):
            return "it was born in the other portal"
        if any(is_secret(data) for data in told):
            return "it is restricted"
        if any(act["kind"] not in OUTWARD for act in acts):
            return "an inner act"
        if fields.get("sender"):
            return "with its sender"
        if name[0] == target:
            return None
        if any(data["nature"] in NEVER_OUT for data in told):
            return "outside the rules of feedback"
        if operation.key.operation in {"create", "update"} and any(is_private(data) for data in told):
            return "it is private"
        return None

    def _confirmed(self, name: Name) -> Iterator[dict[str, Any]]:
        """What the register told of a case before the connector said that it had stored it."""
        register = self.systems[REGISTER]
        ref = self._record(REGISTER, name)
        return (register.told(*one) for one in register.confirmed if one[0] == ref and "e" not in one[1])

    # ---- after each step ------------------------------------------------------------------------------------

    def check(self) -> None:
        """Nothing twice, nothing forbidden, nothing loosened, nothing in the wrong place or in other words."""
        assert not self.crimes, self.crimes
        for name, system in self.systems.items():
            assert not system.doubled, f"{name} took a write twice"
            names = Counter(name_of(name, ref, data) for ref, data in self._all(name))
            assert max(names.values(), default=0) < 2, f"{name} holds a case twice: {names}"
            for ref, data in self._all(name):
                self._check_acts(name, ref, data)
                before, now = self._marks.get((name, ref), 0), RANKS.index(data["privacy"])
                assert now >= before, f"{name}/{ref} became less secret"
                self._marks[(name, ref)] = now

    def _check_acts(self, system: str, ref: str, data: Mapping[str, Any]) -> None:
        case = name_of(system, ref, data)
        sources = [(self.source(system, one), one) for one in data["acts"]]
        times = Counter(source for source, _ in sources)
        assert max(times.values(), default=0) < 2, f"{system}/{ref} holds an act twice: {times}"
        for source, act in sources:
            origin = source.partition(":")[0]
            if origin == system:
                continue
            home = self._record(origin, case)
            true = {one["id"]: one for one in (self._data(origin, home) if home else {"acts": []})["acts"]}
            assert source in true, f"{system}/{ref} holds {source}, which is no act of this case"
            assert (act["kind"], act["text"]) == (true[source]["kind"], true[source]["text"]), source

    # ---- when everything is at rest ---------------------------------------------------------------------------

    def check_agreement(self) -> None:
        """Act by act and field by field, where policy lets them travel."""
        self.check()
        names = {name_of(system, ref, data) for system in SYSTEMS for ref, data in self._all(system)}
        for name in sorted(names):
            home = self._record(REGISTER, name)
            assert home is not None, f"the register lost {name}"
            here = self._data(REGISTER, home)
            portal = name[0] if name[0] != REGISTER else NATIONAL
            ref = self._record(portal, name)
            if ref is None:
                assert not _must_travel(here), f"{portal} never got {name}"
            else:
                self._check_pair(name, here, portal, self._data(portal, ref))

    def _check_pair(self, name: Name, here: dict[str, Any], portal: str, there: dict[str, Any]) -> None:
        if is_secret(here):
            return
        own = [one["id"] for one in here["acts"] if self.source(REGISTER, one).startswith(REGISTER)]
        kinds = {one["id"]: one["kind"] for one in here["acts"]}
        taken = {self.source(portal, one) for one in there["acts"]}
        lost = [one for one in own if kinds[one] in OUTWARD and one not in taken]
        assert not lost or is_recalled(there), f"{portal} never got {lost} of {name}"
        told = {one["id"] for one in there["acts"] if one["kind"] in INWARD}
        lost = sorted(told - self.taken_ids(portal) - set(kinds))
        assert not lost, f"the register never got {lost} of {name}"
        if name[0] == REGISTER and is_private(here):
            assert is_private(there), f"{portal} shows {name}, which became private"
            return
        for one in ("title", "content", "privacy"):
            assert here[one] == there[one], f"{name}: {one} differs"

    def check_ledger(self, entries: Iterable[Entry]) -> None:
        """Each effect is told once as sent and once as done; and nothing is told as done that had no effect."""
        sent: dict[int, set[str]] = defaultdict(set)
        ends: Counter[int] = Counter()
        for entry in entries:
            if entry.delivery_id is not None and entry.kind == "sent":
                sent[entry.delivery_id].add(str(entry.data["key"]))
            elif entry.delivery_id is not None and entry.kind in ENDS:
                ends[entry.delivery_id] += 1
        effects: set[UUID] = {one.key.id for system in self.systems.values() for one in system.effects}
        for key in effects:
            told = [number for number, keys in sent.items() if str(key) in keys]
            assert len(told) == 1, f"a write took effect that the ledger tells {len(told)} times"
            assert ends[told[0]] == 1, f"delivery {told[0]} ended {ends[told[0]]} times"
        for number in ends:
            keys = {UUID(key) for key in sent[number]}
            assert keys & effects, f"delivery {number} is told as done, and nothing took effect"

    # ---- reading the systems ----------------------------------------------------------------------------------

    def taken_ids(self, portal: str) -> set[str]:
        """Ids under which a portal holds what it was sent."""
        return set(self.portals[portal].taken)

    def source(self, system: str, act: Mapping[str, Any]) -> str:
        """The id of an act where it was born."""
        taken = self.portals[system].taken if system in (NATIONAL, GOVERNMENT) else {}
        return taken.get(act["id"], act["id"])

    def _all(self, system: str) -> Iterator[tuple[str, dict[str, Any]]]:
        return ((ref, self._data(system, ref)) for ref in self.systems[system].refs)

    def _data(self, system: str, ref: str) -> dict[str, Any]:
        data = self.systems[system].data(ref)
        assert data is not None
        return data

    def _record(self, system: str, name: Name) -> str | None:
        return next((ref for ref, data in self._all(system) if name_of(system, ref, data) == name), None)


def _must_travel(here: Mapping[str, Any]) -> bool:
    kinds = {one["kind"] for one in here["acts"]}
    stays = here["nature"] != "conduct" or is_private(here) or is_secret(here) or "withdrawn" in kinds
    return not stays and "accepted" in kinds


def is_recalled(there: Mapping[str, Any]) -> bool:
    """The portal took the case back and nothing happened there since: what we did waits for a person's answer."""
    kinds = [ActKind(one["kind"]) for one in sorted(there["acts"], key=lambda one: one["at"])]
    steps = [kind for kind in kinds if kind in STATUS_AFTER]
    return bool(steps) and steps[-1] is ActKind.RECALLED
