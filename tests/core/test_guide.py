"""The guide: each page tells all of it, briefly, and no link leads nowhere."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import latentexplorer
from latentexplorer.core.errors import SettingsError
from latentexplorer.core.guide import FIRST, SECTIONS, page, pages

MOST_LINES, LONGEST_LINE = 60, 140


@pytest.mark.parametrize("slug", list(pages()))
def test_a_page_tells_all_of_it_and_no_more(slug: str) -> None:
    found = page(slug)
    lines = found.text.splitlines()
    assert lines[0] == f"# {found.title}" and found.title
    assert found.summary.endswith(".") and found.summary.count(". ") == 0, "one sentence below the title"
    assert [line.removeprefix("## ") for line in lines if line.startswith("#")][1:] == list(SECTIONS)
    assert len(lines) <= MOST_LINES and max(map(len, lines)) <= LONGEST_LINE
    assert "](http" not in found.text and "![" not in found.text and "<img" not in found.text


@pytest.mark.parametrize("slug", list(pages()))
def test_links_of_a_page_lead_to_other_pages(slug: str) -> None:
    assert set(page(slug).links) <= set(pages()) - {slug}


def asked(package: Path) -> Iterator[tuple[str, ast.expr]]:
    """Every `GuideLink(...)` of the window: where, and what it asks for."""
    for path in package.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "GuideLink":
                yield f"{path.name}:{node.lineno}", node.args[0]


def test_what_the_window_links_to_is_there() -> None:
    links = dict(asked(Path(latentexplorer.__file__).parent))
    named = {where: slug.value for where, slug in links.items() if isinstance(slug, ast.Constant)}
    wrong = {where: slug for where, slug in named.items() if slug not in pages()}
    assert not wrong


def test_what_is_read_first_comes_first_and_a_wrong_name_suggests_one() -> None:
    assert tuple(pages())[: len(FIRST)] == FIRST
    with pytest.raises(SettingsError, match="near-data"):
        page("near-date")
