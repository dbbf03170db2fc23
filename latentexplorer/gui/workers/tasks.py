"""What the window's threads do: plain functions without Qt. Everything heavy is imported here, inside the functions.

Those that take `emit` and `stop` last are jobs' work; the others are questions for the decoder's thread.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.config import DataConfig, RunConfig
from latentexplorer.core.errors import LatentExplorerError, RunError
from latentexplorer.core.events import Progress, ignore
from latentexplorer.core.garbage import give_back
from latentexplorer.core.imports import one_at_a_time
from latentexplorer.core.paths import expanded, unwritable
from latentexplorer.gui.workers.axes_tasks import AxesWanted
from latentexplorer.gui.workers.decoding import decode_for_screen, fading_of_shown, pace
from latentexplorer.gui.workers.job import Report
from latentexplorer.gui.workers.torch_threads import cores
from latentexplorer.views.base import Array, Refused
from latentexplorer.views.tiling import coarse_first

if TYPE_CHECKING:
    from latentexplorer.data import DataSplit
    from latentexplorer.data.check import Checked
    from latentexplorer.latent.notices import KnownImages, Notice
    from latentexplorer.runs import Trained
    from latentexplorer.runs.snapshot import Snapshot
    from latentexplorer.training.controls import Controls
    from latentexplorer.views.latent_grid import Result as GridResult

Settings = dict[str, Any]
"""A view's settings by name, not checked yet."""


@dataclass(frozen=True)
class TrainingReady:
    """The data is loaded and the run's folder made: training begins."""

    path: Path
    config: RunConfig
    data: DataSplit
    controls: Controls


# -- starting ----------------------------------------------------------------------------------------------------------


def warm_up(emit: Report, stop: StopToken) -> tuple[str, str]:
    """Import what exploring needs, so that the first click does not wait for it; the device that is used, and why."""
    emit(Progress(0, 0, "loading the libraries"))
    import torch

    cores.count()
    # Collections are paid for by the window's thread; what is loaded by now stays until the end.
    gc.freeze()
    if torch.cuda.is_available():
        # A card takes a second or more for its first number: not when somebody waits for a picture.
        torch.zeros(1, device="cuda")
        return "CUDA", torch.cuda.get_device_name()
    return "CPU", "no CUDA device was found" if torch.version.cuda else "the installed torch knows no CUDA"


def prepare_training(emit: Report, stop: StopToken) -> None:
    """Import what training needs, so that the first click on Train does not wait for it."""
    with one_at_a_time():
        import latentexplorer.training.trainer  # noqa: F401

    stop.check()
    # What fits the code of the first image that is dropped.
    with one_at_a_time():
        import sklearn.kernel_ridge  # noqa: F401

    gc.freeze()


# -- runs and training -------------------------------------------------------------------------------------------------


def open_run(path: Path, emit: Report, stop: StopToken) -> Trained:
    """Read a run folder."""
    from latentexplorer.runs.trained import Trained

    emit(Progress(0, 0, f"opening {path.name}"))
    # What was worked out for the run before has mostly gone by now.
    give_back()
    return Trained.load(path, emit=emit, stop=stop)


def locate_images(run: Trained, places: dict[str, str], emit: Report, stop: StopToken) -> Trained:
    """The run with its images, which are at other places now; fails where these are others."""
    from latentexplorer.runs.location import find_images

    data, known = run.config.data, run.info.fingerprint
    found = find_images(run.folder(), data, known, places=places, emit=emit, stop=stop)
    found.there()
    located = replace(run)
    located.take(found)
    return located


def survey(settings: DataConfig, suggest: bool, emit: Report, stop: StopToken) -> Checked:
    """Find out what reading a person's images would do; every `Survey` on the way is reported."""
    from latentexplorer.data.check import check

    return check(settings, emit, stop, suggest=suggest)


def train(config: RunConfig, one_epoch: bool, known: DataSplit | None, emit: Report, stop: StopToken) -> Trained:
    """Train a new run in the runs folder.

    Parameters
    ----------
    one_epoch : bool
        Whether it waits after the first.
    known : DataSplit or None
        The images, where they have been read with these settings already.
    """
    emit(Progress(0, 0, "getting ready"))
    from latentexplorer.data import load_data
    from latentexplorer.runs.folder import RunFolder
    from latentexplorer.runs.new_place import free_path
    from latentexplorer.training.trainer import train as loop

    emit(Progress(0, 0, "reading images"))
    data = known if known is not None else load_data(config.data, emit=emit, stop=stop)
    stop.check()
    folder = RunFolder.create(free_path(run_name(config)), config)
    controls = _controls(one_epoch)
    emit(TrainingReady(folder.path, folder.config, data, controls))
    cores.take(sharing=False)
    return loop(folder, data, emit=emit, stop=stop, controls=controls)


