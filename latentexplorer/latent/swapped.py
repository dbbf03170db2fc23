"""Keep the style of an image, change its class: how near that comes where the true image is known.

Sohn, Lee and Yan 2015 (conditional VAE); Kingma, Rezende, Mohamed and Welling 2014, section 4.3 (analogies: the code of
an image, decoded with other labels).
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import NotApplicableError
from latentexplorer.core.events import Emit, Progress, ignore
from latentexplorer.data.known_styles import KnownStyles
from latentexplorer.data.subsets import spaced

if TYPE_CHECKING:
    from latentexplorer.runs import Trained

PAIRS = 200
"""Swaps that a run is judged by."""
LEARNED_FROM = 20_000
"""Training images that the mean images of the classes are of, evenly spread."""
PIECE = 20
ERRORS = 2.0
"""Standard errors beyond which a mean difference is one."""


@dataclass(frozen=True, eq=False)
class SwapErrors:
    """Root mean squared errors, on [0, 1], to the true image of P swaps, each (P,) float64.

    Attributes
    ----------
    swapped : ndarray
        Of the style's code, decoded as the other class.
    mean : ndarray
        Of the mean training image of that class; NaN where none was trained on.
    other : ndarray
        Of the code of another image, drawn at random, decoded as that class.
    own, own_mean : ndarray
        Of the style's code, decoded as the class it has, to the image itself, and of that class's mean image.
    """

    swapped: np.ndarray
    mean: np.ndarray
    other: np.ndarray
    own: np.ndarray
    own_mean: np.ndarray

    @property
    def better(self) -> tuple[float, float]:
        """In which share of the swaps it is nearer than the mean image (where there is one), and than another style."""
        known = ~np.isnan(self.mean)
        mean = float((self.swapped < self.mean)[known].mean()) if known.any() else float("nan")
        return mean, float((self.swapped < self.other).mean())

    @property
    def mean_images(self) -> float:
        """The mean of `mean` where there is one; NaN where there is none."""
        known = self.mean[~np.isnan(self.mean)]
        return float(known.mean()) if len(known) else float("nan")


def standard_error(values: np.ndarray, of: np.ndarray) -> float:
    """Of the mean of values (P,), several of which may be of one image, `of` (P,); NaN of one image alone.

    Swaps of one image go up and down together: what varies is the sum over each image (Liang and Zeger 1986).
    """
    images, which = np.unique(of, return_inverse=True)
    if len(images) < 2:
        return float("nan")
    sums = np.bincount(which, weights=values - values.mean())
    return float(np.sqrt(len(images) / (len(images) - 1) * np.square(sums).sum())) / len(values)


def _beyond_zero(differences: np.ndarray, of: np.ndarray) -> bool:
    known = ~np.isnan(differences)
    if not known.any():
        return False
    error = standard_error(differences[known], of[known])
    return bool(np.isfinite(error) and differences[known].mean() > ERRORS * error)


def class_means(images: np.ndarray, labels: np.ndarray, count: int) -> np.ndarray:
    """The mean image of each of K classes, (K, H, W, C) float64 in [0, 1]; NaN of a class without images."""
    means = np.full((count, *images.shape[1:]), np.nan)
    for label in range(count):
        own = images[labels == label]
        if len(own):
            means[label] = own.mean(0, dtype=np.float64) / 255
    return means


def means_of(trained: Trained) -> np.ndarray:
    """The mean training image of each class of a run, (K, H, W, C) float64 in [0, 1]."""
    images = trained.images("train")
    if images.labels is None:
        raise NotApplicableError("The training images carry no classes")
    rows = spaced(len(images), LEARNED_FROM)
    return class_means(images.images[rows], images.labels[rows], trained.num_classes)


def swap_errors(
    trained: Trained,
    z: np.ndarray,
    others: np.ndarray,
    y: np.ndarray,
    true: np.ndarray,
    own: tuple[np.ndarray, np.ndarray],
    means: np.ndarray,
) -> SwapErrors:
    """How far P swaps are from the truth.

    Parameters
    ----------
    z, others : (P, D)
        The codes of the styles, and of other images.
    y : (P,) int64
        The classes they are decoded as.
    true : (P, H, W, C) uint8
        The styles in these classes.
    own : (P,) int64 and (P, H, W, C) uint8
        The classes that the styles are of, and the images themselves.
    means : (K, H, W, C) float, [0, 1]
    """

    def away(images: np.ndarray, truth: np.ndarray) -> np.ndarray:
        found: np.ndarray = np.sqrt(np.square(images - truth / 255.0).mean((1, 2, 3)))
        return found

    def decoded(codes: np.ndarray, classes: np.ndarray) -> np.ndarray:
        return trained.decode(codes, classes, clamped=False).astype(np.float64)

    of, images = own
    return SwapErrors(
        swapped=away(decoded(z, y), true),
        mean=away(means[y], true),
        other=away(decoded(others, y), true),
        own=away(decoded(z, of), images),
        own_mean=away(means[of], images),
    )


@dataclass(frozen=True, eq=False)
class Swaps:
    """How well a run swaps classes.

    Attributes
    ----------
    part : str
        The part of the images that it was measured on.
    errors : SwapErrors
    of : ndarray (P,)
        Whose style each swap is: rows of the codes.
    """

    part: str
    errors: SwapErrors
    of: np.ndarray

    @property
    def images(self) -> int:
        """Different images among the swaps."""
        return len(np.unique(self.of))

    @property
    def standard_error(self) -> float:
        """Of the mean error of a swap; NaN of one image alone."""
        return standard_error(self.errors.swapped, self.of)

    @property
    def holds_class(self) -> bool:
        """Whether codes hold their class: its mean image is worse than they are in it, but another's is better.

        A decoder that knows little yet is worse than both. Compared swap by swap, beyond `ERRORS` standard errors.
        """
        errors = self.errors
        return _beyond_zero(errors.swapped - errors.mean, self.of) and _beyond_zero(
            errors.own_mean - errors.own, self.of
        )


def judge(
    trained: Trained,
    styles: KnownStyles,
    part: str,
    *,
    count: int = PAIRS,
    seed: int = 0,
    emit: Emit = ignore,
    stop: StopToken = NEVER,
) -> Swaps:
    """Swap images of a part into a random other class each, and hold them against the true ones.

    Raises
    ------
    NotApplicableError
        Where there is no other class or no other image.
    """
    codes = trained.codes_of(part)
    classes = trained.num_classes
    if classes < 2 or len(codes) < 2 or codes.labels is None:
        raise NotApplicableError("There is no other class to swap with", "Train on images of two classes or more")
    random = np.random.default_rng(seed)
    # Every image once before any comes again.
    rounds = -(-count // len(codes))
    rows = np.concatenate([random.permutation(len(codes)) for _ in range(rounds)])[:count]
    y = (codes.labels[rows] + random.integers(1, classes, count)) % classes
    others = (rows + random.integers(1, len(codes), count)) % len(codes)
    means, images = means_of(trained), trained.images(part)
    found = []
    for start in range(0, count, PIECE):
        stop.check()
        piece = slice(start, start + PIECE)
        true = styles.drawn(codes.index[rows[piece]], y[piece])
        own = codes.labels[rows[piece]], np.asarray(images.images[codes.index[rows[piece]]])
        found.append(swap_errors(trained, codes.loc[rows[piece]], codes.loc[others[piece]], y[piece], true, own, means))
        emit(Progress(min(start + PIECE, count), count, "swapping classes"))
    joined = (np.concatenate([getattr(each, one.name) for each in found]) for one in fields(SwapErrors))
    return Swaps(part, SwapErrors(*joined), rows)
