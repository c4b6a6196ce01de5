"""Who somebody is, by the claims of their token; and what of it the settings let decide about role and agencies. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connector.errors import SsoNoAccount
from connector.sections.console import OidcSettings
from connector.text.keys import accent_free

ALL_AGENCIES = "*"
MOST_NAME = 80
MOST_SESSION = 255


@dataclass(frozen=True, kw_only=True)
class Person:
    """A person whom the provider proved.

    Attributes:
        account: what a new account would be called; empty: no fit name was told.
        role, agencies: what claims decide; None: they decide nothing, administrators do.
        session: the provider's name for this session of theirs, by which it can end it; None: it told none.
        strong: the provider asked for a second factor, by an ``acr`` or ``amr`` that the settings take for one.
    """

    issuer: str
    subject: str
    account: str
    display_name: str
    role: str | None
    agencies: tuple[str, ...] | None
    strong: bool
    session: str | None = None


def person_of(claims: Mapping[str, Any], own: OidcSettings) -> Person:
    """The person of a token that was checked. A claim that the settings do not name decides nothing.

    Raises:
        SsoNoAccount: the claim that decides gives no role, more than one, or no agency; ``detail["why"]``.
    """
    subject = str(claims["sub"])
    acr, amr = claims.get("acr"), set(_texts(claims, "amr"))
    return Person(
        issuer=str(claims["iss"]),
        subject=subject,
        account=accent_free(_text(claims, own.account_claim).partition("@")[0]).lower(),
        display_name=_text(claims, own.person_claim)[:MOST_NAME],
        role=_role(claims, own, subject),
        agencies=_agencies(claims, own, subject),
        strong=(isinstance(acr, str) and acr in own.acr_values) or bool(amr & set(own.amr_values)),
        session=_text(claims, "sid")[:MOST_SESSION] or None,
    )


def no_account(*, why: str, subject: str) -> SsoNoAccount:
    """The error: it tells the person the identifier that an administrator needs."""
    reasons = {
        "unknown": "chưa có tài khoản ở bảng điều hành / there is no account for this person",
        "locked": "tài khoản bị khóa / the account is locked",
        "name": "không lập được tên tài khoản mới / no new account can be named so",
        "role": "chưa được giao vai trò, hoặc hơn một / no role is given, or more than one",
        "agency": "chưa được giao cơ quan / no agency is given",
    }
    shown = subject if len(subject) <= 128 else subject[:128] + "…"
    return SsoNoAccount(f"{reasons[why]}. Định danh / identifier: {shown}", why=why)


def _role(claims: Mapping[str, Any], own: OidcSettings, subject: str) -> str | None:
    if own.role_claim is None:
        return None
    found = {own.roles[one] for one in _texts(claims, own.role_claim) if one in own.roles}
    # an account has one role; two of them would be a choice that nobody made
    if len(found) != 1:
        raise no_account(subject=subject, why="role")
    return found.pop()


def _agencies(claims: Mapping[str, Any], own: OidcSettings, subject: str) -> tuple[str, ...] | None:
    if own.agency_claim is None:
        return None
    found = {own.agencies[one] for one in _texts(claims, own.agency_claim) if one in own.agencies}
    # an empty limit means every agency: nobody gets that by having none
    if not found:
        raise no_account(subject=subject, why="agency")
    return () if ALL_AGENCIES in found else tuple(sorted(found))


def _claim(claims: Mapping[str, Any], name: str) -> Any:
    """A claim by its name; one inside another by a dotted name, as ``realm_access.roles``."""
    if name in claims:
        return claims[name]
    value: Any = claims
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _texts(claims: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = _claim(claims, name)
    many = value if isinstance(value, list) else [value]
    return tuple(one for one in many if isinstance(one, str))


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = _claim(claims, name)
    return " ".join(value.split()) if isinstance(value, str) and value.isprintable() else ""
