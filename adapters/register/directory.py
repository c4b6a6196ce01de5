"""Agencies by date: who is active, who succeeds whom, who holds the province role. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

PROVINCE_ROLE = "DAU_MOI_TINH"
"""Role of the province's focal point (Quy chế Đ9.2): dispatches what nobody else claims. Held by date (R06)."""

_ACCOUNT = re.compile(r"[\w.@-]{2,64}", re.ASCII)
_SERVICE = re.compile(
    r"(svc|service|system|he-?thong|connector|phanhoi|sync|bot)([-_.@].*)?", re.ASCII | re.IGNORECASE
)


@dataclass(frozen=True, kw_only=True)
class Span:
    """Days on which something holds; both ends included, None is open."""

    first: date | None = None
    last: date | None = None

    def holds(self, day: date) -> bool:
        """Whether ``day`` lies in the span."""
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)


@dataclass(frozen=True, kw_only=True)
class Agency:
    """One agency: canonical code (QCVN form), name, the days it exists, and who came after."""

    code: str
    name: str
    parent: str | None = None
    span: Span = field(default_factory=Span)
    successor: str | None = None


@dataclass(frozen=True, kw_only=True)
class Directory:
    """What the workflow may ask about agencies, fields and accounts; a snapshot of the tables.

    Attributes:
        agencies: by canonical code.
        aliases: other codes of an agency, each with its days: (alias) → ((span, canonical code), …).
        province_role: ((span, agency code), …) of :data:`PROVINCE_ROLE`.
        fields: (code) → days in scope (R03).
        service_accounts: names of programs; none of them may decide (R09).
    """

    agencies: Mapping[str, Agency]
    aliases: Mapping[str, tuple[tuple[Span, str], ...]] = field(default_factory=dict)
    province_role: tuple[tuple[Span, str], ...] = ()
    fields: Mapping[str, Span] = field(default_factory=dict)
    service_accounts: frozenset[str] = frozenset()

    def canonical(self, code: str, day: date) -> str | None:
        """The canonical code for a code or alias on that day; None if nobody has it."""
        if code in self.agencies:
            return code
        return next((agency for span, agency in self.aliases.get(code, ()) if span.holds(day)), None)

    def active(self, code: str, day: date) -> bool:
        """Whether the agency exists on that day."""
        agency = self.agencies.get(code)
        return agency is not None and agency.span.holds(day)

    def successor(self, code: str, day: date) -> str | None:
        """The agency that stands in for a closed one on that day, through any number of mergers."""
        seen: set[str] = set()
        current = self.agencies.get(code)
        while current is not None and current.successor and current.code not in seen:
            seen.add(current.code)
            if self.active(current.successor, day):
                return current.successor
            current = self.agencies.get(current.successor)
        return None

    def province_holder(self, day: date) -> str | None:
        """Who holds the province role on that day."""
        return next((agency for span, agency in self.province_role if span.holds(day)), None)

    def field_in_scope(self, code: str | None, day: date) -> bool:
        """Whether a field is taken on that day (Đ5); a case without a field is not judged by it."""
        if code is None:
            return True
        span = self.fields.get(code)
        return span is not None and span.holds(day)

    def is_service(self, account: str) -> bool:
        """Whether an account is a program's."""
        return account in self.service_accounts or _SERVICE.fullmatch(account) is not None

    def is_person(self, account: str) -> bool:
        """Whether an account may stand for a named official."""
        return not self.is_service(account) and _ACCOUNT.fullmatch(account) is not None
