"""``phanhoi init``: a conversation at a terminal, a file of answers for scripts, or (``--plain``) just the commented file."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from connector.cli.common import CHOICE, account, console, guarded, run, tell
from connector.errors import SetupRefused, UserError

if TYPE_CHECKING:
    from connector.setup.carry_out import Administrator
    from connector.setup.draft import Tree

OWN = "own"


def add_to(parent: typer.Typer) -> None:
    """Register the command."""
    parent.command(name="init", help="Thiết lập từng bước, hoặc ghi tệp cấu hình / set up step by step")(init)


def init(
    path: Path | None = typer.Argument(None, help="Tệp cấu hình / settings file"),
    force: bool = typer.Option(False, help="Ghi đè, trừ khóa / overwrite, except keys"),
    plain: bool = typer.Option(
        False, "--plain", help="Chỉ ghi tệp có chú thích / only write the commented file"
    ),
    answers: Path | None = typer.Option(
        None, help="Tệp TOML chứa câu trả lời, cho kịch bản / TOML file of answers, for scripts"
    ),
    yes: bool = typer.Option(False, "--yes", "-y", help="Không hỏi gì / ask nothing, take the defaults"),
) -> None:
    """At a terminal it asks; with --answers or --yes it does not; otherwise it writes a typed file with comments."""
    from connector.settings import config_path

    target = path or config_path(CHOICE.config)
    if plain or (answers is None and not yes and not sys.stdin.isatty()):
        guarded(lambda: _plain(target, force=force))
        console().print(tell("init.done", path=target))
        return
    from connector.setup.carry_out import require_free

    guarded(lambda: require_free(target, force=force))
    if answers is not None or yes:
        _set_up(guarded(lambda: _read(answers)), target)
        return
    from connector.cli.init_questions import ask

    _set_up(guarded(lambda: ask(target)), target)
    if typer.confirm(tell("init.ask_try"), default=True):
        from connector.cli.config import check

        CHOICE.config = target
        check(connect=True, as_json=False)


def _plain(target: Path, *, force: bool) -> None:
    from connector.settings_file import settings_file

    if target.exists() and not force:
        msg = f"{target} exists; --force overwrites it"
        raise UserError(msg)
    target.write_text(settings_file(), encoding="utf-8")


def _read(answers: Path | None) -> "Tree":
    """A file of answers: settings as in the settings file, secrets among them, ``register`` and ``[administrator]``."""
    import tomllib

    if answers is None:
        return {"register": OWN}
    try:
        return tomllib.loads(answers.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        msg = f"{answers}: {error}"
        raise SetupRefused(msg) from None


def _set_up(tree: "Tree", target: Path) -> None:
    """Settings and secrets are checked before a byte is written; what is made afterwards is told line by line."""
    from connector.app import adapter_settings, plugins
    from connector.clock import SystemClock
    from connector.settings import load_settings
    from connector.setup.carry_out import make_ready, write
    from connector.setup.draft import draft

    own = tree.pop("register", None) == OWN
    administrator = guarded(lambda: _administrator(tree.pop("administrator", None)))
    if own:
        guarded(lambda: _own_register(tree, target))
    made = draft(tree, target, plugins())
    guarded(lambda: _checked(tree))
    for one in guarded(lambda: list(write(made, SystemClock()))):
        console().print(tell("init.wrote", path=one))
    given = guarded(lambda: load_settings(target))
    guarded(lambda: adapter_settings(given))
    run(
        lambda: make_ready(
            given, SystemClock(), own_register=own, administrator=administrator, actor=account()
        )
    )
    console().print(tell("init.database_ready"))
    if own:
        console().print(tell("init.register_ready"))
    if administrator is not None:
        console().print(tell("init.administrator_made", name=administrator.name))
    if len(given.systems) < 2:
        console().print(tell("init.no_portal"))
    console().print(
        tell("init.next", path=target, keys=given.privacy.master_keys_file or "privacy.master_keys")
    )


def _checked(tree: "Tree") -> None:
    """Raises ``SetupRefused`` with every problem of what was answered."""
    from pydantic import ValidationError

    from connector.app import adapter_settings
    from connector.errors import SettingsError
    from connector.settings import Settings, problems_of

    try:
        adapter_settings(Settings(**tree))
    except ValidationError as error:
        problems = problems_of(error)
    except SettingsError as error:
        problems = error.problems
    else:
        return
    msg = "what was answered is not whole"
    raise SetupRefused(msg, problems=problems)


def _own_register(tree: "Tree", target: Path) -> None:
    """Our own register, in the connector's database, sealed by a key of its own."""
    from connector.case import REGISTER
    from connector.clock import SystemClock
    from connector.sealing import new_master_line
    from connector.store.embedded import EmbeddedServer

    database = tree.setdefault("database", {})
    url = database.get("url")
    if not url:
        database.pop("url", None)
        folder = database.setdefault("folder", str(target.resolve().parent / "var" / "postgres"))
        url = EmbeddedServer(Path(folder)).start()
    own = tree.setdefault("systems", {}).setdefault(REGISTER, {}).setdefault("adapter", {})
    own.setdefault("access", "sql")
    own["database_url"] = url
    own.setdefault("master_keys", _kept_key(target) or new_master_line(f"{SystemClock().now():%Y-%m-%d}"))


def _kept_key(target: Path) -> str | None:
    """The register's key of an installation that is being written over: what it sealed must stay readable."""
    try:
        kept = target.parent / "secrets" / "systems__register__adapter__master_keys"
        return kept.read_text(encoding="utf-8")
    except OSError:
        return None


def _administrator(told: dict[str, Any] | None) -> "Administrator | None":
    from connector.setup.carry_out import Administrator

    if told is None:
        return None
    try:
        file = told.get("password_file")
        password = (
            told["password"] if file is None else Path(file).read_text(encoding="utf-8").partition("\n")[0]
        )
        return Administrator(
            name=told["name"], display_name=told.get("display_name", told["name"]), password=password
        )
    except (KeyError, OSError) as error:
        msg = f"administrator: {error}"
        raise SetupRefused(msg) from None
