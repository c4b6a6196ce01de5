"""Single sign-on: with a real provider, with one that lies, and with none that answers."""

import base64
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from joserfc.jwk import ECKey, RSAKey

from connector.console.access.rights import Role
from connector.console.access.sso import MOST_UNDER_WAY
from connector.console.arrival import SESSION, VERIFIER
from connector.errors import UserError
from tests.integration.console_kit import PASSWORD, Browser, Town, quick_passwords, town
from tests.integration.core_world import World, world
from tests.integration.sso_kit import (
    BASE,
    CLIENT,
    SECRET,
    LyingProvider,
    RealProvider,
    away,
    lying_provider,
    real_provider,
    signed_in_there,
    sso_town,
    through,
)

__all__ = ["quick_passwords"]

ROLES: dict[str, Any] = {
    "create": True,
    "role_claim": "groups",
    "roles": {"ph-xem": "viewer", "ph-vanhanh": "operator", "ph-quantri": "administrator"},
}
PEOPLE = {
    "an.do": {"name": "Đỗ Thị Ân", "groups": ["ph-vanhanh"]},
    "binh.mau": {"name": "Nguyễn Văn Bình", "groups": ["ph-quantri"]},
    "chi.mau": {"name": "Lê Thị Chi", "groups": ["nhom-khac"]},
}


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealProvider]:
    with real_provider(tmp_path_factory.mktemp("provider"), PEOPLE) as made:
        yield made


@pytest.fixture
async def w(migrated_url: str, tmp_path: Path) -> AsyncIterator[World]:
    async with world(migrated_url, tmp_path) as made:
        yield made


@asynccontextmanager
async def lying(w: World, url: str, **given: Any) -> AsyncIterator[tuple[Town, LyingProvider]]:
    async with lying_provider(w) as made, sso_town(w, url, made.issuer, **given) as opened:
        yield opened, made


async def come_back(t: Town, made: LyingProvider, **query: str) -> tuple[Browser, Any]:
    """A sign-in at the lying provider: away, and back with what it answers."""
    browser = t.browser()
    asked = await away(browser)
    made.nonce = asked["nonce"]
    code = f"code-{asked['state']}"
    return browser, await browser.client.get(
        "/login/sso/back", params={"code": code, "state": asked["state"], **query}
    )


async def refusals(t: Town) -> list[str]:
    return [one.data["reason_code"] for one in await t.world.entries() if one.kind == "sign_in_refused"]


# ---- a real provider ----------------------------------------------------------------------------------------


async def test_a_person_comes_in_by_the_provider_and_the_log_knows_it(
    w: World, migrated_url: str, real: RealProvider
) -> None:
    async with sso_town(w, migrated_url, real.issuer, **ROLES) as t:
        browser = t.browser()
        assert "Đăng nhập một lần" in (await browser.get("/login", next="/cases")).text
        answer = await through(browser, "an.do", "/cases")
        assert (answer.status_code, answer.headers["location"]) == (303, "/cases")
        assert (await browser.get("/cases")).status_code == 200
        own = (await browser.client.get("/api/account")).json()
        assert (own["name"], own["display_name"], own["role"]) == ("an.do", "Đỗ Thị Ân", "operator")
        assert (own["sso"], own["password"]) == (True, False)
        made, entered = [one for one in await w.entries() if one.kind in ("account_changed", "signed_in")]
        assert made.data == {
            "account_id": "an.do",
            "what": "create",
            "role": "operator",
            "agencies": 0,
            "basis": "sso",
        }
        assert made.actor == "connector"
        assert (entered.actor, entered.data["way"]) == ("an.do", "sso")
        # the same person comes to the same account
        await through(t.browser(), "an.do")
        assert len(await t.site.accounts.listed()) == 1


