"""Messages over real connections: what is taken, what is refused, what is tried again, and what the receiver sees."""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError
from structlog.testing import capture_logs

from connector.alerts.letter import Letter, Place, trial
from connector.alerts.signature import verified
from connector.errors import MessageNotTaken, MessageRefused
from connector.sections.alerts import AlertSettings, MailSettings, WebhookSettings
from connector.services.alert_channels import try_out
from connector.services.alert_mail import Mailer
from connector.services.alert_webhook import Caller
from connector.settings import Settings
from connector.testing import HandClock
from tests.integration.alert_kit import (
    ACCOUNT,
    FROM,
    PASSWORD,
    TO,
    Post,
    Receiver,
    closed_port,
    mail_to,
    post_office,
    receiver,
)
from tests.unit.test_transport_tls import write_certificate

NOW = datetime(2026, 11, 18, 1, tzinfo=UTC)
PLACE = Place(node="may-1")
SECRET = "bí mật webhook của tỉnh"
TOKEN = "123456789:AAH-mau_khong_that_0123456789abc"


def words() -> Letter:
    return trial("thử", at=NOW, place=PLACE)


async def mail(post: Post, **more: Any) -> str:
    return await Mailer(MailSettings.model_validate(mail_to(post, **more))).send(
        words(), "may-1-7", NOW, False
    )


async def call(at: Receiver, **given: Any) -> str:
    settings = WebhookSettings.model_validate({"url": at.url, "secrets": (SECRET,), **given})
    return await Caller("chat", settings, HandClock(NOW)).send(words(), "may-1-7", NOW, False)


def certificate(folder: Path) -> tuple[str, ssl.SSLContext]:
    crt, key = write_certificate(folder, "thu")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(crt, key)
    return crt, context


# ---- mail ------------------------------------------------------------------------------------------------------


async def test_a_mail_arrives_whole(tmp_path: Path) -> None:
    async with post_office() as post:
        assert await mail(post, to=(TO, "hai.mau@tinh-mau.example")) == "2/2"
    (got,) = post.mails
    assert got["Subject"] == words().subject
    assert [one.addr_spec for one in got["To"].addresses] == [TO, "hai.mau@tinh-mau.example"]
    assert got["From"].addresses[0].addr_spec == FROM
    text = got.get_body(("plain",))
    assert text is not None
    assert "Nhận được tin này là kênh thử hoạt động." in text.get_content()
    assert not got.defects


@pytest.mark.parametrize("at_once", [False, True], ids=["starttls", "tls"])
async def test_the_account_and_the_letter_travel_encrypted(tmp_path: Path, at_once: bool) -> None:
    crt, context = certificate(tmp_path)
    account = {"user": ACCOUNT, "password": PASSWORD, "security": "tls" if at_once else "starttls"}
    async with post_office(context, at_once=at_once) as post:
        assert await mail(post, **account, ca_file=crt) == "1/1"
        assert (post.encrypted[0] or at_once, post.accounts) == (True, [ACCOUNT])
        with pytest.raises(MessageNotTaken, match="not trusted"):
            await mail(post, **account)
        with pytest.raises(MessageRefused, match="535"):
            await mail(post, **{**account, "password": "sai-mat-khau"}, ca_file=crt)
    assert len(post.raw) == 1


async def test_without_starttls_nothing_is_said_to_the_server() -> None:
    async with post_office() as post:
        with pytest.raises(MessageRefused, match="does not offer"):
            await mail(post, security="starttls", user=ACCOUNT, password=PASSWORD)
    assert (post.raw, post.accounts) == ([], [])


async def test_a_greylisted_mail_is_not_taken_yet_and_a_refused_one_never(tmp_path: Path) -> None:
    async with post_office() as post:
        post.refuse = f"451 4.7.1 Greylisted, please try again <{TO}>"
        with pytest.raises(MessageNotTaken, match=r"451 4\.7\.1$") as greylisted:
            await mail(post)
        post.refuse = "550 5.1.1 no such person"
        with pytest.raises(MessageRefused, match=r"550 5\.1\.1$"):
            await mail(post)
    assert TO not in str(greylisted.value), "a server's words may name people"


async def test_a_connection_that_is_lost_or_never_was_is_tried_again_with_the_same_id() -> None:
    async with post_office() as post:
        post.drop = True
        with pytest.raises(MessageNotTaken):
            await mail(post)
        post.drop = False
        await mail(post)
    assert len({one["Message-ID"] for one in post.mails}) == 1
    assert len(post.mails) == 2
    with pytest.raises(MessageNotTaken, match="no answer"):
        await mail(Post(port=closed_port()))


async def test_digests_go_to_their_own_readers() -> None:
    async with post_office() as post:
        settings = MailSettings.model_validate(mail_to(post, digest_to="lanhdao.mau@tinh-mau.example"))
        await Mailer(settings).send(words(), "may-1-8", NOW, True)
    assert [one.addr_spec for one in post.mails[0]["To"].addresses] == ["lanhdao.mau@tinh-mau.example"]


# ---- webhooks --------------------------------------------------------------------------------------------------


async def test_a_receiver_can_tell_that_a_webhook_is_ours_and_of_now() -> None:
    async with receiver() as at:
        assert await call(at) == "HTTP 204"
    (got,) = at.calls
    assert verified(got.body, got.headers, secret=SECRET, now=NOW + timedelta(minutes=1))
    assert not verified(got.body, got.headers, secret=SECRET, now=NOW + timedelta(hours=1))
    assert (got.json["id"], got.json["kind"], got.headers["webhook-id"]) == ("may-1-7", "test", "may-1-7")


