"""The whole window without a pointer, and its panes moved with one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QAccessible, QAction, QImage, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDockWidget, QMenu, QScrollArea, QTabBar, QWidget

from latentexplorer.gui.panes.animation import Animated
from latentexplorer.gui.panes.decoded.code_bars import CodeBars
from latentexplorer.gui.session.session import Session
from latentexplorer.gui.session.window_settings import Settings
from latentexplorer.gui.style.theme import DARK, LIGHT, theme
from latentexplorer.gui.widgets.image_view import ImageView
from latentexplorer.gui.widgets.pictures import to_qimage
from latentexplorer.gui.widgets.plot import Plot
from latentexplorer.gui.widgets.tiles import Tiles
from latentexplorer.gui.window.actions import ACTIONS
from latentexplorer.gui.window.animation_dialog import AnimationDialog
from latentexplorer.gui.window.banners import DetailsDialog
from latentexplorer.gui.window.export_all_dialog import ExportAllDialog
from latentexplorer.gui.window.export_dialog import ExportDialog
from latentexplorer.gui.window.keyboard import reading_order, stops
from latentexplorer.gui.window.main_window import MainWindow
from latentexplorer.gui.workers.job import Failure
from tests.gui.conftest import Person

Key, CTRL, SHIFT = Qt.Key, Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
FRONT = ["training", "map", "latent_grid", "decoded", "loss", "traversal", "interpolation"]
BEHIND = ["training", "map", "latent_grid", "decoded", "loss", "gallery", "runs"]
OFFERED = ["Make current", "Anchor A", "Anchor B", "Bookmark…", "Copy picture", "Save picture…"]


@pytest.fixture
def explorer(person: Person) -> Person:
    """A person in front of the run that comes with the program, both anchors set."""
    session = person.session
    person.until(lambda: session.run is not None)
    person.settled()
    session.selection.set_anchor("A", session.current.code)
    session.selection.set_anchor("B", session.current.code_of("test", int(session.run.codes["test"].index[1])))
    person.settled()
    person.frame.activateWindow()
    return person


def focused() -> QWidget:
    widget = QApplication.focusWidget()
    assert widget is not None, "nothing has the keyboard"
    return widget


def press(person: Person, key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> QWidget:
    """Press a key wherever the keyboard is; what has the keyboard then."""
    person.qtbot.keyClick(QApplication.activePopupWidget() or focused(), key, modifiers)
    QApplication.processEvents()
    return focused()


def name_of(widget: QWidget) -> str:
    return QAccessible.queryAccessibleInterface(widget).text(QAccessible.Text.Name)


def description_of(widget: QWidget) -> str:
    return QAccessible.queryAccessibleInterface(widget).text(QAccessible.Text.Description)


def dock_of(person: Person, widget: QWidget) -> str:
    """The pane that a widget is in; "" for the toolbar and tabs."""
    docks = person.frame.docks
    return next((name for name, dock in docks.items() if dock.isAncestorOf(widget)), "")


def bring_forward(person: Person, *names: str) -> None:
    for name in names:
        person.frame.docks[name].raise_()
    QApplication.processEvents()
    person.settled()


def in_sight(person: Person, widget: QWidget) -> bool:
    """Whether all of it, or of the scrolling area it is larger than, is within the window."""
    place = QRect(widget.mapTo(person.frame, QPoint()), widget.size())
    above = widget.parentWidget()
    while above is not None:
        if isinstance(above, QScrollArea):
            view = above.viewport()
            place &= QRect(view.mapTo(person.frame, QPoint()), view.size())
        above = above.parentWidget()
    return not place.isEmpty() and person.frame.rect().contains(place)


def walk(person: Person, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> list[QWidget]:
    """Tab from New run until the keyboard is back there."""
    first = person.find("new_button")
    first.setFocus()
    seen = [first]
    while (widget := press(person, Key.Key_Tab, modifiers)) is not first:
        assert widget not in seen, f"Tab comes back to {name_of(widget)} and not to the start"
        seen.append(widget)
    return seen


@pytest.mark.parametrize(("names", "raised"), [(FRONT, ()), (BEHIND, ("gallery", "runs"))])
def test_tab_goes_through_all_that_is_seen_and_back_to_the_start(
    explorer: Person, names: list[str], raised: tuple[str, ...]
) -> None:
    bring_forward(explorer, *raised)
    # The buttons of a selected run take the keyboard too.
    table = explorer.frame.panes["runs"].table
    explorer.until(lambda: not raised or bool(table.runs_model.runs))
    explorer.settled()
    table.choose([run.path for run in table.runs_model.runs[:1]])
    seen = walk(explorer)
    for widget in seen:
        assert widget.isVisible() and widget.isEnabled(), name_of(widget)
        assert name_of(widget), f"{type(widget).__name__} {widget.objectName()} has no name"
    panes = [dock_of(explorer, widget) for widget in seen]
    visited = [pane for at, pane in enumerate(panes) if pane and pane not in panes[:at]]
    assert visited == names
    left = [pane for at, pane in enumerate(panes) if pane and pane in panes[: max(at - 1, 0)] and pane != panes[at - 1]]
    assert not left, "a pane is left before all of it was visited"
    assert sum(isinstance(widget, QTabBar) for widget in seen) == 3
    assert walk(explorer, SHIFT) == [seen[0], *reversed(seen[1:])]


def test_what_tab_reaches_is_scrolled_into_sight(explorer: Person) -> None:
    explorer.click("more_settings")
    explorer.find("new_button").setFocus()
    while dock_of(explorer, widget := press(explorer, Key.Key_Tab)) != "map":
        assert in_sight(explorer, widget), name_of(widget)
    # From outside into what is scrolled away.
    explorer.find("field_training.seed").setFocus()
    explorer.frame.panes["training"].findChild(QScrollArea).verticalScrollBar().setValue(0)
    explorer.find("map_lasso").setFocus()
    last = press(explorer, Key.Key_Tab, SHIFT)
    assert dock_of(explorer, last) == "training" and in_sight(explorer, last)


def test_a_pane_is_read_from_its_header_down(explorer: Person) -> None:
    seen = [widget for widget in walk(explorer) if dock_of(explorer, widget) == "traversal"]
    names = [widget.objectName() for widget in seen]
    assert names[:3] == ["traversal_reset", "traversal_mean", "traversal_random"]
    first, second = explorer.frame.panes["traversal"].rows.order
    rows = names[names.index("traversal_fill") + 1 :]
    assert rows[0] == f"traversal_slider_{first}" and rows[2] == f"traversal_strip_{first}"
    assert rows[3] == f"traversal_slider_{second}" and rows[5] == f"traversal_strip_{second}"


def test_rectangles_are_read_by_rows_then_by_columns() -> None:
    left, right_above, right_below = QRect(0, 10, 50, 90), QRect(60, 10, 40, 40), QRect(60, 60, 40, 40)
    above, below = QRect(0, 0, 100, 8), QRect(0, 110, 100, 10)
    assert reading_order([below, right_below, left, right_above, above]) == [4, 2, 3, 1, 0]
    four = [QRect(x, y, 40, 40) for x, y in ((50, 50), (0, 50), (50, 0), (0, 0))]
    assert reading_order(four) == [3, 2, 1, 0]
    assert reading_order([]) == []


def test_f6_goes_from_pane_to_pane(explorer: Person) -> None:
    explorer.find("train_button").setFocus()
    visited = [dock_of(explorer, press(explorer, Key.Key_F6)) for _ in range(len(FRONT) + 1)]
    assert visited == [*FRONT, ""]
    assert focused() is explorer.find("train_button"), "a pane keeps where the keyboard was in it"
    back = [dock_of(explorer, press(explorer, Key.Key_F6, SHIFT)) for _ in range(len(FRONT))]
    assert back == FRONT[::-1]
    # A pane that floats is a window of its own: Tab stays in it, F6 leads in and out.
    explorer.frame.docks["loss"].setFloating(True)
    QApplication.processEvents()
    explorer.frame.docks["loss"].bring_forward()
    tabs = [press(explorer, Key.Key_Tab) for _ in stops(explorer.frame.docks["loss"])]
    assert {dock_of(explorer, widget) for widget in tabs} == {"loss"}
    names = [widget.objectName() for widget in tabs]
    header = names[names.index("loss_reset") :] + names[: names.index("loss_reset")]
    assert header[1] == "loss_pane_export" and header.index("loss_plot") < header.index("loss_kl")
    assert dock_of(explorer, press(explorer, Key.Key_F6)) == ""
    assert dock_of(explorer, press(explorer, Key.Key_F6, SHIFT)) == "loss"


def test_all_that_takes_the_keyboard_is_named_and_pictures_are_described(explorer: Person) -> None:
    bring_forward(explorer, "gallery", "runs", "traversal", "interpolation")
    frame = explorer.frame
    dialogs: list[QWidget] = [
        ExportDialog("map", "run", frame),
        AnimationDialog(Animated("interpolation", "run", (16, 16)), frame),
        ExportAllDialog(frame.panes, frame),
        DetailsDialog(Failure.of(ValueError("wrong")), frame),
    ]
    unnamed = []
    for root in (frame, *dialogs):
        for widget in root.findChildren(QWidget):
            takes = bool(widget.focusPolicy().value & Qt.FocusPolicy.TabFocus.value) and widget.focusProxy() is None
            if takes and not name_of(widget):
                unnamed.append(f"{type(widget).__name__} {widget.objectName()}")
    assert not unnamed
    pictures = [widget for kind in (Tiles, ImageView, Plot, CodeBars) for widget in frame.findChildren(kind)]
    assert len(pictures) > 10
    assert not [widget.objectName() for widget in pictures if not name_of(widget) or not description_of(widget)]
    for dialog in dialogs:
        dialog.close()


def test_arrows_enter_menu_and_copy_on_pictures(explorer: Person) -> None:
    for name in ("nearest_images", "latent_grid_plot", "traversal_strip_0", "interpolation_strip", "gallery_plot"):
        bring_forward(explorer, *(["gallery"] if name.startswith("gallery") else []))
        tiles = explorer.find(name, Tiles)
        explorer.until(lambda tiles=tiles: len(tiles) > 2)
        tiles.setFocus()
        press(explorer, Key.Key_Home)
        assert "Picture 1 of" in description_of(tiles)
        press(explorer, Key.Key_Right)
        assert f"Picture 2 of {len(tiles)}" in description_of(tiles)
        code, picture = tiles._code_of(1), tiles.qimage(1)
        explorer.settled()
        press(explorer, Key.Key_F10, SHIFT)
        menu = QApplication.activePopupWidget()
        assert isinstance(menu, QMenu) and [action.text() for action in menu.actions() if action.text()] == OFFERED
        for key in (Key.Key_Down, Key.Key_Down, Key.Key_Down, Key.Key_Return):
            explorer.qtbot.keyClick(menu, key)
        assert explorer.session.selection.anchors["B"].same(code)
        press(explorer, Key.Key_C, CTRL)
        copied = QApplication.clipboard().image()
        assert copied.convertToFormat(QImage.Format.Format_RGB32) == picture.convertToFormat(QImage.Format.Format_RGB32)
        explorer.settled()
        code = tiles._code_of(1)
        press(explorer, Key.Key_Return)
        explorer.decoded()
        assert explorer.session.current.code.same(code)


def test_the_decoded_image_and_a_point_of_the_map_have_the_same_menu(explorer: Person) -> None:
    explorer.decoded()
    image = explorer.find("decoded_image", ImageView)
    image.setFocus()
    press(explorer, Key.Key_Menu)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu) and [action.text() for action in menu.actions() if action.text()] == OFFERED
    explorer.qtbot.keyClick(menu, Key.Key_Escape)
    press(explorer, Key.Key_C, CTRL)
    wanted = to_qimage(image.image).convertToFormat(QImage.Format.Format_RGB32)
    assert QApplication.clipboard().image().convertToFormat(QImage.Format.Format_RGB32) == wanted
    plot = explorer.frame.panes["map"].plot
    plot.setFocus()
    press(explorer, Key.Key_Left)
    press(explorer, Key.Key_F10, SHIFT)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    assert [action.text() for action in menu.actions() if action.text()][: len(OFFERED)] == OFFERED
    explorer.qtbot.keyClick(menu, Key.Key_Escape)
    # Where there is nothing of its own, the pane's menu opens.
    explorer.find("loss_plot").setFocus()
    press(explorer, Key.Key_F10, SHIFT)
    menu = QApplication.activePopupWidget()
    assert menu is explorer.frame.panes["loss"].menu
    menu.close()


def test_a_picture_is_bookmarked_and_saved_from_its_menu(explorer: Person, tmp_path: Path) -> None:
    from PySide6.QtWidgets import QFileDialog, QInputDialog

    tiles = explorer.find("nearest_images", Tiles)
    tiles.setFocus()
    press(explorer, Key.Key_Home)
    code = tiles._code_of(0)
    _choose(explorer, "Bookmark…")
    dialog = explorer.frame.findChild(QInputDialog, "bookmark_dialog")
    dialog.setTextValue("mine")
    explorer.qtbot.keyClick(dialog, Key.Key_Return)
    assert explorer.session.bookmarks.codes["mine"].same(code)
    tiles.setFocus()
    _choose(explorer, "Save picture…")
    dialog = explorer.find("save_image_dialog", QFileDialog)
    dialog.selectFile(str(tmp_path / "one.png"))
    explorer.qtbot.keyClick(dialog, Key.Key_Return)
    explorer.until((tmp_path / "one.png").is_file)
    assert QImage(str(tmp_path / "one.png")).size() == tiles.qimage(0).size()


def _choose(person: Person, text: str) -> None:
    press(person, Key.Key_F10, SHIFT)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    menu.setActiveAction(next(action for action in menu.actions() if action.text() == text))
    person.qtbot.keyClick(menu, Key.Key_Return)


def test_a_code_is_read_by_keyboard_and_a_class_is_shown_alone(explorer: Person) -> None:
    bars = explorer.frame.panes["decoded"].bars
    bars.setFocus()
    z = explorer.session.current.code.z
    press(explorer, Key.Key_End)
    assert description_of(bars).startswith(f"z{len(z) - 1} = ")
    press(explorer, Key.Key_Left)
    assert description_of(bars).startswith(f"z{len(z) - 2} = {z[-2]:.2f}".replace("-", "−"))
    legend = explorer.frame.panes["map"].legend
    legend.entries[3].setFocus()
    press(explorer, Key.Key_Return)
    assert legend.hidden == set(legend.numbers) - {legend.numbers[3]}
    press(explorer, Key.Key_Space)
    assert legend.hidden == set(legend.numbers)
    press(explorer, Key.Key_Space)
    press(explorer, Key.Key_Return)
    assert not legend.hidden


def test_tab_into_the_runs_selects_where_the_keyboard_is(explorer: Person) -> None:
    bring_forward(explorer, "runs")
    table = explorer.frame.panes["runs"].table
    explorer.until(lambda: bool(table.runs_model.runs))
    explorer.find("runs_find").setFocus()
    press(explorer, Key.Key_Tab)
    assert press(explorer, Key.Key_Tab) is table
    assert [run.name for run in table.selected_runs()] == [table.run_at(table.currentIndex()).name]
    press(explorer, Key.Key_Tab)
    table.clearSelection()
    while press(explorer, Key.Key_Tab, SHIFT) is not table:
        pass
    assert len(table.selected_runs()) == 1


def test_the_keyboard_is_seen_wherever_it_is(explorer: Person) -> None:
    for choice in (LIGHT, DARK):
        theme.choose(choice)
        bring_forward(explorer, "runs")
        bring_forward(explorer, "interpolation")
        explorer.decoded()
        elsewhere = explorer.find("train_button")
        for name in (
            "nearest_images",
            "decoded_image",
            "latent_grid_plot",
            "traversal_strip_0",
            "anchor_a",
            "map_plot",
            "loss_plot",
            "traversal_slider_0",
            "map_legend_0",
            "loss_kl",
            "more_settings",
            "field_training.device",
            "runs_table",
        ):
            widget = explorer.find(name)
            elsewhere.setFocus()
            QApplication.processEvents()
            without = _pixels(widget)
            widget.setFocus(Qt.FocusReason.TabFocusReason)
            QApplication.processEvents()
            assert widget.hasFocus()
            apart = np.abs(_pixels(widget).astype(int) - without.astype(int)).max(-1)
            assert (apart > 50).sum() >= 20, f"{name} does not show that it has the keyboard"


def _pixels(widget: QWidget) -> np.ndarray:
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    return np.array(image.constBits()).reshape(image.height(), image.width(), 4)[..., :3].copy()


def test_no_shortcut_is_taken_twice_and_the_usual_ones_are_there(explorer: Person) -> None:
    taken: dict[str, str] = {}
    own: set[tuple[object, str]] = set()
    inside = (Qt.ShortcutContext.WidgetShortcut, Qt.ShortcutContext.WidgetWithChildrenShortcut)
    for action in explorer.frame.findChildren(QAction):
        for keys in action.shortcuts():
            text = keys.toString()
            if action.shortcutContext() in inside:
                # Panes are not in each other: a key may mean the same in several of them, such as to search there.
                assert (action.parent(), text) not in own, f"{text} is taken twice in {action.parent()}"
                own.add((action.parent(), text))
                continue
            assert text not in taken, f"{text} is {taken[text]} and {action.text()}"
            taken[text] = action.text()
    assert not {text for _, text in own} & set(taken)
    usual = "Ctrl+N Ctrl+O Ctrl+S Ctrl+C Ctrl+Q Ctrl+K Ctrl+Shift+P F1 F6 Shift+F6 Shift+F10 Alt+Left Alt+Right"
    assert set(usual.split()) <= set(taken)
    menus = {action for menu in explorer.frame.menus.values() for action in menu.actions()}
    for info in ACTIONS:
        action = explorer.frame.actions_table[info.id]
        wanted = QKeySequence.listFromString(info.shortcut) if info.shortcut else []
        assert action in menus and action.shortcuts() == wanted
    letters = [menu.title()[menu.title().index("&") + 1] for menu in explorer.frame.menus.values()]
    assert len(set(letters)) == len(letters)


def test_a_pane_is_found_by_name(explorer: Person) -> None:
    explorer.find("train_button").setFocus()
    press(explorer, Key.Key_P, CTRL | SHIFT)
    palette = next(widget for widget in QApplication.topLevelWidgets() if widget.objectName() == "command_palette")
    assert palette.focusWidget() is palette.line
    explorer.qtbot.keyClicks(palette.line, "gallery pane")
    explorer.qtbot.keyClick(palette.line, Key.Key_Return)
    # What a desktop does when a popup closes.
    explorer.frame.activateWindow()
    QApplication.processEvents()
    assert dock_of(explorer, focused()) == "gallery"
    assert explorer.frame.docks["gallery"].geometry().intersects(explorer.frame.rect())


def _drag(person: Person, dock: QDockWidget, to: QPoint) -> None:
    """Drag a pane by its header."""
    header = dock.titleBarWidget()
    start = QPoint(40, header.height() // 2)
    QTest.mousePress(header, Qt.MouseButton.LeftButton, pos=start)
    for part in range(1, 11):
        there = header.mapFromGlobal(person.frame.mapToGlobal(to))
        QTest.mouseMove(header, start + (there - start) * part / 10)
        QApplication.processEvents()
    QTest.mouseRelease(header, Qt.MouseButton.LeftButton, pos=header.mapFromGlobal(person.frame.mapToGlobal(to)))
    QApplication.processEvents()


def test_a_pane_is_dragged_out_closed_brought_back_and_kept(explorer: Person) -> None:
    frame, dock = explorer.frame, explorer.frame.docks["decoded"]
    first = {name: other.geometry() for name, other in frame.docks.items()}
    _drag(explorer, dock, QPoint(500, 300))
    assert dock.isFloating() and dock.isVisible()
    menu = frame.panes["decoded"].menu
    next(action for action in menu.actions() if action.text() == "Float or dock").trigger()
    assert not dock.isFloating() and frame.rect().contains(dock.geometry())
    next(action for action in menu.actions() if action.text() == "Close pane").trigger()
    assert dock.isHidden()
    menu = frame.menus["View"].findChild(QMenu, "menu_panes")
    # On a small screen a higher menu would stand in two columns.
    assert frame.menus["View"].sizeHint().height() < 700
    next(action for action in menu.actions() if action.text() == "Decoded").trigger()
    assert dock.isVisible()
    dock.setFloating(True)
    frame.docks["map"].close()
    frame.close()
    again = MainWindow(Session(), Settings())
    explorer.qtbot.addWidget(again)
    again.resize(1280, 800)
    again.show()
    QApplication.processEvents()
    assert again.docks["decoded"].isFloating() and again.docks["map"].isHidden()
    again.actions_table["reset_layout"].trigger()
    QApplication.processEvents()
    assert not any(other.isFloating() or other.isHidden() for other in again.docks.values())
    for name in FRONT:
        away = again.docks[name].geometry().topLeft() - first[name].topLeft()
        assert away.manhattanLength() < 40, f"{name} is not where it was at first"
    again.close()


def test_a_device_that_is_not_there_is_marked_in_the_form(explorer: Person) -> None:
    box = explorer.find("field_training.device")
    box.setFocus()
    press(explorer, Key.Key_End)
    assert box.currentText() == "CUDA"
    problem = explorer.find("problem_training.device")
    there = explorer.session.libraries.device == "CUDA"
    assert problem.isHidden() is there and explorer.find("train_button").isEnabled() is there
    tip = explorer.find("status_left").toolTip()
    assert tip.startswith("CUDA: " if there else "CPU: ") and len(tip) > 8
    if not there:
        assert "Choose Automatic or CPU" in problem.text() and tip.removeprefix("CPU: ") in problem.text()
    press(explorer, Key.Key_Home)
    assert problem.isHidden() and explorer.find("train_button").isEnabled()


def test_fonts_that_are_not_there_are_told(explorer: Person, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from latentexplorer.data import fonts

    explorer.expects_failure = True
    monkeypatch.setattr(fonts, "_folders", lambda: [tmp_path])
    explorer.session.training.start(
        explorer.session.training.draft.updated(["data.name=glyphs", "data.system_fonts=true"])
    )
    explorer.until(lambda: bool(explorer.failures) and explorer.session.training.state == "idle")
    assert explorer.find("failure").isVisible()
    assert "Switch System fonts off, or install fonts" in explorer.find("failure_text").text()
