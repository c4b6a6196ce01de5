"""The provider says by itself that somebody signed out there (OpenID Connect Back-Channel Logout 1.0)."""

from typing import Any

from joserfc.jwk import RSAKey

from connector.console.access.rights import Role
from tests.integration.console_kit import Browser, Town, quick_passwords, town
from tests.integration.core_world import World
from tests.integration.sso_kit import LyingProvider
from tests.integration.test_sso import come_back, lying, w

__all__ = ["quick_passwords", "w"]

GIVEN: dict[str, Any] = {"create": True, "account_claim": "sub"}
EVENT = "http://schemas.openid.net/event/backchannel-logout"


async def tell(t: Town, token: str) -> Any:
    """The provider's server sends it: without cookies, from elsewhere."""
    return await t.browser("10.0.0.9").client.post("/login/sso/logout", data={"logout_token": token})


async def inside(browser: Browser) -> bool:
    return (await browser.client.get("/cases")).status_code == 200


async def come(t: Town, made: LyingProvider, **claims: Any) -> Browser:
    made.claims = claims
    browser, answer = await come_back(t, made)
    assert answer.status_code == 303
    made.claims = {}
    return browser


async def test_whom_the_provider_signs_out_is_out_here_at_once_and_the_log_says_so(
    w: World, migrated_url: str
) -> None:
    async with lying(w, migrated_url, **GIVEN) as (t, made):
        one, two = await come(t, made), await come(t, made)
        other = await come(t, made, sub="p-2")
        answer = await tell(t, made.sign_logout(w.clock.now()))
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
        assert [await inside(browser) for browser in (one, two, other)] == [False, False, True]
        [entry] = [entry for entry in await w.entries() if entry.kind == "session_ended"]
        assert (entry.actor, entry.data) == (
            "connector",
            {"account_id": "p-1", "sessions": 2, "basis": "sso"},
        )


async def test_one_session_of_the_provider_ends_what_was_opened_by_it(w: World, migrated_url: str) -> None:
    async with lying(w, migrated_url, **GIVEN) as (t, made):
        office, home = await come(t, made, sid="phien-1"), await come(t, made, sid="phien-2")
        assert (await tell(t, made.sign_logout(w.clock.now(), sub=..., sid="phien-1"))).status_code == 200
        assert [await inside(office), await inside(home)] == [False, True]
        assert (await tell(t, made.sign_logout(w.clock.now(), sid="phien-2"))).status_code == 200
        assert not await inside(home)


async def test_a_session_of_another_person_does_not_end_by_a_name_that_fits(
    w: World, migrated_url: str
) -> None:
    async with lying(w, migrated_url, **GIVEN) as (t, made):
        other = await come(t, made, sub="p-2", sid="phien-1")
        await come(t, made, sid="phien-9")
        assert (await tell(t, made.sign_logout(w.clock.now(), sid="phien-1"))).status_code == 200
        assert await inside(other)


async def test_sessions_by_password_are_not_the_providers(w: World, migrated_url: str) -> None:
    async with lying(w, migrated_url, **GIVEN) as (t, made):
        await come(t, made)
        local = await t.enter("rieng.mau", Role.VIEWER)
        await w.sql("UPDATE console_session SET account = 'p-1' WHERE account = 'rieng.mau'")
        assert (await tell(t, made.sign_logout(w.clock.now()))).status_code == 200
        assert await inside(local)


async def test_the_name_of_the_session_lives_through_our_own_code(w: World, migrated_url: str) -> None:
    async with lying(w, migrated_url, **GIVEN) as (t, made):
        await come(t, made)
        await w.sql("UPDATE account SET role = 'administrator' WHERE name = 'p-1'")
        made.claims = {"sid": "phien-7"}
        browser, answer = await come_back(t, made)
        assert answer.headers["location"].startswith("/login/enrol")
        page = await browser.get("/login/enrol")
        t.secrets["p-1"] = page.text.split('class="secret">')[1].split("<")[0]
        assert (await browser.post("/login/enrol", code=t.code("p-1"))).status_code == 303
        assert await inside(browser)
        assert (await tell(t, made.sign_logout(w.clock.now(), sub=..., sid="phien-7"))).status_code == 200
        assert not await inside(browser)


async def test_somebody_unknown_is_out_already(w: World, migrated_url: str) -> None:
    async with lying(w, migrated_url, **GIVEN) as (t, made):
        known = await come(t, made)
        answer = await tell(t, made.sign_logout(w.clock.now(), sub="khong-co"))
        assert (answer.status_code, answer.text) == (200, ""), "nobody learns whom we know"
        assert await inside(known)