def resume(
    path: Path, epochs: int | None, data: DataSplit | None, one_epoch: bool, emit: Report, stop: StopToken
) -> Trained:
    """Go on with a stopped run, or train it for more or fewer epochs (`epochs` in all)."""
    emit(Progress(0, 0, "getting ready"))
    from latentexplorer.runs.folder import RunFolder
    from latentexplorer.training.resuming import images_of, plan
    from latentexplorer.training.trainer import train as loop

    folder = RunFolder.open(path)
    # Who names a number of epochs wants that many.
    changes = [] if epochs is None else [f"training.epochs={epochs}", "training.early_stopping=0"]
    going = plan(folder, changes)
    if data is None:
        data, changes = images_of(folder, going, emit=emit, stop=stop)
    controls = _controls(one_epoch)
    emit(TrainingReady(folder.path, going.config, data, controls))
    cores.take(sharing=False)
    return loop(folder, data, emit=emit, stop=stop, controls=controls, resume=True, changes=changes)


def _controls(one_epoch: bool) -> Controls:
    """The controls of a training that begins; asked before the first step, so that nothing comes too late.

    What it is before its first step is shown: somebody has just begun it, and wants to see it move.
    """
    from latentexplorer.training.controls import Controls

    controls = Controls()
    controls.want_snapshot()
    if one_epoch:
        controls.step_epoch()
    return controls


def run_of_snapshot(config: RunConfig, snapshot: Snapshot, data: DataSplit, path: Path) -> Trained:
    """What a snapshot of a training shows."""
    from latentexplorer.runs.trained import Trained

    return Trained.of_snapshot(config, snapshot, data, path)


def run_name(config: RunConfig) -> str:
    """What a new run is called before it is made unique: after a person's own images, its preset, or data and model."""
    if config.data.path:
        return f"{expanded(config.data.path).stem or config.data.name}-{config.model.family}"
    return config.preset or f"{config.data.name}-{config.model.family}-{config.model.latent_dim}"


# -- views -------------------------------------------------------------------------------------------------------------


def view(run: Trained, kind: str, settings: Settings, emit: Report, stop: StopToken) -> Any:
    """What a view shows: the `Result` of its module, or the `Refused` that says why it makes no sense for this run."""
    from latentexplorer.views.registry import load_view, settings_of

    try:
        return load_view(kind).compute(run, settings_of(kind, settings), emit=emit, stop=stop)
    except LatentExplorerError as error:
        return Refused.of(error)


def quick_view(run: Trained, kind: str, settings: Settings) -> Any:
    """A question: `view` where that takes milliseconds."""
    return view(run, kind, settings, ignore, NEVER)


def latent_grid(
    run: Trained, settings: Settings, before: GridResult | None = None, fade: int = 0
) -> Iterator[GridResult | AxesWanted | Refused | None]:
    """A question in steps: a latent grid, coarse first and without fading, or the `Refused` that says why not.

    Where that takes axes that a job has to find first, `AxesWanted` is all there is.

    Parameters
    ----------
    before : Result or None
        The same plane as it is shown while the model learns, so that its range need not jump.
    fade : int
        Codes that say at last where it fades, at most; 0: nowhere.
    """
    from latentexplorer.views.latent_grid import lay_out, metric_to_find
    from latentexplorer.views.registry import settings_of

    try:
        checked = settings_of("latent-grid", settings)
        if (unknown := metric_to_find(run, checked)) is not None:
            yield AxesWanted(run, *unknown)
            return
        shown, plane = lay_out(run, checked, before=before)
    except LatentExplorerError as error:
        yield Refused.of(error)
        return
    columns = plane.codes.shape[1]
    decode = partial(decode_for_screen, shown, y=plane.label, side_by_side=columns)
    for images in coarse_first(decode, plane.codes, tile=pace.tile):
        whole = plane if images is None else replace(plane, images=images)
        yield None if images is None else whole
    if fade:
        rows, columns, size = whole.codes.shape
        flat = whole.images.reshape(rows * columns, *whole.images.shape[2:])
        for fading in fading_of_shown(shown, whole.codes.reshape(-1, size), plane.label, flat, fade):
            yield None if fading is None else replace(whole, fading=fading.shaped((rows, columns)))


