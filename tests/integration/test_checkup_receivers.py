"""``config check --connect`` of who is told and who vouches for people: a real mail server, a real provider, no message sent."""

import ssl
from pathlib import Path
from typing import Any

import pytest

from connector.checkup import receivers
from connector.checkup.line import Line, State
from connector.clock import SystemClock
from connector.settings import Settings
from tests.integration.alert_kit import ACCOUNT, FROM, PASSWORD, TO, closed_port, post_office, receiver
from tests.integration.sso_kit import BASE, CLIENT, SECRET, real_provider
from tests.unit.test_transport_tls import write_certificate


async def looked(**given: Any) -> list[Line]:
    lines = await receivers.lines(Settings(**given), SystemClock())
    for line in lines:
        assert line.measured("vi")
        assert line.measured("en")
        assert (line.state is State.FAILED) == bool(line.next_step("vi")), line
    return lines


def mail(port: int, **changes: Any) -> dict[str, Any]:
    given = {"host": "127.0.0.1", "port": port, "security": "none", "sender": FROM, "to": [TO]}
    return {"alerts": {"mail": given | changes}}


async def test_what_is_not_in_use_is_not_asked_about() -> None:
    assert await looked() == []
    assert await looked(alerts={"enabled": False, **mail(closed_port())["alerts"]}) == []


async def test_the_mail_server_is_signed_in_to_and_gets_no_letter(tmp_path: Path) -> None:
    certificate, key = write_certificate(tmp_path, "thu.tinh-mau.example")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    account = {"security": "starttls", "user": ACCOUNT, "ca_file": certificate}
    async with post_office(context) as post:
        [line] = await looked(**mail(post.port, **account, password=PASSWORD))
        assert line.state is State.FINE
        assert ACCOUNT in line.measured("vi")
        [line] = await looked(**mail(post.port, **account, password="sai-mat-khau"))
        assert line.state is State.FAILED
        assert "535" in line.measured("vi")
        assert "sai-mat-khau" not in str(line)
    assert set(post.accounts) == {ACCOUNT}
    assert post.raw == []
    [line] = await looked(**mail(closed_port()))
    assert line.state is State.FAILED


async def test_a_receiver_of_webhooks_is_reached_and_told_nothing() -> None:
    async with receiver() as made:
        hook = {"url": f"{made.url}/canh-bao", "secrets": ["bi-mat-mau-12345678"]}
        alerts = {"webhook_hosts": ["127.0.0.1"], "webhooks": {"truc": hook}}
        [line] = await looked(alerts=alerts)
        assert (line.check, line.state) == ("webhook", State.FINE)
        assert made.calls == []
    hook["url"] = f"http://127.0.0.1:{closed_port()}/canh-bao"
    [line] = await looked(alerts=alerts)
    assert (line.check, line.state, line.told) == ("webhook", State.FAILED, "no_tcp")


@pytest.mark.timeout(60)
async def test_the_provider_of_single_sign_on_tells_its_keys_and_where_it_must_send_people_back(
    tmp_path: Path,
) -> None:
    def console(issuer: str) -> dict[str, Any]:
        oidc = {"issuer": issuer, "client_id": CLIENT, "client_secret": SECRET, "console_url": BASE}
        return {"console": {"oidc": oidc}}

    with real_provider(tmp_path / "provider", {}) as provider:
        [line] = await looked(**console(provider.issuer))
        assert line.state is State.FINE
        assert f"{BASE}/login/sso/back" in line.measured("vi")
        [line] = await looked(**console(provider.issuer.removesuffix("/o") + "/khac"))
        assert line.state is State.FAILED
    [line] = await looked(**console(provider.issuer))
    assert line.state is State.FAILED
    assert "PH-" in line.measured("vi")
