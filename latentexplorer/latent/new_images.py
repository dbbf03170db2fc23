"""Codes of images that are not the run's own, with their classes beside the run's and the names they go by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import NotApplicableError
from latentexplorer.core.events import Emit, ignore
from latentexplorer.data import ImageSet
from latentexplorer.latent.classes import classes_of
from latentexplorer.latent.codes import FIT_STEPS, PARTS, infer
from latentexplorer.latent.naming import Named
from latentexplorer.runs import Trained


@dataclass(frozen=True)
class NewCodes:
    """Codes of N images of one or several parts.

    Attributes
    ----------
    loc, scale : ndarray (N, D), float32; scale may be None
    labels : ndarray (N,), int64, or None
        Numbers among `class_names`; -1 where an image has no class.
    class_names : tuple of str
        The run's classes, then those that it does not know.
    names : Named
    part : ndarray (N,) of str
    notes : tuple of str
        What was made of the classes.
    """

    loc: np.ndarray
    scale: np.ndarray | None
    labels: np.ndarray | None
    class_names: tuple[str, ...]
    names: Named
    part: np.ndarray
    notes: tuple[str, ...]


def infer_parts(
    trained: Trained,
    parts: Mapping[str, ImageSet],
    *,
    steps: int = FIT_STEPS,
    seed: int = 0,
    emit: Emit = ignore,
    stop: StopToken = NEVER,
) -> NewCodes:
    """Codes of the images of all parts, as `data.own_images.read_parts` gives them.

    Parameters
    ----------
    steps : int
        Gradient steps of a fit, where a model has no encoder.

    Raises
    ------
    NotApplicableError, SettingsError
        If a conditional model is given images without classes, or with classes that it does not know.
    """
    if trained.config.model.kind.conditional:
        without = [PARTS.get(part, part) for part, images in parts.items() if images.labels is None]
        if without:
            which = f" {' and '.join(without)}" if len(parts) > 1 else ""
            raise NotApplicableError(
                f"This model is conditional: encoding an image needs its class, and the{which} images carry no labels",
                "Label them too, or name the column that holds the classes",
            )
    # All parts have one list of classes, but not the same of them.
    matched, *_ = [classes_of(trained, images) for images in parts.values()]
    own = {part: matched.labels(images.labels) for part, images in parts.items()}
    codes = [
        infer(trained, images.images, own[part], steps=steps, seed=seed, emit=emit, stop=stop).codes
        for part, images in parts.items()
    ]
    notes = list(matched.notes)
    if matched.unknown:
        shown = ", ".join(matched.unknown)[:300]
        notes.append(f"classes that {trained.name} does not know are kept under their own names: {shown}")
    counts = [len(images) for images in parts.values()]
    labels = [np.full(count, -1) if each is None else each for count, each in zip(counts, own.values(), strict=True)]
    names = [Named.of(images) for images in parts.values()]
    return NewCodes(
        np.concatenate([each.loc for each in codes]),
        _joined([each.scale for each in codes]),
        np.concatenate(labels) if any(each is not None for each in own.values()) else None,
        matched.names,
        Named(_joined([each.index for each in names]), _joined([each.file for each in names])),
        np.repeat(list(parts), counts),
        tuple(notes),
    )


def _joined(arrays: Sequence[np.ndarray | None]) -> np.ndarray | None:
    """One array of those of all parts; None where some part has none."""
    known = [array for array in arrays if array is not None]
    return np.concatenate(known) if len(known) == len(arrays) else None
