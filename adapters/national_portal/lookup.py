"""Did an earlier write take effect? Reads only (national-portal contract §10.8.2).

Push: ``TraCuuPAKN`` by our code. Answer: version and text hash. Everything else: the history, by our transaction id;
where the portal does not repeat it, by status and actor. ``ABSENT`` is only said when a second, cheap reading agrees
that the first was not an old copy.
"""

import hashlib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from adapters.national_portal.decode import Vocabulary, decode_item
from adapters.national_portal.gateway import Gateway, Judged
from adapters.national_portal.profile import OPERATIONS, PUSH, RECEIPT_FACTS, OperationSpec
from adapters.national_portal.render import case_number, insert_id
from adapters.national_portal.verdict import Intent, Row
from adapters.national_portal.wire import read_date, read_integer, read_text
from connector.system import Key, Receipt, Sighting, Verdict

_UNKNOWN = Sighting(verdict=Verdict.UNKNOWN)
_ABSENT = Sighting(verdict=Verdict.ABSENT)


@dataclass(frozen=True, kw_only=True)
class _Seen:
    """A detail as evidence: ``hidden`` if the portal will not show us the case (any more)."""

    data: Mapping[str, Any] = field(default_factory=dict, repr=False)
    hidden: bool = False
    missing: bool = False

    @property
    def acts(self) -> Sequence[Mapping[str, Any]]:
        """``LICHSU``, oldest first."""
        acts: Sequence[Mapping[str, Any]] = self.data.get("LICHSU", ())
        return acts


