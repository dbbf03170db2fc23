"""The pane of the dimensions: a row each, sorted by a click, live while a model learns, on paper as it is shown."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from latentexplorer.figures import read_recipe
from latentexplorer.gui.panes.dimensions.model import EPOCHS, STATE, DimensionsModel
from latentexplorer.gui.panes.dimensions.pane import DimensionsPane
from latentexplorer.gui.style.theme import DARK, LIGHT, SYSTEM, theme
from latentexplorer.gui.widgets.notice_line import NoticeLine
from latentexplorer.gui.window.workspaces import ALL, EXPLORE
from latentexplorer.views.dimensions import NUMBER
from tests.gui.person import Person

Make = Callable[..., Path]
SIX = ("model.latent_dim=6", "model.beta=0.1", "training.epochs=3")


@pytest.fixture
def workspace() -> str:
    """As at the first start: panes that this is not about need not be drawn."""
    return EXPLORE


def words(model: DimensionsModel, name: str) -> list[str]:
    """What a column says, from top to bottom."""
    section = model.names.index(name)
    return [str(model.index(row, section).data()) for row in range(model.rowCount())]


def bars(model: DimensionsModel, name: str) -> np.ndarray:
    found = [model.bar(row, model.names.index(name)) for row in range(model.rowCount())]
    return np.array([bar.part for bar in found if bar is not None])


def click_head(person: Person, pane: DimensionsPane, name: str) -> None:
    header, section = pane.table.horizontalHeader(), pane.table.dimensions.names.index(name)
    place = QPoint(header.sectionViewportPosition(section) + 10, header.height() // 2)
    person.qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=place)


def test_rows_are_sorted_by_a_click_and_put_on_paper_as_they_stand(
    person: Person, make_run: Make, tmp_path: Path
) -> None:
    pane: Any = person.open_run(make_run(*SIX), "dimensions")
    model = pane.table.dimensions
    run = person.session.shown
    variance = run.codes["train"].loc.astype(float).var(0)
    assert model.names == [NUMBER, "kl", "variance", STATE, EPOCHS] and model.rowCount() == 6
    usual = pane.table.rowHeight(0)
    person.frame.resize(1280, 1600)
    # Few rows are higher where there is room, and no more than all of it.
    assert 1.5 * usual < pane.table.rowHeight(0) <= pane.table.viewport().height() / 6
    person.frame.resize(1280, 800)
    assert bars(model, "kl")[0] == 1 and (np.diff(bars(model, "kl")) <= 0).all()
    click_head(person, pane, "variance")
    assert words(model, NUMBER) == [f"z{dim}" for dim in np.argsort(-variance, kind="stable")]
    np.testing.assert_allclose(bars(model, "variance"), np.sort(variance)[::-1] / variance.max(), rtol=1e-5)
    click_head(person, pane, "variance")
    assert words(model, NUMBER) == [f"z{dim}" for dim in np.argsort(variance, kind="stable")]
    file = person.export(pane, tmp_path / "dimensions.png")
    settings = read_recipe(file).settings
    assert (settings["sort"], settings["reverse"]) == ("variance", True)
    click_head(person, pane, NUMBER)
    assert words(model, NUMBER) == [f"z{dim}" for dim in range(6)]
    assert pane.restore("dimensions", settings) and words(model, NUMBER)[-1] == f"z{variance.argmax()}"
    held_out = next(offer for offer in pane.offers() if offer.name == "Held-out images")
    held_out.do()
    person.settled()
    assert "held-out" in pane.header.subtitle.text() and pane.view_settings()[0] == "part=test"


def test_a_run_without_posteriors_has_the_variance_of_its_codes(person: Person, make_run: Make) -> None:
    pane: Any = person.open_run(make_run("model.family=ae", "model.latent_dim=3", "training.epochs=2"), "dimensions")
    assert pane.table.dimensions.names == [NUMBER, "variance", STATE, EPOCHS]
    assert "KL" not in pane.header.subtitle.text() and "(of the codes)" in pane.words.text()


def test_titles_are_whole_after_the_colours_have_changed_behind_a_tab(person: Person) -> None:
    person.frame.arrangement.choose("diagnose")
    pane: Any = person.show("dimensions")
    header = pane.table.horizontalHeader()
    whole = header.height()
    for name in ("prior_lab", "dimensions", "prior_lab", "dimensions"):
        person.show(name)
        theme.choose(DARK if not theme.dark else LIGHT)
        # What is not in sight is polished by and by.
        person.until(lambda: header.testAttribute(Qt.WidgetAttribute.WA_WState_Polished))
        person.settled()
        assert header.height() == whole > header.fontMetrics().height() + 8
    theme.choose(SYSTEM)


def test_while_a_model_learns_rows_keep_their_places_and_what_helps_is_said_where_it_is_seen(person: Person) -> None:
    person.type("field_model.latent_dim", "5")
    person.type("field_data.train_per_class", "30")
    person.begin_training()
    pane: Any = person.show("dimensions")
    model = pane.table.dimensions
    person.until(lambda: pane.result is not None and pane.result.total == 5)
    assert words(model, NUMBER) == [f"z{dim}" for dim in range(5)]
    before = pane.result
    person.until(lambda: pane.result is not before and len(pane.result.epochs) > len(before.epochs))
    assert words(model, NUMBER) == [f"z{dim}" for dim in range(5)]
    click_head(person, pane, "kl")
    order = words(model, NUMBER)
    person.show("traversal")
    kept = pane.result
    seen = person.session.history.rows[-1]["epoch"]
    person.until(lambda: person.session.history.rows[-1]["epoch"] > seen + 3)
    assert pane.result is kept and words(model, NUMBER) == order
    person.click("stop_button")
    person.until(lambda: person.session.training.state == "idle")
    person.show("dimensions")
    person.settled()
    assert (np.diff(pane.result.values["kl"][model._order]) <= 0).all()


@pytest.mark.parametrize("workspace", [ALL])
def test_a_notice_of_dimensions_stands_where_it_is_seen_and_helps_at_a_click(person: Person, make_run: Make) -> None:
    died = make_run(
        "model.latent_dim=8",
        "model.beta=10",
        "model.hidden=[64]",
        "training.epochs=50",
        "training.schedule=cosine",
        "training.lr=0.01",
        "training.batch_size=20",
        "training.numerics=exact",
        "data.train_per_class=30",
    )
    person.open_run(died, "dimensions")
    here, there = (person.find(f"{name}_pane_notice", NoticeLine) for name in ("dimensions", "loss"))
    assert there.isVisible() and "1 of 8 dimensions has died" in there.text.text() and not here.isVisible()
    person.frame.docks["loss"].close()
    person.until(here.isVisible)
    assert here.text.text().startswith("1 of 8 dimensions has died, the last in epoch ")
    person.click(here.remedy)
    draft = person.session.training.draft
    assert draft is not None and draft.model.beta == 1
