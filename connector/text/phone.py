"""A phone number as people write it, checked and brought to E.164. Pure.

``phonenumbers`` reads too kindly: it takes letters for digits (O912… with a letter O passes) and raises on a word after
the number. So the characters are looked at first: NFKC, then only digits and ``+ ( ) . -`` and blanks (rules §7).
Landlines are numbers too: the rule says *số điện thoại* (Quy chế Đ7.2).
"""

import re
import unicodedata
from enum import StrEnum

import phonenumbers

_HOME = "VN"
_USUAL = re.compile(r"[0-9+(). -]+")
_LONGEST = 40  # characters, signs and blanks included
_DIGIT = re.compile(r"\d")


class PhoneProblem(StrEnum):
    """Why a text is no phone number."""

    MISSING = "missing"
    CHARACTERS = "characters"  # a letter, a word, two numbers in one field
    OLD_MOBILE = "old_mobile"  # 11 digits, withdrawn in 2018
    NO_NUMBER = (
        "no_number"  # too short, too long, or a range that is not in use (1022 is a hotline, not a number)
    )


def e164(raw: str | None) -> str | None:
    """``+84912345678`` for what is a valid number, else None. The raw text stays what the sender gave."""
    number = _parsed(_usual(raw))
    return None if number is None else phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def problem(raw: str | None) -> PhoneProblem | None:
    """What is wrong with it; None if it is a valid number."""
    text = _usual(raw)
    if not text:
        return PhoneProblem.MISSING
    if not _USUAL.fullmatch(text):
        return PhoneProblem.CHARACTERS
    if _parsed(text) is not None:
        return None
    digits = "".join(_DIGIT.findall(text)).removeprefix("0084").removeprefix("84").removeprefix("0")
    old = len(digits) == 10 and digits.startswith(("12", "16", "18", "19"))
    return PhoneProblem.OLD_MOBILE if old else PhoneProblem.NO_NUMBER


def _usual(raw: str | None) -> str:
    return unicodedata.normalize("NFKC", raw or "").strip()


def _parsed(text: str) -> phonenumbers.PhoneNumber | None:
    if len(text) > _LONGEST or not _USUAL.fullmatch(text):
        return None
    try:
        number = phonenumbers.parse(text, _HOME)
    except phonenumbers.NumberParseException:
        return None
    return number if phonenumbers.is_valid_number(number) else None
