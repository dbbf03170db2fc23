"""How badly a model gives an image back, beside held-out images: as a p-value, and pixel by pixel.

The error of an image is the root mean squared error of its decode, on [0, 1]. Of n held-out images, put through the
model as the new one is, some are given back as badly. Were the new image one of them, then

    p = (1 + count(held-out errors >= its error)) / (1 + n)

would be at most a with a chance of at most a, whatever the errors are distributed like: a conformal p-value (Vovk,
Gammerman & Shafer 2005; Laxhammar & Falkman 2010; for tests of many images Bates et al. 2023). It cannot be below
1 / (1 + n). Errors of training images are smaller than those of others, as the model has learned these very images:
beside held-out ones they say nothing, so they are ranked among themselves.

Where an image does not fit is told pixel by pixel: its residual r = x - x_hat in units of those of held-out images,

    z = (r - m) / s,    s^2 = (1 - w) v + w v' + g^2,    w = max(1/4, 10 / n), at most 1

with m and v their mean and variance at that pixel (m shrunk to nought by n / (n + 10)), v' the mean of all squared
residuals and g a grey level: variances are shrunk to what is common to all pixels (as in Opgen-Rhein & Strimmer 2007),
so that a pixel that never varies, as the corner of a digit, is odd when it does, and not infinitely so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import NotApplicableError
from latentexplorer.core.events import Emit, Progress, ignore
from latentexplorer.data.subsets import spaced
from latentexplorer.latent.codes import infer
from latentexplorer.models import Codes
from latentexplorer.runs import Trained

Decode = Callable[[np.ndarray, np.ndarray | None], np.ndarray]
"""Images (B, H, W, C) of codes (B, D) and their classes (B,), as the decoder gives them."""

USUALLY = 0.05
LEAST = 19
"""Held-out images from which on a p-value can be as small as `USUALLY`."""
MOST = 2_000
"""Images whose errors are taken, at most, where nothing else is said."""
MOST_FITTED = 256
"""The same where a code has to be fitted to each: as many as a finished run keeps."""
OWN_SHARE, OWN_COUNT = 0.25, 10
GREY = 1 / 255
TILE = 64


# -- numbers ----------------------------------------------------------------------------------------------------------


def p_values(errors: np.ndarray, held_out: np.ndarray, *, own: bool = False) -> np.ndarray:
    """Conformal p-values (B,) of errors (B,), 0..1, beside held-out errors (n,).

    Parameters
    ----------
    own : bool
        Whether the errors are among the held-out ones: then each is held against the others.

    Raises
    ------
    NotApplicableError
        Where there is none to be held against.
    """
    known = np.sort(_finite(held_out))
    if not len(known):
        raise NotApplicableError("There are no held-out images to hold an error against", "Hold some out of training")
    as_bad = len(known) - np.searchsorted(known, _finite(errors), side="left")
    return np.asarray(as_bad / len(known) if own else (1 + as_bad) / (1 + len(known)), np.float64)


def p_values_by_class(
    errors: np.ndarray,
    labels: np.ndarray,
    held_out: np.ndarray,
    held_out_labels: np.ndarray,
    *,
    own: bool = False,
) -> tuple[np.ndarray, np.ndarray]:
    """The same, each beside held-out images of its own class.

    An image of no class (-1), or of one with fewer than `LEAST` held-out images, is held against all of them.

    Returns
    -------
    p, count : ndarray (B,)
        And beside how many images each is held.
    """
    p, count = p_values(errors, held_out, own=own), np.full(len(errors), len(held_out))
    for number in np.unique(labels[labels >= 0]).tolist():
        known = held_out[held_out_labels == number]
        if len(known) >= LEAST:
            rows = labels == number
            p[rows], count[rows] = p_values(errors[rows], known, own=own), len(known)
    return p, count


def expected_by_chance(against: np.ndarray) -> float:
    """How many of images like the held-out ones have p <= `USUALLY`, each held against so many (B,).

    p is one of the numbers 1 / (1 + n), 2 / (1 + n) ... 1, each as likely where no two errors are equal: beside few
    held-out images fewer than that part are below it, and beside fewer than `LEAST` none.
    """
    numbers = np.asarray(against, np.float64) + 1
    return float((np.floor(USUALLY * numbers + 1e-9) / numbers).sum())


def q_values(p: np.ndarray) -> np.ndarray:
    """The least false discovery rate at which each of p-values (m,) is a discovery (Benjamini & Hochberg 1995)."""
    order = np.argsort(p, kind="stable")
    of_rank = p[order] * len(p) / np.arange(1, len(p) + 1)
    found = np.empty(len(p))
    found[order] = np.minimum.accumulate(of_rank[::-1])[::-1]
    return np.minimum(found, 1.0)


def _finite(errors: np.ndarray) -> np.ndarray:
    """Errors that can be ordered: what is no number is worse than any."""
    return np.nan_to_num(np.asarray(errors, np.float64), nan=np.inf, posinf=np.inf)


class Residuals:
    """What is left at each pixel of images that were given back, added up tile by tile."""

    def __init__(self) -> None:
        self.count = 0
        self._sum = self._squares = np.zeros(0)

    def add(self, left: np.ndarray) -> None:
        """Residuals (B, H, W, C) of some more images; those that are no numbers tell nothing."""
        left = left[np.isfinite(left).all((1, 2, 3))].astype(np.float64)
        if not self.count:
            self._sum, self._squares = np.zeros(left.shape[1:]), np.zeros(left.shape[1:])
        self.count += len(left)
        self._sum = self._sum + left.sum(0)
        self._squares = self._squares + np.square(left).sum(0)

    def usual(self) -> tuple[np.ndarray, np.ndarray]:
        """Mean and spread (H, W, C) that are usual at each pixel, both shrunk."""
        n = max(self.count, 1)
        mean = self._sum / n
        variance = np.maximum(self._squares - n * mean**2, 0) / max(n - 1, 1)
        share = min(max(OWN_SHARE, OWN_COUNT / n), 1.0)
        spread = np.sqrt((1 - share) * variance + share * self._squares.mean() / n + GREY**2)
        return mean * n / (n + OWN_COUNT), spread


@dataclass(frozen=True, eq=False)
class HeldOut:
    """What is usual among n images that were put through a model.

    Attributes
    ----------
    errors : ndarray (n,)
        Root mean squared, on [0, 1].
    index : ndarray (n,), int64
        Their positions in their part.
    labels : ndarray (n,) or None
        Their classes, for a conditional model: then each image is held against its own class.
    mean, spread : ndarray (H, W, C)
        Of their residuals at each pixel.
    """

    errors: np.ndarray
    index: np.ndarray
    labels: np.ndarray | None
    mean: np.ndarray
    spread: np.ndarray

    def __len__(self) -> int:
        return len(self.errors)

    def judge(
        self, errors: np.ndarray, labels: np.ndarray | None = None, *, own: bool = False
    ) -> tuple[np.ndarray, np.ndarray]:
        """p-values (B,) of errors (B,), and beside how many images each is held; see `p_values_by_class`."""
        if self.labels is None or labels is None:
            return p_values(errors, self.errors, own=own), np.full(len(errors), len(self))
        return p_values_by_class(errors, labels, self.errors, self.labels, own=own)

    def thin(self, labels: np.ndarray) -> np.ndarray:
        """Which of images of some classes (B,) are held against all, as their class has too few images; (B,) bool."""
        if self.labels is None:
            return np.zeros(len(labels), bool)
        counts = np.array([(self.labels == label).sum() for label in labels.tolist()])
        return np.asarray((labels >= 0) & (counts < LEAST), bool)

    def misfit(self, x: np.ndarray, x_hat: np.ndarray) -> np.ndarray:
        """Where images (B, H, W, C), uint8, do not fit their decodes: z (B, H, W) of the channel that fits worst.

        Above nought where the image is brighter than its decode by more than is usual there.
        """
        z = np.nan_to_num((residuals(x, x_hat) - self.mean) / self.spread, nan=0.0, posinf=99.0, neginf=-99.0)
        worst = np.abs(z).argmax(-1)[..., None]
        return np.asarray(np.take_along_axis(z, worst, -1)[..., 0], np.float32)


def residuals(x: np.ndarray, x_hat: np.ndarray) -> np.ndarray:
    """Images (B, H, W, C), uint8, less their decodes, on [-1, 1]."""
    return np.asarray(x, np.float32) / 255 - np.asarray(x_hat, np.float32)


def errors_of(left: np.ndarray) -> np.ndarray:
    """Root mean squared errors (B,) of residuals (B, H, W, C)."""
    return np.asarray(np.sqrt(np.square(left.astype(np.float64)).mean((1, 2, 3))))


# -- of a run ---------------------------------------------------------------------------------------------------------


def learn(images: np.ndarray, codes: Codes, decode: Decode, by_class: bool) -> Iterator[HeldOut | None]:
    """What is usual among the images of some codes, in steps of `TILE` images: None until the last.

    Parameters
    ----------
    images : ndarray (N, H, W, C), uint8
        Those that `codes.index` points into.
    by_class : bool
        Whether the decoder is told classes, so that each image is held against its own.
    """
    errors, all_left = [], Residuals()
    for start in range(0, len(codes), TILE):
        some = codes.take(slice(start, start + TILE))
        x_hat = decode(some.loc, some.labels if by_class else None)
        left = residuals(images[some.index], x_hat)
        errors.append(errors_of(left))
        all_left.add(left)
        yield None
    if not errors:
        raise NotApplicableError("There are no held-out images to hold an error against", "Hold some out of training")
    yield HeldOut(np.concatenate(errors), codes.index, codes.labels if by_class else None, *all_left.usual())


def measured(trained: Trained, part: str, codes: Codes, *, emit: Emit = ignore, stop: StopToken = NEVER) -> HeldOut:
    """What is usual among the images of a part that some codes belong to.

    Raises
    ------
    DataError, NotApplicableError
        Where the images are not there, or there are none.
    """
    refuse_mixtures(trained)
    images, decode = trained.images(part).images, partial(trained.decode, clamped=False, stop=stop)
    steps = learn(images, codes, decode, trained.config.model.kind.conditional)
    done = 0
    while (found := next(steps)) is None:
        stop.check()
        done = min(done + TILE, len(codes))
        emit(Progress(done, len(codes), "errors of known images"))
    return found


def refuse_mixtures(trained: Trained) -> None:
    """Raise for a model that gives no image back."""
    if trained.config.model.kind.separates:
        raise NotApplicableError(
            f"{trained.config.model.kind.title} takes mixtures apart and gives no image back, so none can be odd to it",
            "See the separation figure",
        )


def some(codes: Codes, most: int) -> Codes:
    """At most so many codes, evenly spread."""
    if len(codes) <= most:
        return codes
    return codes.take(spaced(len(codes), most))


def as_new(trained: Trained, *, most: int | None = None, emit: Emit = ignore, stop: StopToken = NEVER) -> Codes:
    """Codes of held-out images, found as those of new images are: what a new image is held against.

    Encoded; of an auto-decoder fitted to the finished decoder, which stands still: those that the run keeps, or
    fitted here where it keeps none.
    """
    if trained.config.model.kind.encoder:
        return some(trained.codes_of("test"), most or MOST)
    if trained.fitted is not None and len(trained.fitted):
        return some(trained.fitted, most or MOST)
    images = trained.images("test")
    if not len(images):
        raise NotApplicableError("There are no held-out images to hold an error against", "Hold some out of training")
    rows = spaced(len(images), most or MOST_FITTED)
    found = infer(trained, np.asarray(images.images[rows]), emit=emit, stop=stop).codes
    found.index = rows
    return found


def learned(trained: Trained, images: np.ndarray) -> np.ndarray:
    """Which of images (B, H, W, C), uint8, are pixel by pixel images that the model was trained on; (B,) of bool."""
    wanted = {image.tobytes() for image in images}
    found: set[bytes] = set()
    if trained.data is None or not wanted:
        return np.zeros(len(images), bool)
    known = trained.images("train").images
    for start in range(0, len(known), TILE):
        found |= wanted.intersection(image.tobytes() for image in np.asarray(known[start : start + TILE]))
    return np.array([image.tobytes() in found for image in images], bool)
