"""The canonical case: one form for what the three systems hold.

A :class:`Case` is what **one system** says of one feedback case. Its status is derived from its acts
(:func:`status_of`), never stored by hand. Acts only append. A case may be *partial* (``header is None``): some
systems speak in fragments; :func:`absorb` folds fragments into what is already known.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import TypeAdapter

from connector.canonical import digest

REGISTER = "register"
"""Name of the hub: the province's own register. Every other system is a portal, known by its entry point."""


class Nature(StrEnum):
    """Legal nature of a case (NĐ 20/2008; Quy chế Đ1). Decides whether and where a case may travel."""

    CONDUCT = "conduct"  # hành vi công vụ
    REGULATION = "regulation"  # quy định hành chính
    PROPOSAL = "proposal"  # sáng kiến, đề xuất
    SITE = "site"  # phản ánh hiện trường
    COMPLAINT = "complaint"  # khiếu nại: outside the Quy chế (Đ1.2)
    DENUNCIATION = "denunciation"  # tố cáo: outside, stronger protection of the sender
    LEGAL_ADVICE = "legal_advice"  # hỏi pháp luật: outside


class Channel(StrEnum):
    """How the sender reached us (Quy chế Đ6.1 and the portals)."""

    WEB = "web"
    MOBILE_APP = "mobile_app"
    ZALO = "zalo"
    FACEBOOK = "facebook"
    PHONE = "phone"
    OFFICER = "officer"
    EMAIL = "email"
    POST = "post"
    NATIONAL_PORTAL = "national_portal"
    GOVERNMENT_PORTAL_CITIZEN = "government_portal_citizen"
    GOVERNMENT_PORTAL_BUSINESS = "government_portal_business"
    AGENCY = "agency"


class SenderKind(StrEnum):
    """Who speaks."""

    CITIZEN = "citizen"
    ENTERPRISE = "enterprise"
    STATE_BODY = "state_body"
    ORGANISATION = "organisation"


class Privacy(StrEnum):
    """How widely a case may be seen, weakest first. Only tightens by itself (rules §3.3.6)."""

    OPEN = "open"
    PRIVATE = "private"  # content secret at the sender's wish (Đ7.3)
    RESTRICTED = "restricted"  # secrecy hold or decision: nothing leaves (Đ13.2)

    @property
    def rank(self) -> int:
        """0 for open, 2 for restricted."""
        return list(Privacy).index(self)

    def strictest(self, other: "Privacy") -> "Privacy":
        """The stricter of the two."""
        return max(self, other, key=lambda item: item.rank)


class Status(StrEnum):
    """The vocabulary both portal profiles share (government-portal contract §8.6)."""

    NEW = "NEW"
    ASSIGNED = "ASSIGNED"
    ACCEPTED = "ACCEPTED"
    UNIT_ASSIGNED = "UNIT_ASSIGNED"
    IN_PROGRESS = "IN_PROGRESS"
    SUPPLEMENT_REQUESTED = "SUPPLEMENT_REQUESTED"
    SUPPLEMENTED = "SUPPLEMENTED"
    ANSWERED = "ANSWERED"
    PUBLISHED = "PUBLISHED"
    REWORK = "REWORK"
    REFUSED = "REFUSED"
    RETURNED_VPCP = "RETURNED_VPCP"
    TRANSFERRED = "TRANSFERRED"
    RECALLED = "RECALLED"
    CLOSED = "CLOSED"


class ActKind(StrEnum):
    """One thing that an agency, a sender or a clock did."""

    SUBMITTED = "submitted"
    FORWARDED = "forwarded"
    RECEIVED = "received"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    SUPPLEMENT_REQUESTED = "supplement_requested"
    SUPPLEMENTED = "supplemented"
    LAPSED = "lapsed"
    REASSIGNED = "reassigned"
    TRANSFERRED = "transferred"
    RETURNED = "returned"
    ASSIGNED = "assigned"
    RETURNED_INTERNALLY = "returned_internally"
    COORDINATION_REQUESTED = "coordination_requested"
    COORDINATION_ANSWERED = "coordination_answered"
    PROGRESS = "progress"
    LATE_NOTICE = "late_notice"
    RESULT = "result"
    RESULT_SENT_BACK = "result_sent_back"
    ANSWERED = "answered"
    CLOSED = "closed"
    PUBLISHED = "published"
    UNPUBLISHED = "unpublished"
    RETURNED_FOR_REWORK = "returned_for_rework"
    RECALLED = "recalled"
    RECALL_AGREED = "recall_agreed"
    RECALL_REFUSED = "recall_refused"
    WITHDRAWN = "withdrawn"
    RATED = "rated"
    REMINDED = "reminded"
    DUE_CHANGED = "due_changed"
    PACK_ADOPTED = "pack_adopted"
    DUE_RECOMPUTED = "due_recomputed"
    MADE_PRIVATE = "made_private"
    RESTRICTED = "restricted"
    NOTE = "note"