async def test_who_came_by_the_provider_is_asked_to_leave_it_too(
    w: World, migrated_url: str, real: RealProvider
) -> None:
    async with sso_town(w, migrated_url, real.issuer, label="Cổng tỉnh", **ROLES) as t:
        browser = t.browser()
        await through(browser, "an.do")
        await browser.get("/account")
        answer = await browser.post("/logout")
        page = await browser.get(answer.headers["location"])
        assert "Bạn có thể vẫn đang đăng nhập ở Cổng tỉnh" in page.text
        to = urlsplit((await browser.client.get("/login/sso/out")).headers["location"])
        assert to.path == "/o/logout/"
        assert dict(parse_qsl(to.query))["post_logout_redirect_uri"] == f"{BASE}/login"
        assert (await t.world.kinds())[-1] == "signed_out"
        local = await t.enter("rieng.mau", Role.VIEWER)
        page = await local.get((await local.post("/logout")).headers["location"])
        assert "Cổng tỉnh. " not in page.text, "who came by password is not asked"


async def test_administrators_give_a_code_of_ours_unless_the_provider_asked_for_a_second_factor(
    w: World, migrated_url: str, real: RealProvider
) -> None:
    async with sso_town(w, migrated_url, real.issuer, **ROLES, acr_values=("hai-lop",)) as t:
        browser = t.browser()
        assert (await away(browser))["acr_values"] == "hai-lop"
        answer = await through(browser, "binh.mau", "/users")
        assert answer.headers["location"] == "/login/enrol?next=%2Fusers"
        assert (await browser.get("/users")).headers["location"].startswith("/login/enrol")
        assert "signed_in" not in await w.kinds()
        real.tell("binh.mau", groups=["ph-quantri"], acr="hai-lop")
        answer = await through(browser, "binh.mau", "/users")
        assert answer.headers["location"] == "/users"
        assert (await browser.get("/users")).status_code == 200
        real.tell("binh.mau", groups=["ph-quantri"], acr="mot-lop")


async def test_a_claim_decides_the_role_at_each_sign_in_and_its_sessions_end_with_the_old_one(
    w: World, migrated_url: str, real: RealProvider
) -> None:
    async with sso_town(w, migrated_url, real.issuer, **ROLES) as t:
        first, second = t.browser(), t.browser()
        await through(first, "an.do")
        real.tell("an.do", groups=["ph-xem"])
        await through(second, "an.do")
        assert (await first.get("/cases")).status_code == 303
        assert (await second.client.get("/api/account")).json()["role"] == "viewer"
        told = [one for one in await w.entries() if one.kind == "account_changed"][-1]
        assert (told.data["what"], told.data["role"], told.actor) == ("role", "viewer", "connector")
        real.tell("an.do", groups=[])
        answer = await through(t.browser(), "an.do")
        assert answer.status_code == 403
        assert "PH-833" in answer.text
        assert await refusals(t) == ["sso_role"]
        real.tell("an.do", **PEOPLE["an.do"])


async def test_roles_do_not_rise_by_a_claim_that_is_not_named(
    w: World, migrated_url: str, real: RealProvider
) -> None:
    async with sso_town(w, migrated_url, real.issuer, create=True) as t:
        real.tell("chi.mau", groups=["ph-quantri"], role="administrator", roles=["administrator"])
        browser = t.browser()
        await through(browser, "chi.mau")
        assert (await browser.client.get("/api/account")).json()["role"] == "viewer"
        # and what an administrator gave stays
        await t.site.accounts.set_role("chi.mau", "auditor", actor="cli/mau", agencies=("000.00.00.H56",))
        await through(browser, "chi.mau")
        own = (await browser.client.get("/api/account")).json()
        assert (own["role"], own["agencies"]) == ("auditor", ["000.00.00.H56"])
        real.tell("chi.mau", **PEOPLE["chi.mau"])


async def test_an_unknown_person_is_told_the_identifier_by_which_an_administrator_ties_them(
    w: World, migrated_url: str, real: RealProvider
) -> None:
    async with sso_town(w, migrated_url, real.issuer) as t:
        await t.account("an.do", Role.AUDITOR)
        answer = await through(t.browser(), "an.do")
        assert answer.status_code == 403, "an account of that name is somebody else's"
        subject = answer.text.split("identifier: ")[1].split("<")[0].strip()
        assert await refusals(t) == ["sso_unknown"]
        with pytest.raises(UserError):
            await t.site.accounts.tie("khong.co", real.issuer, subject, actor="cli/mau")
        await t.site.accounts.tie("an.do", real.issuer, subject, actor="cli/mau")
        browser = t.browser()
        await through(browser, "an.do")
        assert (await browser.client.get("/api/account")).json()["role"] == "auditor"
        await t.account("khac.mau", Role.VIEWER)
        with pytest.raises(UserError, match="another"):
            await t.site.accounts.tie("khac.mau", real.issuer, subject, actor="cli/mau")
        await t.site.accounts.tie("an.do", None, None, actor="cli/mau")
        assert (await browser.get("/cases")).status_code == 303
        assert (await through(t.browser(), "an.do")).status_code == 403


