"""Runs that another process trains, deleted, moved, replaced or ended under it, while a window follows them."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from .common import Order, Tally, supervised
from .home import RUNS, SMALL, furnish
from .process import Process, load

WAYS = ("delete", "move", "replace", "kill", "finish")
PATIENCE_S = 60.0


def torture(order: Order) -> Tally:
    """`count` runs that are followed."""
    return supervised(order, _follows)


def _follows(order: Order, doing: Callable[[str], None]) -> Tally:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    tally = Tally(order)
    load()
    with tempfile.TemporaryDirectory(prefix="torture-") as name:
        folder = Path(name)
        os.environ["LATENTEXPLORER_HOME"] = name
        made = furnish(folder / "made", ["vae plane"]).runs[0]
        for index in order.cases():
            doing(f"{order.again(index)}\nfollow")
            # The trainer parts before there is a window: a process with threads cannot.
            way = order.draw(index).choice(WAYS)
            run = folder / f"run {index}"
            epochs = 40 if way == "finish" else 100_000
            changes = ["--set", *SMALL, *RUNS["vae plane"], f"training.epochs={epochs}"]
            process = Process(["train", "--preset", "digits-vae", "--out", str(run), *changes], folder / "said.txt")
            watcher = os.fork()
            if watcher == 0:
                os._exit(_watch(order, index, run, way, process.number, made))
            code = os.waitstatus_to_exitcode(os.waitpid(watcher, 0)[1])
            if code:
                tally.fault(f"{way}: the window ends with {code}", order.again(index))
            _look(order, index, run, way, process, made, tally)
            tally.done += 1
            tally.add(way)
    return tally


def _look(order: Order, index: int, run: Path, way: str, process: Process, made: Path, tally: Tally) -> None:
    """What the trainer said and left."""
    process.send("INT")
    code = process.wait()
    again = order.again(index)
    if "Traceback" in process.said:
        tally.fault(f"{way}: the trainer ends with a traceback", again, process.said[-2000:])
    if way == "replace" and _content(run) != _content(made):
        now, then = _content(run), _content(made)
        other = sorted(name for name in now.keys() | then.keys() if now.get(name) != then.get(name))
        tally.fault(
            "replace: what was put in its place was written to", again, f"{', '.join(other)}\n{process.said[-500:]}"
        )
    if way == "delete" and run.exists():
        tally.fault("delete: it came back", again, str(list(run.iterdir())))
    if way == "finish" and code not in (0, 130):
        tally.fault(f"finish: the trainer ends with {code}", again, process.said[-500:])


def _content(folder: Path) -> dict[str, str]:
    return {
        str(each.relative_to(folder)): hashlib.sha256(each.read_bytes()).hexdigest()
        for each in sorted(folder.rglob("*"))
        if each.is_file() and each.name != ".lock"
    }


def _watch(order: Order, index: int, run: Path, way: str, trainer: int, made: Path) -> int:
    """The window, in a process of its own: follow, break, look whether it goes on; how many faults there were."""
    from PySide6.QtWidgets import QApplication

    from latentexplorer.gui.app import Window

    from .watch import Watch, left_over

    tally = Tally(order)
    app = QApplication(sys.argv[:1])
    threads, windows = {each.ident for each in threading.enumerate()}, set(map(id, app.topLevelWidgets()))
    with Watch(lambda what, details: tally.fault(what, order.again(index), details), order.stall_ms) as watch:

        def until(condition: Callable[[], bool], patience_s: float = PATIENCE_S) -> bool:
            latest = time.monotonic() + patience_s
            while not condition() and time.monotonic() < latest:
                with watch.passing(way):
                    app.processEvents()
                time.sleep(0.005)
            return condition()

        if not until((run / "history.csv").is_file):
            tally.fault("the trainer does not begin", order.again(index))
        window = Window(app, run)
        session = window.session
        session.failed.connect(lambda failure: _judge(failure, tally, order, index))
        window.show()
        if not until(lambda: session.run is not None and len(session.history) >= 2):
            tally.fault("does not follow", order.again(index))
        _break(run, way, trainer, made)
        until(lambda: False, 2.0)
        window.frame.stop_and_close()
        until(lambda: not session.busy)
        window.frame.close()
        window.end()
    for what in left_over(threads, windows):
        tally.fault(f"left: {what}", order.again(index))
    return len(tally.faults)


def _judge(failure: object, tally: Tally, order: Order, index: int) -> None:
    if getattr(failure, "title", "") == "Something went wrong":
        tally.fault(
            f"exception: {getattr(failure, 'message', '')}", order.again(index), getattr(failure, "details", "")
        )


def _break(run: Path, way: str, trainer: int, made: Path) -> None:
    if way == "delete":
        while run.exists():
            shutil.rmtree(run, ignore_errors=True)
    elif way in ("move", "replace"):
        run.rename(run.with_name(f"{run.name} moved"))
        if way == "replace":
            shutil.copytree(made, run)
    elif way == "kill":
        os.kill(trainer, 9)
