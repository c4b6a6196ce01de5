"""What the manual's site does beyond its generator: pages made from the code, two languages, a search that needs no server."""

import json
import re
import sys
from html import unescape
from pathlib import Path
from typing import Any

from properdocs.config.defaults import ProperDocsConfig
from properdocs.structure.files import File, Files
from properdocs.structure.pages import Page

sys.path.insert(0, str(Path(__file__).parent))  # hooks are loaded as a single file
from reference import PAGES

_searchable: list[tuple[str, str, str, str]] = []
"""Address, title of the page, heading, text of the part below it."""


def slug(heading: str, separator: str = "-") -> str:
    """The anchor that a heading gets on the usual code hosts, so that links hold in both places."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", separator)


def on_config(config: ProperDocsConfig) -> None:
    """Anchors as on the code hosts."""
    _searchable.clear()
    config.mdx_configs.setdefault("toc", {})["slugify"] = slug


def on_files(files: Files, config: ProperDocsConfig) -> Files:
    """Add the pages that are made from the code; they exist nowhere else."""
    for name, make in PAGES.items():
        files.append(File.generated(config, f"reference/{name}.md", content=make()))
    return files


def on_env(env: Any, config: ProperDocsConfig, files: Files) -> None:
    """Let templates find a page's other language, and halve a title."""
    del config
    pages = {file.src_uri: file for file in files.documentation_pages()}

    def other(file: File) -> File | None:
        stem = file.src_uri.removesuffix(".md")
        return pages.get(f"{stem[:-3]}.md" if stem.endswith(".vi") else f"{stem}.vi.md")

    env.globals.update(other=other)
    env.filters.update(halves=halves)


def halves(title: str) -> tuple[str, str]:
    """Vietnamese and English half of a title; a title in one language is both."""
    vi, _, en = title.partition(" / ")
    return vi, en or vi


def on_page_content(html: str, page: Page, config: ProperDocsConfig, files: Files) -> None:
    """Collect what can be searched, part by part."""
    del config, files
    begin, anchor, heading = 0, "", str(page.title)
    for found in re.finditer(r'<h[1-4] id="([^"]*)">(.*?)</h[1-4]>', html, re.DOTALL):
        _collect(page, anchor, heading, html[begin : found.start()])
        begin, anchor, heading = found.end(), found[1], _plain(re.sub(r"<a.*?</a>", "", found[2]))
    _collect(page, anchor, heading, html[begin:])


def _collect(page: Page, anchor: str, heading: str, html: str) -> None:
    text = _plain(html)
    if text or anchor:
        _searchable.append((f"{page.url}#{anchor}" if anchor else page.url, str(page.title), heading, text))


def _plain(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def on_post_build(config: ProperDocsConfig) -> None:
    """Write the index as a script: a page opened from a folder may load scripts, but no data."""
    index = json.dumps(_searchable, ensure_ascii=False, separators=(",", ":"))
    (Path(config.site_dir) / "search-index.js").write_text(f"window.manual = {index};\n", encoding="utf-8")
