"""What reports, snapshots and previews cost: `train` with all of them on, against the bare loop.

    python -m tests.benchmarks.overhead

The bare loop has the same model, images, batches, optimisers, number format and threads, and nothing else: no reports,
no history, no checkpoints, no snapshots, nobody who looks. Ours is the program's own `train` with its defaults and
somebody who looks as the window does while nobody touches it: a snapshot is asked for, twice a second at most, made
into a model in another thread, and the current code and a strip of nine are decoded from it, on one core; then it rests
for so many times as long as the window does. Of `ad-128`, trained for 10 epochs here, states are kept on
disk as often as in the preset's 100.

Held-out images, which `train` measures after every epoch, are work of their own and no overhead of looking: they are
off in the first row of each model; the second row, without a goal, has them on.
"""

from __future__ import annotations

import queue
import sys
import threading
import time
from typing import Any

import numpy as np

from latentexplorer.core.config import RunConfig
from latentexplorer.core.events import SnapshotTaken
from latentexplorer.core.presets import preset
from latentexplorer.data import DataSplit, load_data
from latentexplorer.gui.session.snapshot_pacing import REST
from latentexplorer.gui.workers.tasks import cores
from latentexplorer.gui.workers.thread import stand_behind
from latentexplorer.runs import Trained
from latentexplorer.training.batches import Images
from latentexplorer.training.number_formats import choose_numerics
from latentexplorer.training.numerics import Numerics, computing_with
from latentexplorer.training.state import TrainingState
from tests.benchmarks.bench import Options, Row, alternate, median, run, spread
from tests.benchmarks.our_training import Clock, Training, format_of, timed_training

LOOKS_EVERY_S = 0.5
GOAL = 1.03


def measure(options: Options) -> list[Row]:
    """An auto-decoder, whose steps are long, and a small VAE, whose steps are short."""
    small = options.pick([], ["data.train_per_class=12", "data.test_per_class=4"])
    length = [f"training.epochs={options.pick(10, 2)}", "training.snapshots=2"]
    ad = preset("ad-128").config([*length, *small], root=options.data_root)
    few = options.pick([], ["data.limit=2000", "data.test_per_class=10"])
    vae = preset("vae-4").config([f"training.epochs={options.pick(2, 1)}", *few], root=options.data_root)
    return [*_rows("ad-128", ad, options), *_rows("vae-4", vae, options)]


def _rows(name: str, config: RunConfig, options: Options) -> list[Row]:
    data = load_data(config.data)
    alone = config.updated(["training.held_out=0"])
    numerics = choose_numerics(alone, data, None)
    watched, with_held_out, bare = alternate(
        options.repeats,
        lambda: _watched(alone, data, numerics, options),
        lambda: _watched(config, data, numerics, options),
        lambda: _bare(alone, data, numerics),
        what=name,
    )
    snapshots = median([one[1] for one in watched])
    rows = []
    for title, found, goal in (
        ("reports, snapshots, previews", watched, GOAL),
        ("held-out images measured too", with_held_out, 0.0),
    ):
        times = [one[0].epochs_s for one in found]
        ratio = median(times) / median(bare)
        rows.append(
            Row(
                f"overhead {name}, {title}",
                "s",
                median(times),
                median(bare),
                ratio,
                "under 3 % more" if goal else "",
                ratio < goal if goal else None,
                f"{spread(times, bare)}; {format_of(numerics)}; about {snapshots:.0f} snapshots shown",
            )
        )
    return rows


def _watched(config: RunConfig, data: DataSplit, numerics: Numerics, options: Options) -> tuple[Training, int]:
    """A training with somebody who looks; and how many snapshots were shown."""
    clock = Clock()
    with _Onlooker(config, data, clock) as onlooker:
        training = timed_training(config, data, options.home, numerics=numerics, clock=clock, emit=onlooker.hear)
    return training, onlooker.shown


class _Onlooker:
    """Asks for snapshots and decodes from them, as the window does in threads of its own."""

    def __init__(self, config: RunConfig, data: DataSplit, clock: Clock) -> None:
        self.shown = 0
        self._next_s = 0.0
        self._config, self._data, self._clock = config, data, clock
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

    def _ask(self) -> None:
        while not self._end.wait(LOOKS_EVERY_S):
            if not self._waiting.is_set() and time.perf_counter() >= self._next_s:
                self._waiting.set()
                self._clock.want_snapshot()

    def _show(self) -> None:
        cores.count()
        cores.take(sharing=True)
        stand_behind()
        while (snapshot := self._snapshots.get()) is not None:
            begin = time.perf_counter()
            self._clock.leave_a_core(True)
            run = Trained.of_snapshot(self._config, snapshot, self._data, None)
            code = run.codes_of("train").loc[:1]
            run.decode(code)
            run.decode(np.repeat(code, 9, axis=0) + np.linspace(-1, 1, 9, dtype=np.float32)[:, None], rough=True)
            self._clock.leave_a_core(False)
            self.shown += 1
            now = time.perf_counter()
            self._next_s = now + REST * (now - begin)
            self._waiting.clear()


def _bare(config: RunConfig, data: DataSplit, numerics: Numerics) -> float:
    """Seconds of the loop alone."""
    with computing_with(numerics):
        state = TrainingState(config, data, numerics)
        images = Images(data.train, numerics.torch_device, numerics.channels_last)
        model, draws, beta = state.model, state.generators["draws"], config.model.beta
        optimisers = [found for found in (state.network_optimiser, state.code_optimiser) if found is not None]
        begin = time.perf_counter()
        for _ in range(config.training.epochs):
            model.train()
            loss = None
            for index, _ in state.batches():
                batch = images.batch(index)
                with numerics.autocast():
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
        return time.perf_counter() - begin


if __name__ == "__main__":
    sys.exit(run(__doc__, measure))
