"""The gradient descent of t-SNE (van der Maaten and Hinton 2008), step by step, on a processor or a card."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.imports import one_at_a_time
from latentexplorer.latent.repulsion import Repulsion
from latentexplorer.models.torch_threads import one_thread

REPORT_STEPS = 25
REPORT_S = 0.4
EXAGGERATION = 12.0
MOMENTUM, GAIN, LONGEST = 0.8, 0.01, 5.0
"""How much of the last step goes on; what is added to a gain that shrinks; how far a point moves in one step."""


@dataclass
class State:
    """Where the optimisation stands, whole: copied, it continues the same way, on whatever device.

    Attributes
    ----------
    layout, gains, update : ndarray (M, 2), float64
        Where the points are, each number's own step size (Jacobs 1988), and the last step.
    step : int
    early : int
        Steps with exaggerated attraction, at the beginning: fixed when the map begins, so that asking for more steps
        later changes nothing that was done.
    """

    layout: np.ndarray
    step: int
    early: int
    gains: np.ndarray = field(default_factory=lambda: np.empty((0, 2)))
    update: np.ndarray = field(default_factory=lambda: np.empty((0, 2)))

    def __post_init__(self) -> None:
        if not len(self.gains):
            self.gains, self.update = np.ones_like(self.layout), np.zeros_like(self.layout)

    def copy(self) -> State:
        """Another one that stands where this one does."""
        return replace(self, layout=self.layout.copy(), gains=self.gains.copy(), update=self.update.copy())


class Attraction(Protocol):
    """The pulls between the points that attract each other."""

    def pull(self, layout: Tensor) -> Tensor:
        """The pull on each of the points (M, 2)."""
        ...


class Routine:
    """Pulls by openTSNE's routine: on the processor, with so many threads."""

    def __init__(self, probabilities: Any, n_jobs: int) -> None:
        self._sparse, self._n_jobs = probabilities, n_jobs

    def pull(self, layout: Tensor) -> Tensor:
        """As `Attraction.pull`."""
        with one_at_a_time():
            from openTSNE import _tsne

        found, places, sparse = torch.zeros_like(layout), layout.numpy(), self._sparse
        _tsne.estimate_positive_gradient_nn(
            sparse.indices, sparse.indptr, sparse.data, places, places, found.numpy(), 1, num_threads=self._n_jobs
        )
        return found


class Edges:
    """Pulls by torch, on any device."""

    def __init__(self, probabilities: Any, device: torch.device) -> None:
        counts = np.diff(probabilities.indptr)
        self._ends = torch.from_numpy(probabilities.indices.astype(np.int64)).to(device)
        self._starts = torch.from_numpy(np.repeat(np.arange(len(counts)), counts)).to(device)
        self._offsets = torch.from_numpy(probabilities.indptr.astype(np.int64)).to(device)
        self._weights = torch.from_numpy(np.asarray(probabilities.data, np.float64)).to(device)

    def pull(self, layout: Tensor) -> Tensor:
        """As `Attraction.pull`."""
        apart = layout[self._starts] - layout[self._ends]
        pulled = (self._weights / (1 + apart.square().sum(1)))[:, None] * apart
        # Row by row in order: unlike additions in whatever order they come, it is the same each time.
        return torch.segment_reduce(pulled, "sum", offsets=self._offsets, axis=0, unsafe=True)

    def divergence(self, layout: Tensor, total: Tensor) -> Tensor:
        """The Kullback-Leibler divergence, nats; `total`: what `Repulsion` gives."""
        apart = layout[self._starts] - layout[self._ends]
        near = 1 / (1 + apart.square().sum(1))
        return (self._weights * (self._weights * total / near).log()).sum()


@dataclass
class Forces:
    """What moves the points: the gradient of the Kullback-Leibler divergence of how near they lie from how near they
    should."""

    attraction: Attraction
    repulsion: Repulsion
    device: torch.device

    @classmethod
    def of(cls, probabilities: Any, device: torch.device, n_jobs: int) -> Forces:
        """Those that are the quickest on a device.

        Parameters
        ----------
        probabilities : (M, M) sparse matrix
            Joint probabilities that sum to 1.
        """
        on_card = device.type != "cpu"
        attraction = Edges(probabilities, device) if on_card else Routine(probabilities, n_jobs)
        return cls(attraction, Repulsion(n_jobs), device)

    def gradient(self, layout: Tensor, exaggeration: float) -> Tensor:
        """A quarter of the gradient (M, 2), as everybody's step sizes mean it."""
        total, push = self.repulsion(layout)
        return self.attraction.pull(layout).mul_(exaggeration).sub_(push / total)


def descend(
    state: State,
    forces: Forces,
    steps: int,
    stop: StopToken,
    show: Callable[[], None],
) -> None:
    """Gradient steps from `state.step` to `steps`, in place; a step is either done wholly or not at all.

    `show` is called every 25 steps, and sooner where they are slow.
    """
    layout, gains, update = (torch.from_numpy(part).to(forces.device) for part in _parts(state))
    reported, told = time.monotonic(), state.step
    # Some dozens of small operations a step: threads would wait for each other, and with one it is always the same map.
    with one_thread():
        try:
            while state.step < steps:
                stop.check()
                exaggeration = EXAGGERATION if state.step < state.early else 1.0
                _move(layout, gains, update, forces.gradient(layout, exaggeration), exaggeration)
                state.step += 1
                now = time.monotonic()
                due = state.step - told >= REPORT_STEPS or state.step in (state.early, steps)
                if due or now - reported > REPORT_S:
                    _store(state, layout, gains, update)
                    show()
                    reported, told = now, state.step if due else told
        finally:
            _store(state, layout, gains, update)


def _move(layout: Tensor, gains: Tensor, update: Tensor, slope: Tensor, exaggeration: float) -> None:
    """One step down, in place: momentum, and a gain for each number that grows while it keeps its direction."""
    rate = max(len(layout) / exaggeration, 50.0)  # Belkina et al. 2019
    turned = update.sign() != slope.sign()
    gains.copy_(torch.where(turned, gains + 0.2, gains * 0.8 + GAIN))
    update.mul_(MOMENTUM).addcmul_(gains, slope, value=-rate)
    length = update.square().sum(1, keepdim=True).sqrt_()
    update.mul_((LONGEST / length).clamp_(max=1.0))
    layout.add_(update)
    layout.sub_(layout.mean(0))


def _parts(state: State) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return state.layout, state.gains, state.update


def _store(state: State, *parts: Tensor) -> None:
    """Bring what moves on a card back to where it is shown and kept; on the processor it is there."""
    for known, part in zip(_parts(state), parts, strict=True):
        if part.is_cuda:
            known[:] = part.cpu().numpy()


__all__ = ["Edges", "Forces", "Routine", "State", "descend"]
