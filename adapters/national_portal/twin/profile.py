"""Quirk and fault switches (national-portal contract §10.9), all off by default, changed at run time.

A *share* is ``true`` (always), ``false`` (never) or a number between 0 and 1 (so often, drawn from the seed).
A *pick* is ``true`` (all cases), ``false`` (none), a number n (every n-th case id) or a list of case ids.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

Share = bool | float
Pick = bool | int | list[int]


class ProfileError(ValueError):
    """A switch is unknown or has a value that it does not know."""


@dataclass(frozen=True, kw_only=True)
class Profile:
    """The switches.

    Attributes:
        error_code_form: ``number`` 0, ``string`` "0", ``zeros`` "00" (successes only), ``random``.
        message_form: ``empty``, ``capital``, ``nfd``, ``negative`` ("không thành công" with 0), ``random``.
        result_key: ``data``; key_case: ``lower``, ``mixed``, ``random``; result_shape: ``object`` for one row.
        nested_string: ``TEPDINHKEM`` and ``LICHSU`` as JSON text inside a string.
        number_form: ``string``; null_form: ``absent``, ``null``, ``empty``, ``random``.
        date_form: ``hyphen`` ("20261115--203000"), ``slash`` ("15/11/2026 20:30:00"), ``impossible`` (``NGAYGUI``
            of the cases that the pick ``impossible_case`` means), ``random``.
        answer_date_form: ``slash`` demands ``dd/MM/yyyy`` in ``NGAYTRALOI``.
        html_content, unknown_status: pick of cases.
        session_life_s: seconds a session lives; session_calls: calls it bears; session_dies_in_batch: so many
            batches of more than one item are cut off by a dead session after half of their items took effect.
        exists_code: ``error_code`` that goes with "đã tồn tại".
        per_item: rows per item in batch answers; list_scope: ``waiting`` or ``open``; transfer_view: what the
            former holder gets, ``status`` or ``forbidden``.
        supplement_after_acceptance: allows a supplement request in status 3.
        idempotent: natural keys and MaGiaoDich are honoured; false takes every repeat as new.
        unknown_fields: ``reject`` or ``ignore`` parameters the contract does not know.
        text_form: ``nfc`` refuses other Unicode forms, ``any`` takes them.
        progress_order: ``any`` compares ThoiDiemXuLy with the newest act of anybody (the contract's words),
            ``own`` with the caller's newest act, ``off`` not at all.
        allow_png, magic_check, allow_loosening: what of files and privacy updates is taken.
        ignore_window: TuNgay/DenNgay change nothing.
        drop_before, drop_after_commit, http_503, html_502, busy, malformed_body, wrong_charset, read_timeout,
            slow_drip: shares of calls; drop_after_commit only hits writes that took effect.
        timeout_s, drip_s, latency_s, retry_after_s: seconds for read_timeout, between dripped pieces, before
            every answer, in Retry-After of a 503.
        fault_services: services the shares apply to (empty: all, ``login`` and ``tep`` included).
        duplicate_rows, reorder, empty_list: of lists; stale_read: pick of cases whose detail lags one act.
        file_404, file_hash, file_type, file_not_rebased: picks of cases whose files are missing, announced with
            another hash, of another content than their name says, or addressed at a host that answers 403 unless
            the address is re-based.
        rate_limit: calls a minute, 0 for no limit.
        fail_next: one or several ``{"service", "mode", "times", "delay_s"}``; see ``faults.py``.
    """

    error_code_form: str | None = None
    message_form: str | None = None
    result_key: str | None = None
    key_case: str | None = None
    result_shape: str | None = None
    nested_string: bool = False
    number_form: str | None = None
    null_form: str | None = None
    date_form: str | None = None
    impossible_case: Pick = 7
    answer_date_form: str | None = None
    html_content: Pick = False
    unknown_status: Pick = False
    session_life_s: float = 600.0
    session_calls: int = 0
    session_dies_in_batch: int = 0
    exists_code: int = 3
    per_item: bool = True
    list_scope: str = "waiting"
    transfer_view: str = "status"
    supplement_after_acceptance: bool = False
    idempotent: bool = True
    unknown_fields: str = "reject"
    text_form: str = "nfc"
    progress_order: str = "any"
    allow_png: bool = False
    magic_check: bool = True
    allow_loosening: bool = False
    ignore_window: bool = False
    drop_before: Share = False
    drop_after_commit: Share = False
    http_503: Share = False
    html_502: Share = False
    busy: Share = False
    malformed_body: Share = False
    wrong_charset: Share = False
    read_timeout: Share = False
    slow_drip: Share = False
    timeout_s: float = 120.0
    drip_s: float = 0.05
    latency_s: float = 0.0
    retry_after_s: int = 0
    fault_services: tuple[str, ...] = ()
    duplicate_rows: bool = False
    reorder: bool = False
    empty_list: bool = False
    stale_read: Pick = False
    file_404: Pick = False
    file_hash: Pick = False
    file_type: Pick = False
    file_not_rebased: Pick = False
    rate_limit: int = 0
    fail_next: tuple[Mapping[str, Any], ...] = ()

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> Self:
        """Read a JSON object; absent switches are off.

        Raises:
            ProfileError: naming the switch, and what it may be.
        """
        known = {item.name for item in fields(cls)}
        values: dict[str, Any] = {}
        for name, value in data.items():
            if name not in known:
                msg = f"unknown switch {name}"
                raise ProfileError(msg)
            values[name] = _value(name, value, getattr(cls, name))
        return cls(**values)

    def dump(self) -> dict[str, Any]:
        """All switches as JSON."""
        return asdict(self)


_WORDS: dict[str, frozenset[str]] = {
    "error_code_form": frozenset({"number", "string", "zeros", "random"}),
    "message_form": frozenset({"empty", "capital", "nfd", "negative", "random"}),
    "result_key": frozenset({"data", "random"}),
    "key_case": frozenset({"lower", "mixed", "random"}),
    "result_shape": frozenset({"object"}),
    "number_form": frozenset({"string"}),
    "null_form": frozenset({"absent", "null", "empty", "random"}),
    "date_form": frozenset({"hyphen", "slash", "impossible", "random"}),
    "answer_date_form": frozenset({"slash"}),
    "list_scope": frozenset({"waiting", "open"}),
    "transfer_view": frozenset({"status", "forbidden"}),
    "unknown_fields": frozenset({"reject", "ignore"}),
    "text_form": frozenset({"nfc", "any"}),
    "progress_order": frozenset({"any", "own", "off"}),
}
_SHARES = frozenset(
    {
        "drop_before",
        "drop_after_commit",
        "http_503",
        "html_502",
        "busy",
        "malformed_body",
        "wrong_charset",
        "read_timeout",
        "slow_drip",
    }
)
_PICKS = frozenset(
    {
        "html_content",
        "impossible_case",
        "unknown_status",
        "stale_read",
        "file_404",
        "file_hash",
        "file_type",
        "file_not_rebased",
    }
)
MODES = frozenset({"drop_after_commit", "drop_before", "http_503", "html_502", "busy", "session", "slow"})


def _wrong(name: str, expected: str) -> ProfileError:
    return ProfileError(f"{name} must be {expected}")


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _share(name: str, value: Any) -> Share:
    if isinstance(value, bool) or (_number(value) and 0 <= value <= 1):
        return bool(value) if isinstance(value, bool) else float(value)
    raise _wrong(name, "true, false or a share between 0 and 1")


def _pick(name: str, value: Any) -> Pick:
    if isinstance(value, bool) or (isinstance(value, int) and value > 0):
        return value
    if isinstance(value, list) and all(isinstance(item, int) for item in value):
        return list(value)
    raise _wrong(name, "true, false, a positive number n (every n-th id) or a list of ids")


def _word(name: str, value: Any, default: Any) -> str | None:
    if (value is None and default is None) or (isinstance(value, str) and value in _WORDS[name]):
        return value
    raise _wrong(name, "one of " + ", ".join(sorted(_WORDS[name])))


def fail_rules(value: Any) -> tuple[Mapping[str, Any], ...]:
    """Check ``fail_next``: one rule or a list.

    Raises:
        ProfileError: a rule lacks its mode or says something unknown.
    """
    if value is None:
        return ()
    rules = []
    for rule in value if isinstance(value, list | tuple) else [value]:
        if not isinstance(rule, Mapping) or set(rule) - {"service", "mode", "times", "delay_s"}:
            raise _wrong(
                name="fail_next", expected='{"service", "mode", "times", "delay_s"} or a list of those'
            )
        if rule.get("mode") not in MODES:
            raise _wrong(name="fail_next.mode", expected="one of " + ", ".join(sorted(MODES)))
        times, delay = rule.get("times", 1), rule.get("delay_s", 1.0 if rule["mode"] == "slow" else 0.0)
        if not isinstance(times, int) or not _number(delay):
            raise _wrong(name="fail_next", expected="told with numbers in times and delay_s")
        rules.append(
            {
                "service": str(rule.get("service", "*")),
                "mode": rule["mode"],
                "times": times,
                "delay_s": float(delay),
            }
        )
    return tuple(rules)


def _services(name: str, value: Any) -> tuple[str, ...]:
    if isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
        return tuple(value)
    raise _wrong(name, "a list of service names")


_SPECIAL: dict[str, Callable[[str, Any], Any]] = {
    "fail_next": lambda _, value: fail_rules(value),
    "fault_services": _services,
}


def _value(name: str, value: Any, default: Any) -> Any:
    if name in _SPECIAL:
        return _SPECIAL[name](name, value)
    if name in _WORDS:
        return _word(name, value, default)
    if name in _SHARES:
        return _share(name, value)
    if name in _PICKS:
        return _pick(name, value)
    if isinstance(default, bool):
        if isinstance(value, bool):
            return value
        raise _wrong(name, "true or false")
    if isinstance(default, int):
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        raise _wrong(name, "a whole number")
    if _number(value) and value >= 0:
        return float(value)
    raise _wrong(name, "a number of seconds")


def picks(pick: Pick, case_id: int) -> bool:
    """True if the switch means this case."""
    if isinstance(pick, bool):
        return pick
    if isinstance(pick, int):
        return case_id % pick == 0
    return case_id in pick
