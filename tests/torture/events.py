"""Random events on the real window: mouse, keyboard, wheel, drags, drops, dialogs, while it trains and projects.

A case is a window and the events it is sent, until one of them closes it or there are no more. Choices are
drawn, so a case can be repeated; what threads answer meanwhile comes when it comes.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import random
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from PySide6.QtCore import QMimeData, QObject, QPoint, QPointF, Qt, QTimer, QUrl, Slot
from PySide6.QtGui import (
    QDesktopServices,
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
    QInputDialog,
    QLineEdit,
    QMessageBox,
    QWidget,
)

from latentexplorer.gui.app import Window
from latentexplorer.gui.session.training import IDLE
from latentexplorer.gui.session.window_settings import Settings
from latentexplorer.gui.window.workspaces import WORKSPACES
from latentexplorer.gui.workers.job import Failure

from .common import Order, Tally, memory_mb, open_files, say, supervised
from .home import Home, furnish
from .walk import Tour, actions, kind_of, name_of, point, seen, surface
from .watch import Watch, left_over

A_WINDOW = 500
"""Events that one window is sent at most."""
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

    # -- the ways -----------------------------------------------------------------------------------------------------

    def _target(self) -> tuple[QWidget, QWindow, QPoint]:
        """A widget, the window it is in, and a place in both."""
        within = surface(self._window.frame, self.draw)
        widget = self._tour.widget(self.draw, seen(within))
        inside = point(self.draw, widget)
        handle = within.windowHandle() or self._window.frame.windowHandle()
        return widget, handle, widget.mapTo(widget.window(), inside)

    def _click(self) -> None:
        widget, window, at = self._target()
        button, keys = self.draw.choice(BUTTONS), self.draw.choice(MODIFIERS)
        self.doing = f"{button.name} at {at.x()},{at.y()} {kind_of(widget)}"
        self.begun(self.doing)
        if self.draw.random() < 0.12:
            QTest.mouseDClick(_there(window), button, keys, at)
        else:
            QTest.mouseMove(_there(window), at)
            QTest.mouseClick(_there(window), button, keys, at)

    def _act(self) -> None:
        """One of the actions that are offered now, by its keys where it has some."""
        frame = self._window.frame
        if QApplication.activePopupWidget() or QApplication.activeModalWidget():
            self._press()
            return
        action = self._tour.action(self.draw, [each for each in actions(frame) if each.isEnabled()])
        self.doing = name_of(action)
        self.begun(self.doing)
        keys = action.shortcut()
        if keys.count() and self.draw.random() < 0.7:
            QTest.keyClick(frame.windowHandle(), keys[0].key(), keys[0].keyboardModifiers())
        else:
            action.trigger()

    def _drag(self) -> None:
        widget, window, start = self._target()
        where = self._target()[2] if self.draw.random() < 0.4 else start + QPoint(*self._far())
        button = self.draw.choice(BUTTONS[:-1])
        self.doing = f"drag {button.name} {start.x()},{start.y()} to {where.x()},{where.y()} {kind_of(widget)}"
        QTest.mouseMove(_there(window), start)
        QTest.mousePress(_there(window), button, self.draw.choice(MODIFIERS), start)
        self._carried, self._let_go = window, False
        steps = self.draw.randint(1, 6)
        for i in range(1, steps + 1):
            if self._let_go:
                break
            QTest.mouseMove(_there(window), start + (where - start) * (i / steps))
            if self.draw.random() < 0.3:
                QApplication.processEvents()
        self._carried = None
        if not self._let_go:
            QTest.mouseRelease(_there(window), button, Qt.KeyboardModifier.NoModifier, where)

    def _far(self) -> tuple[int, int]:
        return self.draw.randint(-300, 300), self.draw.randint(-200, 200)

    def _wheel(self) -> None:
        widget, window, at = self._target()
        keys = self.draw.choice(MODIFIERS)
        self.doing = f"wheel {kind_of(widget)}"
        for _ in range(self.draw.randint(1, 4)):
            turn = QPoint(0, self.draw.choice((-240, -120, 120, 240, 15)))
            QTest.wheelEvent(_there(window), QPointF(at), turn, QPoint(), keys)

    def _press(self) -> None:
        focused = QApplication.focusWidget()
        key, keys = self.draw.choice(KEYS), self.draw.choice(MODIFIERS)
        where = f" in {kind_of(focused)}" if focused is not None else ""
        within = surface(self._window.frame, self.draw)
        if within is not self._window.frame:
            # QTest lets the modifier go in the window that had the key, also where the key has closed it.
            keys = Qt.KeyboardModifier.NoModifier
        self.doing = f"{keys.name} {key.name}{where}"
        self.begun(self.doing)
        window = within.windowHandle() or self._window.frame.windowHandle()
        for _ in range(self.draw.choice((1, 1, 1, 4))):
            QTest.keyClick(_there(window), key, keys)

    def _type(self) -> None:
        """A text into a field."""
        within = surface(self._window.frame, self.draw)
        fields = [each for each in seen(within) if isinstance(each, (QLineEdit, QAbstractSpinBox, QComboBox))]
        if not fields:
            self._press()
            return
        field, text = self._tour.widget(self.draw, fields), self.draw.choice(TEXTS)
        self.doing = f"type {text[:30]!r} into {kind_of(field)}"
        field.setFocus()
        if isinstance(field, (QLineEdit, QAbstractSpinBox)):
            field.selectAll()
        _write(field, text)
        if self.draw.random() < 0.6:
            QTest.keyClick(field, self.draw.choice((Qt.Key.Key_Return, Qt.Key.Key_Tab, Qt.Key.Key_Escape)))

    def _drop(self) -> None:
        frame = self._window.frame
        if QApplication.activeModalWidget() is not None:
            self._press()
            return
        among = [frame, *(each for each in seen(frame) if each.acceptDrops())]
        widget = self._tour.widget(self.draw, among)
        files = self.draw.sample(self._home.files, self.draw.choice((1, 1, 1, 2)))
        self.doing = f"drop {', '.join(each.name for each in files)} on {kind_of(widget)}"
        content = QMimeData()
        content.setUrls([QUrl.fromLocalFile(str(each)) for each in files])
        at, copy = point(self.draw, widget), Qt.DropAction.CopyAction
        left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        enters = QDragEnterEvent(at, copy, content, left, none)
        QApplication.sendEvent(widget, enters)
        if enters.isAccepted():
            QApplication.sendEvent(widget, QDragMoveEvent(at, copy, content, left, none))
            QApplication.sendEvent(widget, QDropEvent(QPointF(at), copy, content, left, none))

    def _resize(self) -> None:
        width, height = self.draw.choice(((1280, 800), (1024, 700), (1600, 1000), (700, 500)))
        self.doing = f"resize to {width}x{height}"
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
            dialog = QApplication.activeModalWidget()
            if isinstance(dialog, QDialog) and (_waits_itself(dialog) or time.monotonic() - since > 0.5):
                self._watch.restart()
                # A timer does not come while it is answered, and a dialog may answer by one that waits itself.
                QTimer.singleShot(700, self.answer)
                self._answer_dialog(dialog)
            elif QApplication.activePopupWidget() is not None:
                # The menu of a button: it waits within the press.
                self._watch.restart()
                self._answer_menu(QApplication.activePopupWidget())
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
        keys = [Qt.Key.Key_Down] * self.draw.randint(0, 6)
        for key in (*keys, self.draw.choice((Qt.Key.Key_Return, Qt.Key.Key_Escape))):
            if menu.isVisible():
                QTest.keyClick(menu, key)

    def _answer_dialog(self, dialog: QDialog) -> None:
        buttons = [each for each in dialog.findChildren(QAbstractButton) if each.isVisible() and each.isEnabled()]
        if isinstance(dialog, QMessageBox) and buttons:
            self.draw.choice(buttons).click()
            return
        field = dialog.findChild(QLineEdit) if _waits_itself(dialog) else None
        if field is None or self.draw.random() < 0.3:
            dialog.reject()
            return
        chosen = str(self.draw.choice(self._home.files)) if isinstance(dialog, QFileDialog) else "2"
        self.doing += f", {type(dialog).__name__}: {chosen}"
        field.setText(chosen)
        QTest.keyClick(field, Qt.Key.Key_Return)
        if dialog.isVisible():
            dialog.reject()


def _there(window: QWindow) -> QWindow:
    """The window, as long as there is one: what an event has closed cannot be sent the next one."""
    if window not in QGuiApplication.allWindows():
        raise RuntimeError("the window has gone")
    return window


def _waits_itself(dialog: QDialog) -> bool:
    """Whether it is a dialog of Qt's that the window waits for, more often than not."""
    return isinstance(dialog, (QFileDialog, QInputDialog, QMessageBox))


