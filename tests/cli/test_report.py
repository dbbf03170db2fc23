"""`latentexplorer report`: one page about runs that needs nothing else."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest

from latentexplorer.runs import Trained
from tests.cli.conftest import Latentexplorer

Small = Callable[..., Trained]


class Page(HTMLParser):
    """What is on a page: its words, its tags, and where its pictures come from."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.words, self.pictures, self.tags = "", list[str](), set[str]()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag == "img":
            self.pictures.append(dict(attrs)["src"] or "")

    def handle_data(self, data: str) -> None:
        self.words += data


def test_a_report_holds_everything_and_asks_nothing_of_any_other_place(
    small_run: Small, latentexplorer: Latentexplorer, tmp_path: Path
) -> None:
    spoiled = ("training.lr=0.5", "training.epochs=9", "training.batch_size=5")
    vae, pca = small_run("vae", *spoiled), small_run("pca")
    named = tmp_path / "<b onclick=x> & more"
    assert pca.path is not None
    shutil.copytree(pca.path, named)
    metrics = r'{"train": [1], "test": {"rmse": 0.0625}, "samples": "x", "notes": ["half a letter \ud800"]}'
    (named / "metrics.json").write_text(metrics)
    config = json.loads((named / "config.json").read_text())
    config["data"]["path"] = "/a folder/\udcff"
    (named / "config.json").write_text(json.dumps(config))
    out = tmp_path / "new" / "both.html"
    code, said, _ = latentexplorer("report", vae.path, named, "--out", out)
    assert code == 0 and said.strip() == str(out)
    text = out.read_text(encoding="utf-8")
    page = Page(text)
    assert vae.name in page.words and named.name in page.words and "b" not in page.tags
    assert all(source.startswith("data:image/png;base64,") for source in page.pictures)
    # What makes no sense for a model is left away: a PCA has no curves.
    assert len(page.pictures) > 8 and len(set(page.pictures)) == len(page.pictures)
    assert not re.search(r"(src|href)=.?https?:|@import|<script", text)
    assert page.words.count("Worth knowing") == 1 and "Lower the learning rate, now 0.5" in page.words
    # Whatever stands in results that somebody else wrote.
    assert "0.0625" in page.words and r"half a letter \ud800" in page.words
    assert "latentexplorer evaluate" in page.words and "model.family" in page.words


@pytest.mark.parametrize(
    ("arguments", "wrong"), [(("nowhere", "--out", "r.html"), "nowhere"), (("x", "--out", "r.pdf"), ".html")]
)
def test_what_cannot_be_reported_is_said(
    latentexplorer: Latentexplorer, arguments: tuple[str, ...], wrong: str
) -> None:
    code, _, said = latentexplorer("report", *arguments)
    assert code == 2 and wrong in said
