"""Figures that are taken home from the window, and come back."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu

from latentexplorer.cli import main
from latentexplorer.figures import read_recipe
from latentexplorer.gui.panes.table import PANES
from latentexplorer.views import settings_from
from tests.gui.conftest import Person

VAE = ("model.family=vae", "model.latent_dim=4")
FIGURES = [entry.name for entry in PANES if entry.name not in ("training", "runs", "sweep")]


def test_every_pane_exports_a_figure_that_says_how_it_was_made(
    person: Person, make_run: Callable[..., Path], tmp_path: Path
) -> None:
    person.open_run(make_run(*VAE))
    for name in FIGURES:
        pane = person.show(name)
        if name == "interpolation":
            pane.finder.pick_images()
            person.settled()
        if name == "attributes":
            for choice, group in zip(pane.maker.choices, ("3", "8"), strict=True):
                choice.take(choice.findData(group))
            person.click("attribute_make")
            person.until(lambda pane=pane: len(pane.rows) == 1)
            person.settled()
        if name == "comparison":
            person.session.compare_apart([person.session.run.path, make_run("model.family=pca")])
            person.until(lambda pane=pane: pane.found is not None)
            person.settled()
        recipe = read_recipe(person.export(pane, tmp_path / f"{name}.png"))
        assert recipe.kind == pane.view_kind
        assert recipe.run == str(person.session.run.path)
        assert recipe.view_settings() == settings_from(recipe.kind, pane.figure_settings())
        # The copied command makes the same figure.
        pane.copy_command()
        command = shlex.split(QGuiApplication.clipboard().text())
        command[command.index("--out") + 1] = str(tmp_path / "again.png")
        assert command[0] == "latentexplorer" and main([*command[1:], "--quiet"]) == 0
        again = read_recipe(tmp_path / "again.png")
        assert (again.kind, again.run, again.settings) == (recipe.kind, recipe.run, recipe.settings)


def test_a_copied_picture_carries_its_recipe(person: Person, make_run: Callable[..., Path], tmp_path: Path) -> None:
    pane = person.open_run(make_run(*VAE), "latent_grid")
    with person.qtbot.waitSignal(person.session.message, timeout=60_000):
        pane.copy_picture()
    image = QGuiApplication.clipboard().image()
    path = tmp_path / "pasted.png"
    assert image.save(str(path))
    assert read_recipe(path).kind == "latent-grid"


def test_a_dropped_interpolation_brings_its_ends_back(
    person: Person, make_run: Callable[..., Path], tmp_path: Path
) -> None:
    from latentexplorer.figures.animation import export_animation

    path, other = make_run(*VAE), make_run("model.family=pca")
    for suffix in (".png", ".svg", ".gif", ".apng", ".webp"):
        pane = person.open_run(path, "interpolation")
        pane.finder.pick_images()
        pane.steps.setValue(7)
        person.qtbot.keyClick(pane.method, Qt.Key.Key_Down)
        person.settled()
        ends, shown = dict(person.session.selection.anchors), pane.shown
        file = tmp_path / f"way{suffix}"
        if suffix in (".png", ".svg"):
            person.export(pane, file)
        else:
            export_animation(person.session.run, file, pane.view_settings())
        person.qtbot.keyClick(pane.method, Qt.Key.Key_Up)
        pane.steps.setValue(3)
        person.open_run(other, "runs")
        person.drop(file)
        person.until(lambda: person.session.run.path == path and person.session.selection.anchors["B"] is not None)
        person.settled()
        assert pane.isVisible() and pane.steps.value() == 7 and pane.method.currentText() == "spherical"
        for which, end in ends.items():
            found = person.session.selection.anchors[which]
            assert (found.part, found.index) == (end.part, end.index) and np.array_equal(found.z, end.z)
        np.testing.assert_array_equal(pane.shown.codes, shown.codes)
        np.testing.assert_array_equal(pane.shown.images, shown.images)
        # As it was at first, for the next one.
        person.qtbot.keyClick(pane.method, Qt.Key.Key_Up)


def _choose(menu: QMenu, text: str) -> None:
    next(action for action in menu.actions() if action.text() == text).trigger()


def test_a_dropped_traversal_brings_its_code_and_rows_back(
    person: Person, make_run: Callable[..., Path], tmp_path: Path
) -> None:
    pane = person.open_run(make_run("model.family=cvae", "model.latent_dim=30"), "traversal")
    _choose(pane.steps, "5")
    person.settled()
    person.session.current.set(person.session.current.code.z * np.float32(0.5), 3)
    bar = pane.rows.verticalScrollBar()
    bar.setValue(4 * pane.rows._row_px)
    person.settled()
    rows, code = pane.rows.shown_dimensions, person.session.current.code
    file = person.export(pane, tmp_path / "rows.png")
    _choose(pane.steps, "11")
    bar.setValue(0)
    person.session.current.pick_image("train", 2)
    person.settled()
    person.drop(file)
    person.until(lambda: person.session.current.code.same(code))
    person.settled()
    assert pane.rows.shown_dimensions[0] == rows[0]
    assert {len(row.values) for row in pane.rows.visible_rows} == {5}
    assert pane.base.same(code)


def test_dropped_loss_and_decoded_figures_bring_their_views_back(
    person: Person, make_run: Callable[..., Path], tmp_path: Path
) -> None:
    path = make_run(*VAE)
    loss = person.open_run(path, "loss")
    person.click(loss.switches.log)
    person.click(loss.switches.parts["test"])
    before = loss.view_settings()
    curves = person.export(loss, tmp_path / "loss.png")
    person.session.current.pick_image("train", 5)
    image = person.export(person.frame.panes["decoded"], tmp_path / "decoded.png")
    person.click(loss.switches.log)
    person.click(loss.switches.parts["test"])
    person.session.current.pick_image("test", 1)
    assert loss.view_settings() != before
    person.drop(curves)
    person.until(lambda: loss.view_settings() == before)
    person.drop(image)
    person.until(lambda: (person.session.current.code.part, person.session.current.code.index) == ("train", 5))
    person.decoded()
