"""A classifier that says which class a decoded image is of, how sure it is, and how often it is right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.counting import percent_text
from latentexplorer.core.errors import NotApplicableError
from latentexplorer.core.events import Emit, ignore
from latentexplorer.latent.readability import SEEDS, Readers, readers_of

MOST_STEPS = 1_000
"""Of training; with 60,000 digits it is then right on 96.3 % of held-out ones, see `readability`."""
MOST_TESTED = 2_000
HIDDEN = 5
"""Where there are no held-out images one in so many of the training images is kept from the classifier."""
HOTTEST = 50.0
MOSTLY = 0.6
"""Part of the images of one class from which on that is said beside how often a classifier is right."""


@dataclass(frozen=True)
class Tested:
    """How often a classifier is right on images that it did not learn from.

    Attributes
    ----------
    right : float
        Part of the images, 0..1.
    count : int
    what : str
        Which images, for a person.
    largest : float
        Part of them that is of one class where it is large (`lopsided`), else 0: who always says so is as often right.
    """

    right: float
    count: int
    what: str
    largest: float = 0.0

    @property
    def words(self) -> str:
        """`right on 97 % of 512 held-out images`, `right on 93 % of 359 held-out images (90 % are of one class)`."""
        share = f"{100 * self.right:.0f}" if 0.005 <= self.right <= 0.995 or self.right in (0, 1) else "over 99"
        one = f" ({percent_text(self.largest)} are of one class)" if self.largest else ""
        told = "under 1" if self.right < 0.005 and self.right else share
        return f"right on {told} % of {self.count:,} {self.what}{one}"


class Judge(Protocol):
    """Says the class of images.

    Attributes
    ----------
    class_names : tuple of K str
    tested : Tested or None
        None where that cannot be known.
    name : str
        What it is, for a person: "a classifier trained on the same images".
    """

    @property
    def class_names(self) -> tuple[str, ...]: ...
    @property
    def tested(self) -> Tested | None: ...
    @property
    def name(self) -> str: ...

    def probabilities(self, images: np.ndarray, *, stop: StopToken = NEVER) -> np.ndarray:
        """(N, K), float64, rows that sum to one, of images (N, H, W, C), uint8 or float in [0, 1]."""


@dataclass(frozen=True, eq=False)
class TrainedJudge:
    """Small networks that learned the run's own classes; they vote by their mean logits.

    Attributes
    ----------
    readers : Readers
    class_names : tuple of K str
    temperature : float
        What logits are divided by, at least 1: a network is surer than it is right (Guo et al. 2017). Found on the
        images that it was tested on; the class that is named does not depend on it.
    tested : Tested or None
    """

    readers: Readers
    class_names: tuple[str, ...]
    temperature: float
    tested: Tested | None
    name: str = "a small classifier of the training images"

    def probabilities(self, images: np.ndarray, *, stop: StopToken = NEVER) -> np.ndarray:
        """See `Judge`."""
        stop.check()
        return softmax(_mean_logits(self.readers, images) / self.temperature)


def train_judge(
    images: np.ndarray,
    labels: np.ndarray | None,
    class_names: tuple[str, ...],
    held_out: tuple[np.ndarray, np.ndarray] | None = None,
    *,
    most_steps: int = MOST_STEPS,
    emit: Emit = ignore,
    stop: StopToken = NEVER,
) -> TrainedJudge:
    """Train the classifiers of `readability` on images, and test them on others.

    Parameters
    ----------
    images : ndarray (N, H, W, C), uint8
    labels : ndarray (N,), int64, or None
    held_out : (images, labels) or None
        None: one in `HIDDEN` training images is hidden instead, where there are enough.

    Raises
    ------
    NotApplicableError
        Without labels, and where all images are of one class.
    """
    if labels is None or not class_names:
        raise NotApplicableError("These images carry no classes to tell apart", "Bring a classifier as a file")
    labels = np.asarray(labels, np.int64)
    present = np.unique(labels)
    if len(present) < 2:
        only = class_names[int(present[0])] if len(present) else "none"
        raise NotApplicableError(
            f"All images are of one class ({only}): there is nothing to tell apart", "Bring a classifier as a file"
        )
    what = "held-out images"
    if held_out is None or not len(held_out[0]):
        hidden, kept = _hidden(labels)
        held_out = (images[hidden], labels[hidden]) if len(hidden) else None
        images, labels, what = images[kept], labels[kept], "training images kept from it"
    readers = readers_of(images, labels, len(class_names), seeds=SEEDS, most_steps=most_steps, emit=emit, stop=stop)
    if held_out is None:
        return TrainedJudge(readers, class_names, 1.0, None)
    rows = np.unique(np.linspace(0, len(held_out[0]) - 1, min(len(held_out[0]), MOST_TESTED)).round().astype(int))
    truth = np.asarray(held_out[1], np.int64)[rows]
    logits = _mean_logits(readers, np.asarray(held_out[0][rows]))
    tested = Tested(float((logits.argmax(1) == truth).mean()), len(rows), what, lopsided(truth, len(class_names)))
    return TrainedJudge(readers, class_names, temperature(logits, truth), tested)


def lopsided(labels: np.ndarray, classes: int) -> float:
    """The part of labels (N,) that is of one class where that is twice its turn, or six of ten; else 0."""
    largest = float(np.bincount(labels).max()) / len(labels) if len(labels) else 0.0
    return largest if largest > min(2 / classes, MOSTLY) else 0.0


def temperature(logits: np.ndarray, labels: np.ndarray) -> float:
    """The divisor of logits (N, K), from 1 to `HOTTEST`, at which labels (N,) are likeliest."""
    from scipy.optimize import minimize_scalar

    def cost(log_t: float) -> float:
        scaled = logits.astype(np.float64) / np.exp(log_t)
        top = scaled.max(1)
        own = scaled[np.arange(len(labels)), labels]
        return float((top + np.log(np.exp(scaled - top[:, None]).sum(1)) - own).mean())

    if not len(labels):
        return 1.0
    found = minimize_scalar(cost, bounds=(0.0, float(np.log(HOTTEST))), method="bounded", options={"xatol": 1e-3})
    return float(np.exp(found.x)) if cost(float(found.x)) < cost(0.0) else 1.0


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities (N, K), float64, of logits (N, K)."""
    shifted = np.exp(logits.astype(np.float64) - logits.max(1, keepdims=True))
    return np.asarray(shifted / shifted.sum(1, keepdims=True))


def _mean_logits(readers: Readers, images: np.ndarray) -> np.ndarray:
    return np.asarray(readers.logits(images).mean(0, dtype=np.float64))


def _hidden(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows that are hidden, and those that are learned from, so that no class is hidden altogether."""
    order = np.random.default_rng(0).permutation(len(labels))
    seen = np.zeros(int(labels.max()) + 1, np.int64)
    hide = np.zeros(len(labels), bool)
    for row in order.tolist():
        seen[labels[row]] += 1
        hide[row] = seen[labels[row]] % HIDDEN == 0
    return np.flatnonzero(hide), np.flatnonzero(~hide)
