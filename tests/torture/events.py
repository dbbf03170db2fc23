"""Random events on the real window: mouse, keyboard, wheel, drags, drops, dialogs, while it trains and projects.

A case is a window and the events it is sent, until one of them closes it or there are no more. Choices are
drawn, so a case can be repeated; what threads answer meanwhile comes when it comes.
"""

from __future__ import annotations

import faulthandler
import os
import random
import sys
import tempfile
import threading
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QUrl, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication

from latentexplorer.gui.app import Window
from latentexplorer.gui.session.window_settings import Settings
from latentexplorer.gui.window.workspaces import WORKSPACES
from latentexplorer.gui.workers.job import Failure

from .common import Order, Tally, memory_mb, most_mb, open_files, reset_peak, say, supervised, threads
from .hand import Hand
from .held import FEWEST, Held
from .home import Home, furnish, load_what_is_loaded_once
from .walk import Tour
from .watch import Watch, left_over

A_WINDOW = 500
"""Events that one window is sent at most."""
MUCH_MB, TOLD_MB = 500.0, 100.0
"""Memory taken while one event is answered that is printed, and by how much more it was than ever before. It breaks no
wall: a figure of a hundred million pixels takes four bytes of each several times over."""


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
        before = {each.ident for each in threading.enumerate()}
        windows = set(map(id, app.topLevelWidgets()))
        kept = self._sit(app, events)
        for what in left_over(before, windows):
            self.tell(f"left: {what}", "")
        if alive := [name for name, part in kept.items() if part() is not None]:
            # Whatever of it is held holds all of the others: megabytes for each window.
            self.tell("left: a closed window in memory", ", ".join(alive))

    def _sit(self, app: QApplication, events: int) -> dict[str, weakref.ref[Any]]:
        """The window itself; what must not be there any more when it has been closed."""
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
            before_mb = reset_peak()
            for self._event in range(events):
                self._recent.append(hand.event_of(random.Random(f"{self._order.seed} {self._case} {self._event}")))
                self._tally.add("events")
                self._judge_memory(most_mb(), most_mb() - before_mb)
                before_mb = reset_peak()
                if not window.frame.isVisible():
                    break
                if draw.random() < 0.01:
                    hand.settle(3)
                    self._tour.look_around(window.frame)
            self._tour.look_around(window.frame)
            self._close(window, hand)
            self._tally.add("passes", watch.passes)
            longest_ms = round(watch.longest_s * 1000)
            if longest_ms > self._tally.counts.get("ms longest pass", 0):
                self._tally.counts["ms longest pass"] = longest_ms
                say(f"  longest pass until now: {longest_ms} ms, {watch.longest_kind}")
        parts = {"the frame": window.frame, "the session": window.session} | window.frame.panes
        return {name: weakref.ref(part) for name, part in parts.items()}

    def _judge_memory(self, most_mb: float, more_mb: float) -> None:
        """What was held at most while one event was answered, and by how much more than before."""
        known = self._tally.counts.get("MB at once", 0)
        if more_mb > MUCH_MB or most_mb > known + TOLD_MB:
            self._tally.counts["MB at once"] = max(known, round(most_mb))
            after = " after ".join(self._recent[: -9 if more_mb > MUCH_MB else -2 : -1])
            say(f"  much memory: {most_mb:.0f} MB, {more_mb:.0f} more at {after}")

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
            # Several reports may take minutes: a person who has had enough closes without them.
            for job in window.session.jobs.writing:
                window.session.jobs.cancel(job)
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
    tally, tour, held = Tally(order), Tour(), Held()
    with tempfile.TemporaryDirectory(prefix="torture-") as name:
        os.environ["LATENTEXPLORER_HOME"] = name
        os.environ["HOME"] = name
        before = Path.cwd()
        os.chdir(name)
        app = QApplication.instance() or QApplication(sys.argv[:1])
        swallow = _Swallow()
        QDesktopServices.setUrlHandler("file", swallow, "take")
        home = furnish(Path(name))
        if order.count >= FEWEST * A_WINDOW:
            load_what_is_loaded_once()
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
            before_mb = memory_mb()
            held.look()
            if tally.counts["events"] // 1000 > at:
                at = tally.counts["events"] // 1000
                say(
                    f"  {tally.counts['events']} events: {time.monotonic() - began:.0f} s, {before_mb:.0f} MB, "
                    f"{held}, {open_files()} open files, {threads()} threads"
                )
        QDesktopServices.unsetUrlHandler("file")
        os.chdir(before)
        del app
    if grown := held.grown:
        tally.fault("memory: not flat", order.again(order.first, order.count), grown)
    for what in _outside:
        tally.fault(f"outside: {what}", order.again(order.first))
    tally.done = tally.counts.pop("events", 0)
    tally.add("look-ups", len(_lookups))
    say(f"  {held}, {held.more}")
    say(f"  {len(tour.visits)} kinds of widgets and actions were acted on, {len(tour.missed)} never:")
    for line in tour.missed:
        say(f"    {line}")
    return tally


class _Swallow(QObject):
    """Takes the folders that would be shown by the desktop."""

    @Slot(QUrl)
    def take(self, url: QUrl) -> None:
        pass
