"""Signals that tell the process to end, brought into the window's event loop.

Python answers a signal between two of its own instructions, and a window at rest has none: it stands in Qt's event
loop. So the system's part of the answer writes a byte into a socket that the loop watches.
"""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QObject, QSocketNotifier, Signal, Slot

from latentexplorer.core.ending import STOPS, heard

MANY = 4096


class ToldToEnd(QObject):
    """Says that the process is told to end, in the window's own time.

    Attributes
    ----------
    told : bool
        Whether it was told.

    Signals
    -------
    asked : ()
        To end, and to save what there is. Once.
    pressed : ()
        A person has pressed Ctrl-C once more: it takes too long.
    """

    asked = Signal()
    pressed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.told = False
        self._reading: socket.socket | None = None

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Listen while the block runs; where this is not the main thread, signals are somebody else's business."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        self._reading, writing = socket.socketpair()
        with self._reading, writing, heard(_nothing):
            self._reading.setblocking(False)
            writing.setblocking(False)
            notifier = QSocketNotifier(self._reading.fileno(), QSocketNotifier.Type.Read, self)
            notifier.activated.connect(self._on_signal)
            before = signal.set_wakeup_fd(writing.fileno(), warn_on_full_buffer=False)
            try:
                yield
            finally:
                signal.set_wakeup_fd(before)
                notifier.setEnabled(False)
                notifier.deleteLater()

    @Slot()
    def _on_signal(self) -> None:
        assert self._reading is not None
        # A byte a signal, which is its number; also of those that others listen to.
        for number in self._reading.recv(MANY):
            if number not in STOPS:
                continue
            if not self.told:
                self.told = True
                self.asked.emit()
            elif number == signal.SIGINT:
                self.pressed.emit()


def _nothing(number: int, frame: object) -> None:
    """What is done is done by whoever reads the socket."""
