"""``phanhoi config``: check and show the settings."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import typer

from connector.cli import checkup
from connector.cli.common import JsonFlag, console, flat, guarded, print_json, settings, tell
from connector.errors import MasterKeyError, SettingsError, UserError

if TYPE_CHECKING:
    from connector.settings import Settings

T = TypeVar("T")

app = typer.Typer(no_args_is_help=True, help="Cấu hình / settings")


@app.command(name="check", help="Kiểm tra cấu hình và ánh xạ / check settings and mappings")
def check(
    connect: bool = typer.Option(
        False, "--connect", help="Kết nối thật, chỉ đọc / really connect; nothing is written anywhere"
    ),
    as_json: bool = JsonFlag,
) -> None:
    """Settings, mappings, policy, rule files and master keys, all problems at once; with --connect everything named is asked."""
    systems, files = guarded(_check)
    if connect:
        checkup.report(systems, files, as_json=as_json)
    elif as_json:
        print_json({"systems": systems, "files": files})
    else:
        console().print(tell("config.ok", systems=systems, files=files))


def _check() -> tuple[int, int]:
    """Numbers of systems and mapping files; everything is looked at before anything is said."""
    from connector.app import adapter_settings, load_mappings, load_rules, mappings_root

    given = settings()
    found: list[UserError] = []
    systems = _tried(lambda: adapter_settings(given), found)
    _tried(lambda: load_mappings(given), found)
    _tried(lambda: _keys(given), found)
    _tried(lambda: load_rules(given), found)
    if found:
        problems = tuple(problem for one in found for problem in one.problems or (one.message,))
        raise type(found[0])("; ".join(one.message for one in found), problems=problems)
    files = [one for one in mappings_root(given).rglob("*") if one.suffix in {".toml", ".csv"}]
    return len(systems or ()), len(files)


def _keys(given: "Settings") -> None:
    from connector.app import master_keys

    try:
        master_keys(given)
    except MasterKeyError as error:
        raise SettingsError(error.message) from None


def _tried(work: Callable[[], T], found: list[UserError]) -> T | None:
    try:
        return work()
    except UserError as error:
        found.append(error)
        return None


@app.command(name="show", help="Cấu hình đang dùng, không có bí mật / settings in force, without secrets")
def show(as_json: bool = JsonFlag) -> None:
    """What is in force after file, environment and secrets; secrets are stars."""

    def work() -> dict[str, Any]:
        from connector.app import adapter_settings

        given = settings()
        shown: dict[str, Any] = given.model_dump(mode="json")
        checked = adapter_settings(given)
        for name, section in shown["systems"].items():
            # unchecked adapter settings are raw text and may hold a password: they are not shown
            section["adapter"] = checked[name][1].model_dump(mode="json") if name in checked else "…"
        return shown

    shown = guarded(work)
    if as_json:
        print_json(shown)
        return
    for line in flat(shown):
        console().print(line, markup=False)
