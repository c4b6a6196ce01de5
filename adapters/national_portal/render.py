"""Operations -> request bodies, pure (national-portal contract §10.6).

What the contract would certainly refuse is refused here, with the field's name, before anything is sent.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from adapters.national_portal.profile import (
    INSERT_OR_UPDATE,
    MOST_FILES,
    MOST_LETTERS,
    MOST_LETTERS_OF_FILE_NAME,
    OPERATIONS,
    PUSH,
    SYSTEM,
    TRANSACTION,
    CodeList,
)
from adapters.national_portal.settings import NationalPortalSettings
from adapters.national_portal.wire import write_date
from connector.errors import Permanent, PrivacyStop
from connector.system import Operation, OutgoingFile

_KEPT_AS_NUMBER = frozenset({"PAKNID", "LANTRALOI"})
_CODED = {
    "TrangThai": CodeList.STATUS,
    "Nguon": CodeList.SOURCE,
    "LoaiPAKN": CodeList.KIND,
    "DoiTuong": CodeList.SUBMITTER,
}
_IDENTITY = ("HoVaTen", "TenToChuc", "SoDienThoai", "DiaChi", "ThuDienTu")
_IDENTITY_SENT = {"none": (), "name_phone": _IDENTITY[:3], "full": _IDENTITY}
_SCOPE_OF_KIND = {"1": "hanh_vi", "2": "quy_dinh", "3": "hien_truong", "4": "sang_kien"}
_FILE_KEYS = ("TepId", "TenTep", "LoaiTep", "DungLuong", "MaBam", "VaiTro", "KySo", "DuongDan")
_ROLES = {"question": "1", "answer": "2", "evidence": "3"}
_ABSOLUTE = re.compile(r"https?://", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Rendered:
    """One operation on its way out.

    Attributes:
        service: our name of the service.
        body: the operation's own fields: at top level, or one element of ``data[]`` if the service takes items.
        lead: fields beside ``data[]`` that all items of one call must share; booleans as Python writes them (§2.3).
    """

    operation: Operation = field(repr=False)
    service: str
    body: Mapping[str, Any] = field(repr=False)
    lead: Mapping[str, str] = field(default_factory=dict)


def render(operation: Operation, settings: NationalPortalSettings) -> Rendered:
    """The body of one operation, without envelope.

    Raises:
        Permanent: unknown operation, a case id that is no number, a text or a list of files that is too long.
        PrivacyStop: a push that the settings forbid.
    """
    spec = OPERATIONS.get(operation.key.operation)
    if spec is None:
        raise _refusal(operation, "operation", "is unknown")
    fields = _with_key(operation, settings)
    if operation.key.operation == PUSH:
        _guard_push(operation, fields, settings)
        fields |= dict.fromkeys(set(_IDENTITY) - set(_IDENTITY_SENT[settings.send_identity]), "")
    fields.pop(INSERT_OR_UPDATE, None)
    body = {name: _value(operation, name, value, settings) for name, value in fields.items()}
    body |= _files(operation, settings, upper=spec.upper)
    names = {name.upper(): wire for name, wire in settings.fields.get(operation.key.operation, {}).items()}
    body = {
        names.get(name.upper(), name.upper() if spec.upper else name): value for name, value in body.items()
    }
    if operation.key.operation == PUSH:
        lead = {INSERT_OR_UPDATE: "True" if is_update(operation) else "False"}
        return Rendered(operation=operation, service=PUSH, body=body, lead=lead)
    return Rendered(operation=operation, service=operation.key.operation, body=body)


def is_update(operation: Operation) -> bool:
    """A push that replaces what the portal holds."""
    return operation.key.operation == PUSH and _is_true(operation.fields.get(INSERT_OR_UPDATE))


def as_insert(operation: Operation) -> Operation:
    """The same push as an insert, for a portal that lost the case (§10.6.9).

    One transaction id must never carry two bodies, so the second body gets its own, derived from the first: the same
    again after a crash.
    """
    key = operation.key
    return Operation(
        key=type(key)(
            id=insert_id(key.id), operation=key.operation, ref=None, code=key.code, natural=key.natural
        ),
        fields={**operation.fields, INSERT_OR_UPDATE: False},
        files=operation.files,
    )


def insert_id(transaction: UUID) -> UUID:
    """The transaction id of :func:`as_insert`."""
    return uuid5(transaction, "insert")


def case_number(ref: str | None) -> int:
    """``PAKNID`` as the JSON integer that the contract wants.

    Raises:
        Permanent: no national id.
    """
    if ref is None or not ref.isascii() or not ref.isdecimal() or int(ref) <= 0:
        msg = "the case has no national id"
        raise Permanent(msg, field="PAKNID")
    return int(ref)


def _with_key(operation: Operation, settings: NationalPortalSettings) -> dict[str, Any]:
    key, fields = operation.key, dict(operation.fields)
    if key.operation == PUSH:
        fields.setdefault("MaPAKNDonVi", key.code)
        if not fields["MaPAKNDonVi"] or fields["MaPAKNDonVi"] != (key.code or fields["MaPAKNDonVi"]):
            raise _refusal(operation, "MaPAKNDonVi", "is missing or differs from the key")
        # the push takes its transaction id beside data[], not in the item (§10.6.9)
        return fields
    fields = {"PAKNID": case_number(key.ref), **fields}
    if key.operation == "ket_qua":
        fields.setdefault("MADONVI", settings.madonvi)
    return {**fields, TRANSACTION: key.id}


def _guard_push(operation: Operation, fields: Mapping[str, Any], settings: NationalPortalSettings) -> None:
    """The last gate before a local case leaves: scope and privacy of the settings (§10.2, §10.6.9)."""
    scope = _SCOPE_OF_KIND.get(str(fields.get("LoaiPAKN")))
    if scope is None or not getattr(settings.push_scope, scope):
        msg = "this kind of case is not pushed to the national portal (push_scope)"
        raise PrivacyStop(msg, field="LoaiPAKN", case=operation.key.code)
    if _is_true(fields.get("BiMat")) and settings.push_private == "never":
        msg = "private cases are not pushed to the national portal (push_private)"
        raise PrivacyStop(msg, field="BiMat", case=operation.key.code)


def _value(operation: Operation, name: str, value: object, settings: NationalPortalSettings) -> Any:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise _refusal(operation, name, "is an instant without a zone")
        return write_date(value, settings.answer_date_form if name == "NGAYTRALOI" else "yyyyMMddHHmmss")
    if isinstance(value, int):
        return value if name in _KEPT_AS_NUMBER else str(value)
    if isinstance(value, UUID):
        return str(value)
    if not isinstance(value, str):
        raise _refusal(operation, name, f"has no wire form ({type(value).__name__})")
    if name in _KEPT_AS_NUMBER and value.isascii() and value.isdecimal():
        return int(value)
    text = unicodedata.normalize("NFC", value)
    if len(text) > MOST_LETTERS.get(name, len(text)):
        raise _refusal(operation, name, f"has {len(text)} letters, more than {MOST_LETTERS[name]}")
    return _wire_code(name, text, settings)


def _wire_code(name: str, text: str, settings: NationalPortalSettings) -> str:
    code_list = _CODED.get(name)
    if code_list is None:
        return text
    entries = settings.codes.get(code_list, {})
    return next((wire for wire, entry in entries.items() if entry.code == text), text)


def _files(operation: Operation, settings: NationalPortalSettings, *, upper: bool) -> dict[str, Any]:
    if not operation.files and operation.key.operation != PUSH:
        return {}
    if len(operation.files) > MOST_FILES:
        raise _refusal(operation, "TepDinhKem", f"holds {len(operation.files)} files, more than {MOST_FILES}")
    rows = [_file(operation, item, settings) for item in operation.files]
    if upper:
        # the answer service fixes the role (2) and takes no VAITRO
        rows = [{key.upper(): value for key, value in row.items() if key != "VaiTro"} for row in rows]
    return {"TepDinhKem": rows}


def _file(operation: Operation, item: OutgoingFile, settings: NationalPortalSettings) -> dict[str, str]:
    attachment = item.attachment
    if len(attachment.file_name) > MOST_LETTERS_OF_FILE_NAME:
        raise _refusal(operation, "TenTep", f"has more than {MOST_LETTERS_OF_FILE_NAME} letters")
    values = (
        attachment.id.removeprefix(f"{SYSTEM}:"),
        unicodedata.normalize("NFC", attachment.file_name),
        attachment.media_type,
        "" if attachment.size is None else str(attachment.size),
        attachment.sha256 or "",
        _ROLES.get(attachment.role, "3"),
        "1" if attachment.signed else "0",
        _address(operation, item, settings),
    )
    return dict(zip(_FILE_KEYS, values, strict=True))


def _address(operation: Operation, item: OutgoingFile, settings: NationalPortalSettings) -> str:
    """Where the portal fetches the file: whole as given, or below ``download_base`` (§2.4)."""
    if not item.uri:
        raise _refusal(operation, "DuongDan", "is missing: the portal takes files by reference only")
    if _ABSOLUTE.match(item.uri):
        return item.uri
    if settings.download_base is None:
        raise _refusal(operation, "DuongDan", "is relative and download_base is not set")
    return f"{settings.download_base}/{item.uri.lstrip('/')}"


def _is_true(value: object) -> bool:
    return value is True or str(value).casefold() in {"true", "1"}


def _refusal(operation: Operation, name: str, why: str) -> Permanent:
    service = operation.key.operation
    return Permanent(f"{service}: {name} {why}", service=service, field=name, key=str(operation.key.id))
