"""What is secret of a case, closed and opened with the case's own two keys. Pure.

The *contact* key closes the sender, the *file* key all the rest (rules §5.1): destroying the one erases a person and
leaves the case file; destroying both takes a case off the system (T15). Values are JSON objects, one for each row, bound
to their row: see the functions ``*_place``.

An act keeps in clear only what its state is derived from and what must outlive both keys: :func:`split`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from connector.sealing import CaseKey, MasterKeys, Wrapped

HIDDEN = "(hạn chế)"
"""Title and content of a case whose file key was destroyed: a reader who requires them still reads the case."""

CASE = ("title", "content", "place", "instruction", "field_name")
"""Members of the case file that are sealed."""

CONTACT = ("name", "organisation", "phone", "address", "email", "account")
"""Members of the sender that are sealed; ``kind`` and ``anonymous`` are not personal."""

CLEAR_DETAILS: frozenset[str] = frozenset(
    {
        "agency",
        "basis",  # of a decision under T15: outlives the keys
        "calendar",
        "calendar_lacks",
        "corrects",
        "decision",
        "due_at",
        "duty",
        "from_role",
        "group",
        "late",
        "new",
        "old",
        "opened_by",
        "pack",
        "private",
        "publishable",
        "reason_code",
        "receipt_sha256",
        "restricted",
        "rule_pack",
        "rule_watch",
        "source",
        "strict",
        "sub_status",
        "suspected",
        "to_agency",
        "to_role",
        "unit",
        "version",
    }
)
"""Details of acts that stay in clear: codes and dates that the state is derived from. Every other detail is sealed."""

_CLEAR_PREFIX = "due."  # due days by duty


class Purpose(StrEnum):
    """Which of a case's keys."""

    CONTACT = "contact"
    FILE = "file"


@dataclass(frozen=True, kw_only=True)
class CaseKeys:
    """The unwrapped keys of one case, for one transaction. A destroyed key is None."""

    case_id: int
    file: CaseKey | None
    contact: CaseKey | None

    def of(self, purpose: Purpose) -> CaseKey | None:
        """The key for a purpose."""
        return self.file if purpose is Purpose.FILE else self.contact


def new_keys(masters: MasterKeys, case_id: int) -> tuple[CaseKeys, dict[Purpose, Wrapped]]:
    """Fresh keys of a case, and their stored forms."""
    made = {purpose: masters.new_key(_owner(case_id, purpose)) for purpose in Purpose}
    keys = CaseKeys(case_id=case_id, file=made[Purpose.FILE][0], contact=made[Purpose.CONTACT][0])
    return keys, {purpose: wrapped for purpose, (_, wrapped) in made.items()}


def unwrapped(masters: MasterKeys, case_id: int, stored: Mapping[str, Mapping[str, str]] | None) -> CaseKeys:
    """The keys of a case from their stored forms by purpose, ``{"file": {"master", "wrapped" in hex}, …}``.

    Raises:
        MasterKeyError: they were wrapped with a master key that is not among these.
        SealBroken: a stored form was changed or belongs to another case.
    """
    found: dict[str, CaseKey | None] = {}
    for purpose in Purpose:
        told = (stored or {}).get(purpose)
        found[purpose.value] = told and masters.unwrap(  # type: ignore[assignment]  # an empty dict is no key
            Wrapped(master=told["master"], blob=bytes.fromhex(told["wrapped"])), _owner(case_id, purpose)
        )
    return CaseKeys(case_id=case_id, **found)


def rewrapped(masters: MasterKeys, case_id: int, purpose: Purpose, wrapped: Wrapped) -> Wrapped:
    """The stored form of a key under the current master key."""
    owner = _owner(case_id, purpose)
    return masters.wrap(masters.unwrap(wrapped, owner), owner)


def _owner(case_id: int, purpose: Purpose) -> str:
    return f"register/{case_id}/{purpose.value}"


# ---- places -------------------------------------------------------------------------------------------------


def case_place(case_id: int) -> str:
    """Of the case file's members."""
    return f"case/{case_id}"


def contact_place(case_id: int) -> str:
    """Of the sender."""
    return f"contact/{case_id}"


def header_place(case_id: int, seq: int, purpose: Purpose) -> str:
    """Of what a header was before the change with that feed number."""
    return f"header/{case_id}/{seq}/{purpose.value}"


def act_place(case_id: int, act_id: str) -> str:
    """Of an act's text and sealed details."""
    return f"act/{case_id}/{act_id}"


def facts_place(case_id: int, attachment_id: str) -> str:
    """Of a file's name."""
    return f"file_facts/{case_id}/{attachment_id}"


def bytes_place(case_id: int, attachment_id: str) -> str:
    """Of a file's exact bytes."""
    return f"file_bytes/{case_id}/{attachment_id}"


def signature_place(case_id: int, attachment_id: str) -> str:
    """Of what was found out about a file's signatures."""
    return f"signature/{case_id}/{attachment_id}"


