"""Can a classifier still read the reconstructions? Its accuracy on them, beside that on the originals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import NotApplicableError
from latentexplorer.core.events import Emit, Progress, ignore
from latentexplorer.latent.trained_before import TrainedBefore
from latentexplorer.models.torch_optimisers import Adam
from latentexplorer.models.torch_threads import one_thread

SEEDS = (0, 1, 2)
HIDDEN = 50
BATCH = 256
EPOCHS = 20
LEARNING_RATE = 3e-3
MOST_STEPS = 3_000
"""What reads badly itself cannot tell good reconstructions apart. Of 60,000 digits: with 1,000, 2,000 and 3,000 steps
held-out images are read right in 96.3, 96.8 and 97.1 % of cases; with 10,000 of half the size and a third of the rate,
in six times the time, in 97.2 %."""
LEAST_STEPS = 400
MOST_KEPT = 16 * 2**20
"""Bytes of the weights of those that are kept: those of large images would be felt."""


@dataclass(frozen=True)
class Readability:
    """Accuracies in per cent, over classifiers of several seeds.

    Attributes
    ----------
    mean : float
        On the reconstructions.
    range : (float, float)
        Least and greatest of the seeds.
    originals : float
        Mean on the same images before they were reconstructed.
    """

    mean: float
    range: tuple[float, float]
    originals: float


class Readers:
    """Classifiers Lin(numel, 50) ReLU Lin(50, K), one a seed, trained side by side on original images.

    Parameters
    ----------
    images : ndarray (N, H, W, C), uint8
    labels : ndarray (N,), int64
    num_classes : int
    most_steps : int
        Steps of training at most; fewer for small sets.

    Raises
    ------
    NotApplicableError
        For fewer than two classes.
    """

    def __init__(
        self,
        images: np.ndarray,
        labels: np.ndarray,
        num_classes: int,
        *,
        seeds: tuple[int, ...] = SEEDS,
        most_steps: int = MOST_STEPS,
        emit: Emit = ignore,
        stop: StopToken = NEVER,
    ) -> None:
        if len(np.unique(labels)) < 2:
            raise NotApplicableError("Reading images needs at least two classes to tell apart")
        self.weights = _first_weights(int(np.prod(images.shape[1:])), num_classes, seeds)
        # Its steps are small: several threads would wait for each other, the longer the busier the machine is.
        with one_thread():
            self._train(images, torch.from_numpy(np.array(labels, np.int64)), seeds, most_steps, emit, stop)

    def accuracies(self, images: np.ndarray, labels: np.ndarray) -> list[float]:
        """Per cent of images (N, H, W, C) that each classifier names rightly; uint8 or float in [0, 1]."""
        return [100 * float((named == labels).mean()) for named in self._predict(images)]

    def compare(self, originals: np.ndarray, reconstructions: np.ndarray, labels: np.ndarray) -> Readability:
        """Accuracy on reconstructions beside that on their originals."""
        read, plain = self.accuracies(reconstructions, labels), self.accuracies(originals, labels)
        return Readability(float(np.mean(read)), (min(read), max(read)), float(np.mean(plain)))

    def _train(
        self, images: np.ndarray, y: Tensor, seeds: tuple[int, ...], most_steps: int, emit: Emit, stop: StopToken
    ) -> None:
        """Adam, its rate falling along a cosine; every classifier sees the images in an order of its own."""
        generators = [torch.Generator().manual_seed(seed) for seed in seeds]
        optimizer = Adam(self.weights, lr=LEARNING_RATE)
        size, steps = min(BATCH, len(images)), _steps(len(images), most_steps)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
        left = torch.empty(len(seeds), 0, dtype=torch.int64)
        for step in range(steps):
            stop.check()
            if step % 100 == 0:
                emit(Progress(step, steps, "readability: training what reads"))
            if left.shape[1] < size:
                left = torch.stack([torch.randperm(len(images), generator=generator) for generator in generators])
            rows, left = left[:, :size], left[:, size:]
            x = _flat(images[rows.flatten().numpy()]).reshape(len(seeds), size, -1)
            loss = nn.functional.cross_entropy(self._logits(x).flatten(0, 1), y[rows].flatten(), reduction="sum") / size
            optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            schedule.step()

    def _logits(self, x: Tensor) -> Tensor:
        """(S, B, K) of images (S, B, numel), or of the same (B, numel) for all."""
        first, first_bias, last, last_bias = self.weights
        return torch.relu(x @ first + first_bias) @ last + last_bias

    @torch.no_grad()
    def logits(self, images: np.ndarray) -> np.ndarray:
        """What each classifier makes of images (N, H, W, C), uint8 or float in [0, 1]: (S, N, K), float32."""
        parts = [self._logits(_flat(images[start : start + 1000])).numpy() for start in range(0, len(images), 1000)]
        classes = self.weights[-1].shape[2]
        return np.concatenate(parts, axis=1) if parts else np.zeros((len(self.weights[0]), 0, classes), np.float32)

    def _predict(self, images: np.ndarray) -> np.ndarray:
        """The class that each classifier names (S, N)."""
        return np.asarray(self.logits(images).argmax(2))


def readers_of(
    images: np.ndarray,
    labels: np.ndarray,
    num_classes: int,
    *,
    seeds: tuple[int, ...] = SEEDS,
    most_steps: int = MOST_STEPS,
    emit: Emit = ignore,
    stop: StopToken = NEVER,
) -> Readers:
    """`Readers`, those that were trained on the same images before where there are such."""

    def train() -> Readers:
        return Readers(images, labels, num_classes, seeds=seeds, most_steps=most_steps, emit=emit, stop=stop)

    def small(made: Readers) -> bool:
        return sum(weight.nbytes for weight in made.weights) <= MOST_KEPT

    how = num_classes, seeds, _steps(len(images), most_steps)
    return _before.get(images, labels, how, train, small=small)


def _steps(images: int, most: int) -> int:
    """Steps of training on so many images."""
    return min(max(EPOCHS * -(-images // max(min(BATCH, images), 1)), LEAST_STEPS), most)


def _first_weights(numel: int, num_classes: int, seeds: tuple[int, ...]) -> list[Tensor]:
    """Weights and biases of both layers (S, in, out), (S, 1, out), one a seed: He et al. 2015, biases zero."""
    found: list[list[Tensor]] = []
    for seed in seeds:
        generator = torch.Generator().manual_seed(seed)
        layers = [nn.Linear(size, out, device="meta") for size, out in ((numel, HIDDEN), (HIDDEN, num_classes))]
        network = init_layers(nn.Sequential(*layers), generator)
        found.append([each.detach().T if each.ndim == 2 else each.detach()[None] for each in network.parameters()])
    return [torch.stack(each).requires_grad_() for each in zip(*found, strict=True)]


def init_layers(network: nn.Sequential, generator: torch.Generator) -> nn.Sequential:
    """Fill weights from `generator`: He et al. 2015, biases zero.

    The layers come on the meta device: made on the CPU they would take their first values from the global generator.
    """
    # As `to_empty`, whose way through a tensor without numbers loads torch's compiler.
    network._apply(lambda tensor: torch.zeros(tensor.shape, dtype=tensor.dtype))  # type: ignore[no-untyped-call]
    with torch.no_grad():
        for name, weight in network.named_parameters():
            if name.endswith("bias"):
                weight.zero_()
            else:
                nn.init.kaiming_normal_(weight, nonlinearity="relu", generator=generator)
    return network


_before = TrainedBefore[Readers]()


def _flat(images: np.ndarray) -> torch.Tensor:
    pixels = torch.from_numpy(np.require(images, requirements=["C", "W"])).flatten(1)
    return pixels.float() / 255 if pixels.dtype == torch.uint8 else pixels.float()
