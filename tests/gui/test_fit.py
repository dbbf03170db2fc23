"""Nothing is cut: no text, no number and no widget, in no workspace, at no size."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QFont, QFontMetrics, QImage
from PySide6.QtWidgets import QApplication, QCheckBox, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from latentexplorer.gui.panes.header import Subtitle
from latentexplorer.gui.session.session import Session
from latentexplorer.gui.session.window_settings import Settings
from latentexplorer.gui.style.plain_text import verbatim
from latentexplorer.gui.style.theme import DARK, LIGHT, SYSTEM, body_font, theme
from latentexplorer.gui.widgets.choice import Choice
from latentexplorer.gui.widgets.elided import ElidedLabel, briefly, shortened
from latentexplorer.gui.widgets.flow import FlowLayout
from latentexplorer.gui.window.main_window import MainWindow
from latentexplorer.gui.window.workspaces import EXPLORE, TRAIN, WORKSPACES
from tests.gui.fitting import faults
from tests.gui.person import Person

SMALL, USUAL, LARGE, HUGE = (1024, 700), (1280, 800), (1920, 1080), (2560, 1600)
LONG = "a run with a name that somebody has taken a good while to think about and to type"


@pytest.fixture
def workspace() -> str:
    """As at the first start."""
    return EXPLORE


@pytest.fixture
def long_names(make_run: Callable[..., Path], tmp_path: Path) -> Path:
    """A run with a long name, of classes with long names."""
    values = np.random.default_rng(0).integers(0, 255, (40, 8, 8), np.uint8)
    names = [f"a class with a rather long name that goes on and on, number {at} of four" for at in range(4)]
    images = tmp_path / "images.npz"
    np.savez(images, images=values, labels=np.arange(40) % 4, class_names=names)
    run = make_run("data.name=images", f"data.path={images}")
    return Path(shutil.copytree(run, tmp_path / LONG))


def outside(frame: MainWindow) -> list[str]:
    """Names that are none of the program's own: of runs, classes, folders and files."""
    listed = [run.name for run in frame.panes["runs"].table.runs_model.runs]
    run = frame.session.run
    if run is None:
        return listed
    return [*listed, run.name, *run.class_names, Path(run.config.data.path or "").name]


def walk(
    frame: MainWindow, settle: Callable[[], object], sizes: Iterable[tuple[int, int]], names: Iterable[str] = WORKSPACES
) -> list[str]:
    """What does not fit in the workspaces at some sizes."""
    found = []
    for size in sizes:
        for name in names:
            frame.arrangement.choose(name)
            frame.resize(*size)
            found += look(frame, settle, size, name)
    return found


def walk_panes(person: Person, size: tuple[int, int]) -> list[str]:
    """What does not fit in any pane, brought to the front in each workspace."""
    found = []
    for name in WORKSPACES:
        person.frame.arrangement.choose(name)
        person.frame.resize(*size)
        for pane in person.frame.panes:
            person.frame.show_pane(pane)
            dock = person.frame.docks[pane]
            found += look(person.frame, person.settled, size, f"{name} with {pane} in front", dock)
        person.frame.reset_layout()
    return found


def look(
    frame: MainWindow,
    settle: Callable[[], object],
    size: tuple[int, int],
    where: str,
    inside: QWidget | None = None,
) -> list[str]:
    QApplication.processEvents()
    settle()
    # What came last, as a scroll bar, has yet to be laid out.
    QApplication.processEvents()
    now = frame.size().toTuple()
    found = [f"the window becomes {now}"] if now != size else []
    return [f"{where} at {size}: {fault}" for fault in (*found, *faults(frame, outside(frame), inside))]


def test_nothing_is_cut_at_any_size(person: Person, make_run: Callable[..., Path], long_names: Path) -> None:
    """Takes long: every widget of every workspace at four sizes, and of three more runs at two, each laid out anew."""
    person.open_run(make_run("model.latent_dim=2"))
    found = walk(person.frame, person.settled, (SMALL, LARGE))
    # What is laid out already takes other colours.
    theme.choose(DARK)
    found += walk(person.frame, person.settled, (USUAL, HUGE)) + walk_panes(person, SMALL)
    theme.choose(SYSTEM)
    for run in (make_run("model.latent_dim=128"), make_run("model.family=cvae"), long_names):
        person.open_run(run)
        found += [f"{run.name[:20]}: {fault}" for fault in walk(person.frame, person.settled, (SMALL, USUAL))]
    assert not found, "\n".join(found)


