"""Switches of the national portal's own quirks (national-portal contract §10.9), all off by default."""

from dataclasses import dataclass
from typing import Annotated

from adapters.twin_kit.switches import Before, Flag, Integer, Pick, Seconds, Switches, Whole, word

_READABLE = ("number", "string", "zeros", "random")
_UNREADABLE = ("padded", "float", "boolean", "null", "object", "absent")


@dataclass(frozen=True, kw_only=True)
class Profile(Switches):
    """The switches; those of every twin are in ``Switches``.

    Attributes:
        session: the session dies before the call, which then meets it.
        error_code_form: type and form of ``error_code``. ``number`` 0, ``string`` "0", ``zeros`` "00" (successes only)
            and ``random`` (one of those) are known; ``padded`` " 0 ", ``float`` 0.0, ``boolean`` true, ``null``,
            ``object`` and ``absent`` are what no contract has.
        message_form: ``empty``, ``capital``, ``nfd``, ``negative`` ("không thành công" with 0), ``random``.
        result_key: ``data``; key_case: ``lower``, ``mixed``, ``random``; result_shape: ``object`` for one row.
        nested_string: ``TEPDINHKEM`` and ``LICHSU`` as JSON text inside a string.
        number_form: ``string``; null_form: ``absent``, ``null``, ``empty``, ``random``.
        date_form: ``hyphen`` ("20261115--203000"), ``slash`` ("15/11/2026 20:30:00"), ``impossible`` (``NGAYGUI``
            of the cases that the pick ``impossible_case`` means), ``random``.
        answer_date_form: ``slash`` demands ``dd/MM/yyyy`` in ``NGAYTRALOI``.
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
        file_type, file_not_rebased: picks of cases whose files are of another content than their name says, or
            addressed at a host that answers 403 unless the address is re-based.
    """

    session: Before = False
    error_code_form: Annotated[str | None, word(*_READABLE, *_UNREADABLE, null=True)] = None
    message_form: Annotated[str | None, word("empty", "capital", "nfd", "negative", "random", null=True)] = (
        None
    )
    result_key: Annotated[str | None, word("data", "random", null=True)] = None
    key_case: Annotated[str | None, word("lower", "mixed", "random", null=True)] = None
    result_shape: Annotated[str | None, word("object", null=True)] = None
    nested_string: Flag = False
    number_form: Annotated[str | None, word("string", null=True)] = None
    null_form: Annotated[str | None, word("absent", "null", "empty", "random", null=True)] = None
    date_form: Annotated[str | None, word("hyphen", "slash", "impossible", "random", null=True)] = None
    impossible_case: Pick = 7
    answer_date_form: Annotated[str | None, word("slash", null=True)] = None
    session_life_s: Seconds = 600.0
    session_calls: Whole = 0
    session_dies_in_batch: Whole = 0
    exists_code: Integer = 3
    per_item: Flag = True
    list_scope: Annotated[str, word("waiting", "open")] = "waiting"
    transfer_view: Annotated[str, word("status", "forbidden")] = "status"
    supplement_after_acceptance: Flag = False
    idempotent: Flag = True
    unknown_fields: Annotated[str, word("reject", "ignore")] = "reject"
    text_form: Annotated[str, word("nfc", "any")] = "nfc"
    progress_order: Annotated[str, word("any", "own", "off")] = "any"
    allow_png: Flag = False
    magic_check: Flag = True
    allow_loosening: Flag = False
    ignore_window: Flag = False
    file_type: Pick = False
    file_not_rebased: Pick = False
