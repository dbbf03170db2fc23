"""The program from Python: train, open, encode, decode, view and draw, arrays in and arrays out.

    import latentexplorer as le

    run = le.train("digits-vae", out="runs/digits", **{"training.epochs": 20})
    z = run.encode(run.images("test"))
    grid = le.view(run, "latent-grid", n=12)
    le.figure(run, "map", out="map.pdf", method="tsne")

Settings have the names that they have on the command line and are checked in the same way. What goes wrong is a
`LatentExplorerError` with what happened (`what`) and what to do about it (`todo`). What a person should know of a
training meanwhile goes to the logger "latentexplorer", or with all other events to an `emit` of one's own. Nothing
heavy is imported before it is used.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from latentexplorer.core.config import RunConfig, with_changes
from latentexplorer.core.errors import DataError, RunError, SettingsError
from latentexplorer.core.events import Emit, Event, Notice
from latentexplorer.core.settings_text import as_changes, read_toml

if TYPE_CHECKING:
    from latentexplorer.models import Codes
    from latentexplorer.runs import Trained

AnyPath = str | os.PathLike[str]
Part = Literal["train", "test"]
Floats = npt.NDArray[np.float32]

LEVELS = {"warning": logging.WARNING}


class Run:
    """A trained model with its images, codes and history. Made by `train`, `resume` and `open_run`.

    Attributes
    ----------
    trained : Trained
        What the rest of the package works with: for whatever is not here.
    """

    def __init__(self, trained: Trained) -> None:
        self.trained = trained

    def __repr__(self) -> str:
        config = self.trained.config
        return f"<Run {self.name}: {config.model.family} on {config.data.name}, {self.trained.epoch} epochs>"

    @property
    def path(self) -> Path:
        """The run's folder."""
        if self.trained.path is None:
            raise RunError("This run has no folder", "Train it into one")
        return self.trained.path

    @property
    def name(self) -> str:
        """The folder's own name."""
        return self.trained.name

    @property
    def settings(self) -> dict[str, Any]:
        """Every setting by its dotted name, such as "model.beta"."""
        return self.trained.config.settings()

    @property
    def history(self) -> dict[str, npt.NDArray[np.float64]]:
        """The metric table by column, one number an epoch; NaN where unknown. See `latentexplorer.core.history`."""
        history = self.trained.history
        return {name: np.array(history.column(name), np.float64) for name in history.columns}

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes in order, so that label 3 is `classes[3]`; empty where images carry no labels."""
        return self.trained.class_names

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """(H, W, C) of the images it learned."""
        channels, height, width = self.trained.image_shape
        return height, width, channels

    @property
    def code_dim(self) -> int:
        """D: numbers in a code."""
        return self.trained.code_dim

    def images(self, part: Part) -> npt.NDArray[np.uint8]:
        """The training ("train") or held-out ("test") images.

        Returns
        -------
        ndarray (N, H, W, C), uint8
            Not to be written to.

        Raises
        ------
        DataError
            If they are not where they were when it was trained.
        """
        images: npt.NDArray[np.uint8] = self.trained.images(part).images
        return images

    def labels(self, part: Part) -> npt.NDArray[np.int64] | None:
        """The class (N,) of each of `images(part)`; None where images carry no labels."""
        return self.trained.images(part).labels

    def codes(self, part: Part) -> Codes:
        """The codes that are kept with the run, with the positions in `images(part)` that they belong to.

        Returns
        -------
        Codes
            `loc` (n, D), `scale` (n, D) or None, `index` (n,), `labels` (n,) or None. Of an auto-decoder these are the
            codes it learned, which `encode` of the same images only comes close to.

        Raises
        ------
        NotApplicableError
            If it keeps none of that part.
        """
        return self.trained.codes_of(part)

    def encode(
        self, images: npt.ArrayLike, y: npt.ArrayLike | None = None, *, steps: int | None = None, seed: int = 0
    ) -> Floats:
        """Posterior means of images. An encoder answers at once; without one, a code is fitted to each image.

        Parameters
        ----------
        images : array (N, H, W, C), or (N, H, W) of grey images
            Integers from 0 to 255, or floats from 0 to 1, which are rounded to the 256 levels of stored images. A run
            whose images were drawn black and white (`data.binarise`) draws these, too, each by its place.
        y : array (N,) of int, one int, or None
            Classes; needed by conditional models.
        steps : int or None
            Gradient steps of a fit; None for 300, as `evaluate` makes.
        seed : int
            Of a fit.

        Returns
        -------
        ndarray (N, D), float32

        Raises
        ------
        DataError
            If these are no images of `image_shape`.
        NotApplicableError, SettingsError
            If a conditional model is given no classes, or others than its own.
        """
        return self.posterior(images, y, steps=steps, seed=seed)[0]

    def posterior(
        self, images: npt.ArrayLike, y: npt.ArrayLike | None = None, *, steps: int | None = None, seed: int = 0
    ) -> tuple[Floats, Floats | None]:
        """Posterior means and standard deviations of images, (N, D) each; None for the latter where codes are points.

        Parameters and errors are those of `encode`.
        """
        from latentexplorer.latent.codes import FIT_STEPS, infer

        pixels = self._pixels(images)
        labels = None if y is None else self._classes(y, len(pixels))
        codes = infer(self.trained, pixels, labels, steps=FIT_STEPS if steps is None else steps, seed=seed).codes
        return codes.loc, codes.scale

    def decode(self, z: npt.ArrayLike, y: npt.ArrayLike | None = None) -> Floats:
        """Images of codes.

        Parameters
        ----------
        z : array (N, D)
        y : array (N,) of int, one int, or None
            Classes; needed by conditional models.

        Returns
        -------
        ndarray (N, H, W, C), float32, from 0 to 1
            A separation model gives both of its images, one beside the other.

        Raises
        ------
        SettingsError
            If these are no codes of `code_dim` finite numbers, or no classes of the run.
        NotApplicableError
            If a conditional model is given no classes.
        """
        codes = np.asarray(z, np.float32)
        if codes.ndim != 2 or codes.shape[1] != self.code_dim or not np.isfinite(codes).all():
            raise SettingsError(
                f"An array of shape {codes.shape} holds no codes of {self.name}",
                f"Give finite numbers of shape (N, {self.code_dim})",
            )
        return self.trained.decode(codes, self._classes(y, len(codes)))

    def _classes(self, y: npt.ArrayLike | None, count: int) -> npt.NDArray[np.int64] | None:
        """One class for each of `count` codes, checked; None where the model knows none."""
        from latentexplorer.latent.classes import labels_for

        if y is None:
            return labels_for(self.trained, None, count)
        labels = np.asarray(y)
        if not np.issubdtype(labels.dtype, np.integer):
            raise SettingsError(f"Classes are whole numbers, not {labels.dtype}", "Give positions in `classes`")
        return labels_for(self.trained, labels if labels.ndim else np.full(count, labels), count)

    def _pixels(self, images: npt.ArrayLike) -> npt.NDArray[np.uint8]:
        """Images as they are stored."""
        given = np.asarray(images)
        height, width, channels = self.image_shape
        pixels = given[..., None] if given.ndim == 3 and channels == 1 else given
        if pixels.shape[1:] != self.image_shape:
            wanted = f"(N, {height}, {width})" if channels == 1 else f"(N, {height}, {width}, {channels})"
            raise DataError(f"Images of shape {given.shape} are not those of {self.name}", f"Bring them to {wanted}")
        highest = 255 if np.issubdtype(pixels.dtype, np.integer) else 1
        if highest == 1 and not np.issubdtype(pixels.dtype, np.floating):
            raise DataError(f"{pixels.dtype} is no type of pixels", "Give integers or floats")
        if len(pixels) and not (pixels.min() >= 0 and pixels.max() <= highest):
            raise DataError(
                f"Pixels from {pixels.min():g} to {pixels.max():g} cannot be encoded",
                "Give integers from 0 to 255, or floats from 0 to 1",
            )
        from latentexplorer.data import ImageSet
        from latentexplorer.data.binarise import binarised_like

        stored = (pixels if highest == 255 else np.rint(pixels * 255)).astype(np.uint8)
        return binarised_like(ImageSet(stored), self.trained.config.data).images


def train(
    preset: AnyPath,
    out: AnyPath | None = None,
    *,
    data_root: AnyPath | None = None,
    emit: Emit | None = None,
    **settings: object,
) -> Run:
    """Train a model and keep the run.

    Parameters
    ----------
    preset : str or path
        Name of a preset (`latentexplorer list presets`), or a .toml file of settings.
    out : str, path or None
        The run's folder, which must not hold anything yet; None for a new one in the runs folder.
    data_root : str, path or None
        Folder of the named data sets.
    emit : callable or None
        Hears every event (`latentexplorer.core.events`); None sends what a person should know to the log.
    **settings
        Changes by dotted name: `**{"training.epochs": 20, "training.seed": 1}`.

    Raises
    ------
    SettingsError, DataError, RunError, TrainingError
        Each with what to do. An interrupted training goes on with `resume`.
    """
    from latentexplorer.data import load_data
    from latentexplorer.runs import RunFolder, free_path
    from latentexplorer.training import train as loop

    config = _config(preset, data_root, settings)
    emit = emit or _to_log
    data = load_data(config.data, emit=emit)
    path = free_path(config.preset or f"{config.model.family}-{config.data.name}") if out is None else Path(out)
    return Run(loop(RunFolder.create(path, config), data, emit=emit))


def resume(run: Run | AnyPath, *, emit: Emit | None = None, **settings: object) -> Run:
    """Go on with a run from its last checkpoint: one that was interrupted, or for more epochs.

    Parameters
    ----------
    run : Run, or str or path as `open_run` takes it
    **settings
        Changes by dotted name. They are recorded with their step, so that the run's settings repeat it; what would
        need another model or other images cannot change.

    Raises
    ------
    SettingsError, DataError, RunError, TrainingError
        Each with what to do. A refused one changes nothing in the folder; a finished run is left as it is.
    """
    from latentexplorer.runs import RunFolder
    from latentexplorer.training import images_of, plan
    from latentexplorer.training import train as loop

    folder = RunFolder.open(run.path if isinstance(run, Run) else _run_path(run))
    emit = emit or _to_log
    going = plan(folder, _changes(settings))
    if going.finished:
        emit(Notice(f"{going.finished}. {going.more}"))
        return open_run(folder.path)
    data, changes = images_of(folder, going, emit=emit)
    return Run(loop(folder, data, emit=emit, resume=True, changes=changes))


def open_run(
    path: AnyPath,
    *,
    data_root: AnyPath | None = None,
    data_path: AnyPath | None = None,
    epoch: int | None = None,
    device: str = "auto",
) -> Run:
    """Open a run: its last state, or the kept one after `epoch`.

    Parameters
    ----------
    path : str or path
        A run's folder, or the name of one in the runs folder.
    data_root, data_path : str, path or None
        Where the named data sets, or a person's own images, are now, instead of where the run found them. Where they
        are the images it was trained on, the run remembers it.
    device : "auto", "cpu" or "cuda"

    Raises
    ------
    RunError
        If it is no run, was never trained, or is damaged.
    """
    from latentexplorer.runs import Trained

    said = {"data.root": data_root, "data.path": data_path}
    places = {key: os.fspath(place) for key, place in said.items() if place is not None}
    run = Run(Trained.load(_run_path(path), places=places, epoch=epoch, device=device))
    if places and run.trained.data is None:
        raise DataError(run.trained.missing)
    return run


def view(run: Run, kind: str, **settings: object) -> Any:
    """What a pane and a figure of this kind show, as arrays.

    Parameters
    ----------
    kind : str
        See `latentexplorer list figures`.
    **settings
        Of the view, see `latentexplorer figure KIND RUN --help-settings`.

    Returns
    -------
    A frozen dataclass of arrays, with `title`, `subtitle` and `notes`; `help` of its type says what is in it.

    Raises
    ------
    NotApplicableError
        Where this view makes no sense for the model; it says why.
    SettingsError
    """
    from latentexplorer.views.registry import load_view, settings_from

    return load_view(kind).compute(run.trained, settings_from(kind, _changes(settings)))


def figure(
    run: Run,
    kind: str,
    out: AnyPath,
    *,
    dpi: int = 150,
    size: tuple[float, float] | str | None = None,
    dark: bool = False,
    **settings: object,
) -> Path:
    """Draw a view of a run into a file.

    Parameters
    ----------
    kind : str
        See `latentexplorer list figures`.
    out : str or path
        Ends in .png, .svg or .pdf; what moves in .gif, .apng or .webp. A PNG carries what makes it again.
    dpi : int
        Dots per inch of a PNG, and of the images inside an SVG or PDF.
    size : (width, height) in inches, text such as "120x80mm", or None for what fits
    dark : bool
        Light on dark, for slides.
    **settings
        Of the view; those that start with "figure." of the style.

    Returns
    -------
    Path
        The file.
    """
    from latentexplorer.figures import export
    from latentexplorer.figures.animation import MOVING, export_animation

    path = Path(out)
    if path.suffix.lower() in MOVING:
        return export_animation(run.trained, path, _changes(settings), kind=kind, scale=0)
    export(kind, run.trained, path, _changes(settings), dpi=dpi, size=size, dark=dark)
    return path


def _config(preset: AnyPath, data_root: AnyPath | None, settings: Mapping[str, object]) -> RunConfig:
    from latentexplorer.core.presets import preset as named

    name = os.fspath(preset)
    own = {} if data_root is None else {"data.root": data_root}
    if name.endswith(".toml"):
        return RunConfig.parse(with_changes(read_toml(Path(name)), _changes({**own, **settings})))
    return named(name).config(_changes({**own, **settings}))


def _changes(settings: Mapping[str, object]) -> list[str]:
    """Settings as the texts of a command line, so that both are read and checked in one way."""
    plain = {}
    for key, value in settings.items():
        if isinstance(value, np.ndarray | np.generic):
            value = value.tolist()
        plain[key] = os.fspath(value) if isinstance(value, os.PathLike) else value
    try:
        return as_changes(plain)
    except TypeError as error:
        raise SettingsError(
            f"A setting cannot be read: {error}", "Give numbers, text, paths or lists of them"
        ) from None


def _run_path(path: AnyPath) -> Path:
    from latentexplorer.views.lookup import run_path

    return run_path(os.fspath(path))


def _to_log(event: Event) -> None:
    if isinstance(event, Notice):
        logging.getLogger("latentexplorer").log(LEVELS.get(event.level, logging.INFO), "%s", event.text)
