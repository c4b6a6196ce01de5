"""The switches that every twin has, and how a twin declares its own. All are off by default.

A *share* is ``true`` (always), ``false`` (never) or a number between 0 and 1 (so often, drawn from the seed). A *pick*
is a share below 1, a whole number n (every n-th case id) or a list of case ids. A switch is declared by its type.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Annotated, Any, Final, Self, get_type_hints


class ProfileError(ValueError):
    """A switch is unknown or has a value that it cannot have; the text names it."""


# ---- kinds of switches --------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Kind:
    """How a switch is read.

    Attributes:
        read: gives the value, or raises ``ValueError`` with what it may be.
        mode: the fault strikes a call as a whole, ``before`` or ``after`` the work; ``fail_next`` may order it.
        writes: it strikes only calls with an effect.
    """

    read: Callable[[Any], Any]
    mode: str | None = None
    writes: bool = False


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _share(value: Any) -> bool | float:
    if isinstance(value, bool) or (_number(value) and 0 <= value <= 1):
        return bool(value) if isinstance(value, bool) else float(value)
    msg = "true, false or a share between 0 and 1"
    raise ValueError(msg)


def _pick(value: Any) -> bool | float | list[int]:
    if isinstance(value, bool) or (isinstance(value, int) and value > 0):
        return value
    if isinstance(value, float) and 0 <= value < 1:
        return value
    if isinstance(value, list) and all(type(item) is int for item in value):
        return list(value)
    msg = "true, false, a share below 1, a whole number n (every n-th id) or a list of ids"
    raise ValueError(msg)


def _flag(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    msg = "true or false"
    raise ValueError(msg)


def _whole(value: Any) -> int:
    if type(value) is int and value >= 0:
        return value
    msg = "a whole number, not negative"
    raise ValueError(msg)


def _integer(value: Any) -> int:
    if type(value) is int:
        return value
    msg = "a whole number"
    raise ValueError(msg)


def _seconds(value: Any) -> float:
    if _number(value) and value >= 0:
        return float(value)
    msg = "a number, not negative"
    raise ValueError(msg)


def _signed(value: Any) -> float:
    if _number(value):
        return float(value)
    msg = "a number"
    raise ValueError(msg)


def word(*allowed: str, null: bool = False) -> Kind:
    """One of these words; ``null``: or null."""

    def read(value: Any) -> str | None:
        if (value is None and null) or (isinstance(value, str) and value in allowed):
            return value
        msg = "one of " + ", ".join(allowed)
        raise ValueError(msg)

    return Kind(read=read)


def listed(of: type, *allowed: Any, null: bool = False) -> Kind:
    """A list of texts or numbers, of the allowed ones if there are any; ``null``: or null."""

    def read(value: Any) -> tuple[Any, ...] | None:
        if value is None and null:
            return None
        if isinstance(value, list | tuple) and all(
            type(item) is of and (not allowed or item in allowed) for item in value
        ):
            return tuple(value)
        msg = f"a list of {', '.join(map(str, allowed)) or of.__name__}"
        raise ValueError(msg)

    return Kind(read=read)


Before = Annotated[bool | float, Kind(read=_share, mode="before")]
After = Annotated[bool | float, Kind(read=_share, mode="after")]
AfterWrite = Annotated[bool | float, Kind(read=_share, mode="after", writes=True)]
Share = Annotated[bool | float, Kind(read=_share)]
Pick = Annotated[bool | float | list[int], Kind(read=_pick)]
Flag = Annotated[bool, Kind(read=_flag)]
Integer = Annotated[int, Kind(read=_integer)]
Whole = Annotated[int, Kind(read=_whole)]
Seconds = Annotated[float, Kind(read=_seconds)]
Signed = Annotated[float, Kind(read=_signed)]
Names = Annotated[tuple[str, ...], listed(str)]


# ---- fail_next ----------------------------------------------------------------------------------------------

ANY: Final = "*"


@dataclass(kw_only=True)
class Rule:
    """The next ``times`` calls of ``service`` (``*``: any) fail in ``mode``; ``delay_s`` is waited (null: as usual)."""

    mode: str
    service: str = ANY
    times: int = 1
    delay_s: float | None = None

    @classmethod
    def parse(cls, data: Any, modes: Sequence[str]) -> Self:
        """Read one rule.

        Raises:
            ProfileError: it lacks its mode or says something unknown.
        """
        known = {item.name for item in fields(cls)}
        if not isinstance(data, Mapping) or set(data) - known:
            raise _wrong(name="fail_next", expected="{mode, service, times, delay_s} or a list of those")
        rule = cls(**{"mode": None, **data})
        if rule.mode not in modes:
            raise _wrong(name="fail_next.mode", expected="one of " + ", ".join(modes))
        if not isinstance(rule.service, str) or type(rule.times) is not int or rule.times < 1:
            raise _wrong(name="fail_next", expected="told with a service and a number above 0 in times")
        if rule.delay_s is not None and (not _number(rule.delay_s) or rule.delay_s < 0):
            raise _wrong(name="fail_next.delay_s", expected="a number of seconds")
        return rule


def _wrong(*, name: str, expected: str) -> ProfileError:
    return ProfileError(f"{name} must be {expected}")


# ---- the common profile -------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Switches:
    """Switches of every twin; a twin's own profile adds to them. docs/twins.md tells what each does.

    The order of the faults of a call is their precedence: of several that are drawn for one call, the first strikes.
    """

    # before the work: nothing takes effect
    refuse: Before = False
    drop_before: Before = False
    reset_before: Before = False
    http_500: Before = False
    html_502: Before = False
    http_503: Before = False
    http_504: Before = False
    http_429: Before = False
    busy: Before = False
    business_error: Before = False
    # after the work
    drop_after_commit: AfterWrite = False
    reset_after_commit: AfterWrite = False
    call_twice: After = False
    slow: After = False
    slow_drip: After = False
    trickle: After = False
    truncated_body: After = False
    malformed_body: After = False
    wrong_charset: After = False
    wrong_content_type: After = False
    huge_reply: After = False
    reply_twice: After = False
    # what the faults of a call go by
    lose_first: Annotated[str | None, word("creates", "writes", null=True)] = None
    latency_s: Seconds = 0.0
    latency_median_s: Seconds = 0.0
    latency_sigma: Seconds = 1.0
    refuse_s: Seconds = 2.0
    slow_s: Seconds = 2.0
    drip_s: Seconds = 0.05
    trickle_s: Seconds = 0.5
    huge_bytes: Whole = 64 * 1024 * 1024
    retry_after_s: Whole = 0
    retry_after_form: Annotated[str, word("seconds", "date", "past", "absurd", "random")] = "seconds"
    rate_limit: Whole = 0
    clock_skew_s: Signed = 0.0
    fault_services: Names = ()
    # in lists
    empty_list: Share = False
    omit_rows: Share = False
    duplicate_rows: Share = False
    reorder: Share = False
    shifting_list: Share = False
    # in the content
    new_fields: Share = False
    dropped_fields: Share = False
    dropped_names: Names = ()
    dropped_codes: Names = ()
    key_order: Share = False
    schema_change: Share = False
    stale_read: Pick = False
    html_content: Pick = False
    unknown_status: Pick = False
    unknown_kind: Pick = False
    unknown_event: Pick = False
    file_404: Pick = False
    file_hash: Pick = False
    file_endless: Pick = False
    # credentials: indexes of the passwords that the twin was started with; null: all
    valid_passwords: Annotated[tuple[int, ...] | None, listed(int, null=True)] = None
    fail_next: tuple[Mapping[str, Any], ...] = ()

    @classmethod
    def parse(cls, data: Any) -> Self:
        """Read a JSON object; absent switches are off.

        Raises:
            ProfileError: naming the switches that are unknown, or the one whose value is, and what it may be.
        """
        return cls().changed(data)

    def changed(self, data: Any) -> Self:
        """These switches, some of them turned.

        Raises:
            ProfileError: as ``parse``.
        """
        if not isinstance(data, Mapping):
            msg = "the profile must be a JSON object"
            raise ProfileError(msg)
        known = {item.name for item in fields(self)}
        unknown = sorted(str(name) for name in data if name not in known)
        if unknown:
            msg = f"unknown switches: {', '.join(unknown)}"
            raise ProfileError(msg)
        kinds = _kinds(type(self))
        turned = {name: self._read(name, value, kinds) for name, value in data.items()}
        return replace(self, **turned)

    @classmethod
    def _read(cls, name: str, value: Any, kinds: Mapping[str, Kind]) -> Any:
        if name == "fail_next":
            rules = value if isinstance(value, list | tuple) else [] if value is None else [value]
            return tuple(asdict(Rule.parse(rule, cls.modes())) for rule in rules)
        try:
            return kinds[name].read(value)
        except ValueError as error:
            raise _wrong(name=name, expected=str(error)) from None

    @classmethod
    def modes(cls, when: str | None = None) -> tuple[str, ...]:
        """Names of the faults of a call in order of precedence: all, or those ``before`` or ``after`` the work."""
        kinds = _kinds(cls)
        return tuple(name for name, kind in kinds.items() if kind.mode and when in (None, kind.mode))

    @classmethod
    def writes_only(cls) -> frozenset[str]:
        """Faults that strike only calls with an effect."""
        return frozenset(name for name, kind in _kinds(cls).items() if kind.writes)

    def dump(self) -> dict[str, Any]:
        """All switches as JSON."""
        return asdict(self)


def _kinds(profile: type[Switches]) -> dict[str, Kind]:
    """The kind of every switch but ``fail_next``, in the order of their declaration."""
    hints = get_type_hints(profile, include_extras=True)
    return {
        item.name: hints[item.name].__metadata__[0]
        for item in fields(profile)
        if hasattr(hints[item.name], "__metadata__")
    }