async def test_a_locked_account_stays_out_whatever_the_provider_says(
    w: World, migrated_url: str, real: RealProvider
) -> None:
    async with sso_town(w, migrated_url, real.issuer, **ROLES) as t:
        browser = t.browser()
        await through(browser, "an.do")
        await t.site.accounts.lock("an.do", actor="cli/mau")
        assert (await browser.get("/cases")).status_code == 303
        assert (await through(t.browser(), "an.do")).status_code == 403
        assert await refusals(t) == ["sso_locked"]


async def test_an_account_without_a_password_is_not_opened_by_one(
    w: World, migrated_url: str, real: RealProvider
) -> None:
    async with sso_town(w, migrated_url, real.issuer, **ROLES) as t:
        await through(t.browser(), "an.do")
        for password in ("", PASSWORD, "None"):
            browser = t.browser()
            await browser.get("/login")
            assert (await browser.post("/login", name="an.do", password=password)).status_code == 401


async def test_a_code_passes_once_at_the_real_provider_too(
    w: World, migrated_url: str, real: RealProvider
) -> None:
    async with sso_town(w, migrated_url, real.issuer, **ROLES) as t:
        browser, thief = t.browser(), t.browser()
        to = (await browser.client.get("/login/sso")).headers["location"]
        back = await signed_in_there(to, "an.do")
        code = dict(parse_qsl(urlsplit(back).query))["code"]
        # the thief read the code from the address, and puts it into a sign-in of their own
        state = (await away(thief))["state"]
        answer = await thief.client.get("/login/sso/back", params={"code": code, "state": state})
        assert answer.status_code == 401, "without the verifier of the browser it is worth nothing"
        assert SESSION not in thief.client.cookies
        assert await refusals(t) == ["sso_code"]


# ---- one that lies ------------------------------------------------------------------------------------------


LIES = [
    ("nonce", {"nonce": "khác"}),
    ("issuer", {"iss": "https://ke.gian.example"}),
    ("audience", {"aud": "khac"}),
    ("audience", {"aud": [CLIENT, "khac"]}),
    ("expired", {"exp": 1_000_000_000}),
    ("at_hash", {"at_hash": "77QmUPtjPfzWtF2AnpK9RQ"}),
]


async def test_a_token_that_does_not_hold_lets_nobody_in(w: World, migrated_url: str) -> None:
    async with lying(w, migrated_url, create=True, account_claim="sub") as (t, made):
        for why, claims in LIES:
            made.claims = claims
            browser, answer = await come_back(t, made)
            assert answer.status_code == 401, why
            assert "PH-831" in answer.text
            assert SESSION not in browser.client.cookies
            assert (await refusals(t))[-1] == f"sso_{why}"
        assert await t.site.accounts.listed() == []
        made.claims = {}
        _, answer = await come_back(t, made)
        assert answer.status_code == 303, "the same provider, honest"


async def test_a_token_with_another_algorithm_lets_nobody_in(w: World, migrated_url: str) -> None:
    async with lying(w, migrated_url, create=True, account_claim="sub") as (t, made):
        for alg in ("none", "HS256"):
            whole = made.sign(w.clock.now()).split(".")
            head = base64.urlsafe_b64encode(json.dumps({"alg": alg, "kid": "mot"}).encode()).rstrip(b"=")
            made.token = f"{head.decode()}.{whole[1]}." + ("" if alg == "none" else whole[2])
            _, answer = await come_back(t, made)
            assert answer.status_code == 401
        assert await refusals(t) == ["sso_algorithm"] * 2


