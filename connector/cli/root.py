"""The root command: options that every command knows, and the groups."""

import logging
from pathlib import Path

import typer

from connector.cli import (
    alerts,
    backup,
    calendar,
    cases,
    config,
    conformance,
    contract,
    control,
    db,
    demo,
    doctor,
    doubt,
    evidence,
    flow,
    incident,
    init,
    keys,
    log,
    log_export,
    mappings,
    quarantine,
    reconcile,
    report,
    restore,
    resync,
    retention,
    rules,
    secrecy,
    serve,
    sheet,
    token,
    user,
    web,
)
from connector.cli.common import CHOICE

EXIT_STATUSES = """Mã kết thúc / exit statuses: 0 xong / done; 1 lỗi / failed; 2 nhập, cấu hình hoặc ánh xạ sai / wrong
input, settings or mapping; 3 cơ sở dữ liệu hoặc đĩa / database or disk; 4 không tới được hệ thống hoặc sai tài khoản /
system unreachable or account refused; 5 nhật ký bị sửa / log broken; 6 không hội tụ / did not converge;
130 ngắt bằng Ctrl-C / interrupted."""

app = typer.Typer(
    name="phanhoi",
    help=f"Kết nối PAKN / citizen-feedback connector.\n\n{EXIT_STATUSES}",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


@app.callback()
def root(
    context: typer.Context,
    config_file: Path | None = typer.Option(
        None, "--config", "-c", help="Tệp cấu hình / settings file (phanhoi.toml)"
    ),
    lang: str = typer.Option("vi", envvar="PHANHOI_LANG", help="vi | en"),
    verbose: bool = typer.Option(False, "--verbose", "-v", help="Ghi chi tiết / more log lines"),
) -> None:
    """Options before the command's name."""
    from connector.logs import log_to_stderr

    CHOICE.config = config_file
    CHOICE.lang = "en" if lang == "en" else "vi"
    # the conformance suite provokes every fault there is: its warnings are the proof, not the news
    quiet = logging.ERROR if context.invoked_subcommand == "conformance" else logging.WARNING
    log_to_stderr(
        logging.INFO if verbose or context.invoked_subcommand in {"daemon", "worker", "clock"} else quiet
    )


serve.add_to(app)
web.add_to(app)
demo.add_to(app)
conformance.add_to(app)
flow.add_to(app)
control.add_to(app)
app.add_typer(cases.case_app, name="case")
cases.add_to(app)
sheet.add_to(cases.case_app)
evidence.add_to(cases.case_app)
app.add_typer(report.app, name="report")
app.add_typer(quarantine.app, name="quarantine")
app.add_typer(doubt.app, name="doubt")
app.add_typer(reconcile.app, name="reconcile")
secrecy.add_to(app)
app.add_typer(user.app, name="user")
app.add_typer(token.app, name="token")
app.add_typer(contract.app, name="contract")
app.add_typer(retention.app, name="retention")
incident.add_to(app)
app.add_typer(alerts.app, name="alerts")
resync.add_to(app)
app.add_typer(keys.app, name="keys")
log_export.add_to(log.app)
app.add_typer(log.app, name="log")
app.add_typer(calendar.app, name="calendar")
app.add_typer(rules.app, name="rules")
app.add_typer(mappings.app, name="mappings")
app.add_typer(config.app, name="config")
init.add_to(app)
doctor.add_to(app)
app.add_typer(db.app, name="db")
app.add_typer(backup.app, name="backup")
app.add_typer(restore.app, name="restore")
