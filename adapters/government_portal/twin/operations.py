"""Every operation of §8.4 behind one door: header rules, idempotency, then the handler (government-portal contract §8.3–8.7)."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from adapters.government_portal.twin.catalogue import Account, Directory
from adapters.government_portal.twin.codes import ReportCode
from adapters.government_portal.twin.deeds import Deeds
from adapters.government_portal.twin.profile import Profile
from adapters.government_portal.twin.shapes import current_status
from adapters.government_portal.twin.state import ZONE, Portal, PortalCase, Refusal, Tree
from adapters.government_portal.twin.uploads import Upload
from adapters.twin_kit.faults import Faults
from adapters.twin_kit.journal import Effects

WRITES: Final = frozenset(
    {"UpdateCaseStatus", "SubmitAnswer", "TransferCase", "SubmitCase", "ConfirmReceived", "UploadAttachment"}
)
"""Operations with an effect: remembered by (From/OrganId, MessageId)."""

_TELLS_STATUS: Final = frozenset({"UpdateCaseStatus", "SubmitAnswer", "TransferCase"})


@dataclass(frozen=True, kw_only=True)
class Call:
    """One request that passed security and schema. ``body`` is decoded: local names, text, dicts, lists."""

    operation: str
    account: Account
    body: Mapping[str, Any]

    @property
    def header(self) -> Mapping[str, Any]:
        """The ExchangeHeader."""
        fields: Mapping[str, Any] = self.body["ExchangeHeader"]
        return fields

    @property
    def organ(self) -> str:
        """From/OrganId."""
        return str(self.header["From"]["OrganId"])

    @property
    def message_id(self) -> str:
        """MessageId in lower case: a UUID is the same UUID in either case."""
        return str(self.header["MessageId"]).lower()

    @property
    def officer(self) -> str | None:
        """StaffInfo/Staff, if the message says who acted."""
        staff = self.header.get("StaffInfo") or {}
        return staff.get("Staff") or None

    @property
    def cause(self) -> dict[str, str]:
        """What a history row repeats of the request that caused it."""
        return {"MessageId": self.message_id} | ({"Staff": self.officer} if self.officer else {})


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What to answer: the response's children and, for the journal, one word on how it went."""

    tree: Tree
    verdict: str
    ref: str | None = None


@dataclass(frozen=True, kw_only=True)
class Done:
    """What a handler gives: what follows the Report, the case, and whether the work had been done before."""

    tail: Tree
    ref: str | None = None
    duplicate: bool = False


Handler = Callable[["Desk", Call], Done]


def report(*, success: bool, duplicate: bool = False, error: Refusal | None = None) -> tuple[str, Tree]:
    """The Report element. A duplicate is a success that also carries the code DUPLICATE (§8.7)."""
    errors: Tree = []
    if error is not None:
        errors.append(("Error", [("Code", error.code), ("Path", error.path), ("Message", error.message)]))
    elif duplicate:
        errors.append(
            ("Error", [("Code", ReportCode.DUPLICATE), ("Message", "Yêu cầu này đã được thực hiện trước đó")])
        )
    return "Report", [("IsSuccess", success), ("Duplicate", duplicate), ("ErrorList", errors or None)]


def instant(text: str, path: str) -> datetime:
    """An xs:dateTime with offset; the schema has checked the form, not the calendar's range."""
    try:
        return datetime.fromisoformat(text).astimezone(ZONE)
    except (ValueError, OverflowError) as error:
        raise Refusal(ReportCode.INVALID_VALUE, path, "Thời điểm không hợp lệ") from error


def is_true(value: object) -> bool:
    """An xs:boolean that the schema has checked."""
    return value in ("true", "1")


