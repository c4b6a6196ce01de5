"""Alerts over a real database: what is found, kept, told and sent, and what a person's word does."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connector.alerts.condition import Condition, Fact
from connector.alerts.judge import Alert, Kind
from connector.alerts.schedule import Digest
from connector.app import load_rules, shipped
from connector.case import REGISTER
from connector.clock import LOCAL_ZONE
from connector.contract.compare import Change, Concern, Difference
from connector.errors import InDoubt, NotFoundError, Transient, Unreachable, UserError
from connector.ledger.entry import EntryKind
from connector.reconcile.scope import Reach, Scope
from connector.rules.book import RuleBook
from connector.sections.ledger import LedgerSettings
from connector.services import alert_facts as service_facts
from connector.services import alerts, digest
from connector.services.alert_channels import send_due
from connector.services.alert_facts import collect
from connector.store import alerts as rows
from connector.store import checkpoints, circuits, contracts, flows
from connector.sync.history import keep_history
from connector.sync.lookup import MOST_LOOKUPS
from connector.sync.reconcile import run_pass
from connector.sync.sweep import sweep
from tests.integration.alert_kit import alerting, closed_port, mail_to, post_office, receiver
from tests.integration.core_mapping import GOVERNMENT, NATIONAL, plain
from tests.integration.core_world import World, planned, world
from tests.integration.log_kit import ORIGIN, key_text
from tests.integration.seeded import HOUR, furnish, tamper
from tests.unit.test_transport_tls import write_certificate

SECRET = "bí mật webhook của tỉnh"
OFFICER = "cb-mau-01"


@pytest.fixture
async def w(migrated_url: str, tmp_path: Path) -> AsyncIterator[World]:
    async with world(migrated_url, tmp_path, settling_s=20.0, most_attempts=3) as made:
        made.ctx = replace(made.ctx, book=RuleBook.load(shipped("mappings")))
        yield made


async def found(w: World) -> dict[tuple[str, str | None], Fact]:
    """Every condition could be looked at, and these hold."""
    facts, looked = await collect(w.ctx)
    assert looked == frozenset(Condition)
    return {(one.condition.value, one.subject): one for one in facts}


async def only(w: World, condition: Condition, subject: str | None = NATIONAL) -> Fact:
    told = await found(w)
    assert (condition.value, subject) in told, told
    return told[condition.value, subject]


async def open_now(w: World) -> list[Alert]:
    async with w.db.reading() as conn:
        return await rows.open_now(conn)


async def look(w: World) -> list[str]:
    return [one.kind.value for one in await alerts.look(w.ctx)]


async def hold(w: World, name: str = NATIONAL) -> None:
    """A guard has stopped a flow."""
    async with w.db.unit() as unit:
        await flows.hold(
            unit.conn,
            f"flow:observe:{name}",
            reason="thử",
            code="PH-410",
            actor="test/1",
            at=w.clock.now(),
            guard="flood",
            numbers={"changed": 5000},
        )


async def release(w: World, name: str = NATIONAL) -> None:
    async with w.db.unit() as unit:
        await flows.release(unit.conn, f"flow:observe:{name}")


# ---- what is found ---------------------------------------------------------------------------------------------


async def test_nothing_is_wrong_where_nothing_is(w: World) -> None:
    w.national.put("1", plain("1"))
    await w.rest(3)
    assert await found(w) == {}


async def test_many_failures_are_found_and_a_few_are_not(w: World) -> None:
    w.ctx = alerting(w.ctx, failure_min_count=5)
    for _ in range(4):
        w.national.fail(Unreachable("no connection"), on="changes")
        await w.observe(NATIONAL)
    assert await found(w) == {}
    w.national.fail(Unreachable("no connection"), on="changes")
    await w.observe(NATIONAL)
    fact = await only(w, Condition.FAILURE_RATE)
    assert (fact.count, fact.of, fact.codes) == (5, 5, ("PH-302",))
    for _ in range(6):
        await w.observe(NATIONAL)
    assert await found(w) == {}, "five of eleven are less than half"


async def test_writes_that_fail_count_and_those_that_wait_for_a_pause_do_not(w: World) -> None:
    w.ctx = alerting(w.ctx, failure_min_count=3, failure_percent=40)
    await planned(w, "accepted")
    for _ in range(2):
        w.national.fail(Transient("later"))
        await w.deliver(NATIONAL)
        w.clock.forward(3600 / 4)
    fact = await only(w, Condition.FAILURE_RATE)
    assert (fact.count, fact.codes) == (2, ("PH-301",))


async def test_a_write_in_doubt_is_told_after_a_while_with_its_case(w: World) -> None:
    number = await planned(w, "accepted")
    w.national.can(idempotent=False, lookup=frozenset())
    w.national.fail(InDoubt("reply lost"), after_effect=True)
    await w.deliver(NATIONAL)
    assert await found(w) == {}
    w.clock.forward(3600)
    fact = await only(w, Condition.IN_DOUBT)
    assert (fact.count, fact.cases) == (1, (number,))


async def test_one_that_only_a_person_can_decide_is_told_at_once(w: World) -> None:
    await planned(w, "accepted")
    w.national.can(idempotent=False, lookup=frozenset())
    w.national.fail(InDoubt("reply lost"), after_effect=True)
    for _ in range(MOST_LOOKUPS + 1):
        await w.deliver(NATIONAL)
        w.clock.forward(20)
    assert (await only(w, Condition.IN_DOUBT)).count == 1


async def test_retries_that_are_used_up_are_told(w: World) -> None:
    await planned(w, "accepted")
    for _ in range(4):
        w.national.fail(Transient("later"))
        await w.deliver(NATIONAL)
        w.clock.forward(4000)
    assert (await only(w, Condition.RETRIES_USED_UP)).count == 1


async def test_a_guards_stop_is_told_with_the_guards_name_and_a_persons_pause_is_not(w: World) -> None:
    async with w.db.unit() as unit:
        await flows.hold(
            unit.conn, f"system:{GOVERNMENT}", reason="bảo trì", code=None, actor="cb", at=w.clock.now()
        )
    assert await found(w) == {}
    await hold(w)
    fact = await only(w, Condition.GUARD_STOP)
    assert (fact.count, fact.codes) == (1, ("flood",))


async def test_an_open_circuit_is_told_once_it_stays_open(w: World) -> None:
    async def tell(state: str) -> None:
        async with w.db.unit() as unit:
            await circuits.tell(unit.conn, "may-1", {NATIONAL: state}, w.clock.now())

    await tell("open")
    assert await found(w) == {}
    w.clock.forward(300)
    await tell("open")
    assert (await only(w, Condition.BREAKER_OPEN)).since == w.clock.now() - timedelta(seconds=300)
    await tell("closed")
    assert await found(w) == {}


async def test_deadlines_at_risk_are_told_with_the_cases(w: World) -> None:
    number = await planned(w, "accepted")
    async with w.db.unit() as unit:
        await flows.hold(
            unit.conn, f"system:{NATIONAL}", reason="bảo trì", code=None, actor="cb", at=w.clock.now()
        )
    await keep_history(w.ctx)
    assert await found(w) == {}, "its day is far"
    await w.sql("DELETE FROM case_duty")
    await w.sql(
        "INSERT INTO case_duty VALUES (%s, 0, 'handle', true, true, %s, NULL, NULL)",
        number,
        w.clock.now() + timedelta(hours=3),
    )
    fact = await only(w, Condition.DEADLINE_AT_RISK)
    assert (fact.count, fact.cases, fact.until) == (1, (number,), w.clock.now() + timedelta(hours=3))


async def test_R15_a_system_that_was_not_read_for_a_day_is_told(w: World) -> None:
    w.clock.at = datetime(2026, 11, 17, 8, tzinfo=LOCAL_ZONE)
    await w.observe()
    since = w.clock.now()
    w.clock.forward(25 * 3600)
    w.national.fail(Unreachable("no connection"), on="changes")
    await w.observe()
    await sweep(w.ctx)
    assert (await only(w, Condition.NO_PULL)).since == since
    await w.observe(NATIONAL)
    await sweep(w.ctx)
    assert await found(w) == {}


async def test_grave_differences_that_are_nobodys_are_told(w: World) -> None:
    w.ctx = alerting(w.ctx, findings_from="low")
    await furnish(w, 6)
    await tamper(w, [0, 1])
    w.clock.forward(2 * HOUR)
    await run_pass(w.ctx, NATIONAL, Scope(reach=Reach.FULL), actor=None)
    open_findings = (
        await w.sql("SELECT count(*) AS n FROM finding WHERE closed_at IS NULL AND system = %s", NATIONAL)
    )[0]["n"]
    assert open_findings > 0
    assert (await only(w, Condition.FINDINGS)).count == open_findings
    await w.sql("UPDATE finding SET ack_by = 'cb-mau-01'")
    assert await found(w) == {}


async def test_a_drifted_contract_is_told(w: World) -> None:
    different = Difference(
        part="wsdl", path="GuiPAKN/TieuDe", change=Change.GONE, was="1", now=None, concern=Concern()
    )
    async with w.db.unit() as unit:
        await contracts.note(unit.conn, NATIONAL, different, cases=2, at=w.clock.now())
    assert (await only(w, Condition.CONTRACT_DRIFT)).count == 1


async def test_a_quarantine_that_grows_is_told_with_its_codes_and_an_old_one_is_not(w: World) -> None:
    w.ctx = alerting(w.ctx, quarantine_growth=3)
    for number in range(3):
        w.national.put(str(number), plain(str(number), privacy="lạ"))
    await w.observe(NATIONAL)
    fact = await only(w, Condition.QUARANTINE_GROWING)
    assert (fact.count, fact.of, fact.codes) == (3, 3, ("PH-401",))
    w.clock.forward(2 * 86400)
    assert await found(w) == {}


async def test_a_log_that_was_found_broken_or_refuses_its_seal_is_told(w: World) -> None:
    async with w.db.unit() as unit:
        unit.record(EntryKind.LOG_VERIFIED, ok=False, checked=3)
    assert (await only(w, Condition.LOG_BROKEN, None)).codes == ("PH-501",)
    async with w.db.unit() as unit:
        unit.record(EntryKind.LOG_VERIFIED, ok=True, checked=4)
        await flows.hold(
            unit.conn, checkpoints.SCOPE, reason="x", code="PH-502", actor="test/1", at=w.clock.now()
        )
    assert (await only(w, Condition.LOG_BROKEN, None)).codes == ("PH-502",)


async def test_overdue_sealing_and_a_deaf_outlet_are_told(w: World) -> None:
    ledger = LedgerSettings(origin=ORIGIN, signing_keys=key_text())
    w.ctx = replace(w.ctx, settings=w.ctx.settings.model_copy(update={"ledger": ledger}))
    async with w.db.unit() as unit:
        unit.record(EntryKind.STARTED)
    assert await found(w) == {}
    w.clock.forward(3601)
    assert (await only(w, Condition.SEALING_OVERDUE, None)).count == 1
    async with w.db.unit() as unit:
        await checkpoints.went(unit.conn, "witness", "PH-302", w.clock.now() - timedelta(hours=2))
    assert (await only(w, Condition.SEALING_OVERDUE, None)).codes == ("witness", "PH-302")


async def test_what_expires_is_told_in_time(w: World, tmp_path: Path) -> None:
    now = datetime.now(LOCAL_ZONE)
    w.clock.at = now
    crt, _ = write_certificate(tmp_path, "ta", timedelta(days=9, hours=1))
    section = w.ctx.settings.systems[NATIONAL]
    transport = section.transport.model_copy(update={"client_cert_file": crt})
    ends = now.date() + timedelta(days=6)
    changed = section.model_copy(update={"transport": transport, "password_expires": ends})
    systems = {**w.ctx.settings.systems, NATIONAL: changed}
    w.ctx = replace(w.ctx, settings=w.ctx.settings.model_copy(update={"systems": systems}))
    await w.sql(
        "INSERT INTO account (name, display_name, role, password_hash, created_at) VALUES ('may', 'x', 'viewer', 'x', %s)",
        now,
    )
    for number, days in enumerate((3, 300)):
        await w.sql(
            "INSERT INTO api_token (token_hash, account, label, scopes, created_at, created_by, expires_at)"
            " VALUES (%s, 'may', 'x', '{}', %s, 'x', %s)",
            bytes([number]),
            now,
            now + timedelta(days=days, hours=1),
        )
    told = await found(w)
    assert told["certificate_expiry", NATIONAL].count == 9
    assert told["certificate_expiry", NATIONAL].codes == ("client_cert_file",)
    assert told["password_expiry", NATIONAL].count == 5
    assert (told["token_expiry", None].count, told["token_expiry", None].codes) == (3, ("1",))


async def test_a_collector_that_fails_concludes_nothing_of_its_conditions(
    w: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await hold(w)
    assert await look(w) == ["raised"]
    monkeypatch.setattr(
        service_facts, "certificate_files", lambda _: [("x", "ca_file", tmp_path / "khong-co.pem")]
    )
    _, looked = await collect(w.ctx)
    assert looked == frozenset(Condition) - {Condition.CERTIFICATE_EXPIRY}


# ---- the life of an alert --------------------------------------------------------------------------------------


async def test_an_alert_lives_from_its_condition_to_its_end_and_the_log_knows_it(w: World) -> None:
    await hold(w)
    assert await look(w) == ["raised"]
    w.clock.forward(60)
    assert await look(w) == ["stays"]
    w.clock.forward(4 * HOUR)
    assert await look(w) == ["again"]
    await release(w)
    assert await look(w) == ["fades"]
    w.clock.forward(300)
    assert await look(w) == ["ended"]
    assert await look(w) == []
    told = [one for one in await w.entries() if one.kind.startswith("alert")]
    assert [one.kind for one in told] == ["alert_raised", "alert_ended"]
    assert told[0].system == NATIONAL
    assert told[0].data == {"alert_id": 1, "condition": "guard_stop", "subject": NATIONAL, "count": 1}


async def test_two_nodes_that_look_at_once_raise_one_alert(w: World) -> None:
    import asyncio

    await hold(w)
    both = await asyncio.gather(alerts.look(w.ctx), alerts.look(w.ctx))
    assert sorted(one.kind for steps in both for one in steps) == [Kind.RAISED, Kind.STAYS]
    assert len(await open_now(w)) == 1


async def test_an_official_acknowledges_with_a_note_and_a_program_does_not(w: World) -> None:
    await hold(w)
    await look(w)
    word: dict[str, Any] = {"note": "đang gọi cổng", "now": w.clock.now()}
    for wrong in ({**word, "by": "connector"}, {**word, "by": OFFICER, "note": "  "}):
        with pytest.raises(UserError):
            await alerts.acknowledge(w.db, w.ctx.settings, 1, **wrong)
    with pytest.raises(NotFoundError):
        await alerts.acknowledge(w.db, w.ctx.settings, 9, by=OFFICER, **word)
    await alerts.acknowledge(w.db, w.ctx.settings, 1, by=OFFICER, **word)
    w.clock.forward(30 * HOUR)
    assert await look(w) == ["stays"]
    entry = (await w.entries())[-1]
    assert (entry.kind, entry.actor) == ("alert_acknowledged", OFFICER)
    assert "gọi" not in repr(entry.data)


async def test_a_snooze_has_an_end_within_a_month(w: World) -> None:
    await hold(w)
    await look(w)
    for hours in (0, -1, 745):
        with pytest.raises(UserError):
            await alerts.snooze(w.db, w.ctx.settings, 1, by=OFFICER, note="x", hours=hours, now=w.clock.now())
    await alerts.snooze(w.db, w.ctx.settings, 1, by=OFFICER, note="bảo trì", hours=6, now=w.clock.now())
    assert [alerts.state(one) for one in await open_now(w)] == ["snoozed"]
    w.clock.forward(6 * HOUR - 1)
    assert await look(w) == ["stays"]
    w.clock.forward(1)
    assert await look(w) == ["again"]
    assert (await w.entries())[-1].kind == "alert_snoozed"


# ---- messages --------------------------------------------------------------------------------------------------


async def test_what_is_told_reaches_every_channel_once_and_is_in_the_log(w: World) -> None:
    async with post_office() as post, receiver() as at:
        hook = {"url": at.url, "secrets": (SECRET,)}
        w.ctx = alerting(w.ctx, mail=mail_to(post), webhook_hosts=("127.0.0.1",), webhooks={"chat": hook})
        await hold(w)
        await look(w)
        await send_due(w.ctx)
        await look(w)
        await send_due(w.ctx)
        assert len(post.mails) == len(at.calls) == 1
        assert "Chốt an toàn đã dừng một luồng" in post.mails[0]["Subject"]
        assert at.calls[0].json["alerts"][0]["condition"] == "guard_stop"
    told = [one.data for one in await w.entries() if one.kind == "alert_told"]
    assert sorted(str(one["channel"]) for one in told) == ["chat", "mail"]


async def test_a_message_that_is_not_taken_is_tried_again_holds_up_no_other_channel_and_shows(
    w: World,
) -> None:
    async with post_office() as post, receiver() as at:
        post.refuse = "451 4.7.1 later"
        hook = {"url": at.url, "secrets": (SECRET,)}
        w.ctx = alerting(w.ctx, mail=mail_to(post), webhook_hosts=("127.0.0.1",), webhooks={"chat": hook})
        await hold(w)
        await look(w)
        for _ in range(3):
            await send_due(w.ctx)
            w.clock.forward(HOUR)
        assert (len(post.mails), len(at.calls)) == (0, 1)
        assert (await only(w, Condition.UNTOLD, "mail")).codes == ("PH-820",)
        await look(w)
        await send_due(w.ctx)
        assert at.calls[-1].json["alerts"][-1]["condition"] == "untold", "told over the channel that works"
        post.refuse = None
        w.clock.forward(2 * HOUR)
        await send_due(w.ctx)
        assert len(post.mails) == 2
        assert (Condition.UNTOLD, "mail") not in await found(w)


async def test_a_message_that_is_refused_is_given_up_at_once_and_stays_visible(w: World) -> None:
    async with post_office() as post:
        post.refuse = "550 5.1.1 no such person"
        w.ctx = alerting(w.ctx, mail=mail_to(post))
        await hold(w)
        await look(w)
        await send_due(w.ctx)
    async with w.db.reading() as conn:
        (line,) = await rows.messages(conn)
    assert (line.state, line.attempts, line.code) == ("failed", 1, "PH-821")
    assert (await w.entries())[-1].kind == "alert_undelivered"
    assert (await only(w, Condition.UNTOLD, "mail")).count == 1


async def test_a_message_that_nobody_takes_for_a_day_is_given_up(w: World) -> None:
    w.ctx = alerting(w.ctx, mail=mail_to(type("Nobody", (), {"port": closed_port()})()))
    await hold(w)
    await look(w)
    for _ in range(26):
        await send_due(w.ctx)
        w.clock.forward(HOUR)
    async with w.db.reading() as conn:
        (line,) = await rows.messages(conn)
    assert (line.state, line.code) == ("failed", "PH-820")


async def test_a_sender_that_dies_while_sending_is_followed_by_another(w: World) -> None:
    async with post_office() as post:
        w.ctx = alerting(w.ctx, mail=mail_to(post))
        await hold(w)
        await look(w)
        async with w.db.unit() as unit:
            assert await rows.take(unit.conn, "mail", w.clock.now())
        await send_due(w.ctx)
        assert post.mails == [], "it may still be on its way"
        w.clock.forward(rows.LEASE.total_seconds())
        await send_due(w.ctx)
        assert len(post.mails) == 1


# ---- digest ----------------------------------------------------------------------------------------------------


async def test_a_digest_goes_once_a_working_day_whoever_sends_it(w: World) -> None:
    async with post_office() as post:
        w.ctx = alerting(w.ctx, mail=mail_to(post), weekly_at="")
        await planned(w, "accepted")
        await w.deliver()
        await hold(w)
        await look(w)
        w.clock.at = datetime(2026, 11, 20, 7, 29, tzinfo=LOCAL_ZONE)
        assert await digest.put_up_due(w.ctx) == []
        for _ in range(3):
            w.clock.forward(60)
            await digest.put_up_due(w.ctx)
        for day in (21, 22):
            w.clock.at = datetime(2026, 11, day, 9, tzinfo=LOCAL_ZONE)
            assert await digest.put_up_due(w.ctx) == []
        await send_due(w.ctx)
    mails = [one for one in post.mails if "Bản tin ngày 20/11/2026" in one["Subject"]]
    assert len(mails) == 1
    body = mails[0].get_body(("plain",))
    assert body is not None
    text = body.get_content()
    assert "Chốt an toàn đã dừng một luồng" in text
    assert "Hồ sơ: 1" in text


async def test_a_digest_counts_its_period_and_no_more(w: World) -> None:
    await planned(w, "accepted")
    await w.deliver()
    w.clock.forward(60)
    calendar, day = load_rules(w.ctx.settings).calendar, date(2026, 11, 19)
    today = (await digest.write(w.db, w.ctx.settings, calendar, w.clock, Digest.DAILY)).data["digest"]
    done = {one["system"]: one["done"] for one in today["systems"]}
    assert done[REGISTER] == 1
    w.clock.forward(3 * 86400)
    later = await digest.write(w.db, w.ctx.settings, calendar, w.clock, Digest.DAILY, day + timedelta(days=2))
    assert {one["done"] for one in later.data["digest"]["systems"]} == {0}
    week = await digest.write(w.db, w.ctx.settings, calendar, w.clock, Digest.WEEKLY)
    assert {one["system"]: one["done"] for one in week.data["digest"]["systems"]}[REGISTER] == 1
