"""The door of the console, its rights, its forms and its headers."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from fastapi import FastAPI

from connector.console.access import passwords
from connector.console.access.accounts import Accounts
from connector.console.access.rights import CHANGES, CODE_DEMANDED, RIGHTS, Right, Role, rights_of
from connector.console.arrival import FORM, SESSION
from connector.console.pages import entry
from connector.console.route import Action, Page, Plain, register
from connector.console.server import build_console, require_shelter
from connector.console.table import ROUTES
from connector.console.visit import Site
from connector.errors import UserError
from connector.sections.console import ConsoleSettings
from connector.sections.systems import SystemSettings
from connector.settings import Settings
from connector.telemetry.meter import Meter
from connector.testing import HandClock
from tests.integration.console_kit import PASSWORD, Browser, Town, quick_passwords, town
from tests.integration.core_world import world

__all__ = ["quick_passwords"]

EARNEST = passwords._HASHER


@pytest.fixture
async def t(migrated_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    async with world(migrated_url, tmp_path) as made, town(made, migrated_url) as opened:
        yield opened


async def refused(browser: Browser, name: str, password: str) -> int:
    await browser.get("/login")
    return (await browser.post("/login", name=name, password=password)).status_code


# ---- coming in ----------------------------------------------------------------------------------------------


async def test_a_password_lets_a_viewer_in_and_the_log_knows_it(t: Town) -> None:
    browser = await t.enter("xem.mau", Role.VIEWER)
    assert (await browser.get("/overview")).status_code == 200
    assert (await t.world.kinds())[-2:] == ["account_changed", "signed_in"]
    assert (await t.world.entries())[-1].actor == "xem.mau"


async def test_who_approves_or_gives_roles_gets_nowhere_without_a_one_time_code(t: Town) -> None:
    assert {Role.ADMINISTRATOR, Role.APPROVER, Role.SECURITY_OFFICER} == set(CODE_DEMANDED)
    for role in CODE_DEMANDED:
        await t.account(f"mau.{role.value}", role)
        browser = t.browser()
        await browser.get("/login")
        answer = await browser.post("/login", name=f"mau.{role.value}", password=PASSWORD)
        assert answer.headers["location"] == "/login/enrol"
        for path in ("/overview", "/cases", "/account"):
            assert (await browser.get(path)).headers["location"].startswith("/login/enrol?")
        assert (await browser.client.get("/api/cases")).status_code == 401
    assert "signed_in" not in await t.world.kinds()


async def test_a_code_is_asked_for_at_each_sign_in_and_none_passes_twice(t: Town) -> None:
    first = await t.enter("qt.mau", Role.ADMINISTRATOR)
    used = t.code("qt.mau")
    again = t.browser()
    await again.get("/login")
    answer = await again.post("/login", name="qt.mau", password=PASSWORD, next="/log")
    assert answer.headers["location"] == "/login/code?next=%2Flog"
    await again.get("/login/code")
    assert (await again.post("/login/code", code=used)).status_code == 401, "used at enrolment"
    t.world.clock.forward(60)
    await again.get("/login/code")
    before = again.client.cookies[SESSION]
    answer = await again.post("/login/code", code=t.code("qt.mau"), next="/log")
    assert (answer.status_code, answer.headers["location"]) == (303, "/log")
    assert again.client.cookies[SESSION] != before, "a cookie from before a step is worth nothing after it"
    assert (await first.get("/log")).status_code == 200


async def test_wrong_name_wrong_password_and_locked_sound_alike(t: Town) -> None:
    await t.account("mau.mau", Role.VIEWER)
    await t.account("khoa.mau", Role.VIEWER)
    await t.site.accounts.lock("khoa.mau", actor="cli/mau")
    texts = set()
    for name, password in (("mau.mau", "sai"), ("khong.co", PASSWORD), ("khoa.mau", PASSWORD)):
        browser = t.browser()
        await browser.get("/login")
        answer = await browser.post("/login", name=name, password=password)
        assert answer.status_code == 401
        texts.add(re.sub(r'value="[^"]*"', "", answer.text))
    assert len(texts) == 1
    told = [one for one in await t.world.entries() if one.kind == "sign_in_refused"]
    assert [one.data["reason_code"] for one in told] == ["password", "unknown", "locked"]
    assert [one.data.get("account_id") for one in told] == ["mau.mau", None, "khoa.mau"]


async def test_an_account_is_locked_out_after_too_many_tries_and_comes_back_by_itself(t: Town) -> None:
    await t.account("mau.mau", Role.VIEWER)
    tries = [await refused(t.browser(), "mau.mau", "sai") for _ in range(7)]
    assert tries == [401] * 5 + [429] * 2
    assert await refused(t.browser(), "mau.mau", PASSWORD) == 429
    t.world.clock.forward(901)
    assert await refused(t.browser(), "mau.mau", PASSWORD) == 303


async def test_guessing_codes_ends_in_the_same_lock_out(t: Town) -> None:
    await t.enter("qt.mau", Role.ADMINISTRATOR)
    t.world.clock.forward(60)
    browser = t.browser()
    await browser.get("/login")
    await browser.post("/login", name="qt.mau", password=PASSWORD)
    await browser.get("/login/code")
    tries = [(await browser.post("/login/code", code="000000")).status_code for _ in range(6)]
    assert tries == [401] * 5 + [429]


async def test_one_address_cannot_try_names_for_ever(t: Town) -> None:
    tries = [await refused(t.browser(), f"ten.{number}", "sai") for number in range(31)]
    assert tries == [401] * 30 + [429]
    assert not [one for one in await t.world.entries() if "ten." in repr(one.data)], (
        "what was typed is not kept"
    )


async def test_a_reset_asks_for_new_codes_and_ends_every_session(t: Town) -> None:
    browser = await t.enter("qt.mau", Role.ADMINISTRATOR)
    await t.site.accounts.reset("qt.mau", "mật khẩu khác 2026", actor="cli/mau")
    assert (await browser.get("/log")).headers["location"].startswith("/login")
    fresh = t.browser()
    await fresh.get("/login")
    answer = await fresh.post("/login", name="qt.mau", password="mật khẩu khác 2026")
    assert answer.headers["location"] == "/login/enrol"


async def creating(name: str, password: str) -> None:
    """Nothing is asked of the database before name and password are judged."""
    accounts = Accounts(None, Settings(systems={"register": SystemSettings()}), HandClock())  # type: ignore[arg-type]
    await accounts.create(name, display_name="Mẫu", role="viewer", password=password, actor="cli/mau")


@pytest.mark.parametrize("password", ["ngắn", "aaaaaaaaaaaaaaaa", "toi la mau.mau day", "x" * 300])
async def test_a_weak_password_is_refused(password: str) -> None:
    with pytest.raises(UserError, match="password"):
        await creating("mau.mau", password)


@pytest.mark.parametrize("name", ["Mau", "m", "mau mau", "mẫu", "connector", "register", "a0912345678"])
async def test_an_account_is_a_persons_and_its_name_a_code(name: str) -> None:
    with pytest.raises(UserError):
        await creating(name, PASSWORD)


async def test_neither_password_nor_secret_nor_cookie_lies_in_the_database(t: Town) -> None:
    browser = await t.enter("qt.mau", Role.ADMINISTRATOR)
    rows = repr(await t.world.sql("SELECT * FROM account")) + repr(
        await t.world.sql("SELECT * FROM console_session")
    )
    assert "$argon2id$" in rows
    for secret in (PASSWORD, t.secrets["qt.mau"], browser.client.cookies[SESSION]):
        assert secret not in rows
    assert PASSWORD not in repr(await t.world.entries())


def test_passwords_are_kept_by_argon2id_as_its_standard_asks() -> None:
    """RFC 9106, second recommended option: 64 MiB, three passes, four lanes."""
    assert (EARNEST.type.name, EARNEST.memory_cost, EARNEST.time_cost, EARNEST.parallelism) == (
        "ID",
        65536,
        3,
        4,
    )


# ---- sessions -----------------------------------------------------------------------------------------------


async def test_a_session_ends_when_unused_and_at_the_latest_after_its_time(t: Town) -> None:
    browser = await t.enter("mau.mau", Role.VIEWER)
    for _ in range(19):
        t.world.clock.forward(1700)
        assert (await browser.get("/cases")).status_code == 200, "in use, it lives on"
    t.world.clock.forward(1900)
    assert (await browser.get("/cases")).status_code == 303
    other = await t.sign_in("mau.mau", Role.VIEWER)
    for _ in range(21):
        t.world.clock.forward(1750)
        last = (await other.get("/cases")).status_code
    assert last == 303, "ten hours are the end"


async def test_signing_out_ends_the_session_itself(t: Town) -> None:
    browser = await t.enter("mau.mau", Role.VIEWER)
    kept = browser.client.cookies[SESSION]
    assert (await browser.post("/logout")).status_code == 303
    thief = t.browser()
    thief.client.cookies.set(SESSION, kept)
    assert (await thief.client.get("/api/cases")).status_code == 401
    assert (await t.world.kinds())[-1] == "signed_out"


async def test_people_see_and_end_their_own_sessions_and_nobody_elses(t: Town) -> None:
    first = await t.enter("mau.mau", Role.VIEWER)
    second = await t.sign_in("mau.mau", Role.VIEWER)
    other = await t.enter("khac.mau", Role.VIEWER)
    told = (await second.client.get("/api/account")).json()
    assert len(told["sessions"]) == 2
    old = next(one["id"] for one in told["sessions"] if one["id"] != told["here"])
    assert (await other.post(f"/account/sessions/{old}/end")).status_code == 404
    assert (await second.post(f"/account/sessions/{old}/end")).status_code == 303
    assert (await first.get("/cases")).status_code == 303
    assert (await second.get("/cases")).status_code == 200


async def test_another_role_or_a_lock_ends_the_sessions_at_once(t: Town) -> None:
    admin = await t.enter("qt.mau", Role.ADMINISTRATOR)
    person = await t.enter("mau.mau", Role.OPERATOR)
    assert (await admin.post("/users/mau.mau/role", role="viewer")).status_code == 303
    assert (await person.get("/cases")).status_code == 303
    person = await t.sign_in("mau.mau", Role.VIEWER)
    assert (await admin.post("/users/mau.mau/lock")).status_code == 303
    assert (await person.get("/cases")).status_code == 303
    assert (await admin.post("/users/qt.mau/role", role="auditor")).status_code == 403, (
        "nobody changes themselves"
    )


async def test_the_own_password_changes_with_the_old_one_alone(t: Town) -> None:
    first = await t.enter("mau.mau", Role.VIEWER)
    second = await t.sign_in("mau.mau", Role.VIEWER)
    assert (await second.post("/account/password", old="sai", new="mật khẩu mới 2027")).status_code == 401
    answer = await second.post("/account/password", old=PASSWORD, new="mật khẩu mới 2027", again="khác")
    assert answer.status_code == 400
    answer = await second.post(
        "/account/password", old=PASSWORD, new="mật khẩu mới 2027", again="mật khẩu mới 2027"
    )
    assert answer.status_code == 303
    assert (await first.get("/cases")).status_code == 303, "other sessions end"
    assert (await second.get("/cases")).status_code == 200


# ---- rights -------------------------------------------------------------------------------------------------


def ways() -> list[tuple[str, str, Right]]:
    """Every method and address of the table, with something in its places."""
    found = []
    for route in ROUTES:
        path = re.sub(
            r"\{(\w+)\}", lambda m: {"lang": "vi", "name": "mau"}.get(m.group(1), "999999"), route.path
        )
        match route:
            case Plain():
                found.append(("POST" if route.sent else "GET", path, route.right))
            case Page():
                found += [("GET", path, route.right), ("GET", f"/api{path}", route.right)]
            case Action():
                found += [("POST", path, route.right), ("POST", f"/api{path}", route.right)]
    return found


@pytest.mark.timeout(600)  # every route as every role: it grows with the table
async def test_every_role_gets_403_on_everything_not_theirs(t: Town) -> None:
    """Generated from the table of routes: a new route cannot be forgotten."""
    wrong = []
    for role, agencies in [*((role, ()) for role in Role), (Role.OPERATOR, ("000.00.00.H56",))]:
        browser = await t.enter(f"mau.{role.value}{len(agencies)}", role, agencies)
        theirs = rights_of(role, limited=bool(agencies))
        for method, path, right in ways():
            if path.removeprefix("/api") == "/logout" or right is Right.ANYONE:
                continue
            answer = await (browser.get(path) if method == "GET" else browser.post(path))
            if (answer.status_code == 403) == (right in theirs):
                wrong.append((role, method, path, right, answer.status_code))
    assert not wrong


async def test_without_an_account_everything_but_the_door_is_shut(t: Town) -> None:
    browser = t.browser()
    await browser.get("/login")
    for method, path, right in ways():
        if right is Right.ANYONE:
            continue
        answer = await (browser.client.get(path) if method == "GET" else browser.post(path))
        shut = answer.status_code == 401 or answer.headers.get("location", "").startswith("/login")
        assert shut, (method, path, answer.status_code)


def test_auditors_and_viewers_cannot_change_anything() -> None:
    for role in (Role.AUDITOR, Role.VIEWER):
        assert not RIGHTS[role] & CHANGES
    for route in ROUTES:
        if isinstance(route, Action) and route.right not in (Right.ANYONE, Right.SIGNED_IN):
            if route.hands:
                continue  # a file to take away changes nothing
            assert route.right in CHANGES | {Right.SEE_SENDER, Right.VERIFY_LOG, Right.REPORT}, route.path


def test_nobody_may_plan_and_approve() -> None:
    assert not [role for role in Role if {Right.PLAN, Right.APPROVE} <= RIGHTS[role]]


def test_a_route_without_a_right_cannot_be_registered() -> None:
    bare = Page(path="/trong", right=None, view=entry.login_form, template="login.html")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        register(FastAPI(), None, [bare])  # type: ignore[arg-type]


def test_the_application_has_no_route_beside_the_table() -> None:
    nothing = dict.fromkeys(("url", "door", "accounts", "tokens", "due", "reports", "secure"))
    app = build_console(Site(ctx=SimpleNamespace(meter=Meter()), **nothing))  # type: ignore[arg-type]
    told = {(method, route.path) for route in app.routes for method in route.methods}
    wanted = set()
    for route in ROUTES:
        method = "POST" if isinstance(route, Action) or (isinstance(route, Plain) and route.sent) else "GET"
        wanted |= {(method, route.path)} | (
            set() if isinstance(route, Plain) else {(method, f"/api{route.path}")}
        )
    assert told == wanted


# ---- forms, headers, cookies --------------------------------------------------------------------------------


async def test_a_change_without_the_sessions_token_or_from_elsewhere_is_refused(t: Town) -> None:
    browser = await t.enter("vh.mau", Role.OPERATOR)
    form = {"scope": "system:national_portal", "reason": "thử"}
    assert (await browser.client.post("/pauses", data=form)).status_code == 403
    assert (await browser.client.post("/pauses", data={**form, "csrf": "x"})).status_code == 403
    good = {**form, "csrf": browser.csrf}
    for headers in (
        {"origin": "http://ke.gian.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
    ):
        assert (await browser.client.post("/pauses", data=good, headers=headers)).status_code == 403
    other = await t.enter("khac.mau", Role.OPERATOR)
    assert (await browser.client.post("/pauses", data={**form, "csrf": other.csrf})).status_code == 403
    assert "paused" not in await t.world.kinds()
    assert (await browser.client.post("/pauses", data=good)).status_code == 303


async def test_a_sign_in_form_needs_the_token_of_its_own_browser(t: Town) -> None:
    await t.account("mau.mau", Role.VIEWER)
    browser = t.browser()
    answer = await browser.client.post("/login", data={"name": "mau.mau", "password": PASSWORD, "csrf": "x"})
    assert answer.status_code == 403


async def test_every_answer_carries_the_headers_and_allows_no_script_but_our_file(t: Town) -> None:
    browser = await t.enter("mau.mau", Role.VIEWER)
    for path in (
        "/login",
        "/cases",
        "/api/cases",
        "/static/console.css",
        "/static/live.js",
        "/khong-co",
        "/api/khong-co",
        "/users",
    ):
        answer = await browser.client.get(path)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "script-src 'self'; connect-src 'self';" in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert "no-store" in answer.headers.get("cache-control", "") or path.startswith(
            ("/static", "/api", "/khong")
        )


async def test_cookies_are_out_of_reach_of_scripts_and_go_by_https_alone_behind_tls(t: Town) -> None:
    await t.account("mau.mau", Role.VIEWER)
    for secure in (False, True):
        own = t.world.ctx.settings.console.model_copy(update={"behind_tls": secure})
        object.__setattr__(t.site, "secure", own.behind_tls)
        browser = t.browser()
        page = await browser.get("/login")
        browser.client.cookies.set(FORM, browser.csrf)  # this browser speaks no HTTPS
        answer = await browser.post("/login", name="mau.mau", password=PASSWORD)
        for cookie in (page.headers["set-cookie"], answer.headers["set-cookie"]):
            assert "HttpOnly" in cookie
            assert "SameSite=lax" in cookie
            assert ("Secure" in cookie) == secure


def test_it_does_not_listen_to_the_network_without_tls_in_front() -> None:
    require_shelter(ConsoleSettings())
    require_shelter(ConsoleSettings(host="0.0.0.0", behind_tls=True))  # noqa: S104
    with pytest.raises(UserError, match="HTTPS"):
        require_shelter(ConsoleSettings(host="0.0.0.0"))  # noqa: S104


async def test_nobody_is_led_elsewhere_after_signing_in(t: Town) -> None:
    await t.account("mau.mau", Role.VIEWER)
    for to in ("//ke.gian.example", "https://ke.gian.example", "/\\ke.gian.example", "javascript:1", "/a\nb"):
        browser = t.browser()
        await browser.get("/login", next=to)
        answer = await browser.post("/login", name="mau.mau", password=PASSWORD, next=to)
        assert answer.headers["location"] == "/"
        assert (await browser.client.get("/language/en", params={"next": to})).headers["location"] == "/"


async def test_errors_have_one_shape_with_code_and_next_step(t: Town) -> None:
    browser = await t.enter("vh.mau", Role.OPERATOR)
    answers = [
        await browser.client.get("/api/cases/khong-co"),
        await browser.client.get("/api/cases", params={"status": "LA"}),
        await browser.client.get("/api/cases", params={"before": "x"}),
        await browser.client.get("/api/users"),
        await browser.client.get("/api/khong-co"),
        await browser.call("/quarantine/999/retry"),
        await browser.client.post("/api/pauses", content=b"[1", headers={"content-type": "application/json"}),
        await browser.client.post("/api/pauses", content=b"a" * 70000),
    ]
    assert [one.status_code for one in answers] == [404, 400, 400, 403, 404, 404, 400, 400]
    for one in answers:
        error = one.json()["error"]
        assert error["code"].startswith("PH-")
        assert error["next_step"]["vi"]
        assert error["next_step"]["en"]