def of_arrays(folder: Path, count: int, classes: int, **more: Any) -> tuple[str, ...]:
    """Settings that train on so many small images of so many classes; none: without."""
    draws = np.random.default_rng(0)
    arrays = {"images": draws.integers(0, 255, (count, 8, 8), np.uint8), **more}
    if classes:
        arrays |= {"labels": np.arange(count) % classes, "class_names": [f"class {at}" for at in range(classes)]}
    path = folder / f"{count}-{classes}.npz"
    np.savez(path, **arrays)
    return "data.name=images", f"data.path={path}", "data.train_per_class=none", "data.test_per_class=none"


def test_nothing_is_cut_of_very_much_or_very_little(
    person: Person, make_run: Callable[..., Path], tmp_path: Path
) -> None:
    many = of_arrays(tmp_path, 60_000, 26)
    runs = {
        "60,000 points of 26 classes": ((*many, "data.test_fraction=0.02", "model.family=pca"), (SMALL,)),
        "1,000 classes": ((*of_arrays(tmp_path, 2_000, 1_000), "model.family=cvae"), (SMALL, USUAL)),
        "no classes": ((*of_arrays(tmp_path, 40, 0), "model.latent_dim=3"), (SMALL,)),
        "one image": ((*of_arrays(tmp_path, 2, 0), "data.limit=1", "model.latent_dim=3"), (SMALL,)),
    }
    found = []
    for name, (changes, sizes) in runs.items():
        person.open_run(make_run(*changes))
        found += [f"{name}: {fault}" for fault in walk(person.frame, person.settled, sizes)]
    assert not found, "\n".join(found)


def test_nothing_is_cut_at_two_dots_for_a_pixel(request: pytest.FixtureRequest) -> None:
    """In a process of its own, which runs this test again: letters have other widths, pictures stand on half pixels."""
    if "QT_SCALE_FACTOR" not in os.environ:
        test = f"{__file__}::{test_nothing_is_cut_at_two_dots_for_a_pixel.__name__}"
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", test]
        told = subprocess.run(command, env={**os.environ, "QT_SCALE_FACTOR": "2"}, capture_output=True, text=True)
        assert told.returncode == 0, told.stdout
        return
    person = request.getfixturevalue("person")
    person.open_run(request.getfixturevalue("make_run")("model.latent_dim=2"))
    assert person.frame.devicePixelRatioF() == 2
    found = walk(person.frame, person.settled, (SMALL, USUAL), (EXPLORE, TRAIN, "diagnose"))
    assert not found, "\n".join(found)


INSTRUMENTS = {
    "interpolation": ("Decision regions: what a classifier sees", "Race three ways"),
    "latent_grid": ("Magnification: how much the decoder stretches", "Decision regions: what a classifier sees"),
    "map": (
        "Magnification: how much the decoder stretches",
        "Honest map: true distances under the mouse",
        # Off again: two grounds at once cannot be read.
        "Magnification: how much the decoder stretches",
        "Decision regions: what a classifier sees",
    ),
    "traversal": ("Along the local axes of codes nearby",),
    "gallery": ("What the gallery shows: Odd images",),
    "attributes": ("Analogy: A is to B as C is to ?",),
}
SWITCHES = ("interpolation", "latent_grid", "map")
"""Panes whose instruments are switched off by the same action: nobody looks at all of them at once."""


