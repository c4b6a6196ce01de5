"""Case keys: one case's data opens with its own keys alone, and is gone with them in every process at once."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from connector.case import REGISTER
from connector.errors import MasterKeyError, SealBroken
from connector.sealing import MasterKeys, new_master_line, with_new_master
from connector.services import keys as key_service
from connector.store import vault
from connector.store.database import Database
from connector.store.masters import Vault
from connector.store.vault import Part
from connector.testing import HandClock
from tests.integration.core_mapping import NATIONAL, act, plain
from tests.integration.core_world import KEYS, World, world

OWNER, PLACE = "national_portal/1", "link.state/1"
NAME = "Nguyễn Văn Mẫu"


@pytest.fixture
async def w(migrated_url: str, tmp_path: Path) -> AsyncIterator[World]:
    async with world(migrated_url, tmp_path) as made:
        yield made


async def database(url: str, masters: MasterKeys | None) -> Database:
    db = Database(
        url, clock=HandClock(), actor="test/2", size=2, vault=Vault(lambda: masters) if masters else None
    )
    await db.open()
    return db


async def sealed(w: World, part: Part = Part.FILE, owner: str = OWNER) -> bytes | None:
    async with w.db.unit() as unit:
        keys = await vault.sealing(unit.conn, owner)
        return keys.seal_json(owner, part, PLACE, {"name": NAME})


# ---- sealing ----


async def test_a_value_opens_in_another_process_with_the_same_master_key(w):
    value = await sealed(w)
    other = await database(w.db.url, KEYS)
    async with other.reading() as conn:
        assert (await vault.ring(conn, [OWNER])).open_json(OWNER, Part.FILE, PLACE, value) == {"name": NAME}
    await other.close()


async def test_a_value_does_not_open_for_another_owner_part_or_place(w):
    value = await sealed(w)
    await sealed(w, owner="national_portal/2")
    async with w.db.reading() as conn:
        keys = await vault.ring(conn, [OWNER, "national_portal/2"])
    for owner, part, place in (
        ("national_portal/2", Part.FILE, PLACE),
        (OWNER, Part.CONTACT, PLACE),
        (OWNER, Part.FILE, "link.state/2"),
    ):
        with pytest.raises(SealBroken):
            keys.open(owner, part, place, value)


async def test_two_connections_that_need_a_key_at_once_get_the_same(w):
    values = await asyncio.gather(*(sealed(w) for _ in range(6)))
    async with w.db.reading() as conn:
        keys = await vault.ring(conn, [OWNER])
    assert {keys.open_json(OWNER, Part.FILE, PLACE, one)["name"] for one in values} == {NAME}
    assert len(await w.sql("SELECT 1 FROM case_key")) == len(Part)


@pytest.mark.parametrize("text", ["a\0b", "half \ud800 pair"])
async def test_text_that_no_system_could_take_over_is_refused(text):
    with pytest.raises(ValueError, match=r"NUL|surrogates"):
        vault.encode({"title": text})
    assert vault.encode({"title": "kept \\u0000"})


async def test_without_a_master_key_nothing_sealed_can_be_read(w):
    value = await sealed(w)
    assert value is not None
    other = await database(w.db.url, None)
    with pytest.raises(MasterKeyError, match="master_keys_file"):
        async with other.reading() as conn:
            await vault.ring(conn, [OWNER])
    await other.close()


@pytest.mark.parametrize("wrong", [{"other": bytes(32)}, {"mẫu": bytes(32)}])
async def test_wrong_master_keys_are_found_before_any_work(w, wrong):
    await sealed(w)
    await w.db.check_keys()
    other = await database(w.db.url, MasterKeys(wrong))
    with pytest.raises(MasterKeyError):
        await other.check_keys()
    await other.close()


# ---- destroying ----


async def test_a_destroyed_key_reads_as_erased_in_every_process_and_is_not_made_again(w):
    w.national.put("1", plain("1"))
    await w.observe(NATIONAL)
    case = await w.case(NATIONAL, "1")
    other = await database(w.db.url, KEYS)
    async with w.db.unit() as unit:
        await vault.destroy(unit.conn, case.id, tuple(Part), w.clock.now())
    for db in (w.db, other):
        async with db.reading() as conn:
            assert (await vault.ring(conn, [OWNER])).keys == {}
    await other.close()
    assert (await w.case(NATIONAL, "1")).link(NATIONAL).state is None
    assert await sealed(w) is None
    assert {row["blob"] for row in await w.sql("SELECT blob FROM case_key WHERE owner = %s", OWNER)} == {None}


async def test_a_flow_goes_on_over_cases_whose_keys_are_gone(w):
    for ref in "12":
        w.national.put(ref, plain(ref, acts=[act(f"national_portal:{ref}", "forwarded")]))
    await w.rest(2)
    async with w.db.unit() as unit:
        await vault.destroy(unit.conn, (await w.case(NATIONAL, "1")).id, tuple(Part), w.clock.now())
    w.national.put("2", plain("2", title="Tiêu đề khác"))
    await w.rest(2)
    assert [one for one in w.logs if "fault" in one["event"]] == []
    here = (await w.case(NATIONAL, "2")).link(REGISTER)
    assert here.state.header.title == "Tiêu đề khác"


async def test_a_value_that_was_tampered_with_is_named_and_holds_up_no_other_case(w):
    """The telling is kept for a person; one broken row must not stop the reading of a whole system."""
    for ref in "12":
        w.national.put(ref, plain(ref))
    await w.rest(2)
    await w.sql(
        """
        UPDATE link SET sealed_state = set_byte(sealed_state, 40, 255 - get_byte(sealed_state, 40))
        WHERE system = %s AND ref = '1'
        """,
        NATIONAL,
    )
    for ref in "12":
        w.national.put(ref, plain(ref, title="Tiêu đề khác"))
    [tally] = await w.observe(NATIONAL)
    assert (tally.new, tally.quarantined) == (1, 1)
    [item] = await w.held()
    assert (item.subject, item.code) == ("national_portal/1", "PH-702")
    assert "link.state" in item.reason
    assert (await w.case(NATIONAL, "2")).link(NATIONAL).state.header.title == "Tiêu đề khác"
    with pytest.raises(SealBroken):
        await w.case(NATIONAL, "1")


# ---- rotation ----


async def test_a_rotation_in_the_middle_of_traffic_disturbs_nobody(w, tmp_path):
    """A running process keeps the keys it was started with, until it meets one that a newer key wraps."""
    file = tmp_path / "khoa"
    file.write_text(new_master_line("cu") + "\n", encoding="utf-8")

    def load() -> MasterKeys:
        return MasterKeys.parse(file.read_text(encoding="utf-8"))

    w.db._vault = running = Vault(load)
    await w.db._pool.close()
    fresh = Database(w.db.url, clock=w.clock, actor="test/1", size=4, vault=running)
    await fresh.open()
    w.db._pool = fresh._pool
    w.national.put("1", plain("1"))
    await w.rest(2)
    old_only = running.masters
    file.write_text(with_new_master(file.read_text().splitlines(), "moi"), encoding="utf-8")
    assert running.masters is old_only
    other = Database(w.db.url, clock=w.clock, actor="cli", size=2, vault=Vault(load))
    await other.open()
    done = await key_service.rewrap_all(other, load())
    assert done > 0
    found = await key_service.info(other, load())
    assert (found.current, found.pending, found.wraps["moi"], found.missing) == ("moi", 0, done, ())
    w.national.put("1", plain("1", title="Tiêu đề khác"))
    w.national.put("2", plain("2"))
    await w.rest(2)
    assert running.masters.current == "moi", "it met a key of the newer master and read the file again"
    here = (await w.case(NATIONAL, "1")).link(REGISTER)
    assert here.state.header.title == "Tiêu đề khác"
    # the old line may go: nothing needs it any more
    file.write_text(file.read_text().splitlines()[0] + "\n", encoding="utf-8")
    last = Database(w.db.url, clock=w.clock, actor="cli", size=2, vault=Vault(load))
    await last.open()
    await last.check_keys()
    assert (await w.kinds()).count("keys_rotated") == 1
    for db in (other, last):
        await db.close()


async def test_a_rotation_that_was_cut_short_goes_on_where_it_stopped(w, monkeypatch):
    monkeypatch.setattr(key_service, "BATCH", 2)
    for ref in "123":
        await sealed(w, owner=f"national_portal/{ref}")
    both = MasterKeys({"mới": bytes([9] * 32), "mẫu": bytes(range(32))})
    other = await database(w.db.url, both)
    async with other.unit() as unit:
        assert await vault.rewrap(unit.conn, 2) == 2
    assert (await key_service.info(other, both)).pending == 4
    assert await key_service.rewrap_all(other, both) == 4
    assert (await key_service.info(other, both)).pending == 0
    await other.close()
