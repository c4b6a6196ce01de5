"""Who is told, and who vouches for people: the mail server, the receivers of webhooks, single sign-on. Sends no message."""

from contextlib import aclosing

from connector.checkup import network
from connector.checkup.line import Line, fine, refused, worst
from connector.clock import Clock
from connector.errors import ConnectorError
from connector.sections.alerts import MailSettings, WebhookSettings
from connector.services.alert_mail import Mailer
from connector.settings import Settings
from connector.sso.provider import Provider
from connector.transport import TransportSettings

ALERTS, SIGN_ON = "alerts", "sign_on"


async def lines(settings: Settings, clock: Clock) -> list[Line]:
    """Every line of these; none for what is not in use."""
    alerts = settings.alerts
    found = []
    if alerts.enabled and alerts.mail.host is not None:
        found.append(await _mail(alerts.mail))
    if alerts.enabled:
        found += [await _webhook(one, clock) for _, one in sorted(alerts.webhooks.items())]
    if settings.console.oidc.issuer is not None:
        found.append(await _sign_on(settings, clock))
    return found


async def _mail(given: MailSettings) -> Line:
    """Greeted, encrypted and signed in as for a letter, and no letter handed over."""
    try:
        await Mailer(given).knock()
    except ConnectorError as error:
        return refused(ALERTS, "mail", error)
    return fine(
        ALERTS,
        "mail",
        "mail",
        host=given.host,
        port=given.port,
        security=given.security,
        user=given.user or "–",
    )


async def _webhook(given: WebhookSettings, clock: Clock) -> Line:
    """How far it can be reached: whatever is sent there, somebody reads."""
    limits = TransportSettings(connect_timeout_s=5, read_timeout_s=10, tries=1, ca_file=given.ca_file)
    told = await network.lines(ALERTS, given.url.replace("{token}", "token"), limits, clock.now())
    return worst(told, ALERTS, "webhook")


async def _sign_on(settings: Settings, clock: Clock) -> Line:
    async with aclosing(Provider(settings.console.oidc, clock)) as provider:
        try:
            keys = await provider.look()
        except ConnectorError as error:
            return refused(SIGN_ON, "provider", error)
        return fine(SIGN_ON, "provider", "provider", issuer=provider.issuer, count=keys, back=provider.back)
