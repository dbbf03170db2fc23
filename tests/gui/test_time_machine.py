"""The time machine: every pane shows the model as it was, on axes that stay, and everything says which epoch it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt

from latentexplorer.figures.recipe import read_recipe
from latentexplorer.gui.window.workspaces import EXPLORE
from latentexplorer.views.registry import load_view, settings_from
from tests.gui.person import Person

SIX = ("model.latent_dim=3", "training.epochs=6", "training.snapshots=6", "training.lr=0.01")


@pytest.fixture
def workspace() -> str:
    """As at the first start: panes that this is not about need not be drawn."""
    return EXPLORE


def look_at(person: Person, epoch: int) -> None:
    person.until(lambda: person.session.epochs.shown == epoch)
    person.decoded()
    person.settled()


def test_scrubbing_moves_every_pane_on_axes_that_stay(
    person: Person, make_run: Callable[..., Path], tmp_path: Path
) -> None:
    from latentexplorer.latent.geometry import principal
    from latentexplorer.runs import Trained

    person.open_run(make_run(*SIX))
    session, frame = person.session, person.frame
    pane, grid = frame.panes["map"], frame.panes["latent_grid"]
    pane.restore("map", {"method": "pca"})
    person.settled()
    person.until(lambda: pane.result is not None and pane.result.method == "pca")
    latest, plane = session.run, grid.result
    session.current.pick_image("test", 1)
    frame.actions_table["time_machine"].trigger()
    bar = frame.time_machine
    person.until(lambda: bar.isVisible() and session.epochs.kept == [1, 2, 3, 4, 5, 6])
    bar.slider.setFocus()
    person.qtbot.keyClick(bar.slider, Qt.Key.Key_Home)
    look_at(person, 1)
    ranges = pane.plot.box.viewRange()
    person.qtbot.keyClick(bar.slider, Qt.Key.Key_Right)
    look_at(person, 2)
    # The codes are those of the epoch, seen along the axes of the end, over a range that holds all epochs.
    then = Trained.load(latest.path, epoch=2, with_data=False)
    axes = principal(latest.codes["train"].loc, 2)
    np.testing.assert_allclose(pane.result.coords, axes.coordinates(then.codes["train"].loc), atol=1e-4)
    assert pane.plot.box.viewRange() == ranges
    for epoch in session.epochs.kept:
        seen = axes.coordinates(Trained.load(latest.path, epoch=epoch, with_data=False).codes["train"].loc)
        assert (seen.min(0) > [ends[0] for ends in ranges]).all() and (seen.max(0) < [e[1] for e in ranges]).all()
    # The same places of the grid, decoded by the model as it was.
    np.testing.assert_array_equal(grid.result.codes, plane.codes)
    np.testing.assert_allclose(
        grid.result.images[0, 0], then.decode(plane.codes[0, :1])[0].reshape(grid.result.images[0, 0].shape), atol=1e-5
    )
    # Nobody takes it for the trained run.
    said = "epoch 2 of 6"
    assert bar.where.text() == said and said in frame.windowTitle() and said in frame.strip.epoch.text()
    assert said in person.find("status_right").text()
    for name in ("map", "latent_grid", "decoded", "traversal"):
        assert frame.panes[name].header.subtitle.text().startswith(said), name
    person.qtbot.keyClick(bar.slider, Qt.Key.Key_Escape)
    assert session.epochs.shown is None and session.run is latest
    person.settled()
    assert said not in frame.windowTitle() + pane.header.subtitle.text() + person.find("status_right").text()
    assert bar.slider.value() == 5 and pane.plot.following_range
    # Played from the end it begins anew, and stays where it ends.
    person.click("time_play")
    look_at(person, 1)
    person.until(lambda: session.epochs.shown == 2)
    person.click("time_play")
    person.settled()
    path = tmp_path / "epochs.gif"
    person.click("time_export")
    person.find("animation_file").setText(str(path))
    person.find("animation_dialog").accept()
    person.until(path.exists)
    person.settled()
    with Image.open(path) as film:
        assert film.n_frames == 6
    person.click("time_close")
    assert bar.isHidden() and session.epochs.shown is None
    assert not frame.actions_table["time_machine"].isChecked()
    person.settled()


def test_a_run_without_states_says_so_and_what_helps(person: Person, make_run: Callable[..., Path]) -> None:
    person.open_run(make_run())
    frame = person.frame
    frame.actions_table["time_machine"].trigger()
    assert "kept no states" in person.find("time_why").text() and not frame.time_machine.slider.isVisible()
    person.click("time_remedy")
    person.until(lambda: frame.panes["training"].seen)
    # Another run that has some needs no second click.
    person.open_run(make_run(*SIX))
    person.until(lambda: frame.time_machine.slider.isVisible())


def test_a_tsne_of_all_epochs_is_left_half_way_and_gone_on_with(
    person: Person, make_run: Callable[..., Path], tmp_path: Path
) -> None:
    person.open_run(make_run(*SIX))
    session, pane = person.session, person.show("map")
    pane.restore("map", {"method": "tsne", "steps": 20})
    person.until(lambda: pane.result is not None and pane.result.settled and not pane.layouts.running)
    person.frame.actions_table["time_machine"].trigger()
    bar = person.frame.time_machine
    person.until(lambda: session.epochs.kept == [1, 2, 3, 4, 5, 6])
    person.qtbot.keyClick(bar.slider, Qt.Key.Key_Home)
    look_at(person, 1)
    pane.controls.options.set_value("steps", 600)
    person.click("map_epochs")
    person.until(lambda: pane.layouts.step > 0)
    person.click("map_stop")
    person.until(lambda: "together" in pane.result.subtitle)
    person.settled()
    half = pane.result
    assert 0 < half.projection.step < 600 and not half.projection.finished
    assert "stopped at step" in person.find("map_state").text()
    # On paper it stands as on the screen, and says so.
    drawn = load_view("time-machine").compute(session.run, settings_from("time-machine", pane.figure_settings()))
    np.testing.assert_allclose(drawn.maps[0].coords, half.coords, rtol=1e-4, atol=1e-4)
    assert f"stopped after {half.projection.step} of 600 steps" in drawn.notes[0]
    # So it stands in the film of all that moves.
    path = tmp_path / "half.gif"
    person.click("time_export")
    person.find("animation_file").setText(str(path))
    person.find("animation_dialog").accept()
    person.until(path.exists)
    person.settled()
    filmed = read_recipe(path).settings
    assert filmed["method"] == "tsne" and filmed["stopped"] == half.projection.step and "n" not in filmed
    person.click("map_resume")
    person.until(lambda: pane.result.projection.finished and not pane.layouts.running)
    person.settled()
    assert pane.result.projection.step == 600 and pane.result.same_points(half)
    assert "stopped" not in pane.command() and "steps=600" in pane.command()
    assert not np.array_equal(pane.result.coords, half.coords) and not person.find("map_resume").isVisible()
    person.qtbot.keyClick(bar.slider, Qt.Key.Key_Right)
    look_at(person, 2)
    assert "together" in pane.result.subtitle
    person.click("time_close")
    person.settled()


def test_a_tsne_stays_until_all_epochs_are_laid_out_together(person: Person, make_run: Callable[..., Path]) -> None:
    person.open_run(make_run(*SIX))
    session, pane = person.session, person.show("map")
    pane.restore("map", {"method": "tsne", "steps": 20})
    person.until(lambda: pane.result is not None and pane.result.settled and not pane.layouts.running)
    alone = pane.result.coords
    person.frame.actions_table["time_machine"].trigger()
    bar = person.frame.time_machine
    person.until(lambda: session.epochs.kept == [1, 2, 3, 4, 5, 6])
    person.qtbot.keyClick(bar.slider, Qt.Key.Key_Home)
    look_at(person, 1)
    assert pane.result.coords is alone and "epoch 6" in person.find("map_state").text()
    # Points that stayed are not said to be of this epoch.
    assert pane.header.subtitle.text().startswith("points of epoch 6 · ")
    person.click("map_epochs")
    person.until(lambda: "together" in pane.result.subtitle)
    person.settled()
    assert pane.header.subtitle.text().startswith("epoch 1 of 6 · ")
    first, ranges = pane.result, pane.plot.box.viewRange()
    np.testing.assert_array_equal(first.projection.codes[0], session.run.codes["train"].loc[first.index[0]])
    person.qtbot.keyClick(bar.slider, Qt.Key.Key_Right)
    look_at(person, 2)
    assert pane.result.same_points(first) and not np.array_equal(pane.result.coords, first.coords)
    assert pane.plot.box.viewRange() == ranges
    low, high = (np.array([ends[at] for ends in ranges]) for at in (0, 1))
    assert ((pane.result.coords > low) & (pane.result.coords < high)).all()
    command = pane.command()
    assert all(word in command for word in ("figure time-machine", "method=tsne", "steps=50"))
    assert "stopped" not in command
    # A figure that was left half-way is brought back as far as it had come.
    pane.restore("time-machine", {"method": "tsne", "steps": 20, "stopped": 10})
    person.until(lambda: pane.result.projection.step == 10 and not pane.layouts.running)
    person.settled()
    assert "stopped=10" in pane.command()
    # Another map is wanted: it is a map of its own again.
    person.choose("map_method", "PCA")
    person.settled()
    assert pane.result.method == "pca" and "figure map" in pane.command()
    person.click("time_close")
    person.settled()
