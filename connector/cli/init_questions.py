"""The questions of ``phanhoi init``: each with what it means, a default where there is one, and tried where it can be."""

import socket
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import typer
from pydantic import SecretStr, ValidationError

from connector.case import REGISTER
from connector.cli.common import CHOICE, console, tell
from connector.errors import ConnectorError, UserError

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic.fields import FieldInfo

    from connector.setup.draft import Tree
    from connector.system import Plugin

REGISTERS = ("own", "rest", "sql")


def ask(target: Path) -> "Tree":
    """Everything, in the order in which an administrator thinks of it."""
    from connector.app import plugins

    known = plugins()
    console().print(tell("init.hello", folder=target.resolve().parent))
    tree: Tree = {"node": typer.prompt(tell("init.ask_node"), default=socket.gethostname())}
    _database(tree)
    _register(tree, known[REGISTER])
    for name in sorted(set(known) - {REGISTER}):
        label = tell(f"system.{name}") if name in {"national_portal", "government_portal"} else name
        if typer.confirm(tell("init.ask_system", system=label), default=True):
            tree.setdefault("systems", {})[name] = {"adapter": _adapter(known[name], {})}
    public = typer.prompt(tell("init.ask_public"), default="", show_default=False)
    if public:
        tree["gateway"] = {"public_base": public}
    if typer.confirm(tell("init.ask_console"), default=True):
        tree["console"] = {"enabled": True}
    if typer.confirm(tell("init.ask_administrator"), default=True):
        tree["administrator"] = _administrator()
    return tree


def _database(tree: "Tree") -> None:
    """The embedded server, or an address that is tried at once."""
    from connector.store.checkup import look

    while True:
        # it may hold a password
        url = typer.prompt(tell("init.ask_database"), default="", show_default=False, hide_input=True)
        if not url:
            return
        try:
            seen = look(url)
        except ConnectorError as error:
            _say(error)
            continue
        console().print(tell("checkup.postgres", version=seen.version, place=seen.place))
        tree["database"] = {"url": url}
        return


def _register(tree: "Tree", plugin: "Plugin[Any]") -> None:
    kind = ""
    while kind not in REGISTERS:
        kind = typer.prompt(tell("init.ask_register"), default=REGISTERS[0])
    if kind == REGISTERS[0]:
        tree["register"] = kind
        madonvi = typer.prompt(_meaning(plugin.settings, "madonvi"), default="000.00.00.H56")
        tree["systems"] = {REGISTER: {"adapter": {"madonvi": madonvi}}}
        return
    tree["systems"] = {REGISTER: {"adapter": _adapter(plugin, {"access": kind})}}


def _adapter(plugin: "Plugin[Any]", told: dict[str, Any]) -> dict[str, Any]:
    """Ask what the adapter wants to know, until its own check has nothing against it."""
    while True:
        given = dict(told)
        for one in plugin.questions:
            if one.name not in given and _wanted(one.when, given):
                value = _value(plugin.settings.model_fields[one.name])
                if value:
                    given[one.name] = value
        try:
            plugin.settings.model_validate(given)
        except ValidationError as error:
            from connector.settings import problems_of

            console(stderr=True).print("\n".join(problems_of(error)), style="bold red")
        else:
            return given


def _wanted(when: Mapping[str, str], given: Mapping[str, Any]) -> bool:
    return all(given.get(name) == value for name, value in when.items())


def _value(field: "FieldInfo") -> str:
    secret = SecretStr in (field.annotation, *get_args(field.annotation))
    default = "" if field.is_required() or field.default is None else str(field.default)
    told: str = typer.prompt(_words(field), default=default, show_default=bool(default), hide_input=secret)
    return told.strip()


def _meaning(model: "type[BaseModel]", name: str) -> str:
    return _words(model.model_fields[name])


def _words(field: "FieldInfo") -> str:
    """The description in the chosen language; it has both, with a slash between."""
    vi, _, en = (field.description or "").partition(" / ")
    return vi if CHOICE.lang == "vi" or not en else en


def _administrator() -> dict[str, str]:
    from connector.console.access.passwords import check_strength

    name = typer.prompt(tell("init.ask_name"), default="quan.tri")
    display = typer.prompt(tell("init.ask_display_name"))
    while True:
        password = typer.prompt(
            tell("user.ask_password"), hide_input=True, confirmation_prompt=tell("user.ask_again")
        )
        try:
            check_strength(password, name)
        except UserError as error:
            _say(error)
            continue
        return {"name": name, "display_name": display, "password": password}


def _say(error: ConnectorError) -> None:
    console(stderr=True).print(f"{error.code}: {error.message}", style="bold red")