def test_instruments_that_are_switched_on_fit_too(person: Person, make_run: Callable[..., Path]) -> None:
    person.open_run(make_run("model.latent_dim=3"))
    found = []
    person.frame.arrangement.choose(EXPLORE)
    for name, texts in INSTRUMENTS.items():
        person.frame.show_pane(name)
        offers = {offer.name: offer for offer in person.frame.panes[name].offers()}
        for text in texts:
            offers[text].do()
            for size in (SMALL, USUAL):
                person.frame.resize(*size)
                found += look(person.frame, person.settled, size, f"{name} with {text}")
            if name in SWITCHES:
                offers[text].do()
    person.frame.time_machine.set_on(True)
    for size in (SMALL, USUAL):
        person.frame.resize(*size)
        found += look(person.frame, person.settled, size, "time machine")
    # As much as there can be above each other: places judged on the map and the grid, in the past of a run.
    for name in ("map", "latent_grid"):
        offers = {offer.name: offer for offer in person.frame.panes[name].offers()}
        offers["Decision regions: what a classifier sees"].do()
    person.frame.resize(*SMALL)
    found += look(person.frame, person.settled, SMALL, "time machine and regions")
    assert not found, "\n".join(found)


def test_nothing_is_cut_without_a_run(qtbot: QtBot, qapp: QApplication, own_home: Path) -> None:
    theme.install(qapp)
    frame = MainWindow(Session(), Settings())
    qtbot.addWidget(frame)
    frame.show()
    found = walk(frame, QApplication.processEvents, (SMALL, USUAL))
    frame.close()
    assert not found, "\n".join(found)


def test_nothing_is_cut_while_a_run_trains(person: Person) -> None:
    person.begin_training()
    found = walk(person.frame, person.settled, (SMALL, USUAL), (EXPLORE, TRAIN))
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        (1.0, "rmse 0.258 · recon −13,509 + KL 24.1 nats"),
        (0.95, "rmse 0.258 · recon −13,509 + KL 24.1 …"),
        (0.8, "rmse 0.258 · recon −13,509 …"),
        (0.5, "rmse 0.258 …"),
        (0.3, "rmse …"),
        (0.05, "…"),
    ],
)
def test_words_go_from_the_end_and_no_number_is_cut(qapp: QApplication, share: float, shown: str) -> None:
    metrics = QFontMetrics(body_font())
    text = "rmse 0.258 · recon −13,509 + KL 24.1 nats"
    room = metrics.horizontalAdvance(text) * share
    found = shortened(text, metrics, room)
    whole = set(re.findall(r"[\d.,]*\d", text))
    assert set(re.findall(r"[\d.,]*\d", found)) <= whole and metrics.horizontalAdvance(found) <= max(room, 14)
    assert found == shown


@pytest.mark.parametrize(
    "text",
    [
        "a class with no number",
        "digits-vae-with-a-long-name-2",
        "13 × 10 · spans",
        "13 x 10 grey",
        "Open: digits-vae-with-a-long-name-2 · vae",
    ],
)
def test_what_is_shortened_fits_and_says_so(qapp: QApplication, text: str) -> None:
    metrics = QFontMetrics(body_font())
    for room in range(metrics.horizontalAdvance("…") + 1, metrics.horizontalAdvance(text)):
        found = shortened(text, metrics, room)
        assert "…" in found and metrics.horizontalAdvance(found) <= room
        assert "13" not in found or re.search("13 [x×] 10", found)
        assert not found.startswith("digits") or found.endswith("2")


def test_a_choice_that_is_shortened_says_all_of_it_in_its_tip(qapp: QApplication) -> None:
    choice = Choice("model", "Model")
    choice.addItems(["vae · Variational auto-encoder"])
    choice.setToolTip("What is trained")
    choice.resize(120, 28)
    assert choice.shown != choice.currentText() and choice.tip == "vae · Variational auto-encoder\nWhat is trained"
    choice.resize(400, 28)
    assert choice.shown == choice.currentText() and choice.tip == "What is trained"


def test_a_choice_has_a_briefer_name_for_little_room(qapp: QApplication) -> None:
    choice = Choice("model", "Model")
    choice.add("vae · Variational auto-encoder", "vae", "vae")
    choice.resize(90, 28)
    assert (choice.shown, choice.tip) == ("vae", "vae · Variational auto-encoder")