STATUS_AFTER: Mapping[ActKind, Status] = {
    ActKind.SUBMITTED: Status.NEW,
    ActKind.FORWARDED: Status.ASSIGNED,
    ActKind.RECEIVED: Status.ASSIGNED,
    ActKind.ACCEPTED: Status.ACCEPTED,
    ActKind.REFUSED: Status.REFUSED,
    ActKind.LAPSED: Status.REFUSED,
    ActKind.SUPPLEMENT_REQUESTED: Status.SUPPLEMENT_REQUESTED,
    ActKind.SUPPLEMENTED: Status.SUPPLEMENTED,
    ActKind.TRANSFERRED: Status.TRANSFERRED,
    ActKind.RETURNED: Status.RETURNED_VPCP,
    ActKind.ASSIGNED: Status.UNIT_ASSIGNED,
    ActKind.PROGRESS: Status.IN_PROGRESS,
    ActKind.LATE_NOTICE: Status.IN_PROGRESS,
    ActKind.ANSWERED: Status.ANSWERED,
    ActKind.PUBLISHED: Status.PUBLISHED,
    ActKind.RETURNED_FOR_REWORK: Status.REWORK,
    ActKind.RECALLED: Status.RECALLED,
    ActKind.CLOSED: Status.CLOSED,
}
"""The outward status an act leads to; acts that are not here (notes, ratings, inner steps) change none."""


