"""A case's way from one agency to the next, replayed from its acts (rules §3.2, T1–T16). Pure.

Only the register's own acts move a case; what a portal tells is a note, except a supplement, which re-opens the
classification (§3.6). Final is final: what follows the end changes nothing (invariant 3).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from connector.case import REGISTER, Act, ActKind
from connector.reports.measures import Measure


@dataclass(kw_only=True)
class Stay:
    """One agency's custody of a case.

    Attributes:
        came: :attr:`Measure.RECEIVED` or :attr:`Measure.TRANSFERRED_IN`.
        acts: ids of the acts of this stay: with its opening act, without the one that ends it.
        groups: the decisions of Đ11 with their instants.
        ended: the ending, ``passed_on``, or None while the case is here.
        private: the answer went to the sender alone.
    """

    agency: str
    since: datetime
    came: Measure
    acts: set[str] = field(default_factory=set)
    groups: list[tuple[Measure, datetime]] = field(default_factory=list)
    until: datetime | None = None
    ended: Measure | None = None
    private: bool = False

    def decide(self, group: Measure, at: datetime) -> None:
        """Note a group; handing over again after an inner return is no new decision."""
        if not self.groups or self.groups[-1][0] is not group or group is not Measure.GROUP_4:
            self.groups.append((group, at))

    def end(self, how: Measure, at: datetime) -> None:
        """The case leaves this agency, or ends."""
        self.ended, self.until = how, at


_GROUPS = {
    ActKind.REFUSED: Measure.GROUP_1,
    ActKind.SUPPLEMENT_REQUESTED: Measure.GROUP_2,
    ActKind.TRANSFERRED: Measure.GROUP_3,
    ActKind.RETURNED: Measure.GROUP_3,
    ActKind.ACCEPTED: Measure.GROUP_4,
    ActKind.ASSIGNED: Measure.GROUP_4,
}
_ENDINGS = {
    ActKind.REFUSED: Measure.REFUSED,
    ActKind.LAPSED: Measure.LAPSED,
    ActKind.TRANSFERRED: Measure.TRANSFERRED_OUT,
    ActKind.RETURNED: Measure.TRANSFERRED_OUT,
    ActKind.ANSWERED: Measure.ANSWERED,
    ActKind.RECALL_AGREED: Measure.RECALLED,
}


def stays(acts: Iterable[Act]) -> tuple[Stay, ...]:
    """The stays of a case, in order; empty for a case that the register has not received."""
    found: list[Stay] = []
    before: set[str] = set()
    for act in acts:
        last = found[-1] if found else None
        if act.birthplace != REGISTER:
            (last.acts if last else before).add(act.id)
        elif act.kind is ActKind.RECEIVED and last is None:
            agency = act.details.get("agency") or act.agency or ""
            found.append(Stay(agency=agency, since=act.at, came=Measure.RECEIVED, acts={*before, act.id}))
        elif last is not None and last.ended is None:
            _go_on(found, last, act)
    return tuple(found)


def _go_on(found: list[Stay], last: Stay, act: Act) -> None:
    if act.kind is ActKind.REASSIGNED:
        if "from_role" not in act.details:
            last.decide(Measure.GROUP_3, act.at)
        last.end(Measure.PASSED_ON, act.at)
        found.append(
            Stay(agency=act.details["to_agency"], since=act.at, came=Measure.TRANSFERRED_IN, acts={act.id})
        )
        return
    if group := _GROUPS.get(act.kind):
        last.decide(group, act.at)
    ending = _ENDINGS.get(act.kind)
    if ending is None:
        last.acts.add(act.id)
        return
    last.private = act.kind is ActKind.ANSWERED and act.details.get("publishable") == "0"
    last.end(ending, act.at)


def taken_off_at(acts: Iterable[Act]) -> datetime | None:
    """When the case was taken off the system for secrecy (T15), if it was."""
    decisions = (
        act.at
        for act in acts
        if act.kind is ActKind.RESTRICTED
        and act.birthplace == REGISTER
        and act.details.get("decision") == "off_system"
    )
    return next(decisions, None)
