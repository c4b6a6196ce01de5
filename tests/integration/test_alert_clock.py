"""From the clock's tick to the mail: the real scheduler, the real engine, a real database, a real mail server."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from connector.store import flows
from connector.store.database import Wake
from connector.work.clock import build_clock
from connector.work.queue import Queue, queue_of
from connector.work.tasks import register_tasks
from tests.integration.alert_kit import Post, alerting, mail_to, post_office
from tests.integration.core_mapping import NATIONAL, SYSTEMS
from tests.integration.core_world import world
from tests.integration.engine import QUICK, Engine, until


@pytest.fixture
async def post() -> AsyncIterator[Post]:
    async with post_office() as made:
        yield made


@pytest.fixture
async def e(migrated_url: str, tmp_path: Path, post: Post) -> AsyncIterator[Engine]:
    async with world(migrated_url, tmp_path, **QUICK) as w:
        w.ctx = alerting(w.ctx, mail=mail_to(post), look_every_s=0.2, calm_s=0, daily_at="", weekly_at="")
        queue = Queue(migrated_url, w.ctx.settings.work, SYSTEMS)
        register_tasks(queue, w.ctx)
        w.db.defer_with(queue.defer)
        async with queue.opened():
            yield Engine(w, queue)


async def test_the_clock_lets_an_alert_be_told_and_its_end_too(e: Engine, post: Post) -> None:
    async def wake(wish: Wake) -> None:
        if wish.flow == "alerts":
            await e.defer(wish)

    async with e.w.db.unit() as unit:
        scope, now = f"flow:observe:{NATIONAL}", e.w.clock.now()
        await flows.hold(
            unit.conn, scope, reason="x", code="PH-410", actor="t", at=now, guard="flood", numbers={"n": 1}
        )
    clock = build_clock(e.w.ctx.settings, wake)
    async with e.working():
        clock.start()
        try:

            async def told(count: int) -> bool:
                return len(post.mails) >= count

            await until(lambda: told(1))
            async with e.w.db.unit() as unit:
                await flows.release(unit.conn, scope)
            await until(lambda: told(2))
        finally:
            clock.shutdown(wait=False)
    first, second = post.mails[:2]
    assert "Chốt an toàn đã dừng một luồng" in first["Subject"]
    assert "Đã hết 1 cảnh báo" in second["Subject"]
    assert [one for one in await e.w.kinds() if one.startswith("alert")] == [
        "alert_raised", "alert_told", "alert_ended", "alert_told",
    ]  # fmt: skip


def test_a_slow_mail_server_holds_up_no_flow() -> None:
    assert queue_of(Wake(flow="alerts")) not in {
        queue_of(Wake(flow="settle", lane=0)),
        queue_of(Wake(flow="sweep")),
    }
