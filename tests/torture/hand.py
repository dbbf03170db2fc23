"""A hand on the real window: mouse, keyboard, wheel, drags, drops, and answers to what waits for one."""

from __future__ import annotations

import contextlib
import random
import time
from collections.abc import Callable, Iterator

from PySide6.QtCore import QEvent, QMimeData, QObject, QPoint, QPointF, Qt, QTimer, QUrl, Slot
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragMoveEvent,
    QDropEvent,
    QGuiApplication,
    QInputMethodEvent,
    QWindow,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDialog,
    QFileDialog,
    QLineEdit,
    QMenu,
    QMessageBox,
    QWidget,
)

from latentexplorer.gui.app import Window
from latentexplorer.gui.session.training import IDLE

from .home import Home
from .walk import Tour, actions, kind_of, name_of, offered, point, seen, surface
from .watch import Watch

PATIENCE_S = 60.0
TRAINING_EVENTS = 60
"""A training goes on for so many events; the presets of real data would take hours."""
KEYS = (
    *(Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Home, Qt.Key.Key_End),
    *(Qt.Key.Key_Tab, Qt.Key.Key_Backtab, Qt.Key.Key_Return, Qt.Key.Key_Space, Qt.Key.Key_Escape, Qt.Key.Key_Delete),
    *(Qt.Key.Key_PageUp, Qt.Key.Key_PageDown, Qt.Key.Key_F2, Qt.Key.Key_F5, Qt.Key.Key_Plus, Qt.Key.Key_Minus),
    *(Qt.Key.Key_0, Qt.Key.Key_C, Qt.Key.Key_A, Qt.Key.Key_Menu, Qt.Key.Key_Enter, Qt.Key.Key_Backspace),
)
MODIFIERS = (
    *[Qt.KeyboardModifier.NoModifier] * 5,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.AltModifier,
)
TEXTS = (
    *("", "0", "3", "-1", "2", "1e9", "0,5", "nan", "1e-300", "a", "cats", "error > 0.1", "class = 3", "z0 > 0 and"),
    *("<img src='x.png'>", "\U0001f431 ß", "x" * 300, "[8, 8]", "model.latent_dim=3", "z0 between 0 and", "'", "../.."),
)
BUTTONS = (*[Qt.MouseButton.LeftButton] * 6, Qt.MouseButton.RightButton, Qt.MouseButton.MiddleButton)


