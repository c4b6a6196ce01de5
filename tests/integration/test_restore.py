"""A database older than what was signed is held until somebody accepts it; the log declares the fork; nothing erased returns."""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path

import pytest

from connector.backup.keys import Identity
from connector.case import REGISTER
from connector.clock import Clock
from connector.errors import NotFoundError, RestoreNotAccepted, SealRefused, Unreachable, UserError
from connector.services import backup, erasures, known_cases, log_folder, restore
from connector.services.erasure import erase
from connector.services.log_check import What
from connector.services.log_outlets import seal_and_send, send_out
from connector.services.officers import Decision
from connector.settings import Settings
from connector.store.known_cases import Known
from connector.store.restorations import Gone
from connector.store.vault import Part
from connector.sync.catch_up import catch_up
from connector.system import KeepsCodes
from connector.testing import HandClock
from tests.integration.core_mapping import GOVERNMENT, NATIONAL, act, plain
from tests.integration.core_world import World, world
from tests.integration.log_kit import Log, opened

WHY = "hong-o-cung"
ME = "cli/quan-tri"


@pytest.fixture
async def one(migrated_url: str, tmp_path: Path) -> AsyncIterator[Log]:
    async with opened(migrated_url, tmp_path / "niem-phong") as log:
        log.set(checkpoint_folder=log.folder)
        yield log


async def signed(log: Log, count: int) -> None:
    await log.grow(count)
    log.clock.forward(1)
    await seal_and_send(log.db, log.settings, log.clock)


def kept(log: Log) -> None:
    log.tamper(*(f"CREATE TABLE old_{name} AS TABLE {name}" for name in OLD))


def set_back(log: Log) -> None:
    """As an administrator does who restores the log's tables without a word to anybody."""
    log.tamper(
        *(
            text
            for name in OLD
            for text in (f"DELETE FROM {name}", f"INSERT INTO {name} SELECT * FROM old_{name}")  # noqa: S608  # names of ours
        )
    )


OLD = (
    "ledger_entry",
    "ledger_head",
    "ledger_tile",
    "ledger_checkpoint",
    "ledger_key",
    "pause",
    "restoration",
)


async def accepted(log: Log, clock: Clock | None = None, **more: object) -> restore.Accepted:
    return await restore.accept(
        log.db,
        log.settings,
        clock or log.clock,
        actor=ME,
        reason=WHY,
        **more,  # type: ignore[arg-type]  # as it takes them
    )


async def test_a_database_that_was_set_back_is_noticed_before_anything_is_read_or_written(one):
    await signed(one, 300)
    kept(one)
    await restore.require_accepted(one.db, one.settings, one.clock)
    await signed(one, 50)
    set_back(one)
    for _ in range(2):  # a restart does not help
        with pytest.raises(RestoreNotAccepted):
            await restore.require_accepted(one.db, one.settings, one.clock)
    at = await restore.standing(one.db, one.settings)
    assert at.ahead is not None
    assert at.ahead[1] > at.sealed


async def test_a_sealing_that_meets_what_was_lost_holds_every_flow(one):
    await signed(one, 30)
    kept(one)
    await signed(one, 30)
    set_back(one)
    with pytest.raises(SealRefused):
        await seal_and_send(one.db, one.settings, one.clock)
    assert (await restore.standing(one.db, one.settings)).hold is not None


async def test_an_accepted_restore_is_a_declared_fork_and_the_log_is_right(one):
    await signed(one, 300)
    kept(one)
    await signed(one, 50)
    await signed(one, 7)
    set_back(one)
    with pytest.raises(RestoreNotAccepted):
        await restore.require_accepted(one.db, one.settings, one.clock)
    before = await restore.standing(one.db, one.settings)
    assert before.ahead is not None
    done = await accepted(one)
    assert (done.restored.branch, done.lost_size) == (1, before.ahead[1])
    await restore.require_accepted(one.db, one.settings, one.clock)
    await signed(one, 120)  # passes the sizes that were signed in the lost branch
    checked = one.check(folder=one.folder)
    checked.demand()
    assert checked.lost == 2
    assert [(past.at_size, past.lost_size) for past in checked.restored] == [
        (done.restored.at_size, done.lost_size)
    ]
    assert [path.name for path in log_folder.of_branch(one.folder, 1).glob("*.checkpoint")]
    assert await restore.standing(one.db, one.settings) == replace(
        await restore.standing(one.db, one.settings), ahead=None, hold=None
    )


