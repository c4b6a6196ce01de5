"""Markdown for the pages that are made from the code."""

import inspect
import re

MADE = (
    "*Trang này lập từ mã nguồn khi dựng tài liệu. / This page is made from the code when the site is built.*"
)
NONE = "–"


def page(title: str, intro: str, *parts: str) -> str:
    """One page: title, how it came to be, introduction, parts."""
    return "\n\n".join((f"# {title}", MADE, intro, *parts)) + "\n"


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A table; empty cells are dashes, and a bar ends no cell."""
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "&#124;") or NONE


def code(text: str) -> str:
    """As code, where there is something."""
    return f"`{text}`" if text else NONE


def docstring(text: str) -> str:
    """A docstring of the house as Markdown: sections become lists, double back-ticks single ones."""
    text = re.sub(
        r":(?:class|meth|func|data|mod):`\.?([^`]+)`", r"`\1`", inspect.cleandoc(text).replace("``", "`")
    )
    lines: list[str] = []
    for line in text.splitlines():
        if re.fullmatch(r"(?:Attributes|Args|Raises):", line):
            lines += ["", line, ""]
        elif found := re.fullmatch(r"    (\w+(?:, \w+)*): (.*)", line):
            names = ", ".join(f"`{name}`" for name in found[1].split(", "))
            lines.append(f"- {names}: {found[2]}")
        else:
            lines.append(line.strip() if line.startswith("    ") else line)
    return "\n".join(lines).strip()