@pytest.mark.parametrize("status", [500, 502, 503, 429, 408])
async def test_what_asks_to_come_back_is_tried_again(status: int) -> None:
    async with receiver() as at:
        at.status = status
        with pytest.raises(MessageNotTaken):
            await call(at)
    assert len(at.calls) == 1, "one call a try: the next one is later"


@pytest.mark.parametrize("status", [302, 307, 400, 401, 404, 410])
async def test_what_is_refused_is_refused_and_no_redirection_is_followed(status: int) -> None:
    async with receiver() as at, receiver() as elsewhere:
        at.status, at.headers = status, f"location: {elsewhere.url}/\r\n"
        with pytest.raises(MessageRefused, match=str(status)):
            await call(at)
    assert elsewhere.calls == []


async def test_a_receiver_that_is_not_there_is_tried_again() -> None:
    with pytest.raises(MessageNotTaken, match="no answer"):
        await call(Receiver(port=closed_port()))


async def test_telegram_and_zalo_are_told_in_their_way_and_heard_in_theirs() -> None:
    async with receiver() as at:
        at.status, at.content = 200, b'{"ok": true}'
        telegram = {
            "url": f"{at.url}/bot{{token}}/sendMessage",
            "style": "telegram",
            "token": TOKEN,
            "to": "-100",
        }
        with capture_logs() as logs:
            assert await call(at, **telegram) == "HTTP 200"
        assert at.calls[-1].path == f"/bot{TOKEN}/sendMessage"
        assert at.calls[-1].json["chat_id"] == "-100"
        at.content = b'{"error": -216}'
        with pytest.raises(MessageRefused, match="error -216"):
            await call(at, style="zalo", token=TOKEN, to="987")
        assert at.calls[-1].headers["access_token"] == TOKEN
        at.content = b"ok"
        body = {"card": {"lines": ["{text}"]}}
        await call(at, style="template", body=body, token=TOKEN, token_header="x-key")
        assert at.calls[-1].json == {"card": {"lines": [words().chat]}}
        assert at.calls[-1].headers["x-key"] == TOKEN
    assert TOKEN not in repr(logs)
    assert logs


# ---- trial -----------------------------------------------------------------------------------------------------


async def test_a_trial_says_of_each_channel_what_happened() -> None:
    async with post_office() as post, receiver() as good, receiver() as bad:
        bad.status = 401
        given = {
            "mail": mail_to(post),
            "webhook_hosts": ("127.0.0.1",),
            "webhooks": {
                "chat": {"url": good.url, "secrets": (SECRET,)},
                "hong": {"url": bad.url, "secrets": (SECRET,)},
            },
        }
        settings = Settings(alerts=AlertSettings.model_validate(given))
        told = {one.channel: one for one in await try_out(settings, HandClock(NOW), place=PLACE)}
    assert (told["mail"].answer, told["chat"].answer) == ("1/1", "HTTP 204")
    assert (told["hong"].answer, told["hong"].code, told["hong"].reason) == (None, "PH-821", "hong: HTTP 401")
    assert len(post.mails) == 1


# ---- settings --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({"mail": {"host": "thu.example"}}, "sender"),
        (
            {"mail": {"host": "h", "sender": "a@b.example", "to": "x@b.example\nBcc: y@c.example"}},
            "addresses",
        ),
        ({"mail": {"security": "none", "password": "p"}}, "clear"),
        ({"mail": {"password": "mật khẩu"}}, "ASCII"),
        ({"webhooks": {"a": {"url": "https://la.example/x", "secrets": (SECRET,)}}}, "webhook_hosts"),
        (
            {
                "webhook_hosts": ("a.example",),
                "webhooks": {"a": {"url": "http://a.example/", "secrets": (SECRET,)}},
            },
            "unencrypted",
        ),
        ({"webhooks": {"a": {"url": "https://a.example"}}}, "secrets"),
        ({"webhooks": {"a": {"url": "https://a.example", "secrets": ("ngắn",)}}}, "16"),
        ({"webhooks": {"a": {"url": "https://a.example", "style": "zalo"}}}, "token, to"),
        ({"webhooks": {"a": {"url": "https://a.example", "style": "template", "body": {"x": 1}}}}, "body"),
        ({"webhooks": {"a": {"url": "https://a.example/{token}", "secrets": (SECRET,)}}}, "token"),
        ({"webhooks": {"mail": {"url": "https://a.example", "secrets": (SECRET,)}}}, "mail"),
        ({"webhooks": {"Kênh": {"url": "https://a.example", "secrets": (SECRET,)}}}, "pattern"),
    ],
)
def test_a_channel_that_could_leak_or_never_work_is_a_mistake_at_once(
    given: dict[str, Any], word: str
) -> None:
    with pytest.raises(ValidationError, match=word) as wrong:
        AlertSettings.model_validate(given)
    assert SECRET not in repr(wrong.value.errors(include_input=False))


def test_secrets_do_not_show() -> None:
    one = WebhookSettings(url="https://a.example", secrets=(SecretStr(SECRET),), token=SecretStr(TOKEN))
    assert SECRET not in repr(one)
    assert TOKEN not in repr(one)
