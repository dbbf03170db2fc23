"""Where the panes stand: one dock each, placed and sized by a workspace; and one that fills the window for a while."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import pairwise

from PySide6.QtCore import QByteArray, QObject, QPoint, QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QDockWidget, QMainWindow, QStyle, QTabBar, QWidget

from latentexplorer.gui.panes.base import Pane
from latentexplorer.gui.panes.table import PaneEntry
from latentexplorer.gui.style.plain_text import verbatim
from latentexplorer.gui.style.theme import theme
from latentexplorer.gui.window import keyboard
from latentexplorer.gui.window.afloat import drop, free_place
from latentexplorer.gui.window.drawing import Drawing
from latentexplorer.gui.window.workspaces import Place, Split, front, places, shared

AREA = Qt.DockWidgetArea.TopDockWidgetArea
LAYOUT_VERSION = 4
TABS_PX = 27
"""Height of a row of tabs."""


class Dock(QDockWidget):
    """A pane's place. Afloat it is a window of its own, which Tab does not leave; F6 does.

    Signals
    -------
    wanted : ()
        It is to be seen, with the keyboard in it.
    resized : ()
        It has another size.
    """

    wanted = Signal()
    resized = Signal()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.resized.emit()

    def focusNextPrevChild(self, forward: bool) -> bool:
        return keyboard.step(self, forward) if self.isFloating() else super().focusNextPrevChild(forward)

    _place_afloat = QRect()

    @Slot()
    def float_or_dock(self) -> None:
        """Make it a window of its own, where it was before, else where it covers no other one; or put it back."""
        if self.isFloating():
            self._place_afloat = self.geometry()
            self.setFloating(False)
        else:
            before, wish, size = self._place_afloat, self.mapToGlobal(QPoint()), self.size()
            taken = [other.geometry() for other in self._others if other.isFloating() and other.isVisible()]
            room = self.screen().availableGeometry()
            self.setFloating(True)
            known = before.isValid() and room.intersects(before)
            self.setGeometry(before if known else free_place(size, wish, taken, room))
        self.show()
        self.activateWindow()

    @property
    def _others(self) -> list[Dock]:
        window = self.parentWidget()
        return [] if window is None else [dock for dock in window.findChildren(Dock) if dock is not self]

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.isFloating():
            # The style draws no frame around a dock that has a head of its own.
            painter = QPainter(self)
            painter.fillRect(self.rect(), theme.color("card"))
            painter.setPen(QPen(theme.color("muted"), 1))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
            painter.end()

    @Slot()
    def bring_forward(self) -> None:
        """To the front, and the keyboard into its pane."""
        self.wanted.emit()
        self.show()
        self.raise_()
        if self.isFloating():
            self.activateWindow()
        # Before a pane has drawn anything there is only its head to be in.
        keyboard.enter(self.widget() if keyboard.has_stop(self.widget()) else self)


class Docks(QObject):
    """The docks of a window.

    Attributes
    ----------
    by_name : dict of name to Dock
        As the panes' table names them.
    moving : bool
        Whether they are being stood anew or brought back.
    drawn : bool
        Whether the window has been drawn: before, it must not be kept from it, or it never would be.

    Signals
    -------
    filled_changed : (str)
        Name of the pane that fills the window now; "" where none does any more.
    """

    filled_changed = Signal(str)

    def __init__(self, window: QMainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._panes: dict[str, Pane] = {}
        self.by_name: dict[str, Dock] = {}
        self._filled: tuple[str, QByteArray] | None = None
        self.moving = False
        self.drawn = False
        self.drawing = Drawing(window, self.areas)
        # A dock that is let go of is in its place at once: as long as it glides there, docks cannot be stood anew.
        window.setAnimated(False)
        # Docks only: what would be the middle takes no room.
        middle = QWidget()
        middle.setFixedSize(0, 0)
        window.setCentralWidget(middle)
        middle.hide()

    def add(self, entry: PaneEntry, pane: Pane) -> Dock:
        """A dock around a pane; `place` puts all of them into the window."""
        dock = Dock(entry.title, self._window)
        dock.setObjectName(f"{entry.name}_dock")
        dock.setTitleBarWidget(pane.header)
        dock.setWidget(pane)
        dock.visibilityChanged.connect(pane.set_seen)
        dock.visibilityChanged.connect(self._name_panes)
        dock.topLevelChanged.connect(self._name_panes)
        dock.topLevelChanged.connect(pane.header.set_afloat)
        dock.wanted.connect(partial(self._make_way, entry.name))
        pane.header.double_clicked.connect(partial(self.fill_or_back, entry.name))
        button = pane.header.add_button("expand", "Fill the window, or back (double click, F11)")
        button.setObjectName(f"{entry.name}_fill")
        button.clicked.connect(partial(self.fill_or_back, entry.name))
        for name, tip, what in (("float", "Back into the window", dock.float_or_dock), ("close", "Close", dock.close)):
            frame_button = pane.header.add_button(name, tip)
            frame_button.setObjectName(f"{entry.name}_{name}")
            frame_button.clicked.connect(what)
            pane.header.when_afloat(frame_button)
        pane.menu.addSeparator()
        pane.add_menu_action("Float or dock", dock.float_or_dock)
        pane.add_menu_action("Close pane", dock.close)
        self._panes[entry.name], self.by_name[entry.name] = pane, dock
        return dock

    def show(self, name: str) -> None:
        """Bring a pane to the front; the keyboard stays where it is."""
        self._make_way(name)
        self.by_name[name].show()
        self.by_name[name].raise_()

    def let_go(self) -> None:
        """A dock that is dragged is dropped where it is."""
        drop(self.by_name.values())

    # -- workspaces -----------------------------------------------------------------------------------------------

    def stand(self, root: Split, left: QByteArray) -> bool:
        """Stand every pane as `save` told it when the workspace was left, else where the workspace has it.

        Returns
        -------
        bool
            Whether it is as it was left.
        """
        self._filled = None
        with self._moved():
            # What tells of all panes stands all of them; else the others have to stand somewhere.
            whole = self._names_all(left)
            if whole and self._bring_back(left):
                return True
            self._place_all(root)
            return not (whole or left.isEmpty()) and self._bring_back(left)

    def _bring_back(self, state: QByteArray) -> bool:
        """The docks as Qt remembers them."""
        done = self._window.restoreState(state, LAYOUT_VERSION)
        if done:
            # Before they are laid out: with its name a pane is wider.
            self._show_names({name for name, dock in self.by_name.items() if self._beside(dock)})
        return done

    def _names_all(self, state: QByteArray) -> bool:
        """Whether Qt's state of the docks tells of each of them."""
        inside = state.data()
        return all(dock.objectName().encode("utf-16-be") in inside for dock in self.by_name.values())

    def _place_all(self, root: Split) -> None:
        """Stand every pane where a workspace has it; those that come later are hidden."""
        window = self._window
        for dock in self.by_name.values():
            # Qt does all of it also where it has nothing to do.
            if dock.isFloating():
                dock.setFloating(False)
            window.removeDockWidget(dock)
        window.addDockWidget(AREA, self.by_name[front(root)])
        self._place(root)
        for place in places(root):
            for name in place.all[1:]:
                window.addDockWidget(AREA, self.by_name[name])
                window.tabifyDockWidget(self.by_name[place.panes[0]], self.by_name[name])
            for name in place.all:
                self.by_name[name].setVisible(name in place.panes)
            self.by_name[place.panes[0]].raise_()
        self._show_names({name for place in places(root) if len(place.panes) > 1 for name in place.panes})

    def _place(self, part: Place | Split) -> None:
        """Split the place of a part's first pane for the other ones; outer splits come first."""
        if isinstance(part, Place):
            return
        way = Qt.Orientation.Vertical if part.below else Qt.Orientation.Horizontal
        inside = [inner for _, inner in part.parts]
        for before, after in pairwise(inside):
            self._window.splitDockWidget(self.by_name[front(before)], self.by_name[front(after)], way)
        for inner in inside:
            self._place(inner)

    def size(self, part: Place | Split, room: QSize) -> None:
        """Give each part its share of the room."""
        if isinstance(part, Place):
            return
        way = Qt.Orientation.Vertical if part.below else Qt.Orientation.Horizontal
        stood = [(share, inner, dock) for share, inner in part.parts if (dock := self._one_of(inner)) is not None]
        # Sizes that do not add up to the room there is would not be kept as shares of it, and Qt lets docks lie on
        # each other where one is to be smaller than it can be.
        length = (room.height() if part.below else room.width()) - self._edge_px * (len(stood) - 1)
        most = [0 if part.below or isinstance(inner, Split) else inner.most_px for _, inner, _ in stood]
        least = [self._least(inner, part.below) for _, inner, _ in stood]
        sizes = shared(length, [share for share, _, _ in stood], least, most)
        self._window.resizeDocks([dock for _, _, dock in stood], sizes, way)
        for (_, inner, _), size in zip(stood, sizes, strict=True):
            self.size(inner, QSize(room.width(), size) if part.below else QSize(size, room.height()))

    @property
    def _edge_px(self) -> int:
        return self._window.style().pixelMetric(QStyle.PixelMetric.PM_DockWidgetSeparatorExtent, None, self._window)

    def _least(self, part: Place | Split, down: bool) -> int:
        """How low, or else how narrow, a part of the window can be."""
        if isinstance(part, Split):
            each = [self._least(inner, down) for _, inner in part.parts if self._one_of(inner) is not None]
            along = sum(each) + self._edge_px * (len(each) - 1)
            return along if part.below == down else max(each, default=0)
        docks = [dock for name in part.all if not (dock := self.by_name[name]).isHidden() and not dock.isFloating()]
        hints = [dock.minimumSizeHint() for dock in docks]
        tabs = TABS_PX if down and len(docks) > 1 else 0
        return tabs + max((hint.height() if down else hint.width() for hint in hints), default=0)

    def _one_of(self, part: Place | Split) -> Dock | None:
        """A dock that stands for a part of the window; None where all of them are away."""
        names = [name for place in places(part) for name in place.all]
        docks = [dock for name in names if not (dock := self.by_name[name]).isHidden() and not dock.isFloating()]
        # One that has been moved behind the tab of another part does not stand for its own.
        return next((dock for dock in docks if self._seen(dock)), docks[0] if docks else None)

    @property
    def front(self) -> list[str]:
        """Names of the docks that are seen in the window, not behind the tab of another one."""
        return [name for name, dock in self.by_name.items() if not dock.isFloating() and self._seen(dock)]

    def bring_to_front(self, names: list[str]) -> None:
        """Let these be seen as far as none of them hides another one: what somebody looked at stays."""
        for name in names:
            others = self._window.tabifiedDockWidgets(self.by_name[name])
            if others and not any(self.by_name[other] in others for other in names):
                self.by_name[name].raise_()

    # -- one pane alone -------------------------------------------------------------------------------------------

    @property
    def filled(self) -> str:
        """Name of the pane that fills the window; "" where none does."""
        return self._filled[0] if self._filled is not None else ""

    def fill_or_back(self, name: str, *_: object) -> None:
        """Let a pane fill the window; where it does already, bring the others back."""
        if self.filled == name:
            self.unfill()
        else:
            self.fill(name)

    def _make_way(self, name: str) -> None:
        """A pane that is wanted is not kept away by one that fills the window."""
        if self.filled and self.filled != name:
            self.unfill()

    def fill(self, name: str) -> None:
        """Let one pane fill the window, until `unfill`."""
        if self.filled == name:
            return
        self.unfill()
        self.let_go()
        self._filled = (name, self._window.saveState(LAYOUT_VERSION))
        dock = self.by_name[name]
        with self.at_once():
            for other, away in self.by_name.items():
                if other != name and not away.isFloating():
                    away.hide()
            dock.setFloating(False)
            dock.show()
        keyboard.enter(dock.widget())
        self.filled_changed.emit(name)

    @Slot()
    def unfill(self) -> None:
        """Everything where it was before a pane filled the window."""
        if self._filled is None:
            return
        name, state = self._filled
        self._filled = None
        with self._moved():
            self._bring_back(state)
        self.by_name[name].raise_()
        self.filled_changed.emit("")

    def save(self) -> QByteArray:
        """Qt's state of the docks, as if none filled the window."""
        return self._filled[1] if self._filled is not None else self._window.saveState(LAYOUT_VERSION)

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Whatever is done to the docks meanwhile, they are laid out once, at the end.

        Left alone Qt lays the whole window out each time that one of them is shown, with the others where they happen
        to be: that takes time, and a window that is too small for it grows and stays so.
        """
        layout = self._window.layout()
        if layout is None or not layout.isEnabled():
            yield
            return
        layout.setEnabled(False)
        if self.drawn and self._window.isVisible():
            self.drawing.hold()
        try:
            yield
        finally:
            layout.setEnabled(True)
            layout.activate()
            self._name_panes()

    @contextmanager
    def _moved(self) -> Iterator[None]:
        """Meanwhile the window may change its size, with some of them nowhere."""
        with self.at_once():
            self.let_go()
            self.moving = True
            try:
                yield
            finally:
                self.moving = False

    def areas(self) -> list[QWidget]:
        """Docks that are seen, in reading order; floating ones come last."""
        docked = [self.by_name[name] for name in self.front]
        order = keyboard.reading_order([dock.geometry() for dock in docked])
        afloat = [dock for dock in self.by_name.values() if dock.isFloating() and not dock.isHidden()]
        return [*(docked[at] for at in order), *afloat]

    def _seen(self, dock: Dock) -> bool:
        """Whether a dock is there and not behind the tab of another one."""
        return not dock.isHidden() and dock.geometry().intersects(self._window.rect())

    @Slot()
    def _name_panes(self) -> None:
        """A pane whose name stands on a tab does not say it again."""
        if self.moving:
            return
        self._show_names({name for name, dock in self.by_name.items() if self._beside(dock)})
        for bar in self._window.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly):
            bar.setAccessibleName("Panes that share a place")
            # Where many share it, their names are shortened.
            for at in range(bar.count()):
                bar.setTabToolTip(at, verbatim(bar.tabText(at)))

    def _beside(self, dock: Dock) -> bool:
        """Whether a dock shares its place with another one."""
        return any(not other.isHidden() for other in self._window.tabifiedDockWidgets(dock))

    def _show_names(self, tabbed: Collection[str]) -> None:
        """Name the panes that have no tab."""
        for name, dock in self.by_name.items():
            header = self._panes[name].header
            if header.title.isHidden() == (name not in tabbed):
                header.title.setVisible(name not in tabbed)
                # A dock that could be narrower by now, and does not know it yet, would lie on the one beside it.
                header.row.activate()
                if (layout := dock.layout()) is not None:
                    layout.activate()
