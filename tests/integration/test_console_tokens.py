"""Tokens of programs: what they open, for how long, and what the log knows of them."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from connector.console.access.rights import BY_TOKEN, RIGHTS, Right, Role
from connector.console.access.tokens import REFUSALS
from connector.console.arrival import SESSION
from connector.console.route import Action, Page
from connector.console.table import ROUTES
from connector.errors import NotFoundError, UserError
from tests.integration.console_kit import Town, quick_passwords, town
from tests.integration.core_world import planned, world

__all__ = ["quick_passwords"]


@pytest.fixture
async def t(migrated_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    async with world(migrated_url, tmp_path) as made, town(made, migrated_url) as opened:
        yield opened


async def made(t: Town, name: str, *scopes: str, days: int = 30) -> str:
    text, _ = await t.site.tokens.create(name, label="kho dữ liệu", scopes=scopes, days=days, actor="cli/mau")
    return text


def program(t: Town, text: str, address: str = "127.0.0.1") -> httpx.AsyncClient:
    client = t.browser(address).client
    client.headers["authorization"] = f"Bearer {text}"
    return client


async def codes(t: Town, kind: str) -> list[Any]:
    return [one.data for one in await t.world.entries() if one.kind == kind]


async def test_a_token_opens_what_its_scopes_name_and_nothing_else(t: Town) -> None:
    await t.account("may.mau", Role.ADMINISTRATOR)
    client = program(t, await made(t, "may.mau", "see_case"))
    assert (await client.get("/api/cases")).status_code == 200
    assert (await client.get("/api/account")).json()["rights"] == ["anyone", "see_case", "signed_in"]
    for route in ROUTES:
        if not isinstance(route, Page | Action) or "{" in route.path:
            continue
        method = "GET" if isinstance(route, Page) else "POST"
        status = (await client.request(method, f"/api{route.path}")).status_code
        opened = route.right in (Right.SEE_CASE, Right.SIGNED_IN) and not route.in_person
        assert (status == 403) != opened, (method, route.path, status)


async def test_no_token_approves_or_governs_accounts_or_has_a_right_that_its_account_has_not(t: Town) -> None:
    assert not BY_TOKEN & {Right.APPROVE, Right.USERS}
    for role in Role:
        name = f"mau.{role.value}"
        await t.account(name, role)
        for right in Right:
            if right in RIGHTS[role] & BY_TOKEN:
                await made(t, name, right)
            else:
                with pytest.raises(UserError, match="scopes"):
                    await made(t, name, right)
    with pytest.raises(UserError, match="scopes"):
        await made(t, "mau.viewer")


async def test_a_token_needs_an_expiry_within_the_bounds_and_an_account_that_is_open(t: Town) -> None:
    await t.account("may.mau", Role.VIEWER)
    for days in (0, -1, 366):
        with pytest.raises(UserError, match="365"):
            await made(t, "may.mau", "see_case", days=days)
    with pytest.raises(NotFoundError):
        await made(t, "khong.co", "see_case")
    await t.site.accounts.lock("may.mau", actor="cli/mau")
    with pytest.raises(NotFoundError):
        await made(t, "may.mau", "see_case")


async def test_unknown_expired_revoked_and_locked_sound_alike_and_each_is_an_entry(t: Town) -> None:
    for name in ("mot.mau", "hai.mau", "ba.mau"):
        await t.account(name, Role.VIEWER)
    over = await made(t, "mot.mau", "see_case", days=1)
    revoked, row = await t.site.tokens.create(
        "hai.mau", label="thử", scopes=["see_case"], days=9, actor="cli/mau"
    )
    await t.site.tokens.revoke(row.id, actor="cli/mau")
    locked = await made(t, "ba.mau", "see_case", days=9)
    await t.site.accounts.lock("ba.mau", actor="cli/mau")
    t.world.clock.forward(86400)
    answers = [await program(t, one).get("/api/cases") for one in ("phanhoi_la", over, revoked, locked)]
    assert [one.status_code for one in answers] == [401] * 4
    assert {one.json()["error"]["code"] for one in answers} == {"PH-806"}
    assert len({one.text for one in answers}) == 1
    assert [one["reason_code"] for one in await codes(t, "token_refused")] == [
        "unknown",
        "expired",
        "revoked",
        "revoked",
    ], "locking an account ends its tokens"
    assert len(await codes(t, "token_created")) == 3
    assert [one["account_id"] for one in await codes(t, "token_revoked")] == ["hai.mau", "ba.mau"]


async def test_the_text_of_a_token_is_kept_nowhere(t: Town) -> None:
    browser = await t.enter("may.mau", Role.OPERATOR)
    answer = await browser.post("/account/tokens", label="kho", scopes="see_case", days="30")
    text = answer.text.split('class="secret">')[1].split("<")[0]
    assert text.startswith("phanhoi_")
    assert answer.headers["cache-control"] == "no-store"
    assert (await program(t, text).get("/api/cases")).status_code == 200
    assert text not in (await browser.get("/account")).text
    async with t.world.ctx.db.reading() as conn:
        for table in ("api_token", "ledger_entry", "kept_answer"):
            query = f"SELECT to_jsonb(r)::text AS row FROM {table} r"  # noqa: S608  # a constant
            rows = await (await conn.execute(query.encode())).fetchall()
            assert not [one for one in rows if text in one["row"]]


async def test_people_make_and_revoke_their_own_tokens_on_their_page_and_nobody_elses(t: Town) -> None:
    browser = await t.enter("may.mau", Role.OPERATOR)
    ticked = b"csrf=%s&label=kho&days=30&scopes=see_case&scopes=retry" % browser.csrf.encode()
    kind = {"content-type": "application/x-www-form-urlencoded"}
    assert (await browser.client.post("/account/tokens", content=ticked, headers=kind)).status_code == 200
    (row,) = (await browser.client.get("/api/account")).json()["tokens"]
    assert row["scopes"] == ["see_case", "retry"]
    assert "kho" in (await browser.get("/account")).text
    other = await t.enter("khac.mau", Role.OPERATOR)
    assert (await other.post(f"/account/tokens/{row['id']}/revoke")).status_code == 404
    assert (await browser.post("/account/tokens", label="kho", scopes="users", days="30")).status_code == 400
    assert (await browser.post("/account/tokens", label="kho", scopes="see_case", days="")).status_code == 400
    assert (await browser.post(f"/account/tokens/{row['id']}/revoke")).status_code == 303
    assert (await browser.client.get("/api/account")).json()["tokens"][0]["revoked_by"] == "may.mau"


async def test_a_token_makes_no_token_and_changes_no_password(t: Town) -> None:
    await t.account("may.mau", Role.OPERATOR)
    client = program(t, await made(t, "may.mau", "see_case", "retry"))
    for path in ("/account/tokens", "/account/password", "/logout", "/account/tokens/1/revoke", "/login"):
        answer = await client.post(f"/api{path}", json={"label": "x", "scopes": "see_case", "days": 1})
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "PH-802"), path


async def test_a_token_writes_without_a_forms_token_but_pages_do_not_know_it(t: Town) -> None:
    await t.account("may.mau", Role.OPERATOR)
    client = program(t, await made(t, "may.mau", "see_flow", "pause"))
    body = {"scope": "system:national_portal", "reason": "bảo trì"}
    assert (await client.post("/pauses", data=body)).status_code == 403
    assert (await client.get("/pauses")).headers["location"].startswith("/login")
    assert (await client.post("/api/pauses", json=body)).status_code == 200
    assert next(one for one in await t.world.entries() if one.kind == "paused").actor == "may.mau"


async def test_an_entry_names_the_token_beside_the_account_and_none_where_a_person_acts(t: Town) -> None:
    browser = await t.enter("may.mau", Role.OPERATOR)
    first, second = [program(t, await made(t, "may.mau", "pause")) for _ in range(2)]
    numbers = [one["token_id"] for one in await codes(t, "token_created")]
    assert len(set(numbers)) == 2
    for client, system in ((first, "register"), (second, "national_portal")):
        body = {"scope": f"system:{system}", "reason": "bảo trì"}
        assert (await client.post("/api/pauses", json=body)).status_code == 200
    await browser.post("/pauses", scope="system:government_portal", reason="bảo trì")
    assert [one.get("by_token_id") for one in await codes(t, "paused")] == [*numbers, None]
    assert {one.actor for one in await t.world.entries() if one.kind == "paused"} == {"may.mau"}


async def test_beside_a_token_a_browsers_session_counts_for_nothing(t: Town) -> None:
    browser = await t.enter("mau.mau", Role.OPERATOR)
    thief = program(t, "phanhoi_la")
    thief.cookies.set(SESSION, browser.client.cookies[SESSION])
    assert (await thief.get("/api/cases")).status_code == 401
    assert (await thief.post("/api/pauses", json={})).status_code == 401


async def test_the_agencies_of_the_account_bound_its_tokens(t: Town) -> None:
    await planned(t.world, "accepted")
    await t.account("huyen.mau", Role.OPERATOR, agencies=("000.99.99.H56",))
    with pytest.raises(UserError, match="scopes"):
        await made(t, "huyen.mau", "see_flow")
    client = program(t, await made(t, "huyen.mau", "see_case"))
    assert (await client.get("/api/cases")).json()["rows"] == []
    assert (await client.get("/api/cases/1")).status_code == 404


async def test_a_smaller_role_makes_its_tokens_smaller_at_once(t: Town) -> None:
    await t.account("may.mau", Role.OPERATOR)
    client = program(t, await made(t, "may.mau", "see_case", "read_log"))
    assert (await client.get("/api/log")).status_code == 200
    await t.site.accounts.set_role("may.mau", "viewer", actor="cli/mau")
    assert (await client.get("/api/log")).status_code == 403
    assert (await client.get("/api/cases")).status_code == 200


async def test_a_token_that_calls_too_fast_is_told_when_to_come_back(t: Town) -> None:
    slow = t.site.settings.console.model_copy(update={"token_per_minute": 6})
    t.site.tokens._settings = slow
    await t.account("may.mau", Role.VIEWER)
    client = program(t, await made(t, "may.mau", "see_case"))
    statuses = [(await client.get("/api/account")).status_code for _ in range(8)]
    assert statuses == [200] * 6 + [429] * 2
    answer = await client.get("/api/account")
    assert (answer.headers["retry-after"], answer.json()["error"]["code"]) == ("10", "PH-807")
    t.world.clock.forward(10)
    assert (await client.get("/api/account")).status_code == 200


async def test_refused_calls_fill_neither_the_log_nor_lock_people_out(t: Town) -> None:
    client = program(t, "phanhoi_cu")
    statuses = [(await client.get("/api/cases")).status_code for _ in range(REFUSALS + 5)]
    assert statuses == [401] * REFUSALS + [429] * 5
    assert len(await codes(t, "token_refused")) == REFUSALS
    assert (await (await t.enter("mau.mau", Role.VIEWER)).get("/cases")).status_code == 200


async def test_the_last_use_is_kept(t: Town) -> None:
    await t.account("may.mau", Role.VIEWER)
    client = program(t, await made(t, "may.mau", "see_case"))
    assert (await t.site.tokens.listed("may.mau"))[0].used_at is None
    await client.get("/api/cases")
    assert (await t.site.tokens.listed("may.mau"))[0].used_at == t.world.clock.now()


# ---- idempotency keys ---------------------------------------------------------------------------------------

HOLD = {"scope": "system:national_portal", "reason": "bảo trì"}


async def writer(t: Town, name: str = "may.mau") -> httpx.AsyncClient:
    await t.account(name, Role.OPERATOR)
    return program(t, await made(t, name, "see_flow", "see_case", "see_sender", "pause", "retry"))


async def test_the_same_call_again_gets_the_first_answer_and_is_not_done_again(t: Town) -> None:
    client = await writer(t)
    key = {"idempotency-key": "viec-1"}
    first = await client.post("/api/pauses", json=HOLD, headers=key)
    await client.post("/api/pauses/resume", json=HOLD)
    again = await client.post("/api/pauses", json=HOLD, headers=key)
    assert again.json() == first.json()
    assert (first.json()["told"], again.headers["idempotent-replayed"]) == ("flash.paused", "true")
    assert (await client.get("/api/pauses")).json()["held"] == []
    assert (await t.world.kinds()).count("paused") == 1


async def test_a_key_with_another_call_is_refused(t: Town) -> None:
    client = await writer(t)
    key = {"idempotency-key": "viec-1"}
    await client.post("/api/pauses", json=HOLD, headers=key)
    for path, body in (("/api/pauses", {**HOLD, "reason": "khác"}), ("/api/pauses/resume", HOLD)):
        answer = await client.post(path, json=body, headers=key)
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "PH-808")
    other = await writer(t, "khac.mau")
    assert (await other.post("/api/pauses/resume", json=HOLD, headers=key)).status_code == 200, (
        "keys are one's own"
    )
    assert (
        await client.post("/api/pauses", json=HOLD, headers={"idempotency-key": "a b"})
    ).status_code == 400


async def test_many_at_once_with_one_key_are_done_once(t: Town) -> None:
    client = await writer(t)
    calls = [client.post("/api/pauses", json=HOLD, headers={"idempotency-key": "viec"}) for _ in range(8)]
    answers = await asyncio.gather(*calls)
    assert {one.status_code for one in answers} <= {200, 409}
    assert {one.json()["told"] for one in answers if one.status_code == 200} == {"flash.paused"}
    assert (await t.world.kinds()).count("paused") == 1


async def test_an_error_leaves_the_key_free(t: Town) -> None:
    client = await writer(t)
    key = {"idempotency-key": "viec-1"}
    assert (await client.post("/api/pauses", json={**HOLD, "reason": ""}, headers=key)).status_code == 400
    assert (await client.post("/api/pauses", json=HOLD, headers=key)).status_code == 200


async def test_a_key_is_forgotten_after_its_time(t: Town) -> None:
    client = await writer(t)
    key = {"idempotency-key": "viec-1"}
    await client.post("/api/pauses", json=HOLD, headers=key)
    t.world.clock.forward(86401)
    answer = await client.post("/api/pauses", json=HOLD, headers=key)
    assert answer.json()["told"] == "flash.paused_before"


async def test_who_sent_a_case_is_never_kept_for_a_key(t: Town) -> None:
    await planned(t.world, "accepted")
    client = await writer(t)
    for _ in range(2):
        body = {"purpose": "handling"}
        answer = await client.post("/api/cases/1/sender", json=body, headers={"idempotency-key": "doc"})
        assert answer.status_code == 200, answer.text
    assert (await t.world.kinds()).count("sender_read") == 2, "each reading is an entry"
    async with t.world.ctx.db.reading() as conn:
        assert (await (await conn.execute("SELECT count(*) AS n FROM kept_answer")).fetchone())["n"] == 0