async def test_what_was_signed_beyond_the_declaration_is_still_a_roll_back(one):
    """A declaration covers what was lost then, not what somebody cuts off afterwards."""
    await signed(one, 30)
    kept(one)
    await signed(one, 5)
    set_back(one)
    with pytest.raises(RestoreNotAccepted):
        await restore.require_accepted(one.db, one.settings, one.clock)
    await accepted(one)
    one.tamper(*(f"DROP TABLE old_{name}" for name in OLD))
    await signed(one, 5)
    kept(one)
    await signed(one, 90)
    set_back(one)
    found = one.check(folder=one.folder)
    assert [finding.what for finding in found.findings] == [What.ROLLED_BACK]
    with pytest.raises(RestoreNotAccepted):
        await restore.require_accepted(one.db, one.settings, one.clock)
    again = await accepted(one)
    assert again.restored.branch == 2
    await signed(one, 200)
    one.check(folder=one.folder).demand()


async def test_nobody_accepts_without_a_reason_and_nothing_without_a_hold(one):
    await signed(one, 3)
    with pytest.raises(NotFoundError):
        await accepted(one)
    await restore.hold(one.db, one.clock, "diễn tập")
    with pytest.raises(UserError):
        await restore.accept(one.db, one.settings, one.clock, actor=ME, reason=" ")
    one.set(checkpoint_folder=None)
    with pytest.raises(UserError, match="erased"):
        await accepted(one)
    assert (await accepted(one, without_erasures=True)).restored.branch == 1


# ---- erasures, and catching up --------------------------------------------------------------------------------


@pytest.fixture
async def w(migrated_url: str, tmp_path: Path) -> AsyncIterator[World]:
    async with world(migrated_url, tmp_path) as made:
        yield made


def with_folder(w: World, folder: Path):
    ledger = w.ctx.settings.ledger.model_copy(
        update={"checkpoint_folder": folder, "origin": "phananh.mau.example/log"}
    )
    return w.ctx.settings.model_copy(update={"ledger": ledger})


def backed_up(w: World, settings: Settings, folder: Path) -> Callable[[], Awaitable[None]]:
    """Make a backup; what is given back restores it, and all is held."""
    identity, file = Identity.new(), folder / "truoc.phb"
    sealed_to = settings.backup.model_copy(update={"recipients": (identity.recipient.text(),)})
    with file.open("wb") as out:
        told = backup.make(settings.model_copy(update={"backup": sealed_to}), w.db.url, out, w.clock.now())

    async def restored() -> None:
        backup.load(file, [identity], w.db.url, told.schemas, None)
        await restore.hold(w.db, w.clock, "khôi phục")

    return restored


async def test_a_key_that_was_destroyed_after_the_backup_does_not_come_back(w, tmp_path):
    settings = with_folder(w, tmp_path / "niem-phong")
    for number in ("1", "2", "3"):
        w.national.put(number, plain(number))
    await w.rest(3)
    cases = {number: (await w.case(NATIONAL, number)).id for number in ("1", "2", "3")}
    set_back_to_now = backed_up(w, settings, tmp_path)
    by = Decision(officer="canbo.mau", basis="het-han-luu-tru")
    await erase(w.ctx, str(cases["1"]), "all", by, actor=ME)
    await erase(w.ctx, str(cases["2"]), "contact", by, actor=ME)
    w.national.put("4", plain("4"))  # told, and erased, after the backup
    await w.rest(3)
    await erase(w.ctx, str((await w.case(NATIONAL, "4")).id), "all", by, actor=ME)
    await send_out(w.db, settings, w.clock)
    assert len(erasures.listed(tmp_path / "niem-phong")) >= 5

    await set_back_to_now()
    living = "SELECT count(*) AS n FROM case_key WHERE blob IS NOT NULL AND case_id = %s"
    assert [row["n"] for row in await w.sql(living, cases["1"])] != [0], "the backup brought it back"
    done = await restore.accept(w.db, settings, w.clock, actor=ME, reason=WHY)
    assert done.erased == 2
    assert [row["n"] for row in await w.sql(living, cases["1"])] == [0]
    assert (await w.case(NATIONAL, "1")).end.kind == "erased"
    assert (await w.case(NATIONAL, "2")).end.kind == "contact_erased"
    assert (await w.case(NATIONAL, "3")).end is None
    # the portal still tells of the fourth: it is not taken up again
    await w.rest(4)
    assert await w.sql("SELECT 1 FROM observation WHERE ref = '4' AND sealed_raw IS NOT NULL") == []


