"""What the tests of the register's rules share: a clock that is moved by hand, and one open register."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from shutil import copytree
from uuid import uuid4

import pytest

from adapters.register.catalogue_file import read_agencies
from adapters.register.commands import CommandName
from adapters.register.database import Database
from adapters.register.models import ActIn, CaseIn, Order, Submission
from adapters.register.refusals import Code, RegisterRefused
from adapters.register.service import Register, RegisterConfig
from adapters.register.testing import KEYS, embedded_postgres, shipped_rules, wiped_database
from connector.app import shipped
from connector.case import Act, ActKind
from connector.clock import LOCAL_ZONE
from connector.rules.book import RuleBook
from connector.rules.clocks import clocks
from connector.rules.duty import Clock, Duty
from connector.sealing import MasterKeys

C = CommandName
SAMPLE = Path(__file__).parents[2] / "fixtures" / "register" / "agencies.csv"
PROVINCE, OFFICE, HEALTH = "000.00.00.H56", "000.00.01.H56", "000.00.15.H56"
COMMUNE, DISTRICT = "000.01.50.H56", "000.00.40.H56"
US = timedelta(microseconds=1)


def local(text: str) -> datetime:
    """``2026-11-18 08:00`` in the province's civil time; the hour may be left out (08:00)."""
    day, _, hour = text.partition(" ")
    return datetime.fromisoformat(f"{day}T{hour or '08:00'}").replace(tzinfo=LOCAL_ZONE)


class HandClock:
    """Stands still until told."""

    def __init__(self, at: str = "2026-11-18") -> None:
        self.at = local(at)

    def now(self) -> datetime:
        return self.at

    def set(self, at: str) -> None:
        self.at = local(at)

    async def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@asynccontextmanager
async def opened(
    clock: HandClock,
    *,
    book: RuleBook | None = None,
    config: RegisterConfig | None = None,
    name: str = "rules",
) -> AsyncIterator[Register]:
    """A register with nothing in it but the sample agencies."""
    dsn = await wiped_database(embedded_postgres(), f"register_{name}")
    register = Register(Database(dsn), clock, MasterKeys.parse(KEYS), book or shipped_rules(), config)
    agencies, holders = read_agencies(SAMPLE)
    await register.put_agencies(agencies, province_role=holders)
    yield register
    await register.aclose()


def again(register: Register, *, book: RuleBook | None = None, clock: HandClock | None = None) -> Register:
    """Another server of the same register, as after an upgrade."""
    scope = register.scope
    database = Database(register.database._pool.conninfo)
    return Register(database, clock or scope.clock, scope.masters, book or scope.book, scope.config)


def submission(**facts) -> Submission:
    body = {
        "channel": "zalo",
        "external_id": uuid4().hex,
        "content": "Rác thải đổ ra đường liên xã",
        "nature": "hien_truong",
        "field": "moi_truong",
        "sender": {"name": "Nguyễn Văn Mẫu", "phone": "0900000000"},
        "agency": HEALTH,
    }
    return Submission.model_validate({**body, **facts})


def portal_case(ref: str = "900000001", **facts) -> CaseIn:
    body = {
        "title": "Chậm trả kết quả hồ sơ đất đai",
        "content": "Hồ sơ quá hạn mười ngày",
        "nature": "hanh_vi_cong_vu",
        "channel": "dvcqg",
        "sender": {"name": "Lê Thị Mẫu", "phone": None, "email": "mau@example.com"},
        "submitted_at": "2026-11-02T08:00:00+07:00",
        "origin_system": "national_portal",
        "origin_ref": ref,
        "agency": HEALTH,
    }
    return CaseIn.model_validate({**body, **facts})


def told(number: int, kind: str, at: str, **facts) -> ActIn:
    body = {"id": f"national_portal:900.{number}", "kind": kind, "at": local(at)}
    return ActIn.model_validate({**body, **facts})


def act_of(item: dict) -> Act:
    """An act of the case JSON."""
    kind, at = ActKind(item["kind"]), datetime.fromisoformat(item["at"])
    return Act(**{**item, "kind": kind, "at": at, "attachments": tuple(item["attachments"])})


class Desk:
    """An official at work on one case."""

    def __init__(self, register: Register, ref: str) -> None:
        self.register = register
        self.ref = ref

    @classmethod
    async def local(cls, register: Register, **facts) -> "Desk":
        return cls(register, (await register.take_in(submission(**facts))).id)

    @classmethod
    async def portal(cls, register: Register, **facts) -> "Desk":
        return cls(register, (await register.create(uuid4(), portal_case(**facts))).ref)

    async def do(self, name: CommandName, **facts) -> str:
        facts.setdefault("officer", "cb-mau-01")
        return (await self.register.perform(self.ref, name, Order.model_validate(facts))).state

    async def refused(self, name: CommandName, **facts) -> Code:
        """The code of the refusal; nothing at all is written."""
        before = await self.case()
        with pytest.raises(RegisterRefused) as caught:
            await self.do(name, **facts)
        assert await self.case() == before
        return caught.value.code

    async def handed_over(self, **facts) -> "Desk":
        await self.do(C.HAND_OVER, unit="Phòng Nghiệp vụ", **facts)
        return self

    async def case(self) -> dict:
        return await self.register.document(self.ref)

    async def state(self) -> str:
        return (await self.case())["state"]

    async def view(self):
        return await self.register.work_view(self.ref)

    async def acts(self) -> tuple[Act, ...]:
        return tuple(map(act_of, (await self.case())["acts"]))

    async def clock(self, duty: Duty, pack: str | None = "TH-2020/1") -> Clock:
        """The newest clock of a duty by one pack."""
        found = clocks(await self.acts(), self.register.scope.book)
        return [item for item in found if item.duty is duty and item.pack == pack][-1]


def rules_folder(
    folder: Path, *, swap: bool = False, inner: str = "", without: int | None = None
) -> RuleBook:
    """The shipped rules, copied and changed.

    Args:
        swap: a newer calendar decides that 23/11/2026 is off and Saturday 28/11 worked.
        inner: an agency's inner step, as TOML.
        without: a year that the calendar does not cover.
    """
    root = shipped("mappings")
    for name in ("calendars", "rule_packs"):
        copytree(root / name, folder / name, dirs_exist_ok=True)
    rules = (root / "rules.toml").read_text(encoding="utf-8")
    (folder / "rules.toml").write_text(f"{rules}\n{inner}", encoding="utf-8")
    shipped_calendar = folder / "calendars" / "2026-11-23.1.toml"
    text = shipped_calendar.read_text(encoding="utf-8")
    if without:
        shipped_calendar.write_text(text.partition(f"[{without}]")[0], encoding="utf-8")
    if swap:
        before, _, rest = text.partition("[2026.undecided]")
        decided = before.replace("[2026.days_off]", '[2026.days_off]\n2026-11-23 = "Hoán đổi"')
        decided = decided.replace("[2026.days_worked]", '[2026.days_worked]\n2026-11-28 = "Làm bù"')
        newer = decided.replace("2026-11-23.1", "2026-12-01.1") + rest[rest.index("[2027]") :]
        (folder / "calendars" / "2026-12-01.1.toml").write_text(newer, encoding="utf-8")
    return RuleBook.load(folder)
