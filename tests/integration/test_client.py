"""The Python client against the running console."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from pydantic import SecretStr

from connector.case import Status
from connector.client import ConsoleClient
from connector.console.access.rights import Role
from connector.console.pages import cases
from connector.errors import CallRefused
from connector.gateway import listen, serve
from tests.integration.console_kit import Town, quick_passwords, town
from tests.integration.core_mapping import NATIONAL, plain
from tests.integration.core_world import planned, world

__all__ = ["quick_passwords"]


@pytest.fixture
async def t(migrated_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    async with world(migrated_url, tmp_path) as made, town(made, migrated_url) as opened:
        yield opened


@asynccontextmanager
async def client(t: Town, *scopes: str) -> AsyncIterator[ConsoleClient]:
    await t.account("may.mau", Role.OPERATOR)
    text, _ = await t.site.tokens.create("may.mau", label="kho", scopes=scopes, days=1, actor="cli/mau")
    stop = asyncio.Event()
    with listen("127.0.0.1", 0) as bound:
        host, port = bound.getsockname()
        serving = asyncio.create_task(serve(t.app, bound, stop))
        made = ConsoleClient(f"http://{host}:{port}/", SecretStr(text))
        try:
            yield made
        finally:
            await made.aclose()
            stop.set()
            await serving


async def test_readings_are_the_values_that_the_pages_show(t: Town) -> None:
    await planned(t.world, "accepted")
    async with client(t, "see_case", "see_flow", "read_log") as c:
        (row,) = (await c.cases()).rows
        found = await c.case(str(row.id))
        assert found.file.view.id == row.id
        assert (await c.account()).name == "may.mau"
        assert {one.status.name for one in (await c.overview()).systems} == set(t.site.settings.systems)
        assert (await c.deliveries()).rows[0].case_id == row.id
        assert (await c.quarantine()).rows == ()
        assert (await c.runs()).rows
        assert (await c.log(kind="token_created")).rows[0].data["account_id"] == "may.mau"


async def test_every_case_is_read_page_after_page_and_once(t: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(7):
        t.world.national.put(str(number), plain(str(number)))
    await t.world.observe(NATIONAL)
    await t.world.settle()
    monkeypatch.setattr(cases, "PAGE", 3)
    async with client(t, "see_case") as c:
        found = [row.id async for row in c.every_case()]
        assert len(found) == len(set(found)) == 7
        assert [row async for row in c.every_case(status=Status.ANSWERED)] == []


async def test_an_action_under_its_key_is_done_once(t: Town) -> None:
    async with client(t, "see_flow", "pause") as c:
        hold = {"scope": f"system:{NATIONAL}", "reason": "bảo trì"}
        for _ in range(2):
            told = await c.act("/pauses", key="viec-1", **hold)
            assert told.told == "flash.paused"
        assert [one.reason for one in (await c.pauses()).held] == ["bảo trì"]
        assert (await t.world.kinds()).count("paused") == 1


async def test_a_refusal_names_code_and_next_step_and_never_the_token(t: Town) -> None:
    async with client(t, "see_case") as c:
        with pytest.raises(CallRefused, match="PH-802") as caught:
            await c.log()
        assert caught.value.detail["status"] == 403
        with pytest.raises(CallRefused, match="PH-103"):
            await c.case("không/có?")
        assert "phanhoi_" not in repr(caught.value) + repr(t.world.logs)
