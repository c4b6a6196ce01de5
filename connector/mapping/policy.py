"""Which local case goes up to which portal, and what an outbound copy may hold. Pure; read from ``policy.toml``.

:meth:`Policy.route` (rows in order; ``tests/unit/test_policy.py`` checks each):

====  ==============================================================  ====================  ======================
row   the case, as the register tells it                              goes to               reason
====  ==============================================================  ====================  ======================
R1    has no header                                                   stays                 ``stay.unknown``
R2    was born in a portal                                            stays                 ``stay.born_elsewhere``
R3    came over a portal's channel, though typed in here              stays                 ``stay.portal_channel``
R4    is restricted (secrecy), by mark or by act                      stays                 ``stay.restricted``
R5    is private                                                      stays                 ``stay.private``
R6    is a complaint, denunciation or legal advice (Quy chế Đ1.2)     stays                 ``stay.outside_scope``
R7    was withdrawn by its sender                                     stays                 ``stay.withdrawn``
R8    no route takes its nature and sender                            stays                 ``stay.local``
R9    a route takes it, but its ``after`` act has not happened        stays for now         ``wait.<act>``
R10   a route takes it                                                the route's portal    the route's reason
====  ==============================================================  ====================  ======================

As shipped: conduct, regulation and proposal of citizens, organisations and state bodies → national portal; the same
of enterprises → Government Portal; site reports stay; all only after an official has accepted the case, because only
a person confirms a classification (R09, R16).

:meth:`Policy.gate` (rows in order):

====  ==================================================  =========================================================
row   situation                                           the copy
====  ==================================================  =========================================================
G1    target is the register                              everything
G2    no header                                           ``PrivacyStop``: nothing proves that it may leave
G3    restricted, by mark or by act                       ``PrivacyStop``, also towards its origin
G4    complaint, denunciation, legal advice, not back     ``PrivacyStop``
      to its origin
G5    private, not back to its origin                     ``PrivacyStop``, unless the portal holds the case already
                                                          and the purpose is to tighten or to append an act
G6    private, and passes                                 its answers are not publishable
G7    born in the other portal                            ``PrivacyStop``
G8    anything else                                       passes, cut down as below
====  ==================================================  =========================================================

Cut down: the sender to what ``send_identity`` allows (``none``: nothing; ``name_phone``; ``full``: all but the portal
account), the place to what ``send_place`` allows (``none``; ``coarse``: the text without coordinates; ``point``: all),
and what the table :mod:`connector.rules.visibility` keeps from every peer: notes, and the hash of the receipt. The
officer's account id stays (rules §3.4).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from connector.case import (
    REGISTER,
    Act,
    ActKind,
    Case,
    Channel,
    Header,
    Nature,
    Place,
    Privacy,
    Sender,
    SenderKind,
)
from connector.errors import PrivacyStop
from connector.mapping.files import Document, Source, TomlPath
from connector.mapping.intent import IntentKind
from connector.mapping.trouble import FileTrouble, nearest
from connector.rules.visibility import Audience, privacy_of, shown

NEVER = frozenset({Nature.COMPLAINT, Nature.DENUNCIATION, Nature.LEGAL_ADVICE})
"""Outside the Quy chế (Đ1.2, R04): no setting can send them anywhere but back to where they came from."""

PORTAL_CHANNELS = frozenset(
    {Channel.NATIONAL_PORTAL, Channel.GOVERNMENT_PORTAL_CITIZEN, Channel.GOVERNMENT_PORTAL_BUSINESS}
)
_HELD = frozenset({IntentKind.TIGHTEN, IntentKind.APPEND})
_OWN_REASONS = (
    "stay.unknown",
    "stay.born_elsewhere",
    "stay.portal_channel",
    "stay.restricted",
    "stay.private",
    "stay.outside_scope",
    "stay.withdrawn",
    "stay.local",
)


class Identity(StrEnum):
    """How much of the sender a portal is told."""

    NONE = "none"
    NAME_PHONE = "name_phone"
    FULL = "full"


class PlaceDetail(StrEnum):
    """How much of the place a portal is told."""

    NONE = "none"
    COARSE = "coarse"
    POINT = "point"


@dataclass(frozen=True, kw_only=True)
class Route:
    """Where a case goes: the portal or None, and the key of the reason's text."""

    target: str | None
    reason: str


@dataclass(frozen=True, kw_only=True)
class PortalPolicy:
    """What one portal is told. The defaults are the strictest."""

    send_identity: Identity = Identity.NONE
    send_place: PlaceDetail = PlaceDetail.COARSE