async def test_what_was_written_in_the_lost_time_is_found_and_not_written_again(w, tmp_path):
    settings = with_folder(w, tmp_path / "niem-phong")
    (tmp_path / "niem-phong").mkdir()
    w.national.put("1", plain("1"))
    await w.rest(3)
    set_back_to_now = backed_up(w, settings, tmp_path)
    w.national.put("2", plain("2"))
    await w.rest(4)
    writes = len(w.register.applied)
    assert writes == 2

    await set_back_to_now()
    await w.rest(2)
    assert len(w.register.applied) == writes, "nothing is written while it is held"
    await restore.accept(w.db, settings, w.clock, actor=ME, reason=WHY)
    await w.rest(6)
    assert len(w.register.applied) == writes
    assert not await catch_up(w.ctx), "nothing is in question any more"
    kinds = [entry.kind for entry in await w.entries()]
    assert {"restored", "caught_up"} <= set(kinds)
    assert "sent" not in kinds[kinds.index("restored") :]


async def test_a_write_that_was_only_planned_in_the_backup_is_looked_up_before_it_is_sent(w, tmp_path):
    """It was sent in the lost time, and nothing that is read again has told so yet."""
    settings = with_folder(w, tmp_path / "niem-phong")
    (tmp_path / "niem-phong").mkdir()
    w.national.put("1", plain("1"))
    w.national.put("2", plain("2"))
    await w.observe()
    await w.settle()
    set_back_to_now = backed_up(w, settings, tmp_path)
    # in the lost time one of the two is sent; the other one never was
    await w.sql("UPDATE delivery SET next_attempt_at = 'infinity' WHERE id = (SELECT max(id) FROM delivery)")
    await w.deliver()
    [sent] = w.register.applied
    await set_back_to_now()
    await w.deliver()
    assert w.register.applied == [sent], "nothing is written while it is held"
    await restore.accept(w.db, settings, w.clock, actor=ME, reason=WHY)
    await w.deliver()
    assert [one.key.id for one in w.register.applied].count(sent.key.id) == 1
    assert len(w.register.applied) == 2, "what was not sent is sent now"
    kinds = [entry.kind for entry in await w.entries()]
    assert (kinds.count("found"), kinds.count("absent"), kinds.count("done")) == (1, 1, 1)


# ---- cases that register and connector have both lost ---------------------------------------------------------


@dataclass
class SetBack:
    """A register that knows none of these codes any more."""

    lost: Collection[str]
    asked: list[str] = field(default_factory=list)

    async def never_again(self, codes: Sequence[str]) -> tuple[str, ...]:
        self.asked += codes
        return tuple(code for code in codes if code in self.lost)


class Away:
    """A register that does not answer."""

    async def never_again(self, codes: Sequence[str]) -> tuple[str, ...]:
        msg = f"{len(codes)} codes, and nobody answers"
        raise Unreachable(msg)


@dataclass
class LostTime:
    """One case before the backup, and after it one at each portal, which both tell of it only when they are asked."""

    w: World
    settings: Settings
    codes: dict[str, str]

    def by_the_register_too(self) -> None:
        for ref in self.w.register.refs[1:]:
            self.w.register.forget(ref, writes=True)

    async def accept(self, register: KeepsCodes | None) -> restore.Accepted:
        w = self.w
        return await restore.accept(w.db, self.settings, w.clock, actor=ME, reason=WHY, register=register)

    async def caught_up(self) -> None:
        for _ in range(6):
            await self.w.rest(1)
            await catch_up(self.w.ctx)

    async def known(self) -> dict[str, str]:
        """Code by reference at the portals."""
        rows = await self.w.sql(
            "SELECT ref, code FROM link JOIN case_record ON id = case_id WHERE system <> %s ORDER BY ref",
            REGISTER,
        )
        return {row["ref"]: row["code"] for row in rows}


@pytest.fixture
async def lost(w: World, tmp_path: Path) -> LostTime:
    settings = with_folder(w, tmp_path / "niem-phong")
    w.national.put("1", plain("1"))
    await w.rest(3)
    set_back_to_now = backed_up(w, settings, tmp_path)
    w.national.put("2", plain("2"))
    w.government.put("3", plain("3"))
    await w.rest(3)
    await send_out(w.db, settings, w.clock)
    made = LostTime(w, settings, {})
    made.codes = await made.known()
    await set_back_to_now()
    w.national.keep_quiet("2")
    w.government.keep_quiet("3")
    return made