@dataclass(frozen=True, kw_only=True)
class Sender:
    """Personal data of the sender. Secret on every system (Quy chế Đ7.2)."""

    name: str | None = None
    organisation: str | None = None
    phone: str | None = None
    address: str | None = None
    email: str | None = None
    account: str | None = None
    anonymous: bool = True


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where it happened. Coordinates are WGS-84 decimal degrees kept as the text that came in; sensitive."""

    text: str | None = None
    latitude: str | None = None
    longitude: str | None = None


@dataclass(frozen=True, kw_only=True)
class Attachment:
    """A file of a case.

    ``id`` is stable and unique within the case over all systems: ``<system of birth>:<its id>``. ``role`` is
    ``question``, ``answer`` or ``evidence``. ``locator`` is how the holding system finds the bytes; it may expire
    and is no part of the content hash. ``sha256`` is absent until someone has read the bytes.
    """

    id: str
    role: str
    file_name: str
    media_type: str = "application/octet-stream"
    size: int | None = None
    sha256: str | None = None
    signed: bool = False
    locator: str | None = None


@dataclass(frozen=True, kw_only=True)
class Act:
    """One act. ``id`` is ``<system of birth>:<its id>``, the same in every system that knows the act.

    Attributes:
        at: when it happened, by the clock of the system of birth.
        agency: canonical code of the acting agency, if one acted.
        officer: account id of the official (never a service account for a decision, R09).
        text: reason, request, progress or answer text.
        details: small facts by name: ``reason_code``, ``to_agency``, ``version``, ``publishable`` (``"1"``/``"0"``),
            ``document_number``, ``signer``, ``signer_position``, ``due_at``, ``unit``, ``like``, ``comment`` …
        attachments: ids of the case's attachments that came with the act.
        echo: the transaction id of *our* write that caused it, where the other side repeats it.
    """

    id: str
    kind: ActKind
    at: datetime
    agency: str | None = None
    officer: str | None = None
    text: str | None = None
    details: Mapping[str, str] = field(default_factory=dict)
    attachments: tuple[str, ...] = ()
    echo: str | None = None

    @property
    def birthplace(self) -> str:
        """The system in which the act was born."""
        return self.id.partition(":")[0]


@dataclass(frozen=True, kw_only=True)
class Header:
    """What a case is about, apart from its acts. Owned by the entry system (rules §3.3.7)."""

    title: str
    content: str
    nature: Nature
    channel: Channel
    sender_kind: SenderKind
    sender: Sender
    submitted_at: datetime
    agency: str
    privacy: Privacy = Privacy.OPEN
    field: str | None = None
    field_name: str | None = None
    procedure: str | None = None
    place: Place | None = None
    instruction: str | None = None


@dataclass(frozen=True, kw_only=True)
class Case:
    """What one system says of one case.

    Attributes:
        system: the system that says it.
        ref: that system's id of the case.
        code: our register's case code (``000.00.00.H56-261118-00057``) where the system knows it.
        origin: (system, ref) of birth: where the sender entered it.
        header: None in a fragment.
        acts: in order of time.
        due_at: due instant that the system itself states.
        changed_at: instant of its last change as the system itself states it; tells an old version from a new one.
    """

    system: str
    ref: str
    origin: tuple[str, str]
    code: str | None = None
    header: Header | None = None
    acts: tuple[Act, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    due_at: datetime | None = None
    changed_at: datetime | None = None
    public_code: str | None = None

    @property
    def status(self) -> Status:
        """Derived from the acts."""
        return status_of(self.acts)

    def act(self, act_id: str) -> Act | None:
        """The act with that id, if this side knows it."""
        return next((act for act in self.acts if act.id == act_id), None)

    def attachment(self, attachment_id: str) -> Attachment | None:
        """The attachment with that id, if this side knows it."""
        return next((item for item in self.attachments if item.id == attachment_id), None)


def in_order(acts: Iterable[Act]) -> tuple[Act, ...]:
    """Acts by time; acts of one instant keep the order in which the system listed them."""
    return tuple(sorted(acts, key=lambda act: act.at))


def status_of(acts: Iterable[Act]) -> Status:
    """The status after the last act that changes one; ``NEW`` before any did."""
    status = Status.NEW
    for act in in_order(acts):
        status = STATUS_AFTER.get(act.kind, status)
    return status


def absorb(known: Case | None, seen: Case) -> Case:
    """Fold what a system says now into what it said before. Pure; ``seen`` may be a fragment or a whole case.

    The newer header wins (it is the same system speaking about its own case; a stale reading is known by its
    ``changed_at`` and changes nothing that is known already); acts are united by id, the richer
    telling of an act wins; attachments are united by id, a known hash is never forgotten.
    """
    if known is None:
        return replace(seen, acts=in_order(seen.acts))
    older = bool(seen.changed_at and known.changed_at and seen.changed_at < known.changed_at)
    acts = {act.id: act for act in known.acts}
    for act in seen.acts:
        acts[act.id] = _richer(acts.get(act.id), act)
    files = {item.id: item for item in known.attachments}
    for item in seen.attachments:
        before = files.get(item.id)
        files[item.id] = item if item.sha256 or before is None else replace(item, sha256=before.sha256)
    return replace(
        seen,
        code=seen.code or known.code,
        origin=known.origin if seen.header is None else seen.origin,
        header=known.header if older else seen.header or known.header,
        acts=in_order(acts.values()),
        attachments=tuple(files[key] for key in sorted(files)),
        due_at=known.due_at if older else seen.due_at or known.due_at,
        changed_at=known.changed_at if older else seen.changed_at or known.changed_at,
        public_code=seen.public_code or known.public_code,
    )


def _richer(known: Act | None, seen: Act) -> Act:
    if known is None:
        return seen
    return replace(
        seen,
        text=seen.text or known.text,
        agency=seen.agency or known.agency,
        officer=seen.officer or known.officer,
        details={**known.details, **seen.details},
        attachments=seen.attachments or known.attachments,
        echo=seen.echo or known.echo,
    )


# ---- canonical form -----------------------------------------------------------------------------------------

_CASE: TypeAdapter[Case] = TypeAdapter(Case)


def to_json(case: Case) -> dict[str, Any]:
    """A JSON-ready dict that :func:`from_json` reads back to an equal case."""
    dumped: dict[str, Any] = _CASE.dump_python(case, mode="json")
    return dumped


def from_json(data: Mapping[str, Any]) -> Case:
    """Read what :func:`to_json` wrote."""
    return _CASE.validate_python(data)


def content_hash(case: Case) -> str:
    """SHA-256 over what the case *says*, whatever system says it.

    Stable under key order, Unicode form, time zone, attachment order and expiring locators; blind to the telling system and
    to echoes of our own transaction ids.
    """
    body: dict[str, Any] = _CASE.dump_python(case)
    for name in ("system", "ref", "public_code", "changed_at"):
        body.pop(name)
    body["attachments"] = sorted(
        ({k: v for k, v in item.items() if k != "locator"} for item in body["attachments"]),
        key=lambda i: i["id"],
    )
    body["acts"] = sorted(
        (
            {**{k: v for k, v in act.items() if k != "echo"}, "attachments": sorted(act["attachments"])}
            for act in body["acts"]
        ),
        key=lambda act: (act["at"], act["id"]),
    )
    return digest(body)