def evidence_place(case_id: int, sha256: str) -> str:
    """Of exact bytes that came in."""
    return f"evidence/{case_id}/{sha256}"


def public_place(case_id: int, version: int) -> str:
    """Of the public copy of a version of the answer."""
    return f"public/{case_id}/{version}"


# ---- values -------------------------------------------------------------------------------------------------


def close(key: CaseKey | None, place: str, value: Mapping[str, Any]) -> bytes | None:
    """A JSON object, sealed for its place; None if there is nothing to keep.

    Raises:
        ValueError: there is something to keep and the key was destroyed.
    """
    if all(item is None for item in value.values()):
        return None
    if key is None:
        msg = f"{place}: the key was destroyed, nothing may be kept under it"
        raise ValueError(msg)
    return key.seal(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(), place)


def open_(key: CaseKey | None, place: str, sealed: bytes | str | None) -> dict[str, Any] | None:
    """The JSON object that :func:`close` sealed (hex text counts); None if nothing was kept or the key was destroyed.

    Raises:
        SealBroken: it was changed or moved.
    """
    if sealed is None or key is None:
        return None
    blob = bytes.fromhex(sealed) if isinstance(sealed, str) else bytes(sealed)
    value: dict[str, Any] = json.loads(key.open(blob, place))
    return value


def split(details: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """An act's details: those that stay in clear, those to be sealed."""
    clear = {name: value for name, value in details.items() if _stays_clear(name)}
    return clear, {name: value for name, value in details.items() if name not in clear}


def _stays_clear(name: str) -> bool:
    return name in CLEAR_DETAILS or name.startswith(_CLEAR_PREFIX)


def close_act(keys: CaseKeys, act_id: str, text: str | None, secret: Mapping[str, str]) -> bytes | None:
    """Text and sealed details of an act."""
    return close(keys.file, act_place(keys.case_id, act_id), {"text": text, "details": dict(secret) or None})


def open_act(
    keys: CaseKeys, act_id: str, clear: Mapping[str, str], sealed: bytes | str | None
) -> tuple[str | None, dict[str, str]]:
    """Text and all details of an act."""
    kept = open_(keys.file, act_place(keys.case_id, act_id), sealed) or {}
    return kept.get("text"), dict(sorted({**clear, **(kept.get("details") or {})}.items()))


# ---- a row of v_case ----------------------------------------------------------------------------------------


def opened(row: Mapping[str, Any], masters: MasterKeys) -> dict[str, Any]:
    """A row of ``v_case`` with its acts and files as if its columns were clear.

    The column ``sealed`` holds everything that is sealed of the case. A register that has no such column offers
    clear columns, and its rows are given back as they are.
    """
    told = row.get("sealed")
    if told is None:
        return dict(row)
    case_id = int(row["id"])
    keys = unwrapped(masters, case_id, told["keys"])
    return {
        **row,
        **open_case(keys, told["case"]),
        **open_sender(keys, row, told["contact"]),
        "acts": [_opened_act(keys, act, told["acts"] or {}) for act in row["acts"] or ()],
        "attachments": [_opened_file(keys, file, told) for file in row["attachments"] or ()],
    }


def open_case(keys: CaseKeys, sealed: bytes | str | None) -> dict[str, Any]:
    """The case file's members as columns, ``place`` both whole and in parts."""
    kept = open_(keys.file, case_place(keys.case_id), sealed)
    if kept is None:
        kept = {**dict.fromkeys(CASE), "title": HIDDEN, "content": HIDDEN}
    place = kept["place"] or {}
    return kept | {f"place_{name}": place.get(name) for name in ("text", "latitude", "longitude")}


def open_sender(keys: CaseKeys, row: Mapping[str, Any], sealed: bytes | str | None) -> dict[str, Any]:
    """The sender as columns."""
    kept = open_(keys.contact, contact_place(keys.case_id), sealed) or {}
    anonymous = row["sender_anonymous"] or keys.contact is None
    return {f"sender_{name}": kept.get(name) for name in CONTACT} | {"sender_anonymous": anonymous}


def _opened_act(keys: CaseKeys, act: Mapping[str, Any], sealed: Mapping[str, str]) -> dict[str, Any]:
    text, details = open_act(keys, act["id"], act["details"], sealed.get(act["id"]))
    return {**act, "text": text, "details": details}


def _opened_file(keys: CaseKeys, file: Mapping[str, Any], told: Mapping[str, Any]) -> dict[str, Any]:
    name, case_id = file["id"], keys.case_id
    facts = open_(keys.file, facts_place(case_id, name), (told["files"] or {}).get(name))
    found = open_(keys.file, signature_place(case_id, name), (told["signatures"] or {}).get(name))
    shown = {**file, "file_name": facts["file_name"] if facts else f"tep-{name.rpartition(':')[2]}"}
    return shown if found is None else shown | {"signature": found}
