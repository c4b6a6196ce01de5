"""What the program has: commands, settings, error codes, kinds of entry."""

import inspect
import re
from collections.abc import Iterator, Mapping
from enum import Enum
from importlib import import_module
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import typer
from markup import code, page, table
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from adapters.demo import _parser as demo_parser
from connector.app import plugins
from connector.cli.root import app
from connector.errors import ConnectorError
from connector.ledger.kinds import KIND_TEXTS, EntryKind
from connector.setting_names import every_setting

ROOT = Path(__file__).parents[2]

# ---- commands -----------------------------------------------------------------------------------------------


def commands(command: Any = None, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Every command that can be typed, by its words."""
    command = command or typer.main.get_command(app)
    for name, inner in getattr(command, "commands", {}).items():
        yield from commands(inner, (*path, name))
    if not hasattr(command, "commands"):
        yield " ".join(path), command


def command_line() -> str:
    """Each command with its arguments and options, as ``--help`` has them."""
    intro = "Việc của từng lệnh và mã kết thúc: [commands.md](../commands.md). / What they are for: [commands.md](../commands.md)."
    return page("Mọi lệnh và tùy chọn / Every command and option", intro, *map(_command, commands()))


def _command(named: tuple[str, Any]) -> str:
    name, command = named
    told = inspect.cleandoc(command.help or "").replace("\f", "")
    rows = _arguments_of_demo() if name == "demo" else [_parameter(one) for one in command.params]
    head = ("option", "value", "default", "meaning")
    return "\n\n".join((f"## phanhoi {name}", told, table(head, rows) if rows else ""))


def _parameter(one: Any) -> tuple[str, ...]:
    names = ", ".join(f"`{name}`" for name in (*one.opts, *one.secondary_opts) if name.startswith("-"))
    kind = (
        ""
        if getattr(one, "is_flag", False)
        else _value(one) + (" …" if getattr(one, "multiple", False) or one.nargs == -1 else "")
    )
    default = "bắt buộc / required" if one.required else ""
    if (
        not one.required
        and isinstance(one.default, str | int | float | Path)
        and not isinstance(one.default, bool)
    ):
        default = code(str(one.default))
    return names or f"`{one.name.upper()}`", kind, default, getattr(one, "help", "") or ""


def _value(one: Any) -> str:
    kind = one.type_descriptor.annotation
    if isinstance(kind, type) and issubclass(kind, Enum):
        return ", ".join(f"`{choice.value}`" for choice in kind)
    return str(getattr(kind, "__name__", kind))


def _arguments_of_demo() -> list[tuple[str, ...]]:
    """The demo has a parser of its own, so that the core need not import it."""
    return [
        (code(one.option_strings[-1]), "", code(str(one.default)), str(one.help))
        for one in demo_parser()._actions  # noqa: SLF001  # argparse has no other way to list them
        if one.dest != "help"
    ]


# ---- settings -----------------------------------------------------------------------------------------------


def settings() -> str:
    """Type, limits and variable of each setting; default and meaning stand in settings.md."""
    rows = [
        (code(name), _type(field), code("PHANHOI_" + name.upper().replace(".", "__")))
        for name, field in every_setting(plugins()).items()
    ]
    intro = (
        "Ý nghĩa và giá trị mặc định: [settings.md](../settings.md). Mục kiểu *secret* là bí mật: đặt ở biến môi trường hoặc thư mục"
        " bí mật, không ghi trong tệp cấu hình. / Meaning and default: [settings.md](../settings.md). A *secret* comes by the"
        " variable, or as a file in the secrets folder: its name in small letters without `PHANHOI_`."
    )
    return page(
        "Cấu hình: kiểu và biến môi trường / Settings: types and variables",
        intro,
        table(("name", "type", "variable"), rows),
    )


def _type(field: FieldInfo) -> str:
    limits = [_limit(one) for one in field.metadata if type(one).__module__ == "annotated_types"]
    return ", ".join((_kind(field.annotation), *filter(None, limits)))


def _kind(kind: Any) -> str:
    """A type as a reader knows it: ``int``, ``one of sql, rest``, ``list of text``."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return _kind(inner[0])
    if origin is Literal:
        return f"one of {', '.join(map(str, inner))}"
    if origin in {Union, UnionType}:
        return " or ".join(_kind(one) for one in inner if one is not NoneType)
    if origin is tuple:
        return f"list of {_kind(inner[0])}"
    if origin is not None and issubclass(origin, Mapping):
        return f"table of {_kind(inner[1])}"
    if isinstance(kind, type) and issubclass(kind, Enum):
        return f"one of {', '.join(str(one.value) for one in kind)}"
    return {str: "text", SecretStr: "secret", bool: "true or false", Path: "path", Any: "any"}.get(
        kind, kind.__name__
    )


def _limit(one: Any) -> str:
    """``at least 1`` and the like; what no number says is said by the settings' own check."""
    words = {
        "ge": "at least",
        "gt": "more than",
        "le": "at most",
        "min_length": "length at least",
        "max_length": "length at most",
    }
    return ", ".join(f"{word} {getattr(one, name)}" for name, word in words.items() if hasattr(one, name))


# ---- errors and entries -------------------------------------------------------------------------------------


def every_error() -> list[type[ConnectorError]]:
    """Each class with a code of its own, in order of the codes."""

    def walk(one: type[ConnectorError]) -> Iterator[type[ConnectorError]]:
        yield one
        for sub in one.__subclasses__():
            yield from walk(sub)

    for folder in ("connector", "adapters"):
        for path in (ROOT / folder).rglob("*.py"):
            if 'code = "PH-' in path.read_text(encoding="utf-8"):
                import_module(path.relative_to(ROOT).with_suffix("").as_posix().replace("/", "."))
    found = {one for one in walk(ConnectorError) if one.__module__.startswith(("connector.", "adapters."))}
    return sorted((one for one in found if "code" in vars(one)), key=lambda one: one.code)


def errors() -> str:
    """Codes at a glance."""
    rows = [
        (
            f"`{one.code}`",
            f"`{one.__name__}`",
            code(_family(one)),
            str(one.exit_status),
            " / ".join(one.next_step),
        )
        for one in every_error()
    ]
    intro = (
        "Giải thích từng mã: [errors.md](../errors.md). / Each code explained: [errors.md](../errors.md). The parent class decides"
        " what the connector does by itself ([operations.md](../operations.md#what-an-error-leads-to))."
    )
    return page(
        "Bảng mã lỗi / Error codes at a glance",
        intro,
        table(("code", "class", "parent", "exit status", "việc cần làm / next step"), rows),
    )


def _family(one: type[ConnectorError]) -> str:
    return one.__mro__[1].__name__ if one is not ConnectorError else ""


NO_LONGER = "không còn ghi / written no more"


def entries() -> str:
    """Kinds of ledger entry, with the parts of the program that write them."""
    sources = {
        path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted((ROOT / "connector").rglob("*.py"))
        if path.name not in {"kinds.py", "meanings.py"}
    }
    rows = [
        (
            f"`{kind.value}`",
            f"{KIND_TEXTS[kind].vi} / {KIND_TEXTS[kind].en}",
            ", ".join(
                f"`{name}`" for name, text in sources.items() if re.search(rf"EntryKind\.{kind.name}\b", text)
            )
            or NO_LONGER,
        )
        for kind in EntryKind
    ]
    intro = (
        "Nhật ký ghi gì và kiểm tra ra sao: [evidence-log.md](../evidence-log.md). / What an entry holds and how it is checked:"
        " [evidence-log.md](../evidence-log.md). A kind, once released, keeps its name and meaning."
    )
    return page(
        "Loại mục nhật ký / Kinds of ledger entry",
        intro,
        table(("kind", "nghĩa / meaning", "named in"), rows),
    )