def random_code(run: Trained, seed: int) -> Array:
    """A question: one draw (D,) from the prior, or from the codes where there is none."""
    from latentexplorer.views.lookup import draw

    drawn: Array = draw(run, 1, seed=seed)[0][0]
    return drawn


def notices(
    run: Trained, rows: Sequence[dict[str, float]], going: bool, live: dict[str, float], images: KnownImages
) -> tuple[int, list[Notice]]:
    """A question: what a person would not see of a run whose history has these rows, and of which epoch that is."""
    from latentexplorer.core.history import History
    from latentexplorer.latent.notices import known_of, notices_of

    history = History()
    history.rows = list(rows)
    known = known_of(run, history, going=going, live=live, images=images)
    return known.epoch, notices_of(known)


# -- figures -----------------------------------------------------------------------------------------------------------


def export(
    run: Trained,
    kind: str,
    changes: list[str],
    path: Path,
    dpi: int,
    size: tuple[float, float] | None,
    emit: Report,
    stop: StopToken,
) -> Path:
    """Draw a figure into a file."""
    from latentexplorer.figures import export as draw

    emit(Progress(0, 0, f"drawing {path.name}"))
    draw(kind, run, path, changes, dpi=dpi, size=size, stop=stop)
    return path


@dataclass(frozen=True)
class Written:
    """What `export_many` did: how many figures are in the folder, why others are not, and whether the report is."""

    folder: Path
    count: int
    refused: tuple[str, ...]
    report: bool = False


@dataclass(frozen=True)
class Wanted:
    """A figure that is wanted: of which run, its kind, its settings as `KEY=VALUE`, and its file."""

    run: Trained
    kind: str
    changes: list[str]
    path: Path


def export_many(
    run: Trained,
    figures: Sequence[Wanted],
    page: Path | None,
    folder: Path,
    dpi: int,
    emit: Report,
    stop: StopToken,
) -> Written:
    """Draw several figures into one folder; say which of them make no sense.

    `page`: the file of the report on `run`, where that is wanted too.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(folder, error) from error
    refused = []
    for number, wanted in enumerate(figures):
        stop.check()
        emit(Progress(number, len(figures), f"drawing {wanted.path.name}"))
        try:
            export(wanted.run, wanted.kind, wanted.changes, wanted.path, dpi, None, ignore, stop)
        except RunError:
            raise
        except LatentExplorerError as error:
            refused.append(f"{wanted.kind}: {error}")
    if page is not None:
        report(run, page, emit, stop)
    return Written(folder, len(figures) - len(refused), tuple(refused), page is not None)


def report(run: Trained, path: Path, emit: Report, stop: StopToken) -> Path:
    """Write the page that `latentexplorer report` writes."""
    from latentexplorer.core.paths import atomic_write
    from latentexplorer.figures.report import report as page_of

    page = page_of([run], emit=emit, stop=stop)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(path.parent, error) from error
    atomic_write(path, page.encode())
    return path


def picture(run: Trained, kind: str, changes: list[str], dpi: int, emit: Report, stop: StopToken) -> bytes:
    """Draw a figure as PNG bytes, for the clipboard."""
    from latentexplorer.figures import Style, make, recipe_of, split_changes, to_png

    settings, style = split_changes(kind, changes, Style())
    figure = make(kind, run, settings, style=style, emit=emit, stop=stop)
    return to_png(figure, recipe_of(kind, run, settings, style, figure, dpi), dpi)


def animation(
    run: Trained,
    kind: str,
    changes: list[str],
    path: Path,
    frames_per_s: float,
    back: bool,
    scale: int,
    smooth: bool,
    emit: Report,
    stop: StopToken,
) -> Path:
    """Write an animation of an interpolation or a traversal, see `figures.animation.export_animation`."""
    from latentexplorer.figures.animation import export_animation

    return export_animation(
        run,
        path,
        changes,
        kind=kind,
        frames_per_s=frames_per_s,
        back=back,
        scale=scale,
        smooth=smooth,
        emit=emit,
        stop=stop,
    )
