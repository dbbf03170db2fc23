"""Runs opened, and trained and stopped, in one window again and again: it stays as it was, and leaves nothing."""

from __future__ import annotations

import os
import random
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QApplication

from latentexplorer.core.config import RunConfig
from latentexplorer.gui.app import Window
from latentexplorer.gui.session.training import IDLE
from latentexplorer.gui.workers.job import Failure

from .common import Order, Tally, memory_mb, open_files, supervised
from .home import SMALL, Home, furnish
from .watch import Watch, left_over

WARM = 0.3
"""A window may still grow in so many of its cycles: what it needs once it has by then."""
MORE_MB, MORE_FILES = 60.0, 3
PATIENCE_S = 60.0


def torture(order: Order) -> Tally:
    """`count` runs opened, and as many trainings."""
    return supervised(order, _cycles)


def _cycles(order: Order, doing: Callable[[str], None]) -> Tally:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    tally = Tally(order)
    with tempfile.TemporaryDirectory(prefix="torture-") as name:
        os.environ["LATENTEXPLORER_HOME"] = name
        app = QApplication.instance() or QApplication(sys.argv[:1])
        assert isinstance(app, QApplication)
        home = furnish(Path(name))
        threads = {each.ident for each in threading.enumerate()}
        windows = set(map(id, app.topLevelWidgets()))
        with Watch(
            lambda what, details: tally.fault(what, order.again(0, order.count), details), order.stall_ms
        ) as watch:
            _Window(order, tally, home, watch, app).run(doing)
        for what in left_over(threads, windows):
            tally.fault(f"left: {what}", order.again(0, order.count))
    return tally


class _Window:
    """The window of all cycles."""

    def __init__(self, order: Order, tally: Tally, home: Home, watch: Watch, app: QApplication) -> None:
        self._order, self._tally, self._home, self._watch = order, tally, home, watch
        self._app = Window(app, home.runs[0])
        self._session = self._app.session
        self._session.failed.connect(self._on_failure)
        self._app.frame.resize(1280, 800)
        self._app.show()
        self._until(lambda: self._app.settled)

    def run(self, doing: Callable[[str], None]) -> None:
        warm: tuple[float, int] | None = None
        for index in self._order.cases():
            draw = self._order.draw(index)
            doing(f"{self._order.again(0, index + 1)}\ncycle {index}")
            self._open(draw)
            self._train(draw)
            self._tally.done += 1
            if warm is None and index >= WARM * self._order.count:
                warm = (memory_mb(), open_files())
        more_mb, more_files = memory_mb() - (warm or (memory_mb(), 0))[0], open_files() - (warm or (0, open_files()))[1]
        self._tally.counts["MB more"], self._tally.counts["files more"] = round(more_mb), more_files
        if more_mb > MORE_MB or more_files > MORE_FILES:
            self._tally.fault(
                "not flat", self._order.again(0, self._order.count), f"{more_mb:.0f} MB, {more_files} files"
            )
        self._app.frame.stop_and_close()
        self._until(lambda: not self._session.busy)
        self._app.frame.close()
        self._app.end()

    def _open(self, draw: random.Random) -> None:
        path = draw.choice([each for each in self._home.runs if each.name != "damaged"])
        self._session.open_run(path)
        self._until(lambda: self._app.settled and self._session.run is not None and self._session.run.path == path)

    def _train(self, draw: random.Random) -> None:
        training = self._session.training
        training.set_draft(RunConfig().updated([*SMALL, "training.epochs=100000"]))
        training.start()
        epochs = draw.randint(1, 4)
        self._until(lambda: training.state == "training" and len(self._session.history) >= epochs)
        training.stop()
        self._until(lambda: training.state == IDLE and self._app.settled)

    def _until(self, condition: Callable[[], bool]) -> None:
        latest = time.monotonic() + PATIENCE_S
        while not condition():
            with self._watch.passing("cycle"):
                QApplication.processEvents()
            time.sleep(0.002)
            if time.monotonic() > latest:
                self._tally.fault("does not come to rest", self._order.again(0, self._tally.done + 1))
                return

    def _on_failure(self, failure: Failure) -> None:
        self._tally.fault(
            f"failure: {failure.message[:120]}", self._order.again(0, self._tally.done + 1), failure.details
        )
