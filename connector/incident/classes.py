"""The classes of personal data that a case holds (Law 91/2025, rules §5.1), and who its data subject is. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from enum import StrEnum
from hashlib import blake2b
from typing import Any

from connector.rules.visibility import Matter
from connector.text.phone import e164


class DataClass(StrEnum):
    """What a case may hold of people, as a notification names it."""

    NAME = "name"
    PHONE = "phone"
    ADDRESS = "address"
    EMAIL = "email"
    ACCOUNT = "account"
    CONTENT = "content"
    PLACE = "place"
    POINT = "point"
    FILES = "files"
    WORDING = "wording"


SENSITIVE = frozenset({DataClass.POINT})
"""Location from positioning; then the persons are told as well. What photos show nobody here has looked at."""

_MATTER: Mapping[DataClass, frozenset[Matter]] = {
    DataClass.NAME: frozenset({Matter.CONTACT}),
    DataClass.PHONE: frozenset({Matter.CONTACT}),
    DataClass.ADDRESS: frozenset({Matter.CONTACT}),
    DataClass.EMAIL: frozenset({Matter.CONTACT}),
    DataClass.ACCOUNT: frozenset({Matter.CONTACT}),
    DataClass.CONTENT: frozenset({Matter.CONTENT}),
    DataClass.PLACE: frozenset({Matter.AREA}),
    DataClass.POINT: frozenset({Matter.POINT}),
    DataClass.FILES: frozenset({Matter.FILES, Matter.ANSWER}),
    DataClass.WORDING: frozenset({Matter.WORDING, Matter.ANSWER}),
}

Telling = tuple[Mapping[str, Any], Mapping[str, Any]]
"""What one system tells of a case, as it is stored: the case without its sender, and the sender."""


def held(tellings: Iterable[Telling]) -> frozenset[DataClass]:
    """What the systems together tell of one case."""
    return frozenset(one for state, sender in tellings for one in _held(state, sender))


def touched(own: frozenset[DataClass], shown: frozenset[Matter]) -> frozenset[DataClass]:
    """What of it these matters may have shown."""
    return frozenset(one for one in own if _MATTER[one] & shown)


def subject(tellings: Iterable[Telling], secret: bytes) -> bytes | None:
    """A mark of the person (or body) who sent a case, the same for all their cases; None if nobody is named.

    By phone, else e-mail, else name and address. Without ``secret``, which is made for one counting and then forgotten,
    nobody can be guessed from a mark.
    """
    for _, sender in tellings:
        if told := _identity(sender):
            return blake2b(told.encode(), key=secret, digest_size=12).digest()
    return None


def _held(state: Mapping[str, Any], sender: Mapping[str, Any]) -> Iterable[DataClass]:
    header = state.get("header") or {}
    place = header.get("place") or {}
    there = {
        DataClass.NAME: sender.get("name") or sender.get("organisation"),
        DataClass.PHONE: sender.get("phone"),
        DataClass.ADDRESS: sender.get("address"),
        DataClass.EMAIL: sender.get("email"),
        DataClass.ACCOUNT: sender.get("account"),
        DataClass.CONTENT: header.get("title") or header.get("content"),
        DataClass.PLACE: place.get("text"),
        DataClass.POINT: place.get("latitude") or place.get("longitude"),
        DataClass.FILES: state.get("attachments"),
        DataClass.WORDING: header.get("instruction") or any(act.get("text") for act in state.get("acts", ())),
    }
    return (one for one, value in there.items() if value)


def _identity(sender: Mapping[str, Any]) -> str | None:
    if phone := sender.get("phone"):
        return "phone " + (e164(phone) or re.sub(r"\D", "", phone) or _plain(phone))
    if email := sender.get("email"):
        return "email " + _plain(email)
    name = sender.get("name") or sender.get("organisation")
    return f"name {_plain(name)} / {_plain(sender.get('address') or '')}" if name else None


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
