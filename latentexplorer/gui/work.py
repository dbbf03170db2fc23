"""What the window's threads do: plain callables without Qt. Everything heavy is imported here, inside the functions."""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.config import RunConfig
from latentexplorer.core.errors import LatentExplorerError
from latentexplorer.core.events import Emit, Event, Progress, ignore
from latentexplorer.gui.pacing import Pace, coarse_first


@dataclass(frozen=True)
class TrainingReady:
    """The data is loaded and the run's folder made: training begins."""

    path: Path
    config: RunConfig
    data: Any
    controls: Any


def warm_up(emit: Emit, stop: StopToken) -> tuple[str, str]:
    """Import what exploring needs, so that the first click does not wait for it; the device that is used, and why."""
    emit(Progress(0, 0, "loading the libraries"))
    import torch

    cores.count()
    # Collections are paid for by the window's thread; what is loaded by now stays until the end.
    gc.freeze()
    if torch.cuda.is_available():
        return "CUDA", torch.cuda.get_device_name()
    return "CPU", "no CUDA device was found" if torch.version.cuda else "the installed torch knows no CUDA"


def prepare_training(emit: Emit, stop: StopToken) -> None:
    """Import what training needs, so that the first click on Train does not wait for it.

    The first optimiser that is made lets torch import its compiler, which takes seconds.
    """
    import torch

    torch.optim.Adam([torch.nn.Parameter(torch.zeros(1))])
    stop.check()
    import latentexplorer.training.trainer  # noqa: F401

    stop.check()
    # What fits the code of the first image that is dropped.
    import sklearn.kernel_ridge  # noqa: F401

    gc.freeze()


def open_run(path: Path, data_root: str | None = None) -> Callable[[Emit, StopToken], Any]:
    """Work that reads a run folder into a `Trained`."""

    def work(emit: Emit, stop: StopToken) -> Any:
        from latentexplorer.runs.trained import Trained

        emit(Progress(0, 0, f"opening {path.name}"))
        return Trained.load(path, data_root=data_root, emit=emit, stop=stop)

    return work


def list_runs(emit: Emit, stop: StopToken) -> Any:
    """The rows of the runs folder."""
    from latentexplorer.runs.listing import list_runs as rows

    return rows()


def train(config: RunConfig, one_epoch: bool = False) -> Callable[[Emit, StopToken], Any]:
    """Work that trains a new run in the runs folder and ends in a `Trained`; `one_epoch`: then it waits at first."""

    def work(emit: Emit, stop: StopToken) -> Any:
        from latentexplorer.data import load_data
        from latentexplorer.runs.folder import RunFolder, free_path
        from latentexplorer.training.controls import Controls
        from latentexplorer.training.trainer import train as loop

        data = load_data(config.data, emit=emit, stop=stop)
        folder = RunFolder.create(free_path(run_name(config)), config)
        controls = _controls(Controls(), one_epoch)
        emit(_event(TrainingReady(folder.path, config, data, controls)))
        cores.take(sharing=False)
        return loop(folder, data, emit=emit, stop=stop, controls=controls)

    return work


def resume(
    path: Path, epochs: int | None, data: Any = None, one_epoch: bool = False
) -> Callable[[Emit, StopToken], Any]:
    """Work that goes on with a stopped run, or trains a finished one for more epochs."""

    def work(emit: Emit, stop: StopToken) -> Any:
        from latentexplorer.data import load_data
        from latentexplorer.runs.folder import RunFolder
        from latentexplorer.training.controls import Controls
        from latentexplorer.training.trainer import train as loop

        folder = RunFolder.open(path)
        if epochs is not None:
            folder.write_config(folder.config.updated([f"training.epochs={epochs}"]))
        images = data if data is not None else load_data(folder.config.data, emit=emit, stop=stop)
        controls = _controls(Controls(), one_epoch)
        emit(_event(TrainingReady(folder.path, folder.config, images, controls)))
        cores.take(sharing=False)
        return loop(folder, images, emit=emit, stop=stop, controls=controls, resume=True)

    return work


def _controls(controls: Any, one_epoch: bool) -> Any:
    """The controls of a training that begins; asked before the first step, so that it cannot come too late."""
    if one_epoch:
        controls.step_epoch()
    return controls


def _event(event: Any) -> Event:
    """The window's own event through the trainer's `emit`."""
    known: Event = event
    return known


