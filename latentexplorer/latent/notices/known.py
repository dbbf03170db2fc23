"""What is known of a run, gathered from what is at hand: no image is decoded for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from latentexplorer.core.history import History
from latentexplorer.data.subsets import spaced
from latentexplorer.latent.notices.notice import Known

if TYPE_CHECKING:
    from latentexplorer.data import DataSplit, ImageSet
    from latentexplorer.models import Codes
    from latentexplorer.runs import Trained

CODES = 2_000
"""Training codes that are looked at, evenly spread over those that are kept: the spread of so many is known to 2 %."""
IMAGES = 256
"""Training images that the mean image is made of: its error is known to 2 %."""


@dataclass(frozen=True)
class _Facts:
    """What the training images say of themselves."""

    spread: float | None = None
    alike: bool = False
    class_counts: dict[str, int] = field(default_factory=dict)


class KnownImages:
    """Looks at the images of a run once, and keeps what it saw until it is asked about others.

    May be asked from any thread: two that ask at once look twice.
    """

    def __init__(self) -> None:
        self._known: tuple[DataSplit, _Facts] | None = None

    def of(self, data: DataSplit | None) -> _Facts:
        """What the training images of a data set say; nothing where they are not there."""
        if data is None:
            return _Facts()
        known = self._known
        if known is None or known[0] is not data:
            known = self._known = (data, _facts(data.train))
        return known[1]


def known_of(
    trained: Trained,
    history: History | None = None,
    *,
    going: bool = False,
    live: Mapping[str, float] | None = None,
    images: KnownImages | None = None,
) -> Known:
    """What is known of a run.

    Parameters
    ----------
    history : History or None
        Where it is ahead of the run's own.
    going : bool
        Whether it is being trained just now.
    live : mapping of str to float, or None
        Settings changed in the training under way.
    images : KnownImages or None
        What was seen of its images before.
    """
    facts = (images or KnownImages()).of(trained.data)
    history = trained.history if history is None else history
    kl = trained.kl_per_dim
    return Known(
        config=trained.config,
        history=history,
        epoch=max(trained.epoch, len(history)) if going else trained.epoch,
        going=going,
        num_train=trained.info.num_train,
        num_test=trained.info.num_test,
        code_dim=trained.code_dim,
        codes=_thinned(trained.codes.get("train")),
        kl_per_dim=None if kl is None else np.asarray(kl, np.float64),
        prior=trained.prior,
        sigma=_learned_sigma(trained),
        spread=facts.spread,
        alike=facts.alike or trained.info.num_train < 2,
        class_counts=facts.class_counts,
        live=live or {},
        dimensions=trained.dimensions,
    )


def _thinned(codes: Codes | None) -> Codes | None:
    if codes is None or len(codes) <= CODES:
        return codes
    return codes.take(np.linspace(0, len(codes) - 1, CODES).round().astype(np.int64))


def _learned_sigma(trained: Trained) -> float | None:
    """The pixels' standard deviation of a model that has learned it; None for others."""
    if trained.config.model.sigma != "learned":
        return None
    from latentexplorer.models.likelihoods import learned_sigma

    return learned_sigma(trained.model)


def _facts(train: ImageSet) -> _Facts:
    count = len(train)
    if not count:
        return _Facts()
    rows = spaced(count, IMAGES)
    some = np.asarray(train.images[rows], np.float32) / np.float32(255)
    # From a sample its own mean image is nearer than the mean image of all.
    spread = float(np.sqrt(np.square(some - some.mean(0)).mean() * len(rows) / max(len(rows) - 1, 1)))
    counts: dict[str, int] = {}
    if train.labels is not None and train.class_names:
        numbers = np.bincount(np.asarray(train.labels), minlength=len(train.class_names))
        counts = {name: int(number) for name, number in zip(train.class_names, numbers, strict=True)}
    return _Facts(spread, train.alike, counts)
