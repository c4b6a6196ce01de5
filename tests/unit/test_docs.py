"""What the manual promises is there, and what is there is in the manual."""

import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, get_args

import pytest
import typer
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from adapters.demo import _parser as demo_parser
from connector.app import adapter_settings, plugins
from connector.case import ActKind, Status
from connector.cli.root import EXIT_STATUSES, app
from connector.errors import ConnectorError
from connector.ledger.kinds import KIND_TEXTS, EntryKind
from connector.reports.tables import EXPLAINED
from connector.setting_names import every_setting
from connector.settings import load_settings
from connector.store.deliveries import OPEN
from connector.texts import CATALOGUE

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def table(text: str) -> dict[str, list[str]]:
    """Rows of the first table, by the name in their first cell."""
    rows: dict[str, list[str]] = {}
    for line in text.splitlines():
        if line.startswith("| `"):
            first, *cells = (cell.strip() for cell in line.strip("| ").split(" | "))
            rows[first.strip("`")] = cells
        elif rows and not line.startswith("|"):
            break
    return rows


# ---- links --------------------------------------------------------------------------------------------------


def slug(heading: str) -> str:
    """The anchor that a heading gets on the usual code hosts."""
    plain = re.sub(r"[`*]", "", heading).strip().lower()
    return re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")