def of_snapshot(config: RunConfig, snapshot: Any, data: Any, path: Path | None) -> Callable[[], Any]:
    """A question for the decoder's thread: the `Trained` of a snapshot."""

    def question() -> Any:
        from latentexplorer.runs.trained import Trained

        return Trained.of_snapshot(config, snapshot, data, path)

    return question


pace = Pace()
"""How fast the shown run decodes, for questions that are answered in steps."""


class Cores:
    """How many threads of torch decode: all that there are, one while a model trains.

    More threads than cores wait for each other, and both decoding and training come to a crawl. torch counts for each
    thread that calls it, and a new one begins with what was set last: training says anew what it may use.
    """

    def __init__(self) -> None:
        self.all = 0
        self.training = False

    def count(self) -> None:
        """Look how many there are; before anything else sets it."""
        import torch

        self.all = self.all or torch.get_num_threads()

    def share(self) -> None:
        """What a thread of the window does before anything else; nothing where torch is not loaded yet."""
        if "torch" in sys.modules and self.all:
            self.take(self.training)

    def take(self, sharing: bool) -> None:
        """Of the thread that calls: one if it shares the cores with a training, else all."""
        import torch

        # Before it is set for the first time: a new thread would be told what was set.
        self.count()
        wanted = 1 if sharing else self.all
        if torch.get_num_threads() != wanted:
            torch.set_num_threads(wanted)


cores = Cores()


class Helpers:
    """Whether all threads decode a piece sooner than one does: learned while decoding.

    The threads of a piece wait for each other at every operation, awake. Beside a program that keeps the cores busy
    each wait is as long as the system lets that one run: two threads take 141 ms for 64 codes of a small convolutional
    VAE, one takes 12; where nothing else runs they take 8 and 10. So the quicker way is taken, and the other one tried
    now and then, at once where a piece takes longer than the last.

    Attributes
    ----------
    wanted : bool
        Whether the next piece is for all threads.
    """

    WORTH, SLOWER = 0.9, 1.5
    LEAST, MOST = 4, 64
    """Pieces between two trials, doubled while nothing changes."""

    def __init__(self) -> None:
        self.wanted = self._quicker = True
        self._code_s = {True: 0.0, False: 0.0}
        self._pause = self._left = self.LEAST

    def took(self, count: int, seconds: float) -> None:
        """A piece of so many codes took so long, done as was `wanted`."""
        helped, before, now = self.wanted, self._code_s[self.wanted], seconds / count
        self._code_s[helped] = now
        if helped != self._quicker:
            better = now < self.WORTH * self._code_s[self._quicker]
            self._quicker = helped if better else self._quicker
            self._pause = self.LEAST if better else min(2 * self._pause, self.MOST)
            self._left = self._pause
        else:
            self._left = 0 if now > self.SLOWER * before > 0 else self._left - 1
        self.wanted = self._quicker if self._left > 0 else not self._quicker


helpers = Helpers()


def decode(run: Any, z: np.ndarray, y: np.ndarray | None = None) -> np.ndarray:
    """Images (B, H, W, C) of codes (B, D)."""
    # Of a short piece alone, as of a single code: to wake the others takes longer than they save.
    alone = cores.training or len(z) == 1 or 2 * len(z) < pace.tile
    cores.take(alone or not helpers.wanted)
    begin = time.perf_counter()
    # Small pictures of a model that learns are gone in a moment: what they take is taken from the training.
    rough = cores.training and len(z) > 1
    images: np.ndarray = run.decode(np.ascontiguousarray(z, dtype=np.float32), y, rough=rough)
    took = time.perf_counter() - begin
    if not alone:
        helpers.took(len(z), took)
    pace.took(len(z), took)
    return images


def decode_question(run: Any, z: np.ndarray, y: int | None) -> Callable[[], np.ndarray]:
    """A question for the decoder's thread: the images of codes (B, D), all of class `y`."""

    def question() -> np.ndarray:
        return decode(run, z, classes(y, len(z)))

    return question


def plane_question(run: Any, z: np.ndarray, y: int | None) -> Callable[[], Iterator[np.ndarray | None]]:
    """A question for the decoder's thread: a plane of codes (rows, columns, D), coarse first."""

    def question() -> Iterator[np.ndarray | None]:
        return coarse_first(lambda codes: decode(run, codes, classes(y, len(codes))), z, tile=pace.tile)

    return question