class Desk:
    """The service: state, directory and faults, and the memory of what was done."""

    def __init__(
        self,
        portal: Portal,
        directory: Directory,
        faults: Faults[Profile],
        effects: Effects,
        handlers: Mapping[str, Handler],
    ) -> None:
        self.portal = portal
        self.directory = directory
        self.faults = faults
        self.effects = effects
        self.deeds = Deeds(portal, directory)
        self.uploads: dict[str, Upload] = {}
        self._handlers = handlers
        self._memory: dict[tuple[str, str], tuple[str, Done]] = {}

    @property
    def profile(self) -> Profile:
        """The switches in force."""
        return self.faults.profile

    def perform(self, call: Call) -> Outcome:
        """Run one call to its end: an answer with its Report, whatever the business says."""
        try:
            self._check_header(call)
            done = (
                self._once(call) if call.operation in WRITES else self._handlers[call.operation](self, call)
            )
        except Refusal as refusal:
            return _refused(call, refusal)
        tree = [report(success=True, duplicate=done.duplicate), *done.tail]
        return Outcome(tree=tree, verdict="duplicate" if done.duplicate else "ok", ref=done.ref)

    def case(self, call: Call) -> PortalCase:
        """The case a CaseRef names, if the account may touch it."""
        ref = call.body["CaseRef"] or {}
        portal_id, own_code = ref.get("PortalCaseId"), ref.get("AgencyCaseId")
        if not portal_id and not own_code:
            raise Refusal(ReportCode.REQUIRED, "CaseRef", "Cần PortalCaseId hoặc AgencyCaseId")
        case = self.portal.cases.get(portal_id or self.portal.by_own_code.get(own_code or "", ""))
        if case is None:
            raise Refusal(ReportCode.UNKNOWN_CASE, "CaseRef", "Không tìm thấy phản ánh, kiến nghị")
        if portal_id and own_code and case.own_code not in (None, own_code):
            raise Refusal(
                ReportCode.INVALID_VALUE, "CaseRef/AgencyCaseId", "Hai mã không thuộc cùng một phản ánh"
            )
        if not call.account.owns(case.organ):
            raise Refusal(ReportCode.NOT_AUTHORIZED_FOR_CASE, "CaseRef", "Phản ánh thuộc cơ quan khác")
        return case

    def learn_code(self, call: Call, case: PortalCase) -> None:
        """Keep the agency's own code of a portal-born case, told with its first write."""
        own_code = (call.body["CaseRef"] or {}).get("AgencyCaseId")
        if own_code and case.own_code is None and own_code not in self.portal.by_own_code:
            case.own_code = own_code
            self.portal.by_own_code[own_code] = case.id

    def _check_header(self, call: Call) -> None:
        if not call.account.owns(call.organ):
            raise Refusal(
                ReportCode.SENDER_MISMATCH, "ExchangeHeader/From/OrganId", "Tài khoản không thuộc cơ quan gửi"
            )
        for name in ("From", "To"):
            if not self.directory.knows(str(call.header[name]["OrganId"])):
                raise Refusal(
                    ReportCode.UNKNOWN_ORGAN, f"ExchangeHeader/{name}/OrganId", "Không có cơ quan này"
                )
        trace = call.header.get("TraceHeaderList") or {}
        hops = [str(hop["OrganId"]) for hop in trace.get("TraceHeader", [])]
        if any(self.directory.is_office(hop) for hop in hops):
            raise Refusal(ReportCode.INVALID_VALUE, "ExchangeHeader/TraceHeaderList", "Thông điệp quay vòng")

    def _once(self, call: Call) -> Done:
        """Same id and same body: the first answer again, marked Duplicate; same id and other body: refused."""
        key = (call.organ, call.message_id)
        digest = _digest(call)
        known = self._memory.get(key)
        if known is not None:
            if known[0] != digest:
                raise Refusal(
                    ReportCode.INVALID_VALUE,
                    "ExchangeHeader/MessageId",
                    "MessageId đã dùng cho nội dung khác",
                )
            return Done(tail=known[1].tail, ref=known[1].ref, duplicate=True)
        done = self._handlers[call.operation](self, call)
        self._memory[key] = (digest, done)
        return done


def _digest(call: Call) -> str:
    """Of what is asked, without the header: a resend may carry a new CreatedAt."""
    payload = {name: value for name, value in call.body.items() if name != "ExchangeHeader"}
    return hashlib.sha256(json.dumps([call.operation, payload], sort_keys=True).encode()).hexdigest()


def _refused(call: Call, refusal: Refusal) -> Outcome:
    tree: Tree = [report(success=False, error=refusal)]
    if refusal.case is not None and call.operation in _TELLS_STATUS:
        tree.append(("CurrentStatus", current_status(refusal.case)))
    return Outcome(tree=tree, verdict=f"report:{refusal.code}", ref=refusal.case.id if refusal.case else None)
