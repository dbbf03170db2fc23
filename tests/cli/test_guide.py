"""The guide in a terminal."""

from __future__ import annotations

from latentexplorer.core.guide import pages

from .conftest import Latentexplorer


def test_the_guide_is_read_in_a_terminal(latentexplorer: Latentexplorer) -> None:
    code, listed, _ = latentexplorer("guide")
    assert code == 0
    assert [line.split()[0] for line in listed.splitlines()] == list(pages())
    for slug, page in pages().items():
        assert latentexplorer("guide", slug)[:2] == (0, page.text)
    code, _, told = latentexplorer("guide", "mops")
    assert code == 2 and "maps" in told and len(told.splitlines()) == 1
