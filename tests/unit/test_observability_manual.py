"""Manual, dashboard and alert rules speak of metrics that exist, and of all of them."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from connector.telemetry.catalogue import ALL, COUNTED, LIVE, STANDING, Kind, Metric
from connector.telemetry.meter import Meter, names_of

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deploy" / "observability"
MANUAL = (ROOT / "docs" / "observability.md").read_text(encoding="utf-8")
ROWS = {
    name: (kind, labels, meaning)
    for name, kind, labels, meaning in re.findall(
        r"^\| `(phanhoi_\w+)` \| (\w+) \| (.+?) \| (.+) \|$", MANUAL, re.MULTILINE
    )
}
DASHBOARD = json.loads((FOLDER / "dashboard.json").read_text(encoding="utf-8"))
RULES = yaml.safe_load((FOLDER / "phanhoi.rules.yml").read_text(encoding="utf-8"))
FOREIGN = {"process_resident_memory_bytes", "process_cpu_seconds_total", "up"}
"""Metrics of every process, and of Prometheus itself."""


def test_the_manual_knows_every_metric_and_no_other() -> None:
    assert list(ROWS) == list(ALL)


@pytest.mark.parametrize("one", ALL.values(), ids=lambda one: one.name)
def test_the_manual_says_of_a_metric_what_the_program_says(one: Metric) -> None:
    labels = ", ".join(f"`{label}`" for label in one.labels) or "–"
    assert ROWS[one.name] == (one.kind.value, labels, one.meaning)


@pytest.mark.parametrize("one", ALL.values(), ids=lambda one: one.name)
def test_names_follow_the_conventions(one: Metric) -> None:
    assert re.fullmatch(r"phanhoi_[a-z]+(_[a-z]+)*", one.name)
    assert (one.kind is Kind.COUNTER) == one.name.endswith("_total")
    if one.kind is Kind.HISTOGRAM:
        assert one.name.endswith("_seconds")
        assert list(one.buckets) == sorted(set(one.buckets))
    assert not re.search(r"_(ms|minutes|hours|kib|mib|percent)\b", one.name), "base units"


def test_no_label_can_name_a_case_or_a_person() -> None:
    labels = {label for one in ALL.values() for label in one.labels}
    assert labels == {
        "acknowledged", "code", "condition", "flow", "guard", "kind", "method", "node", "operation", "outcome", "outlet",
        "part", "queue", "result", "route", "server", "setting", "severity", "standing", "state", "status", "subject",
        "system", "version", "what",
    }  # fmt: skip


def test_what_is_counted_in_the_process_is_registered_from_the_catalogue() -> None:
    assert set(names_of(Meter().registry)) == {one.name for one in COUNTED}
    assert len(COUNTED) + len(LIVE) + len(STANDING) == len(ALL)


# ---- dashboard and rules ------------------------------------------------------------------------------------


def metrics_in(expression: str) -> set[str]:
    """Names of metrics in a PromQL expression; a histogram's series count as the histogram."""
    names = set(re.findall(r"\b(?:phanhoi|process|python)_\w+\b|\bup\b", expression))
    return {name if name in ALL else re.sub(r"_(bucket|sum|count)$", "", name) for name in names}


def labels_in(expression: str) -> set[str]:
    """Names of labels that an expression picks or groups by."""
    picked = {
        name
        for inside in re.findall(r"\{([^}]*)\}", expression)
        for name in re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", inside)
    }
    grouped = re.findall(r"\b(?:by|without|on|ignoring)\s*\(([^)]*)\)", expression)
    return picked | {name.strip() for one in grouped for name in one.split(",") if name.strip()}


def expressions() -> list[tuple[str, str]]:
    panels = [
        (panel["title"], target["expr"])
        for panel in DASHBOARD["panels"]
        for target in panel.get("targets", ())
    ]
    rules = [(rule["alert"], rule["expr"]) for group in RULES["groups"] for rule in group["rules"]]
    return panels + rules


@pytest.mark.parametrize(("title", "expression"), expressions())
def test_every_metric_and_label_of_dashboard_and_rules_exists(title: str, expression: str) -> None:
    used = metrics_in(expression)
    assert used, title
    assert used <= set(ALL) | FOREIGN
    known = {label for name in used if name in ALL for label in ALL[name].labels}
    assert labels_in(expression) <= known | {"le", "job", "instance"}
    assert expression.count("(") == expression.count(")")
    assert expression.count("{") == expression.count("}")


@pytest.mark.parametrize(("title", "expression"), expressions())
def test_what_all_processes_tell_alike_is_never_summed_over_them(title: str, expression: str) -> None:
    shared = {one.name for one in STANDING} & metrics_in(expression)
    if shared and "sum" in expression:
        assert "max by" in expression, title


def test_a_histogram_is_read_by_its_series() -> None:
    for title, expression in expressions():
        for name in metrics_in(expression) & {one.name for one in COUNTED if one.kind is Kind.HISTOGRAM}:
            assert not re.search(rf"\b{name}\b(?!_)", expression), title


def rule(one: dict[str, Any]) -> str:
    return str(one["alert"])


@pytest.mark.parametrize("one", [rule for group in RULES["groups"] for rule in group["rules"]], ids=rule)
def test_a_rule_waits_says_how_grave_it_is_and_what_to_do_in_both_languages(one: dict[str, Any]) -> None:
    assert set(one) <= {"alert", "expr", "for", "labels", "annotations"}
    assert re.fullmatch(r"Phanhoi[A-Z]\w+", one["alert"])
    assert re.fullmatch(r"\d+[smh]", one["for"])
    assert one["labels"]["severity"] in {"grave", "warning"}
    assert set(one["annotations"]) == {"summary", "description", "runbook"}
    vietnamese, slash, english = one["annotations"]["summary"].partition(" / ")
    assert vietnamese
    assert slash
    assert english.isascii()
    page, _, anchor = one["annotations"]["runbook"].partition("#")
    text = (ROOT / page).read_text(encoding="utf-8")
    slugs = {
        re.sub(r"[^\w\- ]", "", h.strip().lower()).replace(" ", "-")
        for h in re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    }
    assert not anchor or anchor in slugs


def test_the_dashboard_can_be_imported() -> None:
    assert DASHBOARD["title"]
    assert DASHBOARD["uid"] == "phanhoi"
    assert DASHBOARD["id"] is None
    assert DASHBOARD["__inputs"][0]["pluginId"] == "prometheus"
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(ids) == len(set(ids))
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        if panel["type"] != "row":
            assert panel["datasource"]["uid"] == "${datasource}"
            assert " / " in panel["title"], "Vietnamese first, English second"
            assert panel["description"]


def test_panels_do_not_lie_on_each_other() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken, panel["title"]
        taken |= cells


def test_every_wish_of_the_dashboard_and_rules_together_covers_what_matters() -> None:
    used = {name for _, expression in expressions() for name in metrics_in(expression)}
    assert used >= {
        "phanhoi_read_lag_seconds",
        "phanhoi_write_lag_seconds",
        "phanhoi_deliveries",
        "phanhoi_delivery_outcomes_total",
        "phanhoi_quarantine_items",
        "phanhoi_findings",
        "phanhoi_deadlines",
        "phanhoi_circuit_state",
        "phanhoi_log_unsealed_entries",
        "phanhoi_http_client_duration_seconds",
        "phanhoi_web_request_duration_seconds",
        "phanhoi_event_loop_lag_seconds",
        "phanhoi_database_pool_waiting",
    }