LIES = {
    "another issuer": ("issuer", {"iss": "https://ke.gian.example"}),
    "for another client": ("audience", {"aud": "khac"}),
    "for nobody": ("audience", {"aud": ...}),
    "without an instant": ("time", {"iat": ...}),
    "without an end": ("time", {"exp": ...}),
    "made an hour ago": ("time", {"iat": 0}),
    "made tomorrow": ("time", {"iat": 86_400}),
    "over": ("expired", {"exp": 0}),
    "an instant that is none": ("time", {"iat": True}),
    "without a number": ("jti", {"jti": ...}),
    "without an event": ("event", {"events": ...}),
    "another event": ("event", {"events": {"http://schemas.openid.net/event/khac": {}}}),
    "an event that is no object": ("event", {"events": {EVENT: True}}),
    "events in a list": ("event", {"events": [EVENT]}),
    "about nobody": ("subject", {"sub": ...}),
    "about a list": ("form", {"sub": ["p-1"]}),
    "an ID token": ("nonce", {"nonce": "n"}),
}


async def test_a_logout_token_that_does_not_hold_ends_nothing(w: World, migrated_url: str) -> None:
    async with lying(w, migrated_url, **GIVEN) as (t, made):
        browser = await come(t, made)
        now = w.clock.now()
        for name, (why, claims) in LIES.items():
            moved = {
                key: int(now.timestamp()) - 3600 + value * (1 if value == 0 else 2)
                if type(value) is int
                else value
                for key, value in claims.items()
            }
            answer = await tell(t, made.sign_logout(now, **moved))
            assert answer.status_code == 400, name
            assert answer.json() == {"error": "invalid_request", "error_description": why}, name
            await w.sql("DELETE FROM sign_in_try")
        assert await inside(browser)
        assert "session_ended" not in await w.kinds()


async def test_a_logout_token_signed_by_another_or_not_at_all_ends_nothing(
    w: World, migrated_url: str
) -> None:
    async with lying(w, migrated_url, **GIVEN) as (t, made):
        browser, honest = await come(t, made), made.key
        good = made.sign_logout(w.clock.now())
        head, body, _ = good.split(".")
        made.keys, made.key = [honest], RSAKey.generate_key(2048, {"kid": "mot"})
        forged = made.sign_logout(w.clock.now())
        for token in (forged, f"{head}.{body}.", "", "a.b.c", good[:-4] + "AAAA"):
            assert (await tell(t, token)).status_code == 400
        assert await inside(browser)
        assert (await tell(t, good)).status_code == 200, "the same, honest"
        assert not await inside(browser)


async def test_a_logout_token_counts_once(w: World, migrated_url: str) -> None:
    async with lying(w, migrated_url, **GIVEN) as (t, made):
        await come(t, made)
        token = made.sign_logout(w.clock.now())
        assert (await tell(t, token)).status_code == 200
        again = await come(t, made)
        answer = await tell(t, token)
        assert (answer.status_code, answer.json()["error_description"]) == (400, "again")
        assert await inside(again), "whoever kept a token cannot sign people out"
        w.clock.forward(1200)
        assert (await tell(t, token)).status_code == 400, "by then it is over"
        await tell(t, made.sign_logout(w.clock.now()))
        assert len(await w.sql("SELECT until FROM sso_logout")) == 1, "what is over is forgotten"


async def test_new_keys_of_the_provider_are_read_for_a_logout_too(w: World, migrated_url: str) -> None:
    async with lying(w, migrated_url, **GIVEN) as (t, made):
        browser = await come(t, made)
        made.key = RSAKey.generate_key(2048, {"kid": "hai"})
        assert (await tell(t, made.sign_logout(w.clock.now()))).status_code == 200
        assert not await inside(browser)


async def test_who_sends_what_does_not_hold_is_locked_out(w: World, migrated_url: str) -> None:
    async with lying(w, migrated_url, **GIVEN) as (t, made):
        await come(t, made)
        reads = made.key_reads
        seen = set()
        for _ in range(60):
            made.keys, made.key = [made.key], RSAKey.generate_key(2048, {"kid": "la"})
            seen.add((await tell(t, "a.b.c")).status_code)
        assert seen == {400, 429}
        assert made.key_reads == reads, "and costs the provider nothing"


async def test_where_there_is_no_provider_nothing_is_taken(w: World, migrated_url: str) -> None:
    async with town(w, migrated_url) as t:
        assert (await tell(t, "a.b.c")).status_code == 404