def _write(field: QWidget, text: str) -> None:
    """Type a text; what no key stands for comes as from an input method."""
    for letter in text:
        if letter.isascii():
            QTest.keyClicks(field, letter)
        else:
            event = QInputMethodEvent()
            event.setCommitString(letter)
            QApplication.sendEvent(field, event)


class Sitting:
    """One window, from opening to closing, and what is found in between."""

    def __init__(
        self, order: Order, case: int, home: Home, tour: Tour, tally: Tally, doing: Callable[[str], None]
    ) -> None:
        self._order, self._case, self._home, self._tour, self._tally = order, case, home, tour, tally
        self._recent: list[str] = []
        self._doing = doing
        self._event = 0

    def tell(self, what: str, details: str) -> None:
        """A fault: with the events that came before it."""
        again = self._order.again(self._case, self._event + 1)
        before = "\n".join(self._recent[-8:])
        self._tally.fault(what, again, f"{details}\nafter:\n{before}")

    def _begun(self, what: str) -> None:
        self._doing(f"{self._order.again(self._case, self._event + 1)}\n{what}")

    def run(self, events: int) -> None:
        """Open, send events, close, look at what is left."""
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        threads = {each.ident for each in threading.enumerate()}
        windows = set(map(id, app.topLevelWidgets()))
        draw = self._order.draw(self._case)
        Settings()["workspace"] = draw.choice(list(WORKSPACES))
        with Watch(self.tell, self._order.stall_ms) as watch:
            window = Window(app, draw.choice(self._home.runs))
            window.session.failed.connect(self._on_failure)
            hand = Hand(window, self._home, self._tour, watch)
            hand.begun = self._begun
            window.frame.resize(1280, 800)
            window.show()
            hand.settle()
            for self._event in range(events):
                self._recent.append(hand.event_of(random.Random(f"{self._order.seed} {self._case} {self._event}")))
                self._tally.add("events")
                if not window.frame.isVisible():
                    break
                if draw.random() < 0.01:
                    hand.settle(3)
            self._close(window, hand)
            self._tally.add("passes", watch.passes)
            self._tally.counts["ms longest pass"] = max(
                self._tally.counts.get("ms longest pass", 0), round(watch.longest_s * 1000)
            )
        for what in left_over(threads, windows):
            self.tell(f"left: {what}", "")

    def _close(self, window: Window, hand: Hand) -> None:
        """As a person closes it: whatever is in front is closed first, what is under way is stopped."""
        hand.doing = "close"
        for _ in range(20):
            front = QApplication.activePopupWidget() or QApplication.activeModalWidget()
            if front is None:
                break
            front.close()
            hand.turn()
        window.frame.stop_and_close()
        if not hand.settle():
            busy = [job.title for job in window.session.jobs.jobs]
            self.tell("window: does not come to rest", f"{busy}, training {window.session.training.state}")
        window.frame.close()
        hand.settle(1)
        hand.end()
        window.end()

    def _on_failure(self, failure: Failure) -> None:
        """What a person is told: a refusal is sound, anything else is a fault."""
        self._tally.add("refusals")
        if failure.title in ("Something went wrong", "Out of memory"):
            lines = [line for line in failure.details.strip().splitlines() if line.strip()]
            at = [line.strip() for line in lines if line.strip().startswith("File") and "/latentexplorer/" in line]
            self.tell(f"exception: {lines[-1][:160]} {at[-1] if at else ''}", failure.details)
        elif "\n" in failure.message or len(failure.message) > 1000:
            self.tell(f"message: {failure.message[:80]!r}", failure.message[:3000])


