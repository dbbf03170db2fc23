"""Which workspace the window shows, what a person has made of it, and the row of names to choose one by."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QByteArray, QEvent, QObject, Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QMainWindow, QToolButton, QWidget

from latentexplorer.gui.panes.base import Pane
from latentexplorer.gui.session.window_settings import Settings
from latentexplorer.gui.style.plain_text import verbatim
from latentexplorer.gui.style.theme import SPACE
from latentexplorer.gui.window.docks import Docks
from latentexplorer.gui.window.shares import Shares
from latentexplorer.gui.window.workspaces import EXPLORE, WORKSPACES, Workspace


class Arrangement(QObject):
    """The workspace in force. Each is remembered as a person left it, until it is reset.

    Signals
    -------
    changed : (Workspace)
        Another workspace is in force, or the same one anew.
    """

    changed = Signal(object)

    def __init__(self, docks: Docks, panes: Mapping[str, Pane], settings: Settings, window: QMainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._docks, self._panes, self._settings = docks, panes, settings
        self._before_stage = EXPLORE
        name = str(settings["workspace"])
        self.workspace: Workspace = WORKSPACES.get(name, WORKSPACES[EXPLORE])
        self._shares = Shares(window, docks)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(0)
        self._later.timeout.connect(self._look)
        self._place(anew=False)
        docks.filled_changed.connect(self._look)
        window.installEventFilter(self)

    def _key(self, what: str) -> str:
        narrow = "_narrow" if self.workspace.is_narrow(self._width_px) else ""
        return f"{what}_{self.workspace.name}{narrow}"

    @Slot(str)
    def choose(self, name: str) -> None:
        """Show another workspace, as it was left."""
        if name != self.workspace.name:
            self._docks.let_go()
            self.keep()
            if not self.workspace.bare:
                self._before_stage = self.workspace.name
            self.workspace = WORKSPACES[name]
            self._arrange(anew=False)

    def leave_stage(self) -> None:
        """Back to the workspace from which the stage was entered."""
        self.choose(self._before_stage)

    @Slot()
    def reset(self) -> None:
        """The workspace in force as it was at first."""
        self._arrange(anew=True)

    def _arrange(self, anew: bool) -> None:
        with self._docks.at_once():
            self._place(anew)
            # What stands above and below the docks comes or goes first: what it leaves is shared out.
            self.announce()
            self._share_out()

    def _place(self, anew: bool) -> None:
        """Stand the docks as they were left in the workspace, else as it has them."""
        self._width_px = self._window.width()
        left = QByteArray() if anew else self._settings.bytes(self._key("layout"))
        self._left = self._docks.stand(self.workspace.root_for(self._width_px), left)

    def _share_out(self) -> None:
        kept = str(self._settings[self._key("shares")]) if self._left else ""
        self._shares.begin(self.workspace.root_for(self._width_px), kept)

    @Slot()
    def _look(self) -> None:
        """A window that was made narrower, or wider, shows the arrangement for its width, where it has one of its own.

        Not while a pane fills it, and not while one is afloat: that would be taken back into the window.
        """
        other = self.workspace.is_narrow(self._width_px) != self.workspace.is_narrow(self._window.width())
        afloat = any(dock.isFloating() for dock in self._docks.by_name.values())
        if other and self._window.isVisible() and not (self._docks.filled or self._docks.moving or afloat):
            self.keep()
            before = self._docks.front
            self._arrange(anew=False)
            self._docks.bring_to_front(before)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            # Docks are not stood anew in the middle of being laid out.
            self._later.start()
        elif event.type() == QEvent.Type.Hide:
            self._later.stop()
        return False

    def announce(self) -> None:
        """Tell the panes and whoever listens which workspace is in force."""
        for pane in self._panes.values():
            pane.set_bare(self.workspace.bare)
        self.changed.emit(self.workspace)

    def first_size(self) -> None:
        """Shares of the room, once the window has its size and is drawn."""
        with self._docks.at_once():
            if self.workspace.is_narrow(self._width_px) != self.workspace.is_narrow(self._window.width()):
                self._place(anew=False)
            self._share_out()
        self._docks.drawn = True

    def keep(self) -> None:
        """Remember the workspace in force as it is."""
        self._settings["workspace"] = self.workspace.name
        self._settings.set_bytes(self._key("layout"), self._docks.save())
        self._settings[self._key("shares")] = self._shares.as_text()


class WorkspaceBar(QWidget):
    """The names of the workspaces, in a row; the one in force is marked.

    Signals
    -------
    chosen : (str)
        Name of a workspace.
    """

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("workspace_bar")
        self.setAccessibleName("Workspaces")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, SPACE // 4, SPACE, 0)
        row.setSpacing(SPACE // 4)
        self._group = QButtonGroup(self)
        self.buttons: dict[str, QToolButton] = {}
        for workspace in WORKSPACES.values():
            button = self.buttons[workspace.name] = QToolButton()
            button.setObjectName(f"workspace_{workspace.name}")
            button.setText(workspace.title)
            button.setProperty("role", "workspace")
            button.setToolTip(verbatim(f"{workspace.tip} ({workspace.key})"))
            button.setAccessibleName(f"Workspace {workspace.title}")
            button.setCheckable(True)
            self._group.addButton(button)
            row.addWidget(button)
        self._group.buttonClicked.connect(self._on_clicked)

    @Slot(object)
    def _on_clicked(self, button: QToolButton) -> None:
        self.chosen.emit(button.objectName().removeprefix("workspace_"))

    @Slot(object)
    def show_workspace(self, workspace: Workspace) -> None:
        """Mark the one in force; the keyboard does not stay behind on another one's name."""
        button = self.buttons[workspace.name]
        button.setChecked(True)
        if any(other.hasFocus() for other in self.buttons.values()):
            button.setFocus(Qt.FocusReason.OtherFocusReason)