@dataclass(frozen=True, kw_only=True)
class RouteRule:
    """One ``[[route]]``. ``after`` None: at once."""

    target: str
    natures: frozenset[Nature]
    senders: frozenset[SenderKind]
    after: ActKind | None
    reason: str

    def takes(self, header: Header) -> bool:
        """Whether the route is for such a case."""
        return header.nature in self.natures and header.sender_kind in self.senders


@dataclass(frozen=True, kw_only=True)
class Policy:
    """The decisions of ``policy.toml``. ``texts`` holds (Vietnamese, English) by reason key."""

    routes: tuple[RouteRule, ...] = ()
    portals: Mapping[str, PortalPolicy] = field(default_factory=dict)
    texts: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    @classmethod
    def load(cls, path: Path) -> "Policy":
        """Read and check a policy file.

        Raises:
            MappingFileError: with every problem, each as ``path:line: text``.
        """
        trouble = FileTrouble()
        document = Source(path.parent, None, trouble).toml(path.name)
        policy = _Reader(document, trouble).policy() if document else cls()
        trouble.raise_if_any()
        return policy

    def route(self, case: Case) -> Route:
        """Where a case of the register goes. See the table at the top of this module."""
        header = case.header
        if header is None:
            return Route(target=None, reason="stay.unknown")
        stays = _why_it_stays(case, header)
        if stays:
            return Route(target=None, reason=stays)
        rule = next((item for item in self.routes if item.takes(header)), None)
        if rule is None:
            return Route(target=None, reason="stay.local")
        if rule.after is not None and not any(act.kind is rule.after for act in case.acts):
            return Route(target=None, reason=f"wait.{rule.after.value}")
        return Route(target=rule.target, reason=rule.reason)

    def gate(self, case: Case, target: str, purpose: IntentKind | None = None) -> Case:
        """The copy of a case that may go to a system. See the table at the top of this module.

        Args:
            case: the source side's telling.
            target: the system that will get it.
            purpose: ``tighten`` and ``append`` speak of a case that the target holds already: it learns that the case
                became private, and how it ends, but nothing publishable.

        Raises:
            PrivacyStop: this copy must not leave; ``detail["rule"]`` names the row.
        """
        if target == REGISTER:
            return case
        header = case.header
        back_home = case.origin[0] == target
        rule = _why_it_stops(case, header, back_home=back_home, held=purpose in _HELD)
        if rule is not None or header is None:
            msg = f"hồ sơ không được gửi tới {target} (quy tắc {rule}) / the case must not go to {target} (rule {rule})"
            raise PrivacyStop(msg, target=target, rule=rule, ref=case.ref)
        portal = self.portals.get(target, PortalPolicy())
        private = privacy_of(case) is Privacy.PRIVATE
        visible = shown(case, Audience.PEER)
        copy = replace(
            header,
            sender=_sender(header.sender, portal.send_identity),
            place=_place(header.place, portal.send_place),
        )
        acts = tuple(_sealed(act) if private else act for act in visible.acts)
        return replace(visible, header=copy, acts=acts)

    def text(self, reason: str) -> tuple[str, str]:
        """The (Vietnamese, English) text of a reason; the key itself where no text is written."""
        return self.texts.get(reason, (reason, reason))


# ---- decisions ----------------------------------------------------------------------------------------------


def _why_it_stays(case: Case, header: Header) -> str | None:
    if case.origin[0] != REGISTER:
        return "stay.born_elsewhere"
    if header.channel in PORTAL_CHANNELS:
        return "stay.portal_channel"
    if privacy_of(case) is Privacy.RESTRICTED:
        return "stay.restricted"
    if privacy_of(case) is Privacy.PRIVATE:
        return "stay.private"
    if header.nature in NEVER:
        return "stay.outside_scope"
    if any(act.kind is ActKind.WITHDRAWN for act in case.acts):
        return "stay.withdrawn"
    return None


def _why_it_stops(case: Case, header: Header | None, *, back_home: bool, held: bool) -> str | None:
    if header is None:
        return "G2"
    if privacy_of(case) is Privacy.RESTRICTED:
        return "G3"
    if header.nature in NEVER and not back_home:
        return "G4"
    if privacy_of(case) is Privacy.PRIVATE and not back_home and not held:
        return "G5"
    if not back_home and case.origin[0] != REGISTER:
        return "G7"
    return None


