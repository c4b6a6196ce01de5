"""The manual as a site: whole, in both languages, asking nobody, and its reference complete against the code."""

import json
import re
from html import unescape
from pathlib import Path

import pytest
import yaml

from connector.ledger.kinds import EntryKind
from tests.site_kit import build_site
from tests.unit.test_docs import ALL, EVERY, options_of
from tests.unit.test_errors_manual import OWN_CODE

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
VI = ".vi.md"
BOTH = sorted(path for path in DOCS.rglob(f"*{VI}"))
"""Pages that exist in Vietnamese, too."""
TWICE = (
    "index",
    "tutorial",
    "howto/operator",
    "howto/administrator",
    "howto/auditor",
    "howto/real-portal",
    "howto/mapping",
)
"""What people without English work by."""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_site(tmp_path_factory.mktemp("site"))


def told(site: Path, page: str) -> str:
    return unescape((site / page).read_text(encoding="utf-8"))


def cells(site: Path, page: str) -> set[str]:
    """What stands as code at the beginning of a row."""
    return set(re.findall(r"<tr>\s*<td><code>(.*?)</code>", told(site, page), re.DOTALL))


def headings(site: Path, page: str) -> list[str]:
    found = re.findall(r"<h[1-4] id=\"[^\"]*\">(.*?)<a class=\"headerlink\"", told(site, page), re.DOTALL)
    return [re.sub("<[^>]+>", "", one) for one in found]


# ---- whole --------------------------------------------------------------------------------------------------


