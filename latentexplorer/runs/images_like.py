"""A person's other images, brought to size, colour and scale as those that a run was trained on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.events import Emit, ignore
from latentexplorer.core.paths import expanded
from latentexplorer.data import ImageSet, read_images
from latentexplorer.data.binarise import binarised_like
from latentexplorer.data.own_images import read_parts
from latentexplorer.runs.folder import RunFolder
from latentexplorer.runs.trained import Trained


def images_like(
    run: Trained,
    path: Path,
    *,
    skip_unreadable: bool = False,
    choose: Callable[[int], np.ndarray] | None = None,
    emit: Emit = ignore,
    stop: StopToken = NEVER,
) -> ImageSet:
    """Images of a file or folder, as a run has its own.

    Classes and columns that do not fit are said and left: it is the images that are wanted.

    Parameters
    ----------
    skip_unreadable : bool
        Leave out what cannot be read, also where the run did not.
    choose : callable (N) -> positions, or None
        Which of the N images there are are read; None: all.

    Raises
    ------
    DataError
        With everything that is wrong.
    """
    data = run.config.data
    images = read_images(
        path,
        like=run.image_shape,
        fit=data.fit,
        skip_unreadable=skip_unreadable or data.skip_unreadable,
        every_frame=data.frames == "all",
        whites=_whites(run),
        explored=True,
        choose=choose,
        emit=emit,
        stop=stop,
    )
    return binarised_like(images, data)


def parts_like(
    run: Trained,
    path: Path,
    *,
    columns: Path | None = None,
    labels: str | None = None,
    skip_unreadable: bool = False,
    emit: Emit = ignore,
    stop: StopToken = NEVER,
) -> dict[str, ImageSet]:
    """The same by part, see `data.own_images.read_parts`.

    Parameters
    ----------
    columns, labels
        None: of the very images that it was trained on, as then, wherever they are by now; of others, what lies
        beside them.
    """
    data = run.source or run.config.data
    same = data.name == "images" and data.path is not None and expanded(data.path).resolve() == path.resolve()
    if same and columns is None and data.columns:
        columns = expanded(data.columns)
    parts = read_parts(
        path,
        like=run.image_shape,
        fit=data.fit,
        skip_unreadable=skip_unreadable or data.skip_unreadable,
        every_frame=data.frames == "all",
        columns=columns,
        whites=_whites(run),
        labels=labels if labels is not None else data.labels if same else "",
        emit=emit,
        stop=stop,
    )
    return {part: binarised_like(images, data, part) for part, images in parts.items()}


def _whites(run: Trained) -> dict[str, float]:
    """The values that became white in the images it was trained on, by kind of number."""
    if run.data is not None:
        return run.data.whites
    return RunFolder.open(run.path).whites if run.path is not None else {}
