"""What reports, snapshots and previews cost: `train` with all of them on, against the bare loop.

    python -m tests.benchmarks.overhead

The bare loop has the same model, images, batches, optimisers, number format and threads, and nothing else: no reports,
no history, no checkpoints, no snapshots, nobody who looks. Ours is the program's own `train` with its defaults and
somebody who looks as the window does while nobody touches it: a snapshot is asked for, made into a model in another
thread, and the current code and a strip of nine are decoded from it, on one core; then it rests for as long as the
window does. Of `ad-128`, trained for 10 epochs here, states are kept on disk as often as in the preset's 100.

Both go on by turns, an epoch each: two whole trainings one after the other differ by more than what is measured here,
on a machine that is shared. Ours stands still meanwhile, and so does the clock of who looks.

Held-out images, which `train` measures after every epoch, are work of their own and no overhead of looking: they are
off in the first row of each model; the second row, without a goal, has them on.
"""

from __future__ import annotations

import queue
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from latentexplorer.core.config import RunConfig
from latentexplorer.core.events import EpochDone, SnapshotTaken
from latentexplorer.core.presets import preset
from latentexplorer.data import DataSplit, load_data
from latentexplorer.gui.session.snapshot_pacing import REST, UNWATCHED_S
from latentexplorer.gui.workers.thread import stand_behind
from latentexplorer.gui.workers.torch_threads import cores
from latentexplorer.runs import Trained
from latentexplorer.training.batches import Images
from latentexplorer.training.number_formats import choose_numerics
from latentexplorer.training.numerics import Numerics
from latentexplorer.training.state import TrainingState
from tests.benchmarks.bench import Options, Row, median, run, say, seconds
from tests.benchmarks.our_training import Clock, format_of, timed_training

LOOKS_EVERY_S = 0.5
GOALS = {"ad-128": 1.03, "vae-4": 1.1}
"""Steps of `vae-4` take two thousandths of a second, in which fifty calls of Python are a part that counts."""


def measure(options: Options) -> list[Row]:
    """An auto-decoder, whose steps are long, and a small VAE, whose steps are short."""
    small = options.pick([], ["data.train_per_class=12", "data.test_per_class=4"])
    length = [f"training.epochs={options.pick(10, 2)}", "training.snapshots=2"]
    ad = preset("ad-128").config([*length, *small], root=options.data_root)
    few = options.pick([], ["data.limit=2000", "data.test_per_class=10"])
    vae = preset("vae-4").config([f"training.epochs={options.pick(6, 1)}", *few], root=options.data_root)
    return [*_rows("ad-128", ad, options), *_rows("vae-4", vae, options)]


def _rows(name: str, config: RunConfig, options: Options) -> list[Row]:
    data = load_data(config.data)
    alone = config.updated(["training.held_out=0"])
    numerics = choose_numerics(alone, data, None)
    rows = []
    for title, chosen, goal in (
        ("reports, snapshots, previews", alone, GOALS[name]),
        ("held-out images measured too", config, 0.0),
    ):
        found = []
        for number in range(options.repeats):
            found.append(_by_turns(chosen, data, numerics, options))
            say(f"  {name}, {title}: {number + 1} of {options.repeats}")
        ratios = [sum(one.ours_s) / sum(one.bare_s) for one in found]
        ratio = median(ratios)
        rows.append(
            Row(
                f"overhead {name}, {title}",
                "s",
                median([sum(one.ours_s) for one in found]),
                median([sum(one.bare_s) for one in found]),
                ratio,
                f"under {100 * (goal - 1):.0f} % more" if goal else "",
                ratio < goal if goal else None,
                f"{min(ratios):.3f} to {max(ratios):.3f}; {format_of(numerics)}; "
                f"about {median([one.shown for one in found]):.0f} snapshots shown",
            )
        )
    return rows


@dataclass
class _Turns:
    """Seconds of each epoch of ours and of the bare loop, and how many snapshots were shown."""

    ours_s: list[float] = field(default_factory=list)
    bare_s: list[float] = field(default_factory=list)
    shown: int = 0


