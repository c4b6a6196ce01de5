"""Faults and quirks, switchable at run time; everything off is a portal that keeps its contract."""

import random
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Final

from adapters.government_portal.twin.codes import FaultCode
from adapters.government_portal.twin.security import FORMS

WIRE_MODES: Final = (
    "http_503",
    "drop_before",
    "drop_after_commit",
    "slow",
    "soap_fault_in_200",
    "malformed_xml",
    "wrong_charset",
)
"""Transport faults: each is a rate in the profile and a mode of ``fail_next``."""

FAULT_MODES: Final[dict[str, FaultCode]] = {
    "busy": FaultCode.BUSY,
    "internal": FaultCode.INTERNAL,
    "downstream": FaultCode.DOWNSTREAM_UNAVAILABLE,
    "auth": FaultCode.FAILED_AUTHENTICATION,
}
"""Further modes of ``fail_next``: the Fault that is answered, without any effect."""


class BadProfile(ValueError):
    """The profile names an unknown switch or gives it a value it cannot have."""


@dataclass(kw_only=True)
class FailNext:
    """The next ``times`` calls of ``operation`` (``*``: any) fail in ``mode``; ``delay_s`` is waited first."""

    mode: str
    operation: str = "*"
    times: int = 1
    delay_s: float = 0.0


@dataclass(kw_only=True)
class Profile:
    """All switches. A rate is a probability from 0 to 1; true is 1.

    Attributes:
        soap_fault_in_200: rate; a BUSY Fault with HTTP 200 and no effect.
        http_503: rate; an HTML page of a gateway, no effect.
        drop_before: rate; the connection ends before anything is done.
        drop_after_commit: rate; the work is done, the connection ends without an answer.
        slow: rate; the answer waits ``slow_s`` seconds after the work is done.
        malformed_xml: rate; the work is done, the answer is cut in half.
        wrong_charset: rate; the answer says UTF-8 and is windows-1258.
        no_timestamp: rate; the answer has no Security/Timestamp.
        duplicate_items: rate; every queue item is listed twice.
        reorder_items: rate; queue items in random order.
        empty_queue: rate; GetPendingItems suddenly says that nothing waits.
        stale_status: rate; GetCaseStatus without the newest row.
        unknown_status: rate; the newest row and CurrentStatus carry a code outside the list.
        unknown_kind: rate; CaseKind and item Kind outside the list.
        unknown_event: rate; the Type of a CaseEvent outside the list.
        extra_elements: rate; an element the schema does not have.
        html_content: rate; markup and script in Content and Text.
        omit_message_id: rate; history without the MessageId of its cause.
        attachment_hash: rate; the bytes of a file differ from its Sha256.
        attachment_404: rate; files are listed and cannot be downloaded.
        clock_skew_s: seconds the portal's clock is ahead.
        auth: accepted authentication forms (``digest``, ``text``, ``basic``, ``token``).
        valid_passwords: indexes of the account's passwords that are valid; null: all. Changing it is a rotation.
        echo_submitted: a case that an agency filed comes back to it as a CASE item.
        supplement_after_acceptance: note (a) of §8.6.
        submitter_required: the four mandatory fields of Submitter also with Channel AGENCY.
        allow_png: png is an allowed file type.
        skip_magic_check: files whose bytes do not fit their type are taken.
        publish_anyway: the portal publishes answers that may not be published (an alarm drill).
        inline_limit: bytes up to which a file travels inside GetItem; larger ones by DownloadAttachment.
        chunk_size: bytes of a chunk of DownloadAttachment.
        max_file_bytes, max_envelope_bytes: size limits.
        fail_next: see :class:`FailNext`.
    """

    soap_fault_in_200: float = 0.0
    http_503: float = 0.0
    drop_before: float = 0.0
    drop_after_commit: float = 0.0
    slow: float = 0.0
    malformed_xml: float = 0.0
    wrong_charset: float = 0.0
    no_timestamp: float = 0.0
    duplicate_items: float = 0.0
    reorder_items: float = 0.0
    empty_queue: float = 0.0
    stale_status: float = 0.0
    unknown_status: float = 0.0
    unknown_kind: float = 0.0
    unknown_event: float = 0.0
    extra_elements: float = 0.0
    html_content: float = 0.0
    omit_message_id: float = 0.0
    attachment_hash: float = 0.0
    attachment_404: float = 0.0
    slow_s: float = 2.0
    clock_skew_s: float = 0.0
    auth: list[str] = field(default_factory=lambda: ["digest"])
    valid_passwords: list[int] | None = None
    echo_submitted: bool = False
    supplement_after_acceptance: bool = False
    submitter_required: bool = False
    allow_png: bool = False
    skip_magic_check: bool = False
    publish_anyway: bool = False
    inline_limit: int = 262_144
    chunk_size: int = 1_048_576
    max_file_bytes: int = 20_971_520
    max_envelope_bytes: int = 10_485_760
    fail_next: list[FailNext] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """All switches with their present values."""
        return asdict(self)


