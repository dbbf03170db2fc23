"""A small network from the places of a map to codes, several at once: one of all codes, and some that never saw a part.

Its inputs are a place and sines and cosines of it (Tancik et al. 2020), so that it can follow the narrow clusters of a
t-SNE; noise as wide as points lie apart keeps it smooth between them (Bishop 1995).
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.events import Emit, Progress, ignore

STEPS = 600
WAVES = 32
FREQUENCIES = 1.0, 4.0
"""Of half the waves each, radians in a standard deviation of the map: whole neighbourhoods, and single clusters."""
HIDDEN = 64
BATCH = 256
RATE = 0.01


@dataclass(frozen=True, eq=False)
class InverseNetwork:
    """F networks of one shape, 2 -> 64 -> 64 -> D.

    Attributes
    ----------
    centre : ndarray (2,)
    scale : float
        Places are taken from `centre` in units of it.
    waves : ndarray (2, W)
    mean : ndarray (D,)
    width : float
        Codes are what comes out in units of it, from `mean`.
    weights : tuple of ndarray (F, I, O)
    biases : tuple of ndarray (F, 1, O)
    """

    centre: np.ndarray
    scale: float
    waves: np.ndarray
    mean: np.ndarray
    width: float
    weights: tuple[np.ndarray, ...]
    biases: tuple[np.ndarray, ...]

    def codes(self, places: np.ndarray, which: int = 0) -> np.ndarray:
        """Codes (P, D), float32, of places (P, 2) by one of the networks."""
        values = features((np.asarray(places, np.float64) - self.centre) / self.scale, self.waves)
        last = len(self.weights) - 1
        for layer, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            values = values @ weight[which] + bias[which]
            values = values if layer == last else np.tanh(values)
        return (self.mean + self.width * values).astype(np.float32)

    @property
    def first(self) -> InverseNetwork:
        """The first of the networks alone."""
        weights, biases = (tuple(part[:1] for part in parts) for parts in (self.weights, self.biases))
        return InverseNetwork(self.centre, self.scale, self.waves, self.mean, self.width, weights, biases)


def features(places: np.ndarray, waves: np.ndarray) -> np.ndarray:
    """What a network reads of places (P, 2) in units of the map: (P, 2 + 2 W)."""
    turns = places @ waves
    return np.concatenate([places, np.sin(turns), np.cos(turns)], 1)


def fit_networks(
    coords: np.ndarray,
    codes: np.ndarray,
    kept: np.ndarray,
    *,
    noise: float,
    seed: int = 0,
    steps: int = STEPS,
    emit: Emit = ignore,
    stop: StopToken = NEVER,
) -> InverseNetwork:
    """Fit a network to each of several parts of the codes, least squares, side by side.

    Parameters
    ----------
    coords : ndarray (N, 2)
    codes : ndarray (N, D)
    kept : ndarray (F, N), bool
        What each network is fitted to.
    noise : float
        Standard deviation of what is added to a place each time it is seen, in units of the map.
    """
    import torch

    from latentexplorer.models.torch_optimisers import Adam

    rng = np.random.default_rng(seed)
    centre, scale = coords.mean(0), float(coords.std()) or 1.0
    mean, width = codes.mean(0, dtype=np.float64), float(codes.std(0, dtype=np.float64).max()) or 1.0
    waves = rng.normal(size=(2, WAVES)) * np.repeat(FREQUENCIES, WAVES // 2)
    sizes = (2 + 2 * WAVES, HIDDEN, HIDDEN, codes.shape[1])
    weights = [
        torch.tensor(rng.normal(size=(len(kept), i, o)) / i**0.5, dtype=torch.float32, requires_grad=True)
        for i, o in itertools.pairwise(sizes)
    ]
    # It begins at the mean code everywhere.
    torch.nn.init.zeros_(weights[-1])
    biases = [torch.zeros(len(kept), 1, o, requires_grad=True) for o in sizes[1:]]
    adam = Adam([*weights, *biases], lr=RATE)
    falling = torch.optim.lr_scheduler.CosineAnnealingLR(adam, steps)
    places = (coords - centre) / scale
    goal = torch.tensor((codes - mean) / width, dtype=torch.float32)
    counts = torch.tensor(kept, dtype=torch.float32)
    for step in range(steps):
        stop.check()
        if step % 20 == 0:
            emit(Progress(step, steps, "fitting the map's inverse"))
        rows = rng.choice(len(coords), BATCH, replace=False) if len(coords) > BATCH else np.arange(len(coords))
        shaken = places[rows] + rng.normal(0, noise / scale, (len(rows), 2))
        values = torch.tensor(features(shaken, waves), dtype=torch.float32).expand(len(kept), -1, -1)
        for weight, bias in zip(weights[:-1], biases[:-1], strict=True):
            values = torch.tanh(torch.baddbmm(bias, values, weight))
        off = (torch.baddbmm(biases[-1], values, weights[-1]) - goal[rows]).square().mean(2)
        mine = counts[:, rows]
        adam.zero_grad()
        loss = ((off * mine).sum(1) / mine.sum(1).clamp(min=1)).sum()
        torch.autograd.backward(loss)
        adam.step()
        falling.step()
    found = [tuple(part.detach().double().numpy() for part in parts) for parts in (weights, biases)]
    return InverseNetwork(centre, scale, waves, mean, width, found[0], found[1])
