"""THE table of routes: every address of the console and the right that it needs. There is no other."""

from connector.console.access.rights import Right
from connector.console.pages import (
    admin,
    cases,
    doubt,
    entry,
    findings,
    log,
    overview,
    passes,
    plan_acts,
    plans,
    work,
)
from connector.console.route import Action, Page, Plain, Route

ROUTES: tuple[Route, ...] = (
    # coming in
    Plain(path="/", right=Right.ANYONE, answer=entry.home),
    Plain(path="/health", right=Right.ANYONE, answer=entry.health),
    Plain(path="/language/{lang}", right=Right.ANYONE, answer=entry.language),
    Plain(path="/static/{name}", right=Right.ANYONE, answer=entry.static_file),
    Page(path="/login", right=Right.ANYONE, view=entry.login_form, template="login.html"),
    Action(path="/login", right=Right.ANYONE, do=entry.login),
    Page(path="/login/code", right=Right.ANYONE, view=entry.code_form, template="code.html"),
    Action(path="/login/code", right=Right.ANYONE, do=entry.code),
    Page(path="/login/enrol", right=Right.ANYONE, view=entry.enrol_form, template="enrol.html"),
    Action(path="/login/enrol", right=Right.ANYONE, do=entry.enrol),
    # one's own account
    Action(path="/logout", right=Right.SIGNED_IN, do=entry.logout),
    Page(path="/account", right=Right.SIGNED_IN, view=entry.account, template="account.html"),
    Action(path="/account/password", right=Right.SIGNED_IN, do=entry.change_password),
    Action(path="/account/sessions/{id}/end", right=Right.SIGNED_IN, do=entry.end_session),
    # the work of the day
    Page(path="/overview", right=Right.SEE_FLOW, view=overview.home, template="overview.html"),
    Page(path="/cases", right=Right.SEE_CASE, view=cases.cases, template="cases.html"),
    Page(path="/cases/{name}", right=Right.SEE_CASE, view=cases.case, template="case.html"),
    Action(path="/cases/{id}/sender", right=Right.SEE_SENDER, do=cases.sender),
    Action(path="/cases/{id}/ask", right=Right.RETRY, do=cases.read_again),
    Page(path="/deliveries", right=Right.SEE_FLOW, view=work.deliveries_page, template="deliveries.html"),
    Page(path="/quarantine", right=Right.SEE_FLOW, view=work.quarantine_page, template="quarantine.html"),
    Action(path="/quarantine/{id}/retry", right=Right.RETRY, do=work.retry),
    Action(path="/quarantine/{id}/dismiss", right=Right.RETRY, do=work.dismiss),
    Page(path="/doubt", right=Right.SEE_FLOW, view=doubt.doubts, template="doubts.html"),
    Page(path="/doubt/{id}", right=Right.DECIDE_DOUBT, view=doubt.evidence, template="doubt.html"),
    Action(path="/doubt/{id}/decide", right=Right.DECIDE_DOUBT, do=doubt.decide),
    Page(path="/runs", right=Right.SEE_FLOW, view=work.runs, template="runs.html"),
    Page(path="/pauses", right=Right.SEE_FLOW, view=work.pauses, template="pauses.html"),
    Action(path="/pauses", right=Right.PAUSE, do=work.pause),
    Action(path="/pauses/resume", right=Right.PAUSE, do=work.resume),
    # reconciliation
    Page(path="/reconcile", right=Right.SEE_FLOW, view=passes.home, template="reconcile.html"),
    Action(path="/reconcile/run", right=Right.RETRY, do=passes.run),
    Action(path="/reconcile/stop", right=Right.RETRY, do=passes.stop),
    Page(path="/findings", right=Right.SEE_FLOW, view=findings.listed, template="findings.html"),
    Page(path="/findings/{id}", right=Right.SEE_FLOW, view=findings.one, template="finding.html"),
    Action(path="/findings/{id}/acknowledge", right=Right.RETRY, do=findings.acknowledge),
    # resync
    Page(path="/plans", right=Right.SEE_FLOW, view=plans.listed, template="plans.html"),
    Page(path="/plans/new", right=Right.PLAN, view=plan_acts.form, template="plan_new.html"),
    Action(path="/plans", right=Right.PLAN, do=plan_acts.make),
    Page(
        path="/plans/{digest}",
        right=Right.SEE_FLOW,
        view=plans.one,
        template="plan.html",
        refresh=plans.refresh,
    ),
    Action(path="/plans/{digest}/approve", right=Right.APPROVE, do=plan_acts.approve),
    Action(path="/plans/{digest}/start", right=Right.PLAN, do=plan_acts.start),
    Action(path="/plans/{digest}/pause", right=Right.PAUSE, do=plan_acts.pause),
    Action(path="/plans/{digest}/resume", right=Right.PAUSE, do=plan_acts.resume),
    Action(path="/plans/{digest}/stop", right=Right.PAUSE, do=plan_acts.stop),
    Action(path="/plans/{digest}/steps/{number}/values", right=Right.SEE_SENDER, do=plan_acts.values),
    # proof
    Page(path="/log", right=Right.READ_LOG, view=log.log, template="log.html"),
    Action(path="/log/verify", right=Right.VERIFY_LOG, do=log.verify_log),
    # administration
    Page(path="/users", right=Right.USERS, view=admin.users, template="users.html"),
    Action(path="/users/{name}/lock", right=Right.USERS, do=admin.lock),
    Action(path="/users/{name}/unlock", right=Right.USERS, do=admin.unlock),
    Action(path="/users/{name}/role", right=Right.USERS, do=admin.set_role),
    Action(path="/users/{name}/sessions", right=Right.USERS, do=admin.end_sessions),
    Page(path="/settings", right=Right.SETTINGS, view=admin.settings, template="settings.html"),
)