async def test_new_keys_are_read_when_a_token_names_one(w: World, migrated_url: str) -> None:
    async with lying(w, migrated_url, create=True, account_claim="sub") as (t, made):
        for key in (made.key, ECKey.generate_key("P-256", {"kid": "hai"})):
            made.key = key
            for _ in range(2):
                assert (await come_back(t, made))[1].status_code == 303
        assert made.key_reads == 2, "only when they are needed"
        made.keys, made.key = [made.key], RSAKey.generate_key(2048, {"kid": "la"})
        assert (await come_back(t, made))[1].status_code == 401
        assert (await refusals(t)) == ["sso_key"]


async def test_an_answer_is_taken_once_and_from_the_browser_that_asked(w: World, migrated_url: str) -> None:
    async with lying(w, migrated_url, create=True, account_claim="sub") as (t, made):
        browser = t.browser()
        asked = await away(browser)
        made.nonce = asked["nonce"]
        kept = browser.client.cookies[VERIFIER]
        answer = {"code": "mot", "state": asked["state"]}
        stranger = t.browser()
        assert (await stranger.client.get("/login/sso/back", params=answer)).status_code == 403
        await away(stranger)  # a sign-in of their own does not help
        assert (await stranger.client.get("/login/sso/back", params=answer)).status_code == 403
        wrong = {**answer, "state": "khac"}
        assert (await browser.client.get("/login/sso/back", params=wrong)).status_code == 403
        assert made.seen == [], "the provider is not even asked"
        browser.client.cookies.set(VERIFIER, kept, path="/login/sso", domain="127.0.0.1")
        assert (await browser.client.get("/login/sso/back", params=answer)).status_code == 303
        browser.client.cookies.set(VERIFIER, kept, path="/login/sso", domain="127.0.0.1")
        assert (await browser.client.get("/login/sso/back", params=answer)).status_code == 403
        assert await refusals(t) == ["sso_state"] * 4


async def test_a_sign_in_that_takes_too_long_begins_anew(w: World, migrated_url: str) -> None:
    async with lying(w, migrated_url, create=True, account_claim="sub") as (t, made):
        browser = t.browser()
        asked = await away(browser)
        made.nonce = asked["nonce"]
        w.clock.forward(601)
        answer = await browser.client.get("/login/sso/back", params={"code": "mot", "state": asked["state"]})
        assert answer.status_code == 403
        assert "PH-832" in answer.text


async def test_an_answer_in_another_providers_name_is_refused(w: World, migrated_url: str) -> None:
    """The mix-up attack, and its cure (RFC 9207)."""
    async with lying(w, migrated_url, create=True, account_claim="sub") as (t, made):
        made.published = {"authorization_response_iss_parameter_supported": True}
        assert (await come_back(t, made, iss="https://ke.gian.example"))[1].status_code == 401
        assert (await come_back(t, made))[1].status_code == 401, "it says that it always names itself"
        assert made.seen == [], "no code goes anywhere"
        assert (await come_back(t, made, iss=made.issuer))[1].status_code == 303
        assert await refusals(t) == ["sso_issuer"] * 2


async def test_a_discovery_document_of_another_provider_is_not_believed(w: World, migrated_url: str) -> None:
    async with lying(w, migrated_url) as (t, made):
        for lie in (
            {"issuer": "https://ke.gian.example"},
            {"token_endpoint": "http://ke.gian.example/token"},
            {"authorization_endpoint": "javascript:alert(1)"},
            {"jwks_uri": ...},
        ):
            made.published = lie
            answer = await t.browser().client.get("/login/sso")
            assert answer.status_code == 503
            assert "PH-830" in answer.text


async def test_what_the_provider_says_no_to_is_told_in_our_words(w: World, migrated_url: str) -> None:
    async with lying(w, migrated_url) as (t, made):
        browser = t.browser()
        state = (await away(browser))["state"]
        bad = "<b>gọi 0900000000</b>"
        answer = await browser.client.get(
            "/login/sso/back", params={"error": "access_denied", "error_description": bad, "state": state}
        )
        assert answer.status_code == 401
        assert "0900000000" not in answer.text
        assert await refusals(t) == ["sso_denied"]
        made.answer = (401, {"error": "invalid_client"})
        assert (await come_back(t, made))[1].status_code == 503, (
            "our secret is wrong: not that person's fault"
        )
        for body in ([], {"id_token": 7}, {}):
            made.answer = (200, body)
            assert (await come_back(t, made))[1].status_code in (401, 503)


