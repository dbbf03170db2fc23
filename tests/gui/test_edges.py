"""Every pane and instrument of a run of which there is hardly anything: it works, or says why not in a sentence."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QDialog,
    QLabel,
    QWidget,
)
from pytestqt.qtbot import QtBot

from latentexplorer.core.config import RunConfig
from latentexplorer.data import load_data
from latentexplorer.gui.session.session import Session
from latentexplorer.gui.session.window_settings import Settings
from latentexplorer.gui.window.main_window import MainWindow
from latentexplorer.gui.window.workspaces import ALL
from latentexplorer.runs import RunFolder
from latentexplorer.training import train
from tests.gui.person import Person
from tests.gui.test_fit import INSTRUMENTS
from tests.training.helpers import StopAfterLooks

Make = Callable[..., Path]
SHEETS = {"watch_code": "watch_dialog", "mend_image": "mend_dialog", "swap_class": "swap_dialog"}
NOTHING = re.compile(r"(?<![\w'])[-−+]?(nan|inf|None|0 of 0)(?![\w'])|Traceback|Error\(")
"""Numbers of nothing, and what only a programmer reads."""


def own_images(folder: Path, **arrays: Any) -> tuple[str, ...]:
    """Settings that train on arrays."""
    np.savez(folder / "own.npz", images=np.random.default_rng(0).integers(0, 255, (24, 8, 8), np.uint8), **arrays)
    return "data.name=images", f"data.path={folder / 'own.npz'}"


def one_image(make: Make, folder: Path) -> Path:
    return make("data.limit=1", "data.test_per_class=none", "model.latent_dim=3")


def one_class(make: Make, folder: Path) -> Path:
    return make(*own_images(folder, labels=np.zeros(24, int), class_names=["only"]), "model.family=cvae")


def no_labels(make: Make, folder: Path) -> Path:
    return make(*own_images(folder), "model.family=ad", "model.architecture=mlp")


def no_data(make: Make, folder: Path) -> Path:
    path = make(*own_images(folder, labels=np.arange(24) % 3))
    (folder / "own.npz").unlink()
    return path


def many_numbers(make: Make, folder: Path) -> Path:
    return make("model.latent_dim=128")


def stopped_at_once(make: Make, folder: Path) -> Path:
    small = ("data.train_per_class=12", "data.test_per_class=4", "training.snapshots=0", "training.batch_size=8")
    config = RunConfig().updated(small)
    run = RunFolder.create(folder / "stopped", config)
    train(run, load_data(config.data), stop=StopAfterLooks(4))
    return run.path


EDGES = {
    "one image": one_image,
    "one class": one_class,
    "no labels": no_labels,
    "no data": no_data,
    "128 numbers": many_numbers,
    "stopped before its first epoch": stopped_at_once,
}


def texts(widget: QWidget) -> Iterator[str]:
    """All that a widget says, in its tip too."""
    yield widget.toolTip()
    yield widget.accessibleDescription()
    if isinstance(widget, QLabel | QAbstractButton):
        yield widget.text()
    elif isinstance(widget, QComboBox):
        yield from (widget.itemText(at) for at in range(widget.count()))
    elif isinstance(widget, QAbstractItemView) and widget.model() is not None:
        model = widget.model()
        for row in range(min(model.rowCount(), 40)):
            for column in range(model.columnCount()):
                index = model.index(row, column)
                for role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
                    found = model.data(index, role)
                    yield found if isinstance(found, str) else ""


def of_nothing(top: QWidget, where: str) -> list[str]:
    """What is said of nothing in a window or dialog."""
    seen = [widget for widget in (top, *top.findChildren(QWidget)) if widget.isVisible()]
    said = {text for widget in seen for text in texts(widget) if NOTHING.search(text)}
    return [f"{where}: {text}" for text in sorted(said)]


def blank(pane: Any) -> bool:
    """Whether a pane shows nothing, and does not say why."""
    inside = [widget for widget in pane.findChildren(QWidget) if widget.isVisible()]
    words = [widget.text() for widget in inside if isinstance(widget, QLabel) and widget.text().strip()]
    return not words and not pane.header.subtitle.text()


@pytest.mark.parametrize("edge", EDGES)
def test_of_hardly_anything_each_instrument_works_or_says_why_not(
    person: Person, make_run: Make, tmp_path: Path, edge: str
) -> None:
    person.open_run(EDGES[edge](make_run, tmp_path))
    frame, told, wrong = person.frame, list[str](), list[str]()
    person.session.message.connect(lambda level, text: told.append(text))
    for name, pane in frame.panes.items():
        person.show(name)
        wrong += of_nothing(frame, name) + [f"{name} is blank"] * blank(pane)
        offers = {offer.name: offer for offer in pane.offers()}
        for text in INSTRUMENTS.get(name, ()):
            if text not in offers:
                continue
            offers[text].do()
            person.settled()
            wrong += of_nothing(frame, f"{name} with {text}") + [f"{name} with {text} is blank"] * blank(pane)
    for action, name in SHEETS.items():
        frame.actions_table[action].trigger()
        person.settled()
        # In the place of one that makes no sense stands why.
        name = name if person.find_or_none(name) is not None else "refusal_dialog"
        sheet = person.find(name)
        wrong += of_nothing(sheet, action)
        if name == "refusal_dialog":
            assert sheet.said.text(), f"{action} opens nothing and does not say why"
            if person.find_or_none("refusal_take") is not None:
                person.click("refusal_take")
                person.settled()
                name, sheet = SHEETS[action], person.find(SHEETS[action])
        elif action == "mend_image":
            person.click("mend_left")
            person.click("mend_mend")
            person.settled()
            wrong += of_nothing(sheet, f"{action}, mended")
        sheet.close()
        person.until(lambda name=name: person.find_or_none(name) is None)
    frame.time_machine.set_on(True)
    person.show("dimensions")
    person.click("measure_effect")
    person.settled()
    wrong += of_nothing(frame, "dimension effect and time machine")
    assert not [top for top in QApplication.topLevelWidgets() if isinstance(top, QDialog) and top.isVisible()]
    wrong += [f"told: {text}" for text in told if NOTHING.search(text) or "\n" in text]
    assert not wrong, "\n".join(dict.fromkeys(wrong))


def test_without_a_run_nothing_that_a_pane_offers_goes_wrong(qtbot: QtBot, own_home: Path) -> None:
    """A run that is damaged is not opened, and all panes stand there with their menus."""
    session = Session()
    frame = MainWindow(session, Settings())
    qtbot.addWidget(frame)
    frame.show()
    frame.arrangement.choose(ALL)
    failures: list[object] = []
    session.failed.connect(failures.append)
    done = 0
    for pane in frame.panes.values():
        for offer in pane.offers():
            # What ends so asks for more first.
            if not offer.name.endswith("…"):
                offer.do()
                QApplication.processEvents()
                done += 1
    for box in frame.findChildren(QDialog):
        box.done(0)
    frame.close()
    assert done > 100 and not failures
