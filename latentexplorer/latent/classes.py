"""What a class looks like in latent space: the mean or median of its codes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from latentexplorer.core.counting import count_text
from latentexplorer.core.errors import NotApplicableError, SettingsError
from latentexplorer.data import ImageSet
from latentexplorer.data.class_matching import MatchedClasses, match_classes
from latentexplorer.runs import Trained

NO_CLASS = -1
"""In the place of the number of a class, where an image has none."""


@dataclass(frozen=True)
class ClassCodes:
    """One code a class.

    Attributes
    ----------
    classes : ndarray (M,), int64
        The classes that have codes, ascending.
    codes : ndarray (M, D), float32
    counts : ndarray (M,), int64
        Codes of each class.
    """

    classes: np.ndarray
    codes: np.ndarray
    counts: np.ndarray


def class_codes(codes: np.ndarray, labels: np.ndarray | None, how: Literal["median", "mean"] = "median") -> ClassCodes:
    """The median (in each dimension by itself) or mean code of each class.

    Parameters
    ----------
    codes : ndarray (N, D)
    labels : ndarray (N,) or None

    Raises
    ------
    NotApplicableError
        Where images carry no labels.
    """
    if labels is None or not len(labels):
        raise NotApplicableError("These images have no labels, so there are no classes to sum up")
    classes, counts = np.unique(labels, return_counts=True)
    centre = np.median if how == "median" else np.mean
    found = np.stack([centre(np.asarray(codes[labels == label], np.float64), axis=0) for label in classes])
    return ClassCodes(classes.astype(np.int64), found.astype(np.float32), counts.astype(np.int64))


def classes_of(trained: Trained, images: ImageSet) -> MatchedClasses:
    """The classes of other images beside those of a run.

    Raises
    ------
    SettingsError
        If a conditional model, which needs them, was trained without one of those that occur.
    """
    matched = match_classes(trained.class_names, images.class_names)
    if trained.config.model.kind.conditional and images.labels is not None:
        there = {images.class_names[label] for label in np.unique(images.labels)}
        strange = [name for name in matched.unknown if name in there]
        if strange:
            raise SettingsError(
                f"{trained.name} knows no class {', '.join(map(repr, strange))[:200]}, which these images have",
                f"Its classes are {', '.join(trained.class_names)[:300]}",
            )
    return matched


def labels_of(trained: Trained, images: ImageSet) -> np.ndarray | None:
    """The classes (N,) of other images as the run counts them, by name; those that it does not know come after its own.

    Raises
    ------
    SettingsError
        If a conditional model, which needs them, was trained without one of these classes.
    """
    return classes_of(trained, images).labels(images.labels)


def labels_for(trained: Trained, labels: np.ndarray | None, count: int) -> np.ndarray | None:
    """The classes to decode `count` codes with: checked for a conditional model, None for any other.

    Raises
    ------
    NotApplicableError
        If a conditional model is given none.
    SettingsError
        If there are not `count` of them, or one is no class of the run.
    """
    if not trained.config.model.kind.conditional:
        return None
    if labels is None:
        raise NotApplicableError(
            f"{trained.config.model.kind.title} decodes a code for a class, and these codes have none", "Give a class"
        )
    labels = np.asarray(labels)
    if labels.shape != (count,):
        raise SettingsError(f"{count:,} codes cannot be decoded with {labels.size:,} classes", "Give one class a code")
    known = len(trained.class_names)
    if without := int((labels == NO_CLASS).sum()):
        raise SettingsError(
            f"{without:,} of {count_text(count, 'code')} {'has' if without == 1 else 'have'} no class",
            "Leave them out, or give all codes one class",
        )
    if count and (labels.min() < 0 or labels.max() >= known):
        raise SettingsError("A class is out of range", f"Classes are 0 to {known - 1}")
    return labels.astype(np.int64)
