"""Frechet distance between two sets of images, in the features of a small network trained on the same data.

Heusel et al. 2017, eq. 6, with features that know this data instead of those of a network trained on photographs.
The distance depends on those features: compare it between models of the same data, not between data sets.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import nn

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import NotApplicableError
from latentexplorer.core.events import Emit, Progress, ignore
from latentexplorer.core.imports import one_at_a_time
from latentexplorer.latent.readability import init_layers
from latentexplorer.latent.trained_before import TrainedBefore
from latentexplorer.models.torch_optimisers import Adam
from latentexplorer.models.torch_threads import Paced

FEATURES = 64
FEWEST = 10
"""Images below which a covariance says nothing."""
BATCH = 128
STEPS = 400
MOST_IMAGES = 10_000
"""Images the network is trained on."""
TRAINING = Paced()


class Features:
    """A small convolutional network whose last hidden layer (64 numbers) describes an image.

    With labels it is a classifier of the training images; without, the encoder of an auto-encoder of them. Features
    are scaled as one so that, over the training images, their variances sum to their number.

    Parameters
    ----------
    images : ndarray (N, H, W, C), uint8
        Original training images.
    labels : ndarray (N,) or None
    num_classes : int
    seed : int
        Its own, whatever the seed of the model it judges.
    steady : bool
        The same to the last bit however busy the machine is; else trained with as many threads as pay for it.

    Attributes
    ----------
    description : str
    """

    def __init__(
        self,
        images: np.ndarray,
        labels: np.ndarray | None,
        num_classes: int = 0,
        *,
        seed: int = 0,
        steps: int = STEPS,
        steady: bool = True,
        emit: Emit = ignore,
        stop: StopToken = NEVER,
    ) -> None:
        self.steps, self._steady = steps, steady
        generator = torch.Generator().manual_seed(seed)
        if len(images) > MOST_IMAGES:
            rows = np.sort(np.random.default_rng(seed).choice(len(images), MOST_IMAGES, replace=False))
            images, labels = images[rows], None if labels is None else labels[rows]
        images = np.asarray(images)
        classified = labels is not None and len(np.unique(labels)) > 1
        self.network = _network(images.shape[1:], generator)
        if classified and labels is not None:
            head = init_layers(nn.Sequential(nn.Linear(FEATURES, num_classes, device="meta")), generator)
            self._fit(images, head, torch.from_numpy(np.array(labels, np.int64)), generator, emit, stop)
            self.description = "last hidden layer of a small classifier trained on the same images"
        else:
            numel = int(np.prod(images.shape[1:]))
            head = init_layers(
                nn.Sequential(nn.Linear(FEATURES, 128, device="meta"), nn.ReLU(), nn.Linear(128, numel, device="meta")),
                generator,
            )
            self._fit(images, head, None, generator, emit, stop)
            self.description = "code of a small auto-encoder trained on the same images (they have no labels)"
        self.network.eval()
        self.scale = 1.0
        variance = float(self(images).var(axis=0).sum())
        self.scale = float(np.sqrt(FEATURES / variance)) if variance > 0 else 1.0

    @torch.no_grad()
    def __call__(self, images: np.ndarray) -> np.ndarray:
        """Features (N, 64), float64, of images (N, H, W, C), uint8 or float in [0, 1]."""
        parts = [self.network(_planes(images[start : start + 500])) for start in range(0, len(images), 500)]
        return torch.cat(parts).double().numpy() * self.scale

    def _fit(
        self,
        images: np.ndarray,
        head: nn.Module,
        y: torch.Tensor | None,
        generator: torch.Generator,
        emit: Emit,
        stop: StopToken,
    ) -> None:
        network = nn.Sequential(self.network, head).train()
        optimizer = Adam(network.parameters(), lr=2e-3)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, self.steps)
        for step in range(self.steps):
            stop.check()
            if step % 20 == 0:
                emit(Progress(step, self.steps, "samples: training what tells images apart"))
            rows = torch.randint(len(images), (min(BATCH, len(images)),), generator=generator)
            with TRAINING.piece(len(rows), self._steady):
                x = _planes(images[rows.numpy()])
                out = network(x)
                if y is None:
                    loss = nn.functional.mse_loss(out, x.permute(0, 2, 3, 1).flatten(1))
                else:
                    loss = nn.functional.cross_entropy(out, y[rows])
                optimizer.zero_grad(set_to_none=True)
                loss.backward()  # type: ignore[no-untyped-call]
                optimizer.step()
            schedule.step()


def features_of(
    images: np.ndarray,
    labels: np.ndarray | None,
    num_classes: int = 0,
    *,
    steps: int = STEPS,
    steady: bool = True,
    emit: Emit = ignore,
    stop: StopToken = NEVER,
) -> Features:
    """`Features`, those that were trained on the same images before where there are such."""

    def train() -> Features:
        return Features(images, labels, num_classes, steps=steps, steady=steady, emit=emit, stop=stop)

    return _before.get(images, labels, (num_classes, steps, steady), train)


_before = TrainedBefore[Features]()


def frechet_distance(a: np.ndarray, b: np.ndarray) -> float:
    """|m_a - m_b|^2 + tr(S_a + S_b - 2 (S_a S_b)^(1/2)) of features (N, F) and (M, F).

    Covariances are shrunk as Ledoit and Wolf (2004) found best for as few samples as there are (`shrinkage`); the less,
    the more there are, and 4,000 are not yet so many that nothing is. Of two samples of one distribution it is above 0
    all the same, see `frechet_real` of `evaluate`.

    Raises
    ------
    NotApplicableError
        For fewer than ten samples on a side.
    """
    if min(len(a), len(b)) < FEWEST:
        raise NotApplicableError(f"A Frechet distance needs at least {FEWEST} images on both sides")
    with one_at_a_time():
        from sklearn.covariance import ledoit_wolf

    return gaussian_frechet(a.mean(0), ledoit_wolf(a)[0], b.mean(0), ledoit_wolf(b)[0])


def shrinkage(a: np.ndarray) -> float:
    """By how much the covariance of features (N, F) is shrunk: 0 not at all, 1 to a sphere."""
    with one_at_a_time():
        from sklearn.covariance import ledoit_wolf

    return float(ledoit_wolf(a)[1])


def gaussian_frechet(mean_a: np.ndarray, cov_a: np.ndarray, mean_b: np.ndarray, cov_b: np.ndarray) -> float:
    """The distance between two Gaussians (Dowson and Landau 1982, eq. 4).

    tr (S_a S_b)^(1/2) is worked out as the trace of the root of the symmetric S_a^(1/2) S_b S_a^(1/2), which has the
    same eigenvalues and whose root is always real.
    """
    values, vectors = np.linalg.eigh(cov_a)
    root = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
    cross = np.linalg.eigvalsh(root @ cov_b @ root)
    distance = ((mean_a - mean_b) ** 2).sum() + np.trace(cov_a) + np.trace(cov_b)
    return max(0.0, float(distance - 2 * np.sqrt(np.maximum(cross, 0)).sum()))


def _network(shape: tuple[int, ...], generator: torch.Generator) -> nn.Sequential:
    height, width, channels = shape
    pool = (min(4, math.ceil(height / 4)), min(4, math.ceil(width / 4)))
    return init_layers(
        nn.Sequential(
            nn.Conv2d(channels, 16, 3, 2, 1, device="meta"),
            nn.ReLU(),
            nn.Conv2d(16, 32, 3, 2, 1, device="meta"),
            nn.ReLU(),
            nn.AdaptiveAvgPool2d(pool),
            nn.Flatten(),
            nn.Linear(32 * pool[0] * pool[1], FEATURES, device="meta"),
            nn.ReLU(),
        ),
        generator,
    )


def _planes(images: np.ndarray) -> torch.Tensor:
    pixels = torch.from_numpy(np.require(images, requirements=["C", "W"])).permute(0, 3, 1, 2)
    return pixels.float() / 255 if pixels.dtype == torch.uint8 else pixels.float()