async def test_we_prove_ourselves_with_secret_and_verifier(w: World, migrated_url: str) -> None:
    async with lying(w, migrated_url, create=True, account_claim="sub") as (t, made):
        await come_back(t, made)
        sent = made.seen[-1]
        assert sent["redirect_uri"] == f"{BASE}/login/sso/back"
        assert len(sent["code_verifier"]) >= 43
        user, _, secret = (
            base64.b64decode(sent["authorization"].removeprefix("Basic ")).decode().partition(":")
        )
        assert (user, dict(parse_qsl(f"s={secret}"))["s"]) == (CLIENT, SECRET)
        rows = repr(await w.sql("SELECT * FROM sso_request")) + repr(await w.entries())
        assert sent["code_verifier"] not in rows
    async with lying(w, migrated_url, create=True, account_claim="sub") as (t, made):
        made.published = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
        await come_back(t, made)
        assert (made.seen[-1]["client_secret"], made.seen[-1]["authorization"]) == (SECRET, "")


async def test_nobody_is_led_elsewhere_after_single_sign_on(w: World, migrated_url: str) -> None:
    async with lying(w, migrated_url, create=True, account_claim="sub") as (t, made):
        for goal in ("//ke.gian.example", "https://ke.gian.example", "/\\ke.gian.example", "javascript:1"):
            browser = t.browser()
            asked = await away(browser, goal)
            made.nonce = asked["nonce"]
            answer = await browser.client.get(
                "/login/sso/back", params={"code": asked["state"], "state": asked["state"]}
            )
            assert (answer.status_code, answer.headers["location"]) == (303, "/")


async def test_an_address_that_brings_nothing_that_holds_is_locked_out(w: World, migrated_url: str) -> None:
    async with lying(w, migrated_url) as (t, _):
        tries = [
            (await t.browser().client.get("/login/sso/back", params={"state": "x"})).status_code
            for _ in range(31)
        ]
        assert tries == [403] * 30 + [429]
        assert len(await refusals(t)) == 30


async def test_begun_sign_ins_do_not_fill_the_database(w: World, migrated_url: str) -> None:
    async with lying(w, migrated_url) as (t, _):
        await w.sql(
            "INSERT INTO sso_request SELECT n::text, '', '', '/', now() FROM generate_series(1, 5000) n"
        )
        assert MOST_UNDER_WAY == 5000
        assert (await t.browser().client.get("/login/sso")).status_code == 429
        w.clock.forward(601)
        assert (await t.browser().client.get("/login/sso")).status_code == 303


async def test_the_verifiers_cookie_goes_to_the_way_back_alone(w: World, migrated_url: str) -> None:
    async with lying(w, migrated_url) as (t, _):
        object.__setattr__(t.site, "secure", True)
        cookie = (await t.browser().client.get("/login/sso")).headers["set-cookie"]
        for part in ("HttpOnly", "Secure", "SameSite=lax", "Path=/login/sso", "Max-Age=600"):
            assert part in cookie


# ---- none that answers --------------------------------------------------------------------------------------


async def test_local_accounts_go_on_while_the_provider_is_down(w: World, migrated_url: str) -> None:
    async with sso_town(w, migrated_url, "http://127.0.0.1:9") as t:
        browser = t.browser()
        answer = await browser.client.get("/login/sso")
        assert answer.status_code == 503
        assert "PH-830" in answer.text
        assert "đăng nhập bằng tài khoản riêng" in answer.text
        assert (await browser.client.get("/login/sso/out")).status_code == 503
        await t.enter("rieng.mau", Role.VIEWER)
        assert await refusals(t) == []


async def test_without_a_provider_there_is_no_such_way(migrated_url: str, w: World) -> None:
    async with town(w, migrated_url) as t:
        for path in ("/login/sso", "/login/sso/back", "/login/sso/out"):
            assert (await t.browser().client.get(path)).status_code == 404
        assert "/login/sso" not in (await t.browser().get("/login")).text


async def test_a_role_in_the_settings_that_there_is_not_stops_the_console(
    w: World, migrated_url: str
) -> None:
    with pytest.raises(UserError, match="chu_tich"):
        async with sso_town(w, migrated_url, "http://127.0.0.1:9", role_claim="g", roles={"a": "chu_tich"}):
            pass
