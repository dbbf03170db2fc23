"""A trained model as a script has it: arrays in, arrays out."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from latentexplorer.core.errors import DataError, RunError, SettingsError
from latentexplorer.core.paths import run_path
from latentexplorer.scripting.settings import AnyPath

if TYPE_CHECKING:
    from latentexplorer.models import Codes
    from latentexplorer.runs import Trained

Part = Literal["train", "test"]
Floats = npt.NDArray[np.float32]


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
    run = Run(Trained.load(folder_of(path), places=places, epoch=epoch, device=device))
    if places and run.trained.data is None:
        raise DataError(run.trained.missing)
    return run


def folder_of(path: AnyPath) -> Path:
    """The folder that a path, or a name in the runs folder, means."""
    return run_path(os.fspath(path))
