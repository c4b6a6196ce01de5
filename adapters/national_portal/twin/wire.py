"""Forms on the wire: natural values become the JSON of ``mapi``, with its quirks (contract §2.3, §10.1, §10.9)."""

import json
import unicodedata
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from adapters.national_portal.twin.profile import Profile
from adapters.twin_kit.faults import Faults

_ID_KEYS = frozenset({"PAKNID", "PAKNCHAID", "TRALOIID", "DUNGLUONG", "LANTRALOI", "LANLAMLAI", "SOTEP"})
_NESTED = frozenset({"TEPDINHKEM", "LICHSU"})
_IMPOSSIBLE = "20261332256199"
_NEW_FIELD = "TRUONGMOI"
_FORMS: Mapping[str, Callable[[int], Any]] = {
    "number": lambda code: code,
    "zeros": lambda code: "00" if code == 0 else str(code),
    "padded": lambda code: f" {code} ",
    "float": float,
    "boolean": lambda code: code == 0,
    "null": lambda _: None,
    "object": lambda code: {"code": code},
}


class Wire:
    """Renders answers by the switches in force."""

    def __init__(self, faults: Faults[Profile]) -> None:
        self._faults = faults

    @property
    def profile(self) -> Profile:
        """The switches in force."""
        return self._faults.profile

    def answer(
        self, code: int, message: str, rows: list[dict[str, Any]] | None = None, **more: Any
    ) -> dict[str, Any]:
        """The answer object: ``error_code``, ``message``, ``result`` and what else belongs to it."""
        told: dict[str, Any] = (
            {} if self.profile.error_code_form == "absent" else {"error_code": self._code(code)}
        )
        told |= {"message": self._message(code, message)} | more
        if rows is not None:
            key = self._chosen("result_key", "result", "data") or "result"
            told[key] = self._result(rows)
        return self._shuffled(told) if self._faults.strikes("key_order") else told

    def _result(self, rows: list[dict[str, Any]]) -> Any:
        result = self._bent([self._row(item) for item in rows])
        if self._faults.strikes("schema_change"):
            return {"phienBan": "2", "danhSach": result}
        if self.profile.result_shape == "object" and len(result) == 1:
            return result[0]
        return result

    def _bent(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Rows with a field more or less than the contract has."""
        if self._faults.strikes("new_fields"):
            rows = [item | {_NEW_FIELD: "trường chưa có trong tài liệu"} for item in rows]
        if self._faults.strikes("dropped_fields"):
            rows = [self._without(item) for item in rows]
        return rows

    def _without(self, item: dict[str, Any]) -> dict[str, Any]:
        """A row without the fields of ``dropped_names``, or without one at random."""
        gone = {name.casefold() for name in self.profile.dropped_names}
        if not gone and item:
            gone = {self._faults.stream("dropped_fields.which").choice(list(item)).casefold()}
        return {key: value for key, value in item.items() if key.casefold() not in gone}

    def _shuffled(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._shuffled(item) for item in value]
        if not isinstance(value, dict):
            return value
        keys = list(value)
        self._faults.stream("key_order.how").shuffle(keys)
        return {key: self._shuffled(value[key]) for key in keys}

    def _chosen(self, switch: str, *of: str) -> str | None:
        """The value of a switch; ``random`` draws one of these."""
        value: str | None = getattr(self.profile, switch)
        return self._faults.stream(switch).choice(of) if value == "random" else value

    def _code(self, code: int) -> Any:
        form = self._chosen("error_code_form", "number", "string", "zeros")
        return _FORMS.get(form or "string", str)(code)

    def _message(self, code: int, message: str) -> str:
        form = self._chosen("message_form", "empty", "capital", "nfd")
        if form == "empty":
            return ""
        if form == "capital":
            return message.replace("thành công", "Thành công")
        if form == "nfd":
            return unicodedata.normalize("NFD", message)
        if form == "negative" and code == 0:
            return message.replace("thành công", "không thành công")
        return message

    def _row(self, item: dict[str, Any]) -> dict[str, Any]:
        case_id = item.get("PAKNID")
        if isinstance(case_id, int):
            item = self._injected(item, case_id)
        return self._object(item)

    def _injected(self, item: dict[str, Any], case_id: int) -> dict[str, Any]:
        picks = self._faults.picks
        changed: dict[str, Any] = {}
        if picks("unknown_status", case_id):
            changed["TRANGTHAI"] = "99"
        if "LOAIPAKN" in item and picks("unknown_kind", case_id):
            changed["LOAIPAKN"] = "99"
        if item.get("LICHSU") and picks("unknown_event", case_id):
            changed["LICHSU"] = [*item["LICHSU"][:-1], item["LICHSU"][-1] | {"HANHDONG": "HANH_DONG_LA"}]
        if "NOIDUNG" in item and picks("html_content", case_id):
            changed["NOIDUNG"] = f'<p onclick="x()">{item["NOIDUNG"]}</p><script>alert(1)</script>'
        if self.profile.date_form == "impossible" and picks("impossible_case", case_id):
            changed["NGAYGUI"] = _IMPOSSIBLE
        return item | changed if changed else item

    def _object(self, item: dict[str, Any]) -> dict[str, Any]:
        shaped: dict[str, Any] = {}
        for key, value in item.items():
            form = self._value(key, value)
            if form is not _ABSENT:
                shaped[self._key(key)] = form
        return shaped

    def _key(self, key: str) -> str:
        form = self._chosen("key_case", "upper", "lower", "mixed")
        if form == "lower":
            return key.lower()
        return key.capitalize() if form == "mixed" else key

    def _value(self, key: str, value: Any) -> Any:
        if value is None:
            form = self._chosen("null_form", "absent", "null", "empty")
            return {"null": None, "empty": ""}.get(form or "absent", _ABSENT)
        if isinstance(value, datetime):
            return self._date(value)
        if isinstance(value, int):
            return str(value) if self.profile.number_form == "string" and key in _ID_KEYS else value
        if isinstance(value, list):
            items = [self._object(entry) if isinstance(entry, dict) else entry for entry in value]
            if self.profile.nested_string and key in _NESTED:
                return json.dumps(items, ensure_ascii=False)
            return items
        return value

    def _date(self, value: datetime) -> str:
        form = self._chosen("date_form", "plain", "hyphen", "slash")
        if form == "hyphen":
            return value.strftime("%Y%m%d--%H%M%S")
        if form == "slash":
            return value.strftime("%d/%m/%Y %H:%M:%S")
        return value.strftime("%Y%m%d%H%M%S")


_ABSENT = object()


def encode(answer: dict[str, Any]) -> bytes:
    """UTF-8 JSON; Vietnamese stays readable."""
    return json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode()
