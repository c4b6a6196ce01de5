"""What others call or implement: the HTTP interfaces by their descriptions, and the seam by its docstrings."""

import ast
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from markup import NONE, code, docstring, page, table

ROOT = Path(__file__).parents[2]

# ---- HTTP interfaces ----------------------------------------------------------------------------------------


def api(name: str, title: str, intro: str) -> Callable[[], str]:
    """A page for one OpenAPI description that lies in docs."""

    def make() -> str:
        told = json.loads((ROOT / "docs" / name).read_text(encoding="utf-8"))
        parts = [
            _call(told, method, path, call)
            for path, calls in told["paths"].items()
            for method, call in calls.items()
            if method in {"get", "post", "put", "patch", "delete"}
        ]
        shapes = [_shape(named, shape) for named, shape in sorted(told["components"]["schemas"].items())]
        return page(title, intro, "## Lời gọi / Calls", *parts, "## Dạng dữ liệu / Shapes", *shapes)

    return make


def _call(told: Mapping[str, Any], method: str, path: str, call: Mapping[str, Any]) -> str:
    rows = [
        (
            f"`{one['name']}`",
            one["in"],
            _form(one.get("schema", {})),
            "yes" if one.get("required") else "",
            one.get("description", ""),
        )
        for one in (_resolved(told, one) for one in call.get("parameters", ()))
    ]
    body = _resolved(told, call.get("requestBody", {})).get("content", {})
    for media, content in body.items():
        rows.append(("body", f"`{media}`", _form(content.get("schema", {})), "yes", ""))
    answers = [
        f"{status}: {_form(next(iter(_resolved(told, one).get('content', {}).values()), {}).get('schema', {}))}"
        for status, one in call["responses"].items()
        if str(status).startswith(("2", "3"))
    ]
    right = f"Quyền / right: `{call['x-right']}`. " if "x-right" in call else ""
    return "\n\n".join(
        part
        for part in (
            f"### {method.upper()} {path}",
            call.get("description") or call.get("summary", ""),
            f"{right}Trả lời / answer: {', '.join(answers) or NONE}",
            table(("parameter", "in", "form", "required", "meaning"), rows) if rows else "",
        )
        if part
    )


def _resolved(told: Mapping[str, Any], one: Mapping[str, Any]) -> Mapping[str, Any]:
    for step in one.get("$ref", "").split("/")[1:]:
        told = told[step]
    return told if "$ref" in one else one


def _form(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in schema or "oneOf" in schema or "allOf" in schema:
        return " or ".join(_form(one) for key in ("anyOf", "oneOf", "allOf") for one in schema.get(key, ()))
    if "enum" in schema:
        return ", ".join(f"`{one}`" for one in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_form(schema.get('items', {}))}"
    if "const" in schema:
        return f"`{schema['const']}`"
    return f"{schema.get('format') or schema.get('type') or 'any'}"


def _shape(name: str, shape: Mapping[str, Any]) -> str:
    needed = set(shape.get("required", ()))
    rows = [
        (f"`{key}`", _form(one), "yes" if key in needed else "", one.get("description", ""))
        for key, one in shape.get("properties", {}).items()
    ]
    told = docstring(shape.get("description", ""))
    return "\n\n".join(
        part
        for part in (
            f"### {name}",
            told,
            table(("member", "form", "required", "meaning"), rows) if rows else _form(shape),
        )
        if part
    )


# ---- the seam -----------------------------------------------------------------------------------------------


def seam() -> str:
    """What an adapter implements, uses and proves, with the duties that its docstrings name."""
    parts = []
    for name in ("connector/system.py", "adapters/conformance/subject.py"):
        tree = ast.parse((ROOT / name).read_text(encoding="utf-8"))
        parts.append(f"## `{name}`\n\n{docstring(ast.get_docstring(tree) or '')}")
        parts += [
            _class(one) for one in tree.body if isinstance(one, ast.ClassDef) and not one.name.startswith("_")
        ]
    intro = (
        "Cách viết một bộ nối, từng bước: [adding-a-system.md](../adding-a-system.md). / Step by step:"
        " [adding-a-system.md](../adding-a-system.md)."
    )
    return page("Giao diện bộ nối / The adapter's seam", intro, *parts)


def _class(one: ast.ClassDef) -> str:
    fields = [
        (
            f"`{item.target.id}`",
            code(ast.unparse(item.annotation)),
            code(ast.unparse(item.value)) if item.value else "",
        )
        for item in one.body
        if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name)
    ]
    methods = [
        f"#### {one.name}.{item.name}\n\n```python\n{_signature(item)}\n```\n\n{docstring(ast.get_docstring(item) or '')}"
        for item in one.body
        if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef) and not item.name.startswith("_")
    ]
    told = docstring(ast.get_docstring(one) or "")
    head = ("attribute", "type", "default")
    return "\n\n".join(
        part for part in (f"### {one.name}", told, table(head, fields) if fields else "", *methods) if part
    )


def _signature(item: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    word = "async def" if isinstance(item, ast.AsyncFunctionDef) else "def"
    returns = f" -> {ast.unparse(item.returns)}" if item.returns else ""
    return f"{word} {item.name}({ast.unparse(item.args)}){returns}"