def links(text: str) -> Iterator[str]:
    outside_code = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    yield from re.findall(r"\]\(([^)\s]+)\)", outside_code)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(path: Path) -> None:
    for link in links(path.read_text(encoding="utf-8")):
        if link.startswith(("http:", "https:", "mailto:")):
            continue
        name, _, anchor = link.partition("#")
        target = path if not name else (path.parent / name).resolve()
        assert target.exists(), link
        assert target.is_relative_to(ROOT), link
        if anchor:
            headings = re.findall(r"^#+ (.+)$", target.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in {slug(one) for one in headings}, link


def test_every_page_is_reached_from_the_readme() -> None:
    seen, todo = set[Path](), [ROOT / "README.md"]
    while todo:
        here = todo.pop()
        if here in seen or here.suffix != ".md":
            continue
        seen.add(here)
        told = [link.partition("#")[0] for link in links(here.read_text(encoding="utf-8"))]
        todo += [(here.parent / one).resolve() for one in told if one and "://" not in one]
    assert not [one.name for one in DOCS.rglob("*.md") if one not in seen]


def test_every_file_that_the_manual_names_exists() -> None:
    """Tests that prove a promise, folders of the tree, schema files: a renamed one must be renamed here too."""
    named = re.compile(r"`((?:connector|adapters|mappings|fixtures|tests|docs|deploy|bench)/[\w./*-]*)`")
    missing = [
        f"{path.name}: {name}"
        for path in PAGES
        for name in named.findall(path.read_text(encoding="utf-8"))
        if not list(ROOT.glob(name.rstrip("/")))
    ]
    assert not missing


OFFICIALS = (
    "adding-a-system",
    "alerts",
    "architecture",
    "commands",
    "console",
    "crashes",
    "errors",
    "evidence-log",
    "exports",
    "glossary",
    "incident",
    "mappings",
    "observability",
    "operations",
    "privacy",
    "reports",
    "rotation",
    "rules",
    "settings",
    "threat-model",
    "verify",
)
VIETNAMESE = re.compile("[ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]", re.IGNORECASE)


@pytest.mark.parametrize(
    "path",
    [ROOT / "README.md", *(DOCS / f"{name}.md" for name in OFFICIALS), *sorted(DOCS.rglob("*.vi.md"))],
    ids=lambda path: path.name,
)
def test_a_page_for_officials_begins_in_vietnamese(path: Path) -> None:
    first = path.read_text(encoding="utf-8").split("\n\n")[1]
    if path.name != "glossary.md":  # a table with its own Vietnamese column
        assert len(VIETNAMESE.findall(first)) > 15


# ---- README -------------------------------------------------------------------------------------------------


def test_the_readmes_make_targets_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    told = {
        target
        for name in ("README.md", "CONTRIBUTING.md")
        for target in re.findall(
            r"(?:^|`)make ([a-z]+)", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE
        )
    }
    assert {"demo", "test"} <= told <= targets


def test_the_readme_names_the_measured_run() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert 'make demo ARGS="--cases 300 --once --json"' in text
    demo_parser().parse_args(["--cases", "300", "--once", "--json"])
    for name in (
        "cases",
        "linked",
        "delivered",
        "duplicates",
        "lost",
        "in_doubt",
        "quarantined",
        "converged",
    ):
        assert f"`{name}`" in text


# ---- commands -----------------------------------------------------------------------------------------------


def commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Every command that can be typed, by its words."""
    for name, inner in getattr(command, "commands", {}).items():
        yield from commands(inner, (*path, name))
    if not hasattr(command, "commands"):
        yield " ".join(path), command


ROOT_COMMAND = typer.main.get_command(app)
ALL = dict(commands(ROOT_COMMAND))
MANUAL = page("commands.md")
BULLETS = [
    re.sub(r"\s+", " ", one)
    for one in re.findall(r"^- (.+?)(?=^- |^#|\n\n|\Z)", MANUAL, re.MULTILINE | re.DOTALL)
]
READING = {
    "alerts list",
    "alerts digest",
    "alerts test",
    "contract show",
    "contract diff",
    "retention plan",
    "retention report",
    "status",
    "cases",
    "case show",
    "runs",
    "deliveries",
    "doubt list",
    "doubt show",
    "calendar check",
    "calendar due",
    "rules check",
    "rules show",
    "log show",
    "log verify",
    "report month",
    "report quarter",
    "report year",
    "report range",
    "report ids",
    "quarantine list",
    "config show",
    "db info",
    "keys info",
    "secrecy list",
    "secrecy show",
    "user list",
    "mappings list",
    "mappings show",
    "mappings diff",
    "mappings coverage",
    "user review",
    "resync list",
    "resync show",
    "resync items",
}


def told_of(command: str) -> str:
    """What the manual says where it introduces that command."""
    return " ".join(one for one in BULLETS if re.search(rf"`phanhoi {command}[` ]", one))


def options_of(command: str) -> set[str]:
    if command == "demo":
        return {name for name in demo_parser()._option_string_actions if name.startswith("--")} - {"--help"}
    return {name for one in ALL[command].params for name in one.opts if name.startswith("--")}


def test_there_are_commands() -> None:
    assert {"daemon", "case show", "quarantine retry"} | READING <= set(ALL)


@pytest.mark.parametrize("command", sorted(ALL))
def test_the_manual_knows_the_command_and_all_its_options(command: str) -> None:
    text = told_of(command)
    assert text
    told = set(re.findall(r"(?<!\w)--[a-z][a-z-]*", text))
    # the manual says once for all that commands which read have --json
    assert not options_of(command) - told - ({"--json"} if command in READING else set())


def test_the_manual_knows_no_option_that_is_not_there() -> None:
    for bullet in BULLETS:
        named = [command for command in ALL if re.search(rf"`phanhoi {command}[` ]", bullet)]
        known = {option for command in named for option in options_of(command)}
        assert set(re.findall(r"(?<!\w)--[a-z][a-z-]*", bullet)) <= known, bullet


def test_every_command_that_reads_prints_json() -> None:
    assert not [command for command in READING if "--json" not in options_of(command)]


def test_the_manual_knows_the_options_before_the_command() -> None:
    before = MANUAL.split("\n## ")[0]
    assert not [one.name for one in ROOT_COMMAND.params if not any(f"`{name}" in before for name in one.opts)]


def test_the_manual_knows_the_servers_that_are_shipped() -> None:
    for group, command in (("connector.twins", "twin"), ("connector.servers", "serve")):
        for entry in entry_points(group=group):
            assert entry.name in told_of(command)


def test_the_manual_knows_the_exit_statuses_of_the_help() -> None:
    told = set(re.findall(r"^\| (\d+) \|", MANUAL, re.MULTILINE))
    assert told == set(
        re.findall(r"(?:^|[:;] |;\n)(\d+) ", re.sub(r"\s+", " ", EXIT_STATUSES).replace(". 1", "; 1"))
    )


def test_every_command_that_a_page_names_exists() -> None:
    """A next step must be a command that can be typed."""
    first = {name.split()[0] for name in ALL}
    groups = {name.split()[0] for name in ALL if " " in name}
    typed = re.compile(r"(?:`|bin/)phanhoi (?:--?[a-z]+ [^ `]+ )*([a-z]+)(?: ([a-z]+)(?![\w=.]))?")
    for path in PAGES:
        for word, second in typed.findall(path.read_text(encoding="utf-8")):
            assert word in first, f"{path.name}: phanhoi {word}"
            if word in groups and second:
                typed_so = f"{word} {second} "
                assert any(f"{one} ".startswith(typed_so) for one in ALL), f"{path.name}: phanhoi {typed_so}"


# ---- settings -----------------------------------------------------------------------------------------------


SETTINGS = page("settings.md")
ROWS = {
    name: (default, meaning)
    for name, default, meaning in re.findall(r"^\| `([^`]+)` \| (.+?) \| (.+) \|$", SETTINGS, re.MULTILINE)
}
EVERY = every_setting(plugins())


def test_the_manual_knows_every_setting_and_no_other() -> None:
    assert set(ROWS) == set(EVERY)


@pytest.mark.parametrize("name", sorted(EVERY))
def test_the_manual_says_of_a_setting_what_the_program_says(name: str) -> None:
    field = EVERY[name]
    assert field.description
    # a bar would end the cell of the table
    assert ROWS[name] == (_default(field), field.description.replace(" | ", " / "))


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "bắt buộc / required"
    value = field.get_default(call_default_factory=True)
    if isinstance(value, BaseModel):
        return "xem dưới / see below"
    if isinstance(value, tuple | list):
        return ", ".join(f"`{item}`" for item in value) or "–"
    if value is None or value == {}:
        return "–"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def test_the_manual_knows_every_way_to_the_portal() -> None:
    """The tagged union of routes has no rows of its own."""
    arms = get_args(plugins()["national_portal"].settings.model_fields["route"].annotation)
    assert len(arms) > 1
    below = SETTINGS[SETTINGS.rindex("|\n") :]
    for arm in arms:
        assert f'"{arm.model_fields["kind"].annotation.__args__[0]}"' in below
        assert not [name for name in arm.model_fields if f"`{name}" not in below]


def test_the_manual_knows_every_variable_that_the_program_reads() -> None:
    sources = [*(ROOT / "connector").rglob("*.py"), *(ROOT / "adapters").rglob("*.py")]
    read = {
        name
        for path in sources
        for name in re.findall(
            r"(?:environ(?:\.get\(|\[)|getenv\(|envvar=)\"(PHANHOI_[A-Z_]+)\"",
            path.read_text(encoding="utf-8"),
        )
    }
    assert {"PHANHOI_CONFIG", "PHANHOI_SECRETS_DIR", "PHANHOI_LANG"} <= read
    assert not [name for name in read if f"`{name}`" not in SETTINGS]


# ---- vocabulary ---------------------------------------------------------------------------------------------


def glossary(heading: str) -> dict[str, list[str]]:
    return table(page("glossary.md").split(f"## {heading}")[1])


def test_the_glossary_explains_every_kind_of_entry_as_the_program_does() -> None:
    told = glossary("Các loại mục nhật ký / Kinds of ledger entry")
    assert told == {kind.value: [KIND_TEXTS[kind].vi, KIND_TEXTS[kind].en] for kind in EntryKind}


def test_the_glossary_explains_every_act_as_the_program_does() -> None:
    told = glossary("Hành vi / Kinds of act")
    assert list(told) == [kind.value for kind in ActKind]
    for kind, (vi, en, status) in told.items():
        assert (vi, en) == (CATALOGUE[f"act.{kind}"].vi, CATALOGUE[f"act.{kind}"].en)
        assert status == "–" or Status(status.strip("`"))


def test_the_glossary_explains_every_state_of_a_delivery() -> None:
    assert set(glossary("Trạng thái lệnh gửi / States of a delivery")) == {
        *OPEN,
        "done",
        "cancelled",
        "dismissed",
    }


def test_the_manual_explains_every_number_of_a_report_as_the_report_does() -> None:
    told = table(page("reports.md").split("## Các con số / The numbers")[1])
    assert told == {
        key: [f"{one.label.vi} / {one.label.en}", f"{one.how.vi} / {one.how.en}", one.basis]
        for key, one in EXPLAINED
    }


def test_every_text_that_the_program_uses_is_in_both_languages() -> None:
    """Keys written out in the code; both languages of a text are checked when it is made."""
    used = {
        key
        for path in (*(ROOT / "connector").rglob("*.py"), *(ROOT / "adapters").rglob("*.py"))
        for key in re.findall(r"\b(?:tell|say)\(\s*\"([a-z_]+\.[a-z_]+)\"", path.read_text(encoding="utf-8"))
    }
    assert len(used) > 30
    assert not used - set(CATALOGUE)


def test_every_error_code_is_in_the_manual() -> None:
    def walk(root: type[ConnectorError]) -> Iterator[type[ConnectorError]]:
        yield root
        for one in root.__subclasses__():
            yield from walk(one)

    shipped = {
        one.code for one in walk(ConnectorError) if one.__module__.startswith(("connector", "adapters"))
    }
    manual = page("errors.md")
    assert not [code for code in shipped if f"### {code} " not in manual]


# ---- deployment ---------------------------------------------------------------------------------------------


def test_the_example_settings_are_valid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the secrets that its head names, and nothing else."""
    example = ROOT / "deploy" / "phanhoi.toml.example"
    text = example.read_text(encoding="utf-8")
    names = re.findall(r"^#   ([a-z_]+)(?:\s|$)", text, re.MULTILINE)
    assert len(names) == 6
    for name in names:
        address = name.endswith("url")
        (tmp_path / name).write_text("postgresql://mau@127.0.0.1/mau" if address else "bi-mat-mau")
    monkeypatch.setenv("PHANHOI_SECRETS_DIR", str(tmp_path))
    given = load_settings(example)
    assert set(adapter_settings(given)) == set(plugins()) == set(given.systems)
    assert given.database.url is not None
    assert given.alerts.mail.password is not None
    assert "bi-mat" not in text
    assert tomllib.loads(text)["systems"]
