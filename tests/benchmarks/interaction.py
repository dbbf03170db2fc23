"""The real window under Xvfb while `ad-128` trains in it: clicks, slider steps, panning, and what they cost.

    python -m tests.benchmarks.interaction

In `--repeats` rounds: the training of the window is paused and the same training runs alone in a process without a
window; then it goes on in the window with nobody touching it; then somebody clicks points of the map (200 in all) and
drags a traversal slider (300 steps in all), by mouse events that Qt's widgets get, the real pointer going along. At the
end a run of 60,000 codes is opened while the training goes on, and its map is dragged about for 10 s.

* A click's latency: from the release of the button to the window with the clicked image's decode handed to the screen.
* Event loop: how much later than 5 ms a timer of 5 ms comes, over all that somebody does.
* Panning: drawings of the map a second, the pointer moving 125 times a second.
* Training speed: images a second, from the trainer's own reports of how far it is, beside that of the training alone.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import threading
import time
from contextlib import nullcontext
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.config import RunConfig
from latentexplorer.core.events import TrainingProgress
from latentexplorer.core.presets import preset
from latentexplorer.runs import Trained
from tests.benchmarks.bench import ROOT, Options, Row, limit_row, median, percentile, run, say

CLICKS, SLIDER_STEPS, PANNING_S = 200, 300, 10.0
QUIET_S = 12.0
LEFT_ALONE_S = 3.0
"""After so long without a touch the program takes all cores again."""
CLICK_MS, LATE_MS, LATEST_MS, FRAMES = 33.0, 16.0, 100.0, 30.0


def measure(options: Options) -> list[Row]:
    """Everything, in one window."""
    from tests.benchmarks.window import NO_DISPLAY, Desk, display

    if options.extra.alone:
        print(json.dumps(_alone(options)))
        raise SystemExit(0)
    with nullcontext("off screen") if options.extra.offscreen else display() as screen:
        if not screen:
            return [Row("interaction", note=NO_DISPLAY)]
        if options.extra.offscreen:
            os.environ["QT_QPA_PLATFORM"] = "offscreen"
        many = _many_codes(options)
        with Desk() as desk:
            return _Session(desk, many, options, screen).rows()


def _config(options: Options) -> RunConfig:
    small = options.pick([], ["data.train_per_class=20", "data.test_per_class=4"])
    return preset("ad-128").config(["training.epochs=100000", *small], root=options.data_root)


def _many_codes(options: Options) -> Trained:
    from tests.benchmarks.our_training import kept_run

    changes = ["data.name=fashion-mnist", "training.epochs=1", *options.pick([], ["data.limit=3000"])]
    return kept_run(preset("vae-2").config(changes, root=options.data_root), options)


def _alone(options: Options) -> dict[str, Any]:
    """The training without a window, in this process, for a while."""
    from latentexplorer.data import load_data
    from latentexplorer.runs import RunFolder
    from latentexplorer.training import train

    config, stop, speed = _config(options), StopToken(), _Speed()
    timer = threading.Timer(0, stop.request)

    def listen(event: Any) -> None:
        nonlocal timer
        if isinstance(event, TrainingProgress):
            if not speed.reports:
                timer = threading.Timer(options.extra.alone, stop.request)
                timer.start()
            speed.hear(event)

    folder = RunFolder.create(options.home / "alone", config)
    train(folder, load_data(config.data), emit=listen, stop=stop)
    timer.cancel()
    return {"part_per_s": speed.part_per_s, "format": _format(folder.path)}


def _format(path: Path) -> str:
    """The number format that a run chose."""
    from latentexplorer.runs import RunFolder
    from latentexplorer.training.numerics import Numerics
    from tests.benchmarks.our_training import format_of

    return format_of(Numerics(**RunFolder.open(path).environment["numerics"]))


class _Speed:
    """How fast a training goes, from its reports."""

    def __init__(self) -> None:
        self.reports: list[tuple[float, float]] = []

    def hear(self, event: Any) -> None:
        if isinstance(event, TrainingProgress):
            self.reports.append((time.perf_counter(), event.fraction))

    @property
    def part_per_s(self) -> float:
        """Part of the whole training done in a second."""
        if len(self.reports) < 2:
            return math.nan
        (begin, first), (end, last) = self.reports[0], self.reports[-1]
        return (last - first) / (end - begin)


class _Session:
    """One sitting in front of the window."""

    def __init__(self, desk: Any, many: Trained, options: Options, screen: str) -> None:
        from PySide6.QtWidgets import QSlider

        from tests.benchmarks.window import Frames, Pulse

        self.desk, self.many, self.options, self.screen = desk, many, options, screen
        self.session = desk.session
        self.pulse = Pulse()
        self.slider_kind = QSlider
        self.decoded = desk.find("decoded_image")
        self.frames = Frames(self.decoded, lambda: self.decoded.code)
        self.speed = _Speed()
        self.session.training.progress.connect(self._on_progress)
        self.formats: dict[str, str] = {}
        self.clicks: list[float] = []
        self.moves: list[float] = []
        self.speeds: dict[str, list[float]] = {"alone": [], "quiet": [], "touched": []}
        self.rng = np.random.default_rng(0)

    def _on_progress(self, event: Any) -> None:
        self.speed.hear(event)

    def rows(self) -> list[Row]:
        """The sitting, and what came of it."""
        desk, options = self.desk, self.options
        self.session.training.start(_config(options))
        desk.until(lambda: len(self.session.history) >= 1 and self.session.snapshots.following)
        desk.until(lambda: self.session.run is not None and self.session.run.path == self.session.training.path)
        self.formats["window"] = _format(self.session.training.path)
        for name in ("map", "decoded", "traversal"):
            desk.frame.show_pane(name)
        for number in range(options.repeats):
            self._round()
            say(f"round {number + 1} of {options.repeats}")
        fps, slowest = self._panning()
        return self._results(fps, slowest)

    def _round(self) -> None:
        options = self.options
        self.session.training.pause()
        self.desk.wait(300)
        self.speeds["alone"].append(self._run_alone())
        self.session.training.unpause()
        quiet_s = options.pick(QUIET_S, 2.0)
        self.desk.wait(int(1000 * options.pick(LEFT_ALONE_S, 0.5)))
        self.speeds["quiet"].append(self._during(lambda: self.desk.wait(int(1000 * quiet_s))))
        share = max(options.repeats, 1)
        clicks = options.pick(CLICKS // share, 5)
        steps = options.pick(SLIDER_STEPS // share, 10)

        def touch() -> None:
            self.pulse.start()
            self.desk.perform(self._click_about(clicks))
            self.desk.perform(self._drag_slider(steps))
            self.pulse.stop()

        self.speeds["touched"].append(self._during(touch))

    def _run_alone(self) -> float:
        command = [sys.executable, "-m", "tests.benchmarks.interaction", "--alone"]
        command += [str(self.options.pick(QUIET_S, 2.0)), *["--quick"] * self.options.quick]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        self.desk.until(lambda: process.poll() is not None, patience_s=300)
        answer, _ = process.communicate()
        found = json.loads(answer)
        self.formats["alone"] = str(found["format"])
        return float(found["part_per_s"])

    def _during(self, what: Any) -> float:
        """Speed of the training while something goes on."""
        self.speed.reports.clear()
        what()
        return self.speed.part_per_s

    # -- what a person does -------------------------------------------------------------------------------------------

    def _click_about(self, count: int) -> Any:
        """Click points of the map, and look at what each decodes to."""
        from PySide6.QtCore import QRectF

        from tests.benchmarks.window import Pointer, looking

        pane = self.desk.frame.panes["map"]
        pointer = Pointer(pane.plot.viewport())
        self.frames.shown.clear()
        for _ in range(count):
            area = QRectF(pane.plot.viewport().rect()).adjusted(6, 6, -6, -6)
            row, place = self._another_point(pane, area)
            pointer.move(place)
            yield 30
            # The map follows the training: the point may have moved meanwhile.
            row = pane.plot.row_at(place.toPointF())
            if row < 0:
                continue
            wanted = (pane.result.part, int(pane.result.index[row]))
            pointer.press(place)
            yield 60
            self.frames.shown.clear()
            begin = time.perf_counter()
            pointer.release(place)
            clicked = self.session.current.code
            if clicked is None or (clicked.part, clicked.index) != wanted:
                continue
            image = _ImageOf(clicked)
            yield from looking(self.frames, image)
            shown = self.frames.when(image)
            self.clicks.append(math.inf if shown is None else 1e3 * (shown - begin))

    def _another_point(self, pane: Any, area: Any) -> tuple[int, Any]:
        """A point of the map in sight whose image is not the current one, and where it is."""
        while True:
            row = int(self.rng.integers(len(pane.result.index)))
            place = pane.scene_position(row)
            found = pane.plot.row_at(place.toPoint().toPointF())
            current = self.session.current.code
            if area.contains(place) and found >= 0:
                index = int(pane.result.index[found])
                if current is None or (current.part, current.index) != (pane.result.part, index):
                    return found, place.toPoint()

    def _drag_slider(self, count: int) -> Any:
        """Drag the first slider of the traversal to and fro, 33 steps a second."""
        from PySide6.QtCore import QPoint

        from tests.benchmarks.window import Pointer

        pane = self.desk.frame.panes["traversal"]
        slider = self.desk.frame.findChild(self.slider_kind, f"traversal_slider_{pane.rows.order[0]}")
        pointer = Pointer(slider)
        room, middle = slider.width() - 24, slider.height() // 2
        asked: list[tuple[float, Any]] = []
        self.frames.shown.clear()
        pointer.press(QPoint(12 + room // 2, middle))
        for number in range(count):
            at = QPoint(12 + round(room * (0.5 + 0.45 * math.sin(number / 12))), middle)
            begin = time.perf_counter()
            before = self.session.current.code
            pointer.move(at)
            if self.session.current.code is not before:
                asked.append((begin, self.session.current.code))
            yield 30
        pointer.release(QPoint(12 + room // 2, middle))
        yield 200
        for begin, code in asked:
            shown = self.frames.when(code)
            # A step that a later one overtook is not shown: only the newest matters to the eye.
            if shown is not None:
                self.moves.append(1e3 * (shown - begin))

    def _panning(self) -> tuple[float, float]:
        """Drawings a second of the map of many points while it is dragged, and the longest time between two, in ms."""
        from PySide6.QtCore import QPoint

        from tests.benchmarks.window import RIGHT, Frames, Pointer

        desk = self.desk
        desk.open_run(self.many.path)
        pane = desk.frame.panes["map"]
        desk.until(lambda: pane.result is not None and len(pane.result.index) == len(self.many.codes_of("train")))
        desk.settle()
        viewport = pane.plot.viewport()
        frames, pointer = Frames(viewport), Pointer(viewport)
        middle, radius = viewport.rect().center(), min(viewport.width(), viewport.height()) // 5
        seconds = self.options.pick(PANNING_S, 1.0)
        frames.shown.clear()

        def drag() -> Any:
            pointer.press(middle, RIGHT)
            begin = time.perf_counter()
            while (passed := time.perf_counter() - begin) < seconds:
                turn = 2 * math.pi * passed / 2
                pointer.move(middle + QPoint(round(radius * math.sin(turn)), round(radius * (1 - math.cos(turn)))))
                yield 8
            pointer.release(middle)

        self.pulse.start()
        desk.perform(drag())
        self.pulse.stop()
        times = [when for when, _ in frames.shown]
        gaps = [after - before for before, after in pairwise(times)]
        return len(gaps) / sum(gaps), 1e3 * max(gaps)

    # -- what came of it ----------------------------------------------------------------------------------------------

    def _results(self, fps: float, slowest: float) -> list[Row]:
        many = len(self.many.codes_of("train"))
        late = self.pulse.late_ms
        if not self.clicks:
            raise SystemExit("no click hit a point of the map")
        missing = sum(math.isinf(click) for click in self.clicks)
        clicks = limit_row("interaction clicks, 99 % shown", "ms", percentile(self.clicks, 99), CLICK_MS)
        clicks.note = (
            f"{len(self.clicks)} clicks, {missing} never shown; median {median(self.clicks):.1f} ms, "
            f"{sum(click <= CLICK_MS for click in self.clicks) / len(self.clicks):.1%} within {CLICK_MS:g} ms; "
            f"{self.screen}"
        )
        rows = [clicks]
        if self.moves:
            note = f"{len(self.moves)} shown; 99 % {percentile(self.moves, 99):.1f} ms; overtaken steps are not shown"
            rows.append(Row("interaction slider steps, median", "ms", median(self.moves), note=note))
        rows += [
            limit_row(
                "interaction event loop, 99 % late by", "ms", percentile(late, 99), LATE_MS, f"{len(late)} ticks"
            ),
            limit_row("interaction event loop, latest", "ms", max(late), LATEST_MS),
            limit_row(
                f"interaction panning over {many:,} points",
                "frames/s",
                fps,
                FRAMES,
                f"longest time between two frames {slowest:.0f} ms",
                at_least=True,
            ),
        ]
        images = _config(self.options).training.epochs * self.options.pick(1000, 200)
        alone = median(self.speeds["alone"])
        for name, goal in (("quiet", 0.9), ("touched", 0.45)):
            mine = median(self.speeds[name])
            what = "nobody touching the window" if name == "quiet" else "somebody using the window"
            formats = " and ".join(f"{where} {text}" for where, text in self.formats.items())
            note = f"baseline: the same training alone, without a window; {self._pairs(name)}; {formats}"
            rows.append(
                Row(
                    f"interaction training, {what}",
                    "images/s",
                    mine * images,
                    alone * images,
                    mine / alone,
                    f"at least {goal:g}x",
                    mine >= goal * alone,
                    note,
                )
            )
        return rows

    def _pairs(self, name: str) -> str:
        pairs = sorted(one / other for one, other in zip(self.speeds[name], self.speeds["alone"], strict=True))
        return f"pairs {pairs[0]:.2f} to {pairs[-1]:.2f}"


class _ImageOf:
    """Equal to every code of the same image: while it trains the code of an image moves, and is decoded anew."""

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, code: Any) -> None:
        self._image = (code.part, code.index)

    def __eq__(self, other: object) -> bool:
        return (getattr(other, "part", None), getattr(other, "index", None)) == self._image


def _add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--alone", type=float, metavar="SECONDS", default=0.0, help=argparse.SUPPRESS)
    parser.add_argument("--offscreen", action="store_true", help="draw the window off screen, also where a display is")


if __name__ == "__main__":
    sys.exit(run(__doc__, measure, _add))
