"""What a reconstruction is held against: the same likelihood of the same images, explained by something simpler."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import torch

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.config import ModelConfig
from latentexplorer.core.errors import NotApplicableError
from latentexplorer.core.events import Emit, Progress, ignore
from latentexplorer.data.subsets import spaced
from latentexplorer.models.encoding import at_once, chunks, to_batch
from latentexplorer.models.likelihoods import Likelihood

if TYPE_CHECKING:
    from latentexplorer.runs import Trained

LEARNED_FROM = 5_000
"""Training images that the mean image and the principal components are found from, evenly spread."""
MEASURED = 1_000
"""Images of each part that are explained, evenly spread."""


@dataclass(frozen=True)
class Baseline:
    """A simpler explanation of the images.

    Attributes
    ----------
    name : str
        `mean` (the mean training image for every image), `pca` (as many principal components as a code has numbers) or
        `exact` (the image itself: nothing gets below it with this sigma).
    numbers : int
        Numbers that tell one image from another in it.
    recon : dict of str to float
        -log p(x given it), nats per image, of `train` and `test` where there are such images.
    images : dict of str to int
        How many of each part that is the mean of.
    """

    name: str
    numbers: int
    recon: dict[str, float]
    images: dict[str, int]


def baselines(trained: Trained, *, emit: Emit = ignore, stop: StopToken = NEVER) -> tuple[Baseline, ...]:
    """What the mean image, PCA and the images themselves cost under the run's likelihood.

    No prior is paid for the numbers of PCA: hold it against the reconstruction, not against the total.

    Raises
    ------
    NotApplicableError
        For a model of mixtures, whose images have no such baselines.
    DataError
        If the run's images are not there.
    Stopped
    """
    kind = trained.config.model.kind
    if kind.separates:
        raise NotApplicableError(f"{kind.title} takes mixtures apart: PCA of single images is no measure of that")
    train = trained.images("train")
    learned = np.asarray(train.images[spaced(len(train), LEARNED_FROM)])
    emit(Progress(0, 3, "finding principal components"))
    simpler = _Simpler(trained, learned, stop)
    sums: dict[str, dict[str, float]] = {name: {} for name in simpler.numbers}
    images: dict[str, int] = {}
    for done, part in enumerate(("train", "test"), 1):
        emit(Progress(done, 3, "explaining images by them"))
        some = trained.images(part)
        if len(some):
            pixels = np.asarray(some.images[spaced(len(some), MEASURED)])
            images[part] = len(pixels)
            for name, nats in simpler.nats(pixels, stop).items():
                sums[name][part] = nats
    return tuple(Baseline(name, count, sums[name], images) for name, count in simpler.numbers.items())


class _Simpler:
    """Explains images by what was learned from some, under the likelihood of a run."""

    def __init__(self, trained: Trained, learned: npt.NDArray[np.uint8], stop: StopToken) -> None:
        from latentexplorer.models import build_model

        model = trained.model
        assert isinstance(model.likelihood, Likelihood)
        # On the CPU, and not that of a training under way: who asks this does not wait for a card.
        self.likelihood = copy.deepcopy(model.likelihood).cpu()
        mean = learned.mean(0, dtype=np.float64).astype(np.float32) / np.float32(255)
        self.mean = torch.from_numpy(mean).permute(2, 0, 1)
        count = min(trained.code_dim, len(learned), learned[0].size)
        self.pca = None
        if len(learned) >= max(2, count):
            config = ModelConfig(family="pca", latent_dim=count)
            self.pca = build_model(config, trained.image_shape, 0, len(learned))
            self.pca.fit(learned, stop)
        self.numbers = {"mean": 0, **({} if self.pca is None else {"pca": count}), "exact": learned[0].size}

    @torch.no_grad()
    def nats(self, images: npt.NDArray[np.uint8], stop: StopToken) -> dict[str, float]:
        """-log p(x given each explanation), mean over images (N, H, W, C), nats."""
        sums = dict.fromkeys(self.numbers, 0.0)
        for rows in chunks(len(images), at_once(images.shape[1:])):
            stop.check()
            batch = to_batch(images[rows])
            explained = {"mean": self.mean.expand_as(batch.x), "exact": batch.x}
            if self.pca is not None:
                explained["pca"] = self.pca.decode(self.pca.posterior(batch).mean, clamped=False)
            for name, x_hat in explained.items():
                sums[name] += float(self.likelihood.nll(x_hat, batch.x).double().sum())
        return {name: total / len(images) for name, total in sums.items()}