class Lookup:
    """Finds the traces of our writes."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._agency = gateway.settings.madonvi

    async def find(self, key: Key) -> Sighting:
        """The verdict on one earlier write; errors of the seam if the portal cannot be read."""
        spec = OPERATIONS.get(key.operation)
        if spec is None:
            return _UNKNOWN
        if key.operation == PUSH:
            return await self._pushed(key)
        if key.operation == "ket_qua":
            return await self._answered(key, spec)
        return await self._acted(key, spec)

    async def by_code(self, code: str) -> Mapping[str, Any] | None:
        """``TraCuuPAKN`` by our code: its row, or None if there is no such case."""
        return _first(await self._gateway.read("tra_cuu", {"MaPAKNDonVi": code}))

    async def by_ref(self, ref: str) -> Mapping[str, Any] | None:
        """``TraCuuPAKN`` by national id; None if there is none, or none that we may see."""
        judged = await self._gateway.ask("tra_cuu", {"PAKNID": case_number(ref)})
        if judged.row in {Row.ABSENT, Row.NOT_OURS}:
            return None
        if judged.row is not Row.READ_DONE:
            raise self._gateway.error(judged, Intent.READ, "tra_cuu")
        return _first(judged)

    async def _pushed(self, key: Key) -> Sighting:
        if key.code is None:
            return _UNKNOWN
        row = await self.by_code(key.code)
        if row is None:
            return _ABSENT
        if key.ref is None:
            return self._found(key, self._facts(row))
        # an update of a known case: that the case exists proves nothing
        seen = await self._detail(key.ref)
        if _echoed(seen.acts, key):
            return self._found(key, self._facts(row))
        wanted, held = key.natural.get("MABAM"), read_text(row.get("MABAM"))
        if wanted is None or held is None:
            return _UNKNOWN
        return self._found(key, self._facts(row)) if wanted == held else _ABSENT

    async def _answered(self, key: Key, spec: OperationSpec) -> Sighting:
        row = await self.by_ref(key.ref or "")
        wanted, text_hash = read_integer(key.natural.get("LANTRALOI")), key.natural.get("MABAMTRALOI")
        held = read_integer(row.get("LANTRALOI")) if row else None
        held_hash = read_text(row.get("MABAMTRALOI")) if row else None
        if row and held is not None and wanted is not None:
            if held < wanted:
                return _ABSENT
            if held_hash is not None and text_hash is not None:
                return self._same_text(
                    key, self._facts(row), same=held_hash == text_hash, newer=held > wanted
                )
        seen = await self._detail(key.ref)
        if _echoed(seen.acts, key):
            return self._found(key, facts_of(seen.data))
        held = seen.data.get("LANTRALOI")
        if seen.missing or (seen.data and held is None and not self._ours(seen, spec)):
            return _ABSENT
        text = seen.data.get("NOIDUNGTRALOI")
        if text is None or text_hash is None or wanted is None or held is None:
            return _UNKNOWN
        if held < wanted:
            return _ABSENT
        return self._same_text(key, facts_of(seen.data), same=_digest(text) == text_hash, newer=held > wanted)

    def _same_text(self, key: Key, facts: Mapping[str, str], *, same: bool, newer: bool) -> Sighting:
        if same:
            return self._found(key, facts)
        return _UNKNOWN if newer else _ABSENT

    async def _acted(self, key: Key, spec: OperationSpec) -> Sighting:
        seen = await self._detail(key.ref)
        if seen.missing:
            return _ABSENT
        if seen.hidden:
            # after a transfer the former agency may see nothing: that alone proves neither
            return await self._gone(key)
        if _echoed(seen.acts, key):
            return self._found(key, facts_of(seen.data))
        mute = not any(act.get("MAGIAODICH") for act in seen.acts if act.get("MADONVI") == self._agency)
        verdict = self._by_status(seen, key, spec) if mute else Verdict.ABSENT
        if verdict is Verdict.FOUND:
            return self._found(key, facts_of(seen.data))
        if verdict is Verdict.ABSENT and not await self._outdated(key, seen):
            return _ABSENT
        return _UNKNOWN

    def _by_status(self, seen: _Seen, key: Key, spec: OperationSpec) -> Verdict:
        """Evidence of a portal that does not repeat transaction ids: status, actor and kind of act."""
        ours = self._ours(seen, spec)
        if not spec.leads_to:
            return Verdict.UNKNOWN if ours else Verdict.ABSENT
        status = seen.data.get("TRANGTHAI")
        moves = [act for act in seen.acts if act.get("TRANGTHAITRUOC") != act.get("TRANGTHAISAU")]
        if status in spec.leads_to and moves and moves[-1] in ours:
            return Verdict.FOUND
        if key.operation == "tiep_nhan" and ours:
            return Verdict.FOUND
        return Verdict.ABSENT if status in spec.starts_from else Verdict.UNKNOWN

    def _ours(self, seen: _Seen, spec: OperationSpec) -> list[Mapping[str, Any]]:
        return [
            act
            for act in seen.acts
            if act.get("MADONVI") == self._agency and act.get("HANHDONG") in spec.acts
        ]

    async def _gone(self, key: Key) -> Sighting:
        row = await self.by_ref(key.ref or "")
        if row is None:
            return _UNKNOWN
        status = self._status(row)
        if key.operation == "chuyen" and status in OPERATIONS["chuyen"].leads_to:
            return self._found(key, self._facts(row))
        return _UNKNOWN

    async def _outdated(self, key: Key, seen: _Seen) -> bool:
        """True if the short row is newer than the detail, so that the detail's silence proves nothing."""
        row = await self.by_ref(key.ref or "")
        if row is None:
            return False
        try:
            changed = read_date(row.get("NGAYCAPNHAT"))
        except ValueError:
            changed = None
        known = seen.data.get("NGAYCAPNHAT")
        newer = changed is not None and known is not None and changed > known
        return newer or self._status(row) != seen.data.get("TRANGTHAI")

    async def _detail(self, ref: str | None) -> _Seen:
        judged = await self._gateway.ask("chi_tiet", {"PAKNID": case_number(ref)})
        if judged.row is Row.NOT_OURS:
            return _Seen(hidden=True)
        if judged.row is Row.ABSENT:
            return _Seen(missing=True)
        if judged.row is not Row.READ_DONE:
            raise self._gateway.error(judged, Intent.READ, "chi_tiet")
        if not judged.rows:
            return _Seen(missing=True)
        return _Seen(data=decode_item(judged.answer.items[0], "case", self._gateway.words("chi_tiet")).data)

    def _facts(self, row: Mapping[str, Any]) -> dict[str, str]:
        return receipt_facts(row, self._gateway, "tra_cuu")

    def _status(self, row: Mapping[str, Any]) -> str | None:
        return self._facts(row).get("TRANGTHAI")

    def _found(self, key: Key, facts: Mapping[str, str]) -> Sighting:
        ref = key.ref or facts.get("PAKNID")
        if ref is None:
            return _UNKNOWN
        return Sighting(verdict=Verdict.FOUND, receipt=Receipt(ref=ref, duplicate=True, facts=facts))


def receipt_facts(row: Mapping[str, Any], gateway: Gateway, service: str) -> dict[str, str]:
    """Ids and codes of a row that are worth keeping; keys in the profile's spelling."""
    kept = {name: row[name] for name in RECEIPT_FACTS if name in row}
    # the names are the profile's already: only codes are left to translate
    codes = Vocabulary(codes=gateway.words(service).codes)
    return facts_of(decode_item(kept, "row", codes).data)


def facts_of(data: Mapping[str, Any]) -> dict[str, str]:
    """The same of a decoded item."""
    return {name: str(data[name]) for name in RECEIPT_FACTS if name in data}


def _first(judged: Judged) -> Mapping[str, Any] | None:
    return judged.rows[0] if judged.rows else None


def _echoed(acts: Sequence[Mapping[str, Any]], key: Key) -> bool:
    ours = {str(key.id), str(insert_id(key.id))}
    return any(str(act.get("MAGIAODICH", "")).casefold() in ours for act in acts)


def _digest(text: str) -> str:
    return hashlib.sha256(unicodedata.normalize("NFC", text).encode()).hexdigest()