def no_network(name: str, arguments: tuple[object, ...]) -> None:
    """An audit hook: nothing here may start anything or unpickle; names are looked up for downloads only."""
    if name == "socket.getaddrinfo":
        _lookups.append(str(arguments[0]))
    elif name == "subprocess.Popen" and arguments[0] == "fc-list":
        # matplotlib asks once which fonts there are.
        _lookups.append("fc-list")
    elif name == "pickle.find_class" and any("/numba/" in place for place in _way()):
        # numba reads the code that it compiled for UMAP from its own cache.
        _lookups.append("numba")
    elif name in ("socket.connect", "subprocess.Popen", "os.system", "pickle.find_class"):
        _outside.append(f"{name} {str(arguments)[:200]} in {' < '.join(_way()[:8])}")


def _way() -> list[str]:
    """The files and lines on the way to what is asked for now, the nearest first.

    Frames are walked by hand: where `traceback.walk_stack` begins differs between versions of Python, and where it
    begins two frames late it misses numba's only one.
    """
    places: list[str] = []
    frame = sys._getframe(2)
    while frame is not None:
        places.append(f"{frame.f_code.co_filename}:{frame.f_lineno}")
        frame = frame.f_back
    return places


_outside: list[str] = []
_lookups: list[str] = []


def torture(order: Order) -> Tally:
    """`count` events, in as many windows as they need."""
    return supervised(order, _events)


