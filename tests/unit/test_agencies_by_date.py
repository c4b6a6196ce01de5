"""R19, R06: the connector's and the register's agency lists agree on who exists when, and who came after."""

from datetime import date

import pytest

from adapters.register.catalogue_file import read_agencies
from adapters.register.directory import Agency, Directory, Span
from connector.app import shipped
from connector.mapping import MappingSet
from connector.mapping.agencies import Agency as Row
from connector.mapping.agencies import AgencyList, AgencySide, Level
from connector.mapping.trouble import Where

SHIPPED = shipped("mappings")
DISTRICT, COMMUNE = "000.00.40.H56", "000.01.50.H56"
LAST, FIRST = date(2025, 6, 30), date(2025, 7, 1)


def directory() -> Directory:
    agencies, _ = read_agencies(SHIPPED / "agencies.csv")
    return Directory(
        agencies={
            item.code: Agency(
                code=item.code,
                name=item.name,
                span=Span(first=item.valid_from, last=item.valid_to),
                successor=item.successor,
            )
            for item in agencies
        }
    )


@pytest.mark.parametrize("day", [LAST, FIRST, date(2025, 2, 28), date(2025, 3, 1), date(2026, 11, 23)])
def test_R19_both_lists_agree_on_every_agency_of_the_province(day):
    here, there = directory(), MappingSet.load(SHIPPED).agencies
    own = [row for row in there.agencies if row.side is AgencySide.OWN]
    assert {row.canonical for row in own} == set(here.agencies)
    for row in own:
        assert here.active(row.canonical, day) is row.valid_on(day), row.canonical
        heir = there.successor(row, day)
        assert here.successor(row.canonical, day) == (heir.canonical if heir else None), row.canonical


def test_R19_districts_end_on_30_june_2025_and_their_commune_stands_in():
    here = directory()
    assert here.active(DISTRICT, LAST)
    assert not here.active(DISTRICT, FIRST)
    assert here.successor(DISTRICT, FIRST) == COMMUNE


def test_R19_a_successor_is_found_through_two_mergers():
    def row(code: str, last: date | None, successor: str | None) -> Row:
        where = Where(file="mau.csv")
        return Row(
            canonical=code,
            name_vi=code,
            level=Level.DEPARTMENT,
            valid_to=last,
            successor=successor,
            where=where,
        )

    old = row("A", date(2024, 12, 31), "B")
    agencies = AgencyList([old, row("B", date(2025, 2, 28), "C"), row("C", None, None)])
    assert agencies.successor(old, date(2025, 1, 1)).canonical == "B"
    assert agencies.successor(old, date(2025, 3, 1)).canonical == "C"
