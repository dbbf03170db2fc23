"""What the actions do: one method each, named as in the table of `actions.py`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import version

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QAction, QContextMenuEvent
from PySide6.QtWidgets import QApplication, QDockWidget, QInputDialog, QMessageBox, QWidget
from shiboken6 import isValid

from latentexplorer.core.history import MOST_EPOCHS
from latentexplorer.core.paths import own_folder, runs_dir
from latentexplorer.gui.panes.base import Pane
from latentexplorer.gui.session.session import Session
from latentexplorer.gui.session.window_settings import Settings
from latentexplorer.gui.style.plain_text import Markup, Question, verbatim
from latentexplorer.gui.style.theme import DARK, LIGHT, SYSTEM, theme
from latentexplorer.gui.widgets.asking import asking
from latentexplorer.gui.widgets.fading import fade
from latentexplorer.gui.widgets.file_dialogs import ask_file, ask_folder
from latentexplorer.gui.widgets.guide_link import guide
from latentexplorer.gui.widgets.image_view import ImageView
from latentexplorer.gui.widgets.picture_menu import ask_bookmark
from latentexplorer.gui.widgets.pictures import picture_style
from latentexplorer.gui.widgets.tiles import Tiles
from latentexplorer.gui.window.actions import ACTIONS
from latentexplorer.gui.window.missing_images import Locating

IN_PLACE = (
    ("Among pictures, points, cells, epochs", "Arrow keys, Home, End"),
    ("Make the one in use current", "Enter"),
    ("Closer, farther, all (map, grid, loss)", "+, −, 0"),
    ("Move the plane; centre it (grid)", "Shift+arrow keys; C"),
    ("Read the list of runs again", "F5"),
    ("Rename, delete (runs, bookmarks)", "F2, Del"),
)
"""Keys that do something only where they are pressed."""
OPENED = (
    "What can be opened (*.png *.svg *.pdf *.toml *.npz *.npy *ubyte *.gz *.jpg *.jpeg *.bmp *.gif *.webp);;"
    "All files (*)"
)


class Commands(QObject):
    """Asks where it must, then asks the session, or signals what the window is to do.

    Parameters
    ----------
    window : QWidget
        What dialogs stand in front of.
    panes : mapping of name to Pane
    """

    new_run_wanted = Signal()
    sweep_wanted = Signal()
    pane_wanted = Signal(str)
    path_chosen = Signal(object)
    images_wanted = Signal()
    explore_wanted = Signal(str)
    area_wanted = Signal(bool)
    layout_unwanted = Signal()
    workspace_wanted = Signal(str)
    lesson_wanted = Signal(str)
    fill_wanted = Signal()
    export_all_wanted = Signal()
    report_wanted = Signal()
    notices_wanted = Signal()
    time_machine_wanted = Signal(bool)
    end_wanted = Signal()

    def __init__(self, window: QWidget, session: Session, settings: Settings, panes: Mapping[str, Pane]) -> None:
        super().__init__(window)
        self._window, self._session, self._settings, self._panes = window, session, settings, panes
        self._actions: Mapping[str, QAction] = {}
        self._pane_actions: Sequence[QAction] = ()
        self._draws = 0
        self._last_used: Pane | None = None
        self._filling = ""
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.connect(self._on_focus)
        self._locating = Locating(window, session)

    def offer(self, actions: Mapping[str, QAction], pane_actions: Sequence[QAction]) -> None:
        """What the palette and the list of shortcuts show, and whose ticks say what is in force."""
        self._actions, self._pane_actions = actions, pane_actions
        self._show_choices()
        fade.changed.connect(self._on_fade)

    # -- file -----------------------------------------------------------------------------------------------------

    @Slot()
    def new_run(self) -> None:
        self.new_run_wanted.emit()

    @Slot()
    def open_run(self) -> None:
        folder = runs_dir()
        folder.mkdir(parents=True, exist_ok=True)
        ask_folder(self._window, "open_run_dialog", "Open run", folder, self.path_chosen.emit)

    @Slot()
    def open_file(self) -> None:
        place = str(Settings()["last_folder"]) or own_folder()
        ask_file(self._window, "open_file_dialog", "Open file", place, self.path_chosen.emit, OPENED)

    @Slot()
    def open_images(self) -> None:
        self.images_wanted.emit()

    @Slot()
    def locate_images(self) -> None:
        self._locating.ask()

    @Slot()
    def export(self) -> None:
        pane = self.pane_in_use()
        if pane is not None:
            pane.export()

    @Slot(QWidget, QWidget)
    def _on_focus(self, _before: QWidget | None, now: QWidget | None) -> None:
        """Remember the pane that is used: a button of the toolbar takes the keyboard from it."""
        pane = _pane_around(now)
        if pane is not None:
            self.note_use(pane)
        else:
            self.say_what_is_exported()

    @Slot(QWidget)
    def note_use(self, pane: QWidget) -> None:
        """A pane is used: the keyboard is in it, or a button of its head or its tab was pressed."""
        if isinstance(pane, Pane) and pane.view_kind:
            self._last_used = pane
        self.say_what_is_exported()

    @Slot(str)
    def on_filled(self, name: str) -> None:
        """What fills the window is used, also when it has made room for the others, and Qt gives one the keyboard."""
        used, self._filling = self._panes.get(name or self._filling), name
        if used is not None:
            self.note_use(used)

    @Slot()
    def say_what_is_exported(self) -> None:
        """Which pane it is whose figure is exported: a button far from the panes does not show it."""
        pane, action = self.pane_in_use(), self._actions.get("export")
        if action is not None and pane is not None:
            tip = f"Export the figure of {pane.title}, the pane used last"
            action.setStatusTip(tip)
            action.setToolTip(verbatim(f"{tip} ({action.shortcut().toString()})"))

    def pane_in_use(self) -> Pane | None:
        """The pane used last where it is seen, else the first that can be exported."""
        last = self._last_used
        # The keyboard also goes from one to the other while a window comes to its end, when panes are gone already.
        if last is not None and isValid(last) and last.isVisible():
            return last
        there = (pane for pane in self._panes.values() if isValid(pane))
        return next((pane for pane in there if pane.view_kind and pane.isVisible()), None)

    @Slot()
    def export_all(self) -> None:
        self.export_all_wanted.emit()

    @Slot()
    def report(self) -> None:
        self.report_wanted.emit()

    @Slot()
    def quit(self) -> None:
        self.end_wanted.emit()

    # -- edit -----------------------------------------------------------------------------------------------------

    @Slot()
    def undo(self) -> None:
        self._session.undo.undo()

    @Slot()
    def redo(self) -> None:
        self._session.undo.redo()

    # -- train ----------------------------------------------------------------------------------------------------

    @Slot()
    def train(self) -> None:
        self._session.training.start()

    @Slot()
    def pause(self) -> None:
        if self._session.training.state == "paused":
            self._session.training.unpause()
        else:
            self._session.training.pause()

    @Slot()
    def step_epoch(self) -> None:
        self._session.training.step_epoch()

    @Slot()
    def stop(self) -> None:
        self._session.training.stop()

    @Slot()
    def resume(self) -> None:
        self._session.training.resume()

    @Slot()
    def train_more(self) -> None:
        dialog = asking(self._window, "train_more_dialog", "Train more epochs", "Epochs to add")
        dialog.setInputMode(QInputDialog.InputMode.IntInput)
        dialog.setIntRange(1, MOST_EPOCHS)
        dialog.setIntValue(self._session.shown.config.training.epochs)
        dialog.intValueSelected.connect(self._session.training.train_more)
        dialog.open()

    @Slot()
    def sweep(self) -> None:
        self.sweep_wanted.emit()

    # -- code -----------------------------------------------------------------------------------------------------

    @Slot()
    def copy_picture(self) -> None:
        focused = QApplication.focusWidget()
        picture = focused.focused_picture() if isinstance(focused, (Tiles, ImageView)) else None
        pane = self.pane_in_use()
        if picture is not None:
            QApplication.clipboard().setImage(picture)
            self._session.message.emit("info", "Picture copied")
        elif pane is not None:
            pane.copy_picture()

    @Slot()
    def back(self) -> None:
        self._session.current.go(-1)

    @Slot()
    def forward(self) -> None:
        self._session.current.go(1)

    @Slot()
    def random_code(self) -> None:
        self._draws += 1
        self._session.current.draw_random(self._draws)

    @Slot()
    def bookmark(self) -> None:
        code = self._session.current.code
        if code is not None:
            ask_bookmark(self._window, code, self._session)

    @Slot()
    def anchor_a(self) -> None:
        self._session.selection.set_anchor("A", self._session.current.code)

    @Slot()
    def anchor_b(self) -> None:
        self._session.selection.set_anchor("B", self._session.current.code)

    @Slot()
    def swap_anchors(self) -> None:
        self._session.selection.swap_anchors()

    # -- view -----------------------------------------------------------------------------------------------------

    @Slot(bool)
    def smooth(self, on: bool) -> None:
        picture_style.set_smooth(on)
        self._settings["smooth"] = on

    @Slot(bool)
    def fade(self, on: bool) -> None:
        fade.set_on(on)

    @Slot(bool)
    def time_machine(self, on: bool) -> None:
        self.time_machine_wanted.emit(on)

    @Slot()
    def _on_fade(self) -> None:
        """It was chosen here, in a pane, or by a figure that was opened."""
        self._settings["fade"] = fade.on
        self._show_choices()

    @Slot()
    def theme_system(self) -> None:
        self._choose(SYSTEM)

    @Slot()
    def theme_light(self) -> None:
        self._choose(LIGHT)

    @Slot()
    def theme_dark(self) -> None:
        self._choose(DARK)

    def _choose(self, choice: str) -> None:
        theme.choose(choice)
        self._settings["theme"] = choice
        self._show_choices()

    def _show_choices(self) -> None:
        """Tick what is in force."""
        for choice in (SYSTEM, LIGHT, DARK):
            self._actions[f"theme_{choice}"].setChecked(theme.choice == choice)
        self._actions["smooth"].setChecked(picture_style.smooth)
        self._actions["fade"].setChecked(fade.on)

    @Slot()
    def next_pane(self) -> None:
        self.area_wanted.emit(True)

    @Slot()
    def previous_pane(self) -> None:
        self.area_wanted.emit(False)

    @Slot()
    def context_menu(self) -> None:
        focused = QApplication.focusWidget()
        if focused is not None:
            middle = focused.rect().center()
            by_key = QContextMenuEvent.Reason.Keyboard
            QApplication.sendEvent(focused, QContextMenuEvent(by_key, middle, focused.mapToGlobal(middle)))

    def explore(self, name: str, *_: object) -> None:
        """Do something with an image that a code is that of, or will be."""
        self.explore_wanted.emit(name)

    def workspace(self, name: str, *_: object) -> None:
        """Go to a workspace."""
        self.workspace_wanted.emit(name)

    @Slot()
    def fill_window(self) -> None:
        self.fill_wanted.emit()

    @Slot()
    def reset_layout(self) -> None:
        self.layout_unwanted.emit()

    @Slot()
    def notices_again(self) -> None:
        self.notices_wanted.emit()

    # -- help -----------------------------------------------------------------------------------------------------

    @Slot()
    def palette(self) -> None:
        from latentexplorer.gui.window import offers
        from latentexplorer.gui.window.command_palette import CommandPalette

        found = [
            *offers.of_actions([*self._actions.values(), *self._pane_actions]),
            *offers.of_panes(self._panes, self.pane_wanted.emit),
            *offers.of_guide(),
            *offers.of_runs(self._session.open_run),
        ]
        CommandPalette(self._window, found, self._settings).open()

    @Slot()
    def guide(self) -> None:
        guide.wanted.emit("")

    def lesson(self, name: str, *_: object) -> None:
        """Begin a lesson."""
        self.lesson_wanted.emit(name)

    @Slot()
    def shortcuts(self) -> None:
        from latentexplorer.gui.window.shortcuts import ShortcutsDialog

        # By their own names: some are called by what they would do just now.
        own = [(info.text, info.shortcut.replace(";", ",")) for info in ACTIONS if info.shortcut]
        ShortcutsDialog((*own, *IN_PLACE), self._window).open()

    @Slot()
    def about(self) -> None:
        text = Markup(
            "<b>latentexplorer {}</b><br>"
            "Train latent-variable models of images and explore what they learn while they learn it."
        ).format(version("latentexplorer"))
        box = Question(QMessageBox.Icon.NoIcon, "About", text, self._window)
        box.setStandardButtons(QMessageBox.StandardButton.Close)
        box.finished.connect(box.deleteLater)
        box.open()


def _pane_around(widget: QWidget | None) -> Pane | None:
    """The pane that a widget is in; the head of a pane is not in it, but stands above it in the same dock."""
    while widget is not None and not isinstance(widget, Pane):
        if isinstance(widget, QDockWidget):
            inside = widget.widget()
            return inside if isinstance(inside, Pane) else None
        widget = widget.parentWidget()
    return widget
