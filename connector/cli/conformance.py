"""``phanhoi conformance``: prove an adapter on its twin, or by reading alone on the system that is in use."""

import json
import platform
import time
from importlib.metadata import PackageNotFoundError, entry_points, version
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from connector.cli.common import JsonFlag, console, flat, moment, print_json, run, settings
from connector.conformance import Mode, Outcome, Report, Result, Suite
from connector.errors import ConnectorError, NotFoundError, UserError
from connector.jsonable import jsonable
from connector.texts import CATALOGUE

if TYPE_CHECKING:
    from connector.mapping import Mapping
    from connector.settings import Settings
    from connector.system import System

GROUP = "connector.conformance"
DISTRIBUTION = "phanhoi-connector"
ENDINGS = (".json", ".txt")


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command(
        name="conformance",
        help="Kiểm tra bộ nối theo cam kết chung / prove that an adapter keeps its promises",
    )(conformance)


def conformance(
    system: str = typer.Option(..., help="Tên hệ thống / system"),
    safe: bool = typer.Option(
        False,
        "--safe",
        help="Chỉ đọc hệ thống đang cấu hình, không ghi gì / only read the configured system, write nothing",
    ),
    report: Path | None = typer.Option(None, help="Ghi biên bản: .txt hoặc .json / write the report there"),
    as_json: bool = JsonFlag,
) -> None:
    """Without ``--safe`` the configured system is never called: everything is tried on twins started for it."""

    async def work() -> Report:
        _check_ending(report)
        done = await _tried(system, Mode.SAFE if safe else Mode.TWIN)
        if report is not None:
            _save(done, report)
        return done

    done = run(work)
    if as_json:
        print_json(done)
    else:
        console().print(written(done))
    raise SystemExit(0 if done.passed else 1)


def _check_ending(report: Path | None) -> None:
    if report is not None and (report.suffix not in ENDINGS or not report.absolute().parent.is_dir()):
        msg = (
            f"{report}: the report needs a folder that exists and a name that ends in {' or '.join(ENDINGS)}"
        )
        raise UserError(msg)


def _save(done: Report, path: Path) -> None:
    text = (
        json.dumps(jsonable(done), ensure_ascii=False, indent=2) if path.suffix == ".json" else written(done)
    )
    try:
        path.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        msg = f"{path} cannot be written: {error.strerror}"
        raise UserError(msg) from None


async def _tried(name: str, mode: Mode) -> Report:
    from connector.app import load_mappings
    from connector.clock import SystemClock

    given = settings()
    suite = _suite(name)
    mappings, _ = load_mappings(given)
    clock = SystemClock()
    versions = {"program": _version(), "python": platform.python_version(), "mappings": mappings.fingerprint}
    began, started_at = time.monotonic(), clock.now()
    shown: dict[str, object] = {}
    if mode is Mode.TWIN:
        outcomes = [one async for one in suite.on_twin(mappings)]
    else:
        outcomes, shown = await _on_live(suite, given, mappings.for_system(name), versions)
    return Report(
        system=name,
        mode=mode,
        started_at=started_at,
        seconds=round(time.monotonic() - began, 3),
        versions=versions,
        settings=shown,
        outcomes=outcomes,
    )


async def _on_live(
    suite: Suite, given: "Settings", mapping: "Mapping", versions: dict[str, str]
) -> tuple[list[Outcome], dict[str, object]]:
    """Outcomes and settings without secrets; the remote's own version is added to ``versions``."""
    from connector.app import adapter_settings, one_system
    from connector.clock import SystemClock

    name = mapping.system
    checked = adapter_settings(given, (name,))
    if name not in checked:
        msg = f"the system {name} is not configured or not enabled; nothing can be read there"
        raise UserError(msg)
    async with one_system(given, SystemClock(), name) as system:
        outcomes = [one async for one in suite.on_live(system, mapping)]
        versions["remote"] = await _remote_version(system)
    shown = {
        "adapter": checked[name][1].model_dump(mode="json"),
        "transport": given.systems[name].transport.model_dump(mode="json"),
    }
    return outcomes, shown


async def _remote_version(system: "System") -> str:
    try:
        return (await system.ping()).version or "–"
    except ConnectorError as error:
        return error.code


def _suite(name: str) -> Suite:
    found = {entry.name: entry for entry in entry_points(group=GROUP)}
    if name not in found:
        msg = f"no conformance suite for {name}; known: {', '.join(sorted(found))}"
        raise NotFoundError(msg)
    suite: Suite = found[name].load()
    return suite


def _version() -> str:
    try:
        return version(DISTRIBUTION)
    except PackageNotFoundError:
        return "–"


# ---- the report on paper ----------------------------------------------------------------------------------------


def written(report: Report) -> str:
    """The report as text, Vietnamese first and English beneath: it is signed by people of both languages."""
    lines = [*_both("conformance.title", system=report.system)]
    lines += [f"  {_pair(f'system.{report.system}')}"] if f"system.{report.system}" in CATALOGUE else []
    lines += ["", *_both(f"conformance.mode.{report.mode}")]
    lines += _both("conformance.when", when=moment(report.started_at), seconds=f"{report.seconds:.1f}")
    lines += [
        "",
        _pair("conformance.versions"),
        *(f"  {key}: {value}" for key, value in report.versions.items()),
    ]
    if report.settings:
        lines += ["", _pair("conformance.settings"), *(f"  {line}" for line in flat(report.settings))]
    lines += ["", _pair("conformance.promises")]
    for number, one in enumerate(report.outcomes, 1):
        lines += _promise(number, one)
    counts = {result.value: report.count(result) for result in Result}
    lines += ["", *_both("conformance.sums", **counts)]
    lines += _both("conformance.passed" if report.passed else "conformance.failed")
    lines += ["", *_both("conformance.signatures")]
    return "\n".join(lines)


def _promise(number: int, one: Outcome) -> list[str]:
    lines = [
        f"{number:3}. [{_pair(f'conformance.result.{one.result}')}] {one.words.vi} ({one.seconds:.1f} s)",
        f"     {one.words.en}",
    ]
    return [*lines, f"     → {one.reason}"] if one.reason else lines


def _both(key: str, **args: object) -> list[str]:
    return [CATALOGUE[key].say("vi", **args), CATALOGUE[key].say("en", **args)]


def _pair(key: str) -> str:
    return f"{CATALOGUE[key].vi} / {CATALOGUE[key].en}"