class Hand(QObject):
    """Sends events to one window, each drawn by itself.

    Parameters
    ----------
    home : Home
        What it drops and chooses.
    """

    def __init__(self, window: Window, home: Home, tour: Tour, watch: Watch) -> None:
        super().__init__()
        self._window, self._home, self._tour, self._watch = window, home, tour, watch
        self.draw = random.Random(0)
        self.doing = ""
        self.passing_since: float | None = None
        self.begun: Callable[[str], None] = str
        self._carried: QWindow | None = None
        self._let_go = False
        self._trained = 0
        # Some dialogs, and pictures that are carried, do not come back before they are answered: from their own loop.
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.answer)
        self._timer.start(30)

    def end(self) -> None:
        self._timer.stop()

    # -- one event ----------------------------------------------------------------------------------------------------

    def event_of(self, draw: random.Random) -> str:
        """Send one event; what it was."""
        self.draw = draw
        self.begun("another event")
        ways = (
            *[self._click] * 10,
            *[self._act] * 5,
            *[self._drag] * 3,
            *[self._wheel] * 2,
            *[self._press] * 4,
            *[self._type] * 3,
            self._drop,
            self._resize,
        )
        way = draw.choice(ways)
        front = QApplication.activePopupWidget() or QApplication.activeModalWidget()
        if front is not None and draw.random() < 0.4 and self._tour.fresh(front):
            # Most keys would close it before anything in it was pressed.
            way = self._click
        if isinstance(front, QFileDialog) and draw.random() < 0.25:
            way = self._choose
        self.doing = way.__name__.strip("_")
        with self._pass(), contextlib.suppress(RuntimeError):
            # What an event closes cannot be sent the next one: the only error that comes back here.
            way()
        for _ in range(draw.choice((1, 1, 1, 2, 3, 8))):
            self.turn()
        self._leash()
        return self.doing

    def turn(self) -> None:
        """One pass through the event loop."""
        with self._pass():
            QApplication.processEvents()
            # Outside of the loop that a program runs in, what is done with stays until it is asked for, and could be
            # clicked until then.
            QApplication.sendPostedEvents(None, int(QEvent.Type.DeferredDelete.value))

    @contextlib.contextmanager
    def _pass(self) -> Iterator[None]:
        self.passing_since = time.monotonic()
        try:
            with self._watch.passing(self.doing):
                yield
        finally:
            self.passing_since = None

    def settle(self, patience_s: float = PATIENCE_S) -> bool:
        """Let the window show what it was asked for; whether it did."""
        latest = time.monotonic() + patience_s
        while time.monotonic() < latest:
            self.turn()
            session = self._window.session
            if not session.busy and not session.jobs.jobs and not session.decoder.busy:
                return True
            time.sleep(0.005)
        return False

    def _leash(self) -> None:
        """No training for hours: presets of real data are among what is chosen."""
        training = self._window.session.training
        self._trained = self._trained + 1 if training.state != IDLE else 0
        if self._trained > TRAINING_EVENTS and self.draw.random() < 0.2:
            training.stop()

    def _begin(self, what: str) -> None:
        """What is sent now has been chosen: its time counts from here."""
        self.doing = what
        self.begun(what)
        self._watch.restart(what)

    # -- the ways -----------------------------------------------------------------------------------------------------

    def _target(self) -> tuple[QWidget, QWindow, QPoint]:
        """A widget, the window it is in, and a place in both."""
        within = self._surface()
        if isinstance(within, QMenu) and (choices := offered(within)):
            widget: QWidget = within
            inside = within.actionGeometry(self._tour.action(self.draw, choices)).center()
        else:
            widget = self._tour.widget(self.draw, seen(within))
            inside = point(self.draw, widget)
        handle = within.windowHandle() or self._window.frame.windowHandle()
        return widget, handle, widget.mapTo(widget.window(), inside)

    def _surface(self) -> QWidget:
        return surface(self._window.frame, self.draw, self._tour.fresh)

    def _click(self) -> None:
        widget, window, at = self._target()
        button, keys = self.draw.choice(BUTTONS), self.draw.choice(MODIFIERS)
        twice = self.draw.random() < 0.12
        if self._tour.first:
            button, keys, twice = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, False
        self._begin(f"{button.name} at {at.x()},{at.y()} {kind_of(widget)}")
        if twice:
            QTest.mouseDClick(_there(window), button, keys, at)
        else:
            QTest.mouseMove(_there(window), at)
            self._watch.step()
            QTest.mouseClick(_there(window), button, keys, at)

    def _act(self) -> None:
        """One of the actions that are offered now, by its keys where it has some."""
        frame = self._window.frame
        if QApplication.activePopupWidget() or QApplication.activeModalWidget():
            self._press()
            return
        action = self._tour.action(self.draw, [each for each in actions(frame) if each.isEnabled()])
        keys = action.shortcut()
        self._begin(name_of(action))
        if keys.count() and self.draw.random() < 0.7:
            QTest.keyClick(frame.windowHandle(), keys[0].key(), keys[0].keyboardModifiers())
        else:
            action.trigger()

    def _drag(self) -> None:
        widget, window, start = self._target()
        where = self._target()[2] if self.draw.random() < 0.4 else start + QPoint(*self._far())
        button = self.draw.choice(BUTTONS[:-1])
        keys = self.draw.choice(MODIFIERS)
        self._begin(f"drag {button.name} {start.x()},{start.y()} to {where.x()},{where.y()} {kind_of(widget)}")
        QTest.mouseMove(_there(window), start)
        self._watch.step()
        QTest.mousePress(_there(window), button, keys, start)
        self._carried, self._let_go = window, False
        steps = self.draw.randint(1, 6)
        for i in range(1, steps + 1):
            if self._let_go:
                break
            self._watch.step()
            QTest.mouseMove(_there(window), start + (where - start) * (i / steps))
            if self.draw.random() < 0.3:
                self._watch.step()
                QApplication.processEvents()
        self._carried = None
        self._watch.step()
        if not self._let_go:
            QTest.mouseRelease(_there(window), button, Qt.KeyboardModifier.NoModifier, where)

    def _far(self) -> tuple[int, int]:
        return self.draw.randint(-300, 300), self.draw.randint(-200, 200)

    def _wheel(self) -> None:
        widget, window, at = self._target()
        keys = self.draw.choice(MODIFIERS)
        self._begin(f"wheel {kind_of(widget)}")
        for _ in range(self.draw.randint(1, 4)):
            self._watch.step()
            turn = QPoint(0, self.draw.choice((-240, -120, 120, 240, 15)))
            QTest.wheelEvent(_there(window), QPointF(at), turn, QPoint(), keys)

    def _press(self) -> None:
        focused = QApplication.focusWidget()
        key, keys = self.draw.choice(KEYS), self.draw.choice(MODIFIERS)
        where = f" in {kind_of(focused)}" if focused is not None else ""
        within = self._surface()
        if within is not self._window.frame:
            # QTest lets the modifier go in the window that had the key, also where the key has closed it.
            keys = Qt.KeyboardModifier.NoModifier
        window = within.windowHandle() or self._window.frame.windowHandle()
        self._begin(f"{keys.name} {key.name}{where}")
        for _ in range(self.draw.choice((1, 1, 1, 4))):
            self._watch.step()
            QTest.keyClick(_there(window), key, keys)

    def _type(self) -> None:
        """A text into a field."""
        within = self._surface()
        fields = [each for each in seen(within) if isinstance(each, (QLineEdit, QAbstractSpinBox, QComboBox))]
        if not fields:
            self._press()
            return
        field, text = self._tour.widget(self.draw, fields), self.draw.choice(TEXTS)
        self._begin(f"type {text[:30]!r} into {kind_of(field)}")
        field.setFocus()
        if isinstance(field, (QLineEdit, QAbstractSpinBox)):
            field.selectAll()
        for letter in text:
            self._watch.step()
            _write(field, letter)
        self._watch.step()
        if self.draw.random() < 0.6:
            QTest.keyClick(field, self.draw.choice((Qt.Key.Key_Return, Qt.Key.Key_Tab, Qt.Key.Key_Escape)))

    def _choose(self) -> None:
        """One of the files, in a dialog that asks for some; Qt may ask in turn, in a loop of its own."""
        dialog = self._surface()
        field = dialog.findChild(QLineEdit, "fileNameEdit")
        if field is None:
            self._press()
            return
        path = self.draw.choice(self._home.files)
        self._begin(f"choose {path.name} in {kind_of(dialog)}")
        self._tour.met(dialog)
        field.setText(str(path))
        self._watch.step()
        QTest.keyClick(field, Qt.Key.Key_Return)

    def _drop(self) -> None:
        frame = self._window.frame
        if QApplication.activeModalWidget() is not None:
            self._press()
            return
        among = [frame, *(each for each in seen(frame) if each.acceptDrops())]
        widget = self._tour.widget(self.draw, among)
        files = self.draw.sample(self._home.files, self.draw.choice((1, 1, 1, 2)))
        content = QMimeData()
        content.setUrls([QUrl.fromLocalFile(str(each)) for each in files])
        at, copy = point(self.draw, widget), Qt.DropAction.CopyAction
        left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        self._begin(f"drop {', '.join(each.name for each in files)} on {kind_of(widget)}")
        enters = QDragEnterEvent(at, copy, content, left, none)
        QApplication.sendEvent(widget, enters)
        if enters.isAccepted():
            QApplication.sendEvent(widget, QDragMoveEvent(at, copy, content, left, none))
            QApplication.sendEvent(widget, QDropEvent(QPointF(at), copy, content, left, none))

    def _resize(self) -> None:
        width, height = self.draw.choice(((1280, 800), (1024, 700), (1600, 1000), (700, 500)))
        self._begin(f"resize to {width}x{height}")
        self._window.frame.resize(width, height)

    # -- what does not come back before it is answered ----------------------------------------------------------------

    @Slot()
    def answer(self) -> None:
        """Answer a dialog that has an event loop of its own, and let go what is carried."""
        since = self.passing_since
        if since is None or time.monotonic() - since < 0.1:
            return
        # From now on anew: an answer may open what wants one itself.
        self.passing_since = time.monotonic()
        with contextlib.suppress(RuntimeError):
            dialog, menu = QApplication.activeModalWidget(), QApplication.activePopupWidget()
            if menu is not None:
                self._tour.met(menu)
                # It waits within the press, and nobody reaches the dialog behind it.
                self._watch.restart()
                self._answer_menu(menu)
            elif isinstance(dialog, QDialog) and (isinstance(dialog, QMessageBox) or time.monotonic() - since > 0.5):
                self._watch.restart()
                self._tour.met(dialog)
                # A timer does not come while it is answered, and a dialog may answer by one that waits itself.
                QTimer.singleShot(700, self.answer)
                self._answer_dialog(dialog)
            elif self._carried is not None:
                if not self._let_go:
                    self._watch.restart()
                self._let_go = True
                self._release(self._carried)

    def _release(self, window: QWindow) -> None:
        """Let go what is carried, somewhere."""
        at = QPoint(self.draw.randint(0, window.width()), self.draw.randint(0, window.height()))
        QTest.mouseMove(_there(window), at)
        for button in (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton):
            QTest.mouseRelease(_there(window), button, Qt.KeyboardModifier.NoModifier, at)

    def _answer_menu(self, menu: QWidget) -> None:
        if isinstance(menu, QMenu) and (choices := offered(menu)) and self.draw.random() < 0.7:
            action = self._tour.action(self.draw, choices)
            self.doing += f", {name_of(action)}"
            menu.setActiveAction(action)
            QTest.keyClick(menu, Qt.Key.Key_Return)
            return
        keys = [Qt.Key.Key_Down] * self.draw.randint(0, 6)
        for key in (*keys, self.draw.choice((Qt.Key.Key_Return, Qt.Key.Key_Escape))):
            if menu.isVisible():
                QTest.keyClick(menu, key)

    def _answer_dialog(self, dialog: QDialog) -> None:
        buttons = [each for each in dialog.findChildren(QAbstractButton) if each.isVisible() and each.isEnabled()]
        if isinstance(dialog, QMessageBox) and buttons:
            self.draw.choice(buttons).click()
            return
        dialog.reject()


def _there(window: QWindow) -> QWindow:
    """The window, as long as it is seen: what an event has closed or hidden cannot be sent the next one."""
    if window not in QGuiApplication.allWindows() or not window.isVisible():
        raise RuntimeError("the window has gone")
    return window


def _write(field: QWidget, letter: str) -> None:
    """Type a letter; what no key stands for comes as from an input method."""
    if letter.isascii():
        QTest.keyClicks(field, letter)
    else:
        event = QInputMethodEvent()
        event.setCommitString(letter)
        QApplication.sendEvent(field, event)