RATES: Final = tuple(
    item.name for item in fields(Profile) if item.type in ("float", float) and not item.name.endswith("_s")
)


def read_profile(data: object) -> Profile:
    """A profile from its JSON; what is not named is off.

    Raises:
        BadProfile: unknown switch, or a value of the wrong type or range.
    """
    if not isinstance(data, Mapping):
        msg = "the profile is no JSON object"
        raise BadProfile(msg)
    defaults = Profile().to_json()
    unknown = sorted(set(data) - set(defaults))
    if unknown:
        msg = f"unknown switches: {', '.join(map(str, unknown))}"
        raise BadProfile(msg)
    return Profile(**{name: _value(name, data[name], defaults[name]) for name in data})


def _value(name: str, value: Any, default: Any) -> Any:
    if name in RATES:
        return _rate(name, value)
    if name == "fail_next":
        return [_fail_next(item) for item in (value if isinstance(value, list) else [value])]
    if name == "auth":
        return _listed(name, value, lambda item: item in FORMS)
    if name == "valid_passwords":
        return None if value is None else _listed(name, value, lambda item: type(item) is int)
    kind = (int, float) if isinstance(default, float) else (type(default),)
    if type(value) not in kind:
        msg = f"{name}: expected {type(default).__name__}"
        raise BadProfile(msg)
    return value


def _rate(name: str, value: Any) -> float:
    if not isinstance(value, bool | int | float) or not 0 <= value <= 1:
        msg = f"{name}: a rate from 0 to 1, true or false"
        raise BadProfile(msg)
    return float(value)


def _listed(name: str, value: Any, fits: Any) -> list[Any]:
    if not isinstance(value, list) or not all(fits(item) for item in value):
        msg = f"{name}: a list of allowed values"
        raise BadProfile(msg)
    return value


def _fail_next(data: Any) -> FailNext:
    try:
        wanted = FailNext(**data)
    except TypeError as error:
        msg = "fail_next: operation, mode, times, delay_s"
        raise BadProfile(msg) from error
    if wanted.mode not in (*WIRE_MODES, *FAULT_MODES):
        msg = "fail_next: unknown mode"
        raise BadProfile(msg)
    if type(wanted.times) is not int or type(wanted.delay_s) not in (int, float) or wanted.delay_s < 0:
        msg = "fail_next: times is an int, delay_s a number of seconds"
        raise BadProfile(msg)
    return wanted


class Faults:
    """Decides, call by call, which faults strike. Deterministic for a seed and an order of calls."""

    def __init__(self, profile: Profile, seed: int) -> None:
        self.profile = profile
        self.random = random.Random(seed)  # noqa: S311 - a fault must be repeatable, not secret

    def strikes(self, name: str) -> bool:
        """Whether the fault with that rate strikes now."""
        rate: float = getattr(self.profile, name)
        return rate > 0 and self.random.random() < rate

    def planned(self, operation: str | None) -> FailNext | None:
        """Take one failure that was ordered for this operation."""
        for item in self.profile.fail_next:
            if item.times > 0 and item.operation in ("*", operation):
                item.times -= 1
                if item.times == 0:
                    self.profile.fail_next.remove(item)
                return item
        return None

    def mode(self, operation: str | None) -> tuple[str | None, float]:
        """The fault of this call and the seconds to wait: an ordered one first, else one by rate."""
        planned = self.planned(operation)
        if planned is not None:
            unsaid = self.profile.slow_s if planned.mode == "slow" else 0.0
            return planned.mode, planned.delay_s or unsaid
        for name in WIRE_MODES:
            if self.strikes(name):
                return name, self.profile.slow_s if name == "slow" else 0.0
        return None, 0.0
