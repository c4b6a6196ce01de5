"""Forms on the wire: natural values become the JSON of ``mapi``, with its quirks (contract §2.3, §10.1, §10.9)."""

import json
import unicodedata
from datetime import datetime
from random import Random
from typing import Any

from adapters.national_portal.twin.profile import Profile, picks

_ID_KEYS = frozenset({"PAKNID", "PAKNCHAID", "TRALOIID", "DUNGLUONG", "LANTRALOI", "LANLAMLAI", "SOTEP"})
_NESTED = frozenset({"TEPDINHKEM", "LICHSU"})
_IMPOSSIBLE = "20261332256199"


class Wire:
    """Renders answers. ``profile`` is replaced when a switch is turned; draws come from the seed."""

    def __init__(self, profile: Profile, seed: int) -> None:
        self.profile = profile
        self._random = Random(seed)  # noqa: S311 - repeatable quirks, not secrets

    def answer(
        self, code: int, message: str, rows: list[dict[str, Any]] | None = None, **more: Any
    ) -> dict[str, Any]:
        """The answer object: ``error_code``, ``message``, ``result`` and what else belongs to it."""
        profile = self.profile
        told: dict[str, Any] = {
            "error_code": self._code(code),
            "message": self._message(code, message),
        } | more
        if rows is None:
            return told
        result: Any = [self._row(item) for item in rows]
        if profile.result_shape == "object" and len(result) == 1:
            result = result[0]
        key = "data" if self._chosen(profile.result_key, "result", "data") == "data" else "result"
        told[key] = result
        return told

    def _chosen(self, switch: str | None, *of: str) -> str | None:
        return self._random.choice(of) if switch == "random" else switch

    def _code(self, code: int) -> int | str:
        form = self._chosen(self.profile.error_code_form, "number", "string", "zeros") or "string"
        if form == "number":
            return code
        return "00" if form == "zeros" and code == 0 else str(code)

    def _message(self, code: int, message: str) -> str:
        form = self._chosen(self.profile.message_form, "empty", "capital", "nfd")
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
        profile = self.profile
        if profile.unknown_status is not False and picks(profile.unknown_status, case_id):
            item = item | {"TRANGTHAI": "99"}
        if profile.html_content is not False and "NOIDUNG" in item and picks(profile.html_content, case_id):
            text = f'<p onclick="x()">{item["NOIDUNG"]}</p><script>alert(1)</script>'
            item = item | {"NOIDUNG": text}
        if profile.date_form == "impossible" and picks(profile.impossible_case, case_id):
            item = item | {"NGAYGUI": _IMPOSSIBLE}
        return item

    def _object(self, item: dict[str, Any]) -> dict[str, Any]:
        shaped: dict[str, Any] = {}
        for key, value in item.items():
            form = self._value(key, value)
            if form is not _ABSENT:
                shaped[self._key(key)] = form
        return shaped

    def _key(self, key: str) -> str:
        form = self._chosen(self.profile.key_case, "upper", "lower", "mixed")
        if form == "lower":
            return key.lower()
        return key.capitalize() if form == "mixed" else key

    def _value(self, key: str, value: Any) -> Any:
        if value is None:
            form = self._chosen(self.profile.null_form, "absent", "null", "empty")
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
        form = self._chosen(self.profile.date_form, "plain", "hyphen", "slash")
        if form == "hyphen":
            return value.strftime("%Y%m%d--%H%M%S")
        if form == "slash":
            return value.strftime("%d/%m/%Y %H:%M:%S")
        return value.strftime("%Y%m%d%H%M%S")


_ABSENT = object()


def encode(answer: dict[str, Any]) -> bytes:
    """UTF-8 JSON; Vietnamese stays readable."""
    return json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode()