def test_a_line_says_whole_parts_of_what_it_says(qapp: QApplication) -> None:
    metrics = QFontMetrics(body_font())
    for kind, text, brief, said in (
        (ElidedLabel, "rmse 0.258 · recon 24.1 nats", "rmse 0.258", "rmse 0.258"),
        (Subtitle, "z0 and z1 of 1,438 training codes", "z0 and z1", "z0 and z1"),
        (Subtitle, "from 6 · sorted by KL", "fro", ""),
        (Subtitle, "from class of forms 3 · sorted by KL", "from class of", ""),
        (ElidedLabel, "Open: digits-vae-with-a-long-name · vae", "Open: digits-vae…", "Open: digits-vae…"),
        (ElidedLabel, "kept as it is, but (as told; or not) cut", "kept as it is, but (as told", "kept as it is, but"),
    ):
        label = kind(text)
        label.setFont(body_font())
        label.briefer = briefly(text) if "kept" in text else ()
        label.resize(metrics.horizontalAdvance(brief) + 2, 20)
        assert label.shown == said
    # Of what is said with a reservation the reservation is not left out.
    assert briefly("found by Kim: 75 % as badly, but learned") == ("found by Kim",)


def test_of_numbered_names_the_number_stays(qapp: QApplication) -> None:
    metrics = QFontMetrics(body_font())
    room = metrics.horizontalAdvance("cla…12")
    assert shortened("class 12", metrics, room) == "cla…12" and shortened("class 12", metrics, 200) == "class 12"


def test_a_window_that_opens_has_its_colours_and_weights(person: Person) -> None:
    image = person.frame.grab().toImage()
    for name in person.frame.docks:
        pane = person.frame.panes[name]
        if pane.seen:
            edge = pane.mapTo(person.frame, QPoint(4, pane.height() // 2))
            assert image.pixelColor(edge).name() == theme.tokens.card, name
    assert image.pixelColor(3, image.height() // 2).name() == theme.tokens.window
    assert person.find("train_button").font().weight() >= QFont.Weight.DemiBold
    muted = [label for label in person.frame.findChildren(QLabel) if label.property("role") == "muted"]
    shown = [label.palette().color(label.foregroundRole()).name() for label in muted if label.isVisible()]
    assert len(shown) > 8 and set(shown) == {theme.tokens.muted}


def test_what_flows_is_as_high_as_what_is_in_it_now(qtbot: QtBot) -> None:
    around = QWidget()
    qtbot.addWidget(around)
    flow = FlowLayout(4, around)
    buttons = [QPushButton(f"button {number}") for number in range(6)]
    for button in buttons:
        flow.addWidget(button)
    around.resize(300, 300)
    around.show()

    def rows() -> int:
        QApplication.processEvents()
        return (flow.heightForWidth(300) + 4) // (buttons[0].height() + 4)

    assert rows() == 2
    for button in buttons[1:]:
        button.hide()
    assert rows() == 1
    buttons[1].setText("a name that is so long that nothing else stands beside it")
    buttons[1].show()
    buttons[2].show()
    assert rows() == 3 and buttons[1].y() > buttons[0].y()
    flow.takeAt(2)
    assert rows() == 2


def test_a_long_tip_goes_on_in_the_next_line() -> None:
    told = verbatim("one line\n" + "many words " * 40)
    assert max(map(len, told.splitlines())) <= 90 and told.split() == ["one", "line", *["many", "words"] * 40]


@pytest.mark.parametrize("choice", [LIGHT, DARK])
def test_a_ticked_box_has_the_rim_of_one_that_is_not(qapp: QApplication, choice: str) -> None:
    theme.install(qapp, choice)
    rims = []
    for ticked in (False, True):
        box = QCheckBox("box")
        box.setChecked(ticked)
        box.resize(80, 24)
        image = box.grab().toImage()
        row = [image.pixelColor(x, 12).name() for x in range(24)]
        at = row.index(theme.tokens.muted)
        rims.append((at, row[at]))
        assert (theme.tokens.accent in row) == ticked and (theme.tokens.on_accent in _all(image)) == ticked
        box.deleteLater()
    assert rims[0] == rims[1]
    theme.choose(SYSTEM)


def _all(image: QImage) -> set[str]:
    """Every colour of a picture."""
    return {image.pixelColor(x, y).name() for x in range(24) for y in range(image.height())}