def test_every_page_is_in_the_menu_exactly_once(site: Path) -> None:
    menu = re.findall(r": ([\w/.-]+\.md)$", (ROOT / "mkdocs.yml").read_text(encoding="utf-8"), re.MULTILINE)
    made = {
        path.relative_to(site).with_suffix(".md").as_posix() for path in (site / "reference").glob("*.html")
    }
    written = {path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md") if not path.name.endswith(VI)}
    written -= {one for one in written if one.startswith("decisions/0")}  # listed by a page of their own
    missing = (written | made) - set(menu)
    assert not missing, f"in no menu of mkdocs.yml: {missing}"
    assert sorted(menu) == sorted(written | made)


def test_every_title_of_the_menu_is_in_both_languages() -> None:
    titles = re.findall(
        r"^ *- ([^:]+):", (ROOT / "mkdocs.yml").read_text("utf-8").split("\nnav:")[1], re.MULTILINE
    )
    assert len(titles) > 40
    assert not [title for title in titles if title.count(" / ") != 1]


def test_no_page_asks_another_host(site: Path) -> None:
    """Nothing is loaded from elsewhere; a link that a reader may follow is none of this."""
    for path in site.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert not re.findall(
            r"<(?:script|img|iframe|link|source)[^>]+(?:src|href)=\"(?:https?:)?//[^\"]*\"", text
        ), path
        assert "<style" not in text
    for name in ("site.css", "site.js"):
        text = (site / name).read_text(encoding="utf-8")
        assert not re.findall(r"https?:|@import|url\(|fetch\(|XMLHttpRequest", text), name


def test_no_markup_is_left_as_it_was_typed(site: Path) -> None:
    """A list, table or fence that only one of two renderers understands."""
    for path in site.rglob("*.html"):
        main = path.read_text(encoding="utf-8").partition("<main")[2].partition("</main>")[0]
        main = re.sub(r"<pre.*?</pre>|<code>.*?</code>", "", main, flags=re.DOTALL)
        left = re.findall(r"^(?:<p>)?(?:[-*] |\| |\d+\. |#+ |```).*|\]\([^)]*\.md.*", main, re.MULTILINE)
        assert not left, f"{path.relative_to(site)}: {left[:3]}"


def test_the_search_knows_every_page(site: Path) -> None:
    text = (site / "search-index.js").read_text(encoding="utf-8")
    index = json.loads(text.removeprefix("window.manual = ").rstrip(";\n"))
    pages = {path.relative_to(site).as_posix() for path in site.rglob("*.html")} - {"404.html"}
    assert {url.partition("#")[0] for url, *_ in index} == pages
    for url, *_ in index:
        page, _, anchor = url.partition("#")
        assert not anchor or f'id="{anchor}"' in (site / page).read_text(encoding="utf-8"), url


def test_every_decision_is_listed_and_says_why_what_and_what_follows() -> None:
    decisions = sorted((DOCS / "decisions").glob("0*.md"))
    listed = re.findall(
        r"\[(\d{4})\]\((\S+)\)", (DOCS / "decisions" / "index.md").read_text(encoding="utf-8")
    )
    assert listed == [(path.name[:4], path.name) for path in decisions]
    assert [int(number) for number, _ in listed] == list(range(1, len(decisions) + 1))
    for path in decisions:
        text = path.read_text(encoding="utf-8")
        assert text.startswith(f"# {path.name[:4]} ")
        assert all(f"\n**{part}.** " in text for part in ("Why", "Decision", "What follows")), path.name


# ---- both languages -----------------------------------------------------------------------------------------


def blocks(path: Path) -> list[str]:
    return re.findall(r"^```sh\n(.*?)^```", path.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def test_what_people_work_by_is_there_in_vietnamese() -> None:
    assert {path.relative_to(DOCS).as_posix() for path in BOTH} >= {f"{name}{VI}" for name in TWICE}


@pytest.mark.parametrize("path", BOTH, ids=lambda path: path.name)
def test_both_languages_of_a_page_have_the_same_parts_and_commands(path: Path) -> None:
    english = path.with_name(path.name.replace(VI, ".md"))
    bare = [re.sub(r" +#.*", "", one) for one in blocks(path)]
    assert bare == [re.sub(r" +#.*", "", one) for one in blocks(english)]
    levels = [re.findall(r"^(#+) ", one.read_text(encoding="utf-8"), re.MULTILINE) for one in (path, english)]
    assert levels[0] == levels[1]


def test_a_page_leads_to_its_other_language(site: Path) -> None:
    assert 'data-language="en" lang="en" href="tutorial.html"' in told(site, "tutorial.vi.html")
    assert 'data-language="vi" lang="vi" href="tutorial.vi.html"' in told(site, "tutorial.html")
    assert 'href="../tutorial.vi.html"' in told(site, "howto/operator.html"), (
        "the menu leads to the Vietnamese page"
    )


# ---- the reference is complete ------------------------------------------------------------------------------


def test_the_reference_has_every_command_with_every_option(site: Path) -> None:
    text = told(site, "reference/command-line.html")
    parts = {
        name.partition('">')[2].partition("<a")[0].removeprefix("phanhoi "): part
        for name, part in re.findall(r"<h2 id=\"(.*?)</h2>(.*?)(?=<h2|</main>)", text, re.DOTALL)
    }
    assert set(parts) == set(ALL)
    for name, part in parts.items():
        assert options_of(name) <= set(re.findall(r"<code>(--[\w-]+)</code>", part)), name


def test_the_reference_has_every_setting(site: Path) -> None:
    assert cells(site, "reference/settings.html") == set(EVERY)


def test_the_reference_has_every_error_code(site: Path) -> None:
    assert cells(site, "reference/errors.html") == {one.code for one in OWN_CODE}


def test_the_reference_has_every_kind_of_entry_and_where_it_is_written(site: Path) -> None:
    text = told(site, "reference/entries.html")
    assert cells(site, "reference/entries.html") == {kind.value for kind in EntryKind}
    for _, where in re.findall(
        r"<tr>\s*<td><code>(\w+)</code></td>\s*<td>[^<]*</td>\s*<td>(.*?)</td>", text, re.DOTALL
    ):
        assert "connector/" in where or where == "không còn ghi / written no more"


@pytest.mark.parametrize("name", ["console", "register"])
def test_the_reference_has_every_call_and_shape_of_an_interface(name: str, site: Path) -> None:
    described = json.loads((DOCS / f"{name}-openapi.json").read_text(encoding="utf-8"))
    told = headings(site, f"reference/{name}-api.html")
    calls = [f"{method.upper()} {path}" for path, one in described["paths"].items() for method in one]
    assert not [one for one in (*calls, *described["components"]["schemas"]) if one not in told]


def test_the_reference_has_everything_that_an_adapter_implements(site: Path) -> None:
    told = headings(site, "reference/seam.html")
    for name in ("changes", "fetch", "find", "apply", "catalogue", "read_file", "ping", "aclose"):
        assert f"System.{name}" in told
    assert {"Subject.born", "TellsContract.contract", "Capabilities", "Plugin"} <= set(told)


def test_the_menu_can_be_read_by_the_generator_that_it_comes_from() -> None:
    """No tag of one program's own: whoever prefers another generator of this family can use the file."""
    assert yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))["docs_dir"] == "docs"