def classes(y: int | None, count: int) -> np.ndarray | None:
    """The same class for `count` codes."""
    return None if y is None else np.full(count, y, dtype=np.int64)


def view(run: Any, kind: str, settings: dict[str, Any]) -> Callable[[Emit, StopToken], Any]:
    """Work that computes what a view shows."""

    def work(emit: Emit, stop: StopToken) -> Any:
        from latentexplorer.views.registry import load_view, settings_of

        return load_view(kind).compute(run, settings_of(kind, settings), emit=emit, stop=stop)

    return work


@dataclass(frozen=True)
class Refused:
    """Why something cannot be shown, and what to do: for the pane itself, where a failure would be too loud."""

    what: str
    todo: str = ""


def view_or_refusal(run: Any, kind: str, settings: dict[str, Any]) -> Callable[[Emit, StopToken], Any]:
    """Work that computes a view, or the `Refused` that says why it makes no sense for this run."""
    task = view(run, kind, settings)

    def work(emit: Emit, stop: StopToken) -> Any:
        try:
            return task(emit, stop)
        except LatentExplorerError as error:
            return Refused(error.what, error.todo)

    return work


def view_question(run: Any, kind: str, settings: dict[str, Any]) -> Callable[[], Any]:
    """A question for the decoder's thread: what a view shows, where that takes milliseconds."""
    task = view_or_refusal(run, kind, settings)

    def question() -> Any:
        return task(ignore, NEVER)

    return question


def grid_question(run: Any, settings: dict[str, Any]) -> Callable[[], Iterator[Any]]:
    """A question for the decoder's thread: a latent grid, coarse first, or the `Refused` that says why not."""

    def question() -> Iterator[Any]:
        from latentexplorer.views.latent_grid import lay_out
        from latentexplorer.views.registry import settings_of

        try:
            shown, plane = lay_out(run, settings_of("latent-grid", settings))
        except LatentExplorerError as error:
            yield Refused(error.what, error.todo)
            return
        steps = coarse_first(lambda z: decode(shown, z, classes(plane.label, len(z))), plane.codes, tile=pace.tile)
        for images in steps:
            yield None if images is None else replace(plane, images=images)

    return question


def export(
    run: Any, kind: str, changes: list[str], path: Path, dpi: int, size: tuple[float, float] | None
) -> Callable[[Emit, StopToken], Path]:
    """Work that draws a figure into a file."""

    def work(emit: Emit, stop: StopToken) -> Path:
        from latentexplorer.figures import export as draw

        emit(Progress(0, 0, f"drawing {path.name}"))
        draw(kind, run, path, changes, dpi=dpi, size=size)
        return path

    return work


def picture(run: Any, kind: str, changes: list[str], dpi: int) -> Callable[[Emit, StopToken], bytes]:
    """Work that draws a figure as PNG bytes, for the clipboard."""

    def work(emit: Emit, stop: StopToken) -> bytes:
        from latentexplorer.figures import Style, make, recipe_of, split_changes, to_png

        settings, style = split_changes(kind, changes, Style())
        figure = make(kind, run, settings, style=style, emit=emit, stop=stop)
        return to_png(figure, recipe_of(kind, run, settings, style, figure, dpi), dpi)

    return work


def animation(run: Any, kind: str, changes: list[str], path: Path, **how: Any) -> Callable[[Emit, StopToken], Path]:
    """Work that writes an animation; `how` as `figures.animation.export_animation` has it."""

    def work(emit: Emit, stop: StopToken) -> Path:
        from latentexplorer.figures.animation import export_animation

        return export_animation(run, path, changes, kind=kind, **how, emit=emit, stop=stop)

    return work


def random_code(run: Any, seed: int) -> Callable[[], np.ndarray]:
    """A question for the decoder's thread: one draw (D,) from the prior, or from the codes where there is none."""

    def question() -> np.ndarray:
        from latentexplorer.views.lookup import draw

        drawn: np.ndarray = draw(run, 1, seed=seed)[0]
        return drawn

    return question


def run_name(config: RunConfig) -> str:
    """What a new run is called before it is made unique: after its preset, else its data and model."""
    return config.preset or f"{config.data.name}-{config.model.family}-{config.model.latent_dim}"
