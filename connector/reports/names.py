"""Who an agency is on a day, and how people call agencies, fields and channels. Pure.

Agencies merge and end (QĐ on the departments of 2025, the districts on 30/06/2025). A report speaks as of its last
day: what an ended agency still held then is its successor's (R30).
"""

from dataclasses import dataclass
from datetime import date

from connector.case import Channel
from connector.mapping.agencies import Agency, AgencyList
from connector.mapping.codes import CodeList
from connector.texts import CATALOGUE, Lang, say

PROVINCE_ROLE = "dau_moi_tinh"
"""Role of the office that dispatches province-wide and reports to the Chairman (Đ9.2, Đ14.2)."""


@dataclass(frozen=True, kw_only=True)
class Names:
    """The shared lists as of one day."""

    agencies: AgencyList
    fields: CodeList | None
    day: date

    def holder(self, code: str) -> str:
        """The agency that answers for ``code`` on the day: itself, or its successor's successor if it has ended."""
        seen: set[str] = set()
        while code not in seen:
            seen.add(code)
            row = self.agencies.find(code, self.day)
            if row is None:
                return code
            code = row.canonical
            if row.valid_on(self.day) or not row.successor or (row.valid_from or date.min) > self.day:
                return code
            code = row.successor
        return code

    def agency(self, code: str) -> str:
        """Its name on the day; the bare code if the list does not know it."""
        row = self.agencies.find(code, self.day)
        return row.name_vi if row else code or "–"

    def field(self, code: str | None, lang: Lang = "vi") -> str:
        """The field's name; fields have Vietnamese names only, they are terms of the Quy chế."""
        if code is None:
            return say("report.no_field", lang)
        return self._labels.get(code) or code

    @property
    def field_codes(self) -> tuple[str, ...]:
        """The fields that there are."""
        return tuple(self._labels)

    @property
    def _labels(self) -> dict[str, str]:
        rows = self.fields.rows if self.fields else ()
        return {row.canonical: row.label_vi for row in rows if row.canonical}

    def channel(self, channel: Channel, lang: Lang = "vi") -> str:
        """The channel's name."""
        return say(f"channel.{channel}", lang)

    @property
    def reporter(self) -> Agency | None:
        """The office in whose name reports go out on the day (R06: the holder of a role by date)."""
        holders = [
            one for one in self.agencies.agencies if one.role == PROVINCE_ROLE and one.valid_on(self.day)
        ]
        return holders[0] if holders else None

    @property
    def province(self) -> str:
        """The body above it."""
        found = [
            one.name_vi
            for one in self.agencies.agencies
            if one.role == "ubnd_tinh" and one.valid_on(self.day)
        ]
        return found[0] if found else ""


def system_name(system: str, lang: Lang = "vi") -> str:
    """What people call a system; the bare name of one that the catalogue does not know."""
    text = CATALOGUE.get(f"system.{system}")
    return text.say(lang) if text else system
