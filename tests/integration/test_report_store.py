"""From the store to the report: what is counted, what is read for it, and what the ledger keeps."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from connector.case import ActKind, Attachment
from connector.errors import NotFoundError, PrivacyStop, SecrecyHold, UserError
from connector.ledger.chain import GENESIS
from connector.ledger.verify import verify
from connector.reports.cube import Report
from connector.reports.measures import Measure
from connector.reports.period import Period
from connector.rules.visibility import Audience
from connector.services import report as service
from connector.services.sheet import print_sheet
from connector.settings import Settings
from connector.store import identity, ledger, links, tellings, vault
from connector.store.database import Database
from connector.store.masters import Vault
from connector.store.vault import Part
from connector.testing import HandClock
from tests.integration.core_world import KEYS
from tests.unit.report_kit import BOOK, MAU, Story, at, counted, names

M = Measure
OCTOBER = Period.parse("2026-10")
NOW = datetime(2026, 11, 20, 3, tzinfo=UTC)


@pytest.fixture
async def db(migrated_url: str) -> AsyncIterator[Database]:
    opened = Database(migrated_url, clock=HandClock(NOW), actor="test/1", size=3, vault=Vault(lambda: KEYS))
    await opened.open()
    yield opened
    await opened.close()


async def tell(db: Database, *stories: Story) -> list[int]:
    """What the register has told of these."""
    numbers = []
    for story in stories:
        async with db.unit() as unit:
            case = story.case()
            number = await identity.resolve(unit.conn, case)
            await links.save_state(unit.conn, number, case, None, asked_at=None, now=NOW)
            numbers.append(number)
    return numbers


async def count(db: Database, period: Period = OCTOBER) -> Report:
    return await service.count(db, period, book=BOOK, names=names(str(period.last)), clock=HandClock(NOW))


def town() -> list[Story]:
    return [
        Story(1).received("2026-10-05").handed_over("2026-10-06").result("2026-10-07").answered("2026-10-08"),
        Story(2).received("2026-10-05").add(ActKind.REFUSED, "2026-10-06"),
        Story(3).received("2026-09-28"),
        Story(4).received("2026-11-03").handed_over("2026-11-04"),
    ]


async def test_R27_the_report_of_the_store_is_the_replay_of_the_acts(db: Database) -> None:
    await tell(db, *town())
    found = await count(db)
    assert found.digest == counted(town(), "2026-10").digest
    assert found.count(M.RECEIVED) == 2


async def test_many_pages_of_cases_are_read_and_progress_is_told(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tellings, "_PAGE", 2)
    await tell(db, *(Story(n).received("2026-10-05") for n in range(1, 8)))
    told: list[tuple[int, int]] = []
    found = await service.count(
        db,
        OCTOBER,
        book=BOOK,
        names=names("2026-10-31"),
        clock=HandClock(NOW),
        progress=lambda *at: told.append(at),
    )
    assert found.count(M.RECEIVED) == 7
    assert told == [(n, 7) for n in range(1, 8)]


async def test_a_report_does_not_open_what_is_sealed_of_the_sender(db: Database) -> None:
    (number, *_) = await tell(db, *town())
    async with db.reading() as conn:
        read = [case async for case in tellings.tellings(conn, "register")]
    assert len(read) == 4
    assert "Nguyễn" not in repr(read)
    assert "0900000000" not in repr(read)
    async with db.unit() as unit:
        await vault.destroy(unit.conn, number, [Part.CONTACT], NOW)
    assert (await count(db)).count(M.RECEIVED) == 2, "an erased sender's case still counts"


async def test_R25_an_erased_case_is_counted_apart_by_its_number(db: Database) -> None:
    stories = town()
    (number, *_) = await tell(db, *stories)
    async with db.unit() as unit:
        await vault.destroy(unit.conn, number, list(Part), NOW)
        await unit.conn.execute(
            "UPDATE case_record SET ended_as = 'off_system', ended_at = %s, ended_by = 'cb-mau-01', ended_basis = 'QĐ-mẫu' WHERE id = %s",
            (at("2026-10-20"), number),
        )
    found = await count(db)
    assert found.ids(M.OFF_SYSTEM) == (stories[0].code,)
    assert found.ids(M.RECEIVED) == (stories[1].code,)
    assert (await count(db, Period.parse("2026-11"))).count(M.OFF_SYSTEM) == 0


async def test_a_report_is_a_ledger_entry_with_digest_and_sums_and_no_case(db: Database) -> None:
    await tell(db, *town())
    found = await count(db)
    await service.record(db, found, actor="cli/mau", purpose="report")
    async with db.reading() as conn:
        entries = [one async for one in ledger.entries(conn)]
    verify(entries, GENESIS).demand()
    (entry,) = [one for one in entries if one.kind == "reported"]
    assert entry.actor == "cli/mau"
    assert (entry.data["first"], entry.data["last"]) == ("2026-10-01", "2026-10-31")
    assert entry.data["sha256"] == found.digest
    assert (entry.data["received"], entry.data["closed"], entry.data["outstanding"]) == (2, 2, 1)
    assert entry.case_id is None


async def sheet(
    db: Database, name: str, audience: Audience = Audience.UNIT, officer: str = "cb-mau-01"
) -> bytes:
    return await print_sheet(
        db,
        Settings(node="dong-bo"),
        name,
        audience,
        by=officer,
        book=BOOK,
        names=names("2026-11-20"),
        clock=HandClock(NOW),
    )


async def test_R20_printing_a_sheet_is_recorded_with_officer_and_case_and_nothing_of_the_sender(
    db: Database,
) -> None:
    stories = town()
    *_, number = await tell(db, *stories)
    assert (await sheet(db, stories[3].code)).startswith(b"%PDF")
    async with db.reading() as conn:
        entries = [one async for one in ledger.entries(conn, case_id=number)]
    (entry,) = [one for one in entries if one.kind == "sheet_printed"]
    assert (entry.actor, dict(entry.data)) == (
        "cb-mau-01",
        {"audience": "unit", "purpose": "hand_over", "sheets": 1},
    )


async def test_a_sheet_that_is_refused_is_no_entry(db: Database) -> None:
    held = (
        Story(5)
        .received("2026-11-03")
        .handed_over("2026-11-04")
        .add(ActKind.RESTRICTED, "2026-11-05", decision="hold")
    )
    marked = Story(6).received("2026-11-03").handed_over("2026-11-04")
    marked.files = (Attachment(id="register:1", role="question", file_name="Công văn 12 TỐI MẬT.pdf"),)
    await tell(db, *town(), held, marked)
    with pytest.raises(PrivacyStop):
        await sheet(db, held.code)
    with pytest.raises(SecrecyHold):
        await sheet(db, marked.code)
    with pytest.raises(NotFoundError):
        await sheet(db, town()[1].code)
    with pytest.raises(NotFoundError):
        await sheet(db, "khong-co")
    for nobody in ("", " ", "Nguyễn Văn Mẫu", "connector", "dong-bo", "cli/root"):
        with pytest.raises(UserError):
            await sheet(db, town()[3].code, officer=nobody)
    async with db.reading() as conn:
        assert not [one async for one in ledger.entries(conn) if one.kind == "sheet_printed"]


async def test_a_case_told_again_counts_by_its_newest_telling(db: Database) -> None:
    story = Story(1).received("2026-10-05")
    await tell(db, story)
    await tell(db, story.handed_over("2026-10-06"))
    found = await count(db)
    assert (found.count(M.RECEIVED), found.count(M.GROUP_4, agency=MAU)) == (1, 1)
    assert replace(found, cube={}).count(M.RECEIVED) == 0
