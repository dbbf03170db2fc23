"""What covers a pane whose content belongs to a run that is not shown any more."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Slot
from PySide6.QtGui import QHideEvent, QInputEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget
from shiboken6 import isValid

from latentexplorer.gui.panes.header import PaneHeader
from latentexplorer.gui.session.session import Session
from latentexplorer.gui.style.plain_text import Label
from latentexplorer.gui.style.theme import SPACE
from latentexplorer.gui.widgets.stage_bar import StageBar

Type = QEvent.Type
INPUT = {
    Type.KeyPress,
    Type.ShortcutOverride,
    Type.MouseMove,
    Type.MouseButtonPress,
    Type.MouseButtonDblClick,
    Type.Wheel,
}
AWAY = {Qt.Key.Key_Tab, Qt.Key.Key_Backtab, Qt.Key.Key_Escape}
"""Keys that lead out of a pane do so always."""
BAR_PX = 180
SOON_MS = 500
"""What is drawn by then was not waited for."""


class HandsOff(QObject):
    """Looks at all events for every veil that is over what is left: one look at each, however many veils there are."""

    def __init__(self) -> None:
        super().__init__()
        self._veils: list[Veil] = []

    @property
    def watching(self) -> bool:
        """Whether it looks at events at all: each costs time while it does."""
        return bool(self._veils)

    def watch(self, veil: Veil, wanted: bool) -> None:
        """Whether this veil wants what is meant for what lies below it to reach no one."""
        application, before = QApplication.instance(), bool(self._veils)
        self._veils = [other for other in self._veils if other is not veil and isValid(other)]
        if wanted:
            self._veils.append(veil)
        if application is not None and bool(self._veils) != before:
            (application.installEventFilter if self._veils else application.removeEventFilter)(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # Its class first: to ask each of the thousands of others for its kind takes longer than all else here.
        if not isinstance(event, QInputEvent) or event.type() not in INPUT:
            return False
        return any(veil.keeps(watched, event) for veil in self._veils if isValid(veil))


hands_off = HandsOff()


class Veil(QWidget):
    """Lies over a pane while what is below belongs to another run; what is below keeps the keyboard.

    What a person still does to what belongs to a run that is left (a slider in hand, a key) reaches no one: so no part
    of a pane has to ask whether what it shows is still there.

    While a new run is prepared it says what is being done, and the pane's head says and does nothing.

    Parameters
    ----------
    over : QWidget
    header : PaneHeader
    counts : bool
        Whether it counts and has a bar: once in the window is enough.
    """

    def __init__(self, name: str, over: QWidget, header: PaneHeader, counts: bool) -> None:
        super().__init__(over)
        self.setObjectName("veil")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._over, self._header, self._counts = over, header, counts
        self._session: Session | None = None
        self._undrawn = self._seen = self._watching = False
        self._heading = self._past = ""
        self.words = Label()
        self.words.setObjectName(f"{name}_veil")
        self.words.setProperty("role", "empty")
        self.words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.words.setWordWrap(True)
        self.bar = StageBar(f"{name}_bar")
        self.bar.setFixedWidth(BAR_PX)
        self.bar.hide()
        column = QVBoxLayout(self)
        column.setSpacing(0)
        column.addStretch(1)
        column.addWidget(self.words)
        column.addWidget(self.bar, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)
        over.installEventFilter(self)
        self.hide()

    def bind(self, session: Session) -> None:
        """Listen to the session."""
        self._session = session
        session.preparing_changed.connect(self._refresh)
        session.training.progress.connect(self._show_stage)
        session.training.state_changed.connect(self._show_stage)

    def set_undrawn(self, undrawn: bool) -> None:
        """Whether what is below is still that of the run before."""
        self._undrawn = undrawn
        self._refresh()
        self._keep_hands_off()

    def set_seen(self, seen: bool) -> None:
        """Whether the pane is on the screen; behind another one's tab a veil waits, and nobody can reach below it."""
        self._seen = seen
        self._keep_hands_off()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._keep_hands_off()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._keep_hands_off()

    def _keep_hands_off(self) -> None:
        """Look at all events only for the moment that it takes to draw what is in sight."""
        wanted = self._undrawn and self._seen and self.isVisible()
        if wanted != self._watching:
            self._watching = wanted
            hands_off.watch(self, wanted)

    def set_heading(self, text: str) -> None:
        """What the head says of what is below."""
        self._heading = text
        self._say()

    def set_past(self, past: str) -> None:
        """Which earlier epoch what is below shows; "" where it shows the end. It stands first in the head."""
        self._past = past
        self._say()

    def _say(self) -> None:
        if self.isHidden():
            self._header.subtitle.setText(" · ".join(filter(None, (self._past, self._heading))))

    @property
    def _preparing(self) -> bool:
        return self._session is not None and self._session.preparing

    @Slot()
    def _refresh(self) -> None:
        covers = self._undrawn or self._preparing
        if covers and self.isHidden():
            self._fit()
        if not self._preparing:
            # The untrained model is there and is being drawn: what the training does meanwhile holds nothing up.
            self.words.clear()
            self.bar.hide()
            if covers:
                QTimer.singleShot(SOON_MS, self, self._say_drawing)
        self.setVisible(covers)
        self.raise_()
        self._say()
        if covers:
            self._header.subtitle.setText("")
        self._header.set_enabled(not self._preparing)
        self._show_stage()

    @Slot()
    def _say_drawing(self) -> None:
        """A pane that stays covered says why."""
        if self._undrawn and not self._preparing:
            self.words.setText("Drawing…")

    @Slot()
    def _show_stage(self) -> None:
        if self._session is None or not self._session.preparing:
            return
        stage = self._session.training.stage
        text = stage.words if self._counts else stage.what
        text = text[:1].upper() + text[1:]
        if text != self.words.text():
            self.words.setText(text)
        self.bar.setVisible(self._counts)
        if self._counts:
            self.bar.show_stage(stage)

    def _fit(self) -> None:
        # Inside the frame of what it covers.
        self.setGeometry(self._over.rect().adjusted(1, 0, -1, -SPACE // 2))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # The kind first: events of the end come when nothing else is left of this.
        if event.type() == Type.Resize and watched is self._over and self.isVisibleTo(self._over):
            self._fit()
        return False

    def keeps(self, watched: QObject, event: QEvent) -> bool:
        """Whether something a person does is meant for what belongs to the run that is left."""
        if isinstance(event, QKeyEvent) and event.key() in AWAY:
            return False
        if not isinstance(watched, QWidget) or watched is self:
            return False
        return self._over.isAncestorOf(watched) and not self.isAncestorOf(watched)