def _sender(sender: Sender, allowed: Identity) -> Sender:
    if allowed is Identity.FULL:
        return replace(sender, account=None)
    if allowed is Identity.NAME_PHONE:
        return Sender(
            name=sender.name,
            organisation=sender.organisation,
            phone=sender.phone,
            anonymous=sender.anonymous,
        )
    return Sender()


def _place(place: Place | None, allowed: PlaceDetail) -> Place | None:
    if place is None or allowed is PlaceDetail.POINT:
        return place
    if allowed is PlaceDetail.NONE or place.text is None:
        return None
    return Place(text=place.text)


def _sealed(act: Act) -> Act:
    """An answer of a private case is never publishable, whatever the act says (G6)."""
    if act.kind is not ActKind.ANSWERED:
        return act
    return replace(act, details={**act.details, "publishable": "0"})


# ---- the file -----------------------------------------------------------------------------------------------


class _Reader:
    """Compiles a policy file, noting every problem with its line."""

    def __init__(self, document: Document, trouble: FileTrouble) -> None:
        self.document = document
        self.trouble = trouble

    def policy(self) -> Policy:
        data = self.document.data
        self._known(data, (), ("route", "portal", "texts"))
        routes = [self._route(raw, ("route", number)) for number, raw in enumerate(data.get("route", []))]
        portals = {name: self._portal(raw, ("portal", name)) for name, raw in data.get("portal", {}).items()}
        texts = {key: self._text(raw, ("texts", key)) for key, raw in data.get("texts", {}).items()}
        found = tuple(item for item in routes if item is not None)
        waits = [f"wait.{item.after.value}" for item in found if item.after]
        for key in (*_OWN_REASONS, *waits, *(item.reason for item in found)):
            if key not in texts:
                self._problem(("texts",), f"thiếu lời giải thích / text missing: {key}")
        return Policy(routes=found, portals=portals, texts=texts)

    def _problem(self, path: TomlPath, text: str) -> None:
        self.trouble.add(self.document.where(*path), text)

    def _known(self, raw: Mapping[str, Any], path: TomlPath, keys: tuple[str, ...]) -> None:
        for name in raw:
            if name not in keys:
                near = ", ".join(nearest(str(name), ((key, "") for key in keys), 1))
                self._problem((*path, name), f"khóa lạ / unknown key: {name} ({near}?)")

    def _one(self, enum: type[StrEnum], raw: Any, path: TomlPath) -> Any:
        if raw in list(enum):
            return enum(raw)
        self._problem(path, f"giá trị lạ / unknown value: {raw} ({', '.join(enum)})")
        return None

    def _route(self, raw: Mapping[str, Any], path: TomlPath) -> RouteRule | None:
        self._known(raw, path, ("to", "natures", "senders", "after", "reason"))
        for name in ("to", "natures", "senders", "reason"):
            if name not in raw:
                self._problem(path, f"thiếu / missing: {name}")
                return None
        natures = [self._one(Nature, item, (*path, "natures")) for item in raw["natures"]]
        senders = [self._one(SenderKind, item, (*path, "senders")) for item in raw["senders"]]
        for item in NEVER.intersection(natures):
            self._problem(
                (*path, "natures"),
                f"{item.value} không bao giờ được gửi đi (Quy chế Điều 1 khoản 2) / may never be sent",
            )
        if raw["to"] == REGISTER:
            self._problem((*path, "to"), "to phải là một cổng / must be a portal")
        return RouteRule(
            target=raw["to"],
            natures=frozenset(item for item in natures if item is not None),
            senders=frozenset(item for item in senders if item is not None),
            after=self._one(ActKind, raw["after"], (*path, "after")) if "after" in raw else None,
            reason=raw["reason"],
        )

    def _portal(self, raw: Mapping[str, Any], path: TomlPath) -> PortalPolicy:
        enums: dict[str, type[StrEnum]] = {
            "send_identity": Identity,
            "send_place": PlaceDetail,
        }
        self._known(raw, path, tuple(enums))
        values = {key: self._one(enums[key], raw[key], (*path, key)) for key in enums if key in raw}
        return PortalPolicy(**{key: value for key, value in values.items() if value is not None})

    def _text(self, raw: Any, path: TomlPath) -> tuple[str, str]:
        if not isinstance(raw, Mapping) or set(raw) != {"vi", "en"}:
            self._problem(path, "cần vi và en / needs vi and en")
            return ("", "")
        return (raw["vi"], raw["en"])
