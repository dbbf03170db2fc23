"""Figures written from the window: of the pane that was used last, and all that are wanted at once."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

import pytest
from PIL import Image
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QLineEdit,
    QPushButton,
    QTabBar,
    QToolButton,
)

from latentexplorer.cli import main
from latentexplorer.figures.recipe import read_recipe
from latentexplorer.gui.panes.animation import Animated
from latentexplorer.gui.session.window_settings import Settings
from latentexplorer.gui.widgets.choice import Choice
from latentexplorer.gui.window.animation_dialog import AnimationDialog
from latentexplorer.gui.window.export_all_dialog import ExportAllDialog
from latentexplorer.gui.window.export_dialog import ExportDialog
from latentexplorer.gui.window.report_dialog import ReportDialog
from latentexplorer.gui.window.workspaces import EXPLORE
from tests.gui.person import Person

Dialog = TypeVar("Dialog", bound=QDialog)


@pytest.fixture
def workspace() -> str:
    """As at the first start: panes that this is not about need not be drawn."""
    return EXPLORE


def dialog_of(person: Person, kind: type[Dialog]) -> Dialog:
    found: list[Dialog] = []

    def shown() -> bool:
        found[:] = [each for each in QApplication.topLevelWidgets() if isinstance(each, kind) and each.isVisible()]
        return bool(found)

    person.until(shown)
    return found[0]


def test_the_button_of_the_toolbar_exports_the_pane_that_was_used_last(person: Person) -> None:
    person.frame.activateWindow()
    for pane, inside in (("gallery", "gallery_count"), ("latent_grid", "latent_grid_plot")):
        shown = person.show(pane)
        person.click(person.find(inside), QPoint(20, 10))
        person.settled()
        # Pressing it takes the keyboard from the pane.
        button = person.find("export_button")
        button.setFocus()
        person.click(button)
        dialog = dialog_of(person, ExportDialog)
        assert dialog.windowTitle() == f"Export {shown.view_kind}"
        dialog.reject()


def test_a_pane_is_used_by_its_tab_and_by_what_stands_in_its_head(person: Person) -> None:
    person.frame.activateWindow()
    panes, export = person.frame.panes, person.find("export_button")
    bars = person.frame.findChildren(QTabBar)
    bar, at = next((bar, at) for bar in bars for at in range(bar.count()) if bar.tabText(at) == "Gallery")
    person.settled()
    person.click(bar, bar.tabRect(at).center())
    person.until(lambda: panes["gallery"].isVisible())
    assert "Gallery" in export.toolTip()
    # A button does not take the keyboard, a choice does.
    person.click(panes["latent_grid"].header.findChild(QToolButton))
    assert "Latent grid" in export.toolTip()
    # What has filled the window is still the one that was used when it makes room for the others.
    for _ in range(2):
        person.click("decoded_fill")
        person.settled()
        assert "Decoded" in export.toolTip()
    panes["gallery"].header.findChild(Choice).setFocus()
    person.until(lambda: "Gallery" in export.toolTip())
    person.click(export)
    dialog = dialog_of(person, ExportDialog)
    assert dialog.windowTitle() == f"Export {panes['gallery'].view_kind}"
    dialog.reject()


def test_an_interpolation_that_shows_nothing_is_not_exported_as_that_of_other_images(person: Person) -> None:
    pane = person.show("interpolation")
    person.settled()
    assert pane.nothing_to_export() == "no two images are chosen"
    pane.export()
    assert person.frame.statusBar().currentMessage() == "Nothing to export: no two images are chosen"
    assert not [each for each in QApplication.topLevelWidgets() if isinstance(each, ExportDialog) and each.isVisible()]
    person.click("pick_two_images")
    person.until(lambda: not pane.nothing_to_export())


def test_the_command_of_a_figure_makes_as_large_a_picture_as_was_exported(person: Person, tmp_path: Path) -> None:
    pane = person.show("map")
    person.settled()
    Settings()["export_dpi"] = 60
    exported, made = tmp_path / "exported.png", tmp_path / "made.png"
    pane.export_asked.emit()
    dialog = dialog_of(person, ExportDialog)
    dialog.file.setText(str(exported))
    dialog.accept()
    person.until(exported.is_file)
    person.settled()
    words = shlex.split(pane.command())
    words[words.index("--out") + 1] = str(made)
    assert main(words[1:]) == 0
    with Image.open(exported) as one, Image.open(made) as other:
        assert one.size == other.size


def save(dialog: QDialog) -> QPushButton:
    found = dialog.findChild(QDialogButtonBox).button(QDialogButtonBox.StandardButton.Save)
    assert isinstance(found, QPushButton)
    return found


ANIMATED = Animated("walk", "run", (8, 8))
SAVING = {
    "figure": (partial(ExportDialog, "walk", "run"), "run-walk.png"),
    "animation": (partial(AnimationDialog, ANIMATED), "run-walk.gif"),
    "report": (partial(ReportDialog, "run"), "run-report.html"),
}


@pytest.mark.parametrize("kind", SAVING)
def test_no_file_is_written_over_without_a_question(person: Person, tmp_path: Path, kind: str) -> None:
    make, name = SAVING[kind]
    there = tmp_path / name
    there.touch()
    Settings()["last_folder"] = str(tmp_path)
    dialog = make(person.frame)
    second = there.with_name(f"{there.stem}-2{there.suffix}")
    assert dialog.file.text() == str(second)
    chosen: list[object] = []
    dialog.chosen.connect(chosen.append)
    dialog.open()
    # A name that is typed, also without its ending.
    dialog.file.setText(str(there.with_suffix("")))
    person.click(save(dialog))
    person.click(person.button_in_dialog("other_name"))
    assert not chosen and dialog.isVisible() and dialog.file.text() == str(second)
    dialog.file.setText(str(there))
    person.click(save(dialog))
    person.click(person.button_in_dialog("replace_file"))
    assert len(chosen) == 1 and getattr(chosen[0], "path", chosen[0]) == there and not dialog.isVisible()


def test_a_format_that_is_chosen_has_a_free_name_too(person: Person, tmp_path: Path) -> None:
    for name in ("run-walk.png", "run-walk.svg", "run-walk-2.svg"):
        (tmp_path / name).touch()
    Settings()["last_folder"] = str(tmp_path)
    dialog = ExportDialog("walk", "run", person.frame)
    for name, free in (("SVG", "run-walk-3.svg"), ("PDF", "run-walk.pdf"), ("PNG", "run-walk-2.png")):
        dialog.format.setCurrentText(name)
        assert dialog.file.text() == str(tmp_path / free)
    dialog.reject()


def test_what_stands_in_the_fields_begins_at_one_line(person: Person) -> None:
    dialog = ExportDialog("walk", "run", person.frame)
    dialog.open()
    at = []
    for box in (dialog.width_cm, dialog.dpi):
        line = box.lineEdit()
        line.home(False)
        place = line.inputMethodQuery(Qt.InputMethodQuery.ImCursorRectangle)
        at.append(line.mapTo(box, place.center()))
    assert abs(at[0].x() - at[1].x()) <= 1 and abs(at[0].y() - at[1].y()) <= 1
    dialog.reject()


def test_a_dialog_made_small_keeps_its_boxes_whole(person: Person) -> None:
    dialog = ExportDialog("walk", "run", person.frame)
    dialog.open()
    dialog.resize(1, 1)
    QApplication.processEvents()
    assert all(box.height() >= box.sizeHint().height() for box in (dialog.width_cm, dialog.height_cm, dialog.dpi))
    dialog.reject()


def test_what_names_a_folder_or_nothing_gets_the_name_that_was_offered(person: Person, tmp_path: Path) -> None:
    dialog = ExportDialog("walk", "run", person.frame)
    chosen: list[object] = []
    dialog.chosen.connect(chosen.append)
    dialog.open()
    for typed in (str(tmp_path), f"{tmp_path}/", f"{tmp_path}/sub/..", ".", "..", "  ", ""):
        dialog.file.setText(typed)
        dialog.format.setCurrentText("SVG")
        dialog.format.setCurrentText("PNG")
        person.click(save(dialog))
        assert not chosen and Path(dialog.file.text()).name == "run-walk.png"
    # Whether that is a folder cannot even be asked; who writes the file says why it cannot be.
    dialog.file.setText(str(tmp_path / ("x" * 300)))
    dialog.format.setCurrentText("SVG")
    person.click(save(dialog))
    assert len(chosen) == 1 and not dialog.isVisible()


def test_the_folder_that_a_file_goes_into_can_be_read_and_is_where_files_are_opened(
    person: Person, tmp_path: Path
) -> None:
    folder = Path("/home/me/my thesis/figures")
    Settings()["last_folder"] = str(folder)
    dialog = ExportDialog("walk", "run", person.frame)
    dialog.open()
    text = dialog.file.text()
    assert text.startswith(str(folder))
    assert dialog.file.width() > dialog.file.fontMetrics().horizontalAdvance(text) + 10
    dialog.reject()
    Settings()["last_folder"] = str(tmp_path)
    person.frame.actions_table["open_file"].trigger()
    asked = person.find("open_file_dialog", QFileDialog)
    assert Path(asked.directory().path()) == tmp_path
    asked.close()


def test_an_animation_is_among_the_formats_of_what_can_move(person: Person, tmp_path: Path) -> None:
    Settings()["last_folder"] = str(tmp_path)
    pane = person.show("interpolation")
    person.click("pick_two_images")
    person.settled()
    person.click(pane.export_button)
    dialog = dialog_of(person, ExportDialog)
    # The ending of a name says the format, and the format the ending.
    for ending, format in ((".svg", "SVG"), (".gif", "Animated GIF")):
        for _ in range(4):
            person.qtbot.keyClick(dialog.file, Qt.Key.Key_Backspace)
        person.qtbot.keyClicks(dialog.file, ending)
        assert dialog.format.currentText() == format
    dialog.format.setCurrentText("PNG")
    dialog.format.setCurrentText("Animated GIF")
    named = Path(dialog.file.text())
    # Nothing is saved yet, and what is of a picture that stands still is not asked.
    assert save(dialog).text() == "Next…" and not dialog.dpi.isEnabled()
    person.click(save(dialog))
    moving = dialog_of(person, AnimationDialog)
    assert not named.exists() and moving.file.text() == str(named) and named.suffix == ".gif"
    moving.frames.setValue(3)
    moving.back.setChecked(False)
    person.click(save(moving))
    person.until(named.is_file)
    person.settled()
    with Image.open(named) as written:
        assert getattr(written, "n_frames", 1) == 3
    # What stands still has no such format.
    person.click(person.show("map").export_button)
    still = dialog_of(person, ExportDialog)
    assert save(still).text().replace("&", "") == "Save" and still.dpi.isEnabled()
    assert "Animated GIF" not in still.formats
    still.reject()


QUICKLY = ("model.family=pca", "model.latent_dim=2")
"""A run whose report is drawn in a moment."""


def test_export_all_asks_before_it_writes_over_files(
    person: Person, make_run: Callable[..., Path], tmp_path: Path
) -> None:
    person.open_run(make_run(*QUICKLY))
    name = person.session.shown.name
    page, figure = tmp_path / f"{name}-report.html", tmp_path / f"{name}-map.png"
    for path in (page, figure):
        path.touch()
    person.frame.actions_table["export_all"].trigger()
    dialog = dialog_of(person, ExportAllDialog)
    for each, box in dialog.boxes.items():
        box.setChecked(each == "map")
    dialog.report.setChecked(True)
    dialog.folder.setText(str(tmp_path))
    dialog.accept()
    person.click(person.button_in_dialog("other_name"))
    person.until(lambda: person.frame.statusBar().currentMessage() == f"1 figure and the report in {tmp_path}")
    assert not page.read_bytes() and not figure.read_bytes()
    assert (tmp_path / f"{name}-report-2.html").is_file() and (tmp_path / f"{name}-map-2.png").is_file()


def test_export_all_writes_what_is_ticked_and_says_where_it_is(person: Person, tmp_path: Path) -> None:
    person.frame.actions_table["export_all"].trigger()
    dialog = dialog_of(person, ExportAllDialog)
    boxes = dialog.boxes
    # No runs are compared: there is nothing to tick, and the reason stands there.
    assert not boxes["comparison"].isEnabled() and not boxes["comparison"].isChecked()
    assert "compared" in boxes["comparison"].text()
    assert boxes["map"].text() == "Map" and boxes["latent_grid"].text() == "Latent grid"
    # Nobody has looked at these yet: they are not said to have nothing.
    for name in ("loss", "loss_terms", "gallery", "interpolation", "traversal"):
        box: QCheckBox = boxes[name]
        person.click(box, QPoint(10, box.height() // 2))
    folder = tmp_path / "new" / "figures"
    field = dialog.findChild(QLineEdit, "export_all_folder")
    field.setText(str(folder))
    save = person.button_in_dialog("export_all_save")
    assert save.text() == "Save 4 figures" and not person.frame.panes["dimensions"].seen
    person.click(save)
    person.until(lambda: person.find("show_folder").isVisible())
    name = person.session.shown.name
    assert sorted(path.name for path in folder.iterdir()) == [
        f"{name}-decoded.png",
        f"{name}-dimensions.png",
        f"{name}-latent-grid.png",
        f"{name}-map.png",
    ]
    assert read_recipe(folder / f"{name}-map.png").kind == "map"
    assert person.frame.statusBar().currentMessage() == f"4 figures in {folder}"


def test_the_report_is_written_from_the_window(person: Person, make_run: Callable[..., Path], tmp_path: Path) -> None:
    person.open_run(make_run(*QUICKLY))
    page, name = tmp_path / "new" / "mine.html", person.session.shown.name
    person.frame.actions_table["report"].trigger()
    dialog = dialog_of(person, ReportDialog)
    field = dialog.findChild(QLineEdit, "report_file")
    assert Path(field.text()).name == f"{name}-report.html"
    field.setText(str(page))
    person.click(dialog.findChild(QDialogButtonBox).button(QDialogButtonBox.StandardButton.Save))
    person.until(lambda: person.find("show_folder").isVisible())
    assert person.frame.statusBar().currentMessage() == str(page)
    written = page.read_text("utf-8")
    assert f"<h1>{name}</h1>" in written and "To repeat it" in written and written.count("<figure>") > 5


def test_the_report_is_among_what_export_all_writes(
    person: Person, make_run: Callable[..., Path], tmp_path: Path
) -> None:
    person.open_run(make_run(*QUICKLY))
    person.frame.actions_table["export_all"].trigger()
    dialog = dialog_of(person, ExportAllDialog)
    for box in [box for box in dialog.boxes.values() if box.isChecked()]:
        person.click(box, QPoint(10, box.height() // 2))
    save = person.button_in_dialog("export_all_save")
    assert not save.isEnabled()
    person.click(dialog.report, QPoint(10, dialog.report.height() // 2))
    assert save.text() == "Save the report"
    dialog.findChild(QLineEdit, "export_all_folder").setText(str(tmp_path / "all"))
    person.click(save)
    page = tmp_path / "all" / f"{person.session.shown.name}-report.html"
    person.until(page.is_file)
    person.until(lambda: person.frame.statusBar().currentMessage() == f"The report in {page.parent}")
