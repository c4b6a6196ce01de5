"""``phanhoi alerts`` as a user types it, against a real mail server and a real receiver."""

import asyncio
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from connector.alerts.condition import Condition, Fact
from connector.clock import SystemClock
from connector.sealing import new_master_line
from connector.store import alerts
from connector.store.database import Database
from tests.acceptance.kit import Done, environment, phanhoi
from tests.acceptance.outlets import outlets

pytestmark = [pytest.mark.slow, pytest.mark.timeout(420)]


async def wrong(url: str) -> None:
    """Something is wrong since a moment ago."""
    db = Database(url, clock=SystemClock(), actor="test/1", size=4)
    await db.open()
    try:
        async with db.unit() as unit:
            fact = Fact(condition=Condition.IN_DOUBT, subject="national_portal", count=2, cases=(7, 9))
            await alerts.raise_(unit.conn, fact, SystemClock().now())
    finally:
        await db.close()


def test_alerts_are_listed_acknowledged_snoozed_and_tried(migrated_url: str, tmp_path: Path) -> None:
    asyncio.run(wrong(migrated_url))
    base = environment(
        COLUMNS="220",  # so that no cell is folded
        PHANHOI_DATABASE__URL=migrated_url,
        PHANHOI_PRIVACY__MASTER_KEYS=new_master_line("mẫu"),
    )

    def run(*arguments: str, env: dict[str, str] = base) -> Done:
        return phanhoi("alerts", *arguments, cwd=tmp_path, env=env)

    listed = run("list")
    assert listed.status == 0, listed.err
    assert "2 lần gửi tới Cổng Dịch vụ công quốc gia chưa rõ kết quả" in listed.out
    [told] = run("list", "--json").json
    assert (told["fact"]["condition"], told["fact"]["cases"], told["acknowledged"]) == (
        "in_doubt",
        [7, 9],
        None,
    )

    by = ("--by", "cb-mau-01", "--note", "đang gọi cổng")
    run("ack", "9", *by).failed_clearly("PH-103", 2)
    assert run("ack", "1", *by).status == 0
    assert "tạm im đến" in run("snooze", "1", "--hours", "2.5", *by).out
    kinds = [one["kind"] for one in phanhoi("log", "show", "--json", cwd=tmp_path, env=base).json]
    assert sorted(kinds) == ["alert_acknowledged", "alert_snoozed"]

    run("test").failed_clearly("PH-822", 2)
    digest = run("digest", "--print")
    assert "Bản tin ngày" in digest.out
    assert "#1 Lần gửi chưa rõ kết quả đang chờ" in digest.out
    assert "Daily digest" in digest.out

    with outlets() as heard:
        both = {**base, **heard.environment}
        trial = run("test", env=both)
        assert (trial.status, trial.out.count("đã gửi tin thử")) == (0, 2), trial.out + trial.err
        assert message_from_bytes(heard.mails[0], policy=default)["Subject"].startswith("[PAKN] Tin thử")
        assert len(heard.calls) == 1
        broken = {**both, "PHANHOI_ALERTS__MAIL__PORT": "1"}
        trial = run("test", env=broken)
        assert (trial.status, "mail: KHÔNG gửi được (PH-820)" in trial.out) == (4, True)
        assert run("test", "--channel", "chat", env=broken).status == 0
