"""THE table of routes: every address of the console and the right that it needs. There is no other."""

from connector.console.access.rights import Right as R
from connector.console.pages import admin, cases, doubt, entry, log, overview, work
from connector.console.route import Action, Page, Plain, Route

ROUTES: tuple[Route, ...] = (
    # coming in
    Plain(path="/", right=R.ANYONE, answer=entry.home),
    Plain(path="/health", right=R.ANYONE, answer=entry.health),
    Plain(path="/language/{lang}", right=R.ANYONE, answer=entry.language),
    Plain(path="/static/{name}", right=R.ANYONE, answer=entry.static_file),
    Page(path="/login", right=R.ANYONE, view=entry.login_form, template="login.html"),
    Action(path="/login", right=R.ANYONE, do=entry.login),
    Page(path="/login/code", right=R.ANYONE, view=entry.code_form, template="code.html"),
    Action(path="/login/code", right=R.ANYONE, do=entry.code),
    Page(path="/login/enrol", right=R.ANYONE, view=entry.enrol_form, template="enrol.html"),
    Action(path="/login/enrol", right=R.ANYONE, do=entry.enrol),
    # one's own account
    Action(path="/logout", right=R.SIGNED_IN, do=entry.logout),
    Page(path="/account", right=R.SIGNED_IN, view=entry.account, template="account.html"),
    Action(path="/account/password", right=R.SIGNED_IN, do=entry.change_password),
    Action(path="/account/sessions/{id}/end", right=R.SIGNED_IN, do=entry.end_session),
    # the work of the day
    Page(path="/overview", right=R.SEE_FLOW, view=overview.home, template="overview.html"),
    Page(path="/cases", right=R.SEE_CASE, view=cases.cases, template="cases.html"),
    Page(path="/cases/{name}", right=R.SEE_CASE, view=cases.case, template="case.html"),
    Action(path="/cases/{id}/sender", right=R.SEE_SENDER, do=cases.sender),
    Action(path="/cases/{id}/ask", right=R.RETRY, do=cases.read_again),
    Page(path="/deliveries", right=R.SEE_FLOW, view=work.deliveries_page, template="deliveries.html"),
    Page(path="/quarantine", right=R.SEE_FLOW, view=work.quarantine_page, template="quarantine.html"),
    Action(path="/quarantine/{id}/retry", right=R.RETRY, do=work.retry),
    Action(path="/quarantine/{id}/dismiss", right=R.RETRY, do=work.dismiss),
    Page(path="/doubt", right=R.SEE_FLOW, view=doubt.doubts, template="doubts.html"),
    Page(path="/doubt/{id}", right=R.DECIDE_DOUBT, view=doubt.evidence, template="doubt.html"),
    Action(path="/doubt/{id}/decide", right=R.DECIDE_DOUBT, do=doubt.decide),
    Page(path="/runs", right=R.SEE_FLOW, view=work.runs, template="runs.html"),
    Page(path="/pauses", right=R.SEE_FLOW, view=work.pauses, template="pauses.html"),
    Action(path="/pauses", right=R.PAUSE, do=work.pause),
    Action(path="/pauses/resume", right=R.PAUSE, do=work.resume),
    # proof
    Page(path="/log", right=R.READ_LOG, view=log.log, template="log.html"),
    Action(path="/log/verify", right=R.VERIFY_LOG, do=log.verify_log),
    # administration
    Page(path="/users", right=R.USERS, view=admin.users, template="users.html"),
    Action(path="/users/{name}/lock", right=R.USERS, do=admin.lock),
    Action(path="/users/{name}/unlock", right=R.USERS, do=admin.unlock),
    Action(path="/users/{name}/role", right=R.USERS, do=admin.set_role),
    Action(path="/users/{name}/sessions", right=R.USERS, do=admin.end_sessions),
    Page(path="/settings", right=R.SETTINGS, view=admin.settings, template="settings.html"),
)
