"""The program with a window: from an empty process to a painted window, and back."""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QMessageLogContext, QObject, QTimer, QtMsgType, Signal, Slot, qInstallMessageHandler
from PySide6.QtWidgets import QApplication

from latentexplorer.core.errors import LatentExplorerError
from latentexplorer.core.garbage import in_few_places, keep_few_shapes
from latentexplorer.core.paths import is_file, is_there
from latentexplorer.core.surroundings import settled
from latentexplorer.gui.session.session import Session
from latentexplorer.gui.session.window_settings import Settings
from latentexplorer.gui.style.theme import theme
from latentexplorer.gui.window.example_run import example_run
from latentexplorer.gui.window.main_window import MainWindow
from latentexplorer.gui.window.told_to_end import ToldToEnd
from latentexplorer.gui.workers.garbage import Collector
from latentexplorer.gui.workers.job import Failure

PATIENCE_S = 60.0
LOOK_AGAIN_MS = 100
log = logging.getLogger("latentexplorer.qt")
_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


class NoDisplayError(LatentExplorerError):
    """There is no screen to open a window on."""

    title = "No display"


class Hooks(QObject):
    """Catches what nobody caught, in any thread, and signals it: dialogs are the window's business."""

    caught = Signal(object)

    def install(self) -> None:
        """From now on, until `remove`."""
        self._before = (sys.excepthook, threading.excepthook)
        sys.excepthook = self._on_exception
        threading.excepthook = self._on_thread_exception
        qInstallMessageHandler(_on_qt_message)

    def remove(self) -> None:
        """As it was before."""
        sys.excepthook, threading.excepthook = self._before
        qInstallMessageHandler(None)

    def _on_exception(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            QApplication.quit()
            return
        failure = Failure.of(error)
        log.error("%s", failure.details)
        # Python keeps it for a debugger, and with it all that its calls knew: a window that is closed, say.
        for name in ("last_type", "last_value", "last_traceback", "last_exc"):
            vars(sys).pop(name, None)
        self.caught.emit(failure)

    def _on_thread_exception(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            self._on_exception(args.exc_type, args.exc_value, args.exc_traceback)


def _on_qt_message(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
    log.log(_LEVELS.get(kind, logging.WARNING), "%s", text)


class Window(QObject):
    """A window with its session, from opening to closing."""

    def __init__(self, app: QApplication, run: Path | None = None) -> None:
        super().__init__()
        in_few_places()
        keep_few_shapes()
        self._run = run
        self._begun = False
        self.settings = Settings()
        theme.install(app, str(self.settings["theme"]))
        self.session = Session()
        self.session.jobs.hold()
        self.hooks = Hooks()
        self.hooks.caught.connect(self.session.failed)
        self.hooks.install()
        self.collector = Collector()
        self.frame = MainWindow(self.session, self.settings)
        self.frame.painted.connect(self._on_painted)

    def show(self) -> None:
        """Put it on the screen; the heavy libraries are loaded afterwards."""
        # Else Qt marks the first button, which nobody has gone to.
        self.frame.setFocus()
        self.frame.show()

    @Slot()
    def _on_painted(self) -> None:
        path = self._run or self._remembered() or example_run()
        if path is not None:
            self.session.open_run(path)
        self.session.libraries.load()
        self.session.jobs.release()
        self._begun = True

    @property
    def settled(self) -> bool:
        """Whether the run is open and every pane that can be seen shows what it asked for."""
        session = self.session
        if not self._begun or session.jobs.jobs or session.decoder.busy:
            return False
        decoded = session.run is None or session.current.image_of is session.current.code
        return decoded and not any(pane.waiting for pane in self.frame.panes.values())

    def stay(self) -> int:
        """Stay until it is closed: by a person, or by a signal that tells the process to end, when nobody is asked.

        Returns
        -------
        int
            0; 130 where a signal has closed it, with what trained saved.
        """
        told = ToldToEnd(self)
        told.asked.connect(self.frame.stop_and_close)
        told.pressed.connect(self.frame.closing.drop)
        with told.listening():
            code = QApplication.exec()
        return 130 if told.told else code

    def _remembered(self) -> Path | None:
        last = Path(str(self.settings["last_run"]))
        return last if self.settings["last_run"] and is_file(last / "config.json") else None

    def end(self) -> None:
        """After closing: everything as it was before."""
        self.session.shutdown()
        self.collector.end()
        self.hooks.remove()
        # A window that was not closed would be asked by its docks, as it takes them away, when it is half gone itself.
        self.frame.hide()
        self.frame.deleteLater()
        # What its signals are connected to holds the window, and the window holds it: Python does not see that circle.
        self.session.deleteLater()


def check_display() -> None:
    """A clear word where there is no screen; Qt itself would abort."""
    if os.environ.get("QT_QPA_PLATFORM") or not sys.platform.startswith("linux"):
        return
    if os.environ.get("WAYLAND_DISPLAY"):
        return
    display = os.environ.get("DISPLAY", "")
    todo = "Set DISPLAY or QT_QPA_PLATFORM=offscreen, or use `latentexplorer demo`, which needs no window"
    if not display:
        raise NoDisplayError("There is no display to open a window on", todo)
    number = display.removeprefix(":").split(".")[0]
    if display.startswith(":") and number.isdigit() and not is_there(Path(f"/tmp/.X11-unix/X{number}")):
        raise NoDisplayError(f"The display {display} is not there", todo)


def run_window(
    run: Path | str | None = None, screenshot: Path | str | None = None, quit_after: float | None = None
) -> int:
    """Open the window and stay until it is closed.

    Parameters
    ----------
    run : path or None
        A run to open; None: the last one, else the one that is shipped.
    screenshot : path or None
        A PNG of the window, written before it closes.
    quit_after : float or None
        Close after so many seconds; with `screenshot` alone 5.

    Returns
    -------
    int
        See `Window.stay`.

    Raises
    ------
    NoDisplayError
        Where there is no screen.
    """
    check_display()
    application = QApplication.instance()
    app = application if isinstance(application, QApplication) else QApplication(sys.argv[:1])
    app.setApplicationName("latentexplorer")
    window = Window(app, Path(run) if run is not None else None)
    window.show()
    if screenshot is not None and quit_after is None:
        quit_after = 5.0
    if quit_after is not None:
        farewell = _Farewell(window, screenshot)
        QTimer.singleShot(round(quit_after * 1000), farewell, farewell.say)
    code = window.stay()
    window.end()
    return code


class _Farewell(QObject):
    """Takes the picture, as soon as there is something to be seen, and closes."""

    def __init__(self, window: Window, screenshot: Path | str | None) -> None:
        super().__init__(window)
        self._window, self._screenshot = window, screenshot
        self._latest_s = 0.0
        self._looks = 0

    @Slot()
    def say(self) -> None:
        if self._screenshot is not None and not self._worth_a_picture():
            QTimer.singleShot(LOOK_AGAIN_MS, self, self.say)
            return
        if self._screenshot is not None:
            path = Path(self._screenshot)
            path.parent.mkdir(parents=True, exist_ok=True)
            self._window.frame.grab().save(str(path))
        self._window.frame.stop_and_close()

    def _worth_a_picture(self) -> bool:
        """A picture of a window that is still loading is of no use to anybody; for ever it does not wait."""
        now = time.monotonic()
        self._latest_s = self._latest_s or now + PATIENCE_S
        # Seen twice: by then what the threads had answered has arrived, and nobody has asked for more.
        self._looks = self._looks + 1 if self._window.settled else 0
        return self._looks > 1 or now > self._latest_s


def main(argv: list[str] | None = None) -> int:
    """`latentexplorer-window`: the window, without a terminal."""
    arguments = sys.argv[1:] if argv is None else argv
    with settled():
        try:
            return run_window(arguments[0] if arguments else None)
        except LatentExplorerError as error:
            sys.stderr.write(f"{error}\n")
            return 2