def _by_turns(config: RunConfig, data: DataSplit, numerics: Numerics, options: Options) -> _Turns:
    """A training with somebody who looks, and the bare loop, an epoch each, on the same thread."""
    turns, clock = _Turns(), Clock()
    bare = _Bare(config, data, numerics)
    with _Onlooker(config, data, clock) as onlooker:

        def hear(event: Any) -> None:
            onlooker.hear(event)
            if isinstance(event, EpochDone):
                turns.ours_s.append(onlooker.now_s() - sum(turns.ours_s, clock.looks[0]))
                with onlooker.away():
                    turns.bare_s.append(seconds(bare.epoch))

        timed_training(config, data, options.home, numerics=numerics, clock=clock, emit=hear)
        turns.shown = onlooker.shown
    return turns


class _Onlooker:
    """Asks for snapshots and decodes from them, as the window does in threads of its own."""

    def __init__(self, config: RunConfig, data: DataSplit, clock: Clock) -> None:
        self.shown = 0
        self._next_s = self._away_s = 0.0
        self._config, self._data, self._clock = config, data, clock
        self._here = threading.Lock()  # taken while it works, and while it is away
        self._snapshots: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._waiting = threading.Event()
        self._end = threading.Event()
        self._threads = [threading.Thread(target=work, daemon=True) for work in (self._ask, self._show)]

    def __enter__(self) -> _Onlooker:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *about: object) -> None:
        self._end.set()
        self._snapshots.put(None)
        for thread in self._threads:
            thread.join()

    def hear(self, event: Any) -> None:
        """What the trainer tells."""
        if isinstance(event, SnapshotTaken):
            self._snapshots.put(event.snapshot)

    def now_s(self) -> float:
        """The time, without that for which it was away."""
        return time.perf_counter() - self._away_s

    @contextmanager
    def away(self) -> Iterator[None]:
        """Time that does not count; what it is at is done first."""
        begin = time.perf_counter()
        with self._here:
            yield
            self._away_s += time.perf_counter() - begin

    def _ask(self) -> None:
        while not self._end.wait(LOOKS_EVERY_S):
            with self._here:
                wanted = not self._waiting.is_set() and self.now_s() >= self._next_s
            if wanted:
                self._waiting.set()
                self._clock.want_snapshot()

    def _show(self) -> None:
        cores.count()
        cores.take(sharing=True)
        stand_behind()
        while (snapshot := self._snapshots.get()) is not None:
            with self._here:
                spent = -time.thread_time()
                run = Trained.of_snapshot(self._config, snapshot, self._data, None)
                code = run.codes_of("train").loc[:1]
                run.decode(code)
                run.decode(np.repeat(code, 9, axis=0) + np.linspace(-1, 1, 9, dtype=np.float32)[:, None], rough=True)
                self.shown += 1
                spent += time.thread_time()
                self._next_s = self.now_s() + max(REST * spent, UNWATCHED_S)
            self._waiting.clear()


class _Bare:
    """The loop alone."""

    def __init__(self, config: RunConfig, data: DataSplit, numerics: Numerics) -> None:
        self._state = TrainingState(config, data, numerics)
        self._images = Images(data.train, numerics.torch_device, numerics.channels_last)
        self._numerics, self._beta = numerics, config.model.beta

    def epoch(self) -> None:
        """All images once."""
        state, beta = self._state, self._beta
        model, draws = state.model, state.generators["draws"]
        optimisers = [found for found in (state.network_optimiser, state.code_optimiser) if found is not None]
        model.train()
        loss = None
        for index, _ in state.batches():
            batch = self._images.batch(index)
            with self._numerics.autocast():
                terms = model.loss(batch, draws)
            loss = model.cost(terms, beta).mean()
            for optimiser in optimisers:
                optimiser.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            for optimiser in optimisers:
                optimiser.step()
        if loss is not None:
            # Wait for the device, as whoever times it must.
            float(loss.detach())


if __name__ == "__main__":
    sys.exit(run(__doc__, measure))
