"""THE table of routes: every address of the console and the right that it needs. There is no other."""

from connector.console.access.rights import Right
from connector.console.pages import admin, api, cases, doubt, entry, log, overview, work
from connector.console.route import Action, Page, Plain, Route
from connector.services.dossier import SenderFile

ROUTES: tuple[Route, ...] = (
    # coming in
    Plain(path="/", right=Right.ANYONE, answer=entry.home),
    Plain(path="/health", right=Right.ANYONE, answer=entry.health),
    Plain(path="/language/{lang}", right=Right.ANYONE, answer=entry.language),
    Plain(path="/static/{name}", right=Right.ANYONE, answer=entry.static_file),
    Page(
        path="/login",
        right=Right.ANYONE,
        view=entry.login_form,
        template="login.html",
        asks=("next",),
        in_person=True,
    ),
    Action(
        path="/login",
        right=Right.ANYONE,
        do=entry.login,
        needs=("name", "password"),
        takes=("next",),
        in_person=True,
    ),
    Page(
        path="/login/code",
        right=Right.ANYONE,
        view=entry.code_form,
        template="code.html",
        asks=("next",),
        in_person=True,
    ),
    Action(
        path="/login/code",
        right=Right.ANYONE,
        do=entry.code,
        needs=("code",),
        takes=("next",),
        in_person=True,
    ),
    Page(
        path="/login/enrol",
        right=Right.ANYONE,
        view=entry.enrol_form,
        template="enrol.html",
        asks=("next",),
        in_person=True,
    ),
    Action(
        path="/login/enrol",
        right=Right.ANYONE,
        do=entry.enrol,
        needs=("code",),
        takes=("next",),
        in_person=True,
    ),
    # one's own account
    Action(path="/logout", right=Right.SIGNED_IN, do=entry.logout, in_person=True),
    Page(path="/account", right=Right.SIGNED_IN, view=entry.account, template="account.html"),
    Action(
        path="/account/password",
        right=Right.SIGNED_IN,
        do=entry.change_password,
        needs=("old", "new"),
        takes=("again",),
        in_person=True,
    ),
    Action(path="/account/sessions/{id}/end", right=Right.SIGNED_IN, do=entry.end_session, in_person=True),
    Action(
        path="/account/tokens",
        right=Right.SIGNED_IN,
        do=api.create_token,
        needs=("label", "scopes", "days"),
        shows=api.NewToken,
        in_person=True,
    ),
    Action(path="/account/tokens/{id}/revoke", right=Right.SIGNED_IN, do=api.revoke_token, in_person=True),
    # for programs
    Plain(path="/api/openapi.json", right=Right.SIGNED_IN, answer=api.described(lambda: ROUTES)),
    # the work of the day
    Page(path="/overview", right=Right.SEE_FLOW, view=overview.home, template="overview.html"),
    Page(
        path="/cases",
        right=Right.SEE_CASE,
        view=cases.cases,
        template="cases.html",
        asks=("q", "work", "status", "system", "agency", "field", "before"),
    ),
    Page(path="/cases/{name}", right=Right.SEE_CASE, view=cases.case, template="case.html"),
    Action(
        path="/cases/{id}/sender",
        right=Right.SEE_SENDER,
        do=cases.sender,
        needs=("purpose",),
        shows=SenderFile,
    ),
    Action(path="/cases/{id}/ask", right=Right.RETRY, do=cases.read_again),
    Page(
        path="/deliveries",
        right=Right.SEE_FLOW,
        view=work.deliveries_page,
        template="deliveries.html",
        asks=("state", "system", "before"),
    ),
    Page(
        path="/quarantine",
        right=Right.SEE_FLOW,
        view=work.quarantine_page,
        template="quarantine.html",
        asks=("state", "system", "after"),
    ),
    Action(path="/quarantine/{id}/retry", right=Right.RETRY, do=work.retry),
    Action(path="/quarantine/{id}/dismiss", right=Right.RETRY, do=work.dismiss, needs=("note",)),
    Page(path="/doubt", right=Right.SEE_FLOW, view=doubt.doubts, template="doubts.html"),
    Page(path="/doubt/{id}", right=Right.DECIDE_DOUBT, view=doubt.evidence, template="doubt.html"),
    Action(
        path="/doubt/{id}/decide",
        right=Right.DECIDE_DOUBT,
        do=doubt.decide,
        needs=("effect", "basis"),
        takes=("ref",),
    ),
    Page(path="/runs", right=Right.SEE_FLOW, view=work.runs, template="runs.html", asks=("system", "before")),
    Page(path="/pauses", right=Right.SEE_FLOW, view=work.pauses, template="pauses.html"),
    Action(path="/pauses", right=Right.PAUSE, do=work.pause, needs=("scope", "reason")),
    Action(path="/pauses/resume", right=Right.PAUSE, do=work.resume, needs=("scope", "reason")),
    # proof
    Page(
        path="/log", right=Right.READ_LOG, view=log.log, template="log.html", asks=("kind", "case", "before")
    ),
    Action(path="/log/verify", right=Right.VERIFY_LOG, do=log.verify_log, shows=log.Verified),
    # administration
    Page(path="/users", right=Right.USERS, view=admin.users, template="users.html"),
    Action(path="/users/{name}/lock", right=Right.USERS, do=admin.lock),
    Action(path="/users/{name}/unlock", right=Right.USERS, do=admin.unlock),
    Action(path="/users/{name}/role", right=Right.USERS, do=admin.set_role, needs=("role",)),
    Action(path="/users/{name}/sessions", right=Right.USERS, do=admin.end_sessions),
    Page(path="/settings", right=Right.SETTINGS, view=admin.settings, template="settings.html"),
)
