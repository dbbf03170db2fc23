"""Every instrument of the real window, opened, used and left while a model trains: what it costs the window's thread.

    python -m tests.benchmarks.instruments [--only NAME ...] [--where many wide live] [--pictures FOLDER]
                                            [--trace] [--stops]

Three windows: `many`, a run of 60,000 codes, and `wide`, a run whose codes have 128 numbers, while another model
trains; `live`, the run that trains itself. What cannot be done while something trains is done when it has ended.

A row is an instrument: the longest turn of the event loop in processor time of the window's own thread, which is at
most 50 ms, beside that of each of its three parts. Where a turn is longer the note says on what it was spent. Without
a display the window is drawn off screen.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from latentexplorer.core.config import RunConfig
from latentexplorer.core.presets import preset
from tests.benchmarks.bench import Options, Row, limit_row, percentile, run, say

if TYPE_CHECKING:
    from tests.benchmarks.hand import Hand
    from tests.benchmarks.passes import Passes
    from tests.benchmarks.uses import Instrument
    from tests.benchmarks.window import Desk, Steps

SIZE_PX = 1280, 800
PARTS = ("opened", "used", "left")
MANY, WIDE, LIVE = "many", "wide", "live"
_CLOTHES = ("data.name=fashion-mnist", "model.hidden=[128, 64]", "training.snapshots=4")
_RUNS: dict[str, tuple[str, ...]] = {
    MANY: (*_CLOTHES, "model.family=vae", "model.latent_dim=10", "training.epochs=2"),
    WIDE: (*_CLOTHES, "data.limit=3000", "model.family=vae", "model.latent_dim=128", "training.epochs=4"),
    LIVE: (*_CLOTHES, "data.limit=1000", "model.family=cvae", "model.latent_dim=16", "training.epochs=2"),
}


@dataclass
class Told:
    """What an instrument did to one window.

    Attributes
    ----------
    longest_ms, usual_ms : dict
        Longest turn of each part; what 99 % of the turns that did something stay below.
    slow : list of (float, str)
    missed : list of str
    """

    longest_ms: dict[str, float]
    usual_ms: float
    slow: list[tuple[float, str]]
    missed: list[str]


def measure(options: Options) -> list[Row]:
    """Each window that was asked for, one after the other."""
    from tests.benchmarks.window import Desk, display

    rows = []
    # One for all windows: what has been drawn on it once cannot go on another one.
    with display() as screen:
        if not screen:
            os.environ["QT_QPA_PLATFORM"] = "offscreen"
        for where in options.extra.where:
            paths = _trained(where, options)
            _every_pane()
            with Desk() as desk:
                desk.frame.resize(*SIZE_PX)
                rows += _Sitting(desk, where, paths, options, screen or "off screen").rows()
    return rows


def _every_pane() -> None:
    from latentexplorer.gui.session.window_settings import Settings
    from latentexplorer.gui.window.workspaces import ALL

    settings = Settings()
    settings["workspace"], settings["hints_closed"] = ALL, True


def _trained(where: str, options: Options) -> tuple[Path, Path]:
    """The run that is opened, and one beside it on the same images."""
    from tests.benchmarks.our_training import kept_run

    small = options.pick([], ["data.limit=200", "training.epochs=2"])
    config = RunConfig().updated([*_RUNS[where], f"data.root={options.data_root}", *small])
    found = [kept_run(config.updated([f"training.seed={seed}"]), options).path for seed in (0, 1)]
    assert found[0] is not None and found[1] is not None
    return found[0], found[1]


class _Sitting:
    """One window, from the training that is begun in it to its end."""

    def __init__(self, desk: Desk, where: str, paths: tuple[Path, Path], options: Options, screen: str) -> None:
        from tests.benchmarks.hand import Hand
        from tests.benchmarks.passes import Passes

        self.desk, self.where, self.options, self.screen = desk, where, options, screen
        self.path, beside = paths
        self.hand: Hand = Hand(desk, beside)
        self.passes: Passes = Passes(options.extra.trace)

    def rows(self) -> list[Row]:
        """All that was asked for."""
        from tests.benchmarks.uses import INSTRUMENTS

        only = self.options.extra.only
        asked = [instrument for instrument in INSTRUMENTS if not only or instrument.name in only]
        rows = []
        self._train()
        for instrument in asked:
            if not instrument.resting:
                rows.append(self._row(instrument, "while it trains" if self.where == LIVE else "while another trains"))
        if self.options.extra.stops:
            rows += self._stops(asked)
        self._stop()
        rows += [self._row(instrument, "at rest") for instrument in asked if instrument.resting]
        return rows

    def _stops(self, asked: Sequence[Instrument]) -> list[Row]:
        """How soon what is stopped ends; in time on the clock, beside a training."""
        from tests.benchmarks.hand import PATIENCE_S
        from tests.benchmarks.stops import LIMIT_MS, Stops

        stops, self.hand.patience_s = Stops(self.desk.session), 4.0
        for instrument in asked:
            if not instrument.resting:
                for part in PARTS:
                    self.desk.perform(getattr(instrument, part)(self.hand))
        stops.end()
        self.hand.patience_s = PATIENCE_S
        self.desk.failures.clear()
        found = sorted(stops.took_ms.items(), key=lambda one: -one[1])
        return [limit_row(f"{self.where}: {title}, stopped", "ms", took, LIMIT_MS) for title, took in found]

    def _train(self) -> None:
        """Begin a training that does not end by itself, and show the run that is asked for."""
        session, desk = self.desk.session, self.desk
        if self.where == LIVE:
            config = RunConfig().updated([*_RUNS[LIVE], f"data.root={self.options.data_root}"])
        else:
            config = preset("digits-vae").config([])
        session.training.start(config.updated(["training.epochs=100000", "training.snapshots=0"]))
        desk.until(lambda: session.training.state == "training" and len(session.history) > 0)
        if self.where != LIVE:
            desk.open_run(self.path)
        else:
            desk.until(lambda: session.run is not None and session.run.path == session.training.path)
        desk.wait(500)

    def _stop(self) -> None:
        self.desk.session.training.stop()
        self.desk.until(lambda: not self.desk.session.training.active)
        self.desk.open_run(self.path)

    def _row(self, instrument: Instrument, while_what: str) -> Row:
        from tests.benchmarks.passes import LIMIT_MS

        told = self._told(instrument)
        name = f"{self.where}: {instrument.name}"
        parts = ", ".join(f"{part} {told.longest_ms[part]:.0f}" for part in PARTS)
        notes = [f"{while_what}; longest turns in ms: {parts}; 99 % of turns {told.usual_ms:.1f}; {self.screen}"]
        notes += [f"{took:.0f} ms in {where}" for took, where in sorted(told.slow, reverse=True)[:4]]
        notes += [f"did not come: {', '.join(told.missed)}"] if told.missed else []
        say(f"{name}: {'; '.join(notes)}")
        return limit_row(name, "ms", max(told.longest_ms.values()), LIMIT_MS, "\n    ".join(notes))

    def _noted(self, steps: Steps) -> Steps:
        """The same steps; which of them is the last is known."""
        for ms in steps:
            inside: Any = steps
            while inside.gi_yieldfrom is not None and inside.gi_yieldfrom.gi_frame is not None:
                if inside.gi_yieldfrom.gi_code.co_filename.endswith("hand.py"):
                    break
                inside = inside.gi_yieldfrom
            self.passes.doing = f"{inside.gi_code.co_name}:{inside.gi_frame.f_lineno}"
            yield ms

    def _told(self, instrument: Instrument) -> Told:
        hand, passes = self.hand, self.passes
        hand.missed.clear()
        longest: dict[str, float] = {}
        turns: list[float] = []
        slow: list[tuple[float, str]] = []
        for part in PARTS:
            passes.begin()
            self.desk.perform(self._noted(getattr(instrument, part)(hand)))
            passes.end()
            longest[part] = passes.longest_ms
            turns += passes.ms
            slow += [(took, f"{where} ({part})") for took, where in passes.slow]
            if part == "used" and self.options.extra.pictures:
                folder = Path(self.options.extra.pictures)
                folder.mkdir(parents=True, exist_ok=True)
                hand.look(folder, f"{self.where}-{instrument.name}")
        busy = [took for took in turns if took > 0.1] or [0.0]
        missed = [*hand.missed, *(f"failed: {failure.message}" for failure in self.desk.failures)]
        self.desk.failures.clear()
        return Told(longest, percentile(busy, 99), slow, missed)


def _add(parser: argparse.ArgumentParser) -> None:
    from tests.benchmarks.uses import INSTRUMENTS

    names: Sequence[str] = [instrument.name for instrument in INSTRUMENTS]
    parser.add_argument("--only", nargs="+", choices=names, metavar="NAME", help=f"some of: {', '.join(names)}")
    parser.add_argument("--where", nargs="+", choices=list(_RUNS), default=list(_RUNS), help="some of the windows")
    parser.add_argument("--stops", action="store_true", help="also how soon what they work out ends when it is stopped")
    parser.add_argument("--trace", action="store_true", help="also say which calls too long a turn was spent in")
    parser.add_argument("--pictures", metavar="FOLDER", help="keep a picture of each instrument in use")


if __name__ == "__main__":
    sys.exit(run(__doc__, measure, _add))