async def test_what_register_and_connector_have_both_lost_is_asked_for_and_comes_in_under_its_code(lost):
    w = lost.w
    lost.by_the_register_too()
    register = SetBack(lost.codes.values())
    done = await lost.accept(register)
    assert register.asked == sorted([lost.codes["2"], lost.codes["3"]])
    assert (done.recovered, done.lost_codes) == (2, 2)
    await lost.caught_up()
    assert await lost.known() == lost.codes
    back = {w.register.data(ref)["origin_ref"]: w.register.data(ref)["code"] for ref in w.register.refs}
    assert back == lost.codes
    assert await w.held() == []
    assert not await catch_up(w.ctx)


async def test_what_the_register_still_has_comes_from_it(lost):
    """Only the connector was set back: no case is made out of the folder, the register tells them all."""
    done = await lost.accept(SetBack(()))
    assert (done.recovered, done.lost_codes) == (0, 0)
    await lost.caught_up()
    assert await lost.known() == lost.codes
    assert len(lost.w.register.refs) == 3


async def test_while_the_register_does_not_answer_nothing_is_accepted(lost):
    with pytest.raises(Unreachable):
        await lost.accept(Away())
    with pytest.raises(RestoreNotAccepted):
        await restore.require_accepted(lost.w.db, lost.settings, lost.w.clock)


async def test_a_register_that_alone_was_set_back_is_told_every_code(lost):
    register = SetBack(lost.codes.values())
    await restore.accept(
        lost.w.db, lost.settings, lost.w.clock, actor=ME, reason=WHY, register=register, reread=(REGISTER,)
    )
    assert sorted(register.asked) == sorted(lost.codes.values())


async def test_a_register_that_cannot_say_what_it_lost_is_not_asked(lost):
    assert (await lost.accept(None)).recovered == 0


async def test_a_lost_code_that_the_register_gives_to_somebody_else_leads_to_nobody(lost):
    """A register that did not wait: two strangers must not become one case."""
    w = lost.w
    lost.by_the_register_too()
    w.register.put("77", {**plain("77"), "code": lost.codes["2"]})
    await lost.accept(SetBack(lost.codes.values()))
    await lost.caught_up()
    assert [(item.system, item.ref, item.code) for item in await w.held()] == [(REGISTER, "77", "PH-402")]
    strangers = await w.sql(
        "SELECT case_id FROM link WHERE (system, ref) IN ((%s, '77'), (%s, '2'))", REGISTER, NATIONAL
    )
    assert len(strangers) == 1


async def test_what_was_erased_is_not_brought_back(lost):
    w = lost.w
    gone = Gone(digest=sha256(f"{NATIONAL}/2".encode()).digest(), part=Part.FILE)
    erasures.write(lost.settings.ledger.checkpoint_folder, [gone], w.clock.now())
    await lost.accept(SetBack(lost.codes.values()))
    assert sorted(await lost.known()) == ["1", "3"]


async def test_a_case_whose_portal_tells_no_more_what_the_sender_wrote_waits_for_a_person(lost):
    w = lost.w
    lost.by_the_register_too()
    w.government.put("3", {"id": "3", "code": lost.codes["3"], "acts": [act(1, "rated")]}, kind="event")
    await lost.accept(SetBack(lost.codes.values()))
    await w.rest(3)
    assert [(item.system, item.code) for item in await w.held()] == [(GOVERNMENT, "PH-405")]
    w.government.put("3", plain("3"))  # its operator has handed it out again
    await lost.caught_up()
    assert await w.held() == []
    assert lost.codes["3"] in {w.register.data(ref)["code"] for ref in w.register.refs}


def test_the_list_of_cases_gives_back_what_was_filed_of_every_branch(tmp_path):
    first = [
        Known(7, NATIONAL, "H01-1\u2028Đ", True),
        Known(7, REGISTER, "000.00.00.H56-261118-00001", False),
    ]
    after = [Known(7, GOVERNMENT, "3", True)]
    known_cases.write(tmp_path, first, HandClock().now())
    known_cases.write(log_folder.of_branch(tmp_path, 1), after, HandClock().now())
    assert list(known_cases.listed(tmp_path)) == [*((0, line) for line in first), (1, after[0])]


def test_a_list_of_cases_that_cannot_be_read_stops_everything(tmp_path):
    (tmp_path / "cases-20261127T000000Z-1.txt").write_text('[1, "register"]\n', encoding="ascii")
    with pytest.raises(UserError, match="list of cases"):
        list(known_cases.listed(tmp_path))


def test_the_list_of_erasures_that_cannot_be_read_stops_everything(tmp_path):
    (tmp_path / "erased-20261127T000000Z-1.txt").write_text("khong phai", encoding="ascii")
    with pytest.raises(UserError):
        erasures.listed(tmp_path)