def _events(order: Order, doing: Callable[[str], None]) -> Tally:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    faulthandler.enable()
    tally, tour = Tally(order), Tour()
    with tempfile.TemporaryDirectory(prefix="torture-") as name:
        os.environ["LATENTEXPLORER_HOME"] = name
        os.environ["HOME"] = name
        before = Path.cwd()
        os.chdir(name)
        app = QApplication.instance() or QApplication(sys.argv[:1])
        swallow = _Swallow()
        QDesktopServices.setUrlHandler("file", swallow, "take")
        home = furnish(Path(name))
        sys.addaudithook(no_network)
        began, at = time.monotonic(), 0
        case = order.first
        while tally.counts.get("events", 0) < order.count:
            if order.minutes is not None and time.monotonic() - began > 60 * order.minutes:
                break
            Sitting(order, case, home, tour, tally, doing).run(
                min(A_WINDOW, order.count - tally.counts.get("events", 0))
            )
            case += 1
            if tally.counts["events"] // 1000 > at:
                at = tally.counts["events"] // 1000
                say(f"  {tally.counts['events']} events: {memory_mb():.0f} MB, {open_files()} open files")
        QDesktopServices.unsetUrlHandler("file")
        os.chdir(before)
        del app
    for what in _outside:
        tally.fault(f"outside: {what}", order.again(order.first))
    tally.done = tally.counts.pop("events", 0)
    tally.add("look-ups", len(_lookups))
    say(f"  {len(tour.visits)} kinds of widgets and actions were acted on")
    return tally


class _Swallow(QObject):
    """Takes the folders that would be shown by the desktop."""

    @Slot(QUrl)
    def take(self, url: QUrl) -> None:
        pass
